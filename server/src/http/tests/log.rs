//! The log over HTTP: tiles as tlog-tiles has them, cosignatures, and an end of everything where it forked.

use quitus_core::keys::SigningKey;
use quitus_core::protocol::{Cosigned, RefusalCode as Code, route};
use quitus_core::tlog::tile::{Tile, TileError, TileKind, Tiles};
use quitus_core::tlog::{
    Cosignature, LogKey, LogOrigin, SignedCheckpoint, VerifierKey, consistency, inclusion,
    witness_name,
};

use super::client::Answer;
use super::world::{Sender, World, authorization, key_of, origin};
use crate::own_keys::{self, OwnKey};

/// The note of a checkpoint with one more cosignature.
pub(super) fn cosigned(note: &str, key: &SigningKey) -> String {
    let text = note.split("\n\n").next().unwrap();
    let checkpoint = format!("{text}\n").parse().unwrap();
    let at = quitus_core::time::Timestamp::from_unix(1_790_000_000, 0);
    let name = witness_name(&key.public());
    format!("{note}{}\n", Cosignature::make(key, name, at, &checkpoint))
}

fn log_key(world: &World) -> VerifierKey {
    let about: serde_json::Value = world.ask("GET /v1", &[], None).json();
    about["logKey"].as_str().unwrap().parse().unwrap()
}

fn shown(world: &World) -> SignedCheckpoint {
    let answer = world.ask(&format!("GET {}", route::CHECKPOINT), &[], None);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    SignedCheckpoint::verify(&answer.text(), &log_key(world)).unwrap()
}

fn tile(world: &World, tile: Tile) -> Answer {
    world.ask(&format!("GET {}", route::tile(&tile)), &[], None)
}

/// The tree of a size, read over HTTP.
fn tree(world: &World, size: u64) -> Tiles<'_, TileError> {
    Tiles::new(size, |one| {
        let answer = tile(world, one);
        assert_eq!(answer.status, 200, "{one}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/octet-stream")
        );
        Ok(answer.body)
    })
}

/// A relay that has stated something, and the key of whoever sent.
fn stated(n_transfers: usize) -> (World, Vec<Sender>) {
    let world = World::new();
    let senders: Vec<Sender> = (0..n_transfers).map(|_| Sender::new(1)).collect();
    for sender in &senders {
        sender.send(&world);
        let revoke = format!("POST {}", route::revoke(&sender.id));
        assert_eq!(sender.signed(&world, &revoke, b"").status, 204);
    }
    world.sweep();
    world.sequence();
    (world, senders)
}

fn cosign(world: &World, key: &SigningKey, note: &str) -> Answer {
    let body = serde_json::json!({ "checkpoint": note })
        .to_string()
        .into_bytes();
    let line = format!("POST {}", route::COSIGNATURES);
    let authorization = authorization(world, key, &line, &body);
    Sender::send_signed(world, &line, &body, &authorization)
}

#[test]
fn whoever_reads_tiles_proves_every_entry_and_every_growth() {
    let (world, _) = stated(3);
    let first = shown(&world);
    let (size, root) = (first.checkpoint().size, first.checkpoint().root);
    assert!(size >= 3);
    assert_eq!(tree(&world, size).root(), Ok(root));
    let bundle = Tile::within(size, TileKind::Entries, 0).unwrap();
    let entries = bundle.entries(&tile(&world, bundle).body).unwrap();
    for (entry, index) in entries.iter().zip(0..) {
        let path = tree(&world, size).inclusion(index).unwrap();
        assert_eq!(
            inclusion::verify((index, entry.leaf_hash()), (size, root), &path),
            Ok(())
        );
    }
    let sender = Sender::new(1);
    sender.send(&world);
    let revoke = format!("POST {}", route::revoke(&sender.id));
    sender.signed(&world, &revoke, b"");
    world.sweep();
    world.sequence();
    let later = shown(&world);
    let (later, later_root) = (later.checkpoint().size, later.checkpoint().root);
    assert!(later > size);
    let path = tree(&world, later).consistency(size).unwrap();
    assert_eq!(
        consistency::verify((size, root), (later, later_root), &path),
        Ok(())
    );
    assert_eq!(
        tree(&world, size).root(),
        Ok(root),
        "tiles of former sizes stay"
    );
}

#[test]
fn tiles_that_are_not_there_are_not_served_and_those_that_are_never_change() {
    let (world, _) = stated(1);
    let size = shown(&world).checkpoint().size;
    let there = Tile::within(size, TileKind::Hashes { level: 0 }, 0).unwrap();
    let answer = tile(&world, there);
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let wider = Tile::within(size + 1, TileKind::Hashes { level: 0 }, 0).unwrap();
    let behind = Tile::within(1000, TileKind::Entries, 3).unwrap();
    for absent in [wider, there.full(), behind] {
        assert_eq!(
            tile(&world, absent).refused(),
            (404, Code::NoRoute),
            "{absent}"
        );
    }
    for path in [
        "0/0",
        "0/000.p/0",
        "00/000",
        "entries/x000/000",
        "64/000",
        "0/000/",
        "data/000",
    ] {
        let answer = world.ask(&format!("GET /log/tile/{path}"), &[], None);
        assert_eq!(answer.refused(), (404, Code::NoRoute), "{path}");
    }
}

#[test]
fn a_party_signs_what_it_saw_and_everyone_finds_it() {
    let (world, senders) = stated(2);
    let (key, before) = (&senders[0].key, shown(&world));
    let note = before.to_string();
    let size = before.checkpoint().size;
    assert_eq!(cosign(&world, key, &cosigned(&note, key)).status, 204);
    assert_eq!(
        cosign(&world, key, &cosigned(&note, key)).status,
        204,
        "again"
    );
    let witness = Cosignature::verifier_of(&key.public()).unwrap();
    assert!(shown(&world).cosigned_by(&witness).unwrap().is_some());
    let asked = |index: u64, key: &SigningKey| -> Vec<String> {
        let path = route::cosigned(index, Some(&witness_name(&key.public())));
        let found: Cosigned = world.ask(&format!("GET {path}"), &[], None).json();
        assert!(!found.has_more);
        found.checkpoints
    };
    let found = asked(size - 1, key);
    let read = SignedCheckpoint::verify(&found[0], &log_key(&world)).unwrap();
    assert!(read.cosigned_by(&witness).unwrap().is_some() && found.len() == 1);
    assert!(asked(size, key).is_empty() && asked(0, &key_of(9)).is_empty());
}

#[test]
fn a_cosignature_of_another_or_of_nothing_is_refused() {
    let (world, senders) = stated(1);
    let (key, note) = (&senders[0].key, shown(&world).to_string());
    let others = cosigned(&note, &key_of(9));
    let of_other_log = cosigned(&note.replace("127.0.0.1", "127.0.0.2"), key);
    let flipped = cosigned(&note, key).replace("— quitus-party/", "— quitus-party/0");
    for wrong in [note.clone(), others, of_other_log, flipped, String::new()] {
        assert_eq!(
            cosign(&world, key, &wrong).refused(),
            (400, Code::Malformed)
        );
    }
    let stranger = key_of(77);
    let answer = cosign(&world, &stranger, &cosigned(&note, &stranger));
    assert_eq!(answer.refused(), (403, Code::Forbidden));
}

#[test]
fn a_relay_that_is_shown_what_it_forgot_only_reads_from_then_on() {
    let (mut world, senders) = stated(1);
    let keys = world.data().join("keys");
    let own = own_keys::open(&keys, OwnKey::Log).unwrap();
    let log = LogKey::new(LogOrigin::of(&origin()), own);
    let before = shown(&world);
    // As if the records and the folder of the keys had been put back together.
    let forgotten = log.sign(before.checkpoint().size + 1, before.checkpoint().root);
    let key = &senders[0].key;
    let shown_to_it = cosigned(&forgotten.to_string(), key);
    assert_eq!(
        cosign(&world, key, &shown_to_it).refused(),
        (503, Code::Unavailable)
    );
    for _ in 0..2 {
        let refused = Sender::new(1).create(&world);
        assert_eq!(refused.refused(), (503, Code::Unavailable));
        assert_eq!(world.ask("GET /readyz", &[], None).status, 503);
        assert_eq!(world.ask("GET /healthz", &[], None).status, 204);
        assert_eq!(shown(&world), before);
        world.tick();
        world.restart();
    }
    let kept = std::fs::read_to_string(keys.join("log.fork")).unwrap();
    assert!(kept.starts_with(&forgotten.to_string()));
}
