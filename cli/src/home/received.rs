//! Which parts of an interrupted reception already lie in its hidden folder.
//!
//! ```text
//! 00 00 00 07  00 00 00 02  …        their indices, four bytes each, as they came
//! ```
//!
//! Promises: nothing is believed for it. What is said to be there is read and hashed again before it
//! counts, so a note that outlived its bytes costs time, never a wrong file. Not durable on purpose.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Mutex;

use quitus_core::parts::PartIndex;

use crate::failure::Failure;

/// The notes of one reception.
pub struct Received {
    path: PathBuf,
    before: HashSet<PartIndex>,
    file: Mutex<Option<fs::File>>,
}

impl Received {
    /// Reads what runs before this one noted; nothing where there is no such file.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read.
    pub fn open(path: PathBuf) -> Result<Self, Failure> {
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|error| Failure::read(&path, error))?,
        };
        let (indices, _) = bytes.as_chunks();
        let index = |bytes: &[u8; 4]| PartIndex(u32::from_be_bytes(*bytes));
        Ok(Self {
            before: indices.iter().map(index).collect(),
            file: Mutex::new(None),
            path,
        })
    }

    /// Whether a run before this one noted anything.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty()
    }

    /// Whether this run or one before it noted anything: then there is something to go on with.
    pub fn is_noted(&self) -> bool {
        let file = self.file.lock().expect("writing a number never panics");
        !self.before.is_empty() || file.is_some()
    }

    /// Whether a run before this one noted a part.
    pub fn has(&self, part: PartIndex) -> bool {
        self.before.contains(&part)
    }

    /// Notes a part.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be written.
    pub fn note(&self, part: PartIndex) -> Result<(), Failure> {
        let mut file = self.file.lock().expect("writing a number never panics");
        let mut write = || -> io::Result<()> {
            if file.is_none() {
                let mut options = OpenOptions::new();
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                *file = Some(options.append(true).create(true).open(&self.path)?);
            }
            file.as_ref()
                .map_or(Ok(()), |mut file| file.write_all(&part.0.to_be_bytes()))
        };
        write().map_err(|error| Failure::write(&self.path, error))
    }

    /// Forgets everything: the hidden folder is gone, or what lay in it has its final name.
    ///
    /// # Errors
    ///
    /// Exit 8 when the file cannot be removed.
    pub fn forget(&mut self) -> Result<(), Failure> {
        self.before.clear();
        *self.file.lock().expect("writing a number never panics") = None;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::write(&self.path, error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_outlive_a_run_and_a_cut_one_is_dropped() {
        let path = std::env::temp_dir().join(format!("quitus-received-{}", std::process::id()));
        let notes = Received::open(path.clone()).unwrap();
        assert!(notes.is_empty());
        for part in [7, 2] {
            notes.note(PartIndex(part)).unwrap();
        }
        fs::write(&path, [fs::read(&path).unwrap(), vec![0, 0]].concat()).unwrap();
        let mut again = Received::open(path.clone()).unwrap();
        let has = |notes: &Received, part| notes.has(PartIndex(part));
        assert!(has(&again, 7) && has(&again, 2) && !has(&again, 0));
        again.forget().unwrap();
        assert!(again.is_empty() && !path.exists());
        again.forget().unwrap();
    }
}
