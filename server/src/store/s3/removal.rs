//! Deletion as a bucket allows it: each version by its id, then another look.
//!
//! Promises: versions, delete markers and unfinished uploads of a name all go, in batches where the server
//! takes them and one by one where it does not; what is still listed afterwards is told, with the server's
//! reason if it gave one, whatever was answered before. It never tries to get around a lock.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::sync::Arc;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use quitus_bucket::{Form, Found, failure};
use tokio::task::JoinSet;

use super::Inner;
use super::listing::{listed, transfer};
use crate::store::{Removed, StoreError, transfer_of};

/// Most keys of one batch, by the S3 API.
const BATCH_MAX: usize = 1_000;
/// Requests that run at once.
const AT_ONCE: usize = 8;

/// Why something could not be removed: key and version, and what the server said.
pub(super) type Reasons = HashMap<(String, Form), String>;

impl Inner {
    /// Removes everything that is there under these names.
    pub(super) async fn remove(
        self: &Arc<Self>,
        names: Vec<String>,
    ) -> Result<Removed, StoreError> {
        let (mut outcome, mut by_transfer) = (Removed::default(), BTreeMap::new());
        for name in names {
            match name.get(..32).filter(|_| is_ours(&name)) {
                Some(id) => {
                    let of_transfer: &mut HashSet<String> =
                        by_transfer.entry(id.to_owned()).or_default();
                    of_transfer.insert(name);
                }
                None => outcome.failed.push((name, StoreError::Absent)),
            }
        }
        let found = self.find(&by_transfer).await?;
        let reasons = self.delete_all(&found).await;
        let left = self.find(&by_transfer).await?;
        count(&mut outcome, found, &left);
        for one in left {
            let reason = reasons.get(&(one.name.clone(), one.form.clone()));
            outcome.failed.extend(failed(one, reason));
        }
        Ok(outcome)
    }

    /// What is there under these names, by transfer.
    async fn find(
        self: &Arc<Self>,
        names: &BTreeMap<String, HashSet<String>>,
    ) -> Result<Vec<Found>, StoreError> {
        let listing = names.iter().map(|(id, names)| {
            let (inner, names) = (Arc::clone(self), names.clone());
            // One name alone is looked for by itself: its transfer may have thousands.
            let prefix = match names.iter().next() {
                Some(name) if names.len() == 1 => name.clone(),
                Some(_) | None => id.clone(),
            };
            async move {
                let mut found = inner.list(&prefix).await?;
                found.retain(|one| names.contains(&one.name));
                Ok(found)
            }
        });
        let found = at_once(listing).await;
        let found: Result<Vec<Vec<Found>>, StoreError> = found.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// Deletes and aborts; what failed is told by the listing behind it.
    pub(super) async fn delete_all(self: &Arc<Self>, found: &[Found]) -> Reasons {
        let is_upload = |one: &&Found| matches!(one.form, Form::Upload(_));
        let (uploads, objects): (Vec<&Found>, Vec<&Found>) = found.iter().partition(is_upload);
        let mut alone: Vec<Found> = uploads.into_iter().cloned().collect();
        for batch in objects.chunks(BATCH_MAX) {
            alone.extend(self.delete_batch(batch).await);
        }
        let deleting = alone.into_iter().map(|one| {
            let inner = Arc::clone(self);
            async move {
                let outcome = inner.delete_one(&one).await;
                (one, outcome)
            }
        });
        let mut reasons = Reasons::new();
        for (one, outcome) in at_once(deleting).await {
            if let Err(StoreError::Io(error)) = outcome {
                reasons.insert((one.name, one.form), error.to_string());
            }
        }
        reasons
    }

    /// Deletes many in one request; returns those that have to be tried alone.
    async fn delete_batch(&self, batch: &[&Found]) -> Vec<Found> {
        let all = || batch.iter().map(|one| (*one).clone()).collect();
        if batch.len() < 2 {
            return all();
        }
        let identifiers = batch.iter().filter_map(|one| {
            let key = ObjectIdentifier::builder().key(self.key(&one.name));
            key.set_version_id(version(&one.form)).build().ok()
        });
        let identifiers: Vec<ObjectIdentifier> = identifiers.collect();
        let Ok(delete) = Delete::builder()
            .set_objects(Some(identifiers))
            .quiet(true)
            .build()
        else {
            return all();
        };
        let request = self.clients.signed.delete_objects();
        let request = request.bucket(self.bucket()).delete(delete).send();
        let answer = Box::pin(request).await;
        let answer = match answer.map_err(|error| failure("DeleteObjects", &error)) {
            Ok(answer) => answer,
            Err(failed) => {
                tracing::debug!("{failed}: deleting one by one");
                return all();
            }
        };
        let refused: BTreeSet<(Option<&str>, Option<&str>)> = answer
            .errors()
            .iter()
            .map(|error| (error.key(), error.version_id()))
            .collect();
        let is_refused = |one: &&&Found| {
            let (key, version) = (self.key(&one.name), version(&one.form));
            let with_version = (Some(key.as_str()), version.as_deref());
            refused.contains(&with_version) || refused.contains(&(Some(key.as_str()), None))
        };
        batch
            .iter()
            .filter(is_refused)
            .map(|one| (*one).clone())
            .collect()
    }

    async fn delete_one(&self, one: &Found) -> Result<(), StoreError> {
        let key = self.key(&one.name);
        if let Form::Upload(id) = &one.form {
            let request = self.clients.signed.abort_multipart_upload();
            let request = request.bucket(self.bucket()).key(key).upload_id(id);
            let answer = Box::pin(request.send()).await;
            answer.map_err(|error| failure("AbortMultipartUpload", &error))?;
            return Ok(());
        }
        let request = self.clients.signed.delete_object();
        let request = request.bucket(self.bucket()).key(key);
        let answer = Box::pin(request.set_version_id(version(&one.form)).send()).await;
        answer.map_err(|error| failure("DeleteObject", &error))?;
        Ok(())
    }
}

/// Where a name is not one of the relay's, or of what somebody put beside them.
fn is_ours(name: &str) -> bool {
    transfer_of(name).is_some()
}

fn version(form: &Form) -> Option<String> {
    match form {
        Form::Version(id) | Form::Marker(id) => Some(id.clone()),
        Form::Object | Form::Upload(_) => None,
    }
}

/// What was found and is not left counts as removed.
fn count(outcome: &mut Removed, found: Vec<Found>, left: &[Found]) {
    let left: HashSet<(&str, &Form)> = left
        .iter()
        .map(|one| (one.name.as_str(), &one.form))
        .collect();
    for one in found {
        let Some(transfer) = transfer(&one) else {
            continue;
        };
        if left.contains(&(one.name.as_str(), &one.form)) {
            continue;
        }
        let counts = outcome.of(transfer);
        match one.form {
            Form::Object | Form::Version(_) => counts.objects += 1,
            Form::Marker(_) => counts.markers += 1,
            Form::Upload(_) => counts.uploads += 1,
        }
    }
}

fn failed(one: Found, reason: Option<&String>) -> Option<(String, StoreError)> {
    let reason = reason
        .map_or("deleted, and still listed", String::as_str)
        .to_owned();
    let listed = listed(one)?;
    Some((listed.to_string(), StoreError::Io(io::Error::other(reason))))
}

/// Runs a few at a time, all of them.
async fn at_once<T: Send + 'static>(
    work: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let (mut running, mut done) = (JoinSet::new(), Vec::new());
    for one in work {
        if running.len() >= AT_ONCE
            && let Some(Ok(outcome)) = running.join_next().await
        {
            done.push(outcome);
        }
        running.spawn(one);
    }
    while let Some(outcome) = running.join_next().await {
        done.extend(outcome);
    }
    done
}
