//! Tiles: one path each, and a bundle of entries has one spelling.

use quitus_core::tlog::tile::{Tile, TileKind};

pub(crate) fn check(data: &[u8]) {
    for width in [1, 2, 256] {
        let tile = Tile::within(width, TileKind::Entries, 0).expect("the first bundle");
        if let Ok(entries) = tile.entries(data) {
            assert!(data.starts_with(&Tile::of_entries(&entries)));
        }
    }
    let Ok(path) = str::from_utf8(data) else {
        return;
    };
    if let Ok(tile) = path.parse::<Tile>() {
        assert_eq!(tile.to_string(), path);
        assert!((1..=256).contains(&tile.width()));
    }
}
