//! Clients that are slow, many, greedy or curious.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use quitus_core::digest::Blake3;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{DIGEST_HEADER, MANIFEST_BYTES_MAX, RefusalCode as Code, route};

use super::client::{Answer, connect, parse, raw};
use super::refusals::check;
use super::world::{HEADER, RATE, Sender, World, bearer, get};
use crate::records::Quota;
use crate::relay::{Bounds, KeptFree};

/// Bytes of an archive that fills one part.
const ONE_PART: u64 = 8 * 1024 * 1024;

/// The head of a request that puts part 0, with more headers.
fn put_head(sender: &Sender, token: &[u8; 32], more: &str) -> String {
    let part = sender.part(0);
    format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n{DIGEST_HEADER}: {}\r\n\
         content-length: {}\r\n{more}\r\n",
        route::part(&sender.id, PartIndex(0)),
        bearer(token),
        Blake3::of(&part),
        part.len(),
    )
}

#[test]
fn a_body_that_drips_is_given_up() {
    let (world, sender) = (World::new(), Sender::new(100_000));
    assert_eq!(sender.create(&world).status, 201);
    let mut stream = connect(world.address());
    let pause = Some(Duration::from_millis(500));
    stream.set_read_timeout(pause).unwrap();
    stream
        .write_all(put_head(&sender, &sender.token, "").as_bytes())
        .unwrap();
    let (began, mut answer) = (Instant::now(), [0; 4096]);
    let n_bytes = loop {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "it may drip for ever"
        );
        // Two bytes a second, which is never a pause.
        let _ = stream.write_all(b"x");
        match stream.read(&mut answer) {
            Ok(n_bytes) => break n_bytes,
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
    };
    assert!(
        began.elapsed() > Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    check("drip", &parse(&answer[..n_bytes]), 408, Code::TooSlow);
    assert_eq!(sender.put_part(&world, 0, &sender.part(0)).status, 204);
}

/// Begins to download part 0, through a socket that takes little ahead.
fn download(world: &World, sender: &Sender) -> std::net::TcpStream {
    let mut stream = connect(world.address());
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 4096).unwrap();
    let path = route::part(&sender.id, PartIndex(0));
    let key = bearer(&[1; 32]);
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\n\r\n"
    )
    .unwrap();
    stream
}

#[test]
fn a_reader_that_stops_is_cut_off_and_one_that_is_slow_is_not() {
    let patience = Duration::from_secs(2);
    let (world, sender) = (World::patient_for(patience), Sender::new(ONE_PART));
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    let (mut stalled, mut slow) = (download(&world, &sender), download(&world, &sender));
    stalled.read_exact(&mut [0]).unwrap();
    let (began, mut bytes, mut n_bytes) = (Instant::now(), [0; 16 * 1024], 0);
    while began.elapsed() < 2 * patience {
        // About 50 KiB a second: it would take minutes, and may.
        n_bytes += slow.read(&mut bytes).unwrap();
        std::thread::park_timeout(Duration::from_millis(300));
    }
    assert!(n_bytes > 0);
    let mut rest = Vec::new();
    let _ = stalled.read_to_end(&mut rest);
    assert!(rest.len() < 4 * 1024 * 1024, "{}", rest.len());
    slow.read_exact(&mut bytes).unwrap();
    assert_eq!(
        get(&world, &route::part(&sender.id, PartIndex(0)), 1).status,
        200
    );
}

#[test]
fn a_connection_on_which_nothing_moves_is_closed_whatever_it_speaks() {
    let patience = Duration::from_secs(1);
    let (world, sender) = (World::patient_for(patience), Sender::new(100_000));
    assert_eq!(sender.create(&world).status, 201);
    let mut stream = connect(world.address());
    stream
        .write_all(put_head(&sender, &sender.token, "").as_bytes())
        .unwrap();
    let began = Instant::now();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty() && began.elapsed() < Duration::from_secs(20));
}

#[test]
fn bodies_that_are_read_whole_have_a_bounded_room_and_small_ones_need_none() {
    let (world, sender) = (World::new(), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    assert_eq!(sender.put_part(&world, 0, &sender.part(0)).status, 204);
    let manifest = [Sender::manifest(), &vec![b'x'; 100_000]].concat();
    let room = world.take_room(2 * MANIFEST_BYTES_MAX);
    let refused = sender.put_manifest(&world, &manifest);
    check("no room", &refused, 503, Code::Unavailable);
    assert_eq!(sender.status(&world).n_live, 0);
    assert_eq!(sender.claimed(&world, 1).code(), Code::Gone);
    drop(room);
    assert_eq!(sender.put_manifest(&world, &manifest).status, 204);
}

#[test]
fn what_is_kept_free_is_not_taken() {
    let (mut world, sender) = (World::new(), Sender::new(100_000));
    assert_eq!(sender.create(&world).status, 201);
    world.allow(Bounds {
        kept_free: KeptFree::Bytes(u64::MAX / 2),
        ..Bounds::default()
    });
    let part = sender.part(0);
    check(
        "part",
        &sender.put_part(&world, 0, &part),
        507,
        Code::NoRoom,
    );
    check("create", &Sender::new(10).create(&world), 507, Code::NoRoom);
    assert!(sender.status(&world).parts.is_empty());
    world.allow(Bounds::default());
    assert_eq!(sender.put_part(&world, 0, &part).status, 204);
}

#[test]
fn twenty_creates_at_once_stay_within_a_quota_of_five() {
    let mut world = World::new();
    let quotas = [(1 << 20, 5), (50, 100)];
    for (number, (bytes, n_transfers)) in quotas.into_iter().enumerate() {
        world.allow(Bounds {
            quota: Quota { bytes, n_transfers },
            ..Bounds::default()
        });
        let seed = u8::try_from(number).unwrap() + 50;
        let create = || {
            let mut sender = Sender::new(10);
            let seed = quitus_core::keys::Secret::from_bytes([seed; 32]);
            sender.key = quitus_core::keys::SigningKey::from_seed(&seed);
            sender.create(&world).status
        };
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let creating: Vec<_> = (0..20).map(|_| scope.spawn(create)).collect();
            creating
                .into_iter()
                .map(|one| one.join().unwrap())
                .collect()
        });
        let of = |status| statuses.iter().filter(|one| **one == status).count();
        assert_eq!((of(201), of(507)), (5, 15), "{statuses:?}");
    }
}

#[test]
fn one_network_of_ipv6_is_counted_once_and_its_neighbour_apart() {
    let world = World::new();
    let ask = |from: String| {
        let headers = [("x-forwarded-for", from.as_str())];
        world.ask("GET /v1", &headers, None).status
    };
    let n_refused = (0..RATE.burst + 20)
        .filter(|host| ask(format!("2001:db8:0:7::{host:x}")) == 429)
        .count();
    assert!(n_refused >= 10, "{n_refused}");
    assert_eq!(ask("2001:db8:0:8::1".to_owned()), 200);
}

/// Answers as they were, one after the other.
fn all(world: &World, id: &str, headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let path = format!("/v1/transfers/{id}");
    let mut answers = Vec::new();
    for method in ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"] {
        for rest in [
            "",
            "/parts/0",
            "/parts/9",
            "/manifest",
            "/claim",
            "/done",
            "/receipt",
        ] {
            let line = format!("{method} {path}{rest}");
            let body = matches!(method, "PUT" | "POST").then_some(b"{}".as_slice());
            let answer = world.ask(&line, headers, body);
            answers.push((line.replace(id, "ID"), answer.without_date()));
        }
    }
    answers
}

#[test]
fn an_id_without_a_credential_tells_nothing_by_any_method_or_header() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    let (known, unknown) = (sender.id.to_string(), "0".repeat(32));
    let key = bearer(&[7; 32]);
    for headers in [
        [].as_slice(),
        &[("authorization", key.as_str())],
        &[("authorization", &key), ("if-none-match", "*")],
        &[("authorization", &key), ("range", "bytes=0-0")],
        &[
            ("authorization", &key),
            ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ],
    ] {
        for (one, other) in all(&world, &known, headers)
            .iter()
            .zip(all(&world, &unknown, headers))
        {
            assert_eq!(one, &other, "{headers:?}");
            assert!(!one.1.to_lowercase().contains("etag"), "{one:?}");
        }
    }
    assert_eq!(sender.status(&world).n_released, 0);
}

#[test]
fn nothing_is_told_sooner_for_an_id_that_nobody_has() {
    let (world, sender, unknown) = (World::new(), Sender::new(10), Sender::new(10));
    sender.send(&world);
    for sender in [&sender, &unknown] {
        for _ in 0..20 {
            let began = Instant::now();
            assert_eq!(
                super::world::claim(&world, &sender.id, &[0; 32], 1).status,
                404
            );
            assert!(
                began.elapsed() >= Duration::from_millis(5),
                "{:?}",
                began.elapsed()
            );
        }
    }
}

#[test]
fn parts_are_sent_whole_whatever_range_is_asked_for() {
    let (world, sender) = (World::new(), Sender::new(1000));
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    let line = format!("GET {}", route::part(&sender.id, PartIndex(0)));
    let key = bearer(&[1; 32]);
    let many = format!("bytes={}", "0-0,".repeat(3_000));
    for range in [
        "bytes=0-0",
        "bytes=-1",
        "bytes=0-0,-1",
        "bytes=99999-",
        "lines=1",
        &many,
    ] {
        let headers = [("authorization", key.as_str()), ("range", range)];
        let answer = world.ask(&line, &headers, None);
        assert_eq!((answer.status, answer.body), (200, sender.part(0)));
    }
}

#[test]
fn a_client_that_waits_to_be_told_is_told_at_once() {
    let (world, sender) = (World::new(), Sender::new(100_000));
    assert_eq!(sender.create(&world).status, 201);
    let expect = "expect: 100-continue\r\n";
    let began = Instant::now();
    let refused = raw(
        world.address(),
        put_head(&sender, &[0; 32], expect).as_bytes(),
    );
    check("refused", &parse(&refused), 404, Code::Gone);
    assert!(began.elapsed() < Duration::from_secs(5));
    let mut stream = connect(world.address());
    stream
        .write_all(put_head(&sender, &sender.token, expect).as_bytes())
        .unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&sender.part(0)).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 204");
}

#[test]
fn paths_that_mean_another_place_elsewhere_mean_nothing_here() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    let path = route::transfer(&sender.id);
    for other in [
        format!("{path}//manifest"),
        format!("/{path}/manifest"),
        format!("{path};x/manifest"),
        format!("{path}/manifest/"),
        format!("{path}/parts/../manifest"),
        format!("{path}/parts/%2e%2e/manifest"),
        format!("{path}/parts/0%2fmanifest"),
        format!("{path}%00/manifest"),
        format!("{path}/parts/0;1"),
        path.to_uppercase(),
    ] {
        let answer = get(&world, &other, 1);
        assert_eq!(answer.status, 404, "{other}: {answer:?}");
    }
    // The absolute form of RFC 9112 names the same resource.
    let absolute = get(&world, &format!("http://elsewhere{path}/manifest"), 1);
    assert_eq!((absolute.status, absolute.body.as_slice()), (200, HEADER));
}

#[test]
fn lines_that_end_in_a_line_feed_alone_are_one_request_or_none() {
    let world = World::new();
    for request in [
        "GET /healthz HTTP/1.1\nhost: x\nconnection: close\n\n",
        "POST /v1/transfers HTTP/1.1\nhost: x\ncontent-length: 3\n\nGETGET /v1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ] {
        let answer = raw(world.address(), request.as_bytes());
        let text = String::from_utf8_lossy(&answer);
        let n_answers = text.matches("HTTP/1.1 ").count();
        let n_requests = request.matches("HTTP/1.1").count();
        assert!((1..=n_requests).contains(&n_answers), "{text}");
    }
}

/// What every answer has and has not.
fn check_headers(line: &str, answer: &Answer) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{line}: {answer:?}");
    }
    let head = answer.head.to_lowercase();
    for name in [
        "\nserver:",
        "\naccess-control-",
        "\nset-cookie:",
        "\nx-powered-by:",
        "\netag:",
    ] {
        assert!(!head.contains(name), "{line}: {head}");
    }
}

#[test]
fn every_route_answers_every_method_without_leave_for_caches_and_other_origins() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    let document = crate::http::openapi_document();
    let document: serde_json::Value = serde_json::from_str(document).unwrap();
    let paths = document["paths"].as_object().unwrap().keys();
    let paths: Vec<String> = paths
        .map(|path| {
            path.replace("{id}", &sender.id.to_string())
                .replace("{index}", "0")
        })
        .chain(["/".to_owned(), "/panic".to_owned(), "/t/x".to_owned()])
        .collect();
    assert!(paths.len() > 10);
    let key = bearer(&[1; 32]);
    for path in paths {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            let headers = [
                ("authorization", key.as_str()),
                ("origin", "https://elsewhere.example"),
                ("access-control-request-method", "POST"),
            ];
            let line = format!("{method} {path}");
            let body = matches!(method, "PUT" | "POST").then_some(b"{}".as_slice());
            check_headers(&line, &world.ask(&line, &headers, body));
        }
    }
}
