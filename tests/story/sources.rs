//! What is sent is what was there, or it is said that it is not.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use quitus_tests::{Person, World, as_nobody, difference, random_bytes, run_for, write_files};

const MIB: usize = 1024 * 1024;

#[test]
fn one_name_given_twice_is_refused_however_it_is_spelled() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(
        &alice.desk(""),
        &[("f", b"f"), ("d/f", b"other"), ("d/e/x", b"x")],
    );
    for paths in [
        ["f", "f"],
        ["f", "./f"],
        ["f", "d/../f"],
        ["f", "d/f"],
        ["d", "./d/"],
        ["d", "d/e/.."],
    ] {
        let refused = alice.run(&["send", paths[0], paths[1]], b"").expect(2);
        assert!(
            refused.stderr.contains("two of the things"),
            "{paths:?}\n{}",
            refused.stderr
        );
        assert!(refused.stdout.is_empty(), "{paths:?}");
    }
}

#[test]
fn the_current_folder_has_the_name_it_has_and_the_root_has_none() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("inner/x", b"x")]);
    for (given, name) in [(".", "desk"), ("inner/..", "desk"), ("inner/.", "inner")] {
        let link = alice.send(given);
        let _ = bob.receive(&link, "inbox").expect(0);
        assert!(bob.desk("inbox").join(name).is_dir(), "{given}");
        fs::remove_dir_all(bob.desk("inbox")).unwrap();
    }
    let refused = alice.run(&["send", "/"], b"").expect(2);
    assert!(refused.stderr.contains("no name"), "{}", refused.stderr);
}

/// Things that are neither file nor folder, in a folder.
fn write_specials(folder: &std::path::Path) -> Option<UnixListener> {
    symlink("/etc/passwd", folder.join("link")).unwrap();
    symlink("nowhere", folder.join("dangling")).unwrap();
    let fifo = Command::new("mkfifo").arg(folder.join("fifo")).status();
    assert!(fifo.is_ok_and(|status| status.success()));
    // Only root can make a device; where it cannot, there is none to refuse.
    drop(
        Command::new("mknod")
            .arg(folder.join("device"))
            .args(["c", "1", "3"])
            .status(),
    );
    UnixListener::bind(folder.join("socket")).ok()
}

#[test]
fn what_is_neither_file_nor_folder_is_listed_and_never_waited_for() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk("brief"), &[("a.txt", b"a")]);
    let _socket = write_specials(&alice.desk("brief"));
    let names = ["link", "dangling", "fifo", "socket", "device"];
    let names = names.map(|name| alice.desk("brief").join(name));
    let present = names
        .iter()
        .filter(|path| fs::symlink_metadata(path).is_ok());
    let sent = alice.run(&["send", "brief"], b"").expect(3);
    for path in present {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            sent.stderr.contains(&format!("brief/{name} is not sent")),
            "{name}\n{}",
            sent.stderr
        );
        let alone = alice.run(&["send", path.to_str().unwrap()], b"").expect(2);
        assert!(alone.stdout.is_empty(), "{name} alone");
        assert!(
            alone.stderr.contains(&format!("{name} is not sent")),
            "{}",
            alone.stderr
        );
    }
    let _ = bob.receive(sent.text().trim(), "inbox").expect(0);
    let received = fs::read_dir(bob.desk("inbox/brief")).unwrap().count();
    assert_eq!(received, 1);
}

#[test]
fn what_cannot_be_read_is_listed_and_the_rest_arrives() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk("brief"),
        &[("a.txt", b"a"), ("secret", b"s"), ("closed/x", b"x")],
    );
    for name in ["brief/secret", "brief/closed"] {
        fs::set_permissions(alice.desk(name), Permissions::from_mode(0o000)).unwrap();
    }
    fs::create_dir_all(alice.home()).unwrap();
    let mut command = alice.command();
    command.args(["send", "brief"]);
    let output = run_for(
        as_nobody(&command, &[alice.home()]),
        b"",
        Duration::from_mins(1),
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    for name in ["brief/secret", "brief/closed"] {
        assert!(stderr.contains(&format!("{name} is not sent")), "{stderr}");
    }
    let link = String::from_utf8(output.stdout).unwrap();
    let _ = bob.receive(link.trim(), "inbox").expect(0);
    assert_eq!(fs::read_dir(bob.desk("inbox/brief")).unwrap().count(), 1);
    fs::set_permissions(alice.desk("brief/closed"), Permissions::from_mode(0o755)).unwrap();
}

/// Waits until something was uploaded, so that the change comes in the middle.
fn wait_for_upload(world: &World, child: &mut Child) {
    let end = Instant::now() + Duration::from_mins(1);
    let is_there = || !world.relay.objects().is_empty();
    while !is_there() && child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "nothing is uploaded");
    }
}

#[test]
fn a_file_that_grows_shrinks_vanishes_or_is_replaced_while_it_is_sent_is_not_handed_over() {
    const BYTES: usize = 160 * MIB;
    let changes: [(&str, fn(&Person)); 5] = [
        ("grows", |alice| {
            let mut file = OpenOptions::new()
                .append(true)
                .open(alice.desk("big.bin"))
                .unwrap();
            file.write_all(b"more").unwrap();
        }),
        ("shrinks", |alice| {
            let file = OpenOptions::new()
                .write(true)
                .open(alice.desk("big.bin"))
                .unwrap();
            file.set_len(BYTES as u64 - 1).unwrap();
        }),
        ("vanishes", |alice| {
            fs::remove_file(alice.desk("big.bin")).unwrap();
        }),
        ("is replaced", |alice| {
            fs::rename(alice.desk("new.bin"), alice.desk("big.bin")).unwrap();
        }),
        ("is overwritten", |alice| {
            let mut file = OpenOptions::new()
                .write(true)
                .open(alice.desk("big.bin"))
                .unwrap();
            file.seek(SeekFrom::End(-10)).unwrap();
            file.write_all(b"x").unwrap();
        }),
    ];
    for (what, change) in changes {
        let world = World::new();
        let alice = world.person("alice");
        write_files(
            &alice.desk(""),
            &[
                ("big.bin", &random_bytes(23, BYTES)),
                ("new.bin", &vec![1; BYTES]),
            ],
        );
        let stdout = File::create(alice.desk("stdout")).unwrap();
        let mut command = alice.command();
        command
            .args(["send", "big.bin"])
            .stdout(stdout)
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        wait_for_upload(&world, &mut child);
        change(&alice);
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(3), "it {what}");
        let printed = fs::read(alice.desk("stdout")).unwrap();
        assert!(printed.is_empty(), "it {what}: a link was printed");
    }
}

#[test]
fn a_folder_that_changes_while_it_is_sent_arrives_as_it_was_found_or_not_at_all() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let names: Vec<String> = (0..2_000).map(|n| format!("many/{n:04}")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), b"x".as_slice()))
        .collect();
    write_files(&alice.desk(""), &files);
    for round in 0..6 {
        let mut child = alice.start(&["send", "many"]);
        let gone = alice.desk(&format!("many/{:04}", 300 * round));
        let end = Instant::now() + Duration::from_millis(4 * round);
        while Instant::now() < end {}
        fs::remove_file(gone).unwrap();
        let code = child.wait().unwrap().code();
        assert!([Some(0), Some(3)].contains(&code), "{code:?}");
    }
    let link = alice.send("many");
    let _ = bob.receive(&link, "inbox").expect(0);
    assert_eq!(
        difference(&alice.desk("many"), &bob.desk("inbox/many")).unwrap(),
        None
    );
}

#[test]
fn only_permissions_travel_not_the_bits_beyond_them() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk("brief"),
        &[("run", b"#!/bin/sh\n"), ("shared/x", b"x")],
    );
    for (name, mode) in [("brief/run", 0o6755), ("brief/shared", 0o3777)] {
        fs::set_permissions(alice.desk(name), Permissions::from_mode(mode)).unwrap();
    }
    let mut command = Command::new("sh");
    command.args(["-c", "umask 022; exec \"$0\" receive - -o inbox"]);
    command.arg(quitus_tests::binary("quitus"));
    let link = alice.send("brief");
    let _ = bob.run_command(command, link.as_bytes()).expect(0);
    for (name, expected) in [("brief/run", 0o755), ("brief/shared", 0o755)] {
        let found = fs::metadata(bob.desk("inbox").join(name)).unwrap();
        assert_eq!(found.permissions().mode() & 0o7777, expected, "{name}");
    }
}

/// Names that are sent, and are no harm where they arrive.
const WILD: [&str; 8] = [
    "gpj.\u{202e}cod.exe",
    "zero\u{200b}width",
    " leading",
    "$(reboot)",
    "%n%s",
    "--help",
    "'`",
    "\u{1f469}\u{200d}\u{1f52c}",
];

/// Names that no archive can have.
const TOO_WILD: [&[u8]; 6] = [
    b"esc\x1b[31m",
    b"osc\x1b]52;c;ZWNobw==\x07",
    b"two\r\nlines",
    b"tab\t",
    b"not utf-8 \xff\xfe",
    b"back\\slash",
];

#[test]
fn names_as_wild_as_the_disk_allows_are_shown_escaped_and_arrive_or_are_listed() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let longest = ["n".repeat(255), "\u{e9}".repeat(127)];
    let sent: Vec<&str> = WILD
        .into_iter()
        .chain(longest.iter().map(String::as_str))
        .collect();
    fs::create_dir(alice.desk("wild")).unwrap();
    for name in sent.iter().map(|name| name.as_bytes()).chain(TOO_WILD) {
        fs::write(alice.desk("wild").join(OsStr::from_bytes(name)), b"x").unwrap();
    }
    let acts = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200b}\u{200d}".contains(c);
    let mut link = String::new();
    for flags in [&["--json"][..], &["--lang", "fr"], &["--lang", "en"]] {
        let outcome = alice
            .run(&[&["send", "wild"], flags].concat(), b"")
            .expect(3);
        let stderr = &outcome.stderr;
        assert!(!stderr.contains(acts), "{flags:?}: {stderr:?}");
        let is_listed =
            |line: &&str| line.contains("wild/") && !line.contains("\"skipped\",\"path");
        let listed = stderr.lines().filter(is_listed).count();
        assert_eq!(listed, TOO_WILD.len(), "{flags:?}\n{stderr}");
        outcome.text().clone_into(&mut link);
    }
    let exact = alice.run(&["send", "wild", "--json"], b"").expect(3).stderr;
    let unreadable = quitus_core::text::base64url(b"wild/not utf-8 \xff\xfe");
    for field in [
        r#""path":"wild/esc\u001b[31m""#,
        r#""path":"wild/two\r\nlines""#,
        r#""path":"wild/back\\slash""#,
        &format!(r#""pathBase64":"{unreadable}""#),
    ] {
        assert!(exact.contains(field), "{field}\n{exact}");
    }
    let received = bob.receive(&link, "inbox").expect(0);
    assert!(!received.stderr.contains(acts), "{:?}", received.stderr);
    for name in &sent {
        assert!(bob.desk("inbox/wild").join(name).exists(), "{name}");
    }
    let n_received = fs::read_dir(bob.desk("inbox/wild")).unwrap().count();
    assert_eq!(n_received, sent.len());
}
