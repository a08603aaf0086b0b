//! The client of a relay looks into its bucket with credentials of its own.

use quitus_tests::{Bucket, Outcome, Person, READER};

use crate::stage::{Like, Stage, id, receipt, until};

/// `quitus check`, with the keys of somebody who can list.
fn check(person: &Person, link: &str, bucket: &Bucket) -> Outcome {
    check_with(
        &[
            ("AWS_ACCESS_KEY_ID", READER.0),
            ("AWS_SECRET_ACCESS_KEY", READER.1),
        ],
        person,
        link,
        bucket,
    )
}

fn check_with(keys: &[(&str, &str)], person: &Person, link: &str, bucket: &Bucket) -> Outcome {
    let mut command = person.command();
    command.args(["check", id(link), "--bucket", &bucket.url()]);
    command.args(["--s3-endpoint", &bucket.endpoint()]);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs(keys.iter().copied());
    person.run_command(command, b"")
}

#[test]
fn a_client_with_keys_that_only_list_sees_and_signs_what_is_there() {
    let like = Like {
        has_versions: true,
        ..Like::default()
    };
    let stage = Stage::on(like, &[]);
    let alice = stage.sender(31);
    let link = alice.send("plan.bin");

    let nobody = check_with(&[], &alice, &link, &stage.bucket).expect(4);
    assert!(nobody.stderr.contains("credentials"), "{}", nobody.stderr);
    // Nobody let this reader in.
    let refused = check(&alice, &link, &stage.bucket).expect(4);
    assert!(refused.stderr.contains("403"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint:"), "{}", refused.stderr);

    stage.bucket.let_reader_list();
    let key = stage
        .bucket
        .keys()
        .into_iter()
        .find(|key| key.contains(".0."));
    stage.bucket.begin_upload(&key.expect("a part"));
    let held = check(&alice, &link, &stage.bucket).expect(0);
    let listed = held
        .text()
        .lines()
        .filter(|line| line.starts_with(id(&link)));
    assert_eq!(listed.count(), 5, "{}", held.text());
    assert!(
        held.stderr
            .contains("4 versions, 0 delete markers, 1 unfinished upload listed"),
        "{}",
        held.stderr
    );

    let _ = alice.run(&["revoke", id(&link)], b"").expect(0);
    let _ = stage.destroyed(&alice, &link);
    let gone = check(&alice, &link, &stage.bucket).expect(0);
    assert_eq!(gone.text(), "");
    assert!(
        gone.stderr
            .contains("0 versions, 0 delete markers, 0 unfinished uploads listed"),
        "{}",
        gone.stderr
    );
    assert!(
        !gone.stderr.contains("elsewhere than in"),
        "{}",
        gone.stderr
    );
    // The other one is a folder above.
    for prefix in ["elsewhere", "a"] {
        let other = check(&alice, &link, &stage.bucket.beside(prefix)).expect(0);
        assert!(
            other.stderr.contains("elsewhere than in"),
            "{}",
            other.stderr
        );
    }
}

#[test]
fn what_is_listed_although_it_was_stated_as_destroyed_is_found() {
    let stage = Stage::new();
    stage.bucket.let_reader_list();
    let alice = stage.sender(32);
    let link = alice.send("plan.bin");
    let early = check(&alice, &link, &stage.bucket).expect(0);
    assert!(early.stderr.contains("4 versions"), "{}", early.stderr);
    let _ = alice.run(&["revoke", id(&link)], b"").expect(0);
    let stated = until("it is destroyed", || {
        let stated = receipt(&alice, &link).text().to_owned();
        stated.contains("urn:quitus:destroyed:v1").then_some(stated)
    });
    assert!(stated.contains("objects.listed"));
    // A copy that somebody had kept comes back.
    let name = format!("{}.0.{}", id(&link), "0".repeat(64));
    stage.bucket.put(&name, b"sealed bytes that came back");
    let found = check(&alice, &link, &stage.bucket).expect(6);
    assert!(found.text().contains(&name), "{}", found.text());
    assert!(found.stderr.contains("still lists"), "{}", found.stderr);
}

#[test]
fn a_bucket_that_is_none_is_refused_before_anything_is_asked() {
    let stage = Stage::new();
    let alice = stage.sender(33);
    let link = alice.send("plan.bin");
    let ask = |more: &[&str]| {
        let args = [&["check", id(&link)][..], more].concat();
        alice.run(&args, b"").expect(2).stderr
    };
    assert!(ask(&["--bucket", "bucket"]).contains("is no bucket"));
    let plain = ask(&[
        "--bucket",
        "s3://bucket",
        "--s3-endpoint",
        "http://s3.example",
    ]);
    assert!(plain.contains("not encrypted"), "{plain}");
    let nobodys = Bucket::at(&format!("{}/nobodys-bucket", stage.bucket.endpoint()), "a");
    let refused = check(&alice, &link, &nobodys).expect(2);
    assert!(
        refused.stderr.contains("NoSuchBucket"),
        "{}",
        refused.stderr
    );
}
