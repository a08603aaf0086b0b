//! `quitus invite NAME`: a text that lets one person join a relay and become a contact.

use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::invite::{
    InviteId, InviteLink, Role, Side, card_mac, redeem_token, relay_keys_digest,
};
use quitus_core::keyring::Slot;
use quitus_core::keys::Secret;
use quitus_core::ledger::Fact;
use quitus_core::protocol::{Invite, Proposed};
use quitus_core::rules::Offer;
use quitus_core::text::base64url;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use super::join::seal_card;
use crate::args::InviteArgs;
use crate::client::{Client, RelayKeys};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::relays;

/// Makes an invite and prints it, alone, on stdout.
///
/// # Errors
///
/// Exit 2 when this person has no card, 4 when its account may not invite.
pub fn run(env: &Env, args: &InviteArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    home.own_card()?;
    if home.contacts()?.named(&args.name).is_some() {
        let name = args.name.as_str();
        return Err(Failure::usage(phrase!("invite-name-known", name = name)));
    }
    let origin = relays::choose(env, &home, args.relay.as_deref())?;
    let client = Client::new(env, origin, args.ca_file.as_deref())?;
    let invitation = Invitation {
        name: &args.name,
        expires: args.expires.moment(env.now()),
        engagement: None,
    };
    let (link, expires_at) = invite(env, &home, &client, &invitation)?;
    env.terminal().say(phrase!(
        "invited",
        name = args.name.as_str(),
        expires = expires_at.to_string()
    ));
    env.terminal().result_line(&link.to_text())
}

/// Whom to invite, until when, to what.
pub(super) struct Invitation<'a> {
    /// The name under which whoever joins becomes a contact.
    pub(super) name: &'a str,
    /// When the invite can no longer be used.
    pub(super) expires: Timestamp,
    /// The engagement, and what is offered.
    pub(super) engagement: Option<(EngagementId, Offer)>,
}

/// Makes an invite; says until when the relay takes it.
///
/// # Errors
///
/// As [`run`].
pub(super) fn invite(
    env: &Env,
    home: &Home,
    client: &Client<'_>,
    invitation: &Invitation<'_>,
) -> Result<(InviteLink, Timestamp), Failure> {
    let card = home.own_card()?;
    let keys = client.relay_keys()?;
    relays::check_keys(home, client.origin(), &keys)?;
    let link = draw(client, &keys, Sha256::of(&[card.as_bytes()]))?;
    let mut kept = home.transfer(TransferId::from_bytes(*link.id.as_bytes()))?;
    let (relay, name) = (client.origin().clone(), invitation.name.to_owned());
    // First, so that a crash leaves no secret that nothing leads to.
    kept.append(env.now(), Fact::Invited { relay, name })?;
    kept.keep(&Slot {
        link: Some(Secret::from_bytes(*link.secret.expose())),
        ..Slot::default()
    })?;
    let sealed = seal_card(&link, card.as_bytes())?;
    let engagement = match &invitation.engagement {
        None => None,
        Some((id, offer)) => Some(Proposed {
            id: *id,
            rules: base64url(&seal_card(&link, &offer.to_bytes())?),
        }),
    };
    let request = Invite {
        id: link.id,
        token_digest: Sha256::of(&[redeem_token(&link.id, &link.secret).expose()]),
        role: Role::Freelancer,
        expiry_seconds: invitation.expires.since(env.now()).as_secs(),
        mac: base64url(&card_mac(&link.id, &link.secret, Side::Inviter, &sealed)),
        card: base64url(&sealed),
        engagement,
    };
    let created = client.invite(&home.request_key()?, &request)?;
    Ok((link, created.expires_at))
}

fn draw(client: &Client<'_>, keys: &RelayKeys, card: Sha256) -> Result<InviteLink, Failure> {
    let id = Secret::<16>::draw().map_err(Failure::unexpected)?;
    Ok(InviteLink {
        origin: client.origin().clone(),
        id: InviteId::from_bytes(*id.expose()),
        secret: Secret::draw().map_err(Failure::unexpected)?,
        card: Some(card),
        relay_keys: relay_keys_digest(&keys.statement, &keys.log.key()),
    })
}
