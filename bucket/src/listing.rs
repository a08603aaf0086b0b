//! What a bucket lists: versions, delete markers, unfinished uploads.
//!
//! Promises: everything that begins with a prefix, page by page, in whatever form it is there; where the
//! server lists no versions, the objects. A list that may not be whole is an error. It removes nothing.

use core::time::Duration;
use std::io;
use std::time::SystemTime;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::DateTime;

use crate::Lists;
use crate::client::{Failed, failure};
use crate::place::Bucket;

/// Something a bucket lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The key without the prefix of [`Bucket`].
    pub name: String,
    /// In what form it is there.
    pub form: Form,
    /// How long.
    pub age: Duration,
    /// Its bytes.
    pub bytes: u64,
    /// Whether it is the object that whoever asks for that name gets.
    pub is_current: bool,
}

/// In what form something is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Form {
    /// An object of a bucket that lists no versions.
    Object,
    /// A version.
    Version(String),
    /// A delete marker.
    Marker(String),
    /// An unfinished upload.
    Upload(String),
}

impl Form {
    /// As people read it; nothing for the one version of a bucket that keeps none.
    pub fn mark(&self) -> Option<String> {
        match self {
            Self::Object => None,
            Self::Version(id) if id == "null" => None,
            Self::Version(id) => Some(format!("version {id}")),
            Self::Marker(id) => Some(format!("delete marker {id}")),
            Self::Upload(id) => Some(format!("unfinished upload {id}")),
        }
    }
}

impl Lists {
    /// Tries it out on names that begin so.
    ///
    /// # Errors
    /// What the server answered, unless that it has no such list.
    pub async fn of(client: &Client, bucket: &Bucket, names: &str) -> Result<Self, Failed> {
        let listing = Listing { client, bucket };
        let prefix = bucket.key(names);
        Ok(Self {
            versions: is_there(listing.versions(&prefix).await)?,
            uploads: is_there(listing.uploads(&prefix).await)?,
        })
    }

    /// Everything whose name begins so.
    ///
    /// # Errors
    /// What the server answered.
    pub async fn list(
        self,
        client: &Client,
        bucket: &Bucket,
        names: &str,
    ) -> Result<Vec<Found>, Failed> {
        let listing = Listing { client, bucket };
        let prefix = bucket.key(names);
        let mut found = if self.versions {
            listing.versions(&prefix).await?
        } else {
            listing.objects(&prefix).await?
        };
        if self.uploads {
            found.extend(listing.uploads(&prefix).await?);
        }
        Ok(found)
    }
}

fn is_there(listed: Result<Vec<Found>, Failed>) -> Result<bool, Failed> {
    match listed {
        Ok(_) => Ok(true),
        Err(Failed::Io(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(false),
        Err(failed) => Err(failed),
    }
}

struct Listing<'a> {
    client: &'a Client,
    bucket: &'a Bucket,
}

impl Listing<'_> {
    async fn versions(&self, prefix: &str) -> Result<Vec<Found>, Failed> {
        let (mut found, mut next) = (Vec::new(), (None, None));
        loop {
            let request = self.client.list_object_versions();
            let request = request
                .bucket(&self.bucket.name)
                .prefix(prefix)
                .set_key_marker(next.0)
                .set_version_id_marker(next.1)
                .send();
            let page = Box::pin(request).await;
            let page = page.map_err(|error| failure("ListObjectVersions", &error))?;
            for one in page.versions() {
                let form = Form::Version(one.version_id().unwrap_or("null").to_owned());
                let version = self.found(one.key(), form, (one.last_modified(), one.size()));
                let is_current = one.is_latest() != Some(false);
                found.extend(version.map(|version| Found {
                    is_current,
                    ..version
                }));
            }
            for one in page.delete_markers() {
                let form = Form::Marker(one.version_id().unwrap_or("null").to_owned());
                found.extend(self.found(one.key(), form, (one.last_modified(), None)));
            }
            if page.is_truncated() != Some(true) {
                return Ok(found);
            }
            let marker = goes_on(page.next_key_marker, "ListObjectVersions")?;
            next = (Some(marker), page.next_version_id_marker);
        }
    }

    async fn objects(&self, prefix: &str) -> Result<Vec<Found>, Failed> {
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let request = self.client.list_objects_v2();
            let request = request
                .bucket(&self.bucket.name)
                .prefix(prefix)
                .set_continuation_token(next)
                .send();
            let page = Box::pin(request).await;
            let page = page.map_err(|error| failure("ListObjectsV2", &error))?;
            for one in page.contents() {
                let facts = (one.last_modified(), one.size());
                found.extend(self.found(one.key(), Form::Object, facts));
            }
            if page.is_truncated() != Some(true) {
                return Ok(found);
            }
            next = Some(goes_on(page.next_continuation_token, "ListObjectsV2")?);
        }
    }

    async fn uploads(&self, prefix: &str) -> Result<Vec<Found>, Failed> {
        let (mut found, mut next) = (Vec::new(), (None, None));
        loop {
            let request = self.client.list_multipart_uploads();
            let request = request
                .bucket(&self.bucket.name)
                .prefix(prefix)
                .set_key_marker(next.0)
                .set_upload_id_marker(next.1)
                .send();
            let page = Box::pin(request).await;
            let page = page.map_err(|error| failure("ListMultipartUploads", &error))?;
            for one in page.uploads() {
                let form = Form::Upload(one.upload_id().unwrap_or_default().to_owned());
                found.extend(self.found(one.key(), form, (one.initiated(), None)));
            }
            if page.is_truncated() != Some(true) {
                return Ok(found);
            }
            let marker = goes_on(page.next_key_marker, "ListMultipartUploads")?;
            next = (Some(marker), page.next_upload_id_marker);
        }
    }

    fn found(
        &self,
        key: Option<&str>,
        form: Form,
        (since, bytes): (Option<&DateTime>, Option<i64>),
    ) -> Option<Found> {
        let is_current = matches!(form, Form::Object);
        Some(Found {
            name: key?.strip_prefix(&self.bucket.prefix)?.to_owned(),
            form,
            age: since.and_then(age).unwrap_or_default(),
            bytes: bytes
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(0),
            is_current,
        })
    }
}

/// Where a list goes on that was cut short: without that it is not whole.
fn goes_on(marker: Option<String>, what: &str) -> Result<String, Failed> {
    marker.ok_or_else(|| {
        let text = format!("{what}: a list was cut short, and nothing says where it goes on");
        Failed::Io(io::Error::new(io::ErrorKind::InvalidData, text))
    })
}

/// How long ago; nothing for what lies ahead.
fn age(since: &DateTime) -> Option<Duration> {
    let since = u64::try_from(since.secs()).ok()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.ok()?.checked_sub(Duration::from_secs(since))
}
