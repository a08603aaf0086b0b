//! What other commands need of who this person is.

use std::path::Path;

use quitus_core::card::Card;
use quitus_core::cipher::Identity;

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

    /// What opens what is sealed for this person; its passphrase is on the first line of the file that
    /// was named, or asked for.
    ///
    /// # Errors
    ///
    /// As [`read_identities`].
    pub fn identities(
        &self,
        env: &Env,
        passphrase_file: Option<&Path>,
    ) -> Result<Vec<Identity>, Failure> {
        read_identities(env, &self.identity_path(), passphrase_file)
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
