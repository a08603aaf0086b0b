//! What a recipient states once everything is in place: that it verified what it received.
//!
//! Promises: it is stated of what a contact sent to this person by key, and of nothing else; a crash before or
//! behind it makes one statement, not two: its nonce follows from the grant key, which nobody else has.

use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::invite::Role as Account;
use quitus_core::keys::Secret;
use quitus_core::manifest::Manifest;
use quitus_core::statement::{
    Accepted, Facts, Nonce, Observation, Role, SaltedFile, Scope, Subject,
};

use super::Receiving;
use crate::failure::Failure;
use crate::posting;
use crate::relays;
use crate::stating::{self, Draft};
use crate::witness;

/// Files that are listed; of more, the manifest's digest alone stands for them.
const FILES_MAX: usize = 2_000;

impl Receiving<'_> {
    /// States that everything was received and verified, and leaves that for the sender.
    pub(super) fn accept(&mut self) -> Result<(), Failure> {
        let slot = self.transfer.slot()?;
        let (None, Some(grant_key)) = (&self.link.secret, slot.grant_key) else {
            return Ok(());
        };
        let signed = self.transfer.manifest()?;
        let (manifest, sender, digest) = Manifest::verify(&signed).map_err(Failure::unexpected)?;
        let contacts = self.home.contacts()?;
        let Some(contact) = contacts.of_signing_key(&sender).cloned() else {
            return Ok(());
        };
        witness::visit(self.env, self.home, self.client)?;
        let mut draft = self.draft(&manifest, digest)?;
        draft.nonce = Some(nonce(&grant_key));
        let scope = draft.scope;
        let kept = stating::state(self.env, self.home, draft)?;
        posting::post(
            (self.env, self.home),
            self.client,
            (scope, &kept),
            &[contact],
        )
    }

    fn draft(&self, manifest: &Manifest, digest: Sha256) -> Result<Draft, Failure> {
        let returned = self.returned_in(manifest)?;
        let (scope, role) = match (returned, &manifest.engagement) {
            (Some(id), _) => (Scope::Engagement(id), Role::Client),
            (None, Some(id)) => (Scope::Engagement(*id), self.role()?),
            (None, None) => (Scope::Transfer(manifest.id), Role::Recipient),
        };
        let subject = vec![Subject::transfer(manifest.id, manifest.sealed_digest)];
        let mut accepted = accepted(manifest, digest);
        accepted.is_return = returned.is_some();
        let mut draft = Draft::new(scope, subject, role, Facts::Accepted(accepted));
        draft.observed.push(Observation {
            // A run after a crash may state it much later.
            at: self.transfer.fetched_at().unwrap_or(self.env.now()),
            code: "manifest.verified".to_owned(),
            what: "every byte and every BLAKE3 of the files that the sender signed, before any got its name"
                .to_owned(),
            result: "equal".to_owned(),
        });
        Ok(draft)
    }

    /// The engagement of this client in which a freelancer signed that it gives this back, also where it was
    /// sent outside, once the engagement had ended.
    fn returned_in(&self, manifest: &Manifest) -> Result<Option<EngagementId>, Failure> {
        for engagement in self.home.engagements()? {
            let is_other = manifest.engagement.is_some_and(|id| id != engagement.id);
            let is_here = engagement.rules().relay == self.link.origin;
            if is_other || !is_here || !engagement.is_client() {
                continue;
            }
            let scope = Scope::Engagement(engagement.id);
            let passphrase = self.demand.secrets.passphrase;
            posting::hear((self.env, self.home), self.client, &scope, passphrase)?;
            let is_it = |facts: &Facts| matches!(facts, Facts::Returned(facts) if facts.transfers.contains(&manifest.id));
            let statements = self.home.statements(&scope)?;
            let mut returned = statements.iter().filter(|kept| {
                is_it(&kept.verified.statement.predicate.facts)
                    && kept.verified.key.fingerprint() == manifest.sender
            });
            if returned.next().is_some() {
                return Ok(Some(engagement.id));
            }
        }
        Ok(None)
    }

    /// As what this person takes part in engagements of the relay.
    fn role(&self) -> Result<Role, Failure> {
        let relays = relays::joined(self.home)?;
        let relay = relays.iter().find(|relay| relay.origin == self.link.origin);
        Ok(match relay.map(|relay| relay.role) {
            Some(Account::Client) => Role::Client,
            Some(Account::Freelancer) | None => Role::Freelancer,
        })
    }
}

fn accepted(manifest: &Manifest, digest: Sha256) -> Accepted {
    let facts = manifest
        .entries
        .iter()
        .filter_map(|entry| entry.file.as_ref());
    let files: Vec<SaltedFile> = facts
        .map(|file| SaltedFile::new(file.bytes, &file.salt, &file.digest))
        .collect();
    Accepted {
        manifest: digest,
        sender: manifest.sender.clone(),
        n_files: files.len() as u64,
        bytes: files.iter().map(|file| file.bytes).sum(),
        files: if files.len() > FILES_MAX {
            Vec::new()
        } else {
            files
        },
        is_return: false,
    }
}

fn nonce(grant_key: &Secret<32>) -> Nonce {
    let digest = Sha256::of(&[b"quitus/accepted/v1\0", grant_key.expose()]);
    let start = digest.as_bytes().first_chunk();
    Nonce::from_bytes(*start.expect("a digest has more than 16 bytes"))
}
