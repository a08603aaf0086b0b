//! One sending, begun or gone on with: what is sealed, under which secrets, through which relay.
//!
//! Promises: secrets and the record of the upload are durable before anything that depends on them
//! leaves; a sending that was interrupted goes on under the same key only if no part that may have
//! left would be sealed from other bytes. Otherwise it is [`Stale`], and the caller begins anew.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard};

use quitus_core::archive::Layout;
use quitus_core::cipher;
use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::envelope::Envelope;
use quitus_core::keyring::Field;
use quitus_core::keys::{Secret, Signer, SigningKey};
use quitus_core::ledger::{Fact, Step};
use quitus_core::link::Link;
use quitus_core::manifest::Manifest;
use quitus_core::parts::PartPlan;
use quitus_core::protocol::{Complete, Create, Status, StatusPhase};
use quitus_core::split::claim_credential;
use quitus_core::terms::Terms;
use quitus_core::text::base64url;
use quitus_core::time::Timestamp;
use quitus_core::tlog::VerifierKey;
use quitus_core::upload::{Stale, Upload};

use crate::client::Client;
use crate::disk::Selection;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Transfer;
use crate::phrase;
use crate::recipients::Recipients;

mod beginning;
mod uploading;

pub use beginning::Order;

/// A sending on its way.
pub struct Sending<'a> {
    env: &'a Env,
    client: &'a Client<'a>,
    selection: &'a Selection,
    /// Signs requests, and owns the transfer.
    key: SigningKey,
    signer: Box<dyn Signer>,
    /// The transfer as this device knows it.
    pub transfer: Transfer,
    layout: Layout<'a>,
    plan: PartPlan,
    header: Vec<u8>,
    secrets: beginning::Secrets,
    downloads: u32,
    expiry_seconds: u64,
    engagement: Option<EngagementId>,
    recipients: Recipients,
    /// The key that this person keeps for the relay's log.
    log_key: Option<VerifierKey>,
    upload: Mutex<Upload>,
    stale: Mutex<Option<Stale>>,
    /// Begun by this process: the relay cannot hold anything of it yet.
    is_new: bool,
    /// The manifest, if this process made it.
    described: Option<Described>,
}

/// A manifest that was made and kept.
struct Described {
    /// The digest of header and parts.
    sealed_digest: Sha256,
    signed: Vec<u8>,
}

impl Sending<'_> {
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
            Step::EraseSent => erase(&mut self.transfer),
            Step::Fetch | Step::Place | Step::Tell | Step::EraseReceived => Err(incomplete()),
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
        let is_bearer = self.recipients.is_empty();
        let secret = is_bearer.then(|| Secret::from_bytes(*self.secrets.link.expose()));
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
            recipients: self.recipients.request_keys(),
            id,
            archive_bytes: self.plan.archive_bytes(),
            header: base64url(&self.header),
            share: base64url(self.secrets.share.expose()),
            claim_digest: Sha256::of(&[claim.expose()]),
            verifier_digest: self.upload().beginning().verifier_digest,
            upload_digest: Sha256::of(&[self.secrets.upload_token.expose()]),
            expiry_seconds: self.expiry_seconds,
            downloads: self.downloads,
            engagement: self.engagement,
        };
        let created = self.client.create(&self.key, &create)?;
        Ok(Fact::Created {
            expires_at: created.expires_at,
        })
    }

    /// Sealing it again gives other bytes, so one that the relay has already is as good.
    fn describe(&self) -> Result<Fact, Failure> {
        let signed = match &self.described {
            Some(described) => Cow::Borrowed(&described.signed),
            None => Cow::Owned(self.transfer.manifest()?),
        };
        let sealed = self.seal_document(&signed)?;
        let put = self
            .client
            .put_manifest(&self.transfer.id, &self.key, &sealed);
        self.unless_done(put, |status| status.has_manifest)?;
        Ok(Fact::Described)
    }

    /// The digest of header and parts as the manifest has it, which was just made or is read again after
    /// an interruption: the sources, and with them the plan, may have changed since.
    fn described_digest(&self) -> Result<Sha256, Failure> {
        if let Some(described) = &self.described {
            return Ok(described.sealed_digest);
        }
        let kept = self.transfer.manifest()?;
        let (manifest, _, _) = Manifest::verify(&kept).map_err(Failure::unexpected)?;
        Ok(manifest.sealed_digest)
    }

    fn complete(&self) -> Result<Fact, Failure> {
        let (expires_at, digest) = self.agreed()?;
        let (named, limits) = (self.recipients.signing_keys(), (expires_at, self.downloads));
        let terms = Terms::new(digest, 1, named, limits);
        let terms = terms
            .sign(self.signer.as_ref())
            .map_err(Failure::unsigned)?;
        let complete = Complete {
            sealed_digest: self.described_digest()?,
            terms: base64url(&self.seal_terms(terms)?),
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

    /// For whoever holds the link the terms lie beside the manifest; recipients get an envelope.
    fn seal_terms(&self, terms: Vec<u8>) -> Result<Vec<u8>, Failure> {
        if self.recipients.is_empty() {
            return self.seal_document(&terms);
        }
        let secret = Secret::from_bytes(*self.secrets.link.expose());
        self.recipients.seal(&Envelope { secret, terms })
    }

    fn seal_document(&self, document: &[u8]) -> Result<Vec<u8>, Failure> {
        let recipient = std::slice::from_ref(&self.secrets.terms_recipient);
        cipher::seal_bytes(recipient, document).map_err(Failure::unexpected)
    }

    /// Downloads it allows, how long it shall live in seconds, whether it asks for a password.
    pub fn limits(&self) -> (u32, u64, bool) {
        let has_password = self.upload().beginning().verifier_digest.is_some();
        (self.downloads, self.expiry_seconds, has_password)
    }

    fn upload(&self) -> MutexGuard<'_, Upload> {
        self.upload.lock().expect("a record of rows never panics")
    }
}

/// Erases what a sender needs no more: the relay has the share, the link has the rest.
///
/// # Errors
///
/// Exit 8 when it cannot be erased.
pub fn erase(transfer: &mut Transfer) -> Result<Fact, Failure> {
    transfer.erase(&[Field::Share, Field::UploadToken, Field::FileKey])?;
    transfer.end_upload()?;
    Ok(Fact::Erased)
}

/// Erases what this device holds of a sending that is given up.
///
/// # Errors
///
/// Exit 8 when it cannot be erased.
pub fn abandon(env: &Env, mut transfer: Transfer) -> Result<(), Failure> {
    transfer.erase_ended()?;
    transfer.end_upload()?;
    transfer.append(env.now(), Fact::Abandoned)
}

fn draw<const N: usize>() -> Result<Secret<N>, Failure> {
    Secret::draw().map_err(Failure::unexpected)
}

fn incomplete() -> Failure {
    Failure::new(Kind::LocalIo, phrase!("ledger-incomplete"))
}
