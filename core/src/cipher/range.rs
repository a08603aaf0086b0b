//! Any range of a sealed stream, opened without the rest.
//!
//! ```text
//! range   |               -------------|----           |
//! chunks  | 0 ........ | 1 ........ | 2 ........ | 3 (last) |
//! opened                 ^^^^^^^^^^   ^^^^^^^^^^   ^^^^^^^^ first of all, for the length
//! ```
//!
//! Promises: the length is believed only after the last chunk has opened as the last; every byte
//! given out is authentic and at its place.
//!
//! Does not: say that the chunks outside the range are there or undamaged.
//!
//! Spec: C2SP age.md, "Payload".

use std::io;
use std::ops::Range;

use thiserror::Error;

use super::payload::{PayloadError, PayloadKey, plain_bytes};
use super::slab::{STRIDE, Slab};
use crate::parts::{CHUNK_BYTES, TAG_BYTES};

/// Chunks read and opened at a time.
const RUN_CHUNKS: usize = 8;

/// Why a range cannot be opened.
#[derive(Debug, Error)]
pub enum RangeError {
    /// No payload has the length given.
    #[error("a payload of {sealed_bytes} bytes is not whole")]
    Length {
        /// Bytes of the payload.
        sealed_bytes: u64,
    },
    /// The range reaches beyond the end of the plaintext.
    #[error("range ends at {end}, the plaintext at {plain_bytes}")]
    Beyond {
        /// Where the range ends.
        end: u64,
        /// Bytes of plaintext.
        plain_bytes: u64,
    },
    /// Sealed bytes could not be read.
    #[error("the sealed bytes cannot be read")]
    Read(#[source] io::Error),
    /// The receiver of the plaintext failed.
    #[error("the plaintext cannot be written")]
    Write(#[source] io::Error),
    /// A chunk does not authenticate.
    #[error("the stream is damaged")]
    Payload(#[source] PayloadError),
}

/// A sealed payload whose length is known to be true, and of which any range can be opened.
pub struct Seekable<'a, R> {
    key: &'a PayloadKey,
    read_at: R,
    sealed_bytes: u64,
    plain_bytes: u64,
    slab: Slab,
}

impl<'a, R: FnMut(u64, &mut [u8]) -> io::Result<()>> Seekable<'a, R> {
    /// Takes a payload of `sealed_bytes`; `read_at(position, buffer)` fills the buffer from the
    /// position in the payload, header and nonce not counted. Opens the last chunk at once.
    ///
    /// # Errors
    ///
    /// If the length is no payload's, or the last chunk cannot be read or is not the last.
    pub fn new(key: &'a PayloadKey, sealed_bytes: u64, read_at: R) -> Result<Self, RangeError> {
        let plain_bytes = plain_bytes(sealed_bytes).ok_or(RangeError::Length { sealed_bytes })?;
        let slab = Slab::with_chunks(RUN_CHUNKS);
        let mut seekable = Self {
            key,
            read_at,
            sealed_bytes,
            plain_bytes,
            slab,
        };
        seekable.open_run(seekable.last_chunk(), 1)?;
        Ok(seekable)
    }

    /// Bytes of plaintext in the whole stream.
    pub fn plain_bytes(&self) -> u64 {
        self.plain_bytes
    }

    /// Opens `range` of the plaintext and hands it to `out` in order, up to 64 KiB at a time.
    ///
    /// # Errors
    ///
    /// If the range reaches beyond the end, in which case nothing is opened, or a chunk cannot be
    /// read or does not authenticate: then what `out` got is authentic, but not all.
    pub fn open(
        &mut self,
        range: Range<u64>,
        mut out: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), RangeError> {
        let (end, plain_bytes) = (range.end, self.plain_bytes);
        if end > plain_bytes {
            return Err(RangeError::Beyond { end, plain_bytes });
        }
        let mut start = range.start;
        while start < end {
            let first_chunk = start / CHUNK_BYTES as u64;
            let base = first_chunk * CHUNK_BYTES as u64;
            let n_chunks = (end - base)
                .div_ceil(CHUNK_BYTES as u64)
                .min(RUN_CHUNKS as u64);
            self.open_run(first_chunk, n_chunks)?;
            let until = end.min(base + n_chunks * CHUNK_BYTES as u64);
            let slices = self
                .slab
                .plain_slices(within_run(start - base)..within_run(until - base));
            slices
                .into_iter()
                .try_for_each(&mut out)
                .map_err(RangeError::Write)?;
            start = until;
        }
        Ok(())
    }

    /// Reads and opens a run of at most [`RUN_CHUNKS`] chunks that all exist.
    fn open_run(&mut self, first_chunk: u64, n_chunks: u64) -> Result<(), RangeError> {
        let start = first_chunk * STRIDE as u64;
        let end = self.sealed_bytes.min(start + n_chunks * STRIDE as u64);
        let sealed = self.slab.sealed_mut(within_run(end - start));
        (self.read_at)(start, sealed).map_err(RangeError::Read)?;
        let last = first_chunk + n_chunks > self.last_chunk();
        self.key
            .open(&mut self.slab, first_chunk, last)
            .map_err(RangeError::Payload)
    }

    fn last_chunk(&self) -> u64 {
        (self.sealed_bytes - TAG_BYTES as u64) / STRIDE as u64
    }
}

/// A position within a run, which is at most a few chunks long.
fn within_run(position: u64) -> usize {
    usize::try_from(position).expect("a run fits into memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::FileKey;
    use proptest::prelude::*;

    fn key() -> PayloadKey {
        PayloadKey::new(&FileKey::take(&mut [3; 16]), &[5; 16])
    }

    fn numbered(len: usize) -> Vec<u8> {
        (0..len)
            .map(|at| u8::try_from((at / 3 + at / 65_536) % 251).unwrap())
            .collect()
    }

    fn seal(plain: &[u8]) -> Vec<u8> {
        let mut slab = Slab::with_chunks(plain.len().div_ceil(CHUNK_BYTES));
        slab.append_bytes(plain);
        key().seal(&mut slab, 0, true).unwrap();
        slab.sealed().to_vec()
    }

    fn reader(sealed: &[u8]) -> impl FnMut(u64, &mut [u8]) -> io::Result<()> {
        |position, buffer: &mut [u8]| {
            let start = usize::try_from(position).unwrap();
            buffer.copy_from_slice(&sealed[start..start + buffer.len()]);
            Ok(())
        }
    }

    fn open(sealed: &[u8], range: Range<u64>) -> Result<Vec<u8>, RangeError> {
        let key = key();
        let mut opened = Vec::new();
        let mut seekable = Seekable::new(&key, sealed.len() as u64, reader(sealed))?;
        seekable.open(range, |slice| {
            opened.extend_from_slice(slice);
            Ok(())
        })?;
        Ok(opened)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn any_range_is_the_same_range_of_the_plaintext(
            len in prop_oneof![0..4_usize, 65_534..65_539_usize, 0..20 * CHUNK_BYTES],
            start: prop::sample::Index, end: prop::sample::Index,
        ) {
            let plain = numbered(len);
            let (start, end) = (start.index(len + 1), end.index(len + 1));
            let opened = open(&seal(&plain), start as u64..end as u64).unwrap();
            prop_assert!(opened == plain[start.min(end)..end]);
        }
    }

    #[test]
    fn a_length_that_is_not_the_true_one_is_never_believed() {
        let sealed = seal(&numbered(3 * CHUNK_BYTES));
        let longer = [sealed.as_slice(), &[0; 99]].concat();
        let full_chunks = &sealed[..2 * STRIDE];
        for bytes in [
            &sealed[..sealed.len() - 1],
            full_chunks,
            &longer,
            b"",
            &[0; 15],
        ] {
            assert!(open(bytes, 0..1).is_err(), "{}", bytes.len());
        }
        assert!(matches!(
            open(b"", 0..0),
            Err(RangeError::Length { sealed_bytes: 0 })
        ));
    }

    #[test]
    fn damage_is_met_only_by_ranges_that_touch_it() {
        let plain = numbered(20 * CHUNK_BYTES);
        let mut sealed = seal(&plain);
        sealed[9 * STRIDE + 1] ^= 1;
        let chunk = CHUNK_BYTES as u64;
        assert!(open(&sealed, 0..chunk).is_ok());
        assert!(open(&sealed, 10 * chunk..20 * chunk).is_ok());
        let outcome = open(&sealed, 0..20 * chunk);
        assert!(matches!(
            outcome,
            Err(RangeError::Payload(PayloadError::NotAuthentic { chunk: 9 }))
        ));
    }

    #[test]
    fn a_range_beyond_the_end_is_refused() {
        let outcome = open(&seal(b"abc"), 1..4);
        assert!(matches!(
            outcome,
            Err(RangeError::Beyond {
                end: 4,
                plain_bytes: 3
            })
        ));
        assert_eq!(open(&seal(b"abc"), 1..3).unwrap(), b"bc");
    }

    #[test]
    fn faults_of_either_side_are_told_apart() {
        let (key, sealed) = (key(), seal(b"abc"));
        let broken = |_: u64, _: &mut [u8]| Err(io::Error::other("gone"));
        let outcome = Seekable::new(&key, sealed.len() as u64, broken).map(drop);
        assert!(matches!(outcome, Err(RangeError::Read(_))));
        let mut seekable = Seekable::new(&key, sealed.len() as u64, reader(&sealed)).unwrap();
        let outcome = seekable.open(0..3, |_| Err(io::Error::other("full")));
        assert!(matches!(outcome, Err(RangeError::Write(_))));
    }
}
