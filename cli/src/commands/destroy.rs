//! `quitus destroy`: every copy of what was received, found, listed, destroyed, looked for again; then the
//! person signs what became of it.
//!
//! ```text
//! look -> list -> questions -> confirmation -> plan -> destroy -> look again -> keys -> statement
//!                                                ^ from here on the same command goes on after a crash
//! ```

mod asking;
mod deleting;
mod planning;
mod stating;

use std::path::Path;

use quitus_core::destruction::Plan;
use quitus_core::ledger::Fact;

use crate::args::DestroyArgs;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;

/// Destroys the copies that this device holds of transfers, or goes on with that.
///
/// # Errors
///
/// Exit 2 when it is not said of which transfers, or an answer is missing; 3 when something is left (it is
/// listed, and the statement says so); 8 when the plan or the statement cannot be written.
pub fn run(env: &Env, args: &DestroyArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    if let Some(plan) = home.open_destruction()?.filter(|_| !args.dry_run) {
        env.terminal().say(phrase!(
            "destroy-goes-on",
            begun = plan.begun_at.to_string()
        ));
        finish(env, &home, &plan, args.output.as_deref())?;
        let asked = planning::chosen(&home, args)?;
        if asked.iter().all(|id| plan.transfers.contains(id)) {
            return Ok(());
        }
    }
    let Some(plan) = planning::plan(env, &home, args)? else {
        return Ok(());
    };
    home.begin_destruction(&plan)?;
    finish(env, &home, &plan, args.output.as_deref())
}

/// Goes through a plan that is written down. Whatever of it was done before is found done.
fn finish(env: &Env, home: &Home, plan: &Plan, output: Option<&Path>) -> Result<(), Failure> {
    let mut transfers: Vec<Transfer> = plan
        .transfers
        .iter()
        .map(|id| home.transfer(*id))
        .collect::<Result<_, _>>()?;
    for transfer in &mut transfers {
        begin(env, plan, transfer)?;
    }
    let holdings = planning::holdings(&transfers)?;
    let done = deleting::destroy(env, plan, &holdings);
    let look = planning::look_again(env, plan, &holdings);
    let keys = deleting::erase_keys(env, plan, &mut transfers)?;
    let outcome = stating::Outcome {
        plan,
        holdings: &holdings,
        done: &done,
        look: &look,
        keys: &keys,
    };
    let is_complete = stating::state(env, home, &outcome, (&mut transfers, output))?;
    home.end_destruction()?;
    if is_complete {
        env.terminal().say(phrase!("destroy-done"));
        return Ok(());
    }
    Err(Failure::new(Kind::Partly, phrase!("destroy-incomplete"))
        .hint(phrase!("destroy-incomplete-hint")))
}

/// Writes down once that it began.
fn begin(env: &Env, plan: &Plan, transfer: &mut Transfer) -> Result<(), Failure> {
    let last = transfer.facts().next();
    let has_begun = last.is_some_and(|fact| {
        matches!(fact, Fact::DestructionBegun { destruction, .. } | Fact::DestructionEnded { destruction, .. }
            if *destruction == plan.id)
    });
    if has_begun {
        return Ok(());
    }
    let digest = quitus_core::digest::Sha256::of(&[&plan.to_bytes()]);
    transfer.append(
        env.now(),
        Fact::DestructionBegun {
            destruction: plan.id.clone(),
            plan: digest,
        },
    )
}
