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
