//! The client's part of the end: access first, words after, the last word once nothing is missing.

use std::thread;
use std::time::Duration;

use quitus_core::digest::Sha256;
use quitus_core::protocol::{Deed, EngagementStatus, StatusPhase};
use quitus_core::statement::{
    Acknowledged, CredentialsChanged, Facts, Instructed, Kind, Observation, Verified,
};
use quitus_core::transfer::TransferId;

use super::{exporting, is_stated};
use crate::args::OffboardArgs;
use crate::checklist::{Checklist, secrets};
use crate::engagements::{Desk, Said};
use crate::failure::Failure;
use crate::home::KeptStatement;

/// How often it is looked whether the relay has done its part, before that is left to the next run.
const N_LOOKS: usize = 50;
/// How long between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// Ends every access, signs what is to be signed, and takes note of the end where nothing is missing.
///
/// # Errors
///
/// As the relay answers; exit 8 when something cannot be read or kept here.
pub(super) fn close(desk: &Desk<'_>, args: &OffboardArgs) -> Result<EngagementStatus, Failure> {
    let status = desk
        .client
        .act(&desk.engagement.id, &desk.key, &Deed::End {})?;
    instruct(desk, &status)?;
    if args.credentials_changed {
        change_credentials(desk, &status)?;
    }
    wait_until(|| is_destroyed(desk))?;
    let passphrase_file = args.access.passphrase_file.as_deref();
    desk.hear(passphrase_file)?;
    acknowledge(desk, &status, args)?;
    Ok(status)
}

fn instruct(desk: &Desk<'_>, status: &EngagementStatus) -> Result<(), Failure> {
    if is_stated(&desk.statements()?, Kind::Instructed) {
        return Ok(());
    }
    let facts = Facts::Instructed(Instructed {
        choice: desk.engagement.rules().choice,
        transfers: Vec::new(),
        by: None,
    });
    let at = status.ended_at.unwrap_or_else(|| desk.env.second());
    let observed = vec![Observation {
        at,
        code: "engagement.state".to_owned(),
        what: "the state of the engagement, as the relay answers".to_owned(),
        result: "ended: every access revoked, every transfer in it revoked".to_owned(),
    }];
    let said = Said {
        observed,
        ..Said::default()
    };
    desk.state(facts, said, &desk.others(status)?).map(drop)
}

/// States that what was passed on was changed; nothing of what was stated before.
fn change_credentials(desk: &Desk<'_>, status: &EngagementStatus) -> Result<(), Failure> {
    let statements = desk.statements()?;
    let is_stated = |id: &TransferId| {
        statements.iter().any(|kept| {
            matches!(&kept.verified.statement.predicate.facts,
                Facts::CredentialsChanged(facts) if facts.transfers.contains(id))
        })
    };
    let mut transfers: Vec<_> = secrets(desk)?.into_iter().map(|(id, _)| id).collect();
    transfers.retain(|id| !is_stated(id));
    if transfers.is_empty() {
        return Ok(());
    }
    let facts = Facts::CredentialsChanged(CredentialsChanged { transfers });
    desk.state(facts, Said::default(), &desk.others(status)?)
        .map(drop)
}

/// Looks again and again, for a while.
pub(super) fn wait_until(mut is_so: impl FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    for _ in 0..N_LOOKS {
        if is_so()? {
            break;
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

fn is_destroyed(desk: &Desk<'_>) -> Result<bool, Failure> {
    let transfers = desk.client.engaged(&desk.engagement.id, &desk.key)?;
    let is_gone = |phase| phase == StatusPhase::Destroyed;
    Ok(transfers.iter().all(|one| is_gone(one.status.phase)))
}

/// Has the log exported and signs for the end, once nothing is missing, or with what is.
fn acknowledge(
    desk: &Desk<'_>,
    status: &EngagementStatus,
    args: &OffboardArgs,
) -> Result<(), Failure> {
    let list = Checklist::closing(desk, status)?;
    let missing = list.missing(desk.env);
    let statements = desk.statements()?;
    // What was signed for with something missing is signed for once more when nothing is, or with another
    // reservation.
    let reserve = args.reserve.as_ref();
    let is_due = match last_acknowledged(&statements) {
        Some(before) if before.missing.is_empty() => false,
        Some(before) => {
            let is_other = reserve.is_some() && reserve != before.reservations.as_ref();
            missing.is_empty() || is_other
        }
        None => missing.is_empty() || reserve.is_some(),
    };
    if !is_due {
        return Ok(());
    }
    let folder = args.output.as_deref();
    let subjects = vec![exporting::export(desk, folder, args)?];
    let observed = list.observed(desk.env.second());
    let said = Said {
        observed,
        subjects,
        ..Said::default()
    };
    let heads = heads(desk.statements()?.iter().map(|kept| &kept.verified));
    let facts = Facts::Acknowledged(Acknowledged {
        heads,
        missing,
        reservations: args.reserve.clone(),
    });
    desk.state(facts, said, &desk.others(status)?).map(drop)
}

/// How the end was last acknowledged; none where it never was.
fn last_acknowledged(statements: &[KeptStatement]) -> Option<&Acknowledged> {
    statements.iter().rev().find_map(|kept| {
        if let Facts::Acknowledged(facts) = &kept.verified.statement.predicate.facts {
            Some(facts)
        } else {
            None
        }
    })
}

/// Every issuer's last statement.
fn heads<'a>(statements: impl Iterator<Item = &'a Verified>) -> Vec<Sha256> {
    let mut last: Vec<&Verified> = Vec::new();
    for one in statements {
        let seq = |one: &Verified| one.statement.predicate.seq;
        match last.iter_mut().find(|other| other.key == one.key) {
            Some(other) if seq(other) < seq(one) => *other = one,
            Some(_) => {}
            None => last.push(one),
        }
    }
    last.into_iter().map(|one| one.digest).collect()
}
