//! Objects on their way into a bucket.
//!
//! Promises: what arrives lies in a file without a name, so that a slow sender takes no memory and a crash
//! leaves nothing; it is read into one buffer once it is whole and there is room. It does not talk to the
//! bucket itself.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinHandle;

use super::Inner;
use super::buffers::Buffers;
use crate::platform;
use crate::store::{Batch, Deposit, ObjectName, Pending, StoreError};

/// An object being written.
pub(super) struct S3Deposit {
    inner: Arc<Inner>,
    file: Arc<File>,
    bytes: u64,
    writing: Option<JoinHandle<io::Result<()>>>,
}

impl S3Deposit {
    pub(super) async fn begin(
        inner: Arc<Inner>,
        number: u64,
        bytes: u64,
    ) -> Result<Self, StoreError> {
        let path = inner.incoming.join(number.to_string());
        let file = blocking(move || platform::nameless_file(&path)).await?;
        Ok(Self {
            inner,
            file: Arc::new(file),
            bytes,
            writing: None,
        })
    }

    async fn written(&mut self) -> Result<(), StoreError> {
        match self.writing.take() {
            Some(writing) => Ok(joined(writing.await)?),
            None => Ok(()),
        }
    }
}

impl Deposit for S3Deposit {
    fn write(&mut self, batch: Batch) -> Pending<'_, ()> {
        Box::pin(async move {
            self.written().await?;
            let file = Arc::clone(&self.file);
            self.writing = Some(tokio::task::spawn_blocking(move || {
                let mut file: &File = &file;
                batch
                    .frames
                    .iter()
                    .try_for_each(|frame| file.write_all(frame))
            }));
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>, name: ObjectName) -> Pending<'static, ()> {
        Box::pin(async move {
            self.written().await?;
            let Self {
                inner, file, bytes, ..
            } = *self;
            let _room = inner.room(bytes).await?;
            let buffers = inner.buffers.clone();
            let whole = blocking(move || read(&file, bytes, &buffers)).await?;
            let key = inner.key(&name.to_string());
            inner.store(&key, &whole).await
        })
    }
}

fn read(file: &File, bytes: u64, buffers: &Buffers) -> io::Result<Bytes> {
    let bytes = usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
    buffers.filled(bytes, |buffer| file.read_exact_at(buffer, 0))
}

/// Does what waits for the disk or takes long elsewhere than where requests are answered.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    Ok(joined(tokio::task::spawn_blocking(work).await)?)
}

fn joined<T>(outcome: Result<io::Result<T>, tokio::task::JoinError>) -> io::Result<T> {
    outcome.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
}
