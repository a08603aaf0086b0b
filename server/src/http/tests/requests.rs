//! Requests that do not fit, requests that come twice, and routes.

use quitus_core::parts::PartIndex;
use quitus_core::protocol::{DIGEST_HEADER, RefusalCode as Code, route};

use super::client::Answer;
use super::refusals::check;
use super::world::{Sender, World, bearer};

/// A signed request sent as often as wanted.
struct Request {
    line: String,
    body: Vec<u8>,
    authorization: String,
}

impl Request {
    fn new(world: &World, sender: &Sender, line: String, body: &[u8]) -> Self {
        let authorization = sender.authorization(world, &line, body);
        let body = body.to_vec();
        Self {
            line,
            body,
            authorization,
        }
    }

    fn send(&self, world: &World) -> Answer {
        Sender::send_signed(world, &self.line, &self.body, &self.authorization)
    }

    fn is_refused(&self, world: &World) {
        check(&self.line, &self.send(world), 401, Code::Unauthorized);
    }
}

fn create(world: &World, sender: &Sender) -> Request {
    let body = serde_json::to_vec(&sender.request()).unwrap();
    Request::new(world, sender, format!("POST {}", route::TRANSFERS), &body)
}

#[test]
fn a_signed_request_counts_once_as_it_was_signed_and_at_its_time() {
    let (mut world, sender) = (World::new(), Sender::new(10));
    let request = create(&world, &sender);
    let mut other = create(&world, &sender);
    other.body.push(b' ');
    other.is_refused(&world);
    assert_eq!(request.send(&world).status, 201);
    request.is_refused(&world);
    world.restart();
    request.is_refused(&world);
    let late = create(&world, &sender);
    world.pass(301);
    late.is_refused(&world);
    for authorization in ["", "Quitus", "Bearer AAAA", "Basic YTpi"] {
        let mut other = create(&world, &sender);
        other.authorization = authorization.to_owned();
        other.is_refused(&world);
    }
}

#[test]
fn every_signed_route_refuses_a_second_time_even_what_it_refused() {
    let (world, sender) = (World::new(), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    let path = route::transfer(&sender.id);
    let completion = serde_json::to_vec(&sender.completion()).unwrap();
    for (line, body, status) in [
        (format!("GET {path}"), b"".as_slice(), 200),
        (format!("PUT {path}/manifest"), b"not sealed", 422),
        (format!("PUT {path}/manifest"), Sender::manifest(), 204),
        (format!("POST {path}/complete"), &completion, 409),
    ] {
        let request = Request::new(&world, &sender, line, body);
        assert_eq!(request.send(&world).status, status, "{}", request.line);
        request.is_refused(&world);
    }
    let mut bounds = sender.request();
    bounds.downloads = 0;
    let body = serde_json::to_vec(&bounds).unwrap();
    let request = Request::new(&world, &sender, format!("POST {}", route::TRANSFERS), &body);
    assert_eq!(request.send(&world).status, 422);
    request.is_refused(&world);
}

/// Sends a request of a recipient.
fn ask(world: &World, line: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
    let key = bearer(&[1; 32]);
    let mut all = vec![("authorization", key.as_str())];
    all.extend_from_slice(headers);
    world.ask(line, &all, body)
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn bodies_that_do_not_fit_are_refused() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    let post = format!("POST {}", route::claim(&sender.id));
    let zipped = [JSON, ("content-encoding", "gzip")];
    let long = vec![b' '; 256 * 1024 + 1];
    for (what, headers, body, status, code) in [
        (
            "type",
            [].as_slice(),
            Some(b"{}".as_slice()),
            415,
            Code::MediaType,
        ),
        ("encoding", &zipped, Some(b"{}"), 415, Code::MediaType),
        ("length", &[JSON], None, 411, Code::LengthRequired),
        ("long", &[JSON], Some(&long), 413, Code::TooLarge),
    ] {
        check(what, &ask(&world, &post, headers, body), status, code);
    }
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"claim":1}"#,
        "\u{feff}{}",
        &"[".repeat(1000),
    ] {
        let answer = ask(&world, &post, &[JSON], Some(body.as_bytes()));
        check(body, &answer, 400, Code::Malformed);
    }
    let deep = format!(r#"{{"claim":{}1{}}}"#, "[".repeat(64), "]".repeat(64));
    let twice = br#"{"claim":"AA","claim":"AA"}"#;
    for body in [deep.as_bytes(), twice, b"{\"claim\":\"\xff\"}", b"\xc3\x28"] {
        let answer = ask(&world, &post, &[JSON], Some(body));
        check("json", &answer, 400, Code::Malformed);
    }
    let put = format!("PUT {}", route::part(&sender.id, PartIndex(0)));
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        (DIGEST_HEADER, "00"),
    ];
    check(
        "form",
        &ask(&world, &put, &form, Some(b"x")),
        415,
        Code::MediaType,
    );
}

#[test]
fn credentials_stand_in_one_header_and_nowhere_else() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    let key = bearer(&[1; 32]);
    let post = format!("POST {}", route::claim(&sender.id));
    let two = [("authorization", key.as_str()), JSON];
    let twice = ask(&world, &post, &two, Some(b"{}"));
    check("two", &twice, 401, Code::Unauthorized);
    check(
        "none",
        &world.ask(&post, &[JSON], Some(b"{}")),
        401,
        Code::Unauthorized,
    );
    let get = format!("GET {}", route::part(&sender.id, PartIndex(0)));
    check("none", &world.ask(&get, &[], None), 401, Code::Unauthorized);
    let query = ask(&world, &format!("{get}?token=x"), &[], None);
    check("query", &query, 400, Code::Malformed);
}

#[test]
fn paths_and_methods_without_a_route_are_refused() {
    let (world, sender) = (World::new(), Sender::new(10));
    for path in [
        "/",
        "/v2",
        "/v1/",
        "/v1/transfers/",
        "/v1/transfers/a/b",
        "/../etc/passwd",
    ] {
        check(
            path,
            &ask(&world, &format!("GET {path}"), &[], None),
            404,
            Code::NoRoute,
        );
    }
    for (line, allow) in [
        (format!("DELETE {}", route::claim(&sender.id)), "POST"),
        (
            format!("PATCH {}", route::part(&sender.id, PartIndex(0))),
            "PUT,GET,HEAD",
        ),
        (format!("PUT {}", route::TRANSFERS), "POST,GET,HEAD"),
    ] {
        let answer = ask(&world, &line, &[], None);
        check(&line, &answer, 405, Code::Method);
        assert_eq!(answer.header("allow"), Some(allow));
    }
}

#[test]
fn a_panic_is_an_answer_that_tells_nothing() {
    let world = World::new();
    for _ in 0..2 {
        let answer = world.ask("GET /panic", &[], None);
        check("panic", &answer, 500, Code::Internal);
        assert!(!answer.without_date().contains("secret"));
    }
    assert_eq!(world.ask("GET /healthz", &[], None).status, 204);
}

#[test]
fn every_documented_route_is_the_protocols() {
    let document: serde_json::Value =
        serde_json::from_str(crate::http::openapi_document()).unwrap();
    let mut routes: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            routes.push(format!("{method} {path}"));
        }
    }
    routes.sort();
    let id = quitus_core::transfer::TransferId::from_bytes([0; 16]);
    let named = |path: String| path.replace(&id.to_string(), "{id}");
    let part = named(route::part(&id, PartIndex(0)));
    let part = format!("{}/{{index}}", part.trim_end_matches("/0"));
    let mut expected = vec![
        "get /healthz".to_owned(),
        "get /readyz".to_owned(),
        "get /v1".to_owned(),
        "get /v1/openapi.json".to_owned(),
        format!("post {}", route::TRANSFERS),
        format!("get {}", route::TRANSFERS),
        format!("post {}", named(route::extend(&id))),
        format!("post {}", named(route::revoke(&id))),
        format!("get {}", named(route::activity(&id))),
        format!("get {}", named(route::receipt(&id))),
        format!("get {}", named(route::transfer(&id))),
        format!("put {part}"),
        format!("get {part}"),
        format!("put {}", named(route::manifest(&id))),
        format!("get {}", named(route::manifest(&id))),
        format!("post {}", named(route::complete(&id))),
        format!("post {}", named(route::claim(&id))),
        format!("post {}", named(route::done(&id))),
        format!("get {}", route::INBOX),
        format!("get {}", named(route::envelope(&id))),
        format!("post {}", named(route::recipients(&id))),
        format!("post {}", route::INVITES),
        format!("get {}", route::INVITES),
        format!("post {}/{{id}}/redeem", route::INVITES),
        format!("post {}", route::ENGAGEMENTS),
        format!("get {}", route::ENGAGEMENTS),
        format!("get {}/{{id}}", route::ENGAGEMENTS),
        format!("post {}/{{id}}/deeds", route::ENGAGEMENTS),
        format!("get {}/{{id}}/transfers", route::ENGAGEMENTS),
        format!("get {}/{{id}}/activity", route::ENGAGEMENTS),
        format!("post {}", route::STATEMENTS),
        format!("get {}", route::STATEMENTS),
        format!("get {}", route::CHECKPOINT),
        "get /log/tile/{*path}".to_owned(),
        format!("post {}", route::COSIGNATURES),
        format!("get {}", route::COSIGNED),
    ];
    expected.sort();
    assert_eq!(routes, expected);
}
