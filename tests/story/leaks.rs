//! No secret is anywhere but in its place: not in logs, databases, answers, arguments.

use std::fs;
use std::path::Path;

use quitus_core::keyring::Slot;
use quitus_core::link::Link;
use quitus_core::text::{base64url, hex};
use quitus_core::transfer::TransferId;
use quitus_tests::{Person, Relay, World, random_bytes, write_files};

/// The spellings of some bytes that a leak could have.
pub(crate) fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex = hex(secret);
    // Base64 as it stands at each of the three offsets, without the letters its neighbours decide.
    let shifted = (0..3).flat_map(|offset| {
        let padded = [&[0_u8; 2][..offset], secret].concat();
        [base64url(&padded), base64(&padded)]
            .map(|text| text.as_bytes()[4..text.len() - 4].to_vec())
    });
    let plain = [
        secret.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
    ];
    plain.into_iter().chain(shifted).collect()
}

/// RFC 4648 section 4, without padding.
fn base64(bytes: &[u8]) -> String {
    base64url(bytes).replace('-', "+").replace('_', "/")
}

/// Files below a folder that hold some bytes.
pub(crate) fn holders(folder: &Path, needles: &[Vec<u8>]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holders(&path, needles));
        } else if needles
            .iter()
            .any(|needle| holds(&fs::read(&path).unwrap_or_default(), needle))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let folder = tempfile::tempdir().unwrap();
    let secret = random_bytes(60, 32);
    for text in [
        secret.clone(),
        hex(&secret).into_bytes(),
        base64url(&[&[1], secret.as_slice(), &[2, 3]].concat()).into_bytes(),
        base64(&[&[1, 2], secret.as_slice()].concat()).into_bytes(),
    ] {
        let written = [b"{\"log\":\"".as_slice(), &text, b"\"}"].concat();
        fs::write(folder.path().join("log"), &written).unwrap();
        assert_eq!(holders(folder.path(), &spellings(&secret)).len(), 1);
    }
}

/// Somebody of this world at a relay that logs all it can.
fn person(world: &World, relay: &Relay, name: &str) -> Person {
    Person::new(&world.folder().join(name), relay.url())
}

/// What a person's keyring holds of a transfer.
fn slot(person: &Person, id: &TransferId) -> Slot {
    let path = person.home().join("keyring").join(id.to_string());
    let bytes = fs::read(path).unwrap();
    Slot::from_bytes(id, bytes.as_slice().try_into().unwrap()).unwrap()
}

#[test]
fn after_a_hand_over_secrets_lie_only_where_they_must() {
    let world = World::new();
    let folder = world.folder().join("debug");
    let relay = Relay::start_with(&folder, "127.0.0.1:0", &["--log", "debug"]);
    let (alice, bob) = (
        person(&world, &relay, "alice"),
        person(&world, &relay, "bob"),
    );
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(61, 9_000_000))]);
    let sent = alice.run(&["send", "a.bin", "--json"], b"").expect(0);
    let link = Link::parse(sent.text()).unwrap_or_else(|error| panic!("{error}"));
    let receive = |folder: &str| bob.run(&["receive", "-", "-o", folder, "--json"], &sent.stdout);

    // A first try fails after the claim, and its grant key stays in bob's keyring.
    let failed = receive("missing/inbox").expect(8);
    let grant_key = slot(&bob, &link.id).grant_key.expect("a grant key");
    let (secret, grant_key) = (
        spellings(link.secret.as_ref().expect("a secret").expose()),
        spellings(grant_key.expose()),
    );
    assert_eq!(
        holders(bob.home(), &secret).len(),
        1,
        "until it is received"
    );
    let (received, late) = (receive("inbox").expect(0), receive("late").expect(5));

    let both = [secret.clone(), grant_key].concat();
    assert_eq!(holders(relay.folder(), &both), [""; 0], "at the relay");
    assert_eq!(holders(bob.home(), &both), [""; 0], "at the recipient's");
    let place = alice.home().join("keyring").join(link.id.to_string());
    let found = holders(alice.home(), &secret);
    let is_placed = found.iter().all(|path| Path::new(path) == place);
    assert!(is_placed, "{found:?}");
    for told in [&sent, &failed, &received, &late].map(|outcome| outcome.stderr.as_bytes()) {
        let is_told = both.iter().any(|needle| holds(told, needle));
        assert!(!is_told, "{}", String::from_utf8_lossy(told));
    }
}

#[test]
fn a_relay_learns_no_name_and_no_byte_and_logs_no_whole_id() {
    let world = World::new();
    let folder = world.folder().join("debug");
    let relay = Relay::start_with(&folder, "127.0.0.1:0", &["--log", "debug"]);
    let alice = person(&world, &relay, "alice");
    let bob = person(&world, &relay, "bob");
    let text = b"a sentence for bob alone ".repeat(4_000);
    write_files(&alice.desk("brief"), &[("a secret name.txt", &text)]);
    let link = alice.send("brief");
    let _ = bob.receive(&link, "inbox").expect(0);
    let _ = bob.receive(&link, "late").expect(5);
    let sealed = [b"a secret name".to_vec(), b"a sentence for bob".to_vec()];
    assert_eq!(holders(relay.folder(), &sealed), [""; 0]);
    let (page, log) = (link.split('#').next().unwrap(), relay.log());
    let id = page.rsplit('/').next().unwrap();
    assert!(log.contains(&id[..8]), "the log tells transfers apart");
    assert!(!log.contains(id), "by eight digits, not by the whole id");
}
