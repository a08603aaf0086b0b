//! A grant and what it opens: parts fetched, opened, compared with the signed manifest, put in place.
//!
//! Promises: no byte is handed on before it authenticated; every byte of a tar that is not a file's
//! is compared with what the manifest demands; at the end every file has the signed digest.

use std::collections::HashSet;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use quitus_core::archive::{EntryPath, Layout, Segment};
use quitus_core::cipher::{self, FileHeader, Identity, PayloadKey, SecretKey, Slab};
use quitus_core::digest::{Blake3, Sha256};
use quitus_core::header;
use quitus_core::keys::{PublicKey, Secret};
use quitus_core::link::Link;
use quitus_core::manifest::{Binding, Manifest, ManifestEntry};
use quitus_core::parts::{PartIndex, PartPlan, sealed_digest};
use quitus_core::protocol::{MANIFEST_BYTES_MAX, TERMS_BYTES_MAX};
use quitus_core::split::{
    Halves, LinkSecret, OpeningKey, Purpose, Share, opening_key, share_commitment,
};
use quitus_core::terms::{Reader, Terms};
use quitus_core::text::from_base64url_vec;
use quitus_core::tree::{Piece, PieceHasher};
use zeroize::Zeroizing;

use crate::client::Client;
use crate::disk::Landing;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::terminal::Terminal;
use crate::workers::{Work, part_slab};

mod password;

pub use password::Password;

/// The names under which the entries of a manifest are laid out, in its order.
pub struct Names(Vec<EntryPath>);

impl Names {
    /// Takes one name an entry.
    pub fn new(names: Vec<EntryPath>) -> Self {
        Self(names)
    }

    /// One name an entry.
    pub fn paths(&self) -> &[EntryPath] {
        &self.0
    }

    /// The first part of every path, if it is the same for all.
    pub fn single_top(&self) -> Option<&str> {
        let tops: HashSet<&str> = self.0.iter().map(EntryPath::top).collect();
        let mut tops = tops.into_iter();
        tops.next().filter(|_| tops.next().is_none())
    }
}

/// The right to download one transfer, and everything verified that it gave.
pub struct Grant<'a> {
    client: &'a Client<'a>,
    link: &'a Link,
    key: &'a Secret<32>,
    plan: PartPlan,
    header: Vec<u8>,
    opening: OpeningKey,
    payload: PayloadKey,
    /// The manifest, verified and of this transfer.
    pub manifest: Manifest,
    /// SHA-256 of its JSON.
    pub manifest_digest: Sha256,
    /// The manifest with its signature, as it was opened.
    pub signed_manifest: Zeroizing<Vec<u8>>,
}

impl<'a> Grant<'a> {
    /// Claims, opens manifest, terms and header, and checks that they are of one transfer.
    pub fn claim(
        client: &'a Client<'a>,
        link: &'a Link,
        grant_key: &'a Secret<32>,
        password: &Password<'_>,
    ) -> Result<Self, Failure> {
        let (granted, password) = password.claim(client, link, grant_key)?;
        let share: Share = granted.share.parse().map_err(not_as_signed)?;
        let plan = PartPlan::new(granted.archive_bytes).map_err(not_as_signed)?;
        let header =
            from_base64url_vec(&granted.header, header::HEADER_BYTES_MAX).map_err(not_as_signed)?;
        let halves = Halves {
            link: secret_of(link)?,
            share: &share,
            password: password.as_ref(),
        };
        let opening = opening_key(&link.id, &halves, Purpose::Sealed);
        let payload = open_header(&header, &opening)?;

        let document_key = opening_key(&link.id, &halves, Purpose::Manifest);
        let sealed = client.manifest(&link.id, grant_key)?;
        let signed_manifest = open_document(&document_key, &sealed, MANIFEST_BYTES_MAX)?;
        let (manifest, sender, manifest_digest) =
            Manifest::verify(&signed_manifest).map_err(not_as_signed)?;
        let binding = Binding {
            id: link.id,
            relay: link.origin.clone(),
            share_commitment: share_commitment(&link.id, &share),
            archive_bytes: granted.archive_bytes,
        };
        manifest.check_binding(&binding).map_err(not_as_signed)?;
        let terms = from_base64url_vec(&granted.terms, TERMS_BYTES_MAX).map_err(not_as_signed)?;
        check_terms(
            &open_document(&document_key, &terms, TERMS_BYTES_MAX)?,
            manifest_digest,
            &sender,
        )?;
        Ok(Self {
            client,
            link,
            key: grant_key,
            plan,
            header,
            opening,
            payload,
            manifest,
            manifest_digest,
            signed_manifest,
        })
    }

    /// Lays the files out in a hidden folder beside `destination`.
    pub fn lay_out(&self, env: &Env, destination: &Path, names: &Names) -> Result<(), Failure> {
        let landing = Landing::new(destination, &self.link.id)?;
        match self.fill(env, &landing, names) {
            Ok(()) => Ok(()),
            Err(failure) => {
                landing.discard();
                Err(failure)
            }
        }
    }

    fn fill(&self, env: &Env, landing: &Landing, names: &Names) -> Result<(), Failure> {
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
        self.fetch(env, &work, |part, slab| {
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

    /// Keeps the transfer sealed: `sealed.age` and `identity.txt`, which stock `age -d -i` opens.
    pub fn keep_sealed(&self, env: &Env, destination: &Path) -> Result<(), Failure> {
        let landing = Landing::new(destination, &self.link.id)?;
        match self.fill_sealed(env, &landing) {
            Ok(()) => Ok(()),
            Err(failure) => {
                landing.discard();
                Err(failure)
            }
        }
    }

    fn fill_sealed(&self, env: &Env, landing: &Landing) -> Result<(), Failure> {
        let name = |name: &str| EntryPath::try_from(name.to_owned()).expect("a plain name");
        let (sealed_name, identity_name) = (name("sealed.age"), name("identity.txt"));
        let sealed = landing.open(&sealed_name)?;
        landing.write(&sealed_name, &sealed, &[&self.header], 0)?;
        let work = Work::new(&self.plan, 0);
        self.fetch_sealed(env, &work, |part, slab| {
            let position = self.header.len() as u64 + self.sealed_start(part);
            landing.write(&sealed_name, &sealed, &[slab.sealed()], position)?;
            work.sealed(part, Blake3::of(slab.sealed()));
            Ok(())
        })?;
        let digest = sealed_digest(
            &self.plan,
            &Blake3::of(&self.header),
            &work.into_results().1,
        );
        if digest != self.manifest.sealed_digest {
            return Err(integrity());
        }
        let identity = landing.open(&identity_name)?;
        let text = SecretKey::from_scalar(self.opening.expose()).expose_text();
        landing.write(&identity_name, &identity, &[text.as_bytes(), b"\n"], 0)?;
        landing.sync()
    }

    /// Writes the archive, in order, as it authenticates.
    ///
    /// # Errors
    ///
    /// Exit 6 also when the end does not verify: what was written is authentic, but not all.
    pub fn stream(&self, terminal: &Terminal, output: &mut dyn Write) -> Result<(), Failure> {
        let layout = self.manifest.layout().map_err(not_as_signed)?;
        let work = Work::new(&self.plan, self.manifest.entries.len());
        let progress = terminal.progress(
            phrase!("progress-receiving"),
            Some(self.plan.archive_bytes()),
        );
        let mut slab = part_slab(&self.plan);
        for part in self.plan.indices() {
            self.fetch_part(part, &mut slab)?;
            self.open_part(part, &mut slab)?;
            self.put_files(part, &slab, &layout, &work, &|_, _, _| Ok(()))?;
            for slice in slab.plain_slices(0..slab.plain_len()) {
                output.write_all(slice).map_err(Failure::output)?;
            }
            progress.add(slab.plain_len() as u64);
        }
        output.flush().map_err(Failure::output)?;
        self.check_digests(work.into_results().0)
    }

    /// Fetches and opens every part, several at once.
    fn fetch(
        &self,
        env: &Env,
        work: &Work,
        put: impl Fn(PartIndex, &Slab) -> Result<(), Failure> + Sync,
    ) -> Result<(), Failure> {
        self.fetch_sealed(env, work, |part, slab| {
            self.open_part(part, slab)?;
            put(part, slab)
        })
    }

    fn fetch_sealed(
        &self,
        env: &Env,
        work: &Work,
        put: impl Fn(PartIndex, &mut Slab) -> Result<(), Failure> + Sync,
    ) -> Result<(), Failure> {
        let total = Some(self.plan.archive_bytes());
        let progress = env
            .terminal()
            .progress(phrase!("progress-receiving"), total);
        work.run(env.workers(), &self.plan, |part, slab| {
            self.fetch_part(part, slab)?;
            put(part, slab)?;
            let range = self.plan.range(part);
            progress.add(range.end - range.start);
            Ok(())
        })
    }

    fn fetch_part(&self, part: PartIndex, slab: &mut Slab) -> Result<(), Failure> {
        let sealed_bytes =
            usize::try_from(self.plan.sealed_bytes(part)).map_err(Failure::unexpected)?;
        self.client
            .part(&self.link.id, part, self.key, slab, sealed_bytes)
    }

    fn open_part(&self, part: PartIndex, slab: &mut Slab) -> Result<(), Failure> {
        let first_chunk = self.plan.first_chunk(part);
        self.payload
            .open(slab, first_chunk, self.plan.is_last(part))
            .map_err(not_as_signed)
    }

    /// Compares the archive's own bytes, hashes and hands on those of files.
    fn put_files(
        &self,
        part: PartIndex,
        slab: &Slab,
        layout: &Layout<'_>,
        work: &Work,
        put: &FilePut<'_>,
    ) -> Result<(), Failure> {
        let mut position = 0;
        for segment in layout.segments(self.plan.range(part)) {
            match segment {
                Segment::Bytes(expected) => {
                    let end = position + expected.len();
                    if !is_equal(slab.plain_slices(position..end), &expected) {
                        return Err(integrity());
                    }
                    position = end;
                }
                Segment::File { entry, range } => {
                    let length =
                        usize::try_from(range.end - range.start).map_err(Failure::unexpected)?;
                    let slices: Vec<&[u8]> =
                        slab.plain_slices(position..position + length).collect();
                    work.absorb(entry, self.hash(entry, range.clone(), &slices));
                    put(entry, range, &slices)?;
                    position += length;
                }
            }
        }
        Ok(())
    }

    fn hash(&self, entry: usize, range: Range<u64>, slices: &[&[u8]]) -> Piece {
        let facts = self
            .manifest
            .entries
            .get(entry)
            .and_then(|entry| entry.file.as_ref());
        let mut hasher = PieceHasher::new(facts.map_or(0, |facts| facts.bytes), range);
        for slice in slices {
            hasher.update(slice);
        }
        hasher.finish()
    }

    fn check_digests(&self, pieces: Vec<Piece>) -> Result<(), Failure> {
        for (entry, piece) in self.manifest.entries.iter().zip(pieces) {
            if let Some(facts) = &entry.file {
                let digest = piece.join(facts.bytes).map_err(not_as_signed)?;
                if digest != facts.digest {
                    return Err(integrity());
                }
            }
        }
        Ok(())
    }

    /// Where a part begins in the payload.
    fn sealed_start(&self, part: PartIndex) -> u64 {
        u64::from(part.0) * self.plan.sealed_bytes(PartIndex(0))
    }
}

/// Whether slices are, one behind the other, what was expected.
fn is_equal<'a>(slices: impl Iterator<Item = &'a [u8]>, mut expected: &[u8]) -> bool {
    for slice in slices {
        let Some(rest) = expected.strip_prefix(slice) else {
            return false;
        };
        expected = rest;
    }
    expected.is_empty()
}

/// Takes a range of an entry's file.
type FilePut<'a> = dyn Fn(usize, Range<u64>, &[&[u8]]) -> Result<(), Failure> + 'a;

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

fn open_header(header: &[u8], opening: &OpeningKey) -> Result<PayloadKey, Failure> {
    header::check(header).map_err(not_as_signed)?;
    let header = FileHeader::read(&mut &*header).map_err(not_as_signed)?;
    let keys = header
        .open(&[Identity::from_scalar(opening.expose())])
        .map_err(not_as_signed)?;
    Ok(keys.payload_key())
}

fn open_document(
    key: &OpeningKey,
    sealed: &[u8],
    bytes_max: usize,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let opened = cipher::open_bytes(&[Identity::from_scalar(key.expose())], sealed, bytes_max);
    opened.map_err(not_as_signed)
}

fn check_terms(signed: &[u8], manifest: Sha256, sender: &PublicKey) -> Result<(), Failure> {
    Terms::verify(signed, manifest, sender, Reader::Link)
        .map(drop)
        .map_err(not_as_signed)
}

/// The secret of a link that holds one.
fn secret_of(link: &Link) -> Result<&LinkSecret, Failure> {
    let missing = || Failure::usage(phrase!("link-no-secret")).hint(phrase!("link-secret-hint"));
    link.secret.as_ref().ok_or_else(missing)
}

fn integrity() -> Failure {
    Failure::new(Kind::Integrity, phrase!("not-as-signed")).hint(phrase!("not-as-signed-hint"))
}

fn not_as_signed(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    integrity().because(error)
}
