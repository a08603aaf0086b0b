//! The page of a contract: both parties get the same one, and a verifier reads the right keys from it.

use std::fs;
use std::process::Command;

use quitus_core::dossier::Annex;
use quitus_core::statement::Role;
use quitus_tests::{Person, Relay, binary};
use tempfile::TempDir;

/// A client, a freelancer it invited, and their relay.
struct World {
    relay: Relay,
    client: Person,
    freelancer: Person,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::start_closed(&folder.path().join("relay"));
        let person = |name: &str| {
            let person = Person::new(&folder.path().join(name), relay.url());
            let init = ["init", "--name", name, "--no-passphrase"];
            let _ = person.run(&init, b"").expect(0);
            person
        };
        let (client, freelancer) = (person("Bertin"), person("jeanne"));
        let mut invite = Command::new(binary("quitus-relay"));
        let (data, keys) = (relay.folder().join("data"), relay.folder().join("keys"));
        invite.arg("invite").arg("--data").arg(data);
        invite.arg("--keys").arg(keys).args(["--name", "Bertin"]);
        let invite = invite.env_clear().output().unwrap();
        let _ = client.run(&["join", "-"], &invite.stdout).expect(0);
        let invite = client.run(&["invite", "jeanne"], b"").expect(0);
        let _ = freelancer.run(&["join", "-"], &invite.stdout).expect(0);
        let _ = client.run(&["invites"], b"").expect(0);
        Self {
            relay,
            client,
            freelancer,
            folder,
        }
    }
}

/// The fingerprint that `quitus id` shows.
fn print_of(person: &Person) -> String {
    let id = person.run(&["id"], b"").expect(0);
    let line = id.text().lines().find(|line| line.contains("SHA256:"));
    let print = line.unwrap().split_whitespace().last();
    print.unwrap().to_owned()
}

#[test]
fn both_parties_make_the_same_annex() {
    let world = World::new();
    let (client, freelancer) = (&world.client, &world.freelancer);
    let with = ["annex", "--with", "jeanne"];
    let made = client.run(&with, b"").expect(0);
    let french = [
        "--lang",
        "fr",
        "annex",
        "--with",
        "Bertin",
        "-o",
        "annex.txt",
    ];
    let said = freelancer.run(&french, b"").expect(0);
    assert!(said.stderr.contains("annexe écrite"), "{}", said.stderr);
    let text = fs::read_to_string(freelancer.desk("annex.txt")).unwrap();
    assert_eq!(made.text(), text, "whoever makes it, in whatever language");
    let html = client
        .run(&[&with[..], &["--html"]].concat(), b"")
        .expect(0);
    for page in [&text, html.text()] {
        let annex = Annex::read(page);
        let signers = annex
            .signers
            .iter()
            .map(|(role, key)| (*role, key.to_string()));
        let signers: Vec<_> = signers.collect();
        assert_eq!(signers[0], (Role::Client, print_of(client)));
        assert_eq!(signers[1], (Role::Freelancer, print_of(freelancer)));
        assert_eq!((signers.len(), signers[2].0), (3, Role::Relay));
        assert_eq!((annex.logs.len(), annex.witnesses.len()), (1, 2));
        for named in ["Bertin", "jeanne", world.relay.url()] {
            assert!(page.contains(named), "{named}");
        }
    }
    // Nothing is written over.
    let _ = freelancer.run(&french, b"").expect(8);
    // What was pinned needs no relay.
    drop(world.relay);
    assert_eq!(client.run(&with, b"").expect(0).text(), text);
}

#[test]
fn an_annex_needs_a_card_and_a_role() {
    let world = World::new();
    let client = &world.client;
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlpBEJgvXGKhoATsXEAqPZF2kXHVQzLPzRsfkmHnNmk";
    let add = ["contact", "add", "ssh", "-"];
    let _ = client.run(&add, key.as_bytes()).expect(0);
    let refused = client.run(&["annex", "--with", "ssh"], b"").expect(2);
    assert!(
        refused.stderr.contains("contact replace ssh FILE"),
        "{}",
        refused.stderr
    );
    let refused = client.run(&["annex", "--with", "nobody"], b"").expect(2);
    assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
    // Another relay than the one that was joined: its keys are asked for, and that is said.
    let other = Relay::start(&world.folder.path().join("other"));
    let elsewhere = ["annex", "--with", "jeanne", "--relay", other.url()];
    let refused = client.run(&elsewhere, b"").expect(2);
    assert!(
        refused.stderr.contains("--as client or --as freelancer"),
        "{}",
        refused.stderr
    );
    let as_freelancer = [&elsewhere[..], &["--as", "freelancer"]].concat();
    let made = client.run(&as_freelancer, b"").expect(0);
    assert!(
        made.stderr.contains("you have not joined"),
        "{}",
        made.stderr
    );
    let annex = Annex::read(made.text());
    let (role, own) = &annex.signers[1];
    assert_eq!(
        (*role, own.to_string()),
        (Role::Freelancer, print_of(client))
    );
}
