//! What a request means: the spine of the relay.
//!
//! ```text
//! create -> put part ... put manifest -> complete -> claim -> open ... -> done
//! ```
//!
//! Promises: what was answered survives a power loss; whoever has no right to know more is told
//! [`Refused::Gone`] whatever the reason; at every crash point the same request can be made again.
//! Order of writing: share, record; object, record. So a crash leaves shares and objects that no
//! record names, never a record without them.
//!
//! Does not: speak HTTP, or read what it holds. Spec: `docs/protocol.md`.

use core::time::Duration;
use std::sync::Arc;

use quitus_core::digest::Sha256;
use quitus_core::engagement::Barred;
use quitus_core::header::HeaderError;
use quitus_core::keys::{Fingerprint, PublicKey, SigningKey};
use quitus_core::origin::Origin;
use quitus_core::parts::{ARCHIVE_BYTES_MAX, PART_BYTES, PARTS_MAX, PartIndex, PartPlan};
use quitus_core::protocol::{MANIFEST_BYTES_MAX, REQUEST_SKEW, SignedRequest};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::asked::Asked;
use crate::caller::Caller;
use crate::clerk::{Clerk, ClerkError};
use crate::clock::{Guard, Jumped};
use crate::doubts::Doubts;
use crate::downloads::Downloads;
use crate::records::{Quota, Records, RecordsError, Spend, TransferRow};
use crate::sequencer::{Sequencer, SequencerError};
use crate::statements::Stater;
use crate::store::{Store, StoreError};
use crate::sweeper::{Ground, Sweeper};
use crate::vault::{Vault, VaultError};

mod opening;
mod receiving;
mod uploading;
mod completing;
mod overseeing;
mod sharing;
mod enrolling;
mod downloading;
mod engaging;
mod logging;
mod stating;

pub use downloading::Opened;
pub use receiving::{Frames, PartUpload};

/// Bytes of uploads that may wait in memory for a write, over all connections; beyond it every frame
/// is written as it comes.
const BATCHES_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of bodies that are read whole, over all connections: manifests mostly, whose signature is
/// over the whole.
const BODIES_BYTES: usize = 2 * MANIFEST_BYTES_MAX;
/// How long a body waits for others to leave room.
const ROOM_PATIENCE: Duration = Duration::from_secs(10);

/// A relay: its memory, and what it decides.
pub struct Relay {
    origin: Origin,
    guard: Arc<Guard>,
    sweeper: Sweeper,
    sequencer: Arc<Sequencer>,
    clerk: Arc<Clerk>,
    owed: Notify,
    stated: Notify,
    store: Arc<dyn Store>,
    records: Arc<dyn Records>,
    vault: Arc<Vault>,
    doubts: Arc<Doubts>,
    downloads: Arc<Downloads>,
    uploads: Arc<Downloads>,
    /// Objects that are getting their names.
    storing: Arc<Downloads>,
    asked: Asked,
    batches: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    bounds: Bounds,
}

/// What the operator allows.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// What one owner may have.
    pub quota: Quota,
    /// Bytes that uploads leave free on the file system of the data.
    pub kept_free: KeptFree,
    /// How long lines of the access log are kept.
    pub access_log: Duration,
    /// Whether whoever comes may send; otherwise accounts only.
    pub is_open: bool,
}

/// How much uploads leave free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptFree {
    /// 1 GiB or a hundredth of the file system, whichever is less.
    Usual,
    /// So many bytes.
    Bytes(u64),
}

impl Default for Bounds {
    /// 100 GiB and 10,000 transfers an owner; the access log of a year; nobody sends uninvited.
    fn default() -> Self {
        Self {
            quota: Quota {
                bytes: 100 << 30,
                n_transfers: 10_000,
            },
            kept_free: KeptFree::Usual,
            access_log: Duration::from_hours(365 * 24),
            is_open: false,
        }
    }
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Unknown, not yet complete, expired, used, revoked, or a credential that does not fit.
    #[error("the transfer is gone")]
    Gone,
    /// The claim credential is right; a password is missing or wrong.
    #[error("the transfer asks for a password")]
    Password,
    /// The claim credential is right; too many wrong passwords were tried.
    #[error("too many wrong passwords were tried; only the sender can help")]
    Frozen,
    /// The account may not do that, or nothing any more; or there is no account.
    #[error("this key may not do that here")]
    Forbidden,
    /// The token is right; another key has redeemed the invite.
    #[error("another key has redeemed the invite")]
    Used,
    /// The rules of the engagement forbid it.
    #[error(transparent)]
    Barred(#[from] Barred),
    /// The owner has as much as one may have.
    #[error("this sender has as many transfers or bytes on the relay as it may have")]
    Quota,
    /// It would take what is kept free.
    #[error("the relay has no room")]
    NoRoom,
    /// The request was seen before.
    #[error("the request was seen before")]
    Replayed,
    /// Something else is there under that name, or the transfer is in another phase.
    #[error("the transfer holds something else, or is in another phase")]
    Conflict,
    /// Parts or manifest are missing, or the sealed digest is another.
    #[error("parts or manifest are missing, or the sealed digest is another")]
    Incomplete,
    /// A field is not in its one spelling.
    #[error("{field} is not well formed")]
    Field {
        /// The field.
        field: &'static str,
    },
    /// A value is out of its bounds.
    #[error("{field} is {actual}, expected {min} to {max}")]
    Bounds {
        /// The field.
        field: &'static str,
        /// What was asked for.
        actual: u64,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// The header is not one of age v1.
    #[error("the header is not one age header and a nonce: {0}")]
    WrongHeader(HeaderError),
    /// The manifest is not an age file.
    #[error("the manifest does not begin as an age file")]
    NotSealed,
    /// A part has another length than its number demands.
    #[error("part {part} has {actual} bytes, expected {expected}")]
    WrongLength {
        /// The part's number.
        part: u32,
        /// Bytes of the body.
        actual: u64,
        /// Bytes it must have.
        expected: u64,
    },
    /// The body's digest is not the stated one.
    #[error("the body has another BLAKE3 than stated")]
    WrongDigest,
    /// The body broke off.
    #[error("the body ended early")]
    BodyEnded,
    /// The body stopped, or came too slowly.
    #[error("the body came too slowly")]
    TooSlow,
    /// There is no room in memory for another body.
    #[error("there is no room in memory for another body")]
    Busy,
    /// The clock cannot be believed.
    #[error("the clock jumped")]
    Clock(#[from] Jumped),
    /// The transfer is not destroyed yet.
    #[error("the transfer is not destroyed yet, so there is no statement")]
    NoReceipt,
    /// A file of the relay's own cannot be written.
    #[error("the relay's memory cannot be written")]
    Memory(#[from] std::io::Error),
    /// The records failed.
    #[error("the records failed")]
    Records(#[source] RecordsError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The vault failed.
    #[error("the vault failed")]
    Vault(#[from] VaultError),
    /// What was shown of the log contradicts the records.
    #[error("the relay only reads: a checkpoint that it signed contradicts its records")]
    ReadOnly,
    /// Something that happened cannot be stated.
    #[error("what happened cannot be stated")]
    Clerk(#[from] ClerkError),
    /// The log failed.
    #[error("the log failed")]
    Log(#[from] SequencerError),
    /// The relay is broken.
    #[error("the relay failed: {reason}")]
    Broken {
        /// What cannot be.
        reason: &'static str,
    },
}

impl From<RecordsError> for Refused {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::Gone => Self::Gone,
            RecordsError::Conflict => Self::Conflict,
            RecordsError::Incomplete => Self::Incomplete,
            RecordsError::Seen => Self::Replayed,
            RecordsError::Password => Self::Password,
            RecordsError::Frozen => Self::Frozen,
            RecordsError::Forbidden => Self::Forbidden,
            RecordsError::Used => Self::Used,
            RecordsError::Quota => Self::Quota,
            RecordsError::Barred(barred) => Self::Barred(barred),
            RecordsError::Full | RecordsError::Failed(_) => Self::Records(error),
        }
    }
}

/// A request whose signature was verified, and the digest of its body.
pub struct Signed {
    /// Who signed.
    pub signer: Fingerprint,
    /// The key that signed.
    pub key: PublicKey,
    /// SHA-256 of the body.
    pub body_digest: Sha256,
    /// SHA-256 of the `Authorization`: of what was signed, by whom, and the signature.
    pub instruction: Sha256,
    spend: Spend,
}

impl Signed {
    /// Takes over a verified request.
    pub fn new(request: &SignedRequest, authorization: &str, caller: Caller) -> Self {
        let signer = request.key.fingerprint();
        let spend = Spend {
            signer: signer.clone(),
            nonce: request.nonce,
            until: request.time.after(REQUEST_SKEW),
            caller,
        };
        Self {
            signer,
            key: request.key.clone(),
            body_digest: request.body_digest,
            instruction: Sha256::of(&[authorization.as_bytes()]),
            spend,
        }
    }
}

impl Relay {
    /// A relay on its memory.
    pub fn new(
        (origin, key, guard): (Origin, SigningKey, Guard),
        store: Arc<dyn Store>,
        (records, sequencer): (Arc<dyn Records>, Sequencer),
        vault: Vault,
    ) -> Self {
        let (guard, vault, downloads) = (Arc::new(guard), Arc::new(vault), Arc::default());
        let storing = Arc::default();
        let (kept_in, named_in) = (Arc::clone(&vault), Arc::clone(&records));
        let doubts = Arc::new(Doubts::new(kept_in, named_in));
        let ground = Ground {
            store: Arc::clone(&store),
            records: Arc::clone(&records),
            vault: Arc::clone(&vault),
            doubts: Arc::clone(&doubts),
            downloads: Arc::clone(&downloads),
            storing: Arc::clone(&storing),
            guard: Arc::clone(&guard),
        };
        let stater = Stater::new((key, origin.clone()), store.kind());
        let sequencer = Arc::new(sequencer);
        let (kept, log) = (Arc::clone(&records), Arc::clone(&sequencer));
        let clerk = Arc::new(Clerk::new(stater, kept, log));
        Self {
            origin,
            guard,
            sweeper: Sweeper::new(ground, Arc::clone(&clerk)),
            sequencer,
            clerk,
            owed: Notify::new(),
            stated: Notify::new(),
            store,
            records,
            vault,
            doubts,
            downloads,
            uploads: Arc::default(),
            storing,
            asked: Asked::default(),
            batches: Arc::new(Semaphore::new(BATCHES_BYTES)),
            bodies: Arc::new(Semaphore::new(BODIES_BYTES)),
            bounds: Bounds::default(),
        }
    }

    /// The same relay with what its operator allows.
    #[must_use]
    pub fn within(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The relay as it names itself; signed requests name it so.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What the clock says, for answers in which nothing follows from it.
    pub fn now(&self) -> Timestamp {
        self.guard.unchecked()
    }

    /// The time.
    ///
    /// # Errors
    /// [`Refused::Clock`] while the clock cannot be believed: nothing is given out or ended on its
    /// word.
    fn sure_now(&self) -> Result<Timestamp, Refused> {
        Ok(self.guard.now()?)
    }

    /// Longest archive whose parts the store takes.
    pub fn archive_bytes_max(&self) -> u64 {
        let object_max = self.store.object_bytes_max();
        let fits = |archive_bytes: &u64| {
            let plan = PartPlan::new(*archive_bytes);
            plan.is_ok_and(|plan| plan.sealed_bytes(PartIndex(0)) <= object_max)
        };
        let doubled = core::iter::successors(Some(PART_BYTES), |bytes| bytes.checked_mul(2));
        let of_parts = doubled.map(|part_bytes| part_bytes.saturating_mul(PARTS_MAX));
        let sizes: Vec<u64> = of_parts.take_while(fits).collect();
        let whole = Some(ARCHIVE_BYTES_MAX).filter(fits);
        whole.or(sizes.last().copied()).unwrap_or(0)
    }

    /// What destroys what is owed destruction.
    pub const fn sweeper(&self) -> &Sweeper {
        &self.sweeper
    }

    /// Ready once something ended since the last time.
    pub async fn is_owed(&self) {
        self.owed.notified().await;
    }

    /// Room in memory for bytes that have come; waits a little for others where there is none.
    ///
    /// # Errors
    /// [`Refused::Busy`]: nobody left any.
    pub async fn room_for(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refused> {
        let bytes = u32::try_from(bytes).map_err(|_| Refused::Busy)?;
        let room = Arc::clone(&self.bodies).acquire_many_owned(bytes);
        let room = tokio::time::timeout(ROOM_PATIENCE, room).await;
        room.map_err(|_| Refused::Busy)?.map_err(|_| Refused::Busy)
    }

    /// Ends what is over, and records which parts were asked for. Called every second or so.
    pub async fn tick(&self) -> Result<(), Refused> {
        self.record_asked().await?;
        if self.is_read_only() {
            return Ok(());
        }
        while self.records.tick(self.sure_now()?).await? {}
        self.close_engagements().await?;
        self.cut_idle().await?;
        let kept_since = earlier(self.sure_now()?, self.bounds.access_log);
        while self.records.forget_accesses(kept_since).await? {}
        let guard = Arc::clone(&self.guard);
        blocking(move || guard.remember()).await?;
        Ok(())
    }

    /// Records which parts were asked for since the last time.
    pub async fn record_asked(&self) -> Result<(), Refused> {
        let changed = self.asked.take_changed(self.now());
        if !changed.is_empty() {
            self.records.note_asked(changed).await?;
        }
        Ok(())
    }

    /// Refuses bytes that would take what is kept free.
    async fn check_room(&self, bytes: u64) -> Result<(), Refused> {
        let Some(room) = self.store.room().await? else {
            return Ok(());
        };
        let kept = match self.bounds.kept_free {
            KeptFree::Usual => (room.total / 100).min(1 << 30),
            KeptFree::Bytes(bytes) => bytes,
        };
        if room.free >= bytes.saturating_add(kept) {
            return Ok(());
        }
        tracing::warn!(
            free = room.free,
            kept,
            "there is no room for {bytes} bytes more"
        );
        Err(Refused::NoRoom)
    }

    /// Whether records and store answer.
    pub async fn is_ready(&self) -> Result<(), Refused> {
        if self.is_read_only() {
            return Err(Refused::ReadOnly);
        }
        self.records
            .transfer(TransferId::from_bytes([0; 16]))
            .await?;
        Ok(self.store.probe().await?)
    }

    /// The transfer of an id, if the request is its owner's.
    async fn owned(&self, signed: &Signed, id: TransferId) -> Result<TransferRow, Refused> {
        let row = self.records.transfer(id).await?.ok_or(Refused::Gone)?;
        if row.owner == signed.signer {
            Ok(row)
        } else {
            Err(Refused::Gone)
        }
    }

    /// Cuts what is being sent to, and received from, accounts that were disabled since a change;
    /// returns the last change. Called several times a second.
    pub async fn cut_disabled(&self, since: u64) -> Result<u64, Refused> {
        let (disabled, last) = self.records.disabled_since(since).await?;
        for key in &disabled {
            self.downloads.cut_all_of(key);
            self.uploads.cut_all_of(key);
            tracing::info!(%key, "an account is disabled");
        }
        Ok(last)
    }

    /// Counts a signed request that has no effect.
    ///
    /// # Errors
    /// [`Refused::Replayed`]: it was seen before.
    pub async fn spend(&self, signed: &Signed) -> Result<(), Refused> {
        Ok(self.records.spend(signed.spend.clone()).await?)
    }

    async fn check_unspent(&self, signed: &Signed) -> Result<(), Refused> {
        if self.records.is_spent(&signed.spend).await? {
            return Err(Refused::Replayed);
        }
        Ok(())
    }

    /// A signed request that is refused before it has an effect counts once as well.
    async fn spent_anyway<T>(
        &self,
        signed: &Signed,
        checked: Result<T, Refused>,
    ) -> Result<T, Refused> {
        if checked.is_err() {
            self.records.spend(signed.spend.clone()).await?;
        }
        checked
    }
}

/// Runs work that waits for the disk on a thread that may wait.
async fn blocking<T: Send + 'static, E: Into<Refused> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Refused> {
    let outcome = tokio::task::spawn_blocking(work).await;
    let reason = "work on the disk panicked";
    outcome
        .map_err(|_| Refused::Broken { reason })?
        .map_err(Into::into)
}

/// Runs work to its end, also where the client that asked for it hangs up.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refused>> + Send + 'static,
) -> Result<T, Refused> {
    let reason = "what was asked for panicked";
    let outcome = tokio::spawn(work).await;
    outcome.map_err(|_| Refused::Broken { reason })?
}

/// The moment `duration` before another.
fn earlier(time: Timestamp, duration: Duration) -> Timestamp {
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_unix(time.seconds().saturating_sub(seconds), time.nanoseconds())
}
