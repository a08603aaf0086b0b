//! A relay that says whatever it likes: what it serves is refused, and what it writes is foreign text.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use quitus_core::archive::Form;
use quitus_tests::{Answer, FakeRelay, Outcome, Person, World, random_bytes, write_files};
use tempfile::TempDir;

use crate::offer::{Draft, Offer, Stage};

fn person(relay: &str) -> (Person, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let person = Person::new(&folder.path().join("bob"), relay);
    write_files(&person.desk(""), &[("a.txt", b"a")]);
    (person, folder)
}

/// What a person sees: no character that acts on a terminal, and not more than a screen.
fn check_shown(outcome: &Outcome, what: &str) {
    let acts = |c: char| c.is_control() && c != '\n';
    assert!(
        !outcome.stderr.contains(acts),
        "{what}: {:?}",
        outcome.stderr
    );
    assert!(outcome.stderr.len() < 8_000, "{what}: it fills the screen");
    assert!(outcome.stdout.is_empty(), "{what}");
}

#[test]
fn what_a_relay_writes_is_cut_and_shown_escaped() {
    let escapes = "\u{1b}]52;c;ZWNobw==\u{7}\u{1b}[2J\r\u{202e}\u{9b}31m";
    let refusal = format!(
        r#"{{"error":{{"code":"malformed","message":{}}}}}"#,
        r#""\u001b]52;c;ZWNobw==\u0007\u001b[2J\r\u202e""#
    );
    let long = format!(
        r#"{{"error":{{"code":"bounds","message":"{}"}}}}"#,
        "m".repeat(50_000)
    );
    let answers = [
        (400, escapes.as_bytes().to_vec()),
        (400, refusal.into_bytes()),
        (422, long.into_bytes()),
        (404, vec![0x1b; 10 * 1024 * 1024]),
        (418, b"\xff\xfe\x1b".to_vec()),
        (200, escapes.as_bytes().to_vec()),
        (200, vec![b'['; 10 * 1024 * 1024]),
        (302, b"<html>\x1b[2J".to_vec()),
    ];
    for (status, body) in answers {
        let what = format!("{status} with {} bytes", body.len());
        let relay = FakeRelay::start(move |_| Answer::new(status, body.clone()));
        let (alice, _folder) = person(&relay.url());
        for json in ["--json", "--quiet"] {
            let start = Instant::now();
            let outcome = alice.run(&["send", "a.txt", json], b"");
            check_shown(&outcome, &what);
            assert_ne!(outcome.code, 0, "{what}");
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{what} took long"
            );
        }
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = FakeRelay::start(|_| Answer::new(200, "{}"));
    let address = elsewhere.url();
    let relay = FakeRelay::start(move |asked| {
        let mut answer = Answer::new(307, "");
        answer
            .headers
            .push(format!("Location: {address}{}", asked.path));
        answer
    });
    let (alice, _folder) = person(&relay.url());
    let _ = alice.run(&["send", "a.txt"], b"").expect(1);
    assert_eq!(relay.asked().len(), 1);
    assert!(elsewhere.asked().is_empty(), "{:?}", elsewhere.asked());
}

fn refuse(bob: &Person, link: &str, codes: &[i32], what: &str) {
    let outcome = bob.receive(link, "inbox");
    assert!(
        codes.contains(&outcome.code),
        "{what}: exit {}\n{}",
        outcome.code,
        outcome.stderr
    );
    assert_eq!(bob.on_desk(), ["a.txt"], "{what}: something was written");
    check_shown(&outcome, what);
}

#[test]
fn pieces_of_two_transfers_of_one_key_do_not_mix() {
    let stage = Stage::new();
    let (bob, _folder) = person(&stage.relay.url());
    // The same id, the same two halves, the same names and lengths: only digests tell them apart.
    let offers: Vec<Offer> = [b"monday".as_slice(), b"friday"]
        .map(|text| Draft::new(Form::File, &[("plan.txt", Some(text))]))
        .map(|draft| draft.offer(&stage.relay.url()))
        .into();
    for pick in 0..8 {
        let from = |bit: usize| &offers[pick >> bit & 1];
        let mixed = Offer {
            header: from(0).header.clone(),
            parts: from(0).parts.clone(),
            manifest: from(1).manifest.clone(),
            terms: from(2).terms.clone(),
            ..offers[0].clone()
        };
        let link = stage.show(mixed);
        if pick == 0 {
            let _ = bob.receive(&link, "control").expect(0);
            std::fs::remove_dir_all(bob.desk("control")).unwrap();
        } else if pick < 7 {
            refuse(&bob, &link, &[6], &format!("{pick:03b}"));
        }
    }
    let unheaded = Offer {
        header: offers[1].header.clone(),
        ..offers[0].clone()
    };
    refuse(&bob, &stage.show(unheaded), &[6], "a header of other parts");
}

#[test]
fn what_a_grant_says_is_believed_only_as_far_as_it_was_signed() {
    let stage = Stage::new();
    let (bob, _folder) = person(&stage.relay.url());
    let honest = Draft::new(Form::File, &[("plan.txt", Some(b"monday"))]).offer(&stage.relay.url());
    let other = Draft {
        secrets: 2,
        ..Draft::new(Form::File, &[("plan.txt", Some(b"monday"))])
    }
    .offer(&stage.relay.url());
    let stanza = format!("-> X25519 {}\n{}\n", "A".repeat(43), "A".repeat(43));
    let head = b"age-encryption.org/v1\n".as_slice();
    let many = [
        head,
        stanza.repeat(1_000).as_bytes(),
        b"--- AAAA\n",
        &[0; 16],
    ]
    .concat();
    let long = [head, stanza.repeat(64 * 1024 / stanza.len()).as_bytes()].concat();
    let check = |what: &str, change: &dyn Fn(&mut Offer)| {
        let mut offer = honest.clone();
        change(&mut offer);
        refuse(&bob, &stage.show(offer), &[6], what);
    };
    check("another share", &|offer| {
        offer.share.clone_from(&other.share);
    });
    check("no share", &|offer| offer.share.clear());
    check("half a share", &|offer| offer.share.truncate(20));
    check("a byte less", &|offer| offer.archive_bytes -= 1);
    check("a byte more", &|offer| offer.archive_bytes += 1);
    check("16 TiB", &|offer| offer.archive_bytes = 1 << 44);
    check("more than there is", &|offer| {
        offer.archive_bytes = u64::MAX;
    });
    check("no header", &|offer| offer.header.clear());
    check("a header without nonce", &|offer| {
        offer.header.truncate(150);
    });
    check("another header", &|offer| {
        offer.header.clone_from(&other.header);
    });
    check("a thousand stanzas", &|offer| {
        offer.header.clone_from(&many);
    });
    check("64 KiB of stanzas", &|offer| offer.header.clone_from(&long));
    check("no manifest", &|offer| offer.manifest.clear());
    check("another's manifest", &|offer| {
        offer.manifest.clone_from(&other.manifest);
    });
    check("terms as manifest", &|offer| {
        offer.manifest.clone_from(&offer.terms);
    });
    check("manifest as terms", &|offer| {
        offer.terms.clone_from(&offer.manifest);
    });
    check("no terms", &|offer| offer.terms.clear());
    check("another's terms", &|offer| {
        offer.terms.clone_from(&other.terms);
    });
    let _ = bob.receive(&stage.show(honest), "control").expect(0);
}

#[test]
fn answers_that_are_none_end_the_reception_in_bounded_time() {
    let offer = Draft::new(Form::File, &[("plan.txt", Some(b"monday"))]);
    let answers: [(&str, fn() -> Answer, &[i32]); 5] = [
        ("claim", || Answer::new(200, "<html>"), &[1]),
        ("claim", || Answer::new(200, "{}"), &[1]),
        ("claim", || Answer::new(204, ""), &[1]),
        ("manifest", || Answer::new(200, vec![0; 1_000_000]), &[6]),
        ("parts/0", || Answer::new(200, vec![0; 22]), &[6]),
    ];
    for (route, answer, codes) in answers {
        let shown = Arc::new(Mutex::new(None::<Offer>));
        let served = Arc::clone(&shown);
        let relay = FakeRelay::start(move |asked| {
            let served = served.lock().unwrap();
            if asked.path.ends_with(route) {
                answer()
            } else {
                served.as_ref().unwrap().answer(asked)
            }
        });
        let offer = offer.offer(&relay.url());
        let link = offer.link.clone();
        *shown.lock().unwrap() = Some(offer);
        let (bob, _folder) = person(&relay.url());
        refuse(&bob, &link, codes, route);
    }
}

#[test]
fn a_broken_connection_is_temporary_and_leaves_nothing() {
    let relay = FakeRelay::start(|_| Answer::new(200, "a body of which half is sent").cut());
    let (alice, _folder) = person(&relay.url());
    let outcome = alice.run(&["send", "a.txt"], b"").expect(7);
    assert!(outcome.stdout.is_empty() && outcome.stderr.contains("hint:"));
}

#[test]
fn a_link_to_another_relay_is_gone_and_a_copied_relay_is_found_out() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(16, 100_000))]);
    let sent = alice
        .run(&["send", "a.bin", "--downloads", "3"], b"")
        .expect(0);
    let link = sent.text().trim();
    let other = quitus_tests::Relay::start(&world.folder().join("other"));
    let moved = link.replace(world.relay.url(), other.url());
    let gone = bob.receive(&moved, "inbox").expect(5);
    let unknown = bob.receive(&moved, "inbox").expect(5);
    assert_eq!(gone.stderr, unknown.stderr);

    let copy = world.folder().join("copy");
    let copied = std::process::Command::new("cp")
        .args(["-r", "--"])
        .args([world.relay.folder(), &copy])
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
    let copied = quitus_tests::Relay::start(&copy);
    let moved = link.replace(world.relay.url(), copied.url());
    let refused = bob.receive(&moved, "inbox").expect(6);
    assert!(
        refused.stderr.contains("another transfer: its relay"),
        "{}",
        refused.stderr
    );
    assert!(bob.on_desk().is_empty());
    let _ = bob.receive(link, "inbox").expect(0);
}

#[test]
fn a_relay_that_cannot_be_told_costs_nobody_what_was_received() {
    let offer = Draft::new(Form::File, &[("plan.txt", Some(b"monday"))]);
    let shown = Arc::new(Mutex::new(None::<Offer>));
    let served = Arc::clone(&shown);
    let n_told = std::sync::atomic::AtomicU32::new(0);
    // As often as it is tried within one run.
    let relay = FakeRelay::start(move |asked| {
        let is_late = || n_told.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 4;
        if asked.path.ends_with("done") && is_late() {
            return Answer::refusal(503, "unavailable");
        }
        served.lock().unwrap().as_ref().unwrap().answer(asked)
    });
    let offer = offer.offer(&relay.url());
    let link = offer.link.clone();
    *shown.lock().unwrap() = Some(offer);
    let (bob, _folder) = person(&relay.url());
    let mut last = Vec::new();
    for _ in 0..2 {
        let outcome = bob.run(&["receive", "-", "-o", "-"], link.as_bytes());
        assert!([0, 7].contains(&outcome.code), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, b"monday", "exit {}", outcome.code);
        last.push(outcome.code);
        if outcome.code == 0 {
            return;
        }
    }
    panic!("{last:?}");
}

/// The same answer from a relay that names another protocol; none where the name is empty.
fn naming(mut answer: Answer, protocol: &str) -> Answer {
    answer.headers.push(format!("Quitus-Protocol: {protocol}"));
    answer
}

/// A relay that serves an offer and names a protocol, which the test can change.
fn talking_relay() -> (FakeRelay, Arc<Mutex<(String, Option<Offer>)>>) {
    let said = Arc::new(Mutex::new((String::from("1"), None::<Offer>)));
    let told = Arc::clone(&said);
    let relay = FakeRelay::start(move |asked| {
        let (protocol, offer) = &*told.lock().unwrap();
        let gone = || Answer::refusal(404, "gone");
        let answer = offer
            .as_ref()
            .map_or_else(gone, |offer| offer.answer(asked));
        naming(answer, protocol)
    });
    (relay, said)
}

#[test]
fn a_relay_that_offers_an_older_protocol_is_refused_and_what_it_spoke_is_remembered() {
    let (relay, said) = talking_relay();
    let offer = Draft::new(Form::File, &[("plan.txt", Some(b"monday"))]).offer(&relay.url());
    let link = offer.link.clone();
    said.lock().unwrap().1 = Some(offer);
    let say = |protocol: &str| said.lock().unwrap().0 = protocol.to_owned();
    let (bob, _folder) = person(&relay.url());
    for older in ["0", "", "01", "one", "1, 0", "-1", "4294967296"] {
        say(older);
        refuse(&bob, &link, &[6], older);
        let refused = bob.run(&["send", "a.txt"], b"").expect(6);
        check_shown(&refused, older);
        assert!(refused.stderr.contains(&relay.url()), "{}", refused.stderr);
    }
    // A relay that speaks a later protocol as well is understood; it does not come back from it.
    say("2");
    let _ = bob.receive(&link, "control").expect(0);
    std::fs::remove_dir_all(bob.desk("control")).unwrap();
    say("1");
    refuse(&bob, &link, &[6], "older than before");
    let floor = std::fs::read_to_string(bob.home().join("protocols")).unwrap();
    assert!(floor.contains(&relay.url()), "{floor}");
    // Others are not concerned, nor are people who never heard of the later one.
    let (carol, _other) = person(&relay.url());
    let _ = carol.receive(&link, "control").expect(0);
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let _ = bob.receive(&alice.send("a.txt"), "other").expect(0);
}

#[test]
fn a_relay_that_asks_for_nothing_signed_gets_nothing_unsigned() {
    let (relay, said) = talking_relay();
    let (bob, _folder) = person(&relay.url());
    let lenient = FakeRelay::start(move |asked| {
        let mut answer = match asked.method.as_str() {
            "POST" if asked.path.ends_with("/v1/transfers") => {
                Answer::new(201, r#"{"expiresAt":"2096-10-02T07:06:40Z"}"#)
            }
            _ => Answer::new(204, ""),
        };
        answer
            .headers
            .push("Quitus-Signatures: unsigned ok".to_owned());
        answer
    });
    let _ = bob
        .run(&["send", "a.txt", "--relay", &lenient.url()], b"")
        .expect(0);
    let asked = lenient.asked();
    assert!(asked.len() > 3, "{asked:?}");
    for one in asked {
        let shown = &one.headers["authorization"];
        let is_part = one.path.contains("/parts/");
        let scheme = if is_part { "Bearer " } else { "Quitus " };
        assert!(shown.starts_with(scheme), "{} {}", one.method, one.path);
    }
    // What was sealed, and not signed, is refused.
    for cut in [0, 1] {
        let mut draft = Draft::new(Form::File, &[("plan.txt", Some(b"monday"))]);
        draft.is_unsigned[cut] = true;
        let offer = draft.offer(&relay.url());
        let link = offer.link.clone();
        said.lock().unwrap().1 = Some(offer);
        refuse(&bob, &link, &[6], "without its signature");
    }
}
