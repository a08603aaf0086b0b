//! Other programs open what we seal, and we open what they seal.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use quitus_core::keys::SigningKey;
use quitus_core::link::Link;
use quitus_core::protocol::{RequestLine, route, sign_request};
use quitus_core::text::from_base64url_vec;
use quitus_core::time::Timestamp;
use quitus_tests::{Person, Wire, World, random_bytes, run_for, write_files};

const MIB: usize = 1024 * 1024;
const SIZES: [usize; 9] = [
    0,
    1,
    65_535,
    65_536,
    65_537,
    8 * MIB - 1,
    8 * MIB,
    8 * MIB + 1,
    64 * MIB,
];
const BOUND: Duration = Duration::from_mins(5);

/// A program that seals and opens age files.
struct Peer {
    name: &'static str,
    /// Arguments to seal stdin to stdout for a recipient.
    seal: fn(&Path, &str) -> Command,
    /// Arguments to open stdin to stdout with an identity file.
    open: fn(&Path, &Path) -> Command,
}

fn age(program: &str) -> Command {
    Command::new(program)
}

fn script(interpreter: &str, name: &str) -> Command {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let mut command = Command::new(interpreter);
    command
        .env("PYTHONPATH", peers.join("python"))
        .arg(peers.join(name));
    command
}

const PEERS: [Peer; 3] = [
    Peer {
        name: "age",
        seal: |_, recipient| {
            let mut command = age("age");
            command.args(["-r", recipient]);
            command
        },
        open: |_, identity| {
            let mut command = age("age");
            command.arg("-d").arg("-i").arg(identity);
            command
        },
    },
    Peer {
        name: "pyrage",
        seal: |_, recipient| {
            let mut command = script("python3", "pyrage_peer.py");
            command.args(["seal", recipient]);
            command
        },
        open: |_, identity| {
            let mut command = script("python3", "pyrage_peer.py");
            command.arg("open").arg(identity);
            command
        },
    },
    Peer {
        name: "age-encryption (npm)",
        seal: |_, recipient| {
            let mut command = script("node", "npm_peer.mjs");
            command.args(["seal", recipient]);
            command
        },
        open: |_, identity| {
            let mut command = script("node", "npm_peer.mjs");
            command.arg("open").arg(identity);
            command
        },
    },
];

/// An identity file as `age-keygen` writes it, and its recipient.
fn identity(person: &Person) -> String {
    let path = person.desk("key.txt");
    let made = Command::new("age-keygen")
        .arg("-o")
        .arg(&path)
        .output()
        .expect("age is installed");
    assert!(made.status.success());
    let text = String::from_utf8_lossy(&made.stderr).into_owned();
    text.trim()
        .rsplit(' ')
        .next()
        .expect("a recipient")
        .to_owned()
}

fn run(command: Command, stdin: &[u8], what: &str) -> Vec<u8> {
    let output = run_for(command, stdin, BOUND);
    assert!(
        output.status.success(),
        "{what}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[test]
fn every_peer_opens_what_we_seal_and_we_open_what_it_seals() {
    let world = World::new();
    let alice = world.person("alice");
    let recipient = identity(&alice);
    let key = alice.desk("key.txt");
    for peer in &PEERS {
        for size in SIZES {
            let bytes = random_bytes(size as u64, size);
            let what = format!("{} {size}", peer.name);
            let ours = alice
                .run(&["encrypt", "-r", &recipient], &bytes)
                .expect(0)
                .stdout;
            assert!(
                run((peer.open)(&key, &key), &ours, &what) == bytes,
                "{what}: ours opens there"
            );
            let theirs = run((peer.seal)(&key, &recipient), &bytes, &what);
            let opened = alice
                .run(&["decrypt", "-i", "key.txt"], &theirs)
                .expect(0)
                .stdout;
            assert!(opened == bytes, "{what}: theirs opens here");
        }
    }
}

#[test]
fn a_gibibyte_goes_both_ways_with_stock_age() {
    let world = World::new();
    let alice = world.person("alice");
    let recipient = identity(&alice);
    let bytes = random_bytes(15, 1024 * MIB);
    write_files(&alice.desk(""), &[("big.bin", &bytes)]);
    let _ = alice
        .run(
            &["encrypt", "-r", &recipient, "-o", "big.age", "big.bin"],
            b"",
        )
        .expect(0);
    let mut open = age("age");
    open.args(["-d", "-i", "key.txt", "big.age"])
        .current_dir(alice.desk(""));
    assert!(run(open, b"", "age -d") == bytes);
    let mut seal = age("age");
    seal.args(["-r", &recipient, "-o", "theirs.age", "big.bin"])
        .current_dir(alice.desk(""));
    run(seal, b"", "age -r");
    let opened = alice
        .run(&["decrypt", "-i", "key.txt", "theirs.age"], b"")
        .expect(0);
    assert!(opened.stdout == bytes);
}

/// Makes an SSH key on a person's desk; its public line.
fn ssh_key(person: &Person, name: &str, kind: &[&str], passphrase: &str) -> String {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-C", "me@desk", "-N", passphrase, "-t"]);
    command.args(kind).arg("-f").arg(person.desk(name));
    assert!(command.status().unwrap().success());
    let line = std::fs::read_to_string(person.desk(&format!("{name}.pub"))).unwrap();
    line.trim().to_owned()
}

#[test]
fn ssh_keys_seal_and_open_both_ways_with_stock_age() {
    let world = World::new();
    let alice = world.person("alice");
    let plain = random_bytes(31, 200_000);
    let line = ssh_key(&alice, "key", &["ed25519"], "");
    write_files(&alice.desk(""), &[("plain", &plain)]);
    let key = alice.desk("key");
    for args in [
        &["encrypt", "-r", &line, "-o", "a.age", "plain"][..],
        &["encrypt", "-R", "key.pub", "-o", "b.age", "plain"],
    ] {
        let _ = alice.run(args, b"").expect(0);
        let mut open = age("age");
        open.arg("-d").arg("-i").arg(&key).arg(alice.desk(args[4]));
        assert!(run(open, b"", "age -d with an SSH key") == plain);
    }
    let mut seal = age("age");
    seal.arg("-R").arg(alice.desk("key.pub"));
    let sealed = run(seal, &plain, "age -R with an SSH key");
    let open = |key: &str| alice.run(&["decrypt", "-i", key], &sealed);
    assert!(open("key").expect(0).stdout == plain);
    let _ = ssh_key(&alice, "other", &["ed25519"], "");
    let _ = open("other").expect(10);
    let _ = ssh_key(&alice, "locked", &["ed25519"], "red fox");
    assert!(open("locked").expect(2).stderr.contains("ssh-keygen -p"));
}

#[test]
fn files_of_ssh_keys_as_code_hosts_publish_them_are_recipients() {
    let world = World::new();
    let alice = world.person("alice");
    let line = ssh_key(&alice, "key", &["ed25519"], "");
    let rsa = ssh_key(&alice, "rsa", &["rsa", "-b", "2048"], "");
    let keys = format!("{rsa}\n{line}\n");
    write_files(
        &alice.desk(""),
        &[("alice.keys", keys.as_bytes()), ("plain", b"for alice")],
    );
    let sealed = ["encrypt", "-R", "alice.keys", "-o", "a.age", "plain"];
    let told = alice.run(&sealed, b"").expect(0);
    assert!(told.stderr.contains("one line"), "{}", told.stderr);
    let opened = alice.run(&["decrypt", "-i", "key", "a.age"], b"").expect(0);
    assert_eq!(opened.text(), "for alice");
    for (recipient, why) in [
        (rsa.as_str(), "ssh-ed25519"),
        ("age1pq1abc", "post-quantum"),
    ] {
        let refused = alice.run(&["encrypt", "-r", recipient], b"").expect(2);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    let refused = alice.run(&["encrypt", "-R", "rsa.pub"], b"").expect(2);
    assert!(refused.stderr.contains("ssh-ed25519"), "{}", refused.stderr);
}

const MIRROR: &str = "age1mirror1d3hk76mfdenjqemvv9ehxnfwnpn";
const MIRROR_IDENTITY: &str = "AGE-PLUGIN-MIRROR-1D3HK76MFDENJQEMVV9EHXNAZQWC\n";

/// Where programs are looked for when the plugin of the tests is installed.
fn plugin_path() -> String {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", peers.display())
}

/// Runs a command where the plugin of the tests is installed; whether the plugin was started.
fn with_plugin(
    person: &Person,
    word: Option<&str>,
    args: &[&str],
) -> (quitus_tests::Outcome, bool) {
    let started = person.desk("started");
    let mut command = person.command();
    command.args(args).env("MIRROR_STARTED", &started);
    command.env("PATH", plugin_path());
    command.envs(word.map(|word| ("MIRROR_WORD", word)));
    let outcome = person.run_command(command, b"");
    (outcome, std::fs::remove_file(started).is_ok())
}

fn run_where_plugin_is(mut command: Command, what: &str) -> Vec<u8> {
    command
        .env("PATH", plugin_path())
        .env("MIRROR_STARTED", "/dev/null");
    run(command, b"", what)
}

#[test]
fn a_plugin_is_started_for_keys_that_name_it_and_for_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let alice = world.person("alice");
    let other = identity(&alice);
    write_files(
        &alice.desk(""),
        &[
            ("plain", b"looking glass"),
            ("mirror", MIRROR_IDENTITY.as_bytes()),
        ],
    );
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(alice.desk("mirror"), private).unwrap();

    let seal = ["encrypt", "-r", MIRROR, "-o", "a.age", "plain"];
    let missing = alice.run(&seal, b"").expect(10);
    assert!(
        missing
            .stderr
            .contains("age-plugin-mirror is not installed"),
        "{}",
        missing.stderr
    );
    let (sealed, is_started) = with_plugin(&alice, None, &seal);
    assert!(is_started && sealed.expect(0).stderr.contains("mirror, mirror\\x1b[2J"));
    let sealed = std::fs::read(alice.desk("a.age")).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> mirror\n"));

    let stock = |args: &[&str], what| {
        let mut command = age("age");
        command.args(args).current_dir(alice.desk(""));
        run_where_plugin_is(command, what)
    };
    let opened = stock(&["-d", "-i", "mirror", "a.age"], "age -d with the plugin");
    assert_eq!(opened, b"looking glass");
    let sealed = stock(&["-r", MIRROR, "plain"], "age -r with the plugin");
    write_files(&alice.desk(""), &[("stock.age", &sealed)]);
    let (opened, _) = with_plugin(&alice, None, &["decrypt", "-i", "mirror", "stock.age"]);
    assert_eq!(opened.expect(0).text(), "looking glass");

    let open = |identity, word| with_plugin(&alice, word, &["decrypt", "-i", identity, "a.age"]);
    let (opened, is_started) = open("mirror", None);
    assert!(is_started && opened.expect(0).text() == "looking glass");
    let (refused, is_started) = open("key.txt", None);
    assert!(!is_started, "a file cannot have a program started");
    let _ = refused.expect(10);
    // Nobody is there to say the word.
    let (refused, is_started) = open("mirror", Some("word"));
    let refused = refused.expect(10);
    assert!(
        is_started && refused.stderr.contains("not the word"),
        "{}",
        refused.stderr
    );
    let (sealed, is_started) = with_plugin(
        &alice,
        None,
        &["encrypt", "-r", &other, "-o", "b.age", "plain"],
    );
    let _ = sealed.expect(0);
    assert!(!is_started);
}

/// The envelope that a relay gives out for a key.
fn envelope(link: &str, key: &Path) -> Vec<u8> {
    let link = Link::parse(link).unwrap_or_else(|error| panic!("{error}"));
    let key = std::fs::read_to_string(key).unwrap();
    let key = SigningKey::from_openssh(&key).unwrap_or_else(|error| panic!("{error}"));
    let path = route::envelope(&link.id);
    let asked = RequestLine {
        method: "GET",
        origin: &link.origin,
        path: &path,
        body: b"",
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap().as_secs()).unwrap();
    let signed = sign_request(&asked, &key, Timestamp::from_unix(now, 0), [9; 16]);
    let mut wire = Wire::open(link.origin.as_str()).unwrap();
    let answer = wire.ask(&format!("GET {path}"), &[("authorization", &signed)], None);
    let answer = answer.unwrap();
    assert_eq!(answer.status, 200);
    from_base64url_vec(answer.field("envelope").unwrap(), 1 << 16).unwrap()
}

#[test]
fn stock_age_opens_what_reaches_recipients_by_card_and_by_ssh_key() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.person(name));
    let ssh = ssh_key(&carol, "id", &["ed25519"], "");
    for (person, with) in [(&alice, None), (&bob, None), (&carol, Some("id"))] {
        let mut args = vec!["init", "--name", "P", "--no-passphrase"];
        args.extend(with.into_iter().flat_map(|key| ["--sign-with", key]));
        let _ = person.run(&args, b"").expect(0);
    }
    let _ = bob.run(&["id", "-o", "card"], b"").expect(0);
    let card = std::fs::read(bob.desk("card")).unwrap();
    for (name, keys) in [("bob", card.as_slice()), ("carol", ssh.as_bytes())] {
        let _ = alice.run(&["contact", "add", name, "-"], keys).expect(0);
    }
    let plain = random_bytes(132, 200_000);
    write_files(&alice.desk(""), &[("plan.bin", &plain)]);
    let args = ["send", "plan.bin", "--to", "bob", "--to", "carol"];
    let sent = alice.run(&args, b"").expect(0);
    let link = sent.text().trim();
    let ends = [
        (
            &bob,
            bob.home().join("request.key"),
            bob.home().join("identity"),
        ),
        (&carol, carol.desk("id"), carol.desk("id")),
    ];
    for (person, key, opens) in ends {
        write_files(&person.desk(""), &[("envelope.age", &envelope(link, &key))]);
        let open = |identity: &Path, sealed: &Path| {
            let mut command = age("age");
            command.arg("-d").arg("-i").arg(identity).arg(sealed);
            run(command, b"", "age -d")
        };
        let envelope = open(&opens, &person.desk("envelope.age"));
        assert!(envelope.starts_with(b"quitus/envelope/v1 "));
        let args = ["receive", "-", "--sealed", "-o", "kept"];
        let _ = person.run(&args, link.as_bytes()).expect(0);
        let (identity, sealed) = ("kept/identity.txt", "kept/sealed.age");
        assert!(open(&person.desk(identity), &person.desk(sealed)) == plain);
    }
}
