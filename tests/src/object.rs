//! An object a relay holds, wherever it lies: stories look at it and change it in the same way.

use std::fmt;
use std::path::PathBuf;

use crate::bucket::Bucket;

/// A file, or a key of a bucket.
#[derive(Debug, Clone)]
pub enum Object {
    /// A file of the relay's data.
    File(PathBuf),
    /// A key below the relay's prefix.
    Key(Bucket, String),
}

impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Key(_, key) => formatter.write_str(key),
        }
    }
}

impl Object {
    /// Its bytes.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub fn read(&self) -> Vec<u8> {
        match self {
            Self::File(path) => std::fs::read(path).expect("the object can be read"),
            Self::Key(bucket, key) => bucket.get(key),
        }
    }

    /// Puts other bytes in its place.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn write(&self, bytes: &[u8]) {
        match self {
            Self::File(path) => std::fs::write(path, bytes).expect("the object can be written"),
            Self::Key(bucket, key) => bucket.put(key, bytes),
        }
    }
}
