//! What every store must do; run by the tests of each.

use bytes::Bytes;
use quitus_core::digest::Blake3;
use quitus_core::parts::PartIndex;
use quitus_core::transfer::TransferId;

use super::{Batch, ObjectName, Piece, Store, StoreError, read_all};

/// Checks the promises of [`Store`] on an empty one.
pub(crate) async fn check(store: &dyn Store) {
    what_is_stored_comes_back(store).await;
    storing_twice_changes_nothing(store).await;
    what_was_deleted_is_absent(store).await;
    what_is_listed_can_be_removed(store).await;
    dropped_deposits_leave_nothing(store).await;
    readers_read_in_any_steps(store).await;
    two_deposits_of_one_name_both_succeed(store).await;
    readers_of_a_deleted_object_never_see_other_bytes(store).await;
    store.probe().await.unwrap();
}

/// A batch of one frame.
pub(crate) fn batch(bytes: &[u8]) -> Batch {
    Batch {
        frames: vec![Bytes::copy_from_slice(bytes)],
        bytes: bytes.len(),
        room: None,
    }
}

/// Stores an object.
pub(crate) async fn put(store: &dyn Store, bytes: &[u8]) -> ObjectName {
    let name = name_of(bytes);
    let mut deposit = store.begin(bytes.len() as u64).await.unwrap();
    for half in bytes.chunks(bytes.len().div_ceil(2).max(1)) {
        deposit.write(batch(half)).await.unwrap();
    }
    deposit.finish(name).await.unwrap();
    name
}

/// Reads an object.
pub(crate) async fn get(store: &dyn Store, name: ObjectName) -> Result<Vec<u8>, StoreError> {
    read_all(store.open(name).await?.as_mut(), 65_536).await
}

fn name_of(bytes: &[u8]) -> ObjectName {
    ObjectName {
        transfer: TransferId::from_bytes([9; 16]),
        piece: Piece::Part(PartIndex(3)),
        digest: Blake3::of(bytes),
    }
}

async fn what_is_stored_comes_back(store: &dyn Store) {
    for length in [0, 1, 65_536, 3_000_001] {
        let bytes: Vec<u8> = (0..length).map(|n: u32| n.to_le_bytes()[1]).collect();
        let name = put(store, &bytes).await;
        assert_eq!(store.open(name).await.unwrap().bytes(), u64::from(length));
        assert_eq!(get(store, name).await.unwrap(), bytes);
    }
}

async fn storing_twice_changes_nothing(store: &dyn Store) {
    let name = put(store, b"twice").await;
    let mut reading = store.open(name).await.unwrap();
    put(store, b"twice").await;
    assert_eq!(read_all(reading.as_mut(), 2).await.unwrap(), b"twice");
    assert_eq!(get(store, name).await.unwrap(), b"twice");
}

async fn what_was_deleted_is_absent(store: &dyn Store) {
    let name = put(store, b"deleted").await;
    for _ in 0..2 {
        store.delete(name).await.unwrap();
        assert!(matches!(get(store, name).await, Err(StoreError::Absent)));
    }
    put(store, b"deleted").await;
    assert_eq!(get(store, name).await.unwrap(), b"deleted");
}

async fn what_is_listed_can_be_removed(store: &dyn Store) {
    let (one, two) = (put(store, b"one").await, put(store, b"two").await);
    let id = one.transfer.to_string();
    let names = |listed: Vec<super::Listed>| listed.into_iter().map(|one| one.name);
    let listed: Vec<String> = names(store.list(id.clone()).await.unwrap()).collect();
    assert!(listed.contains(&one.to_string()) && listed.contains(&two.to_string()));
    assert_eq!(
        store.list("0909".to_owned()).await.unwrap().len(),
        listed.len()
    );
    assert_eq!(store.list(String::new()).await.unwrap().len(), listed.len());
    for other in ["0908", "00"] {
        assert!(store.list(other.to_owned()).await.unwrap().is_empty());
    }
    for _ in 0..2 {
        let removed = store.remove(listed.clone()).await.unwrap();
        assert!(removed.failed.is_empty(), "{:?}", removed.failed);
        assert!(store.list(id.clone()).await.unwrap().is_empty());
    }
    let foreign = vec!["../lock".to_owned(), format!("{id}./../../x")];
    assert_eq!(store.remove(foreign).await.unwrap().failed.len(), 2);
}

async fn dropped_deposits_leave_nothing(store: &dyn Store) {
    let mut deposit = store.begin(7).await.unwrap();
    deposit.write(batch(b"dropped")).await.unwrap();
    drop(deposit);
    let absent = get(store, name_of(b"dropped")).await;
    assert!(matches!(absent, Err(StoreError::Absent)));
}

async fn readers_read_in_any_steps(store: &dyn Store) {
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let name = put(store, &bytes).await;
    for step in [1_000, 65_537, 1_000_000] {
        let mut reading = store.open(name).await.unwrap();
        assert_eq!(read_all(reading.as_mut(), step).await.unwrap(), bytes);
    }
}

async fn two_deposits_of_one_name_both_succeed(store: &dyn Store) {
    let name = name_of(b"two deposits");
    let mut deposits = [
        store.begin(12).await.unwrap(),
        store.begin(12).await.unwrap(),
    ];
    for half in [b"two de".as_slice(), b"posits"] {
        for deposit in &mut deposits {
            deposit.write(batch(half)).await.unwrap();
        }
    }
    let [one, other] = deposits;
    one.finish(name).await.unwrap();
    assert_eq!(get(store, name).await.unwrap(), b"two deposits");
    other.finish(name).await.unwrap();
    assert_eq!(get(store, name).await.unwrap(), b"two deposits");
}

async fn readers_of_a_deleted_object_never_see_other_bytes(store: &dyn Store) {
    let name = put(store, &vec![7; 200_000]).await;
    let mut reading = store.open(name).await.unwrap();
    let first = core::future::poll_fn(|context| reading.poll_read(context, 1_000)).await;
    assert_eq!(first.unwrap(), [7; 1_000].as_slice());
    store.delete(name).await.unwrap();
    put(store, &vec![8; 200_000]).await;
    if let Ok(rest) = read_all(reading.as_mut(), 65_536).await {
        assert!(rest.iter().all(|byte| *byte == 7));
    }
}
