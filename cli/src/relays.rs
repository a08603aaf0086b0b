//! The relays this person joined, with what the invite said of each.
//!
//! ```text
//! {"type":"quitus/relays/v1","relays":[{"origin":"https://relay.example",
//!   "statementKey":"ssh-ed25519 AAAA…","logKey":"relay.example/log+1a2b3c4d+AbC…","role":"client","joinedAt":"2026-11-22T03:37:18Z"}]}
//! ```
//!
//! Promises: the keys of a relay's statements and log are pinned when it is joined and never change by
//! themselves.
//! Does not talk to relays.

use quitus_core::document;
use quitus_core::invite::Role;
use quitus_core::keys::PublicKey;
use quitus_core::origin::{Origin, OriginError};
use quitus_core::time::Timestamp;
use quitus_core::tlog::{KeyName, VerifierKey};
use serde::{Deserialize, Serialize};

use crate::client::RelayKeys;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;

const TYPE: &str = "quitus/relays/v1";
const FILE: &str = "relays";
/// Longest file of relays: a few hundred.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// A relay this person joined.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Joined {
    /// Its address.
    pub origin: Origin,
    /// The key that signs its statements.
    pub statement_key: PublicKey,
    /// The key that signs checkpoints of its log.
    pub log_key: VerifierKey,
    /// What this person's account may do.
    pub role: Role,
    /// When it was joined.
    pub joined_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Relays {
    r#type: String,
    relays: Vec<Joined>,
}

/// All relays that were joined, first the one that was joined first.
///
/// # Errors
///
/// Exit 8 when the file cannot be read or is damaged.
pub fn joined(home: &Home) -> Result<Vec<Joined>, Failure> {
    let Some(bytes) = home.read_file(FILE, FILE_BYTES_MAX)? else {
        return Ok(Vec::new());
    };
    let relays: Relays = document::from_json(TYPE, &bytes).map_err(|error| {
        let path = home.path_of(FILE);
        Failure::new(Kind::LocalIo, phrase!("ledger-damaged", path = &path)).because(error)
    })?;
    Ok(relays.relays)
}

/// Pins a relay. One that was joined before keeps its key.
///
/// # Errors
///
/// Exit 6 when one of its keys is another than the one that was pinned.
pub fn pin(home: &Home, relay: Joined) -> Result<(), Failure> {
    let mut relays = joined(home)?;
    match relays.iter_mut().find(|one| one.origin == relay.origin) {
        Some(known)
            if known.statement_key != relay.statement_key || known.log_key != relay.log_key =>
        {
            return Err(other_key(&relay.origin));
        }
        Some(known) => *known = relay,
        None => relays.push(relay),
    }
    let r#type = TYPE.to_owned();
    home.replace_file(FILE, &document::to_json(&Relays { r#type, relays }))
}

/// Refuses a key that is not the one pinned for a relay; any is taken where none is.
///
/// # Errors
///
/// Exit 6.
pub fn check_statement_key(home: &Home, origin: &Origin, key: &PublicKey) -> Result<(), Failure> {
    let relays = joined(home)?;
    let known = relays.iter().find(|one| one.origin == *origin);
    match known {
        Some(known) if known.statement_key != *key => Err(other_key(origin)),
        Some(_) | None => Ok(()),
    }
}

/// As [`check_statement_key`], for every key of a relay.
///
/// # Errors
///
/// Exit 6.
pub fn check_keys(home: &Home, origin: &Origin, keys: &RelayKeys) -> Result<(), Failure> {
    check_statement_key(home, origin, &keys.statement)?;
    match log_key(home, origin)? {
        Some(known) if known != keys.log => Err(other_key(origin)),
        Some(_) | None => Ok(()),
    }
}

/// The key of a relay's log; none where the relay was not joined.
///
/// # Errors
///
/// As [`joined`].
pub fn log_key(home: &Home, origin: &Origin) -> Result<Option<VerifierKey>, Failure> {
    let relays = joined(home)?;
    let known = relays.into_iter().find(|one| one.origin == *origin);
    Ok(known.map(|known| known.log_key))
}

/// The relay that keeps a log; none where it was not joined.
///
/// # Errors
///
/// As [`joined`].
pub fn of_log(home: &Home, log: &KeyName) -> Result<Option<Origin>, Failure> {
    let relays = joined(home)?;
    let known = relays.into_iter().find(|one| one.log_key.name() == log);
    Ok(known.map(|known| known.origin))
}

fn other_key(origin: &Origin) -> Failure {
    let relay = origin.to_string();
    Failure::new(Kind::Integrity, phrase!("relay-other-key", relay = relay))
        .hint(phrase!("relay-other-key-hint"))
}

/// The relay that was named, by the command line or the environment; else the one this person
/// joined, if it is one; else the one on this machine.
///
/// # Errors
///
/// Exit 2 when what was named is no address of a relay.
pub fn choose(env: &Env, home: &Home, asked: Option<&str>) -> Result<Origin, Failure> {
    let address = match (env.relay(asked), joined(home)?.as_slice()) {
        (Some(address), _) => address,
        (None, [joined]) => return Ok(joined.origin.clone()),
        (None, _) => RELAY_DEFAULT,
    };
    let refused = |error: OriginError| {
        Failure::usage(phrase!("relay-address", relay = address)).because(error)
    };
    address.trim_end_matches('/').parse().map_err(refused)
}

/// Where a relay listens that was started without any settings.
const RELAY_DEFAULT: &str = "http://127.0.0.1:7470";
