//! What was interrupted goes on with the same command, and no key ever seals two plaintexts.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use quitus_tests::{Person, World, difference, random_bytes, write_files};

use crate::crashes::id;

const MIB: usize = 1024 * 1024;

/// Starts to send, and kills the sender after a while.
fn kill_sender(person: &Person, name: &str, milliseconds: u64) {
    let mut child = person.start(&["send", name]);
    let end = Instant::now() + Duration::from_millis(milliseconds);
    while Instant::now() < end && child.try_wait().unwrap().is_none() {
        std::hint::spin_loop();
    }
    drop(child.kill());
    child.wait().unwrap();
}

/// Starts to send, and kills the sender once so many parts were recorded.
fn kill_sender_after(person: &Person, name: &str, n_parts: usize) {
    let mut child = person.start(&["send", name]);
    let end = Instant::now() + Duration::from_mins(1);
    let mut before = HashMap::new();
    note_records(person, &mut before);
    let mut seen = before.clone();
    while seen.len() < before.len() + n_parts && Instant::now() < end {
        note_records(person, &mut seen);
    }
    assert!(child.try_wait().unwrap().is_none(), "it was still at work");
    drop(child.kill());
    child.wait().unwrap();
}

/// Under each header and part number, the digests of what may have left: the records on the disk.
fn note_records(person: &Person, seen: &mut HashMap<(String, String), String>) {
    let uploads = person.home().join("uploads");
    for entry in fs::read_dir(uploads).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default().to_owned();
        // The last line may be cut: then its part did not leave.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for row in whole.lines().skip(1) {
            let part = row.split(',').next().unwrap_or_default().to_owned();
            let before = seen.insert((header.clone(), part), row.to_owned());
            assert!(
                before.is_none_or(|before| before == row),
                "one key and part, two plaintexts"
            );
        }
    }
}

#[test]
fn a_sender_killed_at_any_moment_goes_on_and_never_seals_twice_under_one_key() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let mut bytes = random_bytes(20, 90 * MIB);
    write_files(&alice.desk(""), &[("big.bin", &bytes)]);
    let mut seen = HashMap::new();
    for round in 0..9 {
        if round % 2 == 0 {
            kill_sender_after(&alice, "big.bin", 1 + round % 3);
        } else {
            kill_sender(&alice, "big.bin", 7 * round as u64);
        }
        note_records(&alice, &mut seen);
        if round % 3 == 2 {
            // Other bytes, the same length and time: only the bytes themselves can tell.
            bytes[round * 9 * MIB] ^= 1;
            let mtime = fs::metadata(alice.desk("big.bin"))
                .unwrap()
                .modified()
                .unwrap();
            fs::write(alice.desk("big.bin"), &bytes).unwrap();
            fs::File::open(alice.desk("big.bin"))
                .unwrap()
                .set_modified(mtime)
                .unwrap();
        }
    }
    let sent = alice.run(&["send", "big.bin"], b"").expect(0);
    note_records(&alice, &mut seen);
    let _ = bob.receive(sent.text().trim(), "inbox").expect(0);
    assert_eq!(
        difference(&alice.desk("big.bin"), &bob.desk("inbox/big.bin")).unwrap(),
        None
    );
    assert!(
        !seen.is_empty(),
        "some sending was interrupted after a part was recorded"
    );
    let left = fs::read_dir(alice.home().join("uploads")).unwrap().count();
    assert_eq!(left, 0, "nothing is left to go on with");
}

#[test]
fn a_relay_that_comes_back_is_gone_on_with() {
    let mut world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[("big.bin", &random_bytes(21, 120 * MIB))],
    );
    kill_sender_after(&alice, "big.bin", 2);
    world = world.restart();
    let sent = alice.run(&["send", "big.bin"], b"").expect(0);
    assert!(
        sent.stderr.contains("interrupted"),
        "it goes on: {}",
        sent.stderr
    );
    world = world.restart();
    let _ = bob.receive(sent.text().trim(), "inbox").expect(0);
    assert_eq!(
        difference(&alice.desk("big.bin"), &bob.desk("inbox/big.bin")).unwrap(),
        None
    );
    drop(world);
}

#[test]
fn what_was_interrupted_is_not_gone_on_with_under_other_limits() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("big.bin", &random_bytes(22, 120 * MIB)),
            ("word", b"red fox"),
        ],
    );
    kill_sender_after(&alice, "big.bin", 1);
    for other in [
        &["--password-file", "word"][..],
        &["--expires", "1h"],
        &["--downloads", "2"],
    ] {
        let args = [&["send", "big.bin"], other].concat();
        let sent = alice.run(&args, b"").expect(0);
        let said = &sent.stderr;
        assert!(said.contains("other limits"), "{other:?}: {said}");
        assert!(!said.contains("going on"), "{other:?}: {said}");
        if other[0] == "--password-file" {
            let asked = ["receive", "-", "--no-input", "-o", "inbox"];
            let asked = bob.run(&asked, sent.text().as_bytes());
            assert_eq!(asked.code, 2, "{}", asked.stderr);
        }
    }
    let sent = alice.run(&["send", "big.bin"], b"").expect(0);
    assert!(sent.stderr.contains("going on"), "{}", sent.stderr);
    let _ = bob.receive(sent.text().trim(), "inbox").expect(0);
}

#[test]
fn resume_goes_on_with_everything_that_was_interrupted() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("one.bin", &random_bytes(22, 90 * MIB)),
            ("two.bin", &random_bytes(23, 90 * MIB)),
        ],
    );
    for name in ["one.bin", "two.bin"] {
        kill_sender_after(&alice, name, 1);
    }
    let resumed = alice.run(&["resume"], b"").expect(0);
    let links: Vec<&str> = resumed.text().lines().collect();
    assert_eq!(links.len(), 2, "{links:?}");
    for (number, link) in links.into_iter().enumerate() {
        let _ = bob.receive(link, &format!("inbox{number}")).expect(0);
    }
    let _ = alice.run(&["resume"], b"").expect(0);
}

#[test]
fn what_is_still_being_sent_is_not_received_by_its_sender() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let link = alice.send("a.txt");
    let path = alice.home().join("ledger.jsonl");
    let ledger = fs::read_to_string(&path).unwrap();
    let slot = || fs::read(alice.home().join("keyring").join(id(&link))).unwrap();
    for last in ["sendBegun", "created", "uploaded", "described"] {
        let at = ledger.find(&format!("\"fact\":\"{last}\"")).unwrap();
        let whole = at + ledger[at..].find('\n').unwrap() + 1;
        fs::write(&path, &ledger[..whole]).unwrap();
        let before = slot();
        let _ = alice.receive(&link, "inbox").expect(2);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            ledger[..whole],
            "{last}"
        );
        assert!(slot() == before, "{last}");
    }
}
