//! Payloads of about so many chunks: whole they open to what was sealed, damaged they never do.

use core::num::NonZeroUsize;
use core::ops::Range;

use quitus_core::cipher::{
    FileKey, PayloadKey, Plan, RangeError, Seekable, open_stream, plain_bytes, seal_stream,
    sealed_bytes,
};
use quitus_core::digest::Blake3;

use crate::{content, damage, number};

/// Up to and around the eight chunks that are worked on at once.
const N_CHUNKS: [usize; 8] = [0, 1, 2, 3, 8, 9, 1, 17];

pub(crate) fn check(mut data: &[u8]) {
    let key = PayloadKey::new(&FileKey::take(&mut [3; 16]), &[4; 16]);
    let workers = NonZeroUsize::MIN.saturating_add(number(&mut data) % 3);
    let how = Plan {
        workers,
        digest: true,
        observe: &|_| {},
    };
    let n_chunks = N_CHUNKS[number(&mut data) % N_CHUNKS.len()];
    let length = (n_chunks * 65_536 + number(&mut data) % 64).saturating_sub(32);
    let plain = content(length);

    let mut sealed = Vec::new();
    let summary = seal_stream(&key, &mut &*plain, &mut sealed, how).expect("memory");
    assert_eq!(summary.digest, Some(Blake3::of(plain)));
    let (n_plain, n_sealed) = (plain.len() as u64, sealed.len() as u64);
    assert_eq!(
        (sealed_bytes(n_plain), plain_bytes(n_sealed)),
        (Some(n_sealed), Some(n_plain))
    );
    let mut opened = Vec::new();
    let again = open_stream(&key, &mut sealed.as_slice(), &mut opened, how).expect("untouched");
    assert!(opened == plain && again == summary);
    let mut ends = [0, 0].map(|_: u8| number(&mut data) * 23 % (length + 1));
    ends.sort_unstable();
    let (outcome, part) = ranged(&key, &sealed, ends[0]..ends[1]);
    assert!(outcome.is_ok() && part == plain[ends[0]..ends[1]]);

    match number(&mut data) % 4 {
        0 => damage(&mut sealed, &mut data),
        1 => sealed.truncate(number(&mut data) * 23 % sealed.len()),
        2 => sealed.extend(if data.is_empty() { b"x" } else { data }),
        _ if sealed.len() > 2 * 65_552 => sealed[..2 * 65_552].rotate_left(65_552),
        _ => sealed.clear(),
    }
    opened.clear();
    assert!(open_stream(&key, &mut sealed.as_slice(), &mut opened, how).is_err());
    assert!(plain.starts_with(&opened), "bytes that were never sealed");
    let (outcome, part) = ranged(&key, &sealed, 0..length);
    assert!(outcome.is_err());
    assert!(plain.starts_with(&part), "bytes that were never sealed");
}

/// Opens a range without the rest, and gives what came out of it.
fn ranged(
    key: &PayloadKey,
    sealed: &[u8],
    range: Range<usize>,
) -> (Result<(), RangeError>, Vec<u8>) {
    let read_at = |position: u64, into: &mut [u8]| {
        let start = usize::try_from(position).expect("small");
        into.copy_from_slice(&sealed[start..start + into.len()]);
        Ok(())
    };
    let mut opened = Vec::new();
    let outcome = Seekable::new(key, sealed.len() as u64, read_at).and_then(|mut seekable| {
        seekable.open(range.start as u64..range.end as u64, |bytes| {
            opened.extend_from_slice(bytes);
            Ok(())
        })
    });
    (outcome, opened)
}
