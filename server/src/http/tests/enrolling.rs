//! Accounts: invited, enrolled, disabled.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::invite::{InviteId, Role};
use quitus_core::keys::SigningKey;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{
    DIGEST_HEADER, Invite, InviteState, Invites, Redeemed, RefusalCode as Code, route,
};
use quitus_core::text;

use super::client::{Answer, connect};
use super::refusals::check;
use super::world::{Sender, World, bearer, claim_signed, key_of, signed_by};

/// Bytes of an archive that fills two parts.
const TWO_PARTS: u64 = 9 * 1024 * 1024;

fn invite_id(name: &str) -> InviteId {
    let digest = Sha256::of(&[name.as_bytes()]);
    InviteId::from_bytes(*digest.as_bytes().first_chunk().unwrap())
}

pub(super) fn token(name: &str) -> [u8; 32] {
    *Sha256::of(&[b"token", name.as_bytes()]).as_bytes()
}

/// An invite as a client asks for it.
pub(super) fn invitation(name: &str, role: Role) -> Invite {
    Invite {
        id: invite_id(name),
        token_digest: Sha256::of(&[&token(name)]),
        role,
        expiry_seconds: 3600,
        card: text::base64url(b"the inviter's card"),
        mac: text::base64url(&[5; 32]),
        engagement: None,
    }
}

pub(super) fn invite(world: &World, key: &SigningKey, invite: &Invite) -> Answer {
    let body = serde_json::to_vec(invite).unwrap();
    signed_by(world, key, &format!("POST {}", route::INVITES), &body)
}

pub(super) fn redeem(world: &World, key: &SigningKey, name: &str, token: &[u8; 32]) -> Answer {
    let line = format!("POST {}", route::redeem(&invite_id(name)));
    let body = serde_json::json!({
        "token": text::base64url(token),
        "card": text::base64url(b"the joiner's card"),
        "mac": text::base64url(&[6; 32]),
    });
    signed_by(world, key, &line, body.to_string().as_bytes())
}

fn invites(world: &World, key: &SigningKey) -> Invites {
    let answer = signed_by(world, key, &format!("GET {}", route::INVITES), b"");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[test]
fn nobody_sends_uninvited_unless_everybody_may() {
    let (world, mut sender) = (World::closed(), Sender::new(10));
    check("no account", &sender.create(&world), 403, Code::Forbidden);
    world.enrol(&sender.key, Role::Freelancer);
    assert_eq!(sender.create(&world).status, 201);
    let world = World::new();
    sender.key = key_of(99);
    assert_eq!(sender.create(&world).status, 201);
}

#[test]
fn an_invite_makes_its_first_user_an_account_and_tells_of_the_second() {
    let (world, client, joiner) = (World::closed(), key_of(20), key_of(21));
    world.enrol(&client, Role::Client);
    let wanted = invitation("first", Role::Freelancer);
    let made = [0; 2].map(|_| invite(&world, &client, &wanted));
    assert!(made.iter().all(|answer| answer.status == 201));
    assert_eq!(made[0].body, made[1].body);
    for _ in 0..2 {
        let answer = redeem(&world, &joiner, "first", &token("first"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let welcome: Redeemed = answer.json();
        let card = text::base64url(b"the inviter's card");
        assert_eq!((welcome.card, welcome.role), (Some(card), Role::Freelancer));
        assert_eq!(welcome.mac, Some(text::base64url(&[5; 32])));
    }
    let thief = redeem(&world, &key_of(22), "first", &token("first"));
    check("a second key", &thief, 410, Code::Used);
    let mut uninvited = Sender::new(10);
    uninvited.key = key_of(22);
    check("the thief", &uninvited.create(&world), 403, Code::Forbidden);
    let seen = invites(&world, &client);
    let [one] = seen.invites.as_slice() else {
        panic!("{seen:?}");
    };
    assert_eq!((one.state, one.n_refused), (InviteState::Used, 1));
    let who = one.joiner.as_ref().unwrap();
    assert_eq!(who.key, joiner.public().fingerprint());
    assert_eq!(who.card, text::base64url(b"the joiner's card"));
    assert!(invites(&world, &joiner).invites.is_empty());
}

#[test]
fn a_wrong_token_and_an_unknown_or_late_invite_are_told_the_same() {
    let (world, client, stranger) = (World::closed(), key_of(20), key_of(23));
    world.enrol(&client, Role::Client);
    assert_eq!(
        invite(&world, &client, &invitation("a", Role::Freelancer)).status,
        201
    );
    let unknown = redeem(&world, &stranger, "no such", &token("no such"));
    check("unknown", &unknown, 404, Code::Gone);
    let wrong = redeem(&world, &stranger, "a", &token("b"));
    world.pass(3_601);
    let late = redeem(&world, &stranger, "a", &token("a"));
    for answer in [wrong, late] {
        assert_eq!(answer.without_date(), unknown.without_date());
    }
    assert_eq!(
        invites(&world, &client).invites[0].state,
        InviteState::Expired
    );
}

type Change = fn(&mut Invite);

#[test]
fn clients_invite_freelancers_within_bounds() {
    let (world, client, freelancer) = (World::closed(), key_of(20), key_of(21));
    world.enrol(&client, Role::Client);
    world.enrol(&freelancer, Role::Freelancer);
    for (key, role) in [
        (&client, Role::Client),
        (&freelancer, Role::Freelancer),
        (&key_of(22), Role::Freelancer),
    ] {
        let refused = invite(&world, key, &invitation("a", role));
        check("not theirs to give", &refused, 403, Code::Forbidden);
    }
    let cases: [(u16, Code, Change); 5] = [
        (422, Code::Bounds, |invite| invite.expiry_seconds = 0),
        (422, Code::Bounds, |invite| {
            invite.expiry_seconds = 2_592_001;
        }),
        (400, Code::Malformed, |invite| {
            invite.mac = text::base64url(&[1; 31]);
        }),
        (400, Code::Malformed, |invite| invite.card = "=".to_owned()),
        (400, Code::Malformed, |invite| {
            invite.card = text::base64url(&[1; 8 * 1024 + 1]);
        }),
    ];
    for (status, code, change) in cases {
        let mut changed = invitation("a", Role::Freelancer);
        change(&mut changed);
        check("bounds", &invite(&world, &client, &changed), status, code);
    }
    assert_eq!(
        invite(&world, &client, &invitation("a", Role::Freelancer)).status,
        201
    );
    let mut other = invitation("a", Role::Freelancer);
    other.token_digest = Sha256::of(&[b"other"]);
    check(
        "taken",
        &invite(&world, &client, &other),
        409,
        Code::Conflict,
    );
}

#[test]
fn a_list_of_invites_with_the_largest_cards_comes_in_pages() {
    let (world, client) = (World::closed(), key_of(20));
    world.enrol(&client, Role::Client);
    for number in 0..21 {
        let name = number.to_string();
        assert_eq!(
            invite(&world, &client, &invitation(&name, Role::Freelancer)).status,
            201
        );
        let line = format!("POST {}", route::redeem(&invite_id(&name)));
        let body = serde_json::json!({
            "token": text::base64url(&token(&name)),
            "card": text::base64url(&[7; 8 * 1024]),
            "mac": text::base64url(&[6; 32]),
        });
        let joined = signed_by(
            &world,
            &key_of(100 + number),
            &line,
            body.to_string().as_bytes(),
        );
        assert_eq!(joined.status, 200);
    }
    let line = |after| format!("GET {}", route::invites_after(after));
    let first = signed_by(&world, &client, &line(None), b"");
    assert!(first.body.len() <= quitus_core::protocol::JSON_BYTES_MAX);
    let first: Invites = first.json();
    assert_eq!((first.invites.len(), first.has_more), (20, true));
    let last = first.invites.last().unwrap().id;
    let rest: Invites = signed_by(&world, &client, &line(Some(&last)), b"").json();
    assert_eq!((rest.invites.len(), rest.has_more), (1, false));
    let of_another = signed_by(&world, &key_of(21), &line(Some(&last)), b"");
    check("of another", &of_another, 404, Code::Gone);
}

/// Begins a request and reads or writes what fits; then says when the relay ended it.
fn begin(world: &World, head: &str, first: &[u8]) -> TcpStream {
    let mut stream = connect(world.address());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(first).unwrap();
    stream
}

fn is_cut_within_a_second(mut stream: TcpStream, n_bytes_max: usize) {
    let began = Instant::now();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert!(rest.len() < n_bytes_max, "{} bytes", rest.len());
}

#[test]
fn a_disabled_account_is_refused_at_once_and_what_it_moves_is_cut() {
    let (world, member, alice) = (World::closed(), key_of(24), Sender::new(TWO_PARTS));
    world.enrol(&alice.key, Role::Client);
    world.enrol(&member, Role::Freelancer);
    let mut shared = alice;
    shared.recipients = [&member, &key_of(25)]
        .map(|key| key.public().fingerprint())
        .to_vec();
    shared.send(&world);
    let place = (&shared.id, &shared.claim);
    assert_eq!(claim_signed(&world, &member, place, 1).status, 200);
    assert_eq!(claim_signed(&world, &key_of(25), place, 2).status, 200);
    let mut own = Sender::new(TWO_PARTS);
    own.key = key_of(24);
    assert_eq!(own.create(&world).status, 201);
    let get = |grant_key| {
        let path = route::part(&shared.id, PartIndex(0));
        let key = bearer(&[grant_key; 32]);
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\n\r\n");
        let mut stream = begin(&world, &head, b"");
        rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 64 * 1024).unwrap();
        stream.read_exact(&mut [0; 1000]).unwrap();
        stream
    };
    let (downloading, of_another) = (get(1), get(2));
    let part = own.part(0);
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n{DIGEST_HEADER}: {}\r\n\
         content-length: {}\r\n\r\n",
        route::part(&own.id, PartIndex(0)),
        bearer(&own.token),
        Blake3::of(&part),
        part.len(),
    );
    let uploading = begin(&world, &head, &part[..1_000_000]);
    // Until the relay has begun to read it.
    std::thread::park_timeout(Duration::from_millis(300));
    world.set_enabled(&member, false);
    is_cut_within_a_second(downloading, 8 * 1024 * 1024);
    is_cut_within_a_second(uploading, 1);
    let mut whole = of_another;
    // Some were read before.
    let mut n_bytes = 1000;
    let mut buffer = vec![0; 1 << 20];
    while n_bytes < shared.part(0).len() {
        let n_read = whole.read(&mut buffer).unwrap();
        assert!(n_read > 0, "{n_bytes} bytes came");
        n_bytes += n_read;
    }
    let again = own.put_part(&world, 0, &part);
    check("upload", &again, 403, Code::Forbidden);
    let claimed = claim_signed(&world, &member, place, 1);
    check("claim", &claimed, 403, Code::Forbidden);
    let got = super::world::get(&world, &route::part(&shared.id, PartIndex(1)), 1);
    check("get", &got, 404, Code::Gone);
    world.set_enabled(&member, true);
    assert_eq!(own.put_part(&world, 0, &part).status, 204);
    assert_eq!(claim_signed(&world, &member, place, 3).status, 200);
}

#[test]
fn a_thousand_wrong_tokens_shut_out_their_address_and_no_other() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    let get = |address: &str, grant_key: u8| {
        let key = bearer(&[grant_key; 32]);
        let headers = [
            ("authorization", key.as_str()),
            ("x-forwarded-for", address),
        ];
        let path = route::part(&sender.id, PartIndex(0));
        world.ask(&format!("GET {path}"), &headers, None)
    };
    let answers: Vec<u16> = (0..1_000).map(|_| get("203.0.113.66", 2).status).collect();
    let n_answered = answers.iter().filter(|status| **status == 404).count();
    assert!((100..200).contains(&n_answered), "{n_answered}");
    assert!(answers.iter().all(|status| [404, 429].contains(status)));
    let refused = get("203.0.113.66", 1);
    check("shut out", &refused, 429, Code::TooMany);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(get("203.0.113.67", 1).status, 200);
}
