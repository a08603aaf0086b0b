//! Where every byte of an archive comes from: a tar's own bytes, or a range of a file.
//!
//! ```text
//! tar   [x header][path=… size=…][header][ data … ][zeros]  …  [1,024 zeros]
//! file  [ data … ]
//! ```
//!
//! Promises: one list of entries makes one archive, byte for byte, and stock `tar` unpacks it. It
//! holds no archive in memory: segments are made for the range that is asked for. Source: POSIX.1-2017
//! pax, "ustar Interchange Format" and "pax Header Block".

use core::ops::Range;

use super::{Entry, Form};
use crate::parts::ARCHIVE_BYTES_MAX;

const BLOCK_BYTES: u64 = 512;
/// The same, for buffers.
const BLOCK: usize = 512;
/// Longest path in a plain ustar header; longer ones, and other than ASCII, get a PAX record.
const USTAR_PATH_BYTES_MAX: usize = 100;
/// Largest size in 11 octal digits; larger ones get a PAX record.
const USTAR_SIZE_MAX: u64 = (1 << 33) - 1;

/// Longest secret: a key file or a page of text, which a terminal can show.
pub const SECRET_BYTES_MAX: u16 = 16 * 1024;

/// Where the bytes of one stretch of an archive come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// The archive's own: headers and zeros.
    Bytes(Vec<u8>),
    /// A range of the file of that entry.
    File {
        /// The number of the entry.
        entry: usize,
        /// Bytes of the file.
        range: Range<u64>,
    },
}

/// Why entries have no archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A single-file archive of something else than one file.
    #[error("{n_entries} entries cannot be sent as one plain file")]
    NotOneFile {
        /// Entries given.
        n_entries: usize,
    },
    /// A secret longer than [`SECRET_BYTES_MAX`].
    #[error("a secret of {actual} bytes, at most {SECRET_BYTES_MAX} can be shown")]
    SecretTooLong {
        /// Its bytes.
        actual: u64,
    },
    /// Longer than [`ARCHIVE_BYTES_MAX`].
    #[error("the archive would be longer than {ARCHIVE_BYTES_MAX} bytes")]
    TooLong,
}

/// The plan of an archive.
#[derive(Debug, Clone)]
pub struct Layout<'a> {
    form: Form,
    entries: Vec<Entry<'a>>,
    /// Where each entry begins, then where the entries end.
    starts: Vec<u64>,
}

impl<'a> Layout<'a> {
    /// Lays out entries in their order.
    pub fn new(form: Form, entries: Vec<Entry<'a>>) -> Result<Self, LayoutError> {
        check_form(form, &entries)?;
        let archive_bytes_max = ARCHIVE_BYTES_MAX - form_tail_bytes(form);
        let mut starts = vec![0];
        let mut end = 0_u64;
        for entry in &entries {
            let bytes = match form {
                Form::File | Form::Secret => entry.file_bytes,
                Form::Tar => tar_bytes(entry),
            };
            end = bytes
                .and_then(|bytes| end.checked_add(bytes))
                .filter(|end| *end <= archive_bytes_max)
                .ok_or(LayoutError::TooLong)?;
            starts.push(end);
        }
        Ok(Self {
            form,
            entries,
            starts,
        })
    }

    /// Bytes of the whole archive.
    pub fn archive_bytes(&self) -> u64 {
        self.entries_end() + self.tail_bytes()
    }

    /// What the bytes `range` of the archive are, in order; each is made when it is asked for.
    pub fn segments(&self, range: Range<u64>) -> impl Iterator<Item = Segment> {
        let first = self
            .starts
            .partition_point(|start| *start <= range.start)
            .saturating_sub(1);
        let spans = self
            .starts
            .iter()
            .zip(&self.entries)
            .enumerate()
            .skip(first);
        let end = range.end;
        let tail = self.tail(&range);
        spans
            .take_while(move |(_, (start, _))| **start < end)
            .flat_map(move |(index, (start, entry))| {
                self.entry_segments((index, entry), *start, &range)
            })
            .chain(tail)
            .flatten()
    }

    fn tail(&self, range: &Range<u64>) -> [Option<Segment>; 1] {
        let zeros = [0; 2 * BLOCK];
        let n_zeros = usize::try_from(self.tail_bytes()).unwrap_or(0);
        [own_bytes(zeros.get(..n_zeros), self.entries_end(), range)]
    }

    fn entries_end(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    fn tail_bytes(&self) -> u64 {
        form_tail_bytes(self.form)
    }

    /// The header, the data and the zeros behind it, as far as they lie in the range.
    fn entry_segments(
        &self,
        (index, entry): (usize, &Entry<'_>),
        start: u64,
        range: &Range<u64>,
    ) -> [Option<Segment>; 3] {
        let file_bytes = entry.file_bytes.unwrap_or(0);
        if self.form != Form::Tar {
            return [None, data(index, start, file_bytes, range), None];
        }
        let data_start = start + header_bytes(entry);
        let header = if data_start > range.start {
            own_bytes(Some(&header(entry)), start, range)
        } else {
            None
        };
        let zeros = [0; BLOCK];
        let n_zeros = usize::try_from(padding(file_bytes)).unwrap_or(0);
        let zeros = own_bytes(zeros.get(..n_zeros), data_start + file_bytes, range);
        [header, data(index, data_start, file_bytes, range), zeros]
    }
}

/// One file, and a short one if it is a secret; anything for a tar.
fn check_form(form: Form, entries: &[Entry<'_>]) -> Result<(), LayoutError> {
    let n_entries = entries.len();
    match (form, entries) {
        (Form::Tar, _) => Ok(()),
        (Form::File | Form::Secret, [entry]) => match (form, entry.file_bytes) {
            (_, None) => Err(LayoutError::NotOneFile { n_entries }),
            (Form::Secret, Some(actual)) if actual > SECRET_BYTES_MAX.into() => {
                Err(LayoutError::SecretTooLong { actual })
            }
            (Form::File | Form::Secret | Form::Tar, Some(_)) => Ok(()),
        },
        (Form::File | Form::Secret, _) => Err(LayoutError::NotOneFile { n_entries }),
    }
}

/// Two blocks of zeros end a tar.
fn form_tail_bytes(form: Form) -> u64 {
    match form {
        Form::File | Form::Secret => 0,
        Form::Tar => 2 * BLOCK_BYTES,
    }
}

fn overlap(one: Range<u64>, other: &Range<u64>) -> Range<u64> {
    one.start.max(other.start)..one.end.min(other.end)
}

/// As much of the archive's own bytes, which begin at `start`, as lies in the range.
fn own_bytes(bytes: Option<&[u8]>, start: u64, range: &Range<u64>) -> Option<Segment> {
    let bytes = bytes?;
    let wanted = overlap(start..start + bytes.len() as u64, range);
    let index = |position: u64| usize::try_from(position - start).unwrap_or(usize::MAX);
    if wanted.is_empty() {
        return None;
    }
    let bytes = bytes.get(index(wanted.start)..index(wanted.end))?;
    Some(Segment::Bytes(bytes.to_vec()))
}

/// As much of a file, whose bytes begin at `start`, as lies in the range.
fn data(entry: usize, start: u64, file_bytes: u64, range: &Range<u64>) -> Option<Segment> {
    let wanted = overlap(start..start + file_bytes, range);
    if wanted.is_empty() {
        return None;
    }
    let range = wanted.start - start..wanted.end - start;
    Some(Segment::File { entry, range })
}

fn padding(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK_BYTES) - bytes
}

fn tar_bytes(entry: &Entry<'_>) -> Option<u64> {
    let file_bytes = entry
        .file_bytes
        .unwrap_or(0)
        .checked_next_multiple_of(BLOCK_BYTES)?;
    file_bytes.checked_add(header_bytes(entry))
}

fn header_bytes(entry: &Entry<'_>) -> u64 {
    if is_plain(entry) {
        return BLOCK_BYTES;
    }
    let records = pax_records(entry).len() as u64;
    2 * BLOCK_BYTES + records.next_multiple_of(BLOCK_BYTES)
}

/// Folders end with a slash.
fn tar_path(entry: &Entry<'_>) -> String {
    let slash = if entry.file_bytes.is_none() { "/" } else { "" };
    format!("{}{slash}", entry.path)
}

/// Whether ustar has room for everything.
fn is_plain(entry: &Entry<'_>) -> bool {
    !needs_path_record(entry) && !needs_size_record(entry)
}

fn needs_path_record(entry: &Entry<'_>) -> bool {
    let path = entry.path.as_str();
    let bytes = path.len() + usize::from(entry.file_bytes.is_none());
    bytes > USTAR_PATH_BYTES_MAX || !path.is_ascii()
}

fn needs_size_record(entry: &Entry<'_>) -> bool {
    entry.file_bytes.is_some_and(|bytes| bytes > USTAR_SIZE_MAX)
}

/// What ustar has no room for.
fn pax_records(entry: &Entry<'_>) -> Vec<u8> {
    let mut records = Vec::new();
    if needs_path_record(entry) {
        records.extend(pax_record("path", &tar_path(entry)));
    }
    if let Some(bytes) = entry.file_bytes.filter(|_| needs_size_record(entry)) {
        records.extend(pax_record("size", &bytes.to_string()));
    }
    records
}

/// `length key=value\n`, where the length counts its own digits.
fn pax_record(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length += 1;
    }
    format!("{length} {key}={value}\n").into_bytes()
}

/// The header blocks of an entry: a PAX header and its records where needed, then ustar.
fn header(entry: &Entry<'_>) -> Vec<u8> {
    let mtime = entry.mtime.seconds();
    let mut blocks = Vec::with_capacity(BLOCK);
    if !is_plain(entry) {
        let mut records = pax_records(entry);
        let fields = Fields {
            path: "PaxHeader",
            mode: 0o644,
            size: records.len() as u64,
            mtime,
            flag: b'x',
        };
        blocks.extend(ustar(&fields));
        let padded = records.len().next_multiple_of(BLOCK);
        records.resize(padded, 0);
        blocks.append(&mut records);
    }
    let path = if needs_path_record(entry) {
        "see-pax-header"
    } else {
        &tar_path(entry)
    };
    let size = entry.file_bytes.filter(|_| !needs_size_record(entry));
    blocks.extend(ustar(&Fields {
        path,
        mode: entry.mode,
        size: size.unwrap_or(0),
        mtime,
        flag: if entry.file_bytes.is_none() {
            b'5'
        } else {
            b'0'
        },
    }));
    blocks
}

struct Fields<'a> {
    path: &'a str,
    mode: u16,
    size: u64,
    mtime: i64,
    flag: u8,
}

fn ustar(fields: &Fields<'_>) -> [u8; BLOCK] {
    let mtime = u64::try_from(fields.mtime).unwrap_or(0).min(USTAR_SIZE_MAX);
    let mut block = [0; BLOCK];
    put(&mut block, 0, fields.path.as_bytes());
    put(&mut block, 100, &octal::<7>(u64::from(fields.mode & 0o777)));
    put(&mut block, 108, b"0000000");
    put(&mut block, 116, b"0000000");
    put(&mut block, 124, &octal::<11>(fields.size));
    put(&mut block, 136, &octal::<11>(mtime));
    // The sum counts its own field as spaces.
    put(&mut block, 148, b"        ");
    put(&mut block, 156, &[fields.flag]);
    put(&mut block, 257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut block, 148, &octal::<6>(sum.into()));
    put(&mut block, 154, b"\0");
    block
}

fn put(block: &mut [u8; BLOCK], start: usize, field: &[u8]) {
    block
        .get_mut(start..start + field.len())
        .expect("every field lies in the block")
        .copy_from_slice(field);
}

/// The last `N` octal digits of a number.
fn octal<const N: usize>(mut number: u64) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(number % 8).unwrap_or(0);
        number /= 8;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::super::EntryPath;
    use super::*;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn paths(texts: &[&str]) -> Vec<EntryPath> {
        texts
            .iter()
            .map(|text| EntryPath::try_from((*text).to_owned()).expect("a path"))
            .collect()
    }

    fn entry(path: &EntryPath, file_bytes: Option<u64>) -> Entry<'_> {
        Entry {
            path,
            file_bytes,
            mode: 0o644,
            mtime: Timestamp::from_unix(1_700_000_000, 5),
        }
    }

    fn flat(layout: &Layout<'_>, range: Range<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for segment in layout.segments(range) {
            match segment {
                Segment::Bytes(own) => bytes.extend(own),
                // A file of entry 3 reads "333…", so that order and lengths show.
                Segment::File { entry, range } => {
                    let symbol = b'0' + u8::try_from(entry).expect("few entries");
                    bytes.resize(
                        bytes.len() + usize::try_from(range.end - range.start).expect("small"),
                        symbol,
                    );
                }
            }
        }
        bytes
    }

    #[test]
    fn one_file_is_the_archive() {
        let paths = paths(&["a"]);
        let layout = Layout::new(Form::File, vec![entry(&paths[0], Some(5))]).expect("one file");
        assert_eq!(
            (layout.archive_bytes(), flat(&layout, 0..5)),
            (5, b"00000".to_vec())
        );
        assert_eq!(flat(&layout, 2..4), b"00");
        for form in [Form::File, Form::Secret] {
            for entries in [
                vec![],
                vec![entry(&paths[0], None)],
                vec![entry(&paths[0], Some(1)); 2],
            ] {
                assert!(Layout::new(form, entries).is_err());
            }
        }
    }

    #[test]
    fn a_secret_is_one_short_file() {
        let paths = paths(&["password"]);
        let layout = |bytes| Layout::new(Form::Secret, vec![entry(&paths[0], Some(bytes))]);
        let short = layout(SECRET_BYTES_MAX.into()).expect("a secret");
        assert_eq!(flat(&short, 0..3), b"000");
        let actual = u64::from(SECRET_BYTES_MAX) + 1;
        assert_eq!(
            layout(actual).err(),
            Some(LayoutError::SecretTooLong { actual })
        );
    }

    #[test]
    fn an_archive_is_never_longer_than_its_limit() {
        let paths = paths(&["a"]);
        let longest = |form, around: u64| {
            let file_bytes = |bytes| vec![entry(&paths[0], Some(bytes))];
            let fits = |bytes| Layout::new(form, file_bytes(bytes)).is_ok();
            let bytes = ARCHIVE_BYTES_MAX - around;
            assert!(fits(bytes) && !fits(bytes + 1), "{form:?}");
            let layout = Layout::new(form, file_bytes(bytes)).expect("it fits");
            layout.archive_bytes()
        };
        assert_eq!(longest(Form::File, 0), ARCHIVE_BYTES_MAX);
        // A header of one block with a record of the size before it, and the tail.
        assert_eq!(longest(Form::Tar, 5 * BLOCK_BYTES), ARCHIVE_BYTES_MAX);
    }

    #[test]
    fn long_names_and_sizes_get_records_that_count_themselves() {
        assert_eq!(pax_record("path", "é"), b"11 path=\xc3\xa9\n");
        for length in 1..2_000 {
            let record = pax_record("path", &"p".repeat(length));
            let text = String::from_utf8(record).expect("ASCII");
            assert_eq!(
                text.split(' ').next(),
                Some(text.len().to_string().as_str())
            );
        }
        let long = "d/".repeat(60) + "f";
        let paths = paths(&[&long]);
        let big = Layout::new(Form::Tar, vec![entry(&paths[0], Some(1 << 33))]).expect("a tar");
        assert_eq!(big.archive_bytes(), 3 * 512 + (1 << 33) + 1024);
    }

    proptest! {
        #[test]
        fn any_cut_of_an_archive_joins_to_the_same_bytes(
            sizes in proptest::collection::vec(proptest::option::of(0..2_000_u64), 0..8),
            cuts in proptest::collection::vec(0..20_000_u64, 0..6),
        ) {
            let names: Vec<String> = (0..sizes.len())
                .map(|index| if index % 2 == 0 { format!("n{index}") } else { format!("é{index}") })
                .collect();
            let paths = paths(&names.iter().map(String::as_str).collect::<Vec<_>>());
            let entries = paths.iter().zip(&sizes).map(|(path, size)| entry(path, *size)).collect();
            let layout = Layout::new(Form::Tar, entries).expect("a tar");
            let whole = flat(&layout, 0..layout.archive_bytes());
            prop_assert_eq!(whole.len() as u64, layout.archive_bytes());

            let mut cuts: Vec<u64> = cuts.into_iter().map(|cut| cut.min(layout.archive_bytes())).collect();
            cuts.extend([0, layout.archive_bytes()]);
            cuts.sort_unstable();
            let joined: Vec<u8> =
                cuts.windows(2).flat_map(|pair| flat(&layout, pair[0]..pair[1])).collect();
            prop_assert_eq!(joined, whole);
        }
    }
}
