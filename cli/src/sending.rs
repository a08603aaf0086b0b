//! One sending, begun or gone on with: what is sealed, under which secrets, through which relay.
//!
//! Promises: secrets and the record of the upload are durable before anything that depends on them
//! leaves; a sending that was interrupted goes on under the same key only if no part that may have
//! left would be sealed from other bytes. Otherwise it is [`Stale`], and the caller begins anew.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard};

use quitus_core::archive::{Layout, LayoutError};
use quitus_core::cipher::{self, FileKey, PayloadKey, Recipient, SecretKey, Slab, StreamKeys};
use quitus_core::digest::{Blake3, Sha256};
use quitus_core::keyring::{Field, Slot};
use quitus_core::keys::{Secret, SigningKey};
use quitus_core::ledger::{Fact, Step};
use quitus_core::link::Link;
use quitus_core::manifest::{Binding, FileFacts, Manifest, ManifestEntry};
use quitus_core::parts::{NONCE_BYTES, PartIndex, PartPlan, sealed_digest};
use quitus_core::protocol::{Complete, Create, Status, StatusPhase};
use quitus_core::split::{
    self, Halves, LinkSecret, Purpose, Share, claim_credential, opening_key, share_commitment,
};
use quitus_core::terms::Terms;
use quitus_core::text::{base64url, from_base64url_vec};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use quitus_core::tree::Piece;
use quitus_core::upload::{Beginning, Duty, Row, Stale, Upload};

use crate::client::Client;
use crate::disk::{Selection, Source};
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::filling;
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::workers::Work;

/// Bytes of a file's salt.
const SALT_BYTES: usize = 16;
/// Salts drawn at once: a call of the system for each would take as long as hashing a small file.
const SALTS_DRAWN: usize = 256;

/// What the person asked for, as far as it outlives the command.
pub struct Order {
    /// The files and folders that were named, as absolute paths.
    pub sources: Vec<String>,
    /// How long the transfer shall live, in seconds.
    pub expiry_seconds: u64,
    /// Downloads allowed.
    pub downloads: u32,
}

/// A sending on its way.
pub struct Sending<'a> {
    env: &'a Env,
    client: &'a Client<'a>,
    selection: &'a Selection,
    key: SigningKey,
    /// The transfer as this device knows it.
    pub transfer: Transfer,
    layout: Layout<'a>,
    plan: PartPlan,
    header: Vec<u8>,
    secrets: Secrets,
    downloads: u32,
    expiry_seconds: u64,
    upload: Mutex<Upload>,
    stale: Mutex<Option<Stale>>,
    /// Begun by this process: the relay cannot hold anything of it yet.
    is_new: bool,
    /// The digest of header and parts, once the manifest is made.
    sealed_digest: Option<Sha256>,
}

/// The secrets that a sending needs until the relay has everything.
struct Secrets {
    link: LinkSecret,
    share: Share,
    upload_token: Secret<32>,
    file_key: FileKey,
    terms_recipient: Recipient,
}

impl<'a> Sending<'a> {
    /// Draws the secrets and keeps them, with the record of an upload that has not begun.
    ///
    /// # Errors
    ///
    /// Exit 9 for an archive that is too long, 8 when nothing can be kept.
    pub fn begin(
        env: &'a Env,
        home: &Home,
        client: &'a Client<'a>,
        selection: &'a Selection,
        (order, password): (Order, Option<&str>),
    ) -> Result<Self, Failure> {
        let id = TransferId::from_bytes(*draw::<16>()?.expose());
        let (link, share) = (draw::<32>()?, draw::<32>()?);
        let stretched = password.map(|password| split::stretch_password(&id, &link, password));
        let halves = Halves {
            link: &link,
            share: &share,
            password: stretched.as_ref(),
        };
        let sealed_key =
            SecretKey::from_scalar(opening_key(&id, &halves, Purpose::Sealed).expose());
        let terms_key =
            SecretKey::from_scalar(opening_key(&id, &halves, Purpose::Manifest).expose());
        let (header, keys) =
            cipher::new_header(&[sealed_key.recipient()]).map_err(Failure::unexpected)?;
        let verifier = stretched.map(|key| split::password_verifier(&id, &link, &key));

        let mut transfer = home.transfer(id)?;
        // First, so that a crash leaves no secret that nothing leads to.
        let Order {
            sources,
            expiry_seconds,
            downloads,
        } = order;
        let relay = client.origin().clone();
        transfer.append(
            env.now(),
            Fact::SendBegun {
                relay,
                sources,
                expiry_seconds,
                downloads,
            },
        )?;
        transfer.keep(&Slot {
            link: Some(link),
            share: Some(share),
            upload_token: Some(draw()?),
            grant_key: None,
            file_key: Some(Secret::from_bytes(*keys.file_key.expose())),
            terms_recipient: Some(Secret::from_bytes(terms_key.public_bytes())),
        })?;
        let beginning = Beginning {
            header: base64url(&header),
            shape: shape(selection),
            verifier_digest: verifier.map(|verifier| Sha256::of(&[verifier.expose()])),
        };
        transfer.begin_upload(&Upload::begin(beginning).1)?;
        let opened = Self::open(env, home, client, selection, transfer)?;
        let mut sending = opened.map_err(|_| incomplete())?;
        sending.is_new = true;
        Ok(sending)
    }

    /// Opens a sending as it was kept, a moment or a month ago; gives the transfer back where a crash
    /// came before its secrets and its record were kept: then nothing ever left.
    ///
    /// # Errors
    ///
    /// Exit 8 when what was kept cannot be read.
    pub fn open(
        env: &'a Env,
        home: &Home,
        client: &'a Client<'a>,
        selection: &'a Selection,
        mut transfer: Transfer,
    ) -> Result<Result<Self, Transfer>, Failure> {
        let entries = selection.sources.iter().map(Source::entry).collect();
        let layout = Layout::new(selection.form, entries).map_err(|error| too_long(&error))?;
        let plan = PartPlan::new(layout.archive_bytes()).map_err(|error| {
            Failure::new(Kind::Policy, phrase!("too-long-to-send")).because(error)
        })?;
        let (Some(upload), Some(secrets)) = (transfer.upload()?, Secrets::of(transfer.slot()?))
        else {
            return Ok(Err(transfer));
        };
        let header = from_base64url_vec(
            &upload.beginning().header,
            quitus_core::header::HEADER_BYTES_MAX,
        )
        .map_err(|error| incomplete().because(error))?;
        let (expiry_seconds, downloads) = transfer
            .facts()
            .find_map(|fact| {
                if let Fact::SendBegun {
                    expiry_seconds,
                    downloads,
                    ..
                } = fact
                {
                    Some((*expiry_seconds, *downloads))
                } else {
                    None
                }
            })
            .ok_or_else(incomplete)?;
        let stale = upload.check_shape(shape(selection)).err();
        let (key, upload, stale) = (home.signing_key()?, Mutex::new(upload), Mutex::new(stale));
        Ok(Ok(Self {
            env,
            client,
            selection,
            key,
            transfer,
            layout,
            plan,
            header,
            secrets,
            downloads,
            expiry_seconds,
            upload,
            stale,
            is_new: false,
            sealed_digest: None,
        }))
    }

    /// Does one step; what happened is to be written down before the next.
    ///
    /// # Errors
    ///
    /// Exit 3 when a file changed meanwhile, 7 and others as the relay answers; see
    /// [`Sending::stale`] first.
    pub fn perform(&mut self, step: Step) -> Result<Fact, Failure> {
        match step {
            Step::Create => self.create(),
            Step::Upload => self.send_parts(),
            Step::Describe => self.describe(),
            Step::Complete => self.complete(),
            Step::Erase => self.erase(),
            Step::Fetch | Step::Place | Step::Tell => Err(incomplete()),
        }
    }

    /// Why it cannot go on under the same key, if it cannot.
    pub fn stale(&self) -> Option<Stale> {
        // Once everything is at the relay, the sources no longer matter.
        let is_uploaded = !matches!(self.transfer.next_step(), Some(Step::Create | Step::Upload));
        let stale = *self.stale.lock().expect("storing a reason never panics");
        stale.filter(|_| !is_uploaded)
    }

    /// Gives it up: the relay shall forget it, and this device erases its secrets.
    ///
    /// # Errors
    ///
    /// Exit 8 when the secrets cannot be erased.
    pub fn abandon(self) -> Result<(), Failure> {
        // A relay that cannot be told forgets it by itself: it was never complete.
        drop(self.client.revoke(&self.transfer.id, &self.key));
        abandon(self.env, self.transfer)
    }

    /// The link, once the relay has everything.
    pub fn link(&self) -> Link {
        let secret = Some(Secret::from_bytes(*self.secrets.link.expose()));
        Link {
            origin: self.client.origin().clone(),
            id: self.transfer.id,
            secret,
        }
    }

    fn create(&self) -> Result<Fact, Failure> {
        let id = self.transfer.id;
        let claim = claim_credential(&id, &self.secrets.link);
        let create = Create {
            recipients: Vec::new(),
            id,
            archive_bytes: self.plan.archive_bytes(),
            header: base64url(&self.header),
            share: base64url(self.secrets.share.expose()),
            claim_digest: Sha256::of(&[claim.expose()]),
            verifier_digest: self.upload().beginning().verifier_digest,
            upload_digest: Sha256::of(&[self.secrets.upload_token.expose()]),
            expiry_seconds: self.expiry_seconds,
            downloads: self.downloads,
        };
        let created = self.client.create(&self.key, &create)?;
        Ok(Fact::Created {
            expires_at: created.expires_at,
        })
    }

    /// Seals and uploads every part that the relay lacks; then signs what was sent.
    fn send_parts(&mut self) -> Result<Fact, Failure> {
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
        self.sealed_digest = Some(manifest.sealed_digest);
        let (signed, digest) = manifest.sign(&self.key);
        self.transfer.keep_manifest(&signed)?;
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
        let token = &self.secrets.upload_token;
        self.client
            .put_part(&self.transfer.id, part, token, (slab.sealed(), &sealed))
    }

    fn manifest(&self, pieces: Vec<Piece>) -> Result<Manifest, Failure> {
        let entries = self.manifest_entries(pieces)?;
        let id = self.transfer.id;
        let binding = Binding {
            id,
            relay: self.client.origin().clone(),
            share_commitment: share_commitment(&id, &self.secrets.share),
            archive_bytes: self.plan.archive_bytes(),
        };
        let upload = self.upload();
        let parts: Vec<Blake3> = self
            .plan
            .indices()
            .filter_map(|part| upload.sealed(part))
            .collect();
        let sealed = sealed_digest(&self.plan, &Blake3::of(&self.header), &parts);
        let sender = self.key.public().fingerprint();
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

    /// Sealing it again gives other bytes, so one that the relay has already is as good.
    fn describe(&self) -> Result<Fact, Failure> {
        let sealed = self.seal_document(&self.transfer.manifest()?)?;
        let put = self
            .client
            .put_manifest(&self.transfer.id, &self.key, &sealed);
        self.unless_done(put, |status| status.has_manifest)?;
        Ok(Fact::Described)
    }

    /// The digest of header and parts as the manifest has it, which was just made or is read again after
    /// an interruption: the sources, and with them the plan, may have changed since.
    fn described_digest(&self) -> Result<Sha256, Failure> {
        if let Some(sealed) = self.sealed_digest {
            return Ok(sealed);
        }
        let kept = self.transfer.manifest()?;
        let (manifest, _, _) = Manifest::verify(&kept).map_err(Failure::unexpected)?;
        Ok(manifest.sealed_digest)
    }

    fn complete(&self) -> Result<Fact, Failure> {
        let (expires_at, digest) = self.agreed()?;
        let terms = Terms::new(digest, 1, Vec::new(), (expires_at, self.downloads)).sign(&self.key);
        let complete = Complete {
            sealed_digest: self.described_digest()?,
            terms: base64url(&self.seal_document(&terms)?),
        };
        let completed = self
            .client
            .complete(&self.transfer.id, &self.key, &complete);
        self.unless_done(completed, |status| status.phase != StatusPhase::Uploading)?;
        Ok(Fact::Sent)
    }

    /// A conflict is none where the relay did what was asked before a crash, and says so.
    fn unless_done(
        &self,
        outcome: Result<(), Failure>,
        is_done: impl FnOnce(&Status) -> bool,
    ) -> Result<(), Failure> {
        match outcome {
            Err(failure) if failure.kind() == Kind::Unexpected => {
                let status = self.client.status(&self.transfer.id, &self.key)?;
                if is_done(&status) {
                    Ok(())
                } else {
                    Err(failure)
                }
            }
            outcome => outcome,
        }
    }

    /// The sender needs no key any more: the relay has the share, the link has the rest.
    fn erase(&mut self) -> Result<Fact, Failure> {
        self.transfer
            .erase(&[Field::Share, Field::UploadToken, Field::FileKey])?;
        self.transfer.end_upload()?;
        Ok(Fact::Erased)
    }

    /// What the relay said of the expiry, and the digest of the manifest that was kept.
    fn agreed(&self) -> Result<(Timestamp, Sha256), Failure> {
        let expiry = self.transfer.facts().find_map(|fact| {
            if let Fact::Created { expires_at } = fact {
                Some(*expires_at)
            } else {
                None
            }
        });
        let digest = self.transfer.facts().find_map(|fact| {
            if let Fact::Uploaded { manifest } = fact {
                Some(*manifest)
            } else {
                None
            }
        });
        expiry.zip(digest).ok_or_else(incomplete)
    }

    fn payload_key(&self) -> Result<PayloadKey, Failure> {
        let nonce: [u8; NONCE_BYTES] = *self.header.last_chunk().ok_or_else(incomplete)?;
        let file_key = FileKey::take(&mut { *self.secrets.file_key.expose() });
        Ok(StreamKeys { file_key, nonce }.payload_key())
    }

    fn seal_document(&self, document: &[u8]) -> Result<Vec<u8>, Failure> {
        let recipient = std::slice::from_ref(&self.secrets.terms_recipient);
        cipher::seal_bytes(recipient, document).map_err(Failure::unexpected)
    }

    fn upload(&self) -> MutexGuard<'_, Upload> {
        self.upload.lock().expect("a record of rows never panics")
    }

    fn found_stale(&self, stale: Stale) -> Failure {
        *self.stale.lock().expect("storing a reason never panics") = Some(stale);
        Failure::new(Kind::Partly, phrase!("sending-stale")).because(stale)
    }
}

/// Erases what this device holds of a sending that is given up.
///
/// # Errors
///
/// Exit 8 when it cannot be erased.
pub fn abandon(env: &Env, mut transfer: Transfer) -> Result<(), Failure> {
    transfer.erase_all()?;
    transfer.end_upload()?;
    transfer.append(env.now(), Fact::Abandoned)
}

impl Secrets {
    /// What a slot must hold for a sending; the share, the token and the file key are gone once the
    /// relay has everything, and are then not asked for.
    fn of(slot: Slot) -> Option<Self> {
        let gone = || Secret::from_bytes([0; 32]);
        let mut file_key = slot.file_key.map_or([0; 16], |key| *key.expose());
        Some(Self {
            link: slot.link?,
            share: slot.share.unwrap_or_else(gone),
            upload_token: slot.upload_token.unwrap_or_else(gone),
            file_key: FileKey::take(&mut file_key),
            terms_recipient: Recipient::from_public_bytes(slot.terms_recipient?.expose()),
        })
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

/// A digest of everything about the entries that the layout depends on, and of their times.
fn shape(selection: &Selection) -> Sha256 {
    let mut lines = String::new();
    for source in &selection.sources {
        let (mode, mtime, path) = (source.mode, source.mtime, &source.path);
        let written = writeln!(lines, "{:?} {mode:o} {mtime} {path}", source.file_bytes);
        written.expect("a text takes whatever is written");
    }
    Sha256::of(&[lines.as_bytes()])
}

fn draw<const N: usize>() -> Result<Secret<N>, Failure> {
    Secret::draw().map_err(Failure::unexpected)
}

fn incomplete() -> Failure {
    Failure::new(Kind::LocalIo, phrase!("ledger-incomplete"))
}

fn too_long(error: &LayoutError) -> Failure {
    Failure::new(Kind::Policy, phrase!("too-long-to-send")).because(error.clone())
}
