//! `quitus annex --with CONTACT`: the page of a contract that pins both parties' keys, the relay's and its
//! log's.
//!
//! Promises: the keys of people are their cards', the relay's are those that were pinned when it was joined;
//! what was not pinned is asked for and said to be what the relay shows. It does not decide that a key is
//! right: the parties do, when they compare and sign.

use quitus_core::card::Card;
use quitus_core::contacts::Keys;
use quitus_core::invite::Role;
use quitus_core::origin::Origin;

use super::receipt::write_new;
use crate::annex::Annex;
use crate::args::AnnexArgs;
use crate::client::{Client, RelayKeys};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::relays::{self, Joined};

/// Writes the page.
///
/// # Errors
///
/// Exit 2 before `quitus init`, for somebody who is no contact or has no card, and when it is not known who
/// is the client; 6 when the relay shows a log key that is none; 7 when it must be asked and cannot be; 8 when
/// the page cannot be written.
pub fn run(env: &Env, args: &AnnexArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let own = home.own_card()?;
    let other = card_of(env, &home, &args.with)?;
    let relay = relays::choose(env, &home, args.relay.as_deref())?;
    let joined = relays::joined(&home)?;
    let joined = joined.into_iter().find(|one| one.origin == relay);
    let role = args.r#as.or(joined.as_ref().map(|one| one.role));
    let unknown = || Failure::usage(phrase!("annex-role")).hint(phrase!("annex-role-hint"));
    let (client, freelancer) = match role.ok_or_else(unknown)? {
        Role::Client => (&own, &other),
        Role::Freelancer => (&other, &own),
    };
    let keys = keys_of(env, args, &relay, joined)?;
    let annex = Annex {
        client,
        freelancer,
        relay: &relay,
        statement_key: keys.statement.fingerprint(),
        log: keys.log,
    };
    let page = if args.html {
        annex.html()
    } else {
        annex.text()
    };
    write(env, args, &page.map_err(Failure::unexpected)?)
}

/// The contact's card; its words should have been compared.
fn card_of(env: &Env, home: &Home, name: &str) -> Result<Card, Failure> {
    let contact = home.contact(name)?;
    if contact.verified_at.is_none() {
        env.terminal()
            .warn(phrase!("recipient-unverified", name = name));
    }
    match contact.keys {
        Keys::Card(card) => Ok(*card),
        Keys::Ssh(_) => Err(Failure::usage(phrase!("annex-needs-card", name = name))
            .hint(phrase!("annex-needs-card-hint", name = name))),
    }
}

/// The relay's keys: as pinned, else as it shows them.
fn keys_of(
    env: &Env,
    args: &AnnexArgs,
    relay: &Origin,
    joined: Option<Joined>,
) -> Result<RelayKeys, Failure> {
    if let Some(joined) = joined {
        return Ok(RelayKeys {
            statement: joined.statement_key,
            log: joined.log_key,
        });
    }
    let shown = relay.to_string();
    env.terminal()
        .warn(phrase!("annex-relay-unpinned", relay = shown));
    Client::new(env, relay.clone(), args.ca_file.as_deref())?.relay_keys()
}

fn write(env: &Env, args: &AnnexArgs, page: &str) -> Result<(), Failure> {
    match &args.output {
        Some(path) if path.as_os_str() != "-" => {
            write_new(path, page.as_bytes()).map_err(|error| Failure::write(path, error))?;
            env.terminal().say(phrase!("annex-written", path = path));
            Ok(())
        }
        Some(_) | None => env.terminal().result_bytes(page.as_bytes()),
    }
}
