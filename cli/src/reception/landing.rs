//! How what a grant opens lands on the disk, and how it goes on where a run before this one ended.
//!
//! Promises: what such a run left counts only after it was read and hashed again, as if it had come
//! just now.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use quitus_core::archive::{EntryPath, Layout, Segment};
use quitus_core::cipher::{SecretKey, Slab};
use quitus_core::copies::{IDENTITY_NAME, SEALED_NAME};
use quitus_core::digest::Blake3;
use quitus_core::manifest::ManifestEntry;
use quitus_core::parts::{PartIndex, sealed_digest};
use quitus_core::tree::Piece;

use super::{Grant, Names, Source, integrity, not_as_signed};
use crate::disk::Landing;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Received;
use crate::platform;
use crate::workers::Work;

impl Grant<'_> {
    /// Lays the files out in a hidden folder beside `destination`, going on where a run before this one
    /// was interrupted.
    ///
    /// # Errors
    ///
    /// Exit 6 when anything is not as it was signed, 8 when it cannot be written; then nothing is left.
    /// After exit 7 the next run goes on with the parts that came.
    pub fn lay_out(
        &self,
        env: &Env,
        (destination, received): (&Path, &mut Received),
        names: &Names,
    ) -> Result<(), Failure> {
        self.land(destination, received, &|landing, received| {
            self.fill(env, landing, names, received)
        })
    }

    /// Keeps the transfer sealed: `sealed.age` and, unless its key is left to the keyring, `identity.txt`,
    /// with which stock `age -d -i` opens it. Every part is opened in memory all the same: what is kept is
    /// what was signed, inside and out.
    ///
    /// # Errors
    ///
    /// As [`Grant::lay_out`].
    pub fn keep_sealed(
        &self,
        env: &Env,
        (destination, received): (&Path, &mut Received),
        with_identity: bool,
    ) -> Result<(), Failure> {
        self.land(destination, received, &|landing, received| {
            self.fill_sealed(env, landing, received)?;
            if with_identity {
                self.write_identity(landing)?;
            }
            landing.sync()
        })
    }

    fn land(
        &self,
        destination: &Path,
        received: &mut Received,
        fill: &dyn Fn(&Landing, &Received) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let id = &self.id;
        let kept = if received.is_empty() {
            None
        } else {
            Landing::resume(destination, id)?
        };
        let is_resumed = kept.is_some();
        let landing = if let Some(landing) = kept {
            landing
        } else {
            received.forget()?;
            Landing::new(destination, id)?
        };
        match fill(&landing, received) {
            Err(failure) if failure.kind() == Kind::Temporary && received.is_noted() => {
                Err(failure)
            }
            // What lay there is not what a run before this one wrote: everything is fetched anew.
            Err(failure) if failure.kind() == Kind::Integrity && is_resumed => {
                landing.discard();
                received.forget()?;
                self.land(destination, received, fill)
            }
            outcome => {
                received.forget()?;
                outcome.inspect_err(|_| landing.discard())
            }
        }
    }

    fn fill(
        &self,
        env: &Env,
        landing: &Landing,
        names: &Names,
        received: &Received,
    ) -> Result<(), Failure> {
        let entries = || names.paths().iter().zip(&self.manifest.entries);
        for (name, entry) in entries() {
            match &entry.file {
                None => landing.make_folder(name)?,
                Some(file) if file.bytes == 0 => drop(landing.open(name)?),
                Some(_) => {}
            }
        }
        let layout = self.manifest.layout().map_err(not_as_signed)?;
        let work = Work::new(&self.plan, self.manifest.entries.len());
        let kept = Kept {
            received,
            check: &|part, _| {
                let open =
                    |entry| landing.open_kept(names.paths().get(entry).expect("one name an entry"));
                self.rehash(part, &layout, &work, &open).is_ok()
            },
        };
        self.fetch(env, (&work, &kept), |part, slab| {
            self.put_files(part, slab, &layout, &work, &|entry, range, slices| {
                let name = names.paths().get(entry).expect("one name an entry");
                let facts = self
                    .manifest
                    .entries
                    .get(entry)
                    .expect("the layout's entries");
                write_file(landing, name, facts, range, slices)
            })
        })?;
        let (pieces, _) = work.into_results();
        let settled: Vec<bool> = pieces.iter().map(Piece::is_whole).collect();
        self.check_digests(pieces)?;
        for ((name, entry), _) in entries().zip(settled).rev().filter(|(_, settled)| !settled) {
            settle(landing, name, entry)?;
        }
        landing.sync()
    }

    fn fill_sealed(
        &self,
        env: &Env,
        landing: &Landing,
        received: &Received,
    ) -> Result<(), Failure> {
        let sealed_name = plain_name(SEALED_NAME);
        let sealed = landing.open(&sealed_name)?;
        landing.write(&sealed_name, &sealed, &[&self.header], 0)?;
        let layout = self.manifest.layout().map_err(not_as_signed)?;
        let work = Work::new(&self.plan, self.manifest.entries.len());
        let kept = Kept {
            received,
            check: &|part, slab| {
                let file = landing.open_kept(&sealed_name);
                let read = file.and_then(|file| self.read_part(part, slab, &file));
                read.is_ok() && self.look_into(part, slab, &layout, &work).is_ok()
            },
        };
        self.fetch_sealed(env, (&work, &kept), |part, slab| {
            let position = self.position(part);
            landing.write(&sealed_name, &sealed, &[slab.sealed()], position)?;
            self.look_into(part, slab, &layout, &work)
        })?;
        let (pieces, parts) = work.into_results();
        self.check_digests(pieces)?;
        let digest = sealed_digest(&self.plan, &Blake3::of(&self.header), &parts);
        if digest == self.manifest.sealed_digest {
            Ok(())
        } else {
            Err(integrity())
        }
    }

    /// Hashes a sealed part, opens it, and compares and hashes what is in it.
    fn look_into(
        &self,
        part: PartIndex,
        slab: &mut Slab,
        layout: &Layout<'_>,
        work: &Work,
    ) -> Result<(), Failure> {
        work.sealed(part, Blake3::of(slab.sealed()));
        self.open_part(part, slab)?;
        self.put_files(part, slab, layout, work, &|_, _, _| Ok(()))
    }

    fn write_identity(&self, landing: &Landing) -> Result<(), Failure> {
        let Source::Relay { opening, .. } = &self.source else {
            return Ok(());
        };
        let name = plain_name(IDENTITY_NAME);
        let text = SecretKey::from_scalar(opening.expose()).expose_text();
        let identity = landing.open(&name)?;
        landing.write(&name, &identity, &[text.as_bytes(), b"\n"], 0)
    }

    /// Hashes what a run before this one wrote of a part.
    fn rehash(
        &self,
        part: PartIndex,
        layout: &Layout<'_>,
        work: &Work,
        open: &dyn Fn(usize) -> io::Result<File>,
    ) -> io::Result<()> {
        let mut pieces = Vec::new();
        for segment in layout.segments(self.plan.range(part)) {
            if let Segment::File { entry, range } = segment {
                let length = range.end - range.start;
                let bytes = read_at(&open(entry)?, range.start, length)?;
                pieces.push((entry, self.hash(entry, range, &[&bytes])));
            }
        }
        // Only now, so that a part of which something is missing counts once, when it was fetched.
        for (entry, piece) in pieces {
            work.absorb(entry, piece);
        }
        Ok(())
    }
}

fn plain_name(name: &str) -> EntryPath {
    EntryPath::try_from(name.to_owned()).expect("a plain name")
}

/// What a run before this one brought.
pub(super) struct Kept<'a> {
    pub(super) received: &'a Received,
    /// Reads and hashes a part where it lies; whether it could be.
    check: &'a (dyn Fn(PartIndex, &mut Slab) -> bool + Sync),
}

impl Kept<'_> {
    /// Whether a part need not be fetched. What cannot be read is fetched.
    pub(super) fn is_there(&self, part: PartIndex, slab: &mut Slab) -> bool {
        self.received.has(part) && (self.check)(part, slab)
    }
}

fn read_at(file: &File, position: u64, length: u64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    platform::read_exact_at(file, &mut bytes, position)?;
    Ok(bytes)
}

fn write_file(
    landing: &Landing,
    name: &EntryPath,
    entry: &ManifestEntry,
    range: Range<u64>,
    slices: &[&[u8]],
) -> Result<(), Failure> {
    if is_whole(entry, &range) {
        let file = landing.create(name, entry.mode)?;
        landing.write(name, &file, slices, range.start)?;
        landing.date(name, &file, entry.mtime)
    } else {
        landing.write(name, &landing.open(name)?, slices, range.start)
    }
}

/// Gives a folder, or a file that came in several pieces or is empty, its permissions and time.
fn settle(landing: &Landing, name: &EntryPath, entry: &ManifestEntry) -> Result<(), Failure> {
    match entry.file {
        None => landing.settle_folder(name, entry.mode, entry.mtime),
        Some(_) => landing.settle(name, &landing.open(name)?, entry.mode, entry.mtime),
    }
}

fn is_whole(entry: &ManifestEntry, range: &Range<u64>) -> bool {
    entry
        .file
        .as_ref()
        .is_some_and(|file| *range == (0..file.bytes))
}
