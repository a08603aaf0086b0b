//! That an entry is in a tree: the hashes beside the way from it to the root.
//!
//! ```text
//! entry 5 of 6:   hash of entry 4, hash over entries 0 to 3
//! ```
//!
//! Promises: a path has exactly as many hashes as index and size demand. It does not say where the root
//! is from.
//!
//! Sources: RFC 6962 section 2.1.1, RFC 9162 section 2.1.3.2.

use super::merkle::{MerkleError, Node, node_hash, range_hash, split};
use crate::digest::Sha256;

/// The path of an entry in a tree, of which `read` gives the hash of each whole subtree; from the
/// entry's neighbour up. Empty for what is not in the tree.
///
/// # Errors
/// What `read` says.
pub fn prove<E>(
    index: u64,
    size: u64,
    read: &mut dyn FnMut(Node) -> Result<Sha256, E>,
) -> Result<Vec<Sha256>, E> {
    let mut path = Vec::new();
    if index >= size {
        return Ok(path);
    }
    let (mut begin, mut end) = (0, size);
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(range_hash(middle, end, read)?);
            end = middle;
        } else {
            path.push(range_hash(begin, middle, read)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Whether a path leads from the hash of an entry to the root of a tree.
///
/// # Errors
/// [`MerkleError`].
pub fn verify(
    (index, leaf): (u64, Sha256),
    (size, root): (u64, Sha256),
    path: &[Sha256],
) -> Result<(), MerkleError> {
    if index >= size {
        return Err(MerkleError::Index { index, size });
    }
    let (mut hash, mut hashes) = (leaf, path.iter());
    let (mut place, mut last) = (index, size - 1);
    let mut expected = 0;
    while last > 0 {
        // The last node of a level has a neighbour to the left, or goes up as it is.
        if place % 2 == 1 || place < last {
            expected += 1;
            if let Some(other) = hashes.next() {
                hash = match place % 2 {
                    1 => node_hash(other, &hash),
                    _ => node_hash(&hash, other),
                };
            }
        }
        (place, last) = (place / 2, last / 2);
    }
    let actual = path.len();
    if actual != expected {
        return Err(MerkleError::Length { actual, expected });
    }
    if hash == root {
        Ok(())
    } else {
        Err(MerkleError::Root {
            actual: hash,
            expected: root,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;
    use crate::tlog::merkle::leaf_hash;
    use crate::tlog::merkle::tests::{ENTRIES, reader, root_of};
    use proptest::prelude::*;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vector {
        name: String,
        leaf_idx: u64,
        tree_size: u64,
        root: String,
        leaf_hash: String,
        proof: Vec<String>,
        want_err: bool,
    }

    impl Vector {
        /// Whether it is accepted; hashes of another length are none.
        fn is_accepted(&self) -> bool {
            let hash = |text: &String| text::from_base64(text).ok().map(Sha256::from_bytes);
            let path: Option<Vec<Sha256>> = self.proof.iter().map(hash).collect();
            match (hash(&self.leaf_hash), hash(&self.root), path) {
                (Some(leaf), Some(root), Some(path)) => {
                    verify((self.leaf_idx, leaf), (self.tree_size, root), &path).is_ok()
                }
                _ => false,
            }
        }
    }

    #[test]
    fn the_vectors_of_transparency_dev_are_judged_as_they_say() {
        let vectors = include_str!("../../../tests/vectors/tlog/inclusion.json");
        let vectors: Vec<Vector> = serde_json::from_str(vectors).unwrap();
        assert_eq!(vectors.len(), 98);
        for vector in vectors {
            assert_eq!(vector.is_accepted(), !vector.want_err, "{}", vector.name);
        }
    }

    #[test]
    fn paths_are_the_published_ones() {
        let published = [
            (0, 1, vec![]),
            (2, 3, vec!["fac54203"]),
            (1, 5, vec!["6e340b9c", "5f083f0a", "bc1a0643"]),
            (0, 8, vec!["96a296d2", "5f083f0a", "6b47aaf2"]),
            (5, 8, vec!["bc1a0643", "ca854ea1", "d37ee418"]),
        ];
        let hashes: Vec<Sha256> = ENTRIES.iter().map(|entry| leaf_hash(entry)).collect();
        for (index, size, published) in published {
            let Ok(path) = prove(index, size, &mut reader(&hashes));
            let starts: Vec<String> = path.iter().map(|h| h.to_string()[..8].to_owned()).collect();
            assert_eq!(starts, published);
        }
    }

    proptest! {
        #[test]
        fn what_is_proved_verifies_and_nothing_else(size in 1_usize..70, at: u64, other: u64, bit: u8) {
            let hashes: Vec<Sha256> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let (index, root, count) = (at % size as u64, root_of(&hashes), size as u64);
            let leaf = hashes[usize::try_from(index).unwrap()];
            let Ok(path) = prove(index, count, &mut reader(&hashes));
            prop_assert_eq!(verify((index, leaf), (count, root), &path), Ok(()));
            let elsewhere = other % (2 * count);
            prop_assert!(elsewhere == index || verify((elsewhere, leaf), (count, root), &path).is_err());
            if !path.is_empty() {
                let mut changed = path.clone();
                let place = usize::from(bit) % changed.len();
                let mut bytes = *changed[place].as_bytes();
                bytes[usize::from(bit / 8)] ^= 1 << (bit % 8);
                changed[place] = Sha256::from_bytes(bytes);
                prop_assert!(verify((index, leaf), (count, root), &changed).is_err());
                changed.pop();
                prop_assert!(verify((index, leaf), (count, root), &changed).is_err());
            }
            let longer = [&path[..], &[root]].concat();
            prop_assert!(verify((index, leaf), (count, root), &longer).is_err());
        }
    }
}
