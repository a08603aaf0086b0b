//! Signed notes: a text, an empty line, and a line for each key that signed it.
//!
//! ```text
//! relay.example/log
//! 1
//! bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=
//!
//! — relay.example/log 4fqKcZ…                        base64(key id ‖ signature)
//!
//! relay.example/log+e1fa8a71+AeoN…                   a key: name, key id, base64(algorithm ‖ key)
//! ```
//!
//! Promises: one spelling; no key signs twice; a signature counts for the key of its name *and* its id.
//! It does not know which keys to trust, nor what the text means.
//!
//! Source: C2SP signed-note.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::keys::PublicKey;
use crate::text;

/// Longest note that is looked at.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Most signatures of a note. The specification asks for 16 at least; a checkpoint of a relay may be
/// seen by many parties.
pub const SIGNATURES_MAX: usize = 128;
/// Longest signature of a note.
const SIGNATURE_BYTES_MAX: usize = 4096;
/// Longest name of a key: a host name and a path.
const NAME_BYTES_MAX: usize = 300;
const DASH: &str = "\u{2014} ";

/// Why a note or a key does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than is looked at.
    #[error("the note has {actual} bytes, at most {NOTE_BYTES_MAX} are read")]
    Length {
        /// Bytes found.
        actual: usize,
    },
    /// A control character, or a carriage return.
    #[error("the note has a control character")]
    Control,
    /// No empty line, or no text before it.
    #[error("the note has no text and signatures with an empty line between them")]
    Shape,
    /// A line that is no signature in its one spelling.
    #[error("line {line} behind the text is no signature")]
    Signature {
        /// Its number, from 1.
        line: usize,
    },
    /// More signatures than are read.
    #[error("the note has {actual} signatures, at most {SIGNATURES_MAX} are read")]
    Count {
        /// Signatures found.
        actual: usize,
    },
    /// Two signatures have one name and key id.
    #[error("{name} signed the note twice")]
    Twice {
        /// The name.
        name: KeyName,
    },
    /// Not a name of a key.
    #[error("{name:?} is not the name of a key: no spaces, no +")]
    Name {
        /// What was found, cut at 64 characters.
        name: String,
    },
    /// Not a key in its one spelling, or its id is another.
    #[error("{text:?} is not a key such as NAME+ID+BASE64")]
    Key {
        /// What was found, cut at 64 characters.
        text: String,
    },
    /// None of its signatures is of that name and key.
    #[error("{name} has not signed the note with the expected key")]
    Unsigned {
        /// The name.
        name: KeyName,
    },
    /// The signature is not one of this text by that key.
    #[error("the signature of {name} is not one of this note")]
    Invalid {
        /// The name.
        name: KeyName,
    },
}

fn start(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The name of a key, as it stands in notes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyName(String);

impl KeyName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = NoteError;

    fn from_str(name: &str) -> Result<Self, NoteError> {
        let is_name = (1..=NAME_BYTES_MAX).contains(&name.len())
            && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
        if is_name {
            Ok(Self(name.to_owned()))
        } else {
            Err(NoteError::Name { name: start(name) })
        }
    }
}

impl TryFrom<String> for KeyName {
    type Error = NoteError;

    fn try_from(name: String) -> Result<Self, NoteError> {
        name.parse()
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a key signs: notes, or checkpoints of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// The text of a note, by Ed25519.
    Ed25519,
    /// A time and the text of a checkpoint, by Ed25519.
    Cosignature,
}

impl Algorithm {
    /// The byte that stands for it in keys and key ids.
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::Cosignature]
            .into_iter()
            .find(|algorithm| algorithm.byte() == byte)
    }
}

/// A key that verifies signatures of notes: a name, what it signs, and the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifierKey {
    name: KeyName,
    algorithm: Algorithm,
    key: [u8; 32],
}

impl VerifierKey {
    /// The key under a name.
    ///
    /// # Errors
    /// [`crate::keys::KeyError::Algorithm`]: a security key signs no notes.
    pub fn new(
        name: KeyName,
        algorithm: Algorithm,
        key: &PublicKey,
    ) -> Result<Self, crate::keys::KeyError> {
        let key = key.to_ed25519()?;
        Ok(Self {
            name,
            algorithm,
            key,
        })
    }

    /// Its name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// What it signs.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key.
    pub fn key(&self) -> PublicKey {
        PublicKey::from_ed25519(self.key)
    }

    /// The first four bytes of the SHA-256 of name, algorithm and key.
    pub fn id(&self) -> [u8; 4] {
        let algorithm = [self.algorithm.byte()];
        let pieces = [self.name.0.as_bytes(), b"\n", &algorithm, &self.key];
        let digest = Sha256::of(&pieces);
        let id = digest.as_bytes().first_chunk();
        *id.expect("a digest has more than four bytes")
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.algorithm.byte()][..], &self.key].concat();
        let (id, key) = (text::hex(&self.id()), text::base64(&key));
        write!(formatter, "{}+{id}+{key}", self.name)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let refused = || NoteError::Key { text: start(text) };
        let mut pieces = text.splitn(3, '+');
        let (name, id) = (pieces.next(), pieces.next());
        let (Some(name), Some(id), Some(key)) = (name, id, pieces.next()) else {
            return Err(refused());
        };
        let [algorithm, key @ ..] = text::from_base64::<33>(key).map_err(|_| refused())?;
        let key = Self {
            name: name.parse()?,
            algorithm: Algorithm::of(algorithm).ok_or_else(refused)?,
            key,
        };
        if text::from_hex(id) == Ok(key.id()) {
            Ok(key)
        } else {
            Err(refused())
        }
    }
}

impl TryFrom<String> for VerifierKey {
    type Error = NoteError;

    fn try_from(text: String) -> Result<Self, NoteError> {
        text.parse()
    }
}

impl From<VerifierKey> for String {
    fn from(key: VerifierKey) -> Self {
        key.to_string()
    }
}

/// One signature of a note; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who signed, as the line says.
    pub name: KeyName,
    /// With which of the keys of that name.
    pub id: [u8; 4],
    /// The signature.
    pub bytes: Vec<u8>,
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = text::base64(&[&self.id[..], &self.bytes].concat());
        write!(formatter, "{DASH}{} {bytes}", self.name)
    }
}

impl NoteSignature {
    /// Reads a line without its line feed.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = text::from_base64_vec(encoded, 4 + SIGNATURE_BYTES_MAX).ok()?;
        let (id, bytes) = bytes.split_first_chunk()?;
        (!bytes.is_empty()).then_some(Self {
            name: name.parse().ok()?,
            id: *id,
            bytes: bytes.to_vec(),
        })
    }

    fn is_of(&self, name: &KeyName, id: [u8; 4]) -> bool {
        self.name == *name && self.id == id
    }
}

/// A text and its signatures; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note of a text that ends with a line feed and has no control characters.
    pub(super) const fn new(text: String, signatures: Vec<NoteSignature>) -> Self {
        Self { text, signatures }
    }

    /// The text, its last line feed included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature, unless that key has signed or there are as many as may be.
    pub(super) fn add(&mut self, signature: NoteSignature) {
        let is_there = self.of(&signature.name, signature.id).is_some();
        if !is_there && self.signatures.len() < SIGNATURES_MAX {
            self.signatures.push(signature);
        }
    }

    /// The signature of a name and key id, if it is there.
    pub fn of(&self, name: &KeyName, id: [u8; 4]) -> Option<&NoteSignature> {
        self.signatures.iter().find(|one| one.is_of(name, id))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(formatter, "{signature}"))
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Length { actual: note.len() });
        }
        if note.contains(|c: char| c.is_ascii_control() && c != '\n') {
            return Err(NoteError::Control);
        }
        // The last empty line parts them: the text may have empty lines of its own.
        let parted = note.rsplit_once("\n\n").ok_or(NoteError::Shape)?;
        let (text, lines) = (
            parted.0,
            parted.1.strip_suffix('\n').ok_or(NoteError::Shape)?,
        );
        let mut signatures = Vec::new();
        for (line, number) in lines.split('\n').zip(1..) {
            let signature = NoteSignature::parse(line);
            signatures.push(signature.ok_or(NoteError::Signature { line: number })?);
        }
        check_signatures(&signatures)?;
        Ok(Self::new(format!("{text}\n"), signatures))
    }
}

fn check_signatures(signatures: &[NoteSignature]) -> Result<(), NoteError> {
    if signatures.len() > SIGNATURES_MAX {
        let actual = signatures.len();
        return Err(NoteError::Count { actual });
    }
    for (place, one) in signatures.iter().enumerate() {
        let mut before = signatures.iter().take(place);
        if before.any(|other| other.is_of(&one.name, one.id)) {
            let name = one.name.clone();
            return Err(NoteError::Twice { name });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // The example of the specification.
    const VERSE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    #[test]
    fn the_example_of_the_specification_is_read() {
        let note: Note = VERSE.parse().unwrap();
        assert!(note.text().ends_with("\n\ned è subito sera.\n"));
        let [signature] = note.signatures() else {
            panic!("one signature");
        };
        assert_eq!(signature.name.as_str(), "quasimodo.example/salvatore");
        assert_eq!(
            (signature.bytes.len(), text::hex(&signature.id)),
            (64, "367ba04b".to_owned())
        );
        assert_eq!(note.to_string(), VERSE);
    }

    #[test]
    fn second_spellings_of_notes_are_refused() {
        let line = VERSE.lines().last().unwrap();
        let signed = |text: &str, lines: &str| format!("{text}\n\n{lines}\n");
        let twice = signed("a", &format!("{line}\n{line}"));
        assert!(matches!(
            twice.parse::<Note>(),
            Err(NoteError::Twice { .. })
        ));
        let many: Vec<String> = (0..=SIGNATURES_MAX)
            .map(|n| line.replace("salvatore", &n.to_string()))
            .collect();
        let refused = signed("a", &many.join("\n")).parse::<Note>();
        assert!(matches!(refused, Err(NoteError::Count { actual: 129 })));
        let last = many.len() - 1;
        assert!(
            signed("a", &many[..last].join("\n"))
                .parse::<Note>()
                .is_ok()
        );
        for wrong in [
            signed("a", line).replace('\n', "\r\n"),
            signed("a\t", line),
            signed("a", line).trim_end().to_owned(),
            format!("a\n{line}\n"),
            signed("a", &line.replace('—', "-")),
            signed("a", &line.replace("NnugSz", " NnugSz")),
            signed("a", &line.replace("Ic=", "Id=")),
            signed("a", &line.replace("quasimodo", "quasi+modo")),
            signed("a", "— name NnugSw=="),
            signed("a", &format!("{line}\n")),
            "\n\n".to_owned(),
            String::new(),
        ] {
            assert!(wrong.parse::<Note>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn keys_have_one_spelling_and_their_own_id() {
        let key = crate::keys::SigningKey::from_seed(&crate::keys::Secret::from_bytes([7; 32]));
        let of = |name: &str, algorithm| {
            VerifierKey::new(name.parse().unwrap(), algorithm, &key.public()).unwrap()
        };
        let log = of("relay.example/log", Algorithm::Ed25519);
        let text = log.to_string();
        assert_eq!(text.parse::<VerifierKey>().as_ref(), Ok(&log));
        assert_eq!(log.key(), key.public());
        assert_ne!(
            log.id(),
            of("relay.example/log", Algorithm::Cosignature).id()
        );
        assert_ne!(log.id(), of("relay.example/other", Algorithm::Ed25519).id());
        let (_, id) = text.split_once('+').unwrap();
        for wrong in [
            text.replace("relay", "other"),
            text.to_uppercase(),
            format!("{text}="),
            format!("{text} "),
            format!("+{id}"),
            text.replace("+Ae", "+Be"),
            "relay.example/log".to_owned(),
        ] {
            assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_parses_prints_back(note in "([ab\n]{0,6}\n\n)?(— a\\+?b? [A-C0=]{8,12}\n){0,3}") {
            if let Ok(read) = note.parse::<Note>() {
                prop_assert_eq!(read.to_string(), note);
            }
        }
    }
}
