//! `quitus open ID`: the files of a transfer that is kept sealed, laid out for as long as they are needed.

use std::path::{Path, PathBuf};

use quitus_core::cipher::FileKey;
use quitus_core::copies::Places;
use quitus_core::ledger::{Fact, Wish};
use quitus_core::manifest::Manifest;
use zeroize::Zeroizing;

use super::receive::{names, place_for};
use crate::args::OpenArgs;
use crate::disk::Landing;
use crate::env::Env;
use crate::escape::exact_name;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::reception::{Grant, not_as_signed};
use crate::sent::find;

/// Opens a transfer that is kept sealed; it stays so.
///
/// # Errors
///
/// Exit 2 when it is not kept sealed here or is open already, 6 when what is kept is not what was
/// signed, 8 when it cannot be written, 10 when its key is no longer on this device.
pub fn run(env: &Env, args: &OpenArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let id = find(&home.read_ledger()?.transfers(), &args.transfer)?;
    let mut transfer = home.transfer(id)?;
    let folder = kept(&transfer)?;
    if let Some(destination) = opened(&transfer) {
        let is_there = std::fs::symlink_metadata(&destination).is_ok();
        if is_there {
            let path = Path::new(&destination);
            return Err(Failure::usage(phrase!("open-already", path = path))
                .hint(phrase!("open-already-hint", id = id.short())));
        }
    }
    let wish = wish(args)?;
    let (manifest, _, digest) = Manifest::verify(&transfer.manifest()?).map_err(not_as_signed)?;
    let key = transfer.slot()?.file_key.ok_or_else(no_key)?;
    let key = FileKey::take(&mut Zeroizing::new(*key.expose()));
    let grant = Grant::of_kept(&folder, (manifest, digest), key)?;
    let names = names(&wish, &grant.manifest)?;
    let (destination, inner) = place_for(&wish, &names, &id);
    grant.lay_out(env, (&destination, &mut transfer.received()?), &names)?;
    // First, so that no opened copy is ever one that nothing leads to.
    transfer.append(
        env.now(),
        Fact::Opened {
            destination: destination.to_string_lossy().into_owned(),
            inner: inner.clone(),
            portable_names: wish.portable_names,
        },
    )?;
    Landing::place(&destination, &id, inner.as_deref())?;
    env.terminal().event("opened", exact_name(&destination));
    env.terminal()
        .say(phrase!("opened", path = &destination, id = id.short()));
    Ok(())
}

fn wish(args: &OpenArgs) -> Result<Wish, Failure> {
    let folder = std::env::current_dir().map_err(|error| Failure::read(Path::new("."), error))?;
    let absolute =
        |path: &PathBuf| std::path::absolute(path).map_err(|error| Failure::write(path, error));
    let destination = args.output.as_ref().map(absolute).transpose()?;
    Ok(Wish {
        destination: destination.map(|path| path.to_string_lossy().into_owned()),
        folder: folder.to_string_lossy().into_owned(),
        portable_names: args.portable_names,
        ..Wish::default()
    })
}

/// The folder in which a transfer is kept sealed.
fn kept(transfer: &Transfer) -> Result<PathBuf, Failure> {
    let facts: Vec<&Fact> = transfer.facts().collect();
    let places = Places::of(facts.into_iter().rev());
    let kept = places.kept.last().map(PathBuf::from);
    kept.ok_or_else(|| Failure::usage(phrase!("open-not-kept")).hint(phrase!("open-not-kept-hint")))
}

/// Where it was opened last, if it was not closed since.
pub(super) fn opened(transfer: &Transfer) -> Option<String> {
    let last = transfer
        .facts()
        .find(|fact| matches!(fact, Fact::Opened { .. } | Fact::Closed));
    if let Some(Fact::Opened { destination, .. }) = last {
        Some(destination.clone())
    } else {
        None
    }
}

fn no_key() -> Failure {
    Failure::new(Kind::NoKey, phrase!("open-no-key")).hint(phrase!("open-no-key-hint"))
}
