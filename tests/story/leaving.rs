//! Somebody whose account ends while bytes run: they stop within a second, whichever way they run.

use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use quitus_core::card::Card;
use quitus_tests::{Person, SlowPath, random_bytes, write_files};

use crate::joining::{Closed, invite, join};

/// Slow enough that a transfer takes many seconds.
const BYTES_PER_SECOND: u32 = 2_000_000;
/// What is under way before the account ends.
const UNDER_WAY_BYTES: u64 = 3_000_000;
/// What a program asks once more, and is told, after it was cut.
const ASKED_AGAIN_BYTES: u64 = 32_000;
/// How long a member may still send or receive.
const CUT: Duration = Duration::from_secs(1);

/// Waits until bytes run, ends the account, and checks that nothing runs a second later; the exit code.
fn cut_off(path: &SlowPath, (world, key): (&Closed, &str), mut child: Child) -> i32 {
    let before = path.carried();
    let bound = Instant::now() + Duration::from_mins(1);
    while path.carried() < before + UNDER_WAY_BYTES {
        assert!(Instant::now() < bound, "nothing runs");
        assert!(child.try_wait().unwrap().is_none(), "it ended already");
        thread::sleep(Duration::from_millis(1));
    }
    world.operator(&["accounts", "disable", key]);
    let disabled = Instant::now();
    thread::sleep(CUT);
    let (after, late) = (path.carried(), disabled.elapsed());
    thread::sleep(CUT);
    let more = path.carried() - after;
    assert!(more < ASKED_AGAIN_BYTES, "{more} bytes ran after {late:?}");
    let code = child.wait().unwrap().code();
    world.operator(&["accounts", "enable", key]);
    code.expect("no signal ended it")
}

/// The key of a person's account.
fn account(person: &Person) -> String {
    let card = std::fs::read(person.home().join("card")).unwrap();
    let card = Card::verify(&card).unwrap();
    card.request_key().fingerprint().to_string()
}

#[test]
fn a_member_who_is_disabled_is_cut_within_a_second_both_ways() {
    let path = SlowPath::new(BYTES_PER_SECOND);
    let world = Closed::behind(&path);
    let (alice, bob) = (world.client("alice"), world.person("bob"));
    let _ = join(&bob, &invite(&alice, "bob")).expect(0);
    // So that each knows the other's card.
    let _ = alice.run(&["invites"], b"").expect(0);
    let bytes = random_bytes(130, 24_000_000);
    write_files(&bob.desk(""), &[("work.bin", &bytes)]);
    write_files(&alice.desk(""), &[("brief.bin", &bytes)]);
    let there = alice
        .run(&["send", "brief.bin", "--to", "bob"], b"")
        .expect(0);
    let bobs = (&world, &*account(&bob));

    let sending = bob.start(&["send", "work.bin", "--to", "alice"]);
    assert_eq!(cut_off(&path, bobs, sending), 4);
    let receive = ["receive", "-", "-o", "inbox"];
    let receiving = bob.start_with(&receive, there.text().as_bytes());
    let code = cut_off(&path, bobs, receiving);
    assert!([4, 5].contains(&code), "exit {code}");
    assert!(!bob.desk("inbox").exists());
    // Whoever is enabled again may send again; the other one was never concerned.
    let back = bob
        .run(&["send", "plan.txt", "--to", "alice"], b"")
        .expect(0);
    let _ = alice.receive(back.text(), "back").expect(0);
}
