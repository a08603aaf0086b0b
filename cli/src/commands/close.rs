//! `quitus close ID`: the opened files of a transfer that is kept sealed removed again, if they are as they
//! were opened.

use std::fs;
use std::path::{Path, PathBuf};

use quitus_core::copies::{CopyKind, Places};
use quitus_core::ledger::Fact;
use quitus_core::manifest::Manifest;

use super::open::opened;
use crate::args::CloseArgs;
use crate::copies::{Copy, Holding, Where, folders_of, look, remove_empty};
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::reception::not_as_signed;
use crate::sent::find;

/// Removes what `quitus open` laid out.
///
/// # Errors
///
/// Exit 2 when it is not open, 3 when something in it was changed or added (then it is listed and nothing
/// is removed), 8 when something cannot be removed.
pub fn run(env: &Env, args: &CloseArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let id = find(&home.read_ledger()?.transfers(), &args.transfer)?;
    let mut transfer = home.transfer(id)?;
    let Some(destination) = opened(&transfer) else {
        return Err(Failure::usage(phrase!("close-not-open")).hint(phrase!("close-not-open-hint")));
    };
    let holding = holding(&transfer)?;
    let copies = look(env, std::slice::from_ref(&holding), &Where::default()).copies;
    let mut left: Vec<PathBuf> = copies
        .iter()
        .filter(|copy| copy.kind != CopyKind::Received)
        .map(|copy| copy.path.clone())
        .collect();
    left.extend(added(Path::new(&destination), &copies)?);
    if !left.is_empty() {
        for path in &left {
            env.terminal().warn(phrase!("close-changed", path = path));
        }
        let refused = phrase!("close-refused", n = left.len());
        return Err(Failure::new(Kind::Partly, refused).hint(phrase!("close-refused-hint")));
    }
    for copy in &copies {
        fs::remove_file(&copy.path).map_err(|error| Failure::write(&copy.path, error))?;
    }
    remove_empty(&folders_of(std::slice::from_ref(&holding)));
    transfer.append(env.now(), Fact::Closed)?;
    env.terminal()
        .say(phrase!("closed", path = Path::new(&destination)));
    Ok(())
}

/// What was opened last, and nothing else of the transfer.
fn holding(transfer: &Transfer) -> Result<Holding, Failure> {
    let last = transfer
        .facts()
        .find(|fact| matches!(fact, Fact::Opened { .. }));
    let (manifest, _, _) = Manifest::verify(&transfer.manifest()?).map_err(not_as_signed)?;
    Ok(Holding {
        id: transfer.id,
        places: Places {
            parents: Vec::new(),
            ..Places::of(last.into_iter())
        },
        manifest: Some(manifest),
    })
}

/// Everything below the opened copy but folders and what was opened.
fn added(opened: &Path, copies: &[Copy]) -> Result<Vec<PathBuf>, Failure> {
    let Ok(opened) = fs::canonicalize(opened) else {
        return Ok(Vec::new());
    };
    let (mut found, mut waiting) = (Vec::new(), vec![opened]);
    while let Some(path) = waiting.pop() {
        let metadata = fs::symlink_metadata(&path).map_err(|error| Failure::read(&path, error))?;
        if metadata.is_dir() {
            let children = fs::read_dir(&path).map_err(|error| Failure::read(&path, error))?;
            for child in children {
                let child = child.map_err(|error| Failure::read(&path, error))?;
                waiting.push(child.path());
            }
        } else if !copies.iter().any(|copy| copy.path == path) {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}
