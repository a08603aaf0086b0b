//! Other programs open what we seal, and we open what they seal.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use quitus_tests::{Person, World, random_bytes, run_for, write_files};

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

/// Runs a command where the plugin of the tests is installed; whether the plugin was started.
fn with_plugin(
    person: &Person,
    word: Option<&str>,
    args: &[&str],
) -> (quitus_tests::Outcome, bool) {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let path = std::env::var("PATH").unwrap_or_default();
    let started = person.desk("started");
    let mut command = person.command();
    command.args(args).env("MIRROR_STARTED", &started);
    command.env("PATH", format!("{}:{path}", peers.display()));
    command.envs(word.map(|word| ("MIRROR_WORD", word)));
    let outcome = person.run_command(command, b"");
    (outcome, std::fs::remove_file(started).is_ok())
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
