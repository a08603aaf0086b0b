//! The command at its edges: nobody to ask, nobody who listens, files of keys that are none.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use quitus_tests::{Outcome, Person, World, as_nobody, binary, random_bytes, run_for, write_files};

const BOUND: Duration = Duration::from_mins(1);

fn keys(person: &Person) -> String {
    let key = quitus_core::cipher::SecretKey::generate();
    fs::write(person.desk("key.txt"), format!("{}\n", *key.expose_text())).unwrap();
    fs::set_permissions(person.desk("key.txt"), Permissions::from_mode(0o600)).unwrap();
    key.recipient_text()
}

fn shell(person: &Person, script: &str, stdin: &[u8]) -> Outcome {
    let mut command = Command::new("bash");
    command.args(["-c", script]).arg(binary("quitus"));
    person.run_command(command, stdin)
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    for (args, flag) in [
        ("encrypt -p a.txt", "--passphrase-file"),
        ("decrypt -p a.age", "--passphrase-file"),
        ("decrypt -i sealed-key.txt a.age", "--passphrase-file"),
        ("receive", "use -"),
    ] {
        if args.starts_with("decrypt") {
            let script = "printf 'red fox\\n' > p; \"$0\" encrypt --passphrase-file p -o a.age a.txt; \
                          \"$0\" encrypt -a --passphrase-file p -o sealed-key.txt a.txt; chmod 600 *-key.txt";
            drop(shell(&alice, script, b""));
        }
        let start = Instant::now();
        let outcome = shell(
            &alice,
            &format!("setsid --wait \"$0\" {args} < /dev/null"),
            b"",
        );
        assert_eq!(outcome.code, 2, "{args}\n{}", outcome.stderr);
        assert!(outcome.stderr.contains(flag), "{args}\n{}", outcome.stderr);
        assert!(start.elapsed() < Duration::from_secs(20), "{args} waited");
    }
}

#[test]
fn a_link_as_an_argument_works_with_a_warning_and_reaches_no_other_process() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(20, 40_000_000))]);
    let link = alice.send("a.bin");
    let secret = link.split('#').nth(1).unwrap();
    let mut child = bob.start(&["receive", &link, "-o", "inbox"]);
    let own = child.id();
    while child.try_wait().unwrap().is_none() {
        for (pid, words) in command_lines() {
            assert!(pid == own || !words.contains(secret), "{pid}: {words}");
        }
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let again = bob.run(&["receive", &link, "-o", "again"], b"").expect(5);
    assert!(again.stderr.contains("warning:"), "{}", again.stderr);
    assert!(!again.stderr.contains(secret), "{}", again.stderr);
}

/// Arguments and environment of every process, by its number; this process's children share our folder.
fn command_lines() -> Vec<(u32, String)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let process = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let read = |name| fs::read(entry.path().join(name)).unwrap_or_default();
        let bytes = [read("cmdline"), read("environ")].concat();
        Some((pid, String::from_utf8_lossy(&bytes).into_owned()))
    };
    entries.filter_map(process).collect()
}

#[test]
fn an_output_nobody_reads_is_no_crash() {
    let world = World::new();
    let alice = world.person("alice");
    let recipient = keys(&alice);
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(21, 3_000_000))]);
    let ends = [
        "--help",
        "completions bash",
        "send a.bin",
        &format!("encrypt -r {recipient} a.bin"),
    ];
    for args in ends {
        let gone = shell(
            &alice,
            &format!("(\"$0\" {args}; exit $?) | true; exit ${{PIPESTATUS[0]}}"),
            b"",
        );
        assert!(
            [0, 141].contains(&gone.code),
            "{args}: {}\n{}",
            gone.code,
            gone.stderr
        );
        let closed = shell(&alice, &format!("\"$0\" {args} >&-"), b"");
        assert!(
            [0, 8, 141].contains(&closed.code),
            "{args}: {}",
            closed.code
        );
        let full = shell(&alice, &format!("\"$0\" {args} > /dev/full"), b"").expect(8);
        assert!(
            full.stderr.contains("cannot write output"),
            "{args}\n{}",
            full.stderr
        );
        for outcome in [gone, closed, full] {
            let is_calm =
                !outcome.stderr.contains("panicked") && !outcome.stderr.contains("Broken pipe");
            assert!(is_calm, "{args}\n{}", outcome.stderr);
        }
    }
    // Where nobody reads what goes wrong, the exit code still tells.
    let deaf = shell(&alice, "\"$0\" send missing 2> /dev/full", b"").expect(8);
    assert!(deaf.stderr.is_empty());
    let _ = shell(&alice, "\"$0\" send missing 2>&- >&- <&-", b"").expect(8);
}

#[test]
fn an_output_that_is_the_input_is_refused_before_any_byte() {
    let world = World::new();
    let alice = world.person("alice");
    let recipient = keys(&alice);
    write_files(&alice.desk(""), &[("x", b"precious"), ("d/other", b"o")]);
    fs::hard_link(alice.desk("x"), alice.desk("hard")).unwrap();
    symlink("x", alice.desk("soft")).unwrap();
    let _ = alice
        .run(&["encrypt", "-r", &recipient, "-o", "x.age", "x"], b"")
        .expect(0);
    let before = quitus_tests::snapshot(&alice.desk("")).unwrap();
    for name in ["x", "./x", "d/../x", "hard", "soft"] {
        let _ = alice
            .run(&["encrypt", "-r", &recipient, "-o", name, "x"], b"")
            .expect(2);
        let _ = alice
            .run(&["encrypt", "-r", &recipient, "-o", "x", name], b"")
            .expect(2);
        let appended = format!("\"$0\" encrypt -r {recipient} x >> {name}");
        let _ = shell(&alice, &appended, b"").expect(2);
    }
    for name in ["x.age", "./x.age", "d/../x.age"] {
        let _ = alice
            .run(&["decrypt", "-i", "key.txt", "-o", name, "x.age"], b"")
            .expect(2);
    }
    assert_eq!(quitus_tests::snapshot(&alice.desk("")).unwrap(), before);
}

#[test]
fn files_of_keys_that_are_not_kept_as_secrets_or_are_none_are_refused() {
    let world = World::new();
    let alice = world.person("alice");
    let recipient = keys(&alice);
    write_files(&alice.desk(""), &[("x", b"x")]);
    let _ = alice
        .run(&["encrypt", "-r", &recipient, "-o", "x.age", "x"], b"")
        .expect(0);
    let secret = fs::read(alice.desk("key.txt")).unwrap();
    let ssh = b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    let long = File::create(alice.desk("long")).unwrap();
    long.set_len(1 << 30).unwrap();
    write_files(
        &alice.desk(""),
        &[
            ("shared", &secret),
            ("empty", b""),
            ("comments", b"# nothing\n\n"),
            ("recipient", recipient.as_bytes()),
            ("ssh", ssh),
            ("two kinds", &[secret.as_slice(), ssh].concat()),
            ("binary", &random_bytes(22, 5_000)),
        ],
    );
    symlink("key.txt", alice.desk("link")).unwrap();
    for (name, mode, reason) in [
        ("shared", 0o644, "others can read"),
        ("shared", 0o640, "others can read"),
        ("link", 0o600, "symbolic link"),
        ("long", 0o600, "too large"),
        ("empty", 0o600, "no identity"),
        ("comments", 0o600, "no identity"),
        ("recipient", 0o600, "line 1"),
        ("ssh", 0o600, "not an OpenSSH private key"),
        ("two kinds", 0o600, "line 2"),
        ("binary", 0o600, "line"),
        ("/dev/zero", 0, "too large"),
    ] {
        if mode != 0 && name != "link" {
            fs::set_permissions(alice.desk(name), Permissions::from_mode(mode)).unwrap();
        }
        let start = Instant::now();
        let refused = alice.run(&["decrypt", "-i", name, "x.age"], b"").expect(2);
        assert!(
            refused.stderr.contains(reason),
            "{name}: {}",
            refused.stderr
        );
        assert!(
            !refused.stderr.contains("SECRET-KEY-1"),
            "{name}: {}",
            refused.stderr
        );
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{name} took long"
        );
    }
    let _ = alice
        .run(&["decrypt", "-i", "key.txt", "x.age"], b"")
        .expect(0);
}

#[test]
fn a_home_that_cannot_be_used_is_named_and_nothing_is_sent() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(
        &alice.desk(""),
        &[
            ("a.txt", b"a"),
            ("file", b"f"),
            ("full/ledger.jsonl/x", b""),
        ],
    );
    write_files(&alice.desk("read only"), &[("x", b"")]);
    let run = |home: &Path, command: &mut Command| {
        command.args(["send", "a.txt", "--home"]).arg(home);
        run_for(
            as_nobody(command, &[&alice.desk("full"), &alice.desk("open")]),
            b"",
            BOUND,
        )
    };
    fs::create_dir(alice.desk("open")).unwrap();
    for home in ["file", "/proc/none", "full", "read only"] {
        let output = run(&alice.desk(home), &mut alice.command());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(8), "{home}\n{stderr}");
        assert!(
            stderr.contains(home) && output.stdout.is_empty(),
            "{home}\n{stderr}"
        );
    }
    // No HOME, no name in the list of users: only a flag helps.
    let mut lost = Command::new(binary("quitus"));
    lost.current_dir(alice.desk(""))
        .env("QUITUS_RELAY", world.relay.url());
    let output = run(&alice.desk("open/home"), &mut lost);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_ledger_that_cannot_be_read_stops_everything_and_stays_as_it_is() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let _ = alice.send("a.txt");
    let ledger = alice.home().join("ledger.jsonl");
    let good = fs::read(&ledger).unwrap();
    let later = br#"{"at":"2030-01-01T00:00:00Z","transfer":"11111111111111111111111111111111","fact":"of later"}"#;
    for line in [
        later.as_slice(),
        b"{}",
        b"\0\0\0\0",
        b"\xff",
        &vec![b'['; 50_000_000],
    ] {
        let damaged = [good.as_slice(), line, b"\n"].concat();
        fs::write(&ledger, &damaged).unwrap();
        let refused = alice.run(&["send", "a.txt"], b"").expect(8);
        assert!(
            refused.stderr.contains("ledger.jsonl"),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
        assert!(fs::read(&ledger).unwrap() == damaged, "it is as it was");
    }
    fs::write(&ledger, [good.as_slice(), b"{\"at\":\"2030-01"].concat()).unwrap();
    let _ = alice.send("a.txt");
}

#[test]
fn what_is_no_link_is_refused_whatever_its_bytes() {
    let world = World::new();
    let bob = world.person("bob");
    let hex = "0".repeat(32);
    let secret = format!("/t/{hex}#v1.{}", "A".repeat(48));
    for link in [
        format!("http://192.0.2.1{secret}"),
        format!("file://{secret}"),
        format!("javascript:alert(1)//{secret}"),
        format!("https://relay.example@evil.example{secret}"),
        format!("https://r\u{435}lay.example{secret}"),
        format!("https://relay.example:0{secret}"),
        format!("https://relay.example:443{secret}"),
        format!("https://[fe80::1%25eth0]{secret}"),
        format!("https://RELAY.example{secret}"),
        format!("https://relay.example{secret}").replace("v1", "v9"),
        format!("https://relay.example{secret}&k=1"),
        format!("https://relay.example{secret}#v1.{}", "A".repeat(48)),
        format!("https://relay.example?x{secret}"),
        "a\0b".to_owned(),
        "\n\n\n".to_owned(),
        "x".repeat(10_000_000),
        // What is read of it ends within a letter.
        format!("{}\u{e9}", "x".repeat(4_095)),
    ] {
        let shown = link.chars().take(60).collect::<String>();
        let start = Instant::now();
        let refused = bob.run(&["receive", "-"], link.as_bytes()).expect(2);
        assert!(
            refused.stderr.contains("hint:"),
            "{shown}\n{}",
            refused.stderr
        );
        assert!(refused.stderr.len() < 1_000, "{shown}");
        assert!(start.elapsed() < Duration::from_secs(20), "{shown}");
    }
}

#[test]
fn bytes_that_are_no_text_are_no_link() {
    let world = World::new();
    let bob = world.person("bob");
    for bytes in [
        b"http://127.0.0.1/t/\xff".as_slice(),
        b"\xff\xfe",
        &random_bytes(26, 10_000),
    ] {
        let refused = bob.run(&["receive", "-"], bytes).expect(2);
        assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);
    }
}

#[test]
fn a_link_that_cannot_be_printed_is_not_lost() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let sent = shell(&alice, "\"$0\" send a.txt > /dev/full", b"").expect(8);
    let link = sent
        .stderr
        .split_whitespace()
        .find(|word| word.contains("#v1."));
    let link = link.unwrap_or_else(|| panic!("{}", sent.stderr));
    let _ = bob.receive(link, "inbox").expect(0);
}

#[test]
fn other_people_cannot_see_into_a_process_that_holds_keys() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("p", b"red fox\n"), ("a.txt", b"a")]);
    let mut command = alice.command();
    command.args(["encrypt", "--passphrase-file", "p"]);
    // It waits for its input, the keys in its memory.
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let folder = format!("/proc/{}", child.id());
    let limits = || fs::read_to_string(format!("{folder}/limits")).unwrap();
    let is_hard = |limits: &str| {
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        line.is_some_and(|line| line.split_whitespace().nth(4) == Some("0"))
    };
    let end = Instant::now() + BOUND;
    while !is_hard(&limits()) {
        assert!(Instant::now() < end, "{}", limits());
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
