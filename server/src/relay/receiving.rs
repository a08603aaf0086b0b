//! The bytes of a part on their way to the store: hashed as they come, written in batches.
//!
//! Promises: at most two batches of a part are in memory, whatever its length; no byte is copied
//! between the socket's buffer and the write; an upload that stalls holds little and blocks nobody.
//! It does not decide whether the part is wanted.

use core::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use quitus_core::digest::Blake3;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Refused;
use crate::caller::Caller;
use crate::store::{Batch, Deposit};

/// A body that arrives.
pub trait Frames: Send {
    /// The next bytes; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Refused>> + Send;
}

impl<F: Frames> Frames for &mut F {
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Refused>> + Send {
        F::next(self)
    }
}

/// A part as its uploader announces it.
pub struct PartUpload<F> {
    /// Its number, as the path says.
    pub number: u32,
    /// Bytes of the body, as its length says.
    pub bytes: u64,
    /// BLAKE3 of the body, as its header says.
    pub digest: Blake3,
    /// Where it comes from.
    pub caller: Caller,
    /// The body.
    pub frames: F,
}

/// Writes a body into a deposit and returns its digest.
pub(super) async fn receive(
    frames: &mut impl Frames,
    deposit: &mut dyn Deposit,
    room: &Arc<Semaphore>,
) -> Result<Blake3, Refused> {
    let mut hasher = blake3::Hasher::new();
    let mut batch = Batch::default();
    while let Some(frame) = frames.next().await? {
        hasher.update(&frame);
        let permit = permit_for(&frame, room);
        let is_full = permit.is_none() || batch.bytes + frame.len() >= deposit.batch_bytes();
        push(&mut batch, frame, permit);
        if is_full {
            deposit.write(core::mem::take(&mut batch)).await?;
        }
    }
    deposit.write(batch).await?;
    Ok(hasher.finalize().into())
}

/// Hashes a body that is not wanted, so that the answer is the same as for one that is.
pub(super) async fn digest_of(frames: &mut impl Frames) -> Result<Blake3, Refused> {
    let mut hasher = blake3::Hasher::new();
    while let Some(frame) = frames.next().await? {
        hasher.update(&frame);
    }
    Ok(hasher.finalize().into())
}

/// `None`: memory is short, and the frame is to be written at once.
fn permit_for(frame: &Bytes, room: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    let n_bytes = u32::try_from(frame.len()).ok()?;
    Arc::clone(room).try_acquire_many_owned(n_bytes).ok()
}

fn push(batch: &mut Batch, frame: Bytes, permit: Option<OwnedSemaphorePermit>) {
    batch.bytes += frame.len();
    batch.frames.push(frame);
    match (&mut batch.room, permit) {
        (Some(room), Some(permit)) => room.merge(permit),
        (room @ None, permit) => *room = permit,
        (Some(_), None) => {}
    }
}
