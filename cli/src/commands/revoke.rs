//! `quitus revoke ID`: nobody can download it any more, and the relay destroys it.

use quitus_core::ledger::Fact;

use crate::args::TransferArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::sent::Sent;

/// Ends a transfer now; what was already downloaded stays downloaded.
///
/// # Errors
///
/// Exit 2 when this device did not send it, 5 when the relay no longer holds it.
pub fn run(env: &Env, args: &TransferArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let sent = Sent::find(env, &home, &args.transfer, args.ca_file.as_deref())?;
    let mut transfer = home.transfer(sent.id)?;
    sent.client.revoke(&sent.id, &sent.key)?;
    transfer.erase_ended()?;
    transfer.end_upload()?;
    transfer.append(env.now(), Fact::Revoked)?;
    env.terminal().say(phrase!("revoked", id = sent.id.short()));
    env.terminal()
        .event("revoked", serde_json::json!({ "transfer": sent.id }));
    Ok(())
}
