//! The log: cosignatures that parties bring, and checkpoints that parties signed.

use serde::{Deserialize, Serialize};

/// Checkpoints in one answer.
pub const PAGE_CHECKPOINTS: usize = 20;

/// What a party saw of the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cosign {
    /// The note of a checkpoint, with the signature of the log and the cosignature of whoever asks.
    pub checkpoint: String,
}

/// Checkpoints that cover an entry and that parties signed, smallest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cosigned {
    /// Their notes.
    pub checkpoints: Vec<String>,
    /// Whether there are larger ones.
    pub has_more: bool,
}
