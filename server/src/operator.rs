//! What the operator does beside a running relay: invites clients, lists and disables accounts.
//!
//! ```text
//! https://relay.example/i/00112233445566778899aabbccddeeff#v1.AgIC…
//! SHA256:OD42K2r1p8To2i8ghGLiHbiVdnwQuA2FVbSTnNqhFLc  client      enabled   2026-11-22T03:37:18Z  Alice
//! ```
//!
//! Promises: what it changed is recorded when it ends, and a running relay heeds it within a second;
//! the secret of an invite is printed and kept nowhere. It needs the rights of the user whose folders
//! they are: nothing of it can be done over HTTP. Spec: `docs/operating.md`, "Accounts".

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use quitus_core::digest::Sha256;
use quitus_core::invite::{self, InviteId, InviteLink, Role};
use quitus_core::keys::{Fingerprint, Secret};
use quitus_core::origin::Origin;

use crate::args::{Accounts as AccountsArgs, AccountsCommand, Invite};
use crate::config::{self, ConfigError};
use crate::durable;
use crate::own_keys::{self, OwnKey};
use crate::platform;
use crate::records::sqlite::SqliteRecords;
use crate::records::{Account, Accounts as _, Inviter, NewInvite, RecordsError};
use crate::serve::{Failure, system_time};

const ORIGIN_FILE: &str = "origin";

/// Writes down how clients reach the relay, for the invites of its operator.
pub fn remember_origin(data: &Path, origin: &Origin) -> io::Result<()> {
    let unfinished = data.join("origin.new");
    let mut file = platform::private_file(&unfinished)?;
    file.set_len(0)?;
    file.write_all(format!("{origin}\n").as_bytes())?;
    durable::sync_all(&file)?;
    std::fs::rename(&unfinished, data.join(ORIGIN_FILE))
}

/// Makes an invite and prints it.
///
/// # Errors
/// [`Failure`]: no relay has run on the folder, or it cannot be written.
pub fn invite(arguments: Invite) -> Result<(), Failure> {
    let data = data_of(arguments.folders.data)?;
    let keys = arguments
        .folders
        .keys
        .unwrap_or_else(|| config::beside(&data));
    let records = open(&data)?;
    let origin = origin_of(&data, arguments.origin)?;
    let relay_keys = relay_keys(&keys)?;
    let draw = |error| Failure::local("no invite can be drawn", error);
    let id = Secret::<16>::draw().map_err(draw)?;
    let link = InviteLink {
        origin,
        id: InviteId::from_bytes(*id.expose()),
        secret: Secret::draw().map_err(draw)?,
        card: None,
        relay_keys,
    };
    let token = invite::redeem_token(&link.id, &link.secret);
    let now = system_time();
    let new = NewInvite {
        id: link.id,
        token_digest: Sha256::of(&[token.expose()]),
        role: Role::Client,
        created_at: now,
        expires_at: now.after(arguments.expires),
        inviter: Inviter::Operator {
            label: arguments.name,
        },
        engagement: None,
    };
    wait(records.invite(new))?.map_err(unwritable)?;
    say(&format!("{}\n", *link.to_text()))
}

/// Lists accounts, or changes what one may do.
///
/// # Errors
/// [`Failure`]: no relay has run on the folder, it cannot be written, or there is no such account.
pub fn accounts(arguments: AccountsArgs) -> Result<(), Failure> {
    let data = data_of(arguments.data)?;
    let records = open(&data)?;
    let (key, is_enabled) = match arguments.what {
        AccountsCommand::List => {
            let accounts = wait(records.accounts())?.map_err(unwritable)?;
            return say(&accounts.iter().map(line).collect::<String>());
        }
        AccountsCommand::Disable { key } => (key, false),
        AccountsCommand::Enable { key } => (key, true),
    };
    match wait(records.set_enabled(key.clone(), is_enabled, system_time()))? {
        Ok(()) => Ok(()),
        Err(RecordsError::Gone) => Err(no_account(&key)),
        Err(error) => Err(unwritable(error)),
    }
}

fn line(account: &Account) -> String {
    let role = match account.role {
        Role::Client => "client",
        Role::Freelancer => "freelancer",
    };
    let state = if account.is_enabled {
        "enabled"
    } else {
        "disabled"
    };
    let whose = match (&account.label, &account.invited_by) {
        (Some(label), _) => label.clone(),
        (None, Some(inviter)) => format!("invited by {inviter}"),
        (None, None) => "invited by the operator".to_owned(),
    };
    let Account {
        key, created_at, ..
    } = account;
    format!("{key}  {role:<10}  {state:<8}  {created_at}  {whose}\n")
}

fn data_of(data: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
    data.map_or_else(config::default_data, Ok)
}

/// Opens the records of a relay that has run at least once; another user's files would become ours.
fn open(data: &Path) -> Result<SqliteRecords, Failure> {
    let path = data.join("records.sqlite");
    let is_ours = platform::is_ours(&path)
        .map_err(|error| Failure::local("no relay has run on this folder", error))?;
    if !is_ours {
        let what = format!("{} belongs to another user", path.display());
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        return Err(Failure::local(what, error).hint("run it as the user of the relay"));
    }
    platform::keep_files_private();
    SqliteRecords::open(&path)
        .map_err(|error| Failure::local("the records cannot be opened", error))
}

fn origin_of(data: &Path, given: Option<String>) -> Result<Origin, Failure> {
    let text = match given {
        Some(text) => text,
        None => std::fs::read_to_string(data.join(ORIGIN_FILE)).map_err(|error| {
            Failure::local("the address of the relay is not known", error)
                .hint("say how clients reach it with --origin URL")
        })?,
    };
    Ok(config::parse_origin(text.trim_end().to_owned())?)
}

/// The digest of the keys that the relay signs with, as invites have it.
fn relay_keys(keys: &Path) -> Result<Sha256, Failure> {
    let read = |of| {
        let what = "the keys of the relay cannot be read";
        let key = own_keys::read(keys, of).map_err(|error| Failure::local(what, error))?;
        key.ok_or_else(|| {
            let error = io::Error::from(io::ErrorKind::NotFound);
            Failure::local(what, error).hint("say where the keys of the relay are with --keys DIR")
        })
    };
    let (statement, log) = (read(OwnKey::Statement)?, read(OwnKey::Log)?);
    Ok(invite::relay_keys_digest(
        &statement.public(),
        &log.public(),
    ))
}

/// Waits for the records.
fn wait<T>(pending: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::local("the runtime cannot start", error))?;
    Ok(runtime.block_on(pending))
}

fn no_account(key: &Fingerprint) -> Failure {
    let error = io::Error::from(io::ErrorKind::NotFound);
    Failure::local(format!("there is no account {key}"), error)
        .hint("`quitus-relay accounts list` shows them")
}

fn unwritable(error: RecordsError) -> Failure {
    Failure::local("the records cannot be written", error)
}

fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::local("standard output cannot be written", error))
}
