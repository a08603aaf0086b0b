//! A relay whose disk is full, broken or read-only refuses, forgets nothing it acknowledged, and goes on.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use quitus_tests::{
    Changes, EIO, ENOSPC, EROFS, Faults, Person, Relay, SmallDisk, World, difference, random_bytes,
    write_files,
};

use crate::claimer::Asker;

/// Statuses that say: not now.
const CLOSED: [u16; 2] = [503, 507];

fn check_whole(alice: &Person, bob: &Person, link: &str, inbox: &str) {
    let _ = bob.receive(link, inbox).expect(0);
    let received = bob.desk(inbox).join("a.bin");
    assert_eq!(
        difference(&alice.desk("a.bin"), &received).unwrap(),
        None,
        "{inbox}"
    );
}

fn check_sound(relay: &Relay) {
    for line in relay.doctor() {
        assert!(line.starts_with("ok") || line.contains("disk:"), "{line}");
    }
}

/// Ended by itself, with the exit code and the words by which an operator and a supervisor know it.
fn check_ended(relay: &mut Relay) {
    assert_eq!(relay.ended(), 8);
    let log = relay.log();
    let told = log.lines().skip_while(|line| !line.starts_with("error: "));
    let told = told.collect::<Vec<_>>().join("\n");
    assert!(
        told.contains("did not keep") && told.contains("hint: "),
        "{log}"
    );
}

/// One kind of fault, from the first write to a clean start. What was not synced may be lost though the
/// system has it in memory: such a relay ends.
fn fail_and_go_on(what: &str, changes: Changes, error: u64) {
    let is_sync = matches!(changes, Changes::Syncs);
    let (mut world, faults) = World::under_faults(&[]);
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(70, 100_000))]);
    let sent = alice.run(&["send", "a.bin", "--downloads", "2"], b"");
    let one = sent.expect(0).text().trim().to_owned();
    let other = alice.send("a.bin");

    faults.fail(changes, error);
    // A sync of its own, of the clock or of the records, may end it before anybody asks.
    let may_end = !matches!(changes, Changes::Writes);
    for number in 0..if is_sync { 1 } else { 3 } {
        let status = Asker::new(&one, number).claim_at_the_end();
        let is_closed = status.map_or(may_end, |status| CLOSED.contains(&status));
        assert!(is_closed, "{what}: claim answered {status:?}");
    }
    if is_sync {
        check_ended(&mut world.relay);
    }
    let refused = alice.run(&["send", "a.bin"], b"").expect(7);
    assert!(refused.stdout.is_empty(), "{what}");
    assert!(may_end || world.relay.is_running(), "{what}");
    assert!(!world.relay.log().contains("panicked"), "{what}");

    faults.spare();
    if may_end {
        world.relay.start_again();
    }
    // A claim that was refused may have been written all the same; the same claimer has it then.
    assert_eq!(Asker::new(&one, 0).claim(), 200, "{what}");
    check_whole(&alice, &bob, &one, "one");
    let sent = alice.run(&["send", "a.bin"], b"").expect(0);
    let world = world.restart();
    check_whole(&alice, &bob, &other, "other");
    check_whole(&alice, &bob, sent.text().trim(), "sent");
    check_sound(&world.relay);
}

#[test]
fn a_relay_on_a_broken_disk_refuses_and_loses_nothing() {
    let cases = [
        ("no sync", Changes::Syncs, EIO),
        ("no write", Changes::Writes, EIO),
        ("full", Changes::Writes, ENOSPC),
        ("read-only", Changes::All, EROFS),
    ];
    thread::scope(|scope| {
        for (what, changes, error) in cases {
            scope.spawn(move || fail_and_go_on(what, changes, error));
        }
    });
}

/// Starts a relay that ended again, as a service manager does. `true`: it had ended.
fn supervise(relay: &mut Relay) -> bool {
    let has_ended = !relay.is_running();
    if has_ended {
        check_ended(relay);
        relay.start_again();
    }
    has_ended
}

#[test]
fn a_disk_that_fails_now_and_then_costs_only_time() {
    let (mut world, faults) = World::under_faults(&[]);
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(71, 20 << 20))]);
    let mut n_ends = 0;
    for (round, changes) in [
        Changes::Syncs,
        Changes::Writes,
        Changes::All,
        Changes::Syncs,
    ]
    .into_iter()
    .enumerate()
    {
        let mut child = alice.start(&["send", "a.bin", "--downloads", "2"]);
        // Every change at some distance from the last fails; the rest of the time all is well.
        let mut next = faults.n_changes() + 1;
        n_ends += u32::from(supervise(&mut world.relay));
        while child.try_wait().unwrap().is_none() {
            if faults.n_changes() >= next {
                faults.fail(changes, EIO);
                thread::park_timeout(Duration::from_millis(3));
                faults.spare();
                next = faults.n_changes() + 5 + 3 * round as u64;
            }
            n_ends += u32::from(supervise(&mut world.relay));
            thread::park_timeout(Duration::from_micros(200));
        }
        let link = loop {
            let sent = alice.run(&["send", "a.bin", "--downloads", "2"], b"");
            if sent.code == 0 {
                break sent.text().trim().to_owned();
            }
            assert_eq!(sent.code, 7, "{}", sent.stderr);
            n_ends += u32::from(supervise(&mut world.relay));
        };
        check_whole(&alice, &bob, &link, &format!("inbox{round}"));
    }
    assert!(n_ends > 0, "no sync that failed ended the relay");
    assert!(!world.relay.log().contains("panicked"));
    check_sound(&world.restart().relay);
}

#[test]
fn a_relay_does_not_start_on_a_disk_it_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Arc::new(Faults::new(folder.path()));
    let start = || {
        let setting = (&[][..], Some(&faults));
        Relay::try_start(&folder.path().join("relay"), "127.0.0.1:0", setting)
    };
    for is_new in [true, false] {
        for (changes, error) in [(Changes::All, EROFS), (Changes::Syncs, EIO)] {
            faults.fail(changes, error);
            let said = start().err();
            assert!(
                said.is_some_and(|said| said.contains("error: ")),
                "{is_new}: {changes:?}"
            );
            faults.spare();
        }
        drop(start().unwrap());
    }
}

#[test]
fn a_full_disk_under_a_relay_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("relay/data")) else {
        return;
    };
    disk.resize(64 * 1024);
    let options = ["--keep-free", "0"];
    let relay = Relay::start_with(&folder.path().join("relay"), "127.0.0.1:0", &options);
    let alice = Person::new(&folder.path().join("alice"), relay.url());
    let bob = Person::new(&folder.path().join("bob"), relay.url());
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(72, 9 << 20))]);
    let mut links = vec![alice.send("a.bin")];
    for room_kib in [0, 8, 400, 8_200, 9_000, 9_400] {
        disk.resize(used_kib(&disk) + room_kib);
        let outcome = alice.run(&["send", "a.bin"], b"");
        assert!([0, 7].contains(&outcome.code), "{}", outcome.stderr);
        let is_sent = outcome.code == 0;
        links.extend(is_sent.then(|| outcome.text().trim().to_owned()));
        disk.resize(64 * 1024);
        assert_eq!(relay.doctor().len(), 8);
    }
    links.push(alice.send("a.bin"));
    let relay = relay.restart();
    for (number, link) in links.iter().enumerate() {
        check_whole(&alice, &bob, link, &number.to_string());
    }
    check_sound(&relay);
}

/// KiB that lie on a disk.
fn used_kib(disk: &SmallDisk) -> u64 {
    let mut command = std::process::Command::new("df");
    command.args(["--output=used", "-k"]).arg(disk.folder());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().nth(1).unwrap().trim().parse().unwrap()
}

#[test]
fn records_that_were_damaged_are_refused_and_told() {
    let mut world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(73, 5_000))]);
    let link = alice.send("a.bin");
    world.relay.stop();
    let folder = world.relay.folder().to_owned();
    let path = folder.join("data/records.sqlite");
    let good = fs::read(&path).unwrap();
    let mut said = BTreeSet::new();
    for page in (0..good.len()).step_by(4096) {
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(&random_bytes(page as u64, 4096), page as u64)
            .unwrap();
        let listen = world.relay.url().replace("http://", "");
        let doctor = world.relay.doctor();
        said.insert(doctor.iter().any(|line| line.starts_with("fail")));
        if let Ok(mut relay) = Relay::try_start(&folder, &listen, (&[], None)) {
            let status = Asker::new(&link, 1).claim();
            assert!([404, 503, 200].contains(&status), "{page}: {status}");
            relay.stop();
        }
        assert!(!world.relay.log().contains("panicked"), "{page}");
        for name in ["records.sqlite-wal", "records.sqlite-shm"] {
            drop(fs::remove_file(folder.join("data").join(name)));
        }
        fs::write(&path, &good).unwrap();
    }
    assert!(said.contains(&true), "the doctor finds damage");
    let world = world.restart();
    check_whole(&alice, &bob, &link, "inbox");
    check_sound(&world.relay);
}
