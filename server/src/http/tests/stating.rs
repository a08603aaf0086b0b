//! Statements over HTTP: what the relay says of a transfer's life, and what parties bring.

use quitus_core::digest::Sha256;
use quitus_core::keys::SigningKey;
use quitus_core::protocol::{
    Logged, LoggedStatement, RefusalCode as Code, SEALED_STATEMENT_BYTES_MAX, Statements, route,
};
use quitus_core::statement::{Facts, Kind, Statement, Verified};
use quitus_core::text;
use quitus_core::tlog::tile::{Tile, TileKind};
use quitus_core::tlog::{Entry, SignedCheckpoint};
use serde_json::json;

use super::client::Answer;
use super::world::{HEADER, Sender, World, authorization, bearer, key_of};

fn listed(world: &World, key: &SigningKey, sender: &Sender) -> Vec<LoggedStatement> {
    let line = format!("GET {}", route::statements_of_transfer(&sender.id, 0));
    let authorization = authorization(world, key, &line, b"");
    let answer = Sender::send_signed(world, &line, b"", &authorization);
    assert_eq!(answer.status, 200, "{answer:?}");
    let Statements {
        statements,
        has_more,
    } = answer.json();
    assert!(!has_more);
    statements
}

fn verified(logged: &LoggedStatement) -> Verified {
    let file = logged.statement.as_ref().unwrap();
    Statement::verify(file.as_bytes(), logged.signature.as_ref().unwrap()).unwrap()
}

fn post(world: &World, key: &SigningKey, body: &serde_json::Value) -> Answer {
    let line = format!("POST {}", route::STATEMENTS);
    let body = body.to_string().into_bytes();
    let authorization = authorization(world, key, &line, &body);
    Sender::send_signed(world, &line, &body, &authorization)
}

fn of_party(sender: &Sender, name: &str) -> serde_json::Value {
    json!({
        "transfer": sender.id,
        "statement": Sha256::of(&[name.as_bytes()]),
        "signature": Sha256::of(&[name.as_bytes(), b"signature"]),
        "sealed": text::base64url(HEADER),
    })
}

/// The entry of a number, from the bundle that is shown.
fn entry(world: &World, index: u64) -> Entry {
    let note = world.ask("GET /log/checkpoint", &[], None).text();
    let about: serde_json::Value = world.ask("GET /v1", &[], None).json();
    let log = about["logKey"].as_str().unwrap().parse().unwrap();
    let shown = SignedCheckpoint::verify(&note, &log).unwrap();
    let size = shown.checkpoint().size;
    let tile = Tile::within(size, TileKind::Entries, index / 256).unwrap();
    let bundle = world.ask(&format!("GET {}", route::tile(&tile)), &[], None);
    let entries = tile.entries(&bundle.body).unwrap();
    entries[usize::try_from(index % 256).unwrap()]
}

/// Takes a download to its end.
fn take(world: &World, sender: &Sender) {
    assert_eq!(sender.claimed(world, 1).status, 200);
    let line = format!("POST {}", route::done(&sender.id));
    let grant = bearer(&[1; 32]);
    let done = world.ask(&line, &[("authorization", &grant)], None);
    assert_eq!(done.status, 204);
}

#[test]
fn the_relay_states_every_step_of_a_life_once_in_one_chain_that_is_logged() {
    let mut world = World::new();
    let sender = Sender::new(10);
    sender.send(&world);
    world.restart();
    take(&world, &sender);
    // What happened is noted with it: a start that comes before the statement makes it.
    world.restart();
    world.sweep();
    world.restart();
    let found = listed(&world, &sender.key, &sender);
    let read: Vec<Verified> = found.iter().map(verified).collect();
    let kinds: Vec<Kind> = read
        .iter()
        .map(|one| one.statement.predicate_type)
        .collect();
    assert_eq!(kinds, [Kind::Received, Kind::Delivered, Kind::Destroyed]);
    for (place, (one, logged)) in read.iter().zip(&found).enumerate() {
        let predicate = &one.statement.predicate;
        assert_eq!(predicate.seq, place as u64 + 1);
        let prev = place.checked_sub(1).map(|before| read[before].digest);
        assert_eq!(predicate.prev, prev);
        assert_eq!(logged.statement_digest, one.digest);
        let expected = Entry {
            statement: logged.statement_digest,
            signature: logged.signature_digest,
        };
        assert_eq!(entry(&world, logged.index), expected);
    }
    let (Facts::Received(received), Facts::Destroyed(destroyed)) = (
        &read[0].statement.predicate.facts,
        &read[2].statement.predicate.facts,
    ) else {
        panic!("received and destroyed");
    };
    assert_eq!(received.share_commitment, destroyed.share_commitment);
    assert_eq!(received.owner, sender.key.public().fingerprint());
    assert_eq!(
        listed(&world, &sender.key, &sender),
        found,
        "nothing is stated anew"
    );
}

#[test]
fn revoking_and_expiring_are_stated_before_the_destruction() {
    let world = World::new();
    let (revoked, expired) = (Sender::new(1), Sender::new(1));
    for sender in [&revoked, &expired] {
        sender.send(&world);
    }
    let line = format!("POST {}", route::revoke(&revoked.id));
    for _ in 0..2 {
        assert_eq!(revoked.signed(&world, &line, b"").status, 204);
    }
    world.pass(3601);
    world.tick();
    world.sweep();
    for (sender, kind) in [(&revoked, Kind::Revoked), (&expired, Kind::Expired)] {
        let found = listed(&world, &sender.key, sender);
        let kinds: Vec<Kind> = found
            .iter()
            .map(|one| verified(one).statement.predicate_type)
            .collect();
        assert_eq!(kinds, [Kind::Received, kind, Kind::Destroyed]);
    }
}

#[test]
fn a_partys_statement_is_below_the_checkpoint_when_it_is_answered() {
    let world = World::new();
    let mut sender = Sender::new(1);
    let recipient = key_of(31);
    sender.recipients = vec![recipient.public().fingerprint()];
    sender.send(&world);
    let body = of_party(&sender, "accepted");
    let answer = post(&world, &recipient, &body);
    assert_eq!(answer.status, 201, "{answer:?}");
    let Logged { index } = answer.json();
    let expected = Entry {
        statement: Sha256::of(&[b"accepted"]),
        signature: Sha256::of(&[b"accepted", b"signature"]),
    };
    assert_eq!(entry(&world, index), expected);
    let again: Logged = post(&world, &recipient, &body).json();
    assert_eq!(again.index, index);
    for key in [&recipient, &sender.key] {
        let found = listed(&world, key, &sender);
        let posted = found.iter().find(|one| one.index == index).unwrap();
        assert_eq!(posted.sealed, Some(text::base64url(HEADER)));
        assert_eq!(posted.by, Some(recipient.public().fingerprint()));
        assert_eq!((&posted.statement, &posted.signature), (&None, &None));
    }
}

#[test]
fn what_is_no_sealed_statement_about_one_thing_of_ones_own_is_refused() {
    let world = World::new();
    let sender = Sender::new(1);
    sender.send(&world);
    let right = of_party(&sender, "checked");
    let with = |name: &str, value: serde_json::Value| {
        let mut body = right.clone();
        body[name] = value;
        body
    };
    let long = [HEADER, &vec![7; SEALED_STATEMENT_BYTES_MAX]].concat();
    for (body, status, code) in [
        (
            with("sealed", json!(text::base64url(b"plain"))),
            422,
            Code::WrongHeader,
        ),
        (
            with("sealed", json!(text::base64url(&long))),
            400,
            Code::Malformed,
        ),
        (
            with("engagement", json!("00".repeat(16))),
            400,
            Code::Malformed,
        ),
        (
            with("statement", json!("AB".repeat(32))),
            400,
            Code::Malformed,
        ),
        (with("extra", json!(1)), 400, Code::Malformed),
        (with("transfer", json!("ab".repeat(16))), 404, Code::Gone),
    ] {
        assert_eq!(
            post(&world, &sender.key, &body).refused(),
            (status, code),
            "{body}"
        );
    }
    assert_eq!(
        post(&world, &key_of(77), &right).refused(),
        (404, Code::Gone)
    );
    assert_eq!(post(&world, &sender.key, &right).status, 201);
}
