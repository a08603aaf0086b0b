//! The payload of an age file: chunks sealed and opened under one key, any run of them alone.
//!
//! ```text
//! chunk i = ChaCha20-Poly1305(payload key, nonce = 11-byte big-endian i || last, 64 KiB) || tag
//! payload key = HKDF-SHA-256(ikm = file key, salt = 16-byte nonce, info = "payload")
//! ```
//!
//! Promises: byte-exact age v1; a run opened as `last` ends the stream, one that is not is full to
//! the brim; bytes that did not authenticate are never handed out.
//!
//! Does not: order runs or notice a missing one; who opens every run from chunk 0 to the last has
//! the whole stream.
//!
//! Spec: C2SP age.md, "Payload"; RFC 8439; the STREAM construction, eprint 2015/189.

use hkdf::Hkdf;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, Tag, UnboundKey};
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::slab::{STRIDE, Slab};
use crate::parts::{CHUNK_BYTES, NONCE_BYTES, TAG_BYTES};

/// Bytes of the file key an age header wraps for each recipient.
pub const FILE_KEY_BYTES: usize = 16;

/// The key of one age file, from which its header MAC and its payload key derive.
pub struct FileKey(Box<[u8; FILE_KEY_BYTES]>);

impl FileKey {
    /// Takes over `bytes` and erases them where they were.
    pub fn take(bytes: &mut [u8; FILE_KEY_BYTES]) -> Self {
        let key = Self(Box::new(*bytes));
        bytes.zeroize();
        key
    }

    /// The secret bytes, to be kept in an erasable slot and nowhere else.
    pub fn expose(&self) -> &[u8; FILE_KEY_BYTES] {
        &self.0
    }
}

impl Drop for FileKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Why a run of chunks cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// A chunk was changed, moved, cut, or sealed under another key.
    #[error("chunk {chunk} does not authenticate")]
    NotAuthentic {
        /// Position of the chunk in the stream.
        chunk: u64,
    },
    /// A run that is not the last does not consist of full chunks.
    #[error("{actual} bytes before the end are not a whole number of {chunk_bytes}-byte chunks")]
    Ragged {
        /// Bytes of the run.
        actual: usize,
        /// Bytes of one chunk, tag included when sealed.
        chunk_bytes: usize,
    },
    /// The stream is cut: it ends behind a chunk that others follow, or within a tag.
    #[error("the stream is cut short {actual} bytes into chunk {chunk}")]
    CutShort {
        /// Position of the chunk in the stream.
        chunk: u64,
        /// Bytes there are of it.
        actual: usize,
    },
    /// The chunk was sealed as the last, but something follows it.
    #[error("the stream ends with chunk {chunk}, but something follows")]
    BehindEnd {
        /// Position of the chunk in the stream.
        chunk: u64,
    },
    /// An empty last chunk behind a full one, which age forbids: a stream has one spelling.
    #[error("chunk {chunk} is empty but not the only one")]
    EmptyEnd {
        /// Position of the chunk in the stream.
        chunk: u64,
    },
    /// The run reaches beyond the last chunk number.
    #[error("{n_chunks} chunks from chunk {first_chunk} on cannot be numbered")]
    TooFar {
        /// Position of the first chunk.
        first_chunk: u64,
        /// Chunks in the run.
        n_chunks: u64,
    },
}

/// The key under which the chunks of one payload are sealed.
///
/// GAP: ring keeps the expanded key in memory it does not erase; the bytes stay readable to this
/// process until that memory is used again. The file key itself is erased.
pub struct PayloadKey(LessSafeKey);

impl PayloadKey {
    /// Derives the key of the payload that begins with `nonce`.
    ///
    /// A nonce must be drawn anew for every stream: the same key and chunk number must never seal
    /// two different plaintexts.
    pub fn new(file_key: &FileKey, nonce: &[u8; NONCE_BYTES]) -> Self {
        Self(derive(file_key, nonce))
    }

    /// Seals the slab's plaintext in place as the chunks from `first_chunk` on; `last` says that
    /// the stream ends with them.
    ///
    /// # Errors
    ///
    /// If a run that is not the last holds no plaintext or no whole number of chunks, or the last
    /// run is empty and not the whole stream, or the numbers run out. The plaintext is left as it
    /// was.
    ///
    /// # Panics
    ///
    /// If the slab holds sealed bytes: they would pass for an empty stream.
    pub fn seal(&self, slab: &mut Slab, first_chunk: u64, last: bool) -> Result<(), PayloadError> {
        assert!(slab.is_plain(), "a slab is sealed once");
        let plain_len = slab.plain_len();
        if !last && (plain_len == 0 || !plain_len.is_multiple_of(CHUNK_BYTES)) {
            return Err(PayloadError::Ragged {
                actual: plain_len,
                chunk_bytes: CHUNK_BYTES,
            });
        }
        if plain_len == 0 && first_chunk > 0 {
            return Err(PayloadError::EmptyEnd { chunk: first_chunk });
        }
        let n_chunks = plain_len.div_ceil(CHUNK_BYTES).max(1);
        check_numbers(first_chunk, n_chunks)?;
        let sealed_len = plain_len + n_chunks * TAG_BYTES;
        let end = last.then_some(n_chunks - 1);
        for (index, slot) in slab.slots_mut(sealed_len).enumerate() {
            self.seal_chunk(slot, first_chunk + index as u64, end == Some(index));
        }
        slab.set_sealed(sealed_len);
        Ok(())
    }

    /// Opens the slab's sealed bytes in place as the chunks from `first_chunk` on; `last` says
    /// that the stream must end with them.
    ///
    /// # Errors
    ///
    /// If a chunk does not authenticate or the stream does not end where it must. The slab then
    /// holds the plaintext of the chunks before ([`Slab::plain_len`]), which are authentic, and
    /// nothing else.
    pub fn open(&self, slab: &mut Slab, first_chunk: u64, last: bool) -> Result<(), PayloadError> {
        let sealed_len = slab.sealed().len();
        slab.shift_for_opening();
        slab.clear();
        let run = Run::measure(sealed_len, first_chunk, last)?;
        let mut plain_len = 0;
        let mut outcome = run.behind;
        for (index, chunk) in (0..run.n_chunks).zip(first_chunk..) {
            let len = STRIDE.min(sealed_len - index * STRIDE);
            let opened = self.open_chunk(slab, index, len, chunk, run.end == Some(index));
            if !matches!(opened, Err(PayloadError::NotAuthentic { .. })) {
                plain_len += len - TAG_BYTES;
            }
            if opened.is_err() {
                outcome = opened;
                break;
            }
        }
        slab.set_plain(plain_len);
        outcome
    }

    /// Seals the bytes of `slot` but its last 16, into which the tag goes.
    fn seal_chunk(&self, slot: &mut [u8], chunk: u64, last: bool) {
        let (plain, tag) = slot
            .split_last_chunk_mut::<TAG_BYTES>()
            .expect("a slot has room for its tag");
        let sealed = self
            .0
            .seal_in_place_separate_tag(nonce(chunk, last), Aad::empty(), plain);
        tag.copy_from_slice(
            sealed
                .expect("64 KiB are within the cipher's bound")
                .as_ref(),
        );
    }

    /// Opens the chunk at `index` of the slab, `sealed_len` bytes with its tag. One that is full
    /// and does not open as what it must be may open as the other: then its plaintext is there
    /// all the same, and the error says so by not being [`PayloadError::NotAuthentic`].
    fn open_chunk(
        &self,
        slab: &mut Slab,
        index: usize,
        sealed_len: usize,
        chunk: u64,
        last: bool,
    ) -> Result<(), PayloadError> {
        let mut opens_as = |last| {
            let (room, tag) = slab.opening(index, sealed_len);
            let tag = Tag::try_from(tag).expect("a tag has 16 bytes");
            let ciphertext = CHUNK_BYTES..;
            let nonce = nonce(chunk, last);
            self.0
                .open_in_place_separate_tag(nonce, Aad::empty(), tag, room, ciphertext)
                .is_ok()
        };
        if opens_as(last) {
            Ok(())
        } else if sealed_len < STRIDE || !opens_as(!last) {
            Err(PayloadError::NotAuthentic { chunk })
        } else if last {
            Err(PayloadError::CutShort {
                chunk: chunk + 1,
                actual: 0,
            })
        } else {
            Err(PayloadError::BehindEnd { chunk })
        }
    }
}

/// A sealed run as its length tells it.
struct Run {
    /// Chunks that can be opened.
    n_chunks: usize,
    /// Which of them must be the last of the stream.
    end: Option<usize>,
    /// What is wrong behind them.
    behind: Result<(), PayloadError>,
}

impl Run {
    /// Judges `len` sealed bytes from `first_chunk` on, which end the stream if `last`.
    fn measure(len: usize, first_chunk: u64, last: bool) -> Result<Self, PayloadError> {
        let (n_full, rest) = (len / STRIDE, len % STRIDE);
        if !last && (n_full == 0 || rest > 0) {
            return Err(PayloadError::Ragged {
                actual: len,
                chunk_bytes: STRIDE,
            });
        }
        check_numbers(first_chunk, len.div_ceil(STRIDE))?;
        let chunk = first_chunk + n_full as u64;
        let behind = match rest {
            0 if n_full > 0 => Ok(()),
            _ if rest < TAG_BYTES => Err(PayloadError::CutShort {
                chunk,
                actual: rest,
            }),
            TAG_BYTES if chunk > 0 => Err(PayloadError::EmptyEnd { chunk }),
            _ => Ok(()),
        };
        let n_chunks = if behind.is_ok() {
            len.div_ceil(STRIDE)
        } else {
            n_full
        };
        let end = (last && behind.is_ok()).then(|| n_chunks - 1);
        Ok(Self {
            n_chunks,
            end,
            behind,
        })
    }
}

/// The bytes of plaintext in a whole payload of `sealed_bytes`, or `None` if no payload has that
/// length. The length is believed only once the last chunk has been opened as the last.
pub fn plain_bytes(sealed_bytes: u64) -> Option<u64> {
    let (stride, tag) = (STRIDE as u64, TAG_BYTES as u64);
    let n_chunks = sealed_bytes.div_ceil(stride);
    let end = sealed_bytes.checked_sub(n_chunks.checked_sub(1)? * stride)?;
    let is_whole = end > tag || (end == tag && n_chunks == 1);
    is_whole.then(|| sealed_bytes - n_chunks * tag)
}

/// The bytes of the whole payload that `plain_bytes` of plaintext make, or `None` if they do not
/// fit into 64 bits.
pub fn sealed_bytes(plain_bytes: u64) -> Option<u64> {
    let n_chunks = plain_bytes.div_ceil(CHUNK_BYTES as u64).max(1);
    plain_bytes.checked_add(n_chunks.checked_mul(TAG_BYTES as u64)?)
}

fn derive(file_key: &FileKey, nonce: &[u8; NONCE_BYTES]) -> LessSafeKey {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(nonce), file_key.expose())
        .expand(b"payload", key.as_mut())
        .expect("32 bytes are within HKDF-SHA-256's bound");
    let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_ref());
    LessSafeKey::new(key.expect("32 bytes are a ChaCha20-Poly1305 key"))
}

/// The nonce of a chunk: its number in 11 bytes, big-endian, then whether it is the last.
fn nonce(chunk: u64, last: bool) -> Nonce {
    let mut bytes = [0; 12];
    let (counter, flag) = bytes.split_at_mut(11);
    for (byte, number) in counter.iter_mut().rev().zip(chunk.to_le_bytes()) {
        *byte = number;
    }
    flag.fill(u8::from(last));
    Nonce::assume_unique_for_key(bytes)
}

/// Refuses chunk numbers beyond 64 bits; age allows 88, which no stream reaches. One is kept free,
/// to name what would follow.
fn check_numbers(first_chunk: u64, n_chunks: usize) -> Result<(), PayloadError> {
    let n_chunks = n_chunks as u64;
    match first_chunk
        .checked_add(n_chunks)
        .and_then(|next| next.checked_add(1))
    {
        Some(_) => Ok(()),
        None => Err(PayloadError::TooFar {
            first_chunk,
            n_chunks,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> PayloadKey {
        PayloadKey::new(&FileKey::take(&mut [3; FILE_KEY_BYTES]), &[5; NONCE_BYTES])
    }

    fn numbered(len: usize) -> Vec<u8> {
        (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    fn seal(plain: &[u8], first_chunk: u64, last: bool) -> Result<Vec<u8>, PayloadError> {
        let mut slab = Slab::with_chunks(plain.len().div_ceil(CHUNK_BYTES));
        slab.append_bytes(plain);
        key().seal(&mut slab, first_chunk, last)?;
        Ok(slab.sealed().to_vec())
    }

    fn open(sealed: &[u8], first_chunk: u64, last: bool) -> Result<Vec<u8>, PayloadError> {
        let mut slab = Slab::with_chunks(sealed.len().div_ceil(STRIDE));
        slab.sealed_mut(sealed.len()).copy_from_slice(sealed);
        key().open(&mut slab, first_chunk, last)?;
        Ok(slab
            .plain_slices(0..usize::MAX)
            .collect::<Vec<_>>()
            .concat())
    }

    fn sizes() -> [usize; 7] {
        [
            0,
            1,
            CHUNK_BYTES - 1,
            CHUNK_BYTES,
            CHUNK_BYTES + 1,
            3 * CHUNK_BYTES,
            3 * CHUNK_BYTES + 9,
        ]
    }

    #[test]
    fn what_is_sealed_opens_again() {
        for len in sizes() {
            let sealed = seal(&numbered(len), 0, true).unwrap();
            assert_eq!(sealed_bytes(len as u64), Some(sealed.len() as u64));
            assert_eq!(plain_bytes(sealed.len() as u64), Some(len as u64));
            assert_eq!(open(&sealed, 0, true), Ok(numbered(len)));
        }
    }

    #[test]
    fn runs_sealed_apart_are_the_stream_sealed_at_once() {
        let plain = numbered(5 * CHUNK_BYTES + 17);
        let whole = seal(&plain, 0, true).unwrap();
        for n_chunks in 1..=5 {
            let mut joined = Vec::new();
            let runs: Vec<_> = plain.chunks(n_chunks * CHUNK_BYTES).collect();
            for (index, run) in runs.iter().enumerate() {
                let first = (index * n_chunks) as u64;
                joined.extend(seal(run, first, index + 1 == runs.len()).unwrap());
            }
            assert_eq!(joined, whole);
        }
    }

    #[test]
    fn a_run_opens_only_at_its_place_and_only_as_the_end_it_is() {
        let run = seal(&numbered(2 * CHUNK_BYTES), 7, false).unwrap();
        assert_eq!(open(&run, 7, false), Ok(numbered(2 * CHUNK_BYTES)));
        assert_eq!(
            open(&run, 8, false),
            Err(PayloadError::NotAuthentic { chunk: 8 })
        );
        let cut = PayloadError::CutShort {
            chunk: 9,
            actual: 0,
        };
        assert_eq!(open(&run, 7, true), Err(cut));
        let end = seal(&numbered(2 * CHUNK_BYTES), 7, true).unwrap();
        assert_eq!(
            open(&end, 7, false),
            Err(PayloadError::BehindEnd { chunk: 8 })
        );
    }

    #[test]
    fn lengths_no_stream_has_are_refused() {
        let ragged = |actual, chunk_bytes| {
            Err(PayloadError::Ragged {
                actual,
                chunk_bytes,
            })
        };
        assert_eq!(seal(b"", 0, false), ragged(0, CHUNK_BYTES));
        assert_eq!(seal(b"abc", 0, false), ragged(3, CHUNK_BYTES));
        assert_eq!(seal(b"", 4, true), Err(PayloadError::EmptyEnd { chunk: 4 }));
        assert_eq!(open(b"", 0, false), ragged(0, STRIDE));
        assert_eq!(open(&[0; 99], 0, false), ragged(99, STRIDE));
        let cut = |chunk, actual| Err(PayloadError::CutShort { chunk, actual });
        assert_eq!(open(b"", 0, true), cut(0, 0));
        assert_eq!(open(&[0; 15], 0, true), cut(0, 15));
        let full = seal(&numbered(CHUNK_BYTES), 4, false).unwrap();
        let followed_by = |n_zeros| [full.clone(), vec![0; n_zeros]].concat();
        assert_eq!(open(&followed_by(15), 4, true), cut(5, 15));
        let empty_end = PayloadError::EmptyEnd { chunk: 5 };
        assert_eq!(open(&followed_by(16), 4, true), Err(empty_end));
        let end = seal(&numbered(CHUNK_BYTES), 4, true).unwrap();
        let outcome = open(&[end, vec![0; 15]].concat(), 4, true);
        assert_eq!(outcome, Err(PayloadError::BehindEnd { chunk: 4 }));
    }

    #[test]
    fn an_empty_chunk_behind_a_full_one_is_refused_even_if_authentic() {
        let full = seal(&numbered(CHUNK_BYTES), 0, false).unwrap();
        let mut tag = vec![0; TAG_BYTES];
        key().seal_chunk(&mut tag, 1, true);
        let stream = [full, tag].concat();
        assert_eq!(
            open(&stream, 0, true),
            Err(PayloadError::EmptyEnd { chunk: 1 })
        );
        assert_eq!(plain_bytes(stream.len() as u64), None);
    }

    #[test]
    fn numbers_run_out_before_they_wrap() {
        let too_far = PayloadError::TooFar {
            first_chunk: u64::MAX,
            n_chunks: 1,
        };
        assert_eq!(seal(b"x", u64::MAX, true), Err(too_far));
        assert_eq!(open(&[0; 17], u64::MAX, true), Err(too_far));
        assert!(seal(b"x", u64::MAX - 2, true).is_ok());
    }

    #[test]
    fn only_the_authentic_chunks_before_a_bad_one_are_left() {
        let plain = numbered(3 * CHUNK_BYTES);
        let mut slab = Slab::with_chunks(3);
        slab.append_bytes(&plain);
        key().seal(&mut slab, 0, true).unwrap();
        let sealed = slab.sealed().to_vec();
        slab.sealed_mut(sealed.len()).copy_from_slice(&sealed);
        slab.sealed_mut(sealed.len())[2 * STRIDE] ^= 1;
        let outcome = key().open(&mut slab, 0, true);
        assert_eq!(outcome, Err(PayloadError::NotAuthentic { chunk: 2 }));
        let left = slab
            .plain_slices(0..usize::MAX)
            .collect::<Vec<_>>()
            .concat();
        assert_eq!(left, plain[..2 * CHUNK_BYTES]);
    }

    #[test]
    #[should_panic(expected = "sealed once")]
    fn a_run_is_not_sealed_twice() {
        let mut slab = Slab::with_chunks(1);
        slab.append_bytes(b"once");
        key().seal(&mut slab, 0, true).unwrap();
        let _ = key().seal(&mut slab, 0, true);
    }

    /// Refuses one chunk of three with each of its bytes changed, and cut at every so many bytes.
    fn check_chunk_refused(chunk: usize, bytes: &[u8], cut_step: usize) {
        let (mut slab, key, mut changed) = (Slab::with_chunks(1), key(), bytes.to_vec());
        let mut refused = |bytes: &[u8], last| {
            slab.sealed_mut(bytes.len()).copy_from_slice(bytes);
            key.open(&mut slab, chunk as u64, last).is_err() && slab.plain_len() == 0
        };
        for at in 0..bytes.len() {
            changed[at] ^= 1 << (at % 8);
            assert!(refused(&changed, chunk == 2), "byte {at} of chunk {chunk}");
            changed[at] ^= 1 << (at % 8);
        }
        for end in (0..bytes.len()).step_by(cut_step) {
            assert!(
                refused(&bytes[..end], true),
                "cut at {end} of chunk {chunk}"
            );
        }
    }

    #[test]
    fn every_changed_byte_and_every_cut_of_three_chunks_is_refused() {
        let sealed = seal(&numbered(2 * CHUNK_BYTES + 900), 0, true).unwrap();
        std::thread::scope(|scope| {
            for (chunk, bytes) in sealed.chunks(STRIDE).enumerate() {
                let cut_step = if chunk == 2 { 1 } else { 61 };
                scope.spawn(move || check_chunk_refused(chunk, bytes, cut_step));
            }
        });
    }

    proptest! {
        #[test]
        fn lengths_convert_both_ways(plain in 0..u64::MAX / 2) {
            prop_assert_eq!(sealed_bytes(plain).and_then(plain_bytes), Some(plain));
        }

        #[test]
        fn a_length_that_is_a_payload_is_the_length_of_its_plaintext(sealed: u64) {
            if let Some(plain) = plain_bytes(sealed) {
                prop_assert_eq!(sealed_bytes(plain), Some(sealed));
            }
        }
    }
}
