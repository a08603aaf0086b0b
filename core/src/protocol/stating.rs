//! Statements: what parties bring for the log, and what whoever has a right is told.

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::engagement::EngagementId;
use crate::keys::Fingerprint;
use crate::time::Timestamp;
use crate::transfer::TransferId;

/// Statements in one answer.
pub const PAGE_STATEMENTS: usize = 20;
/// Largest sealed statement of a party.
pub const SEALED_STATEMENT_BYTES_MAX: usize = 128 * 1024;

/// A party's statement, which the relay cannot read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct State {
    /// The transfer it is about, if it belongs to no engagement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub transfer: Option<TransferId>,
    /// The engagement it belongs to; exactly one of the two is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub engagement: Option<EngagementId>,
    /// SHA-256 of its file.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub statement: Sha256,
    /// SHA-256 of its signature in binary form.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub signature: Sha256,
    /// File and signature, sealed for the other parties: one age file, base64url.
    pub sealed: String,
}

/// Where a statement is in the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Logged {
    /// The number of its entry, from 0.
    pub index: u64,
}

/// A statement in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedStatement {
    /// The number of its entry, from 0.
    pub index: u64,
    /// When the relay recorded it, by its clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub at: Timestamp,
    /// SHA-256 of its file.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub statement_digest: Sha256,
    /// SHA-256 of its signature in binary form.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub signature_digest: Sha256,
    /// The transfer it is about, as far as the relay knows.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub transfer: Option<TransferId>,
    /// The request key of the party that brought it; null for the relay's own.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub by: Option<Fingerprint>,
    /// Its file, if it is the relay's own.
    pub statement: Option<String>,
    /// Its armoured signature, if it is the relay's own.
    pub signature: Option<String>,
    /// The age file, base64url, if a party brought it.
    pub sealed: Option<String>,
}

/// Statements about a transfer or in an engagement, in the order of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statements {
    /// The statements.
    pub statements: Vec<LoggedStatement>,
    /// Whether there are more behind the last.
    pub has_more: bool,
}
