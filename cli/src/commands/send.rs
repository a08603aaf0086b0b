//! `quitus send PATH...`: files become an archive, sealed parts, a transfer, a link.

use std::path::PathBuf;

use quitus_core::archive::{Layout, Segment};
use quitus_core::cipher::{self, PayloadKey, SecretKey, Slab};
use quitus_core::digest::{Blake3, Sha256};
use quitus_core::keyring::{Field, Slot};
use quitus_core::keys::{Secret, SigningKey};
use quitus_core::ledger::{Fact, Step};
use quitus_core::link::Link;
use quitus_core::manifest::{Binding, FileFacts, Manifest, ManifestEntry};
use quitus_core::origin::{Origin, OriginError};
use quitus_core::parts::{PartIndex, PartPlan, sealed_digest};
use quitus_core::protocol::{Complete, Create};
use quitus_core::split::{
    Halves, LinkSecret, Purpose, Share, claim_credential, opening_key, share_commitment,
};
use quitus_core::terms::Terms;
use quitus_core::text::base64url;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use quitus_core::tree::{Piece, PieceHasher};

use crate::args::SendArgs;
use crate::client::Client;
use crate::disk::{Selection, Source};
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::workers::Work;

/// Sends what was named and prints the link.
///
/// # Errors
///
/// Exit 8 when something cannot be read, 3 when something was skipped or changed meanwhile, 7 and
/// others as the relay answers. Without a link nothing was handed over.
pub fn run(env: &Env, args: &SendArgs) -> Result<(), Failure> {
    let origin = relay(env, args)?;
    let selection = Selection::new(&args.paths)?;
    tell_selection(env, &selection);
    let home = Home::open(env)?;
    let client = Client::new(env, origin, args.ca_file.as_deref())?;
    let mut sending = Sending::begin(env, &home, &client, &selection, args)?;
    while let Some(step) = sending.transfer.next_step() {
        let fact = sending.perform(step)?;
        sending.transfer.append(env.now(), fact)?;
    }
    env.terminal().event(
        "sent",
        serde_json::json!({ "transfer": sending.transfer.id }),
    );
    env.terminal().result_line(&sending.link().to_text())?;
    if selection.skipped.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(
            Kind::Partly,
            phrase!("sent-partly", n = selection.skipped.len()),
        ))
    }
}

fn relay(env: &Env, args: &SendArgs) -> Result<Origin, Failure> {
    let address = env.relay(args.relay.as_deref());
    address
        .trim_end_matches('/')
        .parse()
        .map_err(|error: OriginError| {
            Failure::usage(phrase!("relay-address", relay = address)).because(error)
        })
}

fn tell_selection(env: &Env, selection: &Selection) {
    let terminal = env.terminal();
    for skipped in &selection.skipped {
        terminal.warn(phrase!(
            "skipped",
            path = &skipped.path,
            reason = skipped.reason.clone()
        ));
    }
    let n_unportable = selection.unportable();
    if n_unportable > 0 {
        terminal.warn(phrase!("unportable-names", n = n_unportable));
    }
    let (files, bytes) = (selection.n_files(), selection.file_bytes());
    terminal.say(phrase!("sending", files = files, bytes = bytes));
}

/// One sending: what it seals, with which secrets, through which relay.
struct Sending<'a> {
    env: &'a Env,
    client: &'a Client<'a>,
    selection: &'a Selection,
    key: SigningKey,
    transfer: Transfer,
    layout: Layout<'a>,
    plan: PartPlan,
    header: Vec<u8>,
    payload: PayloadKey,
    secrets: Secrets,
    terms: (u64, u32),
}

struct Secrets {
    link: LinkSecret,
    share: Share,
    upload_token: Secret<32>,
}

impl<'a> Sending<'a> {
    /// Draws the secrets and keeps them, before anything leaves this device.
    fn begin(
        env: &'a Env,
        home: &Home,
        client: &'a Client<'a>,
        selection: &'a Selection,
        args: &SendArgs,
    ) -> Result<Self, Failure> {
        let key = home.signing_key()?;
        let entries = selection.sources.iter().map(Source::entry).collect();
        let layout = Layout::new(selection.form, entries).map_err(too_long)?;
        let plan = PartPlan::new(layout.archive_bytes()).map_err(too_long)?;
        let id = TransferId::from_bytes(*Secret::draw().map_err(Failure::unexpected)?.expose());
        let secrets = Secrets::draw()?;
        let recipient = opening_recipient(&id, &secrets, Purpose::Sealed);
        let (header, keys) = cipher::new_header(&[recipient]).map_err(Failure::unexpected)?;
        let now = env.now();
        let expiry_seconds = args.expires.moment(now).since(now).as_secs();
        let downloads = args.downloads.get();

        let mut transfer = home.transfer(id)?;
        transfer.keep(&secrets.slot(keys.file_key.expose()))?;
        let relay = client.origin().clone();
        let sources = args.paths.iter().map(|path| absolute(path)).collect();
        transfer.append(
            now,
            Fact::SendBegun {
                relay,
                sources,
                expiry_seconds,
                downloads,
            },
        )?;
        let payload = keys.payload_key();
        let terms = (expiry_seconds, downloads);
        Ok(Self {
            env,
            client,
            selection,
            key,
            transfer,
            layout,
            plan,
            header,
            payload,
            secrets,
            terms,
        })
    }

    fn perform(&mut self, step: Step) -> Result<Fact, Failure> {
        match step {
            Step::Create => self.create(),
            Step::Upload => self.upload(),
            Step::Describe => self.describe(),
            Step::Complete => self.complete(),
            Step::Erase => self.erase(),
            Step::Fetch | Step::Place | Step::Tell => unreachable!("a sending has no such step"),
        }
    }

    fn create(&self) -> Result<Fact, Failure> {
        let id = self.transfer.id;
        let claim = claim_credential(&id, &self.secrets.link);
        let (expiry_seconds, downloads) = self.terms;
        let create = Create {
            id,
            archive_bytes: self.plan.archive_bytes(),
            header: base64url(&self.header),
            share: base64url(self.secrets.share.expose()),
            claim_digest: Sha256::of(&[claim.expose()]),
            upload_digest: Sha256::of(&[self.secrets.upload_token.expose()]),
            expiry_seconds,
            downloads,
        };
        let created = self.client.create(&self.key, &create)?;
        Ok(Fact::Created {
            expires_at: created.expires_at,
        })
    }

    /// Seals and uploads every part, several at once; then signs what was sent.
    fn upload(&self) -> Result<Fact, Failure> {
        let total = Some(self.plan.archive_bytes());
        let progress = self
            .env
            .terminal()
            .progress(phrase!("progress-sending"), total);
        let work = Work::new(&self.plan, self.selection.sources.len());
        work.run(self.env.workers(), &self.plan, |part, slab| {
            self.send_part(part, slab, &work)?;
            let range = self.plan.range(part);
            progress.add(range.end - range.start);
            Ok(())
        })?;
        progress.finish();
        let (signed, digest) = self.manifest(work)?.sign(&self.key);
        self.transfer.keep_manifest(&signed)?;
        Ok(Fact::Uploaded { manifest: digest })
    }

    fn send_part(&self, part: PartIndex, slab: &mut Slab, work: &Work) -> Result<(), Failure> {
        slab.clear();
        for segment in self.layout.segments(self.plan.range(part)) {
            match segment {
                Segment::Bytes(bytes) => slab.append_bytes(&bytes),
                Segment::File { entry, range } => {
                    let source = self
                        .selection
                        .sources
                        .get(entry)
                        .expect("the layout's entries");
                    work.absorb(entry, append_file(slab, source, range)?);
                }
            }
        }
        let first_chunk = self.plan.first_chunk(part);
        self.payload
            .seal(slab, first_chunk, self.plan.is_last(part))
            .map_err(Failure::unexpected)?;
        let digest = Blake3::of(slab.sealed());
        let token = &self.secrets.upload_token;
        self.client
            .put_part(&self.transfer.id, part, token, (slab.sealed(), &digest))?;
        work.sealed(part, digest);
        Ok(())
    }

    fn manifest(&self, work: Work) -> Result<Manifest, Failure> {
        let (pieces, parts) = work.into_results();
        let entries: Result<Vec<_>, Failure> = self
            .selection
            .sources
            .iter()
            .zip(pieces)
            .map(|(source, piece)| manifest_entry(source, piece))
            .collect();
        let id = self.transfer.id;
        let binding = Binding {
            id,
            relay: self.client.origin().clone(),
            share_commitment: share_commitment(&id, &self.secrets.share),
            archive_bytes: self.plan.archive_bytes(),
        };
        let sealed = sealed_digest(&self.plan, &Blake3::of(&self.header), &parts);
        let sender = self.key.public().fingerprint();
        Ok(Manifest::new(
            binding,
            sender,
            sealed,
            (self.selection.form, entries?),
        ))
    }

    fn describe(&self) -> Result<Fact, Failure> {
        let sealed = self.seal_document(&self.transfer.manifest()?)?;
        self.client
            .put_manifest(&self.transfer.id, &self.key, &sealed)?;
        Ok(Fact::Described)
    }

    fn complete(&self) -> Result<Fact, Failure> {
        let (expires_at, digest) = self.agreed()?;
        let (manifest, _, _) =
            Manifest::verify(&self.transfer.manifest()?).map_err(Failure::unexpected)?;
        let terms = Terms::new(digest, expires_at, self.terms.1).sign(&self.key);
        let complete = Complete {
            sealed_digest: manifest.sealed_digest,
            terms: base64url(&self.seal_document(&terms)?),
        };
        self.client
            .complete(&self.transfer.id, &self.key, &complete)?;
        Ok(Fact::Sent)
    }

    /// The sender needs neither half of the key any more: the relay has the share, the link has the rest.
    fn erase(&mut self) -> Result<Fact, Failure> {
        self.transfer
            .erase(&[Field::Share, Field::UploadToken, Field::FileKey])?;
        Ok(Fact::Erased)
    }

    /// What the relay said of the expiry, and the digest of the manifest that was kept.
    fn agreed(&self) -> Result<(Timestamp, Sha256), Failure> {
        let mut expiry = None;
        let mut digest = None;
        for fact in self.transfer.facts() {
            match fact {
                Fact::Created { expires_at } => expiry = Some(*expires_at),
                Fact::Uploaded { manifest } => digest = Some(*manifest),
                _ => {}
            }
        }
        expiry
            .zip(digest)
            .ok_or_else(|| Failure::new(Kind::Unexpected, phrase!("ledger-incomplete")))
    }

    fn seal_document(&self, document: &[u8]) -> Result<Vec<u8>, Failure> {
        let recipient = opening_recipient(&self.transfer.id, &self.secrets, Purpose::Manifest);
        cipher::seal_bytes(&[recipient], document).map_err(Failure::unexpected)
    }

    fn link(&self) -> Link {
        let secret = Secret::from_bytes(*self.secrets.link.expose());
        Link {
            origin: self.client.origin().clone(),
            id: self.transfer.id,
            secret,
        }
    }
}

impl Secrets {
    fn draw() -> Result<Self, Failure> {
        Ok(Self {
            link: Secret::draw().map_err(Failure::unexpected)?,
            share: Secret::draw().map_err(Failure::unexpected)?,
            upload_token: Secret::draw().map_err(Failure::unexpected)?,
        })
    }

    fn halves(&self) -> Halves<'_> {
        Halves {
            link: &self.link,
            share: &self.share,
            password: None,
        }
    }

    fn slot(&self, file_key: &[u8; 16]) -> Slot {
        let copy = |secret: &Secret<32>| Some(Secret::from_bytes(*secret.expose()));
        Slot {
            link: copy(&self.link),
            share: copy(&self.share),
            upload_token: copy(&self.upload_token),
            grant_key: None,
            file_key: Some(Secret::from_bytes(*file_key)),
            terms_recipient: None,
        }
    }
}

/// Appends a range of a file, hashing it on the way.
fn append_file(
    slab: &mut Slab,
    source: &Source,
    range: std::ops::Range<u64>,
) -> Result<Piece, Failure> {
    let file = source.open()?;
    let mut hasher = PieceHasher::new(source.file_bytes.unwrap_or(0), range.clone());
    let mut position = range.start;
    let length = usize::try_from(range.end - range.start).map_err(Failure::unexpected)?;
    slab.append(length, |slice| {
        let end = position + slice.len() as u64;
        source.read(&file, position..end, slice)?;
        hasher.update(slice);
        position = end;
        Ok::<(), Failure>(())
    })?;
    source.check(&file)?;
    Ok(hasher.finish())
}

fn manifest_entry(source: &Source, piece: Piece) -> Result<ManifestEntry, Failure> {
    let file = match source.file_bytes {
        None => None,
        Some(bytes) => Some(FileFacts {
            bytes,
            digest: piece.join(bytes).map_err(Failure::unexpected)?,
            salt: *Secret::draw().map_err(Failure::unexpected)?.expose(),
        }),
    };
    Ok(ManifestEntry {
        path: source.path.clone(),
        mode: source.mode,
        mtime: source.mtime,
        file,
    })
}

fn opening_recipient(id: &TransferId, secrets: &Secrets, purpose: Purpose) -> cipher::Recipient {
    let scalar = opening_key(id, &secrets.halves(), purpose);
    SecretKey::from_scalar(scalar.expose()).recipient()
}

fn absolute(path: &PathBuf) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.clone())
        .to_string_lossy()
        .into_owned()
}

fn too_long(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::new(Kind::Policy, phrase!("too-long-to-send")).because(error)
}
