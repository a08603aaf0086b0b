//! `quitus init`: this person's keys and card, made once.

use quitus_core::card::{Card, CardError};
use quitus_core::cipher::{self, Recipient, SecretKey};
use quitus_core::keys::{Fingerprint, Signer};
use zeroize::Zeroizing;

use super::id::tell;
use crate::agent::{self, AgentKey};
use crate::args::InitArgs;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, SignWith};
use crate::phrase;
use crate::secrets::{self, PassphraseSource};

/// Makes an identity, a request key and, where none is named, a signing key; then signs the card,
/// which says that it is done. Interrupted before that, it can be run again.
///
/// # Errors
///
/// Exit 2 when it was done before or the name is none, 8 when a key cannot be read or kept, or the
/// agent does not sign.
pub fn run(env: &Env, args: &InitArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    if home.card()?.is_some() {
        return Err(Failure::usage(phrase!("init-done")).hint(phrase!("init-done-hint")));
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None => env.terminal().ask(&phrase!("ask-name"), "--name")?,
    };
    if let Some(with) = &args.sign_with {
        home.set_sign_with(&sign_with(env, with)?)?;
    }
    let signer = home.signer()?;
    let identity = SecretKey::generate();
    let card = card(env, &home, (&name, &identity), signer.as_ref())?;
    home.keep_identity(&file(env, args, &identity)?)?;
    home.keep_card(&card)?;
    env.terminal()
        .say(phrase!("init-made", path = &home.identity_path()));
    tell(env, &card)
}

fn card(
    env: &Env,
    home: &Home,
    (name, identity): (&str, &SecretKey),
    signer: &dyn Signer,
) -> Result<Card, Failure> {
    let keys = (home.request_key()?.public(), env.second());
    Card::sign(name, vec![identity.recipient_text()], keys, signer).map_err(|error| match error {
        CardError::Sign(error) => Failure::unsigned(error),
        CardError::Name { .. } => Failure::usage(phrase!("card-name", name = name)),
        CardError::TooLong { .. }
        | CardError::Document(_)
        | CardError::Count { .. }
        | CardError::Recipient { .. }
        | CardError::Repeated { .. }
        | CardError::RequestKey(_)
        | CardError::SameKey => Failure::unexpected(error),
    })
}

/// The file of the identity: sealed with a passphrase, unless the person does not want one.
fn file(env: &Env, args: &InitArgs, identity: &SecretKey) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (made, recipient) = (env.second(), identity.recipient_text());
    let secret = identity.expose_text();
    let head = format!("# created: {made}\n# public key: {recipient}\n");
    let plain = Zeroizing::new([head.as_bytes(), secret.as_bytes(), b"\n"].concat());
    if args.no_passphrase {
        env.terminal().warn(phrase!("init-no-passphrase"));
        return Ok(plain);
    }
    let source = PassphraseSource {
        file: args.passphrase_file.as_deref(),
        flag: secrets::PASSPHRASE_FLAG,
        question: phrase!("ask-identity-passphrase"),
    };
    let recipients = [Recipient::from_passphrase(&source.get_new(env)?)];
    cipher::seal_bytes(&recipients, &plain)
        .map(Zeroizing::new)
        .map_err(Failure::unexpected)
}

/// Reads `agent`, `agent:FINGERPRINT` or the path of a key file.
fn sign_with(env: &Env, with: &str) -> Result<SignWith, Failure> {
    let wanted = match with.strip_prefix("agent") {
        Some("") => None,
        Some(rest) if rest.starts_with(':') => {
            let fingerprint = rest.trim_start_matches(':').to_owned();
            Some(
                Fingerprint::try_from(fingerprint)
                    .map_err(|error| Failure::usage(phrase!("agent-fingerprint")).because(error))?,
            )
        }
        Some(_) | None => return SignWith::file(with.as_ref()),
    };
    let socket = env.agent().ok_or_else(|| {
        Failure::new(Kind::LocalIo, phrase!("agent-unknown")).hint(phrase!("agent-unknown-hint"))
    })?;
    let mut keys = agent::keys(socket).map_err(|error| {
        Failure::new(Kind::LocalIo, phrase!("agent-unreachable")).because(error)
    })?;
    if let Some(wanted) = &wanted {
        keys.retain(|key| key.key.fingerprint() == *wanted);
    }
    match keys.as_slice() {
        [AgentKey { key, .. }] => Ok(SignWith {
            key: key.clone(),
            file: None,
        }),
        [] => Err(Failure::usage(phrase!("agent-empty")).hint(phrase!("agent-empty-hint"))),
        several => {
            for AgentKey { key, comment } in several {
                let fingerprint = key.fingerprint().to_string();
                env.terminal().warn(phrase!(
                    "agent-key",
                    fingerprint = fingerprint,
                    comment = comment
                ));
            }
            Err(Failure::usage(phrase!("agent-several")).hint(phrase!("agent-several-hint")))
        }
    }
}
