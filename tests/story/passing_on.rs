//! A secret that is passed on at terminals: typed unseen, shown once, written nowhere.

use std::path::Path;
use std::process::Command;

use quitus_tests::{Outcome, Person, World, binary};

/// Runs `quitus` at a terminal of its own, with answers to its questions; `stdout` is the screen.
fn at_terminal(person: &Person, args: &[&str], answers: &[(&str, &str)]) -> Outcome {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/at_terminal.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(binary("quitus")).args(args);
    let lines = answers
        .iter()
        .map(|(question, answer)| format!("{question}\t{answer}\n"));
    person.run_command(command, lines.collect::<String>().as_bytes())
}

/// The link on a screen.
fn link_on(screen: &str) -> &str {
    let words = screen.split_whitespace();
    let mut links = words.filter(|word| word.contains("/t/") && word.contains('#'));
    links.next().unwrap_or_else(|| panic!("{screen}"))
}

#[test]
fn a_secret_is_typed_unseen_and_shown_once_to_whoever_has_the_link() {
    const SECRET: &str = "correct horse é battery";
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let args = ["send", "--secret", "db password"];
    let typed = |again| {
        [
            ("The secret to pass on:", SECRET),
            ("The same again:", again),
        ]
    };

    let slipped = at_terminal(&alice, &args, &typed("correct horse")).expect(2);
    assert!(!slipped.text().contains("/t/"), "{}", slipped.text());
    let sent = at_terminal(&alice, &args, &typed(SECRET)).expect(0);
    let screen = sent.text();
    assert!(
        !screen.contains("horse"),
        "what was typed was seen: {screen}"
    );
    let link = link_on(screen);

    // Where nobody sees it, it is neither shown nor used up.
    let unseen = bob.run(&["receive", "-"], link.as_bytes()).expect(2);
    assert!(
        unseen.stdout.is_empty() && unseen.stderr.contains("hint:"),
        "{}",
        unseen.stderr
    );
    let received = at_terminal(&bob, &["receive"], &[("Link:", link)]).expect(0);
    let screen = received.text();
    assert_eq!(screen.matches(SECRET).count(), 1, "{screen}");
    assert!(screen.contains("db password"), "{screen}");
    let secret = link.split('#').nth(1).unwrap();
    assert!(!screen.contains(secret), "the link was seen: {screen}");
    assert!(bob.on_desk().is_empty() && alice.on_desk().is_empty());

    let again = at_terminal(&bob, &["receive"], &[("Link:", link)]).expect(5);
    assert!(!again.text().contains("horse"), "{}", again.text());
    for person in [&alice, &bob] {
        let mut search = Command::new("grep");
        search
            .args(["-rlF", "correct horse", "."])
            .arg(person.home());
        let found = person.run_command(search, b"");
        assert_eq!(found.code, 1, "written down: {}", found.text());
    }
}

#[test]
fn a_secret_goes_into_a_file_where_one_is_named() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let sent = alice.run(&["send", "--secret"], b"s3cret\n").expect(0);
    let args = ["receive", "-o", "kept"];
    let _ = at_terminal(&bob, &args, &[("Link:", sent.text().trim())]).expect(0);
    let names = std::fs::read_dir(bob.desk("kept")).unwrap().flatten();
    let files: Vec<_> = names
        .map(|entry| std::fs::read(entry.path()).unwrap())
        .collect();
    assert_eq!(files, [b"s3cret"]);
}
