//! What a destruction is to destroy: of which transfers, what was found of them, what is to become of each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use quitus_core::copies::{CopyKind, Places};
use quitus_core::destruction::{DiskPath, Fate, Plan, Planned, Wishes};
use quitus_core::keys::Secret;
use quitus_core::ledger::{Fact, Ledger};
use quitus_core::manifest::Manifest;
use quitus_core::statement::Nonce;
use quitus_core::transfer::TransferId;

use super::asking;
use crate::args::DestroyArgs;
use crate::copies::{Copy, Holding, Look, Where, look};
use crate::env::Env;
use crate::escape::exact_name;
use crate::failure::Failure;
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::platform;
use crate::reception::not_as_signed;
use crate::sent::find;
use crate::words::{Language, Phrase};

/// Copies that are listed before a destruction; all are with `--dry-run`.
const LISTED_MAX: usize = 40;

/// Looks, lists, asks; `None` with `--dry-run`.
pub(super) fn plan(env: &Env, home: &Home, args: &DestroyArgs) -> Result<Option<Plan>, Failure> {
    let ids = chosen(home, args)?;
    let mut transfers: Vec<Transfer> = ids
        .iter()
        .map(|id| home.transfer(*id))
        .collect::<Result<_, _>>()?;
    let holdings = holdings(&transfers)?;
    let folders = args.search.iter().map(|folder| absolute(folder));
    let folders = folders.collect::<Result<Vec<_>, _>>()?;
    let place = Where {
        folders: folders.clone(),
        crosses: args.cross_file_systems,
        trashes: env.trashes(),
    };
    let look = look(env, &holdings, &place);
    let copies = planned(env, args, &look)?;
    list(env, args.dry_run, &copies, &look)?;
    if args.dry_run {
        return Ok(None);
    }
    let (answers, declaration) = asking::ask(env, args, &copies)?;
    let wishes = Wishes {
        folders: folders.iter().map(|folder| to_disk(folder)).collect(),
        crosses: args.cross_file_systems,
        overwrite: args.overwrite,
        with_places: args.with_places,
        language: language(env).to_owned(),
        declaration,
        answers,
    };
    let mut n_keys = 0;
    for transfer in &mut transfers {
        n_keys += n_secrets(transfer)?;
    }
    let id = Nonce::from_bytes(*Secret::<16>::draw().map_err(Failure::unexpected)?.expose());
    Ok(Some(Plan::new(
        (id, env.second()),
        ids,
        wishes,
        (copies, n_keys),
    )))
}

/// The tag of the language that the person reads.
pub(super) fn language(env: &Env) -> &'static str {
    match env.terminal().words().language() {
        Language::English => "en",
        Language::French => "fr",
    }
}

fn n_secrets(transfer: &mut Transfer) -> Result<u64, Failure> {
    let slot = transfer.slot()?;
    let held = [
        slot.link.is_some() && !transfer.is_sent(),
        slot.grant_key.is_some(),
        slot.file_key.is_some(),
    ];
    Ok(held.iter().filter(|is_held| **is_held).count() as u64)
}

/// The transfers that were asked for, of those that were received here.
pub(super) fn chosen(home: &Home, args: &DestroyArgs) -> Result<Vec<TransferId>, Failure> {
    let ledger = home.read_ledger()?;
    let received: Vec<TransferId> = ledger
        .transfers()
        .into_iter()
        .filter(|id| !Places::of(ledger.facts(id)).is_empty())
        .collect();
    let mut chosen = Vec::new();
    for beginning in &args.transfers {
        chosen.push(find(&received, beginning)?);
    }
    if let Some(engagement) = &args.engagement {
        let known = home.find_engagement(engagement);
        let engagement = &known.map_or_else(|_| engagement.clone(), |known| known.id.to_string());
        for id in &received {
            if engagement_of(home, &ledger, *id)?.is_some_and(|of| of.starts_with(engagement)) {
                chosen.push(*id);
            }
        }
    }
    if args.all {
        chosen.clone_from(&received);
    }
    chosen.sort_unstable_by_key(|id| *id.as_bytes());
    chosen.dedup();
    if chosen.is_empty() {
        return Err(
            Failure::usage(phrase!("destroy-nothing")).hint(phrase!("destroy-nothing-hint"))
        );
    }
    Ok(chosen)
}

/// The engagement that the sender of a transfer named.
fn engagement_of(home: &Home, ledger: &Ledger, id: TransferId) -> Result<Option<String>, Failure> {
    let was_fetched = ledger
        .facts(&id)
        .any(|fact| matches!(fact, Fact::Fetched { .. }));
    if !was_fetched {
        return Ok(None);
    }
    let transfer = home.transfer(id)?;
    let manifest = manifest(&transfer)?;
    Ok(manifest.and_then(|manifest| Some(manifest.engagement?.to_string())))
}

/// What this device knows of the transfers.
pub(super) fn holdings(transfers: &[Transfer]) -> Result<Vec<Holding>, Failure> {
    let holding = |transfer: &Transfer| {
        let facts: Vec<&Fact> = transfer.facts().collect();
        Ok(Holding {
            id: transfer.id,
            places: Places::of(facts.into_iter().rev()),
            manifest: manifest(transfer)?,
        })
    };
    transfers.iter().map(holding).collect()
}

fn manifest(transfer: &Transfer) -> Result<Option<Manifest>, Failure> {
    let was_fetched = transfer
        .facts()
        .any(|fact| matches!(fact, Fact::Fetched { .. }));
    if !was_fetched {
        return Ok(None);
    }
    let verified = Manifest::verify(&transfer.manifest()?);
    verified
        .map(|(manifest, _, _)| Some(manifest))
        .map_err(not_as_signed)
}

/// The same look as before the destruction.
pub(super) fn look_again(env: &Env, plan: &Plan, holdings: &[Holding]) -> Look {
    let place = Where {
        folders: plan.folders.iter().map(from_disk).collect(),
        crosses: plan.crosses,
        trashes: env.trashes(),
    };
    look(env, holdings, &place)
}

fn planned(env: &Env, args: &DestroyArgs, look: &Look) -> Result<Vec<Planned>, Failure> {
    let kept = exceptions(args)?;
    let mut fates: HashMap<&Path, Fate> = HashMap::new();
    for copy in look
        .copies
        .iter()
        .filter(|copy| copy.kind != CopyKind::Beside)
    {
        let fate = match kept.iter().find(|(path, _)| copy.path.starts_with(path)) {
            Some((_, basis)) => Fate::Retain(basis.clone()),
            None if copy.kind == CopyKind::Changed => changed(env, args, copy)?,
            None => Fate::Destroy,
        };
        fates.insert(&copy.path, fate);
    }
    // What lies beside a file that stays, stays.
    let beside = |copy: &Copy| {
        let kept = kept.iter().find(|(path, _)| copy.path.starts_with(path));
        let kept = kept.map(|(_, basis)| Fate::Retain(basis.clone()));
        let original = copy.original.as_deref().and_then(|path| fates.get(path));
        kept.or_else(|| original.cloned()).unwrap_or(Fate::Destroy)
    };
    let fate = |copy: &Copy| {
        let own = fates.get(copy.path.as_path());
        own.cloned().unwrap_or_else(|| beside(copy))
    };
    let named = |path: &PathBuf| look.copies.iter().any(|copy| copy.path.starts_with(path));
    if let Some((path, _)) = kept.iter().find(|(path, _)| !named(path)) {
        return Err(Failure::usage(phrase!("except-no-copy", path = path))
            .hint(phrase!("except-no-copy-hint")));
    }
    let copies = look.copies.iter();
    Ok(copies.map(|copy| as_planned(copy, fate(copy))).collect())
}

/// Edited files go when that was asked for, or when the person chooses one by one.
fn changed(env: &Env, args: &DestroyArgs, copy: &Copy) -> Result<Fate, Failure> {
    if args.include_changed {
        return Ok(Fate::Destroy);
    }
    if args.yes || args.dry_run || !env.terminal().can_ask() {
        return Ok(Fate::Leave);
    }
    let question = phrase!("ask-destroy-changed", path = &copy.path);
    let is_chosen = env.terminal().ask_whether(&question, "--include-changed")?;
    Ok(if is_chosen {
        Fate::Destroy
    } else {
        Fate::Leave
    })
}

/// What is kept, with the basis of each.
fn exceptions(args: &DestroyArgs) -> Result<Vec<(PathBuf, String)>, Failure> {
    let n_bases = args.basis.len();
    if n_bases != args.except.len() && n_bases != 1 {
        return Err(Failure::usage(phrase!("except-basis")).hint(phrase!("except-basis-hint")));
    }
    let bases = args.basis.iter().cycle();
    let resolve = |(path, basis): (&PathBuf, &String)| {
        let path = std::fs::canonicalize(path).map_err(|error| Failure::read(path, error))?;
        Ok((path, basis.clone()))
    };
    args.except.iter().zip(bases).map(resolve).collect()
}

fn as_planned(copy: &Copy, fate: Fate) -> Planned {
    let found = std::fs::symlink_metadata(&copy.path).ok();
    let found = found.as_ref();
    Planned {
        path: to_disk(&copy.path),
        kind: copy.kind,
        transfer: copy.transfer,
        entry: copy.entry,
        bytes: copy.bytes,
        digest: copy.digest,
        stamp: found.and_then(platform::stamp),
        n_names: found.map_or(1, platform::n_names),
        fate,
    }
}

/// Says what was found, and what was not looked at.
fn list(env: &Env, is_all: bool, copies: &[Planned], look: &Look) -> Result<(), Failure> {
    let terminal = env.terminal();
    for (index, copy) in copies.iter().enumerate() {
        let path = from_disk(&copy.path);
        let event = serde_json::json!({
            "kind": copy.kind, "fate": copy.fate, "file": exact_name(&path), "bytes": copy.bytes,
        });
        terminal.event("copy", event);
        let line = phrase!(
            "destroy-line",
            fate = fate(&copy.fate),
            kind = kind(copy.kind),
            path = &path
        );
        if is_all {
            terminal.result_line(&terminal.words().write(&line))?;
        } else if index < LISTED_MAX {
            terminal.say(line);
        }
    }
    if !is_all && copies.len() > LISTED_MAX {
        terminal.say(phrase!("destroy-others", n = copies.len() - LISTED_MAX));
    }
    for unsearched in look.unsearched.iter().take(LISTED_MAX) {
        terminal.warn(phrase!(
            "destroy-unsearched",
            path = &unsearched.path,
            reason = unsearched.reason.clone()
        ));
    }
    for mount in look.left_out.iter().take(LISTED_MAX) {
        terminal.say(phrase!("destroy-left-out", path = mount));
    }
    let n_left = copies
        .iter()
        .filter(|copy| copy.fate == Fate::Leave)
        .count();
    terminal.say(phrase!(
        "destroy-found",
        copies = copies.len(),
        files = look.n_files,
        folders = look.n_folders
    ));
    if n_left > 0 {
        terminal.warn(phrase!("destroy-leaves", n = n_left));
    }
    Ok(())
}

fn fate(fate: &Fate) -> Phrase {
    match fate {
        Fate::Destroy => phrase!("fate-destroy"),
        Fate::Retain(_) => phrase!("fate-retain"),
        Fate::Leave => phrase!("fate-leave"),
    }
}

fn kind(kind: CopyKind) -> Phrase {
    match kind {
        CopyKind::Received => phrase!("copy-received"),
        CopyKind::Changed => phrase!("copy-changed"),
        CopyKind::Elsewhere => phrase!("copy-elsewhere"),
        CopyKind::Sealed => phrase!("copy-sealed"),
        CopyKind::Identity => phrase!("copy-identity"),
        CopyKind::Beside => phrase!("copy-beside"),
        CopyKind::Trashed => phrase!("copy-trashed"),
        CopyKind::Unfinished => phrase!("copy-unfinished"),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let found = std::fs::canonicalize(path).map_err(|error| Failure::read(path, error))?;
    if found.is_dir() {
        Ok(found)
    } else {
        Err(Failure::read(
            path,
            std::io::ErrorKind::NotADirectory.into(),
        ))
    }
}

fn to_disk(path: &Path) -> DiskPath {
    DiskPath::from_bytes(path.as_os_str().as_encoded_bytes().to_vec())
}

/// The path of a plan as the system takes it.
pub(super) fn from_disk(path: &DiskPath) -> PathBuf {
    platform::path_from_bytes(path.as_bytes().to_vec())
}
