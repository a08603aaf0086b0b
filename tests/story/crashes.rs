//! Killed before any change of a disk: the relay, the sender, the recipient. What was acknowledged is
//! there, what ended never comes back, and the same command again ends as it should have.
//!
//! A spread of all changes is tried; all of them with `SWEEP=every` in the environment, which
//! `quitus-check -- sweep` does.

use std::fs;
use std::process::Child;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quitus_tests::{Faults, Outcome, Person, Relay, World, difference, random_bytes, write_files};

/// Archive bytes the sender may have at the relay.
const QUOTA_BYTES: usize = 16 * 1024 * 1024;
const OPTIONS: [&str; 4] = [
    "--quota-bytes",
    "16777216",
    "--requests-per-second",
    "100000",
];
/// How long anything that is waited for may take.
const BOUND: Duration = Duration::from_mins(1);

/// Which of so many changes are tried.
pub(crate) fn chosen(n_changes: u64, n_wanted: u64) -> Vec<u64> {
    let step = match std::env::var_os("SWEEP") {
        Some(_) => 1,
        None => n_changes.div_ceil(n_wanted),
    };
    let step = usize::try_from(step).unwrap();
    (1..=n_changes).step_by(step).collect()
}

/// A share that no record names yet is all that a crash may leave; the next start erases it.
pub(crate) fn check_health(relay: &Relay, is_dead: bool) {
    for line in relay.doctor() {
        let is_sound = line.starts_with("ok") || line.contains("disk:");
        let is_left = is_dead && line.starts_with("warn  vault:");
        assert!(is_sound || is_left, "{line}");
    }
}

/// The id of a link's transfer.
pub(crate) fn id(link: &str) -> &str {
    let page = link.split('#').next().unwrap_or_default();
    page.rsplit('/').next().unwrap_or_default()
}

/// A relay that dies, and people who do not know.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) faults: Arc<Faults>,
    people: Arc<Faults>,
    pub(crate) alice: Person,
    bob: Person,
    carol: Person,
    pub(crate) dave: Person,
    /// Whether a command goes on while the relay is started again, or is killed with it and repeated.
    is_patient: bool,
    has_died: bool,
    seconds: i64,
    /// Links and files that can be received once.
    pub(crate) kept: Vec<(String, String)>,
    /// Ids of transfers that ended, and how.
    pub(crate) ended: Vec<(String, &'static str)>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let (world, faults) = World::under_faults(&OPTIONS);
        let people = Arc::new(Faults::new(&world.folder().join("people")));
        let person = |name| world.person(name).under(&people);
        Self {
            alice: person("alice"),
            bob: person("bob"),
            carol: person("carol"),
            dave: person("dave"),
            world,
            faults,
            people,
            is_patient: true,
            has_died: false,
            seconds: 0,
            kept: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Lets time pass for everybody.
    fn pass(&mut self, seconds: i64) {
        self.seconds += seconds;
        self.faults.shift_clock(self.seconds);
        self.people.shift_clock(self.seconds);
    }

    /// Runs a command to its end, once more where the relay died meanwhile.
    fn run(&mut self, who: fn(&Self) -> &Person, args: &[&str], stdin: &str) -> Outcome {
        let (outcome, has_died) = self.attempt(who, args, stdin);
        match outcome {
            Some(outcome) if outcome.code != 7 || !has_died => outcome,
            Some(_) | None => self.attempt(who, args, stdin).0.expect("the relay lives"),
        }
    }

    /// How a command ended, unless it was killed with the relay; whether the relay died.
    fn attempt(
        &mut self,
        who: fn(&Self) -> &Person,
        args: &[&str],
        stdin: &str,
    ) -> (Option<Outcome>, bool) {
        let folder = self.world.folder().to_owned();
        let [input, stdout, stderr] = ["in", "out", "err"].map(|name| folder.join(name));
        fs::write(&input, stdin).unwrap();
        let mut command = who(self).command();
        command.args(args).stdin(fs::File::open(&input).unwrap());
        command.stdout(fs::File::create(&stdout).unwrap());
        command.stderr(fs::File::create(&stderr).unwrap());
        let mut child = command.spawn().unwrap();
        let (code, has_died) = self.watch(&mut child);
        let outcome = code.map(|code| Outcome {
            code,
            stdout: fs::read(&stdout).unwrap(),
            stderr: fs::read_to_string(&stderr).unwrap(),
        });
        (outcome, has_died)
    }

    fn watch(&mut self, child: &mut Child) -> (Option<i32>, bool) {
        let (end, mut has_died) = (Instant::now() + BOUND, false);
        loop {
            let ended = child.try_wait().unwrap();
            if !self.world.relay.is_running() {
                has_died = true;
                if ended.is_none() && !self.is_patient {
                    drop(child.kill());
                    child.wait().unwrap();
                }
                self.bring_back();
                if ended.is_none() && !self.is_patient {
                    return (None, has_died);
                }
            }
            if let Some(status) = ended {
                return (Some(status.code().unwrap_or(-1)), has_died);
            }
            assert!(Instant::now() < end, "it did not end in {BOUND:?}");
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    /// Looks at what a relay that died left, and starts it again.
    pub(crate) fn bring_back(&mut self) {
        self.has_died = true;
        check_health(&self.world.relay, true);
        self.world.relay.start_again();
    }

    fn send(&mut self, name: &str, options: &[&str]) -> String {
        let args = [&["send", name], options].concat();
        let sent = self.run(|stage| &stage.alice, &args, "").expect(0);
        let link = sent.text().trim().to_owned();
        assert!(!link.is_empty(), "{}", sent.stderr);
        link
    }

    /// Receives a file whole.
    fn receive(&mut self, who: fn(&Self) -> &Person, link: &str, name: &str) {
        let args = ["receive", "-", "-o", id(link)];
        let outcome = self.run(who, &args, link);
        let ledger = fs::read_to_string(who(self).home().join("ledger.jsonl")).unwrap();
        // Killed behind its last step: the same command again finds its own result.
        let was_over = outcome.code == 8 && ledger.ends_with("\"fact\":\"erased\"}\n");
        assert!(outcome.code == 0 || was_over, "{outcome:?}\n{ledger}");
        let inbox = who(self).desk(id(link));
        let differs = difference(&self.alice.desk(name), &inbox.join(name));
        assert_eq!(differs.unwrap(), None, "{}", outcome.stderr);
        fs::remove_dir_all(inbox).unwrap();
    }

    /// A transfer is over for whoever comes now.
    fn refuse(&mut self, link: &str) {
        let args = ["receive", "-", "-o", "none"];
        let _ = self.run(|stage| &stage.dave, &args, link).expect(5);
        assert!(!self.dave.desk("none").exists());
    }

    /// Transfers used, revoked, expired and kept, whatever the relay suffers meanwhile.
    fn live(&mut self, round: u64) {
        let name = format!("{round}.bin");
        // Two long ones are beyond the quota: none may be lost with a command that is killed, so these
        // rounds are patient.
        let length = if round % 16 == 4 { 9 << 20 } else { 9_000 };
        write_files(
            &self.alice.desk(""),
            &[(&name, &random_bytes(round, length))],
        );

        let used = self.send(&name, &["--downloads", "2"]);
        self.receive(|stage| &stage.bob, &used, &name);
        self.receive(|stage| &stage.carol, &used, &name);
        self.refuse(&used);
        self.end(&used, ("used", length));

        let revoked = self.send(&name, &[]);
        let args = ["revoke", id(&revoked)];
        let _ = self.run(|stage| &stage.alice, &args, "").expect(0);
        self.refuse(&revoked);
        self.end(&revoked, ("revoked", length));

        let expired = self.send(&name, &["--expires", "60s"]);
        self.pass(61);
        self.refuse(&expired);
        self.end(&expired, ("expired", length));

        let small = format!("{round}.txt");
        write_files(&self.alice.desk(""), &[(&small, name.as_bytes())]);
        let kept = self.send(&small, &["--expires", "2d"]);
        let args = ["extend", id(&kept), "--expires", "9d"];
        let _ = self.run(|stage| &stage.alice, &args, "").expect(0);
        self.kept.push((kept, small));
        fs::remove_file(self.alice.desk(&name)).unwrap();
    }

    /// Notes an ended transfer. Its destruction is waited for while the relay may die in it, and where the
    /// next one has no room before.
    fn end(&mut self, link: &str, (ending, length): (&'static str, usize)) {
        self.ended.push((id(link).to_owned(), ending));
        if !self.has_died || 2 * length > QUOTA_BYTES {
            self.await_statement(id(link), ending);
        }
    }

    fn await_statement(&mut self, id: &str, ending: &str) -> Vec<u8> {
        let end = Instant::now() + BOUND;
        loop {
            let outcome = self.run(|stage| &stage.alice, &["receipt", id], "");
            if outcome.code == 0 {
                let text = outcome.text();
                assert!(text.contains("urn:quitus:destroyed:v1"), "{text}");
                assert!(
                    text.contains(&format!("\"ending\": \"{ending}\"")),
                    "{text}"
                );
                return outcome.stdout;
            }
            assert_eq!(outcome.code, 7, "{}", outcome.stderr);
            assert!(Instant::now() < end, "{id} is not destroyed");
        }
    }

    /// Everything that was promised, after all crashes.
    pub(crate) fn check(mut self) {
        assert!(!self.world.relay.log().contains("panicked"));
        for (link, name) in std::mem::take(&mut self.kept) {
            self.receive(|stage| &stage.bob, &link, &name);
            self.refuse(&link);
            self.ended.push((id(&link).to_owned(), "used"));
        }
        self.revoke_lost();
        for (id, ending) in std::mem::take(&mut self.ended) {
            let statement = self.await_statement(&id, ending);
            assert_eq!(self.await_statement(&id, ending), statement, "{id}");
        }
        assert_eq!(self.world.relay.objects().len(), 0, "an object is left");
        let vault = fs::read(self.world.relay.folder().join("data/vault")).unwrap();
        assert!(vault.iter().all(|byte| *byte == 0), "a share is left");
        check_health(&self.world.relay, false);
        self.check_quota();
    }

    /// A command that was killed with the relay, behind its last request and before it printed the link, left
    /// a transfer that nobody can receive: the sender sees it listed.
    fn revoke_lost(&mut self) {
        let listed = self.run(|stage| &stage.alice, &["list"], "").expect(0);
        let lines = listed
            .text()
            .lines()
            .filter_map(|line| line.split_once("  "));
        let lost = lines.filter(|(_, rest)| rest.starts_with("waiting,"));
        let ids: Vec<String> = lost.map(|(id, _)| id.to_owned()).collect();
        for id in ids {
            let _ = self
                .run(|stage| &stage.alice, &["revoke", &id], "")
                .expect(0);
            self.ended.push((id, "revoked"));
        }
    }

    /// What was destroyed counts no more: the whole quota is free, and no byte beyond.
    fn check_quota(&mut self) {
        for (beyond, code) in [(1, 7), (0, 0)] {
            let bytes = random_bytes(1, QUOTA_BYTES + beyond);
            write_files(&self.alice.desk(""), &[("quota.bin", &bytes)]);
            let args = ["send", "quota.bin"];
            let _ = self.run(|stage| &stage.alice, &args, "").expect(code);
        }
    }
}

#[test]
fn a_relay_killed_before_any_change_keeps_every_promise() {
    let mut stage = Stage::new();
    stage.live(0);
    let before = stage.faults.n_changes();
    stage.live(1);
    let n_changes = stage.faults.n_changes() - before;
    let mut n_died = 0;
    for (round, n) in (2..).zip(chosen(n_changes, 20)) {
        (stage.is_patient, stage.has_died) = (round % 2 == 0, false);
        stage.faults.die_before(n, round % 3 == 0);
        stage.live(round);
        stage.faults.spare();
        n_died += u64::from(stage.has_died);
    }
    assert!(n_died > 12, "it hardly ever died: {n_died}");
    stage.check();
}

#[test]
fn a_relay_killed_while_it_starts_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Arc::new(Faults::new(folder.path()));
    let start = |name: &str| {
        let setting = (&OPTIONS[..], Some(&faults));
        Relay::try_start(&folder.path().join(name), "127.0.0.1:0", setting)
    };
    drop(start("first").unwrap());
    for n in chosen(faults.n_changes(), 30) {
        let name = n.to_string();
        faults.die_before(n, n.is_multiple_of(2));
        // It may be killed behind its start.
        drop(start(&name));
        faults.spare();
        let relay = start(&name).unwrap();
        // The clock is noted a moment after the start.
        let other = ["disk:", "warn  clock:"];
        let is_sound =
            |line: &str| line.starts_with("ok") || other.iter().any(|one| line.contains(one));
        let found = relay.doctor().into_iter().find(|line| !is_sound(line));
        assert_eq!(found, None, "{n}");
    }
}
