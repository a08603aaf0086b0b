//! `quitus send --engagement E`: to parties only, and a return with its statement.

use quitus_core::contacts::Contact;
use quitus_core::engagement::State;
use quitus_core::protocol::EngagementStatus;
use quitus_core::statement::{Facts, Returned};

use super::hand_over;
use crate::args::SendArgs;
use crate::engagements::{Access, Desk, Said};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::watching;

/// Sends in an engagement; to the only other party, where nobody is named.
///
/// # Errors
///
/// Exit 2 when it is not clear for whom, 4 and 5 as the rules of the engagement forbid it.
pub(super) fn run(env: &Env, home: &Home, name: &str, args: &SendArgs) -> Result<(), Failure> {
    let access = Access {
        ca_file: args.ca_file.clone(),
        ..Access::default()
    };
    let desk = Desk::find(env, home, name, &access)?;
    if args.r#return && desk.engagement.is_client() {
        return Err(Failure::usage(phrase!("return-by-client")));
    }
    let status = desk.status()?;
    let others = desk.others(&status)?;
    let mut args = args.clone();
    if args.to.is_empty() {
        args.to = vec![only(&others)?];
    }
    let origin = desk.client.origin().clone();
    let is_late = args.r#return && is_out(&desk, &status);
    if is_late {
        env.terminal().say(phrase!("return-late"));
    }
    let engagement = (!is_late).then_some(desk.engagement.id);
    let transfer = hand_over(env, home, origin, (&args, engagement))?;
    if args.r#return {
        let transfers = vec![transfer];
        let facts = Facts::Returned(Returned { transfers });
        desk.state(facts, Said::default(), &others)?;
        env.terminal().say(phrase!("returned"));
    }
    watching::tell_new(&desk)
}

/// Whether this person can no longer send in the engagement: what is given back then goes to the client
/// as between any contacts, and the statement alone belongs to the engagement.
fn is_out(desk: &Desk<'_>, status: &EngagementStatus) -> bool {
    let own = desk.key.public().fingerprint();
    let mut members = status.members.iter();
    let is_cut = members.any(|member| member.key == own && member.is_cut);
    is_cut || status.state == State::Ended
}

fn only(others: &[Contact]) -> Result<String, Failure> {
    match others {
        [one] => Ok(one.name.clone()),
        _ => Err(Failure::usage(phrase!("engaged-to-whom")).hint(phrase!("engaged-to-whom-hint"))),
    }
}
