//! Engagements, from the invite to the end.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::engagement::{EngagementId, Policy, Standing, State};
use quitus_core::invite::Role;
use quitus_core::keys::Fingerprint;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{
    DIGEST_HEADER, Deed, EngagedTransfers, EngagementActivity, EngagementStatus, Engagements,
    Happening, Inbox, Open, Proposed, RefusalCode as Code, StatusPhase, route,
};
use quitus_core::text;
use quitus_core::time::Timestamp;
use quitus_core::transfer::Ending;

use super::client::{Answer, connect};
use super::enrolling::{invitation, invite, redeem, token};
use super::lives::extend;
use super::refusals::check;
use super::world::{Sender, World, authorization, bearer, claim_signed, key_of, signed_by};

const CLIENT: u8 = 60;
const MEMBER: u8 = 61;
const OTHER: u8 = 62;
const STRANGER: u8 = 63;
const TWO_PARTS: u64 = 8 * 1024 * 1024 + 1;
const DAY: i64 = 24 * 3_600;

fn fingerprint(seed: u8) -> Fingerprint {
    key_of(seed).public().fingerprint()
}

pub(super) fn id() -> EngagementId {
    EngagementId::from_bytes([0x77; 16])
}

pub(super) fn opening(world: &World) -> Open {
    let policy = Policy {
        ends_at: world.now().after(Duration::from_hours(100 * 24)),
        idle_seconds: 30 * 24 * 3_600,
        networks: Vec::new(),
        transfer_bytes_max: None,
    };
    Open { id: id(), policy }
}

pub(super) fn open(world: &World, seed: u8, opening: &Open) -> Answer {
    let body = serde_json::to_vec(opening).unwrap();
    let line = format!("POST {}", route::ENGAGEMENTS);
    signed_by(world, &key_of(seed), &line, &body)
}

pub(super) fn act(world: &World, seed: u8, deed: &Deed) -> Answer {
    let line = format!("POST {}", route::deeds(&id()));
    signed_by(
        world,
        &key_of(seed),
        &line,
        &serde_json::to_vec(deed).unwrap(),
    )
}

fn does(world: &World, seed: u8, deed: &Deed) -> EngagementStatus {
    let answer = act(world, seed, deed);
    assert_eq!(answer.status, 200, "{deed:?} {answer:?}");
    answer.json()
}

/// Makes a key a member who has agreed to nothing.
fn join(world: &World, seed: u8) -> Answer {
    let name = format!("invite of {seed}");
    let mut invitation = invitation(&name, Role::Freelancer);
    invitation.engagement = Some(Proposed {
        id: id(),
        rules: text::base64url(b"sealed rules"),
    });
    assert_eq!(invite(world, &key_of(CLIENT), &invitation).status, 201);
    redeem(world, &key_of(seed), &name, &token(&name))
}

fn engage(world: &World, seed: u8) {
    let joined = join(world, seed);
    let redeemed: quitus_core::protocol::Redeemed = joined.json();
    let rules = redeemed.engagement.map(|proposed| proposed.rules);
    assert_eq!(rules, Some(text::base64url(b"sealed rules")));
    does(world, seed, &Deed::Agree { version: 1 });
    let member = fingerprint(seed);
    does(world, CLIENT, &Deed::Confirm { member });
}

/// A closed relay with a client and one engaged member, under a policy.
fn engaged_under(change: impl FnOnce(&mut Policy)) -> World {
    let world = World::closed();
    world.enrol(&key_of(CLIENT), Role::Client);
    let mut opening = opening(&world);
    change(&mut opening.policy);
    assert_eq!(open(&world, CLIENT, &opening).status, 201);
    engage(&world, MEMBER);
    world
}

fn engaged() -> World {
    engaged_under(|_| {})
}

/// A transfer of the engagement from one party to others.
fn within(from: u8, to: &[u8], archive_bytes: u64) -> Sender {
    let mut sender = Sender::new(archive_bytes);
    sender.key = key_of(from);
    sender.recipients = to.iter().map(|seed| fingerprint(*seed)).collect();
    sender.engagement = Some(id());
    sender.downloads = 10;
    sender
}

fn claims(world: &World, seed: u8, sender: &Sender, grant_key: u8) -> Answer {
    claim_signed(world, &key_of(seed), (&sender.id, &sender.claim), grant_key)
}

fn activity(world: &World, seed: u8) -> EngagementActivity {
    let line = format!("GET {}", route::engagement_activity(&id(), 0));
    signed_by(world, &key_of(seed), &line, b"").json()
}

#[test]
fn nothing_is_claimed_before_both_have_signed() {
    let world = World::closed();
    world.enrol(&key_of(CLIENT), Role::Client);
    assert_eq!(open(&world, CLIENT, &opening(&world)).status, 201);
    assert_eq!(join(&world, MEMBER).status, 200);
    let sender = within(CLIENT, &[MEMBER], 10);
    sender.send(&world);
    let refused = |name, code| {
        check(name, &claims(&world, MEMBER, &sender, 1), 403, code);
        let line = format!("GET {}", route::envelope(&sender.id));
        let envelope = signed_by(&world, &key_of(MEMBER), &line, b"");
        check(name, &envelope, 403, code);
        let own = within(MEMBER, &[CLIENT], 10).create(&world);
        check(name, &own, 403, code);
    };
    refused("joined", Code::NotEngaged);
    does(&world, MEMBER, &Deed::Agree { version: 1 });
    refused("agreed", Code::NotEngaged);
    let member = fingerprint(MEMBER);
    let confirm = Deed::Confirm { member };
    check(
        "itself",
        &act(&world, MEMBER, &confirm),
        403,
        Code::Forbidden,
    );
    let status = does(&world, CLIENT, &confirm);
    assert_eq!(status.state, State::Active);
    assert_eq!(status.members[0].standing, Standing::Engaged);
    assert_eq!(claims(&world, MEMBER, &sender, 1).status, 200);
    let inbox = format!("GET {}", route::INBOX);
    let inbox: Inbox = signed_by(&world, &key_of(MEMBER), &inbox, b"").json();
    assert_eq!(inbox.transfers[0].engagement, Some(id()));
    let whats: Vec<Happening> = activity(&world, CLIENT)
        .log
        .iter()
        .map(|line| line.access.what)
        .collect();
    for what in [
        Happening::Joined,
        Happening::Barred,
        Happening::Agreed,
        Happening::Engaged,
        Happening::Claimed,
    ] {
        assert!(whats.contains(&what), "{what:?} in {whats:?}");
    }
}

#[test]
fn only_parties_send_claim_look_and_are_named() {
    let world = engaged();
    world.enrol(&key_of(STRANGER), Role::Client);
    let to_stranger = within(CLIENT, &[MEMBER, STRANGER], 10);
    check("named", &to_stranger.create(&world), 403, Code::Forbidden);
    let bearer = within(CLIENT, &[], 10);
    check("bearer", &bearer.create(&world), 403, Code::Forbidden);
    let by_stranger = within(STRANGER, &[MEMBER], 10);
    check("sends", &by_stranger.create(&world), 404, Code::Gone);
    let sender = within(CLIENT, &[MEMBER], 10);
    sender.send(&world);
    check(
        "claims",
        &claims(&world, STRANGER, &sender, 3),
        404,
        Code::Gone,
    );
    let unknown = EngagementId::from_bytes([9; 16]);
    for path in [
        route::engagement(&id()),
        route::engagement(&unknown),
        route::engaged_after(&id(), None),
        route::engagement_activity(&id(), 0),
    ] {
        let answer = signed_by(&world, &key_of(STRANGER), &format!("GET {path}"), b"");
        check(&path, &answer, 404, Code::Gone);
    }
    check(
        "acts",
        &act(&world, STRANGER, &Deed::Freeze {}),
        404,
        Code::Gone,
    );
    check(
        "opens",
        &open(&world, MEMBER, &opening(&world)),
        403,
        Code::Forbidden,
    );
    check(
        "takes",
        &open(&world, STRANGER, &opening(&world)),
        409,
        Code::Conflict,
    );
    let recipients = serde_json::json!({
        "recipients": [fingerprint(STRANGER)],
        "terms": text::base64url(b"other terms"),
    });
    let line = format!("POST {}", route::recipients(&sender.id));
    let relisted = sender.signed(&world, &line, recipients.to_string().as_bytes());
    check("relists", &relisted, 403, Code::Forbidden);
}

#[test]
fn a_member_sees_itself_and_what_it_has_to_do_with() {
    let world = engaged();
    engage(&world, OTHER);
    within(CLIENT, &[MEMBER, OTHER], 10).send(&world);
    within(CLIENT, &[OTHER], 10).send(&world);
    within(MEMBER, &[CLIENT], 10).send(&world);
    let get = |seed: u8, path: String| {
        let answer = signed_by(&world, &key_of(seed), &format!("GET {path}"), b"");
        assert_eq!(answer.status, 200, "{path}");
        answer
    };
    let transfers =
        |seed| -> EngagedTransfers { get(seed, route::engaged_after(&id(), None)).json() };
    assert_eq!(transfers(CLIENT).transfers.len(), 3);
    let of_member = transfers(MEMBER).transfers;
    assert_eq!(of_member.len(), 2);
    for transfer in &of_member {
        let others = transfer.status.recipients.iter();
        assert!(
            others
                .clone()
                .all(|one| one.recipient != fingerprint(OTHER))
        );
    }
    let status = |seed| -> EngagementStatus { get(seed, route::engagement(&id())).json() };
    assert_eq!(status(CLIENT).members.len(), 2);
    let own = status(MEMBER).members;
    assert_eq!((own.len(), &own[0].key), (1, &fingerprint(MEMBER)));
    let list: Engagements = get(OTHER, route::engagements_after(None)).json();
    assert_eq!(list.engagements[0].id, id());
    let lines = activity(&world, MEMBER).log;
    assert!(!lines.is_empty());
    let is_own = |who: &Option<Fingerprint>| *who == Some(fingerprint(MEMBER));
    assert!(
        lines
            .iter()
            .all(|line| is_own(&line.access.who) || is_own(&line.member))
    );
    let behind = route::engagement_activity(&id(), lines[0].number);
    let rest: EngagementActivity = get(MEMBER, behind).json();
    assert_eq!(rest.log.len(), lines.len() - 1);
}

#[test]
fn addresses_and_sizes_are_held_to_the_rules() {
    let world = engaged_under(|policy| {
        policy.networks = vec!["203.0.113.0/24".parse().unwrap()];
        policy.transfer_bytes_max = Some(TWO_PARTS);
    });
    let sender = within(CLIENT, &[MEMBER], 10);
    sender.send(&world);
    let too_large = within(CLIENT, &[MEMBER], TWO_PARTS + 1).create(&world);
    check("size", &too_large, 422, Code::Bounds);
    let from = |address: &str, line: &str, authorization: &str, body: Option<&[u8]>| {
        let headers = [
            ("authorization", authorization),
            ("content-type", "application/json"),
            ("x-forwarded-for", address),
        ];
        world.ask(line, &headers, body)
    };
    let claim = |address: &str, grant_key: u8| {
        let body = serde_json::json!({
            "claim": text::base64url(&sender.claim),
            "grantKey": text::base64url(&[grant_key; 32]),
        });
        let (line, body) = (
            format!("POST {}", route::claim(&sender.id)),
            body.to_string(),
        );
        let signed = authorization(&world, &key_of(MEMBER), &line, body.as_bytes());
        from(address, &line, &signed, Some(body.as_bytes()))
    };
    check("claim", &claim("198.51.100.1", 1), 403, Code::Address);
    assert_eq!(claim("203.0.113.7", 1).status, 200);
    let get = |address: &str| {
        let line = format!("GET {}", route::part(&sender.id, PartIndex(0)));
        from(address, &line, &bearer(&[1; 32]), None)
    };
    check("a stolen grant", &get("198.51.100.1"), 403, Code::Address);
    assert_eq!(get("203.0.113.8").status, 200);
    let create = |address: &str| {
        let own = within(MEMBER, &[CLIENT], 10);
        let body = serde_json::to_vec(&own.request()).unwrap();
        let line = format!("POST {}", route::TRANSFERS);
        let signed = authorization(&world, &own.key, &line, &body);
        from(address, &line, &signed, Some(&body))
    };
    check("send", &create("198.51.100.1"), 403, Code::Address);
    assert_eq!(create("203.0.113.7").status, 201);
}

#[test]
fn thirty_days_without_use_and_the_end_date_bar_and_the_owner_admits() {
    let world = engaged();
    let sender = |to| {
        let sender = within(CLIENT, &[to], 10);
        sender.send(&world);
        sender
    };
    world.pass(29 * DAY);
    assert_eq!(claims(&world, MEMBER, &sender(MEMBER), 1).status, 200);
    world.pass(30 * DAY);
    let late = sender(MEMBER);
    check(
        "idle",
        &claims(&world, MEMBER, &late, 1),
        403,
        Code::Deactivated,
    );
    let member = fingerprint(MEMBER);
    let admitted = does(&world, CLIENT, &Deed::Admit { member });
    assert_eq!(admitted.members[0].used_at, world.now());
    assert_eq!(claims(&world, MEMBER, &late, 2).status, 200);
    world.pass(41 * DAY - 100);
    let last = sender(MEMBER);
    let status = last.status(&world);
    assert_eq!(
        status.expires_at, admitted.policy.ends_at,
        "no longer than the engagement"
    );
    world.pass(200);
    world.tick();
    check("over", &claims(&world, MEMBER, &late, 2), 404, Code::Gone);
    let own = within(MEMBER, &[CLIENT], 10).create(&world);
    check("send", &own, 403, Code::Ended);
    check(
        "freeze",
        &act(&world, MEMBER, &Deed::Freeze {}),
        403,
        Code::Ended,
    );
    let whats = activity(&world, CLIENT).log;
    assert!(
        whats
            .iter()
            .any(|line| line.access.what == Happening::Closed)
    );
}

#[test]
fn no_extension_outlives_the_engagement_unless_it_returns_something() {
    let world = engaged_under(|policy| {
        policy.ends_at = Timestamp::from_unix(policy.ends_at.seconds() - 90 * DAY, 0);
    });
    let ends_at = world.now().after(Duration::from_hours(10 * 24));
    let later = ends_at.after(Duration::from_secs(1));
    let (sender, own) = (within(CLIENT, &[MEMBER], 10), within(MEMBER, &[CLIENT], 10));
    sender.send(&world);
    own.send(&world);
    check(
        "later",
        &extend(&world, &sender, later, b"terms"),
        422,
        Code::Bounds,
    );
    assert_eq!(extend(&world, &sender, ends_at, b"terms").status, 204);
    assert_eq!(extend(&world, &own, later, b"terms").status, 204);
}

fn begin(world: &World, head: &str, first: &[u8]) -> TcpStream {
    let mut stream = connect(world.address());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(first).unwrap();
    stream
}

/// A download that has begun and does not read on.
fn downloading(world: &World, sender: &Sender, grant_key: u8) -> TcpStream {
    let path = route::part(&sender.id, PartIndex(0));
    let key = bearer(&[grant_key; 32]);
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\n\r\n");
    let mut stream = begin(world, &head, b"");
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 64 * 1024).unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    stream
}

/// An upload that has begun and does not go on.
fn uploading(world: &World, own: &Sender) -> TcpStream {
    let part = own.part(0);
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n{DIGEST_HEADER}: {}\r\n\
         content-length: {}\r\n\r\n",
        route::part(&own.id, PartIndex(0)),
        bearer(&own.token),
        Blake3::of(&part),
        part.len(),
    );
    let stream = begin(world, &head, &part[..1_000_000]);
    // Until the relay has begun to read it.
    std::thread::park_timeout(Duration::from_millis(300));
    stream
}

fn is_cut_within_a_second(mut stream: TcpStream) {
    let began = Instant::now();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert!(rest.len() < 8 * 1024 * 1024, "{} bytes", rest.len());
}

#[test]
fn a_freeze_cuts_downloads_and_uploads_at_once_and_a_thaw_lets_them_go_on() {
    for freezer in [CLIENT, MEMBER] {
        let world = engaged();
        let (sender, own) = (
            within(CLIENT, &[MEMBER], TWO_PARTS),
            within(MEMBER, &[CLIENT], TWO_PARTS),
        );
        sender.send(&world);
        assert_eq!(own.create(&world).status, 201);
        assert_eq!(claims(&world, MEMBER, &sender, 1).status, 200);
        let (down, up) = (downloading(&world, &sender, 1), uploading(&world, &own));
        let frozen = does(&world, freezer, &Deed::Freeze {});
        assert_eq!(
            (frozen.state, frozen.frozen_by),
            (State::Frozen, Some(fingerprint(freezer)))
        );
        is_cut_within_a_second(down);
        is_cut_within_a_second(up);
        let part = own.part(0);
        for (name, answer) in [
            ("claim", claims(&world, MEMBER, &sender, 1)),
            ("new claim", claims(&world, MEMBER, &sender, 2)),
            ("the owner's", claims(&world, CLIENT, &sender, 3)),
            (
                "part",
                super::world::get(&world, &route::part(&sender.id, PartIndex(0)), 1),
            ),
            ("put", own.put_part(&world, 0, &part)),
            ("create", within(CLIENT, &[MEMBER], 10).create(&world)),
        ] {
            check(name, &answer, 403, Code::Suspended);
        }
        if freezer == CLIENT {
            let refused = act(&world, MEMBER, &Deed::Thaw {});
            check("thaw", &refused, 403, Code::Forbidden);
        }
        assert_eq!(does(&world, freezer, &Deed::Thaw {}).state, State::Active);
        assert_eq!(own.put_part(&world, 0, &part).status, 204);
        assert_eq!(claims(&world, MEMBER, &sender, 1).status, 200);
    }
}

#[test]
fn a_member_who_is_cut_loses_what_runs_and_nobody_else_does() {
    let world = engaged();
    engage(&world, OTHER);
    let sender = within(CLIENT, &[MEMBER, OTHER], TWO_PARTS);
    sender.send(&world);
    assert_eq!(claims(&world, MEMBER, &sender, 1).status, 200);
    assert_eq!(claims(&world, OTHER, &sender, 2).status, 200);
    let down = downloading(&world, &sender, 1);
    let member = fingerprint(MEMBER);
    let cut = does(
        &world,
        CLIENT,
        &Deed::Cut {
            member: member.clone(),
        },
    );
    assert!(
        cut.members
            .iter()
            .any(|one| one.key == member && one.is_cut)
    );
    is_cut_within_a_second(down);
    let part = route::part(&sender.id, PartIndex(0));
    check(
        "part",
        &super::world::get(&world, &part, 1),
        404,
        Code::Gone,
    );
    check(
        "claim",
        &claims(&world, MEMBER, &sender, 3),
        403,
        Code::Deactivated,
    );
    assert_eq!(super::world::get(&world, &part, 2).status, 200);
    does(&world, CLIENT, &Deed::Admit { member });
    assert_eq!(claims(&world, MEMBER, &sender, 4).status, 200);
}

#[test]
fn a_client_that_hangs_up_has_cut_what_it_meant_to() {
    let world = engaged();
    let sender = within(CLIENT, &[MEMBER], TWO_PARTS);
    sender.send(&world);
    assert_eq!(claims(&world, MEMBER, &sender, 1).status, 200);
    let down = downloading(&world, &sender, 1);
    let member = fingerprint(MEMBER);
    world.act_and_hang_up(&key_of(CLIENT), id(), Deed::Cut { member });
    let line = format!("GET {}", route::engagement(&id()));
    let is_done = || {
        let status: EngagementStatus = signed_by(&world, &key_of(CLIENT), &line, b"").json();
        status.members[0].is_cut
    };
    while !is_done() {}
    // Until what is done has been followed by the cut; nothing was read meanwhile.
    std::thread::park_timeout(Duration::from_millis(300));
    is_cut_within_a_second(down);
}

#[test]
fn an_end_revokes_what_anybody_sent_and_is_for_good() {
    let world = engaged();
    let (sender, own) = (
        within(CLIENT, &[MEMBER], TWO_PARTS),
        within(MEMBER, &[CLIENT], 10),
    );
    sender.send(&world);
    own.send(&world);
    assert_eq!(claims(&world, MEMBER, &sender, 1).status, 200);
    let down = downloading(&world, &sender, 1);
    check(
        "by a member",
        &act(&world, MEMBER, &Deed::End {}),
        403,
        Code::Forbidden,
    );
    for _ in 0..2 {
        assert_eq!(does(&world, CLIENT, &Deed::End {}).state, State::Ended);
    }
    is_cut_within_a_second(down);
    world.sweep();
    for transfer in [&sender, &own] {
        let status = transfer.status(&world);
        assert_eq!(status.phase, StatusPhase::Destroyed);
        assert_eq!(status.ending, Some(Ending::Revoked));
    }
    check(
        "claim",
        &claims(&world, MEMBER, &sender, 1),
        404,
        Code::Gone,
    );
    let more = within(CLIENT, &[MEMBER], 10).create(&world);
    check("send", &more, 403, Code::Ended);
    let policy = opening(&world).policy;
    let rules = text::base64url(b"other rules");
    let propose = Deed::Propose { policy, rules };
    check("prolong", &act(&world, CLIENT, &propose), 403, Code::Ended);
}

#[test]
fn the_end_date_cuts_what_runs_within_a_tick() {
    let world = engaged();
    world.pass(29 * DAY);
    does(
        &world,
        CLIENT,
        &Deed::Admit {
            member: fingerprint(MEMBER),
        },
    );
    world.pass(29 * DAY);
    does(
        &world,
        CLIENT,
        &Deed::Admit {
            member: fingerprint(MEMBER),
        },
    );
    world.pass(29 * DAY);
    does(
        &world,
        CLIENT,
        &Deed::Admit {
            member: fingerprint(MEMBER),
        },
    );
    world.pass(13 * DAY - 100);
    let sender = within(CLIENT, &[MEMBER], TWO_PARTS);
    sender.send(&world);
    assert_eq!(claims(&world, MEMBER, &sender, 1).status, 200);
    let down = downloading(&world, &sender, 1);
    world.pass(100);
    world.tick();
    is_cut_within_a_second(down);
    let part = route::part(&sender.id, PartIndex(0));
    check(
        "part",
        &super::world::get(&world, &part, 1),
        404,
        Code::Gone,
    );
}

#[test]
fn other_rules_come_into_force_once_both_have_agreed() {
    let world = engaged();
    let mut policy = opening(&world).policy;
    policy.ends_at = policy.ends_at.after(Duration::from_hours(24));
    let rules = b"longer, and sealed";
    let digest = Sha256::of(&[rules]);
    let propose = Deed::Propose {
        policy: policy.clone(),
        rules: text::base64url(rules),
    };
    let proposed = does(&world, MEMBER, &propose);
    assert_eq!(proposed.version, 1);
    let line = format!("GET {}", route::engagement(&id()));
    let status: EngagementStatus = signed_by(&world, &key_of(CLIENT), &line, b"").json();
    let proposal = status.proposal.unwrap();
    assert_eq!(
        (proposal.digest, proposal.rules),
        (digest, text::base64url(rules))
    );
    let other = Deed::Accept {
        digest: Sha256::of(&[b"swapped"]),
    };
    check("swapped", &act(&world, CLIENT, &other), 409, Code::Conflict);
    let accepted = does(&world, CLIENT, &Deed::Accept { digest });
    assert_eq!((accepted.version, accepted.policy), (2, policy));
    assert_eq!(accepted.members[0].version, 2);
    let mut past = opening(&world).policy;
    past.ends_at = world.now();
    let rules = text::base64url(b"past");
    let propose = Deed::Propose {
        policy: past,
        rules,
    };
    check("past", &act(&world, CLIENT, &propose), 400, Code::Malformed);
}
