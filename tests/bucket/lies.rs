//! A store that lies: what it acknowledged and does not hold is noticed before a transfer is complete, and
//! what it gives that was not stored reaches nobody whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quitus_tests::{Asked, Fault};

use crate::stage::{Stage, is_whole};

/// Whether a request stores one of the parts.
fn is_part(asked: &Asked) -> bool {
    asked.method == "PUT" && asked.headers.contains_key("content-length")
}

#[test]
fn what_was_acknowledged_and_not_stored_is_stored_again() {
    for lie in [Fault::Lie, Fault::Truncate, Fault::Replace] {
        let stage = Stage::new();
        let (alice, bob) = (stage.sender(41), stage.person("bob"));
        let n_lies = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&n_lies);
        stage.store.decide(move |_, asked| {
            // Every other PUT.
            let is_lie = is_part(asked) && told.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
            if is_lie { lie } else { Fault::None }
        });
        let link = alice.send("plan.bin");
        assert!(n_lies.load(Ordering::SeqCst) >= 8, "each was told twice");
        stage.store.behave();
        let (code, said) = stage.relay.check(&["--read-data"]);
        assert_eq!(code, 0, "{said}");
        let _ = bob.receive(&link, "inbox").expect(0);
        assert!(is_whole(&alice, &bob, "inbox"));
    }
}

#[test]
fn a_store_that_never_keeps_what_it_acknowledges_takes_no_upload() {
    let stage = Stage::new();
    let alice = stage.sender(42);
    stage.store.decide(|_, asked| {
        if is_part(asked) {
            Fault::Truncate
        } else {
            Fault::None
        }
    });
    let refused = alice.run(&["send", "plan.bin"], b"");
    assert_eq!(refused.code, 7, "{}", refused.stderr);
    assert!(refused.stdout.is_empty(), "there is no link");
    let log = stage.relay.log();
    assert!(log.contains("does not hold what it acknowledged"), "{log}");
}

#[test]
fn a_body_that_breaks_off_goes_on_where_it_was() {
    let stage = Stage::new();
    let (alice, bob) = (stage.sender(43), stage.person("bob"));
    let link = alice.send("plan.bin");
    stage.store.decide(|number, asked| {
        let is_first = !asked.headers.contains_key("range");
        if asked.method == "GET" && (is_first || number.is_multiple_of(3)) {
            Fault::Cut
        } else {
            Fault::None
        }
    });
    let _ = bob.receive(&link, "inbox").expect(0);
    assert!(is_whole(&alice, &bob, "inbox"));
    assert!(stage.relay.log().contains("a body broke off"));
}

#[test]
fn another_object_or_a_page_reaches_nobody_whole() {
    let stage = Stage::new();
    let (alice, bob) = (stage.sender(44), stage.person("bob"));
    let link = alice.send("plan.bin");
    for lie in [Fault::OtherBytes, Fault::Page] {
        stage.store.decide(move |_, asked| {
            if asked.method == "GET" {
                lie
            } else {
                Fault::None
            }
        });
        let outcome = bob.receive(&link, "inbox");
        assert!([6, 7].contains(&outcome.code), "{}", outcome.stderr);
        assert!(bob.on_desk().is_empty(), "{:?}", bob.on_desk());
        stage.store.behave();
    }
    let log = stage.relay.log();
    assert!(
        log.contains("gives another object than was stored"),
        "{log}"
    );
    let _ = bob.receive(&link, "inbox").expect(0);
    assert!(is_whole(&alice, &bob, "inbox"));
}

#[test]
fn an_object_that_somebody_replaced_in_the_bucket_reaches_nobody_whole() {
    let stage = Stage::new();
    let (alice, bob) = (stage.sender(45), stage.person("bob"));
    let link = alice.send("plan.bin");
    let keys = stage.bucket.keys();
    let part = keys.iter().find(|key| key.contains(".1.")).unwrap();
    let bytes = stage.bucket.get(part);
    let mut other = bytes.clone();
    other[4_000_000] ^= 1;
    stage.bucket.put(part, &other);
    // One that was never there is nobody's.
    let id = part.split('.').next().unwrap();
    stage.bucket.put(&format!("{id}.9.foreign"), b"foreign");
    let outcome = bob.receive(&link, "inbox");
    assert!([6, 7].contains(&outcome.code), "{}", outcome.stderr);
    // The parts that are right wait, without a name, for the reception to go on.
    assert!(!bob.desk("inbox").exists());
    stage.bucket.put(part, &bytes);
    let _ = bob.receive(&link, "inbox").expect(0);
    assert!(is_whole(&alice, &bob, "inbox"));
    // It goes with the transfer whose name it took.
    let _ = stage.destroyed(&alice, &link);
}
