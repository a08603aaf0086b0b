//! Objects of a folder on their way out.
//!
//! Promises: one open file is shared by all readers of an object; a read of what the system has in
//! memory, or of a folder that is nowhere else, costs one system call and no thread; buffers are used
//! again. It does not write.

use core::future::Future as _;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use quitus_core::transfer::TransferId;
use tokio::task::JoinHandle;

use super::joined;
use crate::platform;
use crate::store::{ObjectName, Reading, StoreError, transfer_of};

/// Buffers kept for reading; more readers than that at one moment allocate their own.
const BUFFERS_MAX: usize = 16;

/// A read that waits for the disk: the buffer, and how many of its bytes were read.
type Waiting = JoinHandle<io::Result<(Vec<u8>, usize)>>;

/// Files that readers have open now.
#[derive(Default)]
pub(super) struct OpenFiles(Mutex<HashMap<ObjectName, Weak<OpenFile>>>);

pub(super) struct OpenFile {
    file: File,
    bytes: u64,
    name: ObjectName,
    among: Weak<OpenFiles>,
}

impl OpenFiles {
    pub(super) fn get(&self, name: &ObjectName) -> Option<Arc<OpenFile>> {
        self.files().get(name)?.upgrade()
    }

    pub(super) fn insert(
        self: &Arc<Self>,
        name: ObjectName,
        path: &Path,
    ) -> io::Result<Arc<OpenFile>> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let among = Arc::downgrade(self);
        let opened = Arc::new(OpenFile {
            file,
            bytes,
            name,
            among,
        });
        self.files().insert(name, Arc::downgrade(&opened));
        Ok(opened)
    }

    /// Readers to come open a file again; those that read now keep theirs.
    pub(super) fn forget(&self, names: &[String]) {
        let transfers: HashSet<TransferId> =
            names.iter().filter_map(|name| transfer_of(name)).collect();
        self.files()
            .retain(|name, _| !transfers.contains(&name.transfer));
    }

    pub(super) fn files(&self) -> MutexGuard<'_, HashMap<ObjectName, Weak<OpenFile>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let Some(among) = self.among.upgrade() else {
            return;
        };
        let mut files = among.files();
        // Another reader may have opened it again in the meantime.
        if files
            .get(&self.name)
            .is_some_and(|file| file.strong_count() == 0)
        {
            files.remove(&self.name);
        }
    }
}

/// An object being read.
pub(super) struct DirReading {
    file: Arc<OpenFile>,
    buffers: Arc<Buffers>,
    offset: u64,
    /// The folder never waits for a disk.
    is_in_memory: bool,
    waiting: Option<Waiting>,
}

impl Reading for DirReading {
    fn bytes(&self) -> u64 {
        self.file.bytes
    }

    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        bytes_max: usize,
    ) -> Poll<Result<Bytes, StoreError>> {
        if let Some(waiting) = &mut self.waiting {
            let read = joined(ready!(Pin::new(waiting).poll(context)));
            self.waiting = None;
            let (buffer, n_bytes) = read?;
            return Poll::Ready(Ok(self.advance(buffer, n_bytes)));
        }
        let left = usize::try_from(self.file.bytes - self.offset).unwrap_or(usize::MAX);
        let mut buffer = self.buffers.take(left.min(bytes_max));
        if let Some(n_bytes) = self.read_at_once(&mut buffer)? {
            return Poll::Ready(Ok(self.advance(buffer, n_bytes)));
        }
        self.waiting = Some(self.read_waiting(buffer));
        self.poll_read(context, bytes_max)
    }
}

impl DirReading {
    pub(super) const fn new(
        file: Arc<OpenFile>,
        buffers: Arc<Buffers>,
        is_in_memory: bool,
    ) -> Self {
        Self {
            file,
            buffers,
            offset: 0,
            is_in_memory,
            waiting: None,
        }
    }

    /// Reads what is in memory; `None` where that takes a thread that may wait.
    fn read_at_once(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let file = &self.file.file;
        if self.is_in_memory {
            file.read_at(buffer, self.offset).map(Some)
        } else {
            platform::read_without_waiting(file, buffer, self.offset)
        }
    }

    fn advance(&mut self, buffer: Vec<u8>, n_bytes: usize) -> Bytes {
        self.offset += n_bytes as u64;
        let buffers = Arc::clone(&self.buffers);
        Bytes::from_owner(Lent {
            buffer,
            n_bytes,
            buffers,
        })
    }

    fn read_waiting(&self, mut buffer: Vec<u8>) -> Waiting {
        let (file, offset) = (Arc::clone(&self.file), self.offset);
        tokio::task::spawn_blocking(move || {
            let n_bytes = file.file.read_at(&mut buffer, offset)?;
            Ok((buffer, n_bytes))
        })
    }
}

/// Buffers that were used and will be again: fresh memory costs as much as reading into it.
#[derive(Default)]
pub(super) struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn take(&self, bytes: usize) -> Vec<u8> {
        let kept = self.kept().pop();
        match kept {
            Some(mut buffer) if buffer.capacity() >= bytes => {
                buffer.resize(bytes, 0);
                buffer
            }
            Some(_) | None => vec![0; bytes],
        }
    }

    fn give_back(&self, buffer: Vec<u8>) {
        let mut kept = self.kept();
        if kept.len() < BUFFERS_MAX {
            kept.push(buffer);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer while its bytes are on their way to a reader.
struct Lent {
    buffer: Vec<u8>,
    n_bytes: usize,
    buffers: Arc<Buffers>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.n_bytes).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.buffers.give_back(core::mem::take(&mut self.buffer));
    }
}
