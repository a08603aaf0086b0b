//! A relay that is killed at any request to its bucket, before the bucket has it or before the relay has the
//! answer: what was acknowledged is there, what ended does not come back, and nothing stays behind.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quitus_tests::{Fault, Outcome, Person};

use crate::stage::{Stage, id, is_whole, left, until};

/// Kills a process at once.
fn kill(pid: u64) {
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
}

/// Runs a command until the relay, which may have been killed, is there for it.
fn insist(stage: &mut Stage, person: &Person, args: &[&str], stdin: &str) -> Outcome {
    for _ in 0..5 {
        let outcome = person.run(args, stdin.as_bytes());
        if outcome.code == 0 {
            return outcome;
        }
        if !stage.relay.is_running() {
            stage.store.behave();
            stage.relay.start_again();
        }
    }
    person.run(args, stdin.as_bytes()).expect(0)
}

/// One life of a transfer, with death at request `n` of its requests to the bucket, counted from 1.
/// Returns how many requests there were.
fn live(stage: &mut Stage, (seed, n): (u64, u64), is_done_first: bool) -> u64 {
    let (alice, bob) = (stage.sender(seed), stage.person(&format!("bob{seed}")));
    let pid = Arc::new(AtomicU64::new(stage.relay.pid().into()));
    let victim = Arc::clone(&pid);
    stage.store.decide(move |number, _| {
        if number != n {
            return Fault::None;
        }
        if is_done_first {
            // The bucket does it; the relay is dead before it hears of it.
            let pid = victim.load(Ordering::SeqCst);
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(15));
                kill(pid);
            });
            return Fault::LoseAnswer;
        }
        kill(victim.load(Ordering::SeqCst));
        Fault::Hang
    });
    let sent = alice.run(&["send", "plan.bin"], b"");
    let sent = if sent.code == 0 {
        sent
    } else {
        bring_back(stage);
        insist(stage, &alice, &["resume"], "")
    };
    let link = sent.text().trim().to_owned();
    // What was acknowledged is whole.
    let _ = insist(stage, &bob, &["receive", "-", "-o", "inbox"], &link);
    assert!(is_whole(&alice, &bob, "inbox"), "request {n}");
    let stated = until("it is destroyed", || {
        bring_back(stage);
        let outcome = alice.run(&["receipt", id(&link)], b"");
        let text = outcome.text().to_owned();
        (outcome.code == 0 && text.contains("urn:quitus:destroyed:v1")).then_some(text)
    });
    assert!(!stated.contains("destruction-incomplete"), "{stated}");
    bring_back(stage);
    // What was consumed stays so, and nothing of it is in the bucket, however it was interrupted.
    let late = bob.receive(&link, "late");
    assert_eq!(late.code, 5, "request {n}: {}", late.stderr);
    assert_eq!(left(&stage.bucket), [""; 0], "request {n}");
    let n_requests = stage.store.behave();
    let findings = stage.relay.doctor();
    let is_well = |line: &String| !line.starts_with("fail");
    assert!(findings.iter().all(is_well), "request {n}: {findings:?}");
    n_requests
}

fn bring_back(stage: &mut Stage) {
    if !stage.relay.is_running() {
        stage.store.behave();
        stage.relay.start_again();
    }
}

#[test]
fn a_relay_killed_at_any_request_to_its_bucket_keeps_every_promise() {
    let mut stage = Stage::new();
    let n_requests = live(&mut stage, (50, u64::MAX), false);
    assert!(n_requests > 10, "{n_requests}");
    // Every request, or a spread of them: each costs seconds.
    let step = if std::env::var_os("SWEEP").is_some() {
        1
    } else {
        n_requests.div_ceil(8)
    };
    for n in (1..=n_requests).step_by(usize::try_from(step).unwrap()) {
        for is_done_first in [false, true] {
            let seed = 100 + 2 * n + u64::from(is_done_first);
            let _ = live(&mut stage, (seed, n), is_done_first);
        }
    }
}
