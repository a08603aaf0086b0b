//! A transfer that this device sent, found again by the beginning of its id.

use std::path::Path;

use quitus_core::keys::SigningKey;
use quitus_core::transfer::TransferId;

use crate::client::Client;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;

/// Shortest beginning of an id that is looked for.
const PREFIX_CHARACTERS_MIN: usize = 4;

/// A transfer of this sender, and the relay to ask about it.
pub struct Sent<'a> {
    /// The transfer.
    pub id: TransferId,
    /// The relay it went through.
    pub client: Client<'a>,
    /// The request key, which owns it.
    pub key: SigningKey,
}

impl<'a> Sent<'a> {
    /// Finds the one transfer whose id begins so.
    ///
    /// # Errors
    ///
    /// Exit 2 when none or several do, or when this device did not send it.
    pub fn find(
        env: &'a Env,
        home: &Home,
        beginning: &str,
        ca_file: Option<&Path>,
    ) -> Result<Self, Failure> {
        let ledger = home.read_ledger()?;
        let id = find(&ledger.transfers(), beginning)?;
        match ledger.origin(&id) {
            Some((relay, true)) => Ok(Self {
                id,
                client: Client::new(env, relay.clone(), ca_file)?,
                key: home.request_key()?,
            }),
            Some((_, false)) | None => Err(Failure::usage(phrase!("not-sent-here"))),
        }
    }
}

/// Erases what this device still holds of a transfer that has ended: it can neither be claimed nor
/// changed any more.
///
/// # Errors
///
/// Exit 8 when it cannot be erased. What another process works on is left to it.
pub fn forget(home: &Home, id: TransferId) -> Result<(), Failure> {
    match home.transfer_if_free(id)? {
        Some(mut transfer) => transfer.erase_ended(),
        None => Ok(()),
    }
}

/// The one id that begins so.
///
/// # Errors
///
/// Exit 2 when none or several do.
pub fn find(known: &[TransferId], beginning: &str) -> Result<TransferId, Failure> {
    let fits = |id: &&TransferId| id.to_string().starts_with(beginning);
    let mut found = known.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(id), None) if beginning.len() >= PREFIX_CHARACTERS_MIN => Ok(*id),
        (Some(_), _) => Err(Failure::usage(phrase!("id-ambiguous", id = beginning))),
        (None, _) => {
            Err(Failure::usage(phrase!("id-unknown", id = beginning))
                .hint(phrase!("id-unknown-hint")))
        }
    }
}
