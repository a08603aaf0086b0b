//! Slots of the vault that may be in no record: looked at again, and erased if nobody has them.
//!
//! Promises: a slot is erased only while no record names it and nobody is about to record it, whoever's
//! share it held when it was doubted: it may have been erased and given to another transfer since. A
//! doubt stays until it is settled, or until the next start, which looks at every slot
//! ([`Vault::open`]).

use core::time::Duration;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use quitus_core::transfer::TransferId;
use tokio::sync::{RwLock, RwLockReadGuard};

use crate::findings::chain;
use crate::records::{Records, RecordsError};
use crate::vault::{Slot, Vault, VaultError};

/// The slots that are doubted.
pub(crate) struct Doubts {
    vault: Arc<Vault>,
    records: Arc<dyn Records>,
    doubted: Mutex<Vec<Doubt>>,
    /// Shared by whoever has a share in a slot that is not recorded yet.
    placing: RwLock<()>,
}

struct Doubt {
    slot: Slot,
    since: Instant,
}

impl Doubts {
    pub(crate) fn new(vault: Arc<Vault>, records: Arc<dyn Records>) -> Self {
        Self {
            vault,
            records,
            doubted: Mutex::default(),
            placing: RwLock::default(),
        }
    }

    /// To be held from before a share is put into a slot until that is recorded, erased or doubted.
    pub(crate) async fn placing(&self) -> RwLockReadGuard<'_, ()> {
        self.placing.read().await
    }

    /// Remembers a slot of which nobody knows whether it is recorded.
    pub(crate) fn note(&self, slot: Slot) {
        let since = Instant::now();
        self.doubted().push(Doubt { slot, since });
    }

    /// Erases a slot that no record names; doubts it if that fails.
    pub(crate) async fn erase(&self, slot: Slot) -> Result<(), VaultError> {
        let vault = Arc::clone(&self.vault);
        let erased = tokio::task::spawn_blocking(move || vault.erase(slot)).await;
        let erased = erased.unwrap_or_else(|panicked| Err(io::Error::other(panicked).into()));
        erased.inspect_err(|_| self.note(slot))
    }

    /// Erases what has been doubted for so long and is in no record. What cannot be erased stays doubted.
    pub(crate) async fn settle(&self, grace: Duration) -> Result<(), RecordsError> {
        let now = Instant::now();
        let is_due = |one: &Doubt| now.duration_since(one.since) >= grace;
        if !self.doubted().iter().any(is_due) {
            return Ok(());
        }
        let _nobody_places = self.placing.write().await;
        let used: HashMap<Slot, TransferId> = self.records.slots().await?.into_iter().collect();
        let due: BTreeSet<Slot> = self
            .doubted()
            .extract_if(.., |one| is_due(one))
            .map(|one| one.slot)
            .collect();
        for slot in due.into_iter().filter(|slot| !used.contains_key(slot)) {
            if let Err(error) = self.erase(slot).await {
                tracing::error!(slot = slot.0, "a slot cannot be erased: {}", chain(&error));
            }
        }
        Ok(())
    }

    fn doubted(&self) -> MutexGuard<'_, Vec<Doubt>> {
        self.doubted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use crate::records::conformance;
    use crate::records::sqlite::SqliteRecords;
    use crate::vault::Share;
    use quitus_core::time::Timestamp;

    struct Ground {
        folder: tempfile::TempDir,
        records: Arc<SqliteRecords>,
        vault: Arc<Vault>,
        doubts: Doubts,
    }

    fn ground() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let records = Arc::new(SqliteRecords::open(&path("records.sqlite")).unwrap());
        let buckets = Buckets::open(&path("buckets")).unwrap();
        let vault = Vault::open(&path("vault"), buckets, &HashMap::new()).unwrap();
        let (vault, kept) = (Arc::new(vault), Arc::clone(&records));
        Ground {
            doubts: Doubts::new(Arc::clone(&vault), kept),
            folder,
            records,
            vault,
        }
    }

    fn put(vault: &Vault, byte: u8) -> (Slot, TransferId) {
        let id = TransferId::from_bytes([byte; 16]);
        let share = Share::from_bytes([byte; 32]);
        let slot = vault.put(&id, &share, Timestamp::from_unix(5, 0)).unwrap();
        (slot, id)
    }

    #[tokio::test]
    async fn a_doubted_slot_that_another_transfer_has_by_now_is_left_to_it() {
        let Ground {
            folder: _folder,
            records,
            vault,
            doubts,
        } = ground();
        let (slot, _) = put(&vault, 1);
        doubts.note(slot);
        vault.erase(slot).unwrap();
        let (of_another, another) = put(&vault, 2);
        assert_eq!(of_another, slot);
        conformance::create_in(records.as_ref(), slot).await;
        doubts.settle(Duration::ZERO).await.unwrap();
        assert!(vault.get(slot, &another).is_ok());
        assert_ne!(put(&vault, 3).0, slot, "it is not free");
    }

    #[tokio::test]
    async fn no_doubted_slot_is_looked_at_before_whoever_has_it_is_recorded() {
        let Ground {
            folder: _folder,
            records,
            vault,
            doubts,
        } = ground();
        doubts.note(Slot(0));
        let placing = doubts.placing().await;
        let (slot, id) = put(&vault, 1);
        let settling = doubts.settle(Duration::ZERO);
        let recording = async {
            tokio::task::yield_now().await;
            conformance::create_in(records.as_ref(), slot).await;
            drop(placing);
        };
        let (settled, ()) = tokio::join!(settling, recording);
        settled.unwrap();
        assert!(vault.get(slot, &id).is_ok());
    }

    #[tokio::test]
    async fn a_slot_in_no_record_is_erased_when_it_is_time_and_the_records_answer() {
        let Ground {
            folder,
            records: _records,
            vault,
            doubts,
        } = ground();
        let (slot, id) = put(&vault, 1);
        doubts.note(slot);
        doubts.settle(Duration::from_hours(1)).await.unwrap();
        assert!(vault.get(slot, &id).is_ok(), "too young");
        let path = folder.path().join("records.sqlite");
        let aside = path.with_extension("aside");
        std::fs::rename(&path, &aside).unwrap();
        assert!(doubts.settle(Duration::ZERO).await.is_err());
        assert!(vault.get(slot, &id).is_ok());
        std::fs::rename(&aside, &path).unwrap();
        doubts.settle(Duration::ZERO).await.unwrap();
        assert!(vault.get(slot, &id).is_err());
        assert_eq!(put(&vault, 2).0, slot, "it is free");
    }
}
