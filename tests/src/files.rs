//! Files to hand over, and what became of them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What a file or folder is: kind, permissions, time, bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    is_folder: bool,
    mode: u32,
    mtime: (i64, i64),
    bytes: Vec<u8>,
}

/// Every file and folder below `folder`, by path.
type Snapshot = BTreeMap<String, String>;

/// What is below a folder, with everything that a hand-over must keep.
///
/// # Errors
///
/// What the system says.
pub fn snapshot(folder: &Path) -> io::Result<Snapshot> {
    let mut found = Snapshot::new();
    visit(folder, "", &mut found)?;
    Ok(found)
}

fn visit(folder: &Path, name: &str, found: &mut Snapshot) -> io::Result<()> {
    let metadata = fs::symlink_metadata(folder)?;
    let is_folder = metadata.is_dir();
    let bytes = if metadata.is_file() {
        fs::read(folder)?
    } else {
        Vec::new()
    };
    let (mode, mtime) = (
        metadata.mode() & 0o7777,
        (metadata.mtime(), metadata.mtime_nsec()),
    );
    let facts = Facts {
        is_folder,
        mode,
        mtime,
        bytes,
    };
    found.insert(name.to_owned(), line(&facts));
    if is_folder {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let child = format!("{name}/{}", entry.file_name().to_string_lossy());
            visit(&entry.path(), &child, found)?;
        }
    }
    Ok(())
}

fn line(facts: &Facts) -> String {
    let Facts {
        is_folder,
        mode,
        mtime,
        bytes,
    } = facts;
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!(
        "folder={is_folder} mode={mode:o} mtime={mtime:?} length={} sum={sum:016x}",
        bytes.len()
    )
}

/// The first difference between two folders, if there is one.
///
/// # Errors
///
/// What the system says.
pub fn difference(one: &Path, other: &Path) -> io::Result<Option<String>> {
    let (one, other) = (snapshot(one)?, snapshot(other)?);
    let names = one.keys().chain(other.keys());
    let differs = |name: &&String| one.get(*name) != other.get(*name);
    let show =
        |name: &String| format!("{name:?}: {:?} became {:?}", one.get(name), other.get(name));
    Ok(names.into_iter().find(differs).map(show))
}

/// Writes files below a folder, which is made.
///
/// # Panics
///
/// If they cannot be written.
pub fn write_files(folder: &Path, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder)).expect("the world's folder is ours");
        fs::write(path, bytes).expect("the world's folder is ours");
    }
}

/// Bytes without a pattern, the same for the same seed (xorshift64*).
pub fn random_bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
