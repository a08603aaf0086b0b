//! The published test vectors of the age format, and headers that ask for too much.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use quitus_core::digest::Sha256;
use quitus_tests::{Person, World, binary, run_for};

/// A vector: what its own header says, and the file behind it.
struct Vector {
    name: String,
    facts: Vec<(String, String)>,
    file: PathBuf,
}

impl Vector {
    fn all(&self, key: &str) -> Vec<&str> {
        let found = self.facts.iter().filter(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str()).collect()
    }
}

/// Unpacks the vectors of the npm package `cctv-age`.
fn vectors(folder: &Path) -> Vec<Vector> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/vectors.mjs");
    let mut command = Command::new("node");
    command.arg(script).arg(folder);
    let output = run_for(command, b"", Duration::from_mins(1));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut vectors: Vec<Vector> = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .filter_map(|entry| read(&entry.path()))
        .collect();
    vectors.sort_by(|one, other| one.name.cmp(&other.name));
    vectors
}

fn read(facts: &Path) -> Option<Vector> {
    let name = facts
        .file_name()?
        .to_str()?
        .strip_suffix(".facts")?
        .to_owned();
    let text = fs::read_to_string(facts).ok()?;
    let fact = |line: &str| {
        line.split_once(": ")
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
    };
    Some(Vector {
        name,
        facts: text.lines().filter_map(fact).collect(),
        file: facts.with_extension("age"),
    })
}

/// Vectors that end otherwise than their words suggest, and how: a passphrase is of no use for a header
/// without a stanza for one, and is refused as one would refuse a wrong flag.
const DEVIATIONS: [(&str, &[i32]); 1] = [("scrypt_uppercase", &[2])];

/// How `quitus decrypt` ends where a vector asks for something.
fn codes(vector: &Vector) -> &'static [i32] {
    if let Some((_, codes)) = DEVIATIONS.iter().find(|(name, _)| *name == vector.name) {
        return codes;
    }
    let is_hybrid = vector.name.contains("hybrid");
    match vector.all("expect").as_slice() {
        // Post-quantum keys are not supported yet: the identity or the stanza is refused.
        _ if is_hybrid => &[2, 6, 10],
        ["success"] => &[0],
        ["no match"] => &[10],
        _ => &[6],
    }
}

fn open(person: &Person, vector: &Vector) -> quitus_tests::Outcome {
    let mut args = vec!["decrypt".to_owned()];
    let write = |name: &str, lines: &[&str]| {
        let path = person.desk(name);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let (identities, passphrases) = (vector.all("identity"), vector.all("passphrase"));
    if identities.is_empty() && !passphrases.is_empty() {
        args.extend([
            "--passphrase-file".to_owned(),
            write("passphrase", &passphrases),
        ]);
    } else {
        // A vector for a passphrase may come with an identity that must not help.
        args.extend(["-i".to_owned(), write("key", &identities)]);
    }
    args.push(vector.file.display().to_string());
    person.run(&args.iter().map(String::as_str).collect::<Vec<_>>(), b"")
}

#[test]
fn every_published_vector_of_the_format_ends_as_it_must() {
    let world = World::new();
    let alice = world.person("alice");
    let folder = world.folder().join("vectors");
    fs::create_dir(&folder).unwrap();
    let vectors = vectors(&folder);
    assert!(vectors.len() >= 143, "{} vectors", vectors.len());
    let mut wrong = Vec::new();
    for vector in &vectors {
        let start = Instant::now();
        let outcome = open(&alice, vector);
        let released = Sha256::of(&[&outcome.stdout]).to_string();
        let is_hybrid = vector.name.contains("hybrid");
        let is_right = codes(vector).contains(&outcome.code)
            && (is_hybrid
                || vector
                    .all("payload")
                    .first()
                    .is_none_or(|payload| *payload == released))
            && (!vector.all("payload").is_empty() || outcome.stdout.is_empty())
            && start.elapsed() < Duration::from_secs(20);
        if !is_right {
            let (expect, code) = (vector.all("expect"), outcome.code);
            wrong.push(format!(
                "{} {expect:?}: exit {code} {}",
                vector.name, outcome.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn file(person: &Person, name: &str, content: &[u8]) -> String {
    fs::write(person.desk(name), content).unwrap();
    name.to_owned()
}

const HEAD: &str = "age-encryption.org/v1\n";

#[test]
fn a_header_that_asks_for_too_much_is_refused_at_once_in_little_memory() {
    let world = World::new();
    let alice = world.person("alice");
    let key = quitus_core::cipher::SecretKey::generate();
    file(&alice, "key", key.expose_text().as_bytes());
    fs::set_permissions(alice.desk("key"), Permissions::from_mode(0o600)).unwrap();
    file(&alice, "passphrase", b"red fox\n");
    let (salt, body, mac) = ("A".repeat(22), "A".repeat(43), "A".repeat(43));
    let scrypt = |factor: &str| {
        format!(
            "{HEAD}-> scrypt {salt} {factor}\n{body}\n--- {mac}\n0123456789abcdef0123456789abcdef"
        )
    };
    let stanza = format!("-> X25519 {body}\n{body}\n");
    let cases = [
        ("-p", scrypt("23")),
        ("-p", scrypt("30")),
        ("-p", scrypt("63")),
        ("-p", scrypt("64")),
        ("-i", format!("{HEAD}{}", stanza.repeat(1_000_000))),
        ("-i", format!("{HEAD}-> {}", "a".repeat(50_000_000))),
        (
            "-i",
            format!(
                "{HEAD}-> a\n{}",
                format!("{}\n", "A".repeat(64)).repeat(800_000)
            ),
        ),
        ("-i", "\n".repeat(50_000_000)),
    ];
    for (n, (flag, content)) in cases.iter().enumerate() {
        let name = file(&alice, "asks.age", content.as_bytes());
        let flags = if *flag == "-p" {
            "--passphrase-file passphrase"
        } else {
            "-i key"
        };
        let mut command = Command::new("bash");
        command.args([
            "-c",
            &format!("ulimit -v 300000; exec \"$0\" decrypt {flags} {name}"),
        ]);
        command.arg(binary("quitus"));
        let start = Instant::now();
        let outcome = alice.run_command(command, b"");
        assert_eq!(outcome.code, 6, "case {n}\n{}", outcome.stderr);
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "case {n} took {:?}",
            start.elapsed()
        );
        assert!(outcome.stdout.is_empty());
    }
}

#[test]
fn no_plugin_is_started_whatever_a_header_or_recipient_names() {
    let world = World::new();
    let alice = world.person("alice");
    let folder = alice.desk("bin");
    fs::create_dir(&folder).unwrap();
    let plugin = folder.join("age-plugin-evil");
    fs::write(
        &plugin,
        format!("#!/bin/sh\ntouch {}\n", alice.desk("started").display()),
    )
    .unwrap();
    fs::set_permissions(&plugin, Permissions::from_mode(0o755)).unwrap();
    let (body, mac) = ("A".repeat(43), "A".repeat(43));
    file(
        &alice,
        "evil.age",
        format!("{HEAD}-> evil x\n{body}\n--- {mac}\n0123456789abcdef0123456789abcdef").as_bytes(),
    );
    let key = quitus_core::cipher::SecretKey::generate();
    for (name, content) in [
        ("key", key.expose_text().to_string()),
        ("plugin-key", "AGE-PLUGIN-EVIL-1QQQQ".to_owned()),
        ("recipients", "age1evil1qqqq\n".to_owned()),
    ] {
        file(&alice, name, content.as_bytes());
        fs::set_permissions(alice.desk(name), Permissions::from_mode(0o600)).unwrap();
    }
    for args in [
        &["decrypt", "-i", "key", "evil.age"][..],
        &["decrypt", "-i", "plugin-key", "evil.age"],
        &["encrypt", "-r", "age1evil1qqqq", "key"],
        &["encrypt", "-R", "recipients", "key"],
    ] {
        let mut command = Command::new(binary("quitus"));
        command.args(args).env("PATH", &folder);
        let outcome = alice.run_command(command, b"");
        assert!(
            [2, 6, 10].contains(&outcome.code),
            "{args:?}\n{}",
            outcome.stderr
        );
        assert!(outcome.stdout.is_empty(), "{args:?}");
    }
    assert!(!alice.desk("started").exists());
}
