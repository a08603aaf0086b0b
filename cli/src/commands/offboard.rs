//! `quitus offboard ENGAGEMENT`: the end of an engagement, step by step, safe to run again until complete.
//!
//! ```text
//! [done]   access revoked, 3 transfers destroyed on the relay
//! [waits]  statement of bob, asked for on 2026-11-22T03:37:18Z
//! ```
//!
//! Promises: each step asks relay and statements whether it was done before, so that a run after a crash
//! does what is left and nothing twice; a line is done only where something shows it. It does not sign
//! for a freelancer, and says whom everything else waits for.

mod checklist;

use std::path::{Path, PathBuf};

use quitus_core::digest::Sha256;
use quitus_core::ledger::Fact;
use quitus_core::protocol::{Deed, EngagementStatus};
use quitus_core::statement::{
    Acknowledged, CredentialsChanged, Facts, Instructed, Kind, Observation, Scope, Subject,
};
use quitus_core::transfer::TransferId;

use self::checklist::{Checklist, Holder};
use super::dossier;
use crate::args::OffboardArgs;
use crate::engagements::{Access, Desk, Said};
use crate::env::Env;
use crate::failure::{Failure, Kind as FailureKind};
use crate::home::{Home, KeptStatement};
use crate::phrase;

/// Does what is left of the end of an engagement, and prints the checklist.
///
/// # Errors
///
/// Exit 2 when nobody can confirm, 3 while something waits for somebody.
pub fn run(env: &Env, args: &OffboardArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let desk = Desk::find(env, &home, &args.engagement, &access)?;
    desk.hear(access.passphrase_file.as_deref())?;
    if args.dry_run {
        let list = Checklist::of(&desk, &desk.status()?)?;
        return list.tell(env);
    }
    confirm(env, &desk, args)?;
    let status = if desk.engagement.is_client() {
        let status = end(&desk, args)?;
        acknowledge(&desk, &status, args)?;
        status
    } else {
        leave(&desk)?
    };
    let list = Checklist::of(&desk, &status)?;
    list.tell(env)?;
    if list.is_complete() {
        write_dossier(&desk, args)?;
        env.terminal().say(phrase!("offboarded"));
        return Ok(());
    }
    Err(Failure::new(FailureKind::Partly, phrase!("offboard-waits"))
        .hint(phrase!("offboard-waits-hint")))
}

/// Writes the dossier, unless one is there already.
fn write_dossier(desk: &Desk<'_>, args: &OffboardArgs) -> Result<(), Failure> {
    let scope = Scope::Engagement(desk.engagement.id);
    let folder = args.output.as_deref().unwrap_or_else(|| Path::new("."));
    let path = folder.join(dossier::file_name(&scope));
    if path.exists() {
        return Ok(());
    }
    let log = folder.join(log_name(desk));
    let log = std::fs::read(&log).map_err(|error| Failure::read(&log, error))?;
    let others = vec![("access-log.jsonl".to_owned(), log)];
    let passphrase = args.access.passphrase_file.as_deref();
    let place = (desk.home, &desk.client);
    dossier::write(desk.env, place, (scope, &path, passphrase), others)
}

/// Whoever ends an engagement types its title.
fn confirm(env: &Env, desk: &Desk<'_>, args: &OffboardArgs) -> Result<(), Failure> {
    let is_begun = is_stated(&desk.statements()?, Kind::Instructed);
    if args.yes || is_begun {
        return Ok(());
    }
    let title = desk.engagement.rules().title.as_str();
    let question = phrase!("ask-offboard", title = title);
    if env.terminal().ask(&question, "--yes")? == title {
        return Ok(());
    }
    Err(Failure::usage(phrase!("offboard-not-confirmed")))
}

fn is_stated(statements: &[KeptStatement], kind: Kind) -> bool {
    statements
        .iter()
        .any(|kept| kept.verified.statement.predicate_type == kind)
}

/// The client's part: access first, words after.
fn end(desk: &Desk<'_>, args: &OffboardArgs) -> Result<EngagementStatus, Failure> {
    let status = desk
        .client
        .act(&desk.engagement.id, &desk.key, &Deed::End {})?;
    let to = desk.others(&status)?;
    if !is_stated(&desk.statements()?, Kind::Instructed) {
        let facts = Facts::Instructed(Instructed {
            choice: desk.engagement.rules().choice,
            transfers: Vec::new(),
            by: None,
        });
        desk.state(facts, ended(desk, &status), &to)?;
    }
    let secrets = secrets(desk)?;
    let is_due = !secrets.is_empty() && !is_stated(&desk.statements()?, Kind::CredentialsChanged);
    if args.credentials_changed && is_due {
        let transfers = secrets.iter().map(|(id, _)| *id).collect();
        let facts = Facts::CredentialsChanged(CredentialsChanged { transfers });
        desk.state(facts, Said::default(), &to)?;
    }
    Ok(status)
}

fn ended(desk: &Desk<'_>, status: &EngagementStatus) -> Said {
    let at = status.ended_at.unwrap_or_else(|| desk.env.second());
    Said {
        observed: vec![Observation {
            at,
            code: "engagement.state".to_owned(),
            what: "the state of the engagement, as the relay answers".to_owned(),
            result: "ended: every access revoked, every transfer in it revoked".to_owned(),
        }],
        ..Said::default()
    }
}

/// The transfers by which secrets were passed on, and what they are called.
///
/// # Errors
///
/// Exit 8 when the ledger cannot be read.
fn secrets(desk: &Desk<'_>) -> Result<Vec<(TransferId, String)>, Failure> {
    let ledger = desk.home.read_ledger()?;
    let mut found = Vec::new();
    for id in ledger.transfers() {
        for fact in ledger.facts(&id) {
            if let Fact::SendBegun {
                secret: Some(name),
                engagement: Some(engagement),
                ..
            } = fact
                && *engagement == desk.engagement.id
            {
                found.push((id, name.clone()));
            }
        }
    }
    Ok(found)
}

/// Exports the log and signs for the end, once nothing is missing, or with what is.
fn acknowledge(
    desk: &Desk<'_>,
    status: &EngagementStatus,
    args: &OffboardArgs,
) -> Result<(), Failure> {
    let statements = desk.statements()?;
    if is_stated(&statements, Kind::Acknowledged) {
        return Ok(());
    }
    let missing: Vec<String> = Checklist::of(desk, status)?.missing(desk.env);
    if !missing.is_empty() && args.reserve.is_none() {
        return Ok(());
    }
    let (path, digest) = export(desk, args.output.as_deref())?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let said = Said {
        subjects: vec![Subject::document(&name, digest)],
        ..Said::default()
    };
    let mut heads: Vec<Sha256> = Vec::new();
    for kept in &statements {
        let is_last = |other: &&KeptStatement| other.verified.key == kept.verified.key;
        let last = statements.iter().filter(is_last);
        let last = last.max_by_key(|other| other.verified.statement.predicate.seq);
        if let Some(last) = last.filter(|last| !heads.contains(&last.verified.digest)) {
            heads.push(last.verified.digest);
        }
    }
    let facts = Facts::Acknowledged(Acknowledged {
        heads,
        missing,
        reservations: args.reserve.clone(),
    });
    let to = desk.others(status)?;
    desk.state(facts, said, &to)?;
    let terminal = desk.env.terminal();
    terminal.say(phrase!("access-log-exported", path = &path));
    Ok(())
}

/// Writes the access log as JSON lines; gives its place and SHA-256.
fn export(desk: &Desk<'_>, folder: Option<&Path>) -> Result<(PathBuf, Sha256), Failure> {
    let log = desk
        .client
        .engagement_activity(&desk.engagement.id, &desk.key)?;
    let mut lines = Vec::new();
    for line in &log {
        serde_json::to_writer(&mut lines, line).map_err(Failure::unexpected)?;
        lines.push(b'\n');
    }
    let path = folder
        .unwrap_or_else(|| Path::new("."))
        .join(log_name(desk));
    std::fs::write(&path, &lines).map_err(|error| Failure::write(&path, error))?;
    Ok((path, Sha256::of(&[&lines])))
}

fn log_name(desk: &Desk<'_>) -> String {
    format!("access-log-{}.jsonl", desk.engagement.id.short())
}

/// A freelancer's part: its own access ends; what it holds is its own to return and destroy.
fn leave(desk: &Desk<'_>) -> Result<EngagementStatus, Failure> {
    let member = desk.key.public().fingerprint();
    desk.client
        .act(&desk.engagement.id, &desk.key, &Deed::Cut { member })
}

/// Whoever holds data of the engagement, and what each has stated of it.
///
/// # Errors
///
/// Exit 8 when contacts or statements cannot be read.
fn holders(desk: &Desk<'_>, status: &EngagementStatus) -> Result<Vec<Holder>, Failure> {
    let statements = desk.statements()?;
    let mut holders = Vec::new();
    for member in status.members.iter().filter(|member| member.version > 0) {
        let keys = match desk.contact_of(&member.key)? {
            Some(contact) => contact.keys.signing_keys().to_vec(),
            None => vec![desk.signer().public()],
        };
        let last = statements.iter().rfind(|kept| {
            let is_theirs = keys.contains(&kept.verified.key);
            is_theirs && is_of_the_end(kept.verified.statement.predicate_type)
        });
        holders.push(Holder {
            name: desk.name_of(&member.key)?,
            stated: last.map(|kept| kept.verified.statement.predicate_type),
        });
    }
    Ok(holders)
}

/// Whether a freelancer says by it what became of the data.
fn is_of_the_end(kind: Kind) -> bool {
    [Kind::DestroyedByHolder, Kind::DestructionIncomplete].contains(&kind)
}
