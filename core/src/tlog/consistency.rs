//! That a tree is the beginning of a later one: nothing below its size was changed or removed.
//!
//! ```text
//! 6 of 8:   hash over entries 4 and 5, over 6 and 7, over 0 to 3
//! ```
//!
//! Promises: both roots follow from one path; a tree without entries is never the former one, as that
//! would show nothing. It does not say where the roots are from.
//!
//! Sources: RFC 6962 section 2.1.2, RFC 9162 section 2.1.4.2.

use super::merkle::{MerkleError, Node, node_hash, range_hash, split};
use crate::digest::Sha256;

/// The path from a tree of `former` entries to one of `later`, of which `read` gives the hash of each
/// whole subtree. Empty for sizes that are equal, or that nothing can be shown of.
///
/// # Errors
/// What `read` says.
pub fn prove<E>(
    former: u64,
    later: u64,
    read: &mut dyn FnMut(Node) -> Result<Sha256, E>,
) -> Result<Vec<Sha256>, E> {
    let mut path = Vec::new();
    if former == 0 || former >= later {
        return Ok(path);
    }
    let (mut begin, mut end) = (0, later);
    while former < end {
        let middle = begin + split(end - begin);
        if former <= middle {
            path.push(range_hash(middle, end, read)?);
            end = middle;
        } else {
            path.push(range_hash(begin, middle, read)?);
            begin = middle;
        }
    }
    // What is left ends where the former tree ends. If it is the whole of it, its root is known.
    if begin > 0 {
        path.push(range_hash(begin, end, read)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether a path leads to both roots.
///
/// # Errors
/// [`MerkleError`].
pub fn verify(
    (former, former_root): (u64, Sha256),
    (later, later_root): (u64, Sha256),
    path: &[Sha256],
) -> Result<(), MerkleError> {
    if former == 0 || former > later {
        return Err(MerkleError::Sizes { former, later });
    }
    let (start, steps) = way(former, later);
    let n_start = usize::from(start == Start::Given);
    let (actual, expected) = (path.len(), steps.len() + n_start);
    if actual != expected {
        return Err(MerkleError::Length { actual, expected });
    }
    let mut hashes = path.iter();
    let first = match start {
        Start::FormerRoot => former_root,
        Start::Given => *hashes.next().unwrap_or(&former_root),
    };
    let (mut of_former, mut of_later) = (first, first);
    for (step, hash) in steps.iter().zip(hashes) {
        match step {
            Step::Both => {
                of_former = node_hash(hash, &of_former);
                of_later = node_hash(hash, &of_later);
            }
            Step::Later => of_later = node_hash(&of_later, hash),
        }
    }
    same(of_former, former_root)?;
    same(of_later, later_root)
}

/// What a path begins with.
#[derive(PartialEq, Eq)]
enum Start {
    /// The former tree is one whole subtree of the later one: its root is not in the path.
    FormerRoot,
    /// The last whole subtree of the former tree is the first of the path.
    Given,
}

/// What a hash of the path stands for.
enum Step {
    /// A subtree to the left, which both trees have.
    Both,
    /// A subtree to the right, which only the later tree has.
    Later,
}

fn way(former: u64, later: u64) -> (Start, Vec<Step>) {
    if former == later {
        return (Start::FormerRoot, Vec::new());
    }
    let (mut place, mut last) = (former - 1, later - 1);
    // Up to the largest whole subtree that the former tree ends with.
    let shared = place.trailing_ones().min(u64::BITS - 1);
    (place, last) = (place >> shared, last >> shared);
    let start = if place == 0 {
        Start::FormerRoot
    } else {
        Start::Given
    };
    let mut steps = Vec::new();
    while last > 0 {
        if place % 2 == 1 {
            steps.push(Step::Both);
        } else if place < last {
            steps.push(Step::Later);
        }
        (place, last) = (place / 2, last / 2);
    }
    (start, steps)
}

fn same(actual: Sha256, expected: Sha256) -> Result<(), MerkleError> {
    if actual == expected {
        Ok(())
    } else {
        Err(MerkleError::Root { actual, expected })
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
        size1: u64,
        size2: u64,
        root1: String,
        root2: String,
        proof: Vec<String>,
        want_err: bool,
    }

    #[test]
    fn the_vectors_of_transparency_dev_are_judged_as_they_say() {
        let vectors = include_str!("../../../tests/vectors/tlog/consistency.json");
        let vectors: Vec<Vector> = serde_json::from_str(vectors).unwrap();
        assert_eq!(vectors.len(), 97);
        let hash = |text: &String| text::from_base64(text).ok().map(Sha256::from_bytes);
        let mut n_accepted = 0;
        for vector in vectors {
            let path: Option<Vec<Sha256>> = vector.proof.iter().map(hash).collect();
            let verified = match (hash(&vector.root1), hash(&vector.root2), path) {
                (Some(former), Some(later), Some(path)) => {
                    verify((vector.size1, former), (vector.size2, later), &path).is_ok()
                }
                // Some vectors that want no error have hashes of twelve bytes: never accepted here.
                _ => false,
            };
            let is_sound = [&vector.root1, &vector.root2]
                .iter()
                .all(|root| hash(root).is_some());
            let is_wanted = !vector.want_err && vector.size1 > 0 && is_sound;
            assert_eq!(verified, is_wanted, "{}", vector.name);
            n_accepted += u32::from(verified);
        }
        assert_eq!(n_accepted, 5);
    }

    #[test]
    fn paths_are_the_published_ones() {
        let published = [
            (1, 1, vec![]),
            (1, 8, vec!["96a296d2", "5f083f0a", "6b47aaf2"]),
            (2, 5, vec!["5f083f0a", "bc1a0643"]),
            (6, 8, vec!["0ebc5d34", "ca854ea1", "d37ee418"]),
        ];
        let hashes: Vec<Sha256> = ENTRIES.iter().map(|entry| leaf_hash(entry)).collect();
        for (former, later, published) in published {
            let Ok(path) = prove(former, later, &mut reader(&hashes));
            let starts: Vec<String> = path.iter().map(|h| h.to_string()[..8].to_owned()).collect();
            assert_eq!(starts, published);
        }
    }

    proptest! {
        #[test]
        fn what_is_proved_verifies_and_nothing_else(later in 1_usize..70, at: usize, bit: u8, flip: u8) {
            let former = at % later + 1;
            let hashes: Vec<Sha256> = (0..later).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let of = |size: usize| (size as u64, root_of(&hashes[..size]));
            let Ok(path) = prove(former as u64, later as u64, &mut reader(&hashes));
            prop_assert_eq!(verify(of(former), of(later), &path), Ok(()));
            let mut forked = hashes.clone();
            forked[usize::from(flip) % former] = leaf_hash(b"another");
            let Ok(path_of_fork) = prove(former as u64, later as u64, &mut reader(&forked));
            let fork = (later as u64, root_of(&forked));
            prop_assert!(verify(of(former), fork, &path_of_fork).is_err());
            if former < later {
                let mut changed = path.clone();
                let place = usize::from(bit) % changed.len();
                let mut bytes = *changed[place].as_bytes();
                bytes[usize::from(bit / 8)] ^= 1 << (bit % 8);
                changed[place] = Sha256::from_bytes(bytes);
                prop_assert!(verify(of(former), of(later), &changed).is_err());
                prop_assert!(verify(of(former), of(later), &path[1..]).is_err());
                prop_assert!(verify(of(later), of(former), &path).is_err());
            }
            prop_assert!(verify((0, of(0).1), of(later), &[]).is_err());
        }
    }

    #[test]
    fn the_largest_trees_are_no_exception() {
        let root = leaf_hash(b"root");
        let refused = verify((u64::MAX, root), (u64::MAX, root), &[root]);
        assert!(matches!(
            refused,
            Err(MerkleError::Length { expected: 0, .. })
        ));
        assert_eq!(verify((u64::MAX, root), (u64::MAX, root), &[]), Ok(()));
        assert!(verify((1 << 63, root), (u64::MAX, root), &[]).is_err());
    }
}
