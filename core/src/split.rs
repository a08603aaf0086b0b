//! The key of a transfer in two halves, and everything derived from them.
//!
//! The sender draws the link secret `L`, which never reaches the relay, and the share `S`, which
//! the relay keeps and gives out with a grant only. `P` is the stretched password, or empty.
//!
//! | purpose   | HKDF-SHA-256 input | info                 | what it is                          |
//! |-----------|--------------------|----------------------|-------------------------------------|
//! | sealed    | `L ‖ S ‖ P`        | `quitus/v1/sealed`   | X25519 scalar: opens the parts      |
//! | manifest  | `L ‖ S ‖ P`        | `quitus/v1/manifest` | X25519 scalar: opens manifest, terms|
//! | claim     | `L`                | `quitus/v1/claim`    | credential shown to claim           |
//!
//! The salt is the transfer's id, the output 32 bytes. Promises: neither half opens anything, and
//! the relay cannot make the claim credential. Source: RFC 5869; the table above is the whole
//! derivation.

use hkdf::Hkdf;

use crate::digest::Sha256;
use crate::keys::Secret;
use crate::transfer::TransferId;

/// The half that travels in the link.
pub type LinkSecret = Secret<32>;
/// The half that the relay keeps.
pub type Share = Secret<32>;
/// What a claimer shows to the relay, which keeps its SHA-256 only.
pub type ClaimCredential = Secret<32>;
/// A derived X25519 scalar: the age identity that opens what was sealed for a purpose.
pub type OpeningKey = Secret<32>;

/// What a derived key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The sealed archive.
    Sealed,
    /// The sealed manifest and the sealed terms.
    Manifest,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Sealed => b"quitus/v1/sealed",
            Self::Manifest => b"quitus/v1/manifest",
        }
    }
}

/// Derives the key that opens what was sealed for `purpose`; needs both halves.
pub fn opening_key(
    id: &TransferId,
    link: &LinkSecret,
    share: &Share,
    purpose: Purpose,
) -> OpeningKey {
    derive(id, &[link.expose(), share.expose()], purpose.info())
}

/// Derives the credential that claims the transfer.
pub fn claim_credential(id: &TransferId, link: &LinkSecret) -> ClaimCredential {
    derive(id, &[link.expose()], b"quitus/v1/claim")
}

/// The sender's commitment to the share: SHA-256 of `"quitus/share/v1\0"`, id and share.
pub fn share_commitment(id: &TransferId, share: &Share) -> Sha256 {
    Sha256::of(&[b"quitus/share/v1\0", id.as_bytes(), share.expose()])
}

fn derive(id: &TransferId, halves: &[&[u8; 32]], info: &[u8]) -> Secret<32> {
    let mut joined = zeroize::Zeroizing::new(Vec::with_capacity(64));
    for half in halves {
        joined.extend_from_slice(*half);
    }
    let mut output = [0; 32];
    Hkdf::<sha2::Sha256>::new(Some(id.as_bytes()), &joined)
        .expand(info, &mut output)
        .expect("32 bytes are below the 8,160 HKDF can make");
    Secret::from_bytes(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    fn halves() -> (TransferId, LinkSecret, Share) {
        (
            TransferId::from_bytes([1; 16]),
            Secret::from_bytes([2; 32]),
            Secret::from_bytes([3; 32]),
        )
    }

    #[test]
    fn every_purpose_and_every_half_matters() {
        let (id, link, share) = halves();
        let key = |id: &TransferId, link: &LinkSecret, share: &Share, purpose| {
            hex(opening_key(id, link, share, purpose).expose())
        };
        let keys = [
            key(&id, &link, &share, Purpose::Sealed),
            key(&id, &link, &share, Purpose::Manifest),
            key(
                &TransferId::from_bytes([9; 16]),
                &link,
                &share,
                Purpose::Sealed,
            ),
            key(&id, &share, &link, Purpose::Sealed),
            hex(claim_credential(&id, &link).expose()),
            share_commitment(&id, &share).to_string(),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(
                keys.iter().skip(index + 1).all(|other| other != one),
                "{index}"
            );
        }
    }
}
