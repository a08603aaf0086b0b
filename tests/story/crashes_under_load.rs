//! A relay that is killed again and again while people use it: a short soak, a long one with
//! `SWEEP=every`; see `crashes`.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use quitus_tests::{Faults, Outcome, Person, Relay, difference, random_bytes, write_files};

use crate::crashes::{Stage, check_health, id};

/// People who use the relay at once.
const N_PEOPLE: u64 = 3;
/// Most changes of a disk between a start and the next death.
const CHANGES_MAX: u64 = 200;
/// How long anything that is waited for may take.
const BOUND: Duration = Duration::from_mins(2);

/// How often the relay dies.
fn n_deaths() -> u64 {
    match std::env::var_os("SWEEP") {
        Some(_) => 1_000,
        None => 12,
    }
}

/// What came of one person's work.
#[derive(Default)]
struct Work {
    kept: Vec<(String, String)>,
    ended: Vec<(String, &'static str)>,
}

/// Repeats a command for as long as the relay is away.
fn insist(person: &Person, args: &[&str], stdin: &str) -> Outcome {
    let end = Instant::now() + BOUND;
    loop {
        let outcome = person.run(args, stdin.as_bytes());
        if outcome.code != 7 || Instant::now() > end {
            return outcome;
        }
    }
}

/// Sends, receives, revokes, keeps; everything has the outcome it would have without a crash.
fn work(sender: &Person, recipient: &Person, seed: u64, is_over: &AtomicBool) -> Work {
    let mut work = Work::default();
    for round in 0.. {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        let name = format!("{seed}-{round}.bin");
        let length = 100 * (1 + usize::try_from(round % 50).unwrap());
        let bytes = random_bytes(seed ^ round, length);
        write_files(&sender.desk(""), &[(&name, &bytes)]);
        let sent = insist(sender, &["send", &name], "").expect(0);
        let link = sent.text().trim().to_owned();
        match round % 5 {
            0 => {
                let _ = insist(sender, &["revoke", id(&link)], "").expect(0);
                work.ended.push((id(&link).to_owned(), "revoked"));
            }
            1 if round % 4 == 1 => {
                work.kept.push((link, name));
                continue;
            }
            _ => {
                let _ = insist(recipient, &["receive", "-", "-o", id(&link)], &link).expect(0);
                let inbox = recipient.desk(id(&link));
                let received = difference(&sender.desk(&name), &inbox.join(&name));
                assert_eq!(received.unwrap(), None);
                fs::remove_dir_all(inbox).unwrap();
                work.ended.push((id(&link).to_owned(), "used"));
            }
        }
        let late = insist(recipient, &["receive", "-", "-o", "late"], &link).expect(5);
        assert!(late.stdout.is_empty());
        fs::remove_file(sender.desk(&name)).unwrap();
    }
    work
}

/// Kills the relay before changes that nobody chose, and starts it again.
fn die_and_come_back(relay: &mut Relay, faults: &Faults, n_deaths: u64) {
    let moments = random_bytes(90, 8 * usize::try_from(n_deaths).unwrap());
    for moment in moments.chunks(8) {
        let moment = u64::from_le_bytes(moment.try_into().unwrap());
        let n = 1 + moment % CHANGES_MAX;
        faults.die_before(n, moment.is_multiple_of(7));
        let end = Instant::now() + BOUND;
        while relay.is_running() {
            assert!(Instant::now() < end, "nobody uses the relay");
            thread::park_timeout(Duration::from_millis(1));
        }
        check_health(relay, true);
        relay.start_again();
    }
}

#[test]
fn a_relay_that_crashes_again_and_again_under_load_keeps_every_promise() {
    let mut stage = Stage::new();
    let is_over = AtomicBool::new(false);
    let recipients: Vec<Person> = (0..N_PEOPLE)
        .map(|number| stage.world.person(&number.to_string()))
        .collect();
    // Made before anyone needs it, as everybody sends from one home.
    write_files(&stage.alice.desk(""), &[("first.txt", b"first")]);
    stage
        .kept
        .push((stage.alice.send("first.txt"), "first.txt".to_owned()));
    let (sender, faults, relay) = (&stage.alice, &stage.faults, &mut stage.world.relay);
    let works: Vec<Work> = thread::scope(|scope| {
        let started: Vec<_> = (1..)
            .zip(&recipients)
            .map(|(seed, recipient)| {
                let is_over = &is_over;
                scope.spawn(move || work(sender, recipient, seed * 1_000_000, is_over))
            })
            .collect();
        die_and_come_back(relay, faults, n_deaths());
        is_over.store(true, Ordering::SeqCst);
        started
            .into_iter()
            .map(|work| work.join().unwrap())
            .collect()
    });
    for work in works {
        stage.kept.extend(work.kept);
        stage.ended.extend(work.ended);
    }
    assert!(
        stage.ended.len() > 3,
        "people got on: {}",
        stage.ended.len()
    );
    stage.check();
}
