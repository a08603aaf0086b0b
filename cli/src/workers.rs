//! Threads that take a transfer's parts, and what they learn on the way.
//!
//! Promises: every part is taken once, by whichever worker is free; memory is one part a worker; the
//! first failure stops all, and is the one that is told.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use quitus_core::cipher::Slab;
use quitus_core::digest::Blake3;
use quitus_core::parts::{CHUNK_BYTES, PartIndex, PartPlan};
use quitus_core::tree::Piece;

use crate::failure::Failure;

/// Most workers, each with a part in memory: 6 of 8 MiB stay below 64 MiB in all.
const WORKERS_MAX: usize = 6;
/// Workers beyond the cores: while these wait for the relay, the cores seal.
const WORKERS_WAITING: usize = 2;

/// The parts still to be taken, and what is known of those that were.
pub struct Work {
    n_parts: u32,
    next: AtomicU32,
    pieces: Mutex<Vec<Piece>>,
    parts: Mutex<Vec<Option<Blake3>>>,
}

impl Work {
    /// All parts of a plan, for an archive of so many entries.
    pub fn new(plan: &PartPlan, n_entries: usize) -> Self {
        let n_parts = plan.n_parts();
        Self {
            n_parts,
            next: AtomicU32::new(0),
            pieces: Mutex::new((0..n_entries).map(|_| Piece::default()).collect()),
            parts: Mutex::new(vec![None; n_parts as usize]),
        }
    }

    /// Calls `take` for every part, from several threads, each with a slab of its own.
    ///
    /// # Errors
    ///
    /// The first failure of `take`; parts not yet taken then never are.
    pub fn run(
        &self,
        cores: NonZeroUsize,
        plan: &PartPlan,
        take: impl Fn(PartIndex, &mut Slab) -> Result<(), Failure> + Sync,
    ) -> Result<(), Failure> {
        let n_workers = (cores.get() + WORKERS_WAITING)
            .min(WORKERS_MAX)
            .min(self.n_parts as usize);
        if n_workers == 1 {
            return self.take_all(plan, &take);
        }
        let first_failure = Mutex::new(None);
        thread::scope(|scope| {
            for _ in 0..n_workers {
                scope.spawn(|| {
                    if let Err(failure) = self.take_all(plan, &take) {
                        let mut first = first_failure
                            .lock()
                            .expect("storing a failure never panics");
                        first.get_or_insert(failure);
                    }
                });
            }
        });
        first_failure
            .into_inner()
            .expect("storing a failure never panics")
            .map_or(Ok(()), Err)
    }

    fn take_all(
        &self,
        plan: &PartPlan,
        take: impl Fn(PartIndex, &mut Slab) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut slab = part_slab(plan);
        while let Some(part) = plan.index(self.next.fetch_add(1, Ordering::Relaxed)) {
            take(part, &mut slab)
                .inspect_err(|_| self.next.store(self.n_parts, Ordering::Relaxed))?;
        }
        Ok(())
    }

    /// Takes note of a hashed piece of an entry's file.
    pub fn absorb(&self, entry: usize, piece: Piece) {
        let mut pieces = self.pieces.lock().expect("joining pieces never panics");
        pieces
            .get_mut(entry)
            .expect("an entry of the archive")
            .absorb(piece);
    }

    /// Takes note of the digest of a sealed part.
    pub fn sealed(&self, part: PartIndex, digest: Blake3) {
        let mut parts = self.parts.lock().expect("storing a digest never panics");
        if let Some(place) = parts.get_mut(part.0 as usize) {
            *place = Some(digest);
        }
    }

    /// What was hashed of each entry, and the digests of the sealed parts in order.
    pub fn into_results(self) -> (Vec<Piece>, Vec<Blake3>) {
        let pieces = self
            .pieces
            .into_inner()
            .expect("joining pieces never panics");
        let parts = self
            .parts
            .into_inner()
            .expect("storing a digest never panics");
        (pieces, parts.into_iter().flatten().collect())
    }
}

/// Calls `take` for every item, in several threads, each with a run of neighbours; results in the items'
/// order.
pub fn spread<T: Sync, R: Send>(
    cores: NonZeroUsize,
    items: &[T],
    take: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let run = items.len().div_ceil(cores.get()).max(1);
    if run >= items.len() {
        return items.iter().map(take).collect();
    }
    let take = &take;
    thread::scope(|scope| {
        let runs = items.chunks(run);
        let threads: Vec<_> = runs
            .map(|run| scope.spawn(move || run.iter().map(take).collect::<Vec<R>>()))
            .collect();
        let ended = threads.into_iter().map(|thread| {
            let results = thread.join();
            results.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ended.flatten().collect()
    })
}

/// A slab for one part of a plan.
pub fn part_slab(plan: &PartPlan) -> Slab {
    let bytes = plan.part_bytes().min(plan.archive_bytes().max(1));
    Slab::with_chunks(usize::try_from(bytes.div_ceil(CHUNK_BYTES as u64)).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_work_gives_its_results_in_the_order_of_the_items() {
        for n_items in [0, 1, 2, 7, 100] {
            let items: Vec<usize> = (0..n_items).collect();
            for cores in 1..5 {
                let cores = NonZeroUsize::new(cores).expect("not zero");
                let doubled = spread(cores, &items, |item| 2 * item);
                let expected: Vec<usize> = items.iter().map(|item| 2 * item).collect();
                assert_eq!(doubled, expected, "{n_items} {cores}");
            }
        }
    }
}
