//! `quitus engagement`: one client, its freelancers, rules that both sides sign.

mod amend;
mod confirm;
mod members;
mod new;
mod show;
mod watch;

use crate::args::EngagementCommand;
use crate::env::Env;
use crate::failure::Failure;

pub(super) use show::tell_rules;

/// Does what was asked about engagements.
///
/// # Errors
///
/// Whatever the part's own function documents.
pub fn run(env: &Env, command: &EngagementCommand) -> Result<(), Failure> {
    match command {
        EngagementCommand::New(args) => new::run(env, args),
        EngagementCommand::Invite(args) => new::invite(env, args),
        EngagementCommand::Confirm(args) => confirm::run(env, args),
        EngagementCommand::Amend(args) => amend::propose(env, args),
        EngagementCommand::Accept(args) => amend::accept(env, args),
        EngagementCommand::Admit(args) => members::admit(env, args),
        EngagementCommand::Cut(args) => members::cut(env, args),
        EngagementCommand::Status(args) => show::status(env, args),
        EngagementCommand::Watch(args) => watch::run(env, args),
        EngagementCommand::List => show::list(env),
    }
}
