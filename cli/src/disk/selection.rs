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
use zeroize::Zeroizing;

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
    content: Content,
}

/// Where the bytes of a source are.
enum Content {
    Disk {
        path: PathBuf,
        /// Device and number, where the system has them.
        numbers: Option<(u64, u64)>,
    },
    Memory(Zeroizing<Vec<u8>>),
}

/// A source that is being read.
pub enum Opened<'a> {
    /// A file.
    File(&'a Source, File),
    /// Bytes in memory.
    Memory(&'a [u8]),
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

    /// A secret that was typed, under a name for people.
    ///
    /// # Errors
    ///
    /// Exit 2 when the name cannot stand in an archive.
    pub fn secret(name: &str, bytes: Zeroizing<Vec<u8>>, now: Timestamp) -> Result<Self, Failure> {
        let path = EntryPath::try_from(name.to_owned())
            .map_err(|error| Failure::usage(phrase!("secret-name", name = name)).because(error))?;
        let sources = vec![Source::secret(path, bytes, now)];
        Ok(Self {
            form: Form::Secret,
            shape: shape(&sources),
            sources,
            skipped: Vec::new(),
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
            content: Content::Disk {
                path: disk_path,
                numbers: platform::file_numbers(found),
            },
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

    /// A secret that was typed; its last change is now.
    pub(super) fn secret(path: EntryPath, bytes: Zeroizing<Vec<u8>>, now: Timestamp) -> Self {
        Self {
            path,
            mode: 0o600,
            mtime: now,
            file_bytes: Some(bytes.len() as u64),
            content: Content::Memory(bytes),
        }
    }

    /// Opens it. What is read counts only if [`Opened::check`] finds it as it was.
    ///
    /// # Errors
    ///
    /// Exit 3 when the file is gone or another thing, 8 when it cannot be opened.
    pub fn open(&self) -> Result<Opened<'_>, Failure> {
        match &self.content {
            Content::Memory(bytes) => Ok(Opened::Memory(bytes)),
            Content::Disk { path, .. } => {
                let opened = open(path).map_err(|error| self.failed(error));
                Ok(Opened::File(self, opened?))
            }
        }
    }

    /// A file that is not there any more, or shorter, was changed; anything else is the disk's fault.
    fn failed(&self, error: io::Error) -> Failure {
        let kind = error.kind();
        let is_changed = kind == io::ErrorKind::NotFound || kind == io::ErrorKind::UnexpectedEof;
        if is_changed || platform::is_link_refusal(&error) {
            self.changed()
        } else {
            Failure::read(self.disk_path(), error)
        }
    }

    fn is_as_found(&self, now: &Metadata) -> bool {
        match &self.content {
            Content::Memory(_) => true,
            Content::Disk { numbers, .. } => {
                Some(now.len()) == self.file_bytes
                    && timestamp(now) == self.mtime
                    && platform::file_numbers(now) == *numbers
            }
        }
    }

    fn disk_path(&self) -> &Path {
        match &self.content {
            Content::Disk { path, .. } => path,
            Content::Memory(_) => Path::new(self.path.as_str()),
        }
    }

    fn changed(&self) -> Failure {
        let path = self.disk_path();
        Failure::new(Kind::Partly, phrase!("changed-while-sending", path = path))
            .hint(phrase!("changed-while-sending-hint"))
    }
}

impl Opened<'_> {
    /// Reads bytes.
    ///
    /// # Errors
    ///
    /// Exit 3 when the file became shorter, 8 when it cannot be read.
    pub fn read(&self, range: Range<u64>, slice: &mut [u8]) -> Result<(), Failure> {
        match self {
            Self::File(source, file) => platform::read_exact_at(file, slice, range.start)
                .map_err(|error| source.failed(error)),
            Self::Memory(bytes) => {
                let start = usize::try_from(range.start).map_err(Failure::unexpected)?;
                let found = bytes.get(start..).and_then(|rest| rest.get(..slice.len()));
                slice.copy_from_slice(found.expect("its length is known"));
                Ok(())
            }
        }
    }

    /// Checks that the file has still the length and time it was found with.
    ///
    /// # Errors
    ///
    /// Exit 3 when it has not, 8 when that cannot be seen.
    pub fn check(&self) -> Result<(), Failure> {
        let Self::File(source, file) = self else {
            return Ok(());
        };
        let now = file.metadata().map_err(|error| source.failed(error))?;
        if source.is_as_found(&now) {
            Ok(())
        } else {
            Err(source.changed())
        }
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
