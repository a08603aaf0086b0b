//! `quitus contact`: whose keys are pinned, and whether their words were compared.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use quitus_core::card::{CARD_BYTES_MAX, CardError};
use quitus_core::contacts::{Contact, Keys, KeysError, PinError, Pinned};

use crate::args::{ContactCommand, PinArgs, VerifyArgs};
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;
use crate::words::Phrase;

/// Does what was asked with contacts.
///
/// # Errors
///
/// Exit 2 for a name that is none or unknown, 6 when keys are not those that were pinned or a card does
/// not verify, 8 when a file cannot be read or written.
pub fn run(env: &Env, command: &ContactCommand) -> Result<(), Failure> {
    let home = Home::open(env)?;
    match command {
        ContactCommand::Add(args) => add(env, &home, args),
        ContactCommand::List => list(env, &home),
        ContactCommand::Verify(args) => verify(env, &home, args),
        ContactCommand::Replace(args) => replace(env, &home, args),
        ContactCommand::Remove(args) => {
            home.change_contacts(|contacts| contacts.remove(&args.name))?;
            env.terminal()
                .say(phrase!("contact-removed", name = &args.name));
            Ok(())
        }
    }
}

fn add(env: &Env, home: &Home, args: &PinArgs) -> Result<(), Failure> {
    let keys = read(env, &args.card)?;
    match home.pin(&args.name, keys, env.second())? {
        Pinned::New => tell_pinned(env, &home.contact(&args.name)?),
        Pinned::Known => {
            env.terminal()
                .say(phrase!("contact-known", name = &args.name));
            Ok(())
        }
    }
}

fn replace(env: &Env, home: &Home, args: &PinArgs) -> Result<(), Failure> {
    let keys = read(env, &args.card)?;
    home.change_contacts(|contacts| contacts.replace(&args.name, keys, env.second()))?;
    tell_pinned(env, &home.contact(&args.name)?)
}

fn list(env: &Env, home: &Home) -> Result<(), Failure> {
    for contact in home.contacts()?.iter() {
        env.terminal().event("contact", event(contact));
        let line = phrase!(
            "contact-line",
            name = &contact.name,
            fingerprint = fingerprint(contact),
            verified = verified(contact)
        );
        env.terminal()
            .result_line(&env.terminal().words().write(&line))?;
    }
    Ok(())
}

/// Shows the words of both sides; what the person answers is what is written down.
fn verify(env: &Env, home: &Home, args: &VerifyArgs) -> Result<(), Failure> {
    let contact = home.contact(&args.name)?;
    let print = |phrase: &Phrase| {
        env.terminal()
            .result_line(&env.terminal().words().write(phrase))
    };
    print(&phrase!(
        "words-theirs",
        name = &contact.name,
        words = words(&contact)
    ))?;
    if let Some(card) = home.card()? {
        print(&phrase!("words-own", words = card.words().to_string()))?;
    }
    let question = phrase!("ask-words", name = &contact.name);
    if !args.yes && !env.terminal().ask_whether(&question, "--yes")? {
        let what = phrase!("words-differ", name = &contact.name);
        return Err(Failure::new(Kind::Integrity, what).hint(phrase!("words-differ-hint")));
    }
    home.change_contacts(|contacts| {
        // The question may have waited for long: what was compared must still be what is pinned.
        let now = contacts.named(&args.name);
        let what = now
            .map(|now| now.keys.changes(&contact.keys))
            .unwrap_or_default();
        if what.is_empty() {
            contacts.verified(&args.name, env.second())
        } else {
            let name = args.name.clone();
            Err(PinError::Changed { name, what })
        }
    })?;
    env.terminal()
        .say(phrase!("contact-verified", name = &contact.name));
    Ok(())
}

fn tell_pinned(env: &Env, contact: &Contact) -> Result<(), Failure> {
    let (name, fingerprint) = (&contact.name, fingerprint(contact));
    env.terminal().say(phrase!(
        "contact-pinned",
        name = name,
        fingerprint = fingerprint
    ));
    env.terminal().say(phrase!("contact-compare", name = name));
    env.terminal().event("pinned", event(contact));
    env.terminal().result_line(&words(contact))
}

fn event(contact: &Contact) -> serde_json::Value {
    serde_json::json!({
        "name": contact.name,
        "recipients": contact.keys.recipients(),
        "signingKeys": contact.keys.signing_keys(),
        "requestKeys": contact.keys.request_keys(),
        "words": words(contact),
        "pinnedAt": contact.pinned_at,
        "verifiedAt": contact.verified_at,
    })
}

fn words(contact: &Contact) -> String {
    let words = contact.keys.words();
    words.map(|words| words.to_string()).unwrap_or_default()
}

fn fingerprint(contact: &Contact) -> String {
    let fingerprint = contact.keys.fingerprint();
    fingerprint
        .map(|print| print.to_string())
        .unwrap_or_default()
}

fn verified(contact: &Contact) -> Phrase {
    match contact.verified_at {
        Some(at) => phrase!("contact-verified-at", at = at.to_string()),
        None => phrase!("contact-unverified"),
    }
}

/// Reads a card or keys: the text itself, a file, or stdin.
fn read(env: &Env, card: &str) -> Result<Keys, Failure> {
    let is_text = ["-----BEGIN ", "ssh-ed25519 "]
        .iter()
        .any(|begin| card.trim_start().starts_with(begin));
    let text = if is_text {
        card.as_bytes().to_vec()
    } else {
        read_file(card.as_ref())?
    };
    let (keys, n_skipped) = Keys::read(&text).map_err(keys_failure)?;
    if n_skipped > 0 {
        env.terminal().warn(phrase!("keys-skipped", n = n_skipped));
    }
    Ok(keys)
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let bytes_max = CARD_BYTES_MAX as u64 + 1;
    let outcome = if path.as_os_str() == "-" {
        io::stdin().take(bytes_max).read_to_end(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(bytes_max).read_to_end(&mut text))
    };
    match outcome {
        Ok(_) if text.len() > CARD_BYTES_MAX => Err(Failure::usage(phrase!(
            "card-too-large",
            limit = CARD_BYTES_MAX
        ))),
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::read(path, error)),
    }
}

fn keys_failure(error: KeysError) -> Failure {
    match error {
        // Whoever changed it, nothing more can be told.
        KeysError::Card(CardError::Document(_)) => {
            Failure::new(Kind::Integrity, phrase!("card-invalid"))
        }
        KeysError::Card(error) => {
            Failure::new(Kind::Integrity, phrase!("card-invalid")).because(error)
        }
        KeysError::Nothing => Failure::usage(phrase!("no-keys")).hint(phrase!("no-keys-hint")),
        KeysError::TooMany { actual } => Failure::usage(phrase!("too-many-keys", n = actual)),
    }
}
