//! Faults of a machine, for one process at a time: death before the n-th change of a disk, changes that
//! fail, a clock that jumps. The programs are those that people get; `faults.c` is loaded into them.
//!
//! Counts over all threads and whoever makes the system call, which `strace --inject` does not: it
//! counts for each thread. A test can change its mind while the process runs.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::preload::preload;

/// Places in the file that the library maps, in words of 8 bytes.
const CALLS: u64 = 0;
const DIE_AT: u64 = 1;
const TEAR: u64 = 2;
const ERROR: u64 = 3;
const WHICH: u64 = 4;
const CLOCK: u64 = 5;
const N_WORDS: usize = 6;

/// What an error of the system is called.
pub const EIO: u64 = 5;
/// There is no room left.
pub const ENOSPC: u64 = 28;
/// The file system can only be read.
pub const EROFS: u64 = 30;

/// Which changes fail.
#[derive(Debug, Clone, Copy)]
pub enum Changes {
    /// Bytes of files, and their lengths.
    Writes = 1,
    /// `fsync`, `fdatasync`, `syncfs`.
    Syncs = 2,
    /// Whatever changes a disk.
    All = 7,
}

/// Faults of the processes that are started under them.
pub struct Faults {
    library: PathBuf,
    words: PathBuf,
    file: File,
    log: Option<PathBuf>,
}

impl Faults {
    /// No fault yet. `folder` holds the library and is there as long as the processes.
    ///
    /// # Panics
    ///
    /// If the C compiler does not take the library.
    pub fn new(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).expect("the world's folder is ours");
        let words = folder.join("faults");
        std::fs::write(&words, [0; 8 * N_WORDS]).expect("the world's folder is ours");
        let file = File::options().read(true).write(true).open(&words);
        Self {
            library: preload(folder, "faults", include_str!("faults.c")),
            words,
            file: file.expect("the world's folder is ours"),
            log: None,
        }
    }

    /// As [`Faults::new`]; every change is recorded in the file `log`, for [`crate::power_cut`].
    ///
    /// # Panics
    ///
    /// As [`Faults::new`].
    pub fn recording(folder: &Path, log: &Path) -> Self {
        let mut faults = Self::new(folder);
        faults.log = Some(log.to_owned());
        faults
    }

    /// Puts a command that was not started yet under these faults.
    pub fn cover<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Some(log) = &self.log {
            command.env("FAULTS_LOG", log);
        }
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAULTS", &self.words)
    }

    /// Changes of a disk so far.
    pub fn n_changes(&self) -> u64 {
        self.get(CALLS)
    }

    /// From now on: death before change `n`, counted from 1. `torn`: half of it is done, if it is a write.
    pub fn die_before(&self, n: u64, torn: bool) {
        self.set(TEAR, torn.into());
        self.set(DIE_AT, self.n_changes() + n);
    }

    /// From now on such changes fail with an error.
    pub fn fail(&self, changes: Changes, error: u64) {
        self.set(WHICH, changes as u64);
        self.set(ERROR, error);
    }

    /// Neither death nor errors any more.
    pub fn spare(&self) {
        self.set(DIE_AT, 0);
        self.set(ERROR, 0);
    }

    /// From now on the clock is so many seconds ahead; time goes on as ever.
    pub fn shift_clock(&self, seconds: i64) {
        self.set(CLOCK, seconds.cast_unsigned());
    }

    fn get(&self, place: u64) -> u64 {
        let mut word = [0; 8];
        self.file
            .read_exact_at(&mut word, place * 8)
            .expect("the words are there");
        u64::from_ne_bytes(word)
    }

    fn set(&self, place: u64, word: u64) {
        self.file
            .write_all_at(&word.to_ne_bytes(), place * 8)
            .expect("the words are there");
    }
}
