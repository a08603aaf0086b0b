//! A store that fails: transfers succeed, or the relay says clearly that it cannot, and goes on by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use quitus_core::link::Link;
use quitus_core::split::claim_credential;
use quitus_core::text::base64url;
use quitus_tests::{Fault, Wire};

use crate::stage::{Like, Stage, id, is_whole, until};

/// Numbers in a fixed order that look like none.
fn shuffled(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
}

/// The status of a claim on a link.
fn claim(stage: &Stage, link: &str) -> u16 {
    let link = Link::parse(link).unwrap();
    let credential = claim_credential(&link.id, &link.secret.unwrap());
    let body = format!(r#"{{"claim":"{}"}}"#, base64url(credential.expose()));
    let key = format!("Bearer {}", base64url(&[7; 32]));
    let headers = [
        ("content-type", "application/json"),
        ("authorization", key.as_str()),
    ];
    let request = format!("POST /v1/transfers/{}/claim", link.id);
    let mut wire = Wire::open(stage.relay.url()).unwrap();
    wire.ask(&request, &headers, Some(body.as_bytes()))
        .unwrap()
        .status
}

fn readyz(stage: &Stage) -> u16 {
    let mut wire = Wire::open(stage.relay.url()).unwrap();
    wire.ask("GET /readyz", &[], None).unwrap().status
}

#[test]
fn transfers_succeed_while_three_of_ten_requests_fail() {
    let stage = Stage::new();
    stage.store.decide(|number, _| match shuffled(number) % 10 {
        0 => Fault::Error(500, "InternalError"),
        1 => Fault::Error(503, "SlowDown"),
        2 => Fault::Error(503, "ServiceUnavailable"),
        _ => Fault::None,
    });
    let bob = stage.person("bob");
    for seed in 31..34 {
        let alice = stage.sender(seed);
        let began = Instant::now();
        let link = alice.send("plan.bin");
        let inbox = format!("inbox{seed}");
        let _ = bob.receive(&link, &inbox).expect(0);
        assert!(is_whole(&alice, &bob, &inbox));
        let _ = stage.destroyed(&alice, &link);
        assert!(began.elapsed() < Duration::from_mins(2));
    }
}

#[test]
fn an_answer_that_is_lost_after_storing_costs_nothing_but_time() {
    let stage = Stage::new();
    stage.store.decide(|number, asked| {
        // Every second PUT and DELETE is done, and nobody is told.
        let changes = asked.method == "PUT" || asked.method == "DELETE";
        if changes && number.is_multiple_of(2) {
            Fault::LoseAnswer
        } else {
            Fault::None
        }
    });
    let (alice, bob) = (stage.sender(35), stage.person("bob"));
    let link = alice.send("plan.bin");
    assert_eq!(stage.bucket.keys().len(), 5, "three parts, manifest, owner");
    let _ = bob.receive(&link, "inbox").expect(0);
    assert!(is_whole(&alice, &bob, "inbox"));
    let _ = stage.destroyed(&alice, &link);
}

#[test]
fn a_dead_bucket_is_told_at_once_and_the_relay_goes_on_by_itself() {
    let options = ["--s3-attempts", "2", "--s3-read-timeout", "2"];
    let stage = Stage::on(Like::default(), &options);
    let (alice, bob) = (stage.sender(36), stage.person("bob"));
    let link = alice.send("plan.bin");
    let is_dead = Arc::new(AtomicBool::new(true));
    let dead = Arc::clone(&is_dead);
    stage.store.decide(move |_, _| {
        if dead.load(Ordering::SeqCst) {
            Fault::Error(503, "ServiceUnavailable")
        } else {
            Fault::None
        }
    });
    // Enough failures that it is left alone; from then on nobody waits for it.
    until("it is left alone", || {
        let _ = readyz(&stage);
        stage.relay.log().contains("left alone").then_some(())
    });
    let began = Instant::now();
    assert_eq!(readyz(&stage), 503);
    assert!(began.elapsed() < Duration::from_secs(1));
    // A claim needs no store.
    let began = Instant::now();
    assert_eq!(claim(&stage, &link), 200);
    assert!(began.elapsed() < Duration::from_secs(1));
    let second = stage.sender(37);
    let refused = second.run(&["send", "plan.bin"], b"");
    assert_eq!(refused.code, 7, "{}", refused.stderr);
    let said = &refused.stderr;
    assert!(said.contains("the relay cannot answer now"), "{said}");
    assert!(said.contains("hint: try again in a while"), "{said}");

    is_dead.store(false, Ordering::SeqCst);
    until("it is back", || (readyz(&stage) == 204).then_some(()));
    assert!(stage.relay.log().contains("answers again"));
    let resumed = second.run(&["resume"], b"").expect(0);
    let _ = bob.receive(resumed.text().trim(), "inbox").expect(0);
    assert!(is_whole(&second, &bob, "inbox"));
}

#[test]
fn a_store_that_hangs_or_drips_holds_nobody_for_long() {
    let options = [
        "--s3-attempts",
        "2",
        "--s3-read-timeout",
        "1",
        "--s3-attempt-timeout",
        "4",
        "--s3-operation-timeout",
        "8",
    ];
    let stage = Stage::on(Like::default(), &options);
    let (alice, bob) = (stage.sender(38), stage.person("bob"));
    let link = alice.send("plan.bin");
    // Every third part hangs once, every other third drips: the rest of its body is asked for again.
    stage
        .store
        .decide(|number, asked| match (asked.method.as_str(), number % 3) {
            ("GET", 0) => Fault::Hang,
            ("GET", 1) => Fault::Drip,
            _ => Fault::None,
        });
    let began = Instant::now();
    let outcome = bob.receive(&link, "inbox");
    assert!(began.elapsed() < Duration::from_mins(2));
    stage.store.behave();
    if outcome.code != 0 {
        assert_eq!(outcome.code, 7, "{}", outcome.stderr);
        let _ = bob.receive(&link, "inbox").expect(0);
    }
    assert!(is_whole(&alice, &bob, "inbox"));
}

#[test]
fn credentials_that_end_midway_cost_an_upload_nothing_it_had() {
    let stage = Stage::new();
    let (alice, bob) = (stage.sender(39), stage.person("bob"));
    stage.store.decide(|number, asked| {
        if asked.method == "PUT" && number > 2 {
            Fault::Error(403, "ExpiredToken")
        } else {
            Fault::None
        }
    });
    let refused = alice.run(&["send", "plan.bin"], b"");
    assert_eq!(refused.code, 7, "{}", refused.stderr);
    assert!(stage.relay.log().contains("403 ExpiredToken"));
    stage.store.behave();
    let resumed = alice.run(&["resume"], b"").expect(0);
    let link = resumed.text().trim().to_owned();
    let _ = bob.receive(&link, "inbox").expect(0);
    assert!(is_whole(&alice, &bob, "inbox"));
    assert!(!id(&link).is_empty());
}

#[test]
fn a_bucket_that_vanishes_takes_no_transfer_for_gone() {
    let stage = Stage::new();
    let (alice, bob) = (stage.sender(40), stage.person("bob"));
    let link = alice.send("plan.bin");
    for (status, code) in [
        (404, "NoSuchBucket"),
        (301, "PermanentRedirect"),
        (403, "RequestTimeTooSkewed"),
    ] {
        stage.store.decide(move |_, _| Fault::Error(status, code));
        let outcome = bob.receive(&link, "inbox");
        assert_eq!(outcome.code, 7, "{code}: {}", outcome.stderr);
        stage.store.behave();
    }
    let _ = bob.receive(&link, "inbox").expect(0);
    assert!(is_whole(&alice, &bob, "inbox"));
}
