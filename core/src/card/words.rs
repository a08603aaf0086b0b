//! A card's keys as words that two people can compare aloud.
//!
//! ```text
//! two genius pass glue burst salad water identify august deer uncover denial
//! ```
//!
//! Promises: twelve words of eleven bits each, 132 bits in all, of a SHA-256 over every key of the
//! card: to find another card with the same words is out of anyone's reach. The words are told
//! apart by their first four letters. They are the same in every language, since two people who
//! compare them may read in two.
//!
//! Does not: hold a secret, or give a key back.
//!
//! Sources: the English list of BIP 39; its checksum is not used. `docs/protocol.md`, "Contact
//! cards".

use core::fmt;

use crate::digest::Sha256;
use crate::keys::PublicKey;

/// The list, a word a line, in the order of the alphabet.
const LIST: &str = include_str!("words.txt");
const WORD_BITS: usize = 11;
/// How many words say a card.
pub const WORDS_COUNT: usize = 12;

/// The words of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardWords([&'static str; WORDS_COUNT]);

impl CardWords {
    /// The words of a person's keys: a SHA-256 over a tag and a line for each key, cut into
    /// numbers of eleven bits from its first bit on.
    pub fn of(signing_key: &PublicKey, request_key: &PublicKey, recipients: &[String]) -> Self {
        let mut lines = format!("{signing_key}\n{request_key}\n");
        for recipient in recipients {
            lines.push_str(recipient);
            lines.push('\n');
        }
        let digest = Sha256::of(&[b"quitus/card-words/v1\0", lines.as_bytes()]);
        let list: Vec<&'static str> = LIST.lines().collect();
        let word = |index| list.get(number(digest.as_bytes(), index)).copied();
        Self(core::array::from_fn(|index| {
            word(index).expect("the list has a word for every eleven bits")
        }))
    }

    /// The words, in order.
    pub const fn as_words(&self) -> &[&'static str; WORDS_COUNT] {
        &self.0
    }
}

/// The `index`th number of eleven bits.
fn number(digest: &[u8; 32], index: usize) -> usize {
    let bit = |at: usize| {
        let byte = digest.get(at / 8).copied().unwrap_or_default();
        usize::from(byte >> (7 - at % 8) & 1)
    };
    let first = index * WORD_BITS;
    (first..first + WORD_BITS).fold(0, |number, at| number << 1 | bit(at))
}

impl fmt::Display for CardWords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Secret, SigningKey};
    use std::collections::BTreeSet;

    #[test]
    fn the_list_is_the_published_one() {
        // SHA-256 of bip-0039/english.txt.
        assert_eq!(
            Sha256::of(&[LIST.as_bytes()]).to_string(),
            "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
        );
        let words: Vec<_> = LIST.lines().collect();
        let beginnings: BTreeSet<_> = words
            .iter()
            .map(|word| word.get(..4).unwrap_or(word))
            .collect();
        assert_eq!(
            (words.len(), beginnings.len()),
            (1 << WORD_BITS, 1 << WORD_BITS)
        );
    }

    #[test]
    fn numbers_are_cut_from_the_first_bit_on() {
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&[0b1000_0000, 0b0011_1111, 0b1111_1100, 0b0000_0110]);
        let numbers = [0, 1, 2].map(|index| number(&digest, index));
        assert_eq!(numbers, [0b100_0000_0001, 0b111_1111_1111, 0b000_0000_1100]);
        assert_eq!(number(&[0xff; 32], WORDS_COUNT - 1), 2047);
    }

    #[test]
    fn known_keys_have_known_words() {
        let key = |seed| SigningKey::from_seed(&Secret::from_bytes([seed; 32])).public();
        let words = CardWords::of(&key(7), &key(8), &["age1one".to_owned()]);
        assert_eq!(
            words.to_string(),
            "two genius pass glue burst salad water identify august deer uncover denial"
        );
        // Where one key ends and the next begins is part of what is hashed.
        let moved = CardWords::of(&key(7), &key(8), &["age1".to_owned(), "one".to_owned()]);
        assert_ne!(words, moved);
    }
}
