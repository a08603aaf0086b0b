//! Checkpoints: how many entries a log has and what their root is, signed by the log.
//!
//! ```text
//! relay.example/log                                  the log's origin, also its key's name
//! 1                                                  entries
//! bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=       root
//!
//! — relay.example/log 4fqKcZ…                        by the log
//! — quitus-party/0f3e… AAAAAGkq…                     by witnesses, `cosignature.rs`
//! ```
//!
//! Promises: a [`SignedCheckpoint`] was signed by the log whose key was expected, for that log's origin;
//! a signature of a known key that does not verify spoils the whole. It does not say that the log shows
//! everyone the same: witnesses do.
//!
//! Source: C2SP tlog-checkpoint, signed-note.

use core::fmt;
use core::str::FromStr;

use super::cosignature::{Cosignature, CosignatureError};
use super::note::{Algorithm, KeyName, Note, NoteError, NoteSignature, VerifierKey};
use crate::digest::Sha256;
use crate::keys::SigningKey;
use crate::origin::Origin;
use crate::text;
use crate::time::Timestamp;

/// Why a checkpoint does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no note, or not signed by the expected key.
    #[error("the checkpoint does not count")]
    Note(#[from] NoteError),
    /// Its text is not origin, size and root in their one spelling.
    #[error("the text of the checkpoint is not an origin, a size and a root")]
    Malformed,
    /// It is of another log than the key.
    #[error("the checkpoint is of the log {actual}, expected {expected}")]
    Origin {
        /// The log it names.
        actual: LogOrigin,
        /// The log of the key.
        expected: KeyName,
    },
    /// The key signs cosignatures, not notes.
    #[error("{name} is the key of a witness, not of a log")]
    Algorithm {
        /// The key's name.
        name: KeyName,
    },
}

/// What a log calls itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct LogOrigin(KeyName);

impl LogOrigin {
    /// The log of a relay: its host, its port where it is not the default, and `/log`.
    pub fn of(relay: &Origin) -> Self {
        let (_, host) = relay.as_str().split_once("://").unwrap_or_default();
        let name = format!("{host}/log").parse();
        Self(name.expect("a host has neither spaces nor a plus, and is shorter than a name may be"))
    }

    /// The name of the log's key.
    pub const fn name(&self) -> &KeyName {
        &self.0
    }
}

impl FromStr for LogOrigin {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for LogOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The state of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: LogOrigin,
    /// Entries.
    pub size: u64,
    /// The root of their tree.
    pub root: Sha256,
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = text::base64(self.root.as_bytes());
        writeln!(formatter, "{}\n{}\n{root}", self.origin, self.size)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let malformed = || CheckpointError::Malformed;
        let mut lines = text.strip_suffix('\n').ok_or_else(malformed)?.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(malformed());
        };
        let root = text::from_base64(root).map_err(|_| malformed())?;
        Ok(Self {
            origin: origin.parse()?,
            size: decimal(size).ok_or_else(malformed)?,
            root: Sha256::from_bytes(root),
        })
    }
}

/// A number in its shortest spelling.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let number = text.parse::<u64>().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The key that a log signs its checkpoints with.
pub struct LogKey {
    origin: LogOrigin,
    key: SigningKey,
}

impl LogKey {
    /// The key of a log.
    pub const fn new(origin: LogOrigin, key: SigningKey) -> Self {
        Self { origin, key }
    }

    /// The log.
    pub const fn origin(&self) -> &LogOrigin {
        &self.origin
    }

    /// What verifies its checkpoints.
    pub fn verifier(&self) -> VerifierKey {
        let name = self.origin.name().clone();
        VerifierKey::new(name, Algorithm::Ed25519, &self.key.public())
            .expect("a signing key is Ed25519")
    }

    /// Signs the state of this log. Whoever calls this has made sure that no other state was ever signed
    /// that is not the beginning of this one.
    pub fn sign(&self, size: u64, root: Sha256) -> SignedCheckpoint {
        let origin = self.origin.clone();
        let checkpoint = Checkpoint { origin, size, root };
        let text = checkpoint.to_string();
        let signature = NoteSignature {
            name: self.origin.name().clone(),
            id: self.verifier().id(),
            bytes: self.key.sign_bytes(text.as_bytes()).to_vec(),
        };
        let note = Note::new(text, vec![signature]);
        SignedCheckpoint { checkpoint, note }
    }
}

/// A checkpoint whose log signed it, and who else did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Reads a note and verifies that the log of a key signed it.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(note: &str, log: &VerifierKey) -> Result<Self, CheckpointError> {
        let note: Note = note.parse()?;
        if log.algorithm() != Algorithm::Ed25519 {
            let name = log.name().clone();
            return Err(CheckpointError::Algorithm { name });
        }
        let name = log.name().clone();
        let signature = note.of(&name, log.id());
        let Some(signature) = signature else {
            return Err(NoteError::Unsigned { name }.into());
        };
        if !log
            .key()
            .is_signed(note.text().as_bytes(), &signature.bytes)
        {
            return Err(NoteError::Invalid { name }.into());
        }
        let checkpoint: Checkpoint = note.text().parse()?;
        if *checkpoint.origin.name() != name {
            let (actual, expected) = (checkpoint.origin, name);
            return Err(CheckpointError::Origin { actual, expected });
        }
        Ok(Self { checkpoint, note })
    }

    /// The state.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note's signatures that have the form of a cosignature; whose they are is not verified.
    pub fn cosignatures(&self) -> Vec<Cosignature> {
        let signatures = self.note.signatures().iter();
        signatures.filter_map(Cosignature::of_signature).collect()
    }

    /// When a witness signed it too, by the witness's clock; none if it did not.
    ///
    /// # Errors
    /// [`CosignatureError`] if there is a line of that key, and it does not verify.
    pub fn cosigned_by(
        &self,
        witness: &VerifierKey,
    ) -> Result<Option<Timestamp>, CosignatureError> {
        let Some(signature) = self.note.of(witness.name(), witness.id()) else {
            return Ok(None);
        };
        let cosignature = Cosignature::of_signature(signature);
        let cosignature = cosignature.ok_or_else(|| CosignatureError::Malformed {
            name: witness.name().clone(),
        })?;
        cosignature.verify(witness, &self.checkpoint).map(Some)
    }

    /// Adds a cosignature, unless that witness has signed or there are as many as may be.
    pub fn add(&mut self, cosignature: &Cosignature) {
        self.note.add(cosignature.to_signature());
    }

    /// The same without anyone's signature but the log's.
    #[must_use]
    pub fn alone(&self, log: &VerifierKey) -> Self {
        let own = self.note.of(log.name(), log.id());
        let note = Note::new(
            self.note.text().to_owned(),
            own.cloned().into_iter().collect(),
        );
        let checkpoint = self.checkpoint.clone();
        Self { checkpoint, note }
    }
}

impl fmt::Display for SignedCheckpoint {
    /// The note.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Secret;

    pub(super) fn log(seed: u8) -> LogKey {
        let relay: Origin = "https://relay.example".parse().unwrap();
        let key = SigningKey::from_seed(&Secret::from_bytes([seed; 32]));
        LogKey::new(LogOrigin::of(&relay), key)
    }

    #[test]
    fn the_origin_is_that_of_the_relay() {
        for (relay, origin) in [
            ("https://relay.example", "relay.example/log"),
            ("https://relay.example:8443", "relay.example:8443/log"),
            ("http://127.0.0.1:7470", "127.0.0.1:7470/log"),
        ] {
            assert_eq!(LogOrigin::of(&relay.parse().unwrap()).to_string(), origin);
        }
        let longest = [&"a".repeat(63)[..]; 4].join(".");
        let relay = format!("https://{}:65535", &longest[2..]);
        assert!(LogOrigin::of(&relay.parse().unwrap()).name().as_str().len() > 250);
    }

    // Verified against the example of the specification, whose key is not published: its form only.
    #[test]
    fn the_example_of_the_specification_has_the_form() {
        let text =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let checkpoint: Checkpoint = text.parse().unwrap();
        assert_eq!(checkpoint.size, 20_852_163);
        assert_eq!(checkpoint.to_string(), text);
        for wrong in [
            text.replace("20852163", "020852163"),
            text.replace("20852163", "+20852163"),
            text.replace("20852163", ""),
            text.replace("2I=", "2J="),
            text.replace("2I=", "2I"),
            format!("{text}extension\n"),
            format!("{text}\n"),
            text.trim_end().to_owned(),
            text.replace("sofa", "so fa"),
        ] {
            assert!(wrong.parse::<Checkpoint>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_checkpoint_counts_for_its_log_and_key_only() {
        let signed = log(7).sign(3, Sha256::of(&[b"root"]));
        let note = signed.to_string();
        let read = SignedCheckpoint::verify(&note, &log(7).verifier());
        assert_eq!(read.as_ref(), Ok(&signed));
        let unsigned = SignedCheckpoint::verify(&note, &log(8).verifier());
        assert!(matches!(
            unsigned,
            Err(CheckpointError::Note(NoteError::Unsigned { .. }))
        ));
        let key = SigningKey::from_seed(&Secret::from_bytes([7; 32]));
        let name: KeyName = "other.example/log".parse().unwrap();
        let other = VerifierKey::new(name.clone(), Algorithm::Ed25519, &key.public()).unwrap();
        // The right key under the name of another log, on a note that names this one.
        let forged = NoteSignature {
            name,
            id: other.id(),
            bytes: key.sign_bytes(signed.note.text().as_bytes()).to_vec(),
        };
        let forged = Note::new(signed.note.text().to_owned(), vec![forged]).to_string();
        let refused = SignedCheckpoint::verify(&forged, &other);
        assert!(matches!(refused, Err(CheckpointError::Origin { .. })));
    }

    #[test]
    fn every_flipped_bit_of_a_checkpoint_is_found() {
        let note = log(7).sign(3, Sha256::of(&[b"root"])).to_string();
        let verifier = log(7).verifier();
        for position in 0..note.len() {
            for bit in 0..8 {
                let mut flipped = note.clone().into_bytes();
                flipped[position] ^= 1 << bit;
                let read = String::from_utf8(flipped)
                    .map(|flipped| SignedCheckpoint::verify(&flipped, &verifier));
                assert!(!matches!(read, Ok(Ok(_))), "bit {bit} of {position}");
            }
        }
    }
}
