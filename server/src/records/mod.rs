//! What the relay remembers of transfers: rows behind one small trait, and no secret in any of them.
//!
//! ```text
//! transfer   id, owner, sizes, header, slot of the share, digests of the credentials, limits, life
//! part       transfer, number, BLAKE3
//! recipient  transfer, key, whether it may claim, counts
//! grant      transfer, SHA-256 of the grant key, lease, state, which parts were asked for, whose
//! access     transfer, when, what happened, address, user agent, grant, key
//! account    key, role, whether it may do anything
//! engagement id, owner, the state of its machine, what is proposed, sealed
//! party      key, engagement
//! invite     id, digest of the token, inviter, role, sealed cards with their MACs, who joined
//! statement  entry of the log, transfer or engagement, number, the file and its signature, or sealed
//! log        entries in order, hashes of tiles, checkpoints, cosignatures
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
use quitus_core::engagement::{Barred, EngagementId};
use quitus_core::keys::Fingerprint;
use quitus_core::parts::{PartIndex, PartPlan};
use quitus_core::protocol::{Access, GrantStatus, HeldPart, Waiting};
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Claimant, Phase, Transfer, TransferId};
use serde::Serialize;

use crate::buckets::Bucket;
use crate::caller::{Caller, Network};
use crate::store::Piece;
use crate::vault::Slot;

mod accounts;
mod engagements;
mod log;
mod statements;
pub mod sqlite;
#[cfg(test)]
pub(crate) mod conformance;

pub use accounts::{
    Account, Accounts, Inviter, NewInvite, OPEN_INVITES_MAX, SealedCard, SealedRules, Welcome,
};
pub use engagements::{
    Changed, Deeds, EngagementRow, Engagements, NewEngagement, OPEN_ENGAGEMENTS_MAX,
};
pub use log::{CheckpointRow, CosignedOf, Growth, LogRecords};
pub use statements::{
    About, Exported, Happened, OwedStatement, Place, PostedStatement, Scope, StatementRecords,
    StatementRow,
};

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
    /// A password is missing or wrong.
    #[error("the password is missing or wrong")]
    Password,
    /// Too many wrong passwords were tried.
    #[error("too many wrong passwords were tried")]
    Frozen,
    /// The account may not do that, or nothing any more.
    #[error("the account may not do that, or nothing any more")]
    Forbidden,
    /// Another key has redeemed the invite.
    #[error("another key has redeemed the invite")]
    Used,
    /// The owner has as much as one may have.
    #[error("the sender has as many transfers or bytes here as it may have")]
    Quota,
    /// The rules of the engagement forbid it.
    #[error(transparent)]
    Barred(#[from] Barred),
    /// There is no room for more rows.
    #[error("the records are full")]
    Full,
    /// The database failed.
    #[error("the records cannot be read or written")]
    Failed(#[source] Arc<dyn Error + Send + Sync>),
}

/// A signed request, so that it counts once, and where it came from.
#[derive(Debug, Clone)]
pub struct Spend {
    /// Who signed.
    pub signer: Fingerprint,
    /// What the signer drew.
    pub nonce: [u8; 16],
    /// From when on the request would be refused for its age.
    pub until: Timestamp,
    /// Where it came from, for the access log.
    pub caller: Caller,
}

/// What an owner may have at most, in transfers that are not destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Archive bytes.
    pub bytes: u64,
    /// Transfers.
    pub n_transfers: u64,
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
    /// SHA-256 of what shows that the password is known, if there is one.
    pub verifier_digest: Option<Sha256>,
    /// The commitment to the share.
    pub share_commitment: Sha256,
    /// SHA-256 of the upload token.
    pub upload_digest: Sha256,
    /// Downloads allowed.
    pub downloads: u32,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it can no longer be claimed.
    pub expires_at: Timestamp,
    /// What its owner may have at most, this one included.
    pub quota: Quota,
    /// Whether its owner must be an account.
    pub needs_account: bool,
    /// The keys it is for; none for a bearer link.
    pub recipients: Vec<Fingerprint>,
    /// The engagement it belongs to.
    pub engagement: Option<EngagementId>,
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
    /// SHA-256 of what shows that the password is known, if there is one.
    pub verifier_digest: Option<Sha256>,
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
    /// SHA-256 of the request that opened it.
    pub request_digest: Sha256,
    /// The digest of header and parts, once it is complete.
    pub sealed_digest: Option<Sha256>,
    /// The commitment to the share.
    pub share_commitment: Sha256,
    /// The latest hour under whose key the share ever was.
    pub bucket_latest: Bucket,
    /// SHA-256 of the request that revoked it.
    pub instruction_digest: Option<Sha256>,
    /// When the share was overwritten.
    pub share_erased_at: Option<Timestamp>,
    /// How often its destruction was not whole.
    pub n_sweeps: u32,
    /// Whether its owner may do nothing here any more.
    pub is_owner_disabled: bool,
    /// The engagement it belongs to.
    pub engagement: Option<EngagementId>,
}

/// A transfer whose destruction is owed.
#[derive(Debug, Clone)]
pub struct OwedRow {
    /// Its id.
    pub id: TransferId,
    /// The transfer.
    pub row: TransferRow,
    /// The parts held.
    pub parts: Vec<HeldPart>,
    /// What was stated of it last.
    pub last: Option<StatementRow>,
}

/// How a destruction went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left.
    Destroyed {
        /// When that was stated.
        at: Timestamp,
    },
    /// Something is left.
    Incomplete {
        /// When that was seen.
        at: Timestamp,
        /// When it is tried again.
        again_at: Timestamp,
    },
}

impl Outcome {
    /// When that was seen.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Destroyed { at } | Self::Incomplete { at, .. } => *at,
        }
    }
}

/// What is to be recorded of a destruction.
#[derive(Debug, Clone)]
pub struct Stated {
    /// The transfer.
    pub id: TransferId,
    /// How it went.
    pub outcome: Outcome,
    /// The statement; none if the last one says the same.
    pub statement: Option<StatementRow>,
}

/// What completes a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The digest of header and parts.
    pub sealed_digest: Sha256,
    /// The sealed terms.
    pub terms: Vec<u8>,
}

/// Another end, and the terms that say so.
#[derive(Debug, Clone)]
pub struct Extension {
    /// When it can no longer be claimed.
    pub expires_at: Timestamp,
    /// The sealed terms.
    pub terms: Vec<u8>,
    /// Where the share was, and where it is from now on; the same where it was not moved.
    pub slots: (Slot, Slot),
}

/// Other recipients, and the envelope for them.
#[derive(Debug, Clone)]
pub struct Relisting {
    /// The keys it is for from now on.
    pub recipients: Vec<Fingerprint>,
    /// The envelope.
    pub terms: Vec<u8>,
}

/// A claim whose claim credential is right.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// SHA-256 of the grant key.
    pub key: Sha256,
    /// What it says of the password.
    pub password: PasswordProof,
    /// Where it came from, for the access log.
    pub caller: Caller,
    /// The signed request it is; none where it shows nothing but the link.
    pub spend: Option<Spend>,
}

impl Attempt {
    /// The key that signed, if one did.
    pub fn who(&self) -> Option<&Fingerprint> {
        self.spend.as_ref().map(|spend| &spend.signer)
    }

    /// Who asks for a download.
    pub fn by(&self) -> Claimant {
        let key = self.who().cloned();
        key.map_or(Claimant::Bearer, Claimant::Key)
    }
}

/// What a claim shows of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProof {
    /// It is known, or there is none.
    Right,
    /// Nothing was shown.
    Missing,
    /// Another one was tried.
    Wrong,
}

/// A line of the access log of the whole relay, as it is exported.
#[derive(Debug, Clone, Serialize)]
pub struct AccessLine {
    /// The transfer, if it is about one.
    #[serde(rename = "transfer")]
    pub id: Option<TransferId>,
    /// The engagement, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engagement: Option<EngagementId>,
    /// What happened, when, from where.
    #[serde(flatten)]
    pub access: Access,
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
    /// Whose grant it is.
    pub who: Claimant,
    /// Where it may be read from; empty: from everywhere.
    pub networks: Vec<Network>,
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
    /// The transfer was revoked, or its recipient removed or disabled.
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
///   call, on every node. A refusal changes nothing but the nonce, the number of wrong
///   passwords and the access log.
/// - **Durability.** A method that changes something returns once the change survives a power loss.
/// - **Accounts.** Whatever a disabled account signs is [`RecordsError::Forbidden`], and is not recorded.
/// - **Nonces.** The methods that take a [`Spend`] record it in the transaction of their effect, and
///   also when the effect is refused. A nonce seen before is [`RecordsError::Seen`].
/// - **Retries.** Every method may be repeated with the same arguments (a new nonce where there is
///   one) and then changes nothing more. [`RecordsError::Failed`] may have taken effect or not.
/// - **Concurrency.** Every method may run at the same time as any other; the order is the
///   database's.
pub trait Records: Accounts + Engagements + LogRecords + StatementRecords {
    /// Records a transfer. [`RecordsError::Conflict`]: the id is taken by another owner or content.
    /// [`RecordsError::Forbidden`]: an account is needed, and the owner has none; or a recipient is no
    /// party of its engagement. [`RecordsError::Barred`]: that forbids it.
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

    /// Grants a download to a grant key; the same key has the same grant again. Returns when the
    /// grant lapses.
    ///
    /// [`RecordsError::Gone`]: there is no place, or no longer. [`RecordsError::Password`]: it is
    /// missing, which counts nothing, or wrong, which is counted. [`RecordsError::Frozen`]: there were
    /// `PASSWORD_TRIES_MAX` wrong ones; running grants go on. [`RecordsError::Barred`]: the engagement
    /// forbids it. These refusals are in the access log.
    fn claim(&self, id: TransferId, attempt: Attempt, now: Timestamp) -> Pending<'_, Timestamp>;

    /// Gives a live transfer another end. [`RecordsError::Conflict`]: it is being uploaded, or the
    /// share is no longer where the caller saw it. [`RecordsError::Gone`]: it has ended.
    fn extend(
        &self,
        spend: Spend,
        id: TransferId,
        extension: Extension,
        now: Timestamp,
    ) -> Pending<'_, ()>;

    /// Ends a transfer and its grants; `instruction` is remembered if that changes anything. One that
    /// has ended keeps its ending; its running grants end.
    fn revoke(
        &self,
        spend: Spend,
        id: TransferId,
        instruction: Sha256,
        now: Timestamp,
    ) -> Pending<'_, ()>;

    /// Gives a live recipient-bound transfer other recipients and an envelope; ends the grants of those
    /// that are missing. Refuses as [`extend`](Self::extend); a bearer transfer is
    /// [`RecordsError::Conflict`].
    fn relist(
        &self,
        spend: Spend,
        id: TransferId,
        relisting: Relisting,
        now: Timestamp,
    ) -> Pending<'_, ()>;

    /// Live transfers that list a key, newest first, behind the one named and at most so many.
    /// [`RecordsError::Gone`]: that one does not list the key.
    fn inbox(
        &self,
        key: Fingerprint,
        page: (Option<TransferId>, usize),
        now: Timestamp,
    ) -> Pending<'_, Vec<Waiting>>;

    /// An owner's transfers, newest first, at most `n_max`, behind the one named; without header and
    /// terms. [`RecordsError::Gone`]: that one is not the owner's.
    fn transfers(
        &self,
        owner: Fingerprint,
        after: Option<TransferId>,
        n_max: usize,
    ) -> Pending<'_, Vec<(TransferId, TransferRow)>>;

    /// The access log of a transfer, oldest first, and its grants.
    fn activity(&self, id: TransferId) -> Pending<'_, (Vec<Access>, Vec<GrantStatus>)>;

    /// Forgets lines of the access log from before a moment. Returns whether there may be more of
    /// them than one transaction should hold.
    fn forget_accesses(&self, before: Timestamp) -> Pending<'_, bool>;

    /// What a running grant may read. [`RecordsError::Gone`]: no such grant, or no longer.
    fn readable(
        &self,
        id: TransferId,
        key: Sha256,
        piece: Piece,
        now: Timestamp,
    ) -> Pending<'_, Readable>;

    /// Remembers which parts grants asked for; ignores grants that no longer run. Returns whether each of
    /// them runs.
    fn note_asked(&self, asked: Vec<AskedParts>) -> Pending<'_, bool>;

    /// Counts a download, once a grant.
    fn done(&self, id: TransferId, key: Sha256, caller: Caller, now: Timestamp) -> Pending<'_, ()>;

    /// Ends what is over at the moment `now`: leases, transfers, nonces. Returns whether there may
    /// be more of them than one transaction should hold.
    fn tick(&self, now: Timestamp) -> Pending<'_, bool>;

    /// Every slot in use, and whose share is in it.
    fn slots(&self) -> Pending<'_, Vec<(Slot, TransferId)>>;

    /// Transfers whose destruction is owed and due at the moment `now`, at most `max`, by id; not those of
    /// which something else is to be stated first.
    fn owed(&self, now: Timestamp, max: u32) -> Pending<'_, Vec<OwedRow>>;

    /// Records that the shares of transfers whose destruction is owed were overwritten: their slots
    /// may be used again. Ignores every other transfer.
    fn share_erased(&self, ids: Vec<TransferId>, at: Timestamp) -> Pending<'_, ()>;

    /// Records how destructions went, all of them or none. With a whole one, everything that neither
    /// its statement nor the owner's status needs is removed. Ignores what is destroyed already.
    fn state(&self, stated: Vec<Stated>) -> Pending<'_, ()>;

    /// What was stated last of a transfer's destruction.
    fn statement(&self, id: TransferId) -> Pending<'_, Option<StatementRow>>;

    /// The hours under whose keys shares are.
    fn buckets(&self) -> Pending<'_, Vec<Bucket>>;

    /// Whether the transfer is recorded and not destroyed, so that it may have objects.
    fn is_held(&self, id: TransferId) -> Pending<'_, bool>;

    /// Removes what was changed from logs and journals, so that they hold no former row.
    fn forget_former(&self) -> Pending<'_, ()>;
}
