//! The right edge of a tree that grows: all that is needed to go on, and to know the root.
//!
//! ```text
//! 70,000 entries:   112 hashes of level 0, 17 of level 1, 1 of level 2
//! ```
//!
//! Promises: what is appended gives the rows of the tiles, each once and never changed; the root is that
//! of `merkle::root`. It holds less than 256 hashes a level. It keeps nothing on a disk.
//!
//! Source: RFC 6962 section 2.1, C2SP tlog-tiles.

use super::merkle::{empty_root, node_hash};
use super::tile::{TILE_WIDTH, Tile, TileKind, whole};
use crate::digest::Sha256;

/// Levels of tiles that a tree of 64-bit size can have.
const LEVELS: u8 = 8;

/// A hash that a tile gained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileHash {
    /// The level of the tile.
    pub level: u8,
    /// Its number among the hashes of that level, from 0.
    pub number: u64,
    /// The hash.
    pub hash: Sha256,
}

/// The hashes of the tiles that are not full, by level.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Sha256>>,
}

impl Edge {
    /// The tiles of a tree of `size` entries that are not full.
    pub fn tiles(size: u64) -> impl Iterator<Item = Tile> {
        (0..LEVELS).filter_map(move |level| {
            let n_hashes = size >> (8 * u32::from(level));
            let tile = Tile::within(size, TileKind::Hashes { level }, n_hashes / TILE_WIDTH)?;
            (!tile.is_full()).then_some(tile)
        })
    }

    /// The edge of a tree of `size` entries, from the hashes of each of its [`tiles`](Self::tiles);
    /// `None` if they are not as many as the size demands.
    pub fn of(size: u64, hashes: Vec<Vec<Sha256>>) -> Option<Self> {
        let mut edge = Self {
            size,
            levels: Vec::new(),
        };
        let mut hashes = hashes.into_iter();
        for tile in Self::tiles(size) {
            let of_tile = hashes
                .next()
                .filter(|hashes| hashes.len() as u64 == tile.width())?;
            let TileKind::Hashes { level } = tile.kind() else {
                return None;
            };
            edge.levels.resize(usize::from(level), Vec::new());
            edge.levels.push(of_tile);
        }
        hashes.next().is_none().then_some(edge)
    }

    /// Entries of the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends the hash of an entry; returns what the tiles gain.
    pub fn append(&mut self, leaf: Sha256) -> Vec<TileHash> {
        let mut gained = Vec::new();
        let (mut hash, mut number) = (leaf, self.size);
        for level in 0..LEVELS {
            gained.push(TileHash {
                level,
                number,
                hash,
            });
            if self.levels.len() <= usize::from(level) {
                self.levels.push(Vec::new());
            }
            let Some(tile) = self.levels.get_mut(usize::from(level)) else {
                break;
            };
            tile.push(hash);
            if (tile.len() as u64) < TILE_WIDTH {
                break;
            }
            hash = whole(core::mem::take(tile));
            number /= TILE_WIDTH;
        }
        self.size += 1;
        gained
    }

    /// The root of the tree.
    pub fn root(&self) -> Sha256 {
        let mut root = None;
        for tile in &self.levels {
            let mut rest = tile.as_slice();
            // From the right: the smallest whole subtree, then ever larger ones.
            while !rest.is_empty() {
                let width = 1 << rest.len().trailing_zeros();
                let (left, right) = rest.split_at(rest.len() - width);
                let hash = whole(right.to_vec());
                root = Some(root.map_or(hash, |root| node_hash(&hash, &root)));
                rest = left;
            }
        }
        root.unwrap_or_else(empty_root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::merkle::leaf_hash;
    use crate::tlog::merkle::tests::root_of;

    #[test]
    fn a_growing_tree_has_the_root_and_tiles_of_the_whole_one() {
        let leaves: Vec<Sha256> = (0..70_000_u32)
            .map(|n| leaf_hash(&n.to_be_bytes()))
            .collect();
        let (mut edge, mut rows) = (Edge::default(), Vec::new());
        assert_eq!(edge.root(), empty_root());
        for (leaf, size) in leaves.iter().zip(1..) {
            rows.extend(edge.append(*leaf));
            if size < 600 || size % 4093 == 0 || size == leaves.len() {
                assert_eq!(edge.root(), root_of(&leaves[..size]), "{size}");
            }
        }
        assert_eq!(edge.size(), 70_000);
        let of_level = |level| rows.iter().filter(move |row| row.level == level);
        assert_eq!(
            [0, 1, 2].map(|level| of_level(level).count()),
            [70_000, 273, 1]
        );
        assert!(
            of_level(1)
                .zip(0..)
                .all(|(row, number)| row.number == number)
        );
        let hashes = |tile: Tile| {
            let TileKind::Hashes { level } = tile.kind() else {
                panic!("hashes only");
            };
            let first = usize::try_from(tile.index() * TILE_WIDTH).unwrap();
            let rows = of_level(level).skip(first);
            rows.take(usize::try_from(tile.width()).unwrap())
                .map(|row| row.hash)
                .collect()
        };
        for size in [0, 1, 255, 256, 257, 65_536, 66_000, 70_000] {
            let tiles: Vec<Vec<Sha256>> = Edge::tiles(size).map(hashes).collect();
            let resumed = Edge::of(size, tiles.clone()).unwrap();
            assert_eq!(
                resumed.root(),
                root_of(&leaves[..usize::try_from(size).unwrap()]),
                "{size}"
            );
            assert!(size == 0 || Edge::of(size - 1, tiles).is_none());
        }
    }

    #[test]
    fn an_edge_that_goes_on_is_the_same() {
        let (mut whole, mut resumed) = (Edge::default(), Edge::default());
        for n in 0..520_u64 {
            let leaf = leaf_hash(&n.to_be_bytes());
            assert_eq!(whole.append(leaf), resumed.append(leaf));
            let tiles = resumed.levels.iter().filter(|tile| !tile.is_empty());
            resumed = Edge::of(n + 1, tiles.cloned().collect()).unwrap();
            assert_eq!(whole.root(), resumed.root());
        }
    }
}
