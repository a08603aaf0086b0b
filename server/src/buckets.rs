//! Keys of the hours in which transfers expire: the second wall around the shares.
//!
//! ```text
//! keys/buckets/497222        32 random bytes: the key of the hour that begins 497222 hours after 1970
//! ```
//!
//! Promises: a key is on the disk before anything is wrapped under it; when its hour is over and no
//! share is left under it, it is overwritten in place, synced, read back as zeros and removed. With
//! it goes what every copy of the vault holds of that hour. The folder lies outside the data and is
//! never to be backed up.
//!
//! Does not: reach copies of the folder that somebody made in spite of that. Spec:
//! `docs/protocol.md`, "Share".

use core::fmt;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use quitus_core::keys::Secret;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{LEASE, TransferId};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::vault::Share;
use crate::{durable, platform};

const HOUR_SECONDS: i64 = 3600;
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const SHARE_BYTES: usize = 32;
/// Bytes of a share under a key: nonce, share, tag.
pub(crate) const WRAPPED_BYTES: usize = NONCE_BYTES + SHARE_BYTES + TAG_BYTES;
/// A key file that is not whole yet ends so; no share is under it.
const UNFINISHED: &str = "new";

/// An hour in which transfers expire, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(pub u32);

impl Bucket {
    /// The hour of a moment.
    pub fn of(expires_at: Timestamp) -> Self {
        let hour = expires_at.seconds().div_euclid(HOUR_SECONDS);
        Self(u32::try_from(hour).unwrap_or(0))
    }

    /// When the hour is over: from then on its key is destroyed once no share is left under it.
    pub fn ends_at(self) -> Timestamp {
        Timestamp::from_unix((i64::from(self.0) + 1) * HOUR_SECONDS, 0)
    }

    /// When the key is destroyed at the latest: a download that began in the hour may run for a
    /// lease, and its share stays as long.
    pub fn destroyed_by(self) -> Timestamp {
        self.ends_at().after(LEASE)
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// Why a share cannot be wrapped or opened.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The key was destroyed, or the folder of the keys is another one.
    #[error("the key of hour {bucket} is not there")]
    NoKey {
        /// The hour.
        bucket: Bucket,
    },
    /// The share was wrapped under another key, or for another transfer.
    #[error("the key of hour {bucket} does not open the share of transfer {id}")]
    WrongKey {
        /// The hour.
        bucket: Bucket,
        /// The first digits of the transfer's id.
        id: String,
    },
    /// The key did not come back as zeros.
    #[error("the key of hour {bucket} does not read back as zeros")]
    ReadBack {
        /// The hour.
        bucket: Bucket,
    },
    /// The system has no randomness.
    #[error("the system gives no random bytes")]
    Draw(#[from] quitus_core::keys::DrawError),
    /// The folder of the keys cannot be read or written.
    #[error("the keys of the hours cannot be read or written")]
    Io(#[from] io::Error),
}

type Key = Zeroizing<[u8; KEY_BYTES]>;

/// The folder of the keys. Every method may block on the disk.
pub struct Buckets {
    folder: PathBuf,
    keys: Mutex<HashMap<Bucket, Key>>,
}

impl Buckets {
    /// Takes the folder, or makes it, and removes keys that a crash left unfinished.
    pub fn open(folder: &Path) -> Result<Self, BucketError> {
        platform::private_folder(folder)?;
        for entry in folder.read_dir()? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == UNFINISHED) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            keys: Mutex::default(),
        })
    }

    /// Looks at a folder of keys and changes nothing.
    pub(crate) fn look(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            keys: Mutex::default(),
        }
    }

    /// Wraps a share under the key of an hour; the key is durable on return.
    pub(crate) fn wrap(
        &self,
        bucket: Bucket,
        id: &TransferId,
        share: &Share,
    ) -> Result<[u8; WRAPPED_BYTES], BucketError> {
        let key = aead(&self.key_or_new(bucket)?);
        let drawn = Secret::<NONCE_BYTES>::draw()?;
        let mut sealed = Zeroizing::new(*share.expose());
        let nonce = Nonce::assume_unique_for_key(*drawn.expose());
        let tag = key
            .seal_in_place_separate_tag(nonce, aad(bucket, id), sealed.as_mut_slice())
            .expect("32 bytes are within the bounds of the cipher");
        let mut wrapped = [0; WRAPPED_BYTES];
        let (front, rest) = wrapped.split_at_mut(NONCE_BYTES);
        front.copy_from_slice(drawn.expose());
        let (middle, end) = rest.split_at_mut(SHARE_BYTES);
        middle.copy_from_slice(sealed.as_slice());
        end.copy_from_slice(tag.as_ref());
        Ok(wrapped)
    }

    /// Opens a wrapped share.
    pub(crate) fn unwrap(
        &self,
        bucket: Bucket,
        id: &TransferId,
        wrapped: &[u8; WRAPPED_BYTES],
    ) -> Result<Share, BucketError> {
        let wrong = || BucketError::WrongKey {
            bucket,
            id: id.short(),
        };
        let key = aead(&self.key(bucket)?.ok_or(BucketError::NoKey { bucket })?);
        let (nonce, sealed) = wrapped.split_at(NONCE_BYTES);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let share = key
            .open_in_place(nonce, aad(bucket, id), &mut sealed)
            .map_err(|_| wrong())?;
        let share = share.first_chunk::<SHARE_BYTES>().ok_or_else(wrong)?;
        Ok(Share::from_bytes(*share))
    }

    /// The hours whose keys are there.
    pub fn held(&self) -> Result<Vec<Bucket>, BucketError> {
        let mut held = Vec::new();
        for entry in self.folder.read_dir()? {
            let name = entry?.file_name();
            held.extend(name.to_str().and_then(|name| name.parse().ok()).map(Bucket));
        }
        held.sort_unstable();
        Ok(held)
    }

    /// Destroys the key of an hour: overwritten in place, synced, read back, removed; durable on
    /// return.
    pub fn destroy(&self, bucket: Bucket) -> Result<(), BucketError> {
        let mut keys = self.keys();
        keys.remove(&bucket);
        let path = self.path(bucket);
        let file = File::options().read(true).write(true).open(&path)?;
        let zeros = [0; KEY_BYTES];
        file.write_all_at(&zeros, 0)?;
        durable::sync_data(&file)?;
        platform::forget_cached(&file);
        let mut read: Key = Zeroizing::new([0xff; KEY_BYTES]);
        file.read_exact_at(read.as_mut_slice(), 0)?;
        if read.as_slice() != zeros {
            return Err(BucketError::ReadBack { bucket });
        }
        std::fs::remove_file(&path)?;
        Ok(durable::sync_folder(&self.folder)?)
    }

    fn key_or_new(&self, bucket: Bucket) -> Result<Key, BucketError> {
        if let Some(key) = self.key(bucket)? {
            return Ok(key);
        }
        let mut keys = self.keys();
        if let Some(key) = keys.get(&bucket) {
            return Ok(key.clone());
        }
        let drawn = Secret::<KEY_BYTES>::draw()?;
        self.write(bucket, &drawn)?;
        let key = Zeroizing::new(*drawn.expose());
        keys.insert(bucket, key.clone());
        Ok(key)
    }

    /// Under another name until it is synced: a crash leaves no half key that shares are under.
    fn write(&self, bucket: Bucket, key: &Secret<KEY_BYTES>) -> Result<(), BucketError> {
        let path = self.path(bucket);
        let unfinished = path.with_extension(UNFINISHED);
        let file = platform::private_file(&unfinished)?;
        file.write_all_at(key.expose(), 0)?;
        durable::sync_all(&file)?;
        std::fs::rename(&unfinished, &path)?;
        Ok(durable::sync_folder(&self.folder)?)
    }

    fn key(&self, bucket: Bucket) -> Result<Option<Key>, BucketError> {
        let mut keys = self.keys();
        if let Some(key) = keys.get(&bucket) {
            return Ok(Some(key.clone()));
        }
        let mut key: Key = Zeroizing::new([0; KEY_BYTES]);
        let file = match File::open(self.path(bucket)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        file.read_exact_at(key.as_mut_slice(), 0)?;
        // Zeros: a crash came between overwriting and removing it.
        if key.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        keys.insert(bucket, key.clone());
        Ok(Some(key))
    }

    fn path(&self, bucket: Bucket) -> PathBuf {
        self.folder.join(bucket.to_string())
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<Bucket, Key>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn aead(key: &Key) -> LessSafeKey {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_slice());
    LessSafeKey::new(key.expect("the cipher's keys have 32 bytes"))
}

fn aad(bucket: Bucket, id: &TransferId) -> Aad<Vec<u8>> {
    let mut data = b"quitus/vault/v1\0".to_vec();
    data.extend_from_slice(id.as_bytes());
    data.extend_from_slice(&bucket.0.to_be_bytes());
    Aad::from(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TransferId = TransferId::from_bytes([1; 16]);

    fn share() -> Share {
        Share::from_bytes([7; 32])
    }

    #[test]
    fn a_share_opens_for_its_transfer_and_hour_until_the_key_is_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("buckets");
        let buckets = Buckets::open(&path).unwrap();
        let wrapped = buckets.wrap(Bucket(5), &ID, &share()).unwrap();
        buckets.wrap(Bucket(6), &ID, &share()).unwrap();
        assert!(!wrapped.windows(4).any(|window| window == [7; 4]));
        drop(buckets);

        let buckets = Buckets::open(&path).unwrap();
        let opened = |bucket, id| buckets.unwrap(bucket, id, &wrapped);
        assert!(opened(Bucket(5), &ID).unwrap().equals(&share()));
        let other = TransferId::from_bytes([2; 16]);
        for (bucket, id) in [(Bucket(5), &other), (Bucket(6), &ID)] {
            let refused = opened(bucket, id);
            assert!(matches!(refused, Err(BucketError::WrongKey { .. })));
        }
        assert_eq!(buckets.held().unwrap(), [Bucket(5), Bucket(6)]);
        buckets.destroy(Bucket(5)).unwrap();
        let refused = opened(Bucket(5), &ID);
        assert!(matches!(refused, Err(BucketError::NoKey { .. })));
        assert_eq!(buckets.held().unwrap(), [Bucket(6)]);
    }

    #[test]
    fn an_overwritten_key_whose_file_is_still_there_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let buckets = Buckets::open(folder.path()).unwrap();
        let wrapped = buckets.wrap(Bucket(5), &ID, &share()).unwrap();
        std::fs::write(folder.path().join("5"), [0; 32]).unwrap();
        let buckets = Buckets::open(folder.path()).unwrap();
        let refused = buckets.unwrap(Bucket(5), &ID, &wrapped);
        assert!(matches!(refused, Err(BucketError::NoKey { .. })));
    }

    #[test]
    fn an_hour_ends_with_its_last_moment() {
        let bucket = Bucket::of(Timestamp::from_unix(7199, 0));
        assert_eq!(bucket, Bucket(1));
        assert_eq!(bucket.ends_at(), Timestamp::from_unix(7200, 0));
        assert_eq!(
            bucket.destroyed_by(),
            Timestamp::from_unix(7200 + 86_400, 0)
        );
    }
}
