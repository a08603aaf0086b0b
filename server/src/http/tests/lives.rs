//! What a sender does with a complete transfer: passwords, revoke, extend, list, activity.

use std::io::Read as _;
use std::time::{Duration, Instant};

use quitus_core::digest::Sha256;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{
    Activity, Extend, Granted, Happening, PAGE_TRANSFERS, RefusalCode as Code, StatusPhase,
    Transfers, route,
};
use quitus_core::text;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Ending, LIFE_MAX, PASSWORD_TRIES_MAX, TransferId};

use super::client::{Answer, connect};
use super::refusals::check;
use super::world::{Sender, World, bearer, claim, done, get};

const VERIFIER: [u8; 32] = [8; 32];

/// A transfer with a password, for two downloads.
fn with_password(world: &World) -> Sender {
    let mut sender = Sender::new(10);
    sender.downloads = 2;
    sender.verifier = Some(VERIFIER);
    sender.send(world);
    sender
}

fn claim_with(world: &World, sender: &Sender, grant_key: u8, verifier: Option<[u8; 32]>) -> Answer {
    let verifier = verifier.map(|verifier| text::base64url(&verifier));
    let claim = text::base64url(&sender.claim);
    let body = serde_json::json!({ "claim": claim, "verifier": verifier }).to_string();
    let key = bearer(&[grant_key; 32]);
    let headers = [
        ("authorization", key.as_str()),
        ("content-type", "application/json"),
        ("x-forwarded-for", "198.51.100.7, 203.0.113.9"),
        ("user-agent", "a program/1\u{1}"),
    ];
    let line = format!("POST {}", route::claim(&sender.id));
    world.ask(&line, &headers[..3], Some(body.as_bytes()))
}

fn revoke(world: &World, sender: &Sender) -> Answer {
    sender.signed(world, &format!("POST {}", route::revoke(&sender.id)), b"")
}

pub(super) fn extend(
    world: &World,
    sender: &Sender,
    expires_at: Timestamp,
    terms: &[u8],
) -> Answer {
    let terms = text::base64url(terms);
    let body = serde_json::to_vec(&Extend { expires_at, terms }).unwrap();
    sender.signed(world, &format!("POST {}", route::extend(&sender.id)), &body)
}

fn activity(world: &World, sender: &Sender) -> Activity {
    let line = format!("GET {}", route::activity(&sender.id));
    sender.signed(world, &line, b"").json()
}

#[test]
fn ten_wrong_passwords_freeze_and_nine_do_not() {
    let world = World::new();
    let sender = with_password(&world);
    let try_with = |key, verifier| claim_with(&world, &sender, key, verifier);
    for _ in 0..12 {
        check("missing", &try_with(1, None), 403, Code::Password);
    }
    for _ in 1..PASSWORD_TRIES_MAX {
        check("wrong", &try_with(1, Some([0; 32])), 403, Code::Password);
    }
    assert_eq!(try_with(1, Some(VERIFIER)).status, 200);
    check("tenth", &try_with(2, Some([0; 32])), 403, Code::Password);
    for verifier in [Some(VERIFIER), Some([0; 32]), None] {
        check("frozen", &try_with(2, verifier), 403, Code::Frozen);
    }
    let status = sender.status(&world);
    assert_eq!(
        (status.has_password, status.n_wrong_passwords, status.phase),
        (true, PASSWORD_TRIES_MAX, StatusPhase::Live)
    );
    // The grant that was given before goes on.
    assert_eq!(try_with(1, Some(VERIFIER)).status, 200);
    let part = get(&world, &route::part(&sender.id, PartIndex(0)), 1);
    assert_eq!(part.status, 200);
    assert_eq!(done(&world, &sender.id, 1).status, 204);
}

#[test]
fn the_id_alone_neither_claims_nor_counts_nor_freezes() {
    let world = World::new();
    let sender = with_password(&world);
    let unknown = Sender::new(10);
    let expected = claim(&world, &unknown.id, &[0; 32], 1).without_date();
    for _ in 0..2 * PASSWORD_TRIES_MAX {
        let answer = claim(&world, &sender.id, &[0; 32], 1);
        assert_eq!(answer.without_date(), expected);
    }
    let status = sender.status(&world);
    assert_eq!((status.n_wrong_passwords, status.n_released), (0, 0));
    assert_eq!(activity(&world, &sender).log.len(), 2);
    assert_eq!(claim_with(&world, &sender, 1, Some(VERIFIER)).status, 200);
}

#[test]
fn many_wrong_passwords_at_once_are_all_counted() {
    let world = World::new();
    let sender = with_password(&world);
    std::thread::scope(|scope| {
        for _ in 0..PASSWORD_TRIES_MAX - 1 {
            scope.spawn(|| claim_with(&world, &sender, 1, Some([0; 32])));
        }
    });
    assert_eq!(
        sender.status(&world).n_wrong_passwords,
        PASSWORD_TRIES_MAX - 1
    );
}

#[test]
fn many_claims_at_once_of_a_link_for_five_make_five_grants() {
    let (world, mut sender) = (World::new(), Sender::new(10));
    sender.downloads = 5;
    sender.send(&world);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let claims: Vec<_> = (0..50_u8)
            .map(|key| {
                scope.spawn({
                    let (world, sender) = (&world, &sender);
                    move || sender.claimed(world, key).status
                })
            })
            .collect();
        claims
            .into_iter()
            .map(|claim| claim.join().unwrap())
            .collect()
    });
    let granted = statuses.iter().filter(|status| **status == 200);
    assert_eq!(granted.count(), 5);
    let refused = statuses.iter().filter(|status| **status == 404);
    assert_eq!(refused.count(), 45);
}

#[test]
fn a_revoked_link_is_gone_and_what_is_being_sent_breaks_off() {
    let (world, sender) = (World::new(), Sender::new(8 * 1024 * 1024));
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    let mut stalled = connect(world.address());
    let head = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\r\n",
        route::part(&sender.id, PartIndex(0)),
        bearer(&[1; 32])
    );
    std::io::Write::write_all(&mut stalled, head.as_bytes()).unwrap();
    stalled.read_exact(&mut [0; 1000]).unwrap();

    let mut other = Sender::new(10);
    other.id = sender.id;
    other.key =
        quitus_core::keys::SigningKey::from_seed(&quitus_core::keys::Secret::from_bytes([99; 32]));
    check("other", &revoke(&world, &other), 404, Code::Gone);
    let unknown = Sender::new(10);
    check("unknown", &revoke(&world, &unknown), 404, Code::Gone);

    let began = Instant::now();
    assert_eq!(revoke(&world, &sender).status, 204);
    let mut rest = Vec::new();
    let _ = stalled.read_to_end(&mut rest);
    assert!(began.elapsed() < Duration::from_secs(1));
    assert!(rest.len() < 8 * 1024 * 1024 - 1000, "{}", rest.len());

    assert_eq!(revoke(&world, &sender).status, 204);
    for path in [
        route::part(&sender.id, PartIndex(0)),
        route::manifest(&sender.id),
    ] {
        check("read", &get(&world, &path, 1), 404, Code::Gone);
    }
    check("claim", &sender.claimed(&world, 2), 404, Code::Gone);
    check("done", &done(&world, &sender.id, 1), 404, Code::Gone);
    let status = sender.status(&world);
    assert_eq!(status.ending, Some(Ending::Revoked));
    assert_eq!((status.n_live, status.n_released), (0, 1));
}

#[test]
fn an_upload_can_be_revoked() {
    let (world, sender) = (World::new(), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    assert_eq!(revoke(&world, &sender).status, 204);
    let answer = sender.put_part(&world, 0, &sender.part(0));
    check("part", &answer, 404, Code::Gone);
}

#[test]
fn an_extension_moves_the_end_within_its_bounds() {
    let (mut world, mut sender) = (World::new(), Sender::new(10));
    sender.downloads = 2;
    sender.send(&world);
    let after = |seconds| world.now().after(Duration::from_secs(seconds));
    for (what, end) in [
        ("now", world.now()),
        ("past", Timestamp::from_unix(1, 0)),
        ("late", after(LIFE_MAX.as_secs() + 1)),
    ] {
        check(what, &extend(&world, &sender, end, b""), 422, Code::Bounds);
    }
    let long = vec![0; 64 * 1024 + 1];
    check(
        "terms",
        &extend(&world, &sender, after(9), &long),
        400,
        Code::Malformed,
    );
    let end = after(7200);
    assert_eq!(extend(&world, &sender, end, b"other").status, 204);
    assert_eq!(sender.status(&world).expires_at, end);
    world.restart();
    world.pass(3601);
    let granted: Granted = sender.claimed(&world, 1).json();
    assert_eq!(
        (granted.terms.as_str(), granted.share.as_str()),
        (
            text::base64url(b"other").as_str(),
            text::base64url(&[9; 32]).as_str()
        )
    );
    let sooner = world.now().after(Duration::from_secs(5));
    assert_eq!(extend(&world, &sender, sooner, b"last").status, 204);
    world.pass(5);
    let (end, now) = (world.now().after(Duration::from_mins(1)), b"more");
    check("over", &extend(&world, &sender, end, now), 404, Code::Gone);
    check("claim", &sender.claimed(&world, 2), 404, Code::Gone);
}

#[test]
fn an_upload_is_not_extended() {
    let (world, sender) = (World::new(), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    let end = world.now().after(Duration::from_mins(1));
    let answer = extend(&world, &sender, end, b"terms");
    check("uploading", &answer, 409, Code::Conflict);
}

#[test]
fn a_list_shows_every_transfer_once_newest_first() {
    let world = World::new();
    let mut created: Vec<TransferId> = Vec::new();
    let sender = Sender::new(10);
    for _ in 0..=PAGE_TRANSFERS {
        let sender = Sender::new(10);
        assert_eq!(sender.create(&world).status, 201);
        created.insert(0, sender.id);
    }
    let page = |after: Option<&TransferId>| -> Transfers {
        let line = format!("GET {}", route::transfers_after(after));
        sender.signed(&world, &line, b"").json()
    };
    let first = page(None);
    assert!(first.has_more && first.transfers.len() == PAGE_TRANSFERS);
    let second = page(first.transfers.last().map(|status| &status.id));
    assert!(!second.has_more);
    let listed = first.transfers.iter().chain(&second.transfers);
    assert_eq!(listed.map(|status| status.id).collect::<Vec<_>>(), created);

    let unknown = format!("GET {}", route::transfers_after(Some(&Sender::new(10).id)));
    check(
        "unknown",
        &sender.signed(&world, &unknown, b""),
        404,
        Code::Gone,
    );
    for query in ["", "after=", "after=x", "before=00", "token=x"] {
        let line = format!("GET {}?{query}", route::TRANSFERS);
        let answer = sender.signed(&world, &line, b"");
        check(query, &answer, 400, Code::Malformed);
    }
    // The signature covers the query.
    let line = format!("GET {}", route::TRANSFERS);
    let authorization = sender.authorization(&world, &line, b"");
    let other = format!("{line}?after={}", sender.id);
    let answer = Sender::send_signed(&world, &other, b"", &authorization);
    check("signed", &answer, 401, Code::Unauthorized);
}

#[test]
fn the_sender_sees_who_came_when_from_where_and_how_far() {
    let world = World::new();
    let sender = with_password(&world);
    claim_with(&world, &sender, 1, Some([0; 32]));
    world.pass(10);
    claim_with(&world, &sender, 1, Some(VERIFIER));
    get(&world, &route::part(&sender.id, PartIndex(0)), 1);
    world.pass(3600);
    claim_with(&world, &sender, 2, Some(VERIFIER));
    world.tick();
    let activity = activity(&world, &sender);
    let seen: Vec<_> = activity.log.iter().map(|line| line.what).collect();
    assert_eq!(
        seen,
        [
            Happening::Created,
            Happening::Completed,
            Happening::WrongPassword,
            Happening::Claimed,
            Happening::Refused,
            Happening::Expired,
        ]
    );
    let claimed = &activity.log[3];
    assert_eq!(claimed.address.as_deref(), Some("203.0.113.9"));
    let digits = Sha256::of(&[&[1; 32]]).to_string()[..8].to_owned();
    assert_eq!(claimed.grant.as_ref(), Some(&digits));
    assert_eq!(activity.log[0].address.as_deref(), Some("127.0.0.1"));
    assert_eq!(activity.log[5].address, None);
    let [grant] = activity.grants.as_slice() else {
        panic!("{:?}", activity.grants);
    };
    assert_eq!(
        (grant.grant.as_str(), grant.state.as_str()),
        (digits.as_str(), "live")
    );
    assert_eq!((grant.n_parts_asked, grant.n_parts), (1, 1));
    let line = format!("GET {}", route::activity(&Sender::new(10).id));
    check(
        "unknown",
        &sender.signed(&world, &line, b""),
        404,
        Code::Gone,
    );
}

#[test]
fn the_access_log_is_forgotten_after_a_year() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    world.pass(364 * 24 * 3600);
    world.tick();
    assert_eq!(activity(&world, &sender).log.len(), 3);
    world.pass(2 * 24 * 3600);
    world.tick();
    assert!(
        activity(&world, &sender)
            .log
            .iter()
            .all(|line| line.what != Happening::Created)
    );
}

#[test]
fn an_address_that_asks_too_often_waits_and_others_do_not() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    let ask = |from: &str| {
        let headers = [("x-forwarded-for", from)];
        world.ask("GET /v1", &headers, None)
    };
    let burst = super::world::RATE.burst;
    let refused = (0..burst + 2)
        .map(|_| ask("203.0.113.9"))
        .find(|answer| answer.status != 200)
        .unwrap();
    check("often", &refused, 429, Code::TooMany);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(ask("203.0.113.10").status, 200);
    for _ in 0..burst + 2 {
        assert_eq!(ask("127.0.0.1").status, 200);
    }
    let path = route::part(&sender.id, PartIndex(0));
    let key = bearer(&[1; 32]);
    let headers = [
        ("authorization", key.as_str()),
        ("x-forwarded-for", "203.0.113.9"),
    ];
    assert_eq!(sender.claimed(&world, 1).status, 200);
    for _ in 0..burst + 2 {
        let answer = world.ask(&format!("GET {path}"), &headers, None);
        assert_eq!(answer.status, 200);
    }
}
