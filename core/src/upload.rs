//! The record of an upload: under which header, from which sources, which part was sealed from what.
//!
//! ```text
//! {"header":"YWdlLWVuY3J5cHRpb24…","shape":"…","verifierDigest":null}
//! {"part":0,"plain":"…","sealed":"…"}
//! ```
//!
//! A part's row is durable before its sealed bytes leave the device. So after a crash a part is sealed
//! again only from the very bytes it was sealed from before: a key and a nonce never seal two
//! plaintexts. Promises: whatever the source became, [`Upload::check`] allows no other bytes under a
//! part that may have left. It holds no key.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::digest::{Blake3, Sha256};
use crate::parts::PartIndex;
use crate::protocol::HeldPart;

/// What a whole upload hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Beginning {
    /// The age header and the payload nonce, base64url.
    pub header: String,
    /// A digest of the entries: paths, lengths, modes, times.
    pub shape: Sha256,
    /// SHA-256 of what shows that the password is known; none without a password.
    pub verifier_digest: Option<Sha256>,
}

/// A part that was sealed, and may have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its number.
    pub part: PartIndex,
    /// A digest of the plaintext.
    pub plain: Blake3,
    /// BLAKE3 of the sealed bytes.
    pub sealed: Blake3,
}

/// The upload cannot go on under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// The sources are no longer those the upload began with.
    #[error("the sources are no longer what they were")]
    Shape,
    /// A part that may have left was sealed from other bytes.
    #[error("the bytes of part {part} are no longer what they were", part = part.0)]
    Part {
        /// The part.
        part: PartIndex,
    },
    /// The relay holds a part that this record does not know, or knows otherwise.
    #[error("the relay holds another part {part} than was recorded", part = part.0)]
    Held {
        /// The part.
        part: PartIndex,
    },
}

/// A line that is not one of an upload's record.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the record of an upload is not readable")]
pub struct UploadError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    #[source]
    pub source: serde_json::Error,
}

/// What is to be done with a part whose plaintext was just read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Seal it, record it, upload it: it never left.
    Seal,
    /// Seal it again, to the same bytes, and upload it: the relay may not have it.
    Repeat,
    /// Nothing: the relay has it.
    Skip,
}

/// An upload as recorded: its beginning, and the rows of its parts.
#[derive(Debug)]
pub struct Upload {
    beginning: Beginning,
    rows: BTreeMap<PartIndex, Row>,
    held: BTreeSet<PartIndex>,
}

impl Upload {
    /// A fresh upload; also gives the line that makes it durable.
    pub fn begin(beginning: Beginning) -> (Self, Vec<u8>) {
        let line = to_line(&beginning);
        (
            Self {
                beginning,
                rows: BTreeMap::new(),
                held: BTreeSet::new(),
            },
            line,
        )
    }

    /// Replays a record's text; also gives the length of what is whole. `None` if not even the
    /// beginning is: then nothing ever left.
    pub fn replay(text: &[u8]) -> Result<Option<(Self, usize)>, UploadError> {
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        let mut lines = text
            .get(..whole)
            .unwrap_or_default()
            .split_inclusive(|byte| *byte == b'\n')
            .enumerate();
        let Some((_, first)) = lines.next() else {
            return Ok(None);
        };
        let at = |line: usize| {
            move |source| UploadError {
                line: line + 1,
                source,
            }
        };
        let (mut upload, _) = Self::begin(serde_json::from_slice(first).map_err(at(0))?);
        for (index, line) in lines {
            upload.take(serde_json::from_slice(line).map_err(at(index))?);
        }
        Ok(Some((upload, whole)))
    }

    /// What it hangs on.
    pub fn beginning(&self) -> &Beginning {
        &self.beginning
    }

    /// Compares the sources with those it began with.
    pub fn check_shape(&self, shape: Sha256) -> Result<(), Stale> {
        if self.beginning.shape == shape {
            Ok(())
        } else {
            Err(Stale::Shape)
        }
    }

    /// Takes note of what the relay holds.
    ///
    /// # Errors
    /// [`Stale::Held`] for a part without a row, or with another one: it was not sealed from what is
    /// recorded here.
    pub fn note_held(&mut self, held: &[HeldPart]) -> Result<(), Stale> {
        for HeldPart { index, digest } in held {
            if self.row(*index).is_none_or(|row| row.sealed != *digest) {
                return Err(Stale::Held { part: *index });
            }
            self.held.insert(*index);
        }
        Ok(())
    }

    /// What to do with a part whose plaintext has that digest.
    ///
    /// # Errors
    /// [`Stale::Part`] where other bytes were sealed under its number before.
    pub fn check(&self, part: PartIndex, plain: Blake3) -> Result<Duty, Stale> {
        match self.row(part) {
            None => Ok(Duty::Seal),
            Some(row) if row.plain != plain => Err(Stale::Part { part }),
            Some(_) if self.held.contains(&part) => Ok(Duty::Skip),
            Some(_) => Ok(Duty::Repeat),
        }
    }

    /// Takes in a row and gives the line that makes it durable, which must be before the part leaves.
    pub fn append(&mut self, row: Row) -> Vec<u8> {
        self.take(row);
        to_line(&row)
    }

    /// The digest of a part's sealed bytes, once it was sealed.
    pub fn sealed(&self, part: PartIndex) -> Option<Blake3> {
        self.row(part).map(|row| row.sealed)
    }

    fn row(&self, part: PartIndex) -> Option<&Row> {
        self.rows.get(&part)
    }

    fn take(&mut self, row: Row) {
        self.rows.insert(row.part, row);
    }
}

fn to_line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("records hold only what JSON can say");
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(part: u32, plain: &[u8]) -> Row {
        Row {
            part: PartIndex(part),
            plain: Blake3::of(plain),
            sealed: Blake3::of(&[plain, b"sealed"].concat()),
        }
    }

    fn beginning() -> Beginning {
        Beginning {
            header: "header".into(),
            shape: Sha256::of(&[b"shape"]),
            verifier_digest: None,
        }
    }

    fn held(row: Row) -> HeldPart {
        HeldPart {
            index: row.part,
            digest: row.sealed,
        }
    }

    #[test]
    fn a_part_that_may_have_left_is_never_sealed_from_other_bytes() {
        let (mut upload, _) = Upload::begin(beginning());
        let check = |upload: &Upload, plain: &[u8]| upload.check(PartIndex(3), Blake3::of(plain));
        assert_eq!(check(&upload, b"one"), Ok(Duty::Seal));
        upload.append(row(3, b"one"));
        assert_eq!(check(&upload, b"one"), Ok(Duty::Repeat));
        assert_eq!(
            check(&upload, b"two"),
            Err(Stale::Part { part: PartIndex(3) })
        );
        upload
            .note_held(&[held(row(3, b"one"))])
            .expect("as recorded");
        assert_eq!(check(&upload, b"one"), Ok(Duty::Skip));
        assert_eq!(
            check(&upload, b"two"),
            Err(Stale::Part { part: PartIndex(3) })
        );
    }

    #[test]
    fn a_part_the_relay_holds_without_a_row_ends_the_upload() {
        let (mut upload, _) = Upload::begin(beginning());
        upload.append(row(0, b"one"));
        for strange in [held(row(1, b"one")), held(row(0, b"two"))] {
            let part = strange.index;
            assert_eq!(upload.note_held(&[strange]), Err(Stale::Held { part }));
        }
        assert_eq!(upload.check_shape(Sha256::of(&[])), Err(Stale::Shape));
    }

    #[test]
    fn a_row_of_the_last_part_of_all_takes_no_room_for_those_before() {
        let (mut upload, _) = Upload::begin(beginning());
        upload.append(row(u32::MAX, b"one"));
        let last = held(row(u32::MAX, b"one"));
        upload.note_held(&[last]).expect("as recorded");
        let duty = upload.check(PartIndex(u32::MAX), Blake3::of(b"one"));
        assert_eq!(duty, Ok(Duty::Skip));
    }

    #[test]
    fn every_cut_of_the_record_knows_all_rows_that_were_durable() {
        let (mut upload, mut text) = Upload::begin(beginning());
        let mut ends = vec![text.len()];
        for part in 0..4 {
            text.extend(upload.append(row(part, b"bytes")));
            ends.push(text.len());
        }
        for cut in 0..=text.len() {
            let replayed = Upload::replay(&text[..cut]).expect("whole lines");
            let n_lines = ends.iter().filter(|end| **end <= cut).count();
            match replayed {
                None => assert_eq!(n_lines, 0),
                Some((upload, whole)) => {
                    assert_eq!(whole, ends[n_lines - 1]);
                    for part in 0..4 {
                        let is_known = upload.sealed(PartIndex(part)).is_some();
                        assert_eq!(is_known, (part as usize) < n_lines - 1, "{cut} {part}");
                    }
                }
            }
        }
        assert!(Upload::replay(b"{}\n").is_err_and(|error| error.line == 1));
    }
}
