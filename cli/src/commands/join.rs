//! `quitus join [INVITE]`: this person's key becomes an account of a relay, the inviter a contact.
//!
//! Promises: neither card can be swapped on its way: both are sealed and carry a MAC under the invite's
//! secret, which the relay never sees, and the inviter's is named by its digest in the invite.

mod engaging;

use quitus_core::card::Card;
use quitus_core::cipher::{self, Identity, SecretKey};
use quitus_core::contacts::Keys;
use quitus_core::digest::Sha256;
use quitus_core::invite::{
    InviteError, InviteId, InviteLink, InviteSecret, Side, card_key, card_mac, is_card_mac,
    redeem_token, relay_keys_digest,
};
use quitus_core::protocol::{Redeem, Redeemed, SEALED_CARD_BYTES_MAX};
use quitus_core::text::{base64url, from_base64url, from_base64url_vec};

use crate::args::JoinArgs;
use crate::client::Client;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;
use crate::relays::{self, Joined};
use crate::secrets;
use crate::witness;

/// Redeems an invite.
///
/// # Errors
///
/// Exit 2 when this person has no card or the text is no invite, 5 when it was used or is over, 6 when the
/// relay shows another key, or a card that the inviter did not make.
pub fn run(env: &Env, args: &JoinArgs) -> Result<(), Failure> {
    let words = (&phrase!("ask-invite"), phrase!("invite-in-arguments"));
    let text = secrets::text_of(env, args.invite.as_deref(), words)?;
    let invite = InviteLink::parse(&text).map_err(no_invite)?;
    let home = Home::open(env)?;
    let card = home.own_card()?;
    let client = Client::new(env, invite.origin.clone(), args.ca_file.as_deref())?;
    let keys = client.relay_keys()?;
    if relay_keys_digest(&keys.statement, &keys.log.key()) != invite.relay_keys {
        return Err(swapped());
    }
    relays::check_keys(&home, &invite.origin, &keys)?;

    let sealed = seal_card(&invite, card.as_bytes())?;
    let redeem = Redeem {
        token: base64url(redeem_token(&invite.id, &invite.secret).expose()),
        mac: base64url(&card_mac(&invite.id, &invite.secret, Side::Joiner, &sealed)),
        card: base64url(&sealed),
    };
    let redeemed = client.redeem(&invite.id, &home.request_key()?, &redeem)?;
    let inviter = inviter(&invite, &redeemed)?;
    relays::pin(
        &home,
        Joined {
            origin: invite.origin.clone(),
            statement_key: keys.statement,
            log_key: keys.log,
            role: redeemed.role,
            joined_at: env.now(),
        },
    )?;
    let relay = invite.origin.to_string();
    env.terminal().say(phrase!("joined", relay = relay));
    let Some(card) = inviter else {
        return witness::visit(env, &home, &client).map(drop);
    };
    let signing_key = card.signing_key().fingerprint();
    let name = befriend(env, &home, args, card)?;
    if let Some(proposed) = &redeemed.engagement {
        let offered = engaging::open(&invite, proposed, &signing_key)?;
        engaging::join(env, &home, (args, &client), (offered, &name))?;
    }
    witness::visit(env, &home, &client).map(drop)
}

fn befriend(env: &Env, home: &Home, args: &JoinArgs, card: Card) -> Result<String, Failure> {
    let name = args.r#as.clone().unwrap_or_else(|| card.name().to_owned());
    let words = card.words().to_string();
    home.pin(&name, Keys::Card(Box::new(card)), env.now())?;
    let shown = name.as_str();
    env.terminal()
        .say(phrase!("contact-joined", name = shown, words = words));
    env.terminal().say(phrase!("contact-compare", name = shown));
    Ok(name)
}

/// The inviter's card; none where the operator invited.
fn inviter(invite: &InviteLink, redeemed: &Redeemed) -> Result<Option<Card>, Failure> {
    match (invite.card, &redeemed.card, &redeemed.mac) {
        (None, None, None) => Ok(None),
        (Some(digest), Some(card), Some(mac)) => {
            let key = (&invite.id, &invite.secret);
            let card = open_card(key, Side::Inviter, (card, mac))?;
            if Sha256::of(&[card.as_bytes()]) == digest {
                Ok(Some(card))
            } else {
                Err(swapped())
            }
        }
        (Some(_) | None, _, _) => Err(swapped()),
    }
}

/// Seals a card to the invite's card key.
///
/// # Errors
///
/// Exit 1 when the system has no randomness.
pub(super) fn seal_card(invite: &InviteLink, card: &[u8]) -> Result<Vec<u8>, Failure> {
    let key = SecretKey::from_scalar(card_key(&invite.id, &invite.secret).expose());
    cipher::seal_bytes(&[key.recipient()], card).map_err(Failure::unexpected)
}

/// Checks the MAC of a sealed card, opens it and verifies its signature.
///
/// # Errors
///
/// Exit 6 when it is not the card that the other side made.
pub(super) fn open_card(
    (id, secret): (&InviteId, &InviteSecret),
    side: Side,
    (card, mac): (&str, &str),
) -> Result<Card, Failure> {
    let sealed = from_base64url_vec(card, SEALED_CARD_BYTES_MAX).map_err(|_| swapped())?;
    let mac = from_base64url::<32>(mac).map_err(|_| swapped())?;
    if !is_card_mac((id, secret), side, &sealed, &mac) {
        return Err(swapped());
    }
    let identity = Identity::from_scalar(card_key(id, secret).expose());
    let card = cipher::open_bytes(&[identity], &sealed, SEALED_CARD_BYTES_MAX);
    let card = card.map_err(|error| swapped().because(error))?;
    Card::verify(&card).map_err(|error| swapped().because(error))
}

fn swapped() -> Failure {
    Failure::new(Kind::Integrity, phrase!("card-swapped")).hint(phrase!("card-swapped-hint"))
}

/// Says why a text is no invite.
fn no_invite(error: InviteError) -> Failure {
    let hint = phrase!("invite-hint");
    let what = match error {
        InviteError::TooLong | InviteError::Shape => phrase!("invite-malformed"),
        InviteError::NoSecret => phrase!("link-no-secret"),
        InviteError::Length { actual, expected } => {
            phrase!("link-length", actual = actual, expected = expected)
        }
        InviteError::Altered => phrase!("invite-altered"),
        InviteError::Version { version } => {
            return Failure::usage(phrase!("invite-version", version = version))
                .hint(phrase!("link-version-hint"));
        }
        InviteError::Origin(error) => {
            let failure = Failure::usage(phrase!("invite-malformed"));
            return failure.because(error).hint(hint);
        }
    };
    Failure::usage(what).hint(hint)
}
