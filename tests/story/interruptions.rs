//! Ctrl-C, kill, and a relay that is stopped: whatever ran can be run again.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use quitus_tests::{Person, World, binary, difference, random_bytes, write_files};

const MIB: usize = 1024 * 1024;

/// Starts `quitus` so that it heeds Ctrl-C, also where these tests run in the background.
fn start(person: &Person, args: &[&str], stdin: &str) -> Child {
    let input = person.desk(".stdin");
    std::fs::write(&input, stdin).unwrap();
    let mut command = Command::new("env");
    command
        .arg("--default-signal=INT,TERM")
        .arg(binary("quitus"))
        .args(args);
    let own = person.command();
    let variables = own
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    command
        .current_dir(person.desk(""))
        .env_clear()
        .envs(variables);
    command.stdin(std::fs::File::open(&input).unwrap());
    command.stdout(std::fs::File::create(person.desk(".stdout")).unwrap());
    command.stderr(std::fs::File::create(person.desk(".stderr")).unwrap());
    let child = command.spawn().unwrap();
    std::fs::remove_file(input).unwrap();
    child
}

/// Sends a signal some microseconds after the start; how it ended.
fn signal(child: &mut Child, name: &str, after: Duration) -> Option<i32> {
    let end = Instant::now() + after;
    while Instant::now() < end && child.try_wait().unwrap().is_none() {
        std::hint::spin_loop();
    }
    if child.try_wait().unwrap().is_none() {
        drop(
            Command::new("kill")
                .args([name, &child.id().to_string()])
                .status(),
        );
    }
    child.wait().unwrap().code()
}

/// Moments from the first on, denser at the beginning.
fn moments() -> impl Iterator<Item = Duration> {
    (0..200).map(|k: u64| Duration::from_micros(k * k * 160))
}

/// What a person sees on the desk: all but our own captures.
fn on_desk(person: &Person) -> Vec<String> {
    let mut names = person.on_desk();
    names.retain(|name| !name.starts_with(".std"));
    names
}

#[test]
fn an_interrupted_sending_hands_nothing_over_and_can_be_run_again() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(30, 40 * MIB))]);
    let mut n_heeded = 0;
    for (round, after) in moments().take(24).enumerate() {
        let (name, code) = [("-INT", 130), ("-TERM", 143)][round % 2];
        let mut child = start(&alice, &["send", "a.bin"], "");
        let ended = signal(&mut child, name, after);
        // Before its first line runs, a process ends by the signal itself.
        assert!(
            [Some(0), Some(code), None].contains(&ended),
            "{after:?}: {ended:?}"
        );
        n_heeded += u32::from(ended == Some(code));
        let printed = std::fs::read(alice.desk(".stdout")).unwrap();
        assert!(ended != Some(0) || !printed.is_empty());
    }
    assert!(n_heeded > 3, "it was hardly ever interrupted: {n_heeded}");
    let link = alice.send("a.bin");
    let _ = bob.receive(&link, "inbox").expect(0);
    let received = difference(&alice.desk("a.bin"), &bob.desk("inbox/a.bin"));
    assert_eq!(received.unwrap(), None);
}

#[test]
fn an_interrupted_reception_leaves_no_final_name_and_goes_on() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let files = [
        ("brief/big.bin", random_bytes(31, 30 * MIB)),
        ("brief/small/a.txt", b"small".to_vec()),
    ];
    let files: Vec<_> = files
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    write_files(&alice.desk(""), &files);
    let (mut link, mut n_whole) = (alice.send("brief"), 0);
    for (round, after) in moments().enumerate() {
        if round > 48 && n_whole > 2 {
            break;
        }
        let (name, codes) = [
            ("-INT", vec![Some(130)]),
            ("-TERM", vec![Some(143)]),
            ("-KILL", vec![None]),
        ][round % 3]
            .clone();
        let mut child = start(&bob, &["receive", "-", "-o", "inbox"], &link);
        let ended = signal(&mut child, name, after);
        // Before its first line runs, a process ends by the signal itself.
        let is_known = [Some(0), None].contains(&ended) || codes.contains(&ended);
        assert!(is_known, "{after:?}: {ended:?}");
        if bob.desk("inbox").exists() {
            let received = difference(&alice.desk("brief"), &bob.desk("inbox/brief"));
            assert_eq!(
                received.unwrap(),
                None,
                "{after:?}: what has a name is whole"
            );
            if ended != Some(0) {
                let _ = bob.receive(&link, "inbox");
            }
            std::fs::remove_dir_all(bob.desk("inbox")).unwrap();
            (link, n_whole) = (alice.send("brief"), n_whole + 1);
        }
    }
    assert!(n_whole > 0, "no moment was late enough");
    let outcome = bob.receive(&link, "inbox");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let received = difference(&alice.desk("brief"), &bob.desk("inbox/brief"));
    assert_eq!(received.unwrap(), None);
    assert_eq!(on_desk(&bob), ["inbox"], "no hidden folder is left");
}

#[test]
fn an_interrupted_encryption_leaves_no_file() {
    let world = World::new();
    let alice = world.person("alice");
    let recipient = "age1gf84uw9uu9pek9fqn6vn63v8rx8rff6w8lzrjspgyns4eaknavmsvhfrpu";
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(32, 60 * MIB))]);
    let mut n_left = 0;
    for after in moments().take(16) {
        let args = ["encrypt", "-r", recipient, "-o", "a.age", "a.bin"];
        let mut child = start(&alice, &args, "");
        let ended = signal(&mut child, "-INT", after);
        let names = on_desk(&alice);
        if ended == Some(0) {
            std::fs::remove_file(alice.desk("a.age")).unwrap();
        } else {
            let is_ours = |name: &String| name.starts_with(".quitus-") || name == "a.bin";
            assert!(names.iter().all(is_ours), "{after:?}: {ended:?} {names:?}");
            n_left = names.len() - 1;
        }
    }
    assert!(n_left == 0, "{:?}", on_desk(&alice));
}

#[test]
fn a_relay_that_is_asked_to_stop_keeps_what_it_acknowledged() {
    let mut world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(33, 60 * MIB))]);
    for milliseconds in [5, 30, 80] {
        let after = Duration::from_millis(milliseconds);
        let mut child = start(&alice, &["send", "a.bin"], "");
        let end = Instant::now() + after;
        while Instant::now() < end {}
        world.relay.stop();
        world = world.restart();
        let code = child.wait().unwrap().code();
        assert!([Some(0), Some(7)].contains(&code), "{after:?}: {code:?}");
        let mut link = std::fs::read_to_string(alice.desk(".stdout")).unwrap();
        assert_eq!(code == Some(0), !link.is_empty(), "a link means success");
        if link.is_empty() {
            link = alice.send("a.bin");
        }

        let mut child = start(&bob, &["receive", "-", "-o", "inbox"], link.trim());
        let end = Instant::now() + after;
        while Instant::now() < end {}
        world.relay.stop();
        world = world.restart();
        let code = child.wait().unwrap().code();
        assert!([Some(0), Some(7)].contains(&code), "{after:?}: {code:?}");
        if code != Some(0) {
            let _ = bob.receive(link.trim(), "inbox").expect(0);
        }
        let received = difference(&alice.desk("a.bin"), &bob.desk("inbox/a.bin"));
        assert_eq!(received.unwrap(), None, "{after:?}");
        std::fs::remove_dir_all(bob.desk("inbox")).unwrap();
    }
}
