//! The power goes: what a relay acknowledged is there, though nothing that was not synced is.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use quitus_tests::{
    Changes, Disk, EIO, Faults, Outcome, Person, Relay, difference, power_cut, random_bytes,
    write_files,
};

use crate::crashes::{check_health, id};

/// What was promised at some moment: links that work, and ids of transfers that are over.
#[derive(Clone, Default)]
struct Promised {
    /// Length of the log of changes then.
    at: usize,
    live: Vec<String>,
    over: Vec<String>,
    /// Ids whose statement of destruction was given out, and the statement.
    stated: Vec<(String, Vec<u8>)>,
}

/// A relay whose changes are recorded, and what it promised.
struct Stage {
    folder: tempfile::TempDir,
    listen: String,
    alice: Person,
    promised: Vec<Promised>,
    log: Vec<u8>,
}

/// The statement of a transfer's destruction, once there is one.
fn receipt(alice: &Person, link: &str) -> Vec<u8> {
    loop {
        let outcome = alice.run(&["receipt", id(link)], b"");
        if outcome.code == 0 {
            return outcome.stdout;
        }
    }
}

impl Stage {
    /// Plays some transfers' lives, and stops the relay. `fails`: before each step but the first the
    /// disk fails to sync, the relay ends, and is started again.
    fn play(fails: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let faults = Arc::new(Faults::recording(&folder.path().join("faults"), &log));
        let setting = (&[][..], Some(&faults));
        let mut relay =
            Relay::try_start(&folder.path().join("relay"), "127.0.0.1:0", setting).unwrap();
        let person = |name: &str| Person::new(&folder.path().join(name), relay.url());
        let (alice, bob) = (person("alice"), person("bob"));
        write_files(&alice.desk(""), &[("a.bin", &random_bytes(95, 200_000))]);
        let mut promised = vec![Promised::default()];
        let mut note = |change: &dyn Fn(&mut Promised)| {
            let mut now = promised.last().unwrap().clone();
            change(&mut now);
            now.at = fs::read(&log).unwrap().len();
            promised.push(now);
        };
        let mut strike = |step: &dyn Fn() -> Outcome| {
            if fails {
                faults.fail(Changes::Syncs, EIO);
                let _ = step().expect(7);
                assert_eq!(relay.ended(), 8);
                relay.start_again();
            }
            step().expect(0)
        };
        for round in 0..3 {
            let link = match round {
                0 => alice.send("a.bin"),
                _ => strike(&|| alice.run(&["send", "a.bin"], b""))
                    .text()
                    .trim()
                    .to_owned(),
            };
            note(&|now| now.live.push(link.clone()));
            if round == 0 {
                continue;
            }
            let _ = strike(&|| match round {
                1 => bob.receive(&link, "inbox"),
                _ => alice.run(&["revoke", id(&link)], b""),
            });
            note(&|now| now.over.extend(now.live.pop()));
            let stated = receipt(&alice, &link);
            note(&|now| now.stated.push((id(&link).to_owned(), stated.clone())));
        }
        let listen = relay.url().replace("http://", "");
        drop(relay);
        let log = fs::read(&log).unwrap();
        Self {
            folder,
            listen,
            alice,
            promised,
            log,
        }
    }

    /// Starts a relay on what the disk holds after the first bytes of the log.
    fn start(&self, at: usize, disk: Disk, copy: &Path) -> Relay {
        let from = self.folder.path().join("relay");
        fs::create_dir_all(copy).unwrap();
        for name in ["data", "keys"] {
            fs::create_dir(copy.join(name)).unwrap();
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            fs::set_permissions(copy.join(name), private).unwrap();
        }
        power_cut(&self.log[..at], disk, (&from, copy));
        Relay::try_start(copy, &self.listen, (&[], None)).unwrap()
    }

    /// Whether everything that was promised holds after a power cut.
    fn holds(&self, promised: &Promised, disk: Disk) -> bool {
        let copy = tempfile::tempdir().unwrap();
        let relay = self.start(promised.at, disk, &copy.path().join("relay"));
        let carol = Person::new(&copy.path().join("carol"), relay.url());
        let is_live = |link: &String| {
            let outcome = carol.receive(link, id(link));
            let received = carol.desk(id(link)).join("a.bin");
            outcome.code == 0
                && difference(&self.alice.desk("a.bin"), &received)
                    .unwrap()
                    .is_none()
        };
        let is_over = |link: &String| carol.receive(link, "none").code == 5;
        let is_stated = |(id, statement): &(String, Vec<u8>)| {
            let outcome = self.alice.run(&["receipt", id], b"");
            outcome.code == 0 && outcome.stdout == *statement
        };
        let holds = promised.live.iter().all(is_live)
            && promised.over.iter().all(is_over)
            && promised.stated.iter().all(is_stated);
        if holds && disk != Disk::Lying {
            check_health(&relay, true);
        }
        holds
    }

    /// Checks a power cut behind each answer.
    fn holds_behind_answers(&self) {
        for (number, promised) in self.promised.iter().enumerate().skip(1) {
            assert!(self.holds(promised, Disk::Strict), "answer {number}");
            let some = Disk::Some(number as u64 * 7919);
            assert!(self.holds(promised, some), "answer {number}, {some:?}");
        }
    }
}

#[test]
fn a_power_cut_behind_any_answer_takes_nothing_back() {
    let stage = Stage::play(false);
    stage.holds_behind_answers();
    // The control: a disk that only pretends to sync breaks the first promise.
    assert!(!stage.holds(&stage.promised[1], Disk::Lying));
}

#[test]
fn a_power_cut_after_syncs_that_failed_takes_nothing_back() {
    Stage::play(true).holds_behind_answers();
}

#[test]
fn a_power_cut_between_answers_leaves_a_relay_that_starts() {
    let stage = Stage::play(false);
    let n_cuts = if std::env::var_os("SWEEP").is_some() {
        300
    } else {
        8
    };
    let first = stage.promised[1].at;
    for cut in 0..n_cuts {
        let at = first + (stage.log.len() - first) * cut / n_cuts;
        let before = stage.promised.iter().rev().find(|one| one.at <= at);
        let mut promised = before.unwrap().clone();
        // What was on its way may have ended already.
        promised.live.truncate(1);
        promised.at = at;
        assert!(
            stage.holds(&promised, Disk::Some(cut as u64 + 1)),
            "cut at {at}"
        );
    }
}
