//! `docs/protocol.md` is enough: a receiver in Python, written from it, opens what we send.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use quitus_tests::{World, difference, random_bytes, write_files};

fn reference(program: &str, args: &[&str]) -> Command {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("python3");
    command
        .arg(tests.join("reference").join(program))
        .args(args);
    command
        .env("PYTHONPATH", tests.join("peers/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

#[test]
fn the_reference_agrees_with_the_document() {
    let world = World::new();
    let tested = world
        .person("reader")
        .run_command(reference("receive.py", &["--self-test"]), b"");
    assert_eq!(tested.code, 0, "{}\n{}", tested.stderr, tested.text());
}

#[test]
fn the_reference_receives_what_we_send() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let long = format!("brief/{}/{}.txt", "d".repeat(120), "\u{e9}".repeat(50));
    write_files(
        &alice.desk(""),
        &[
            // Beyond one chunk; its BLAKE3 in plain Python takes its time.
            ("brief/big.bin", &random_bytes(50, 300_000)),
            ("brief/empty", b""),
            (&long, b"a long name"),
            ("plain.txt", b"one file as it is"),
        ],
    );
    let time = SystemTime::UNIX_EPOCH + std::time::Duration::new(1_500_000_000, 250_000_000);
    let file = std::fs::File::open(alice.desk("brief/empty")).unwrap();
    file.set_modified(time).unwrap();
    for name in ["brief", "plain.txt"] {
        let link = alice.send(name);
        let folder = format!("from-{name}");
        let outcome = bob
            .run_command(reference("receive.py", &["-", &folder]), link.as_bytes())
            .expect(0);
        assert!(
            outcome.text().starts_with("sender SHA256:"),
            "{}",
            outcome.text()
        );
        let received = difference(&alice.desk(name), &bob.desk(&folder).join(name));
        assert_eq!(received.unwrap(), None, "{name}");
        let again = bob.receive(&link, "again").expect(5);
        assert!(again.stdout.is_empty(), "the relay was told");
    }
}

#[test]
fn what_the_reference_refuses_we_refuse() {
    let world = World::new();
    let quitus = quitus_tests::binary("quitus").display().to_string();
    let tried = world
        .person("reader")
        .run_command(reference("against.py", &[&quitus]), b"");
    assert_eq!(tried.code, 0, "{}\n{}", tried.stderr, tried.text());
    let n_refused = tried
        .text()
        .lines()
        .filter(|line| line.starts_with("ok "))
        .count();
    assert!(n_refused > 30, "{}", tried.text());
}
