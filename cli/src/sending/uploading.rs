//! The parts of a sending, sealed and uploaded by several threads, and the manifest of what was sent.

use quitus_core::cipher::{FileKey, PayloadKey, Slab, StreamKeys};
use quitus_core::digest::Blake3;
use quitus_core::ledger::Fact;
use quitus_core::manifest::{Binding, FileFacts, Manifest, ManifestEntry};
use quitus_core::parts::{NONCE_BYTES, PartIndex, sealed_digest};
use quitus_core::split::share_commitment;
use quitus_core::tree::Piece;
use quitus_core::upload::{Duty, Row, Stale};

use super::{Described, Sending, draw, incomplete};
use crate::disk::Source;
use crate::failure::{Failure, Kind};
use crate::filling;
use crate::phrase;
use crate::workers::Work;

/// Bytes of a file's salt.
const SALT_BYTES: usize = 16;
/// Salts drawn at once: a call of the system for each would take as long as hashing a small file.
const SALTS_DRAWN: usize = 256;

impl Sending<'_> {
    /// Seals and uploads every part that the relay lacks; then signs what was sent.
    pub(super) fn send_parts(&mut self) -> Result<Fact, Failure> {
        if !self.is_new {
            self.note_held()?;
        }
        let payload = self.payload_key()?;
        let total = Some(self.plan.archive_bytes());
        let progress = self
            .env
            .terminal()
            .progress(phrase!("progress-sending"), total);
        let work = Work::new(&self.plan, self.selection.sources.len());
        work.run(self.env.workers(), &self.plan, |part, slab| {
            self.send_part(part, slab, &work, &payload)?;
            let range = self.plan.range(part);
            progress.add(range.end - range.start);
            Ok(())
        })?;
        progress.finish();
        let manifest = self.manifest(work.into_results().0)?;
        let (signed, digest) = manifest
            .sign(self.signer.as_ref())
            .map_err(Failure::unsigned)?;
        self.transfer.keep_manifest(&signed)?;
        self.described = Some(Described {
            sealed_digest: manifest.sealed_digest,
            signed,
        });
        Ok(Fact::Uploaded { manifest: digest })
    }

    /// Asks the relay what it holds.
    fn note_held(&self) -> Result<(), Failure> {
        let status = self.client.status(&self.transfer.id, &self.key)?;
        self.upload()
            .note_held(&status.parts)
            .map_err(|stale| self.found_stale(stale))
    }

    /// Reads, compares, seals and uploads one buffer; its row is durable before it leaves.
    fn send_part(
        &self,
        part: PartIndex,
        slab: &mut Slab,
        work: &Work,
        payload: &PayloadKey,
    ) -> Result<(), Failure> {
        let range = self.plan.range(part);
        let plain = filling::fill(slab, &self.layout, range, &self.selection.sources, work)?;
        let duty = self
            .upload()
            .check(part, plain)
            .map_err(|stale| self.found_stale(stale))?;
        if duty == Duty::Skip {
            return Ok(());
        }
        let (first_chunk, is_last) = (self.plan.first_chunk(part), self.plan.is_last(part));
        payload
            .seal(slab, first_chunk, is_last)
            .map_err(Failure::unexpected)?;
        let sealed = Blake3::of(slab.sealed());
        if duty == Duty::Seal {
            let line = self.upload().append(Row {
                part,
                plain,
                sealed,
            });
            self.transfer.append_upload(&line)?;
        }
        let keys = (&self.secrets.upload_token, &self.key);
        self.client
            .put_part(&self.transfer.id, part, keys, (slab.sealed(), &sealed))
    }

    fn manifest(&self, pieces: Vec<Piece>) -> Result<Manifest, Failure> {
        let entries = self.manifest_entries(pieces)?;
        let id = self.transfer.id;
        let binding = Binding {
            id,
            relay: self.client.origin().clone(),
            log_key: self.log_key.clone(),
            share_commitment: share_commitment(&id, &self.secrets.share),
            archive_bytes: self.plan.archive_bytes(),
            engagement: self.engagement,
        };
        let upload = self.upload();
        let parts: Vec<Blake3> = self
            .plan
            .indices()
            .filter_map(|part| upload.sealed(part))
            .collect();
        let sealed = sealed_digest(&self.plan, &Blake3::of(&self.header), &parts);
        let sender = self.signer.public().fingerprint();
        Ok(Manifest::new(
            binding,
            sender,
            sealed,
            (self.selection.form, entries),
        ))
    }

    fn manifest_entries(&self, pieces: Vec<Piece>) -> Result<Vec<ManifestEntry>, Failure> {
        let mut pieces = pieces.into_iter();
        let mut entries = Vec::with_capacity(pieces.len());
        for sources in self.selection.sources.chunks(SALTS_DRAWN) {
            let drawn = draw::<{ SALT_BYTES * SALTS_DRAWN }>()?;
            let (salts, _) = drawn.expose().as_chunks();
            for ((source, piece), salt) in sources.iter().zip(pieces.by_ref()).zip(salts) {
                entries.push(manifest_entry(source, piece, *salt)?);
            }
        }
        Ok(entries)
    }

    fn payload_key(&self) -> Result<PayloadKey, Failure> {
        let nonce: [u8; NONCE_BYTES] = *self.header.last_chunk().ok_or_else(incomplete)?;
        let file_key = FileKey::take(&mut { *self.secrets.file_key.expose() });
        Ok(StreamKeys { file_key, nonce }.payload_key())
    }

    fn found_stale(&self, stale: Stale) -> Failure {
        *self.stale.lock().expect("storing a reason never panics") = Some(stale);
        Failure::new(Kind::Partly, phrase!("sending-stale")).because(stale)
    }
}

fn manifest_entry(
    source: &Source,
    piece: Piece,
    salt: [u8; SALT_BYTES],
) -> Result<ManifestEntry, Failure> {
    let file = match source.file_bytes {
        None => None,
        Some(bytes) => Some(FileFacts {
            bytes,
            digest: piece.join(bytes).map_err(Failure::unexpected)?,
            salt,
        }),
    };
    let (path, mode, mtime) = (source.path.clone(), source.mode, source.mtime);
    Ok(ManifestEntry {
        path,
        mode,
        mtime,
        file,
    })
}
