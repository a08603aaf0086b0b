//! Cosignatures: a witness says when it saw a checkpoint, and that it never saw one that contradicts it.
//!
//! ```text
//! cosignature/v1                                     what is signed: this line, the time,
//! time 1679315147                                    and the text of the checkpoint
//! relay.example/log
//! 1
//! bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=
//!
//! — quitus-party/0f3e… base64(key id ‖ u64(time) ‖ Ed25519 signature)
//! ```
//!
//! Promises: what is signed begins otherwise than an SSHSIG and than a checkpoint, so a key that signs
//! requests may sign cosignatures too. It does not check consistency: whoever signs has.
//!
//! Source: C2SP tlog-cosignature, Ed25519.

use core::fmt;
use core::str::FromStr;

use super::checkpoint::Checkpoint;
use super::note::{Algorithm, KeyName, NoteError, NoteSignature, VerifierKey};
use crate::digest::Sha256;
use crate::keys::{KeyError, PublicKey, SigningKey};
use crate::text;
use crate::time::Timestamp;

/// What every party is called as a witness, before the digest of its key.
const PARTY: &str = "quitus-party/";
/// Bytes of the digest of a party's key in its name.
const PARTY_BYTES: usize = 16;

/// Why a cosignature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// Not a time and an Ed25519 signature.
    #[error("the line of {name} is no cosignature")]
    Malformed {
        /// The witness.
        name: KeyName,
    },
    /// It names another witness, or the key is none of a witness.
    #[error("the cosignature is of {actual}, expected one of {expected}")]
    Witness {
        /// The witness it names.
        actual: KeyName,
        /// The witness of the key.
        expected: KeyName,
    },
    /// It is not one of this checkpoint by that key.
    #[error("the cosignature of {name} is not one of this checkpoint")]
    Invalid {
        /// The witness.
        name: KeyName,
    },
}

/// The name of a party as a witness: `quitus-party/` and the first 32 hex digits of the SHA-256 of its
/// public key blob.
pub fn witness_name(key: &PublicKey) -> KeyName {
    let digest = Sha256::of(&[&key.to_blob()]);
    let (start, _) = digest.as_bytes().split_at(PARTY_BYTES);
    let name = format!("{PARTY}{}", text::hex(start)).parse();
    name.expect("it has neither spaces nor a plus")
}

/// What a witness signed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    name: KeyName,
    id: [u8; 4],
    seconds: u64,
    signature: [u8; 64],
}

impl Cosignature {
    /// Signs a checkpoint as a witness at a moment, of which whole seconds count.
    ///
    /// Whoever calls this has made sure that every checkpoint of this log it signed before is the
    /// beginning of this one, and that it will remember this one.
    pub fn make(key: &SigningKey, name: KeyName, at: Timestamp, checkpoint: &Checkpoint) -> Self {
        let seconds = u64::try_from(at.seconds()).unwrap_or_default();
        let signature = key.sign_bytes(message(seconds, checkpoint).as_bytes());
        let witness = VerifierKey::new(name, Algorithm::Cosignature, &key.public())
            .expect("a signing key is Ed25519");
        Self {
            id: witness.id(),
            name: witness.name().clone(),
            seconds,
            signature,
        }
    }

    /// What verifies the cosignatures of a party.
    ///
    /// # Errors
    /// [`KeyError::Algorithm`]: a security key makes no cosignatures.
    pub fn verifier_of(key: &PublicKey) -> Result<VerifierKey, KeyError> {
        VerifierKey::new(witness_name(key), Algorithm::Cosignature, key)
    }

    /// The witness it names.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// When the witness says it signed.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_unix(i64::try_from(self.seconds).unwrap_or(i64::MAX), 0)
    }

    /// Verifies that a witness signed a checkpoint; tells when, by its clock.
    ///
    /// # Errors
    /// [`CosignatureError`].
    pub fn verify(
        &self,
        witness: &VerifierKey,
        checkpoint: &Checkpoint,
    ) -> Result<Timestamp, CosignatureError> {
        let is_of = self.name == *witness.name()
            && self.id == witness.id()
            && witness.algorithm() == Algorithm::Cosignature;
        let (actual, expected) = (self.name.clone(), witness.name().clone());
        if !is_of {
            return Err(CosignatureError::Witness { actual, expected });
        }
        let message = message(self.seconds, checkpoint);
        let is_time = u64::try_from(self.at().seconds()) == Ok(self.seconds);
        if is_time && witness.key().is_signed(message.as_bytes(), &self.signature) {
            Ok(self.at())
        } else {
            Err(CosignatureError::Invalid { name: actual })
        }
    }

    /// Reads a signature of a note; `None` if it has not the form.
    pub(super) fn of_signature(signature: &NoteSignature) -> Option<Self> {
        let (seconds, rest) = signature.bytes.split_first_chunk()?;
        let seconds = u64::from_be_bytes(*seconds);
        i64::try_from(seconds).ok()?;
        Some(Self {
            name: signature.name.clone(),
            id: signature.id,
            seconds,
            signature: rest.try_into().ok()?,
        })
    }

    pub(super) fn to_signature(&self) -> NoteSignature {
        NoteSignature {
            name: self.name.clone(),
            id: self.id,
            bytes: [&self.seconds.to_be_bytes()[..], &self.signature].concat(),
        }
    }
}

impl fmt::Display for Cosignature {
    /// Its line in a note, without line feed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_signature().fmt(formatter)
    }
}

impl FromStr for Cosignature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Self, NoteError> {
        let signature = NoteSignature::parse(line);
        let cosignature = signature.and_then(|signature| Self::of_signature(&signature));
        cosignature.ok_or(NoteError::Signature { line: 1 })
    }
}

fn message(seconds: u64, checkpoint: &Checkpoint) -> String {
    format!("cosignature/v1\ntime {seconds}\n{checkpoint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Secret;
    use crate::tlog::{LogKey, LogOrigin, SignedCheckpoint};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
    }

    fn signed(size: u64) -> (LogKey, SignedCheckpoint) {
        let origin = LogOrigin::of(&"https://relay.example".parse().unwrap());
        let log = LogKey::new(origin, key(7));
        let signed = log.sign(size, Sha256::of(&[b"root"]));
        (log, signed)
    }

    #[test]
    fn a_cosignature_counts_for_its_witness_checkpoint_and_time_only() {
        let (log, mut checkpoint) = signed(3);
        let at = Timestamp::from_unix(1_679_315_147, 5);
        let (party, name) = (key(9), witness_name(&key(9).public()));
        let made = Cosignature::make(&party, name, at, checkpoint.checkpoint());
        checkpoint.add(&made);
        checkpoint.add(&made);
        let read = SignedCheckpoint::verify(&checkpoint.to_string(), &log.verifier()).unwrap();
        assert_eq!(read, checkpoint);
        let found = read.cosignatures();
        assert_eq!(found.last(), Some(&made));
        assert_eq!(made.to_string().parse(), Ok(made.clone()));
        let witness = Cosignature::verifier_of(&party.public()).unwrap();
        let second = Timestamp::from_unix(1_679_315_147, 0);
        assert_eq!(read.cosigned_by(&witness), Ok(Some(second)));
        let other = Cosignature::verifier_of(&key(8).public()).unwrap();
        assert_eq!(read.cosigned_by(&other), Ok(None));
        let refused = made.verify(&other, read.checkpoint());
        assert!(matches!(refused, Err(CosignatureError::Witness { .. })));
        let (_, larger) = signed(4);
        for (cosignature, of) in [
            (made.clone(), larger.checkpoint()),
            (
                Cosignature {
                    seconds: 5,
                    ..made.clone()
                },
                read.checkpoint(),
            ),
        ] {
            let refused = cosignature.verify(&witness, of);
            assert!(matches!(refused, Err(CosignatureError::Invalid { .. })));
        }
        assert_eq!(checkpoint.alone(&log.verifier()), signed(3).1);
    }

    #[test]
    fn the_signed_bytes_are_those_of_the_specification() {
        let (_, checkpoint) = signed(3);
        let expected = format!("cosignature/v1\ntime 7\n{}", checkpoint.checkpoint());
        let at = Timestamp::from_unix(7, 0);
        let name: KeyName = "witness.example/w1".parse().unwrap();
        let made = Cosignature::make(&key(9), name.clone(), at, checkpoint.checkpoint());
        let public =
            ed25519_dalek::VerifyingKey::from_bytes(&key(9).public().to_ed25519().unwrap());
        let signature = ed25519_dalek::Signature::from_bytes(&made.signature);
        assert!(
            public
                .unwrap()
                .verify_strict(expected.as_bytes(), &signature)
                .is_ok()
        );
        let witness = VerifierKey::new(name, Algorithm::Cosignature, &key(9).public()).unwrap();
        let id = [
            b"witness.example/w1\n\x04",
            &key(9).public().to_ed25519().unwrap()[..],
        ];
        assert_eq!(witness.id(), Sha256::of(&id).as_bytes()[..4]);
    }

    #[test]
    fn a_log_does_not_sign_as_a_witness_nor_a_witness_as_a_log() {
        let (log, checkpoint) = signed(3);
        let name = log.origin().name().clone();
        let witness = VerifierKey::new(name.clone(), Algorithm::Cosignature, &key(7).public());
        let witness = witness.unwrap();
        assert_eq!(checkpoint.cosigned_by(&witness), Ok(None));
        assert!(SignedCheckpoint::verify(&checkpoint.to_string(), &witness).is_err());
    }
}
