//! What each type of statement says.
//!
//! ```text
//! "facts": { "manifest": "…", "nFiles": 14, "bytes": 3355443, "files": [], "isReturn": false }
//! ```
//!
//! Promises: the facts fit the type and the role of the issuer. They are data; sentences a person stands
//! for are in `declared`, what was looked at in `observed`. No path and no plain digest of a file is in
//! them unless its holder chose so. Spec: `docs/evidence.md`, "Types".

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Action, Kind, Method, Role};
use crate::digest::{Blake3, Sha256};
use crate::keys::Fingerprint;
use crate::time::Timestamp;
use crate::transfer::{Ending, TransferId};

/// What a statement says, by its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Facts {
    /// Of `received`.
    Received(Received),
    /// Of `delivered`.
    Delivered(Delivered),
    /// Of `revoked`.
    Revoked(Revoked),
    /// Of `expired`.
    Expired(Expired),
    /// Of `destroyed`.
    Destroyed(Destruction),
    /// Of `destruction-incomplete` by the relay.
    DestructionIncomplete(Destruction),
    /// Of `deactivated`.
    Deactivated(Deactivated),
    /// Of `access-log-exported`.
    AccessExported(AccessExported),
    /// Of `returned`.
    Returned(Returned),
    /// Of `destroyed-by-holder`.
    DestroyedByHolder(HolderDestruction),
    /// Of `destruction-incomplete` by a holder.
    DestructionByHolderIncomplete(HolderDestruction),
    /// Of `instructed`.
    Instructed(Instructed),
    /// Of `access-reviewed`.
    AccessReviewed(AccessReviewed),
    /// Of `checked`.
    Checked(Checked),
    /// Of `credentials-changed`.
    CredentialsChanged(CredentialsChanged),
    /// Of `acknowledged`.
    Acknowledged(Acknowledged),
    /// Of `accepted`.
    Accepted(Accepted),
    /// Of `engaged`.
    Engaged(Engaged),
    /// Of `amended`.
    Amended(Amended),
    /// Of `frozen`.
    Frozen(Stopped),
    /// Of `thawed`.
    Thawed(Stopped),
    /// Of `corrected`.
    Corrected(Corrected),
}

impl Facts {
    /// The type they belong to.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Received(_) => Kind::Received,
            Self::Delivered(_) => Kind::Delivered,
            Self::Revoked(_) => Kind::Revoked,
            Self::Expired(_) => Kind::Expired,
            Self::Destroyed(_) => Kind::Destroyed,
            Self::DestructionIncomplete(_) | Self::DestructionByHolderIncomplete(_) => {
                Kind::DestructionIncomplete
            }
            Self::Deactivated(_) => Kind::Deactivated,
            Self::AccessExported(_) => Kind::AccessLogExported,
            Self::Returned(_) => Kind::Returned,
            Self::DestroyedByHolder(_) => Kind::DestroyedByHolder,
            Self::Instructed(_) => Kind::Instructed,
            Self::AccessReviewed(_) => Kind::AccessReviewed,
            Self::Checked(_) => Kind::Checked,
            Self::CredentialsChanged(_) => Kind::CredentialsChanged,
            Self::Acknowledged(_) => Kind::Acknowledged,
            Self::Accepted(_) => Kind::Accepted,
            Self::Engaged(_) => Kind::Engaged,
            Self::Amended(_) => Kind::Amended,
            Self::Frozen(_) => Kind::Frozen,
            Self::Thawed(_) => Kind::Thawed,
            Self::Corrected(_) => Kind::Corrected,
        }
    }

    /// Reads the facts of a type, as the role makes them.
    pub(super) fn from_value(
        kind: Kind,
        role: Role,
        value: Value,
    ) -> Result<Self, serde_json::Error> {
        use serde_json::from_value as read;
        Ok(match kind {
            Kind::Received => Self::Received(read(value)?),
            Kind::Delivered => Self::Delivered(read(value)?),
            Kind::Revoked => Self::Revoked(read(value)?),
            Kind::Expired => Self::Expired(read(value)?),
            Kind::Destroyed => Self::Destroyed(read(value)?),
            Kind::DestructionIncomplete if role == Role::Relay => {
                Self::DestructionIncomplete(read(value)?)
            }
            Kind::DestructionIncomplete => Self::DestructionByHolderIncomplete(read(value)?),
            Kind::Deactivated => Self::Deactivated(read(value)?),
            Kind::AccessLogExported => Self::AccessExported(read(value)?),
            Kind::Returned => Self::Returned(read(value)?),
            Kind::DestroyedByHolder => Self::DestroyedByHolder(read(value)?),
            Kind::Instructed => Self::Instructed(read(value)?),
            Kind::AccessReviewed => Self::AccessReviewed(read(value)?),
            Kind::Checked => Self::Checked(read(value)?),
            Kind::CredentialsChanged => Self::CredentialsChanged(read(value)?),
            Kind::Acknowledged => Self::Acknowledged(read(value)?),
            Kind::Accepted => Self::Accepted(read(value)?),
            Kind::Engaged => Self::Engaged(read(value)?),
            Kind::Amended => Self::Amended(read(value)?),
            Kind::Frozen => Self::Frozen(read(value)?),
            Kind::Thawed => Self::Thawed(read(value)?),
            Kind::Corrected => Self::Corrected(read(value)?),
        })
    }
}

/// What the relay took over: it countersigns the sender's commitment to the share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// SHA-256 of the body that opened the transfer.
    pub request: Sha256,
    /// The request key that owns it.
    pub owner: Fingerprint,
    /// The request keys that may claim it; empty for whoever holds the link.
    pub recipients: Vec<Fingerprint>,
    /// The commitment, as the relay computed it from the share it was given.
    pub share_commitment: Sha256,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// Parts of the sealed stream.
    pub n_parts: u32,
    /// When it can no longer be claimed.
    pub expires_at: Timestamp,
    /// Downloads allowed: in total, or for each recipient.
    pub downloads: u32,
}

/// A download that was completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivered {
    /// The request key that claimed; none for whoever held the link.
    pub who: Option<Fingerprint>,
    /// The first 8 hex digits of the SHA-256 of the grant key.
    pub grant: String,
    /// How the relay knows.
    pub end: DeliveryEnd,
    /// Completed downloads, this one included.
    pub n_consumed: u32,
    /// How often the share had been given out.
    pub n_released: u32,
}

/// How the relay knows that a download is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryEnd {
    /// The recipient said so.
    Confirmed,
    /// The grant ended after every part had been asked for.
    LeaseEnded,
}

/// The sender ended a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// SHA-256 of the signed request that ordered it.
    pub instruction: Sha256,
    /// Completed downloads.
    pub n_consumed: u32,
    /// How often the share had been given out.
    pub n_released: u32,
}

/// A transfer came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expired {
    /// When that was.
    pub expires_at: Timestamp,
    /// Completed downloads.
    pub n_consumed: u32,
    /// How often the share had been given out.
    pub n_released: u32,
}

/// What the relay destroyed, on whose instruction, how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Destruction {
    /// SHA-256 of the signed request that ordered it: the revocation, or else the opening.
    pub instruction: Sha256,
    /// Why the transfer ended.
    pub ending: Ending,
    /// Completed downloads.
    pub n_consumed: u32,
    /// How often the share had been given out.
    pub n_released: u32,
    /// The sender's commitment to the share.
    pub share_commitment: Sha256,
    /// What was done, in order.
    pub actions: Vec<Action>,
    /// When backups of the relay's data no longer open the share: the key of its expiry bucket is
    /// destroyed then.
    pub backups_after: Timestamp,
}

/// A member was shut out for not using the engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deactivated {
    /// The member's request key.
    pub member: Fingerprint,
    /// When it last used the engagement.
    pub last_used_at: Timestamp,
    /// Days without use after which that happens.
    pub inactive_days: u32,
}

/// The access log was handed over. The subject is the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessExported {
    /// The first moment it covers.
    pub from: Timestamp,
    /// The last.
    pub until: Timestamp,
    /// Lines of the file.
    pub n_lines: u64,
}

/// Deliverables and what had been entrusted were given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Returned {
    /// The transfers in which they were sent.
    pub transfers: Vec<TransferId>,
}

/// What a holder looked for, found, destroyed, kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderDestruction {
    /// SHA-256 of the client's `instructed`; none without one.
    pub instruction: Option<Sha256>,
    /// The transfers whose copies were looked for.
    pub transfers: Vec<TransferId>,
    /// The files they held.
    pub files: Vec<SaltedFile>,
    /// Where copies were looked for.
    pub searched: Vec<Searched>,
    /// Every copy that was found.
    pub copies: Vec<FoundCopy>,
    /// What was kept, on what legal basis.
    pub retained: Vec<Retained>,
    /// Secrets of this device that were overwritten in their places.
    pub n_keys_erased: u64,
    /// What was asked about other copies, and answered.
    pub answers: Vec<Answer>,
    /// SHA-256 of somebody's certificate of the sanitisation of a device; without one the level is none.
    pub certificate: Option<Sha256>,
}

/// A file without its name: its length, and a digest that only its holders can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SaltedFile {
    /// Its bytes.
    pub bytes: u64,
    /// See [`SaltedFile::new`].
    pub digest: Sha256,
}

impl SaltedFile {
    /// `SHA-256("quitus/plaintext/v1\0" || salt || BLAKE3 of the file)`, with the salt its manifest has.
    pub fn new(bytes: u64, salt: &[u8; 16], digest: &Blake3) -> Self {
        let digest = Sha256::of(&[b"quitus/plaintext/v1\0", salt, digest.as_bytes()]);
        Self { bytes, digest }
    }
}

/// Where copies were looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Searched {
    /// The folder; none where the holder does not say.
    pub place: Option<String>,
    /// The kind of file system.
    pub file_system: String,
    /// Files that were looked at.
    pub n_files: u64,
    /// Files and folders that could not be looked at.
    pub n_unreadable: u64,
}

/// A copy that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundCopy {
    /// Where; none where the holder does not say.
    pub place: Option<String>,
    /// The kind of file system.
    pub file_system: String,
    /// Its bytes.
    pub bytes: u64,
    /// What became of it.
    pub state: CopyState,
    /// How; none where it is still there.
    pub method: Option<Method>,
    /// What the method really does there, or why the copy is still there.
    pub effect: String,
}

/// What became of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CopyState {
    /// It is no longer found.
    Destroyed,
    /// It is kept, on a legal basis.
    Retained,
    /// It is still there.
    Left,
}

/// Something that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retained {
    /// What.
    pub file: SaltedFile,
    /// On what legal basis.
    pub basis: String,
}

/// An answer about copies that no tool can look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// A short name of the question, such as `cloud`.
    pub question: String,
    /// The language it was asked in.
    pub language: String,
    /// The question, word for word.
    pub text: String,
    /// The answer.
    pub answer: String,
}

/// What becomes of the data at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// It is destroyed.
    Destroy,
    /// It is given back.
    Return,
    /// It is given back, and every copy destroyed.
    Both,
}

/// What the client wants done at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instructed {
    /// The choice (GDPR Art. 28(3)(g)).
    pub choice: Choice,
    /// The transfers; empty for all of the engagement.
    pub transfers: Vec<TransferId>,
    /// By when; none where nothing is said.
    pub by: Option<Timestamp>,
}

/// The client looked through who has access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessReviewed {
    /// The month, such as `2026-11`.
    pub month: String,
    /// Every member, and what was decided.
    pub members: Vec<Reviewed>,
    /// Transfers that can be claimed.
    pub n_live: u64,
    /// Of these, how many nobody ever fetched.
    pub n_never_fetched: u64,
}

/// A member, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reviewed {
    /// The member's request key.
    pub member: Fingerprint,
    /// When the relay last saw it.
    pub last_seen_at: Option<Timestamp>,
    /// What was decided.
    pub decision: Decision,
}

/// What is decided of a member's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It stays.
    Keep,
    /// It ends.
    Cut,
}

/// The client listed the store with credentials of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// The store's address, bucket and prefix.
    pub store: String,
    /// Versions listed under the prefix.
    pub n_versions: u64,
    /// Delete markers listed under it.
    pub n_delete_markers: u64,
    /// Open multipart uploads listed under it.
    pub n_uploads: u64,
}

/// Passwords that had been passed on were changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialsChanged {
    /// The transfers that passed them on.
    pub transfers: Vec<TransferId>,
}

/// The client takes note of the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledged {
    /// The latest statement of every issuer, by SHA-256.
    pub heads: Vec<Sha256>,
    /// What is still missing, a line each; empty where nothing is.
    pub missing: Vec<String>,
    /// The client's reservations; none without any.
    pub reservations: Option<String>,
}

/// A recipient has verified what it received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// SHA-256 of the signed manifest's JSON.
    pub manifest: Sha256,
    /// The sender's signing key.
    pub sender: Fingerprint,
    /// Files.
    pub n_files: u64,
    /// Their bytes in all.
    pub bytes: u64,
    /// The files.
    pub files: Vec<SaltedFile>,
    /// Whether the sender gave back deliverables and what had been entrusted.
    pub is_return: bool,
}

/// A party enters into an engagement. There are two: the second names the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Engaged {
    /// SHA-256 of the signed rules.
    pub rules: Sha256,
    /// The client's signing key.
    pub client: Fingerprint,
    /// The freelancer's signing key.
    pub freelancer: Fingerprint,
    /// SHA-256 of the other party's `engaged`; none in the first.
    pub other: Option<Sha256>,
    /// The documents that are accepted.
    pub documents: Vec<Document>,
    /// The party's reservations; none without any.
    pub reservations: Option<String>,
    /// The relay and its keys.
    pub relay: PinnedRelay,
}

/// A document, by name and SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub sha256: Sha256,
}

/// A relay and its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PinnedRelay {
    /// Its address.
    pub origin: String,
    /// The key of its statements.
    pub statement_key: Fingerprint,
    /// The key of its log, as a verifier key (C2SP signed-note).
    pub log_key: String,
}

/// A party agrees to a change of an engagement. There are two: the second names the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Amended {
    /// The version of the rules from then on.
    pub version: u32,
    /// SHA-256 of the signed rules from then on.
    pub rules: Sha256,
    /// SHA-256 of the other party's `amended`; none in the first.
    pub other: Option<Sha256>,
}

/// A party stopped every claim of an engagement, or lifted that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// Since when, by the relay's answer.
    pub at: Timestamp,
    /// Whether it is an incident (GDPR Art. 33(2)).
    pub is_incident: bool,
}

/// A party corrects an earlier statement of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Corrected {
    /// SHA-256 of that statement.
    pub statement: Sha256,
}
