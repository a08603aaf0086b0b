//! Statements, the log and dossiers of a real transfer: what a party takes away, and what a relay that lies
//! about the past cannot do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use quitus_tests::{NO_OTHER_COPY, Outcome, Person, Relay, binary, snapshot};

use crate::joining::{Closed, invite, join};

/// How long a relay may take to destroy what ended.
const BOUND: Duration = Duration::from_secs(30);

/// A client and a freelancer who joined one relay.
struct Pair {
    world: Closed,
    alice: Person,
    bob: Person,
}

impl Pair {
    fn new() -> Self {
        let world = Closed::new();
        let (alice, bob) = (world.client("alice"), world.person("bob"));
        let _ = join(&bob, &invite(&alice, "bob")).expect(0);
        let _ = alice.run(&["invites"], b"").expect(0);
        Self { world, alice, bob }
    }

    /// Alice sends, Bob receives; returns the transfer's id.
    fn hand_over(&self, folder: &str) -> String {
        let (link, id) = self.send();
        let _ = self.bob.receive(&link, folder).expect(0);
        id
    }

    /// Alice sends; returns link and id.
    fn send(&self) -> (String, String) {
        let args = ["send", "plan.txt", "--to", "bob"];
        let link = self.alice.run(&args, b"").expect(0);
        let link = link.text().trim().to_owned();
        let id = link.rsplit('/').next().unwrap().chars().take(32).collect();
        (link, id)
    }

    /// Waits until the relay has destroyed a transfer.
    fn destroyed(&self, id: &str) {
        let began = Instant::now();
        while self.alice.run(&["receipt", id], b"").code != 0 {
            assert!(began.elapsed() < BOUND, "it is not destroyed");
        }
    }

    fn dossier(person: &Person, id: &str) -> (PathBuf, Outcome) {
        let outcome = person
            .run(&["dossier", "build", id, "-o", "dossier.zip"], b"")
            .expect(0);
        (person.desk("dossier.zip"), outcome)
    }
}

/// The lines that are for a verifier, without what is for people.
fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split("  ").next().unwrap_or_default().to_owned())
        .collect()
}

pub(crate) fn unzipped(zip: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let status = Command::new("python3")
        .args(["-c", script])
        .arg(zip)
        .arg(folder.path())
        .status();
    assert!(status.unwrap().success());
    folder
}

/// What stock tools say of an unpacked dossier, with an empty home.
pub(crate) fn by_script(folder: &Path) -> Output {
    let mut command = Command::new("sh");
    command.arg("verify.sh").current_dir(folder);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap());
    command.output().unwrap()
}

pub(crate) fn by_reference(dossier: &Path) -> Output {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("python3");
    command
        .arg(repository.join("reference/verify.py"))
        .arg(dossier);
    command.env("PYTHONPATH", repository.join("peers/python"));
    command.output().unwrap()
}

#[test]
fn what_was_verified_is_dated_when_it_was_however_late_it_is_stated() {
    let pair = Pair::new();
    for flags in [&["-o", "inbox"][..], &["--keep-sealed"]] {
        let (link, id) = pair.send();
        let folder = pair.bob.home().join("statements");
        let folder = folder.join(format!("transfer-{id}"));
        // As long as that is a folder, nothing can be stated here.
        fs::create_dir_all(folder.join("lock")).unwrap();
        let args = [&["receive", "-"][..], flags].concat();
        let _ = pair.bob.run(&args, link.as_bytes()).expect(8);
        fs::remove_dir(folder.join("lock")).unwrap();
        let _ = pair.bob.run(&["resume"], b"").expect(0);

        let ledger = fs::read_to_string(pair.bob.home().join("ledger.jsonl")).unwrap();
        let is_it = |line: &&str| line.contains(&id) && line.contains("\"fact\":\"fetched\"");
        let fetched = ledger.lines().find(is_it).unwrap();
        let at = fetched.split('"').nth(3).unwrap();
        let accepted = fs::read_dir(&folder).unwrap().flatten().find_map(|file| {
            let text = fs::read_to_string(file.path()).unwrap();
            text.contains("urn:quitus:accepted:v1").then_some(text)
        });
        let accepted = accepted.expect("it is stated");
        assert!(accepted.contains("\"manifest.verified\""), "{accepted}");
        let is_dated = accepted.contains(&format!("\"at\": \"{at}\""));
        assert!(is_dated, "{fetched}\n{accepted}");
    }
}

#[test]
fn a_finished_transfer_leaves_a_dossier_that_three_verifiers_agree_on() {
    let pair = Pair::new();
    let id = pair.hand_over("inbox");
    pair.destroyed(&id);
    // Bob comes back, so that what Alice and the relay said since is cosigned by him too.
    let _ = pair.bob.run(&["log", "verify"], b"").expect(0);
    for person in [&pair.alice, &pair.bob] {
        let (zip, built) = Pair::dossier(person, &id);
        let told = lines(built.text());
        let kinds = ["received", "delivered", "accepted", "destroyed"];
        for kind in kinds {
            let is_it = |line: &&String| line.contains(&format!("-{kind}.json: ok L3"));
            assert!(told.iter().any(|line| is_it(&line)), "{kind}: {told:?}");
        }
        assert_eq!(told.last().unwrap(), "dossier: signer not confirmed");
        cites_the_log_before_it(&zip, &["delivered", "accepted", "destroyed"]);
        // On another machine, without a home and without the relay.
        let nowhere = tempfile::tempdir().unwrap();
        let mut verify = Command::new(binary("quitus"));
        verify
            .args(["--lang", "en", "verify"])
            .arg(&zip)
            .env_clear()
            .current_dir(nowhere.path());
        let verified = verify.output().unwrap();
        assert_eq!(verified.status.code(), Some(13));
        assert_eq!(lines(&String::from_utf8_lossy(&verified.stdout)), told);
        assert_eq!(fs::read_dir(nowhere.path()).unwrap().count(), 0);
        let folder = unzipped(&zip);
        for output in [by_script(folder.path()), by_reference(&zip)] {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(
                lines(&said),
                told,
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            assert_eq!(output.status.code(), Some(13));
        }
        for page in [
            "record.en.html",
            "record.fr.html",
            "README.txt",
            "LISEZMOI.txt",
        ] {
            assert!(
                folder.path().join(page).metadata().unwrap().len() > 500,
                "{page}"
            );
        }
    }
}

/// Statements of these kinds name a checkpoint that their issuers had seen before they signed.
fn cites_the_log_before_it(zip: &Path, kinds: &[&str]) {
    let folder = unzipped(zip);
    let statements = fs::read_dir(folder.path().join("statements")).unwrap();
    let paths: Vec<PathBuf> = statements.map(|entry| entry.unwrap().path()).collect();
    for kind in kinds {
        let is_it = |path: &&PathBuf| path.to_string_lossy().ends_with(&format!("-{kind}.json"));
        let statement = fs::read_to_string(paths.iter().find(is_it).unwrap()).unwrap();
        let (_, before) = statement.split_once("\"notBefore\": ").unwrap();
        assert!(before.starts_with("{\n"), "{kind}: {statement}");
    }
}

/// Bob destroys what he received of a transfer; what he was told.
fn destroy(bob: &Person, id: &str) -> Outcome {
    let args = [&["destroy", id, "--yes"][..], &NO_OTHER_COPY].concat();
    bob.run(&args, b"").expect(0)
}

#[test]
fn what_a_recipient_destroyed_reaches_the_sender_also_when_the_relay_was_away() {
    let mut pair = Pair::new();
    let (id, later) = (pair.hand_over("inbox"), pair.hand_over("later"));
    for id in [&id, &later] {
        pair.destroyed(id);
    }
    let told = destroy(&pair.bob, &id);
    assert!(!told.stderr.contains("next visit"), "{}", told.stderr);
    pair.world.relay().stop();
    let told = destroy(&pair.bob, &later);
    assert!(told.stderr.contains("next visit"), "{}", told.stderr);
    assert!(!pair.bob.desk("later/plan.txt").exists());
    pair.world.relay().start_again();
    let _ = Pair::dossier(&pair.bob, &later);
    for id in [&id, &later] {
        fs::remove_file(pair.alice.desk("dossier.zip")).ok();
        let (_, built) = Pair::dossier(&pair.alice, id);
        let is_it = |line: &String| line.ends_with("-destroyed-by-holder.json: ok L3");
        assert!(lines(built.text()).iter().any(is_it), "{}", built.text());
    }
}

#[test]
fn a_flipped_byte_of_a_dossier_is_found_by_all_three() {
    let pair = Pair::new();
    let id = pair.hand_over("inbox");
    pair.destroyed(&id);
    let (zip, _) = Pair::dossier(&pair.alice, &id);
    let folder = unzipped(&zip);
    let file = folder.path().join("statements/0001-received.json");
    let mut bytes = fs::read(&file).unwrap();
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    fs::write(&file, bytes).unwrap();
    let told = pair
        .alice
        .run(&["verify", &folder.path().to_string_lossy()], b"")
        .expect(11);
    let script = by_script(folder.path());
    let reference = by_reference(folder.path());
    for said in [told.text().to_owned(), text(&script), text(&reference)] {
        let first = lines(&said)[0].clone();
        assert_eq!(first, "0001-received.json: FAIL signature");
    }
    assert_eq!(
        (script.status.code(), reference.status.code()),
        (Some(11), Some(11))
    );
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}

/// Puts back what the relay's folder was, its keys and what it knows of its log too, as an operator can who
/// wants to change the past.
fn put_back(relay: &mut Relay, kept: &Path) {
    relay.kill();
    for part in ["data", "keys"] {
        let now = relay.folder().join(part);
        fs::remove_dir_all(&now).unwrap();
        copy(&kept.join(part), &now);
    }
    relay.start_again();
}

#[test]
fn a_relay_that_takes_back_what_it_logged_is_named() {
    let mut pair = Pair::new();
    let _ = pair.hand_over("first");
    let kept = tempfile::tempdir().unwrap();
    pair.world.relay().stop();
    for part in ["data", "keys"] {
        copy(
            &pair.world.relay().folder().join(part),
            &kept.path().join(part),
        );
    }
    pair.world.relay().start_again();
    let _ = pair.hand_over("second");
    let _ = pair.alice.run(&["log", "verify"], b"").expect(0);
    put_back(pair.world.relay(), kept.path());
    // Shorter than what Alice saw.
    let refused = pair.alice.run(&["log", "verify"], b"").expect(11);
    assert!(
        refused.stderr.contains("shorter than it was"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("hint:"));
}

#[test]
fn a_relay_that_tells_another_past_is_named_and_the_evidence_kept() {
    let mut pair = Pair::new();
    let _ = pair.hand_over("first");
    let kept = tempfile::tempdir().unwrap();
    pair.world.relay().stop();
    for part in ["data", "keys"] {
        copy(
            &pair.world.relay().folder().join(part),
            &kept.path().join(part),
        );
    }
    pair.world.relay().start_again();
    let _ = pair.hand_over("second");
    let seen = pair.alice.run(&["log", "verify"], b"").expect(0);
    fs::write(pair.alice.desk("mine"), seen.text()).unwrap();
    put_back(pair.world.relay(), kept.path());
    // Bob, who has seen less, goes on; the log grows beyond what Alice saw, with other entries.
    let _ = pair.alice.run(&["send", "plan.txt", "--to", "bob"], b"");
    for folder in ["third", "fourth", "fifth"] {
        let sent = pair.alice.run(&["send", "plan.txt", "--to", "bob"], b"");
        let link = sent.stdout.clone();
        let _ = pair.bob.run(&["receive", "-", "-o", folder], &link);
    }
    let refused = pair.alice.run(&["log", "verify"], b"").expect(11);
    assert!(refused.stderr.contains("contradict"), "{}", refused.stderr);
    let logs = snapshot(&pair.alice.home().join("logs")).unwrap();
    assert!(
        format!("{logs:?}").contains("fork-"),
        "both checkpoints are kept"
    );
    let theirs = pair.bob.run(&["log", "verify"], b"");
    fs::write(pair.alice.desk("theirs"), &theirs.stdout).unwrap();
    let _ = pair
        .alice
        .run(&["log", "compare", "mine", "theirs"], b"")
        .expect(11);
}
