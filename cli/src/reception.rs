//! A grant and what it opens: parts fetched, opened, compared with the signed manifest, put in place.
//!
//! Promises: no byte is handed on before it authenticated; every byte of a tar that is not a file's
//! is compared with what the manifest demands; at the end every file has the signed digest.

mod landing;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use quitus_core::archive::{EntryPath, Layout, Segment};
use quitus_core::cipher::{self, FileHeader, FileKey, Identity, PayloadKey, Slab, StreamKeys};
use quitus_core::copies::SEALED_NAME;
use quitus_core::digest::Sha256;
use quitus_core::header;
use quitus_core::keys::Secret;
use quitus_core::link::Link;
use quitus_core::manifest::{Binding, Manifest};
use quitus_core::parts::{NONCE_BYTES, PartIndex, PartPlan};
use quitus_core::protocol::{Granted, MANIFEST_BYTES_MAX, TERMS_BYTES_MAX};
use quitus_core::split::{
    Halves, OpeningKey, PasswordKey, Purpose, Share, opening_key, share_commitment,
};
use quitus_core::terms::Terms;
use quitus_core::text::from_base64url_vec;
use quitus_core::tlog::VerifierKey;
use quitus_core::transfer::TransferId;
use quitus_core::tree::{Piece, PieceHasher};
use zeroize::Zeroizing;

use crate::claiming::Claimant;
use crate::client::Client;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform;
use crate::terminal::Terminal;
use crate::workers::{Work, part_slab};

use landing::Kept;

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

/// The right to download one transfer, or a sealed file that was kept of it; and everything verified that
/// it gave.
pub struct Grant<'a> {
    id: TransferId,
    source: Source<'a>,
    plan: PartPlan,
    header: Vec<u8>,
    keys: StreamKeys,
    payload: PayloadKey,
    /// The manifest, verified and of this transfer.
    pub manifest: Manifest,
    /// SHA-256 of its JSON.
    pub manifest_digest: Sha256,
    /// The manifest with its signature, as it was opened.
    pub signed_manifest: Zeroizing<Vec<u8>>,
}

/// Where sealed parts come from.
enum Source<'a> {
    /// The relay, by the grant key; what is opened with the opening key may be kept with it.
    Relay {
        client: &'a Client<'a>,
        key: &'a Secret<32>,
        opening: OpeningKey,
    },
    /// A sealed file.
    Kept(File),
}

impl<'a> Grant<'a> {
    /// Opens what a claim gave: manifest, terms and header, and checks that they are of one transfer, and
    /// that both parties keep one key for the relay's log.
    pub fn open(
        (client, link, log_key): (&'a Client<'a>, &'a Link, Option<VerifierKey>),
        grant_key: &'a Secret<32>,
        claimant: &Claimant,
        (granted, password): (&Granted, Option<&PasswordKey>),
    ) -> Result<Self, Failure> {
        let share: Share = granted.share.parse().map_err(not_as_signed)?;
        let plan = PartPlan::new(granted.archive_bytes).map_err(not_as_signed)?;
        let header =
            from_base64url_vec(&granted.header, header::HEADER_BYTES_MAX).map_err(not_as_signed)?;
        let halves = Halves {
            link: &claimant.secret,
            share: &share,
            password,
        };
        let opening = opening_key(&link.id, &halves, Purpose::Sealed);
        let keys = open_header(&header, &opening)?;
        let payload = keys.payload_key();

        let document_key = opening_key(&link.id, &halves, Purpose::Manifest);
        let sealed = client.manifest(&link.id, grant_key)?;
        let signed_manifest = open_document(&document_key, &sealed, MANIFEST_BYTES_MAX)?;
        let (manifest, sender, manifest_digest) =
            Manifest::verify(&signed_manifest).map_err(not_as_signed)?;
        let binding = Binding {
            id: link.id,
            relay: link.origin.clone(),
            log_key,
            share_commitment: share_commitment(&link.id, &share),
            archive_bytes: granted.archive_bytes,
            engagement: granted.engagement,
        };
        manifest.check_binding(&binding).map_err(not_as_signed)?;
        let terms = signed_terms(claimant, granted, &document_key)?;
        let (_, reader) = claimant.terms();
        Terms::verify(&terms, manifest_digest, &sender, reader).map_err(not_as_signed)?;
        let source = Source::Relay {
            client,
            key: grant_key,
            opening,
        };
        Ok(Self {
            id: link.id,
            source,
            plan,
            header,
            keys,
            payload,
            manifest,
            manifest_digest,
            signed_manifest,
        })
    }

    /// Opens a sealed file that was kept, with its key.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read, 6 when its length is not what was signed.
    pub fn of_kept(
        folder: &Path,
        (manifest, manifest_digest): (Manifest, Sha256),
        key: FileKey,
    ) -> Result<Self, Failure> {
        let path = folder.join(SEALED_NAME);
        let plan = PartPlan::new(manifest.archive_bytes).map_err(not_as_signed)?;
        let read = || -> io::Result<(File, Vec<u8>)> {
            let file = File::open(&path)?;
            let length = file.metadata()?.len().saturating_sub(plan.payload_bytes());
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let mut header = vec![0; length.min(header::HEADER_BYTES_MAX + NONCE_BYTES)];
            platform::read_exact_at(&file, &mut header, 0)?;
            Ok((file, header))
        };
        let (file, header) = read().map_err(|error| Failure::read(&path, error))?;
        let nonce = *header.last_chunk().ok_or_else(integrity)?;
        let keys = StreamKeys {
            file_key: key,
            nonce,
        };
        Ok(Self {
            id: manifest.id,
            source: Source::Kept(file),
            plan,
            header,
            payload: keys.payload_key(),
            keys,
            manifest,
            manifest_digest,
            signed_manifest: Zeroizing::new(Vec::new()),
        })
    }

    /// The key of the sealed file, to be kept in the keyring and nowhere else.
    pub fn file_key(&self) -> Secret<16> {
        Secret::from_bytes(*self.keys.file_key.expose())
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
        work: (&Work, &Kept<'_>),
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
        (work, kept): (&Work, &Kept<'_>),
        put: impl Fn(PartIndex, &mut Slab) -> Result<(), Failure> + Sync,
    ) -> Result<(), Failure> {
        let total = Some(self.plan.archive_bytes());
        let progress = env
            .terminal()
            .progress(phrase!("progress-receiving"), total);
        work.run(env.workers(), &self.plan, |part, slab| {
            if !kept.is_there(part, slab) {
                self.fetch_part(part, slab)?;
                put(part, slab)?;
            }
            // One part is not worth a file.
            if self.plan.n_parts() > 1 && !kept.received.has(part) {
                kept.received.note(part)?;
            }
            let range = self.plan.range(part);
            progress.add(range.end - range.start);
            Ok(())
        })
    }

    fn fetch_part(&self, part: PartIndex, slab: &mut Slab) -> Result<(), Failure> {
        match &self.source {
            Source::Relay { client, key, .. } => {
                let sealed_bytes =
                    usize::try_from(self.plan.sealed_bytes(part)).map_err(Failure::unexpected)?;
                client.part(&self.id, part, key, slab, sealed_bytes)
            }
            Source::Kept(file) => self.read_part(part, slab, file).map_err(|error| {
                Failure::io(phrase!("cannot-read-kept"), error)
                    .hint(phrase!("cannot-read-kept-hint"))
            }),
        }
    }

    /// Reads a part of a sealed file.
    fn read_part(&self, part: PartIndex, slab: &mut Slab, file: &File) -> io::Result<()> {
        let sealed_bytes =
            usize::try_from(self.plan.sealed_bytes(part)).map_err(io::Error::other)?;
        platform::read_exact_at(file, slab.sealed_mut(sealed_bytes), self.position(part))
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

    /// Where a part begins in the sealed file.
    fn position(&self, part: PartIndex) -> u64 {
        self.header.len() as u64 + u64::from(part.0) * self.plan.sealed_bytes(PartIndex(0))
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

fn open_header(header: &[u8], opening: &OpeningKey) -> Result<StreamKeys, Failure> {
    header::check(header).map_err(not_as_signed)?;
    let header = FileHeader::read(&mut &*header).map_err(not_as_signed)?;
    header
        .open(&[Identity::from_scalar(opening.expose())])
        .map_err(not_as_signed)
}

fn open_document(
    key: &OpeningKey,
    sealed: &[u8],
    bytes_max: usize,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let opened = cipher::open_bytes(&[Identity::from_scalar(key.expose())], sealed, bytes_max);
    opened.map_err(not_as_signed)
}

/// The terms: those of the envelope that was opened, or those beside the manifest.
fn signed_terms(
    claimant: &Claimant,
    granted: &Granted,
    key: &OpeningKey,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if let (Some(signed), _) = claimant.terms() {
        return Ok(Zeroizing::new(signed.to_vec()));
    }
    let sealed = from_base64url_vec(&granted.terms, TERMS_BYTES_MAX).map_err(not_as_signed)?;
    open_document(key, &sealed, TERMS_BYTES_MAX)
}

fn integrity() -> Failure {
    Failure::new(Kind::Integrity, phrase!("not-as-signed")).hint(phrase!("not-as-signed-hint"))
}

/// Says that something is not what its sender signed, and why.
pub fn not_as_signed(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    integrity().because(error)
}
