//! Transfers for recipients by key: whom they reach, whom not, and who is said to have sent them.

use std::fs;
use std::process::Command;

use quitus_tests::{Person, World, random_bytes, write_files};

/// Somebody with an identity, whose card lies on its desk.
pub(crate) fn introduced(world: &World, name: &str) -> Person {
    let person = world.person(name);
    let _ = person
        .run(&["init", "--name", name, "--no-passphrase"], b"")
        .expect(0);
    let _ = person.run(&["id", "-o", "card"], b"").expect(0);
    write_files(&person.desk(""), &[("plan.txt", b"monday")]);
    person
}

/// Pins somebody's card under its name, as verified.
pub(crate) fn pin(person: &Person, name: &str, other: &Person) {
    let card = other.desk("card");
    let _ = person
        .run(&["contact", "add", name, card.to_str().unwrap()], b"")
        .expect(0);
}

fn send(person: &Person, more: &[&str]) -> String {
    let args = [&["send", "plan.txt"], more].concat();
    person.run(&args, b"").expect(0).text().trim().to_owned()
}

fn is_received(person: &Person, folder: &str) -> bool {
    fs::read(person.desk(folder).join("plan.txt")).is_ok_and(|bytes| bytes == b"monday")
}

#[test]
fn a_transfer_for_contacts_reaches_each_of_them_once_and_nobody_else() {
    let world = World::new();
    let [alice, bob, carol, dave] =
        ["alice", "bob", "carol", "dave"].map(|name| introduced(&world, name));
    pin(&alice, "bob", &bob);
    pin(&alice, "carol", &carol);
    let link = send(&alice, &["--to", "bob", "--to", "carol"]);
    assert!(!link.contains('#'), "{link}");

    let refused = dave.receive(&link, "inbox").expect(5);
    let unknown = dave.receive(&link.replace("/t/", "/t/0").replace("0f", "f0"), "inbox");
    assert_eq!(unknown.code, 2, "33 digits are no id");
    assert!(!refused.stderr.contains("bob"));
    // Whoever holds the link and has no key of its own is told so without a question to anyone.
    let stranger = world.person("stranger");
    let told = stranger.receive(&link, "inbox").expect(2);
    assert!(told.stderr.contains("quitus init"), "{}", told.stderr);

    for person in [&bob, &carol] {
        let _ = person.receive(&link, "inbox").expect(0);
        assert!(is_received(person, "inbox"));
    }
    let _ = bob.receive(&link, "again").expect(5);
    assert!(!dave.desk("inbox").exists() && !stranger.desk("inbox").exists());
}

#[test]
fn the_sender_opens_what_it_sent_and_that_takes_nobodys_place() {
    let world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|name| introduced(&world, name));
    pin(&alice, "bob", &bob);
    let link = send(&alice, &["--to", "bob"]);
    let _ = alice.receive(&link, "copy").expect(0);
    assert!(is_received(&alice, "copy"));
    let _ = bob.receive(&link, "inbox").expect(0);
    assert!(is_received(&bob, "inbox"));
}

#[test]
fn an_inbox_lists_what_waits_and_who_sent_it() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| introduced(&world, name));
    pin(&alice, "bob", &bob);
    pin(&carol, "bob", &bob);
    pin(&bob, "alice", &alice);
    let from_alice = send(&alice, &["--to", "bob"]);
    let from_carol = send(&carol, &["--to", "bob"]);
    let inbox = || bob.run(&["inbox"], b"").expect(0).text().to_owned();
    let listed = inbox();
    let line = |link: &str| {
        let found = listed.lines().find(|line| line.contains(link));
        found.unwrap_or_else(|| panic!("{listed}")).to_owned()
    };
    assert!(line(&from_alice).contains("alice ("), "{listed}");
    assert!(
        line(&from_carol).contains("not one of your contacts"),
        "{listed}"
    );

    let received = bob.receive(&from_alice, "inbox").expect(0);
    assert!(received.stderr.contains("alice ("), "{}", received.stderr);
    assert!(received.stderr.contains("plan.txt"), "{}", received.stderr);
    let listed = inbox();
    assert!(
        !listed.contains(&from_alice) && listed.contains(&from_carol),
        "{listed}"
    );
    assert_eq!(carol.run(&["inbox"], b"").expect(0).text(), "");
}

#[test]
fn a_transfer_that_another_than_the_one_named_sent_is_not_written() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| introduced(&world, name));
    pin(&alice, "bob", &bob);
    pin(&bob, "alice", &alice);
    pin(&bob, "carol", &carol);
    let link = send(&alice, &["--to", "bob"]);
    let receive = |from: &str| {
        let args = ["receive", "-", "-o", "inbox", "--from", from];
        bob.run(&args, link.as_bytes())
    };
    let _ = receive("nobody").expect(2);
    let refused = receive("carol").expect(6);
    assert!(refused.stderr.contains("carol"), "{}", refused.stderr);
    assert!(!bob.desk("inbox").exists());
    let _ = receive("alice").expect(0);
    assert!(is_received(&bob, "inbox"));

    let bearer = send(&carol, &[]);
    let args = ["receive", "-", "-o", "other", "--from", "carol"];
    let _ = bob.run(&args, bearer.as_bytes()).expect(0);
}

#[test]
fn recipients_are_added_and_the_end_moved_without_sending_again() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| introduced(&world, name));
    pin(&alice, "bob", &bob);
    pin(&alice, "carol", &carol);
    let link = send(&alice, &["--to", "bob"]);
    let id = &link[link.len() - 32..];
    let _ = carol.receive(&link, "inbox").expect(5);
    let n_objects = world.relay.objects().len();

    let _ = alice
        .run(&["recipient", "add", &id[..8], "carol"], b"")
        .expect(0);
    let _ = alice
        .run(&["recipient", "add", &id[..8], "carol"], b"")
        .expect(0);
    let _ = alice
        .run(&["recipient", "add", &id[..8], "nobody"], b"")
        .expect(2);
    let _ = alice
        .run(&["extend", &id[..8], "--expires", "2d"], b"")
        .expect(0);
    assert_eq!(
        world.relay.objects().len(),
        n_objects,
        "nothing was uploaded again"
    );
    for person in [&bob, &carol] {
        let _ = person.receive(&link, "inbox").expect(0);
        assert!(is_received(person, "inbox"));
    }

    let bearer = send(&alice, &[]);
    let id = bearer.split("/t/").nth(1).unwrap()[..8].to_owned();
    let refused = alice.run(&["recipient", "add", &id, "bob"], b"").expect(2);
    assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
}

#[test]
fn a_password_and_an_interruption_work_for_recipients_too() {
    let world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|name| introduced(&world, name));
    pin(&alice, "bob", &bob);
    write_files(
        &alice.desk(""),
        &[
            ("word", b"tres long\n"),
            ("big.bin", &random_bytes(8, 20_000_000)),
        ],
    );
    write_files(
        &bob.desk(""),
        &[("word", b"tres long\n"), ("wrong", b"long\n")],
    );
    let sent = alice.run(
        &["send", "big.bin", "--to", "bob", "--password-file", "word"],
        b"",
    );
    let link = sent.expect(0).text().trim().to_owned();
    let receive = |word: &str| {
        let args = ["receive", "-", "-o", "inbox", "--password-file", word];
        bob.run(&args, link.as_bytes())
    };
    let _ = receive("wrong").expect(4);
    let mut child = bob.start_with(
        &["receive", "-", "-o", "inbox", "--password-file", "word"],
        link.as_bytes(),
    );
    std::thread::sleep(std::time::Duration::from_millis(60));
    drop(child.kill());
    child.wait().unwrap();
    if !bob.desk("inbox").exists() {
        let _ = receive("word").expect(0);
    }
    let sent = fs::read(alice.desk("big.bin")).unwrap();
    assert!(fs::read(bob.desk("inbox/big.bin")).unwrap() == sent);
}

#[test]
fn an_identity_behind_a_passphrase_opens_what_it_is_sent() {
    let world = World::new();
    let (alice, bob) = (introduced(&world, "alice"), world.person("bob"));
    write_files(
        &bob.desk(""),
        &[("phrase", b"correct horse\n"), ("wrong", b"horse\n")],
    );
    let init = ["init", "--name", "bob", "--passphrase-file", "phrase"];
    let _ = bob.run(&init, b"").expect(0);
    let _ = bob.run(&["id", "-o", "card"], b"").expect(0);
    pin(&alice, "bob", &bob);
    let link = send(&alice, &["--to", "bob"]);
    let receive = |phrase: &[&str]| {
        let args = [&["receive", "-", "-o", "inbox"], phrase].concat();
        bob.run(&args, link.as_bytes())
    };
    let asked = receive(&[]).expect(2);
    assert!(
        asked.stderr.contains("--passphrase-file"),
        "{}",
        asked.stderr
    );
    let _ = receive(&["--passphrase-file", "wrong"]).expect(10);
    let _ = receive(&["--passphrase-file", "phrase"]).expect(0);
    assert!(is_received(&bob, "inbox"));
}

#[test]
fn whom_nobody_knows_cannot_be_sent_anything() {
    let world = World::new();
    let alice = introduced(&world, "alice");
    let refused = alice
        .run(&["send", "plan.txt", "--to", "bob"], b"")
        .expect(2);
    assert!(
        refused.stderr.contains("quitus contact list"),
        "{}",
        refused.stderr
    );
    assert!(refused.stdout.is_empty());
    assert!(world.relay.objects().is_empty(), "nothing left the device");
    let both = alice.run(&["send", "plan.txt", "--to", "bob", "--link"], b"");
    assert_eq!(both.code, 2);
}

/// Makes an SSH key on somebody's desk; gives its public half.
fn ssh_key(person: &Person, name: &str) -> String {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-C", "bob@work", "-N", "", "-f"]);
    assert!(command.arg(person.desk(name)).status().unwrap().success());
    fs::read_to_string(person.desk(name).with_extension("pub")).unwrap()
}

#[test]
fn whoever_is_known_by_an_ssh_key_alone_receives_with_that_key() {
    let world = World::new();
    let [alice, carol] = ["alice", "carol"].map(|name| introduced(&world, name));
    let [bob, dave] = ["bob", "dave"].map(|name| world.person(name));
    // As code hosts publish them: the key in use, another, and one that nothing can be sealed for.
    let (used, other) = (ssh_key(&bob, "id"), ssh_key(&bob, "old"));
    let keys = format!("{other}ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA=\n{used}");
    write_files(&alice.desk(""), &[("bob.keys", keys.as_bytes())]);
    let _ = alice
        .run(&["contact", "add", "bob", "bob.keys"], b"")
        .expect(0);
    let sent = alice
        .run(&["send", "plan.txt", "--to", "bob"], b"")
        .expect(0);
    assert!(sent.stderr.contains("--sign-with"), "{}", sent.stderr);
    let link = sent.text().trim().to_owned();
    assert!(!link.contains('#'), "{link}");

    let init = |person: &Person, more: &[&str]| {
        let args = [&["init", "--name", "B", "--no-passphrase"], more].concat();
        let _ = person.run(&args, b"").expect(0);
    };
    // Somebody else with an SSH key, and somebody without, are nobody here.
    let _ = ssh_key(&dave, "id");
    init(&dave, &["--sign-with", "id"]);
    for person in [&dave, &carol] {
        let _ = person.receive(&link, "inbox").expect(5);
        assert_eq!(person.run(&["inbox"], b"").expect(0).text(), "");
    }
    init(&bob, &["--sign-with", "id"]);
    let listed = bob.run(&["inbox"], b"").expect(0);
    assert!(listed.text().contains(&link), "{}", listed.text());
    let _ = bob.receive(&link, "inbox").expect(0);
    assert!(is_received(&bob, "inbox"));
    let _ = bob.receive(&link, "again").expect(5);

    // What is for the card of the same person still reaches it.
    let _ = bob.run(&["id", "-o", "card"], b"").expect(0);
    pin(&carol, "bob", &bob);
    let link = send(&carol, &["--to", "bob"]);
    let _ = bob.receive(&link, "by-card").expect(0);
    assert!(is_received(&bob, "by-card"));
}
