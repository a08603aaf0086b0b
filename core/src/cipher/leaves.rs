//! The BLAKE3 of a stream from batches that were hashed apart, all of the same length but the last.
//!
//! ```text
//!            root
//!          /      \
//!      node        leaf 2          leaf = the chaining value of one batch,
//!     /    \                       a complete subtree because its length is a power of two
//!  leaf 0  leaf 1
//! ```
//!
//! Promises: the digest that hashing the whole stream at once gives; memory for one value per level.
//!
//! Does not: cut a stream whose batches are not equal and aligned (that is `tree`).
//!
//! Spec: the BLAKE3 paper, sections 2.1 and 5.1.

use blake3::Hasher;
use blake3::hazmat::{self, ChainingValue, HasherExt as _, Mode};

use crate::digest::Blake3;

/// The hash of one batch: inside the tree, or of the whole stream if there is no other.
#[derive(Clone, Copy)]
pub(super) enum Leaf {
    /// The chaining value of a subtree.
    Node(ChainingValue),
    /// The digest of a stream of a single batch.
    Root(Blake3),
}

impl Leaf {
    /// Hashes the batch that begins `offset` bytes into the stream and is followed by others
    /// unless `is_last`. Only the whole of an empty stream may be empty.
    pub(super) fn hash<'a>(
        offset: u64,
        is_last: bool,
        slices: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let mut hasher = Hasher::new();
        hasher.set_input_offset(offset);
        for slice in slices {
            hasher.update(slice);
        }
        if offset == 0 && is_last {
            Self::Root(Blake3::from_bytes(hasher.finalize().into()))
        } else {
            Self::Node(hasher.finalize_non_root())
        }
    }
}

/// The leaves so far, merged as far as they are known not to touch the root.
#[derive(Default)]
pub(super) struct Leaves {
    /// Subtrees left to right, each of fewer levels than the one before it.
    subtrees: Vec<ChainingValue>,
    n_pushed: u64,
    root: Option<Blake3>,
}

impl Leaves {
    /// Takes the leaf right of all others.
    pub(super) fn push(&mut self, leaf: Leaf) {
        match leaf {
            Leaf::Root(digest) => self.root = Some(digest),
            Leaf::Node(value) => {
                self.merge_complete();
                self.subtrees.push(value);
                self.n_pushed += 1;
            }
        }
    }

    /// Merges what cannot be the root, because a leaf is about to follow: as many subtrees remain
    /// as the number of leaves has bits set.
    fn merge_complete(&mut self) {
        while self.subtrees.len() > self.n_pushed.count_ones() as usize {
            let (Some(right), Some(left)) = (self.subtrees.pop(), self.subtrees.pop()) else {
                return;
            };
            self.subtrees
                .push(hazmat::merge_subtrees_non_root(&left, &right, Mode::Hash));
        }
    }

    /// The digest of the stream; `None` if no leaf or only inner ones were taken.
    pub(super) fn digest(mut self) -> Option<Blake3> {
        if let Some(root) = self.root {
            return Some(root);
        }
        let mut right = self.subtrees.pop()?;
        let mut left = self.subtrees.pop()?;
        while let Some(next) = self.subtrees.pop() {
            right = hazmat::merge_subtrees_non_root(&left, &right, Mode::Hash);
            left = next;
        }
        let root = hazmat::merge_subtrees_root(&left, &right, Mode::Hash);
        Some(Blake3::from_bytes(root.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_stream_at_once() {
        let stream: Vec<u8> = (0..40_000_u32)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        for batch_bytes in [1024, 2048, 4096] {
            for len in [
                0, 1, 1023, 1024, 1025, 2048, 2049, 4096, 4097, 12_288, 12_289, 40_000,
            ] {
                let stream = &stream[..len];
                let mut batches: Vec<_> = stream.chunks(batch_bytes).collect();
                if batches.is_empty() {
                    batches.push(&[]);
                }
                let mut leaves = Leaves::default();
                for (index, batch) in batches.iter().enumerate() {
                    let is_last = index + 1 == batches.len();
                    let offset = (index * batch_bytes) as u64;
                    leaves.push(Leaf::hash(offset, is_last, batch.chunks(100)));
                }
                let expected = Blake3::from_bytes(blake3::hash(stream).into());
                assert_eq!(leaves.digest(), Some(expected), "{len} in {batch_bytes}");
            }
        }
    }
}
