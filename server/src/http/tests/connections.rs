//! What happens below requests: framing, time, cuts, many at once.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use quitus_core::parts::PartIndex;
use quitus_core::protocol::{RefusalCode as Code, route};
use quitus_core::text;

use super::client::{connect, parse, raw};
use super::world::{Sender, World, bearer};

/// Sends a request with a second one behind it, which must never be read as one.
fn check_framing(what: &str, request: &str, status: u16) {
    let world = World::new();
    let smuggled = format!("{request}GET /v1 HTTP/1.1\r\nhost: x\r\n\r\n");
    let answer = raw(world.address(), smuggled.as_bytes());
    let text = String::from_utf8_lossy(&answer);
    assert_eq!(parse(&answer).status, status, "{what}: {text}");
    assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{what}: {text}");
}

#[test]
fn heads_that_are_not_http_are_refused() {
    let long = format!("x: {}\r\n", "a".repeat(20_000));
    let many = "x: a\r\n".repeat(100);
    for (what, headers, status) in [
        ("nul", "x: a\0b\r\n", 400),
        ("obsolete fold", "x: a\r\n b\r\n", 400),
        ("space", "x : a\r\n", 400),
        ("long head", long.as_str(), 431),
        ("many headers", many.as_str(), 431),
        ("two hosts", "host: y\r\n", 400),
    ] {
        let request = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        check_framing(what, &request, status);
    }
    check_framing("no host", "GET /healthz HTTP/1.1\r\n\r\n", 400);
    check_framing("garbage", "\x16\x03\x01\x02garbage\r\n\r\n", 400);
    check_framing("no version", "GET /healthz\r\nhost: x\r\n\r\n", 400);
}

#[test]
fn bodies_of_two_lengths_are_refused() {
    for (what, headers, body, status) in [
        (
            "two lengths",
            "content-length: 1\r\ncontent-length: 2\r\n",
            "ab",
            400,
        ),
        ("length with a sign", "content-length: +1\r\n", "a", 400),
        ("chunks", "transfer-encoding: chunked\r\n", "0\r\n\r\n", 411),
        (
            "length and chunks",
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            "0\r\n\r\n",
            411,
        ),
        (
            "chunks and length",
            "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
            "0\r\n\r\n",
            411,
        ),
        (
            "chunks not last",
            "transfer-encoding: chunked, gzip\r\n",
            "0\r\n\r\n",
            400,
        ),
    ] {
        let head = format!("POST /v1/transfers HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        check_framing(what, &format!("{head}{body}"), status);
    }
}

#[test]
fn a_slow_head_is_closed_and_others_are_served_meanwhile() {
    let world = World::new();
    let mut slow = connect(world.address());
    let mut silent = connect(world.address());
    slow.write_all(b"GET /healthz HT").unwrap();
    let began = Instant::now();
    assert_eq!(world.ask("GET /healthz", &[], None).status, 204);
    assert!(began.elapsed() < Duration::from_secs(5));
    for stream in [&mut slow, &mut silent] {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(!rest.starts_with(b"HTTP/1.1 2"));
    }
    let waited = began.elapsed();
    assert!(
        (Duration::from_secs(5)..Duration::from_secs(20)).contains(&waited),
        "{waited:?}"
    );
}

#[test]
fn a_body_that_breaks_off_leaves_nothing() {
    let (world, sender) = (World::new(), Sender::new(100_000));
    assert_eq!(sender.create(&world).status, 201);
    let part = sender.part(0);
    let mut stream = connect(world.address());
    stream.write_all(part_head(&sender).as_bytes()).unwrap();
    stream.write_all(&part[..part.len() - 1]).unwrap();
    drop(stream);
    assert!(sender.status(&world).parts.is_empty());
    assert_eq!(sender.put_part(&world, 0, &part).status, 204);
    assert_eq!(sender.status(&world).parts.len(), 1);
    wait_until(|| !has_incoming(&world));
}

#[test]
fn a_stop_finishes_what_runs_and_closes_what_waits() {
    let (mut world, sender) = (World::new(), Sender::new(100_000));
    assert_eq!(sender.create(&world).status, 201);
    let part = sender.part(0);
    let (first, rest) = part.split_at(50_000);
    let mut waits = connect(world.address());
    let mut runs = connect(world.address());
    runs.write_all(part_head(&sender).as_bytes()).unwrap();
    runs.write_all(first).unwrap();
    wait_until(|| has_incoming(&world));
    std::thread::scope(|scope| {
        scope.spawn(|| world.stop());
        let mut nothing = Vec::new();
        let _ = waits.read_to_end(&mut nothing);
        assert!(nothing.is_empty());
        runs.write_all(rest).unwrap();
        let mut answer = Vec::new();
        let _ = runs.read_to_end(&mut answer);
        assert_eq!(parse(&answer).status, 204);
    });
    world.restart();
    assert_eq!(sender.status(&world).parts.len(), 1);
}

#[test]
fn the_same_part_from_many_connections_is_held_once() {
    let (world, sender) = (World::new(), Sender::new(1_000_000));
    assert_eq!(sender.create(&world).status, 201);
    let (right, other) = (sender.part(0), vec![0; sender.part(0).len()]);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (world, sender, bytes) =
                (&world, &sender, if number < 4 { &right } else { &other });
            scope.spawn(move || {
                let answer = sender.put_part(world, 0, bytes);
                assert!([204, 409].contains(&answer.status), "{answer:?}");
            });
        }
    });
    let status = sender.status(&world);
    let [held] = status.parts.as_slice() else {
        panic!("{status:?}")
    };
    let shard = world.data().join("data/objects/a5");
    let names: Vec<_> = shard
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    let [name] = names.as_slice() else {
        panic!("{names:?}")
    };
    assert!(name.to_str().unwrap().ends_with(&held.digest.to_string()));
}

#[test]
fn a_refusal_can_be_read_by_a_client_that_writes_first() {
    let (world, mut sender) = (World::new(), Sender::new(8 * 1024 * 1024));
    assert_eq!(sender.create(&world).status, 201);
    sender.token = [0; 32];
    for _ in 0..5 {
        assert_eq!(
            sender.put_part(&world, 0, &sender.part(0)).code(),
            Code::Gone
        );
    }
}

#[test]
fn a_cut_ends_a_download_that_nobody_reads() {
    let (world, sender) = (World::new(), Sender::new(8 * 1024 * 1024));
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    let mut stream = connect(world.address());
    // So that the part does not fit into what the kernel keeps for this client.
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 4096).unwrap();
    let path = route::part(&sender.id, PartIndex(0));
    let key = bearer(&[1; 32]);
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\n\r\n"
    )
    .unwrap();
    stream.read_exact(&mut [0]).unwrap();
    let began = Instant::now();
    world.cut(&sender.id);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(began.elapsed() < Duration::from_secs(1));
    // Nor does the kernel go on with what it was given.
    assert!(rest.len() < 64 * 1024, "{}", rest.len());
}

#[test]
fn shares_and_tokens_are_in_the_vault_or_nowhere() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    let mut files = vec![world.data().to_owned()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for (secret, is_share) in [
            ([9; 32], true),
            (sender.claim, false),
            (sender.token, false),
            ([1; 32], false),
        ] {
            let spellings = [
                secret.to_vec(),
                text::base64url(&secret).into_bytes(),
                text::hex(&secret).into_bytes(),
            ];
            for (number, spelling) in spellings.iter().enumerate() {
                let is_found = bytes
                    .windows(spelling.len())
                    .any(|window| window == spelling);
                let is_allowed = is_share && number == 0 && path.ends_with("data/vault");
                // A sealed part here is a run of equal bytes.
                let is_part = path.starts_with(world.data().join("data/objects"));
                assert!(
                    !is_found || is_allowed || is_part,
                    "{} {number}",
                    path.display()
                );
            }
        }
    }
}

/// The head of a request that puts part 0.
fn part_head(sender: &Sender) -> String {
    let part = sender.part(0);
    format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\nquitus-digest: {}\r\n\
         content-length: {}\r\n\r\n",
        route::part(&sender.id, PartIndex(0)),
        bearer(&sender.token),
        quitus_core::digest::Blake3::of(&part),
        part.len(),
    )
}

/// Whether an upload is being written.
fn has_incoming(world: &World) -> bool {
    let incoming = world.data().join("data/objects/incoming");
    incoming.read_dir().unwrap().next().is_some()
}

fn wait_until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "it never came true"
        );
        std::thread::yield_now();
    }
}
