//! Whole streams sealed and opened on several cores at once, in bounded memory.
//!
//! ```text
//! reader -> |batch 0|batch 1|batch 2| ...   each taken in order by whichever worker is free
//!               worker A   worker B         seals or opens (and hashes) its batch in place
//! writer <- |batch 0|batch 1| ...           drained in order by whoever finishes the head
//! ```
//!
//! Promises: byte for byte what one worker would do, whatever their number; of an opened stream
//! only authenticated chunks are written, and success only if its end was one of them; the first
//! fault in the order of the stream is the one reported; no fault, panic or early end leaves a
//! worker waiting; at most [`BUFFER_BYTES_MAX`] of buffers.
//!
//! Does not: read or write the header; notice a fault while the reader itself is waiting; say
//! that bytes already written were a whole stream unless it returns `Ok`.
//!
//! Spec: C2SP age.md, "Payload".

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::ends::{Batch, Direction, Sink, Source, StreamError, Summary};
use super::leaves::Leaf;
use super::payload::PayloadKey;
use super::slab::Slab;
use crate::parts::CHUNK_BYTES;

/// Bytes that all buffers of a stream take together at most, whatever the workers (tags not
/// counted): half of what an encrypting or decrypting process may take in all.
pub const BUFFER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Chunks of one batch: enough to make locks and thread switches rare, few enough that what was
/// read is still in the core's own cache when it is sealed. A power of two, as BLAKE3 needs.
const BATCH_CHUNKS_MAX: usize = 16;

/// How a stream is worked on.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// Threads, the calling one included.
    pub workers: NonZeroUsize,
    /// Whether to hash the plaintext on the way.
    pub digest: bool,
    /// Told the bytes of plaintext done so far whenever some more are, in order.
    pub observe: &'a (dyn Fn(u64) + Sync),
}

/// Seals all of `reader` into `writer`, which gets the payload without the header.
///
/// # Errors
///
/// If the reader or the writer fails; what was written then is worthless.
///
/// # Panics
///
/// If the reader, the writer or the observer does: the panic is passed on once all workers ended.
pub fn seal_stream(
    key: &PayloadKey,
    reader: &mut (dyn Read + Send),
    writer: &mut (dyn Write + Send),
    plan: Plan<'_>,
) -> Result<Summary, StreamError> {
    Engine::new(Direction::Seal, key, reader, writer, plan).run()
}

/// Opens all of `reader`, a payload behind its header, into `writer`.
///
/// # Errors
///
/// If the reader or the writer fails, or a chunk does not authenticate, or the stream is cut short
/// or goes on behind its end. What was written then is authentic, but only a beginning.
///
/// # Panics
///
/// If the reader, the writer or the observer does: the panic is passed on once all workers ended.
pub fn open_stream(
    key: &PayloadKey,
    reader: &mut (dyn Read + Send),
    writer: &mut (dyn Write + Send),
    plan: Plan<'_>,
) -> Result<Summary, StreamError> {
    Engine::new(Direction::Open, key, reader, writer, plan).run()
}

/// What all workers share. Locks are taken one at a time.
struct Engine<'a> {
    direction: Direction,
    key: &'a PayloadKey,
    digest: bool,
    workers: usize,
    batch_chunks: usize,
    source: Mutex<Source<'a>>,
    board: Mutex<Board>,
    /// Signalled when a slab becomes free or the stream is over.
    changed: Condvar,
    sink: Mutex<Sink<'a>>,
}

/// Who waits for what.
struct Board {
    free: Vec<Slab>,
    /// Slabs that may still be made: memory is taken only by streams that need it.
    n_unmade: usize,
    finished: BTreeMap<u64, Batch>,
    next_index: u64,
    /// Whether some worker is writing, which then also writes what is finished meanwhile.
    draining: bool,
    over: bool,
}

impl<'a> Engine<'a> {
    fn new(
        direction: Direction,
        key: &'a PayloadKey,
        reader: &'a mut (dyn Read + Send),
        writer: &'a mut (dyn Write + Send),
        plan: Plan<'a>,
    ) -> Self {
        let workers = plan.workers.get();
        let (n_slabs, batch_chunks) = layout(workers);
        Self {
            direction,
            key,
            digest: plan.digest,
            workers: workers.min(n_slabs),
            batch_chunks,
            source: Mutex::new(Source::new(reader)),
            board: Mutex::new(Board::new(n_slabs)),
            changed: Condvar::new(),
            sink: Mutex::new(Sink::new(writer, plan.observe)),
        }
    }

    fn run(self) -> Result<Summary, StreamError> {
        // A stream of one batch is done before any thread is started.
        if self.step() && !lock(&self.board).over {
            thread::scope(|scope| {
                for _ in 1..self.workers {
                    // With fewer threads than wanted it only takes longer.
                    let spawned = thread::Builder::new().spawn_scoped(scope, || self.work());
                    if spawned.is_err() {
                        break;
                    }
                }
                self.work();
            });
        }
        let sink = self.sink.into_inner();
        sink.unwrap_or_else(PoisonError::into_inner)
            .summary(self.digest)
    }

    fn work(&self) {
        let _alarm = Alarm(self);
        while self.step() {}
    }

    /// Moves one batch from the reader towards the writer; false when there is nothing to do.
    fn step(&self) -> bool {
        let Some(slab) = self.free_slab() else {
            return false;
        };
        match self.take(slab) {
            Ok(mut batch) => {
                self.turn(&mut batch);
                self.deliver(batch);
                true
            }
            Err(slab) => {
                self.release(slab);
                false
            }
        }
    }

    /// Waits until a slab is free; `None` when the stream is over.
    fn free_slab(&self) -> Option<Slab> {
        let mut board = lock(&self.board);
        loop {
            if board.over {
                return None;
            }
            if let Some(slab) = board.free.pop() {
                return Some(slab);
            }
            if board.n_unmade > 0 {
                board.n_unmade -= 1;
                return Some(Slab::with_chunks(self.batch_chunks));
            }
            board = self
                .changed
                .wait(board)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the next batch from the reader, or gives the slab back if there is none.
    fn take(&self, slab: Slab) -> Result<Batch, Slab> {
        match self.source.lock() {
            Ok(mut source) => source.take(self.direction, slab),
            // The reader panicked in another worker.
            Err(_) => Err(slab),
        }
    }

    /// Seals or opens a batch in place.
    fn turn(&self, batch: &mut Batch) {
        if batch.fault.is_some() {
            return;
        }
        let first_chunk = batch.index * self.batch_chunks as u64;
        let turned = match self.direction {
            Direction::Seal => {
                self.measure(batch);
                self.key.seal(&mut batch.slab, first_chunk, batch.is_last)
            }
            Direction::Open => self
                .key
                .open(&mut batch.slab, first_chunk, batch.is_last)
                .inspect(|()| self.measure(batch)),
        };
        batch.fault = turned.err().map(StreamError::Payload);
    }

    /// Counts and hashes the plaintext of a batch while it is in the cache.
    fn measure(&self, batch: &mut Batch) {
        batch.plain_bytes = batch.slab.plain_len() as u64;
        if self.digest {
            let offset = batch.index * (self.batch_chunks * CHUNK_BYTES) as u64;
            let slices = batch.slab.plain_slices(0..usize::MAX);
            batch.leaf = Some(Leaf::hash(offset, batch.is_last, slices));
        }
    }

    /// Hands in a batch that is done. Whoever hands in the one the writer waits for writes it and
    /// all that are ready behind it; everybody else goes on at once.
    fn deliver(&self, batch: Batch) {
        let mut board = lock(&self.board);
        board.finished.insert(batch.index, batch);
        if board.draining {
            return;
        }
        board.draining = true;
        while let Some(batch) = board.take_head() {
            drop(board);
            let (slab, over) = lock(&self.sink).put(self.direction, batch);
            board = lock(&self.board);
            board.free.push(slab);
            board.over |= over;
            self.changed.notify_one();
        }
        board.draining = false;
        if board.over {
            self.changed.notify_all();
        }
    }

    fn release(&self, slab: Slab) {
        lock(&self.board).free.push(slab);
        self.changed.notify_one();
    }
}

impl Board {
    fn new(n_slabs: usize) -> Self {
        Self {
            free: Vec::with_capacity(n_slabs),
            n_unmade: n_slabs,
            finished: BTreeMap::new(),
            next_index: 0,
            draining: false,
            over: false,
        }
    }

    /// The batch the writer waits for, if it is finished and still wanted.
    fn take_head(&mut self) -> Option<Batch> {
        if self.over {
            return None;
        }
        let batch = self.finished.remove(&self.next_index)?;
        self.next_index += 1;
        Some(batch)
    }
}

/// Wakes every waiting worker if the one that holds it panics.
struct Alarm<'a, 'b>(&'a Engine<'b>);

impl Drop for Alarm<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            lock(&self.0.board).over = true;
            self.0.changed.notify_all();
        }
    }
}

/// Locks whatever happened to others: a panic is passed on when all workers have ended.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many slabs of how many chunks: two for each worker and one for the writer, within
/// [`BUFFER_BYTES_MAX`].
fn layout(workers: usize) -> (usize, usize) {
    let n_chunks_max = BUFFER_BYTES_MAX / CHUNK_BYTES;
    // A slab takes one chunk more than it holds, to open into.
    let n_slabs = workers
        .saturating_mul(2)
        .saturating_add(1)
        .min(n_chunks_max / 2);
    let mut batch_chunks = BATCH_CHUNKS_MAX;
    while batch_chunks > 1 && n_slabs * (batch_chunks + 1) > n_chunks_max {
        batch_chunks /= 2;
    }
    (n_slabs, batch_chunks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::{FileKey, PayloadError, SecretKey, new_header, open_header};
    use crate::digest::Blake3;
    use crate::parts::TAG_BYTES;
    use proptest::prelude::*;
    use std::io;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU64, Ordering};

    const STRIDE: usize = CHUNK_BYTES + TAG_BYTES;
    const BATCH: usize = BATCH_CHUNKS_MAX * CHUNK_BYTES;

    fn key() -> PayloadKey {
        PayloadKey::new(&FileKey::take(&mut [3; 16]), &[5; 16])
    }

    fn plan(workers: usize) -> Plan<'static> {
        let workers = NonZeroUsize::new(workers).unwrap();
        Plan {
            workers,
            digest: true,
            observe: &|_| {},
        }
    }

    fn numbered(len: usize) -> Vec<u8> {
        (0..len)
            .map(|at| u8::try_from((at / 7 + at / 65_536) % 251).unwrap())
            .collect()
    }

    fn digest(bytes: &[u8]) -> Blake3 {
        Blake3::from_bytes(blake3::hash(bytes).into())
    }

    fn seal(plain: &[u8], workers: usize) -> Vec<u8> {
        let mut sealed = Vec::new();
        let summary = seal_stream(&key(), &mut &*plain, &mut sealed, plan(workers)).unwrap();
        let plain_bytes = plain.len() as u64;
        assert_eq!(
            summary,
            Summary {
                plain_bytes,
                digest: Some(digest(plain))
            }
        );
        sealed
    }

    /// Opens and returns what was written, whatever the outcome.
    fn open(sealed: &[u8], workers: usize) -> (Vec<u8>, Result<Summary, StreamError>) {
        let mut plain = Vec::new();
        let outcome = open_stream(&key(), &mut &*sealed, &mut plain, plan(workers));
        (plain, outcome)
    }

    fn sizes() -> Vec<usize> {
        let edges = [CHUNK_BYTES, BATCH, 2 * BATCH, 7 * BATCH];
        let around = edges.iter().flat_map(|edge| [edge - 1, *edge, edge + 1]);
        [0, 1].into_iter().chain(around).collect()
    }

    #[test]
    fn streams_of_any_length_open_again_whatever_the_workers() {
        for len in sizes() {
            let plain = numbered(len);
            let sealed = seal(&plain, 1);
            for workers in [1, 2, 3, 7, 300] {
                assert!(
                    seal(&plain, workers) == sealed,
                    "{len} bytes, {workers} workers"
                );
                let (opened, outcome) = open(&sealed, workers);
                assert!(opened == plain, "{len} bytes, {workers} workers");
                assert_eq!(outcome.unwrap().digest, Some(digest(&plain)));
            }
        }
    }

    #[test]
    fn the_age_crate_opens_what_we_seal_and_we_open_what_it_seals() {
        let secret = SecretKey::generate();
        let age_identity: age::x25519::Identity = secret.expose_text().parse().unwrap();
        for len in sizes() {
            let plain = numbered(len);
            let (mut ours, keys) = new_header(&[secret.recipient()]).unwrap();
            let payload_key = keys.payload_key();
            seal_stream(&payload_key, &mut plain.as_slice(), &mut ours, plan(2)).unwrap();
            assert!(
                age::decrypt(&age_identity, &ours).unwrap() == plain,
                "{len}"
            );

            let theirs = age::encrypt(&age_identity.to_public(), &plain).unwrap();
            let mut input = theirs.as_slice();
            let identity = secret.expose_text().parse::<SecretKey>().unwrap().into();
            let keys = open_header(&mut input, &[identity]).unwrap();
            let mut opened = Vec::new();
            open_stream(&keys.payload_key(), &mut input, &mut opened, plan(2)).unwrap();
            assert!(opened == plain, "{len}");
        }
    }

    /// Opens a damaged stream: an error, and nothing written but the authentic beginning.
    fn check_refused(damaged: &[u8], plain: &[u8], what: &str) {
        for workers in [1, 2] {
            let (written, outcome) = open(damaged, workers);
            assert!(
                matches!(outcome, Err(StreamError::Payload(_))),
                "{what}: {outcome:?}"
            );
            assert!(plain.starts_with(&written), "{what}");
            assert!(written.len().is_multiple_of(CHUNK_BYTES), "{what}");
        }
    }

    #[test]
    fn a_stream_cut_anywhere_is_refused() {
        let plain = numbered(2 * CHUNK_BYTES + 300);
        let sealed = seal(&plain, 1);
        let ends = [0, STRIDE, 2 * STRIDE]
            .into_iter()
            .flat_map(|edge| edge..edge + 40);
        let ends = ends
            .chain((0..sealed.len()).step_by(4_999))
            .chain(2 * STRIDE..sealed.len());
        for end in ends.filter(|end| *end < sealed.len()) {
            check_refused(&sealed[..end], &plain, &format!("cut at {end}"));
        }
    }

    #[test]
    fn a_stream_with_anything_behind_its_end_is_refused() {
        for len in [0, 1, CHUNK_BYTES, BATCH - 1, BATCH] {
            let plain = numbered(len);
            for n_behind in [1, 15, 16, 17, STRIDE, BATCH + 1] {
                let damaged = [seal(&plain, 1), vec![0; n_behind]].concat();
                check_refused(&damaged, &plain, &format!("{n_behind} behind {len}"));
            }
        }
    }

    #[test]
    fn chunks_out_of_place_are_refused() {
        let plain = numbered(20 * CHUNK_BYTES + 5);
        let sealed = seal(&plain, 1);
        let chunks: Vec<_> = sealed.chunks(STRIDE).collect();
        for (first, second) in [(0, 1), (1, 19), (7, 8), (18, 20), (19, 20)] {
            let mut swapped = chunks.clone();
            swapped.swap(first, second);
            check_refused(
                &swapped.concat(),
                &plain,
                &format!("{first} and {second} swapped"),
            );
        }
        for index in 0..chunks.len() {
            let mut changed = chunks.clone();
            changed.remove(index);
            check_refused(&changed.concat(), &plain, &format!("{index} dropped"));
            changed.insert(index, chunks[index]);
            changed.insert(index, chunks[index]);
            check_refused(&changed.concat(), &plain, &format!("{index} doubled"));
        }
    }

    #[test]
    fn the_chunks_before_a_damaged_one_are_written_and_no_more() {
        let plain = numbered(30 * CHUNK_BYTES);
        let sealed = seal(&plain, 1);
        for index in [0, 1, 7, 8, 9, 15, 16, 28, 29] {
            let mut damaged = sealed.clone();
            damaged[index * STRIDE + 99] ^= 0x40;
            for workers in [1, 2, 5] {
                let (written, outcome) = open(&damaged, workers);
                let chunk = index as u64;
                assert!(matches!(
                    outcome,
                    Err(StreamError::Payload(PayloadError::NotAuthentic { chunk: actual }))
                        if actual == chunk
                ));
                assert!(written == plain[..index * CHUNK_BYTES], "{index}");
            }
        }
    }

    /// A reader that gives little at a time, is interrupted, and may break.
    struct Trickle<'a> {
        rest: &'a [u8],
        steps: u64,
        breaks_after: Option<usize>,
    }

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.steps = self
                .steps
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99);
            if self.steps >> 61 == 0 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let some = 1 + usize::try_from(self.steps >> 45).unwrap() % 70_000;
            let mut n_read = some.min(into.len()).min(self.rest.len());
            if let Some(left) = &mut self.breaks_after {
                if *left == 0 {
                    return Err(io::Error::other("cable pulled"));
                }
                n_read = n_read.min(*left);
                *left -= n_read;
            }
            let (head, tail) = self.rest.split_at(n_read);
            into[..n_read].copy_from_slice(head);
            self.rest = tail;
            Ok(n_read)
        }
    }

    /// A writer that takes little at a time and breaks.
    struct Narrow {
        taken: Vec<u8>,
        breaks_after: usize,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let n_taken = bytes
                .len()
                .min(30_000)
                .min(self.breaks_after - self.taken.len());
            if n_taken == 0 {
                return Err(io::Error::other("disk full"));
            }
            self.taken.extend_from_slice(&bytes[..n_taken]);
            Ok(n_taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn a_reader_may_give_as_little_as_it_likes(
            len in 0..4 * BATCH, steps: u64, workers in 1..5_usize,
        ) {
            let plain = numbered(len);
            let mut sealed = Vec::new();
            let mut slow = Trickle { rest: &plain, steps, breaks_after: None };
            seal_stream(&key(), &mut slow, &mut sealed, plan(workers)).unwrap();
            prop_assert!(sealed == seal(&plain, 1));
            let mut opened = Vec::new();
            let mut slow = Trickle { rest: &sealed, steps, breaks_after: None };
            open_stream(&key(), &mut slow, &mut opened, plan(workers)).unwrap();
            prop_assert!(opened == plain);
        }

        #[test]
        fn a_reader_that_breaks_is_reported_and_what_was_written_is_a_beginning(
            len in 1..4 * BATCH, part in 0.0..1.0_f64, steps: u64, workers in 1..5_usize,
        ) {
            let plain = numbered(len);
            let sealed = seal(&plain, 1);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let after = (sealed.len() as f64 * part) as usize;
            let mut breaking = Trickle { rest: &sealed, steps, breaks_after: Some(after) };
            let mut opened = Vec::new();
            let outcome = open_stream(&key(), &mut breaking, &mut opened, plan(workers));
            prop_assert!(matches!(outcome, Err(StreamError::Read(_))));
            prop_assert!(plain.starts_with(&opened));
        }

        #[test]
        fn a_writer_that_breaks_is_reported(
            len in 1..6 * BATCH, part in 0.0..1.0_f64, workers in 1..5_usize,
        ) {
            let plain = numbered(len);
            let sealed = seal(&plain, 1);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let breaks_after = (len as f64 * part) as usize;
            let mut narrow = Narrow { taken: Vec::new(), breaks_after };
            let outcome = open_stream(&key(), &mut sealed.as_slice(), &mut narrow, plan(workers));
            prop_assert!(matches!(outcome, Err(StreamError::Write(_))));
            prop_assert!(narrow.taken == plain[..breaks_after]);
            let mut narrow = Narrow { taken: Vec::new(), breaks_after };
            let outcome = seal_stream(&key(), &mut plain.as_slice(), &mut narrow, plan(workers));
            prop_assert!(matches!(outcome, Err(StreamError::Write(_))));
            prop_assert!(narrow.taken == sealed[..breaks_after]);
        }
    }

    struct Panicking;

    impl Read for Panicking {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("reader")
        }
    }

    impl Write for Panicking {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("writer")
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_anywhere_is_passed_on_and_nobody_waits_for_ever() {
        let plain = numbered(9 * BATCH);
        for workers in [1, 2, 6] {
            for after in [0, BATCH, 5 * BATCH + 9] {
                let mut reader = (&plain[..after]).chain(Panicking);
                let seal = || seal_stream(&key(), &mut reader, &mut io::sink(), plan(workers));
                assert!(catch_unwind(AssertUnwindSafe(seal)).is_err());
            }
            let mut reader = plain.as_slice();
            let seal = || seal_stream(&key(), &mut reader, &mut Panicking, plan(workers));
            assert!(catch_unwind(AssertUnwindSafe(seal)).is_err());
            let observe = |done| assert!(done < 4 * BATCH as u64, "observer");
            let watched = Plan {
                observe: &observe,
                ..plan(workers)
            };
            let mut reader = plain.as_slice();
            let seal = || seal_stream(&key(), &mut reader, &mut io::sink(), watched);
            assert!(catch_unwind(AssertUnwindSafe(seal)).is_err());
        }
    }

    #[test]
    fn progress_only_grows_and_ends_at_the_length() {
        let plain = numbered(5 * BATCH + 1);
        let seen = AtomicU64::new(0);
        let observe = |done| assert!(seen.swap(done, Ordering::Relaxed) < done);
        let watched = Plan {
            observe: &observe,
            ..plan(3)
        };
        seal_stream(&key(), &mut plain.as_slice(), &mut io::sink(), watched).unwrap();
        assert_eq!(seen.into_inner(), plain.len() as u64);
    }

    #[test]
    fn buffers_stay_within_the_bound_whatever_the_workers() {
        for workers in (1..400).chain([usize::MAX]) {
            let (n_slabs, batch_chunks) = layout(workers);
            assert!(n_slabs * (batch_chunks + 1) * CHUNK_BYTES <= BUFFER_BYTES_MAX);
            assert!(batch_chunks.is_power_of_two() && n_slabs > 0);
        }
    }
}
