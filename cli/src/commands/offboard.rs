//! `quitus offboard ENGAGEMENT`: the end of an engagement, step by step, safe to run again until complete.
//!
//! ```text
//! [done] every access revoked
//! [waits] bob has stated what became of the data; waits for bob since 2026-11-22T03:37:18Z
//! ```
//!
//! Promises: each step asks relay and statements whether it was done before, so that a run after a crash
//! does what is left and nothing twice; a line is done only where something shows it. It does not sign
//! for a freelancer, and says whom everything else waits for.

mod closing;
mod exporting;

use std::path::Path;

use quitus_core::protocol::{Deed, EngagementStatus};
use quitus_core::statement::{Facts, Kind, Scope};

use super::dossier;
use crate::args::OffboardArgs;
use crate::checklist::Checklist;
use crate::engagements::{Access, Desk};
use crate::env::Env;
use crate::failure::{Failure, Kind as FailureKind};
use crate::home::{Home, KeptStatement};
use crate::phrase;
use crate::watching;
use crate::witness;

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
        return Checklist::closing(&desk, &desk.status()?)?.tell(env);
    }
    confirm(env, &desk, args)?;
    let status = if desk.engagement.is_client() {
        closing::close(&desk, args)?
    } else {
        leave(&desk)?
    };
    let list = Checklist::closing(&desk, &status)?;
    list.tell(env)?;
    watching::tell_new(&desk)?;
    witness::visit(env, &home, &desk.client)?;
    if !list.is_complete() {
        return Err(Failure::new(FailureKind::Partly, phrase!("offboard-waits"))
            .hint(phrase!("offboard-waits-hint")));
    }
    write_dossier(&desk, args)?;
    env.terminal().say(phrase!("offboarded"));
    Ok(())
}

/// Writes the dossier, unless one is there already.
fn write_dossier(desk: &Desk<'_>, args: &OffboardArgs) -> Result<(), Failure> {
    let scope = Scope::Engagement(desk.engagement.id);
    let folder = args.output.as_deref().unwrap_or_else(|| Path::new("."));
    let path = folder.join(dossier::file_name(&scope));
    if path.exists() {
        return Ok(());
    }
    if !has_every_statement(&desk.statements()?) {
        desk.env.terminal().warn(phrase!("dossier-is-the-clients"));
        return Ok(());
    }
    let log = exporting::exported(desk, folder)?;
    let others = log.map(|bytes| ("access-log.jsonl".to_owned(), bytes));
    let passphrase = args.access.passphrase_file.as_deref();
    let place = (desk.home, &desk.client);
    let others = others.into_iter().collect();
    dossier::write(desk.env, place, (scope, &path, passphrase), others)
}

/// Whether every statement that one of these names or follows on is here. A freelancer is not given those
/// of others, nor what was stated before it joined.
fn has_every_statement(statements: &[KeptStatement]) -> bool {
    let is_here = |digest| {
        let mut here = statements.iter();
        here.any(|kept| kept.verified.digest == digest)
    };
    statements.iter().all(|kept| {
        let predicate = &kept.verified.statement.predicate;
        let mut named = predicate.seen.clone();
        named.extend(predicate.prev);
        if let Facts::Acknowledged(facts) = &predicate.facts {
            named.extend(&facts.heads);
        }
        named.into_iter().all(is_here)
    })
}

/// Whoever ends an engagement types its title, once.
fn confirm(env: &Env, desk: &Desk<'_>, args: &OffboardArgs) -> Result<(), Failure> {
    let is_begun = is_stated(&desk.statements()?, Kind::Instructed);
    if args.yes || is_begun {
        return Ok(());
    }
    let title = desk.engagement.rules().title.as_str();
    let question = if desk.engagement.is_client() {
        phrase!("ask-offboard", title = title)
    } else {
        phrase!("ask-leave", title = title)
    };
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

/// A freelancer's part: its own access ends; what it holds is its own to return and destroy.
fn leave(desk: &Desk<'_>) -> Result<EngagementStatus, Failure> {
    let member = desk.key.public().fingerprint();
    desk.client
        .act(&desk.engagement.id, &desk.key, &Deed::Cut { member })
}
