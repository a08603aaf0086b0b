//! What ended is destroyed, looked at and stated; nothing of its key stays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::keys::{Secret, SigningKey};
use quitus_core::parts::sealed_digest;
use quitus_core::protocol::{
    Activity, Happening, Receipt, RefusalCode as Code, StatusPhase, route,
};
use quitus_core::statement::{Facts, Kind, Statement};
use quitus_core::text;
use quitus_core::transfer::Ending;

use super::client::Answer;
use super::refusals::check;
use super::world::{HEADER, Sender, World, done};
use crate::records::sqlite::SqliteRecords;

const DAY: i64 = 24 * 3600;

fn receipt(world: &World, sender: &Sender) -> Answer {
    sender.signed(world, &format!("GET {}", route::receipt(&sender.id)), b"")
}

fn statement(world: &World, sender: &Sender) -> (Receipt, Statement) {
    let receipt: Receipt = receipt(world, sender).json();
    let verified = Statement::verify(receipt.statement.as_bytes(), &receipt.signature).unwrap();
    assert_eq!(verified.key.to_string(), receipt.key);
    (receipt, verified.statement)
}

/// A transfer whose one download was completed.
fn used(world: &World) -> Sender {
    let sender = Sender::new(10);
    sender.send(world);
    assert_eq!(sender.claimed(world, 1).status, 200);
    assert_eq!(done(world, &sender.id, 1).status, 204);
    sender
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The files in which bytes stand: raw, in hex or in base64.
fn holding(folder: &Path, secret: &[u8]) -> Vec<PathBuf> {
    let base64 = text::base64url(secret);
    let spellings = [
        secret.to_vec(),
        text::hex(secret).into_bytes(),
        text::hex(secret).to_uppercase().into_bytes(),
        base64.replace('-', "+").replace('_', "/").into_bytes(),
        base64.into_bytes(),
    ];
    let mut found = files(folder);
    found.retain(|path| {
        let bytes = fs::read(path).unwrap();
        let holds = |one: &Vec<u8>| bytes.windows(one.len()).any(|window| window == one);
        spellings.iter().any(holds)
    });
    found
}

/// The wrapped share of the only transfer of a relay: hour, nonce, share, tag.
fn wrapped(world: &World, sender: &Sender) -> Vec<u8> {
    let vault = fs::read(world.data().join("data/vault")).unwrap();
    let id = sender.id.as_bytes();
    let at = vault.windows(16).position(|window| window == id).unwrap();
    vault[at + 20..at + 80].to_vec()
}

fn objects(world: &World) -> Vec<PathBuf> {
    files(&world.data().join("data/objects"))
}

#[test]
fn nothing_of_a_used_link_stays_but_what_is_stated() {
    let world = World::new();
    let sender = used(&world);
    let secret = wrapped(&world, &sender);
    let data = world.data().join("data");
    assert_eq!(holding(&data, &secret), [data.join("vault")]);
    assert_eq!(holding(world.data(), &[9; 32]), Vec::<PathBuf>::new());
    let claim = Sha256::of(&[&sender.claim]);
    assert!(!holding(&data, claim.as_bytes()).is_empty());
    assert_eq!(objects(&world).len(), 2);
    check("early", &receipt(&world, &sender), 404, Code::NoReceipt);

    world.sweep();
    assert_eq!(sender.status(&world).phase, StatusPhase::Destroyed);
    for gone in [secret.as_slice(), &[9; 32], claim.as_bytes(), HEADER] {
        assert_eq!(holding(&data, gone), Vec::<PathBuf>::new());
    }
    assert_eq!(objects(&world), Vec::<PathBuf>::new());
    let (_, statement) = statement(&world, &sender);
    assert_eq!(statement.predicate_type, Kind::Destroyed);
    let Facts::Destroyed(facts) = statement.predicate.facts else {
        panic!("it is destroyed");
    };
    assert_eq!(
        (facts.ending, facts.n_consumed, facts.n_released),
        (Ending::Used, 1, 1)
    );
    let commitment = [
        b"quitus/share/v1\0",
        sender.id.as_bytes().as_slice(),
        &[9; 32],
    ];
    assert_eq!(facts.share_commitment, Sha256::of(&commitment));
    let done: Vec<u64> = facts.actions.iter().map(|action| action.n).collect();
    assert_eq!(done, [1, 2]);
    let [subject] = statement.subject.as_slice() else {
        panic!("one subject");
    };
    assert_eq!(subject.digest.sha256, sender.completion().sealed_digest);
    assert_eq!(sender.claimed(&world, 2).status, 404);
}

#[test]
fn a_receipt_is_its_owners_alone() {
    let world = World::new();
    let mut sender = used(&world);
    world.sweep();
    sender.key = SigningKey::from_seed(&Secret::from_bytes([8; 32]));
    check("another", &receipt(&world, &sender), 404, Code::Gone);
}

#[test]
fn stock_openssh_verifies_a_statement() {
    let world = World::new();
    let sender = used(&world);
    world.sweep();
    let (receipt, _) = statement(&world, &sender);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("signers"), format!("relay {}\n", receipt.key)).unwrap();
    fs::write(path("statement"), &receipt.statement).unwrap();
    fs::write(path("signature"), &receipt.signature).unwrap();
    let verifying = Command::new("ssh-keygen")
        .args([
            "-Y",
            "verify",
            "-I",
            "relay",
            "-n",
            "quitus-statement-v1",
            "-f",
        ])
        .arg(path("signers"))
        .arg("-s")
        .arg(path("signature"))
        .stdin(fs::File::open(path("statement")).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match verifying {
        Ok(status) => assert!(status.success()),
        // A machine without OpenSSH: nothing is shown there.
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}

#[test]
fn an_upload_that_was_never_completed_is_destroyed_when_it_expires() {
    let world = World::new();
    let sender = Sender::new(10);
    assert_eq!(sender.create(&world).status, 201);
    assert_eq!(sender.put_part(&world, 0, &sender.part(0)).status, 204);
    world.sweep();
    assert_eq!(objects(&world).len(), 1);
    world.pass(3601);
    world.tick();
    world.sweep();
    assert_eq!(objects(&world), Vec::<PathBuf>::new());
    let (_, statement) = statement(&world, &sender);
    let Facts::Destroyed(facts) = &statement.predicate.facts else {
        panic!("it is destroyed");
    };
    assert_eq!(facts.ending, Ending::Expired);
    let header_alone = sealed_digest(&sender.plan, &Blake3::of(HEADER), &[]);
    let digests: Vec<Sha256> = statement
        .subject
        .iter()
        .map(|one| one.digest.sha256)
        .collect();
    assert_eq!(digests, [header_alone]);
}

#[test]
fn a_crash_at_any_step_is_resumed_to_one_statement() {
    for n_steps in 0..=crate::sweeper::N_STEPS {
        let mut world = World::new();
        let sender = used(&world);
        let secret = wrapped(&world, &sender);
        world.sweep_and_crash(n_steps);
        world.restart();
        for _ in 0..2 {
            world.sweep();
        }
        let (_, statement) = statement(&world, &sender);
        let seen = (statement.predicate_type, statement.predicate.seq);
        assert_eq!(seen, (Kind::Destroyed, 3), "{n_steps}");
        let line = format!("GET {}", route::activity(&sender.id));
        let activity: Activity = sender.signed(&world, &line, b"").json();
        let is_destroyed = |what: &Happening| *what == Happening::Destroyed;
        let n_told = activity
            .log
            .iter()
            .filter(|one| is_destroyed(&one.what))
            .count();
        assert_eq!(n_told, 1, "{n_steps}");
        assert_eq!(objects(&world), Vec::<PathBuf>::new());
        let data = world.data().join("data");
        assert_eq!(holding(&data, &secret), Vec::<PathBuf>::new());
        // The slot is free again, and its next share is nobody else's.
        let next = Sender::new(10);
        next.send(&world);
        world.sweep();
        assert_eq!(next.claimed(&world, 1).status, 200, "{n_steps}");
    }
}

#[test]
fn former_rows_that_a_crash_left_in_the_log_are_forgotten() {
    let mut world = World::new();
    let sender = used(&world);
    let data = world.data().join("data");
    let claim = Sha256::of(&[&sender.claim]);
    world.sweep_and_crash(crate::sweeper::N_STEPS);
    // The last to close the database would remove the log, which no crash does.
    let other = SqliteRecords::open(&data.join("records.sqlite")).unwrap();
    world.restart();
    drop(other);
    assert!(!holding(&data, claim.as_bytes()).is_empty());
    world.sweep();
    assert_eq!(holding(&data, claim.as_bytes()), Vec::<PathBuf>::new());
}

#[test]
fn what_cannot_be_deleted_is_named_and_tried_again() {
    let world = World::new();
    let sender = used(&world);
    // A folder in the place of an object: no user can unlink it.
    let object = objects(&world).pop().unwrap();
    fs::remove_file(&object).unwrap();
    fs::create_dir(&object).unwrap();
    for _ in 0..2 {
        world.sweep();
    }
    let (first, statement_of_it) = statement(&world, &sender);
    assert_eq!(statement_of_it.predicate_type, Kind::DestructionIncomplete);
    let name = object.file_name().unwrap().to_str().unwrap();
    let named = |statement: &Statement| {
        let observed = statement.predicate.observed.iter();
        observed.filter(|one| one.result == name).count()
    };
    assert_eq!(named(&statement_of_it), 1);
    assert_eq!(sender.status(&world).phase, StatusPhase::Ended);
    assert_eq!(sender.claimed(&world, 1).status, 404);

    // The same is not stated twice.
    world.pass(61);
    world.sweep();
    assert_eq!(statement(&world, &sender).0.statement, first.statement);

    fs::remove_dir(&object).unwrap();
    world.sweep();
    assert_eq!(
        sender.status(&world).phase,
        StatusPhase::Ended,
        "not due yet"
    );
    world.pass(121);
    world.sweep();
    let (_, last) = statement(&world, &sender);
    assert_eq!(
        (last.predicate_type, last.predicate.seq),
        (Kind::Destroyed, 4)
    );
    let prev = Sha256::of(&[first.statement.as_bytes()]);
    assert_eq!(last.predicate.prev, Some(prev));
}

#[test]
fn the_key_of_an_hour_goes_when_it_is_over_and_no_download_needs_it() {
    let world = World::new();
    let keys = || files(&world.data().join("keys/buckets")).len();
    let (unclaimed, claimed) = (Sender::new(10), Sender::new(10));
    unclaimed.send(&world);
    claimed.send(&world);
    assert_eq!(claimed.claimed(&world, 1).status, 200);
    world.pass(7200);
    world.tick();
    world.sweep();
    world.tidy();
    assert_eq!(keys(), 1, "a download runs");
    assert_eq!(claimed.claimed(&world, 1).status, 200);
    world.pass(DAY);
    world.tick();
    world.sweep();
    world.tidy();
    assert_eq!(keys(), 0);
}

#[test]
fn orphans_are_removed_once_they_are_old() {
    let world = World::new();
    let sender = Sender::new(10);
    sender.send(&world);
    let old = SystemTime::now() - Duration::from_secs(3700);
    let (orphan, young) = (orphan(&world, "ab"), orphan(&world, "cd"));
    for object in objects(&world) {
        if object != young {
            fs::File::open(object).unwrap().set_modified(old).unwrap();
        }
    }
    world.tidy();
    let left = objects(&world);
    assert_eq!(
        left.len(),
        3,
        "two of a transfer, and a young one: {left:?}"
    );
    assert!(!left.contains(&orphan));
}

/// An object of one of the store's folders that no record names.
fn orphan(world: &World, shard: &str) -> PathBuf {
    let name = format!("{}.0.{}", shard.repeat(16), "00".repeat(32));
    let path = world.data().join("data/objects").join(shard).join(name);
    fs::File::create(&path).unwrap();
    path
}

#[test]
fn orphans_are_looked_for_a_piece_at_a_time_so_that_no_destruction_waits_for_all() {
    let world = World::new();
    let old = SystemTime::now() - Duration::from_secs(3700);
    let orphans = ["00", "01"].map(|shard| orphan(&world, shard));
    for orphan in &orphans {
        fs::File::open(orphan).unwrap().set_modified(old).unwrap();
    }
    for n_left in [1, 0] {
        world.tidy_a_piece();
        assert_eq!(objects(&world).len(), n_left);
    }
}

#[test]
fn while_the_clock_is_wrong_nothing_is_given_out_ended_or_destroyed() {
    let world = World::new();
    let (sender, ended) = (Sender::new(10), used(&world));
    sender.send(&world);
    world.pass(-3600);
    check(
        "wrong clock",
        &sender.claimed(&world, 1),
        503,
        Code::Unavailable,
    );
    assert_eq!(Sender::new(10).create(&world).status, 503);
    assert!(!world.try_tick() && !world.try_sweep());
    assert_eq!(ended.status(&world).phase, StatusPhase::Ended);
    world.pass(3600);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    assert!(world.try_tick() && world.try_sweep());
    assert_eq!(ended.status(&world).phase, StatusPhase::Destroyed);
}

#[test]
fn what_could_not_be_looked_at_is_told_with_its_reason_and_its_time() {
    let world = World::new();
    let sender = used(&world);
    // A file in the place of the folder: nothing of the transfer can be deleted or listed.
    let folder = objects(&world).pop().unwrap().parent().unwrap().to_owned();
    let aside = folder.with_extension("aside");
    fs::rename(&folder, &aside).unwrap();
    fs::write(&folder, "").unwrap();
    world.sweep();
    let (_, incomplete) = statement(&world, &sender);
    assert_eq!(incomplete.predicate_type, Kind::DestructionIncomplete);
    let predicate = &incomplete.predicate;
    let observed = predicate.observed.iter();
    let failed: Vec<_> = observed
        .filter(|one| one.code == "attempt.failed")
        .collect();
    assert!(!failed.is_empty());
    for one in failed {
        assert!(one.at <= predicate.issued_at, "{} lies ahead", one.at);
        assert!(one.result.contains("Not a directory"), "{}", one.result);
    }
    fs::remove_file(&folder).unwrap();
    fs::rename(&aside, &folder).unwrap();
    world.pass(61);
    world.sweep();
    let (_, last) = statement(&world, &sender);
    assert_eq!(last.predicate_type, Kind::Destroyed);
}
