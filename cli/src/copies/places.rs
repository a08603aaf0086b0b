//! The places of the ledger: what should lie there, and what does.
//!
//! Promises: a link in the place of a file is not followed, and is told; a folder that is one on the way
//! is, since that is how the place was named when it was received.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use quitus_core::copies::{CopyKind, IDENTITY_NAME, SEALED_NAME, Wanted, files};
use quitus_core::digest::Blake3;
use quitus_core::transfer::TransferId;

use super::measure::{Content, Measure};
use super::search::Searched;
use super::{Copy, Holding, trash};
use crate::phrase;
use crate::workers::spread;

/// Files that one thread measures with one buffer.
const RUN_LENGTH: usize = 64;
/// What an identity begins with (C2SP age.md, "Native X25519 recipients").
const IDENTITY_START: &[u8] = b"AGE-SECRET-KEY-";

/// What should lie in a place.
struct Item {
    transfer: TransferId,
    what: What,
}

enum What {
    /// A file of the manifest: its entry, length and digest.
    File(usize, u64, Blake3),
    Sealed,
    Identity,
}

/// Everything the ledger says was put somewhere, by its path without links.
#[derive(Default)]
pub(super) struct Expected(BTreeMap<PathBuf, Item>);

impl Expected {
    /// Works the places out. A place that cannot be told is added to what could not be searched.
    pub(super) fn of(holdings: &[Holding], searched: &mut Searched) -> Self {
        let mut expected = Self::default();
        let mut resolver = Resolver::default();
        let mut add = |path: &Path, item: Item| {
            if path.to_string_lossy().contains('\u{fffd}') && fs::symlink_metadata(path).is_err() {
                // The ledger has text alone: the name it was received under had other bytes.
                return searched.leave(path.to_owned(), phrase!("unsearched-name"));
            }
            match resolver.resolve(path) {
                Ok(path) => drop(expected.0.insert(path, item)),
                Err(error) if is_absent(&error) => {
                    expected.0.insert(path.to_owned(), item);
                }
                Err(error) => searched.failed(path.to_owned(), &error),
            }
        };
        for holding in holdings {
            let transfer = holding.id;
            let with_identity = &holding.places.sealed;
            for folder in with_identity.iter().chain(&holding.places.kept) {
                let what = What::Sealed;
                add(
                    &Path::new(folder).join(SEALED_NAME),
                    Item { transfer, what },
                );
            }
            for folder in with_identity {
                let what = What::Identity;
                add(
                    &Path::new(folder).join(IDENTITY_NAME),
                    Item { transfer, what },
                );
            }
            let Some(manifest) = &holding.manifest else {
                continue;
            };
            for laid in &holding.places.laid {
                let paths = laid.paths(manifest);
                for (entry, file) in files(manifest) {
                    if let Some(Some(path)) = paths.get(entry) {
                        let what = What::File(entry, file.bytes, file.digest);
                        add(Path::new(path), Item { transfer, what });
                    }
                }
            }
        }
        expected
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }

    /// The paths of files of manifests.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let files = self.0.iter();
        files
            .filter(|(_, item)| matches!(item.what, What::File(..)))
            .map(|(path, _)| path.as_path())
    }

    /// The folders in which anything should lie, each once.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self
            .0
            .keys()
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect();
        folders.dedup();
        folders
    }

    /// The file of a manifest that should lie there.
    pub(super) fn file(&self, path: &Path) -> Option<(TransferId, usize)> {
        let item = self.0.get(path)?;
        if let What::File(entry, ..) = item.what {
            Some((item.transfer, entry))
        } else {
            None
        }
    }

    /// What lies in the places.
    pub(super) fn look(
        &self,
        cores: NonZeroUsize,
        wanted: &Wanted,
        searched: &mut Searched,
    ) -> Vec<Copy> {
        let items: Vec<(&PathBuf, &Item)> = self.0.iter().collect();
        let runs: Vec<&[(&PathBuf, &Item)]> = items.chunks(RUN_LENGTH).collect();
        let looked = spread(cores, &runs, |run| {
            let mut measure = Measure::new(wanted);
            let look = |(path, item): &(&PathBuf, &Item)| {
                let seen = lies_at(path, item, &mut measure);
                ((*path).clone(), seen)
            };
            run.iter().map(look).collect::<Vec<_>>()
        });
        let mut copies = Vec::new();
        for (path, seen) in looked.into_iter().flatten() {
            match seen {
                Ok(Seen::Copy(copy)) => copies.push(*copy),
                Ok(Seen::Nothing) => {}
                Ok(Seen::Link) => searched.leave(path, phrase!("unsearched-link")),
                Err(error) if is_absent(&error) => {}
                Err(error) => searched.failed(path, &error),
            }
        }
        copies
    }

    /// What lay in the places with another content, and was thrown away.
    pub(super) fn thrown_away(&self, trashes: &[PathBuf]) -> Vec<Copy> {
        let lain = trashes.iter().flat_map(|trash| trash::lain(trash, &self.0));
        lain.filter_map(|(path, original)| {
            let item = self.0.get(&original)?;
            let bytes = fs::symlink_metadata(&path).ok()?.len();
            let kind = match item.what {
                What::Identity => CopyKind::Identity,
                What::File(..) | What::Sealed => CopyKind::Changed,
            };
            Some(Copy {
                path,
                kind,
                transfer: item.transfer,
                entry: self.file(&original).map(|(_, entry)| entry),
                bytes,
                digest: None,
                original: Some(original),
            })
        })
        .collect()
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// What is in one place.
enum Seen {
    Nothing,
    Link,
    Copy(Box<Copy>),
}

fn lies_at(path: &Path, item: &Item, measure: &mut Measure<'_>) -> io::Result<Seen> {
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() {
        return Ok(Seen::Link);
    }
    if !found.is_file() {
        return Ok(Seen::Nothing);
    }
    let bytes = found.len();
    let (kind, entry, digest) = match item.what {
        What::File(entry, expected, wanted) => {
            let digest = measure.digest_of(path, bytes)?;
            let is_same = bytes == expected && digest == Some(wanted);
            let kind = if is_same {
                CopyKind::Received
            } else {
                CopyKind::Changed
            };
            (kind, Some(entry), digest)
        }
        What::Sealed => {
            let is_worth_it = measure.is_worth_reading(bytes);
            let content = if is_worth_it {
                measure.content(path, bytes)?
            } else {
                None
            };
            let kind = if matches!(content, Some(Content::Sealed(_))) {
                CopyKind::Sealed
            } else {
                CopyKind::Changed
            };
            (kind, None, None)
        }
        What::Identity => {
            let mut start = [0; IDENTITY_START.len()];
            let is_one = fs::File::open(path)?.read_exact(&mut start).is_ok();
            let kind = if is_one && start == *IDENTITY_START {
                CopyKind::Identity
            } else {
                CopyKind::Changed
            };
            (kind, None, None)
        }
    };
    Ok(Seen::Copy(Box::new(Copy {
        path: path.to_owned(),
        kind,
        transfer: item.transfer,
        entry,
        bytes,
        digest,
        original: None,
    })))
}

/// The folders that were made for what was received, each before those it lies in.
#[must_use]
pub fn folders_of(holdings: &[Holding]) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for Holding {
        places, manifest, ..
    } in holdings
    {
        folders.extend(places.sealed.iter().chain(&places.kept).map(PathBuf::from));
        for laid in &places.laid {
            folders.extend(laid.own.as_ref().map(PathBuf::from));
            let entries = manifest.iter().flat_map(|manifest| {
                let paths = laid.paths(manifest).into_iter();
                paths.zip(&manifest.entries)
            });
            let listed = entries.filter(|(_, entry)| entry.file.is_none());
            folders.extend(listed.filter_map(|(path, _)| path).map(PathBuf::from));
        }
    }
    folders.sort_unstable_by(|one, other| other.cmp(one));
    folders.dedup();
    folders
}

/// Removes those of the folders that are empty. A name is data too; what is not empty stays.
pub fn remove_empty(folders: &[PathBuf]) {
    for folder in folders {
        let is_link = fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink());
        if !is_link {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Hidden folders that interrupted receptions left.
pub(super) fn unfinished(holdings: &[Holding]) -> Vec<Copy> {
    let mut found = Vec::new();
    for holding in holdings {
        let ending = format!(".quitus-{}", holding.id.short());
        for parent in &holding.places.parents {
            for child in fs::read_dir(parent).into_iter().flatten().flatten() {
                let name = child.file_name();
                let name = name.to_string_lossy();
                let is_ours = name.starts_with('.') && name.ends_with(&ending);
                if is_ours && child.file_type().is_ok_and(|kind| kind.is_dir()) {
                    found.push(Copy {
                        path: fs::canonicalize(child.path()).unwrap_or_else(|_| child.path()),
                        kind: CopyKind::Unfinished,
                        transfer: holding.id,
                        entry: None,
                        bytes: 0,
                        digest: None,
                        original: None,
                    });
                }
            }
        }
    }
    found
}

/// Paths without links on the way; each folder is resolved once.
#[derive(Default)]
struct Resolver(HashMap<PathBuf, Result<PathBuf, io::ErrorKind>>);

impl Resolver {
    fn resolve(&mut self, path: &Path) -> io::Result<PathBuf> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let resolved = self
            .0
            .entry(parent.to_owned())
            .or_insert_with(|| fs::canonicalize(parent).map_err(|error| error.kind()));
        match resolved {
            Ok(parent) => Ok(parent.join(name)),
            Err(kind) => Err((*kind).into()),
        }
    }
}
