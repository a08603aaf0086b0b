//! `quitus invite NAME`: a text that lets one person join a relay and become a contact.

use quitus_core::digest::Sha256;
use quitus_core::invite::{
    InviteId, InviteLink, Role, Side, card_mac, redeem_token, relay_keys_digest,
};
use quitus_core::keyring::Slot;
use quitus_core::keys::Secret;
use quitus_core::ledger::Fact;
use quitus_core::protocol::Invite;
use quitus_core::text::base64url;
use quitus_core::transfer::TransferId;

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
    let card = home.own_card()?;
    if home.contacts()?.named(&args.name).is_some() {
        let name = args.name.as_str();
        return Err(Failure::usage(phrase!("invite-name-known", name = name)));
    }
    let origin = relays::choose(env, &home, args.relay.as_deref())?;
    let client = Client::new(env, origin.clone(), args.ca_file.as_deref())?;
    let keys = client.relay_keys()?;
    relays::check_keys(&home, &origin, &keys)?;

    let invite = draw(&client, &keys, Sha256::of(&[card.as_bytes()]))?;
    let mut kept = home.transfer(TransferId::from_bytes(*invite.id.as_bytes()))?;
    let (relay, name) = (origin, args.name.clone());
    // First, so that a crash leaves no secret that nothing leads to.
    kept.append(env.now(), Fact::Invited { relay, name })?;
    kept.keep(&Slot {
        link: Some(Secret::from_bytes(*invite.secret.expose())),
        ..Slot::default()
    })?;
    let sealed = super::join::seal_card(&invite, card.as_bytes())?;
    let now = env.now();
    let created = client.invite(
        &home.request_key()?,
        &Invite {
            id: invite.id,
            token_digest: Sha256::of(&[redeem_token(&invite.id, &invite.secret).expose()]),
            role: Role::Freelancer,
            expiry_seconds: args.expires.moment(now).since(now).as_secs(),
            mac: base64url(&card_mac(
                &invite.id,
                &invite.secret,
                Side::Inviter,
                &sealed,
            )),
            card: base64url(&sealed),
            engagement: None,
        },
    )?;
    env.terminal().say(phrase!(
        "invited",
        name = args.name.as_str(),
        expires = created.expires_at.to_string()
    ));
    env.terminal().result_line(&invite.to_text())
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
