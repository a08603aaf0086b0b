//! What other commands need of who this person is.

use std::path::Path;

use quitus_core::card::Card;
use quitus_core::cipher::Identity;
use quitus_core::keys::SigningKey;

use super::Home;
use crate::env::Env;
use crate::failure::Failure;
use crate::phrase;
use crate::secrets::read_identities;

impl Home {
    /// Whether this person can open what is sealed for it by key.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.identity_path().exists()
    }

    /// What opens what is sealed for this person, by its card or by its SSH key alone; the passphrase of
    /// the identity is on the first line of the file that was named, or asked for.
    ///
    /// # Errors
    ///
    /// As [`read_identities`] and [`Home::own_ssh_key`].
    pub fn identities(
        &self,
        env: &Env,
        passphrase_file: Option<&Path>,
    ) -> Result<Vec<Identity>, Failure> {
        let mut identities = read_identities(env, &self.identity_path(), passphrase_file)?;
        if let Some(key) = self.own_ssh_key()? {
            identities.push(Identity::from_ssh(&key).map_err(Failure::unexpected)?);
        }
        Ok(identities)
    }

    /// The keys by which a sender may have named this person at a relay: the request key of its card,
    /// then the SSH key, for whoever knows only that.
    ///
    /// # Errors
    ///
    /// As [`Home::request_key`] and [`Home::own_ssh_key`].
    pub fn listed_keys(&self) -> Result<Vec<SigningKey>, Failure> {
        let mut keys = vec![self.request_key()?];
        keys.extend(self.own_ssh_key()?);
        Ok(keys)
    }

    /// This person's card.
    ///
    /// # Errors
    ///
    /// Exit 2 before `quitus init`; as [`Home::card`].
    pub fn own_card(&self) -> Result<Card, Failure> {
        let no_card = || Failure::usage(phrase!("no-card")).hint(phrase!("no-card-hint"));
        self.card()?.ok_or_else(no_card)
    }

    /// For whom to seal what this person shall be able to open; nobody before `quitus init`.
    ///
    /// # Errors
    ///
    /// As [`Home::card`].
    pub fn own_recipients(&self) -> Result<Vec<String>, Failure> {
        let card = self.card()?;
        Ok(card.map_or_else(Vec::new, |card| card.recipients().to_vec()))
    }
}
