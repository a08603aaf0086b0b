//! What every place for records must do for the log.

use quitus_core::digest::Sha256;
use quitus_core::tlog::{Cosignature, Edge, Entry, LogKey, LogOrigin, witness_name};

use super::{at, spend_of};
use crate::records::{CheckpointRow, CosignedOf, Growth, Records, RecordsError};

pub(super) async fn check(records: &dyn Records) {
    growing_is_one_step_from_the_last_checkpoint(records).await;
    cosignatures_are_those_of_parties_and_the_first_stays(records).await;
}

fn log() -> LogKey {
    let relay = "https://relay.example".parse().unwrap();
    LogKey::new(LogOrigin::of(&relay), super::key_of(6))
}

/// What covers the next entries, from the state the records have.
async fn growth(records: &dyn Records, n_entries: u64) -> Growth {
    let last = records.checkpoint().await.unwrap();
    let from = last.as_ref().map_or(0, |last| last.size);
    let mut hashes = Vec::new();
    for tile in Edge::tiles(from) {
        let quitus_core::tlog::tile::TileKind::Hashes { level } = tile.kind() else {
            panic!("hashes only");
        };
        let first = tile.index() * 256;
        hashes.push(records.hashes(level, first, tile.width()).await.unwrap());
    }
    let mut edge = Edge::of(from, hashes).unwrap();
    assert!(last.is_none_or(|last| last.root == edge.root()));
    let staged = records.entries(from, n_entries).await.unwrap();
    let gained = staged
        .iter()
        .flat_map(|entry| edge.append(entry.leaf_hash()));
    let hashes = gained.collect();
    let (size, root) = (edge.size(), edge.root());
    let note = log().sign(size, root).to_string();
    Growth {
        from,
        hashes,
        checkpoint: CheckpointRow { size, root, note },
    }
}

/// As many entries as there are, of whatever was stated before.
async fn n_entries(records: &dyn Records) -> u64 {
    records.entries(0, u32::MAX.into()).await.unwrap().len() as u64
}

async fn growing_is_one_step_from_the_last_checkpoint(records: &dyn Records) {
    let all = n_entries(records).await;
    assert!(all >= 2, "what was stated before is staged");
    let first = growth(records, 1).await;
    let mut beyond = growth(records, 1).await;
    beyond.checkpoint.size = all + 1;
    assert!(matches!(
        records.grow(beyond).await,
        Err(RecordsError::Conflict)
    ));
    records.grow(first.clone()).await.unwrap();
    assert!(matches!(
        records.grow(first.clone()).await,
        Err(RecordsError::Conflict)
    ));
    let found = records.checkpoint().await.unwrap();
    assert_eq!(found.as_ref(), Some(&first.checkpoint));
    let rest = growth(records, u32::MAX.into()).await;
    assert_eq!((rest.from, rest.checkpoint.size), (1, all));
    records.grow(rest.clone()).await.unwrap();
    let leaves = records.hashes(0, 0, all).await.unwrap();
    let entries: Vec<Entry> = records.entries(0, all).await.unwrap();
    let expected: Vec<Sha256> = entries.iter().map(Entry::leaf_hash).collect();
    assert_eq!(leaves, expected);
}

async fn cosignatures_are_those_of_parties_and_the_first_stays(records: &dyn Records) {
    let last = records.checkpoint().await.unwrap().unwrap();
    let signed = log().sign(last.size, last.root);
    let cosignature = |seed: u8, seconds| {
        let key = super::key_of(seed);
        let name = witness_name(&key.public());
        Cosignature::make(&key, name, at(seconds), signed.checkpoint())
    };
    let cosign = |seed: u8, seconds| {
        records.cosign(
            spend_of(super::owner(seed)),
            last.clone(),
            cosignature(seed, seconds),
        )
    };
    let refused = cosign(77, 5).await;
    assert!(matches!(refused, Err(RecordsError::Forbidden)));
    cosign(1, 5).await.unwrap();
    cosign(1, 6).await.unwrap();
    let found = records.cosignatures(last.size, 9).await.unwrap();
    assert_eq!(found, [cosignature(1, 5)]);
    let of = |index, seed: Option<u8>| CosignedOf {
        index,
        witness: seed.map(|seed| witness_name(&super::key_of(seed).public())),
        n_max: 5,
    };
    let expected = [(last.clone(), found)];
    for asked in [of(0, None), of(last.size - 1, Some(1))] {
        assert_eq!(records.cosigned(asked).await.unwrap(), expected);
    }
    for asked in [of(last.size, None), of(0, Some(2))] {
        assert!(records.cosigned(asked).await.unwrap().is_empty());
    }
}
