//! How a key becomes an account: invites that are made, listed and redeemed.
//!
//! Promises: the relay learns neither the invite's secret nor a card; cards travel sealed, with a MAC
//! that only the two ends can make. Spec: `docs/protocol.md`, "invite".

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::Proposed;
use crate::digest::Sha256;
use crate::invite::{InviteId, Role};
use crate::keys::Fingerprint;
use crate::time::Timestamp;

/// Longest life of an invite.
pub const INVITE_LIFE_MAX: Duration = Duration::from_hours(30 * 24);
/// Largest sealed card: a name, a few recipients and keys.
pub const SEALED_CARD_BYTES_MAX: usize = 8 * 1024;
/// Invites in one page of a list: their cards stay below [`super::JSON_BYTES_MAX`].
pub const PAGE_INVITES: usize = 20;

/// Makes an invite; answered with [`super::Created`]. Repeating it with the same content changes
/// nothing.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invite {
    /// 16 random bytes, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: InviteId,
    /// SHA-256 of the redeem token, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token_digest: Sha256,
    /// What the joiner becomes. A client invites freelancers only.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// How long it can be redeemed, in seconds of the relay's clock, at most [`INVITE_LIFE_MAX`].
    pub expiry_seconds: u64,
    /// The inviter's card as an age file to the invite's card key, base64url, at most
    /// [`SEALED_CARD_BYTES_MAX`] bytes.
    pub card: String,
    /// Its MAC, 32 bytes, base64url.
    pub mac: String,
    /// The engagement whose member the joiner becomes; none for a relay alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<Proposed>,
}

/// Redeems an invite: the key that signs becomes an account. Repeating it changes nothing.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redeem {
    /// The redeem token, 32 bytes, base64url.
    pub token: String,
    /// The joiner's card as an age file to the invite's card key, base64url, at most
    /// [`SEALED_CARD_BYTES_MAX`] bytes.
    pub card: String,
    /// Its MAC, 32 bytes, base64url.
    pub mac: String,
}

impl Drop for Redeem {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.token);
    }
}

/// What the joiner is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redeemed {
    /// The inviter's sealed card, base64url; null where the operator invited.
    pub card: Option<String>,
    /// Its MAC, base64url; null where the operator invited.
    pub mac: Option<String>,
    /// What the account may do from now on.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// The engagement whose member the account is from now on.
    #[serde(default)]
    pub engagement: Option<Proposed>,
}

/// A page of an account's invites, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invites {
    /// The invites.
    pub invites: Vec<InviteStatus>,
    /// Whether more follow behind the last one.
    pub has_more: bool,
}

/// How an invite stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InviteState {
    /// It can be redeemed.
    Open,
    /// A key has redeemed it.
    Used,
    /// Its time was over before a key redeemed it.
    Expired,
}

/// An invite as its inviter sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InviteStatus {
    /// The invite.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: InviteId,
    /// What the joiner becomes.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created_at: Timestamp,
    /// When it can no longer be redeemed.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub expires_at: Timestamp,
    /// Whether it can be, or was.
    pub state: InviteState,
    /// Who redeemed it.
    pub joiner: Option<Joiner>,
    /// How often another key came with the right token after it was redeemed: somebody else has the
    /// invite.
    pub n_refused: u32,
}

/// Who redeemed an invite.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Joiner {
    /// Fingerprint of the request key that is the account.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub key: Fingerprint,
    /// The joiner's sealed card, base64url.
    pub card: String,
    /// Its MAC, base64url: to be checked before the card is believed.
    pub mac: String,
}
