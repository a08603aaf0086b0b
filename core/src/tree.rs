//! A file's BLAKE3 from pieces that were hashed apart, in any order.
//!
//! ```text
//! file    |        piece          |         piece           |   piece    |
//! chunks  |1024|1024|1024|1024|102 4|1024|1024|1024|1024|102 4|1024| end |
//! spans   [        node       ] e  e [node    ][ node  ]  e  e [  ][node ]
//! ```
//!
//! Promises: the digest `b3sum` prints, whatever the cuts; every byte is hashed once. A cut inside
//! a chunk leaves two edges, which are joined last. Source: the BLAKE3 paper, sections 2.1 and 5.1.

use core::ops::Range;
use std::collections::BTreeMap;

use blake3::hazmat::{self, ChainingValue, HasherExt as _, Mode};
use blake3::{CHUNK_LEN, Hasher};

use crate::digest::Blake3;

const CHUNK_BYTES: u64 = CHUNK_LEN as u64;

/// Hashes one contiguous piece of a file.
pub struct PieceHasher {
    file_bytes: u64,
    rest: Range<u64>,
    open: Option<Span>,
    piece: Piece,
}

/// A stretch of a piece that is hashed, or kept, as one.
struct Span {
    start: u64,
    end: u64,
    content: Content,
}

enum Content {
    /// Part of a chunk.
    Edge(Vec<u8>),
    /// A complete subtree of the file's hash tree.
    Node(Box<Hasher>),
}

/// What a hashed piece leaves of itself.
#[derive(Default)]
pub struct Piece {
    /// Subtrees: start -> end, chaining value.
    nodes: BTreeMap<u64, (u64, ChainingValue)>,
    /// Parts of chunks: start -> bytes.
    edges: BTreeMap<u64, Vec<u8>>,
    /// The digest, where the piece is the whole file.
    whole: Option<Blake3>,
}

/// The pieces do not make up the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bytes {start} to {end} of the file were not hashed whole")]
pub struct Gap {
    /// First byte of a stretch of which something is missing.
    pub start: u64,
    /// Its end.
    pub end: u64,
}

impl PieceHasher {
    /// Begins the piece `range` of a file of `file_bytes`.
    pub fn new(file_bytes: u64, range: Range<u64>) -> Self {
        Self {
            file_bytes,
            rest: range,
            open: None,
            piece: Piece::default(),
        }
    }

    /// Hashes the next bytes; bytes beyond the piece are not looked at.
    pub fn update(&mut self, mut bytes: &[u8]) {
        let is_whole = self.rest == (0..self.file_bytes) && bytes.len() as u64 == self.file_bytes;
        if is_whole && !bytes.is_empty() {
            // A small file, all at once: nothing has to be kept between calls.
            self.rest.start = self.file_bytes;
            self.piece.whole = Some(Blake3::of(bytes));
            return;
        }
        while !bytes.is_empty() && !self.rest.is_empty() {
            let mut span = self.open.take().unwrap_or_else(|| self.next_span());
            let room = usize::try_from(span.end - self.rest.start).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            match &mut span.content {
                Content::Edge(edge) => edge.extend_from_slice(now),
                Content::Node(hasher) => {
                    hasher.update(now);
                }
            }
            self.rest.start += now.len() as u64;
            bytes = later;
            if self.rest.start == span.end {
                self.close(span);
            } else {
                self.open = Some(span);
            }
        }
    }

    /// Ends the piece. Bytes that were not given show as a [`Gap`] in [`join`].
    pub fn finish(self) -> Piece {
        self.piece
    }

    fn next_span(&self) -> Span {
        let Range { start, end } = self.rest;
        let is_whole = start == 0 && end == self.file_bytes;
        let chunk_end = (start / CHUNK_BYTES + 1) * CHUNK_BYTES;
        let is_inside = !start.is_multiple_of(CHUNK_BYTES) || chunk_end > end;
        if is_whole {
            return Span {
                start,
                end,
                content: Content::Node(Box::default()),
            };
        }
        if is_inside && !(start.is_multiple_of(CHUNK_BYTES) && end == self.file_bytes) {
            return Span {
                start,
                end: chunk_end.min(end),
                content: Content::Edge(Vec::new()),
            };
        }
        let mut bytes = CHUNK_BYTES;
        while start.is_multiple_of(bytes * 2) && start + bytes * 2 <= end {
            bytes *= 2;
        }
        let mut hasher = Box::<Hasher>::default();
        hasher.set_input_offset(start);
        Span {
            start,
            end: (start + bytes).min(end),
            content: Content::Node(hasher),
        }
    }

    fn close(&mut self, span: Span) {
        match span.content {
            Content::Edge(bytes) => {
                self.piece.edges.insert(span.start, bytes);
            }
            Content::Node(hasher) if span.start == 0 && span.end == self.file_bytes => {
                self.piece.whole = Some(hasher.finalize().into());
            }
            Content::Node(hasher) => {
                self.piece
                    .nodes
                    .insert(span.start, (span.end, hasher.finalize_non_root()));
            }
        }
    }
}

impl Piece {
    /// Gives `take` what describes everything the piece covers: equal exactly where the bytes are
    /// equal.
    pub fn describe(&self, take: &mut impl FnMut(&[u8])) {
        for (start, (end, value)) in &self.nodes {
            take(&start.to_be_bytes());
            take(&end.to_be_bytes());
            take(value);
        }
        for (start, bytes) in &self.edges {
            take(&start.to_be_bytes());
            take(&(bytes.len() as u64).to_be_bytes());
            take(bytes);
        }
        if let Some(whole) = &self.whole {
            take(whole.as_bytes());
        }
    }

    /// Whether it is the whole of a file that is not empty.
    pub fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Takes in what another piece of the same file left.
    pub fn absorb(&mut self, mut other: Self) {
        self.nodes.append(&mut other.nodes);
        self.edges.append(&mut other.edges);
        self.whole = self.whole.or(other.whole);
    }

    /// The digest of a file of `file_bytes` whose every piece was absorbed.
    ///
    /// # Errors
    /// [`Gap`] where some byte was not hashed.
    pub fn join(mut self, file_bytes: u64) -> Result<Blake3, Gap> {
        if let Some(whole) = self.whole {
            return Ok(whole);
        }
        let mut chunks = self.joined_edges();
        if file_bytes <= CHUNK_BYTES {
            let bytes = chunks.remove(&0).unwrap_or_default();
            let is_whole = bytes.len() as u64 == file_bytes;
            return is_whole.then(|| Blake3::of(&bytes)).ok_or(Gap {
                start: 0,
                end: file_bytes,
            });
        }
        for (start, bytes) in chunks {
            let mut hasher = Hasher::new();
            hasher.set_input_offset(start).update(&bytes);
            let end = start + bytes.len() as u64;
            self.nodes.insert(start, (end, hasher.finalize_non_root()));
        }
        let middle = hazmat::left_subtree_len(file_bytes);
        let (left, right) = (self.value(0..middle)?, self.value(middle..file_bytes)?);
        Ok(hazmat::merge_subtrees_root(&left, &right, Mode::Hash).into())
    }

    /// The chunks whose every byte lies in edges, and those that lack some: start -> bytes.
    fn joined_edges(&mut self) -> BTreeMap<u64, Vec<u8>> {
        let mut chunks: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        for (start, bytes) in std::mem::take(&mut self.edges) {
            let chunk_start = start - start % CHUNK_BYTES;
            let chunk = chunks.entry(chunk_start).or_default();
            if chunk_start + chunk.len() as u64 == start {
                chunk.extend(bytes);
            }
        }
        // A chunk of which the beginning is missing has nothing to hash.
        chunks.retain(|_, bytes| !bytes.is_empty());
        chunks
    }

    /// The chaining value of a subtree: known, or merged from its halves.
    fn value(&self, range: Range<u64>) -> Result<ChainingValue, Gap> {
        let bytes = range.end - range.start;
        match self.nodes.get(&range.start) {
            Some((end, value)) if *end == range.end => Ok(*value),
            _ if bytes <= CHUNK_BYTES => Err(Gap {
                start: range.start,
                end: range.end,
            }),
            _ => {
                let middle = range.start + hazmat::left_subtree_len(bytes);
                let (left, right) = (
                    self.value(range.start..middle)?,
                    self.value(middle..range.end)?,
                );
                Ok(hazmat::merge_subtrees_non_root(&left, &right, Mode::Hash))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length)
            .map(|index| u8::try_from(index % 251).expect("below 251"))
            .collect()
    }

    fn joined(file: &[u8], cuts: &[usize], step: usize) -> Result<Blake3, Gap> {
        let mut all = Piece::default();
        let mut edges = vec![0];
        edges.extend(cuts.iter().map(|cut| cut % (file.len() + 1)));
        edges.push(file.len());
        edges.sort_unstable();
        for pair in edges.windows(2).rev() {
            let mut hasher = PieceHasher::new(file.len() as u64, pair[0] as u64..pair[1] as u64);
            file[pair[0]..pair[1]]
                .chunks(step)
                .for_each(|bytes| hasher.update(bytes));
            all.absorb(hasher.finish());
        }
        all.join(file.len() as u64)
    }

    #[test]
    fn sizes_around_chunks_and_subtrees_have_the_usual_digest() {
        for size in [
            0, 1, 1023, 1024, 1025, 2048, 2049, 3072, 4096, 65_536, 65_537, 100_000,
        ] {
            let file = bytes(size);
            for cuts in [
                vec![],
                vec![512],
                vec![1024],
                vec![1536, 4608],
                vec![8192, 16_384],
            ] {
                assert_eq!(
                    joined(&file, &cuts, 777),
                    Ok(Blake3::of(&file)),
                    "{size} {cuts:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_missing_is_a_gap() {
        let file = bytes(5_000);
        for missing in [0..1024, 0..512, 1536..2048, 4096..5000, 4999..5000] {
            let mut all = Piece::default();
            for range in [0..missing.start, missing.end..file.len()] {
                let place = range.start as u64..range.end as u64;
                let mut hasher = PieceHasher::new(file.len() as u64, place);
                hasher.update(&file[range]);
                all.absorb(hasher.finish());
            }
            assert!(all.join(file.len() as u64).is_err(), "{missing:?}");
        }
    }

    proptest! {
        #[test]
        fn any_pieces_join_to_the_usual_digest(
            size in 0..70_000_usize,
            cuts in proptest::collection::vec(0..70_000_usize, 0..6),
            step in 1..5_000_usize,
        ) {
            let file = bytes(size);
            prop_assert_eq!(joined(&file, &cuts, step), Ok(Blake3::of(&file)));
        }
    }

    #[test]
    fn a_missing_piece_is_a_gap() {
        let file = bytes(10_000);
        let mut hasher = PieceHasher::new(10_000, 0..5_000);
        hasher.update(&file[..5_000]);
        assert!(hasher.finish().join(10_000).is_err());
        assert!(Piece::default().join(10_000).is_err());
        assert!(Piece::default().join(1).is_err());
    }

    #[test]
    fn equal_bytes_and_only_they_have_equal_pieces() {
        let digest = |file: &[u8]| {
            let mut piece = PieceHasher::new(20_000, 512..512 + file.len() as u64);
            piece.update(file);
            let mut hasher = Hasher::new();
            piece.finish().describe(&mut |bytes| {
                hasher.update(bytes);
            });
            hasher.finalize()
        };
        let (one, mut other) = (bytes(9_000), bytes(9_000));
        assert_eq!(digest(&one), digest(&other));
        for position in [0, 511, 512, 5_000, 8_999] {
            other[position] ^= 1;
            assert_ne!(digest(&one), digest(&other), "{position}");
            other[position] ^= 1;
        }
    }
}
