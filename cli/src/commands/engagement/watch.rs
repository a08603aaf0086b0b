//! `quitus engagement watch ENGAGEMENT`: from where and when everybody works, so that the rest is an alert.

use std::fs;

use quitus_core::watch::read_networks;

use super::show::line;
use crate::args::WatchArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::watching;

/// Remembers what is usual, and prints it.
///
/// # Errors
///
/// Exit 2 when the name means none or the list holds something else than networks, 8 when it cannot be read
/// or kept.
pub(super) fn run(env: &Env, args: &WatchArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let id = home.find_engagement(&args.engagement)?.id;
    let mut usual = watching::usual(&home, &id)?;
    if let Some(path) = &args.from {
        let list = fs::read_to_string(path).map_err(|error| Failure::read(path, error))?;
        usual.networks = read_networks(&list).map_err(|error| {
            Failure::usage(phrase!("networks-malformed", path = path)).because(error)
        })?;
    }
    usual.hours = args.hours.or(usual.hours);
    watching::keep_usual(&home, &id, &usual)?;
    env.terminal().event("usual", &usual);
    let n = usual.networks.len();
    line(
        env,
        &if n == 0 {
            phrase!("usual-everywhere")
        } else {
            phrase!("usual-networks", n = n)
        },
    )?;
    let hours = usual.hours.map(|hours| hours.to_string());
    line(
        env,
        &hours.map_or(phrase!("usual-any-time"), |hours| {
            phrase!("usual-hours", hours = hours)
        }),
    )
}
