//! Responses that are being sent, and parts that are being received: how many there are, whose they
//! are, and how they are cut.
//!
//! Promises: [`Downloads::cut`] wakes every connection that moves bytes of a transfer, even one whose
//! peer does not read; one of which it is not known yet whose it is, is cut rather than forgotten; the more responses are open, the smaller their frames, so that thousands of
//! stalled ones take little memory. It does not know bytes or sockets.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quitus_core::keys::Fingerprint;
use quitus_core::transfer::{Claimant, TransferId};
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

/// Whose bytes they are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    /// Nobody has looked yet.
    Unknown,
    /// Somebody's.
    Of(Claimant),
}

struct Open {
    cut: Cut,
    whose: Whose,
}

/// Every open response; another one of these is every part that is being received.
#[derive(Default)]
pub struct Downloads {
    open: Mutex<HashMap<TransferId, HashMap<u64, Open>>>,
    n_open: AtomicUsize,
    next: AtomicU64,
}

impl Downloads {
    /// Notes a response of a transfer on a connection; it counts as open until it is dropped.
    pub fn begin(self: &Arc<Self>, id: TransferId, cut: Cut) -> OpenDownload {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.n_open.fetch_add(1, Ordering::Relaxed);
        let whose = Whose::Unknown;
        let open = Open { cut, whose };
        self.open().entry(id).or_default().insert(number, open);
        OpenDownload {
            downloads: Arc::clone(self),
            id,
            number,
        }
    }

    /// Ends every connection on which bytes of a transfer are being sent.
    pub fn cut(&self, id: &TransferId) {
        self.cut_where(|transfer, _| transfer == id);
    }

    /// Ends those of a transfer that are not of the claimants.
    pub fn cut_others(&self, id: &TransferId, claimants: &[Claimant]) {
        self.cut_where(|transfer, whose| match whose {
            Whose::Unknown => transfer == id,
            Whose::Of(claimant) => transfer == id && !claimants.contains(claimant),
        });
    }

    /// Ends those of a transfer that are of a key, or of nobody knows whom.
    pub fn cut_of(&self, id: &TransferId, key: &Fingerprint) {
        self.cut_where(|transfer, whose| match whose {
            Whose::Unknown => transfer == id,
            Whose::Of(Claimant::Key(of)) => transfer == id && of == key,
            Whose::Of(Claimant::Bearer) => false,
        });
    }

    /// Ends every connection on which bytes are being sent to, or received from, a key.
    pub fn cut_all_of(&self, key: &Fingerprint) {
        self.cut_where(|_, whose| match whose {
            Whose::Unknown => true,
            Whose::Of(Claimant::Key(of)) => of == key,
            Whose::Of(Claimant::Bearer) => false,
        });
    }

    fn cut_where(&self, is_meant: impl Fn(&TransferId, &Whose) -> bool) {
        for (id, of_transfer) in self.open().iter() {
            for open in of_transfer.values() {
                if is_meant(id, &open.whose) {
                    open.cut.now();
                }
            }
        }
    }

    /// Whether bytes of a transfer are being sent.
    pub fn is_open(&self, id: &TransferId) -> bool {
        self.open().contains_key(id)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<TransferId, HashMap<u64, Open>>> {
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
    /// Notes whose bytes they are. Whoever asks the records for it asks after [`Downloads::begin`]:
    /// what changes there later finds it here.
    pub fn belongs_to(&self, claimant: Claimant) {
        let mut open = self.downloads.open();
        let of_transfer = open.get_mut(&self.id);
        if let Some(open) = of_transfer.and_then(|open| open.get_mut(&self.number)) {
            open.whose = Whose::Of(claimant);
        }
    }

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

    #[tokio::test]
    async fn a_cut_of_a_key_leaves_the_others_and_whatever_is_a_bearers() {
        use quitus_core::keys::{Secret, SigningKey};
        let key = |seed| {
            let key = SigningKey::from_seed(&Secret::from_bytes([seed; 32]));
            key.public().fingerprint()
        };
        let downloads = Arc::new(Downloads::default());
        let begin = |id, claimant: Option<Claimant>| {
            let cut = Cut::default();
            let open = downloads.begin(TransferId::from_bytes([id; 16]), cut.clone());
            if let Some(claimant) = claimant {
                open.belongs_to(claimant);
            }
            (open, cut)
        };
        let of = |seed| Some(Claimant::Key(key(seed)));
        let open = [
            begin(1, of(1)),
            begin(1, of(2)),
            begin(1, Some(Claimant::Bearer)),
            begin(2, of(1)),
            begin(2, None),
        ];
        let cut = || {
            open.iter()
                .map(|(_, cut)| cut.was_asked())
                .collect::<Vec<_>>()
        };
        downloads.cut_others(&TransferId::from_bytes([1; 16]), &[Claimant::Key(key(1))]);
        assert_eq!(cut(), [false, true, true, false, false]);
        downloads.cut_all_of(&key(1));
        assert_eq!(cut(), [true, true, true, true, true]);
        let (_bearers, spared) = begin(3, Some(Claimant::Bearer));
        downloads.cut_all_of(&key(1));
        assert!(!spared.was_asked());
    }
}
