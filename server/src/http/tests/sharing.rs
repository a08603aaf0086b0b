//! Transfers for keys, from the first request to the last download.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use quitus_core::keys::SigningKey;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{
    Activity, Envelope, Happening, Inbox, RefusalCode as Code, StatusPhase, route,
};
use quitus_core::text;
use quitus_core::transfer::{Ending, TransferId};

use super::client::{Answer, connect};
use super::refusals::check;
use super::world::{Sender, World, bearer, claim, claim_signed, done, get, key_of, signed_by};

const ALICE: u8 = 30;
const BOB: u8 = 31;
const CAROL: u8 = 32;

/// A live transfer for alice and bob.
fn shared(world: &World, archive_bytes: u64) -> Sender {
    let mut sender = Sender::new(archive_bytes);
    sender.recipients = [ALICE, BOB]
        .map(|seed| key_of(seed).public().fingerprint())
        .to_vec();
    sender.send(world);
    sender
}

fn inbox(world: &World, seed: u8) -> Inbox {
    let answer = signed_by(world, &key_of(seed), &format!("GET {}", route::INBOX), b"");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn envelope(world: &World, key: &SigningKey, id: &TransferId) -> Answer {
    signed_by(world, key, &format!("GET {}", route::envelope(id)), b"")
}

fn relist(world: &World, sender: &Sender, seeds: &[u8]) -> Answer {
    let recipients: Vec<_> = seeds
        .iter()
        .map(|seed| key_of(*seed).public().fingerprint())
        .collect();
    let terms = text::base64url(b"other terms");
    let body = serde_json::json!({"recipients": recipients, "terms": terms}).to_string();
    let line = format!("POST {}", route::recipients(&sender.id));
    sender.signed(world, &line, body.as_bytes())
}

#[test]
fn every_recipient_downloads_and_the_last_of_them_ends_the_transfer() {
    let world = World::new();
    let sender = shared(&world, 10);
    let place = (&sender.id, &sender.claim);
    for (seed, grant_key) in [(ALICE, 1), (BOB, 2)] {
        let waiting = inbox(&world, seed);
        assert_eq!(waiting.transfers[0].id, sender.id);
        assert!(!waiting.transfers[0].is_used && !waiting.has_more);
        let answer = envelope(&world, &key_of(seed), &sender.id);
        assert_eq!(
            answer.json::<Envelope>().envelope,
            text::base64url(b"terms")
        );
        for _ in 0..2 {
            assert_eq!(
                claim_signed(&world, &key_of(seed), place, grant_key).status,
                200
            );
        }
        let part = get(&world, &route::part(&sender.id, PartIndex(0)), grant_key);
        assert_eq!(part.body, sender.part(0));
        assert_eq!(sender.status(&world).phase, StatusPhase::Live);
        assert_eq!(done(&world, &sender.id, grant_key).status, 204);
        let again = claim_signed(&world, &key_of(seed), place, grant_key + 10);
        check("used", &again, 404, Code::Gone);
    }
    let status = sender.status(&world);
    assert_eq!(status.ending, Some(Ending::Used));
    assert_eq!(
        (status.n_consumed, status.n_released, status.n_recipients),
        (2, 2, 2)
    );
    let alice = key_of(ALICE).public().fingerprint();
    let of_alice = status.recipients.iter().find(|one| one.recipient == alice);
    assert_eq!(of_alice.unwrap().n_consumed, 1);
    assert!(inbox(&world, ALICE).transfers.is_empty());
    let line = format!("GET {}", route::activity(&sender.id));
    let activity: Activity = sender.signed(&world, &line, b"").json();
    let claimed = activity
        .log
        .iter()
        .find(|line| line.what == Happening::Claimed);
    assert_eq!(claimed.unwrap().who, Some(alice.clone()));
    assert!(
        activity
            .grants
            .iter()
            .any(|grant| grant.who == Some(alice.clone()))
    );
}

#[test]
fn whoever_is_not_listed_is_told_what_an_unknown_transfer_is_told() {
    let world = World::new();
    let sender = shared(&world, 10);
    let (carol, nobody) = (key_of(CAROL), TransferId::from_bytes([0xee; 16]));
    let (id, credential) = (&sender.id, &sender.claim);
    let pairs = [
        (
            claim_signed(&world, &carol, (id, credential), 1),
            claim_signed(&world, &carol, (&nobody, credential), 1),
        ),
        (
            claim_signed(&world, &key_of(ALICE), (id, &[0; 32]), 1),
            claim_signed(&world, &carol, (&nobody, credential), 2),
        ),
        (
            claim(&world, id, credential, 1),
            claim(&world, &nobody, credential, 1),
        ),
        (
            envelope(&world, &carol, id),
            envelope(&world, &carol, &nobody),
        ),
    ];
    for (refused, unknown) in pairs {
        check("not listed", &refused, 404, Code::Gone);
        assert_eq!(refused.without_date(), unknown.without_date());
    }
    assert!(inbox(&world, CAROL).transfers.is_empty());
    let status = sender.status(&world);
    assert_eq!((status.n_released, status.n_wrong_passwords), (0, 0));
}

#[test]
fn a_signature_does_not_claim_a_link_nor_a_link_what_is_for_keys() {
    let (world, bearers) = (World::new(), Sender::new(10));
    bearers.send(&world);
    let place = (&bearers.id, &bearers.claim);
    let signed = claim_signed(&world, &key_of(ALICE), place, 1);
    check("signed", &signed, 404, Code::Gone);
    let line = format!("POST {}", route::claim(&bearers.id));
    let credential = text::base64url(&bearers.claim);
    let without = format!(r#"{{"claim":"{credential}"}}"#);
    let answer = signed_by(&world, &key_of(ALICE), &line, without.as_bytes());
    check("no grant key", &answer, 400, Code::Malformed);
    let both = format!(r#"{{"claim":"{credential}","grantKey":"{credential}"}}"#);
    let key = bearer(&[1; 32]);
    let headers = [
        ("authorization", key.as_str()),
        ("content-type", "application/json"),
    ];
    let answer = world.ask(&line, &headers, Some(both.as_bytes()));
    check("two grant keys", &answer, 400, Code::Malformed);
    assert_eq!(bearers.claimed(&world, 1).status, 200);
}

#[test]
fn recipients_are_named_once_and_within_bounds() {
    let (world, mut sender) = (World::new(), Sender::new(10));
    let key = |seed| key_of(seed).public().fingerprint();
    sender.recipients = vec![key(1), key(1)];
    check("twice", &sender.create(&world), 400, Code::Malformed);
    sender.recipients = (0..=100).map(key).collect();
    check("101", &sender.create(&world), 422, Code::Bounds);
    sender.recipients.pop();
    assert_eq!(sender.create(&world).status, 201);
    let sender = shared(&world, 10);
    check("none", &relist(&world, &sender, &[]), 422, Code::Bounds);
    check(
        "twice",
        &relist(&world, &sender, &[ALICE, ALICE]),
        400,
        Code::Malformed,
    );
    let bearers = Sender::new(10);
    bearers.send(&world);
    check(
        "a link",
        &relist(&world, &bearers, &[ALICE]),
        409,
        Code::Conflict,
    );
}

#[test]
fn whoever_is_removed_is_cut_and_the_others_go_on() {
    let world = World::new();
    let sender = shared(&world, 9 * 1024 * 1024);
    let place = (&sender.id, &sender.claim);
    let open = [(ALICE, 1), (BOB, 2)].map(|(seed, grant_key)| {
        assert_eq!(
            claim_signed(&world, &key_of(seed), place, grant_key).status,
            200
        );
        let mut stream = connect(world.address());
        rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 64 * 1024).unwrap();
        let (path, key) = (
            route::part(&sender.id, PartIndex(0)),
            bearer(&[grant_key; 32]),
        );
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\n\r\n"
        )
        .unwrap();
        stream.read_exact(&mut [0; 1000]).unwrap();
        stream
    });
    assert_eq!(relist(&world, &sender, &[BOB, CAROL]).status, 204);
    let [mut of_alice, mut of_bob] = open;
    let began = Instant::now();
    let mut rest = Vec::new();
    let _ = of_alice.read_to_end(&mut rest);
    assert!(began.elapsed() < Duration::from_secs(1) && rest.len() < 8 * 1024 * 1024);
    // Some were read before.
    let mut n_bytes = 1000;
    let mut buffer = vec![0; 1 << 20];
    while n_bytes < sender.part(0).len() {
        let n_read = of_bob.read(&mut buffer).unwrap();
        assert!(n_read > 0, "{n_bytes} bytes came");
        n_bytes += n_read;
    }
    for answer in [
        claim_signed(&world, &key_of(ALICE), place, 3),
        envelope(&world, &key_of(ALICE), &sender.id),
        get(&world, &route::part(&sender.id, PartIndex(1)), 1),
    ] {
        check("removed", &answer, 404, Code::Gone);
    }
    let answer = envelope(&world, &key_of(CAROL), &sender.id);
    let other = text::base64url(b"other terms");
    assert_eq!(answer.json::<Envelope>().envelope, other);
    assert_eq!(claim_signed(&world, &key_of(CAROL), place, 4).status, 200);
}

#[test]
fn an_inbox_comes_in_pages() {
    let world = World::new();
    for _ in 0..101 {
        shared(&world, 1);
    }
    let first = inbox(&world, ALICE);
    assert_eq!((first.transfers.len(), first.has_more), (100, true));
    let last = first.transfers.last().unwrap().id;
    let line = format!("GET {}", route::inbox_after(Some(&last)));
    let rest: Inbox = signed_by(&world, &key_of(ALICE), &line, b"").json();
    assert_eq!((rest.transfers.len(), rest.has_more), (1, false));
    check(
        "not hers",
        &signed_by(&world, &key_of(CAROL), &line, b""),
        404,
        Code::Gone,
    );
    let other = format!("GET {}?before={last}", route::INBOX);
    check(
        "query",
        &signed_by(&world, &key_of(ALICE), &other, b""),
        400,
        Code::Malformed,
    );
}
