//! `quitus resume [ID]`: lists what was interrupted, and goes on with it.

use std::path::{Path, PathBuf};

use quitus_core::ledger::{Fact, Step, Wish};
use quitus_core::link::Link;
use quitus_core::origin::Origin;
use quitus_core::transfer::TransferId;

use super::{receive, send};
use crate::args::ResumeArgs;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;
use crate::recipients::names_of;
use crate::sending::abandon;
use crate::sent::find;

/// What an interrupted command was.
enum Interrupted {
    Sending {
        relay: Origin,
        sources: Vec<PathBuf>,
    },
    Receiving {
        relay: Origin,
        wish: Wish,
    },
}

/// Goes on with every interrupted transfer, or with the one that is named.
///
/// # Errors
///
/// Exit 3 when some could not be gone on with; the others were.
pub fn run(env: &Env, args: &ResumeArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let open = home.read_ledger()?.open();
    let chosen = match &args.transfer {
        Some(beginning) => vec![find(&open, beginning)?],
        None => open,
    };
    let mut n_failed = 0_usize;
    for id in chosen {
        if let Err(failure) = resume(env, &home, id, args.ca_file.as_deref()) {
            env.terminal().report(&failure);
            n_failed += 1;
        }
    }
    match n_failed {
        0 => Ok(()),
        n => Err(Failure::new(Kind::Partly, phrase!("resume-partly", n = n))),
    }
}

fn resume(env: &Env, home: &Home, id: TransferId, ca_file: Option<&Path>) -> Result<(), Failure> {
    match interrupted(home, id)? {
        Interrupted::Sending { relay, sources } => {
            env.terminal()
                .say(phrase!("resume-sending", id = id.short()));
            if sources.is_empty() {
                abandon(env, home.transfer(id)?)?;
                return Err(Failure::new(Kind::Partly, phrase!("resume-secret"))
                    .hint(phrase!("sending-stale-hint")));
            }
            send::resume(env, id, &sources, relay, ca_file)
        }
        Interrupted::Receiving { relay, wish } => {
            env.terminal()
                .say(phrase!("resume-receiving", id = id.short()));
            let mut transfer = home.transfer(id)?;
            let slot = transfer.slot()?;
            if slot.grant_key.is_none() && transfer.next_step() == Some(Step::Fetch) {
                // The crash came before the link was kept: nothing was asked for yet.
                transfer.append(env.now(), Fact::Gone)?;
                env.terminal()
                    .warn(phrase!("resume-not-begun", id = id.short()));
                return Ok(());
            }
            let is_for_holder = names_of(&transfer).is_empty();
            drop(transfer);
            // A sender keeps the secret of what only those it named can claim, by their keys.
            let secret = slot.link.filter(|_| is_for_holder);
            receive::receive(
                env,
                &Link {
                    origin: relay,
                    id,
                    secret,
                },
                &wish,
                receive::Demand {
                    ca_file,
                    ..receive::Demand::default()
                },
            )
        }
    }
}

fn interrupted(home: &Home, id: TransferId) -> Result<Interrupted, Failure> {
    let transfer = home.transfer(id)?;
    let what = transfer.facts().find_map(|fact| {
        if let Fact::SendBegun { relay, sources, .. } = fact {
            let sources = sources.iter().map(PathBuf::from).collect();
            Some(Interrupted::Sending {
                relay: relay.clone(),
                sources,
            })
        } else if let Fact::ReceiveBegun { relay, wish } = fact {
            Some(Interrupted::Receiving {
                relay: relay.clone(),
                wish: wish.clone(),
            })
        } else {
            None
        }
    });
    what.ok_or_else(|| Failure::new(Kind::LocalIo, phrase!("ledger-incomplete")))
}
