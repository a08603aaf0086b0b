//! Memory for objects on their way to a bucket.
//!
//! Promises: a buffer comes back once nobody reads it any more, and is used again; of those that wait, no
//! more is kept than [`BUDGET_BYTES`]. Given back to the allocator instead, they would stay with whichever
//! of its many arenas they came from. It does not bound what is in use: that is the budget's.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::BUDGET_BYTES;

/// Objects that are shorter are not worth a buffer.
const SHORT_BYTES: usize = 64 * 1024;

/// Buffers that wait to be used again.
#[derive(Clone, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// So many bytes as `fill` writes them.
    ///
    /// # Errors
    /// What `fill` says.
    pub(super) fn filled(
        &self,
        bytes: usize,
        fill: impl FnOnce(&mut [u8]) -> io::Result<()>,
    ) -> io::Result<Bytes> {
        if bytes < SHORT_BYTES {
            let mut short = vec![0; bytes];
            fill(&mut short)?;
            return Ok(short.into());
        }
        let mut lent = Lent {
            buffer: self.waiting().pop().unwrap_or_default(),
            home: self.clone(),
        };
        lent.buffer.resize(bytes, 0);
        fill(&mut lent.buffer)?;
        Ok(Bytes::from_owner(lent))
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_back(&self, buffer: Vec<u8>) {
        let mut waiting = self.waiting();
        let kept: usize = waiting.iter().map(Vec::capacity).sum();
        if kept.saturating_add(buffer.capacity()) as u64 <= BUDGET_BYTES {
            waiting.push(buffer);
        }
    }
}

/// A buffer somebody reads.
struct Lent {
    buffer: Vec<u8>,
    home: Buffers,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.home.take_back(mem::take(&mut self.buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(buffers: &Buffers, bytes: usize, with: u8) -> Bytes {
        let filled = buffers.filled(bytes, |buffer| {
            buffer.fill(with);
            Ok(())
        });
        filled.unwrap()
    }

    #[test]
    fn a_buffer_is_used_again_once_its_last_reader_is_done() {
        let buffers = Buffers::default();
        let one = filled(&buffers, 100_000, 1);
        let other = one.clone();
        drop(one);
        assert!(buffers.waiting().is_empty());
        assert!(other.iter().all(|byte| *byte == 1));
        drop(other);
        assert_eq!(buffers.waiting().len(), 1);
        for bytes in [70_000, 100_000, 200_000] {
            assert_eq!(filled(&buffers, bytes, 2), vec![2; bytes]);
            assert_eq!(buffers.waiting().len(), 1, "{bytes}");
        }
        assert_eq!(filled(&buffers, 3, 3), [3; 3].as_slice());
    }

    #[test]
    fn no_more_waits_than_the_budget() {
        let buffers = Buffers::default();
        let bytes = usize::try_from(BUDGET_BYTES).unwrap() / 2;
        let three: Vec<Bytes> = (0..3).map(|with| filled(&buffers, bytes, with)).collect();
        drop(three);
        assert_eq!(buffers.waiting().len(), 2);
    }

    #[test]
    fn what_could_not_be_filled_comes_back_too() {
        let buffers = Buffers::default();
        let failed = buffers.filled(100_000, |_| Err(io::ErrorKind::UnexpectedEof.into()));
        assert!(failed.is_err());
        assert_eq!(buffers.waiting().len(), 1);
    }
}
