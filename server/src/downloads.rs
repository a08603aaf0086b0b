//! Responses that are being sent: how many there are, whose they are, and how they are cut.
//!
//! Promises: [`Downloads::cut`] wakes every connection that sends bytes of a transfer, even one whose
//! peer does not read; the more responses are open, the smaller their frames, so that thousands of
//! stalled ones take little memory. It does not know bytes or sockets.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quitus_core::transfer::TransferId;
use tokio::sync::Notify;

/// Bytes that all open responses together may have in memory, roughly.
const FRAMES_BYTES: usize = 8 * 1024 * 1024;
/// Largest frame: beyond it the bytes leave the processor's cache between disk and socket.
const FRAME_BYTES_MAX: usize = 256 * 1024;
/// Smallest frame: below it system calls cost more than copying.
const FRAME_BYTES_MIN: usize = 16 * 1024;

/// Ends one connection.
#[derive(Clone, Default)]
pub struct Cut(Arc<CutState>);

#[derive(Default)]
struct CutState {
    was_asked: AtomicBool,
    asked: Notify,
}

impl Cut {
    /// Asks the connection to end now.
    pub fn now(&self) {
        self.0.was_asked.store(true, Ordering::Relaxed);
        self.0.asked.notify_one();
    }

    /// Waits until somebody asks.
    pub async fn asked(&self) {
        self.0.asked.notified().await;
    }

    /// Whether somebody asked.
    pub fn was_asked(&self) -> bool {
        self.0.was_asked.load(Ordering::Relaxed)
    }
}

/// Every open response.
#[derive(Default)]
pub struct Downloads {
    open: Mutex<HashMap<TransferId, HashMap<u64, Cut>>>,
    n_open: AtomicUsize,
    next: AtomicU64,
}

impl Downloads {
    /// Notes a response of a transfer on a connection; it counts as open until it is dropped.
    pub fn begin(self: &Arc<Self>, id: TransferId, cut: Cut) -> OpenDownload {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.n_open.fetch_add(1, Ordering::Relaxed);
        self.open().entry(id).or_default().insert(number, cut);
        OpenDownload {
            downloads: Arc::clone(self),
            id,
            number,
        }
    }

    /// Ends every connection on which bytes of a transfer are being sent.
    pub fn cut(&self, id: &TransferId) {
        for cut in self.open().get(id).into_iter().flat_map(HashMap::values) {
            cut.now();
        }
    }

    /// Whether bytes of a transfer are being sent.
    pub fn is_open(&self, id: &TransferId) -> bool {
        self.open().contains_key(id)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<TransferId, HashMap<u64, Cut>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open response.
pub struct OpenDownload {
    downloads: Arc<Downloads>,
    id: TransferId,
    number: u64,
}

impl OpenDownload {
    /// How many bytes it may take into memory at a time, now.
    pub fn frame_bytes(&self) -> usize {
        let n_open = self.downloads.n_open.load(Ordering::Relaxed).max(1);
        (FRAMES_BYTES / n_open).clamp(FRAME_BYTES_MIN, FRAME_BYTES_MAX)
    }
}

impl Drop for OpenDownload {
    fn drop(&mut self) {
        self.downloads.n_open.fetch_sub(1, Ordering::Relaxed);
        let mut open = self.downloads.open();
        if let Some(of_transfer) = open.get_mut(&self.id) {
            of_transfer.remove(&self.number);
            if of_transfer.is_empty() {
                open.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_shrink_as_responses_open_and_grow_back() {
        let downloads = Arc::new(Downloads::default());
        let begin = || downloads.begin(TransferId::from_bytes([1; 16]), Cut::default());
        let first = begin();
        assert_eq!(first.frame_bytes(), FRAME_BYTES_MAX);
        let many: Vec<_> = (0..10_000).map(|_| begin()).collect();
        assert_eq!(first.frame_bytes(), FRAME_BYTES_MIN);
        drop(many);
        assert_eq!(first.frame_bytes(), FRAME_BYTES_MAX);
        drop(first);
        assert!(downloads.open().is_empty());
    }

    #[tokio::test]
    async fn a_cut_reaches_the_connections_of_its_transfer_only() {
        let downloads = Arc::new(Downloads::default());
        let (ours, other) = (Cut::default(), Cut::default());
        let open = [
            downloads.begin(TransferId::from_bytes([1; 16]), ours.clone()),
            downloads.begin(TransferId::from_bytes([2; 16]), other.clone()),
        ];
        downloads.cut(&TransferId::from_bytes([1; 16]));
        ours.asked().await;
        tokio::select! {
            biased;
            () = other.asked() => panic!("the other transfer was cut"),
            () = core::future::ready(()) => {}
        }
        drop(open);
    }
}
