//! What the relay keeps of a transfer for its sender: the access log, the statement of destruction.

use serde::{Deserialize, Serialize};

use crate::keys::Fingerprint;
use crate::time::Timestamp;

/// What happened to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Happening {
    /// It was opened.
    Created,
    /// Everything was there.
    Completed,
    /// The share was given out with a new grant.
    Claimed,
    /// A claim with the right credential came too late or too often.
    Refused,
    /// A claim had the right credential and a wrong password.
    WrongPassword,
    /// Too many wrong passwords: nobody can claim it any more.
    Frozen,
    /// A download was completed.
    Done,
    /// A grant came to its lease's end.
    Lapsed,
    /// It got another end.
    Extended,
    /// It got other recipients.
    Recipients,
    /// A running download was cut: its recipient was removed, or may no longer do anything here.
    Cut,
    /// The sender ended it.
    Revoked,
    /// Its time was over.
    Expired,
    /// Share and objects are gone, as stated.
    Destroyed,
    /// Something of it could not be destroyed, as stated.
    DestructionIncomplete,
    /// The rules of the engagement forbade a claim.
    Barred,
    /// A member joined the engagement.
    Joined,
    /// A member agreed to the rules.
    Agreed,
    /// The client confirmed: both have signed.
    Engaged,
    /// A party froze the engagement.
    Suspended,
    /// A party thawed it.
    Resumed,
    /// A member's access was taken away.
    Deactivated,
    /// A member's access was given back.
    Admitted,
    /// Other rules were proposed.
    Proposed,
    /// A party accepted what is proposed.
    Accepted,
    /// The client ended the engagement.
    Concluded,
    /// The engagement came to its end date.
    Closed,
}

/// A line of the access log of a transfer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Access {
    /// When, by the relay's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub at: Timestamp,
    /// What.
    pub what: Happening,
    /// The address it came from; null for what the relay did itself.
    pub address: Option<String>,
    /// The program that asked, as it named itself, cut at 200 characters.
    pub agent: Option<String>,
    /// The grant it is about: 8 hex digits that tell grants of one transfer apart.
    pub grant: Option<String>,
    /// Fingerprint of the key that asked or whose grant it is about; null where nobody showed one.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub who: Option<Fingerprint>,
}

/// How far a grant is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrantStatus {
    /// 8 hex digits that tell grants of one transfer apart.
    pub grant: String,
    /// `live`, `done`, `lapsed` or `cut`.
    pub state: String,
    /// Fingerprint of the key that claimed it; null for a bearer link.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub who: Option<Fingerprint>,
    /// Parts asked for.
    pub n_parts_asked: u32,
    /// Parts of the transfer.
    pub n_parts: u32,
    /// When it lapses, or lapsed.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub lease_until: Timestamp,
}

/// Everything that happened to a transfer, oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// The access log.
    pub log: Vec<Access>,
    /// The grants.
    pub grants: Vec<GrantStatus>,
}

/// The statement of a transfer's destruction.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// The statement's file, byte for byte.
    pub statement: String,
    /// Its detached signature, armoured.
    pub signature: String,
    /// The relay's statement key, as an OpenSSH public key line.
    pub key: String,
}
