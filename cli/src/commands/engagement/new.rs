//! `quitus engagement new TITLE` and `invite ENGAGEMENT NAME`: rules are signed, a freelancer is invited.

use std::fs;
use std::path::Path;
use std::time::Duration;

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::engagement::{EngagementId, Policy};
use quitus_core::keyring::Slot;
use quitus_core::keys::Secret;
use quitus_core::ledger::Step;
use quitus_core::link::Link;
use quitus_core::origin::Origin;
use quitus_core::protocol::Open;
use quitus_core::rules::{Agenda, Offer, Rules, RulesDocument, SignedRules};
use quitus_core::statement::Role;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{LIFE_MAX, TransferId};

use super::super::invite::{Invitation, invite as make_invite};
use crate::args::{MemberArgs, NewArgs};
use crate::client::Client;
use crate::disk::Selection;
use crate::env::Env;
use crate::expiry::Expiry;
use crate::failure::{Failure, Kind};
use crate::home::{Engagement, Home};
use crate::phrase;
use crate::relays;
use crate::sending::{Order, Sending};

/// How long an invite to an engagement that is there can be used.
const INVITE_LIFE: Duration = Duration::from_hours(7 * 24);
/// How many freelancers can fetch the documents, and how often each.
const DOCUMENT_DOWNLOADS: u32 = 200;

/// Opens an engagement and prints the invite, alone, on stdout.
///
/// # Errors
///
/// Exit 2 when this person has no card or the rules have a text that is none, 4 when its account may not
/// open engagements, 8 when a document cannot be read, 9 when a value is out of bounds.
pub(super) fn run(env: &Env, args: &NewArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    home.own_card()?;
    if home.contacts()?.named(&args.with).is_some() {
        let name = args.with.as_str();
        return Err(Failure::usage(phrase!("invite-name-known", name = name)));
    }
    let origin = relays::choose(env, &home, args.relay.as_deref())?;
    let client = Client::new(env, origin.clone(), args.ca_file.as_deref())?;
    let id = Secret::<16>::draw().map_err(Failure::unexpected)?;
    let id = EngagementId::from_bytes(*id.expose());
    let rules = rules(env, &home, (id, origin), args)?;
    let policy = rules.rules.policy.clone();
    client.open_engagement(&home.request_key()?, &Open { id, policy })?;
    let mut engagement = Engagement::new(Role::Client, None, rules);
    home.keep_engagement(&engagement)?;
    let link = documents(env, &home, &client, args)?;
    engagement.documents = link.as_ref().map(|link| link.id);
    keep_secret(&home, &engagement, link.as_ref())?;
    home.keep_engagement(&engagement)?;
    let title = args.title.as_str();
    env.terminal()
        .say(phrase!("engagement-opened", title = title, id = id.short()));
    let expires = args.expires.moment(env.now());
    ask(env, &home, &client, (&engagement, &args.with, expires))
}

/// Invites one freelancer more.
///
/// # Errors
///
/// As [`run`].
pub(super) fn invite(env: &Env, args: &MemberArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let engagement = home.find_engagement(&args.engagement)?;
    let relay = engagement.rules().relay.clone();
    let client = Client::new(env, relay, args.access.ca_file.as_deref())?;
    let expires = env.now().after(INVITE_LIFE);
    ask(env, &home, &client, (&engagement, &args.name, expires))
}

fn ask(
    env: &Env,
    home: &Home,
    client: &Client<'_>,
    (engagement, name, expires): (&Engagement, &str, Timestamp),
) -> Result<(), Failure> {
    let rules = engagement.signed_rules();
    let link = kept_link(home, engagement)?;
    let documents = link.map(|link| link.to_text().to_string());
    let invitation = Invitation {
        name,
        expires,
        engagement: Some((engagement.id, Offer::new(rules, documents))),
    };
    let (invite, expires_at) = make_invite(env, home, client, &invitation)?;
    let expires = expires_at.to_string();
    env.terminal()
        .say(phrase!("invited", name = name, expires = expires));
    env.terminal().result_line(&invite.to_text())
}

fn rules(
    env: &Env,
    home: &Home,
    (id, origin): (EngagementId, Origin),
    args: &NewArgs,
) -> Result<SignedRules, Failure> {
    let now = env.now();
    let documents = args.terms.iter().map(|path| document(path));
    let agenda = Agenda {
        title: args.title.clone(),
        contract: args.contract.clone(),
        purpose: args.purpose.clone(),
        choice: args.choice,
        requires_disk_encryption: args.require_disk_encryption,
        policy: Policy {
            ends_at: whole_second(args.until, now),
            idle_seconds: args.inactive.moment(now).since(now).as_secs(),
            networks: args.allow_ip.clone(),
            transfer_bytes_max: args.max_size.map(std::num::NonZero::get),
        },
        documents: documents.collect::<Result<_, _>>()?,
    };
    let by = home.signer()?;
    let rules = Rules::new(id, origin, by.public().fingerprint(), agenda);
    check_policy(&rules.policy, now)?;
    let signed = rules.sign(by.as_ref()).map_err(Failure::unsigned)?;
    signed.map_err(|error| Failure::usage(phrase!("rules-malformed")).because(error))
}

/// Refuses what the relay would refuse, with a word that says why.
///
/// # Errors
///
/// Exit 9.
pub(super) fn check_policy(policy: &Policy, now: Timestamp) -> Result<(), Failure> {
    let refused = |error| {
        Failure::new(Kind::Policy, phrase!("policy-bounds"))
            .hint(phrase!("policy-bounds-hint"))
            .because(error)
    };
    policy.check(now).map_err(refused)
}

/// The moment of an end in whole seconds.
pub(super) fn whole_second(end: Expiry, now: Timestamp) -> Timestamp {
    Timestamp::from_unix(end.moment(now).seconds(), 0)
}

fn document(path: &Path) -> Result<RulesDocument, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::read(path, error))?;
    let name = path.file_name().unwrap_or_default();
    Ok(RulesDocument {
        name: name.to_string_lossy().into_owned(),
        bytes: bytes.len() as u64,
        sha256: Sha256::of(&[&bytes]),
        blake3: Blake3::of(&bytes),
    })
}

/// Sends the documents to whoever will hold the invite; they can be read before anything is agreed to.
fn documents(
    env: &Env,
    home: &Home,
    client: &Client<'_>,
    args: &NewArgs,
) -> Result<Option<Link>, Failure> {
    if args.terms.is_empty() {
        return Ok(None);
    }
    let selection = Selection::new(&args.terms, env.workers())?;
    let life = args.until.moment(env.now()).since(env.now()).min(LIFE_MAX);
    let order = Order {
        sources: Vec::new(),
        secret: None,
        expiry_seconds: life.as_secs(),
        downloads: DOCUMENT_DOWNLOADS,
        to: Vec::new(),
        engagement: None,
    };
    let mut sending = Sending::begin(env, home, client, &selection, (order, None))?;
    let mut link = None;
    while let Some(step) = sending.transfer.next_step() {
        if step == Step::EraseSent {
            link = Some(sending.link());
        }
        let fact = sending.perform(step)?;
        sending.transfer.append(env.now(), fact)?;
    }
    Ok(link)
}

/// The secret of the documents' link goes where secrets are: it is needed for the next freelancer.
fn keep_secret(home: &Home, engagement: &Engagement, link: Option<&Link>) -> Result<(), Failure> {
    let Some(secret) = link.and_then(|link| link.secret.as_ref()) else {
        return Ok(());
    };
    home.transfer(engagement.key())?.keep(&Slot {
        link: Some(Secret::from_bytes(*secret.expose())),
        ..Slot::default()
    })
}

fn kept_link(home: &Home, engagement: &Engagement) -> Result<Option<Link>, Failure> {
    let Some(id) = engagement.documents else {
        return Ok(None);
    };
    let secret = home.transfer(engagement.key())?.slot()?.link;
    Ok(secret.map(|secret| Link {
        origin: engagement.rules().relay.clone(),
        id: TransferId::from_bytes(*id.as_bytes()),
        secret: Some(secret),
    }))
}
