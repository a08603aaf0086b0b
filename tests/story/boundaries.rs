//! What must never leave, and what must never get in.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use quitus_tests::{World, random_bytes, write_files};

#[test]
fn nothing_that_exists_is_overwritten() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"new")]);
    let link = alice.send("a.txt");
    write_files(
        &bob.desk(""),
        &[("file", b"old"), ("folder/x", b"old"), ("a.txt", b"old")],
    );
    symlink("/nowhere", bob.desk("dangling")).unwrap();
    let before = quitus_tests::snapshot(&bob.desk("")).unwrap();
    for name in ["file", "folder", "dangling"] {
        let refused = bob.receive(&link, name).expect(8);
        assert!(
            refused.stderr.contains("exists already"),
            "{}",
            refused.stderr
        );
    }
    let _ = bob.run(&["receive", "-"], link.as_bytes()).expect(8);
    assert_eq!(quitus_tests::snapshot(&bob.desk("")).unwrap(), before);
    let _ = bob.receive(&link, "inbox").expect(0);
}

#[test]
fn secrets_are_in_no_file_log_or_database_of_the_relay_and_not_in_the_senders_ledger() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let text = b"a sentence that nobody but bob may read".repeat(50);
    write_files(&alice.desk(""), &[("a secret name.txt", &text)]);
    let link = alice.send("a secret name.txt");
    let secret = &link[link.len() - 48..];
    for needle in [secret.as_bytes(), b"a secret name", b"nobody but bob"] {
        assert_eq!(found_below(world.relay.folder(), needle), None);
    }
    let _ = bob.receive(&link, "inbox").expect(0);
    assert_eq!(found_below(world.relay.folder(), secret.as_bytes()), None);
    for person in [&alice, &bob] {
        assert_eq!(found_below(person.home(), secret.as_bytes()), None);
    }
}

#[test]
fn homes_are_private_and_a_key_that_others_can_read_is_refused() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let _ = alice.send("a.txt");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(alice.home()), 0o700);
    let public = |name: &str| {
        let mut keygen = std::process::Command::new("ssh-keygen");
        let output = keygen
            .arg("-y")
            .arg("-f")
            .arg(alice.home().join(name))
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_ne!(public("signing.key"), public("request.key"));
    for name in ["signing.key", "request.key"] {
        assert!(public(name).starts_with("ssh-ed25519 "), "{name}");
        let key = alice.home().join(name);
        assert_eq!(mode(&key), 0o600);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = alice.run(&["send", "a.txt"], b"").expect(8);
        assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn plain_http_beyond_this_machine_is_refused() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    for relay in [
        "http://relay.example",
        "http://192.0.2.1:7470",
        "ftp://127.0.0.1",
        "relay",
    ] {
        let _ = alice
            .run(&["send", "a.txt", "--relay", relay], b"")
            .expect(2);
    }
}

#[test]
fn a_relay_that_is_not_there_is_temporary_and_nothing_was_handed_over() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(14, 10))]);
    let outcome = alice
        .run(&["send", "a.bin", "--relay", "http://127.0.0.1:9"], b"")
        .expect(7);
    assert!(
        outcome.stdout.is_empty() && outcome.stderr.contains("hint:"),
        "{}",
        outcome.stderr
    );
}

/// The first file below a folder that holds some bytes.
fn found_below(folder: &Path, needle: &[u8]) -> Option<String> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let found = if path.is_dir() {
            found_below(&path, needle)
        } else {
            let bytes = fs::read(&path).unwrap_or_default();
            let holds = bytes.windows(needle.len()).any(|window| window == needle);
            holds.then(|| path.display().to_string())
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
