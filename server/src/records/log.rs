//! The log as the records hold it: entries in the order they were stated, hashes of tiles, checkpoints.

use quitus_core::digest::Sha256;
use quitus_core::tlog::{Cosignature, Entry, KeyName, TileHash};

use super::{Pending, Spend};

/// A checkpoint as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Entries.
    pub size: u64,
    /// The root of their tree.
    pub root: Sha256,
    /// The note, signed by the log alone.
    pub note: String,
}

/// What a log gains: hashes of tiles, and the checkpoint over them.
#[derive(Debug, Clone)]
pub struct Growth {
    /// Entries of the last checkpoint before it.
    pub from: u64,
    /// Hashes of the tiles, as [`quitus_core::tlog::Edge::append`] gave them.
    pub hashes: Vec<TileHash>,
    /// The checkpoint.
    pub checkpoint: CheckpointRow,
}

/// Which checkpoints are asked for.
#[derive(Debug, Clone)]
pub struct CosignedOf {
    /// They cover the entry of this number, from 0.
    pub index: u64,
    /// Only those that this witness signed; otherwise those that anyone did.
    pub witness: Option<KeyName>,
    /// At most so many, smallest first.
    pub n_max: usize,
}

/// The relay's memory of its log; consistent, durable and concurrent as [`super::Records`] are.
///
/// Entries are staged in the transaction of what they state: they have their number from then on. A
/// checkpoint covers them later. What is recorded of entries, hashes and checkpoints never changes.
pub trait LogRecords: Send + Sync {
    /// The last checkpoint.
    fn checkpoint(&self) -> Pending<'_, Option<CheckpointRow>>;

    /// Entries from a number on, at most so many, also those that no checkpoint covers yet.
    fn entries(&self, from: u64, n_max: u64) -> Pending<'_, Vec<Entry>>;

    /// Hashes of a level of tiles from a number on, at most so many.
    fn hashes(&self, level: u8, from: u64, n_max: u64) -> Pending<'_, Vec<Sha256>>;

    /// Records what the log gained, all of it or nothing. [`super::RecordsError::Conflict`]: the last
    /// checkpoint is another than its `from`, or it covers more entries than there are.
    fn grow(&self, growth: Growth) -> Pending<'_, ()>;

    /// Records a cosignature of a checkpoint; the first one of a witness stays. The caller has verified
    /// it. [`super::RecordsError::Forbidden`]: the signer has nothing to do with this relay.
    /// [`super::RecordsError::Quota`]: it has signed as many as one may.
    fn cosign(
        &self,
        spend: Spend,
        checkpoint: CheckpointRow,
        cosignature: Cosignature,
    ) -> Pending<'_, ()>;

    /// The cosignatures of the checkpoint of a size, at most so many, oldest first.
    fn cosignatures(&self, size: u64, n_max: usize) -> Pending<'_, Vec<Cosignature>>;

    /// Cosigned checkpoints, with all their cosignatures as far as a note has room.
    fn cosigned(&self, of: CosignedOf) -> Pending<'_, Vec<(CheckpointRow, Vec<Cosignature>)>>;
}
