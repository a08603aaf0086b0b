//! A bucket behind the S3 API as store: one object a part, never a multipart upload of ours.
//!
//! ```text
//! prefix/owner                                     whose prefix this is
//! prefix/0011...eeff.0.af13...3262                 an object
//! data/incoming/17                                 bytes that arrive; a file without a name
//! ```
//!
//! Promises: bytes that arrive slowly take room on the disk, not in memory; what is being stored is whole
//! in memory, within a budget, is signed over its digest, and is looked at again before it counts; what is
//! read is compared with the digest in its name before its last byte goes out; deletion is by version, and
//! believed only when a listing shows nothing. A bucket that is down costs nobody a wait.
//!
//! Does not: lock or count with conditional writes, which several servers accept and ignore. Spec:
//! `docs/operating.md`, "Storage".

use core::time::Duration;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_s3::error::SdkError;
use bytes::Bytes;
use quitus_bucket::{Failed, Lists, failure};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::buffers::Buffers;
use self::client::{Clients, Watch};
use self::deposit::S3Deposit;
use self::reading::S3Reading;
use super::place::S3Settings;
use super::{
    Deposit, Listed, ObjectName, Pending, Reading, Removed, Room, Store, StoreError, StoreKind,
};
use crate::findings::Finding;
use crate::platform;

mod breaker;
mod buffers;
mod client;
mod deposit;
mod listing;
mod probe;
mod reading;
mod removal;
#[cfg(test)]
mod tests;

/// Bytes of objects that are in memory on their way to the bucket, over all uploads; a longer object goes
/// alone. The HTTP client holds as many again while it writes them.
const BUDGET_BYTES: u64 = 48 * 1024 * 1024;
/// How long an object waits for others to leave room in memory.
const BUDGET_PATIENCE: Duration = Duration::from_mins(1);
/// What is read back of an object that was stored.
const PIECE_BYTES: usize = 64 * 1024;
/// How often an object is stored again that turned out not to be there.
const STORED_AGAIN: u32 = 2;
/// How long a listing may lag behind a deletion before it is believed.
const SETTLING: Duration = Duration::from_secs(1);

/// Longest object: it has to fit into memory. An archive can then have 625 GiB.
pub const OBJECT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Objects of one prefix of a bucket.
pub struct S3Store {
    inner: Arc<Inner>,
    n_deposits: AtomicU64,
}

/// What readers and deposits share.
struct Inner {
    clients: Clients,
    settings: S3Settings,
    watch: Arc<Watch>,
    incoming: PathBuf,
    budget: Arc<Semaphore>,
    buffers: Buffers,
    /// What can be listed, as the probe learnt.
    lists: Lists,
}

impl S3Store {
    /// Takes a prefix of a bucket: really stores, reads, lists and deletes there, and tells what it
    /// found. Bytes that arrive lie in the folder `incoming` of the data until they are stored.
    ///
    /// # Errors
    /// The folder cannot be used, or the settings make no client. What the bucket does not do is a
    /// finding.
    pub async fn open(
        settings: &S3Settings,
        data: &Path,
    ) -> Result<(Self, Vec<Finding>), StoreError> {
        prepare(&data.join("incoming"))?;
        Self::try_out(settings, data).await
    }

    /// As [`open`](Self::open), beside a relay that runs.
    ///
    /// # Errors
    /// The settings make no client.
    pub async fn try_out(
        settings: &S3Settings,
        data: &Path,
    ) -> Result<(Self, Vec<Finding>), StoreError> {
        let mut inner = Inner::new(settings, data.join("incoming")).await?;
        let (findings, lists) = probe::probe(&inner).await;
        inner.lists = lists;
        Ok((Self::of(inner), findings))
    }

    /// A prefix to list and read, beside the relay whose it is; nothing is stored there.
    ///
    /// # Errors
    /// The bucket cannot be listed.
    pub async fn look(settings: &S3Settings, data: &Path) -> Result<Self, StoreError> {
        let mut inner = Inner::new(settings, data.join("incoming")).await?;
        inner.lists = inner.can_list().await?;
        Ok(Self::of(inner))
    }

    fn of(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
            n_deposits: AtomicU64::new(0),
        }
    }

    /// Claims the prefix for the relay of that name, or finds whose it is. Two relays on one prefix
    /// would take each other's objects for orphans.
    ///
    /// # Errors
    /// The bucket failed.
    pub async fn claim(&self, owner: &str) -> Result<Option<String>, StoreError> {
        let inner = &self.inner;
        match inner.read_text("owner").await {
            Ok(held) if held == owner => Ok(None),
            Ok(held) => Ok(Some(held)),
            Err(StoreError::Absent) => {
                let text = Bytes::copy_from_slice(owner.as_bytes());
                inner.store(&inner.key("owner"), &text).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Makes the folder, and removes what a crash left in it.
fn prepare(incoming: &Path) -> io::Result<()> {
    platform::private_folder(incoming)?;
    for entry in incoming.read_dir()? {
        std::fs::remove_file(entry?.path())?;
    }
    Ok(())
}

impl Inner {
    async fn new(settings: &S3Settings, incoming: PathBuf) -> io::Result<Self> {
        let watch = Arc::new(Watch::default());
        Ok(Self {
            clients: client::clients(&settings.access, &watch).await?,
            settings: settings.clone(),
            watch,
            incoming,
            budget: Arc::new(Semaphore::new(
                usize::try_from(BUDGET_BYTES).unwrap_or(usize::MAX),
            )),
            buffers: Buffers::default(),
            lists: Lists::default(),
        })
    }

    /// What the server lists, tried out on names of no transfer.
    async fn can_list(&self) -> Result<Lists, StoreError> {
        let bucket = &self.settings.access.bucket;
        Ok(Lists::of(&self.clients.signed, bucket, probe::NAMES).await?)
    }

    fn bucket(&self) -> &str {
        &self.settings.access.bucket.name
    }

    fn key(&self, name: &str) -> String {
        self.settings.access.bucket.key(name)
    }

    /// Room in memory for an object.
    async fn room(&self, bytes: u64) -> Result<OwnedSemaphorePermit, StoreError> {
        let none =
            |reason: &str| StoreError::Io(io::Error::new(io::ErrorKind::OutOfMemory, reason));
        let bytes = Some(bytes).filter(|bytes| *bytes <= OBJECT_BYTES_MAX);
        let bytes = bytes.and_then(|bytes| u32::try_from(bytes.min(BUDGET_BYTES)).ok());
        let bytes = bytes.ok_or_else(|| none("an object is too long for memory"))?;
        let room = Arc::clone(&self.budget).acquire_many_owned(bytes);
        let room = tokio::time::timeout(BUDGET_PATIENCE, room).await;
        room.map_err(|_| none("there is no room in memory for another object"))?
            .map_err(|_| none("the budget is closed"))
    }

    /// Stores an object and looks whether it is there as it was sent.
    async fn store(&self, key: &str, bytes: &Bytes) -> Result<(), StoreError> {
        for _ in 0..=STORED_AGAIN {
            self.put(key, bytes.clone()).await?;
            if self.is_kept(key, bytes).await? {
                return Ok(());
            }
            tracing::error!("the bucket acknowledged an object that it does not hold so");
        }
        let reason = "the bucket does not hold what it acknowledged";
        Err(StoreError::Io(io::Error::new(
            io::ErrorKind::InvalidData,
            reason,
        )))
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let request = self.clients.signed.put_object();
        let request = request
            .bucket(self.bucket())
            .key(key)
            .body(bytes.into())
            .send();
        let answer = Box::pin(request).await;
        answer.map_err(|error| failure("PutObject", &error))?;
        Ok(())
    }

    /// Reads a piece of an object back: whether the object has that length and the piece those bytes. Which
    /// piece it is, nobody knows before; that the whole arrived, the digest in the signature of the PUT says.
    async fn is_kept(&self, key: &str, bytes: &Bytes) -> Result<bool, StoreError> {
        let places = bytes.len().saturating_sub(PIECE_BYTES) as u64 + 1;
        let start = usize::try_from(RandomState::new().hash_one(key) % places).unwrap_or(0);
        let sent = bytes.slice(start..bytes.len().min(start + PIECE_BYTES));
        let is_whole = sent.len() == bytes.len();
        let range = format!("bytes={start}-{}", start + sent.len().saturating_sub(1));
        let request = self.clients.signed.get_object();
        let request = request
            .bucket(self.bucket())
            .key(key)
            .set_range((!is_whole).then_some(range))
            .send();
        let object = match Box::pin(request).await {
            Ok(object) => object,
            Err(error) if is_beyond(&error) => return Ok(false),
            Err(error) => {
                return match failure("GetObject", &error) {
                    Failed::Absent => Ok(false),
                    failed @ (Failed::Full | Failed::Io(_)) => Err(failed.into()),
                };
            }
        };
        let total = object
            .content_range()
            .and_then(|range| range.rsplit('/').next());
        let has_length = is_whole || total == Some(&*bytes.len().to_string());
        let came = object
            .content_length()
            .and_then(|n| usize::try_from(n).ok());
        if !has_length || came != Some(sent.len()) {
            return Ok(false);
        }
        let kept = object.body.collect().await.map_err(io::Error::from)?;
        Ok(kept.into_bytes() == sent)
    }

    /// A whole object.
    async fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let request = self.clients.signed.get_object();
        let request = request.bucket(self.bucket()).key(key).send();
        let answer = Box::pin(request).await;
        let object = answer.map_err(|error| failure("GetObject", &error))?;
        let body = object.body.collect().await.map_err(io::Error::from)?;
        Ok(body.into_bytes())
    }

    async fn read_text(&self, name: &str) -> Result<String, StoreError> {
        let bytes = self.get(&self.key(name)).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Whether a range lies behind the end of an object (RFC 9110 section 15.5.17).
fn is_beyond<E>(error: &SdkError<E>) -> bool {
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    status == Some(416)
}

impl Store for S3Store {
    fn begin(&self, bytes: u64) -> Pending<'_, Box<dyn Deposit>> {
        let number = self.n_deposits.fetch_add(1, Ordering::Relaxed);
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let deposit: Box<dyn Deposit> = Box::new(S3Deposit::begin(inner, number, bytes).await?);
            Ok(deposit)
        })
    }

    fn open(&self, name: ObjectName) -> Pending<'_, Box<dyn Reading>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let reading: Box<dyn Reading> = Box::new(S3Reading::open(inner, name).await?);
            Ok(reading)
        })
    }

    fn delete(&self, name: ObjectName) -> Pending<'_, ()> {
        Box::pin(async move {
            let removed = self.inner.remove(vec![name.to_string()]).await?;
            match removed.failed.into_iter().next() {
                Some((_, error)) => Err(error),
                None => Ok(()),
            }
        })
    }

    fn list(&self, prefix: String) -> Pending<'_, Vec<Listed>> {
        Box::pin(async move {
            let found = self.inner.list(&prefix).await?;
            Ok(found.into_iter().filter_map(listing::listed).collect())
        })
    }

    fn remove(&self, names: Vec<String>) -> Pending<'_, Removed> {
        Box::pin(self.inner.remove(names))
    }

    fn settling(&self) -> Duration {
        SETTLING
    }

    fn kind(&self) -> StoreKind {
        StoreKind::S3 {
            place: self.inner.settings.access.bucket.to_string(),
            lists: self.inner.lists,
        }
    }

    fn room(&self) -> Pending<'_, Option<Room>> {
        Box::pin(async { Ok(None) })
    }

    fn object_bytes_max(&self) -> u64 {
        OBJECT_BYTES_MAX
    }

    fn probe(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            let request = self.inner.clients.signed.list_objects_v2();
            let request = request
                .bucket(self.inner.bucket())
                .prefix(self.inner.key("owner"))
                .max_keys(1)
                .send();
            let answer = Box::pin(request).await;
            answer.map_err(|error| failure("ListObjectsV2", &error))?;
            Ok(())
        })
    }
}
