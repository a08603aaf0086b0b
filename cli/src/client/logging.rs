//! The relay's log: its checkpoint, its tiles, what parties cosigned.

use std::io::Read as _;

use quitus_core::keys::SigningKey;
use quitus_core::protocol::{Cosign, Cosigned, route};
use quitus_core::tlog::tile::{Tile, TileError};
use quitus_core::tlog::{KeyName, NOTE_BYTES_MAX};

use super::{Client, json, repeat};
use crate::failure::{Failure, Kind};
use crate::phrase;

/// Longest tile: 256 hashes, or 256 entries with their lengths.
const TILE_BYTES_MAX: u64 = 256 * 160;

impl From<TileError> for Failure {
    /// A relay showed a tile that is none.
    fn from(error: TileError) -> Self {
        Self::new(Kind::Integrity, phrase!("log-malformed")).because(error)
    }
}

impl Client<'_> {
    /// The note of the log's last checkpoint.
    pub fn checkpoint(&self) -> Result<String, Failure> {
        let mut answer = repeat(|| self.send("GET", route::CHECKPOINT, &[], &[]))?;
        let note = self.read(&mut answer, NOTE_BYTES_MAX as u64)?;
        String::from_utf8(note)
            .map_err(|error| Failure::new(Kind::Integrity, phrase!("log-malformed")).because(error))
    }

    /// A tile of the log.
    pub fn tile(&self, tile: &Tile) -> Result<Vec<u8>, Failure> {
        let path = route::tile(tile);
        let mut answer = repeat(|| self.send("GET", &path, &[], &[]))?;
        let mut bytes = Vec::new();
        let mut reader = answer.body_mut().as_reader().take(TILE_BYTES_MAX);
        let read = reader.read_to_end(&mut bytes);
        read.map_err(|error| self.unreachable(error))?;
        Ok(bytes)
    }

    /// Gives the relay a cosigned checkpoint.
    pub fn cosign(&self, key: &SigningKey, checkpoint: String) -> Result<(), Failure> {
        let body = json(&Cosign { checkpoint });
        repeat(|| self.signed("POST", route::COSIGNATURES, key, &body)).map(drop)
    }

    /// The smallest checkpoints that cover an entry and that a witness, or anyone, cosigned.
    pub fn cosigned(&self, index: u64, witness: Option<&KeyName>) -> Result<Vec<String>, Failure> {
        let path = route::cosigned(index, witness);
        let answer = repeat(|| self.send("GET", &path, &[], &[]))?;
        let Cosigned { checkpoints, .. } = self.parse(answer)?;
        Ok(checkpoints)
    }
}
