//! Pieces of a file, hashed apart: in any order they join to its BLAKE3, and not with one missing.

use quitus_core::digest::Blake3;
use quitus_core::tree::{Piece, PieceHasher};

use crate::{content, number};

pub(crate) fn check(mut data: &[u8]) {
    let file = content(number(&mut data));
    let (step, missing) = (1 + number(&mut data) % 5_000, number(&mut data));
    let mut cuts = vec![0, file.len()];
    while !data.is_empty() {
        cuts.push(number(&mut data) % (file.len() + 1));
    }
    let order = cuts.clone();
    cuts.sort_unstable();
    cuts.dedup();
    let mut pieces: Vec<_> = cuts
        .windows(2)
        .map(|cut| {
            let mut hasher = PieceHasher::new(file.len() as u64, cut[0] as u64..cut[1] as u64);
            file[cut[0]..cut[1]]
                .chunks(step)
                .for_each(|bytes| hasher.update(bytes));
            hasher.finish()
        })
        .collect();
    for (index, place) in order.iter().enumerate().take(pieces.len()) {
        let place = place % pieces.len();
        pieces.swap(index, place);
    }
    if missing % 4 == 1 && !pieces.is_empty() {
        pieces.swap_remove(missing % pieces.len());
        assert!(joined(pieces).join(file.len() as u64).is_err());
    } else {
        assert_eq!(joined(pieces).join(file.len() as u64), Ok(Blake3::of(file)));
    }
}

fn joined(pieces: Vec<Piece>) -> Piece {
    pieces
        .into_iter()
        .fold(Piece::default(), |mut whole, piece| {
            whole.absorb(piece);
            whole
        })
}
