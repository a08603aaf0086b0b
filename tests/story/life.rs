//! A transfer's life: passwords, another end, revocation, and destruction that is looked at.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use quitus_tests::{Outcome, Person, World, random_bytes, write_files};

/// The id of a link's transfer.
fn id(link: &str) -> String {
    let page = link.split('#').next().unwrap_or_default();
    page.rsplit('/').next().unwrap_or_default().to_owned()
}

fn password_file(person: &Person, name: &str, password: &str) {
    write_files(&person.desk(""), &[(name, password.as_bytes())]);
}

fn receive_with(person: &Person, link: &str, folder: &str, file: &str) -> Outcome {
    let args = ["receive", "-", "-o", folder, "--password-file", file];
    person.run(&args, link.as_bytes())
}

#[test]
fn a_password_is_needed_and_ten_wrong_ones_freeze_the_transfer() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    password_file(&alice, "password", "caf\u{e9}");
    password_file(&bob, "right", "cafe\u{301}");
    password_file(&bob, "wrong", "cafe");
    let send = [
        "send",
        "a.txt",
        "--downloads",
        "2",
        "--password-file",
        "password",
    ];
    let link = alice.run(&send, b"").expect(0).text().trim().to_owned();

    let asked = bob
        .run(
            &["receive", "-", "-o", "inbox", "--no-input"],
            link.as_bytes(),
        )
        .expect(2);
    assert!(asked.stderr.contains("--password-file"), "{}", asked.stderr);
    for _ in 0..9 {
        let refused = receive_with(&bob, &link, "inbox", "wrong").expect(4);
        assert!(refused.stderr.contains("password"), "{}", refused.stderr);
    }
    let _ = receive_with(&bob, &link, "inbox", "right").expect(0);
    let _ = receive_with(&bob, &link, "again", "wrong").expect(4);
    let frozen = receive_with(&bob, &link, "again", "right").expect(9);
    assert!(
        frozen.stderr.contains("too many wrong passwords"),
        "{}",
        frozen.stderr
    );
    let listed = alice.run(&["list"], b"").expect(0);
    assert!(
        listed.text().contains("frozen"),
        "the sender is told: {}",
        listed.text()
    );
    let shown = alice.run(&["show", &id(&link)], b"").expect(0);
    assert!(
        shown.text().contains("wrong passwords 10"),
        "{}",
        shown.text()
    );
}

#[test]
fn the_id_alone_can_neither_claim_nor_freeze() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    password_file(&alice, "password", "secret");
    password_file(&bob, "password", "secret");
    let send = ["send", "a.txt", "--password-file", "password"];
    let link = alice.run(&send, b"").expect(0).text().trim().to_owned();
    let nothing = "A".repeat(43);
    let body = format!("{{\"claim\":\"{nothing}\",\"verifier\":\"{nothing}\"}}");
    let address = format!("{}/v1/transfers/{}/claim", world.relay.url(), id(&link));
    for _ in 0..15 {
        let claimed = Command::new("curl")
            .args([
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-X",
                "POST",
                "--data",
                &body,
            ])
            .args(["-H", "content-type: application/json"])
            .args(["-H", &format!("authorization: Bearer {nothing}"), &address])
            .output()
            .unwrap();
        assert_eq!(claimed.stdout, b"404");
    }
    let _ = receive_with(&bob, &link, "inbox", "password").expect(0);
}

#[test]
fn a_revoked_link_is_gone_and_a_running_download_is_cut() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[("big.bin", &random_bytes(30, 64 * 1024 * 1024))],
    );
    let link = alice.send("big.bin");
    // A pipe that nobody reads holds the download open.
    let mut child = bob.command();
    child.args(["receive", "-", "-o", "-"]);
    let mut child = child
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, link.as_bytes()).unwrap();
    drop(input);
    let mut first = [0; 1];
    let mut output = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut output, &mut first).unwrap();

    let _ = alice.run(&["revoke", &id(&link)], b"").expect(0);
    let start = Instant::now();
    let mut rest = Vec::new();
    drop(std::io::Read::read_to_end(&mut output, &mut rest));
    let status = child.wait().unwrap();
    assert!(
        !status.success() && rest.len() < 64 * 1024 * 1024,
        "the download was cut: {status}"
    );
    assert!(start.elapsed() < Duration::from_mins(1));
    let _ = bob.receive(&link, "inbox").expect(5);
    let _ = alice.run(&["revoke", &id(&link)], b"");
}

#[test]
fn another_end_needs_no_upload_and_holds() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let sent = alice
        .run(
            &["send", "a.txt", "--downloads", "2", "--expires", "1h"],
            b"",
        )
        .expect(0);
    let link = sent.text().trim().to_owned();
    let _ = alice
        .run(&["extend", &id(&link), "--expires", "2d"], b"")
        .expect(0);
    let _ = bob.receive(&link, "inbox").expect(0);
    let _ = alice
        .run(&["extend", &id(&link)[..8], "--expires", "2s"], b"")
        .expect(0);
    let end = Instant::now() + Duration::from_secs(30);
    let mut number = 0;
    loop {
        number += 1;
        match bob.receive(&link, &format!("late{number}")).code {
            5 => break,
            code => assert!(code == 0 || Instant::now() < end, "exit {code}"),
        }
    }
    let _ = alice
        .run(&["extend", &id(&link), "--expires", "400d"], b"")
        .expect(9);
    let _ = alice
        .run(&["extend", &id(&link), "--expires", "4d"], b"")
        .expect(5);
}

#[test]
fn after_the_last_download_everything_is_destroyed_and_stated() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[("brief/a.bin", &random_bytes(31, 9 * 1024 * 1024))],
    );
    let link = alice.send("brief");
    let early = alice.run(&["receipt", &id(&link)], b"").expect(7);
    assert!(
        early.stderr.contains("not destroyed yet"),
        "{}",
        early.stderr
    );
    let _ = bob.receive(&link, "inbox").expect(0);
    check_statement(&alice, &link, "used");
    let objects = world.relay.folder().join("data/objects");
    assert_eq!(n_files(&objects), 0, "no object is left");
}

#[test]
fn what_was_revoked_or_expired_is_destroyed_and_stated() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let revoked = alice.send("a.txt");
    let _ = alice.run(&["revoke", &id(&revoked)], b"").expect(0);
    check_statement(&alice, &revoked, "revoked");
    let sent = alice
        .run(&["send", "a.txt", "--expires", "1s"], b"")
        .expect(0);
    check_statement(&alice, sent.text().trim(), "expired");
}

/// Waits for the statement, and has stock OpenSSH verify it.
fn check_statement(sender: &Person, link: &str, ending: &str) {
    let folder = format!("receipt-{ending}");
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match sender.run(&["receipt", &id(link), "-o", &folder], b"") {
            outcome if outcome.code == 0 => break,
            outcome => assert!(
                outcome.code == 7 && Instant::now() < end,
                "{}",
                outcome.stderr
            ),
        }
    }
    let statement = sender.desk(&folder).join("destroyed.json");
    let text = fs::read_to_string(&statement).expect("a statement of destruction");
    assert!(
        text.contains(&format!("\"ending\": \"{ending}\"")),
        "{text}"
    );
    assert!(
        text.contains("urn:quitus:destroyed:v1") && text.contains("notCovered"),
        "{text}"
    );
    let verify = |file: &Path| {
        let input = fs::File::open(file).unwrap();
        Command::new("ssh-keygen")
            .args(["-Y", "verify", "-f", "allowed_signers", "-I", "relay"])
            .args(["-n", "quitus-statement-v1", "-s", "destroyed.json.sig"])
            .current_dir(sender.desk(&folder))
            .stdin(input)
            .output()
            .unwrap()
    };
    assert!(verify(&statement).status.success());
    let other = sender.desk(&folder).join("other.json");
    fs::write(&other, text.replace(": 1,", ": 2,")).unwrap();
    assert!(
        !verify(&other).status.success(),
        "an edited statement does not verify"
    );
}

fn n_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            if entry.path().is_dir() {
                n_files(&entry.path())
            } else {
                1
            }
        })
        .sum()
}
