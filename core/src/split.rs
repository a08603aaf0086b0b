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
//! | verifier  | `L ‖ P`            | `quitus/v1/verifier` | shows that the password is known    |
//! | salt      | `L`                | `quitus/v1/password-salt` | salts the password             |
//!
//! The salt is the transfer's id, the output 32 bytes. With a password, `P = scrypt(NFC(password),
//! salt, N = 2^16, r = 8, p = 1)`, 32 bytes. Promises: neither half opens anything; the relay can make
//! no credential, and guess no password without the link; nobody can guess one without the share or
//! the relay. Sources: RFC 5869, RFC 7914; the table above is the whole derivation.

use hkdf::Hkdf;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

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

/// A stretched password.
pub type PasswordKey = Secret<32>;

/// The two halves of a transfer's key, and the stretched password where there is one.
pub struct Halves<'a> {
    /// `L`.
    pub link: &'a LinkSecret,
    /// `S`.
    pub share: &'a Share,
    /// `P`.
    pub password: Option<&'a PasswordKey>,
}

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
pub fn opening_key(id: &TransferId, halves: &Halves<'_>, purpose: Purpose) -> OpeningKey {
    let Halves {
        link,
        share,
        password,
    } = halves;
    derive(id, &[Some(link), Some(share), *password], purpose.info())
}

/// Derives the credential that claims the transfer.
pub fn claim_credential(id: &TransferId, link: &LinkSecret) -> ClaimCredential {
    derive(id, &[Some(link)], b"quitus/v1/claim")
}

/// Derives what shows to the relay that the password is known.
pub fn password_verifier(id: &TransferId, link: &LinkSecret, password: &PasswordKey) -> Secret<32> {
    derive(id, &[Some(link), Some(password)], b"quitus/v1/verifier")
}

/// Stretches a password: about 0.2 s and 64 MiB, so that guessing it costs as much each time.
pub fn stretch_password(id: &TransferId, link: &LinkSecret, password: &str) -> PasswordKey {
    const LOG_N: u8 = 16;
    let salt = derive(id, &[Some(link)], b"quitus/v1/password-salt");
    let password = Zeroizing::new(password.nfc().collect::<String>());
    let params = scrypt::Params::new(LOG_N, 8, 1, 32).expect("these parameters are within bounds");
    let mut output = [0; 32];
    scrypt::scrypt(password.as_bytes(), salt.expose(), &params, &mut output)
        .expect("32 bytes are a length scrypt makes");
    Secret::from_bytes(output)
}

/// The sender's commitment to the share: SHA-256 of `"quitus/share/v1\0"`, id and share.
pub fn share_commitment(id: &TransferId, share: &Share) -> Sha256 {
    Sha256::of(&[b"quitus/share/v1\0", id.as_bytes(), share.expose()])
}

fn derive(id: &TransferId, halves: &[Option<&Secret<32>>], info: &[u8]) -> Secret<32> {
    let mut joined = Zeroizing::new(Vec::with_capacity(96));
    for half in halves.iter().flatten() {
        joined.extend_from_slice(half.expose());
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
        let password = Secret::from_bytes([4; 32]);
        let key = |id: &TransferId, link, share, password, purpose| {
            hex(opening_key(
                id,
                &Halves {
                    link,
                    share,
                    password,
                },
                purpose,
            )
            .expose())
        };
        let keys = [
            key(&id, &link, &share, None, Purpose::Sealed),
            key(&id, &link, &share, None, Purpose::Manifest),
            key(&id, &link, &share, Some(&password), Purpose::Sealed),
            key(
                &TransferId::from_bytes([9; 16]),
                &link,
                &share,
                None,
                Purpose::Sealed,
            ),
            key(&id, &share, &link, None, Purpose::Sealed),
            hex(claim_credential(&id, &link).expose()),
            hex(password_verifier(&id, &link, &password).expose()),
            share_commitment(&id, &share).to_string(),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(
                keys.iter().skip(index + 1).all(|other| other != one),
                "{index}"
            );
        }
    }

    #[test]
    fn a_password_is_one_in_both_normal_forms_and_salted_by_the_link() {
        let (id, link, other) = halves();
        let stretched = |link, password| hex(stretch_password(&id, link, password).expose());
        assert_eq!(
            stretched(&link, "caf\u{e9}"),
            stretched(&link, "cafe\u{301}")
        );
        assert_ne!(stretched(&link, "cafe"), stretched(&other, "cafe"));
    }
}
