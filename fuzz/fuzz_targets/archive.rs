//! Layouts: any cuts join to the same bytes, and a foreign tar reader finds what was listed.
//!
//! ```text
//! 600 1024               where to cut
//! - 755 1700000000 d     a folder: no size, mode, seconds, path
//! 5 644 1700000000 d/a   a file
//! ```

use std::io::Read as _;

use quitus_core::archive::{Entry, EntryPath, Form, Layout, Segment};
use quitus_core::parts::ARCHIVE_BYTES_MAX;
use quitus_core::time::Timestamp;

/// Files up to here are made, to be read as a tar.
const MADE_BYTES_MAX: u64 = 100_000;

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut lines = text.lines();
    let cuts = lines
        .next()
        .unwrap_or_default()
        .split(' ')
        .filter_map(|cut| cut.parse().ok());
    let listed: Vec<_> = lines.filter_map(listed).collect();
    let entries: Vec<_> = listed
        .iter()
        .map(|(path, file_bytes, mode, mtime)| Entry {
            path,
            file_bytes: *file_bytes,
            mode: *mode,
            mtime: *mtime,
        })
        .collect();
    for form in [Form::File, Form::Tar] {
        let Ok(layout) = Layout::new(form, entries.clone()) else {
            continue;
        };
        let end = layout.archive_bytes();
        assert!(end <= ARCHIVE_BYTES_MAX, "an archive of {end} bytes");
        let mut cuts: Vec<u64> = cuts
            .clone()
            .chain([0, end])
            .filter(|cut| *cut <= end)
            .collect();
        cuts.sort_unstable();
        let joined = cuts.windows(2).flat_map(|cut| {
            let segments: Vec<Segment> = layout.segments(cut[0]..cut[1]).collect();
            assert_eq!(segments.iter().map(bytes).sum::<u64>(), cut[1] - cut[0]);
            segments
        });
        let whole = merged(layout.segments(0..end));
        assert!(merged(joined) == whole, "{cuts:?}");
        if form == Form::Tar && end <= MADE_BYTES_MAX {
            is_found(&whole, &entries);
        }
    }
}

fn listed(line: &str) -> Option<(EntryPath, Option<u64>, u16, Timestamp)> {
    let mut words = line.splitn(4, ' ');
    let file_bytes = words.next()?.parse().ok();
    let mode = u16::from_str_radix(words.next()?, 8).ok()? & 0o777;
    let mtime = Timestamp::from_unix(words.next()?.parse().ok()?, 0);
    let path = EntryPath::try_from(words.next()?.to_owned()).ok()?;
    Some((path, file_bytes, mode, mtime))
}

fn bytes(segment: &Segment) -> u64 {
    match segment {
        Segment::Bytes(bytes) => bytes.len() as u64,
        Segment::File { range, .. } => range.end - range.start,
    }
}

/// Joins neighbours of one kind, so that equal streams compare equal.
fn merged(segments: impl IntoIterator<Item = Segment>) -> Vec<Segment> {
    let mut merged: Vec<Segment> = Vec::new();
    for segment in segments {
        assert!(bytes(&segment) > 0, "an empty segment");
        match (merged.last_mut(), segment) {
            (Some(Segment::Bytes(before)), Segment::Bytes(bytes)) => before.extend(bytes),
            (
                Some(Segment::File { entry, range }),
                Segment::File {
                    entry: same,
                    range: next,
                },
            ) if *entry == same && range.end == next.start => range.end = next.end,
            (_, segment) => merged.push(segment),
        }
    }
    merged
}

/// Makes the tar, a file of entry 3 being "333…", and reads it with a reader that is not ours.
fn is_found(whole: &[Segment], entries: &[Entry<'_>]) {
    let symbol = |entry: usize| b'0' + u8::try_from(entry % 10).expect("a digit");
    let archive: Vec<u8> = whole
        .iter()
        .flat_map(|segment| match segment {
            Segment::Bytes(bytes) => bytes.clone(),
            Segment::File { entry, .. } => {
                vec![symbol(*entry); usize::try_from(bytes(segment)).expect("small")]
            }
        })
        .collect();
    let mut reader = tar::Archive::new(archive.as_slice());
    let mut n_found = 0;
    for (index, (found, entry)) in reader.entries().expect("a tar").zip(entries).enumerate() {
        let mut found = found.expect("an entry");
        let slash = if entry.file_bytes.is_none() { "/" } else { "" };
        assert_eq!(
            found.path_bytes(),
            format!("{}{slash}", entry.path).as_bytes()
        );
        assert_eq!(
            found.header().mode().expect("a mode"),
            u32::from(entry.mode)
        );
        let mtime = entry.mtime.seconds().clamp(0, (1 << 33) - 1).unsigned_abs();
        assert_eq!(found.header().mtime().expect("a time"), mtime);
        let mut content = Vec::new();
        found.read_to_end(&mut content).expect("a content");
        assert_eq!(content.len() as u64, entry.file_bytes.unwrap_or(0));
        assert!(content.iter().all(|byte| *byte == symbol(index)));
        n_found += 1;
    }
    assert_eq!(n_found, entries.len());
}
