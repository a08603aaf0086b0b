//! `quitus recipient add ID NAME`: one recipient more, by a new envelope; nothing is uploaded again.

use quitus_core::envelope::Envelope;
use quitus_core::ledger::Fact;
use quitus_core::protocol;
use quitus_core::terms::Terms;
use quitus_core::text::base64url;

use crate::args::RecipientAddArgs;
use crate::claiming::Opened;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::recipients::{Recipients, names_of};
use crate::sent::Sent;

/// Names a recipient.
///
/// # Errors
///
/// Exit 2 when this device did not send it to recipients, or the name is no contact; 5 when the relay no
/// longer holds it.
pub fn run(env: &Env, args: &RecipientAddArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let sent = Sent::find(env, &home, &args.transfer, args.ca_file.as_deref())?;
    let mut transfer = home.transfer(sent.id)?;
    let mut names = names_of(&transfer);
    if names.is_empty() {
        let hint = phrase!("recipient-of-link-hint");
        return Err(Failure::usage(phrase!("recipient-of-link")).hint(hint));
    }
    let name = args.name.as_str();
    if names.iter().any(|known| known == name) {
        env.terminal().say(phrase!("recipient-known", name = name));
        return Ok(());
    }
    names.push(args.name.clone());
    let recipients = Recipients::find(&home, &names)?;
    recipients.tell_doubts(env);

    let identities = home.identities(env, args.passphrase_file.as_deref())?;
    let opened = Opened::fetch(&home, &sent.client, &sent.id, &identities)?;
    let before = opened.terms;
    let version = before.version + 1;
    let limits = (before.expires_at, before.downloads);
    let terms = Terms::new(before.manifest, version, recipients.signing_keys(), limits);
    let envelope = Envelope {
        secret: opened.secret,
        terms: terms
            .sign(home.signer()?.as_ref())
            .map_err(Failure::unsigned)?,
    };
    let change = protocol::Recipients {
        recipients: recipients.request_keys(),
        terms: base64url(&recipients.seal(&envelope)?),
    };
    sent.client.recipients(&sent.id, &sent.key, &change)?;
    let name = args.name.clone();
    transfer.append(env.now(), Fact::RecipientAdded { name, version })?;
    env.terminal().say(phrase!(
        "recipient-added",
        name = args.name.as_str(),
        id = sent.id.short()
    ));
    Ok(())
}
