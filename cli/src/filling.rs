//! A part's plaintext, read straight into the place where it will be sealed, and hashed on the way.

use std::ops::Range;

use quitus_core::archive::{Layout, Segment};
use quitus_core::cipher::Slab;
use quitus_core::digest::Blake3;
use quitus_core::tree::{Piece, PieceHasher};

use crate::disk::Source;
use crate::failure::Failure;
use crate::workers::Work;

/// Fills a slab with bytes `range` of the archive; gives a digest of them.
///
/// Every byte is hashed once: the digest is over the archive's own bytes and over what hashing left of
/// the files' pieces. It is equal exactly where the bytes are.
///
/// # Errors
///
/// Exit 3 when a file is no longer as it was found, 8 when it cannot be read.
pub fn fill(
    slab: &mut Slab,
    layout: &Layout<'_>,
    range: Range<u64>,
    sources: &[Source],
    work: &Work,
) -> Result<Blake3, Failure> {
    slab.clear();
    let mut digest = Gathered::default();
    for segment in layout.segments(range) {
        match segment {
            Segment::Bytes(bytes) => {
                slab.append_bytes(&bytes);
                digest.take(&bytes);
            }
            Segment::File { entry, range } => {
                let source = sources.get(entry).expect("the layout's entries");
                let piece = append_file(slab, source, range)?;
                piece.describe(&mut |bytes| digest.take(bytes));
                work.absorb(entry, piece);
            }
        }
    }
    Ok(digest.finish())
}

/// Hashes many short stretches as if they were one: a few KiB at a time are hashed twice as fast as
/// single blocks.
#[derive(Default)]
struct Gathered {
    hasher: blake3::Hasher,
    waiting: Vec<u8>,
}

impl Gathered {
    const WAITING_BYTES_MAX: usize = 32 * 1024;

    fn take(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= Self::WAITING_BYTES_MAX {
            self.hasher.update(&self.waiting);
            self.waiting.clear();
        }
    }

    fn finish(mut self) -> Blake3 {
        self.hasher.update(&self.waiting);
        self.hasher.finalize().into()
    }
}

/// Appends a range of a file, hashing it on the way.
fn append_file(slab: &mut Slab, source: &Source, range: Range<u64>) -> Result<Piece, Failure> {
    let opened = source.open()?;
    let mut hasher = PieceHasher::new(source.file_bytes.unwrap_or(0), range.clone());
    let mut position = range.start;
    let length = usize::try_from(range.end - range.start).map_err(Failure::unexpected)?;
    slab.append(length, |slice| {
        let end = position + slice.len() as u64;
        opened.read(position..end, slice)?;
        hasher.update(slice);
        position = end;
        Ok::<(), Failure>(())
    })?;
    opened.check()?;
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_hashed_as_if_they_were_one() {
        for (n_bytes, n_stretches) in [(0, 3), (1, 70_000), (511, 200), (40_000, 3)] {
            let stretch = vec![7; n_bytes];
            let mut gathered = Gathered::default();
            for _ in 0..n_stretches {
                gathered.take(&stretch);
            }
            let whole = Blake3::of(&vec![7; n_bytes * n_stretches]);
            assert_eq!(gathered.finish(), whole, "{n_bytes} {n_stretches}");
        }
    }
}
