//! A reusable buffer for a run of chunks, sealed and opened where they lie.
//!
//! ```text
//! plain     | 65536 bytes | gap 16 | 65536 bytes | gap 16 | the rest |
//! sealed    | 65536 bytes | tag 16 | 65536 bytes | tag 16 | the rest | tag 16 |
//! received  | 65536 bytes free | 65536 bytes | tag 16 | 65536 bytes | tag 16 | ...
//! ```
//!
//! Promises: plaintext is read straight into its place and leaves room for each tag, so that the
//! sealed run lies in one piece and nothing is ever moved; received chunks open into the place one
//! chunk before, so that one that does not open is still there to be tried otherwise; after
//! opening, only bytes that authenticated can be seen as plaintext; what the slab held is erased
//! when it is dropped.
//!
//! Does not: encrypt (that is `payload`), or know where its chunks stand in the stream.

use std::ops::Range;

use zeroize::Zeroize;

use crate::parts::{CHUNK_BYTES, TAG_BYTES};

/// Bytes from the start of one chunk to the start of the next.
pub(super) const STRIDE: usize = CHUNK_BYTES + TAG_BYTES;

/// What the bytes of a slab are at present.
#[derive(Clone, Copy)]
enum Content {
    /// So many bytes of plaintext, in slots of [`CHUNK_BYTES`] with gaps for the tags.
    Plain(usize),
    /// So many bytes sealed in their place, from the start of the slab on.
    Sealed(usize),
    /// So many sealed bytes from elsewhere, from [`OPEN_SHIFT`] on.
    Received(usize),
}

/// How far before its sealed bytes a chunk's plaintext is put when it is opened.
const OPEN_SHIFT: usize = CHUNK_BYTES;

/// A buffer for a fixed number of chunks, either plain or sealed.
pub struct Slab {
    bytes: Vec<u8>,
    content: Content,
    /// Bytes from the start that ever held anything; the rest is still the system's zeros.
    touched: usize,
}

impl Slab {
    /// Makes an empty slab for `n_chunks` chunks of up to 64 KiB, but at least one: an empty stream
    /// has a chunk too. Memory is taken as it is filled.
    ///
    /// # Panics
    ///
    /// If the bytes of that many chunks do not fit into the address space.
    pub fn with_chunks(n_chunks: usize) -> Self {
        let capacity = n_chunks
            .max(1)
            .checked_mul(STRIDE)
            .and_then(|bytes| bytes.checked_add(OPEN_SHIFT));
        Self {
            bytes: vec![0; capacity.expect("a slab fits into memory")],
            content: Content::Plain(0),
            touched: 0,
        }
    }

    /// Number of chunks the slab has room for.
    pub fn n_chunks(&self) -> usize {
        (self.bytes.len() - OPEN_SHIFT) / STRIDE
    }

    /// Bytes of plaintext that can still be appended. A slab with sealed bytes counts as empty.
    pub fn room(&self) -> usize {
        self.n_chunks() * CHUNK_BYTES - self.plain_len()
    }

    /// Bytes of plaintext held; zero while the slab holds sealed bytes.
    pub fn plain_len(&self) -> usize {
        match self.content {
            Content::Plain(len) => len,
            Content::Sealed(_) | Content::Received(_) => 0,
        }
    }

    /// Whether the slab holds plaintext, which a new one does, of no bytes.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.content, Content::Plain(_))
    }

    /// Whether no byte more, of plaintext or of sealed bytes, fits behind what the slab holds.
    pub fn is_full(&self) -> bool {
        match self.content {
            Content::Plain(_) => self.room() == 0,
            Content::Sealed(len) | Content::Received(len) => len == self.n_chunks() * STRIDE,
        }
    }

    /// Empties the slab, which keeps its memory.
    pub fn clear(&mut self) {
        self.content = Content::Plain(0);
    }

    /// Appends `len` bytes of plaintext, which `fill` writes: it is called once for every
    /// contiguous slice (up to 64 KiB), in order, and must fill each one. Appending to a slab
    /// with sealed bytes starts it anew.
    ///
    /// # Errors
    ///
    /// The first error of `fill`; the slices filled before it stay appended.
    ///
    /// # Panics
    ///
    /// If `len` exceeds [`Slab::room`].
    pub fn append<E>(
        &mut self,
        len: usize,
        mut fill: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        assert!(len <= self.room(), "{len} bytes do not fit into a slab");
        let end = self.plain_len() + len;
        self.set_plain(self.plain_len());
        while self.plain_len() < end {
            let start = self.plain_len();
            let slice = self.plain_slot(start, end - start);
            let filled = slice.len();
            fill(slice)?;
            self.content = Content::Plain(start + filled);
        }
        Ok(())
    }

    /// Appends a copy of `bytes` as plaintext.
    ///
    /// # Panics
    ///
    /// If they exceed [`Slab::room`].
    pub fn append_bytes(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        let copied = self.append(bytes.len(), |slice| {
            let (head, tail) = rest.split_at(slice.len());
            slice.copy_from_slice(head);
            rest = tail;
            Ok::<(), std::convert::Infallible>(())
        });
        match copied {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    /// Appends plaintext until the slab is full or `read` returns 0. `read` may fill less than the
    /// slice it is given (never empty); it returns how many bytes it wrote.
    ///
    /// # Errors
    ///
    /// The first error of `read`; what was read before it stays appended.
    pub fn fill_plain<E>(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        self.set_plain(self.plain_len());
        while self.room() > 0 {
            let (start, room) = (self.plain_len(), self.room());
            let slice = self.plain_slot(start, room);
            let capacity = slice.len();
            match read(slice)? {
                0 => break,
                filled => self.content = Content::Plain(start + filled.min(capacity)),
            }
        }
        Ok(())
    }

    /// Visits the plaintext of `range` (positions in the plaintext, cut at its end) as contiguous
    /// slices of up to 64 KiB, in order.
    pub fn plain_slices(&self, range: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let end = range.end.min(self.plain_len());
        let first = range.start / CHUNK_BYTES;
        let slots = self.bytes.chunks(STRIDE).skip(first);
        slots
            .zip((first * CHUNK_BYTES..).step_by(CHUNK_BYTES))
            .take_while(move |(_, at)| *at < end)
            .filter_map(move |(slot, at)| {
                slot.get(range.start.saturating_sub(at)..(end - at).min(CHUNK_BYTES))
            })
            .filter(|slice| !slice.is_empty())
    }

    /// The sealed bytes in one piece; empty while the slab holds plaintext.
    pub fn sealed(&self) -> &[u8] {
        let range = match self.content {
            Content::Plain(_) => 0..0,
            Content::Sealed(len) => 0..len,
            Content::Received(len) => OPEN_SHIFT..OPEN_SHIFT + len,
        };
        self.bytes.get(range).unwrap_or_default()
    }

    /// Makes the slab hold `len` sealed bytes and returns them to be written.
    ///
    /// # Panics
    ///
    /// If `len` exceeds what the slab's chunks and their tags take.
    pub fn sealed_mut(&mut self, len: usize) -> &mut [u8] {
        assert!(
            len <= self.n_chunks() * STRIDE,
            "{len} sealed bytes do not fit into a slab"
        );
        self.set_received(len);
        self.bytes
            .get_mut(OPEN_SHIFT..OPEN_SHIFT + len)
            .unwrap_or_default()
    }

    /// Receives sealed bytes until the slab is full or `read` returns 0, as
    /// [`Slab::fill_plain`] does for plaintext; bytes received before are kept and added to.
    ///
    /// # Errors
    ///
    /// The first error of `read`; what was read before it stays.
    pub fn fill_sealed<E>(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let mut len = match self.content {
            Content::Plain(_) | Content::Sealed(_) => 0,
            Content::Received(len) => len,
        };
        self.set_received(len);
        while !self.is_full() {
            let slice = self.bytes.get_mut(OPEN_SHIFT + len..).unwrap_or_default();
            let capacity = slice.len();
            match read(slice)? {
                0 => break,
                filled => len += filled.min(capacity),
            }
            self.set_received(len);
        }
        Ok(())
    }

    /// The first slots holding `sealed_len` bytes, one per chunk, tags included.
    pub(super) fn slots_mut(&mut self, sealed_len: usize) -> impl Iterator<Item = &mut [u8]> {
        self.touched = self.touched.max(sealed_len);
        self.bytes
            .get_mut(..sealed_len)
            .unwrap_or_default()
            .chunks_mut(STRIDE)
    }

    /// Moves bytes sealed in their place to where they can be opened from.
    pub(super) fn shift_for_opening(&mut self) {
        if let Content::Sealed(len) = self.content {
            self.bytes.copy_within(..len, OPEN_SHIFT);
            self.set_received(len);
        }
    }

    /// The room into which a received chunk of `sealed_len` bytes opens, followed by its
    /// ciphertext, which begins [`CHUNK_BYTES`] into it; and apart from that, its tag.
    pub(super) fn opening(&mut self, index: usize, sealed_len: usize) -> (&mut [u8], &[u8]) {
        let start = index * STRIDE;
        let end = start + OPEN_SHIFT + sealed_len;
        let bytes = self.bytes.get_mut(start..end).unwrap_or_default();
        let (room, tag) = bytes.split_at_mut(bytes.len().saturating_sub(TAG_BYTES));
        (room, tag)
    }

    /// Says that the slab now holds `len` bytes of plaintext in their slots.
    pub(super) fn set_plain(&mut self, len: usize) {
        self.content = Content::Plain(len);
    }

    /// Says that the slab now holds `len` bytes sealed in their place.
    pub(super) fn set_sealed(&mut self, len: usize) {
        self.content = Content::Sealed(len);
    }

    fn set_received(&mut self, len: usize) {
        self.content = Content::Received(len);
        self.touched = self.touched.max(OPEN_SHIFT + len);
    }

    /// The free bytes of the slot in which plaintext position `start` lies, at most `len`.
    fn plain_slot(&mut self, start: usize, len: usize) -> &mut [u8] {
        let (index, within) = (start / CHUNK_BYTES, start % CHUNK_BYTES);
        let from = index * STRIDE + within;
        let to = from + len.min(CHUNK_BYTES - within);
        self.touched = self.touched.max(to);
        self.bytes.get_mut(from..to).unwrap_or_default()
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        self.bytes
            .get_mut(..self.touched)
            .unwrap_or_default()
            .zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbered(len: usize) -> Vec<u8> {
        (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    fn plain(slab: &Slab, range: Range<usize>) -> Vec<u8> {
        slab.plain_slices(range).collect::<Vec<_>>().concat()
    }

    #[test]
    fn sources_append_one_behind_the_other() {
        let bytes = numbered(3 * CHUNK_BYTES);
        for cuts in [
            vec![0],
            vec![1, 65_535, 65_536],
            vec![65_537, 131_072],
            vec![512, 70_000],
        ] {
            let mut slab = Slab::with_chunks(3);
            let mut from = 0;
            for cut in cuts.into_iter().chain([bytes.len()]) {
                slab.append_bytes(&bytes[from..cut]);
                from = cut;
            }
            assert_eq!(slab.plain_len(), bytes.len());
            assert_eq!(slab.room(), 0);
            assert_eq!(plain(&slab, 0..usize::MAX), bytes);
        }
    }

    #[test]
    fn a_callback_sees_each_contiguous_slice_once() {
        let mut slab = Slab::with_chunks(3);
        slab.append_bytes(&[7; 10]);
        let mut seen = Vec::new();
        slab.append(2 * CHUNK_BYTES, |slice| {
            seen.push(slice.len());
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(seen, [CHUNK_BYTES - 10, CHUNK_BYTES, 10]);
    }

    #[test]
    fn a_failing_source_leaves_what_was_filled_before() {
        let mut slab = Slab::with_chunks(2);
        let mut calls = 0;
        let outcome = slab.append(CHUNK_BYTES + 1, |_| {
            calls += 1;
            if calls == 2 { Err("gone") } else { Ok(()) }
        });
        assert_eq!(outcome, Err("gone"));
        assert_eq!(slab.plain_len(), CHUNK_BYTES);
    }

    #[test]
    #[should_panic(expected = "do not fit")]
    fn more_than_the_room_is_refused() {
        Slab::with_chunks(1).append_bytes(&vec![0; CHUNK_BYTES + 1]);
    }

    #[test]
    fn plain_and_sealed_are_never_mistaken_for_each_other() {
        let mut slab = Slab::with_chunks(2);
        slab.append_bytes(b"plain");
        assert_eq!(slab.sealed(), b"");
        slab.sealed_mut(20).fill(9);
        assert_eq!(slab.sealed(), [9; 20]);
        assert_eq!((slab.plain_len(), slab.room()), (0, 2 * CHUNK_BYTES));
        assert_eq!(plain(&slab, 0..100), b"");
        slab.append_bytes(b"again");
        assert_eq!(plain(&slab, 0..100), b"again");
    }

    #[test]
    fn short_reads_fill_up() {
        let bytes = numbered(2 * CHUNK_BYTES + 5);
        let mut rest = bytes.as_slice();
        let mut read = |into: &mut [u8]| {
            let (head, tail) = rest.split_at(rest.len().min(into.len()).min(777));
            into[..head.len()].copy_from_slice(head);
            rest = tail;
            Ok::<usize, ()>(head.len())
        };
        let mut slab = Slab::with_chunks(2);
        slab.fill_plain(&mut read).unwrap();
        assert_eq!(plain(&slab, 0..usize::MAX), bytes[..2 * CHUNK_BYTES]);
        slab.clear();
        slab.fill_plain(&mut read).unwrap();
        assert_eq!(plain(&slab, 0..usize::MAX), bytes[2 * CHUNK_BYTES..]);
        assert!(!slab.is_full());
    }

    #[test]
    fn sealed_bytes_arrive_in_as_many_pieces_as_they_like() {
        let bytes = numbered(STRIDE + 40);
        let mut slab = Slab::with_chunks(2);
        let mut pieces = bytes.chunks(1000);
        for n_pieces in [3, 5, 100] {
            let mut some = pieces.by_ref().take(n_pieces);
            slab.fill_sealed(|into| {
                let piece = some.next().unwrap_or_default();
                into[..piece.len()].copy_from_slice(piece);
                Ok::<usize, ()>(piece.len())
            })
            .unwrap();
        }
        assert_eq!(slab.sealed(), bytes);
        assert!(!slab.is_full());
        slab.fill_sealed(|into| Ok::<usize, ()>(into.len()))
            .unwrap();
        assert!(slab.is_full());
    }

    proptest! {
        #[test]
        fn any_range_of_the_plaintext_can_be_read(
            len in 0..3 * CHUNK_BYTES, start in 0..4 * CHUNK_BYTES, span in 0..4 * CHUNK_BYTES,
        ) {
            let bytes = numbered(len);
            let mut slab = Slab::with_chunks(3);
            slab.append_bytes(&bytes);
            let expected = &bytes[start.min(len)..(start + span).min(len)];
            prop_assert_eq!(plain(&slab, start..start + span), expected);
            prop_assert!(slab.plain_slices(0..len).all(|slice| slice.len() <= CHUNK_BYTES));
        }
    }
}
