//! What the relay remembers of transfers: rows behind one small trait, and no secret in any of them.
//!
//! ```text
//! transfer   id, owner, sizes, header, slot of the share, digests of the credentials, limits, life
//! part       transfer, number, BLAKE3
//! grant      transfer, SHA-256 of the grant key, lease, state, which parts were asked for
//! nonce      signer, nonce, until when it must not be seen again
//! ```
//!
//! Promises: the pure machine of `quitus_core::transfer` decides every count; a row changes only if
//! it is still the row the machine was asked about. It does not hold shares, tokens or keys: their
//! digests or slot numbers only. Spec: `docs/protocol.md`, "Records".

use core::future::Future;
use core::pin::Pin;
use std::error::Error;
use std::sync::Arc;

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::keys::Fingerprint;
use quitus_core::parts::{PartIndex, PartPlan};
use quitus_core::protocol::HeldPart;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Phase, Transfer, TransferId};

use crate::store::Piece;
use crate::vault::Slot;

pub mod sqlite;
#[cfg(test)]
pub(crate) mod conformance;

/// What records answer later.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, RecordsError>> + Send + 'a>>;

/// Why records refuse or fail.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RecordsError {
    /// There is no such transfer or grant, or it may no longer be used.
    #[error("there is no such transfer or grant, or no longer")]
    Gone,
    /// Something else is there under that name, or the transfer is in another phase.
    #[error("the transfer holds something else, or is in another phase")]
    Conflict,
    /// Parts or manifest are missing.
    #[error("parts or manifest are missing")]
    Incomplete,
    /// The nonce of the request was seen before.
    #[error("the request was seen before")]
    Seen,
    /// There is no room for more rows.
    #[error("the records are full")]
    Full,
    /// The database failed.
    #[error("the records cannot be read or written")]
    Failed(#[source] Arc<dyn Error + Send + Sync>),
}

/// A signed request, so that it counts once.
#[derive(Debug, Clone)]
pub struct Spend {
    /// Who signed.
    pub signer: Fingerprint,
    /// What the signer drew.
    pub nonce: [u8; 16],
    /// From when on the request would be refused for its age.
    pub until: Timestamp,
}

/// A transfer to be recorded.
#[derive(Debug, Clone)]
pub struct NewTransfer {
    /// Its id.
    pub id: TransferId,
    /// Whose it is.
    pub owner: Fingerprint,
    /// SHA-256 of the request that opened it.
    pub request_digest: Sha256,
    /// How its archive is cut.
    pub plan: PartPlan,
    /// The age header and the payload nonce.
    pub header: Vec<u8>,
    /// Where its share is.
    pub slot: Slot,
    /// SHA-256 of the claim credential.
    pub claim_digest: Sha256,
    /// SHA-256 of the upload token.
    pub upload_digest: Sha256,
    /// Downloads allowed.
    pub downloads: u32,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it can no longer be claimed.
    pub expires_at: Timestamp,
}

/// What [`Records::create`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// The transfer is recorded.
    Opened,
    /// The same request opened it before; the new slot is not used.
    Repeated {
        /// When it can no longer be claimed.
        expires_at: Timestamp,
    },
}

/// A sealed manifest that the store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldManifest {
    /// BLAKE3 of its bytes.
    pub digest: Blake3,
    /// How many bytes.
    pub bytes: u64,
}

/// A transfer as recorded.
#[derive(Debug, Clone)]
pub struct TransferRow {
    /// Whose it is.
    pub owner: Fingerprint,
    /// How its archive is cut.
    pub plan: PartPlan,
    /// The age header and the payload nonce.
    pub header: Vec<u8>,
    /// Where its share is, until it is destroyed.
    pub slot: Option<Slot>,
    /// SHA-256 of the claim credential.
    pub claim_digest: Sha256,
    /// SHA-256 of the upload token.
    pub upload_digest: Sha256,
    /// Downloads allowed.
    pub downloads: u32,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it can no longer be claimed.
    pub expires_at: Timestamp,
    /// Phase and counts.
    pub life: Transfer,
    /// The manifest, once it is there.
    pub manifest: Option<HeldManifest>,
    /// The sealed terms, once it is complete.
    pub terms: Option<Vec<u8>>,
}

/// What completes a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The digest of header and parts.
    pub sealed_digest: Sha256,
    /// The sealed terms.
    pub terms: Vec<u8>,
}

/// What the holder of a running grant may read.
#[derive(Debug, Clone)]
pub struct Readable {
    /// BLAKE3 of the object.
    pub digest: Blake3,
    /// Parts of the transfer.
    pub n_parts: u32,
    /// When the grant lapses.
    pub lease_until: Timestamp,
    /// One bit a part, as [`Records::note_asked`] was told last; may be short or empty.
    pub asked: Vec<u8>,
}

/// Which parts a grant asked for.
#[derive(Debug, Clone)]
pub struct AskedParts {
    /// The transfer.
    pub id: TransferId,
    /// SHA-256 of the grant key.
    pub key: Sha256,
    /// One bit a part, lowest bit of the first byte first.
    pub bits: Vec<u8>,
    /// Whether that is every part.
    pub all: bool,
}

/// How a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// It may read, until its lease is over.
    Live,
    /// Everything was taken.
    Done,
    /// Its lease was over before every part was asked for.
    Lapsed,
    /// The transfer was revoked.
    Cut,
}

impl GrantState {
    /// Whether a grant may read at the moment `now`.
    pub fn runs(self, phase: Phase, lease_until: Timestamp, now: Timestamp) -> bool {
        let is_held = match phase {
            Phase::Live | Phase::Ended(_) => true,
            Phase::Uploading | Phase::Destroyed(_) => false,
        };
        self == Self::Live && is_held && now < lease_until
    }
}

/// The relay's memory.
///
/// - **Consistency.** Every method is one transaction; what it returned is seen by every later
///   call, on every node. A refusal changes nothing but the nonce.
/// - **Durability.** A method that changes something returns once the change survives a power loss.
/// - **Nonces.** The methods that take a [`Spend`] record it in the transaction of their effect, and
///   also when the effect is refused. A nonce seen before is [`RecordsError::Seen`].
/// - **Retries.** Every method may be repeated with the same arguments (a new nonce where there is
///   one) and then changes nothing more. [`RecordsError::Failed`] may have taken effect or not.
/// - **Concurrency.** Every method may run at the same time as any other; the order is the
///   database's.
pub trait Records: Send + Sync {
    /// Records a transfer. [`RecordsError::Conflict`]: the id is taken by another owner or content.
    fn create(&self, spend: Spend, new: NewTransfer) -> Pending<'_, Creation>;

    /// The transfer of that id.
    fn transfer(&self, id: TransferId) -> Pending<'_, Option<TransferRow>>;

    /// The parts held of a transfer, by number.
    fn parts(&self, id: TransferId) -> Pending<'_, Vec<HeldPart>>;

    /// The digest of one held part.
    fn part(&self, id: TransferId, part: PartIndex) -> Pending<'_, Option<Blake3>>;

    /// Records that the store holds a part. [`RecordsError::Conflict`]: another digest, or the
    /// upload is over. [`RecordsError::Gone`]: so is the transfer.
    fn hold_part(&self, id: TransferId, held: HeldPart, now: Timestamp) -> Pending<'_, ()>;

    /// Records that the store holds the manifest; refuses as [`hold_part`](Self::hold_part).
    fn hold_manifest(
        &self,
        spend: Spend,
        id: TransferId,
        held: HeldManifest,
        now: Timestamp,
    ) -> Pending<'_, ()>;

    /// Ends the upload. The caller has compared the sealed digest with the held parts.
    fn complete(
        &self,
        spend: Spend,
        id: TransferId,
        completion: Completion,
        now: Timestamp,
    ) -> Pending<'_, ()>;

    /// Records a nonce alone. Whatever is read afterwards was read by a request of its own.
    fn spend(&self, spend: Spend) -> Pending<'_, ()>;

    /// Whether a nonce was seen.
    fn is_spent(&self, spend: &Spend) -> Pending<'_, bool>;

    /// Grants a download to the key of that digest; the same key has the same grant again. Returns
    /// when the grant lapses. [`RecordsError::Gone`]: there is no place, or no longer.
    fn claim(&self, id: TransferId, key: Sha256, now: Timestamp) -> Pending<'_, Timestamp>;

    /// What a running grant may read. [`RecordsError::Gone`]: no such grant, or no longer.
    fn readable(
        &self,
        id: TransferId,
        key: Sha256,
        piece: Piece,
        now: Timestamp,
    ) -> Pending<'_, Readable>;

    /// Remembers which parts grants asked for; ignores grants that no longer run.
    fn note_asked(&self, asked: Vec<AskedParts>) -> Pending<'_, ()>;

    /// Counts a download, once a grant.
    fn done(&self, id: TransferId, key: Sha256, now: Timestamp) -> Pending<'_, ()>;

    /// Ends what is over at the moment `now`: leases, transfers, nonces. Returns whether there may
    /// be more of them than one transaction should hold.
    fn tick(&self, now: Timestamp) -> Pending<'_, bool>;

    /// Every slot in use, and whose share is in it.
    fn slots(&self) -> Pending<'_, Vec<(Slot, TransferId)>>;
}
