//! Objects of a bucket on their way out.
//!
//! Promises: a body that breaks off or drips goes on where it was, a few times; the last bytes are given
//! out only after the whole was compared with the digest in its name, so that nobody gets a whole object
//! that is another. It does not hold more than one frame.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use quitus_bucket::failure;
use quitus_core::digest::Blake3;
use tokio::time::Sleep;

use super::Inner;
use crate::pace::Pace;
use crate::store::{ObjectName, Reading, StoreError};

/// How often a body is gone on with before it is given up.
const RESUMED_MAX: u32 = 5;
/// First pause before it is; it doubles.
const PAUSE: Duration = Duration::from_millis(100);

type Reopening = Pin<Box<dyn Future<Output = Result<ByteStream, StoreError>> + Send>>;

/// An object being read.
pub(super) struct S3Reading {
    inner: Arc<Inner>,
    name: ObjectName,
    total: u64,
    received: u64,
    hasher: Box<blake3::Hasher>,
    body: ByteStream,
    ready: Bytes,
    reopening: Option<Reopening>,
    n_resumed: u32,
    pace: Pace,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl S3Reading {
    pub(super) async fn open(inner: Arc<Inner>, name: ObjectName) -> Result<Self, StoreError> {
        let (body, total) = open_at(&inner, name, 0).await?;
        let pace = Pace::new(inner.settings.access.patience.read);
        let reading = Self {
            inner,
            name,
            total,
            received: 0,
            hasher: Box::default(),
            body,
            ready: Bytes::new(),
            reopening: None,
            n_resumed: 0,
            pace,
            waiting: None,
        };
        if total == 0 {
            reading.check()?;
        }
        Ok(reading)
    }

    /// Compares everything that came with the digest in the name.
    fn check(&self) -> Result<(), StoreError> {
        let digest: Blake3 = self.hasher.finalize().into();
        if digest == self.name.digest {
            return Ok(());
        }
        let id = self.name.transfer.short();
        tracing::error!(
            transfer = id,
            "the bucket gives another object than was stored"
        );
        Err(StoreError::Io(io::Error::new(
            io::ErrorKind::InvalidData,
            "the bucket gives another object than was stored",
        )))
    }

    /// Takes what came; the last of it only if the whole is right.
    fn take(&mut self, frame: Bytes) -> Result<(), StoreError> {
        self.hasher.update(&frame);
        self.received += frame.len() as u64;
        if self.received >= self.total {
            self.check()?;
        }
        self.ready = frame;
        Ok(())
    }

    /// Asks for the rest of the body.
    fn resume(&mut self, why: &str) -> Result<(), StoreError> {
        self.waiting = None;
        if self.n_resumed >= RESUMED_MAX {
            let reason = format!("the body broke off again and again: {why}");
            return Err(StoreError::Io(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                reason,
            )));
        }
        tracing::warn!("a body broke off after {} bytes: {why}", self.received);
        let pause = PAUSE * 2_u32.pow(self.n_resumed);
        self.n_resumed += 1;
        self.pace = Pace::new(self.inner.settings.access.patience.read);
        let (inner, name) = (Arc::clone(&self.inner), self.name);
        let (received, total) = (self.received, self.total);
        self.reopening = Some(Box::pin(async move {
            tokio::time::sleep(pause).await;
            let (body, rest) = open_at(&inner, name, received).await?;
            if rest == total - received {
                return Ok(body);
            }
            let reason = "the bucket gives an object of another length than before";
            Err(StoreError::Io(io::Error::new(
                io::ErrorKind::InvalidData,
                reason,
            )))
        }));
        Ok(())
    }

    /// Whether the wait for the next bytes is over its bound.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let left = self.pace.left();
        let (_, sleep) = self
            .waiting
            .get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
        sleep.as_mut().poll(context)
    }

    fn note_wait(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.pace.note(since.elapsed(), bytes as u64);
        }
    }

    /// The next frame of the body, over whatever breaks.
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StoreError>> {
        loop {
            if let Some(reopening) = &mut self.reopening {
                let reopened = ready!(reopening.as_mut().poll(context));
                self.reopening = None;
                self.body = reopened?;
            }
            match Pin::new(&mut self.body).poll_next(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.note_wait(frame.len());
                    if frame.is_empty() {
                        continue;
                    }
                    return Poll::Ready(self.take(frame));
                }
                Poll::Ready(Some(Err(error))) => {
                    self.resume(&error.to_string())?;
                }
                Poll::Ready(None) => self.resume("it ended early")?,
                Poll::Pending => {
                    ready!(self.poll_patience(context));
                    self.resume("it came too slowly")?;
                }
            }
        }
    }
}

impl Reading for S3Reading {
    fn bytes(&self) -> u64 {
        self.total
    }

    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        bytes_max: usize,
    ) -> Poll<Result<Bytes, StoreError>> {
        if self.ready.is_empty() && self.received < self.total {
            ready!(self.poll_frame(context))?;
        }
        let n_bytes = self.ready.len().min(bytes_max);
        Poll::Ready(Ok(self.ready.split_to(n_bytes)))
    }
}

/// The body of an object from a byte on, and how long it says to be.
async fn open_at(
    inner: &Inner,
    name: ObjectName,
    start: u64,
) -> Result<(ByteStream, u64), StoreError> {
    let mut request = inner
        .clients
        .signed
        .get_object()
        .bucket(inner.bucket())
        .key(inner.key(&name.to_string()));
    if start > 0 {
        request = request.range(format!("bytes={start}-"));
    }
    let answer = Box::pin(request.send()).await;
    let object = answer.map_err(|error| failure("GetObject", &error))?;
    let bytes = object.content_length().and_then(|n| u64::try_from(n).ok());
    let is_part = object.content_range().is_some();
    match bytes {
        // A server that ignores the range would give the beginning again.
        Some(bytes) if is_part || start == 0 => Ok((object.body, bytes)),
        Some(_) | None => Err(StoreError::Io(io::Error::new(
            io::ErrorKind::InvalidData,
            "the bucket does not say how long an object is, or ignores ranges",
        ))),
    }
}
