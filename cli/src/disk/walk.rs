//! Folders and what they hold, looked at one depth after the other, the folders of a depth at once.
//!
//! Promises: what cannot be sent is listed with the reason; no link is followed; a folder that cannot
//! be listed is left out whole. It reads no file.

use std::ffi::OsString;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use quitus_core::archive::{ENTRIES_MAX, EntryPath};

use super::selection::{Skipped, Source};
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform;
use crate::words::Phrase;
use crate::workers::spread;

/// What was met so far.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) sources: Vec<Source>,
    pub(super) skipped: Vec<Skipped>,
    /// Folders that were not yet looked into.
    folders: Vec<Folder>,
}

struct Folder {
    disk_path: PathBuf,
    path: EntryPath,
    found: Metadata,
}

impl Walk {
    /// Looks into every folder that was met, and into those met there.
    ///
    /// # Errors
    ///
    /// Exit 9 for more files and folders than an archive may have.
    pub(super) fn walk(mut self, cores: NonZeroUsize) -> Result<Self, Failure> {
        self.check_length()?;
        while !self.folders.is_empty() {
            let folders = std::mem::take(&mut self.folders);
            // A few at a time, so that there is a bound on what is in memory beyond the limit.
            for folders in folders.chunks(64 * cores.get()) {
                for listed in spread(cores, folders, Folder::list) {
                    self.absorb(listed);
                }
                self.check_length()?;
            }
        }
        Ok(self)
    }

    /// Takes in something that was found under a name.
    pub(super) fn meet(&mut self, disk_path: PathBuf, name: String, found: Metadata) {
        let Ok(path) = EntryPath::try_from(name) else {
            return self.skip(disk_path, phrase!("skipped-name"));
        };
        if found.is_dir() {
            self.folders.push(Folder {
                disk_path,
                path,
                found,
            });
        } else if found.is_symlink() {
            self.skip(disk_path, phrase!("skipped-symlink"));
        } else if !found.is_file() {
            self.skip(disk_path, phrase!("skipped-special"));
        } else if platform::is_readable(&disk_path, &found) {
            self.sources.push(Source::found(path, disk_path, &found));
        } else {
            self.skip(disk_path, phrase!("skipped-unreadable"));
        }
    }

    fn meet_child(&mut self, parent: &EntryPath, name: OsString, child: &DirEntry) {
        let Ok(name) = name.into_string() else {
            return self.skip(child.path(), phrase!("skipped-name"));
        };
        match child.metadata() {
            Ok(found) => self.meet(child.path(), format!("{parent}/{name}"), found),
            Err(_) => self.skip(child.path(), phrase!("skipped-unreadable")),
        }
    }

    fn skip(&mut self, path: PathBuf, reason: Phrase) {
        self.skipped.push(Skipped { path, reason });
    }

    fn absorb(&mut self, mut other: Self) {
        self.sources.append(&mut other.sources);
        self.skipped.append(&mut other.skipped);
        self.folders.append(&mut other.folders);
    }

    fn check_length(&self) -> Result<(), Failure> {
        if self.sources.len() <= ENTRIES_MAX {
            return Ok(());
        }
        let max = phrase!("too-many-files", max = ENTRIES_MAX);
        Err(Failure::new(Kind::Policy, max))
    }
}

impl Folder {
    /// The folder itself and what lies in it, in the order of their names.
    fn list(&self) -> Walk {
        let mut walk = Walk::default();
        let children = fs::read_dir(&self.disk_path).and_then(|children| {
            let named = |child: DirEntry| (child.file_name(), child);
            children.map(|child| child.map(named)).collect()
        });
        let Ok::<Vec<(OsString, DirEntry)>, io::Error>(mut children) = children else {
            walk.skip(self.disk_path.clone(), phrase!("skipped-unreadable"));
            return walk;
        };
        children.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let (path, disk_path) = (self.path.clone(), self.disk_path.clone());
        let folder = Source::found(path, disk_path, &self.found);
        walk.sources.push(folder);
        for (name, child) in children {
            walk.meet_child(&self.path, name, &child);
        }
        walk
    }
}
