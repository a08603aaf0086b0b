//! Small files of this person's folder, read whole and replaced whole.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use super::{Home, sync_folder};
use crate::failure::Failure;
use crate::platform::Scratch;

impl Home {
    /// Where a file of this folder lies.
    #[must_use]
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Reads a file of at most `bytes_max` bytes; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read, or is longer.
    pub fn read_file(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, Failure> {
        let path = self.path_of(name);
        let read = || -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            File::open(&path)?
                .take(bytes_max + 1)
                .read_to_end(&mut bytes)?;
            if bytes.len() as u64 > bytes_max {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            Ok(bytes)
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::read(&path, error)),
        }
    }

    /// Makes a folder of this person's folder, with those above it.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be made.
    pub fn make_folder(&self, name: &str) -> Result<(), Failure> {
        super::make_folder(&self.path_of(name))
    }

    /// The names in a folder of this person's folder; none where there is none.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read.
    pub fn names_in(&self, folder: &str) -> Result<Vec<String>, Failure> {
        let path = self.path_of(folder);
        let list = || -> io::Result<Vec<String>> {
            let names = std::fs::read_dir(&path)?;
            let names = names.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            names.collect()
        };
        match list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed.map_err(|error| Failure::read(&path, error)),
        }
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be removed.
    pub fn remove_file(&self, name: &str) -> Result<(), Failure> {
        let path = self.path_of(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::write(&path, error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Replaces a file in one step; what was written is durable.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be written; the file is then as it was.
    pub fn replace_file(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.path_of(name);
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let scratch = path.with_file_name(format!(".{file}.{}", std::process::id()));
        let write = || -> io::Result<()> {
            let (scratch, mut file) = Scratch::create(scratch)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            std::fs::rename(scratch.path(), &path)?;
            sync_folder(&path)
        };
        write().map_err(|error| Failure::write(&path, error))
    }
}
