//! Signed requests that somebody recorded: sent again, elsewhere, later, under another key.

use quitus_core::origin::Origin;
use quitus_core::protocol::{RefusalCode as Code, RequestLine, route, sign_request};
use serde_json::Value;

use super::refusals::check;
use super::world::{Sender, World, authorization, key_of, origin};

/// Every route that is signed, by method and path, with an id in it.
fn signed_routes() -> Vec<String> {
    let document: Value = serde_json::from_str(crate::http::openapi_document()).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"].to_string().contains("signed") {
                let path = path.replace("{id}", &"ab".repeat(16));
                routes.push(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    routes
}

/// What a route is asked with; nothing of it is looked at before the signature.
fn body_of(line: &str) -> &'static [u8] {
    if line.starts_with("GET") || line.ends_with("/revoke") {
        b""
    } else {
        b"{}"
    }
}

#[test]
fn a_recorded_request_counts_once_and_as_it_was_signed_on_every_signed_route() {
    let (world, key) = (World::new(), key_of(40));
    let routes = signed_routes();
    assert!(routes.len() > 15, "{routes:?}");
    for line in &routes {
        let body = body_of(line);
        let sent = |line: &str, body: &[u8], authorization: &str| {
            Sender::send_signed(&world, line, body, authorization)
        };
        let recorded = authorization(&world, &key, line, body);
        assert_ne!(sent(line, body, &recorded).status, 401, "{line}");
        check(line, &sent(line, body, &recorded), 401, Code::Unauthorized);
        for other in routes.iter().filter(|other| *other != line) {
            let unused = authorization(&world, &key, line, body);
            let retargeted = sent(other, body_of(other), &unused);
            check(other, &retargeted, 401, Code::Unauthorized);
        }
        if !line.starts_with("GET") && !line.ends_with("/revoke") {
            let unused = authorization(&world, &key, line, body);
            check(line, &sent(line, b"{ }", &unused), 401, Code::Unauthorized);
        }
    }
}

#[test]
fn a_request_for_another_relay_or_another_time_or_under_another_name_is_refused() {
    let (world, key) = (World::new(), key_of(40));
    let (here, there): (Origin, Origin) = (origin(), "https://other.example".parse().unwrap());
    let other_key = key_of(41);
    let request = |origin, seconds: i64, key| {
        let line = RequestLine {
            method: "GET",
            origin,
            path: route::TRANSFERS,
            body: b"",
        };
        let time = world.now();
        let time = quitus_core::time::Timestamp::from_unix(time.seconds() + seconds, 0);
        sign_request(
            &line,
            key,
            time,
            [u8::try_from(seconds.rem_euclid(251)).unwrap(); 16],
        )
    };
    let line = format!("GET {}", route::TRANSFERS);
    let answer = |authorization: &str| Sender::send_signed(&world, &line, b"", authorization);
    assert_eq!(answer(&request(&here, 0, &key)).status, 200);
    let (ours, mut others) = (request(&here, 1, &key), request(&here, 1, &other_key));
    // The words of one request with the signature of another key over its own.
    let at = others.find("signature=").unwrap();
    others.truncate(at);
    others.push_str(&ours[ours.find("signature=").unwrap()..]);
    others = others.replacen("time=", "time=2", 1);
    for refused in [
        request(&there, 2, &key),
        request(&here, 600, &key),
        request(&here, -600, &key),
        others,
    ] {
        check("recorded", &answer(&refused), 401, Code::Unauthorized);
    }
}

#[test]
fn a_request_signed_again_by_another_key_is_that_keys() {
    let (world, sender) = (World::new(), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    let line = format!("GET {}", route::transfer(&sender.id));
    let resigned = authorization(&world, &key_of(41), &line, b"");
    let answer = Sender::send_signed(&world, &line, b"", &resigned);
    check("of another", &answer, 404, Code::Gone);
}

#[test]
fn what_was_seen_before_a_restart_is_seen_after_it() {
    let (mut world, key) = (World::new(), key_of(40));
    let line = format!("GET {}", route::INBOX);
    let recorded = authorization(&world, &key, &line, b"");
    assert_eq!(
        Sender::send_signed(&world, &line, b"", &recorded).status,
        200
    );
    world.restart();
    let replayed = Sender::send_signed(&world, &line, b"", &recorded);
    check("replayed", &replayed, 401, Code::Unauthorized);
}

#[test]
fn a_token_in_an_address_is_refused_on_every_route() {
    let world = World::new();
    let document: Value = serde_json::from_str(crate::http::openapi_document()).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path
            .replace("{id}", &"ab".repeat(16))
            .replace("{index}", "0")
            .replace("{*path}", "0/000");
        for method in methods.as_object().unwrap().keys() {
            let token = "A".repeat(43);
            let line = format!("{} {path}?token={token}", method.to_uppercase());
            let answer = world.ask(&line, &[], (method != "get").then_some(b""));
            check(&line, &answer, 400, Code::Malformed);
            let told = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(
                ["header", "after=", "index=N", "from=N"]
                    .iter()
                    .any(|expected| told.contains(expected)),
                "{told}"
            );
            assert!(!told.contains(&token));
        }
    }
}
