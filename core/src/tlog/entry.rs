//! What a statement leaves in the log: two digests and nothing that tells of anyone.
//!
//! ```text
//! quitus/entry/v1
//! 4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b     SHA-256 of the statement's file
//! 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b     SHA-256 of its signature, unarmoured
//! ```
//!
//! Promises: 146 bytes, one spelling; a signature that a mailer wrapped otherwise has the same entry. It
//! does not say that there is such a statement.

use core::fmt;
use core::str::FromStr;

use super::merkle::leaf_hash;
use crate::digest::Sha256;
use crate::keys::Signature;

const TYPE: &str = "quitus/entry/v1\n";
/// Bytes of every entry.
pub(super) const ENTRY_BYTES: usize = TYPE.len() + 2 * 65;

/// The text is no entry in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an entry of quitus/entry/v1")]
pub struct EntryError;

/// An entry: which statement, signed how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// SHA-256 of the statement's file.
    pub statement: Sha256,
    /// SHA-256 of the binary form of its signature.
    pub signature: Sha256,
}

impl Entry {
    /// The entry of a statement's file and its signature.
    pub fn of(statement: &[u8], signature: &Signature) -> Self {
        Self {
            statement: Sha256::of(&[statement]),
            signature: Sha256::of(&[&signature.to_blob()]),
        }
    }

    /// Its hash in the tree.
    pub fn leaf_hash(&self) -> Sha256 {
        leaf_hash(self.to_string().as_bytes())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{TYPE}{}\n{}", self.statement, self.signature)
    }
}

impl FromStr for Entry {
    type Err = EntryError;

    fn from_str(text: &str) -> Result<Self, EntryError> {
        let lines = text
            .strip_prefix(TYPE)
            .and_then(|rest| rest.strip_suffix('\n'));
        let (statement, signature) = lines
            .and_then(|lines| lines.split_once('\n'))
            .ok_or(EntryError)?;
        Ok(Self {
            statement: statement.parse().map_err(|_| EntryError)?,
            signature: signature.parse().map_err(|_| EntryError)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Namespace, Secret, SigningKey};

    #[test]
    fn an_entry_has_one_spelling() {
        let signature =
            SigningKey::from_seed(&Secret::from_bytes([7; 32])).sign(Namespace::Statement, b"{}\n");
        let entry = Entry::of(b"{}\n", &signature);
        let text = entry.to_string();
        assert_eq!(text.len(), ENTRY_BYTES);
        assert_eq!(text.parse(), Ok(entry));
        assert_eq!(entry.leaf_hash(), leaf_hash(text.as_bytes()));
        for wrong in [
            text.trim_end().to_owned(),
            format!("{text}\n"),
            text.replace("v1", "v2"),
            text.to_uppercase(),
            text.replace('\n', "\r\n"),
        ] {
            assert!(wrong.parse::<Entry>().is_err(), "{wrong:?}");
        }
    }
}
