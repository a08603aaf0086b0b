//! OpenSSH Ed25519 keys as recipients and identities, as age has them.
//!
//! ```text
//! -> ssh-ed25519 Rn9LTA Ow8V5bD+…        first 4 bytes of the key's SHA-256, ephemeral X25519 key
//! u+vfI0l+…                              the file key, wrapped
//! ```
//!
//! Promises: stock `age` and `rage` open what is sealed here, and the reverse. A shared secret of
//! zeros, which only a key made to cheat gives, is refused. The age crate has this too, but with it
//! an RSA implementation whose timing leaks (`docs/decisions/0014-ssh-recipients.md`).
//!
//! Does not: read RSA or ECDSA keys, or keys in a security key, which cannot open anything.
//!
//! Source: the age reference implementation, `agessh`; RFC 7748; RFC 8032 section 5.1.5.

use std::collections::HashSet;

use age::{DecryptError, EncryptError};
use age_core::format::{FileKey, Stanza};
use age_core::primitives::{aead_decrypt, aead_encrypt, hkdf};
use age_core::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::Zeroizing;

use super::payload::FILE_KEY_BYTES;
use crate::digest::Sha256;
use crate::keys::{KeyError, PublicKey, Secret, SigningKey};

const STANZA: &str = "ssh-ed25519";
const LABEL: &[u8] = b"age-encryption.org/v1/ssh-ed25519";
/// Bytes of a key's digest that tell whose stanza it is.
const HINT_BYTES: usize = 4;
/// The same in base64.
const HINT_CHARACTERS: usize = 6;

/// An Ed25519 public key that can be sealed for.
pub(super) struct SshRecipient {
    blob: Vec<u8>,
    point: [u8; 32],
}

impl SshRecipient {
    /// # Errors
    ///
    /// If the key is in a security key, or its point is of small order.
    pub(super) fn new(key: &PublicKey) -> Result<Self, KeyError> {
        Ok(Self {
            blob: key.to_blob(),
            point: key.to_x25519()?,
        })
    }

    fn hint(&self) -> String {
        let digest = Sha256::of(&[&self.blob]);
        STANDARD_NO_PAD.encode(digest.as_bytes().get(..HINT_BYTES).unwrap_or_default())
    }

    /// The key that wraps the file key: of the ephemeral key and what both sides can compute, mixed
    /// with the SSH key, so that it is never the plain X25519 secret of it.
    fn wrapping_key(&self, ephemeral: &[u8; 32], shared: [u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let shared = Zeroizing::new(shared);
        let tweak = hkdf(&self.blob, LABEL, &[]);
        let mixed = Zeroizing::new(x25519(tweak, *shared));
        let salt = [&ephemeral[..], &self.point].concat();
        let is_contributory = *shared != [0; 32] && *mixed != [0; 32];
        is_contributory.then(|| Zeroizing::new(hkdf(&salt, LABEL, &*mixed)))
    }
}

impl age::Recipient for SshRecipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let no_randomness = |error| EncryptError::Io(std::io::Error::other(error));
        let secret = Secret::<32>::draw().map_err(no_randomness)?;
        let ephemeral = x25519(*secret.expose(), X25519_BASEPOINT_BYTES);
        let shared = x25519(*secret.expose(), self.point);
        let key = self.wrapping_key(&ephemeral, shared);
        let key = key.ok_or_else(|| EncryptError::Io(std::io::ErrorKind::InvalidData.into()))?;
        let stanza = Stanza {
            tag: STANZA.to_owned(),
            args: vec![self.hint(), STANDARD_NO_PAD.encode(ephemeral)],
            body: aead_encrypt(&key, file_key.expose_secret()),
        };
        Ok((vec![stanza], HashSet::new()))
    }
}

/// An Ed25519 private key that opens what was sealed for its public half.
pub(super) struct SshIdentity {
    scalar: Secret<32>,
    recipient: SshRecipient,
}

impl SshIdentity {
    /// # Errors
    ///
    /// As [`SshRecipient::new`]; never for a key that was made by a program.
    pub(super) fn new(key: &SigningKey) -> Result<Self, KeyError> {
        Ok(Self {
            scalar: key.to_x25519(),
            recipient: SshRecipient::new(&key.public())?,
        })
    }
}

impl age::Identity for SshIdentity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != STANZA {
            return None;
        }
        let [hint, ephemeral] = stanza.args.as_slice() else {
            return Some(Err(DecryptError::InvalidHeader));
        };
        let mut point = [0; 32];
        let length = STANDARD_NO_PAD.decode_slice(ephemeral, &mut point);
        let is_whole = length == Ok(point.len()) && hint.len() == HINT_CHARACTERS;
        if !is_whole || stanza.body.len() != FILE_KEY_BYTES + 16 {
            return Some(Err(DecryptError::InvalidHeader));
        }
        if *hint != self.recipient.hint() {
            return None;
        }
        let shared = x25519(*self.scalar.expose(), point);
        let Some(key) = self.recipient.wrapping_key(&point, shared) else {
            return Some(Err(DecryptError::InvalidHeader));
        };
        // Four bytes may be those of another key: that is no failure.
        let plain = aead_decrypt(&key, FILE_KEY_BYTES, &stanza.body).ok()?;
        let plain = Zeroizing::new(plain);
        Some(FileKey::try_init_with_mut(|file_key| {
            if plain.len() == file_key.len() {
                file_key.copy_from_slice(&plain);
                Ok(())
            } else {
                Err(DecryptError::InvalidHeader)
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::{Identity, OpenError, Recipient, new_header, open_header};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
    }

    fn header_for(seed: u8) -> (Vec<u8>, Vec<u8>) {
        let recipient: Recipient = key(seed).public().to_string().parse().unwrap();
        let (bytes, keys) = new_header(&[recipient]).unwrap();
        (bytes, keys.file_key.expose().to_vec())
    }

    fn open(bytes: &[u8], seed: u8) -> Result<Vec<u8>, OpenError> {
        let identity = Identity::from_ssh(&key(seed)).unwrap();
        open_header(&mut &*bytes, &[identity]).map(|keys| keys.file_key.expose().to_vec())
    }

    #[test]
    fn the_private_key_opens_what_is_sealed_for_the_public_and_no_other_does() {
        let (bytes, file_key) = header_for(7);
        assert_eq!(open(&bytes, 7).unwrap(), file_key);
        assert!(matches!(open(&bytes, 8), Err(OpenError::NoMatch { .. })));
    }

    #[test]
    fn every_flipped_bit_of_a_stanza_is_noticed() {
        let (bytes, _) = header_for(7);
        for at in 0..bytes.len() - crate::parts::NONCE_BYTES {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(open(&changed, 7).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn an_ephemeral_key_that_gives_no_secret_is_refused() {
        let identity = SshIdentity::new(&key(7)).unwrap();
        let recipient = SshRecipient::new(&key(7).public()).unwrap();
        for ephemeral in [[0; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            let stanza = Stanza {
                tag: STANZA.to_owned(),
                args: vec![recipient.hint(), STANDARD_NO_PAD.encode(ephemeral)],
                body: vec![0; FILE_KEY_BYTES + 16],
            };
            let refused = age::Identity::unwrap_stanza(&identity, &stanza);
            assert!(matches!(refused, Some(Err(DecryptError::InvalidHeader))));
        }
    }

    #[test]
    fn keys_that_nothing_can_be_sealed_for_are_refused() {
        // The identity point: every shared secret with it would be zeros.
        let line =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(
            line.parse::<PublicKey>().is_ok(),
            "it has the shape of a key"
        );
        assert!(line.parse::<Recipient>().is_err());
    }
}
