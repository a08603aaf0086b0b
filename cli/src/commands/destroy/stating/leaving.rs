//! Leaves what was stated of a destruction with the relay, for whoever else it concerns.
//!
//! Promises: it is left for the parties of an engagement, else for the contact who sent the transfer to
//! this person by key; what cannot leave now does at the next visit. Whoever had a link alone is nobody
//! the relay knows, and leaves nothing.

use quitus_core::contacts::Contact;
use quitus_core::manifest::Manifest;
use quitus_core::statement::{Kind, Scope};

use super::Outcome;
use crate::client::Client;
use crate::engagements::Desk;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::{Home, KeptStatement};
use crate::phrase;
use crate::posting;

/// Leaves a statement of a scope.
pub(super) fn leave(
    (env, home): (&Env, &Home),
    scope: &Scope,
    (kept, outcome): (&KeptStatement, &Outcome<'_>),
) {
    let left = match scope {
        Scope::Engagement(id) => home
            .engagement(id)
            .and_then(|engagement| Desk::open(env, home, engagement, None))
            .and_then(|desk| desk.hear(None)),
        Scope::Transfer(id) => match outcome.manifest(*id) {
            Some(manifest) => leave_sender((env, home), (scope, kept), manifest),
            None => Ok(()),
        },
    };
    if let Err(failure) = left {
        env.terminal().report(&failure);
        env.terminal().warn(phrase!("destroy-not-left"));
    }
}

fn leave_sender(
    (env, home): (&Env, &Home),
    (scope, kept): (&Scope, &KeptStatement),
    manifest: &Manifest,
) -> Result<(), Failure> {
    let own = kept.verified.key.fingerprint();
    let statements = home.statements(scope)?;
    // Stated of what came by key, and of nothing else.
    let is_known_there = statements.iter().any(|one| one.is(Kind::Accepted, &own));
    let contacts = home.contacts()?;
    let is_senders = |contact: &&Contact| {
        let mut keys = contact.keys.signing_keys().iter();
        keys.any(|key| key.fingerprint() == manifest.sender)
    };
    let sender = contacts.iter().find(is_senders).cloned();
    let Some(sender) = sender.filter(|_| is_known_there) else {
        return Ok(());
    };
    let client = Client::new(env, manifest.relay.clone(), None)?;
    posting::post((env, home), &client, (*scope, kept), &[sender])
}
