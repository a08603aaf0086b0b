//! What a sender asks and is told until its transfer is complete, and how it stands afterwards.

use serde::{Deserialize, Serialize};

use crate::digest::{Blake3, Sha256};
use crate::engagement::EngagementId;
use crate::keys::Fingerprint;
use crate::parts::PartIndex;
use crate::time::Timestamp;
use crate::transfer::{Ending, TransferId};

/// Most recipients of one transfer: an envelope and the terms in it hold about so many.
pub const RECIPIENTS_MAX: usize = 100;

/// Opens a transfer. Repeating it with the same content changes nothing.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Create {
    /// 16 random bytes, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: TransferId,
    /// Archive bytes, from which the number and length of the parts follow.
    pub archive_bytes: u64,
    /// The age header and the payload nonce, base64url.
    pub header: String,
    /// The relay's half of the key, 32 bytes, base64url.
    pub share: String,
    /// SHA-256 of the claim credential, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub claim_digest: Sha256,
    /// SHA-256 of what shows that the password is known, hex; null without a password.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub verifier_digest: Option<Sha256>,
    /// SHA-256 of the upload token, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub upload_digest: Sha256,
    /// How long the transfer lives, in seconds of the relay's clock.
    pub expiry_seconds: u64,
    /// How many downloads are allowed: in total for a bearer link, else for each recipient.
    pub downloads: u32,
    /// Fingerprints of the request keys that may claim it, each once, at most [`RECIPIENTS_MAX`];
    /// empty for a bearer link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, required = false))]
    pub recipients: Vec<Fingerprint>,
    /// The engagement it belongs to; then every recipient is one of its parties, and there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required = false))]
    pub engagement: Option<EngagementId>,
}

impl Drop for Create {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.share);
    }
}

/// The relay has opened the transfer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Created {
    /// When it can no longer be claimed, by the relay's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub expires_at: Timestamp,
}

/// A part that the relay holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldPart {
    /// Its number.
    #[cfg_attr(feature = "openapi", schema(value_type = u32))]
    pub index: PartIndex,
    /// BLAKE3 of its sealed bytes, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub digest: Blake3,
}

/// Where in its life a transfer is, as the sender sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StatusPhase {
    /// Parts are missing, or the sender has not completed it.
    Uploading,
    /// It can be claimed.
    Live,
    /// It can no longer be claimed.
    Ended,
    /// Share and objects are gone.
    Destroyed,
}

/// What the relay tells the sender of a transfer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// The transfer.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: TransferId,
    /// When it was opened.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created_at: Timestamp,
    /// Archive bytes.
    pub archive_bytes: u64,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// Wrong passwords so far; at [`crate::transfer::PASSWORD_TRIES_MAX`] nobody can claim it any more.
    pub n_wrong_passwords: u32,
    /// Where in its life it is.
    pub phase: StatusPhase,
    /// Why it ended, once it has.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub ending: Option<Ending>,
    /// When it can no longer be claimed.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub expires_at: Timestamp,
    /// Downloads allowed: in total for a bearer link, else for each recipient.
    pub downloads: u32,
    /// Downloads completed.
    pub n_consumed: u32,
    /// Downloads running.
    pub n_live: u32,
    /// How often the share was given out.
    pub n_released: u32,
    /// Parts the relay holds, by number. Empty in a list, and once it is destroyed.
    pub parts: Vec<HeldPart>,
    /// Whether the relay holds the manifest.
    pub has_manifest: bool,
    /// How many keys may claim it; 0 for a bearer link.
    #[serde(default)]
    pub n_recipients: u32,
    /// How far each of them is. Empty for a bearer link, and in a list.
    #[serde(default)]
    pub recipients: Vec<RecipientStatus>,
    /// The engagement it belongs to.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub engagement: Option<EngagementId>,
}

/// How far a recipient of a transfer is, as the sender sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipientStatus {
    /// Fingerprint of the request key.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub recipient: Fingerprint,
    /// Downloads completed.
    pub n_consumed: u32,
    /// Downloads running.
    pub n_live: u32,
    /// How often the share was given out.
    pub n_released: u32,
}

/// Ends the upload: from now on the transfer can be claimed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Complete {
    /// The digest of header and parts as the sender sealed them, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sealed_digest: Sha256,
    /// The sealed terms, or the envelope of a recipient-bound transfer, base64url.
    pub terms: String,
}

/// Gives a transfer another end, with the terms that say so.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Extend {
    /// When it can no longer be claimed, by the relay's clock; later or earlier than before.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub expires_at: Timestamp,
    /// The sealed terms, or the envelope of a recipient-bound transfer, base64url.
    pub terms: String,
}

/// Gives a recipient-bound transfer other recipients, with the envelope that is for them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recipients {
    /// Fingerprints of the request keys that may claim it from now on, 1 to [`RECIPIENTS_MAX`], each
    /// once. Whoever is missing is cut.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub recipients: Vec<Fingerprint>,
    /// The envelope, base64url.
    pub terms: String,
}

/// A page of the sender's transfers, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transfers {
    /// The transfers, without their parts.
    pub transfers: Vec<Status>,
    /// Whether more follow behind the last one.
    pub has_more: bool,
}
