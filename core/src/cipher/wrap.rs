//! The file key, wrapped for each recipient in an age header and unwrapped by one of them.
//!
//! ```text
//! age-encryption.org/v1
//! -> X25519 CJM36AHmTbdHSuOQL+NESqyVQE75f2e610iRdLPEN20
//! C3ZAeY64NXS4QFrksLm3EGz+uPRyI0eQsWw7LWbbYig
//! --- fgMiVLJHMlg9fW7CVG/hPS5EAU4Zeg19LyCP7SoH5nA
//! 16 bytes of payload nonce
//! ```
//!
//! Promises: headers are made and opened by the `age` crate, whose file key is taken out for our
//! own payload engine; a header is read in linear time up to a bound, strictly in its one
//! spelling, and its MAC is verified before any key is given out.
//!
//! Does not: touch the payload.
//!
//! Spec: C2SP age.md, "Header".

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{self, BufRead, Read};

use age::plugin::ResolveError;
use age::secrecy::ExposeSecret as _;
use age::{DecryptError, EncryptError};
use age_core::format::Stanza;
use thiserror::Error;

use super::payload::{FileKey, PayloadKey};
use super::recipient::{Identity, Recipient};
use crate::header::{self, HeaderError, VERSION_LINE};
use crate::parts::NONCE_BYTES;

/// Bytes of the longest header that is read from a file, nonce not included: 10,000 X25519
/// recipients. Without a bound, one file could fill the memory.
pub const FILE_HEADER_BYTES_MAX: usize = 1024 * 1024;

/// Why no header can be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// Nobody could ever open the file.
    #[error("there is no recipient")]
    NoRecipient,
    /// A passphrase beside another recipient: the format forbids it.
    #[error("a passphrase must be the only recipient")]
    PassphraseNotAlone,
    /// Recipients that may not be mixed, such as post-quantum and classic ones.
    #[error("these recipients may not be mixed")]
    Incompatible,
    /// The system gave no random bytes.
    #[error("the system has no randomness to give")]
    Randomness,
    /// A plugin is not there, or did not seal.
    #[error("a plugin did not seal: {why}")]
    Plugin {
        /// What it says, or which one is missing; foreign text.
        why: String,
    },
}

/// Why a header gives no key.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The input cannot be read.
    #[error("the header cannot be read")]
    Read(#[source] io::Error),
    /// The input is no age v1 file.
    #[error("not an age v1 file")]
    NotAge,
    /// The input is an age file in armor where a binary one is wanted.
    #[error("the age file is in armor")]
    Armored,
    /// The header is longer than [`FILE_HEADER_BYTES_MAX`].
    #[error("the age header is longer than {FILE_HEADER_BYTES_MAX} bytes")]
    TooLong,
    /// The input ends within the header or the nonce.
    #[error("the input ends within the age header")]
    CutShort,
    /// The header breaks a rule of its format.
    #[error("the age header is malformed")]
    Malformed(#[source] HeaderError),
    /// A stanza of a known type breaks a rule of that type.
    #[error("a recipient stanza of the age header is malformed")]
    Stanza,
    /// The file is sealed for others.
    #[error("none of the {n_identities} identities opens the file")]
    NoMatch {
        /// Identities tried.
        n_identities: usize,
    },
    /// The file is sealed with a passphrase, and none was given.
    #[error("the file is sealed with a passphrase")]
    NeedsPassphrase,
    /// The passphrase is not the one the file is sealed with.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The file asks for more work than is ever done for a file.
    #[error("scrypt work factor {actual} is above {max}", max = super::WORK_FACTOR_MAX)]
    TooMuchWork {
        /// log2 of the work asked for.
        actual: u8,
    },
    /// A plugin is not there, or did not open.
    #[error("a plugin did not open: {why}")]
    Plugin {
        /// What it says, or which one is missing; foreign text.
        why: String,
    },
    /// An identity matched, but the header was changed afterwards.
    #[error("the age header does not authenticate")]
    Mac,
}

/// What a header gives to whoever may open it: all that its payload's key derives from.
pub struct StreamKeys {
    /// The key wrapped in the header.
    pub file_key: FileKey,
    /// The nonce between header and payload; not secret.
    pub nonce: [u8; NONCE_BYTES],
}

impl StreamKeys {
    /// Derives the key of the payload.
    pub fn payload_key(&self) -> PayloadKey {
        PayloadKey::new(&self.file_key, &self.nonce)
    }
}

/// Makes a header for `recipients` with a new file key and nonce. Returns its bytes, ending in the
/// nonce, and the keys.
pub fn new_header(recipients: &[Recipient]) -> Result<(Vec<u8>, StreamKeys), SealError> {
    // The age crate panics when there is no randomness; ask before it does.
    getrandom::fill(&mut [0; 1]).map_err(|_| SealError::Randomness)?;
    if recipients.len() > 1 && recipients.iter().any(Recipient::is_passphrase) {
        return Err(SealError::PassphraseNotAlone);
    }
    let kept = RefCell::new(None);
    let keeping: Vec<_> = recipients
        .iter()
        .map(|recipient| KeepingRecipient {
            inner: recipient.as_age(),
            kept: &kept,
        })
        .collect();
    let keeping = keeping
        .iter()
        .map(|recipient| recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(keeping).map_err(|error| seal_error(&error))?;
    let (bytes, nonce) = header_of(encryptor);
    let file_key = kept.into_inner().ok_or(SealError::NoRecipient)?;
    Ok((bytes, StreamKeys { file_key, nonce }))
}

/// Takes header and nonce out of the age crate's encryptor, which is dropped unfinished.
fn header_of(encryptor: age::Encryptor) -> (Vec<u8>, [u8; NONCE_BYTES]) {
    let mut bytes = Vec::new();
    drop(
        encryptor
            .wrap_output(&mut bytes)
            .expect("a vector takes every byte"),
    );
    let nonce = *bytes.last_chunk().expect("a header ends in its nonce");
    (bytes, nonce)
}

/// A header read from a file, well-formed but not yet opened.
pub struct FileHeader {
    text: Vec<u8>,
    nonce: [u8; NONCE_BYTES],
}

impl FileHeader {
    /// Reads the header and the nonce from the start of `input`, and not a byte more.
    ///
    /// # Errors
    ///
    /// If the input cannot be read, ends too early, is no age file, or its header is malformed or
    /// too long.
    pub fn read(input: &mut impl BufRead) -> Result<Self, OpenError> {
        let text = read_text(input)?;
        match header::measure(&text) {
            Ok(length) if length == text.len() => {}
            Ok(_) | Err(HeaderError::CutShort { .. }) => return Err(OpenError::CutShort),
            Err(error) => return Err(OpenError::Malformed(error)),
        }
        let mut nonce = [0; NONCE_BYTES];
        match input.read_exact(&mut nonce) {
            Ok(()) => Ok(Self { text, nonce }),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(OpenError::CutShort),
            Err(error) => Err(OpenError::Read(error)),
        }
    }

    /// Whether the file is sealed with a passphrase rather than for keys.
    pub fn needs_passphrase(&self) -> bool {
        let first = self.text.get(VERSION_LINE.len() + 1..).unwrap_or_default();
        first.starts_with(b"-> scrypt ")
    }

    /// Takes the file key out with the first of `identities` that matches, and verifies the
    /// header's MAC with it.
    ///
    /// # Errors
    ///
    /// If no identity matches, a stanza is malformed, a passphrase costs too much work or is
    /// wrong, or the MAC is.
    pub fn open(self, identities: &[Identity]) -> Result<StreamKeys, OpenError> {
        if self.needs_passphrase() && !identities.iter().any(Identity::is_passphrase) {
            return Err(OpenError::NeedsPassphrase);
        }
        let kept = RefCell::new(None);
        let keeping: Vec<_> = identities
            .iter()
            .map(|identity| KeepingIdentity {
                inner: identity.as_age(),
                kept: &kept,
            })
            .collect();
        let keeping = keeping
            .iter()
            .map(|identity| identity as &dyn age::Identity);
        let input = HeaderInput {
            text: &self.text,
            nonce: &self.nonce,
        };
        age::Decryptor::new_buffered(input)
            .and_then(|decryptor| decryptor.decrypt(keeping))
            .map_err(|error| open_error(error, identities.len()))?;
        let n_identities = identities.len();
        let file_key = kept
            .into_inner()
            .ok_or(OpenError::NoMatch { n_identities })?;
        Ok(StreamKeys {
            file_key,
            nonce: self.nonce,
        })
    }
}

/// Reads the header from the start of `input` (and not a byte beyond its nonce) and opens it with
/// the first of `identities` that matches.
///
/// # Errors
///
/// As [`FileHeader::read`] and [`FileHeader::open`].
pub fn open_header(
    input: &mut impl BufRead,
    identities: &[Identity],
) -> Result<StreamKeys, OpenError> {
    FileHeader::read(input)?.open(identities)
}

/// Reads lines up to the MAC line, the first to begin with three hyphens.
fn read_text(input: &mut impl BufRead) -> Result<Vec<u8>, OpenError> {
    let mut text = Vec::new();
    // The first line by its own length, so that a large file of another kind is not read far.
    read_line(input, &mut text, VERSION_LINE.len() + 1)?;
    check_version(&text)?;
    loop {
        let start = text.len();
        read_line(input, &mut text, FILE_HEADER_BYTES_MAX)?;
        let line = text.get(start..).unwrap_or_default();
        if !line.ends_with(b"\n") {
            let is_full = text.len() >= FILE_HEADER_BYTES_MAX;
            return Err(if is_full {
                OpenError::TooLong
            } else {
                OpenError::CutShort
            });
        }
        if line.starts_with(b"---") {
            return Ok(text);
        }
    }
}

/// Appends one line to `text`, which does not grow beyond `limit` bytes.
fn read_line(input: &mut impl BufRead, text: &mut Vec<u8>, limit: usize) -> Result<(), OpenError> {
    let room = limit.saturating_sub(text.len()) as u64;
    input
        .by_ref()
        .take(room)
        .read_until(b'\n', text)
        .map_err(OpenError::Read)?;
    Ok(())
}

/// Tells an age v1 file from what a person may have given instead.
fn check_version(first: &[u8]) -> Result<(), OpenError> {
    if first.strip_suffix(b"\n") == Some(VERSION_LINE) {
        Ok(())
    } else if first.starts_with(b"-----BEGIN AGE") {
        Err(OpenError::Armored)
    } else if !first.is_empty() && VERSION_LINE.starts_with(first) {
        Err(OpenError::CutShort)
    } else {
        Err(OpenError::NotAge)
    }
}

/// A recipient that keeps the file key it is asked to wrap: the age crate gives it to nobody else.
struct KeepingRecipient<'a> {
    inner: &'a dyn age::Recipient,
    kept: &'a RefCell<Option<FileKey>>,
}

impl age::Recipient for KeepingRecipient<'_> {
    fn wrap_file_key(
        &self,
        file_key: &age_core::format::FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        keep(self.kept, file_key);
        self.inner.wrap_file_key(file_key)
    }
}

/// An identity that keeps the file key it unwraps.
struct KeepingIdentity<'a> {
    inner: &'a dyn age::Identity,
    kept: &'a RefCell<Option<FileKey>>,
}

type Unwrapped = Option<Result<age_core::format::FileKey, DecryptError>>;

impl KeepingIdentity<'_> {
    fn keep(&self, unwrapped: Unwrapped) -> Unwrapped {
        if let Some(Ok(file_key)) = &unwrapped {
            keep(self.kept, file_key);
        }
        unwrapped
    }
}

impl age::Identity for KeepingIdentity<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Unwrapped {
        self.keep(self.inner.unwrap_stanza(stanza))
    }

    // Not only the method above: some identities must see all stanzas at once.
    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Unwrapped {
        self.keep(self.inner.unwrap_stanzas(stanzas))
    }
}

fn keep(kept: &RefCell<Option<FileKey>>, file_key: &age_core::format::FileKey) {
    *kept.borrow_mut() = Some(FileKey::take(&mut file_key.expose_secret().to_owned()));
}

/// A complete header as input of the age crate.
///
/// The crate parses again from the first byte after every line it reads, which is quadratic in the
/// number of lines; asked for a line, this input gives the whole text at once.
struct HeaderInput<'a> {
    text: &'a [u8],
    nonce: &'a [u8],
}

impl Read for HeaderInput<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.nonce.read(buffer)
    }
}

impl BufRead for HeaderInput<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.nonce)
    }

    fn consume(&mut self, amount: usize) {
        self.nonce.consume(amount);
    }

    fn read_until(&mut self, _: u8, into: &mut Vec<u8>) -> io::Result<usize> {
        into.extend_from_slice(self.text);
        Ok(std::mem::take(&mut self.text).len())
    }
}

fn seal_error(error: &EncryptError) -> SealError {
    match error {
        EncryptError::MissingRecipients => SealError::NoRecipient,
        EncryptError::MixedRecipientAndPassphrase => SealError::PassphraseNotAlone,
        EncryptError::Plugin(errors) => SealError::Plugin { why: told(errors) },
        EncryptError::PluginResolve(error) => SealError::Plugin {
            why: missing(error),
        },
        EncryptError::IncompatibleRecipients { .. }
        | EncryptError::InvalidRecipientLabels(_)
        | EncryptError::EncryptedIdentities(_)
        | EncryptError::Io(_)
        | _ => SealError::Incompatible,
    }
}

fn open_error(error: DecryptError, n_identities: usize) -> OpenError {
    match error {
        DecryptError::Io(error) => OpenError::Read(error),
        DecryptError::NoMatchingKeys => OpenError::NoMatch { n_identities },
        DecryptError::InvalidMac => OpenError::Mac,
        DecryptError::ExcessiveWork { required, .. } => OpenError::TooMuchWork { actual: required },
        // Only a passphrase is tried on a stanza known to be its own.
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            OpenError::WrongPassphrase
        }
        DecryptError::Plugin(errors) => OpenError::Plugin { why: told(&errors) },
        DecryptError::PluginResolve(error) => OpenError::Plugin {
            why: missing(&error),
        },
        DecryptError::UnknownFormat => OpenError::NotAge,
        DecryptError::InvalidHeader | _ => OpenError::Stanza,
    }
}

/// What plugins say; the age crate gives that as text only.
fn told(errors: &[impl std::fmt::Display]) -> String {
    let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
    messages.join("; ")
}

fn missing(error: &ResolveError) -> String {
    match error {
        ResolveError::MissingPlugin { binary_name } => format!("{binary_name} is not installed"),
        ResolveError::InvalidPluginName { name } => format!("{name:?} is no name of a plugin"),
        _ => "it cannot be started".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::{SecretKey, WORK_FACTOR_MAX};
    use crate::parts::TAG_BYTES;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_scalar(&[seed; 32])
    }

    fn header_for(seeds: &[u8]) -> (Vec<u8>, StreamKeys) {
        let recipients: Vec<_> = seeds.iter().map(|seed| key(*seed).recipient()).collect();
        new_header(&recipients).unwrap()
    }

    fn open(bytes: &[u8], seeds: &[u8]) -> Result<StreamKeys, OpenError> {
        let identities: Vec<_> = seeds.iter().map(|seed| key(*seed).into()).collect();
        open_header(&mut &*bytes, &identities)
    }

    /// Puts `stanzas` before the MAC of a good header, whose MAC then no longer holds.
    fn with_stanzas(stanzas: &str) -> Vec<u8> {
        let (bytes, _) = header_for(&[1]);
        let at = bytes
            .windows(5)
            .position(|window| window == b"\n--- ")
            .unwrap()
            + 1;
        [&bytes[..at], stanzas.as_bytes(), &bytes[at..]].concat()
    }

    #[test]
    fn every_recipient_gets_the_same_keys_and_nobody_else() {
        let (bytes, made) = header_for(&[1, 2, 3]);
        assert_eq!(header::check(&bytes), Ok(()));
        for seeds in [&[1][..], &[2], &[3], &[9, 2]] {
            let opened = open(&bytes, seeds).unwrap();
            assert_eq!(opened.file_key.expose(), made.file_key.expose());
            assert_eq!(opened.nonce, made.nonce);
        }
        assert!(matches!(
            open(&bytes, &[8, 9]),
            Err(OpenError::NoMatch { n_identities: 2 })
        ));
        assert!(matches!(
            open(&bytes, &[]),
            Err(OpenError::NoMatch { n_identities: 0 })
        ));
    }

    #[test]
    fn two_headers_share_neither_key_nor_nonce() {
        let (first, second) = (header_for(&[1]).1, header_for(&[1]).1);
        assert_ne!(first.file_key.expose(), second.file_key.expose());
        assert_ne!(first.nonce, second.nonce);
    }

    #[test]
    fn the_input_is_left_at_the_first_byte_of_the_payload() {
        let (mut bytes, _) = header_for(&[1]);
        bytes.extend_from_slice(b"payload");
        let mut input = io::BufReader::with_capacity(7, bytes.as_slice());
        open_header(&mut input, &[key(1).into()]).map(drop).unwrap();
        let mut rest = String::new();
        input.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "payload");
    }

    #[test]
    fn every_cut_is_told_as_a_cut() {
        let (bytes, _) = header_for(&[1]);
        for end in 1..bytes.len() {
            let outcome = open(&bytes[..end], &[1]);
            assert!(matches!(outcome, Err(OpenError::CutShort)), "{end}");
        }
        assert!(matches!(open(b"", &[1]), Err(OpenError::NotAge)));
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_noticed() {
        let (bytes, made) = header_for(&[1]);
        for at in 0..bytes.len() - NONCE_BYTES {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(open(&changed, &[1]).is_err(), "bit {bit} of byte {at}");
            }
        }
        // The nonce is no secret and not under the MAC: it changes the payload key.
        let mut changed = bytes.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_ne!(open(&changed, &[1]).unwrap().nonce, made.nonce);
    }

    #[test]
    fn each_fault_has_its_own_name() {
        let check = |bytes: &[u8], is_expected: fn(&OpenError) -> bool| {
            let error = open(bytes, &[1]).err().unwrap();
            assert!(is_expected(&error), "{error:?}");
        };
        check(&with_stanzas("-> other\n\n"), |error| {
            matches!(error, OpenError::Mac)
        });
        check(&with_stanzas("-> other\n"), |error| {
            matches!(error, OpenError::Malformed(_))
        });
        check(&with_stanzas("-> scrypt a 1\n\n"), |error| {
            matches!(error, OpenError::Stanza)
        });
        check(b"PK\x03\x04 and so on", |error| {
            matches!(error, OpenError::NotAge)
        });
        check(b"age-encryption.org/v2\n", |error| {
            matches!(error, OpenError::NotAge)
        });
        check(b"-----BEGIN AGE ENCRYPTED FILE-----\n", |e| {
            matches!(e, OpenError::Armored)
        });
    }

    #[test]
    fn a_header_of_any_length_is_refused_at_the_bound() {
        let many = with_stanzas(&"-> a\n\n".repeat(FILE_HEADER_BYTES_MAX / 6));
        assert!(matches!(open(&many, &[1]), Err(OpenError::TooLong)));
        let mut endless = io::Cursor::new(&b"age-encryption.org/v1\n"[..]).chain(io::repeat(b'-'));
        let outcome = FileHeader::read(&mut io::BufReader::new(&mut endless));
        assert!(matches!(outcome, Err(OpenError::TooLong)));
    }

    #[test]
    fn a_header_just_within_the_bound_is_read_once() {
        // Parsed again after every line, these 350,000 lines would take hours.
        let fitting = (FILE_HEADER_BYTES_MAX - 1024) / 6;
        let many = with_stanzas(&"-> a\n\n".repeat(fitting));
        assert!(matches!(open(&many, &[1]), Err(OpenError::Mac)));
    }

    fn passphrase_header(work_factor: u8) -> Vec<u8> {
        let salt = "bBjlhJVYZeE4aqUdmtRHfw";
        let body = "ZV/AhotwSGqaPCU43cepl4WYUouAa17a3xpu4G2yi5k";
        let mac = "fgMiVLJHMlg9fW7CVG/hPS5EAU4Zeg19LyCP7SoH5nA";
        format!(
            "age-encryption.org/v1\n-> scrypt {salt} {work_factor}\n{body}\n--- {mac}\n{}",
            "0123456789abcdef"
        )
        .into_bytes()
    }

    #[test]
    fn a_passphrase_opens_its_file_and_must_be_alone() {
        let recipients = [Recipient::from_passphrase("red fox")];
        let (bytes, made) = new_header(&recipients).unwrap();
        assert!(
            FileHeader::read(&mut bytes.as_slice())
                .unwrap()
                .needs_passphrase()
        );
        let opened = open_header(
            &mut bytes.as_slice(),
            &[Identity::from_passphrase("red fox")],
        );
        assert_eq!(opened.unwrap().file_key.expose(), made.file_key.expose());
        let wrong = open_header(
            &mut bytes.as_slice(),
            &[Identity::from_passphrase("red fix")],
        );
        assert!(matches!(wrong, Err(OpenError::WrongPassphrase)));
        assert!(matches!(
            open(&bytes, &[1]),
            Err(OpenError::NeedsPassphrase)
        ));
        let mixed = [Recipient::from_passphrase("red fox"), key(1).recipient()];
        assert!(matches!(
            new_header(&mixed),
            Err(SealError::PassphraseNotAlone)
        ));
        assert!(matches!(new_header(&[]), Err(SealError::NoRecipient)));
    }

    #[test]
    fn too_much_work_is_refused_before_it_is_done() {
        for work_factor in [WORK_FACTOR_MAX + 1, 30, 63] {
            let bytes = passphrase_header(work_factor);
            let outcome = open_header(&mut &*bytes, &[Identity::from_passphrase("x")]);
            let actual = match outcome {
                Err(OpenError::TooMuchWork { actual }) => actual,
                Err(other) => panic!("{other:?}"),
                Ok(_) => panic!("opened"),
            };
            assert_eq!(actual, work_factor);
        }
        let bytes = passphrase_header(1);
        let outcome = open_header(&mut &*bytes, &[Identity::from_passphrase("x")]);
        assert!(matches!(outcome, Err(OpenError::WrongPassphrase)));
    }

    #[test]
    fn the_age_crate_opens_what_these_keys_seal() {
        let (mut file, keys) = header_for(&[1]);
        let mut slab = crate::cipher::Slab::with_chunks(1);
        slab.append_bytes(b"hello");
        keys.payload_key().seal(&mut slab, 0, true).unwrap();
        file.extend_from_slice(slab.sealed());
        assert_eq!(slab.sealed().len(), 5 + TAG_BYTES);
        let identity: age::x25519::Identity = key(1).expose_text().parse().unwrap();
        assert_eq!(age::decrypt(&identity, &file).unwrap(), b"hello");
    }
}
