//! Hashes of a log's tree, and which whole subtrees make up a piece of it.
//!
//! ```text
//!           root                      SHA256(0x01 ‖ left ‖ right)
//!          /    \
//!      (2,0)     \                    nodes are named (level, index): (2,0) is over entries 0 to 3
//!      /   \      \
//!   (1,0) (1,1) (1,2)
//!    / \   / \   / \
//!   0   1 2   3 4   5                 SHA256(0x00 ‖ entry)
//! ```
//!
//! Promises: an entry never has the hash of a pair; the left part of every pair is the largest whole
//! subtree that leaves something to the right. It holds no tree: whoever has one answers for nodes.
//!
//! Source: RFC 6962 section 2.1.

use crate::digest::Sha256;

/// Most hashes of a path: entries are numbered by 64 bits.
pub const PATH_MAX: usize = 64;

/// Why a proof does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MerkleError {
    /// The entry would stand behind the end of the tree.
    #[error("entry {index} is not in a tree of {size} entries")]
    Index {
        /// The entry's number, from 0.
        index: u64,
        /// Entries of the tree.
        size: u64,
    },
    /// The former tree is empty, or larger than the later one.
    #[error("a tree of {former} entries is never shown to be the beginning of one of {later}")]
    Sizes {
        /// Entries of the former tree.
        former: u64,
        /// Entries of the later tree.
        later: u64,
    },
    /// The path has more or fewer hashes than the sizes demand.
    #[error("the path has {actual} hashes, expected {expected}")]
    Length {
        /// Hashes found.
        actual: usize,
        /// Hashes that the sizes demand.
        expected: usize,
    },
    /// The path leads to another root.
    #[error("the path leads to the root {actual}, expected {expected}")]
    Root {
        /// Where it leads.
        actual: Sha256,
        /// The root of the tree.
        expected: Sha256,
    },
}

/// The root of a tree over `2^level` entries, of which it is the `index`th.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// How many hashings above the entries.
    pub level: u8,
    /// Its number among the nodes of that level, from 0.
    pub index: u64,
}

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Sha256 {
    Sha256::of(&[&[0x00], entry])
}

/// The hash of two neighbours.
pub fn node_hash(left: &Sha256, right: &Sha256) -> Sha256 {
    Sha256::of(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// The root of a tree without entries.
pub fn empty_root() -> Sha256 {
    Sha256::of(&[])
}

/// Entries of the left half of a tree: the largest power of two that is smaller than `size`, which
/// is 2 or more.
pub(super) const fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The whole subtrees of the entries `begin` to `end`, from the left. `begin` is a multiple of a power
/// of two that is not smaller than the length, as every piece that is split off is.
pub(super) fn nodes(begin: u64, end: u64) -> Vec<Node> {
    let (mut begin, mut nodes) = (begin, Vec::new());
    while begin < end {
        let level = (end - begin).ilog2();
        nodes.push(Node {
            level: u8::try_from(level).expect("64 bits have 64 places"),
            index: begin >> level,
        });
        begin += 1 << level;
    }
    nodes
}

/// The hash over the entries `begin` to `end` of a tree, of which `read` gives the hash of each whole
/// subtree; of none, [`empty_root`].
///
/// # Errors
/// What `read` says.
pub(super) fn range_hash<E>(
    begin: u64,
    end: u64,
    read: &mut dyn FnMut(Node) -> Result<Sha256, E>,
) -> Result<Sha256, E> {
    let mut hash = None;
    for node in nodes(begin, end).into_iter().rev() {
        let left = read(node)?;
        hash = Some(hash.map_or(left, |right| node_hash(&left, &right)));
    }
    Ok(hash.unwrap_or_else(empty_root))
}

/// The root of a tree of `size` entries, of which `read` gives the hash of each whole subtree.
///
/// # Errors
/// What `read` says.
pub fn root<E>(size: u64, read: &mut dyn FnMut(Node) -> Result<Sha256, E>) -> Result<Sha256, E> {
    range_hash(0, size, read)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use core::convert::Infallible;

    /// The entries of the vectors of transparency-dev/merkle.
    pub(in crate::tlog) const ENTRIES: [&[u8]; 8] = [
        b"",
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        b"`abcdefghijklmno",
    ];

    /// A node of a tree, by the definition.
    pub(in crate::tlog) fn node_of(hashes: &[Sha256], node: Node) -> Sha256 {
        if node.level == 0 {
            return hashes[usize::try_from(node.index).unwrap()];
        }
        let child = |index| {
            let level = node.level - 1;
            node_of(hashes, Node { level, index })
        };
        node_hash(&child(2 * node.index), &child(2 * node.index + 1))
    }

    /// Whoever holds a whole tree.
    pub(in crate::tlog) fn reader(
        hashes: &[Sha256],
    ) -> impl FnMut(Node) -> Result<Sha256, Infallible> {
        |node| Ok(node_of(hashes, node))
    }

    /// The root by the definition of RFC 6962.
    pub(in crate::tlog) fn root_of(hashes: &[Sha256]) -> Sha256 {
        match hashes {
            [] => empty_root(),
            [only] => *only,
            [..] => {
                let half = usize::try_from(split(hashes.len() as u64)).unwrap();
                node_hash(&root_of(&hashes[..half]), &root_of(&hashes[half..]))
            }
        }
    }

    #[test]
    fn roots_are_the_published_ones() {
        let published = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let hashes: Vec<Sha256> = ENTRIES.iter().map(|entry| leaf_hash(entry)).collect();
        for (published, size) in published.iter().zip(0..) {
            let Ok(root) = root(size as u64, &mut reader(&hashes));
            assert_eq!(root.to_string(), *published, "{size}");
            assert_eq!(root, root_of(&hashes[..size]));
        }
    }

    #[test]
    fn halves_are_the_largest_power_of_two_that_leaves_something() {
        for (size, half) in [(2, 1), (3, 2), (4, 2), (7, 4), (8, 4), (9, 8)] {
            assert_eq!(split(size), half);
        }
        assert_eq!(split(u64::MAX), 1 << 63);
    }
}
