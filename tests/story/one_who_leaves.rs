//! A freelancer ends an engagement from its side, gives back late, and reaches the end as the client does.

use std::fs;

use quitus_tests::{Person, write_files};

use crate::engagement::Scene;
use crate::whole_engagement::{checks, destroy, dossier_of, give_back, statements, verified};

const LEAVE: [&str; 3] = ["offboard", "CT-1", "--yes"];

/// The one freelancer, who received something.
fn engaged(scene: &Scene) -> Person {
    let bob = scene.engage("bob", &scene.open(&[]));
    let link = scene.hand_over("dump.sql", "bob");
    let _ = bob.run(&["receive", "-"], link.as_bytes()).expect(0);
    bob
}

#[test]
fn a_freelancer_who_leaves_first_reaches_the_end_and_has_the_same_dossier() {
    let scene = Scene::new();
    let bob = engaged(&scene);
    let other = scene.hand_over("nda.txt", "bob");
    let unsure = bob.run(&["offboard", "CT-1", "--no-input"], b"").expect(2);
    assert!(unsure.stderr.contains("--yes"), "{}", unsure.stderr);
    let left = bob.run(&LEAVE, b"").expect(3);
    for line in [
        "[done] every access revoked",
        "[waits] instruction signed; waits for acme since ",
        "[waits] bob has given back, and it was received; waits for bob since ",
        "[waits] bob has stated what became of the data; waits for bob since ",
        "[waits] access log exported; waits for acme since ",
        "[waits] end acknowledged; waits for acme since ",
    ] {
        assert!(left.text().contains(line), "{line}\n{}", left.text());
    }
    let _ = bob.receive(&other, "again").expect(4);
    write_files(&bob.desk(""), &[("report.txt", b"done")]);
    let forth = ["send", "report.txt", "--engagement", "CT-1"];
    let _ = bob.run(&forth, b"").expect(4);

    reach_the_end(&scene, &bob);
    check_same(&scene, &bob);
}

/// Gives back although the access has ended, destroys, and is complete once the client is.
fn reach_the_end(scene: &Scene, bob: &Person) {
    give_back(scene, bob, "returned");
    let _ = destroy(bob, "no", &[]).expect(0);
    let told = scene.acme(&["engagement", "status", "CT-1"]).expect(0);
    let alert = "unusual: end of its own access: bob from 127.0.0.1 at ";
    assert!(told.stderr.contains(alert), "{}", told.stderr);
    assert!(
        told.text().contains("bob  access taken away"),
        "{}",
        told.text()
    );
    let done = scene.acme(&["offboard", "CT-1", "--yes"]).expect(0);
    assert!(!done.text().contains("[waits]"), "{}", done.text());
    let complete = bob.run(&[&["--json"], &LEAVE[..]].concat(), b"").expect(0);
    assert!(
        checks(&complete)
            .iter()
            .all(|line| line.contains("\"isDone\":true")),
        "{}",
        complete.stderr
    );
}

/// Both have the same statements in their dossiers.
fn check_same(scene: &Scene, bob: &Person) {
    let _ = scene
        .acme(&[
            "dossier",
            "build",
            "--engagement",
            "CT-1",
            "-o",
            "later.zip",
        ])
        .expect(0);
    let acknowledged = statements(&scene.acme, "client-acknowledged.json");
    assert_eq!(acknowledged.len(), 1);
    for line in [
        "no secret was passed on",
        "bob has given back, and it was received",
    ] {
        assert!(
            acknowledged[0].contains(&format!("\"what\": \"{line}\"")),
            "{line}"
        );
    }
    let own = verified(&scene.acme, &scene.acme.desk("later.zip"), "L3");
    let theirs = verified(bob, &dossier_of(bob), "L3");
    for entry in fs::read_dir(own.path().join("statements"))
        .unwrap()
        .flatten()
    {
        let same = theirs.path().join("statements").join(entry.file_name());
        assert_eq!(fs::read(entry.path()).unwrap(), fs::read(same).unwrap());
    }
}

#[test]
fn what_is_given_back_after_the_end_arrives_and_closes_the_loop() {
    let scene = Scene::new();
    let bob = engaged(&scene);
    let _ = scene.acme(&["offboard", "CT-1", "--yes"]).expect(3);
    write_files(&bob.desk(""), &[("report.txt", b"done")]);
    let forth = ["send", "report.txt", "--engagement", "CT-1"];
    let refused = bob.run(&forth, b"").expect(5);
    assert!(refused.stderr.contains("has ended"), "{}", refused.stderr);
    let waits = "bob has given back, and it was received";
    let status = || scene.acme(&["engagement", "status", "CT-1"]).expect(0);
    assert!(status().text().contains(waits));
    let back = ["send", "report.txt", "--engagement", "CT-1", "--return"];
    let back = bob.run(&back, b"").expect(0);
    assert!(back.stderr.contains("outside it"), "{}", back.stderr);
    let told = status();
    assert!(
        told.text()
            .contains(&format!("{waits}; waits for acme since")),
        "{}",
        told.text()
    );
    let _ = scene.acme.receive(back.text().trim(), "late").expect(0);
    assert_eq!(
        fs::read(scene.acme.desk("late/report.txt")).unwrap(),
        b"done"
    );
    assert!(!status().text().contains(waits), "{}", status().text());
}
