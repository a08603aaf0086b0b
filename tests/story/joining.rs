//! A relay by invitation only: the operator invites the client, the client the freelancer, and nobody
//! between can put another's card in the place of theirs.

use std::process::Command;

use quitus_core::cipher::SecretKey;
use quitus_core::digest::Sha256;
use quitus_core::document;
use quitus_core::invite::{
    InviteId, InviteLink, Role, Side, card_key, card_mac, relay_keys_digest,
};
use quitus_core::keys::{Secret, SigningKey};
use quitus_core::protocol::Redeemed;
use quitus_core::text::base64url;
use quitus_core::tlog::{Algorithm, VerifierKey};
use quitus_tests::{Answer, FakeRelay, Outcome, Person, Relay, SlowPath, binary, write_files};
use tempfile::TempDir;

/// A relay that nobody may use without an invite.
pub(crate) struct Closed {
    relay: Relay,
    folder: TempDir,
    /// Where people reach it.
    url: String,
}

impl Closed {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::start_closed(&folder.path().join("relay"));
        let url = relay.url().to_owned();
        Self { relay, folder, url }
    }

    /// One that people reach over another address.
    pub(crate) fn behind(path: &SlowPath) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = path.url();
        let relay = Relay::start_closed_at(&folder.path().join("relay"), &url);
        path.lead_to(relay.url());
        Self { relay, folder, url }
    }

    pub(crate) fn relay(&mut self) -> &mut Relay {
        &mut self.relay
    }

    /// Somebody with keys and a card, and something to send.
    pub(crate) fn person(&self, name: &str) -> Person {
        let person = Person::new(&self.folder.path().join(name), &self.url);
        let init = ["init", "--name", name, "--no-passphrase"];
        let _ = person.run(&init, b"").expect(0);
        write_files(&person.desk(""), &[("plan.txt", b"monday")]);
        person
    }

    pub(crate) fn operator(&self, args: &[&str]) -> String {
        let data = self.relay.folder().join("data");
        let mut command = Command::new(binary("quitus-relay"));
        command.args(&args[..1]).arg("--data").arg(&data);
        if args[0] == "invite" {
            command.arg("--keys").arg(self.relay.folder().join("keys"));
        }
        let output = command.args(&args[1..]).env_clear().output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A client who joined by the operator's invite.
    pub(crate) fn client(&self, name: &str) -> Person {
        let client = self.person(name);
        let invite = self.operator(&["invite", "--name", name]);
        let _ = join(&client, &invite).expect(0);
        client
    }
}

pub(crate) fn join(person: &Person, invite: &str) -> Outcome {
    person.run(&["join", "-"], invite.as_bytes())
}

pub(crate) fn invite(client: &Person, name: &str) -> String {
    client
        .run(&["invite", name], b"")
        .expect(0)
        .text()
        .trim()
        .to_owned()
}

#[test]
fn who_was_invited_sends_and_nobody_else() {
    let world = Closed::new();
    let stranger = world.person("stranger");
    let refused = stranger.run(&["send", "plan.txt"], b"").expect(4);
    assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
    assert!(refused.stdout.is_empty());
    assert!(world.relay.objects().is_empty());
    let alice = world.client("alice");
    let sent = alice.run(&["send", "plan.txt"], b"").expect(0);
    // A link works for whoever holds it, invited or not.
    let _ = stranger.receive(sent.text(), "inbox").expect(0);
}

#[test]
fn an_invite_makes_two_contacts_who_compare_the_same_words() {
    let world = Closed::new();
    let (alice, bob) = (world.client("alice"), world.person("bob"));
    let invite = invite(&alice, "bob");
    let listed = alice.run(&["invites"], b"").expect(0);
    assert!(
        listed.text().contains("bob  not used yet"),
        "{}",
        listed.text()
    );
    let joined = join(&bob, &invite).expect(0);
    let listed = alice.run(&["invites"], b"").expect(0);
    assert!(listed.text().contains("bob  used"), "{}", listed.text());
    let words = |person: &Person| {
        let own = person.run(&["id"], b"").expect(0);
        let line = own.text().lines().find(|line| line.starts_with("words"));
        line.unwrap()["words".len()..].trim().to_owned()
    };
    assert!(joined.stderr.contains(&words(&alice)), "{}", joined.stderr);
    assert!(listed.stderr.contains(&words(&bob)), "{}", listed.stderr);

    for (person, name) in [(&alice, "bob"), (&bob, "alice")] {
        let _ = person
            .run(&["contact", "verify", name, "--yes"], b"")
            .expect(0);
    }
    let there = alice
        .run(&["send", "plan.txt", "--to", "bob"], b"")
        .expect(0);
    assert!(!there.stderr.contains("not compared"), "{}", there.stderr);
    let received = bob.receive(there.text(), "inbox").expect(0);
    assert!(received.stderr.contains("alice ("), "{}", received.stderr);
    let back = bob
        .run(&["send", "plan.txt", "--to", "alice"], b"")
        .expect(0);
    let _ = alice.receive(back.text(), "inbox").expect(0);
}

#[test]
fn an_invite_works_once_and_its_maker_is_told_of_a_second_use() {
    let world = Closed::new();
    let (alice, bob, eve) = (
        world.client("alice"),
        world.person("bob"),
        world.person("eve"),
    );
    let text = invite(&alice, "bob");
    let _ = join(&bob, &text).expect(0);
    let _ = join(&bob, &text).expect(0);
    let refused = join(&eve, &text).expect(5);
    assert!(!eve.home().join("relays").exists(), "{}", refused.stderr);
    let listed = alice.run(&["invites"], b"").expect(0);
    assert!(
        listed.stderr.contains("somebody else tried"),
        "{}",
        listed.stderr
    );
    let _ = eve.run(&["send", "plan.txt"], b"").expect(4);
    // A freelancer invites nobody.
    let _ = bob.run(&["invite", "eve"], b"").expect(4);
    for broken in ["", "https://relay.example/i/00", &text[..text.len() - 1]] {
        let _ = join(&eve, broken).expect(2);
    }
}

#[test]
fn a_disabled_account_may_nothing_any_more() {
    let world = Closed::new();
    let alice = world.client("alice");
    let listed = world.operator(&["accounts", "list"]);
    assert!(
        listed.contains("client") && listed.contains("alice"),
        "{listed}"
    );
    let key = listed.split(' ').next().unwrap();
    let _ = world.operator(&["accounts", "disable", key]);
    let _ = alice.run(&["send", "plan.txt"], b"").expect(4);
    let _ = alice.run(&["invite", "bob"], b"").expect(4);
    let _ = world.operator(&["accounts", "enable", key]);
    let _ = alice.run(&["send", "plan.txt"], b"").expect(0);
}

/// What a relay says to whoever joins by an invite that was made by hand.
#[derive(Clone)]
struct Said {
    statement_key: u8,
    log_key: u8,
    /// Under which secret the card and its MAC were made.
    secrets: [u8; 2],
    side: Side,
    card: Option<Vec<u8>>,
}

#[test]
fn two_parties_who_were_shown_two_logs_find_it_at_the_first_transfer() {
    let world = Closed::new();
    let (alice, bob) = (world.client("alice"), world.person("bob"));
    let _ = join(&bob, &invite(&alice, "bob")).expect(0);
    let _ = alice.run(&["invites"], b"").expect(0);
    let link = alice
        .run(&["send", "plan.txt", "--to", "bob"], b"")
        .expect(0);
    let relays = bob.home().join("relays");
    let shown = std::fs::read_to_string(&relays).unwrap();
    let (_, shown_key) = shown.split_once("\"logKey\":\"").unwrap();
    let (shown_key, _) = shown_key.split_once('"').unwrap();
    let name = shown_key.parse::<VerifierKey>().unwrap().name().clone();
    let other = VerifierKey::new(name, Algorithm::Ed25519, &key(11).public()).unwrap();
    std::fs::write(&relays, shown.replace(shown_key, &other.to_string())).unwrap();
    let refused = bob.receive(link.text(), "there").expect(6);
    assert!(refused.stderr.contains("log key differs"), "{refused:?}");
    assert!(!bob.desk("there").exists());
    std::fs::write(&relays, shown).unwrap();
    let _ = bob.receive(link.text(), "there").expect(0);
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

fn log_key(seed: u8) -> VerifierKey {
    let name = "relay.example/log".parse().unwrap();
    VerifierKey::new(name, Algorithm::Ed25519, &key(seed).public()).unwrap()
}

const ID: InviteId = InviteId::from_bytes([3; 16]);

impl Said {
    fn redeemed(&self) -> Redeemed {
        let [sealed_by, mac_by] = self.secrets.map(|seed| Secret::from_bytes([seed; 32]));
        let key = SecretKey::from_scalar(card_key(&ID, &sealed_by).expose());
        let sealed = self
            .card
            .as_ref()
            .map(|card| quitus_core::cipher::seal_bytes(&[key.recipient()], card).unwrap());
        let mac = |sealed: &Vec<u8>| base64url(&card_mac(&ID, &mac_by, self.side, sealed));
        Redeemed {
            mac: sealed.as_ref().map(mac),
            card: sealed.as_deref().map(base64url),
            role: Role::Freelancer,
            engagement: None,
        }
    }

    fn relay(&self) -> FakeRelay {
        let said = self.clone();
        FakeRelay::start(move |asked| match asked.path.as_str() {
            "/v1" => {
                let key = key(said.statement_key).public();
                let log = log_key(said.log_key);
                Answer::new(
                    200,
                    format!(r#"{{"statementKey":"{key}","logKey":"{log}"}}"#),
                )
            }
            _ => Answer::new(200, document::to_json(&said.redeemed())),
        })
    }
}

#[test]
fn a_relay_that_shows_another_key_or_card_is_not_joined() {
    let world = Closed::new();
    let card = |name: &str| std::fs::read(world.person(name).home().join("card")).unwrap();
    let (alice, mallory, bob) = (card("alice"), card("mallory"), world.person("bob"));
    let honest = Said {
        statement_key: 7,
        log_key: 9,
        secrets: [5, 5],
        side: Side::Inviter,
        card: Some(alice.clone()),
    };
    let try_to_join = |said: &Said| {
        let relay = said.relay();
        let invite = InviteLink {
            origin: relay.url().parse().unwrap(),
            id: ID,
            secret: Secret::from_bytes([5; 32]),
            card: Some(Sha256::of(&[&alice])),
            relay_keys: relay_keys_digest(&key(7).public(), &key(9).public()),
        };
        join(&bob, &invite.to_text())
    };
    let of = |change: fn(&mut Said)| {
        let mut said = honest.clone();
        change(&mut said);
        said
    };
    let mut swapped = honest.clone();
    swapped.card = Some(mallory);
    for (what, said) in [
        ("another statement key", of(|said| said.statement_key = 8)),
        ("another log", of(|said| said.log_key = 8)),
        ("a card of another invite", of(|said| said.secrets = [6, 6])),
        ("a MAC of another invite", of(|said| said.secrets = [5, 6])),
        ("the joiner's side", of(|said| said.side = Side::Joiner)),
        ("no card", of(|said| said.card = None)),
        (
            "no signature",
            of(|said| said.card = Some(b"{}\n".to_vec())),
        ),
        ("somebody else's card", swapped),
    ] {
        let refused = try_to_join(&said);
        assert_eq!(refused.code, 6, "{what}: {}", refused.stderr);
        for file in ["relays", "contacts"] {
            assert!(!bob.home().join(file).exists(), "{what} left {file}");
        }
    }
    let _ = try_to_join(&honest).expect(0);
    let listed = bob.run(&["contact", "list"], b"").expect(0);
    assert!(listed.text().contains("alice"), "{}", listed.text());
}
