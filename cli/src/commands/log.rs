//! `quitus log verify` and `quitus log compare`: whether a relay shows everyone the same log.

use std::fs;
use std::path::Path;

use quitus_core::tlog::{NOTE_BYTES_MAX, Note, SignedCheckpoint};

use crate::args::{LogCommand, LogCompareArgs, LogVerifyArgs};
use crate::client::Client;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::witness::Witness;
use crate::{phrase, relays};

/// Does what was asked of a log.
///
/// # Errors
///
/// As [`verify`] and [`compare`].
pub fn run(env: &Env, command: &LogCommand) -> Result<(), Failure> {
    match command {
        LogCommand::Verify(args) => verify(env, args),
        LogCommand::Compare(args) => compare(env, args),
    }
}

/// Checks that the log continues what this person saw last, cosigns it, and prints the checkpoint, which
/// others can compare with theirs.
///
/// # Errors
///
/// Exit 2 when the relay was not joined, 11 when the log forked or was rolled back.
fn verify(env: &Env, args: &LogVerifyArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let origin = relays::choose(env, &home, args.relay.as_deref())?;
    let client = Client::new(env, origin.clone(), args.ca_file.as_deref())?;
    let relay = origin.to_string();
    let not_joined = || Failure::usage(phrase!("log-not-joined", relay = &relay));
    let witness = Witness::of(env, &home, &client)?.ok_or_else(not_joined)?;
    let Some(seen) = witness.visit()? else {
        env.terminal().say(phrase!("log-empty", relay = &relay));
        return Ok(());
    };
    let size = seen.checkpoint().size;
    env.terminal()
        .say(phrase!("log-consistent", relay = &relay, size = size));
    env.terminal().result_bytes(seen.to_string().as_bytes())
}

/// Compares two checkpoints that people saved.
///
/// # Errors
///
/// Exit 2 when they are of two logs, 8 when one cannot be read, 11 when one does not verify or they
/// contradict each other.
fn compare(env: &Env, args: &LogCompareArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let (one, other) = (read(&home, &args.one)?, read(&home, &args.other)?);
    let (one, other) = (one.checkpoint(), other.checkpoint());
    if one.origin != other.origin {
        return Err(Failure::usage(phrase!("log-two-logs")));
    }
    if one.size == other.size && one.root == other.root {
        env.terminal().say(phrase!("log-same", size = one.size));
        return Ok(());
    }
    let relay = one.origin.to_string();
    if one.size == other.size {
        let forked = Failure::new(Kind::EvidenceInvalid, phrase!("log-forked", relay = &relay));
        return Err(forked.hint(phrase!("log-forked-hint")));
    }
    prove(env, &home, (one, other), args)
}

/// Asks the relay to show that the larger one continues the smaller.
fn prove(
    env: &Env,
    home: &Home,
    (one, other): (
        &quitus_core::tlog::Checkpoint,
        &quitus_core::tlog::Checkpoint,
    ),
    args: &LogCompareArgs,
) -> Result<(), Failure> {
    let (former, later) = if one.size < other.size {
        (one, other)
    } else {
        (other, one)
    };
    let origin = relays::of_log(home, former.origin.name())?.ok_or_else(|| {
        Failure::usage(phrase!("log-not-joined", relay = former.origin.to_string()))
    })?;
    let client = Client::new(env, origin, args.ca_file.as_deref())?;
    let mut tiles = quitus_core::tlog::tile::Tiles::new(later.size, |tile| client.tile(&tile));
    let path = tiles.consistency(former.size)?;
    let states = ((former.size, former.root), (later.size, later.root));
    let relay = former.origin.to_string();
    match quitus_core::tlog::consistency::verify(states.0, states.1, &path) {
        Ok(()) => {
            env.terminal().say(phrase!(
                "log-continues",
                former = former.size,
                later = later.size
            ));
            Ok(())
        }
        Err(error) => {
            let forked = Failure::new(Kind::EvidenceInvalid, phrase!("log-forked", relay = &relay));
            Err(forked.because(error).hint(phrase!("log-forked-hint")))
        }
    }
}

/// Reads a saved checkpoint and verifies it by the key that was pinned for its log.
fn read(home: &Home, path: &Path) -> Result<SignedCheckpoint, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::read(path, error))?;
    let invalid = || {
        Failure::new(
            Kind::EvidenceInvalid,
            phrase!("checkpoint-invalid", path = path),
        )
    };
    let note = bytes
        .get(..bytes.len().min(NOTE_BYTES_MAX + 1))
        .unwrap_or_default();
    let note = core::str::from_utf8(note).map_err(|error| invalid().because(error))?;
    let parsed: Note = note.parse().map_err(|error| invalid().because(error))?;
    let origin = parsed.text().lines().next().unwrap_or_default();
    let known = relays::joined(home)?;
    let known = known.iter().map(|relay| &relay.log_key);
    let key = known.clone().find(|key| key.name().as_str() == origin);
    let key = key.ok_or_else(|| invalid().hint(phrase!("log-unknown-hint")))?;
    SignedCheckpoint::verify(note, key).map_err(|error| invalid().because(error))
}
