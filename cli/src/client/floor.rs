//! Which protocol a relay spoke before: it does not go back to an older one.
//!
//! ```text
//! {"type":"quitus/protocols/v1","relays":[{"origin":"https://relay.example","protocol":2}]}
//! ```
//!
//! Promises: an answer that names no protocol, an older one than this command speaks, or an older one than
//! the relay named before on this device, does not count; what was named is durable before the answer does.
//! Does not: choose between protocols, of which there is one.
//!
//! Spec: `docs/protocol.md`, "protocol".

use std::sync::{Mutex, PoisonError};

use quitus_core::document;
use quitus_core::origin::Origin;
use quitus_core::protocol::{PROTOCOL, PROTOCOL_HEADER};
use serde::{Deserialize, Serialize};
use ureq::http::HeaderMap;

use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;

const TYPE: &str = "quitus/protocols/v1";
const FILE: &str = "protocols";
/// Longest file: more relays than anyone meets.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// The oldest protocol that one relay may still speak.
pub(super) struct Floor {
    home: Home,
    origin: Origin,
    lowest: Mutex<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Protocols {
    r#type: String,
    relays: Vec<Spoken>,
}

/// The newest protocol that a relay named.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spoken {
    origin: Origin,
    protocol: u32,
}

impl Floor {
    /// What was noted of a relay, and what this command needs at least.
    ///
    /// # Errors
    ///
    /// Exit 8 when the file cannot be read or is damaged.
    pub(super) fn of(env: &Env, origin: Origin) -> Result<Self, Failure> {
        let home = Home::open(env)?;
        let noted = read(&home)?;
        let noted = noted.iter().find(|spoken| spoken.origin == origin);
        let lowest = noted.map_or(PROTOCOL, |spoken| spoken.protocol.max(PROTOCOL));
        Ok(Self {
            home,
            origin,
            lowest: Mutex::new(lowest),
        })
    }

    /// Judges the headers of an answer.
    ///
    /// # Errors
    ///
    /// Exit 6 when the relay speaks an older protocol, 8 when a newer one cannot be noted.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let named = headers.get(PROTOCOL_HEADER);
        let named = named.and_then(|value| number(value.to_str().ok()?));
        let mut lowest = self.lowest.lock().unwrap_or_else(PoisonError::into_inner);
        match named {
            Some(protocol) if protocol == *lowest => Ok(()),
            Some(protocol) if protocol > *lowest => {
                self.note(protocol)?;
                *lowest = protocol;
                Ok(())
            }
            Some(_) | None => Err(self.refused(named, *lowest)),
        }
    }

    fn refused(&self, named: Option<u32>, lowest: u32) -> Failure {
        let relay = self.origin.as_str();
        let what = match named {
            Some(named) => phrase!("relay-older", relay = relay, named = named, lowest = lowest),
            None => phrase!("relay-no-protocol", relay = relay, lowest = lowest),
        };
        let path = self.home.path_of(FILE);
        Failure::new(Kind::Integrity, what).hint(phrase!("relay-older-hint", path = &path))
    }

    fn note(&self, protocol: u32) -> Result<(), Failure> {
        let mut relays = read(&self.home)?;
        relays.retain(|spoken| spoken.origin != self.origin);
        let origin = self.origin.clone();
        relays.push(Spoken { origin, protocol });
        let r#type = TYPE.to_owned();
        let file = document::to_json(&Protocols { r#type, relays });
        self.home.replace_file(FILE, &file)
    }
}

/// A number in its one spelling.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn read(home: &Home) -> Result<Vec<Spoken>, Failure> {
    let Some(bytes) = home.read_file(FILE, FILE_BYTES_MAX)? else {
        return Ok(Vec::new());
    };
    let protocols: Protocols = document::from_json(TYPE, &bytes).map_err(|error| {
        let path = home.path_of(FILE);
        Failure::new(Kind::LocalIo, phrase!("ledger-damaged", path = &path)).because(error)
    })?;
    Ok(protocols.relays)
}
