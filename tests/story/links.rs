//! A link works exactly as often as it says, and for nobody who has only a part of it.

use std::thread;

use quitus_tests::{World, write_files};

#[test]
fn a_link_works_once_and_then_says_no_more_than_one_that_never_was() {
    let world = World::new();
    let (alice, bob, eve) = (
        world.person("alice"),
        world.person("bob"),
        world.person("eve"),
    );
    write_files(&alice.desk(""), &[("brief/a.txt", b"a")]);
    let link = alice.send("brief");
    let _ = bob.receive(&link, "inbox").expect(0);
    let late = eve.receive(&link, "inbox").expect(5);
    let again = bob.receive(&link, "again").expect(5);
    assert_eq!(late.stderr, again.stderr);
    assert!(eve.on_desk().is_empty());
}

#[test]
fn of_many_who_come_at_once_only_as_many_succeed_as_the_link_allows() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("brief/a.txt", b"a")]);
    let sent = alice
        .run(&["send", "brief", "--downloads", "3"], b"")
        .expect(0);
    let link = sent.text().trim();
    let codes: Vec<i32> = thread::scope(|scope| {
        let receive = |n: usize| {
            let person = world.person(&format!("person{n}"));
            move || person.receive(link, "inbox").code
        };
        let people: Vec<_> = (0..12).map(|n| scope.spawn(receive(n))).collect();
        people
            .into_iter()
            .map(|person| person.join().expect("no panic"))
            .collect()
    });
    assert_eq!(
        codes.iter().filter(|code| **code == 0).count(),
        3,
        "{codes:?}"
    );
    assert_eq!(
        codes.iter().filter(|code| **code == 5).count(),
        9,
        "{codes:?}"
    );
}

#[test]
fn a_damaged_link_is_refused_without_asking_anyone() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a"), ("b.txt", b"b")]);
    let (link, other) = (alice.send("a.txt"), alice.send("b.txt"));
    let (page, secret) = link.split_once('#').expect("a secret");
    let (_, other_secret) = other.split_once('#').expect("a secret");
    let mut relay = world.relay;
    relay.kill();
    for damaged in [
        page.to_owned(),
        link[..link.len() - 1].to_owned(),
        format!("{link}="),
        format!("{link})."),
        format!("{link}{link}"),
        format!("{page}#{other_secret}"),
        format!("{page}#v9.{}", &secret[3..]),
        link.replace("http://", "http://someone@"),
        link.replace("http://127.0.0.1", "http://relay.example"),
        link.replace("http://", "file://"),
        String::new(),
        "\0\n".to_owned(),
        "x".repeat(100_000),
    ] {
        let outcome = bob.receive(&damaged, "inbox").expect(2);
        assert!(
            outcome.stderr.contains("hint:"),
            "{damaged}: {}",
            outcome.stderr
        );
        let shown =
            outcome.stderr.contains(&secret[3..]) || outcome.stderr.contains(&other_secret[3..]);
        assert!(!shown, "the secret is in the error: {}", outcome.stderr);
    }
    assert!(bob.on_desk().is_empty());
}

#[test]
fn a_link_that_a_mail_gateway_rewrote_works() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let link = alice.send("a.txt").replace('#', "%23");
    let _ = bob.receive(&format!("  {link}\r\n"), "inbox").expect(0);
}

#[test]
fn looking_at_a_link_does_not_use_it() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let link = alice.send("a.txt");
    let page = link.split('#').next().expect("a page");
    let id = page.rsplit('/').next().expect("an id");
    let api = format!("{}/v1/transfers/{id}", world.relay.url());
    for address in [
        page,
        &api,
        &format!("{api}/claim"),
        &format!("{api}/parts/0"),
    ] {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let looked = std::process::Command::new("curl")
                .args([
                    "-s",
                    "-o",
                    "/dev/null",
                    "-X",
                    method,
                    "--max-time",
                    "5",
                    address,
                ])
                .status();
            assert!(looked.is_ok(), "curl is installed");
        }
    }
    let _ = bob.receive(&link, "inbox").expect(0);
}
