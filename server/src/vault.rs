//! The relay's halves of the keys: a file of fixed slots, each overwritten in place when it ends.
//!
//! ```text
//! slot n, at byte 128 * n:  | id, 16 bytes | share, 32 bytes | zeros |
//! an empty slot:            | zeros                                  |
//! ```
//!
//! Promises: a share is on the disk, read back and equal when [`Vault::put`] returns, and
//! overwritten there, read back and zero, when [`Vault::erase`] returns. Slots never straddle a
//! sector, so none is ever half of one and half of another. Shares are nowhere else: not in the
//! records, not in the store, not in a log.
//!
//! Does not: encrypt the shares, or reach copies below the file system (copy-on-write, flash,
//! snapshots). Spec: `docs/protocol.md`, "Share".

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use quitus_core::keys::Secret;
use quitus_core::transfer::TransferId;
use zeroize::Zeroizing;

use crate::platform;

/// The relay's half of a key.
pub type Share = Secret<32>;

/// Bytes of a slot: a power of two below any sector.
const SLOT_BYTES: usize = 128;
/// Slots the file grows by, 128 KiB: growing costs a sync of the file's length.
const GROWTH_SLOTS: u32 = 1024;
const GROWTH_BYTES: usize = 1024 * SLOT_BYTES;
const ID_BYTES: usize = 16;
const SHARE_BYTES: usize = 32;

type SlotImage = Zeroizing<[u8; SLOT_BYTES]>;

/// The number of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

impl Slot {
    fn offset(self) -> u64 {
        u64::from(self.0) * SLOT_BYTES as u64
    }
}

/// Why the vault failed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The slot holds another share, or none.
    #[error("slot {} of the vault does not hold the share of transfer {id}", slot.0)]
    Foreign {
        /// The slot.
        slot: Slot,
        /// The first digits of the transfer's id.
        id: String,
    },
    /// What was written did not come back.
    #[error("slot {} of the vault reads back other than it was written", slot.0)]
    ReadBack {
        /// The slot.
        slot: Slot,
    },
    /// There is no further slot number.
    #[error("the vault has no slot left")]
    Full,
    /// The file cannot be read or written.
    #[error("the vault cannot be read or written")]
    Io(#[from] io::Error),
}

/// The file of slots. Every method blocks on the disk.
pub struct Vault {
    file: File,
    room: Mutex<Room>,
}

/// Which slots are free.
struct Room {
    free: BTreeSet<Slot>,
    n_slots: u32,
}

impl Vault {
    /// Opens the file, or makes it, and erases every slot that no record names.
    ///
    /// Such a slot is left by a crash between the share and its record: no answer was given for it.
    pub fn open(path: &Path, used: &HashMap<Slot, TransferId>) -> Result<Self, VaultError> {
        let file = platform::private_file(path)?;
        let n_slots = u32::try_from(file.metadata()?.len() / SLOT_BYTES as u64).unwrap_or(u32::MAX);
        let free = (0..n_slots)
            .map(Slot)
            .filter(|slot| !used.contains_key(slot));
        let room = Room {
            free: free.collect(),
            n_slots,
        };
        let vault = Self {
            file,
            room: Mutex::new(room),
        };
        vault.erase_orphans()?;
        Ok(vault)
    }

    /// Stores a share: durable, read back and equal on return.
    pub fn put(&self, id: &TransferId, share: &Share) -> Result<Slot, VaultError> {
        let slot = self.take_free()?;
        let mut image = empty();
        let (tag, rest) = image.split_at_mut(ID_BYTES);
        tag.copy_from_slice(id.as_bytes());
        rest.split_at_mut(SHARE_BYTES)
            .0
            .copy_from_slice(share.expose());
        self.overwrite(slot, &image)
            .inspect_err(|_| self.give_back(slot))?;
        Ok(slot)
    }

    /// Reads the share of a transfer.
    pub fn get(&self, slot: Slot, id: &TransferId) -> Result<Share, VaultError> {
        let image = self.read(slot)?;
        let (tag, rest) = image.split_at(ID_BYTES);
        let share = rest.first_chunk::<SHARE_BYTES>();
        match share {
            Some(share) if tag == id.as_bytes() => Ok(Share::from_bytes(*share)),
            Some(_) | None => Err(VaultError::Foreign {
                slot,
                id: id.short(),
            }),
        }
    }

    /// Overwrites a slot with zeros: durable and read back on return. The slot is free again.
    pub fn erase(&self, slot: Slot) -> Result<(), VaultError> {
        self.overwrite(slot, &empty())?;
        platform::forget_cached(&self.file);
        self.read_back(slot, &empty())?;
        self.give_back(slot);
        Ok(())
    }

    fn erase_orphans(&self) -> Result<(), VaultError> {
        let free: Vec<Slot> = self.room().free.iter().copied().collect();
        for slot in free {
            if self.read(slot)?.iter().any(|byte| *byte != 0) {
                self.overwrite(slot, &empty())?;
            }
        }
        Ok(())
    }

    fn take_free(&self) -> Result<Slot, VaultError> {
        let mut room = self.room();
        if room.free.is_empty() {
            let n_slots = room
                .n_slots
                .checked_add(GROWTH_SLOTS)
                .ok_or(VaultError::Full)?;
            // Real blocks, not a hole: later overwrites must find their place on the disk.
            let zeros = vec![0; GROWTH_BYTES];
            self.file
                .write_all_at(&zeros, Slot(room.n_slots).offset())?;
            self.file.sync_all()?;
            room.free = (room.n_slots..n_slots).map(Slot).collect();
            room.n_slots = n_slots;
        }
        room.free.pop_first().ok_or(VaultError::Full)
    }

    fn give_back(&self, slot: Slot) {
        self.room().free.insert(slot);
    }

    fn overwrite(&self, slot: Slot, image: &SlotImage) -> Result<(), VaultError> {
        self.file.write_all_at(image.as_slice(), slot.offset())?;
        self.file.sync_data()?;
        self.read_back(slot, image)
    }

    fn read_back(&self, slot: Slot, image: &SlotImage) -> Result<(), VaultError> {
        if self.read(slot)?.as_slice() == image.as_slice() {
            Ok(())
        } else {
            Err(VaultError::ReadBack { slot })
        }
    }

    fn read(&self, slot: Slot) -> Result<SlotImage, VaultError> {
        let mut image = empty();
        self.file
            .read_exact_at(image.as_mut_slice(), slot.offset())?;
        Ok(image)
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        // A panic elsewhere leaves at worst a slot unused until the next start.
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn empty() -> SlotImage {
    Zeroizing::new([0; SLOT_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> TransferId {
        TransferId::from_bytes([byte; 16])
    }

    fn share(byte: u8) -> Share {
        Share::from_bytes([byte; 32])
    }

    fn holds(path: &Path, byte: u8) -> bool {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(32).any(|window| window == [byte; 32])
    }

    #[test]
    fn a_share_comes_back_to_its_transfer_only_until_it_is_erased() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let vault = Vault::open(&path, &HashMap::new()).unwrap();
        let (one, other) = (
            vault.put(&id(1), &share(7)).unwrap(),
            vault.put(&id(2), &share(8)).unwrap(),
        );
        assert!(vault.get(one, &id(1)).unwrap().equals(&share(7)));
        assert!(matches!(
            vault.get(one, &id(2)),
            Err(VaultError::Foreign { .. })
        ));

        vault.erase(one).unwrap();
        assert!(vault.get(one, &id(1)).is_err());
        assert!(!holds(&path, 7) && holds(&path, 8));
        assert!(vault.get(other, &id(2)).unwrap().equals(&share(8)));
    }

    #[test]
    fn opening_erases_what_no_record_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let vault = Vault::open(&path, &HashMap::new()).unwrap();
        let kept = vault.put(&id(1), &share(7)).unwrap();
        vault.put(&id(2), &share(8)).unwrap();
        drop(vault);

        let vault = Vault::open(&path, &HashMap::from([(kept, id(1))])).unwrap();
        assert!(holds(&path, 7) && !holds(&path, 8));
        assert!(vault.get(kept, &id(1)).unwrap().equals(&share(7)));
        assert_ne!(vault.put(&id(3), &share(9)).unwrap(), kept);
    }

    #[test]
    fn the_file_grows_when_every_slot_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let used = (0..GROWTH_SLOTS).map(|n| (Slot(n), id(1))).collect();
        drop(
            Vault::open(&path, &HashMap::new())
                .unwrap()
                .put(&id(1), &share(1)),
        );
        let vault = Vault::open(&path, &used).unwrap();
        assert_eq!(vault.put(&id(2), &share(2)).unwrap(), Slot(GROWTH_SLOTS));
    }
}
