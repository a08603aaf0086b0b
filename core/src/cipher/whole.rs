//! Small documents sealed and opened whole, in memory.
//!
//! ```text
//! age header || nonce || payload, of which every chunk lies in memory
//! ```
//!
//! Promises: a byte-exact age v1 file; nothing is allocated for a document longer than its bound;
//! the plaintext is erased when it is dropped.
//!
//! Does not: suit files; see `engine` for streams and `range` for parts of them.
//!
//! Spec: C2SP age.md.

use thiserror::Error;
use zeroize::Zeroizing;

use super::payload::{PayloadError, plain_bytes};
use super::recipient::{Identity, Recipient};
use super::slab::{STRIDE, Slab};
use super::wrap::{OpenError, SealError, new_header, open_header};
use crate::parts::{CHUNK_BYTES, TAG_BYTES};

/// Chunks that are sealed or opened at a time.
const RUN_CHUNKS: usize = 4;
const RUN_BYTES: usize = RUN_CHUNKS * CHUNK_BYTES;

/// Why a sealed document cannot be opened.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// The header gives no key.
    #[error("the header of the sealed document does not open")]
    Header(#[source] OpenError),
    /// The payload is damaged or cut.
    #[error("the sealed document is damaged")]
    Payload(#[source] PayloadError),
    /// No payload has this length.
    #[error("a payload of {actual} bytes is not whole")]
    Length {
        /// Bytes behind the header.
        actual: u64,
    },
    /// The document is longer than it may be.
    #[error("the sealed document has {actual} bytes, at most {max} are allowed")]
    TooLong {
        /// Bytes of plaintext.
        actual: u64,
        /// Bytes allowed.
        max: usize,
    },
}

/// Seals `plain` for `recipients`.
///
/// # Errors
///
/// If no header can be made for them.
pub fn seal_bytes(recipients: &[Recipient], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let (mut bytes, keys) = new_header(recipients)?;
    let key = keys.payload_key();
    let mut slab = slab_for(plain.len());
    let n_chunks = plain.len().div_ceil(CHUNK_BYTES).max(1);
    bytes.reserve_exact(plain.len() + n_chunks * TAG_BYTES);
    let n_runs = plain.len().div_ceil(RUN_BYTES).max(1);
    for run in 0..n_runs {
        let (start, is_last) = (run * RUN_BYTES, run + 1 == n_runs);
        let end = plain.len().min(start + RUN_BYTES);
        slab.clear();
        slab.append_bytes(plain.get(start..end).unwrap_or_default());
        key.seal(&mut slab, (run * RUN_CHUNKS) as u64, is_last)
            .expect("every run but the last is of whole chunks");
        bytes.extend_from_slice(slab.sealed());
    }
    Ok(bytes)
}

/// Opens `sealed`, one whole age file of at most `bytes_max` bytes of plaintext.
///
/// # Errors
///
/// If no identity opens it, it is damaged, cut or followed by anything, or it is too long.
pub fn open_bytes(
    identities: &[Identity],
    sealed: &[u8],
    bytes_max: usize,
) -> Result<Zeroizing<Vec<u8>>, DocumentError> {
    let mut payload = sealed;
    let keys = open_header(&mut payload, identities).map_err(DocumentError::Header)?;
    let sealed_bytes = payload.len() as u64;
    let actual = plain_bytes(sealed_bytes).ok_or(DocumentError::Length {
        actual: sealed_bytes,
    })?;
    let len = usize::try_from(actual).ok().filter(|len| *len <= bytes_max);
    let len = len.ok_or(DocumentError::TooLong {
        actual,
        max: bytes_max,
    })?;
    let key = keys.payload_key();
    let mut slab = slab_for(len);
    let mut plain = Zeroizing::new(Vec::with_capacity(len));
    let mut runs = payload.chunks(RUN_CHUNKS * STRIDE).zip(0..).peekable();
    while let Some((sealed, run)) = runs.next() {
        slab.sealed_mut(sealed.len()).copy_from_slice(sealed);
        key.open(&mut slab, run * RUN_CHUNKS as u64, runs.peek().is_none())
            .map_err(DocumentError::Payload)?;
        for slice in slab.plain_slices(0..slab.plain_len()) {
            plain.extend_from_slice(slice);
        }
    }
    Ok(plain)
}

/// A slab for a run of a document: it stays in a core's cache.
fn slab_for(len: usize) -> Slab {
    Slab::with_chunks(len.div_ceil(CHUNK_BYTES).min(RUN_CHUNKS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::SecretKey;

    fn key() -> SecretKey {
        SecretKey::from_scalar(&[7; 32])
    }

    #[test]
    fn documents_of_any_size_open_again_here_and_in_the_age_crate() {
        for len in [
            0,
            1,
            CHUNK_BYTES - 1,
            CHUNK_BYTES,
            CHUNK_BYTES + 1,
            RUN_BYTES,
            RUN_BYTES + 1,
            3 * RUN_BYTES,
        ] {
            let plain = vec![5; len];
            let sealed = seal_bytes(&[key().recipient()], &plain).unwrap();
            let opened = open_bytes(&[key().into()], &sealed, len).unwrap();
            assert!(*opened == plain);
            let identity: age::x25519::Identity = key().expose_text().parse().unwrap();
            assert!(age::decrypt(&identity, &sealed).unwrap() == plain);
            let theirs = age::encrypt(&identity.to_public(), &plain).unwrap();
            assert!(*open_bytes(&[key().into()], &theirs, len).unwrap() == plain);
        }
    }

    #[test]
    fn every_flipped_bit_cut_and_addition_is_refused() {
        let sealed = seal_bytes(&[key().recipient()], b"terms").unwrap();
        let refused = |bytes: &[u8]| open_bytes(&[key().into()], bytes, 100).is_err();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(refused(&changed), "byte {at}");
            assert!(refused(&sealed[..at]), "cut at {at}");
        }
        assert!(refused(&[sealed.as_slice(), b"x"].concat()));
    }

    #[test]
    fn a_document_above_its_bound_is_refused() {
        let sealed = seal_bytes(&[key().recipient()], &[0; 101]).unwrap();
        let outcome = open_bytes(&[key().into()], &sealed, 100);
        assert!(matches!(
            outcome,
            Err(DocumentError::TooLong {
                actual: 101,
                max: 100
            })
        ));
    }

    #[test]
    fn the_same_document_twice_is_sealed_differently() {
        let seal = || seal_bytes(&[key().recipient()], b"same").unwrap();
        assert_ne!(seal(), seal());
    }
}
