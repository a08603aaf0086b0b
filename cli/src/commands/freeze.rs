//! `quitus freeze` and `quitus thaw`: every claim of an engagement stops at once, and goes on.
//!
//! Promises: the relay is told first, the statement comes after: what counts is that nothing is sent any
//! more. Both parties hear of it, with the time and what was said.

use quitus_core::protocol::Deed;
use quitus_core::statement::{Declaration, Facts, Observation, Stopped};
use quitus_core::time::Timestamp;

use crate::args::FreezeArgs;
use crate::engagements::{Access, Desk, Said};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::watching;

/// Stops every claim and every upload of an engagement.
///
/// # Errors
///
/// Exit 2 when the name means none, 5 when it has ended.
pub fn freeze(env: &Env, args: &FreezeArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let desk = Desk::find(env, &home, &args.engagement, &access)?;
    let status = desk
        .client
        .act(&desk.engagement.id, &desk.key, &Deed::Freeze {})?;
    let at = status.frozen_at.unwrap_or_else(|| env.second());
    env.terminal().say(phrase!("frozen", at = at.to_string()));
    let to = desk.others(&status)?;
    let facts = Facts::Frozen(stopped(at, args));
    desk.state(facts, said(env, args, (at, "frozen")), &to)?;
    watching::tell_new(&desk)
}

/// Lets it go on.
///
/// # Errors
///
/// As [`freeze`]; exit 4 when the client froze it, and this person is not the client.
pub fn thaw(env: &Env, args: &FreezeArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let desk = Desk::find(env, &home, &args.engagement, &access)?;
    let status = desk
        .client
        .act(&desk.engagement.id, &desk.key, &Deed::Thaw {})?;
    let at = env.second();
    env.terminal().say(phrase!("thawed"));
    let to = desk.others(&status)?;
    let facts = Facts::Thawed(stopped(at, args));
    desk.state(facts, said(env, args, (at, "not frozen")), &to)?;
    watching::tell_new(&desk)
}

fn stopped(at: Timestamp, args: &FreezeArgs) -> Stopped {
    Stopped {
        at,
        is_incident: args.incident.is_some(),
    }
}

fn said(env: &Env, args: &FreezeArgs, (at, result): (Timestamp, &str)) -> Said {
    let declared = args.incident.iter().map(|text| Declaration {
        language: env.terminal().words().language().tag().to_owned(),
        text: text.clone(),
    });
    Said {
        observed: vec![Observation {
            at,
            code: "engagement.state".to_owned(),
            what: "the state of the engagement, as the relay answers".to_owned(),
            result: result.to_owned(),
        }],
        declared: declared.collect(),
        ..Said::default()
    }
}
