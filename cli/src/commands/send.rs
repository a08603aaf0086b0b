//! `quitus send PATH...`: files become an archive, sealed parts, a transfer, a link.

mod engaged;

use std::path::{Path, PathBuf};
use std::time::Duration;

use quitus_core::engagement::EngagementId;
use quitus_core::ledger::Step;
use quitus_core::origin::Origin;
use quitus_core::transfer::TransferId;
use zeroize::Zeroizing;

use crate::args::SendArgs;
use crate::client::Client;
use crate::disk::Selection;
use crate::env::Env;
use crate::escape::exact_name;
use crate::expiry::Expiry;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;
use crate::recipients::Recipients;
use crate::relays;
use crate::secrets::{self, PassphraseSource};
use crate::sending::{Order, Sending, abandon};
use crate::witness;

/// Sends what was named and prints the link.
///
/// The same command again goes on where one before was interrupted.
///
/// # Errors
///
/// Exit 8 when something cannot be read, 3 when something was skipped or changed meanwhile, 7 and
/// others as the relay answers. Without a link nothing was handed over.
pub fn run(env: &Env, args: &SendArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    if let Some(name) = &args.engagement {
        return engaged::run(env, &home, name, args);
    }
    let origin = relays::choose(env, &home, args.relay.as_deref())?;
    hand_over(env, &home, origin, (args, None)).map(drop)
}

/// Sends what was named, in an engagement or none; says under which id.
fn hand_over(
    env: &Env,
    home: &Home,
    origin: Origin,
    asked: (&SendArgs, Option<EngagementId>),
) -> Result<TransferId, Failure> {
    let (args, _) = asked;
    Recipients::find(home, &args.to)?.tell_doubts(env);
    let selection = match &args.secret {
        Some(name) => Selection::secret(name, secrets::to_pass_on(env)?, env.now())?,
        None => Selection::new(&args.paths, env.workers())?,
    };
    tell_selection(env, &selection)?;
    let client = Client::new(env, origin, args.ca_file.as_deref())?;
    let sending = match interrupted(env, home, &client, &selection, asked)? {
        Some(sending) => sending,
        None => begin(env, home, &client, &selection, asked)?,
    };
    let mut id = sending.transfer.id;
    if let Outcome::Stale = send(env, sending)? {
        env.terminal().say(phrase!("sending-anew"));
        let anew = begin(env, home, &client, &selection, asked)?;
        id = anew.transfer.id;
        send(env, anew)?;
    }
    witness::visit(env, home, &client)?;
    tell_skipped(&selection).map(|()| id)
}

/// Goes on with a sending that was interrupted.
///
/// # Errors
///
/// As [`run`]; exit 3 also when its sources are no longer what they were: then it was given up.
pub fn resume(
    env: &Env,
    id: TransferId,
    sources: &[PathBuf],
    relay: Origin,
    ca_file: Option<&Path>,
) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let selection = Selection::new(sources, env.workers())?;
    let client = Client::new(env, relay, ca_file)?;
    let outcome = match Sending::open(env, &home, &client, &selection, home.transfer(id)?)? {
        Ok(sending) => send(env, sending)?,
        Err(transfer) => abandon(env, transfer).map(|()| Outcome::Stale)?,
    };
    match outcome {
        Outcome::Sent => tell_skipped(&selection),
        Outcome::Stale => Err(Failure::new(Kind::Partly, phrase!("sending-stale"))
            .hint(phrase!("sending-stale-hint"))),
    }
}

/// How a sending ended.
enum Outcome {
    Sent,
    /// It could not go on under its key, and was given up.
    Stale,
}

/// Does what is left to do; the link is printed before its last trace is erased.
fn send(env: &Env, mut sending: Sending<'_>) -> Result<Outcome, Failure> {
    while let Some(step) = sending.transfer.next_step() {
        if step == Step::EraseSent {
            tell_link(env, &sending)?;
        }
        let performed = if sending.stale().is_none() {
            Some(sending.perform(step))
        } else {
            None
        };
        if sending.stale().is_some() {
            sending.abandon()?;
            return Ok(Outcome::Stale);
        }
        if let Some(fact) = performed {
            sending.transfer.append(env.now(), fact?)?;
        }
    }
    Ok(Outcome::Sent)
}

fn tell_link(env: &Env, sending: &Sending<'_>) -> Result<(), Failure> {
    let link = sending.link();
    env.terminal()
        .event("sent", serde_json::json!({ "transfer": link.id }));
    env.terminal()
        .result_line(&link.to_text())
        .inspect_err(|_| {
            // The transfer lives: its link must not be lost with a full disk.
            env.terminal()
                .warn(phrase!("link-not-written", link = link.to_text().as_str()));
        })
}

fn begin<'a>(
    env: &'a Env,
    home: &Home,
    client: &'a Client<'a>,
    selection: &'a Selection,
    (args, engagement): (&SendArgs, Option<EngagementId>),
) -> Result<Sending<'a>, Failure> {
    let now = env.now();
    let order = Order {
        sources: sources(args),
        secret: args.secret.clone(),
        expiry_seconds: args.expires.moment(now).since(now).as_secs(),
        downloads: args.downloads.get(),
        to: args.to.clone(),
        engagement,
    };
    let password = new_password(env, args)?;
    let password = password.as_ref().map(|password| password.as_str());
    Sending::begin(env, home, client, selection, (order, password))
}

fn new_password(env: &Env, args: &SendArgs) -> Result<Option<Zeroizing<String>>, Failure> {
    let file = args.password_file.as_deref();
    if !args.password && file.is_none() {
        return Ok(None);
    }
    let question = phrase!("ask-new-password");
    PassphraseSource {
        file,
        flag: secrets::PASSWORD_FLAG,
        question,
    }
    .get_new(env)
    .map(Some)
}

/// A sending of the same sources through the same relay that was interrupted. One that cannot go on
/// under its key is given up.
fn interrupted<'a>(
    env: &'a Env,
    home: &Home,
    client: &'a Client<'a>,
    selection: &'a Selection,
    (args, engagement): (&SendArgs, Option<EngagementId>),
) -> Result<Option<Sending<'a>>, Failure> {
    if args.secret.is_some() {
        // What was typed then is nowhere any more.
        return Ok(None);
    }
    let ledger = home.read_ledger()?;
    for id in ledger.open_sendings(client.origin(), &sources(args), (&args.to, engagement)) {
        // The ledger may be older than the lock: whoever held it may have ended meanwhile.
        let Some(transfer) = home.transfer_if_free(id)? else {
            continue;
        };
        if transfer.next_step().is_none() {
            continue;
        }
        let sending = match Sending::open(env, home, client, selection, transfer)? {
            Ok(sending) => sending,
            Err(transfer) => {
                abandon(env, transfer)?;
                continue;
            }
        };
        if !is_asked(env, args, &sending) {
            env.terminal()
                .say(phrase!("sending-other", id = sending.transfer.id.short()));
            continue;
        }
        if sending.stale().is_none() {
            let has_password = sending.limits().2;
            env.terminal().say(phrase!("sending-again"));
            if has_password {
                env.terminal().say(phrase!("sending-again-password"));
            }
            return Ok(Some(sending));
        }
        env.terminal().say(phrase!("sending-anew"));
        sending.abandon()?;
    }
    Ok(None)
}

/// Whether it has the limits that are asked for now. Which password it has nobody can tell, only whether.
fn is_asked(env: &Env, args: &SendArgs, sending: &Sending<'_>) -> bool {
    let (downloads, expiry_seconds, has_password) = sending.limits();
    let is_until = match args.expires {
        Expiry::After(span) => span.as_secs() == expiry_seconds,
        Expiry::At(moment) => {
            let begun = sending.transfer.begun_at().unwrap_or(env.now());
            let until = begun.after(Duration::from_secs(expiry_seconds));
            until.since(moment).max(moment.since(until)) < Duration::from_secs(2)
        }
    };
    let wants_password = args.password || args.password_file.is_some();
    is_until && downloads == args.downloads.get() && has_password == wants_password
}

/// Lists what stays behind, and says what goes.
fn tell_selection(env: &Env, selection: &Selection) -> Result<(), Failure> {
    let terminal = env.terminal();
    for skipped in &selection.skipped {
        let reason = skipped.reason.clone();
        terminal.event("skipped", exact_name(&skipped.path));
        terminal.warn(phrase!("skipped", path = &skipped.path, reason = reason));
    }
    if selection.sources.is_empty() {
        let hint = phrase!("nothing-to-send-hint");
        return Err(Failure::usage(phrase!("nothing-to-send")).hint(hint));
    }
    let n_unportable = selection.unportable();
    if n_unportable > 0 {
        terminal.warn(phrase!("unportable-names", n = n_unportable));
    }
    let (files, bytes) = (selection.n_files(), selection.file_bytes());
    terminal.say(phrase!("sending", files = files, bytes = bytes));
    Ok(())
}

fn tell_skipped(selection: &Selection) -> Result<(), Failure> {
    match selection.skipped.len() {
        0 => Ok(()),
        n => Err(Failure::new(Kind::Partly, phrase!("sent-partly", n = n))),
    }
}

fn sources(args: &SendArgs) -> Vec<String> {
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    args.paths
        .iter()
        .map(|path| absolute(path).to_string_lossy().into_owned())
        .collect()
}
