//! What a recipient states once everything is in place: that it verified what it received.
//!
//! Promises: it is stated of what a contact sent to this person by key, and of nothing else; a crash before or
//! behind it makes one statement, not two: its nonce follows from the grant key, which nobody else has.

use quitus_core::digest::Sha256;
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
        let (scope, role) = match &manifest.engagement {
            Some(id) => (Scope::Engagement(*id), self.role()?),
            None => (Scope::Transfer(manifest.id), Role::Recipient),
        };
        let subject = vec![Subject::transfer(manifest.id, manifest.sealed_digest)];
        let mut draft = Draft::new(
            scope,
            subject,
            role,
            Facts::Accepted(accepted(manifest, digest)),
        );
        draft.observed.push(Observation {
            at: self.env.now(),
            code: "manifest.verified".to_owned(),
            what: "every byte and every BLAKE3 of the files that the sender signed, before any got its name"
                .to_owned(),
            result: "equal".to_owned(),
        });
        Ok(draft)
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
