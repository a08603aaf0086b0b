//! The log as others see it: checkpoint, tiles, and what parties signed of it.
//!
//! Promises: nothing is shown that is not below the checkpoint that is shown; a cosignature is recorded
//! only if it verifies and is of the key that asks; a checkpoint that contradicts the records ends every
//! change. It does not check what parties compared.

use quitus_core::protocol::{Cosign, Cosigned, PAGE_CHECKPOINTS};
use quitus_core::tlog::tile::{Tile, TileKind};
use quitus_core::tlog::{Cosignature, KeyName, SIGNATURES_MAX, SignedCheckpoint, VerifierKey};

use super::{Refused, Relay, Signed};
use crate::records::{CheckpointRow, CosignedOf};
use crate::sequencer::Forked;

impl Relay {
    /// What verifies the log's checkpoints.
    pub fn log_key(&self) -> &VerifierKey {
        self.sequencer.verifier()
    }

    /// Whether nothing may change any more, since what was shown of the log contradicts the records.
    pub fn is_read_only(&self) -> bool {
        self.sequencer.is_forked()
    }

    /// States whatever happened, and gives it its place in the log.
    pub async fn sequence(&self) -> Result<(), Refused> {
        if !self.is_read_only() {
            self.clerk.state_owed().await?;
        }
        Ok(self.sequencer.sequence().await?)
    }

    /// Ready once something was stated since the last time.
    pub async fn is_stated(&self) {
        self.stated.notified().await;
    }

    /// The last checkpoint, with whatever cosignatures there are of it.
    pub async fn checkpoint(&self) -> Result<SignedCheckpoint, Refused> {
        let shown = self.sequencer.shown();
        let size = shown.checkpoint().size;
        let by = self.records.cosignatures(size, SIGNATURES_MAX - 1).await?;
        let mut signed = SignedCheckpoint::clone(&shown);
        for one in &by {
            signed.add(one);
        }
        Ok(signed)
    }

    /// The bytes of a tile of the tree that is shown; `None` if it has none of that width.
    pub async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>, Refused> {
        let size = self.sequencer.shown().checkpoint().size;
        let there = Tile::within(size, tile.kind(), tile.index());
        if there.is_none_or(|there| there.width() < tile.width()) {
            return Ok(None);
        }
        let (first, width) = (tile.first(), tile.width());
        let bytes = match tile.kind() {
            TileKind::Hashes { level } => {
                Tile::of_hashes(&self.records.hashes(level, first, width).await?)
            }
            TileKind::Entries => Tile::of_entries(&self.records.entries(first, width).await?),
        };
        Ok(Some(bytes))
    }

    /// Records that the key that signed saw a checkpoint.
    pub async fn cosign(&self, signed: Signed, request: &Cosign) -> Result<(), Refused> {
        let read = self.read_cosigned(&signed, &request.checkpoint).await;
        let (checkpoint, cosignature) = self.spent_anyway(&signed, read).await?;
        let row = CheckpointRow {
            size: checkpoint.checkpoint().size,
            root: checkpoint.checkpoint().root,
            note: checkpoint.alone(self.log_key()).to_string(),
        };
        let cosigning = self.records.cosign(signed.spend, row, cosignature);
        Ok(cosigning.await?)
    }

    async fn read_cosigned(
        &self,
        signed: &Signed,
        note: &str,
    ) -> Result<(SignedCheckpoint, Cosignature), Refused> {
        let field = "checkpoint";
        let checkpoint =
            SignedCheckpoint::verify(note, self.log_key()).map_err(|_| Refused::Field { field })?;
        // Whoever brings it: it speaks for itself.
        if self.sequencer.judge(&checkpoint).await? == Err(Forked) {
            return Err(Refused::ReadOnly);
        }
        let witness =
            Cosignature::verifier_of(&signed.key).map_err(|_| Refused::Field { field })?;
        let mut by = checkpoint.cosignatures().into_iter();
        let own = by.find(|one| one.verify(&witness, checkpoint.checkpoint()).is_ok());
        let own = own.ok_or(Refused::Field { field })?;
        Ok((checkpoint, own))
    }

    /// Checkpoints that cover an entry and that a witness, or anyone, signed.
    pub async fn cosigned(
        &self,
        index: u64,
        witness: Option<KeyName>,
    ) -> Result<Cosigned, Refused> {
        let of = CosignedOf {
            index,
            witness,
            n_max: PAGE_CHECKPOINTS + 1,
        };
        let mut found = self.records.cosigned(of).await?;
        let has_more = found.len() > PAGE_CHECKPOINTS;
        found.truncate(PAGE_CHECKPOINTS);
        let mut checkpoints = Vec::new();
        for (row, by) in found {
            let reason = "a recorded checkpoint is not one of the log";
            let mut signed = SignedCheckpoint::verify(&row.note, self.log_key())
                .map_err(|_| Refused::Broken { reason })?;
            for one in &by {
                signed.add(one);
            }
            checkpoints.push(signed.to_string());
        }
        Ok(Cosigned {
            checkpoints,
            has_more,
        })
    }
}
