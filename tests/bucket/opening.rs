//! Which buckets a relay serves on, and what it says of the others.

use std::process::Command;

use quitus_tests::{Bucket, Fault, FaultyStore, Person, Relay, write_files};

use crate::stage::{Like, Stage, bucket, id, receipt, start, until};

fn refused(bucket: &Bucket, store: &FaultyStore, options: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let started = start(folder.path(), (bucket, store), options);
    let said = started.err().expect("it is not served on");
    assert!(said.contains("hint:"), "{said}");
    said
}

#[test]
fn a_public_bucket_is_refused_unless_that_is_allowed() {
    let bucket = bucket(Like::default());
    let (name, _) = bucket.place();
    bucket.set_policy(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*",
        "Action":["s3:ListBucket","s3:GetObject"],
        "Resource":["arn:aws:s3:::{name}","arn:aws:s3:::{name}/*"]}}]}}"#
    ));
    let store = FaultyStore::start(&bucket);
    let said = refused(&bucket, &store, &[]);
    assert!(said.contains("strangers can list"), "{said}");
    assert!(said.contains("--s3-allow public"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let relay = start(folder.path(), (&bucket, &store), &["--s3-allow", "public"]).unwrap();
    let warned = relay.doctor();
    let line = warned.iter().find(|line| line.contains("public access"));
    assert!(
        line.is_some_and(|line| line.starts_with("warn")),
        "{warned:?}"
    );
}

#[test]
fn a_store_that_is_not_there_or_lies_is_not_served_on() {
    let bucket = bucket(Like::default());
    let store = FaultyStore::start(&bucket);
    store.decide(|_, asked| match asked.method.as_str() {
        "PUT" => Fault::Truncate,
        _ => Fault::None,
    });
    let said = refused(&bucket, &store, &[]);
    assert!(said.contains("came back"), "{said}");
    store.decide(|_, asked| match asked.method.as_str() {
        "DELETE" => Fault::Lie,
        _ => Fault::None,
    });
    let said = refused(&bucket, &store, &[]);
    assert!(said.contains("still listed"), "{said}");
    store.decide(|_, _| Fault::Error(403, "RequestTimeTooSkewed"));
    let said = refused(&bucket, &store, &[]);
    assert!(said.contains("403"), "{said}");
    store.behave();
    let other = Bucket::at(&format!("{}/nobodys-bucket", bucket.endpoint()), "a");
    let said = refused(&other, &store, &[]);
    assert!(
        said.contains("404") && said.contains("NoSuchBucket"),
        "{said}"
    );
}

#[test]
fn what_a_server_does_not_show_is_not_taken_for_absent() {
    let bucket = bucket(Like {
        has_versions: true,
        ..Like::default()
    });
    let store = FaultyStore::start(&bucket);
    let answer_lists = |status, code| {
        store.decide(move |_, asked| {
            let is_list = asked.method == "GET" && asked.path.contains("?versions");
            if is_list {
                Fault::Error(status, code)
            } else {
                Fault::None
            }
        });
    };
    answer_lists(403, "AccessDenied");
    let said = refused(&bucket, &store, &["--s3-attempts", "2"]);
    assert!(said.contains("ListObjectVersions: 403"), "{said}");
    answer_lists(503, "SlowDown");
    let said = refused(&bucket, &store, &["--s3-attempts", "2"]);
    assert!(said.contains("503"), "{said}");
    answer_lists(501, "NotImplemented");
    let said = refused(&bucket, &store, &[]);
    assert!(said.contains("does not list them"), "{said}");
    // Whether strangers are let in, a server that is out of order does not tell.
    store.decide(|_, asked| {
        if asked.headers.contains_key("authorization") {
            Fault::None
        } else {
            Fault::Error(503, "SlowDown")
        }
    });
    let said = refused(&bucket, &store, &["--s3-attempts", "2"]);
    assert!(said.contains("public access"), "{said}");
}

#[test]
fn a_server_without_versions_is_served_on_and_statements_say_so() {
    let stage = Stage::new();
    let folder = tempfile::tempdir().unwrap();
    stage.store.decide(|_, asked| {
        let is_list = asked.method == "GET" && asked.path.contains("?versions");
        if is_list {
            Fault::Error(501, "NotImplemented")
        } else {
            Fault::None
        }
    });
    let prefix = stage.bucket.beside("without");
    let relay = start(folder.path(), (&prefix, &stage.store), &[]).unwrap();
    let alice = Person::new(&folder.path().join("alice"), relay.url());
    write_files(&alice.desk(""), &[("plan.bin", b"the plan")]);
    let link = alice.send("plan.bin");
    let _ = alice.run(&["revoke", id(&link)], b"").expect(0);
    let stated = until("it is destroyed", || {
        let stated = receipt(&alice, &link).text().to_owned();
        stated.contains("urn:quitus:destroyed:v1").then_some(stated)
    });
    for words in [
        "objects (the store lists no versions) and unfinished uploads listed",
        "objects deleted by their names, since the store lists no versions",
    ] {
        assert!(stated.contains(words), "{words}: {stated}");
    }
}

#[test]
fn a_prefix_is_one_relays() {
    let stage = Stage::new();
    let said = refused(&stage.bucket, &stage.store, &[]);
    assert!(said.contains("belongs to the relay"), "{said}");
    // The same relay again is let in.
    let relay = stage.relay.restart();
    let findings = relay.doctor();
    let is_well = |line: &String| !line.starts_with("fail");
    assert!(findings.iter().all(is_well), "{findings:?}");
    assert!(findings.len() > 12, "{findings:?}");
}

#[test]
fn plain_http_beyond_this_machine_is_refused() {
    let mut command = Command::new(quitus_tests::binary("quitus-relay"));
    command.env_clear().args([
        "serve",
        "--data",
        "d",
        "--store",
        "s3://bucket",
        "--s3-endpoint",
        "http://s3.example",
    ]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--s3-allow http"), "{said}");
}

#[test]
fn what_the_records_name_is_compared_with_the_bucket() {
    // An older version is nothing that anybody gets.
    let like = Like {
        has_versions: true,
        ..Like::default()
    };
    let stage = Stage::on(like, &[]);
    let alice = stage.sender(11);
    let link = alice.send("plan.bin");
    for options in [&[][..], &["--read-data"]] {
        let (code, said) = check(&stage.relay, options);
        assert!(code == 0 && said.contains("of 1 transfers"), "{said}");
    }
    let keys = stage.bucket.keys();
    let part = keys.iter().find(|key| key.contains(".1.")).unwrap();
    let mut bytes = stage.bucket.get(part);
    bytes[7] ^= 1;
    stage.bucket.put(part, &bytes);
    assert_eq!(check(&stage.relay, &[]).0, 0, "it has its length");
    let (code, said) = check(&stage.relay, &["--read-data"]);
    assert!(code == 1 && said.contains("part 1 "), "{said}");
    stage.bucket.put(part, &bytes[1..]);
    let (code, said) = check(&stage.relay, &[]);
    assert!(code == 1 && said.contains("and must have"), "{said}");
    stage.bucket.delete(part);
    let (code, said) = check(&stage.relay, &[]);
    assert!(code == 1 && said.contains("part 1 is missing"), "{said}");
    assert!(!link.is_empty());
}

fn check(relay: &Relay, options: &[&str]) -> (i32, String) {
    relay.check(options)
}
