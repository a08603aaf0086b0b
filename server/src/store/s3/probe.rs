//! What a server really does, tried out before anything is entrusted to it.
//!
//! ```text
//! ok    store: stored, read in ranges, listed and deleted
//! ok    versions: kept, and listed
//! fail  public access: strangers can list the bucket
//! ```
//!
//! Promises: everything the relay relies on was done once, on objects of its own that are gone afterwards;
//! what makes a promise false fails, unless the operator allows that very thing. It changes no setting.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{BucketVersioningStatus, MfaDeleteStatus, ObjectLockEnabled};
use bytes::Bytes;
use quitus_bucket::{Failed, Lists, failure};

use super::Inner;
use crate::findings::{Finding, Health, chain};
use crate::store::StoreError;
use crate::store::place::Allowed;

/// What names of objects of the probe begin with.
pub(super) const NAMES: &str = "probe.";
/// Bytes of the object: more than a frame, so that framing inside it would show.
const BYTES: usize = 200_000;
/// Seconds by which the clocks may differ, and from which on servers refuse.
const SKEW_SECONDS_MAX: (i64, i64) = (60, 600);

type Seen = Result<(Health, String), StoreError>;

/// Tries everything out.
pub(super) async fn probe(inner: &Inner) -> (Vec<Finding>, Lists) {
    let lists = match inner.can_list().await {
        Ok(lists) => lists,
        Err(error) => return (vec![finding("lists", Err(error))], Lists::default()),
    };
    let mut findings = vec![lock(inner).await, replication(inner).await];
    // Under a lock of its own the bucket would keep what the probe stores.
    if is_refused(&findings) {
        return (findings, lists);
    }
    findings.push(versions(inner, lists).await);
    findings.push(uploads(lists));
    findings.push(objects(inner).await);
    findings.push(public(inner).await);
    findings.push(removal(inner, lists).await);
    findings.push(clock(inner));
    (findings, lists)
}

fn is_refused(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.health == Health::Fail)
}

fn finding(what: &'static str, seen: Seen) -> Finding {
    let failed = |error: StoreError| (Health::Fail, chain(&error));
    let (health, text) = seen.unwrap_or_else(failed);
    Finding::new(what, health, text)
}

/// A failure that is a warning where the operator allows it.
fn allowable(inner: &Inner, what: &'static str, allowed: Allowed, text: &str) -> Finding {
    let health = if inner.settings.allowed.contains(&allowed) {
        Health::Warn
    } else {
        Health::Fail
    };
    Finding {
        health,
        what,
        text: text.to_owned(),
        allowable: Some(allowed),
    }
}

/// Puts, reads whole and in a range.
async fn objects(inner: &Inner) -> Finding {
    let bytes: Bytes = (0..BYTES)
        .map(|n| n.to_le_bytes().iter().fold(0x5a, |sum, byte| sum ^ byte))
        .collect::<Vec<u8>>()
        .into();
    let key = inner.key(&format!("{NAMES}0"));
    finding("store", stored(inner, &key, &bytes).await)
}

async fn stored(inner: &Inner, key: &str, bytes: &Bytes) -> Seen {
    inner.put(key, bytes.clone()).await?;
    let whole = inner.get(key).await?;
    if whole != *bytes {
        let text = format!(
            "{} bytes were stored and {} others came back: framing or another object; try --s3-checksums \
             when-required",
            bytes.len(),
            whole.len()
        );
        return Ok((Health::Fail, text));
    }
    let request = inner.clients.signed.get_object();
    let request = request.bucket(inner.bucket()).key(key);
    let part = request.range("bytes=65536-131071").send();
    let part = Box::pin(part).await;
    let part = part.map_err(|error| failure("GetObject", &error))?;
    let place = (part.content_range(), part.content_length());
    let has_place = place == (Some(&*format!("bytes 65536-131071/{BYTES}")), Some(65_536));
    let part = part.body.collect().await.map_err(std::io::Error::from)?;
    if !has_place || Some(part.into_bytes().as_ref()) != bytes.get(65_536..131_072) {
        let text = "a range of an object is not that range".to_owned();
        return Ok((Health::Fail, text));
    }
    let text = "stored, read back whole and in a range".to_owned();
    Ok((Health::Ok, text))
}

/// Deletes what the probe stored, and what an earlier one left, and looks whether it is gone.
async fn removal(inner: &Inner, lists: Lists) -> Finding {
    let with_lists = inner.with(lists);
    let seen = with_lists.clear(NAMES).await.map(|left| {
        if left.is_empty() {
            let text = "deleted by version, and no longer listed";
            (Health::Ok, text.to_owned())
        } else {
            (
                Health::Fail,
                format!("deleted, and still listed: {}", left.join(", ")),
            )
        }
    });
    let found = finding("deletion", seen);
    if found.health == Health::Fail {
        return allowable(inner, "deletion", Allowed::ObjectLock, &found.text);
    }
    found
}

async fn versions(inner: &Inner, lists: Lists) -> Finding {
    let what = "versions";
    let request = inner.clients.signed.get_bucket_versioning();
    let answer = Box::pin(request.bucket(inner.bucket()).send()).await;
    let answer = match answer {
        Ok(answer) if answer.status().is_some() && !lists.versions => {
            let text =
                "the bucket keeps versions and does not list them: what is deleted would stay";
            return Finding::new(what, Health::Fail, text.to_owned());
        }
        Ok(answer) if lists.versions => answer,
        Ok(_) | Err(_) => return unsure_of_versions(lists),
    };
    if answer.mfa_delete() == Some(&MfaDeleteStatus::Enabled) {
        let text = "deleting a version asks for a second factor, which the relay does not have";
        return allowable(inner, what, Allowed::ObjectLock, text);
    }
    let text = match answer.status() {
        Some(BucketVersioningStatus::Enabled) => "kept by the bucket; each is deleted by its id",
        Some(BucketVersioningStatus::Suspended) => "kept from before; each is deleted by its id",
        Some(_) | None => "none are kept",
    };
    Finding::new(what, Health::Ok, text.to_owned())
}

fn unsure_of_versions(lists: Lists) -> Finding {
    let (health, text) = if lists.versions {
        let text = "the server does not say whether it keeps versions; they are listed and deleted";
        (Health::Ok, text)
    } else {
        let text = "the server lists no versions: statements say that objects were absent, and that \
                    nobody looked for versions";
        (Health::Warn, text)
    };
    Finding::new("versions", health, text.to_owned())
}

fn uploads(lists: Lists) -> Finding {
    let (health, text) = if lists.uploads {
        (Health::Ok, "listed, and aborted where they are found")
    } else {
        (
            Health::Warn,
            "the server does not list unfinished uploads; the relay makes none",
        )
    };
    Finding::new("unfinished uploads", health, text.to_owned())
}

async fn lock(inner: &Inner) -> Finding {
    let what = "object lock";
    let request = inner.clients.signed.get_object_lock_configuration();
    let answer = Box::pin(request.bucket(inner.bucket()).send()).await;
    let configuration = match answer.map_err(|error| failure("GetObjectLockConfiguration", &error))
    {
        Ok(answer) => answer.object_lock_configuration,
        Err(Failed::Io(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let text =
                "the relay may not look at it; what it keeps will be told when it is deleted";
            return Finding::new(what, Health::Warn, text.to_owned());
        }
        Err(failed) if is_down(&failed) => return finding(what, Err(failed.into())),
        // Servers without it, and buckets without it.
        Err(_) => None,
    };
    let Some(configuration) = configuration else {
        return Finding::new(what, Health::Ok, "none".to_owned());
    };
    let is_enabled = configuration.object_lock_enabled() == Some(&ObjectLockEnabled::Enabled);
    if is_enabled && configuration.rule().is_some() {
        let text = "the bucket keeps every object for a time of its own: what ended is not destroyed \
                    before";
        return allowable(inner, what, Allowed::ObjectLock, text);
    }
    let text = "possible, and nothing is locked unless somebody locks it";
    Finding::new(what, Health::Ok, text.to_owned())
}

/// Whether nothing of what follows would be answered.
fn is_down(failed: &Failed) -> bool {
    match failed {
        Failed::Io(error) => error.kind() == std::io::ErrorKind::TimedOut,
        Failed::Absent | Failed::Full => false,
    }
}

async fn replication(inner: &Inner) -> Finding {
    let what = "replication";
    let request = inner.clients.signed.get_bucket_replication();
    let answer = Box::pin(request.bucket(inner.bucket()).send()).await;
    let rules = match answer {
        Ok(answer) => answer.replication_configuration,
        // Servers without it, and buckets without it.
        Err(error) if matches!(status(&error), Some(404 | 405 | 501)) => None,
        Err(error) => {
            let failed = failure("GetBucketReplication", &error);
            if is_down(&failed) {
                return finding(what, Err(failed.into()));
            }
            let text = format!("the bucket does not tell of it: {failed}");
            return Finding::new(what, Health::Warn, text);
        }
    };
    if rules.is_some_and(|rules| !rules.rules().is_empty()) {
        let text = "the bucket copies objects elsewhere, where the relay deletes nothing";
        return allowable(inner, what, Allowed::Replication, text);
    }
    let text = "none that the bucket tells of";
    Finding::new(what, Health::Ok, text.to_owned())
}

/// Asks as a stranger would.
async fn public(inner: &Inner) -> Finding {
    let what = "public access";
    for prefix in [None, Some(inner.key(""))] {
        let request = inner.clients.stranger.list_objects_v2();
        let request = request
            .bucket(inner.bucket())
            .set_prefix(prefix)
            .max_keys(1);
        match Box::pin(request.send()).await {
            Ok(_) => {
                let text = "strangers can list the bucket";
                return allowable(inner, what, Allowed::Public, text);
            }
            Err(error) if is_refused_to_strangers(&error) => {}
            Err(error) => return finding(what, Err(failure("ListObjectsV2", &error).into())),
        }
    }
    let request = inner.clients.stranger.get_object();
    let key = inner.key(&format!("{NAMES}0"));
    match Box::pin(request.bucket(inner.bucket()).key(key).send()).await {
        Ok(_) => {
            let text = "strangers can read objects";
            return allowable(inner, what, Allowed::Public, text);
        }
        Err(error) if is_refused_to_strangers(&error) => {}
        Err(error) => return finding(what, Err(failure("GetObject", &error).into())),
    }
    let request = inner.clients.signed.get_bucket_website();
    let website = Box::pin(request.bucket(inner.bucket()).send()).await;
    if website.is_ok() {
        let text = "the bucket is set up as a website";
        return allowable(inner, what, Allowed::Public, text);
    }
    let text = "a stranger can neither list nor read";
    Finding::new(what, Health::Ok, text.to_owned())
}

/// Whether the server answered and refused; silence and its own errors show nothing.
fn is_refused_to_strangers<E>(error: &SdkError<E>) -> bool {
    status(error).is_some_and(|status| (400..500).contains(&status))
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|raw| raw.status().as_u16())
}

fn clock(inner: &Inner) -> Finding {
    let skew = inner.watch.skew_seconds.load(Ordering::Relaxed);
    let (warn, fail) = SKEW_SECONDS_MAX;
    let health = match skew.abs() {
        apart if apart > fail => Health::Fail,
        apart if apart > warn => Health::Warn,
        _ => Health::Ok,
    };
    Finding::new(
        "clock of the store",
        health,
        format!("{skew} s ahead of this machine"),
    )
}

impl Inner {
    fn with(&self, lists: Lists) -> Arc<Self> {
        Arc::new(Self {
            clients: self.clients.clone(),
            settings: self.settings.clone(),
            watch: Arc::clone(&self.watch),
            incoming: self.incoming.clone(),
            budget: Arc::clone(&self.budget),
            buffers: self.buffers.clone(),
            lists,
        })
    }

    /// Deletes whatever begins so; returns what is listed afterwards.
    async fn clear(self: &Arc<Self>, prefix: &str) -> Result<Vec<String>, StoreError> {
        let found = self.list(prefix).await?;
        let reasons = self.delete_all(&found).await;
        let left = self.list(prefix).await?;
        let told = left.into_iter().map(|one| {
            let reason = reasons.get(&(one.name.clone(), one.form.clone()));
            format!("{} {}", one.name, reason.map_or("", String::as_str))
        });
        Ok(told.collect())
    }
}
