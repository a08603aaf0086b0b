//! What a freelancer is shown of an engagement, agrees to, and signs.
//!
//! Promises: nothing is signed that was not shown, or that the relay would not go by; documents have the
//! digests that the rules name; running it again goes on where it stopped.

use std::path::{Path, PathBuf};

use quitus_core::cipher::{self, Identity};
use quitus_core::digest::Blake3;
use quitus_core::engagement::Standing;
use quitus_core::invite::{InviteLink, card_key};
use quitus_core::keys::Fingerprint;
use quitus_core::ledger::Wish;
use quitus_core::link::Link;
use quitus_core::manifest::Manifest;
use quitus_core::protocol::{Deed, Proposed, RULES_BYTES_MAX};
use quitus_core::rules::{Offer, SignedRules};
use quitus_core::statement::{Declaration, Document, Engaged, Facts, PinnedRelay, Role, Subject};
use quitus_core::text::from_base64url_vec;

use crate::args::JoinArgs;
use crate::client::Client;
use crate::commands::engagement::tell_rules;
use crate::commands::receive::{self, Demand};
use crate::engagements::{Desk, Said, not_as_agreed};
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Engagement, Home};
use crate::phrase;

/// What an invite offers.
pub(super) struct Offered {
    rules: SignedRules,
    documents: Option<Link>,
}

/// Opens and checks what an invite offers.
///
/// # Errors
///
/// Exit 6 when it is not what the inviter sealed and signed.
pub(super) fn open(
    invite: &InviteLink,
    proposed: &Proposed,
    client: &Fingerprint,
) -> Result<Offered, Failure> {
    let sealed =
        from_base64url_vec(&proposed.rules, RULES_BYTES_MAX).map_err(|_| not_as_agreed("rules"))?;
    let identity = Identity::from_scalar(card_key(&invite.id, &invite.secret).expose());
    let plain = cipher::open_bytes(&[identity], &sealed, 2 * RULES_BYTES_MAX);
    let plain = plain.map_err(|error| not_as_agreed("rules").because(error))?;
    let (offer, rules) =
        Offer::read(&plain).map_err(|error| not_as_agreed("rules").because(error))?;
    let said = &rules.rules;
    let is_here = said.engagement == proposed.id && said.relay == invite.origin;
    if !is_here || said.client != *client {
        return Err(not_as_agreed("rules"));
    }
    let documents = offer.documents.as_deref().map(Link::parse).transpose();
    let documents = documents.map_err(|error| not_as_agreed("documents").because(error))?;
    Ok(Offered { rules, documents })
}

/// Shows rules and documents, asks, signs, and tells the relay.
///
/// # Errors
///
/// Exit 2 when nobody can be asked, 6 when relay or documents are not what the rules say, 130 when this
/// person does not agree.
pub(super) fn join(
    env: &Env,
    home: &Home,
    (args, client): (&JoinArgs, &Client<'_>),
    (offered, name): (Offered, &str),
) -> Result<(), Failure> {
    let id = offered.rules.rules.engagement;
    let status = client.engagement(&id, &home.request_key()?)?;
    let first = offered.rules.rules.version;
    if status.policy != offered.rules.rules.policy || status.version != first {
        return Err(not_as_agreed("policy"));
    }
    tell_rules(env, &offered.rules);
    if let Some(link) = &offered.documents {
        documents(env, home, args, (link, &offered.rules, name))?;
    }
    let declared = declaration(env);
    env.terminal().say(phrase!("declares"));
    ask(env, args, &offered.rules)?;
    let engagement = match home.engagement_if_known(&id)? {
        Some(engagement) => engagement,
        None => Engagement::new(Role::Freelancer, Some(name.to_owned()), offered.rules),
    };
    home.keep_engagement(&engagement)?;
    let desk = Desk::open(env, home, engagement, args.ca_file.as_deref())?;
    let is_agreed = status
        .members
        .iter()
        .any(|member| member.standing != Standing::Joined);
    if !is_agreed {
        agree(&desk, args, (name, declared))?;
    }
    env.terminal()
        .say(phrase!("engagement-agreed", name = name));
    Ok(())
}

fn agree(
    desk: &Desk<'_>,
    args: &JoinArgs,
    (name, declared): (&str, Declaration),
) -> Result<(), Failure> {
    let rules = desk.engagement.signed_rules();
    let documents = rules.rules.documents.iter();
    let said = Said {
        declared: vec![declared],
        subjects: documents
            .clone()
            .map(|document| Subject::document(&document.name, document.sha256))
            .collect(),
        ..Said::default()
    };
    let keys = desk.client.relay_keys()?;
    let facts = Engaged {
        rules: rules.digest,
        client: rules.rules.client.clone(),
        freelancer: desk.own_key(),
        other: None,
        documents: documents
            .map(|document| Document {
                name: document.name.clone(),
                sha256: document.sha256,
            })
            .collect(),
        reservations: args.reserve.clone(),
        relay: PinnedRelay {
            origin: rules.rules.relay.to_string(),
            statement_key: keys.statement.fingerprint(),
            log_key: keys.log.to_string(),
        },
    };
    let version = rules.rules.version;
    desk.state(Facts::Engaged(facts), said, &[desk.home.contact(name)?])?;
    let deed = Deed::Agree { version };
    desk.client
        .act(&desk.engagement.id, &desk.key, &deed)
        .map(drop)
}

/// What whoever joins stands for, word for word as it is shown.
fn declaration(env: &Env) -> Declaration {
    let words = env.terminal().words();
    Declaration {
        language: words.language().tag().to_owned(),
        text: words.write(&phrase!("declares")),
    }
}

/// Every document, then the rules as a whole.
fn ask(env: &Env, args: &JoinArgs, rules: &SignedRules) -> Result<(), Failure> {
    if args.accept {
        return Ok(());
    }
    for document in &rules.rules.documents {
        let name = document.name.as_str();
        agreed(env, &phrase!("ask-accept-document", name = name))?;
    }
    agreed(env, &phrase!("ask-accept-rules"))
}

fn agreed(env: &Env, question: &crate::words::Phrase) -> Result<(), Failure> {
    if env.terminal().ask_whether(question, "--accept")? {
        return Ok(());
    }
    Err(Failure::new(Kind::Interrupted, phrase!("not-agreed")).hint(phrase!("not-agreed-hint")))
}

/// Fetches the documents, and compares them with what the rules name.
fn documents(
    env: &Env,
    home: &Home,
    args: &JoinArgs,
    (link, rules, name): (&Link, &SignedRules, &str),
) -> Result<(), Failure> {
    let is_here = home.read_ledger()?.facts(&link.id).next().is_some();
    let is_whole = is_here && home.transfer(link.id)?.next_step().is_none();
    if !is_whole {
        let folder = args.output.clone().unwrap_or_else(|| PathBuf::from("."));
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        let wish = Wish {
            folder: folder.to_string_lossy().into_owned(),
            ..Wish::default()
        };
        let demand = Demand {
            ca_file: args.ca_file.as_deref().map(Path::new),
            from: Some(name),
            ..Demand::default()
        };
        receive::receive(env, link, &wish, demand)?;
    }
    let kept = home.transfer(link.id)?.manifest()?;
    let (manifest, _, _) =
        Manifest::verify(&kept).map_err(|error| not_as_agreed("documents").because(error))?;
    let files = manifest
        .entries
        .iter()
        .filter_map(|entry| entry.file.as_ref());
    let mut came: Vec<Blake3> = files.map(|file| file.digest).collect();
    let mut named: Vec<Blake3> = rules.rules.documents.iter().map(|one| one.blake3).collect();
    came.sort_by_key(Blake3::to_string);
    named.sort_by_key(Blake3::to_string);
    (came == named)
        .then_some(())
        .ok_or_else(|| not_as_agreed("documents"))
}
