//! What a bucket lists: versions, delete markers, unfinished uploads.
//!
//! Promises: everything that begins with a prefix, page by page, in whatever form it is there; where the
//! server lists no versions, the objects. It removes nothing.

use core::time::Duration;
use std::time::SystemTime;

use aws_sdk_s3::primitives::DateTime;
use quitus_core::transfer::TransferId;

use super::Inner;
use super::client::failure;
use crate::store::{Listed, StoreError};

/// Something a bucket lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The key without the store's prefix.
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) age: Duration,
    pub(super) bytes: u64,
}

/// In what form it is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// An object of a bucket that lists no versions.
    Object,
    /// A version.
    Version(String),
    /// A delete marker.
    Marker(String),
    /// An unfinished upload.
    Upload(String),
}

impl Found {
    /// The transfer whose id its name begins with.
    pub(super) fn transfer(&self) -> Option<TransferId> {
        self.name.get(..32)?.parse().ok()
    }

    /// As people read it.
    pub(super) fn listed(self) -> Option<Listed> {
        let transfer = self.transfer()?;
        let mark = match self.form {
            Form::Object => None,
            // The one version of a bucket that keeps none.
            Form::Version(id) if id == "null" => None,
            Form::Version(id) => Some(format!("version {id}")),
            Form::Marker(id) => Some(format!("delete marker {id}")),
            Form::Upload(id) => Some(format!("unfinished upload {id}")),
        };
        Some(Listed {
            name: self.name,
            transfer,
            age: self.age,
            bytes: self.bytes,
            mark,
        })
    }
}

impl Inner {
    /// Everything whose name begins so.
    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Found>, StoreError> {
        let prefix = self.key(prefix);
        let mut found = if self.facts.lists_versions {
            self.list_versions(&prefix).await?
        } else {
            self.list_objects(&prefix).await?
        };
        if self.facts.lists_uploads {
            found.extend(self.list_uploads(&prefix).await?);
        }
        Ok(found)
    }

    pub(super) async fn list_versions(&self, prefix: &str) -> Result<Vec<Found>, StoreError> {
        let (mut found, mut next) = (Vec::new(), (None, None));
        loop {
            let request = self.clients.signed.list_object_versions();
            let request = request
                .bucket(self.bucket())
                .prefix(prefix)
                .set_key_marker(next.0)
                .set_version_id_marker(next.1)
                .send();
            let what = "ListObjectVersions";
            let asking = async {
                Box::pin(request)
                    .await
                    .map_err(|error| failure(what, &error))
            };
            let page = self.ask(asking).await?;
            for one in page.versions() {
                let form = Form::Version(one.version_id().unwrap_or("null").to_owned());
                found.extend(self.found(one.key(), form, (one.last_modified(), one.size())));
            }
            for one in page.delete_markers() {
                let form = Form::Marker(one.version_id().unwrap_or("null").to_owned());
                found.extend(self.found(one.key(), form, (one.last_modified(), None)));
            }
            if page.is_truncated() != Some(true) || page.next_key_marker().is_none() {
                return Ok(found);
            }
            next = (page.next_key_marker, page.next_version_id_marker);
        }
    }

    async fn list_objects(&self, prefix: &str) -> Result<Vec<Found>, StoreError> {
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let request = self.clients.signed.list_objects_v2();
            let request = request
                .bucket(self.bucket())
                .prefix(prefix)
                .set_continuation_token(next)
                .send();
            let what = "ListObjectsV2";
            let asking = async {
                Box::pin(request)
                    .await
                    .map_err(|error| failure(what, &error))
            };
            let page = self.ask(asking).await?;
            for one in page.contents() {
                found.extend(self.found(
                    one.key(),
                    Form::Object,
                    (one.last_modified(), one.size()),
                ));
            }
            next = page.next_continuation_token;
            if page.is_truncated != Some(true) || next.is_none() {
                return Ok(found);
            }
        }
    }

    pub(super) async fn list_uploads(&self, prefix: &str) -> Result<Vec<Found>, StoreError> {
        let (mut found, mut next) = (Vec::new(), (None, None));
        loop {
            let request = self.clients.signed.list_multipart_uploads();
            let request = request
                .bucket(self.bucket())
                .prefix(prefix)
                .set_key_marker(next.0)
                .set_upload_id_marker(next.1)
                .send();
            let what = "ListMultipartUploads";
            let asking = async {
                Box::pin(request)
                    .await
                    .map_err(|error| failure(what, &error))
            };
            let page = self.ask(asking).await?;
            for one in page.uploads() {
                let form = Form::Upload(one.upload_id().unwrap_or_default().to_owned());
                found.extend(self.found(one.key(), form, (one.initiated(), None)));
            }
            if page.is_truncated() != Some(true) || page.next_key_marker().is_none() {
                return Ok(found);
            }
            next = (page.next_key_marker, page.next_upload_id_marker);
        }
    }

    fn found(
        &self,
        key: Option<&str>,
        form: Form,
        (since, bytes): (Option<&DateTime>, Option<i64>),
    ) -> Option<Found> {
        let name = key?.strip_prefix(&self.settings.bucket.prefix)?.to_owned();
        let age = since.and_then(age).unwrap_or_default();
        let bytes = bytes
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or(0);
        Some(Found {
            name,
            form,
            age,
            bytes,
        })
    }
}

/// How long ago; nothing for what lies ahead.
fn age(since: &DateTime) -> Option<Duration> {
    let since = u64::try_from(since.secs()).ok()?;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?;
    now.checked_sub(Duration::from_secs(since))
}
