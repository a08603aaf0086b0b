//! What a recipient asks and is told.

use serde::{Deserialize, Serialize};

use crate::engagement::EngagementId;
use crate::time::Timestamp;
use crate::transfer::TransferId;

/// Asks for the right to download. The grant key is the bearer token of the request; the request of a
/// recipient is signed instead, and has it in its body.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// The claim credential, 32 bytes, base64url.
    pub claim: String,
    /// What shows that the password is known, 32 bytes, base64url; null without a password.
    pub verifier: Option<String>,
    /// The grant key, 32 bytes, base64url; in a signed claim only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_key: Option<String>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.claim);
        zeroize::Zeroize::zeroize(&mut self.verifier);
        zeroize::Zeroize::zeroize(&mut self.grant_key);
    }
}

/// The right to download, and what the recipient needs to begin.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Granted {
    /// The relay's half of the key, base64url.
    pub share: String,
    /// The age header and the payload nonce, base64url.
    pub header: String,
    /// The sealed terms, or the envelope of a recipient-bound transfer, base64url.
    pub terms: String,
    /// Archive bytes.
    pub archive_bytes: u64,
    /// Bytes of the sealed manifest.
    pub manifest_bytes: u64,
    /// When the grant lapses.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub lease_until: Timestamp,
    /// The engagement it belongs to, as its manifest must say.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub engagement: Option<EngagementId>,
}

impl Drop for Granted {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.share);
    }
}

/// What reaches the recipients of a transfer instead of a secret in the link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Envelope {
    /// An age file to the recipients, base64url, at most [`super::TERMS_BYTES_MAX`] bytes.
    pub envelope: String,
}

/// A page of the live transfers that list whoever asks, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Inbox {
    /// The transfers.
    pub transfers: Vec<Waiting>,
    /// Whether more follow behind the last one.
    pub has_more: bool,
}

/// A transfer that waits for a recipient.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// The transfer.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: TransferId,
    /// When it was opened.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created_at: Timestamp,
    /// When it can no longer be claimed.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub expires_at: Timestamp,
    /// Archive bytes.
    pub archive_bytes: u64,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// Whether whoever asks has used its downloads.
    pub is_used: bool,
    /// The engagement it belongs to.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub engagement: Option<EngagementId>,
}
