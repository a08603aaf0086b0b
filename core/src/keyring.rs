//! Erasable slots: the secrets this device holds of one transfer, each erased in its time.
//!
//! ```text
//! 0    "quitus/slot/v1\0\0"       80   share           144  grant key
//! 16   id, then 16 zeros          112  upload token    176  file key
//! 48   link secret                                     192  terms recipient, zeros to 256
//! ```
//!
//! Promises: a slot has one length, so a secret is erased by overwriting its place; an erased or
//! absent secret is zeros. No secret is anywhere else on the device. It does not write: the
//! caller overwrites [`Slot::place`] with zeros and makes that durable.

use core::ops::Range;

use zeroize::Zeroizing;

use crate::keys::Secret;
use crate::split::{LinkSecret, Share};
use crate::transfer::TransferId;

/// Bytes of a slot.
pub const SLOT_BYTES: usize = 256;
const MAGIC: &[u8; 16] = b"quitus/slot/v1\0\0";

/// A secret of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The half of the key in the link; kept while the transfer may change.
    Link,
    /// The relay's half; the sender erases it once the relay has it all.
    Share,
    /// What uploads parts; the sender erases it once the relay has it all.
    UploadToken,
    /// What downloads; the recipient erases it once everything is received.
    GrantKey,
    /// The age file key; the sender erases it once the relay has it all, the recipient when it destroys
    /// what it keeps sealed. For a recipient that opens nothing sealed there is none.
    FileKey,
    /// The X25519 public key that new terms are sealed for, so that the sender needs no share to
    /// change them; it opens nothing, and is kept while the transfer may change.
    TermsRecipient,
}

impl Field {
    /// Every secret of a slot.
    pub const ALL: [Self; 6] = [
        Self::Link,
        Self::Share,
        Self::UploadToken,
        Self::GrantKey,
        Self::FileKey,
        Self::TermsRecipient,
    ];
}

/// The secrets of one transfer that this device still holds.
#[derive(Default)]
pub struct Slot {
    /// See [`Field::Link`].
    pub link: Option<LinkSecret>,
    /// See [`Field::Share`].
    pub share: Option<Share>,
    /// See [`Field::UploadToken`].
    pub upload_token: Option<Secret<32>>,
    /// See [`Field::GrantKey`].
    pub grant_key: Option<Secret<32>>,
    /// See [`Field::FileKey`].
    pub file_key: Option<Secret<16>>,
    /// See [`Field::TermsRecipient`].
    pub terms_recipient: Option<Secret<32>>,
}

/// The bytes are no slot of that transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a keyring slot of this transfer")]
pub struct NotASlot;

impl Slot {
    /// Where a secret lies in the slot's bytes.
    pub const fn place(field: Field) -> Range<usize> {
        match field {
            Field::Link => 48..80,
            Field::Share => 80..112,
            Field::UploadToken => 112..144,
            Field::GrantKey => 144..176,
            Field::FileKey => 176..192,
            Field::TermsRecipient => 192..224,
        }
    }

    /// The slot's bytes.
    pub fn to_bytes(&self, id: &TransferId) -> Zeroizing<[u8; SLOT_BYTES]> {
        let mut bytes = Zeroizing::new([0; SLOT_BYTES]);
        let mut put = |place: Range<usize>, value: &[u8]| {
            if let Some(place) = bytes.get_mut(place) {
                place.copy_from_slice(value);
            }
        };
        put(0..16, MAGIC);
        put(16..32, id.as_bytes());
        let wide = [
            (Field::Link, &self.link),
            (Field::Share, &self.share),
            (Field::UploadToken, &self.upload_token),
            (Field::GrantKey, &self.grant_key),
            (Field::TermsRecipient, &self.terms_recipient),
        ];
        for (field, secret) in wide {
            if let Some(secret) = secret {
                put(Self::place(field), secret.expose());
            }
        }
        if let Some(secret) = &self.file_key {
            put(Self::place(Field::FileKey), secret.expose());
        }
        bytes
    }

    /// The slot with what a reception needs. What the device sent it under stays, and the key of what it
    /// keeps sealed; the link of a sender is its own.
    #[must_use]
    pub fn for_reception(
        self,
        (link, grant_key): (Option<LinkSecret>, Secret<32>),
        (is_sent, keeps_sealed): (bool, bool),
    ) -> Self {
        Self {
            link: if is_sent { self.link } else { link },
            grant_key: Some(grant_key),
            file_key: self.file_key.filter(|_| keeps_sealed),
            ..self
        }
    }

    /// Reads a slot's bytes; a secret that is all zeros is absent.
    ///
    /// # Errors
    /// [`NotASlot`] for another transfer, and where something stands between the secrets: a later
    /// version may keep a secret there that this one would not know to erase.
    pub fn from_bytes(id: &TransferId, bytes: &[u8; SLOT_BYTES]) -> Result<Self, NotASlot> {
        let is_spare = |place: Range<usize>| {
            let spare = bytes.get(place).unwrap_or_default();
            spare.iter().all(|byte| *byte == 0)
        };
        let is_named = bytes.get(..16) == Some(MAGIC) && bytes.get(16..32) == Some(id.as_bytes());
        if !is_named || !is_spare(32..48) || !is_spare(224..SLOT_BYTES) {
            return Err(NotASlot);
        }
        Ok(Self {
            link: read(bytes, Field::Link),
            share: read(bytes, Field::Share),
            upload_token: read(bytes, Field::UploadToken),
            grant_key: read(bytes, Field::GrantKey),
            file_key: read(bytes, Field::FileKey),
            terms_recipient: read(bytes, Field::TermsRecipient),
        })
    }
}

fn read<const N: usize>(bytes: &[u8; SLOT_BYTES], field: Field) -> Option<Secret<N>> {
    let value: [u8; N] = bytes.get(Slot::place(field))?.try_into().ok()?;
    let secret = Secret::from_bytes(value);
    (secret.expose() != &[0; N]).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Slot {
        Slot {
            link: Some(Secret::from_bytes([1; 32])),
            share: Some(Secret::from_bytes([2; 32])),
            upload_token: Some(Secret::from_bytes([3; 32])),
            grant_key: Some(Secret::from_bytes([4; 32])),
            file_key: Some(Secret::from_bytes([5; 16])),
            terms_recipient: Some(Secret::from_bytes([6; 32])),
        }
    }

    #[test]
    fn a_reception_takes_nothing_from_what_was_sent_or_is_kept_sealed() {
        let id = TransferId::from_bytes([9; 16]);
        for (is_sent, wide) in [(true, [1, 2, 3, 8]), (false, [7, 2, 3, 8])] {
            for keeps_sealed in [false, true] {
                let given = (
                    Some(Secret::from_bytes([7; 32])),
                    Secret::from_bytes([8; 32]),
                );
                let slot = full().for_reception(given, (is_sent, keeps_sealed));
                let bytes = slot.to_bytes(&id);
                let first = |field| bytes[Slot::place(field).start];
                let [link, share, token, grant_key, ..] = Field::ALL.map(first);
                assert_eq!([link, share, token, grant_key], wide);
                assert_eq!(first(Field::FileKey), if keeps_sealed { 5 } else { 0 });
                assert_eq!(first(Field::TermsRecipient), 6);
            }
        }
    }

    #[test]
    fn overwriting_a_place_erases_that_secret_and_no_other() {
        let id = TransferId::from_bytes([9; 16]);
        let held = |slot: &Slot| {
            [
                slot.link.is_some(),
                slot.share.is_some(),
                slot.upload_token.is_some(),
                slot.grant_key.is_some(),
                slot.file_key.is_some(),
                slot.terms_recipient.is_some(),
            ]
        };
        for (index, field) in Field::ALL.into_iter().enumerate() {
            let mut bytes = full().to_bytes(&id);
            bytes[Slot::place(field)].fill(0);
            let slot = Slot::from_bytes(&id, &bytes).expect("a slot");
            for (other, is_held) in held(&slot).into_iter().enumerate() {
                assert_eq!(is_held, other != index, "{field:?}");
            }
            let value = u8::try_from(index + 1).expect("few fields");
            assert!(
                !bytes[32..].contains(&value),
                "{field:?} lies elsewhere too"
            );
        }
    }

    #[test]
    fn a_slot_of_another_transfer_is_none() {
        let bytes = full().to_bytes(&TransferId::from_bytes([9; 16]));
        assert!(Slot::from_bytes(&TransferId::from_bytes([8; 16]), &bytes).is_err());
        assert!(Slot::from_bytes(&TransferId::from_bytes([9; 16]), &[0; SLOT_BYTES]).is_err());
    }

    #[test]
    fn a_slot_with_a_secret_that_nobody_would_erase_is_none() {
        let id = TransferId::from_bytes([9; 16]);
        for place in [32, 47, 224, SLOT_BYTES - 1] {
            let mut bytes = full().to_bytes(&id);
            bytes[place] = 1;
            assert!(Slot::from_bytes(&id, &bytes).is_err(), "byte {place}");
        }
    }
}
