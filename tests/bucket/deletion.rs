//! What is left of a transfer in a bucket, and what is said of it.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use quitus_tests::{ACCESS_KEY, Bucket, Fault, SECRET_KEY};

use crate::stage::{Like, Stage, id, receipt, until};

/// What boto3, which shares no code with us, lists below the prefix: versions, markers and uploads.
fn listed_by_boto3(bucket: &Bucket) -> String {
    let script = r#"
import sys, boto3
endpoint, bucket, prefix, key, secret = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1",
                  aws_access_key_id=key, aws_secret_access_key=secret)
seen = s3.list_object_versions(Bucket=bucket, Prefix=prefix)
for kind in ("Versions", "DeleteMarkers"):
    for one in seen.get(kind, []):
        print(kind, one["Key"].removeprefix(prefix), one["VersionId"])
for one in s3.list_multipart_uploads(Bucket=bucket, Prefix=prefix).get("Uploads", []):
    print("Uploads", one["Key"].removeprefix(prefix), one["UploadId"])
"#;
    let peers = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/python");
    let (name, prefix) = bucket.place();
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", peers).args(["-c", script]);
    command.args([&bucket.endpoint(), name, prefix, ACCESS_KEY, SECRET_KEY]);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.contains(" owner "));
    lines.collect::<Vec<&str>>().join("\n")
}

#[test]
fn of_a_bucket_that_keeps_versions_nothing_is_left_after_destroyed() {
    let like = Like {
        has_versions: true,
        ..Like::default()
    };
    let stage = Stage::on(like, &[]);
    let (alice, bob) = (stage.sender(21), stage.person("bob"));
    let link = alice.send("plan.bin");
    // Somebody with the bucket's keys replaces, deletes, and leaves an upload behind.
    let keys = stage.bucket.keys();
    let part = keys.iter().find(|key| key.contains(".0.")).unwrap();
    let bytes = stage.bucket.get(part);
    stage.bucket.put(part, &bytes);
    stage.bucket.delete(part);
    stage.bucket.put(part, &bytes);
    stage.bucket.begin_upload(part);
    let before = listed_by_boto3(&stage.bucket);
    assert!(before.matches("Versions").count() >= 6, "{before}");
    assert!(before.contains("DeleteMarkers") && before.contains("Uploads"));

    let _ = bob.receive(&link, "inbox").expect(0);
    let stated = stage.destroyed(&alice, &link);
    assert_eq!(listed_by_boto3(&stage.bucket), "");
    for words in [
        "versions, delete markers and unfinished uploads listed under the prefix",
        "store.delete-version",
        "versions deleted by their ids",
        "unfinished uploads aborted",
        &stage.bucket.url(),
    ] {
        assert!(stated.contains(words), "{words}: {stated}");
    }
    assert!(!stated.contains("erased from the bucket"));
}

#[test]
fn what_a_lock_keeps_is_named_and_not_called_destroyed() {
    let like = Like {
        has_lock: true,
        ..Like::default()
    };
    let stage = Stage::on(like, &[]);
    let alice = stage.sender(22);
    let link = alice.send("plan.bin");
    let keys = stage.bucket.keys();
    let part = keys.iter().find(|key| key.contains(".2.")).unwrap();
    stage.bucket.lock(part);
    let versions = stage.bucket.versions();
    let locked = versions.iter().find(|one| one.key == *part).unwrap();
    let _ = alice.run(&["revoke", id(&link)], b"").expect(0);
    let stated = until("it is stated", || {
        let outcome = receipt(&alice, &link);
        let stated = outcome.text().to_owned();
        stated.contains("destruction-incomplete").then_some(stated)
    });
    assert!(stated.contains(&locked.id), "{stated}");
    assert!(stated.contains("403"), "{stated}");
    let left = stage.bucket.versions();
    let left: Vec<_> = left.iter().filter(|one| one.key != "owner").collect();
    assert_eq!(left, [locked], "everything else is gone");
}

#[test]
fn deletions_that_did_not_happen_are_not_stated_as_done() {
    let stage = Stage::new();
    let alice = stage.sender(23);
    let link = alice.send("plan.bin");
    let id = id(&link).to_owned();
    stage.store.decide(|_, asked| {
        let is_batch = asked.method == "POST" && asked.path.contains("delete");
        if asked.method == "DELETE" || is_batch {
            Fault::Lie
        } else {
            Fault::None
        }
    });
    let _ = alice.run(&["revoke", &id], b"").expect(0);
    let stated = until("it is stated", || {
        let stated = receipt(&alice, &link).text().to_owned();
        stated.contains("destruction-incomplete").then_some(stated)
    });
    assert!(stated.contains("deleted, and still listed"), "{stated}");
    assert_eq!(stage.bucket.keys().len(), 5, "three parts, manifest, owner");
    // Once it deletes again, the relay comes back to it by itself.
    stage.store.behave();
    let stated = stage.destroyed(&alice, &link);
    assert!(stated.contains("urn:quitus:destroyed:v1"), "{stated}");
}

#[test]
fn what_is_on_its_way_into_the_bucket_does_not_land_behind_the_statement() {
    let stage = Stage::new();
    let alice = stage.sender(26);
    let (n_parts, is_held) = (AtomicU32::new(0), Arc::new(AtomicBool::new(true)));
    let held = Arc::clone(&is_held);
    // Everything but the first part arrives at the bucket when it is let go.
    stage.store.decide(move |_, asked| {
        let is_part = asked.method == "PUT" && asked.body.len() > 1_000;
        if is_part && n_parts.fetch_add(1, Ordering::SeqCst) > 0 {
            while held.load(Ordering::SeqCst) {
                thread::park_timeout(Duration::from_millis(5));
            }
        }
        Fault::None
    });
    let mut child = alice.start(&["send", "plan.bin"]);
    let part = until("a part is there", || {
        let keys = stage.bucket.keys();
        keys.into_iter().find(|key| key != "owner")
    });
    let id = part.split('.').next().unwrap().to_owned();
    // The other two are on their way as soon as the first has arrived.
    thread::sleep(Duration::from_secs(1));
    drop(child.kill());
    child.wait().unwrap();
    let _ = alice.run(&["revoke", &id], b"").expect(0);
    thread::sleep(Duration::from_secs(5));
    let early = receipt(&alice, &id).text().to_owned();
    assert!(!early.contains("urn:quitus:destroyed:v1"), "{early}");
    is_held.store(false, Ordering::SeqCst);
    let _ = stage.destroyed(&alice, &id);
}

#[test]
fn a_list_that_may_not_be_whole_shows_nothing() {
    let stage = Stage::new();
    let alice = stage.sender(25);
    let link = alice.send("plan.bin");
    stage.store.decide(|_, asked| {
        if asked.method == "GET" && asked.path.contains("versions") {
            Fault::CutShort
        } else {
            Fault::None
        }
    });
    let _ = alice.run(&["revoke", id(&link)], b"").expect(0);
    let stated = until("it is stated", || {
        let stated = receipt(&alice, &link).text().to_owned();
        stated.contains("destruction-incomplete").then_some(stated)
    });
    assert!(stated.contains("a list was cut short"), "{stated}");
    stage.store.behave();
    let stated = stage.destroyed(&alice, &link);
    assert!(stated.contains("urn:quitus:destroyed:v1"), "{stated}");
}

#[test]
fn where_batches_are_refused_each_is_deleted_alone() {
    let stage = Stage::new();
    let alice = stage.sender(24);
    let link = alice.send("plan.bin");
    stage.store.decide(|_, asked| {
        if asked.method == "POST" && asked.path.contains("delete") {
            Fault::Error(400, "InvalidRequest")
        } else {
            Fault::None
        }
    });
    let _ = alice.run(&["revoke", id(&link)], b"").expect(0);
    let stated = stage.destroyed(&alice, &link);
    assert!(stated.contains("urn:quitus:destroyed:v1"), "{stated}");
}
