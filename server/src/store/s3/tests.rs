//! The store on real servers: `QUITUS_TEST_S3` names them, and `quitus-check` starts them.
//!
//! ```text
//! QUITUS_TEST_S3="http://127.0.0.1:5000 http://127.0.0.1:5010"
//! ```

use core::time::Duration;

use aws_sdk_s3::types::{
    BucketVersioningStatus, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode,
    ObjectLockRule, VersioningConfiguration,
};
use quitus_bucket::place::{Access, Bucket, Patience, REGION};
use quitus_core::digest::Blake3;
use quitus_core::parts::PartIndex;
use quitus_core::transfer::TransferId;

use super::S3Store;
use crate::findings::{Finding, Health};
use crate::store::conformance::{self, batch, put};
use crate::store::place::{Allowed, S3Settings};
use crate::store::{ObjectName, Piece, Store as _};

/// A bucket of its own on a server.
struct Ground {
    settings: S3Settings,
    data: tempfile::TempDir,
}

fn servers() -> Vec<String> {
    let servers = std::env::var("QUITUS_TEST_S3").unwrap_or_default();
    let servers: Vec<String> = servers.split_whitespace().map(str::to_owned).collect();
    assert!(
        !servers.is_empty(),
        "name servers in QUITUS_TEST_S3, or run `cargo run --bin quitus-check -- s3`, which starts them"
    );
    servers
}

fn settings(endpoint: &str, bucket: &str) -> S3Settings {
    let access = Access {
        bucket: Bucket::parse(&format!("s3://{bucket}/a/relay")).unwrap(),
        endpoint: Some(endpoint.to_owned()),
        region: REGION.to_owned(),
        is_virtual_host: false,
        has_checksums: false,
        ca_file: None,
        attempts: 3,
        patience: Patience::default(),
    };
    S3Settings {
        access,
        // moto looks at no signature: to it nobody is a stranger.
        allowed: vec![Allowed::Public],
    }
}

impl Ground {
    /// Makes a bucket; with a lock if one is wanted.
    async fn new(endpoint: &str, has_lock: bool) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static N: AtomicU32 = AtomicU32::new(0);
        let number = N.fetch_add(1, Ordering::Relaxed);
        let bucket = format!("test-{}-{number}", std::process::id());
        let ground = Self {
            settings: settings(endpoint, &bucket),
            data: tempfile::tempdir().unwrap(),
        };
        let client = ground.client().await;
        let request = client.create_bucket().bucket(&bucket);
        let request = request.set_object_lock_enabled_for_bucket(has_lock.then_some(true));
        request.send().await.unwrap();
        ground
    }

    async fn client(&self) -> aws_sdk_s3::Client {
        let clients =
            super::client::clients(&self.settings.access, &std::sync::Arc::default()).await;
        clients.unwrap().signed
    }

    async fn keep_versions(&self) {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
        let request = self.client().await.put_bucket_versioning();
        let request = request.bucket(&self.settings.access.bucket.name);
        let request = request.versioning_configuration(enabled.build());
        request.send().await.unwrap();
    }

    async fn open(&self) -> (S3Store, Vec<Finding>) {
        S3Store::open(&self.settings, self.data.path())
            .await
            .unwrap()
    }

    /// Everything the bucket still has, in whatever form.
    async fn left(&self) -> usize {
        let client = self.client().await;
        let bucket = &self.settings.access.bucket.name;
        let versions = client.list_object_versions().bucket(bucket).send().await;
        let uploads = client.list_multipart_uploads().bucket(bucket).send().await;
        let versions = versions.unwrap();
        let uploads = uploads.unwrap();
        versions.versions().len() + versions.delete_markers().len() + uploads.uploads().len()
    }
}

fn expect_well(findings: &[Finding]) {
    for finding in findings {
        let is_public = finding.what == "public access" && finding.health == Health::Warn;
        assert!(finding.health == Health::Ok || is_public, "{finding}");
    }
}

fn name_of(id: u8) -> ObjectName {
    ObjectName {
        transfer: TransferId::from_bytes([id; 16]),
        piece: Piece::Part(PartIndex(0)),
        digest: Blake3::of(b"again"),
    }
}

#[tokio::test]
async fn a_bucket_is_a_store() {
    for server in servers() {
        let ground = Ground::new(&server, false).await;
        let (store, findings) = ground.open().await;
        expect_well(&findings);
        conformance::check(&store).await;
        for listed in store.list("09".to_owned()).await.unwrap() {
            store.remove(vec![listed.name]).await.unwrap();
        }
        assert_eq!(ground.left().await, 0, "{server}");
    }
}

#[tokio::test]
async fn a_bucket_that_keeps_versions_is_a_store_and_loses_them() {
    for server in servers() {
        let ground = Ground::new(&server, false).await;
        ground.keep_versions().await;
        let (store, findings) = ground.open().await;
        expect_well(&findings);
        conformance::check(&store).await;
        let name = put(&store, b"again").await;
        put(&store, b"again").await;
        // Somebody deletes as S3 deletes: a marker on top of the versions.
        let (client, bucket) = (ground.client().await, &ground.settings.access.bucket.name);
        let key = format!("a/relay/{name}");
        let request = client.delete_object().bucket(bucket).key(&key);
        request.send().await.unwrap();
        let upload = client.create_multipart_upload().bucket(bucket).key(&key);
        upload.send().await.unwrap();

        let all = store.list(name.transfer.to_string()).await.unwrap();
        let names: Vec<String> = all.into_iter().map(|one| one.name).collect();
        let removed = store.remove(names).await.unwrap();
        assert!(removed.failed.is_empty(), "{:?}", removed.failed);
        let counts = removed.counts[&name.transfer];
        assert!(counts.objects >= 2 && counts.markers >= 1, "{counts:?}");
        assert_eq!(counts.uploads, 1, "{server}");
        assert_eq!(ground.left().await, 0, "{server}");
    }
}

#[tokio::test]
async fn a_lock_is_told_and_never_hidden() {
    for server in servers() {
        let ground = Ground::new(&server, true).await;
        let (store, findings) = ground.open().await;
        expect_well(&findings);
        let name = name_of(0x21);
        let mut deposit = store.begin(5).await.unwrap();
        deposit.write(batch(b"again")).await.unwrap();
        deposit.finish(name).await.unwrap();
        let (client, bucket) = (ground.client().await, &ground.settings.access.bucket.name);
        let until = std::time::SystemTime::now() + Duration::from_hours(1);
        let request = client.put_object_retention().bucket(bucket);
        let retention = aws_sdk_s3::types::ObjectLockRetention::builder()
            .mode(aws_sdk_s3::types::ObjectLockRetentionMode::Compliance)
            .retain_until_date(until.into());
        let request = request.key(format!("a/relay/{name}"));
        let locked = request.retention(retention.build()).send().await;
        locked.unwrap();
        let removed = store.remove(vec![name.to_string()]).await.unwrap();
        let [(left, error)] = &removed.failed[..] else {
            panic!("{server}: {:?}", removed.failed);
        };
        assert!(left.starts_with(&format!("{name} (version ")), "{left}");
        let reason = crate::findings::chain(error);
        assert!(reason.contains("403"), "{server}: {reason}");
    }
}

#[tokio::test]
async fn a_bucket_that_would_make_a_promise_false_fails_the_probe() {
    for server in servers() {
        let ground = Ground::new(&server, true).await;
        let retention = aws_sdk_s3::types::DefaultRetention::builder()
            .mode(ObjectLockRetentionMode::Governance)
            .days(1);
        let rule = ObjectLockRule::builder().default_retention(retention.build());
        let configuration = ObjectLockConfiguration::builder()
            .object_lock_enabled(ObjectLockEnabled::Enabled)
            .rule(rule.build());
        let client = ground.client().await;
        let request = client.put_object_lock_configuration();
        let request = request.bucket(&ground.settings.access.bucket.name);
        let request = request.object_lock_configuration(configuration.build());
        request.send().await.unwrap();
        let (_, findings) = ground.open().await;
        let failed = |finding: &&Finding| finding.health == Health::Fail;
        let failed: Vec<&Finding> = findings.iter().filter(failed).collect();
        assert_eq!(failed.len(), 1, "{server}");
        assert_eq!(failed[0].what, "object lock");
        assert_eq!(ground.left().await, 0, "nothing was stored there");
    }
}

#[tokio::test]
async fn a_prefix_belongs_to_one_relay() {
    for server in servers() {
        let ground = Ground::new(&server, false).await;
        let (store, _) = ground.open().await;
        assert_eq!(store.claim("one").await.unwrap(), None);
        assert_eq!(store.claim("one").await.unwrap(), None);
        let other = store.claim("other").await.unwrap();
        assert_eq!(other.as_deref(), Some("one"));
        assert!(store.list(String::new()).await.unwrap().is_empty());
    }
}
