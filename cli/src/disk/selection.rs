//! What is chosen to be sent: regular files and folders, as they were when they were looked at.
//!
//! Promises: symbolic links, devices, sockets, FIFOs and unreadable files are not sent but listed;
//! a file that is no longer as it was found is told, never sent half old and half new. Nothing is
//! read twice.

use std::collections::HashSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use quitus_core::archive::{Entry, EntryPath, Form, PortableNames};
use quitus_core::digest::Sha256;
use quitus_core::time::Timestamp;

use super::walk::Walk;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform;
use crate::words::Phrase;

/// Files and folders in the order of their paths.
pub struct Selection {
    /// How they become one stream.
    pub form: Form,
    /// What will be sent.
    pub sources: Vec<Source>,
    /// What will not, and why.
    pub skipped: Vec<Skipped>,
    /// A digest of everything that decides the archive but for what the files hold, and of their times.
    pub shape: Sha256,
}

/// A file or folder that will be sent.
pub struct Source {
    /// Its path in the archive.
    pub path: EntryPath,
    /// Permission bits.
    pub mode: u16,
    /// When it was last changed.
    pub mtime: Timestamp,
    /// Its length; `None` for a folder.
    pub file_bytes: Option<u64>,
    disk_path: PathBuf,
    numbers: Option<(u64, u64)>,
}

/// Something that will not be sent.
pub struct Skipped {
    /// Where it is.
    pub path: PathBuf,
    /// Why it stays.
    pub reason: Phrase,
}

impl Selection {
    /// Looks at what was named, with so many threads; nothing is read yet.
    ///
    /// # Errors
    ///
    /// Exit 8 when something named is not there, 2 when two of them have one name.
    pub fn new(paths: &[PathBuf], cores: NonZeroUsize) -> Result<Self, Failure> {
        let mut walk = Walk::default();
        let mut names = HashSet::new();
        for path in paths {
            let name = name_of(path)?;
            if !names.insert(name.clone()) {
                return Err(Failure::usage(phrase!("same-name-twice", name = name)));
            }
            let metadata =
                fs::symlink_metadata(path).map_err(|error| Failure::read(path, error))?;
            walk.meet(path.clone(), name, metadata);
        }
        let Walk {
            mut sources,
            skipped,
            ..
        } = walk.walk(cores)?;
        let form = match sources.as_slice() {
            [source] if source.file_bytes.is_some() => Form::File,
            _ => Form::Tar,
        };
        sources.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self {
            form,
            shape: shape(&sources),
            sources,
            skipped,
        })
    }

    /// Names that some systems cannot hold or tell apart: the recipient will have to rename them.
    pub fn unportable(&self) -> usize {
        let mut names = PortableNames::with_capacity(self.sources.len());
        self.sources
            .iter()
            .filter(|source| names.accept(&source.path).is_err())
            .count()
    }

    /// Bytes of all files.
    pub fn file_bytes(&self) -> u64 {
        self.sources
            .iter()
            .filter_map(|source| source.file_bytes)
            .sum()
    }

    /// Files, folders not counted.
    pub fn n_files(&self) -> usize {
        self.sources
            .iter()
            .filter(|source| source.file_bytes.is_some())
            .count()
    }
}

fn shape(sources: &[Source]) -> Sha256 {
    let mut facts = Vec::new();
    for source in sources {
        let path = source.path.as_str();
        let (bytes, mtime) = (source.file_bytes, source.mtime);
        facts.extend((path.len() as u64).to_be_bytes());
        facts.extend(path.as_bytes());
        // No file is that long.
        facts.extend(bytes.unwrap_or(u64::MAX).to_be_bytes());
        facts.extend(source.mode.to_be_bytes());
        facts.extend(mtime.seconds().to_be_bytes());
        facts.extend(mtime.nanoseconds().to_be_bytes());
    }
    Sha256::of(&[&facts])
}

impl Source {
    /// A file or folder as it was found.
    pub(super) fn found(path: EntryPath, disk_path: PathBuf, found: &Metadata) -> Self {
        Self {
            path,
            mode: platform::permission_bits(found),
            mtime: timestamp(found),
            file_bytes: found.is_file().then_some(found.len()),
            disk_path,
            numbers: platform::file_numbers(found),
        }
    }

    /// What the archive says of it.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            path: &self.path,
            file_bytes: self.file_bytes,
            mode: self.mode,
            mtime: self.mtime,
        }
    }

    /// Opens the file. What is read of it counts only if [`Source::check`] finds it as it was.
    pub fn open(&self) -> Result<File, Failure> {
        open(&self.disk_path).map_err(|error| {
            let is_gone = error.kind() == io::ErrorKind::NotFound;
            if is_gone || platform::is_link_refusal(&error) {
                self.changed()
            } else {
                Failure::read(&self.disk_path, error)
            }
        })
    }

    /// Reads bytes of the opened file.
    pub fn read(&self, file: &File, range: Range<u64>, slice: &mut [u8]) -> Result<(), Failure> {
        platform::read_exact_at(file, slice, range.start).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                self.changed()
            } else {
                Failure::read(&self.disk_path, error)
            }
        })
    }

    /// Checks that the opened file has still the length and time it was found with.
    pub fn check(&self, file: &File) -> Result<(), Failure> {
        let now = file
            .metadata()
            .map_err(|error| Failure::read(&self.disk_path, error))?;
        let is_same = Some(now.len()) == self.file_bytes
            && timestamp(&now) == self.mtime
            && platform::file_numbers(&now) == self.numbers;
        if is_same { Ok(()) } else { Err(self.changed()) }
    }

    fn changed(&self) -> Failure {
        Failure::new(
            Kind::Partly,
            phrase!("changed-while-sending", path = &self.disk_path),
        )
        .hint(phrase!("changed-while-sending-hint"))
    }
}

/// Opens for reading without following a link, and without waiting for a FIFO's other end.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    platform::no_follow(options.read(true)).open(path)
}

/// The name something has in its folder, also where the path does not end in it (`.`, `..`).
fn name_of(path: &Path) -> Result<String, Failure> {
    let name = match path.file_name() {
        Some(name) => Some(name.to_owned()),
        None => fs::canonicalize(path)
            .map_err(|error| Failure::read(path, error))?
            .file_name()
            .map(ToOwned::to_owned),
    };
    let name = name.ok_or_else(|| Failure::usage(phrase!("no-name-to-send", path = path)))?;
    name.into_string().map_err(|_| {
        Failure::usage(phrase!("name-not-utf8", path = path)).hint(phrase!("name-not-utf8-hint"))
    })
}

fn timestamp(metadata: &Metadata) -> Timestamp {
    let mtime = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    match mtime.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => Timestamp::from_unix(
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            since.subsec_nanos(),
        ),
        Err(before) => {
            let before = before.duration();
            let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
            match before.subsec_nanos() {
                0 => Timestamp::from_unix(-seconds, 0),
                nanoseconds => Timestamp::from_unix(-seconds - 1, 1_000_000_000 - nanoseconds),
            }
        }
    }
}
