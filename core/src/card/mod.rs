//! Contact cards: which keys are a person's, signed by that person.
//!
//! ```text
//! -----BEGIN SSH SIGNATURE-----
//! …
//! -----END SSH SIGNATURE-----
//! {"type":"quitus/card/v1","name":"Alice Martin","recipients":["age1…"],
//!  "requestKey":"ssh-ed25519 AAAA…","madeAt":"2026-11-22T03:37:18Z"}
//! ```
//!
//! Promises: a card that was read names at least one recipient that can be sealed for, and a request
//! key that is not the signing key; its fingerprint is the one of the signing key; its [`CardWords`]
//! change with any of its keys. Does not: say that the name is true. Whoever compares the words with
//! the person knows it.
//!
//! Spec: `docs/protocol.md`, "Contact cards".

mod words;

use serde::{Deserialize, Serialize};

pub use words::{CardWords, WORDS_COUNT};

use crate::cipher::{self, Recipient};
use crate::document::{self, DocumentError};
use crate::keys::{Fingerprint, KeyError, Namespace, PublicKey, SignError, Signer};
use crate::text;
use crate::time::Timestamp;

const TYPE: &str = "quitus/card/v1";

/// Bytes of the longest card: sixteen of the longest recipients there are, and a name.
pub const CARD_BYTES_MAX: usize = 48 * 1024;
/// Bytes of the longest name of a person.
pub const NAME_BYTES_MAX: usize = 128;
/// Most recipients of a card: a person has some devices, not a fleet.
pub const RECIPIENTS_MAX: usize = 16;

/// A card whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    content: Content,
    signing_key: PublicKey,
    signed: Vec<u8>,
}

/// What a person says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Content {
    r#type: String,
    name: String,
    recipients: Vec<String>,
    request_key: PublicKey,
    made_at: Timestamp,
}

/// Why a card does not count.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// Longer than [`CARD_BYTES_MAX`].
    #[error("the card has {actual} bytes, at most {CARD_BYTES_MAX} are accepted")]
    TooLong {
        /// Bytes found.
        actual: usize,
    },
    /// It is not a signed card.
    #[error("the card does not verify")]
    Document(#[source] DocumentError),
    /// No name, one too long, or one with control characters or white space around it.
    #[error(
        "the name of {actual} bytes is not 1 to {NAME_BYTES_MAX} of text without control characters"
    )]
    Name {
        /// Bytes of the name.
        actual: usize,
    },
    /// No recipient, or too many.
    #[error("the card names {actual} recipients, expected 1 to {RECIPIENTS_MAX}")]
    Count {
        /// Recipients named.
        actual: usize,
    },
    /// Something that cannot be sealed for.
    #[error("recipient {index} of the card cannot be sealed for")]
    Recipient {
        /// Its place, counted from 0.
        index: usize,
        /// Why not.
        #[source]
        error: cipher::KeyError,
    },
    /// One recipient twice.
    #[error("recipient {index} of the card stands there twice")]
    Repeated {
        /// The second place, counted from 0.
        index: usize,
    },
    /// The request key is no key that can sign requests.
    #[error("the request key of the card cannot sign requests")]
    RequestKey(#[source] KeyError),
    /// The request key is the signing key, which must do nothing else.
    #[error("the request key of the card is its signing key")]
    SameKey,
    /// It could not be signed.
    #[error("the card was not signed")]
    Sign(#[source] SignError),
}

impl Card {
    /// Makes and signs a card.
    ///
    /// # Errors
    ///
    /// If [`Card::verify`] would refuse it, or the signer does not sign.
    pub fn sign(
        name: &str,
        recipients: Vec<String>,
        (request_key, made_at): (PublicKey, Timestamp),
        key: &dyn Signer,
    ) -> Result<Self, CardError> {
        let content = Content {
            r#type: TYPE.to_owned(),
            name: name.to_owned(),
            recipients,
            request_key,
            made_at,
        };
        content.check(&key.public())?;
        let json = document::to_json(&content);
        let signed = document::sign(key, Namespace::Card, &json).map_err(CardError::Sign)?;
        Self::verify(&signed)
    }

    /// Verifies and reads a card, and checks everything that follows from itself.
    ///
    /// # Errors
    ///
    /// If it is no card, was changed, or names keys that cannot be used. It says nothing about who
    /// the person is.
    pub fn verify(signed: &[u8]) -> Result<Self, CardError> {
        if signed.len() > CARD_BYTES_MAX {
            let actual = signed.len();
            return Err(CardError::TooLong { actual });
        }
        let (signing_key, json) =
            document::verify(Namespace::Card, signed).map_err(CardError::Document)?;
        let content: Content = document::from_json(TYPE, json).map_err(CardError::Document)?;
        content.check(&signing_key)?;
        Ok(Self {
            content,
            signing_key,
            signed: signed.to_vec(),
        })
    }

    /// The card as it was signed: what is kept, sent and pinned. It is ASCII but for the name.
    pub fn as_bytes(&self) -> &[u8] {
        &self.signed
    }

    /// What the person calls itself; foreign text.
    pub fn name(&self) -> &str {
        &self.content.name
    }

    /// Whom to seal for, as text; each parses as a [`Recipient`].
    pub fn recipients(&self) -> &[String] {
        &self.content.recipients
    }

    /// The key that signs manifests, terms, cards and statements.
    pub fn signing_key(&self) -> &PublicKey {
        &self.signing_key
    }

    /// The key that signs requests: the person's account at every relay.
    pub fn request_key(&self) -> &PublicKey {
        &self.content.request_key
    }

    /// When it was signed, by the person's own clock.
    pub fn made_at(&self) -> Timestamp {
        self.content.made_at
    }

    /// The fingerprint of the signing key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.signing_key.fingerprint()
    }

    /// The words to compare aloud.
    pub fn words(&self) -> CardWords {
        CardWords::of(&self.signing_key, self.request_key(), self.recipients())
    }
}

impl Content {
    fn check(&self, signing_key: &PublicKey) -> Result<(), CardError> {
        check_name(&self.name)?;
        let actual = self.recipients.len();
        if actual == 0 || actual > RECIPIENTS_MAX {
            return Err(CardError::Count { actual });
        }
        for (index, text) in self.recipients.iter().enumerate() {
            check_recipient(text).map_err(|error| CardError::Recipient { index, error })?;
            if self.recipients.iter().take(index).any(|one| one == text) {
                return Err(CardError::Repeated { index });
            }
        }
        self.request_key
            .check_software()
            .map_err(CardError::RequestKey)?;
        if self.request_key == *signing_key {
            return Err(CardError::SameKey);
        }
        Ok(())
    }
}

/// A recipient of a card is in its one spelling; and since no other person's card starts a program
/// here, it is none of a plugin.
fn check_recipient(text: &str) -> Result<(), cipher::KeyError> {
    let recipient: Recipient = text.parse()?;
    let is_spelt = !text.starts_with("ssh-") || PublicKey::try_from(text.to_owned()).is_ok();
    if recipient.needs_plugin() || !is_spelt {
        Err(cipher::KeyError::Malformed)
    } else {
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), CardError> {
    let actual = name.len();
    let is_sized = (1..=NAME_BYTES_MAX).contains(&actual);
    if is_sized && text::is_plain(name) && name.trim() == name {
        Ok(())
    } else {
        Err(CardError::Name { actual })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::SecretKey;
    use crate::keys::{Secret, SigningKey};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
    }

    fn recipient(seed: u8) -> String {
        SecretKey::from_scalar(&[seed; 32]).recipient_text()
    }

    fn card_of(
        (signing, request): (u8, u8),
        name: &str,
        recipients: Vec<String>,
    ) -> Result<Card, CardError> {
        let made_at = Timestamp::from_unix(1_700_000_000, 0);
        let request = (key(request).public(), made_at);
        Card::sign(name, recipients, request, &key(signing))
    }

    fn card() -> Card {
        card_of((7, 8), "Alice Martin", vec![recipient(1), recipient(2)]).unwrap()
    }

    #[test]
    fn a_card_comes_back_as_it_was_signed() {
        let card = card();
        let read = Card::verify(card.as_bytes()).unwrap();
        assert_eq!(read, card);
        assert_eq!(read.name(), "Alice Martin");
        assert_eq!(read.recipients(), [recipient(1), recipient(2)]);
        assert!(*read.signing_key() == key(7).public() && *read.request_key() == key(8).public());
        assert_eq!(read.fingerprint(), key(7).public().fingerprint());
        assert_eq!(read.made_at().to_string(), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_found() {
        let signed = card().as_bytes().to_vec();
        for position in 0..signed.len() {
            for bit in 0..8 {
                let mut flipped = signed.clone();
                flipped[position] ^= 1 << bit;
                assert!(Card::verify(&flipped).is_err(), "bit {bit} of {position}");
            }
            assert!(Card::verify(&signed[..position]).is_err(), "{position}");
        }
        let longer = [&signed[..], b"\n"].concat();
        assert!(matches!(
            Card::verify(&longer),
            Err(CardError::Document(DocumentError::Signature(_)))
        ));
    }

    type Case = ((u8, u8), &'static str, Vec<String>, fn(&CardError) -> bool);

    #[test]
    fn cards_that_name_what_cannot_be_used_are_neither_made_nor_read() {
        let (long, all) = ("n".repeat(NAME_BYTES_MAX + 1), (7, 8));
        let cases: [Case; 11] = [
            (all, "", vec![recipient(1)], |e| {
                matches!(e, CardError::Name { actual: 0 })
            }),
            (all, " a", vec![recipient(1)], |e| {
                matches!(e, CardError::Name { .. })
            }),
            (all, "a\u{1b}[2J", vec![recipient(1)], |e| {
                matches!(e, CardError::Name { .. })
            }),
            (all, "e\u{301}", vec![recipient(1)], |e| {
                matches!(e, CardError::Name { .. })
            }),
            (all, long.leak(), vec![recipient(1)], |e| {
                matches!(e, CardError::Name { actual: 129 })
            }),
            (all, "a", vec![], |e| {
                matches!(e, CardError::Count { actual: 0 })
            }),
            (all, "a", (1..18).map(recipient).collect(), |e| {
                matches!(e, CardError::Count { actual: 17 })
            }),
            (all, "a", vec![recipient(1), "age1pq1xyz".to_owned()], |e| {
                matches!(e, CardError::Recipient { index: 1, .. })
            }),
            (all, "a", vec![recipient(1).to_uppercase()], |e| {
                matches!(e, CardError::Recipient { index: 0, .. })
            }),
            (all, "a", vec![recipient(1), recipient(1)], |e| {
                matches!(e, CardError::Repeated { index: 1 })
            }),
            ((7, 7), "a", vec![recipient(1)], |e| {
                matches!(e, CardError::SameKey)
            }),
        ];
        for ((signing, request), name, recipients, is_expected) in cases {
            let made = card_of((signing, request), name, recipients.clone())
                .err()
                .unwrap();
            assert!(is_expected(&made), "{made:?}");
            let content = Content {
                r#type: TYPE.to_owned(),
                name: name.to_owned(),
                recipients,
                request_key: key(request).public(),
                made_at: Timestamp::from_unix(0, 0),
            };
            let json = document::to_json(&content);
            let read =
                Card::verify(&document::sign(&key(signing), Namespace::Card, &json).unwrap());
            assert!(read.is_err_and(|error| is_expected(&error)), "{made:?}");
        }
    }

    #[test]
    fn what_another_namespace_or_type_signed_is_no_card() {
        let json = document::to_json(&card().content);
        let foreign = document::sign(&key(7), Namespace::Terms, &json).unwrap();
        assert!(matches!(
            Card::verify(&foreign),
            Err(CardError::Document(DocumentError::Signature(_)))
        ));
        let later = String::from_utf8(json)
            .unwrap()
            .replace("card/v1", "card/v2");
        let later = document::sign(&key(7), Namespace::Card, later.as_bytes()).unwrap();
        assert!(matches!(
            Card::verify(&later),
            Err(CardError::Document(DocumentError::Type { .. }))
        ));
        let commented = String::from_utf8(document::to_json(&card().content)).unwrap();
        let line = key(8).public().to_string();
        let commented = commented.replace(&line, &format!("{line} me"));
        let commented = document::sign(&key(7), Namespace::Card, commented.as_bytes()).unwrap();
        assert!(matches!(
            Card::verify(&commented),
            Err(CardError::Document(DocumentError::Malformed(_)))
        ));
        let long = vec![b'-'; CARD_BYTES_MAX + 1];
        assert!(matches!(
            Card::verify(&long),
            Err(CardError::TooLong { .. })
        ));
    }

    #[test]
    fn every_key_of_a_card_is_in_its_words_and_nothing_else_is() {
        let words = |keys, recipients| card_of(keys, "Mallory", recipients).unwrap().words();
        let both = || vec![recipient(1), recipient(2)];
        assert_eq!(card().words(), words((7, 8), both()));
        for other in [
            words((9, 8), both()),
            words((7, 9), both()),
            words((7, 8), vec![recipient(1)]),
            words((7, 8), vec![recipient(2), recipient(1)]),
            words((8, 7), both()),
        ] {
            assert_ne!(card().words(), other);
        }
    }
}
