//! Folders searched for copies, by all cores: the length first, the content only where that fits.
//!
//! Promises: reads no file whose length nothing received has; follows no link; stays on the file system
//! a folder is on unless told otherwise; what cannot be looked into is told, never skipped in silence.
//! Memory is a buffer a core and the folders still to be looked into, each core going down first.

use std::fs::{self, DirEntry};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex};
use std::thread;

use quitus_core::copies::Wanted;

use super::measure::{Content, Measure};
use crate::failure::reason_of;
use crate::platform;
use crate::progress::Progress;
use crate::words::Phrase;

/// Places of one kind that are kept by name; of more only the number is.
pub const LISTED_MAX: usize = 1_000;

/// What a search goes by.
pub(super) struct Search<'a> {
    pub(super) wanted: &'a Wanted,
    /// Also look into file systems mounted below.
    pub(super) crosses: bool,
    pub(super) progress: &'a Progress<'a>,
}

/// A file with the content of something received.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) content: Content,
}

/// Something that could not be looked at.
#[derive(Debug, Clone)]
pub struct Unsearched {
    /// Where it is.
    pub path: PathBuf,
    /// Why not.
    pub reason: Phrase,
}

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Searched {
    pub(super) hits: Vec<Hit>,
    /// The first [`LISTED_MAX`] of them.
    pub(super) unsearched: Vec<Unsearched>,
    pub(super) n_unsearched: usize,
    /// File systems below that were left out.
    pub(super) left_out: Vec<PathBuf>,
    pub(super) n_files: u64,
    pub(super) n_folders: u64,
}

impl Searched {
    pub(super) fn failed(&mut self, path: PathBuf, error: &io::Error) {
        self.leave(path, reason_of(error));
    }

    pub(super) fn leave(&mut self, path: PathBuf, reason: Phrase) {
        self.n_unsearched += 1;
        if self.unsearched.len() < LISTED_MAX {
            self.unsearched.push(Unsearched { path, reason });
        }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.hits.extend(other.hits);
        self.n_unsearched += other.n_unsearched;
        let room = LISTED_MAX.saturating_sub(self.unsearched.len());
        self.unsearched
            .extend(other.unsearched.into_iter().take(room));
        self.left_out.extend(other.left_out);
        self.n_files += other.n_files;
        self.n_folders += other.n_folders;
    }
}

/// A folder still to be looked into, and the device it is on.
struct Folder {
    path: PathBuf,
    device: Option<u64>,
}

/// Folders that wait, and how many are being looked into: the search is over when both are none.
#[derive(Default)]
struct Waiting {
    folders: Vec<Folder>,
    n_at_work: usize,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Queue {
    fn take(&self) -> Option<Folder> {
        let mut waiting = self.waiting.lock().expect("queueing never panics");
        loop {
            if let Some(folder) = waiting.folders.pop() {
                waiting.n_at_work += 1;
                return Some(folder);
            }
            if waiting.n_at_work == 0 {
                return None;
            }
            waiting = self.changed.wait(waiting).expect("queueing never panics");
        }
    }

    /// One folder was looked into, and has these in it.
    fn done(&self, mut below: Vec<Folder>) {
        let mut waiting = self.waiting.lock().expect("queueing never panics");
        waiting.folders.append(&mut below);
        waiting.n_at_work -= 1;
        drop(waiting);
        self.changed.notify_all();
    }
}

impl Search<'_> {
    /// Searches the folders and all below them. They must be without links and not in one another.
    pub(super) fn run(&self, cores: NonZeroUsize, roots: &[PathBuf]) -> Searched {
        let (queue, mut searched) = (Queue::default(), Searched::default());
        for root in roots {
            match fs::metadata(root) {
                Ok(found) if found.is_dir() => {
                    let device = platform::file_numbers(&found).map(|(device, _)| device);
                    let mut waiting = queue.waiting.lock().expect("queueing never panics");
                    let path = root.clone();
                    waiting.folders.push(Folder { path, device });
                }
                Ok(_) => searched.failed(root.clone(), &io::ErrorKind::NotADirectory.into()),
                Err(error) => searched.failed(root.clone(), &error),
            }
        }
        let queue = &queue;
        thread::scope(|scope| {
            let threads: Vec<_> = (0..cores.get())
                .map(|_| scope.spawn(move || self.take_all(queue)))
                .collect();
            for thread in threads {
                let found = thread.join();
                searched.absorb(found.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
        });
        searched.hits.sort_unstable();
        searched
    }

    fn take_all(&self, queue: &Queue) -> Searched {
        let mut worker = Worker {
            search: self,
            measure: Measure::new(self.wanted),
            below: Vec::new(),
            searched: Searched::default(),
        };
        while let Some(folder) = queue.take() {
            worker.look_into(&folder);
            queue.done(std::mem::take(&mut worker.below));
        }
        worker.searched
    }
}

/// One core's share of a search.
struct Worker<'a> {
    search: &'a Search<'a>,
    measure: Measure<'a>,
    below: Vec<Folder>,
    searched: Searched,
}

impl Worker<'_> {
    fn look_into(&mut self, folder: &Folder) {
        let before = self.searched.n_files;
        self.searched.n_folders += 1;
        match fs::read_dir(&folder.path) {
            Err(error) => self.searched.failed(folder.path.clone(), &error),
            Ok(children) => {
                for child in children {
                    let met = child.and_then(|child| self.meet(folder, &child));
                    if let Err(error) = met {
                        self.searched.failed(folder.path.clone(), &error);
                    }
                }
            }
        }
        self.search.progress.add(self.searched.n_files - before);
    }

    fn meet(&mut self, folder: &Folder, child: &DirEntry) -> io::Result<()> {
        let kind = child.file_type()?;
        if kind.is_dir() {
            self.meet_folder(folder, child)
        } else if kind.is_file() {
            self.meet_file(child)
        } else {
            Ok(())
        }
    }

    fn meet_folder(&mut self, folder: &Folder, child: &DirEntry) -> io::Result<()> {
        let Some(found) = still_there(child.metadata())? else {
            return Ok(());
        };
        let path = child.path();
        let device = platform::file_numbers(&found).map(|(device, _)| device);
        if device == folder.device || self.search.crosses {
            self.below.push(Folder { path, device });
        } else if self.searched.left_out.len() < LISTED_MAX {
            self.searched.left_out.push(path);
        }
        Ok(())
    }

    fn meet_file(&mut self, child: &DirEntry) -> io::Result<()> {
        self.searched.n_files += 1;
        let Some(found) = still_there(child.metadata())? else {
            return Ok(());
        };
        let bytes = found.len();
        if !self.measure.is_worth_reading(bytes) {
            return Ok(());
        }
        let path = child.path();
        match self.measure.content(&path, bytes) {
            Ok(Some(content)) => self.searched.hits.push(Hit {
                path,
                bytes,
                content,
            }),
            Ok(None) => {}
            Err(error) if is_gone(&error) => {}
            Err(error) => self.searched.failed(path, &error),
        }
        Ok(())
    }
}

/// What was found; `None` for what went away since it was listed.
fn still_there(found: io::Result<fs::Metadata>) -> io::Result<Option<fs::Metadata>> {
    match found {
        Err(error) if is_gone(&error) => Ok(None),
        found => found.map(Some),
    }
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// The folders without links, without those that lie in another; what does not exist is kept, so that
/// the search tells it.
pub(super) fn outermost(roots: &[PathBuf]) -> Vec<PathBuf> {
    let resolve = |root: &PathBuf| fs::canonicalize(root).unwrap_or_else(|_| root.clone());
    let mut resolved: Vec<PathBuf> = roots.iter().map(resolve).collect();
    resolved.sort_unstable();
    let mut outer: Vec<PathBuf> = Vec::new();
    for root in resolved {
        if !outer.last().is_some_and(|last| is_within(&root, last)) {
            outer.push(root);
        }
    }
    outer
}

/// Whether a search of `outer` comes to `root` too: it lies in it, on the same file system.
fn is_within(root: &Path, outer: &Path) -> bool {
    let device = |path: &Path| {
        let found = fs::metadata(path).ok()?;
        platform::file_numbers(&found).map(|(device, _)| device)
    };
    root == outer || (root.starts_with(outer) && device(root) == device(outer))
}
