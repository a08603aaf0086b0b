//! The command `quitus`, in reading order: words, the way to the person, what was asked, the commands.
//!
//! A module uses only the modules above it. A command is a function from [`env::Env`] and its own arguments
//! to nothing or a [`failure::Failure`]; everything it learns from outside comes through the first.

use std::process::ExitCode;

pub mod escape;
pub mod words;
pub mod html;
pub mod failure;
pub mod platform;
pub mod progress;
pub mod terminal;
pub mod streams;
pub mod expiry;
pub mod args;
pub mod env;
pub mod device;
pub mod screen;
pub mod qr;
pub mod prompts;
pub mod secrets;
pub mod agent;
pub mod home;
pub mod client;
pub mod bucket;
pub mod relays;
pub mod workers;
pub mod disk;
pub mod copies;
pub mod filling;
pub mod recipients;
pub mod sending;
pub mod sent;
pub mod claiming;
pub mod reception;
pub mod annex;
pub mod record;
pub mod witness;
pub mod stating;
pub mod posting;
pub mod evidence;
pub mod dossiers;
pub mod engagements;
pub mod checklist;
pub mod watching;
pub mod commands;

use crate::args::Asked;
use crate::env::{Env, Variables};
use crate::failure::{Failure, Kind};
use crate::terminal::{Manners, Terminal};
use crate::words::Words;

/// Runs the command line of this process; the exit code is one of [`Kind`]'s.
#[must_use]
pub fn run() -> ExitCode {
    platform::harden();
    let args: Vec<_> = std::env::args_os().collect();
    let variables = Variables::of_this_process();
    let words = Words::new(args::language_asked(&args).unwrap_or_else(|| variables.language()));
    match args::parse(&args, &words) {
        Ok(Asked::Work(cli)) => {
            platform::end_tidily_on_signals();
            let env = Env::new(variables, words, &cli.global);
            let outcome = has_randomness().and_then(|()| commands::run(&env, cli.command));
            end(env.terminal(), outcome, Kind::Done)
        }
        Ok(Asked::Page { text, kind }) => {
            let terminal = Terminal::new(words, Manners::default());
            end(&terminal, terminal.page(&text, kind == Kind::Done), kind)
        }
        Err(failure) => {
            let json = args.iter().any(|arg| arg == "--json");
            let manners = Manners {
                json,
                no_colour: variables.no_colour,
                ..Manners::default()
            };
            end(&Terminal::new(words, manners), Err(failure), Kind::Done)
        }
    }
}

/// Without random numbers nothing can be sealed, and the standard library's tables end the process.
fn has_randomness() -> Result<(), Failure> {
    let draw = quitus_core::keys::Secret::<1>::draw();
    draw.map(drop)
        .map_err(|_| Failure::new(Kind::Unexpected, phrase!("no-randomness")))
}

fn end(terminal: &Terminal, outcome: Result<(), Failure>, otherwise: Kind) -> ExitCode {
    let kind = match outcome {
        Ok(()) => otherwise,
        Err(failure) => {
            terminal.report(&failure);
            failure.kind()
        }
    };
    ExitCode::from(kind.exit_code())
}
