//! `quitus send --engagement E`: to parties only, and a return with its statement.

use quitus_core::contacts::Contact;
use quitus_core::statement::{Facts, Returned};

use super::hand_over;
use crate::args::SendArgs;
use crate::engagements::{Access, Desk, Said};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;

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
    let others = desk.others(&desk.status()?)?;
    let mut args = args.clone();
    if args.to.is_empty() {
        args.to = vec![only(&others)?];
    }
    let (origin, id) = (desk.client.origin().clone(), desk.engagement.id);
    let transfer = hand_over(env, home, origin, (&args, Some(id)))?;
    if args.r#return {
        let transfers = vec![transfer];
        let facts = Facts::Returned(Returned { transfers });
        desk.state(facts, Said::default(), &others)?;
        env.terminal().say(phrase!("returned"));
    }
    Ok(())
}

fn only(others: &[Contact]) -> Result<String, Failure> {
    match others {
        [one] => Ok(one.name.clone()),
        _ => Err(Failure::usage(phrase!("engaged-to-whom")).hint(phrase!("engaged-to-whom-hint"))),
    }
}
