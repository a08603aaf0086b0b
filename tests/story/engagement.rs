//! An engagement from the invite to the end, with real processes: a client, two freelancers, a relay.

use std::fs;
use std::process::Command;

use quitus_tests::{NO_OTHER_COPY, Outcome, Person, World, binary, random_bytes, write_files};

/// A client and freelancers on a relay by invitation.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) acme: Person,
}

const NDA: &[u8] = b"What you learn here stays here.";

impl Scene {
    pub(crate) fn new() -> Self {
        Self::in_world(World::by_invitation())
    }

    /// On a relay that is there.
    pub(crate) fn in_world(world: World) -> Self {
        let acme = person(&world, "acme");
        let mut command = Command::new(binary("quitus-relay"));
        let folder = world.relay.folder();
        command.args(["invite", "--name", "acme", "--data"]);
        command.arg(folder.join("data"));
        command.arg("--keys").arg(folder.join("keys"));
        let output = command.env_clear().output().unwrap();
        assert!(output.status.success());
        let _ = acme.run(&["join", "-"], &output.stdout).expect(0);
        write_files(&acme.desk(""), &[("nda.txt", NDA), ("dump.sql", b"insert")]);
        Self { world, acme }
    }

    /// Opens the engagement and gives the invite for bob.
    pub(crate) fn open(&self, more: &[&str]) -> String {
        let line = [
            "engagement",
            "new",
            "Refonte SI",
            "--with",
            "bob",
            "--contract",
            "CT-1",
            "--until",
            "60d",
            "--choice",
            "both",
            "--terms",
            "nda.txt",
        ];
        let opened = self.acme.run(&[&line, more].concat(), b"").expect(0);
        opened.text().trim().to_owned()
    }

    fn join(&self, name: &str, invite: &str, more: &[&str]) -> (Person, Outcome) {
        let freelancer = person(&self.world, name);
        let line = [&["join", "-", "--accept"], more].concat();
        let joined = freelancer.run(&line, invite.as_bytes()).expect(0);
        (freelancer, joined)
    }

    /// A freelancer who is engaged.
    pub(crate) fn engage(&self, name: &str, invite: &str) -> Person {
        let (freelancer, _) = self.join(name, invite, &[]);
        let _ = self
            .acme(&["engagement", "confirm", "CT-1", "--yes"])
            .expect(0);
        freelancer
    }

    pub(crate) fn acme(&self, args: &[&str]) -> Outcome {
        self.acme.run(args, b"")
    }

    /// What the client sends to somebody; the link.
    pub(crate) fn hand_over(&self, what: &str, to: &str) -> String {
        let line = ["send", what, "--engagement", "CT-1", "--to", to];
        self.acme(&line).expect(0).text().trim().to_owned()
    }

    fn status(&self) -> String {
        let status = self.acme(&["engagement", "status", "CT-1"]).expect(0);
        format!("{}{}", status.text(), status.stderr)
    }
}

fn person(world: &World, name: &str) -> Person {
    let person = world.person(name);
    let init = ["init", "--name", name, "--no-passphrase"];
    let _ = person.run(&init, b"").expect(0);
    person
}

/// The statements a person keeps, by the ends of their names.
fn statements(person: &Person) -> Vec<String> {
    let mut names = Vec::new();
    let folder = person.home().join("statements");
    for engagement in fs::read_dir(folder).into_iter().flatten().flatten() {
        for file in fs::read_dir(engagement.path()).unwrap().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if let Some((_, rest)) = name.split_once('-')
                && let Some(kind) = rest.strip_suffix(".json")
                && !kind.starts_with("relay-")
            {
                names.push(kind.to_owned());
            }
        }
    }
    names.sort();
    names
}

#[test]
fn both_sign_with_documents_and_reservations_before_anything_is_claimed() {
    let scene = Scene::new();
    let invite = scene.open(&["--require-disk-encryption", "--purpose", "Migration"]);
    let (bob, joined) = scene.join("bob", &invite, &["--reserve", "No work on Sundays"]);
    for shown in [
        "Refonte SI",
        "CT-1",
        "Migration",
        "30 days",
        "nda.txt",
        "encrypted disk",
    ] {
        assert!(joined.stderr.contains(shown), "{shown}: {}", joined.stderr);
    }
    assert_eq!(fs::read(bob.desk("nda.txt")).unwrap(), NDA);
    let _ = scene.acme(&["invites"]).expect(0);
    let link = scene.hand_over("dump.sql", "bob");
    let refused = bob.receive(&link, "inbox").expect(4);
    assert!(
        refused.stderr.contains("not signed by both"),
        "{}",
        refused.stderr
    );
    let confirmed = scene
        .acme(&["engagement", "confirm", "CT-1", "--yes"])
        .expect(0);
    assert!(
        confirmed.stderr.contains("No work on Sundays"),
        "{}",
        confirmed.stderr
    );
    assert_eq!(
        statements(&scene.acme),
        ["client-engaged", "freelancer-engaged"]
    );
    let _ = bob.run(&["engagement", "status", "CT-1"], b"").expect(0);
    assert_eq!(statements(&bob), ["client-engaged", "freelancer-engaged"]);
    // A second join with the same invite changes nothing.
    let _ = bob
        .run(&["join", "-", "--accept"], invite.as_bytes())
        .expect(0);
    assert_eq!(statements(&bob).len(), 2);
}

#[test]
fn whoever_does_not_agree_has_signed_nothing_and_claims_nothing() {
    let scene = Scene::new();
    let invite = scene.open(&[]);
    let bob = person(&scene.world, "bob");
    let asked = bob
        .run(&["join", "-", "--no-input"], invite.as_bytes())
        .expect(2);
    assert!(asked.stderr.contains("--accept"), "{}", asked.stderr);
    assert!(statements(&bob).is_empty());
    let nobody = scene
        .acme(&["engagement", "confirm", "CT-1", "--yes"])
        .expect(2);
    assert!(nobody.stderr.contains("hint:"), "{}", nobody.stderr);
}

#[test]
fn a_freeze_of_either_side_stops_claims_and_is_told_to_the_other() {
    let scene = Scene::new();
    let bob = scene.engage("bob", &scene.open(&[]));
    let link = scene.hand_over("dump.sql", "bob");
    let incident = ["freeze", "CT-1", "--incident", "My laptop was stolen"];
    let _ = bob.run(&incident, b"").expect(0);
    let refused = bob.receive(&link, "inbox").expect(4);
    assert!(refused.stderr.contains("frozen"), "{}", refused.stderr);
    assert!(
        scene.status().contains("bob froze it"),
        "{}",
        scene.status()
    );
    assert!(statements(&scene.acme).contains(&"freelancer-frozen".to_owned()));
    let _ = scene.acme(&["freeze", "CT-1"]).expect(0);
    let _ = bob.run(&["thaw", "CT-1"], b"").expect(4);
    let _ = scene.acme(&["thaw", "CT-1"]).expect(0);
    let _ = bob.receive(&link, "inbox").expect(0);
    assert_eq!(fs::read(bob.desk("inbox/dump.sql")).unwrap(), b"insert");
}

#[test]
fn other_rules_count_once_the_other_side_has_signed_them() {
    let scene = Scene::new();
    let bob = scene.engage("bob", &scene.open(&[]));
    let amend = [
        "engagement",
        "amend",
        "CT-1",
        "--inactive",
        "10d",
        "--until",
        "90d",
    ];
    let proposed = bob.run(&amend, b"").expect(0);
    assert!(
        proposed.stderr.contains("once the others have signed"),
        "{}",
        proposed.stderr
    );
    assert!(
        scene.status().contains("other rules are proposed"),
        "{}",
        scene.status()
    );
    let accepted = scene
        .acme(&["engagement", "accept", "CT-1", "--yes"])
        .expect(0);
    assert!(accepted.stderr.contains("10 days"), "{}", accepted.stderr);
    let of_bob = bob.run(&["engagement", "status", "CT-1"], b"").expect(0);
    assert!(!of_bob.stderr.contains("proposed"), "{}", of_bob.stderr);
    let both = [
        "client-amended",
        "client-engaged",
        "freelancer-amended",
        "freelancer-engaged",
    ];
    assert_eq!(statements(&scene.acme), both);
    assert_eq!(statements(&bob), both);
    let nothing = scene.acme(&["engagement", "amend", "CT-1"]).expect(2);
    assert!(nothing.stderr.contains("hint:"), "{}", nothing.stderr);
}

/// The access log that offboarding left on the client's desk.
fn check_exported(scene: &Scene) {
    let log = fs::read_dir(scene.acme.desk("")).unwrap().flatten();
    let mut names = log.map(|file| file.file_name().to_string_lossy().into_owned());
    let log = names
        .find(|name| name.starts_with("access-log-"))
        .expect("the log");
    let text = fs::read_to_string(scene.acme.desk(&log)).unwrap();
    let is_object = |line: &str| line.starts_with("{\"number\":") && line.ends_with('}');
    assert!(text.lines().all(is_object), "{text}");
    assert!(
        text.contains("\"concluded\"") && text.contains("\"claimed\""),
        "{text}"
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one engagement from its beginning to its end"
)]
fn an_engagement_ends_with_a_silent_freelancer_and_says_so() {
    let scene = Scene::new();
    let bob = scene.engage("bob", &scene.open(&[]));
    let second = scene
        .acme(&["engagement", "invite", "CT-1", "carol"])
        .expect(0);
    let carol = scene.engage("carol", second.text().trim());
    write_files(
        &scene.acme.desk(""),
        &[("big.bin", &random_bytes(11, 300_000))],
    );
    let link = scene.hand_over("big.bin", "bob");
    let _ = bob.receive(&link, "inbox").expect(0);
    let never = scene.hand_over("dump.sql", "carol");
    let secret = [
        "send",
        "--secret",
        "db password",
        "--engagement",
        "CT-1",
        "--to",
        "carol",
    ];
    let _ = scene.acme.run(&secret, b"hunter2").expect(0);
    write_files(&bob.desk(""), &[("report.txt", b"done")]);
    let back = ["send", "report.txt", "--engagement", "CT-1", "--return"];
    let returned = bob.run(&back, b"").expect(0);
    let _ = scene
        .acme
        .receive(returned.text().trim(), "returned")
        .expect(0);

    let review = ["review", "CT-1", "--month", "2026-11", "--keep-all"];
    let reviewed = scene.acme(&review).expect(0);
    assert!(
        reviewed.stderr.contains("never fetched: 2"),
        "{}",
        reviewed.stderr
    );
    assert!(reviewed.stderr.contains("127.0.0.1"), "{}", reviewed.stderr);

    let plan = scene.acme(&["offboard", "CT-1", "--dry-run"]).expect(0);
    assert!(
        plan.text().contains("[waits] every access revoked"),
        "{}",
        plan.text()
    );
    let _ = carol.receive(&never, "still").expect(0);
    let unsure = scene.acme(&["offboard", "CT-1", "--no-input"]).expect(2);
    assert!(unsure.stderr.contains("--yes"), "{}", unsure.stderr);
    let ended = scene.acme(&["offboard", "CT-1", "--yes"]).expect(3);
    assert!(
        ended.text().contains("[done] every access revoked"),
        "{}",
        ended.text()
    );
    assert!(
        ended
            .text()
            .contains("[waits] secrets changed: db password"),
        "{}",
        ended.text()
    );
    assert!(
        ended.text().contains("[waits] carol has stated"),
        "{}",
        ended.text()
    );
    let _ = bob.receive(&link, "again").expect(5);
    let forth = ["send", "report.txt", "--engagement", "CT-1"];
    let _ = bob.run(&forth, b"").expect(5);

    let last = [
        "offboard",
        "CT-1",
        "--credentials-changed",
        "--reserve",
        "Carol is silent",
    ];
    let closed = scene.acme(&last).expect(3);
    assert!(
        closed.text().contains("[done] secrets changed"),
        "{}",
        closed.text()
    );
    assert!(
        closed.text().contains("[done] end acknowledged"),
        "{}",
        closed.text()
    );
    check_exported(&scene);
    let kept = statements(&scene.acme);
    for kind in [
        "client-access-reviewed",
        "client-acknowledged",
        "client-credentials-changed",
        "client-instructed",
        "freelancer-returned",
    ] {
        assert!(kept.contains(&kind.to_owned()), "{kind} in {kept:?}");
    }
    // Running it once more does nothing twice.
    let again = scene.acme(&["offboard", "CT-1"]).expect(3);
    assert_eq!(statements(&scene.acme), kept, "{}", again.stderr);
    let other = ["offboard", "CT-1", "--reserve", "Still silent"];
    for _ in 0..2 {
        let _ = scene.acme(&other).expect(3);
        assert_eq!(statements(&scene.acme).len(), kept.len() + 1);
    }
}

#[test]
fn a_stock_ssh_keygen_checks_what_both_signed() {
    let scene = Scene::new();
    let _bob = scene.engage("bob", &scene.open(&[]));
    let folder = scene.acme.home().join("statements");
    let folder = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    let mut n_checked = 0;
    for file in fs::read_dir(&folder).unwrap().flatten() {
        let path = file.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let mut command = Command::new("ssh-keygen");
        command.args(["-Y", "check-novalidate", "-n", "quitus-statement-v1", "-s"]);
        command.arg(path.with_extension("json.sig"));
        command.stdin(fs::File::open(&path).unwrap());
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        n_checked += 1;
    }
    assert_eq!(n_checked, 2);
}

#[test]
fn a_rule_of_encrypted_disks_is_kept_where_files_are_written() {
    let scene = Scene::new();
    let bob = scene.engage("bob", &scene.open(&["--require-disk-encryption"]));
    let link = scene.hand_over("dump.sql", "bob");
    let is_encrypted = bob.run(&["device", "--require-encryption"], b"").code == 0;
    let received = bob.run(&["receive", "-"], link.as_bytes());
    assert_eq!(
        received.code,
        if is_encrypted { 0 } else { 9 },
        "{}",
        received.stderr
    );
    assert_eq!(bob.desk("dump.sql").exists(), is_encrypted);
    let names = bob.on_desk().concat();
    assert!(
        !names.contains(".quitus-"),
        "nothing is written before: {names}"
    );
    assert_eq!(received.stderr.contains("quitus device"), !is_encrypted);
}

#[test]
fn what_a_freelancer_destroyed_is_stated_to_the_client() {
    let scene = Scene::new();
    let bob = scene.engage("bob", &scene.open(&[]));
    let link = scene.hand_over("dump.sql", "bob");
    let _ = bob.run(&["receive", "-"], link.as_bytes()).expect(0);
    let destroy = ["destroy", "--engagement", "CT-1", "--yes"];
    let args = [&destroy[..], &NO_OTHER_COPY].concat();
    let done = bob.run(&args, b"").expect(0);
    assert!(!bob.desk("dump.sql").exists());
    assert!(
        !done.stderr.contains("do not have the statement yet"),
        "{}",
        done.stderr
    );
    let _ = scene.status();
    let kept = |person: &Person| {
        let chains = fs::read_dir(person.home().join("statements"))
            .unwrap()
            .flatten();
        let files = chains.flat_map(|chain| fs::read_dir(chain.path()).unwrap().flatten());
        let mut texts = files
            .filter(|file| {
                let name = file.file_name().into_string().unwrap();
                name.ends_with("-freelancer-destroyed-by-holder.json")
            })
            .map(|file| fs::read_to_string(file.path()).unwrap());
        texts.next()
    };
    let stated = kept(&bob).expect("bob has it");
    assert!(stated.contains("\"engagement:"), "{stated}");
    assert_eq!(
        kept(&scene.acme),
        Some(stated),
        "the client has the same bytes"
    );
}
