//! `quitus list`: what this person sent through a relay, newest first, a line each.

use std::collections::BTreeSet;

use quitus_core::origin::Origin;
use quitus_core::protocol::{Status, StatusPhase};
use quitus_core::transfer::Ending;
use quitus_core::transfer::PASSWORD_TRIES_MAX;

use crate::args::ListArgs;
use crate::client::Client;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::relays;
use crate::witness;
use crate::words::Phrase;

/// Prints a line for each transfer: id, state, downloads, end, size.
///
/// # Errors
///
/// Exit 7 when a relay cannot be reached.
pub fn run(env: &Env, args: &ListArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let key = home.request_key()?;
    for origin in relays(env, &home, args)? {
        let client = Client::new(env, origin, args.ca_file.as_deref())?;
        let mut after = None;
        loop {
            let page = client.transfers(after.as_ref(), &key)?;
            for status in &page.transfers {
                tell(env, status)?;
            }
            after = page.transfers.last().map(|status| status.id);
            if !page.has_more || after.is_none() {
                break;
            }
        }
        witness::visit(env, &home, &client)?;
    }
    Ok(())
}

/// The relay that was named, or every relay that anything was sent through.
fn relays(env: &Env, home: &Home, args: &ListArgs) -> Result<Vec<Origin>, Failure> {
    if args.relay.is_some() {
        return Ok(vec![relays::choose(env, home, args.relay.as_deref())?]);
    }
    let ledger = home.read_ledger()?;
    let mut seen = BTreeSet::new();
    let transfers = ledger.transfers();
    let sent = transfers.iter().filter_map(|id| ledger.origin(id));
    let relays = sent
        .filter(|(_, is_sent)| *is_sent)
        .map(|(relay, _)| relay.clone());
    Ok(relays
        .filter(|relay| seen.insert(relay.to_string()))
        .collect())
}

fn tell(env: &Env, status: &Status) -> Result<(), Failure> {
    let words = env.terminal().words();
    let line = phrase!(
        "list-line",
        id = status.id.short(),
        state = state(status),
        consumed = status.n_consumed,
        downloads = status.downloads,
        expires = status.expires_at.to_string(),
        bytes = status.archive_bytes
    );
    env.terminal().event("transfer", status);
    env.terminal().result_line(&words.write(&line))
}

/// Where in its life a transfer is, in words.
pub(super) fn state(status: &Status) -> Phrase {
    if status.phase == StatusPhase::Live && status.n_wrong_passwords >= PASSWORD_TRIES_MAX {
        return phrase!("state-frozen");
    }
    match (status.phase, status.ending) {
        (StatusPhase::Uploading, _) => phrase!("state-uploading"),
        (StatusPhase::Live, _) => phrase!("state-live"),
        (StatusPhase::Destroyed, _) => phrase!("state-destroyed"),
        (StatusPhase::Ended, Some(Ending::Expired)) => phrase!("state-expired"),
        (StatusPhase::Ended, Some(Ending::Used)) => phrase!("state-used"),
        (StatusPhase::Ended, Some(Ending::Revoked) | None) => phrase!("state-revoked"),
    }
}
