//! Crashes, full disks, changing files: nothing half-written, nothing lost.

use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use quitus_tests::{Outcome, World, difference, random_bytes, write_files};

const MIB: usize = 1024 * 1024;

#[test]
fn a_recipient_killed_at_any_moment_leaves_no_final_name_and_the_next_run_completes() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("brief/big.bin", &random_bytes(10, 60 * MIB)),
            ("brief/small.txt", b"small"),
        ],
    );
    let link = alice.send("brief");
    for milliseconds in [1, 3, 6, 10, 15, 25, 40, 60, 90] {
        let mut child = bob.start_with(&["receive", "-", "-o", "inbox"], link.as_bytes());
        let end = Instant::now() + Duration::from_millis(milliseconds);
        while Instant::now() < end && child.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        let ended = child.try_wait().unwrap();
        drop(child.kill());
        child.wait().unwrap();
        if ended.is_none() && bob.desk("inbox").exists() {
            // The kill came after the renaming: then everything must be there.
            assert_eq!(
                difference(&alice.desk("brief"), &bob.desk("inbox/brief")).unwrap(),
                None
            );
            break;
        }
    }
    let outcome = bob.receive(&link, "inbox");
    let was_placed = bob.desk("inbox").exists();
    assert!(was_placed, "exit {}: {}", outcome.code, outcome.stderr);
    assert_eq!(
        difference(&alice.desk("brief"), &bob.desk("inbox/brief")).unwrap(),
        None
    );
    assert_eq!(bob.on_desk(), ["inbox"], "no hidden folder is left");
}

#[test]
fn a_relay_killed_while_parts_arrive_keeps_what_it_acknowledged() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(11, 20 * MIB))]);
    let link = alice.send("a.bin");
    let world = world.restart();
    assert!(
        link.starts_with(world.relay.url()),
        "it is the same relay again"
    );
    let _ = bob.receive(&link, "inbox").expect(0);
    assert_eq!(
        difference(&alice.desk("a.bin"), &bob.desk("inbox/a.bin")).unwrap(),
        None
    );
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_not_handed_over() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(
        &alice.desk(""),
        &[("growing.bin", &random_bytes(12, 200 * MIB))],
    );
    let child = alice.start(&["send", "growing.bin"]);
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(alice.desk("growing.bin"))
        .unwrap();
    let outcome = ended_while(child, || file.write_all(b"more").unwrap());
    assert_eq!(outcome, Some(3));
}

/// Repeats something until a process ends; its exit code.
fn ended_while(mut child: std::process::Child, mut meanwhile: impl FnMut()) -> Option<i32> {
    let end = Instant::now() + Duration::from_mins(1);
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        meanwhile();
    }
    drop(child.kill());
    None
}

#[test]
fn a_full_disk_is_told_and_leaves_no_final_name() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("big.bin", &random_bytes(13, 12 * MIB))]);
    let sent = alice
        .run(&["send", "big.bin", "--downloads", "100"], b"")
        .expect(0);
    let link = sent.text().trim();
    // A limit on the length of files stands in for a full disk where no small file system can be made.
    for blocks in [0, 1, 64, 5_000, 11_999] {
        let script = format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" receive - -o inbox");
        let mut command = Command::new("bash");
        command
            .args(["-c", &script])
            .arg(quitus_tests::binary("quitus"));
        let outcome = bob.run_command(command, link.as_bytes());
        let Outcome { code, stderr, .. } = &outcome;
        assert!([7, 8].contains(code), "{blocks}: exit {code}\n{stderr}");
        assert!(!bob.desk("inbox").exists(), "{blocks}: a final name");
    }
    let _ = bob.receive(link, "inbox").expect(0);
}
