//! Machines with a wrong clock, without random numbers, with hardly any descriptors.

use std::process::Command;
use std::time::SystemTime;

use quitus_core::time::Timestamp;
use quitus_tests::{
    NO_RANDOMNESS, Outcome, Person, SHIFTED_CLOCK, World, binary, difference, preload,
    random_bytes, write_files,
};

/// Runs `quitus` with a library of ours before the C library.
fn run_with(
    person: &Person,
    library: &std::path::Path,
    (name, value): (&str, &str),
    args: &[&str],
    stdin: &[u8],
) -> Outcome {
    let mut command = Command::new(binary("quitus"));
    command
        .args(args)
        .env("LD_PRELOAD", library)
        .env(name, value);
    person.run_command(command, stdin)
}

#[test]
fn a_senders_wrong_clock_is_named_and_a_recipients_does_not_matter() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let clock = preload(world.folder(), "clock", SHIFTED_CLOCK);
    let sending = ["send", "a.txt", "--downloads", "9", "--expires", "1h"];
    for seconds in ["7200", "-7200", "315360000", "-62135596800"] {
        let refused = run_with(&alice, &clock, ("SHIFT", seconds), &sending, b"").expect(4);
        assert!(
            refused.stderr.contains("clock"),
            "{seconds}\n{}",
            refused.stderr
        );
        assert!(refused.stdout.is_empty(), "{seconds}");
        let french = [&["--lang", "fr"], &sending[..]].concat();
        let refused = run_with(&alice, &clock, ("SHIFT", seconds), &french, b"").expect(4);
        let is_french = refused.stderr.contains("horloge") && refused.stderr.contains("conseil");
        assert!(is_french, "{seconds}\n{}", refused.stderr);
    }
    // Four minutes pass, and the end is counted by the relay's clock.
    let sent = run_with(&alice, &clock, ("SHIFT", "240"), &sending, b"").expect(0);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let expected = i64::try_from(now.as_secs()).unwrap() + 3_600;
    let distance = (expiry(&alice).seconds() - expected).abs();
    assert!(distance < 100, "{distance} s from the relay's hour");
    for (n, seconds) in ["315360000", "-315360000", "-62135596800"]
        .into_iter()
        .enumerate()
    {
        let folder = format!("inbox{n}");
        let args = ["receive", "-", "-o", &folder];
        let _ = run_with(
            &bob,
            &clock,
            ("SHIFT", seconds),
            &args,
            sent.text().as_bytes(),
        )
        .expect(0);
        assert!(bob.desk(&folder).is_dir());
    }
}

/// The end of the transfer sent last, as the relay told it.
fn expiry(person: &Person) -> Timestamp {
    let ledger = std::fs::read_to_string(person.home().join("ledger.jsonl")).unwrap();
    let last = ledger.rsplit("\"expiresAt\":\"").next().unwrap();
    last.split('"').next().unwrap().parse().unwrap()
}

#[test]
fn without_random_numbers_nothing_is_made() {
    const EIO: &str = "5";
    let world = World::new();
    let alice = world.person("alice");
    let recipient = "age1gf84uw9uu9pek9fqn6vn63v8rx8rff6w8lzrjspgyns4eaknavmsvhfrpu";
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let library = preload(world.folder(), "randomness", NO_RANDOMNESS);
    for args in [
        &["send", "a.txt"][..],
        &["encrypt", "-r", recipient, "a.txt"],
        &["encrypt", "-r", recipient, "-o", "a.age", "a.txt"],
    ] {
        let outcome = run_with(&alice, &library, ("ERRNO", EIO), args, b"");
        assert_eq!(outcome.code, 1, "{args:?}\n{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("no random numbers"),
            "{}",
            outcome.stderr
        );
        assert!(outcome.stdout.is_empty(), "{args:?}");
        assert_eq!(alice.on_desk(), ["a.txt"], "{args:?}");
    }
    for key in ["signing.key", "request.key"] {
        assert!(
            !alice.home().join(key).exists(),
            "{key} was made of nothing"
        );
    }
    assert!(world.relay.objects().is_empty());
}

#[test]
fn with_few_descriptors_it_works_or_says_so() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("brief/big.bin", &random_bytes(24, 20_000_000)),
            ("brief/a/b/c/d.txt", b"deep"),
        ],
    );
    let sent = alice
        .run(&["send", "brief", "--downloads", "30"], b"")
        .expect(0);
    let few = |person: &Person, n: u32, args: &str, stdin: &[u8]| {
        let mut command = Command::new("bash");
        command.args(["-c", &format!("ulimit -n {n}; exec \"$0\" {args}")]);
        command.arg(binary("quitus"));
        person.run_command(command, stdin)
    };
    for n in [4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 24] {
        let outcome = few(&alice, n, "send brief", b"");
        let is_calm =
            [0, 2, 3, 7, 8].contains(&outcome.code) && !outcome.stderr.contains("panicked");
        assert!(is_calm, "{n}: exit {}\n{}", outcome.code, outcome.stderr);
        assert_eq!(
            outcome.code == 0,
            !outcome.stdout.is_empty(),
            "{n}: a link means success"
        );
        let person = world.person(&format!("bob{n}"));
        let outcome = few(&person, n, "receive - -o inbox", sent.stdout.as_slice());
        // With four, the dynamic linker itself may fail (127).
        let is_calm =
            [0, 7, 8, 127].contains(&outcome.code) && !outcome.stderr.contains("panicked");
        assert!(is_calm, "{n}: exit {}\n{}", outcome.code, outcome.stderr);
        assert_eq!(outcome.code == 0, person.desk("inbox").exists(), "{n}");
        let _ = person.receive(sent.text().trim(), "again");
        assert!(
            person.desk("inbox").exists() || person.desk("again").exists(),
            "{n}"
        );
    }
    let _ = bob.receive(sent.text().trim(), "inbox").expect(0);
    let received = difference(&alice.desk("brief"), &bob.desk("inbox/brief"));
    assert_eq!(received.unwrap(), None);
}

#[test]
fn commands_of_one_person_at_once_do_not_harm_each_other() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(25, 30_000_000))]);
    // First uses at once end with one key; of one sending asked for several times, one goes on.
    let sends: Vec<_> = (0..4).map(|_| alice.start(&["send", "a.bin"])).collect();
    let mut codes: Vec<_> = sends
        .into_iter()
        .map(|mut child| child.wait().unwrap().code())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes.first(), Some(&Some(0)), "{codes:?}");
    assert!(
        codes.iter().all(|code| [Some(0), Some(8)].contains(code)),
        "{codes:?}"
    );
    let link = alice.send("a.bin");
    let receive = |folder: &str| bob.start_with(&["receive", "-", "-o", folder], link.as_bytes());
    let mut children: Vec<_> = ["one", "two", "three"].map(receive).into();
    let mut codes: Vec<_> = children
        .iter_mut()
        .map(|child| child.wait().unwrap().code())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes.first(), Some(&Some(0)), "{codes:?}");
    assert!(
        codes[1..]
            .iter()
            .all(|code| [Some(5), Some(8)].contains(code)),
        "{codes:?}"
    );
    assert_eq!(bob.on_desk().len(), 1, "{:?}", bob.on_desk());
}
