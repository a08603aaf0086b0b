//! How a reception begins, or goes on under the grant it asked for before.
//!
//! Promises: the grant key is durable before it is used; what this device holds of the transfer already,
//! since it sent it or keeps it sealed, stays as it is.

use std::path::Path;

use quitus_core::keys::Secret;
use quitus_core::ledger::{Fact, Step, Wish};
use quitus_core::link::Link;

use super::still_sending;
use crate::disk::Landing;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::{Home, Transfer};
use crate::sending;

/// Goes on with a grant that was asked for before, or draws a key for a new one and keeps it.
pub(super) fn begin(
    env: &Env,
    home: &Home,
    link: &Link,
    wish: &Wish,
) -> Result<(Transfer, Secret<32>), Failure> {
    let mut transfer = home.transfer(link.id)?;
    match transfer.next_step() {
        // A crash came between the erasing and the note that it was done: no secret is needed any more.
        Some(Step::EraseReceived) => return Ok((transfer, Secret::from_bytes([0; 32]))),
        // A crash came behind the link: what the sender of it had left to do is done first.
        Some(Step::EraseSent) => {
            let erased = sending::erase(&mut transfer)?;
            transfer.append(env.now(), erased)?;
        }
        Some(Step::Create | Step::Upload | Step::Describe | Step::Complete) => {
            return Err(still_sending());
        }
        Some(Step::Fetch | Step::Place | Step::Tell) | None => {}
    }
    let is_begun = transfer.next_step().is_some();
    let grant_key = match transfer.slot()?.grant_key.filter(|_| is_begun) {
        Some(grant_key) if !must_begin_again(&transfer, link, wish) => {
            return Ok((transfer, grant_key));
        }
        Some(grant_key) => grant_key,
        None => Secret::draw().map_err(Failure::unexpected)?,
    };
    if let Some(destination) = &wish.destination {
        Landing::check_free(Path::new(destination))?;
    }
    // Whatever lies in a hidden folder may be for another wish.
    transfer.received()?.forget()?;
    // First, so that a crash leaves no secret that nothing leads to.
    let (relay, wish) = (link.origin.clone(), wish.clone());
    transfer.append(env.now(), Fact::ReceiveBegun { relay, wish })?;
    keep_secrets(&mut transfer, link, &grant_key)?;
    Ok((transfer, grant_key))
}

/// Keeps what the reception needs beside what this device holds of the transfer already.
fn keep_secrets(
    transfer: &mut Transfer,
    link: &Link,
    grant_key: &Secret<32>,
) -> Result<(), Failure> {
    let secret = link.secret.as_ref();
    let given = (
        secret.map(|secret| Secret::from_bytes(*secret.expose())),
        Secret::from_bytes(*grant_key.expose()),
    );
    let holds = (transfer.is_sent(), transfer.keeps_sealed());
    let slot = transfer.slot()?.for_reception(given, holds);
    transfer.keep(&slot)
}

/// Whether everything must be fetched once more under the same grant: it went to a stream that is not
/// there any more, its hidden folder is gone, or it shall go elsewhere now.
fn must_begin_again(transfer: &Transfer, link: &Link, wish: &Wish) -> bool {
    let begun = transfer.facts().find_map(|fact| {
        if let Fact::ReceiveBegun { wish, .. } = fact {
            Some(wish.clone())
        } else {
            None
        }
    });
    let fetched = transfer.facts().find_map(|fact| {
        if let Fact::Fetched { destination, .. } = fact {
            Some(destination.clone())
        } else {
            None
        }
    });
    let is_other = begun.is_some_and(|begun| begun != *wish);
    match (transfer.next_step(), fetched.flatten()) {
        (Some(Step::Fetch), _) => is_other,
        (Some(Step::Place), Some(destination)) => {
            is_other || !Landing::waits(Path::new(&destination), &link.id)
        }
        (Some(Step::Place | Step::Tell), None) => true,
        (Some(_) | None, _) => false,
    }
}
