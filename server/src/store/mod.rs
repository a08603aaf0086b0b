//! Where sealed bytes lie: immutable objects behind one small trait.
//!
//! ```text
//! 00112233445566778899aabbccddeeff . 0        . <BLAKE3, 64 hex digits>    a part
//! 00112233445566778899aabbccddeeff . manifest . <BLAKE3, 64 hex digits>    the sealed manifest
//! ```
//!
//! Promises: a name contains the digest of its bytes, so a name means the same bytes for ever and
//! storing it twice changes nothing. Whether an object counts is for the records to say: one that no
//! record names was never acknowledged.
//!
//! Does not: decide who may read, count anything, or lock. Spec: `docs/protocol.md`, "Objects".

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::collections::HashMap;
use std::io;

use bytes::Bytes;
use quitus_bucket::Lists;
use quitus_core::digest::Blake3;
use quitus_core::parts::PartIndex;
use quitus_core::transfer::TransferId;
use tokio::sync::OwnedSemaphorePermit;

pub mod dir;
pub mod place;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(test)]
pub(crate) mod conformance;

/// What a store answers later.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What an object is of its transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// The sealed manifest.
    Manifest,
    /// A sealed part.
    Part(PartIndex),
}

/// The name of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectName {
    /// The transfer it belongs to.
    pub transfer: TransferId,
    /// What it is of the transfer.
    pub piece: Piece,
    /// BLAKE3 of its bytes.
    pub digest: Blake3,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, digest) = (self.transfer, self.digest);
        match self.piece {
            Piece::Manifest => write!(formatter, "{id}.manifest.{digest}"),
            Piece::Part(part) => write!(formatter, "{id}.{}.{digest}", part.0),
        }
    }
}

/// An object as a store lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// The transfer its name begins with.
    pub transfer: TransferId,
    /// How long ago it got its name.
    pub age: Duration,
    /// Its bytes; none of what is no object.
    pub bytes: u64,
    /// Whether it is what [`Store::open`] gives, and not an older version, a marker, an upload.
    pub is_current: bool,
    /// Which of several things under that name it is, where a store keeps several: a version, a delete
    /// marker, an unfinished upload.
    pub mark: Option<String>,
}

impl fmt::Display for Listed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mark {
            Some(mark) => write!(formatter, "{} ({mark})", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

/// What was removed of one transfer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects; where a store keeps versions, versions.
    pub objects: u64,
    /// Delete markers.
    pub markers: u64,
    /// Unfinished uploads.
    pub uploads: u64,
}

/// What became of a removal.
#[derive(Debug, Default)]
pub struct Removed {
    /// What went, by transfer.
    pub counts: HashMap<TransferId, Counts>,
    /// What did not, as it is listed, and why.
    pub failed: Vec<(String, StoreError)>,
}

impl Removed {
    /// What went of a transfer.
    pub fn of(&mut self, transfer: TransferId) -> &mut Counts {
        self.counts.entry(transfer).or_default()
    }
}

/// The transfer that the name of an object begins with; none if it is no such name.
pub fn transfer_of(name: &str) -> Option<TransferId> {
    let (id, rest) = name.split_once('.')?;
    let is_plain = rest
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    is_plain.then(|| id.parse().ok()).flatten()
}

/// What a store is, as statements name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreKind {
    /// Files of a folder on the relay's machine.
    Dir,
    /// A bucket behind the S3 API.
    S3 {
        /// Where in it, as `s3://bucket/prefix/`.
        place: String,
        /// What it lists.
        lists: Lists,
    },
}

impl StoreKind {
    /// For people.
    pub fn describe(&self) -> String {
        match self {
            Self::Dir => "a folder of files on the relay's machine".to_owned(),
            Self::S3 { place, .. } => format!("{place}, behind the S3 API"),
        }
    }

    /// What a listing of it shows.
    pub const fn lists(&self) -> &'static str {
        match self {
            Self::Dir => "objects",
            Self::S3 { lists, .. } => lists.words(),
        }
    }
}

/// Why a store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No object has that name.
    #[error("the store has no such object")]
    Absent,
    /// There is no room for more bytes.
    #[error("the store is full")]
    Full,
    /// The store cannot be reached, read or written.
    #[error("the store cannot be read or written")]
    Io(#[source] io::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        #[allow(clippy::wildcard_enum_match_arm)] // Not our enum, and it grows.
        match error.kind() {
            io::ErrorKind::NotFound => Self::Absent,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

/// Bytes on their way into an object, and the room in memory they take.
#[derive(Default)]
pub struct Batch {
    /// The bytes, in order.
    pub frames: Vec<Bytes>,
    /// How many bytes the frames have together.
    pub bytes: usize,
    /// Given back when the batch is written.
    pub room: Option<OwnedSemaphorePermit>,
}

/// The room of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that are free.
    pub free: u64,
    /// Bytes there are in all.
    pub total: u64,
}

/// A place for immutable objects.
///
/// - **Consistency.** What [`Deposit::finish`] has returned is found by every later
///   [`open`](Store::open), on every node. Storing a name again is allowed and changes nothing.
/// - **Durability.** [`Deposit::finish`] returns once the bytes and the name survive a power loss.
///   Before, nothing is promised: a crash leaves nothing, or the whole object, never a part of it
///   under its name.
/// - **Retries.** The store repeats what a network made fail; an error it returns is final for this
///   request. The caller repeats the whole request, from its first byte.
/// - **Concurrency.** Every method may run at the same time as any other. Two deposits of one name
///   both succeed. Readers of a deleted object finish or fail, and never see other bytes.
/// - **Deletion.** [`delete`](Store::delete) of a name that is not there succeeds.
pub trait Store: Send + Sync {
    /// Begins an object of `bytes` bytes.
    fn begin(&self, bytes: u64) -> Pending<'_, Box<dyn Deposit>>;

    /// Opens an object for reading from its start.
    ///
    /// # Errors
    /// [`StoreError::Absent`] if no object has that name.
    fn open(&self, name: ObjectName) -> Pending<'_, Box<dyn Reading>>;

    /// Removes an object; its absence is durable on return.
    fn delete(&self, name: ObjectName) -> Pending<'_, ()>;

    /// Every object whose name begins so: hex digits of a transfer's id, or nothing for all. What
    /// [`Deposit::finish`] has returned before is among them.
    fn list(&self, prefix: String) -> Pending<'_, Vec<Listed>>;

    /// Removes objects by the names they are listed under, in every version, with their delete markers
    /// and unfinished uploads, and what is kept open of them; their absence is durable on return. Names
    /// that are not there are removed as well. Returns what went, and what did not.
    fn remove(&self, names: Vec<String>) -> Pending<'_, Removed>;

    /// How long a listing may lag behind a removal: whoever wants to see that something is absent
    /// lists, waits so long, and lists again.
    fn settling(&self) -> Duration {
        Duration::ZERO
    }

    /// What it is.
    fn kind(&self) -> StoreKind;

    /// Bytes the longest object may have.
    fn object_bytes_max(&self) -> u64 {
        u64::MAX
    }

    /// How much room there is; `None` where the store has no bound of its own.
    fn room(&self) -> Pending<'_, Option<Room>>;

    /// Whether objects can be stored now: for readiness.
    fn probe(&self) -> Pending<'_, ()>;
}

/// Bytes of a batch: one system call and one change of thread for each.
const BATCH_BYTES: usize = 1024 * 1024;

/// An object being written. Dropping it leaves no object.
pub trait Deposit: Send {
    /// Takes the next bytes. It may return before they are written: a failure is then told by the
    /// next call.
    fn write(&mut self, batch: Batch) -> Pending<'_, ()>;

    /// Bytes that are best written together.
    fn batch_bytes(&self) -> usize {
        BATCH_BYTES
    }

    /// Gives the object its name, after everything was written; durable on return.
    fn finish(self: Box<Self>, name: ObjectName) -> Pending<'static, ()>;
}

/// An object being read, front to back.
pub trait Reading: Send {
    /// Bytes of the whole object.
    fn bytes(&self) -> u64;

    /// The next bytes, at most `bytes_max` of them, as soon as they are there. Empty at the end.
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        bytes_max: usize,
    ) -> Poll<Result<Bytes, StoreError>>;
}

/// Reads an object whole.
///
/// # Errors
/// [`StoreError`] of the reading.
pub async fn read_all(
    reading: &mut dyn Reading,
    frame_bytes: usize,
) -> Result<Vec<u8>, StoreError> {
    let mut whole = Vec::new();
    loop {
        let frame =
            core::future::poll_fn(|context| reading.poll_read(context, frame_bytes)).await?;
        if frame.is_empty() {
            return Ok(whole);
        }
        whole.extend_from_slice(&frame);
    }
}
