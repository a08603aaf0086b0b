//! `quitus review ENGAGEMENT`: who has access, since when unused, from where; each is kept or cut.
//!
//! Promises: what is signed is what was shown and decided; a cut is done before it is signed.

use quitus_core::keys::Fingerprint;
use quitus_core::protocol::{
    Deed, EngagedTransfer, EngagementAccess, EngagementStatus, MemberStatus, StatusPhase,
};
use quitus_core::statement::{AccessReviewed, Decision, Facts, Reviewed};

use crate::args::ReviewArgs;
use crate::engagements::{Access, Desk, Said};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::watching;

/// Shows who has access, asks of each whether it stays, and signs that.
///
/// # Errors
///
/// Exit 2 when nobody can be asked, 4 when this person is not the client.
pub fn run(env: &Env, args: &ReviewArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let desk = Desk::find(env, &home, &args.engagement, &access)?;
    if !desk.engagement.is_client() {
        return Err(Failure::usage(phrase!("review-by-client")));
    }
    let status = desk.status()?;
    let log = desk
        .client
        .engagement_activity(&desk.engagement.id, &desk.key, 0)?;
    let transfers = desk.client.engaged(&desk.engagement.id, &desk.key)?;
    let mut members = Vec::new();
    for member in status.members.iter().filter(|member| !member.is_cut) {
        members.push(review(env, &desk, (member, &log), args)?);
    }
    let live = || {
        transfers
            .iter()
            .filter(|one| one.status.phase == StatusPhase::Live)
    };
    let n_live = live().count() as u64;
    let n_never_fetched = live().filter(|one| is_never_fetched(one)).count() as u64;
    env.terminal()
        .say(phrase!("review-live", n = n_live, never = n_never_fetched));
    sign(
        &desk,
        &status,
        AccessReviewed {
            month: month(env, args),
            members,
            n_live,
            n_never_fetched,
        },
    )?;
    env.terminal().say(phrase!("reviewed"));
    watching::tell_new(&desk)
}

fn is_never_fetched(transfer: &EngagedTransfer) -> bool {
    transfer.status.n_released == 0
}

/// The month that was named, else this one.
fn month(env: &Env, args: &ReviewArgs) -> String {
    let now = env.now().to_string();
    args.month
        .clone()
        .unwrap_or_else(|| now.chars().take("2026-11".len()).collect())
}

fn review(
    env: &Env,
    desk: &Desk<'_>,
    (member, log): (&MemberStatus, &[EngagementAccess]),
    args: &ReviewArgs,
) -> Result<Reviewed, Failure> {
    let name = desk.name_of(&member.key)?;
    let last = last_of(log, &member.key);
    let seen = last.map(|line| line.access.at);
    let address = last.and_then(|line| line.access.address.clone());
    env.terminal().say(phrase!(
        "review-member",
        name = name.as_str(),
        seen = seen.map_or_else(|| "-".to_owned(), |seen| seen.to_string()),
        address = address.unwrap_or_else(|| "-".to_owned())
    ));
    let decision = decide(env, &name, args)?;
    if decision == Decision::Cut {
        let member = member.key.clone();
        desk.client
            .act(&desk.engagement.id, &desk.key, &Deed::Cut { member })?;
        env.terminal()
            .say(phrase!("member-cut", name = name.as_str()));
    }
    Ok(Reviewed {
        member: member.key.clone(),
        last_seen_at: seen,
        decision,
    })
}

fn last_of<'a>(log: &'a [EngagementAccess], key: &Fingerprint) -> Option<&'a EngagementAccess> {
    log.iter()
        .rfind(|line| line.access.who.as_ref() == Some(key))
}

fn decide(env: &Env, name: &str, args: &ReviewArgs) -> Result<Decision, Failure> {
    let names = |list: &[String]| list.iter().any(|one| one == name);
    if names(&args.cut) {
        return Ok(Decision::Cut);
    }
    let question = phrase!("ask-keep", name = name);
    let stays = args.keep_all || env.terminal().ask_whether(&question, "--keep-all")?;
    Ok(if stays { Decision::Keep } else { Decision::Cut })
}

fn sign(
    desk: &Desk<'_>,
    status: &EngagementStatus,
    reviewed: AccessReviewed,
) -> Result<(), Failure> {
    let to = desk.others(status)?;
    desk.state(Facts::AccessReviewed(reviewed), Said::default(), &to)
        .map(drop)
}
