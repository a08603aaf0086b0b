//! The client of an engagement looks into the relay's bucket, and the dossiers of both hold what it saw.

use quitus_tests::{Bucket, Outcome, Person};

use crate::engagement::Scene;
use crate::whole_engagement::{destroy, give_back, statements, verified};

fn look(person: &Person, id: &str, bucket: &Bucket) -> Outcome {
    let mut command = person.command();
    command.args(["check", id, "--bucket", &bucket.url()]);
    command.args(["--s3-endpoint", &bucket.endpoint()]);
    command.envs(Bucket::variables());
    person.run_command(command, b"")
}

#[test]
fn what_the_client_saw_in_the_bucket_is_in_the_dossiers_of_both() {
    let scene = Scene::new();
    let bucket = Bucket::of_stories(scene.world.relay.folder()).expect("a bucket of the stories");
    let bob = scene.engage("bob", &scene.open(&[]));
    let link = scene.hand_over("dump.sql", "bob");
    let id = link.rsplit('/').next().unwrap();

    let others = look(&bob, id, &bucket).expect(2);
    assert!(others.stderr.contains("hint:"), "{}", others.stderr);
    let live = look(&scene.acme, id, &bucket).expect(0);
    assert!(live.text().lines().all(|line| line.starts_with(id)));
    assert_eq!(live.text().lines().count(), 2, "{}", live.text());

    let _ = bob.run(&["receive", "-"], link.as_bytes()).expect(0);
    give_back(&scene, &bob, "returned");
    let _ = destroy(&bob, "no", &[]).expect(0);
    let _ = scene.acme(&["offboard", "CT-1", "--yes"]).expect(0);
    let gone = look(&scene.acme, id, &bucket).expect(0);
    assert_eq!(gone.text(), "");

    let _ = bob.run(&["offboard", "CT-1", "--yes"], b"").expect(0);
    for person in [&scene.acme, &bob] {
        let build = [
            "dossier",
            "build",
            "--engagement",
            "CT-1",
            "-o",
            "looked.zip",
        ];
        let _ = person.run(&build, b"").expect(0);
        let seen = statements(person, "client-checked.json");
        let counts = |text: &String| text.contains("\"nVersions\": 0");
        assert_eq!(seen.iter().map(counts).collect::<Vec<_>>(), [false, true]);
        let folder = verified(person, &person.desk("looked.zip"), "L3");
        let files = std::fs::read_dir(folder.path().join("statements")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        assert_eq!(
            names.filter(|name| name.ends_with("-checked.json")).count(),
            2
        );
    }
}
