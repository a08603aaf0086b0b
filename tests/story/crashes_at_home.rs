//! `quitus` killed before any change of a disk: the same command again ends as it should have.
//!
//! A spread of all changes is tried, all of them with `SWEEP=every`; see `crashes`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use quitus_tests::{Faults, Outcome, Person, World, difference, random_bytes, write_files};

use crate::crashes::{chosen, id};

/// Bytes of a kept slot before its secrets: what it is, and of which transfer.
const SLOT_HEAD_BYTES: usize = 32;

/// A relay, files to hand over, and a machine that may die.
struct Stage {
    world: World,
    faults: Arc<Faults>,
    alice: Person,
}

impl Stage {
    fn new() -> Self {
        let world = World::new();
        let faults = Arc::new(Faults::new(&world.folder().join("faults")));
        let alice = world.person("alice");
        fill(&alice);
        Self {
            world,
            faults,
            alice,
        }
    }

    /// Somebody new, whose machine may die.
    fn person(&self, name: &str) -> Person {
        self.world.person(name).under(&self.faults)
    }

    /// Runs a command that dies before its change `n`; every other time, that is half done.
    fn kill(&self, person: &Person, n: u64, args: &[&str], stdin: &str) -> Outcome {
        self.faults.die_before(n, n.is_multiple_of(2));
        let killed = person.run(args, stdin.as_bytes()).expect(-1);
        self.faults.spare();
        killed
    }

    /// Changes of a disk that a command makes.
    fn n_changes(&self, person: &Person, args: &[&str], stdin: &str) -> u64 {
        let before = self.faults.n_changes();
        let _ = person.run(args, stdin.as_bytes()).expect(0);
        self.faults.n_changes() - before
    }
}

fn fill(person: &Person) {
    let files: [(&str, &[u8]); 3] = [
        ("brief/big.bin", &random_bytes(40, 9 << 20)),
        ("brief/a/small.txt", b"small"),
        ("brief/a/empty.txt", b""),
    ];
    write_files(&person.desk(""), &files);
}

fn check_whole(stage: &Stage, received: &Path) {
    let differs = difference(&stage.alice.desk("brief"), received);
    assert_eq!(differs.unwrap(), None);
}

/// Slots of a home in which anything is left, but for the transfer `kept`.
fn n_filled_slots(person: &Person, kept: &str) -> usize {
    let slots = fs::read_dir(person.home().join("keyring")).unwrap();
    let is_filled = |slot: &fs::DirEntry| {
        let bytes = fs::read(slot.path()).unwrap();
        slot.file_name() != kept && bytes.iter().skip(SLOT_HEAD_BYTES).any(|byte| *byte != 0)
    };
    slots.flatten().filter(is_filled).count()
}

/// Whether the note of the last step was written: only to make it durable was left.
fn is_over(person: &Person) -> bool {
    let ledger = fs::read_to_string(person.home().join("ledger.jsonl")).unwrap_or_default();
    ledger.ends_with("\"fact\":\"erased\"}\n")
}

#[test]
fn a_sender_killed_before_any_change_goes_on() {
    let stage = Stage::new();
    let bob = stage.world.person("bob");
    let args = ["send", "brief"];
    let first = stage.person("first");
    fill(&first);
    for n in chosen(stage.n_changes(&first, &args, ""), 12) {
        let alice = stage.person(&format!("alice{n}"));
        fill(&alice);
        let killed = stage.kill(&alice, n, &args, "");
        let sent = if is_over(&alice) {
            killed
        } else {
            let again = alice.run(&args, b"").expect(0);
            let is_same = killed.stdout.is_empty() || killed.stdout == again.stdout;
            assert!(is_same, "{n}: two links for one sending");
            again
        };
        let link = sent.text().trim();
        let inbox = format!("inbox{n}");
        let _ = bob.receive(link, &inbox).expect(0);
        let differs = difference(&alice.desk("brief"), &bob.desk(&inbox).join("brief"));
        assert_eq!(differs.unwrap(), None, "{n}");
        assert_eq!(n_filled_slots(&alice, id(link)), 0, "{n}");
        let uploads = alice.home().join("uploads");
        assert_eq!(fs::read_dir(uploads).unwrap().count(), 0, "{n}");
    }
}

/// Goes on by `resume` or with the same command.
fn go_on(person: &Person, n: u64, args: &[&str], link: &str, received: &str) {
    if n.is_multiple_of(3) {
        let _ = person.run(&["resume"], b"").expect(0);
    }
    // What was killed before it kept the link needs it once more.
    if !person.desk(received).exists() {
        let _ = person.run(args, link.as_bytes()).expect(0);
    }
    let _ = person.run(&["resume"], b"").expect(0);
}

#[test]
fn a_recipient_killed_before_any_change_goes_on_and_counts_once() {
    let stage = Stage::new();
    let carol = stage.world.person("carol");
    for (args, received) in [
        (vec!["receive", "-", "-o", "inbox"], "inbox/brief"),
        (vec!["receive", "-"], "brief"),
    ] {
        let link = stage.alice.send("brief");
        let first = stage.person(&format!("first{}", args.len()));
        for n in chosen(stage.n_changes(&first, &args, &link), 9) {
            let link = stage.alice.send("brief");
            let bob = stage.person(&format!("bob{n}-{}", args.len()));
            let _ = stage.kill(&bob, n, &args, &link);
            if bob.desk(received).exists() {
                check_whole(&stage, &bob.desk(received));
            }
            if !is_over(&bob) {
                go_on(&bob, n, &args, &link, received);
            }
            check_whole(&stage, &bob.desk(received));
            let top = received.split('/').next().unwrap();
            assert_eq!(bob.on_desk(), [top], "{n}: something hidden is left");
            assert_eq!(n_filled_slots(&bob, ""), 0, "{n}");
            let _ = carol.receive(&link, "none").expect(5);
        }
    }
}

#[test]
fn a_revocation_or_extension_killed_before_any_change_can_be_repeated() {
    let stage = Stage::new();
    let (alice, carol) = (stage.person("sender"), stage.world.person("carol"));
    fs::write(alice.desk("a.txt"), "a").unwrap();
    let send = || alice.send("a.txt");
    let link = send();
    let extend = |link: &str| ["extend", id(link), "--expires", "9d"].map(str::to_owned);
    let revoke = |link: &str| ["revoke", id(link)].map(str::to_owned);
    let count = |args: &[String]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        stage.n_changes(&alice, &args, "")
    };
    for n in chosen(count(&extend(&link)), 6) {
        let link = send();
        let args = extend(&link);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let _ = stage.kill(&alice, n, &args, "");
        let _ = alice.run(&args, b"").expect(0);
        let _ = carol.receive(&link, &format!("inbox{n}")).expect(0);
    }
    for n in chosen(count(&revoke(&link)), 6) {
        let link = send();
        let args = revoke(&link);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let _ = stage.kill(&alice, n, &args, "");
        let _ = alice.run(&args, b"").expect(0);
        let _ = carol.receive(&link, "none").expect(5);
        let slot = fs::read(alice.home().join("keyring").join(id(&link))).unwrap();
        let secrets = slot.get(SLOT_HEAD_BYTES..).unwrap();
        assert!(secrets.iter().all(|byte| *byte == 0), "{n}");
    }
}

#[test]
fn a_read_only_folder_is_read_only_again_whenever_its_recipient_is_killed() {
    let stage = Stage::new();
    let (first, args) = (stage.person("first"), ["receive", "-"]);
    let read_only = Permissions::from_mode(0o555);
    fs::set_permissions(stage.alice.desk("brief"), read_only).unwrap();
    let n_changes = stage.n_changes(&first, &args, &stage.alice.send("brief"));
    // To get its name comes last but for the notes that it did.
    for n in n_changes.saturating_sub(30)..=n_changes {
        let link = stage.alice.send("brief");
        let bob = stage.person(&format!("bob{n}"));
        let _ = stage.kill(&bob, n, &args, &link);
        if !is_over(&bob) {
            let _ = bob.run(&args, link.as_bytes()).expect(0);
        }
        let mode = fs::metadata(bob.desk("brief"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(
            mode & 0o777,
            0o555,
            "killed before change {n} of {n_changes}"
        );
        assert_eq!(bob.on_desk(), ["brief"], "{n}: something hidden is left");
        check_whole(&stage, &bob.desk("brief"));
    }
}
