//! The two ends of a stream: batches of chunks read in order, and written in order.
//!
//! ```text
//! source -> batch 0, batch 1, ... the last one marked -> sink
//! ```
//!
//! Promises: a batch is full unless it is the last, and the last is found without waiting for
//! bytes behind the end; a fault travels with the batch it happened in, so that all before it are
//! written first.
//!
//! Does not: seal, open, or know how many work at once (that is `engine`).

use std::io::{self, Read, Write};

use thiserror::Error;

use super::leaves::{Leaf, Leaves};
use super::payload::PayloadError;
use super::slab::Slab;
use crate::digest::Blake3;

/// What was done with a stream that came to its proper end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Bytes of plaintext read or written.
    pub plain_bytes: u64,
    /// Their BLAKE3, if the plan asked for it.
    pub digest: Option<Blake3>,
}

/// Why a stream did not come to its proper end.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The reader failed.
    #[error("the stream cannot be read")]
    Read(#[source] io::Error),
    /// The writer failed.
    #[error("the stream cannot be written")]
    Write(#[source] io::Error),
    /// A chunk is not what was sealed, or the stream is not whole.
    #[error("the stream is damaged")]
    Payload(#[source] PayloadError),
}

/// Which way a stream is turned.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    /// Plaintext in, sealed bytes out.
    Seal,
    /// Sealed bytes in, plaintext out.
    Open,
}

/// A run of chunks on its way from reader to writer.
pub(super) struct Batch {
    pub(super) index: u64,
    pub(super) slab: Slab,
    pub(super) is_last: bool,
    /// Bytes of plaintext, known once it was there to be seen.
    pub(super) plain_bytes: u64,
    pub(super) leaf: Option<Leaf>,
    /// What went wrong behind the chunks that the slab holds.
    pub(super) fault: Option<StreamError>,
}

/// Where batches come from, in order.
pub(super) struct Source<'a> {
    reader: &'a mut (dyn Read + Send),
    /// The byte read ahead to learn whether a full batch is the last.
    ahead: Option<u8>,
    next_index: u64,
    ended: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(reader: &'a mut (dyn Read + Send)) -> Self {
        Self {
            reader,
            ahead: None,
            next_index: 0,
            ended: false,
        }
    }

    /// Reads the next batch, or gives the slab back if the stream has ended.
    pub(super) fn take(&mut self, direction: Direction, mut slab: Slab) -> Result<Batch, Slab> {
        if self.ended {
            return Err(slab);
        }
        let (is_last, fault) = match self.fill(direction, &mut slab) {
            Ok(is_last) => (is_last, None),
            Err(error) => {
                slab.clear();
                (true, Some(StreamError::Read(error)))
            }
        };
        let index = self.next_index;
        self.next_index += 1;
        self.ended = is_last;
        Ok(Batch {
            index,
            slab,
            is_last,
            plain_bytes: 0,
            leaf: None,
            fault,
        })
    }

    /// Fills the slab and says whether the input ends with it.
    fn fill(&mut self, direction: Direction, slab: &mut Slab) -> io::Result<bool> {
        slab.clear();
        match direction {
            Direction::Seal => slab.fill_plain(|into| self.read(into))?,
            Direction::Open => slab.fill_sealed(|into| self.read(into))?,
        }
        // Asking again behind an end could wait for more, on a terminal for one.
        if !slab.is_full() {
            return Ok(true);
        }
        let mut byte = [0];
        let n_read = self.read(&mut byte)?;
        self.ahead = (n_read > 0).then_some(byte[0]);
        Ok(n_read == 0)
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let (Some(byte), Some(first)) = (self.ahead.take(), into.first_mut()) {
            *first = byte;
            return Ok(1);
        }
        loop {
            match self.reader.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}

/// Where batches go, in order.
pub(super) struct Sink<'a> {
    writer: &'a mut (dyn Write + Send),
    observe: &'a (dyn Fn(u64) + Sync),
    plain_bytes: u64,
    leaves: Leaves,
    outcome: Option<Result<(), StreamError>>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        writer: &'a mut (dyn Write + Send),
        observe: &'a (dyn Fn(u64) + Sync),
    ) -> Self {
        Self {
            writer,
            observe,
            plain_bytes: 0,
            leaves: Leaves::default(),
            outcome: None,
        }
    }

    /// Writes a batch; gives its slab back and says whether the stream is over.
    pub(super) fn put(&mut self, direction: Direction, batch: Batch) -> (Slab, bool) {
        let outcome = match self.write(direction, &batch.slab) {
            Ok(()) => batch.fault.map_or(Ok(()), Err),
            Err(error) => Err(StreamError::Write(error)),
        };
        if outcome.is_ok() {
            self.plain_bytes += batch.plain_bytes;
            batch
                .leaf
                .into_iter()
                .for_each(|leaf| self.leaves.push(leaf));
            (self.observe)(self.plain_bytes);
        }
        let over = batch.is_last || outcome.is_err();
        if over {
            let outcome = outcome.and_then(|()| self.writer.flush().map_err(StreamError::Write));
            self.outcome = Some(outcome);
        }
        (batch.slab, over)
    }

    /// Writes what a slab holds, of which nothing is unauthentic.
    fn write(&mut self, direction: Direction, slab: &Slab) -> io::Result<()> {
        match direction {
            Direction::Seal => self.writer.write_all(slab.sealed()),
            Direction::Open => slab
                .plain_slices(0..usize::MAX)
                .try_for_each(|slice| self.writer.write_all(slice)),
        }
    }

    /// How the stream ended, once it is over.
    pub(super) fn summary(self, digest: bool) -> Result<Summary, StreamError> {
        self.outcome
            .expect("the last batch or a fault was delivered")?;
        let digest = if digest { self.leaves.digest() } else { None };
        Ok(Summary {
            plain_bytes: self.plain_bytes,
            digest,
        })
    }
}
