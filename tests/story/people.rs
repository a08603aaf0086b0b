//! People: their keys and cards, whose keys they pin, and what signs in their name.

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use ed25519_dalek::Signer as _;
use quitus_core::card::Card;
use quitus_core::digest::Sha256;
use quitus_tests::{Outcome, Person, World, write_files};

fn init(person: &Person, name: &str, more: &[&str]) -> Outcome {
    let args = [&["init", "--name", name, "--no-passphrase"], more].concat();
    person.run(&args, b"").expect(0)
}

/// Writes a person's card to its desk and reads it.
fn card_of(person: &Person, file: &str) -> Card {
    let _ = person.run(&["id", "-o", file], b"").expect(0);
    Card::verify(&fs::read(person.desk(file)).unwrap()).unwrap()
}

/// Has `ssh-keygen` verify a card: the armoured signature, then what it signs.
fn ssh_keygen_verifies(folder: &Path, card: &Card, namespace: &str) -> bool {
    const END: &str = "-----END SSH SIGNATURE-----\n";
    let text = String::from_utf8(card.as_bytes().to_vec()).unwrap();
    let end = text.find(END).unwrap() + END.len();
    let (signature, json) = text.split_at(end);
    let signers = format!("who namespaces=\"quitus-card-v1\" {}\n", card.signing_key());
    fs::write(folder.join("card.sig"), signature).unwrap();
    fs::write(folder.join("signers"), signers).unwrap();
    let mut keygen = Command::new("ssh-keygen");
    keygen.args([
        "-Y", "verify", "-f", "signers", "-I", "who", "-n", namespace, "-s", "card.sig",
    ]);
    keygen
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut keygen = keygen.stderr(Stdio::null()).spawn().unwrap();
    keygen
        .stdin
        .take()
        .unwrap()
        .write_all(json.as_bytes())
        .unwrap();
    keygen.wait().unwrap().success()
}

#[test]
fn keys_are_made_once_and_the_card_names_them() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("phrase", b"red fox\n")]);
    let before = alice.run(&["id"], b"").expect(2);
    assert!(before.stderr.contains("quitus init"), "{}", before.stderr);
    let args = [
        "init",
        "--name",
        "Alice Martin",
        "--passphrase-file",
        "phrase",
    ];
    let told = alice.run(&args, b"").expect(0);
    let card = card_of(&alice, "alice.card");
    for what in [
        card.name(),
        &card.recipients()[0],
        card.fingerprint().as_str(),
    ] {
        assert!(told.text().contains(what), "{what}\n{}", told.text());
    }
    assert!(told.text().contains(&card.words().to_string()));
    assert!(ssh_keygen_verifies(
        &alice.desk(""),
        &card,
        "quitus-card-v1"
    ));
    assert!(!ssh_keygen_verifies(
        &alice.desk(""),
        &card,
        "quitus-terms-v1"
    ));
    for file in ["identity", "card", "signing.key", "request.key"] {
        let mode = fs::metadata(alice.home().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let again = alice
        .run(&["init", "--name", "Eve", "--no-passphrase"], b"")
        .expect(2);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    assert_eq!(card_of(&alice, "again.card"), card, "nothing was made anew");
}

#[test]
fn the_identity_is_an_age_file_under_its_passphrase() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("phrase", b"red fox\n")]);
    let args = ["init", "--name", "Alice", "--passphrase-file", "phrase"];
    let _ = alice.run(&args, b"").expect(0);
    let card = card_of(&alice, "card");
    let seal = [
        "encrypt",
        "-r",
        &card.recipients()[0],
        "-o",
        "a.age",
        "phrase",
    ];
    let _ = alice.run(&seal, b"").expect(0);
    let identity = alice.home().join("identity");
    let identity = identity.to_str().unwrap();
    let open = [
        "decrypt",
        "-i",
        identity,
        "--passphrase-file",
        "phrase",
        "a.age",
    ];
    assert_eq!(alice.run(&open, b"").expect(0).text(), "red fox\n");
    let sealed = fs::read(identity).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> scrypt "));
}

#[test]
fn an_interrupted_init_can_be_run_again() {
    let world = World::new();
    let alice = world.person("alice");
    let _ = init(&alice, "Alice", &[]);
    // As if it had ended before the card, its last file, had its name.
    fs::remove_file(alice.home().join("card")).unwrap();
    let _ = init(&alice, "Alice", &[]);
    let card = card_of(&alice, "alice.card");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let seal = [
        "encrypt",
        "-r",
        &card.recipients()[0],
        "-o",
        "a.age",
        "a.txt",
    ];
    let _ = alice.run(&seal, b"").expect(0);
    let identity = alice.home().join("identity");
    let open = ["decrypt", "-i", identity.to_str().unwrap(), "a.age"];
    assert_eq!(alice.run(&open, b"").expect(0).text(), "a");
}

#[test]
fn changed_keys_are_refused_until_they_are_replaced() {
    let world = World::new();
    let [alice, mallory, bob] = ["alice", "mallory", "bob"].map(|name| world.person(name));
    for person in [&alice, &mallory, &bob] {
        let _ = init(person, "Alice", &[]);
    }
    let (card, other) = (card_of(&alice, "card"), card_of(&mallory, "card"));
    let pin = |verb: &str, card: &Card| bob.run(&["contact", verb, "alice", "-"], card.as_bytes());
    let pinned = pin("add", &card).expect(0);
    assert_eq!(pinned.text().trim(), card.words().to_string());
    assert!(pin("add", &card).expect(0).stderr.contains("already"));
    let _ = bob
        .run(&["contact", "verify", "alice", "--yes"], b"")
        .expect(0);
    let refused = pin("add", &other).expect(6);
    for what in [
        "another signing key",
        "another request key",
        "other recipients",
    ] {
        assert!(refused.stderr.contains(what), "{what}\n{}", refused.stderr);
    }
    let list = || {
        bob.run(&["contact", "list"], b"")
            .expect(0)
            .text()
            .to_owned()
    };
    assert!(list().contains(card.fingerprint().as_str()) && list().contains("verified 20"));

    let mut changed = other.as_bytes().to_vec();
    let at = changed
        .windows(5)
        .position(|window| window == b"Alice")
        .unwrap();
    changed[at] = b'B';
    let invalid = bob
        .run(&["contact", "replace", "alice", "-"], &changed)
        .expect(6);
    assert!(
        invalid.stderr.contains("does not verify"),
        "{}",
        invalid.stderr
    );
    let _ = pin("replace", &other).expect(0);
    assert!(list().contains(other.fingerprint().as_str()) && list().contains("not verified"));
    let taken = bob
        .run(&["contact", "add", "carol", "-"], other.as_bytes())
        .expect(2);
    assert!(
        taken.stderr.contains("under the name alice"),
        "{}",
        taken.stderr
    );
    let _ = bob.run(&["contact", "remove", "alice"], b"").expect(0);
    assert_eq!(list(), "");
    let _ = bob
        .run(&["contact", "verify", "alice", "--yes"], b"")
        .expect(2);
}

#[test]
fn a_card_that_is_scanned_from_the_screen_is_the_card() {
    let world = World::new();
    let alice = world.person("alice");
    let _ = init(&alice, "Élodie Martin", &[]);
    let card = card_of(&alice, "card");
    let picture = alice.run(&["id", "--qr"], b"").expect(0);
    let rows: Vec<Vec<char>> = picture
        .text()
        .lines()
        .map(|line| line.chars().collect())
        .collect();
    // Each character is two squares, each square a few points: dark where nothing is printed.
    let points = 4;
    let (width, height) = (rows[0].len() * points, rows.len() * 2 * points);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let (row, column) = (y / points, x / points);
        let is_lit = match (rows[row / 2][column], row % 2) {
            ('█', _) | ('▀', 0) | ('▄', 1) => true,
            (_, _) => false,
        };
        if is_lit { 255 } else { 0 }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    let (_, text) = grids[0].decode().unwrap();
    assert_eq!(text.as_bytes(), card.as_bytes());
}

/// A real ssh-agent with one key; ends with the test.
struct Agent {
    process: Child,
    socket: PathBuf,
}

impl Agent {
    fn start(folder: &Path) -> Self {
        let socket = folder.join("agent");
        let mut command = Command::new("ssh-agent");
        command.arg("-D").arg("-a").arg(&socket);
        let process = command.stdout(Stdio::null()).spawn().unwrap();
        let agent = Self { process, socket };
        // The name is there a moment before somebody listens.
        while UnixStream::connect(&agent.socket).is_err() {
            thread::yield_now();
        }
        agent
    }

    fn add(&self, key: &Path) {
        let mut command = Command::new("ssh-add");
        command
            .arg("-q")
            .arg(key)
            .env("SSH_AUTH_SOCK", &self.socket);
        assert!(command.status().unwrap().success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn keygen(path: &Path, passphrase: &str) -> String {
    let mut command = Command::new("ssh-keygen");
    command.args([
        "-q", "-t", "ed25519", "-C", "work key", "-N", passphrase, "-f",
    ]);
    assert!(command.arg(path).status().unwrap().success());
    let public = fs::read_to_string(path.with_extension("pub")).unwrap();
    public.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn with_agent(person: &Person, socket: &Path, args: &[&str]) -> Outcome {
    let mut command = person.command();
    command.args(args).env("SSH_AUTH_SOCK", socket);
    person.run_command(command, b"")
}

#[test]
fn an_ssh_agent_signs_what_ssh_keygen_verifies_and_others_receive() {
    let world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|name| world.person(name));
    let [one, two] = ["one", "two"].map(|name| keygen(&alice.desk(name), ""));
    let agent = Agent::start(world.folder());
    let init = ["init", "--name", "Alice", "--no-passphrase", "--sign-with"];
    let with = |key: &str| with_agent(&alice, &agent.socket, &[&init[..], &[key]].concat());
    assert!(with("agent").expect(2).stderr.contains("ssh-add -l"));
    agent.add(&alice.desk("one"));
    agent.add(&alice.desk("two"));
    let several = with("agent").expect(2);
    assert!(several.stderr.contains("work key"), "{}", several.stderr);
    let fingerprint = two
        .parse::<quitus_core::keys::PublicKey>()
        .unwrap()
        .fingerprint();
    let _ = with(&format!("agent:{fingerprint}")).expect(0);
    let card = card_of(&alice, "card");
    assert_eq!(card.signing_key().to_string(), two);
    assert_ne!(one, two);
    assert!(ssh_keygen_verifies(
        &alice.desk(""),
        &card,
        "quitus-card-v1"
    ));
    assert!(
        !alice.home().join("signing.key").exists(),
        "no second signing key"
    );

    write_files(&alice.desk(""), &[("a.txt", b"from the agent")]);
    let sent = with_agent(&alice, &agent.socket, &["send", "a.txt"]).expect(0);
    let received = bob.receive(sent.text().trim(), "inbox").expect(0);
    assert!(
        received.stderr.contains(fingerprint.as_str()),
        "{}",
        received.stderr
    );
    // A request needs no agent.
    let _ = alice.run(&["list"], b"").expect(0);
    drop(agent);
    let refused = alice.run(&["send", "a.txt"], b"").expect(8);
    assert!(
        refused.stderr.contains("nothing was signed"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_key_file_of_the_persons_own_signs_until_it_is_another_one() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let (key, locked) = (alice.desk("key"), alice.desk("locked"));
    let (public, _) = (keygen(&key, ""), keygen(&locked, "red fox"));
    let init = |path: &Path| {
        let with = ["--sign-with", path.to_str().unwrap()];
        alice.run(
            &[&["init", "--name", "Alice", "--no-passphrase"], &with[..]].concat(),
            b"",
        )
    };
    let refused = init(&locked).expect(8);
    assert!(refused.stderr.contains("ssh-add"), "{}", refused.stderr);
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    let refused = init(&key).expect(8);
    assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    let _ = init(&key).expect(0);
    assert_eq!(card_of(&alice, "card").signing_key().to_string(), public);
    let _ = alice.send("a.txt");
    fs::remove_file(&key).unwrap();
    let _ = keygen(&key, "");
    let refused = alice.run(&["send", "a.txt"], b"").expect(8);
    assert!(refused.stderr.contains("not the one"), "{}", refused.stderr);
}

/// A string as SSH writes it.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

fn take<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let (length, behind) = rest.split_at(4);
    let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
    let (string, behind) = behind.split_at(length);
    *rest = behind;
    string
}

/// An agent with one security key, whose owner touches it as `flags` says, `n` times asked.
fn security_key(socket: &Path, flags: u8, n: usize) -> thread::JoinHandle<()> {
    const KIND: &[u8] = b"sk-ssh-ed25519@openssh.com";
    let secret = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let public = [
        string(KIND),
        string(secret.verifying_key().as_bytes()),
        string(b"ssh:"),
    ]
    .concat();
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        for counter in 0..u32::try_from(n).unwrap() {
            let (mut stream, _) = listener.accept().unwrap();
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut asked = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut asked).unwrap();
            let answer = if asked[0] == 11 {
                [&[12, 0, 0, 0, 1][..], &string(&public), &string(b"token")].concat()
            } else {
                let mut rest = &asked[1..];
                assert_eq!(take(&mut rest), public);
                let data = Sha256::of(&[take(&mut rest)]);
                let trailer = [&[flags][..], &counter.to_be_bytes()].concat();
                let application = Sha256::of(&[b"ssh:"]);
                let signed = [application.as_bytes(), &trailer[..], data.as_bytes()].concat();
                let bytes = secret.sign(&signed).to_bytes();
                let signature = [string(KIND), string(&bytes), trailer].concat();
                [&[14][..], &string(&signature)].concat()
            };
            stream.write_all(&string(&answer)).unwrap();
        }
    })
}

#[test]
fn a_security_key_signs_through_the_agent_when_it_is_touched() {
    let world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|name| world.person(name));
    let init = [
        "init",
        "--name",
        "Alice",
        "--no-passphrase",
        "--sign-with",
        "agent",
    ];
    let untouched = world.folder().join("untouched");
    let serve = security_key(&untouched, 0, 2);
    let refused = with_agent(&alice, &untouched, &init).expect(8);
    assert!(
        refused.stderr.contains("does not verify"),
        "{}",
        refused.stderr
    );
    serve.join().unwrap();
    let socket = world.folder().join("touched");
    // Keys, card; manifest, terms.
    let serve = security_key(&socket, 1, 4);
    let _ = with_agent(&alice, &socket, &init).expect(0);
    let card = card_of(&alice, "card");
    assert!(
        card.signing_key()
            .to_string()
            .starts_with("sk-ssh-ed25519@openssh.com ")
    );
    assert!(ssh_keygen_verifies(
        &alice.desk(""),
        &card,
        "quitus-card-v1"
    ));
    write_files(&alice.desk(""), &[("a.txt", b"touched")]);
    let sent = with_agent(&alice, &socket, &["send", "a.txt"]).expect(0);
    let received = bob.receive(sent.text().trim(), "inbox").expect(0);
    let fingerprint = card.fingerprint();
    assert!(
        received.stderr.contains(fingerprint.as_str()),
        "{}",
        received.stderr
    );
    serve.join().unwrap();
}

#[test]
fn keys_as_code_hosts_publish_them_are_pinned_and_others_passed_over() {
    let world = World::new();
    let bob = world.person("bob");
    let [one, two] = ["one", "two"].map(|name| keygen(&bob.desk(name), ""));
    let file = format!("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA=\n{one} me\n{two}\n");
    write_files(
        &bob.desk(""),
        &[
            ("alice.keys", file.as_bytes()),
            ("rsa.keys", b"ssh-rsa AAAA\n"),
        ],
    );
    let told = bob
        .run(&["contact", "add", "alice", "alice.keys"], b"")
        .expect(0);
    assert!(told.stderr.contains("one line"), "{}", told.stderr);
    let none = bob
        .run(&["contact", "add", "carol", "rsa.keys"], b"")
        .expect(2);
    assert!(none.stderr.contains("ssh-ed25519"), "{}", none.stderr);
    let refused = bob.run(&["contact", "add", "alice", &one], b"").expect(6);
    assert!(
        refused.stderr.contains("other recipients"),
        "{}",
        refused.stderr
    );
}
