//! Every refusal: its status, its code, and that it says no more than it should.

use quitus_core::digest::Blake3;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{RefusalCode as Code, route};
use quitus_core::text;

use super::client::Answer;
use super::world::{HEADER, Sender, World, claim, done, get};

pub(super) fn check(what: &str, answer: &Answer, status: u16, code: Code) {
    assert_eq!(
        (answer.status, answer.code()),
        (status, code),
        "{what}: {answer:?}"
    );
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{what}");
    }
    assert_eq!(answer.header("server"), None, "{what}");
    assert_eq!(
        answer.header("www-authenticate").is_some(),
        status == 401,
        "{what}"
    );
}

/// A create request with one thing changed.
fn create_with(world: &World, field: &str, value: &str) -> Answer {
    let sender = Sender::new(10);
    let request = serde_json::to_value(sender.request()).unwrap();
    let mut fields: serde_json::Map<String, serde_json::Value> =
        request.as_object().unwrap().clone();
    fields.remove(field);
    let mut body = serde_json::to_string(&fields).unwrap();
    body.pop();
    body = format!(r#"{body},"{field}":{value}}}"#);
    sender.signed(world, "POST /v1/transfers", body.as_bytes())
}

#[test]
fn a_transfer_is_opened_within_its_bounds_only() {
    let world = World::new();
    let text = |bytes: &[u8]| format!("{:?}", text::base64url(bytes));
    let without_nonce = &HEADER[..HEADER.len() - 1];
    for (field, value, status, code) in [
        ("downloads", "0", 422, Code::Bounds),
        ("downloads", "1001", 422, Code::Bounds),
        ("downloads", "1e9", 400, Code::Malformed),
        ("downloads", "-1", 400, Code::Malformed),
        ("expirySeconds", "0", 422, Code::Bounds),
        ("expirySeconds", "7776001", 422, Code::Bounds),
        (
            "expirySeconds",
            "18446744073709551616",
            400,
            Code::Malformed,
        ),
        ("archiveBytes", "17592186044417", 422, Code::Bounds),
        ("archiveBytes", "NaN", 400, Code::Malformed),
        ("header", &text(b""), 422, Code::WrongHeader),
        (
            "header",
            &text(b"PK\x03\x04 something not sealed"),
            422,
            Code::WrongHeader,
        ),
        ("header", &text(without_nonce), 422, Code::WrongHeader),
        ("header", "\"=\"", 400, Code::Malformed),
        ("share", &text(&[9; 31]), 400, Code::Malformed),
        ("claimDigest", "\"00\"", 400, Code::Malformed),
        (
            "id",
            "\"../../../../etc/passwd__________\"",
            400,
            Code::Malformed,
        ),
        ("owner", "\"me\"", 400, Code::Malformed),
        ("downloads", "1,\"downloads\":1", 400, Code::Malformed),
    ] {
        check(field, &create_with(&world, field, value), status, code);
    }
    assert_eq!(create_with(&world, "downloads", "1000").status, 201);
}

#[test]
fn an_id_is_taken_by_its_first_content_and_owner() {
    let (world, mut sender) = (World::new(), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    sender.downloads = 2;
    check("content", &sender.create(&world), 409, Code::Conflict);
    let mut other = Sender::new(10);
    other.id = sender.id;
    other.key =
        quitus_core::keys::SigningKey::from_seed(&quitus_core::keys::Secret::from_bytes([8; 32]));
    sender.downloads = 1;
    check("owner", &other.create(&world), 409, Code::Conflict);
    assert_eq!(sender.create(&world).status, 201);
}

#[test]
fn parts_are_taken_of_the_right_length_and_digest_only() {
    let (world, sender) = (World::new(), Sender::new(100_000));
    assert_eq!(sender.create(&world).status, 201);
    let part = sender.part(0);
    let right = Blake3::of(&part).to_string();
    let put = |bytes: &[u8], digest: &str| sender.put_part_as(&world, 0, bytes, digest);
    check("short", &put(&part[1..], &right), 422, Code::WrongLength);
    check(
        "long",
        &put(&[part.as_slice(), b"x"].concat(), &right),
        422,
        Code::WrongLength,
    );
    check("empty", &put(b"", &right), 422, Code::WrongLength);
    check(
        "digest",
        &put(&part, &Blake3::of(b"").to_string()),
        422,
        Code::WrongDigest,
    );
    check("no digest", &put(&part, "00"), 400, Code::Malformed);
    check(
        "number",
        &sender.put_part(&world, 1, &part),
        422,
        Code::Bounds,
    );

    assert_eq!(put(&part, &right).status, 204);
    let other = vec![0; part.len()];
    check(
        "other",
        &sender.put_part(&world, 0, &other),
        409,
        Code::Conflict,
    );
    check("lie", &put(&other, &right), 422, Code::WrongDigest);
    assert_eq!(put(&part, &right).status, 204);
}

#[test]
fn an_upload_is_for_its_token_and_its_time() {
    let (world, mut sender) = (World::new(), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    let part = sender.part(0);
    sender.token = [0; 32];
    let wrong = sender.put_part(&world, 0, &part);
    check("token", &wrong, 404, Code::Gone);
    let unknown = Sender::new(10).put_part(&world, 0, &part);
    assert_eq!(unknown.without_date(), wrong.without_date());
    sender.token = [4; 32];
    assert_eq!(sender.put_part(&world, 0, &part).status, 204);
    check("missing", &sender.complete(&world), 409, Code::Incomplete);
    let sealed_not = sender.put_manifest(&world, b"{\"files\":[]}");
    check("manifest", &sealed_not, 422, Code::WrongHeader);
    assert_eq!(sender.put_manifest(&world, Sender::manifest()).status, 204);
    let other = [Sender::manifest(), b"x"].concat();
    check(
        "manifest",
        &sender.put_manifest(&world, &other),
        409,
        Code::Conflict,
    );

    let mut completion = sender.completion();
    completion.sealed_digest = quitus_core::digest::Sha256::of(&[b"other"]);
    let body = serde_json::to_vec(&completion).unwrap();
    let line = format!("POST {}", route::complete(&sender.id));
    check(
        "digest",
        &sender.signed(&world, &line, &body),
        409,
        Code::Incomplete,
    );
    assert_eq!(sender.complete(&world).status, 204);
    check(
        "late",
        &sender.put_part(&world, 0, &part),
        409,
        Code::Conflict,
    );
    check(
        "late",
        &sender.put_manifest(&world, Sender::manifest()),
        409,
        Code::Conflict,
    );
    let mut completion = sender.completion();
    completion.terms = text::base64url(b"other terms");
    let body = serde_json::to_vec(&completion).unwrap();
    check(
        "terms",
        &sender.signed(&world, &line, &body),
        409,
        Code::Conflict,
    );
}

#[test]
fn whoever_has_no_right_to_know_more_is_told_one_thing() {
    let world = World::new();
    let (unknown, uploading) = (Sender::new(10), Sender::new(10));
    let (live, used, expired) = (Sender::new(10), Sender::new(10), Sender::new(10));
    assert_eq!(uploading.create(&world).status, 201);
    expired.send(&world);
    world.pass(3600);
    world.tick();
    for sender in [&live, &used] {
        sender.send(&world);
    }
    assert_eq!(used.claimed(&world, 1).status, 200);
    assert_eq!(done(&world, &used.id, 1).status, 204);

    let refused = unknown.claimed(&world, 2);
    check("unknown", &refused, 404, Code::Gone);
    for other in [
        uploading.claimed(&world, 2),
        used.claimed(&world, 2),
        used.claimed(&world, 1),
        expired.claimed(&world, 2),
        claim(&world, &live.id, &[0; 32], 2),
        get(&world, &route::manifest(&live.id), 2),
        get(&world, &route::part(&live.id, PartIndex(0)), 2),
        get(&world, &route::part(&unknown.id, PartIndex(0)), 2),
        get(&world, &route::part(&used.id, PartIndex(0)), 1),
        done(&world, &live.id, 2),
        done(&world, &unknown.id, 2),
        get(&world, "/v1/transfers/%2e%2e/manifest", 2),
        get(&world, "/v1/transfers/00/parts/0", 2),
        get(
            &world,
            &format!("{}/parts/+0", route::transfer(&live.id)),
            2,
        ),
        get(
            &world,
            &format!("{}/parts/00", route::transfer(&live.id)),
            2,
        ),
        get(
            &world,
            &format!("{}/parts/%00", route::transfer(&live.id)),
            2,
        ),
        get(
            &world,
            &format!("{}/parts/%ff", route::transfer(&live.id)),
            2,
        ),
    ] {
        assert_eq!(other.without_date(), refused.without_date());
    }
    assert_eq!(live.claimed(&world, 1).status, 200);
}

#[test]
fn a_stranger_learns_nothing_of_a_transfer() {
    let (world, sender, mut stranger) = (World::new(), Sender::new(10), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    stranger.key =
        quitus_core::keys::SigningKey::from_seed(&quitus_core::keys::Secret::from_bytes([8; 32]));
    let ask = |stranger: &Sender| {
        let path = route::transfer(&stranger.id);
        let complete = serde_json::to_vec(&stranger.completion()).unwrap();
        [
            stranger.signed(&world, &format!("GET {path}"), b""),
            stranger.signed(&world, &format!("POST {path}/complete"), &complete),
            stranger.signed(&world, &format!("PUT {path}/manifest"), Sender::manifest()),
        ]
    };
    let of_unknown = ask(&stranger);
    stranger.id = sender.id;
    for (unknown, known) in of_unknown.iter().zip(ask(&stranger)) {
        check("stranger", unknown, 404, Code::Gone);
        assert_eq!(unknown.without_date(), known.without_date());
    }
}
