//! `quitus extend ID --expires WHEN`: another end, with terms that say so; nothing is uploaded again.

use quitus_core::cipher::{self, Recipient};
use quitus_core::envelope::Envelope;
use quitus_core::ledger::Fact;
use quitus_core::protocol::Extend;
use quitus_core::terms::Terms;
use quitus_core::text::base64url;
use quitus_core::time::Timestamp;

use crate::args::ExtendArgs;
use crate::claiming::Opened;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::recipients::Recipients;
use crate::sent::Sent;

/// Gives a transfer another end, later or earlier.
///
/// # Errors
///
/// Exit 2 when this device did not send it, 5 when the relay no longer holds it, 9 when the relay does
/// not allow that end.
pub fn run(env: &Env, args: &ExtendArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let sent = Sent::find(env, &home, &args.transfer, args.ca_file.as_deref())?;
    let mut transfer = home.transfer(sent.id)?;
    // The relay keeps no fractions of a second beyond its own; terms and relay must agree.
    let expires_at = Timestamp::from_unix(args.expires.moment(env.now()).seconds(), 0);
    let agreed = Agreed::of(&transfer)?;
    let version = agreed.version + 1;
    let recipients = Recipients::of(&home, &transfer)?;
    let (named, limits) = (recipients.signing_keys(), (expires_at, agreed.downloads));
    let terms = Terms::new(agreed.manifest, version, named, limits);
    let terms = terms
        .sign(home.signer()?.as_ref())
        .map_err(Failure::unsigned)?;
    let sealed = if recipients.is_empty() {
        let recipient = transfer.slot()?.terms_recipient.ok_or_else(ended)?;
        let recipient = Recipient::from_public_bytes(recipient.expose());
        cipher::seal_bytes(&[recipient], &terms).map_err(Failure::unexpected)?
    } else {
        let identities = home.identities(env, args.passphrase_file.as_deref())?;
        let opened = Opened::fetch(&home, &sent.client, &sent.id, &identities)?;
        let secret = opened.secret;
        recipients.seal(&Envelope { secret, terms })?
    };
    let extend = Extend {
        expires_at,
        terms: base64url(&sealed),
    };
    sent.client.extend(&sent.id, &sent.key, &extend)?;
    transfer.append(
        env.now(),
        Fact::Extended {
            expires_at,
            version,
        },
    )?;
    env.terminal().say(phrase!(
        "extended",
        id = sent.id.short(),
        expires = expires_at.to_string()
    ));
    env.terminal().event(
        "extended",
        serde_json::json!({ "transfer": sent.id, "expiresAt": expires_at }),
    );
    Ok(())
}

/// What the sender said last of a complete transfer.
struct Agreed {
    manifest: quitus_core::digest::Sha256,
    version: u32,
    downloads: u32,
}

impl Agreed {
    fn of(transfer: &Transfer) -> Result<Self, Failure> {
        if transfer.next_step().is_some() {
            return Err(Failure::usage(phrase!("own-transfer")).hint(phrase!("own-transfer-hint")));
        }
        let manifest = transfer.facts().find_map(|fact| {
            if let Fact::Uploaded { manifest } = fact {
                Some(*manifest)
            } else {
                None
            }
        });
        let version = transfer.facts().find_map(|fact| {
            if let Fact::Extended { version, .. } | Fact::RecipientAdded { version, .. } = fact {
                Some(*version)
            } else {
                None
            }
        });
        let downloads = transfer.facts().find_map(|fact| {
            if let Fact::SendBegun { downloads, .. } = fact {
                Some(*downloads)
            } else {
                None
            }
        });
        let (manifest, downloads) = manifest.zip(downloads).ok_or_else(ended)?;
        Ok(Self {
            manifest,
            version: version.unwrap_or(1),
            downloads,
        })
    }
}

fn ended() -> Failure {
    Failure::new(Kind::Gone, phrase!("transfer-ended"))
}
