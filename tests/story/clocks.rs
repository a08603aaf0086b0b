//! A relay whose clock jumps gives nothing out, ends nothing and destroys nothing until it is back.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{ChildStdout, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quitus_tests::{Faults, Person, Relay, World, random_bytes, write_files};

use crate::claimer::Asker;
use crate::crashes::id;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;
/// What the relay logs, once for each jump.
const JUMPED: &str = "the clock says";
/// How long anything that is waited for may take.
const BOUND: Duration = Duration::from_secs(30);

/// A relay whose clock can be set, with one transfer that lives and three that ended.
struct Stage {
    world: World,
    faults: Arc<Faults>,
    alice: Person,
    live: Asker,
    live_id: String,
    ended: Vec<Asker>,
}

impl Stage {
    fn new() -> Self {
        let (world, faults) = World::under_faults(&[]);
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        write_files(&alice.desk(""), &[("a.txt", b"a")]);
        let send = |options: &[&str]| {
            let args = [&["send", "a.txt"], options].concat();
            alice.run(&args, b"").expect(0).text().trim().to_owned()
        };
        let live = send(&["--downloads", "1000"]);
        let (used, revoked) = (send(&[]), send(&[]));
        let expired = send(&["--expires", "1s"]);
        let _ = bob.receive(&used, "inbox").expect(0);
        let _ = alice.run(&["revoke", id(&revoked)], b"").expect(0);
        let ended = [used, revoked, expired];
        for link in &ended {
            let destroyed = || alice.run(&["receipt", id(link)], b"").code == 0;
            wait_for("a statement of destruction", destroyed);
        }
        Self {
            live_id: id(&live).to_owned(),
            live: Asker::new(&live, 1),
            ended: ended.iter().map(|link| Asker::new(link, 2)).collect(),
            world,
            faults,
            alice,
        }
    }

    /// Every byte that destruction would change: objects, shares, keys of the hours.
    fn kept(&self) -> Vec<(String, Vec<u8>)> {
        let folder = self.world.relay.folder();
        let buckets = fs::read_dir(folder.join("keys/buckets")).unwrap();
        let mut paths: Vec<_> = buckets.flatten().map(|entry| entry.path()).collect();
        paths.push(folder.join("data/vault"));
        paths.sort();
        let read =
            |path: &std::path::PathBuf| (path.display().to_string(), fs::read(path).unwrap());
        let objects = self.world.relay.objects();
        let objects = objects.iter().map(|one| (one.to_string(), one.read()));
        paths.iter().map(read).chain(objects).collect()
    }

    /// How often the relay wrote something to its log.
    fn n_logged(&self, words: &str) -> usize {
        self.world.relay.log().matches(words).count()
    }

    /// The relay gives nothing out, and has looked around at least once.
    fn check_closed(&self, n_told: usize, kept: &[(String, Vec<u8>)], what: &str) {
        wait_for(what, || self.n_logged(JUMPED) > n_told);
        assert_eq!(self.live.claim(), 503, "{what}");
        for asker in &self.ended {
            assert_ne!(asker.claim(), 200, "{what}");
        }
        assert!(self.kept() == kept, "{what}: something was destroyed");
    }

    /// What lives is given out, what ended is not.
    fn check_open(&self, what: &str) {
        assert_eq!(self.live.claim(), 200, "{what}");
        for asker in &self.ended {
            assert_eq!(asker.claim(), 404, "{what}");
        }
    }

    /// Starts the relay again, with more options.
    fn restart(&mut self, options: &[&str]) {
        let listen = self.world.relay.url().replace("http://", "");
        self.world.relay.kill();
        let folder = self.world.relay.folder().to_owned();
        let setting = (options, Some(&self.faults));
        self.world.relay = Relay::try_start(&folder, &listen, setting).unwrap();
    }
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + BOUND;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not in {BOUND:?}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn a_clock_that_jumps_while_the_relay_runs_revives_and_destroys_nothing() {
    let stage = Stage::new();
    let kept = stage.kept();
    for jump in [YEAR, -HOUR, 2 * HOUR, -YEAR, DAY] {
        let (what, n_told) = (format!("{jump} s"), stage.n_logged(JUMPED));
        stage.faults.shift_clock(jump);
        stage.check_closed(n_told, &kept, &what);
        let n_back = stage.n_logged("believed again");
        stage.faults.shift_clock(0);
        stage.check_open(&what);
        wait_for(&what, || stage.n_logged("believed again") > n_back);
    }
    assert!(stage.kept() == kept);
}

#[test]
fn a_clock_that_jumped_before_the_start_revives_and_destroys_nothing() {
    let mut stage = Stage::new();
    let kept = stage.kept();
    for jump in [YEAR, -HOUR, 31 * DAY] {
        let (what, n_told) = (format!("{jump} s"), stage.n_logged(JUMPED));
        stage.faults.shift_clock(jump);
        stage.restart(&[]);
        stage.check_closed(n_told, &kept, &what);
        let doctor = stage.world.relay.doctor();
        let is_told = |line: &String| line.starts_with("fail  clock:");
        assert!(doctor.iter().any(is_told), "{what}: {doctor:?}");
        stage.faults.shift_clock(0);
        stage.check_open(&what);
        stage.restart(&[]);
        stage.check_open(&what);
    }
}

#[test]
fn a_jump_that_is_accepted_ends_what_is_over_and_the_way_back_revives_nothing() {
    let mut stage = Stage::new();
    // An hour back: whoever accepts it goes on, and what ended has ended.
    stage.faults.shift_clock(-HOUR);
    stage.restart(&["--accept-clock-jump"]);
    stage.check_open("an hour back, accepted");
    // A year ahead: what lived is over, is destroyed.
    stage.faults.shift_clock(YEAR);
    stage.restart(&["--accept-clock-jump"]);
    wait_for("everything is over", || {
        stage.world.relay.objects().is_empty() && stage.live.claim() == 404
    });
    let vault = || fs::read(stage.world.relay.folder().join("data/vault")).unwrap();
    wait_for("no share is left", || vault().iter().all(|byte| *byte == 0));
    // Back without a word: not believed. Accepted: nothing comes back.
    stage.faults.shift_clock(0);
    stage.restart(&[]);
    assert_ne!(stage.live.claim(), 200);
    wait_for("it is told", || stage.n_logged(JUMPED) > 0);
    stage.restart(&["--accept-clock-jump"]);
    assert_eq!(stage.live.claim(), 404);
    for asker in &stage.ended {
        assert_eq!(asker.claim(), 404);
    }
    let statement = stage.alice.run(&["receipt", &stage.live_id], b"").expect(0);
    assert!(statement.text().contains("\"ending\": \"expired\""));
}

/// Begins to receive into a pipe and reads one byte of it.
fn stall(person: &Person, link: &str) -> (std::process::Child, ChildStdout) {
    let mut command = person.command();
    command.args(["receive", "-", "-o", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(link.as_bytes()).unwrap();
    drop(input);
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut [0]).unwrap();
    (child, output)
}

#[test]
fn a_download_outlives_the_expiry_and_not_its_lease() {
    let (world, faults) = World::under_faults(&[]);
    let people = Arc::new(Faults::new(&world.folder().join("people")));
    let alice = world.person("alice").under(&people);
    let bob = world.person("bob");
    let bytes = random_bytes(60, 64 << 20);
    write_files(&alice.desk(""), &[("big.bin", &bytes)]);
    let args = ["send", "big.bin", "--downloads", "2", "--expires", "60s"];
    let link = alice.run(&args, b"").expect(0).text().trim().to_owned();
    let late = Asker::new(&link, 3);
    let (mut first, mut taken) = stall(&bob, &link);
    let carol = world.person("carol");
    let (mut second, mut stalled) = stall(&carol, &link);

    faults.shift_clock(61);
    people.shift_clock(61);
    assert_eq!(late.claim(), 404);
    let mut rest = Vec::new();
    taken.read_to_end(&mut rest).unwrap();
    assert!(first.wait().unwrap().success(), "it runs to its end");
    assert!(bytes.get(1..) == Some(rest.as_slice()));

    // A day later by steps that are believed, each of them looked at.
    for step in 1..=25 {
        faults.shift_clock(61 + step * (HOUR - 60));
        people.shift_clock(61 + step * (HOUR - 60));
        assert_eq!(late.claim(), 404, "step {step}");
    }
    let mut rest = Vec::new();
    drop(stalled.read_to_end(&mut rest));
    assert!(!second.wait().unwrap().success() && rest.len() < bytes.len() - 1);
    wait_for("the statement", || {
        alice.run(&["receipt", id(&link)], b"").code == 0
    });
    assert_eq!(world.relay.objects().len(), 0);
}
