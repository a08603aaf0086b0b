//! After `destroyed`, what opened a transfer is in no file of anybody who took part in it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use quitus_core::cipher::{Identity, SecretKey, open_header};
use quitus_core::keyring::Slot;
use quitus_core::keys::Secret;
use quitus_core::link::Link;
use quitus_core::split::{Halves, Purpose, claim_credential, opening_key};
use quitus_core::text::{from_base64url, from_base64url_vec};
use quitus_core::transfer::TransferId;
use quitus_tests::{
    Person, Relay, Reply, SHIFTED_CLOCK, Wire, World, preload, random_bytes, write_files,
};

use crate::claimer::Claimer;
use crate::leaks::{holders, spellings};

/// How long the relay may take to destroy what ended.
const BOUND: Duration = Duration::from_mins(2);
/// The hour of the expiry, the nonce, the wrapped share and its tag, behind the id.
const WRAPPED: std::ops::Range<usize> = 20..80;

/// Something secret, and how it could be spelled.
struct Trace {
    name: &'static str,
    needles: Vec<Vec<u8>>,
}

impl Trace {
    fn bytes(name: &'static str, secret: &[u8]) -> Self {
        let needles = spellings(secret);
        Self { name, needles }
    }

    fn text(name: &'static str, text: &str) -> Self {
        let needles = [text.to_owned(), text.to_lowercase(), text.to_uppercase()];
        let needles = needles.map(String::into_bytes).to_vec();
        Self { name, needles }
    }
}

/// What the two ends derive from link and grant.
fn derived(link: &Link, granted: &Reply) -> (Secret<32>, Secret<16>, Vec<Trace>) {
    let share = from_base64url::<32>(granted.field("share").unwrap()).unwrap();
    let header = from_base64url_vec(granted.field("header").unwrap(), 1 << 16).unwrap();
    let share = Secret::from_bytes(share);
    let secret = link.secret.as_ref().expect("a secret");
    let halves = Halves {
        link: secret,
        share: &share,
        password: None,
    };
    let mut traces = vec![
        Trace::bytes("link secret", secret.expose()),
        Trace::bytes("share", share.expose()),
        Trace::bytes(
            "claim credential",
            claim_credential(&link.id, secret).expose(),
        ),
    ];
    for purpose in [Purpose::Sealed, Purpose::Manifest] {
        let scalar = opening_key(&link.id, &halves, purpose);
        let identity = SecretKey::from_scalar(scalar.expose());
        traces.push(Trace::bytes("derived key", scalar.expose()));
        traces.push(Trace::bytes("derived public key", &identity.public_bytes()));
        traces.push(Trace::text("identity", &identity.expose_text()));
        traces.push(Trace::text("recipient", &identity.recipient_text()));
    }
    let sealed = opening_key(&link.id, &halves, Purpose::Sealed);
    let identity = Identity::from_scalar(sealed.expose());
    let keys = open_header(&mut header.as_slice(), &[identity]);
    let file_key = *keys
        .unwrap_or_else(|error| panic!("{error}"))
        .file_key
        .expose();
    traces.push(Trace::bytes("file key", &file_key));
    (share, Secret::from_bytes(file_key), traces)
}

/// What a sender's keyring held of a transfer while it was sent, and the link.
fn send_and_look(sender: &Person, args: &[&str]) -> (Slot, String) {
    let mut command = sender.command();
    command.args(args).stdout(std::process::Stdio::piped());
    let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let (mut held, end) = (None, Instant::now() + BOUND);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "it is sent in time");
        held = look(sender).or(held);
    }
    let mut link = String::new();
    let mut output = child.stdout.take().unwrap();
    std::io::Read::read_to_string(&mut output, &mut link).unwrap();
    (held.expect("it was seen at work"), link.trim().to_owned())
}

fn look(sender: &Person) -> Option<Slot> {
    let entry = fs::read_dir(sender.home().join("keyring"))
        .ok()?
        .next()?
        .ok()?;
    let id: TransferId = entry.file_name().to_str()?.parse().ok()?;
    let bytes = fs::read(entry.path()).ok()?;
    let slot = Slot::from_bytes(&id, bytes.as_slice().try_into().ok()?).ok()?;
    (slot.share.is_some() && slot.file_key.is_some()).then_some(slot)
}

/// The share as it lies in the vault, under the key of its hour.
fn wrapped(relay: &Relay, id: &TransferId) -> Vec<u8> {
    let vault = fs::read(relay.folder().join("data/vault")).unwrap();
    let at = vault.windows(16).position(|window| window == id.as_bytes());
    vault[at.expect("a slot")..][WRAPPED].to_vec()
}

/// Waits until the sender has the statement.
fn wait_destroyed(sender: &Person, id: &str) {
    let end = Instant::now() + BOUND;
    while sender.run(&["receipt", id], b"").code != 0 {
        assert!(Instant::now() < end, "it is destroyed in time");
    }
}

/// The files below folders that hold any of the traces.
fn found(folders: &[&Path], traces: &[Trace]) -> Vec<String> {
    let mut found = Vec::new();
    for (folder, trace) in folders
        .iter()
        .flat_map(|folder| traces.iter().map(move |t| (folder, t)))
    {
        let holding = holders(folder, &trace.needles);
        found.extend(
            holding
                .iter()
                .map(|path| format!("{} in {path}", trace.name)),
        );
    }
    found
}

#[test]
fn after_destroyed_no_file_of_relay_and_homes_holds_what_opened_it() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(80, 20_000_000))]);
    let (held, link) = send_and_look(&alice, &["send", "a.bin", "--downloads", "2"]);
    let (parsed, claimer) = (
        Link::parse(&link).unwrap_or_else(|e| panic!("{e}")),
        Claimer::new(&link),
    );
    let mut wire = Wire::open(world.relay.url()).unwrap();
    let (share, file_key, mut traces) = derived(&parsed, &claimer.claim(&mut wire, 1));
    assert!(
        held.share.is_some_and(|held| held.equals(&share)),
        "the share was in the keyring"
    );
    assert!(
        held.file_key.is_some_and(|held| held.equals(&file_key)),
        "so was the file key"
    );
    traces.push(Trace::bytes(
        "upload token",
        held.upload_token.unwrap().expose(),
    ));
    traces.push(Trace::bytes(
        "wrapped share",
        &wrapped(&world.relay, &parsed.id),
    ));

    let folders = [world.relay.folder(), alice.home(), bob.home()];
    let before = found(&folders, &traces);
    for (name, place) in [("link secret", "alice"), ("wrapped share", "vault")] {
        let is_there = |line: &&String| line.starts_with(name) && line.contains(place);
        assert!(
            before.iter().any(|line| is_there(&line)),
            "the search finds what is there: {before:?}"
        );
    }
    // The search took longer than a silent connection is kept.
    let mut wire = Wire::open(world.relay.url()).unwrap();
    assert_eq!(claimer.done(&mut wire, 1), 204);
    let _ = bob.receive(&link, "inbox").expect(0);
    wait_destroyed(&alice, &claimer.id);
    assert_eq!(found(&folders, &traces), [""; 0]);
    assert!(
        world.relay.objects().is_empty(),
        "{:?}",
        world.relay.objects()
    );
}

/// Puts back what a sender held when it was killed behind the printing of its link.
fn undo_erasure(sender: &Person, id: &TransferId, held: &Slot) {
    let slot = sender.home().join("keyring").join(id.to_string());
    fs::write(slot, *held.to_bytes(id)).unwrap();
    let ledger = sender.home().join("ledger.jsonl");
    let text = fs::read_to_string(&ledger).unwrap();
    let end = text.trim_end().rfind('\n').unwrap() + 1;
    assert!(text[end..].contains("\"erased\""), "{}", &text[end..]);
    fs::write(ledger, &text[..end]).unwrap();
}

#[test]
fn a_sender_who_receives_it_keeps_what_changes_it_and_erases_the_rest() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(81, 20_000_000))]);
    let (held, link) = send_and_look(&alice, &["send", "a.bin", "--downloads", "3"]);
    let (parsed, claimer) = (
        Link::parse(&link).unwrap_or_else(|e| panic!("{e}")),
        Claimer::new(&link),
    );
    let id = claimer.id.as_str();
    let mut wire = Wire::open(world.relay.url()).unwrap();
    let (_, _, mut traces) = derived(&parsed, &claimer.claim(&mut wire, 1));
    let token = held.upload_token.as_ref().unwrap();
    traces.push(Trace::bytes("upload token", token.expose()));
    undo_erasure(&alice, &parsed.id, &held);

    let _ = alice.receive(&link, "inbox").expect(0);
    let left = found(&[alice.home()], &traces);
    let slot = alice.home().join("keyring").join(id);
    let kept = ["link secret", "derived public key"];
    assert_eq!(
        left,
        kept.map(|name| format!("{name} in {}", slot.display()))
    );
    let extend = ["extend", id, "--expires", "3d"];
    let _ = alice.run(&extend, b"").expect(0);
    let _ = alice.run(&["revoke", id], b"").expect(0);
    let _ = alice.receive(&link, "again").expect(5);
    assert_eq!(found(&[alice.home()], &traces), [""; 0]);
}

/// A relay on a copy of the data, with other keys or none.
fn on_copy(world: &World, name: &str, data: &Path, keys: &Path) -> Relay {
    let folder = world.folder().join(name);
    fs::create_dir_all(&folder).unwrap();
    copy(data, &folder.join("data"));
    copy(keys, &folder.join("keys"));
    Relay::start(&folder)
}

fn copy(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
}

#[test]
fn a_backup_without_the_keys_opens_nothing_once_its_hour_is_over() {
    let world = World::new();
    let folder = world.folder().join("first");
    let mut relay = Relay::start(&folder);
    let alice = Person::new(&world.folder().join("alice"), relay.url());
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(81, 100_000))]);
    let sent = alice
        .run(
            &["send", "a.bin", "--downloads", "9", "--expires", "1h"],
            b"",
        )
        .expect(0);
    let claimer = Claimer::new(sent.text());
    relay.stop();
    let (data, keys) = (
        world.folder().join("data-copy"),
        world.folder().join("keys-copy"),
    );
    copy(&folder.join("data"), &data);
    copy(&folder.join("keys"), &keys);

    // Two hours later the key of the hour is gone.
    let clock = preload(world.folder(), "clock", SHIFTED_CLOCK);
    let variables = [
        ("LD_PRELOAD", clock.as_os_str()),
        ("SHIFT", std::ffi::OsStr::new("7500")),
    ];
    let _relay = relay.restart_among(&variables);
    let (buckets, end) = (folder.join("keys/buckets"), Instant::now() + BOUND);
    while fs::read_dir(&buckets).unwrap().next().is_some() {
        assert!(
            Instant::now() < end,
            "the key of the hour is destroyed in time"
        );
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let claim = |relay: &Relay| claimer.claim(&mut Wire::open(relay.url()).unwrap(), 1);
    // Even for an operator who kept the keys that sign, and what the log had shown then.
    let (none, left) = (
        world.folder().join("keys-none"),
        world.folder().join("keys-left"),
    );
    for folder in [&none, &left] {
        copy(&keys, folder);
        fs::remove_dir_all(folder.join("buckets")).unwrap();
    }
    copy(&folder.join("keys/buckets"), &left.join("buckets"));
    for (name, keys) in [("none", &none), ("left", &left)] {
        let refused = claim(&on_copy(&world, name, &data, keys));
        assert_eq!(
            (refused.status, refused.field("share")),
            (503, None),
            "{name}"
        );
    }
    // Whoever kept the keys as well has both walls down: that is why they are never backed up.
    let granted = claim(&on_copy(&world, "both", &data, &keys));
    assert!(
        granted.status == 200 && granted.field("share").is_some(),
        "{granted:?}"
    );
}
