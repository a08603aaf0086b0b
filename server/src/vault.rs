//! The relay's halves of the keys: a file of fixed slots, each overwritten in place when it ends.
//!
//! ```text
//! slot n, at byte 128 * n:  | id, 16 | hour of expiry, 4 | nonce, 12 | share, 32 | tag, 16 | zeros |
//! an empty slot:            | zeros                                                            |
//! ```
//!
//! Promises: a share is on the disk, read back and equal when [`Vault::put`] returns, and
//! overwritten there, read back and zero, when [`Vault::overwrite`] returns. Slots never straddle a
//! sector, so none is ever half of one and half of another. Shares are nowhere else: not in the
//! records, not in the store, not in a log. Each is wrapped under the key of the hour in which its
//! transfer expires ([`crate::buckets`]), so that a copy of this file opens nothing once that key is
//! destroyed.
//!
//! Does not: reach copies below the file system (copy-on-write, flash, snapshots). Spec: `docs/protocol.md`, "Share".

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use quitus_core::keys::Secret;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use zeroize::Zeroizing;

use crate::buckets::{Bucket, BucketError, Buckets, WRAPPED_BYTES};
use crate::{durable, platform};

/// The relay's half of a key.
pub type Share = Secret<32>;

/// Bytes of a slot: a power of two below any sector.
const SLOT_BYTES: usize = 128;
/// Slots the file grows by, 128 KiB: growing costs a sync of the file's length.
const GROWTH_SLOTS: u32 = 1024;
const GROWTH_BYTES: usize = 1024 * SLOT_BYTES;
const ID_BYTES: usize = 16;
const HOUR_BYTES: usize = 4;

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
    /// The key of the share's hour cannot be used.
    #[error("the share of a transfer cannot be wrapped or opened")]
    Bucket(#[from] BucketError),
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
    buckets: Buckets,
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
    pub fn open(
        path: &Path,
        buckets: Buckets,
        used: &HashMap<Slot, TransferId>,
    ) -> Result<Self, VaultError> {
        let file = platform::private_file(path)?;
        // What an earlier process failed to overwrite must not look overwritten.
        platform::forget_cached(&file);
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
            buckets,
            room: Mutex::new(room),
        };
        vault.erase_orphans()?;
        Ok(vault)
    }

    /// Looks at a file of shares and changes nothing.
    pub(crate) fn look(path: &Path, buckets: Buckets) -> Result<Self, VaultError> {
        let file = File::open(path)?;
        let n_slots = u32::try_from(file.metadata()?.len() / SLOT_BYTES as u64).unwrap_or(u32::MAX);
        let room = Room {
            free: BTreeSet::new(),
            n_slots,
        };
        Ok(Self {
            file,
            buckets,
            room: Mutex::new(room),
        })
    }

    /// How many slots hold something and are not among those in use.
    pub(crate) fn n_filled_beside(
        &self,
        used: &HashMap<Slot, TransferId>,
    ) -> Result<u64, VaultError> {
        let n_slots = self.room().n_slots;
        let mut n_filled = 0;
        for slot in (0..n_slots).map(Slot) {
            if !used.contains_key(&slot) && self.read(slot)?.iter().any(|byte| *byte != 0) {
                n_filled += 1;
            }
        }
        Ok(n_filled)
    }

    /// The keys of the hours.
    pub const fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    /// Stores a share, wrapped for the hour of its expiry: durable, read back and equal on return.
    pub fn put(
        &self,
        id: &TransferId,
        share: &Share,
        expires_at: Timestamp,
    ) -> Result<Slot, VaultError> {
        let bucket = Bucket::of(expires_at);
        let wrapped = self.buckets.wrap(bucket, id, share)?;
        let slot = self.take_free()?;
        self.write(slot, &image_of(id, bucket, &wrapped))
            .inspect_err(|_| self.release(&[slot]))?;
        Ok(slot)
    }

    /// Reads the share of a transfer.
    pub fn get(&self, slot: Slot, id: &TransferId) -> Result<Share, VaultError> {
        let image = self.read(slot)?;
        let (tag, rest) = image.split_at(ID_BYTES);
        let (hour, rest) = rest.split_at(HOUR_BYTES);
        match (hour.first_chunk(), rest.first_chunk::<WRAPPED_BYTES>()) {
            (Some(hour), Some(wrapped)) if tag == id.as_bytes() => {
                let bucket = Bucket(u32::from_be_bytes(*hour));
                Ok(self.buckets.unwrap(bucket, id, wrapped)?)
            }
            (_, _) => Err(VaultError::Foreign {
                slot,
                id: id.short(),
            }),
        }
    }

    /// Stores a share once more, under the key of another hour, and returns its new slot.
    ///
    /// The old slot still holds it: record the new one first, in the transaction that changes the
    /// expiry, and [`erase`](Self::erase) the old one then. A crash in between leaves a slot that no
    /// record names.
    pub fn move_share(
        &self,
        slot: Slot,
        id: &TransferId,
        expires_at: Timestamp,
    ) -> Result<Slot, VaultError> {
        self.put(id, &self.get(slot, id)?, expires_at)
    }

    /// Overwrites a slot that no record names with zeros, and frees it.
    pub fn erase(&self, slot: Slot) -> Result<(), VaultError> {
        self.overwrite(&[slot])?;
        self.release(&[slot]);
        Ok(())
    }

    /// Overwrites slots with zeros: durable and read back on return. They are not free yet, since
    /// records name them; a slot may be overwritten again.
    pub fn overwrite(&self, slots: &[Slot]) -> Result<(), VaultError> {
        for slot in slots {
            self.file.write_all_at(empty().as_slice(), slot.offset())?;
        }
        durable::sync_data(&self.file)?;
        platform::forget_cached(&self.file);
        for slot in slots {
            self.read_back(*slot, &empty())?;
        }
        Ok(())
    }

    /// Frees slots that were overwritten and that no record names any more.
    pub fn release(&self, slots: &[Slot]) {
        self.room().free.extend(slots);
    }

    fn erase_orphans(&self) -> Result<(), VaultError> {
        let free: Vec<Slot> = self.room().free.iter().copied().collect();
        for slot in free {
            if self.read(slot)?.iter().any(|byte| *byte != 0) {
                self.overwrite(&[slot])?;
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
            durable::sync_all(&self.file)?;
            room.free = (room.n_slots..n_slots).map(Slot).collect();
            room.n_slots = n_slots;
        }
        room.free.pop_first().ok_or(VaultError::Full)
    }

    fn write(&self, slot: Slot, image: &SlotImage) -> Result<(), VaultError> {
        self.file.write_all_at(image.as_slice(), slot.offset())?;
        durable::sync_data(&self.file)?;
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

fn image_of(id: &TransferId, bucket: Bucket, wrapped: &[u8; WRAPPED_BYTES]) -> SlotImage {
    let mut image = empty();
    let fields = id
        .as_bytes()
        .iter()
        .chain(&bucket.0.to_be_bytes())
        .chain(wrapped)
        .copied()
        .collect::<Vec<u8>>();
    image.split_at_mut(fields.len()).0.copy_from_slice(&fields);
    image
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

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds, 0)
    }

    fn open(folder: &Path, used: &HashMap<Slot, TransferId>) -> Vault {
        let buckets = Buckets::open(&folder.join("buckets")).unwrap();
        Vault::open(&folder.join("vault"), buckets, used).unwrap()
    }

    /// Whether the file names a transfer.
    fn holds(folder: &Path, byte: u8) -> bool {
        let bytes = std::fs::read(folder.join("vault")).unwrap();
        bytes.windows(16).any(|window| window == [byte; 16])
    }

    #[test]
    fn a_share_comes_back_to_its_transfer_only_until_it_is_erased() {
        let folder = tempfile::tempdir().unwrap();
        let vault = open(folder.path(), &HashMap::new());
        let (one, other) = (
            vault.put(&id(1), &share(7), at(5)).unwrap(),
            vault.put(&id(2), &share(8), at(5)).unwrap(),
        );
        assert!(vault.get(one, &id(1)).unwrap().equals(&share(7)));
        assert!(matches!(
            vault.get(one, &id(2)),
            Err(VaultError::Foreign { .. })
        ));

        vault.erase(one).unwrap();
        assert!(vault.get(one, &id(1)).is_err());
        assert!(!holds(folder.path(), 1) && holds(folder.path(), 2));
        assert!(vault.get(other, &id(2)).unwrap().equals(&share(8)));
    }

    #[test]
    fn a_copy_of_the_file_opens_nothing_without_the_key_of_the_hour() {
        let folder = tempfile::tempdir().unwrap();
        let vault = open(folder.path(), &HashMap::new());
        let slot = vault.put(&id(1), &share(7), at(5)).unwrap();
        let used = HashMap::from([(slot, id(1))]);
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("vault"), copy.path().join("vault")).unwrap();
        let refused = open(copy.path(), &used).get(slot, &id(1));
        assert!(matches!(
            refused,
            Err(VaultError::Bucket(BucketError::NoKey { .. }))
        ));
        let bytes = std::fs::read(copy.path().join("vault")).unwrap();
        assert!(!bytes.windows(4).any(|window| window == [7; 4]));
        assert!(vault.get(slot, &id(1)).unwrap().equals(&share(7)));
    }

    #[test]
    fn a_moved_share_outlives_the_key_of_its_first_hour() {
        let folder = tempfile::tempdir().unwrap();
        let vault = open(folder.path(), &HashMap::new());
        let first = vault.put(&id(1), &share(7), at(5)).unwrap();
        let second = vault.move_share(first, &id(1), at(7205)).unwrap();
        vault.erase(first).unwrap();
        vault.buckets().destroy(Bucket(0)).unwrap();
        assert!(vault.get(second, &id(1)).unwrap().equals(&share(7)));
        assert_eq!(vault.buckets().held().unwrap(), [Bucket(2)]);
    }

    #[test]
    fn an_overwritten_slot_is_not_given_to_another_before_it_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let vault = open(folder.path(), &HashMap::new());
        let first = vault.put(&id(1), &share(7), at(5)).unwrap();
        for _ in 0..2 {
            vault.overwrite(&[first]).unwrap();
        }
        assert!(!holds(folder.path(), 1));
        let second = vault.put(&id(2), &share(8), at(5)).unwrap();
        assert_ne!(second, first);
        vault.release(&[first]);
        assert_eq!(vault.put(&id(3), &share(9), at(5)).unwrap(), first);
    }

    #[test]
    fn opening_erases_what_no_record_names() {
        let folder = tempfile::tempdir().unwrap();
        let vault = open(folder.path(), &HashMap::new());
        let kept = vault.put(&id(1), &share(7), at(5)).unwrap();
        vault.put(&id(2), &share(8), at(5)).unwrap();
        drop(vault);

        let vault = open(folder.path(), &HashMap::from([(kept, id(1))]));
        assert!(holds(folder.path(), 1) && !holds(folder.path(), 2));
        assert!(vault.get(kept, &id(1)).unwrap().equals(&share(7)));
        assert_ne!(vault.put(&id(3), &share(9), at(5)).unwrap(), kept);
    }

    #[test]
    fn the_file_grows_when_every_slot_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let used = (0..GROWTH_SLOTS).map(|n| (Slot(n), id(1))).collect();
        drop(open(folder.path(), &HashMap::new()).put(&id(1), &share(1), at(5)));
        let vault = open(folder.path(), &used);
        let slot = vault.put(&id(2), &share(2), at(5)).unwrap();
        assert_eq!(slot, Slot(GROWTH_SLOTS));
    }
}
