//! Files go from one person to another and arrive as they were.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::time::{Duration, SystemTime};

use quitus_tests::{World, difference, random_bytes, write_files};

const MIB: usize = 1024 * 1024;

#[test]
fn a_folder_arrives_with_names_bytes_permissions_and_times() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let brief = alice.desk("brief");
    let big = random_bytes(1, 20 * MIB + 12_345);
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
    write_files(
        &brief,
        &[
            ("read me.txt", b"hello"),
            ("empty", b""),
            ("data/big.bin", &big),
            ("data/\u{e9}t\u{e9}/na\u{ef}ve.md", b"accents"),
            (".hidden", b"dot"),
            ("-rf", b"not an option"),
            (&long, b"a long path"),
            ("script.sh", b"#!/bin/sh\n"),
        ],
    );
    fs::create_dir_all(brief.join("nothing here")).unwrap();
    fs::set_permissions(brief.join("script.sh"), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(brief.join("empty"), Permissions::from_mode(0o400)).unwrap();
    fs::set_permissions(brief.join("data"), Permissions::from_mode(0o555)).unwrap();
    for (name, seconds) in [("read me.txt", 1_000_000_000), ("empty", 4_294_967_296)] {
        let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, 123_456_789);
        File::open(brief.join(name))
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    let link = alice.send("brief");

    let received = bob.receive(&link, "inbox").expect(0);
    assert!(
        received.stdout.is_empty(),
        "a reception prints nothing on stdout"
    );
    assert_eq!(difference(&brief, &bob.desk("inbox/brief")).unwrap(), None);
    assert_eq!(bob.on_desk(), ["inbox"], "nothing else is left");
    // So that the world can be removed by whoever is not root.
    for folder in [brief.join("data"), bob.desk("inbox/brief/data")] {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn one_file_arrives_as_it_is_at_every_awkward_size() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let part = 8 * MIB;
    for size in [
        0,
        1,
        65_535,
        65_536,
        65_537,
        part - 1,
        part,
        part + 1,
        3 * part,
    ] {
        let name = format!("{size}.bin");
        write_files(&alice.desk(""), &[(&name, &random_bytes(2, size))]);
        let link = alice.send(&name);
        let _ = bob.receive(&link, &format!("{size}")).expect(0);
        let (sent, received) = (alice.desk(&name), bob.desk(&format!("{size}/{name}")));
        assert_eq!(difference(&sent, &received).unwrap(), None, "{size}");
    }
}

#[test]
fn without_a_destination_the_senders_name_is_used() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[("notes.txt", b"n"), ("brief/a", b"a"), (".bashrc", b"echo")],
    );
    for (name, expected) in [("notes.txt", "notes.txt"), ("brief", "brief")] {
        let link = alice.send(name);
        let _ = bob.run(&["receive", "-"], link.as_bytes()).expect(0);
        assert_eq!(
            difference(&alice.desk(name), &bob.desk(expected)).unwrap(),
            None
        );
    }
    let link = alice.send(".bashrc");
    let outcome = bob.run(&["receive", "-"], link.as_bytes()).expect(0);
    assert!(
        !bob.desk(".bashrc").exists(),
        "a name that programs obey is not used by itself"
    );
    assert!(
        outcome.stderr.contains("begins with a dot"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn several_things_at_once_and_twenty_thousand_small_files_arrive() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let names: Vec<String> = (0..20_000)
        .map(|n| format!("many/{}/{n}.txt", n % 100))
        .collect();
    let bytes = random_bytes(3, 4_096);
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .enumerate()
        .map(|(n, name)| (name.as_str(), &bytes[..n % 4_096]))
        .collect();
    write_files(&alice.desk(""), &files);
    write_files(&alice.desk(""), &[("one.txt", b"1"), ("two.txt", b"2")]);
    let sent = alice
        .run(&["send", "many", "two.txt", "./one.txt"], b"")
        .expect(0);
    let _ = bob.receive(sent.text().trim(), "inbox").expect(0);
    for name in ["many", "one.txt", "two.txt"] {
        let received = bob.desk(&format!("inbox/{name}"));
        assert_eq!(
            difference(&alice.desk(name), &received).unwrap(),
            None,
            "{name}"
        );
    }
}

#[test]
fn the_archive_of_a_folder_is_a_tar_that_stock_tar_unpacks() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let long = format!("brief/{}/{}", "l".repeat(150), "\u{e9}".repeat(60));
    write_files(
        &alice.desk(""),
        &[("brief/a.txt", b"a"), (&long, &random_bytes(4, 9 * MIB))],
    );
    for name in ["brief", "brief/a.txt", &long] {
        let time = SystemTime::UNIX_EPOCH + Duration::from_mins(25_000_000);
        File::open(alice.desk(name))
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    let link = alice.send("brief");
    let streamed = bob
        .run(&["receive", "-", "-o", "-"], link.as_bytes())
        .expect(0);
    fs::write(bob.desk("archive.tar"), &streamed.stdout).unwrap();
    let unpacked = Command::new("tar")
        .args(["--extract", "--file"])
        .arg(bob.desk("archive.tar"))
        .current_dir(bob.desk(""))
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert!(
        unpacked.status.success() && unpacked.stderr.is_empty(),
        "{unpacked:?}"
    );
    for name in ["brief/a.txt", &long] {
        assert_eq!(
            difference(&alice.desk(name), &bob.desk(name)).unwrap(),
            None,
            "{name}"
        );
    }
}

#[test]
fn what_cannot_be_sent_is_listed_and_the_rest_arrives() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[("brief/a.txt", b"a"), ("brief/back\\slash", b"b")],
    );
    symlink("/etc/passwd", alice.desk("brief/link")).unwrap();
    let fifo = Command::new("mkfifo")
        .arg(alice.desk("brief/pipe"))
        .status()
        .unwrap();
    assert!(fifo.success());
    let sent = alice.run(&["send", "brief"], b"").expect(3);
    for name in ["link", "pipe", "back"] {
        assert!(
            sent.stderr.contains(name),
            "{name} is listed: {}",
            sent.stderr
        );
    }
    let _ = bob.receive(sent.text().trim(), "inbox").expect(0);
    let names: Vec<_> = fs::read_dir(bob.desk("inbox/brief"))
        .unwrap()
        .flatten()
        .collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn a_transfer_can_be_kept_sealed_and_opened_with_stock_age() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let bytes = random_bytes(5, 17 * MIB + 5);
    write_files(&alice.desk(""), &[("big.bin", &bytes)]);
    let link = alice.send("big.bin");
    let _ = bob
        .run(
            &["receive", "-", "--sealed", "-o", "sealed"],
            link.as_bytes(),
        )
        .expect(0);
    let opened = Command::new("age")
        .arg("-d")
        .arg("-i")
        .arg(bob.desk("sealed/identity.txt"))
        .arg(bob.desk("sealed/sealed.age"))
        .output()
        .expect("age is installed");
    assert!(
        opened.status.success(),
        "{}",
        String::from_utf8_lossy(&opened.stderr)
    );
    assert!(opened.stdout == bytes);
}

#[test]
fn names_that_some_systems_cannot_hold_need_a_flag_on_every_system() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("brief/README", b"1"),
            ("brief/readme", b"2"),
            ("brief/aux.c", b"3"),
            ("brief/a:b", b"4"),
        ],
    );
    let sent = alice
        .run(&["send", "brief", "--downloads", "2"], b"")
        .expect(0);
    assert!(sent.stderr.contains("--portable-names"), "{}", sent.stderr);
    let link = sent.text().trim();
    let refused = bob.receive(link, "inbox").expect(6);
    assert!(
        refused.stderr.contains("--portable-names"),
        "{}",
        refused.stderr
    );
    assert!(bob.on_desk().is_empty(), "nothing was written");

    let args = ["receive", "-", "-o", "inbox", "--portable-names"];
    let _ = bob.run(&args, link.as_bytes()).expect(0);
    let received = |name: &str| fs::read(bob.desk("inbox/brief").join(name)).unwrap();
    for (name, bytes) in [
        ("README", b"1"),
        ("readme~2", b"2"),
        ("_aux.c", b"3"),
        ("a_b", b"4"),
    ] {
        assert_eq!(received(name), bytes, "{name}");
    }
}
