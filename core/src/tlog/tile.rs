//! Tiles: the hashes and entries of a log in files of 256, and proofs from them.
//!
//! ```text
//! tile/0/x001/234              hashes of the entries 315904 to 316159
//! tile/1/004.p/17              17 hashes, each over 256 entries
//! tile/entries/x001/234        the entries themselves: u16(length) ‖ entry, each
//! ```
//!
//! Promises: one path a tile; a full tile never changes; every proof of every size can be made from
//! the tiles of that size alone. What a tile says is not verified here: proofs made from it are.
//!
//! Source: C2SP tlog-tiles.

use core::fmt;
use core::str::FromStr;
use std::collections::BTreeMap;

use super::checkpoint::decimal;
use super::entry::{ENTRY_BYTES, Entry};
use super::merkle::{self, Node, node_hash};
use super::{consistency, inclusion};
use crate::digest::Sha256;

/// Hashes or entries of a full tile.
pub const TILE_WIDTH: u64 = 256;
/// Hashings from one level of tiles to the next.
const TILE_HEIGHT: u8 = 8;
/// The highest level that the specification allows; one that is there has less than 8.
const LEVEL_MAX: u8 = 63;
const HASH_BYTES: usize = 32;

/// Why a tile or its path does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Not the path of a tile in its one spelling.
    #[error("{path:?} is not the path of a tile such as tile/0/x001/234")]
    Path {
        /// What was found, cut at 64 characters.
        path: String,
    },
    /// The tile has other bytes than its width demands.
    #[error("the tile {tile} has {actual} bytes, expected {expected}")]
    Length {
        /// The tile.
        tile: Tile,
        /// Bytes found.
        actual: usize,
        /// Bytes that its width demands.
        expected: usize,
    },
    /// What stands in a bundle is no entry.
    #[error("the entry {index} of {tile} is not well formed")]
    Entry {
        /// The bundle.
        tile: Tile,
        /// Its number in it, from 0.
        index: usize,
    },
}

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TileKind {
    /// Hashes over so many times 256 entries: at level 0 of one entry each, at level 1 of 256.
    Hashes {
        /// The level.
        level: u8,
    },
    /// Entries.
    Entries,
}

/// A tile by its place; it may not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u64,
}

impl Tile {
    /// The tile of a kind and number in a tree of `size` entries, as wide as it is there; none if the
    /// tree does not reach it.
    pub fn within(size: u64, kind: TileKind, index: u64) -> Option<Self> {
        let level = match kind {
            TileKind::Hashes { level } => level,
            TileKind::Entries => 0,
        };
        let n_hashes = size
            .checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
            .unwrap_or_default();
        let begin = index.checked_mul(TILE_WIDTH)?;
        let width = n_hashes.saturating_sub(begin).min(TILE_WIDTH);
        (width > 0).then_some(Self { kind, index, width })
    }

    /// What it holds.
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its number among those of its level, from 0.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The number of its first hash or entry among those of its level, from 0.
    pub const fn first(&self) -> u64 {
        self.index.saturating_mul(TILE_WIDTH)
    }

    /// How many hashes or entries it has: 1 to [`TILE_WIDTH`].
    pub const fn width(&self) -> u64 {
        self.width
    }

    /// The same tile once it is full.
    #[must_use]
    pub const fn full(self) -> Self {
        Self {
            width: TILE_WIDTH,
            ..self
        }
    }

    /// Whether it is full, and so never changes.
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The tile of hashes that gives a node of a tree of `size` entries, and where the hashes below it
    /// begin in it and how many they are.
    fn of(node: Node, size: u64) -> Option<(Self, usize, usize)> {
        let (level, height) = (node.level / TILE_HEIGHT, node.level % TILE_HEIGHT);
        let begin = node.index.checked_shl(u32::from(height))?;
        let tile = Self::within(size, TileKind::Hashes { level }, begin / TILE_WIDTH)?;
        let start = usize::try_from(begin % TILE_WIDTH).ok()?;
        Some((tile, start, 1 << height))
    }

    /// Splits the bytes of a tile of hashes.
    ///
    /// # Errors
    /// [`TileError::Length`].
    fn hashes(&self, bytes: &[u8]) -> Result<Vec<Sha256>, TileError> {
        let n_hashes = usize::try_from(self.width).unwrap_or_default();
        let (expected, actual) = (n_hashes * HASH_BYTES, bytes.len());
        let is_whole = actual == expected
            || usize::try_from(TILE_WIDTH).is_ok_and(|width| actual == width * HASH_BYTES);
        if !is_whole {
            return Err(TileError::Length {
                tile: *self,
                actual,
                expected,
            });
        }
        let (hashes, _) = bytes.as_chunks::<HASH_BYTES>();
        let hashes = hashes.iter().take(n_hashes);
        Ok(hashes.map(|bytes| Sha256::from_bytes(*bytes)).collect())
    }

    /// The bytes of a tile of these hashes.
    pub fn of_hashes(hashes: &[Sha256]) -> Vec<u8> {
        hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    /// The bytes of a bundle of these entries.
    pub fn of_entries(entries: &[Entry]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(entries.len() * (2 + ENTRY_BYTES));
        for entry in entries {
            let entry = entry.to_string();
            let length = u16::try_from(entry.len()).expect("an entry is short");
            bytes.extend(length.to_be_bytes());
            bytes.extend(entry.as_bytes());
        }
        bytes
    }

    /// Splits the bytes of a bundle of entries; a full bundle answers for a partial one.
    ///
    /// # Errors
    /// [`TileError::Length`], [`TileError::Entry`].
    pub fn entries(&self, bytes: &[u8]) -> Result<Vec<Entry>, TileError> {
        let n_entries = usize::try_from(self.width).unwrap_or_default();
        let (mut entries, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            let index = entries.len();
            let entry = first_entry(rest).ok_or(TileError::Entry { tile: *self, index })?;
            rest = entry.1;
            entries.push(entry.0);
        }
        let actual = entries.len();
        if actual != n_entries && actual as u64 != TILE_WIDTH {
            return Err(TileError::Length {
                tile: *self,
                actual: bytes.len(),
                expected: n_entries * (2 + ENTRY_BYTES),
            });
        }
        entries.truncate(n_entries);
        Ok(entries)
    }
}

fn first_entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let entry = core::str::from_utf8(entry).ok()?.parse().ok()?;
    Some((entry, rest))
}

impl fmt::Display for Tile {
    /// The path below the log's address: `tile/…`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(formatter, "tile/{level}/")?,
            TileKind::Entries => formatter.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (group, n_behind) in groups.iter().rev().zip((0..groups.len()).rev()) {
            let x = if n_behind > 0 { "x" } else { "" };
            let slash = if n_behind > 0 { "/" } else { "" };
            write!(formatter, "{x}{group:03}{slash}")?;
        }
        if self.is_full() {
            Ok(())
        } else {
            write!(formatter, ".p/{}", self.width)
        }
    }
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let tile = parse(path).filter(|tile| tile.to_string() == path);
        tile.ok_or_else(|| TileError::Path {
            path: path.chars().take(64).collect(),
        })
    }
}

/// Reads a path; what it accepts may still have a second spelling.
fn parse(path: &str) -> Option<Tile> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = if kind == "entries" {
        TileKind::Entries
    } else {
        let level = u8::try_from(decimal(kind)?).ok()?;
        (level <= LEVEL_MAX).then_some(TileKind::Hashes { level })?
    };
    let (rest, width) = match rest.split_once(".p/") {
        Some((rest, width)) => (rest, decimal(width)?),
        None => (rest, TILE_WIDTH),
    };
    let mut index = 0_u64;
    for group in rest.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let is_group = digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| is_group)?;
        index = index.checked_mul(1000)?.checked_add(number)?;
    }
    let is_width = (1..=TILE_WIDTH).contains(&width);
    is_width.then_some(Tile { kind, index, width })
}

/// A tree of a known size whose tiles can be read: it makes proofs, and reads each tile once.
pub struct Tiles<'a, E> {
    size: u64,
    read: Box<dyn FnMut(Tile) -> Result<Vec<u8>, E> + 'a>,
    known: BTreeMap<Tile, Vec<Sha256>>,
}

impl<'a, E: From<TileError>> Tiles<'a, E> {
    /// The tree of `size` entries, whose tiles of hashes `read` gives; a full tile answers for a partial
    /// one.
    pub fn new(size: u64, read: impl FnMut(Tile) -> Result<Vec<u8>, E> + 'a) -> Self {
        Self {
            size,
            read: Box::new(read),
            known: BTreeMap::new(),
        }
    }

    /// The root of the tree.
    ///
    /// # Errors
    /// What reading a tile says, or [`TileError::Length`].
    pub fn root(&mut self) -> Result<Sha256, E> {
        merkle::root(self.size, &mut |node| self.node(node))
    }

    /// The path of an entry in this tree.
    ///
    /// # Errors
    /// As [`Tiles::root`].
    pub fn inclusion(&mut self, index: u64) -> Result<Vec<Sha256>, E> {
        inclusion::prove(index, self.size, &mut |node| self.node(node))
    }

    /// The path from a tree of `former` entries to this one.
    ///
    /// # Errors
    /// As [`Tiles::root`].
    pub fn consistency(&mut self, former: u64) -> Result<Vec<Sha256>, E> {
        consistency::prove(former, self.size, &mut |node| self.node(node))
    }

    /// The hash of a whole subtree.
    fn node(&mut self, node: Node) -> Result<Sha256, E> {
        let (tile, start, n_hashes) =
            Tile::of(node, self.size).expect("proofs ask for subtrees of the tree only");
        if !self.known.contains_key(&tile) {
            let bytes = (self.read)(tile)?;
            self.known.insert(tile, tile.hashes(&bytes)?);
        }
        let hashes = self.known.get(&tile).map(Vec::as_slice).unwrap_or_default();
        let below = hashes.iter().skip(start).take(n_hashes).copied().collect();
        Ok(whole(below))
    }
}

/// The hash over neighbours whose number is a power of two.
pub(super) fn whole(mut hashes: Vec<Sha256>) -> Sha256 {
    while hashes.len() > 1 {
        let (pairs, _) = hashes.as_chunks::<2>();
        hashes = pairs
            .iter()
            .map(|[left, right]| node_hash(left, right))
            .collect();
    }
    hashes.pop().unwrap_or_else(merkle::empty_root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::merkle::leaf_hash;
    use crate::tlog::merkle::tests::{node_of, root_of};
    use proptest::prelude::*;

    const fn hashes(level: u8) -> TileKind {
        TileKind::Hashes { level }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        for (kind, index, width, path) in [
            (hashes(0), 1_234_067, 256, "tile/0/x001/x234/067"),
            (hashes(1), 4, 17, "tile/1/004.p/17"),
            (hashes(63), 999, 255, "tile/63/999.p/255"),
            (TileKind::Entries, 1000, 1, "tile/entries/x001/000.p/1"),
        ] {
            let tile = Tile { kind, index, width };
            assert_eq!(tile.to_string(), path);
            assert_eq!(path.parse(), Ok(tile));
        }
        for wrong in [
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/000",
            "tile/0/001/000",
            "tile/0/x001/x000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/000/",
            "tile/0/",
            "tile/0/+01",
            "tile/data/000",
            "/tile/0/000",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
        ] {
            assert!(wrong.parse::<Tile>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tree_has_the_tiles_that_the_specification_counts() {
        let widths = |size, level| -> Vec<u64> {
            let tile = |index| Tile::within(size, hashes(level), index);
            (0..).map_while(tile).map(|tile| tile.width()).collect()
        };
        let of_70_000 = [widths(70_000, 0), widths(70_000, 1), widths(70_000, 2)];
        assert_eq!((of_70_000[0].len(), of_70_000[0].last()), (274, Some(&112)));
        assert!(of_70_000[0][..273].iter().all(|width| *width == 256));
        assert_eq!(of_70_000[1], [256, 17]);
        assert_eq!(of_70_000[2], [1]);
        assert!(widths(70_000, 3).is_empty() && widths(u64::MAX, 8).is_empty());
        assert_eq!((widths(256, 0), widths(256, 1)), (vec![256], vec![1]));
        assert!(Tile::within(u64::MAX, hashes(0), u64::MAX).is_none());
    }

    /// A tile of a tree of these hashes.
    fn bytes_of(leaves: &[Sha256], tile: Tile) -> Vec<u8> {
        let TileKind::Hashes { level } = tile.kind() else {
            panic!("hashes only");
        };
        let first = tile.index() * TILE_WIDTH;
        let node = |index| {
            node_of(
                leaves,
                Node {
                    level: 8 * level,
                    index,
                },
            )
        };
        let all: Vec<Sha256> = (first..first + tile.width()).map(node).collect();
        Tile::of_hashes(&all)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn proofs_from_tiles_are_those_of_the_tree(size in 1_u64..1400, at: u64, former: u64) {
            let leaves: Vec<Sha256> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let mut n_read = 0;
            let (index, former) = (at % size, former % size + 1);
            let (path, beginning, root) = {
                let read = |tile| { n_read += 1; Ok::<_, TileError>(bytes_of(&leaves, tile)) };
                let mut tiles = Tiles::new(size, read);
                (tiles.inclusion(index).unwrap(), tiles.consistency(former).unwrap(), tiles.root().unwrap())
            };
            prop_assert!(n_read <= 8, "each tile is read once");
            prop_assert_eq!(root, root_of(&leaves));
            let leaf = leaves[usize::try_from(index).unwrap()];
            prop_assert_eq!(inclusion::verify((index, leaf), (size, root), &path), Ok(()));
            let former_root = root_of(&leaves[..usize::try_from(former).unwrap()]);
            prop_assert_eq!(consistency::verify((former, former_root), (size, root), &beginning), Ok(()));
        }

        #[test]
        fn what_parses_prints_back(path in "tile/([0-9]{1,2}|entries)/(x[0-9]{3}/){0,3}[0-9]{3}(\\.p/[0-9]{1,3})?") {
            if let Ok(tile) = path.parse::<Tile>() {
                prop_assert_eq!(tile.to_string(), path);
            }
        }
    }

    #[test]
    fn a_full_tile_answers_for_a_partial_one_and_nothing_else_does() {
        let leaves: Vec<Sha256> = (0..256_u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let of = |n_hashes: usize| {
            let mut tiles = Tiles::new(3, |_| {
                Ok::<_, TileError>(Tile::of_hashes(&leaves[..n_hashes]))
            });
            tiles.root()
        };
        assert_eq!(of(256), Ok(root_of(&leaves[..3])));
        assert_eq!(of(3), of(256));
        for n_hashes in [0, 2, 4, 255] {
            assert!(matches!(
                of(n_hashes),
                Err(TileError::Length { expected: 96, .. })
            ));
        }
    }

    #[test]
    fn bundles_come_back_as_they_were() {
        let entry = |n: u8| Entry {
            statement: Sha256::of(&[&[n]]),
            signature: Sha256::of(&[&[n, n]]),
        };
        let entries: Vec<Entry> = (0..3).map(entry).collect();
        let bytes = Tile::of_entries(&entries);
        let tile = Tile::within(3, TileKind::Entries, 0).unwrap();
        assert_eq!(tile.entries(&bytes), Ok(entries));
        for end in 0..bytes.len() {
            assert!(tile.entries(&bytes[..end]).is_err(), "{end}");
        }
        let longer = [&bytes[..], &Tile::of_entries(&[entry(9)])].concat();
        assert!(matches!(
            tile.entries(&longer),
            Err(TileError::Length { .. })
        ));
    }
}
