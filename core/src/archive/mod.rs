//! Many files and one stream: pack by a layout, unpack by the same layout.
//!
//! An archive is one file as it is, or a tar of files and folders. The list of entries decides
//! every byte that is not a file's: sender and recipient make the same [`Layout`] from it, the one
//! to fill it, the other to compare. No tar header is ever obeyed, so there is no tar parser.

mod layout;
mod path;

pub use layout::{Layout, LayoutError, SECRET_BYTES_MAX, Segment};
pub use path::{Collision, EntryPath, PathError, PortableNames};

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Most entries of an archive: a manifest of that many stays below its own limit.
pub const ENTRIES_MAX: usize = 200_000;

/// How files became one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The one file, byte for byte.
    File,
    /// As a file, but a short secret, to be shown and not written.
    Secret,
    /// POSIX tar (ustar, with PAX records where ustar has no room).
    Tar,
}

/// What an archive says of a file or folder, its digest aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Where it lies below the destination.
    pub path: &'a EntryPath,
    /// The length of a file; `None` for a folder.
    pub file_bytes: Option<u64>,
    /// The permission bits, `0o777` at most.
    pub mode: u16,
    /// When it was last changed.
    pub mtime: Timestamp,
}
