//! `quitus engagement status` and `list`: who has access, since when, what waits for whom.

use quitus_core::engagement::{Standing, State};
use quitus_core::protocol::{EngagedTransfer, EngagementStatus, MemberStatus, StatusPhase};
use quitus_core::rules::SignedRules;
use quitus_core::statement::{Choice, Facts, Kind};
use quitus_core::time::Timestamp;
use quitus_core::watch::{Reminder, reminders};
use serde_json::json;

use super::amend::take_over;
use crate::args::StatusArgs;
use crate::checklist::Checklist;
use crate::engagements::{Access, Desk};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::watching;
use crate::words::Phrase;

/// Prints how an engagement stands, what is due and what is unusual.
///
/// # Errors
///
/// Exit 2 when the name means none, 5 when the relay knows none of which this person is a party.
pub(super) fn status(env: &Env, args: &StatusArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let mut desk = Desk::find(env, &home, &args.engagement, &access)?;
    take_over(&mut desk, &access)?;
    let status = desk.status()?;
    let transfers = desk.client.engaged(&desk.engagement.id, &desk.key)?;
    env.terminal().event(
        "engagement",
        json!({ "status": &status, "transfers": &transfers }),
    );
    tell_head(env, &desk, &status)?;
    for member in &status.members {
        line(env, &member_line(&desk, member, &status)?)?;
    }
    for transfer in transfers.iter().filter(|one| is_live(one)) {
        line(env, &transfer_line(&desk, transfer)?)?;
    }
    if status.proposal.is_some() {
        env.terminal().warn(phrase!("rules-proposed"));
    }
    Checklist::waiting(&desk, &status)?.tell(env)?;
    tell_due(env, &desk, &status)?;
    watching::tell_all(&desk)
}

pub(super) fn line(env: &Env, phrase: &Phrase) -> Result<(), Failure> {
    env.terminal()
        .result_line(&env.terminal().words().write(phrase))
}

fn tell_head(env: &Env, desk: &Desk<'_>, status: &EngagementStatus) -> Result<(), Failure> {
    let rules = desk.engagement.rules();
    let state = state_words(status.state);
    let ends = status.policy.ends_at.to_string();
    line(
        env,
        &phrase!(
            "engagement-line",
            title = rules.title.as_str(),
            contract = rules.contract.as_str(),
            state = state,
            ends = ends
        ),
    )?;
    if let (Some(by), Some(at)) = (&status.frozen_by, status.frozen_at) {
        let (name, at) = (desk.name_of(by)?, at.to_string());
        let frozen = phrase!("engagement-frozen-by", name = name, at = at);
        env.terminal().warn(frozen);
    }
    Ok(())
}

fn state_words(state: State) -> Phrase {
    match state {
        State::Proposed => phrase!("engagement-state-proposed"),
        State::Active => phrase!("engagement-state-active"),
        State::Frozen => phrase!("engagement-state-frozen"),
        State::Ended => phrase!("engagement-state-ended"),
    }
}

fn member_line(
    desk: &Desk<'_>,
    member: &MemberStatus,
    status: &EngagementStatus,
) -> Result<Phrase, Failure> {
    let is_idle = desk.env.now() >= member.idle_at;
    let standing = match member.standing {
        Standing::Joined if status.version > 1 => phrase!("standing-joined-anew"),
        Standing::Joined => phrase!("standing-joined"),
        Standing::Agreed => phrase!("standing-agreed"),
        Standing::Engaged if is_idle => phrase!("standing-idle"),
        Standing::Engaged => phrase!("standing-engaged"),
    };
    let standing = match member.is_cut {
        true if is_shut_out(desk, member)? => phrase!("standing-idle"),
        true => phrase!("standing-cut"),
        false => standing,
    };
    let (name, used) = (desk.name_of(&member.key)?, member.used_at.to_string());
    Ok(phrase!(
        "member-line",
        name = name,
        standing = standing,
        used = used
    ))
}

/// Whether the relay stated that a member was shut out, and it used the engagement not once since.
fn is_shut_out(desk: &Desk<'_>, member: &MemberStatus) -> Result<bool, Failure> {
    let statements = desk.statements()?;
    let mut facts = statements
        .iter()
        .map(|kept| &kept.verified.statement.predicate.facts);
    Ok(facts.any(|facts| {
        matches!(facts, Facts::Deactivated(facts)
            if facts.member == member.key && facts.last_used_at == member.used_at)
    }))
}

fn is_live(transfer: &EngagedTransfer) -> bool {
    match transfer.status.phase {
        StatusPhase::Uploading | StatusPhase::Live => true,
        StatusPhase::Ended | StatusPhase::Destroyed => false,
    }
}

fn transfer_line(desk: &Desk<'_>, transfer: &EngagedTransfer) -> Result<Phrase, Failure> {
    let status = &transfer.status;
    let sender = desk.name_of(&transfer.sender)?;
    let (id, expires) = (status.id.short(), status.expires_at.to_string());
    let (bytes, n) = (status.archive_bytes, status.n_consumed);
    Ok(phrase!(
        "engaged-line",
        id = id,
        sender = sender,
        bytes = bytes,
        n = n,
        expires = expires
    ))
}

/// What is due soon, or was.
fn tell_due(env: &Env, desk: &Desk<'_>, status: &EngagementStatus) -> Result<(), Failure> {
    let due = reminders(status, reviewed_at(desk, status)?, env.now());
    for reminder in &due {
        env.terminal().event("due", reminder);
        match reminder {
            Reminder::End { at } => {
                let at = at.to_string();
                env.terminal().warn(phrase!("due-end", at = at));
            }
            Reminder::Idle { key, at } => {
                let (name, at) = (desk.name_of(key)?, at.to_string());
                env.terminal()
                    .warn(phrase!("due-idle", name = name, at = at));
            }
            Reminder::Review { since } if desk.engagement.is_client() => {
                let since = since.to_string();
                env.terminal().warn(phrase!("due-review", since = since));
            }
            Reminder::Review { .. } => {}
        }
    }
    Ok(())
}

/// When access was reviewed last; when it was first given, where it never was.
fn reviewed_at(desk: &Desk<'_>, status: &EngagementStatus) -> Result<Timestamp, Failure> {
    let statements = desk.statements()?;
    let reviews = statements
        .iter()
        .filter(|kept| kept.verified.statement.predicate_type == Kind::AccessReviewed);
    let last = reviews
        .map(|kept| kept.verified.statement.predicate.issued_at)
        .max();
    Ok(last.unwrap_or(status.created_at))
}

/// Lists the engagements of this device.
///
/// # Errors
///
/// Exit 8 when one cannot be read.
pub(super) fn list(env: &Env) -> Result<(), Failure> {
    let home = Home::open(env)?;
    for engagement in home.engagements()? {
        let rules = engagement.rules();
        let (id, ends) = (engagement.id.short(), rules.policy.ends_at.to_string());
        let fields = json!({
            "id": engagement.id,
            "title": &rules.title,
            "contract": &rules.contract,
            "role": engagement.role,
            "endsAt": rules.policy.ends_at,
        });
        env.terminal().event("engagement", fields);
        let (title, contract) = (rules.title.as_str(), rules.contract.as_str());
        line(
            env,
            &phrase!(
                "engagement-listed",
                id = id,
                title = title,
                contract = contract,
                ends = ends
            ),
        )?;
    }
    Ok(())
}

/// Says what rules ask for, before anybody agrees to them.
pub(crate) fn tell_rules(env: &Env, signed: &SignedRules) {
    let (terminal, rules) = (env.terminal(), &signed.rules);
    let policy = &rules.policy;
    let (title, contract) = (rules.title.as_str(), rules.contract.as_str());
    terminal.say(phrase!("rules-title", title = title, contract = contract));
    if let Some(purpose) = &rules.purpose {
        terminal.say(phrase!("rules-purpose", text = purpose.as_str()));
    }
    let (ends, days) = (policy.ends_at.to_string(), policy.idle_seconds / 86_400);
    terminal.say(phrase!("rules-end", ends = ends, days = days));
    terminal.say(match rules.choice {
        Choice::Destroy => phrase!("rules-destroy"),
        Choice::Return => phrase!("rules-return"),
        Choice::Both => phrase!("rules-both"),
    });
    for network in &policy.networks {
        let network = network.to_string();
        terminal.say(phrase!("rules-network", network = network));
    }
    if rules.requires_disk_encryption {
        terminal.say(phrase!("rules-disk"));
    }
    if let Some(bytes) = policy.transfer_bytes_max {
        terminal.say(phrase!("rules-size", bytes = bytes));
    }
    for document in &rules.documents {
        let (name, digest) = (document.name.as_str(), document.sha256.to_string());
        terminal.say(phrase!("rules-document", name = name, digest = digest));
    }
}
