//! What a disk holds after the power went: everything that was synced, and of the rest nothing or some.
//!
//! A file's bytes and length are there as they were at its last sync; a name is there, or no longer
//! there, as it was at the last sync of its folder (POSIX promises no more). The changes come from the
//! log of `faults.c`. What a sync did not write that failed, no later one does. Modes are not recorded: everything is its owner's alone. Not recorded: what is written through mapped memory, which nothing here syncs.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What is true of the disk apart from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// Nothing that was not synced is there.
    Strict,
    /// Of what was not synced each change is there or not, as the seed has it.
    Some(u64),
    /// Syncs do nothing, as under `eatmydata`: the control that must fail.
    Lying,
}

/// One change of the log.
struct Change {
    kind: u64,
    offset: usize,
    path: PathBuf,
    other: PathBuf,
    bytes: Vec<u8>,
}

const WROTE: u64 = 1;
const CUT: u64 = 2;
const SYNCED: u64 = 3;
const RENAMED: u64 = 4;
const REMOVED: u64 = 5;
const MADE: u64 = 6;
const MADE_FOLDER: u64 = 7;
const LINKED: u64 = 8;
const LOST: u64 = 9;

/// A file or folder, whatever names it has.
#[derive(Default, Clone)]
struct Thing {
    is_folder: bool,
    /// The bytes as they were synced last.
    synced: Vec<u8>,
    /// What was done to the bytes since.
    since: Vec<(usize, Option<Vec<u8>>)>,
}

/// Names, as programs see them and as they are on the disk.
#[derive(Default)]
struct Names {
    seen: BTreeMap<PathBuf, usize>,
    synced: BTreeMap<PathBuf, usize>,
}

/// Writes what is left below `from`, after the first `length` bytes of the log, below `to`.
///
/// # Panics
///
/// If the log is not whole or the files cannot be written.
pub fn power_cut(log: &[u8], disk: Disk, (from, to): (&Path, &Path)) {
    let (mut things, mut names) = (Vec::<Thing>::new(), Names::default());
    for change in changes(log) {
        apply(&change, &mut things, &mut names, disk);
    }
    let mut chance = match disk {
        Disk::Some(seed) => Some(seed | 1),
        Disk::Strict | Disk::Lying => None,
    };
    let mut left = names.synced.clone();
    if chance.is_some() {
        toss_names(&names, &mut left, &mut chance);
    }
    // Folders stand before what is in them. What is in a folder without a name is not found.
    for (path, thing) in left {
        let Some(thing) = things.get(thing) else {
            continue;
        };
        let Ok(inner) = path.strip_prefix(from) else {
            continue;
        };
        let target = to.join(inner);
        if thing.is_folder {
            drop(DirBuilder::new().mode(0o700).create(&target));
        } else if target.parent().is_some_and(Path::is_dir) {
            let mut options = OpenOptions::new();
            let file = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(target);
            file.and_then(|mut file| file.write_all(&left_of(thing, &mut chance)))
                .expect("the copy is ours");
        }
    }
}

/// Each name that was changed and not synced has changed or not.
fn toss_names(names: &Names, left: &mut BTreeMap<PathBuf, usize>, chance: &mut Option<u64>) {
    let changed = names.seen.keys().chain(names.synced.keys());
    for path in changed {
        let seen = names.seen.get(path);
        if seen != names.synced.get(path) && toss(chance) {
            match seen {
                Some(thing) => drop(left.insert(path.clone(), *thing)),
                None => drop(left.remove(path)),
            }
        }
    }
}

fn left_of(thing: &Thing, chance: &mut Option<u64>) -> Vec<u8> {
    let mut bytes = thing.synced.clone();
    for (offset, written) in &thing.since {
        if toss(chance) {
            change_bytes(&mut bytes, *offset, written.as_deref());
        }
    }
    bytes
}

/// Whether something that was not synced is there (xorshift64).
fn toss(chance: &mut Option<u64>) -> bool {
    let Some(state) = chance else { return false };
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 63 == 1
}

fn change_bytes(bytes: &mut Vec<u8>, offset: usize, written: Option<&[u8]>) {
    let Some(written) = written else {
        bytes.resize(offset, 0);
        return;
    };
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(offset..end) {
        place.copy_from_slice(written);
    }
}

fn apply(change: &Change, things: &mut Vec<Thing>, names: &mut Names, disk: Disk) {
    let found = names.seen.get(&change.path).copied();
    let thing = found.and_then(|index| things.get_mut(index));
    match (change.kind, thing) {
        (WROTE | CUT, Some(thing)) => {
            let written = (change.kind == WROTE).then(|| change.bytes.clone());
            thing.since.push((change.offset, written));
        }
        (SYNCED, Some(thing)) if disk != Disk::Lying => {
            for (offset, written) in thing.since.drain(..) {
                change_bytes(&mut thing.synced, offset, written.as_deref());
            }
            if thing.is_folder {
                sync_names(names, &change.path);
            }
        }
        // No later sync writes what this one was to write: the system takes it for written.
        (LOST, Some(thing)) => thing.since.clear(),
        // An open that cuts a file is in the log as one that makes it.
        (MADE, Some(thing)) => thing.since.push((0, None)),
        (MADE | MADE_FOLDER, None) => {
            names.seen.insert(change.path.clone(), things.len());
            let is_folder = change.kind == MADE_FOLDER;
            things.push(Thing {
                is_folder,
                ..Thing::default()
            });
        }
        (REMOVED | RENAMED, _) => {
            names.seen.remove(&change.path);
        }
        (_, _) => {}
    }
    if let (RENAMED | LINKED, Some(index)) = (change.kind, found) {
        names.seen.insert(change.other.clone(), index);
    }
}

/// The names in a folder are on the disk as programs see them.
fn sync_names(names: &mut Names, folder: &Path) {
    names.synced.retain(|path, _| path.parent() != Some(folder));
    let inside = names
        .seen
        .iter()
        .filter(|(path, _)| path.parent() == Some(folder));
    names
        .synced
        .extend(inside.map(|(path, thing)| (path.clone(), *thing)));
}

fn changes(log: &[u8]) -> Vec<Change> {
    let (mut rest, mut found) = (log, Vec::new());
    while let Some((head, behind)) = rest.split_first_chunk::<40>() {
        let words: Vec<u64> = head
            .as_chunks::<8>()
            .0
            .iter()
            .map(|word| u64::from_ne_bytes(*word))
            .collect();
        let [kind, offset, path, other, bytes] = words.as_slice() else {
            break;
        };
        let length = |word: &u64| usize::try_from(*word).expect("lengths of this machine");
        let mut behind = behind;
        let mut take = |n_bytes: &u64| {
            let (taken, left) = behind.split_at_checked(length(n_bytes))?;
            behind = left;
            Some(taken)
        };
        // None: the power went while this one was noted.
        let (Some(path), Some(other), Some(bytes)) = (take(path), take(other), take(bytes)) else {
            break;
        };
        let name = |bytes: &[u8]| PathBuf::from(String::from_utf8_lossy(bytes).into_owned());
        found.push(Change {
            kind: *kind,
            offset: length(offset),
            path: name(path),
            other: name(other),
            bytes: bytes.to_vec(),
        });
        rest = behind;
    }
    found
}
