//! `quitus inbox`: what waits for this person at a relay, newest first, a line each.

use std::path::Path;

use quitus_core::cipher::Identity;
use quitus_core::link::Link;
use quitus_core::origin::Origin;
use quitus_core::protocol::Waiting;
use serde_json::json;

use crate::args::InboxArgs;
use crate::claiming::Opened;
use crate::client::Client;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::recipients::sender_name;
use crate::relays;
use crate::witness;
use crate::words::Phrase;

/// Prints a line for each transfer: who sent it, how much, until when, and its link.
///
/// # Errors
///
/// Exit 2 when this person has no identity, 7 when a relay cannot be reached.
pub fn run(env: &Env, args: &InboxArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    home.own_card()?;
    let identities = home.identities(env, args.passphrase_file.as_deref())?;
    for origin in origins(env, &home, args.relay.as_deref())? {
        list(env, &home, origin, (&identities, args.ca_file.as_deref()))?;
    }
    Ok(())
}

/// The relay that was named, or every relay that was joined.
fn origins(env: &Env, home: &Home, asked: Option<&str>) -> Result<Vec<Origin>, Failure> {
    let joined = relays::joined(home)?;
    if env.relay(asked).is_some() || joined.is_empty() {
        return Ok(vec![relays::choose(env, home, asked)?]);
    }
    Ok(joined.into_iter().map(|relay| relay.origin).collect())
}

fn list(
    env: &Env,
    home: &Home,
    origin: Origin,
    (identities, ca_file): (&[Identity], Option<&Path>),
) -> Result<(), Failure> {
    let client = Client::new(env, origin, ca_file)?;
    for key in home.listed_keys()? {
        let mut after = None;
        loop {
            let page = client.inbox(after.as_ref(), &key)?;
            for waiting in page.transfers.iter().filter(|waiting| !waiting.is_used) {
                tell(env, home, &client, (waiting, identities))?;
            }
            after = page.transfers.last().map(|waiting| waiting.id);
            if !page.has_more || after.is_none() {
                break;
            }
        }
    }
    witness::visit(env, home, &client).map(drop)
}

fn tell(
    env: &Env,
    home: &Home,
    client: &Client<'_>,
    (waiting, identities): (&Waiting, &[Identity]),
) -> Result<(), Failure> {
    let link = Link {
        origin: client.origin().clone(),
        id: waiting.id,
        secret: None,
    };
    // One envelope that does not open must not hide the others.
    let (who, sender) = match Opened::fetch(home, client, &waiting.id, identities) {
        Ok(opened) => {
            let key = opened.sender.fingerprint();
            (sender(sender_name(home, &key)?, key.as_str()), Some(key))
        }
        Err(failure) => {
            env.terminal().report(&failure);
            (phrase!("sender-unreadable"), None)
        }
    };
    env.terminal().event(
        "waiting",
        json!({ "transfer": waiting, "sender": sender, "link": &*link.to_text() }),
    );
    let listed = phrase!(
        "inbox-line",
        link = link.to_text().as_str(),
        sender = who,
        bytes = waiting.archive_bytes,
        expires = waiting.expires_at.to_string()
    );
    env.terminal()
        .result_line(&env.terminal().words().write(&listed))
}

/// Who signed, in words.
pub(super) fn sender(name: Option<String>, key: &str) -> Phrase {
    match name {
        Some(name) => phrase!("sender-contact", name = name, key = key),
        None => phrase!("sender-unknown", key = key),
    }
}
