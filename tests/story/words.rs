//! What people read when all goes well, in both languages.

use std::fs;

use quitus_tests::{World, write_files};

/// Stderr with what differs from run to run replaced.
fn told(stderr: &str, desk: &std::path::Path) -> String {
    let lines = stderr.lines().map(|line| match line.split_once("SHA256:") {
        Some((before, _)) => format!("{before}SHA256:…\n"),
        None => format!("{line}\n")
            .replace(&desk.display().to_string(), "DESK/")
            .replace("//", "/"),
    });
    lines.collect()
}

#[test]
fn a_hand_over_is_told_in_the_language_of_each() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("brief/a.txt", b"12345"),
            ("brief/b.txt", &vec![7; 2_000_000]),
        ],
    );
    let check = |flags: &[&str], sent: &str, received: &str, folder: &str| {
        let outcome = alice
            .run(&[flags, &["send", "brief"]].concat(), b"")
            .expect(0);
        assert_eq!(told(&outcome.stderr, &alice.desk("")), sent);
        let lines: Vec<&str> = outcome.text().lines().collect();
        assert!(
            matches!(lines.as_slice(), [link] if link.contains("#v1.")),
            "the link, alone"
        );
        let args = [flags, &["receive", "-", "-o", folder]].concat();
        let outcome = bob.run(&args, outcome.stdout.as_slice()).expect(0);
        assert_eq!(told(&outcome.stderr, &bob.desk("")), received);
        assert!(outcome.stdout.is_empty());
    };
    check(
        &["--lang", "en"],
        "sending 2 files, 1.9 MiB\n",
        "receiving 2 files, 1.9 MiB, signed by SHA256:…\n  brief/a.txt  5 bytes\n  brief/b.txt  1.9 MiB\n\
         received: DESK/one\n",
        "one",
    );
    check(
        &["--lang", "fr"],
        "envoi de 2 fichiers, 1,9\u{a0}Mio\n",
        "réception de 2 fichiers, 1,9\u{a0}Mio, signés par SHA256:…\n  brief/a.txt  5\u{a0}octets\n  \
         brief/b.txt  1,9\u{a0}Mio\nreçu\u{a0}: DESK/deux\n",
        "deux",
    );
    check(&["--quiet"], "", "", "three");
}

#[test]
fn the_locale_chooses_the_language_and_events_have_stable_names() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let mut command = alice.command();
    command.args(["send", "a.txt"]).env("LC_ALL", "fr_FR.UTF-8");
    let output = quitus_tests::run_for(command, b"", std::time::Duration::from_mins(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("envoi d"), "{stderr}");
    let received = bob
        .run(&["receive", "-", "--json"], &output.stdout)
        .expect(0);
    let names: Vec<&str> = received
        .stderr
        .lines()
        .map(|line| line.split('"').nth(3).unwrap())
        .filter(|name| *name != "progress")
        .collect();
    let expected = ["note", "note", "placed", "note", "received"];
    assert_eq!(names, expected, "{}", received.stderr);
    assert_eq!(fs::read(bob.desk("a.txt")).unwrap(), b"a");
}
