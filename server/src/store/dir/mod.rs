//! A folder as store: one file an object.
//!
//! ```text
//! objects/incoming/17                              being written; emptied at start
//! objects/00/0011...eeff.0.af13...3262             an object
//! ```
//!
//! Promises: an object is written under another name, synced, renamed, and its folder synced, in
//! this order. Reading is in [`reading`].
//!
//! Does not: check digests when reading; the recipient does. It never follows what it has not made.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, IoSlice, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use quitus_core::transfer::TransferId;
use tokio::task::JoinHandle;

use self::reading::{Buffers, DirReading, OpenFiles};
use super::{
    BATCH_BYTES, Batch, Deposit, Listed, ObjectName, Pending, Reading, Removed, Room, Store,
    StoreError, StoreKind, transfer_of,
};
use crate::{durable, platform};

mod reading;

/// Objects are spread over so many folders, by the first byte of their transfer's id.
const N_SHARDS: u16 = 256;

/// A folder of objects.
pub struct DirStore {
    root: PathBuf,
    n_deposits: AtomicU64,
    open: Arc<OpenFiles>,
    buffers: Arc<Buffers>,
    is_in_memory: bool,
}

impl DirStore {
    /// Takes the folder, makes what is missing in it, and removes what a crash left unfinished.
    /// Blocks on the disk. The folder must belong to this process alone.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        platform::private_folder(root)?;
        let incoming = root.join("incoming");
        platform::private_folder(&incoming)?;
        for entry in incoming.read_dir()? {
            std::fs::remove_file(entry?.path())?;
        }
        for shard in 0..N_SHARDS {
            platform::private_folder(&root.join(format!("{shard:02x}")))?;
        }
        durable::sync_folder(root)?;
        Ok(Self::at(root))
    }

    /// The same for one who only looks, beside the process it belongs to: nothing is made or removed.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            n_deposits: AtomicU64::new(0),
            open: Arc::default(),
            buffers: Arc::default(),
            is_in_memory: platform::is_in_memory(root),
        }
    }

    fn shard(&self, name: &ObjectName) -> PathBuf {
        let [first, ..] = name.transfer.as_bytes();
        self.root.join(format!("{first:02x}"))
    }
}

impl Store for DirStore {
    fn begin(&self, _bytes: u64) -> Pending<'_, Box<dyn Deposit>> {
        let number = self.n_deposits.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join("incoming").join(number.to_string());
        let (root, is_in_memory) = (self.root.clone(), self.is_in_memory);
        Box::pin(async move {
            let (file, path) = blocking(move || Ok((platform::fresh_file(&path)?, path))).await?;
            let unfinished = Unfinished(Some(path));
            let file = Arc::new(file);
            let deposit: Box<dyn Deposit> = Box::new(DirDeposit {
                root,
                file,
                unfinished,
                writing: None,
                is_in_memory,
            });
            Ok(deposit)
        })
    }

    fn open(&self, name: ObjectName) -> Pending<'_, Box<dyn Reading>> {
        let path = self.shard(&name).join(name.to_string());
        Box::pin(async move {
            let known = self.open.get(&name);
            let open = Arc::clone(&self.open);
            let file = match known {
                Some(file) => file,
                None => blocking(move || open.insert(name, &path)).await?,
            };
            let buffers = Arc::clone(&self.buffers);
            let reading = DirReading::new(file, buffers, self.is_in_memory);
            let reading: Box<dyn Reading> = Box::new(reading);
            Ok(reading)
        })
    }

    fn room(&self) -> Pending<'_, Option<Room>> {
        let root = self.root.clone();
        Box::pin(blocking(move || {
            let (free, total) = platform::room(&root)?;
            Ok(Some(Room { free, total }))
        }))
    }

    fn delete(&self, name: ObjectName) -> Pending<'_, ()> {
        let shard = self.shard(&name);
        Box::pin(blocking(move || {
            match std::fs::remove_file(shard.join(name.to_string())) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            durable::sync_folder(&shard)
        }))
    }

    fn list(&self, prefix: String) -> Pending<'_, Vec<Listed>> {
        let root = self.root.clone();
        Box::pin(blocking(move || list(&root, &prefix)))
    }

    fn remove(&self, names: Vec<String>) -> Pending<'_, Removed> {
        let (root, open) = (self.root.clone(), Arc::clone(&self.open));
        Box::pin(blocking(move || {
            open.forget(&names);
            Ok(remove(&root, names))
        }))
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Dir
    }

    fn probe(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            let mut deposit = self.begin(1).await?;
            let frames = vec![Bytes::from_static(b"?")];
            let batch = Batch {
                frames,
                bytes: 1,
                room: None,
            };
            deposit.write(batch).await?;
            Ok(())
        })
    }
}

/// A file under its first name; removed when dropped unless it got its last.
struct Unfinished(Option<PathBuf>);

impl Unfinished {
    fn finish(mut self, path: &Path) -> io::Result<()> {
        if let Some(first) = &self.0 {
            std::fs::rename(first, path)?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // What cannot be removed now is removed at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

struct DirDeposit {
    root: PathBuf,
    file: Arc<File>,
    unfinished: Unfinished,
    writing: Option<JoinHandle<io::Result<()>>>,
    is_in_memory: bool,
}

impl DirDeposit {
    async fn written(&mut self) -> Result<(), StoreError> {
        match self.writing.take() {
            Some(writing) => Ok(joined(writing.await)?),
            None => Ok(()),
        }
    }
}

impl Deposit for DirDeposit {
    fn write(&mut self, batch: Batch) -> Pending<'_, ()> {
        Box::pin(async move {
            self.written().await?;
            if self.is_in_memory {
                return Ok(write_frames(&self.file, &batch.frames)?);
            }
            let file = Arc::clone(&self.file);
            self.writing = Some(tokio::task::spawn_blocking(move || {
                write_frames(&file, &batch.frames)
            }));
            Ok(())
        })
    }

    /// In memory nothing waits: each frame is written while it is in the processor's cache.
    fn batch_bytes(&self) -> usize {
        if self.is_in_memory { 1 } else { BATCH_BYTES }
    }

    fn finish(mut self: Box<Self>, name: ObjectName) -> Pending<'static, ()> {
        Box::pin(async move {
            self.written().await?;
            let [first, ..] = name.transfer.as_bytes();
            let shard = self.root.join(format!("{first:02x}"));
            let Self {
                file, unfinished, ..
            } = *self;
            blocking(move || {
                // Crash before the rename: the next start removes the file. After it: an object
                // that no record names.
                durable::sync_data(&file)?;
                unfinished.finish(&shard.join(name.to_string()))?;
                durable::sync_folder(&shard)
            })
            .await
        })
    }
}

fn list(root: &Path, prefix: &str) -> io::Result<Vec<Listed>> {
    let mut listed = Vec::new();
    match prefix.get(..2) {
        Some(shard) => list_shard(&root.join(shard), prefix, &mut listed)?,
        None => {
            for shard in 0..N_SHARDS {
                list_shard(&root.join(format!("{shard:02x}")), prefix, &mut listed)?;
            }
        }
    }
    Ok(listed)
}

fn list_shard(folder: &Path, prefix: &str, listed: &mut Vec<Listed>) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with(prefix)) else {
            continue;
        };
        // One that is deleted meanwhile is not there.
        let (Some(transfer), Ok(metadata)) = (transfer_of(name), entry.metadata()) else {
            continue;
        };
        let age = metadata.modified()?.elapsed().unwrap_or_default();
        listed.push(Listed {
            name: name.to_owned(),
            transfer,
            age,
            bytes: metadata.len(),
            is_current: true,
            mark: None,
        });
    }
    Ok(())
}

/// Every folder is synced once, before anything in it counts as removed.
fn remove(root: &Path, names: Vec<String>) -> Removed {
    let mut outcome = Removed::default();
    let mut shards: BTreeMap<String, Vec<(TransferId, String)>> = BTreeMap::new();
    for name in names {
        match (transfer_of(&name), name.get(..2).map(str::to_owned)) {
            (Some(id), Some(shard)) => shards.entry(shard).or_default().push((id, name)),
            (None, _) | (_, None) => outcome.failed.push((name, StoreError::Absent)),
        }
    }
    for (shard, names) in shards {
        remove_of_shard(&root.join(shard), names, &mut outcome);
    }
    outcome
}

fn remove_of_shard(folder: &Path, names: Vec<(TransferId, String)>, outcome: &mut Removed) {
    let mut removed = Vec::new();
    for (id, name) in names {
        match std::fs::remove_file(folder.join(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                outcome.failed.push((name, error.into()));
            }
            Ok(()) | Err(_) => removed.push((id, name)),
        }
    }
    match durable::sync_folder(folder) {
        Ok(()) => {
            for (id, _) in removed {
                outcome.of(id).objects += 1;
            }
        }
        Err(error) => {
            let failure = || StoreError::from(io::Error::from(error.kind()));
            let failed = removed.into_iter().map(|(_, name)| (name, failure()));
            outcome.failed.extend(failed);
        }
    }
}

fn write_frames(mut file: &File, frames: &[Bytes]) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = frames.iter().map(|frame| IoSlice::new(frame)).collect();
    let mut rest = slices.as_mut_slice();
    // An empty slice at the front would look like a write of nothing.
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n_bytes) => IoSlice::advance_slices(&mut rest, n_bytes),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    Ok(joined(tokio::task::spawn_blocking(work).await)?)
}

fn joined<T>(outcome: Result<io::Result<T>, tokio::task::JoinError>) -> io::Result<T> {
    outcome.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance;

    #[tokio::test]
    async fn a_folder_is_a_store() {
        for is_in_memory in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let mut store = DirStore::open(folder.path()).unwrap();
            store.is_in_memory = is_in_memory;
            conformance::check(&store).await;
        }
    }

    #[tokio::test]
    async fn objects_survive_a_restart_and_unfinished_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::open(folder.path()).unwrap();
        let name = conformance::put(&store, b"kept").await;
        let mut deposit = store.begin(4).await.unwrap();
        deposit.write(conformance::batch(b"lost")).await.unwrap();
        std::mem::forget(deposit);
        drop(store);

        let store = DirStore::open(folder.path()).unwrap();
        assert_eq!(conformance::get(&store, name).await.unwrap(), b"kept");
        let incoming = folder.path().join("incoming").read_dir().unwrap();
        assert_eq!(incoming.count(), 0);
    }

    #[tokio::test]
    async fn readers_of_one_object_share_one_open_file() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::open(folder.path()).unwrap();
        let name = conformance::put(&store, b"shared").await;
        let readings = (
            store.open(name).await.unwrap(),
            store.open(name).await.unwrap(),
        );
        assert_eq!(store.open.files().get(&name).unwrap().strong_count(), 2);
        drop(readings);
        assert!(store.open.files().is_empty());
    }
}
