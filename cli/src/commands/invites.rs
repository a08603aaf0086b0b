//! `quitus invites`: how invites stand; who redeemed one becomes a contact.

use quitus_core::card::Card;
use quitus_core::contacts::Keys;
use quitus_core::invite::Side;
use quitus_core::ledger::Fact;
use quitus_core::protocol::{InviteState, InviteStatus, Joiner};
use quitus_core::transfer::TransferId;

use super::join::open_card;
use crate::args::InvitesArgs;
use crate::client::Client;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::relays;

/// Prints a line for each invite, and pins whoever redeemed one since.
///
/// # Errors
///
/// Exit 6 when a card is not the one that whoever redeemed the invite made.
pub fn run(env: &Env, args: &InvitesArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let origin = relays::choose(env, &home, args.relay.as_deref())?;
    let client = Client::new(env, origin, args.ca_file.as_deref())?;
    let key = home.request_key()?;
    let mut after = None;
    loop {
        let page = client.invites(after.as_ref(), &key)?;
        for status in &page.invites {
            tell(env, &home, status)?;
        }
        after = page.invites.last().map(|status| status.id);
        if !page.has_more || after.is_none() {
            return Ok(());
        }
    }
}

/// Pins whoever redeemed an invite since, and says nothing of the others.
///
/// # Errors
///
/// As [`run`].
pub(super) fn pin_joined(env: &Env, home: &Home, client: &Client<'_>) -> Result<(), Failure> {
    let key = home.request_key()?;
    let mut after = None;
    loop {
        let page = client.invites(after.as_ref(), &key)?;
        for status in &page.invites {
            let Some(joiner) = &status.joiner else {
                continue;
            };
            let transfer = home.transfer(TransferId::from_bytes(*status.id.as_bytes()))?;
            if let Some(name) = name_of(&transfer) {
                pin(env, home, (transfer, &name), (status, joiner))?;
            }
        }
        after = page.invites.last().map(|status| status.id);
        if !page.has_more || after.is_none() {
            return Ok(());
        }
    }
}

/// The name under which whoever joins becomes a contact.
fn name_of(transfer: &Transfer) -> Option<String> {
    transfer.facts().find_map(|fact| {
        if let Fact::Invited { name, .. } = fact {
            Some(name.clone())
        } else {
            None
        }
    })
}

fn tell(env: &Env, home: &Home, status: &InviteStatus) -> Result<(), Failure> {
    let transfer = home.transfer(TransferId::from_bytes(*status.id.as_bytes()))?;
    let name = name_of(&transfer);
    // Made on another device of this person: only that one can tell who joined.
    let shown = name.clone().unwrap_or_else(|| "?".to_owned());
    let state = match status.state {
        InviteState::Open => phrase!("invite-open"),
        InviteState::Used => phrase!("invite-used"),
        InviteState::Expired => phrase!("invite-expired"),
    };
    let expires = status.expires_at.to_string();
    let line = phrase!(
        "invite-line",
        name = shown.as_str(),
        state = state,
        expires = expires
    );
    env.terminal().event("invite", status);
    env.terminal()
        .result_line(&env.terminal().words().write(&line))?;
    if status.n_refused > 0 {
        let n = status.n_refused;
        env.terminal()
            .warn(phrase!("invite-refused", name = shown.as_str(), n = n));
    }
    match (name, &status.joiner) {
        (Some(name), Some(joiner)) => pin(env, home, (transfer, &name), (status, joiner)),
        (Some(_) | None, _) => Ok(()),
    }
}

fn pin(
    env: &Env,
    home: &Home,
    (mut transfer, name): (Transfer, &str),
    (status, joiner): (&InviteStatus, &Joiner),
) -> Result<(), Failure> {
    let Some(secret) = transfer.slot()?.link else {
        return Ok(());
    };
    let sealed = (joiner.card.as_str(), joiner.mac.as_str());
    let card: Card = open_card((&status.id, &secret), Side::Joiner, sealed)?;
    if card.request_key().fingerprint() != joiner.key {
        return Err(Failure::new(Kind::Integrity, phrase!("card-swapped"))
            .hint(phrase!("card-swapped-hint")));
    }
    let words = card.words().to_string();
    home.pin(name, Keys::Card(Box::new(card)), env.now())?;
    transfer.erase_ended()?;
    transfer.append(env.now(), Fact::Joined)?;
    env.terminal()
        .say(phrase!("contact-joined", name = name, words = words));
    env.terminal().say(phrase!("contact-compare", name = name));
    Ok(())
}
