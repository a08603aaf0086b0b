//! What a recipient keeps sealed: it opens with the keyring of this device and with nothing else.

use std::fs;
use std::path::Path;

use quitus_tests::{Person, World, difference, random_bytes, write_files};

use crate::crashes::id;

/// Bytes of a slot before its secrets, and where the file key lies; see `quitus_core::keyring`.
const SLOT_HEAD_BYTES: usize = 48;
const FILE_KEY: std::ops::Range<usize> = 176..192;

/// Sends something of several parts.
fn send(alice: &Person, downloads: &str) -> String {
    let files: [(&str, &[u8]); 3] = [
        ("brief/big.bin", &random_bytes(60, 9 << 20)),
        ("brief/a/small.txt", b"small"),
        ("brief/a/empty.txt", b""),
    ];
    write_files(&alice.desk(""), &files);
    let args = ["send", "brief", "--downloads", downloads];
    alice.run(&args, b"").expect(0).text().trim().to_owned()
}

fn keep_sealed(person: &Person, link: &str) {
    let args = ["receive", "-", "--keep-sealed"];
    let _ = person.run(&args, link.as_bytes()).expect(0);
}

/// Something that was sent, and is kept sealed.
fn kept(world: &World) -> (Person, Person, String) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let link = send(&alice, "1");
    keep_sealed(&bob, &link);
    (alice, bob, id(&link).to_owned())
}

/// Opens what is kept sealed, compares it with what was sent, and closes it.
fn check_opens(person: &Person, id: &str, sent: &Path) {
    let _ = person.run(&["open", id, "-o", "opened"], b"").expect(0);
    let differs = difference(sent, &person.desk("opened/brief"));
    assert_eq!(differs.unwrap(), None);
    let _ = person.run(&["close", id], b"").expect(0);
}

fn check_only_file_key(person: &Person, id: &str) {
    let slot = fs::read(person.home().join("keyring").join(id)).unwrap();
    for (at, byte) in slot.iter().enumerate().skip(SLOT_HEAD_BYTES) {
        assert!(FILE_KEY.contains(&at) || *byte == 0, "byte {at}");
    }
    assert!(slot[FILE_KEY].iter().any(|byte| *byte != 0));
}

#[test]
fn receiving_once_more_costs_nothing_of_what_is_kept_sealed() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let link = send(&alice, "2");
    let id = id(&link);
    keep_sealed(&bob, &link);
    let _ = bob.receive(&link, "again").expect(0);
    let differs = difference(&alice.desk("brief"), &bob.desk("again/brief"));
    assert_eq!(differs.unwrap(), None);
    check_only_file_key(&bob, id);
    check_opens(&bob, id, &alice.desk("brief"));
    let _ = bob.receive(&link, "third").expect(5);
    check_only_file_key(&bob, id);
    check_opens(&bob, id, &alice.desk("brief"));
}

#[test]
fn a_sender_who_keeps_it_sealed_changes_it_ends_it_and_opens_it_all_the_same() {
    let world = World::new();
    let alice = world.person("alice");
    let link = send(&alice, "2");
    let id = id(&link);
    keep_sealed(&alice, &link);
    let _ = alice.run(&["extend", id, "--expires", "3d"], b"").expect(0);
    let _ = alice.run(&["revoke", id], b"").expect(0);
    check_only_file_key(&alice, id);
    let _ = alice.receive(&link, "again").expect(5);
    check_only_file_key(&alice, id);
    check_opens(&alice, id, &alice.desk("brief"));
}

#[test]
fn what_is_kept_sealed_is_opened_and_closed_again() {
    let world = World::new();
    let (alice, bob, id) = kept(&world);
    let sealed = bob.home().join("sealed").join(&id);
    assert!(bob.on_desk().is_empty());
    let names: Vec<_> = fs::read_dir(&sealed).unwrap().flatten().collect();
    assert_eq!(names.len(), 1, "the sealed file and no identity");
    assert_eq!(names[0].file_name(), "sealed.age");
    let ledger = fs::read_to_string(bob.home().join("ledger.jsonl")).unwrap();
    assert!(!ledger.contains("AGE-SECRET"), "no key in the ledger");

    let _ = bob.run(&["close", &id], b"").expect(2);
    let _ = bob.run(&["open", &id[..8]], b"").expect(0);
    let differs = difference(&alice.desk("brief"), &bob.desk("brief"));
    assert_eq!(differs.unwrap(), None);
    let _ = bob.run(&["open", &id], b"").expect(2);

    fs::write(bob.desk("brief/a/small.txt"), "SMALL").unwrap();
    fs::write(bob.desk("brief/new.txt"), "mine").unwrap();
    let refused = bob.run(&["close", &id], b"").expect(3);
    assert!(
        refused.stderr.contains("brief/a/small.txt"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("brief/new.txt"),
        "{}",
        refused.stderr
    );
    assert!(bob.desk("brief/big.bin").exists(), "nothing was removed");
    fs::write(bob.desk("brief/a/small.txt"), "small").unwrap();
    fs::remove_file(bob.desk("brief/new.txt")).unwrap();
    let _ = bob.run(&["close", &id], b"").expect(0);
    assert!(bob.on_desk().is_empty());
    let _ = bob.run(&["close", &id], b"").expect(2);

    let _ = bob.run(&["open", &id, "-o", "again"], b"").expect(0);
    let differs = difference(&alice.desk("brief"), &bob.desk("again/brief"));
    assert_eq!(differs.unwrap(), None);
    let _ = bob.run(&["close", &id], b"").expect(0);
    assert!(bob.on_desk().is_empty());
}

#[test]
fn a_sealed_file_that_was_changed_or_whose_key_is_gone_opens_for_nobody() {
    let world = World::new();
    let (_alice, bob, id) = kept(&world);
    let path = bob.home().join("sealed").join(&id).join("sealed.age");
    let sealed = fs::read(&path).unwrap();
    for position in [sealed.len() / 2, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[position] ^= 1;
        fs::write(&path, changed).unwrap();
        let _ = bob.run(&["open", &id], b"").expect(6);
        assert!(bob.on_desk().is_empty());
    }
    fs::write(&path, &sealed[..sealed.len() - 100]).unwrap();
    let _ = bob.run(&["open", &id], b"").expect(6);
    fs::write(&path, &sealed).unwrap();
    let slot = bob.home().join("keyring").join(&id);
    let mut bytes = fs::read(&slot).unwrap();
    check_only_file_key(&bob, &id);
    bytes[FILE_KEY].fill(0);
    fs::write(&slot, bytes).unwrap();
    let refused = bob.run(&["open", &id], b"").expect(10);
    assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
    assert!(bob.on_desk().is_empty());
}

#[test]
fn a_device_says_what_it_sees_and_a_rule_is_met_by_yes_alone() {
    let world = World::new();
    let bob = world.person("bob");
    let told = bob.run(&["device", "--json"], b"").expect(0);
    let event = told
        .stderr
        .lines()
        .find(|line| line.contains("\"device\""))
        .unwrap();
    let is_encrypted = event.contains("\"encryption\":\"encrypted\"");
    let first = told.text().lines().next().unwrap().to_owned();
    assert!(
        first.starts_with(
            &bob.desk("")
                .display()
                .to_string()
                .trim_end_matches('/')
                .to_owned()
        )
    );
    assert!(
        told.text().lines().count() > 1,
        "what was looked at: {}",
        told.text()
    );
    let demanded = bob.run(&["device", "--require-encryption"], b"");
    assert_eq!(demanded.code, if is_encrypted { 0 } else { 9 }, "{event}");
    assert_eq!(demanded.stderr.contains("hint:"), !is_encrypted);
    let _ = bob.run(&["device", "not/there/yet"], b"").expect(0);
}
