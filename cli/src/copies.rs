//! The copies of what was received that are on this device: where it was put, and wherever it is looked for.
//!
//! ```text
//! received   ~/in/brief/a.txt         where the ledger says, as the sender signed it
//! changed    ~/in/brief/b.txt         there, but edited since
//! elsewhere  ~/old/copy of a.txt      below a folder that is searched, by its content
//! beside     ~/in/brief/.a.txt.swp    sealed ~/in/sealed.age    trashed ~/.local/share/Trash/files/a.txt
//! ```
//!
//! Promises: reads only; looks at the places of the ledger, the folders it is given and the trash, nowhere
//! else; what it could not look at is told. It decides nothing: what becomes of a copy is the caller's.

mod beside;
mod measure;
mod places;
mod search;
mod trash;

pub use places::{folders_of, remove_empty};
pub use search::{LISTED_MAX, Unsearched};
pub use trash::info_of;

use std::collections::BTreeSet;
use std::path::PathBuf;

use quitus_core::copies::{CopyKind, FileId, Places, Wanted};
use quitus_core::digest::Blake3;
use quitus_core::manifest::Manifest;
use quitus_core::transfer::TransferId;

use beside::Neighbours;
use measure::Content;
use places::Expected;
use search::{Hit, Search, Searched, outermost};

use crate::env::Env;
use crate::phrase;

/// What this device knows of a transfer that it received.
pub struct Holding {
    /// The transfer.
    pub id: TransferId,
    /// Where it was put.
    pub places: Places,
    /// What it consists of; `None` when it never came whole.
    pub manifest: Option<Manifest>,
}

/// Where to look beside the places of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Where {
    /// Folders to search, with all below them.
    pub folders: Vec<PathBuf>,
    /// Also on file systems mounted below them.
    pub crosses: bool,
    /// The trash folders of this person; those on the disks of `folders` are looked for.
    pub trashes: Vec<PathBuf>,
}

/// Something on the disk that is a copy, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Where it is, without links.
    pub path: PathBuf,
    /// What it is.
    pub kind: CopyKind,
    /// The transfer it is of.
    pub transfer: TransferId,
    /// The entry of the manifest it is of; none for what is of the whole.
    pub entry: Option<usize>,
    /// Its length.
    pub bytes: u64,
    /// Its BLAKE3, where its content was compared.
    pub digest: Option<Blake3>,
    /// What it lies beside, or where it lay before it was thrown away.
    pub original: Option<PathBuf>,
}

/// What a look came to.
#[derive(Debug, Default)]
pub struct Look {
    /// The copies, in the order of their paths.
    pub copies: Vec<Copy>,
    /// Files that were received, as often as they were laid out.
    pub n_expected: usize,
    /// Of these, those of which nothing is in its place.
    pub n_missing: usize,
    /// Receptions that went to a pipe, a device or the screen.
    pub n_streamed: usize,
    /// What could not be looked at; the first [`LISTED_MAX`].
    pub unsearched: Vec<Unsearched>,
    /// How many could not.
    pub n_unsearched: usize,
    /// File systems mounted below a searched folder that were left out.
    pub left_out: Vec<PathBuf>,
    /// The folders that were searched, without links.
    pub searched: Vec<PathBuf>,
    /// The trash folders that were searched.
    pub trashes: Vec<PathBuf>,
    /// Files that were come past.
    pub n_files: u64,
    /// Folders that were looked into.
    pub n_folders: u64,
}

/// Looks for every copy of what the holdings list.
#[must_use]
pub fn look(env: &Env, holdings: &[Holding], place: &Where) -> Look {
    let mut wanted = Wanted::default();
    for manifest in holdings
        .iter()
        .filter_map(|holding| holding.manifest.as_ref())
    {
        wanted.add(manifest);
    }
    let mut all = Searched::default();
    let expected = Expected::of(holdings, &mut all);
    let folders = outermost(&place.folders);
    let on_disks_of = [folders.clone(), expected.folders()].concat();
    let trashes = trash::folders(&place.trashes, &on_disks_of);
    let thrown: Vec<PathBuf> = trashes.iter().map(|trash| trash::files(trash)).collect();
    let progress = env.terminal().counter(phrase!("progress-searching"));
    let search = Search {
        wanted: &wanted,
        crosses: place.crosses,
        progress: &progress,
    };
    let roots = outermost(&[folders.clone(), thrown.clone()].concat());
    all.absorb(search.run(env.workers(), &roots));
    let mut copies = expected.look(env.workers(), &wanted, &mut all);
    let n_found = copies.len();
    let hits = std::mem::take(&mut all.hits).into_iter();
    let is_thrown = |hit: &Hit| thrown.iter().any(|files| hit.path.starts_with(files));
    copies.extend(
        hits.filter(|hit| !expected.has(&hit.path))
            .map(|hit| copy_of(is_thrown(&hit), hit)),
    );
    copies.extend(expected.thrown_away(&trashes));
    copies.extend(places::unfinished(holdings));
    copies.extend(kept_beside(&expected, &copies));
    Look {
        copies: in_order(copies),
        n_expected: expected.len(),
        n_missing: expected.len().saturating_sub(n_found),
        n_streamed: holdings.iter().map(|one| one.places.n_streamed).sum(),
        unsearched: all.unsearched,
        n_unsearched: all.n_unsearched,
        left_out: all.left_out,
        searched: folders,
        trashes,
        n_files: all.n_files,
        n_folders: all.n_folders,
    }
}

/// By path, each once: what was found first says what it is.
fn in_order(mut copies: Vec<Copy>) -> Vec<Copy> {
    let mut seen = BTreeSet::new();
    copies.retain(|copy| seen.insert(copy.path.clone()));
    copies.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    copies
}

fn copy_of(is_thrown: bool, hit: Hit) -> Copy {
    let (kind, transfer, entry, digest) = match hit.content {
        Content::Sealed(transfer) => (CopyKind::Sealed, transfer, None, None),
        Content::Plain(FileId { transfer, entry }, digest) => {
            let kind = if is_thrown {
                CopyKind::Trashed
            } else {
                CopyKind::Elsewhere
            };
            (kind, transfer, Some(entry), Some(digest))
        }
    };
    Copy {
        path: hit.path,
        kind,
        transfer,
        entry,
        bytes: hit.bytes,
        digest,
        original: None,
    }
}

/// What programs left beside the places of received files, and beside copies of them.
fn kept_beside(expected: &Expected, copies: &[Copy]) -> Vec<Copy> {
    let mut neighbours = Neighbours::default();
    expected.paths().for_each(|path| neighbours.add(path));
    for copy in copies.iter().filter(|copy| copy.entry.is_some()) {
        neighbours.add(&copy.path);
    }
    let of = |original: &PathBuf| {
        let copy = copies.iter().find(|copy| copy.path == *original);
        let copy = copy.and_then(|copy| Some((copy.transfer, copy.entry?)));
        copy.or_else(|| expected.file(original))
    };
    let beside = neighbours.look().into_iter();
    beside
        .filter_map(|beside| {
            let (transfer, entry) = of(&beside.original)?;
            Some(Copy {
                path: beside.path,
                kind: CopyKind::Beside,
                transfer,
                entry: Some(entry),
                bytes: beside.bytes,
                digest: None,
                original: Some(beside.original),
            })
        })
        .collect()
}
