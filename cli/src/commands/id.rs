//! `quitus id`: this person's card, for others to pin.

use std::path::Path;

use quitus_core::card::Card;

use super::receipt::write_new;
use crate::args::IdArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::qr;

/// Shows the card, draws it, or writes it.
///
/// # Errors
///
/// Exit 2 before `quitus init`, 8 when the card cannot be read, or the file exists or cannot be written.
pub fn run(env: &Env, args: &IdArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let card = home.own_card()?;
    match &args.output {
        Some(path) if path.as_os_str() == "-" => env.terminal().result_bytes(card.as_bytes()),
        Some(path) => write(env, path, &card),
        None if args.qr => draw(env, &card),
        None => tell(env, &card),
    }
}

/// Prints what is on a card, and its words.
pub(super) fn tell(env: &Env, card: &Card) -> Result<(), Failure> {
    let words = card.words().to_string();
    let fingerprint = card.fingerprint().to_string();
    env.terminal().event(
        "card",
        serde_json::json!({
            "name": card.name(),
            "recipients": card.recipients(),
            "requestKey": card.request_key(),
            "signingKey": card.signing_key(),
            "fingerprint": card.fingerprint(),
            "words": &words,
        }),
    );
    let mut phrases = vec![phrase!("id-name", name = card.name())];
    for recipient in card.recipients() {
        phrases.push(phrase!("id-recipient", recipient = recipient));
    }
    phrases.push(phrase!(
        "id-signing-key",
        key = card.signing_key().to_string()
    ));
    phrases.push(phrase!(
        "id-request-key",
        key = card.request_key().to_string()
    ));
    phrases.push(phrase!("id-fingerprint", fingerprint = fingerprint));
    phrases.push(phrase!("id-words", words = words));
    for phrase in &phrases {
        env.terminal()
            .result_line(&env.terminal().words().write(phrase))?;
    }
    Ok(())
}

fn draw(env: &Env, card: &Card) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(card.as_bytes());
    match qr::draw(&text) {
        Some(picture) => env.terminal().result_bytes(picture.as_bytes()),
        None => Err(Failure::usage(phrase!("qr-too-long")).hint(phrase!("qr-too-long-hint"))),
    }
}

fn write(env: &Env, path: &Path, card: &Card) -> Result<(), Failure> {
    write_new(path, card.as_bytes()).map_err(|error| Failure::write(path, error))?;
    env.terminal().say(phrase!("card-written", path = path));
    Ok(())
}
