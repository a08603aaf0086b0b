//! The destruction itself: every chosen copy removed, if it still is what was written down.
//!
//! Promises: nothing is removed that changed since it was listed; a file that cannot be removed is told and
//! the others go on; running again finds done what was done.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use quitus_core::copies::CopyKind;
use quitus_core::destruction::{Fate, Plan, Planned, Stamp};
use quitus_core::keyring::Field;
use quitus_core::statement::Method;
use quitus_core::transfer::TransferId;

use super::planning::from_disk;
use crate::copies::{Holding, folders_of, info_of, remove_empty};
use crate::disk::remove_tree;
use crate::env::Env;
use crate::failure::{Failure, reason_of};
use crate::home::Transfer;
use crate::phrase;
use crate::platform::{self, FileSystemKind, Mounts};
use crate::words::Phrase;

/// Zeros written at once.
const ZEROS: usize = 1 << 20;

/// What was tried on one copy of the plan.
pub(super) struct Done {
    /// The name of its file system.
    pub(super) file_system: String,
    /// What that does with bytes.
    pub(super) kind: FileSystemKind,
    /// How it was removed; none where it was not to be, or could not.
    pub(super) method: Option<Method>,
    /// Why it is still there.
    pub(super) refused: Option<Phrase>,
}

/// Destroys what the plan says; what each came to, in the plan's order.
pub(super) fn destroy(env: &Env, plan: &Plan, holdings: &[Holding]) -> Vec<Done> {
    let mounts = Mounts::now();
    let linked = plan.linked_elsewhere();
    let progress = env.terminal().counter(phrase!("progress-destroying"));
    let copies = plan.copies.iter().enumerate();
    let done: Vec<Done> = copies
        .map(|(index, copy)| {
            let mut done = attempt(plan, copy, &mounts);
            if done.refused.is_none() && linked.contains(&index) {
                done.refused = Some(phrase!("left-linked"));
            }
            if let Some(reason) = &done.refused {
                let path = from_disk(&copy.path);
                let reason = reason.clone();
                env.terminal()
                    .warn(phrase!("destroy-refused", path = &path, reason = reason));
            }
            progress.add(1);
            done
        })
        .collect();
    remove_empty(&folders_of(holdings));
    sync(plan);
    tell_file_systems(env, &done);
    done
}

/// Says once for each file system what removing a file there comes to.
fn tell_file_systems(env: &Env, done: &[Done]) {
    let mut told = BTreeSet::new();
    for done in done.iter().filter(|done| done.method.is_some()) {
        let name = &done.file_system;
        if told.insert(name) {
            env.terminal().say(match done.kind {
                FileSystemKind::InPlace => phrase!("destroy-on-in-place"),
                FileSystemKind::CopyOnWrite => phrase!("destroy-on-copy-on-write", name = name),
                FileSystemKind::Overlay => phrase!("destroy-on-overlay", name = name),
                FileSystemKind::Memory => phrase!("destroy-on-memory", name = name),
                FileSystemKind::Network => phrase!("destroy-on-network", name = name),
                FileSystemKind::Unknown => phrase!("destroy-on-unknown", name = name),
            });
        }
    }
}

fn attempt(plan: &Plan, copy: &Planned, mounts: &Mounts) -> Done {
    let path = from_disk(&copy.path);
    let mount = mounts.of(&path);
    let mut done = Done {
        file_system: mount.map_or_else(|| "unknown".to_owned(), |mount| mount.name.clone()),
        kind: mount.map_or(FileSystemKind::Unknown, platform::Mount::kind),
        method: None,
        refused: None,
    };
    if copy.fate != Fate::Destroy {
        return done;
    }
    match remove(&path, copy, plan.overwrite) {
        Ok(Removed::Yes(method)) => done.method = Some(method),
        // By the run that a crash ended, or by somebody else: the second look tells that it is gone.
        Ok(Removed::Gone) => done.method = Some(Method::Unlink),
        Ok(Removed::Changed) => done.refused = Some(phrase!("left-changed")),
        Err(error) => done.refused = Some(reason_of(&error)),
    }
    done
}

enum Removed {
    Yes(Method),
    /// Nothing has that name.
    Gone,
    /// Something else has it now.
    Changed,
}

fn remove(path: &Path, copy: &Planned, overwrite: bool) -> io::Result<Removed> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Removed::Gone),
        found => found?,
    };
    if copy.kind == CopyKind::Unfinished {
        remove_tree(path)?;
        return Ok(Removed::Yes(Method::Unlink));
    }
    let stamp = platform::stamp(&found);
    let is_same = stamp == copy.stamp || overwrite && was_overwritten(path, (stamp, copy.stamp));
    if !is_same || !found.is_file() || found.len() != copy.bytes {
        return Ok(Removed::Changed);
    }
    // Of a file with other names the bytes are those of the others too: nobody chose to destroy them.
    let is_overwritten = overwrite && copy.n_names == 1;
    if is_overwritten {
        overwrite_in_place(path, copy.bytes)?;
    }
    let info = info_of(path);
    fs::remove_file(path)?;
    if let Some(info) = info {
        fs::remove_file(info)?;
    }
    Ok(Removed::Yes(if is_overwritten {
        Method::OverwriteAndUnlink
    } else {
        Method::Unlink
    }))
}

/// Whether a run that a crash ended had begun to overwrite it: the same file, changed since, of zeros at its
/// beginning.
fn was_overwritten(path: &Path, (now, before): (Option<Stamp>, Option<Stamp>)) -> bool {
    let number = |stamp: Option<Stamp>| stamp.map(|[device, number, _]| (device, number));
    let mut start = vec![0xff; 64 * 1024];
    let read = File::open(path).and_then(|mut file| file.read(&mut start));
    let start = read.ok().and_then(|n_bytes| start.get(..n_bytes));
    let is_zeros = start.is_some_and(|start| start.iter().all(|byte| *byte == 0));
    number(now) == number(before) && number(now).is_some() && is_zeros
}

fn overwrite_in_place(path: &Path, bytes: u64) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = platform::no_follow(options.write(true)).open(path)?;
    let zeros = vec![0; ZEROS];
    let mut left = bytes;
    while left > 0 {
        let now = usize::try_from(left).map_or(ZEROS, |left| left.min(ZEROS));
        file.write_all(zeros.get(..now).unwrap_or_default())?;
        left -= now as u64;
    }
    file.sync_all()
}

/// Makes the removals durable, on every disk that had a copy.
fn sync(plan: &Plan) {
    let mut devices = BTreeSet::new();
    for copy in &plan.copies {
        let path = from_disk(&copy.path);
        let existing: Option<PathBuf> = path
            .ancestors()
            .skip(1)
            .find(|folder| folder.is_dir())
            .map(Path::to_owned);
        let is_new = devices.insert(copy.stamp.map(|[device, ..]| device));
        if let (Some(folder), true) = (existing, is_new) {
            // What cannot be synced is still gone for whoever looks now; a crash would show at the next look.
            let _ = File::open(folder).and_then(|folder| platform::sync_filesystem(&folder));
        }
    }
}

/// What became of the secrets of the keyring.
pub(super) struct Keys {
    /// Transfers whose slots were overwritten and read back.
    pub(super) erased: Vec<TransferId>,
    /// Transfers whose key stays, since what it opens is kept on a legal basis.
    pub(super) kept: Vec<TransferId>,
    /// Why a slot could not be erased.
    pub(super) refused: Vec<(TransferId, Phrase)>,
}

/// Overwrites what the slots hold. Of a transfer that this device also sent, what changes it stays.
pub(super) fn erase_keys(
    env: &Env,
    plan: &Plan,
    transfers: &mut [Transfer],
) -> Result<Keys, Failure> {
    let mut keys = Keys {
        erased: Vec::new(),
        kept: Vec::new(),
        refused: Vec::new(),
    };
    for transfer in transfers {
        let is_kept = |copy: &&Planned| {
            let is_sealed = copy.kind == CopyKind::Sealed && copy.transfer == transfer.id;
            is_sealed && matches!(copy.fate, Fate::Retain(_))
        };
        if plan.copies.iter().any(|copy| is_kept(&copy)) {
            keys.kept.push(transfer.id);
            continue;
        }
        let fields: &[Field] = if transfer.is_sent() {
            &[Field::FileKey, Field::GrantKey]
        } else {
            &Field::ALL
        };
        transfer.received()?.forget()?;
        match transfer.erase(fields) {
            Ok(()) => keys.erased.push(transfer.id),
            Err(failure) => {
                env.terminal().report(&failure);
                let reason = failure.causes().into_iter().next();
                let reason = reason.unwrap_or_else(|| failure.what().clone());
                keys.refused.push((transfer.id, reason));
            }
        }
    }
    Ok(keys)
}
