//! `quitus show ID`: where a transfer is in its life, and who came for it, when, from where, how far.

use quitus_core::protocol::{Access, GrantStatus, Happening, Status, StatusPhase};

use super::list::state;
use crate::args::TransferArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::sent::{Sent, forget};
use crate::witness;
use crate::words::Phrase;

/// Prints what the relay knows of one transfer.
///
/// # Errors
///
/// Exit 2 when this device did not send it, 5 when the relay does not know it.
pub fn run(env: &Env, args: &TransferArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let sent = Sent::find(env, &home, &args.transfer, args.ca_file.as_deref())?;
    let status = sent.client.status(&sent.id, &sent.key)?;
    let activity = sent.client.activity(&sent.id, &sent.key)?;
    match status.phase {
        StatusPhase::Uploading | StatusPhase::Live => {}
        StatusPhase::Ended | StatusPhase::Destroyed => forget(&home, sent.id)?,
    }
    env.terminal().event("transfer", &status);
    env.terminal().event("activity", &activity);
    print(env, &summary(&status))?;
    for grant in &activity.grants {
        print(env, &grant_line(grant))?;
    }
    for access in &activity.log {
        print(env, &access_line(access))?;
    }
    witness::visit(env, &home, &sent.client).map(drop)
}

fn print(env: &Env, phrase: &Phrase) -> Result<(), Failure> {
    env.terminal()
        .result_line(&env.terminal().words().write(phrase))
}

fn summary(status: &Status) -> Phrase {
    phrase!(
        "show-summary",
        id = status.id.to_string(),
        state = state(status),
        consumed = status.n_consumed,
        downloads = status.downloads,
        running = status.n_live,
        released = status.n_released,
        wrong = status.n_wrong_passwords,
        created = status.created_at.to_string(),
        expires = status.expires_at.to_string(),
        bytes = status.archive_bytes
    )
}

fn grant_line(grant: &GrantStatus) -> Phrase {
    phrase!(
        "show-grant",
        grant = &grant.grant,
        state = &grant.state,
        asked = grant.n_parts_asked,
        parts = grant.n_parts,
        until = grant.lease_until.to_string()
    )
}

fn access_line(access: &Access) -> Phrase {
    phrase!(
        "show-access",
        at = access.at.to_string(),
        what = happening(access.what),
        address = access.address.as_deref().unwrap_or("-"),
        grant = access.grant.as_deref().unwrap_or("-"),
        agent = access.agent.as_deref().unwrap_or("-")
    )
}

fn happening(what: Happening) -> Phrase {
    match what {
        Happening::Created => phrase!("happening-created"),
        Happening::Completed => phrase!("happening-completed"),
        Happening::Claimed => phrase!("happening-claimed"),
        Happening::Refused => phrase!("happening-refused"),
        Happening::WrongPassword => phrase!("happening-wrong-password"),
        Happening::Frozen => phrase!("happening-frozen"),
        Happening::Done => phrase!("happening-done"),
        Happening::Lapsed => phrase!("happening-lapsed"),
        Happening::Extended => phrase!("happening-extended"),
        Happening::Recipients => phrase!("happening-recipients"),
        Happening::Cut => phrase!("happening-cut"),
        Happening::Revoked => phrase!("happening-revoked"),
        Happening::Expired => phrase!("happening-expired"),
        Happening::Destroyed => phrase!("happening-destroyed"),
        Happening::DestructionIncomplete => phrase!("happening-destruction-incomplete"),
        Happening::Barred => phrase!("happening-barred"),
        Happening::Joined => phrase!("happening-joined"),
        Happening::Agreed => phrase!("happening-agreed"),
        Happening::Engaged => phrase!("happening-engaged"),
        Happening::Suspended => phrase!("happening-suspended"),
        Happening::Resumed => phrase!("happening-resumed"),
        Happening::Deactivated => phrase!("happening-deactivated"),
        Happening::Admitted => phrase!("happening-admitted"),
        Happening::Proposed => phrase!("happening-proposed"),
        Happening::Accepted => phrase!("happening-accepted"),
        Happening::Concluded => phrase!("happening-concluded"),
        Happening::Closed => phrase!("happening-closed"),
    }
}
