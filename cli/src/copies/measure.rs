//! A file's content compared with what was received: plain by BLAKE3, sealed by header and parts.
//!
//! Promises: opens no link and waits for no FIFO; reads a file to its end at most once for the plain
//! and once for the sealed; a file that changes meanwhile is no copy.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use quitus_core::copies::{FileId, SealedStream, Wanted};
use quitus_core::digest::Blake3;
use quitus_core::header::VERSION_LINE;
use quitus_core::parts::sealed_digest;
use quitus_core::transfer::TransferId;

use crate::platform;

/// Bytes read at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// What a file holds of what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Content {
    /// The bytes of a file; the first of those that are alike.
    Plain(FileId, Blake3),
    /// A sealed stream.
    Sealed(TransferId),
}

/// Reads files into one buffer.
pub(super) struct Measure<'a> {
    wanted: &'a Wanted,
    buffer: Vec<u8>,
}

impl<'a> Measure<'a> {
    pub(super) fn new(wanted: &'a Wanted) -> Self {
        Self {
            wanted,
            buffer: vec![0; BUFFER_BYTES],
        }
    }

    /// Whether a file of this length may be a copy.
    pub(super) fn is_worth_reading(&self, bytes: u64) -> bool {
        let suspicion = self.wanted.suspect(bytes);
        suspicion.plain || suspicion.sealed
    }

    /// What a file of that length holds; `None` when it is nothing received.
    pub(super) fn content(&mut self, path: &Path, bytes: u64) -> io::Result<Option<Content>> {
        let Some(mut file) = open(path, bytes)? else {
            return Ok(None);
        };
        let suspicion = self.wanted.suspect(bytes);
        if suspicion.plain {
            let digest = self.digest(&mut file, bytes)?;
            if let Some(first) = self.wanted.files(bytes, &digest).first() {
                return Ok(Some(Content::Plain(*first, digest)));
            }
            file.seek(SeekFrom::Start(0))?;
        }
        if suspicion.sealed {
            return self.sealed(&mut file, bytes);
        }
        Ok(None)
    }

    /// The digest of a file of that length; of another one when it changed.
    pub(super) fn digest_of(&mut self, path: &Path, bytes: u64) -> io::Result<Option<Blake3>> {
        match open(path, bytes)? {
            Some(mut file) => self.digest(&mut file, bytes).map(Some),
            None => Ok(None),
        }
    }

    fn sealed(&mut self, file: &mut File, bytes: u64) -> io::Result<Option<Content>> {
        let mut line = [0; VERSION_LINE.len()];
        file.read_exact(&mut line)?;
        if line != *VERSION_LINE {
            return Ok(None);
        }
        let wanted = self.wanted;
        for stream in wanted.streams(bytes) {
            file.seek(SeekFrom::Start(0))?;
            if self.is_stream(file, bytes, stream)? {
                return Ok(Some(Content::Sealed(stream.transfer)));
            }
        }
        Ok(None)
    }

    fn is_stream(
        &mut self,
        file: &mut File,
        bytes: u64,
        stream: &SealedStream,
    ) -> io::Result<bool> {
        let plan = &stream.plan;
        let header = self.digest(file, bytes.saturating_sub(plan.payload_bytes()))?;
        let parts = plan.indices();
        let parts: io::Result<Vec<Blake3>> = parts
            .map(|part| self.digest(file, plan.sealed_bytes(part)))
            .collect();
        Ok(sealed_digest(plan, &header, &parts?) == stream.digest)
    }

    /// Hashes the next bytes of a file.
    fn digest(&mut self, file: &mut File, bytes: u64) -> io::Result<Blake3> {
        let mut hasher = blake3::Hasher::new();
        let mut left = bytes;
        while left > 0 {
            let room = usize::try_from(left).map_or(BUFFER_BYTES, |left| left.min(BUFFER_BYTES));
            let room = self.buffer.get_mut(..room).unwrap_or_default();
            let n_bytes = match file.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if n_bytes == 0 {
                break;
            }
            hasher.update(room.get(..n_bytes).unwrap_or_default());
            left -= n_bytes as u64;
        }
        Ok(hasher.finalize().into())
    }
}

/// Opens a file if it still is one, of that length.
fn open(path: &Path, bytes: u64) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let opened = platform::no_follow(options.read(true)).open(path);
    let file = match opened {
        Err(error) if platform::is_link_refusal(&error) => return Ok(None),
        opened => opened?,
    };
    let found = file.metadata()?;
    Ok((found.is_file() && found.len() == bytes).then_some(file))
}
