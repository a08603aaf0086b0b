//! That a statement was logged, in one file that is checked without asking anyone.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! index 1
//! bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=       the path, from the entry's neighbour up
//!
//! relay.example/log                                  the checkpoint as it stands, cosignatures included
//! 2
//! …
//! ```
//!
//! Promises: one spelling, without `extra`, which nobody signs; what verifies shows that the log had the
//! entry at that place. It does not say when: witnesses and time stamps do.
//!
//! Source: C2SP tlog-proof.

use core::fmt;
use core::str::FromStr;

use super::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, decimal};
use super::entry::Entry;
use super::inclusion;
use super::merkle::{MerkleError, PATH_MAX};
use super::note::{NOTE_BYTES_MAX, VerifierKey};
use crate::digest::Sha256;
use crate::text;

const TYPE: &str = "c2sp.org/tlog-proof@v1\n";
/// Longest file that is looked at: a checkpoint, a path, two lines.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + 4096;

/// Why a proof does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not a proof in its one spelling.
    #[error("not a proof of c2sp.org/tlog-proof@v1: {reason}")]
    Malformed {
        /// What is wrong.
        reason: &'static str,
    },
    /// Its checkpoint does not count.
    #[error("the checkpoint of the proof does not count")]
    Checkpoint(#[from] CheckpointError),
    /// The entry is not where the proof says.
    #[error("the proof is not one of this statement")]
    Merkle(#[from] MerkleError),
}

fn malformed(reason: &'static str) -> ProofError {
    ProofError::Malformed { reason }
}

/// A proof as its file says; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The entry's number in the log, from 0.
    pub index: u64,
    /// The path, from the entry's neighbour up.
    pub hashes: Vec<Sha256>,
    /// The checkpoint's note.
    pub checkpoint: String,
}

impl Proof {
    /// A proof that an entry is below a checkpoint.
    pub fn new(index: u64, hashes: Vec<Sha256>, checkpoint: &SignedCheckpoint) -> Self {
        Self {
            index,
            hashes,
            checkpoint: checkpoint.to_string(),
        }
    }

    /// Verifies that a log had an entry at the place and under the checkpoint that the proof names.
    ///
    /// # Errors
    /// [`ProofError::Checkpoint`], [`ProofError::Merkle`].
    pub fn verify(&self, entry: &Entry, log: &VerifierKey) -> Result<SignedCheckpoint, ProofError> {
        let signed = SignedCheckpoint::verify(&self.checkpoint, log)?;
        self.verify_under(entry, signed.checkpoint())?;
        Ok(signed)
    }

    /// Verifies the path alone, under a checkpoint that was verified before.
    ///
    /// # Errors
    /// [`MerkleError`].
    pub fn verify_under(&self, entry: &Entry, checkpoint: &Checkpoint) -> Result<(), MerkleError> {
        let tree = (checkpoint.size, checkpoint.root);
        inclusion::verify((self.index, entry.leaf_hash()), tree, &self.hashes)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{TYPE}index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(formatter, "{}", text::base64(hash.as_bytes()))?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}

impl FromStr for Proof {
    type Err = ProofError;

    fn from_str(file: &str) -> Result<Self, ProofError> {
        if file.len() > PROOF_BYTES_MAX {
            return Err(malformed("it is too long"));
        }
        let body = file
            .strip_prefix(TYPE)
            .ok_or(malformed("another first line"))?;
        let body = body.strip_prefix("index ").ok_or(malformed("no index"))?;
        // Without a path the empty line follows the index at once.
        let (head, checkpoint) = body
            .split_once("\n\n")
            .ok_or(malformed("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        let index = lines.next().and_then(decimal);
        let hash = |line| text::from_base64(line).map(Sha256::from_bytes);
        let hashes: Result<Vec<Sha256>, _> = lines.map(hash).collect();
        let hashes = hashes.map_err(|_| malformed("a line of the path is no hash"))?;
        if hashes.len() > PATH_MAX {
            return Err(malformed("the path is longer than any"));
        }
        Ok(Self {
            index: index.ok_or(malformed("the index is no number"))?,
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Secret, SigningKey};
    use crate::tlog::merkle::tests::{reader, root_of};
    use crate::tlog::{LogKey, LogOrigin};

    fn log() -> LogKey {
        let origin = LogOrigin::of(&"https://relay.example".parse().unwrap());
        LogKey::new(origin, SigningKey::from_seed(&Secret::from_bytes([7; 32])))
    }

    fn entry(n: u8) -> Entry {
        Entry {
            statement: Sha256::of(&[&[n]]),
            signature: Sha256::of(&[&[n, n]]),
        }
    }

    fn proof(index: u8, size: u8) -> Proof {
        let leaves: Vec<Sha256> = (0..size).map(|n| entry(n).leaf_hash()).collect();
        let checkpoint = log().sign(size.into(), root_of(&leaves));
        let Ok(path) = inclusion::prove(index.into(), size.into(), &mut reader(&leaves));
        Proof::new(index.into(), path, &checkpoint)
    }

    #[test]
    fn a_proof_counts_for_its_statement_place_and_log_only() {
        for (index, size) in [(0, 1), (1, 2), (4, 5), (6, 9)] {
            let file = proof(index, size).to_string();
            let read: Proof = file.parse().unwrap();
            assert_eq!((read.to_string(), &read), (file, &proof(index, size)));
            let verified = read.verify(&entry(index), &log().verifier()).unwrap();
            assert_eq!(verified.checkpoint().size, u64::from(size));
            assert!(read.verify(&entry(99), &log().verifier()).is_err());
            let elsewhere = Proof {
                index: read.index + 1,
                ..read
            };
            let refused = elsewhere.verify(&entry(index), &log().verifier());
            assert!(matches!(refused, Err(ProofError::Merkle(_))));
        }
    }

    #[test]
    fn every_flipped_bit_of_a_proof_is_found() {
        let file = proof(4, 5).to_string();
        for position in 0..file.len() {
            for bit in 0..8 {
                let mut flipped = file.clone().into_bytes();
                flipped[position] ^= 1 << bit;
                let verified = String::from_utf8(flipped)
                    .ok()
                    .and_then(|flipped| flipped.parse::<Proof>().ok())
                    .map(|proof| proof.verify(&entry(4), &log().verifier()));
                assert!(!matches!(verified, Some(Ok(_))), "bit {bit} of {position}");
            }
        }
    }

    #[test]
    fn second_spellings_are_refused() {
        let file = proof(4, 5).to_string();
        for wrong in [
            file.replace("index 4", "index 04"),
            file.replace("index 4", "index  4"),
            file.replace("@v1", "@v2"),
            file.replace("index 4", "extra AA==\nindex 4"),
            file.replace('\n', "\r\n"),
            file.replacen("=\n", "\n", 1),
            file.replacen("=\n\n", "=\n", 1),
        ] {
            let read = wrong.parse::<Proof>();
            let verified = read.map(|proof| proof.verify(&entry(4), &log().verifier()));
            assert!(!matches!(verified, Ok(Ok(_))), "{wrong}");
        }
        let long = format!(
            "{TYPE}index 0\n{}\n",
            "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n".repeat(65)
        );
        assert!(long.parse::<Proof>().is_err());
    }
}
