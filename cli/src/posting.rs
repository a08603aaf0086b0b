//! Statements on their way: to the other parties through the relay, and from them.
//!
//! ```text
//! outbox/9f3a…      {"relay":"https://relay.example","scope":"transfer:1111…","statement":"9f3a…","to":["age1…"]}
//! ```
//!
//! Promises: what is to leave is remembered before it leaves, and tried again at every visit until the
//! relay has it; it is sealed for its recipients and this person; what comes counts only if it verifies
//! and its signer is the relay's pinned key, this person or a contact. The relay reads none of it but its
//! own. Spec: `docs/protocol.md`, "stating".

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use quitus_core::cipher::{self, Identity, Recipient};
use quitus_core::contacts::Contact;
use quitus_core::digest::Sha256;
use quitus_core::origin::Origin;
use quitus_core::protocol::{LoggedStatement, SEALED_STATEMENT_BYTES_MAX, State};
use quitus_core::statement::{Role, STATEMENT_BYTES_MAX, Scope, SignedStatement, Verified};
use quitus_core::text::{base64url, from_base64url_vec};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::{Home, KeptStatement};
use crate::phrase;
use crate::relays;
use crate::secrets::parse_recipient;

const OUTBOX: &str = "outbox";
/// Longest entry of the outbox: some dozen recipients.
const ENTRY_BYTES_MAX: u64 = 64 * 1024;

/// A statement that is to leave.
#[derive(Serialize, Deserialize)]
struct Entry {
    relay: Origin,
    scope: Scope,
    statement: Sha256,
    to: Vec<String>,
}

/// A statement as it is sealed for the other parties.
#[derive(Serialize, Deserialize)]
struct Parcel {
    statement: String,
    signature: String,
}

/// Leaves a statement for contacts; what cannot leave now does at the next visit.
///
/// # Errors
///
/// Exit 8 when it cannot be remembered.
pub fn post(
    (env, home): (&Env, &Home),
    client: &Client<'_>,
    (scope, kept): (Scope, &KeptStatement),
    to: &[Contact],
) -> Result<(), Failure> {
    let to = to.iter().flat_map(|contact| contact.keys.recipients());
    let entry = Entry {
        relay: client.origin().clone(),
        scope,
        statement: kept.verified.digest,
        to: to.chain(home.own_recipients()?).collect(),
    };
    home.make_folder(OUTBOX)?;
    let bytes = serde_json::to_vec(&entry).map_err(Failure::unexpected)?;
    home.replace_file(&format!("{OUTBOX}/{}", entry.statement), &bytes)?;
    if let Err(failure) = leave(home, client, &entry) {
        let wait = phrase!("statement-waits");
        env.terminal().say(wait);
        drop(failure);
    }
    Ok(())
}

/// Leaves what could not leave before.
///
/// # Errors
///
/// Exit 8 when the outbox cannot be read.
pub fn post_waiting(home: &Home, client: &Client<'_>) -> Result<(), Failure> {
    for name in home.names_in(OUTBOX)? {
        let Some(bytes) = home.read_file(&format!("{OUTBOX}/{name}"), ENTRY_BYTES_MAX)? else {
            continue;
        };
        // What is not whole was never acknowledged; what the relay refuses now it may take later.
        if let Ok(entry) = serde_json::from_slice::<Entry>(&bytes)
            && entry.relay == *client.origin()
        {
            drop(leave(home, client, &entry));
        }
    }
    Ok(())
}

fn leave(home: &Home, client: &Client<'_>, entry: &Entry) -> Result<(), Failure> {
    let kept = home.statements(&entry.scope)?;
    let kept = kept
        .into_iter()
        .find(|kept| kept.verified.digest == entry.statement);
    if let Some(kept) = kept {
        let sealed = seal(&kept.signed, &entry.to)?;
        let (transfer, engagement) = match entry.scope {
            Scope::Transfer(id) => (Some(id), None),
            Scope::Engagement(id) => (None, Some(id)),
        };
        let state = State {
            transfer,
            engagement,
            statement: kept.verified.digest,
            signature: kept
                .signed
                .signature_digest()
                .map_err(Failure::unexpected)?,
            sealed: base64url(&sealed),
        };
        client.state(&home.request_key()?, &state)?;
    }
    home.remove_file(&format!("{OUTBOX}/{}", entry.statement))
}

fn seal(signed: &SignedStatement, to: &[String]) -> Result<Vec<u8>, Failure> {
    let recipients = to.iter().map(|text| parse_recipient(text));
    let recipients = recipients.collect::<Result<Vec<Recipient>, Failure>>()?;
    let parcel = Parcel {
        statement: signed.file.clone(),
        signature: signed.signature.clone(),
    };
    let parcel = serde_json::to_vec(&parcel).map_err(Failure::unexpected)?;
    cipher::seal_bytes(&recipients, &parcel).map_err(Failure::unexpected)
}

/// Fetches the statements of a scope and keeps those that count; tells the numbers in the log of all of them.
/// The identity is opened only where something new is sealed.
///
/// # Errors
///
/// Exit 6 when the relay shows a statement of its own that it did not sign; as the relay answers.
pub fn hear(
    (env, home): (&Env, &Home),
    client: &Client<'_>,
    scope: &Scope,
    passphrase_file: Option<&Path>,
) -> Result<BTreeMap<Sha256, u64>, Failure> {
    post_waiting(home, client)?;
    let logged = client.statements(&home.request_key()?, scope)?;
    let kept = home.statements(scope)?;
    let known: BTreeSet<Sha256> = kept.iter().map(|kept| kept.verified.digest).collect();
    let mut identities = None;
    let mut heard = Vec::new();
    for one in logged
        .iter()
        .filter(|one| !known.contains(&one.statement_digest))
    {
        if one.sealed.is_some() && identities.is_none() {
            identities = Some(home.identities(env, passphrase_file)?);
        }
        let opened = open(one, identities.as_deref().unwrap_or_default());
        if let Some(signed) = opened {
            heard.push((signed, one.statement_digest));
        }
    }
    take_in((env, home), client, scope, heard)?;
    let numbers = logged.iter().map(|one| (one.statement_digest, one.index));
    Ok(numbers.collect())
}

/// Keeps the statements that verify, are what was logged, and are by somebody who is pinned here.
fn take_in(
    (env, home): (&Env, &Home),
    client: &Client<'_>,
    scope: &Scope,
    heard: Vec<(SignedStatement, Sha256)>,
) -> Result<(), Failure> {
    if heard.is_empty() {
        return Ok(());
    }
    let _lock = home.lock_scope(scope)?;
    let mut known = home.statements(scope)?;
    for (signed, digest) in heard {
        match signed.verify() {
            Ok(verified)
                if verified.digest == digest
                    && verified.statement.scope() == Some(*scope)
                    && is_known(home, client, &verified)? =>
            {
                home.keep_statement(scope, &mut known, (signed, verified))?;
            }
            Ok(_) | Err(_) => env.terminal().warn(phrase!("statement-not-a-partys")),
        }
    }
    Ok(())
}

/// The relay's own as it is; a party's where one of the identities opens it.
fn open(logged: &LoggedStatement, identities: &[Identity]) -> Option<SignedStatement> {
    if let (Some(file), Some(signature)) = (&logged.statement, &logged.signature) {
        return Some(SignedStatement {
            file: file.clone(),
            signature: signature.clone(),
        });
    }
    let sealed = from_base64url_vec(logged.sealed.as_ref()?, SEALED_STATEMENT_BYTES_MAX).ok()?;
    let parcel = cipher::open_bytes(identities, &sealed, 2 * STATEMENT_BYTES_MAX).ok()?;
    let parcel: Parcel = serde_json::from_slice(&parcel).ok()?;
    Some(SignedStatement {
        file: parcel.statement,
        signature: parcel.signature,
    })
}

/// Whether whoever signed is pinned here for that role.
///
/// # Errors
///
/// Exit 6 for a relay that signs with another key than the pinned one.
fn is_known(home: &Home, client: &Client<'_>, verified: &Verified) -> Result<bool, Failure> {
    let predicate = &verified.statement.predicate;
    if predicate.issuer.role == Role::Relay {
        relays::check_statement_key(home, client.origin(), &verified.key)?;
        return Ok(true);
    }
    let is_own = home.signer()?.public() == verified.key;
    let is_contact = home.contacts()?.of_signing_key(&verified.key).is_some();
    let engagement = predicate.engagement.map(|id| home.engagement_if_known(&id));
    let engagement = engagement.transpose()?.flatten();
    let is_in_role = engagement.is_none_or(|engagement| {
        let is_client = engagement.rules().client == verified.key.fingerprint();
        is_client == (predicate.issuer.role == Role::Client)
    });
    Ok((is_own || is_contact) && is_in_role)
}
