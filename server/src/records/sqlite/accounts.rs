//! Accounts: who may do what. Every function is part of one transaction.

use quitus_core::invite::Role;
use quitus_core::keys::Fingerprint;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Claimant, Event};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::grants::lapse;
use super::rows::{self, key_of, millis, moment, senseless};
use super::seats::cut_grants;
use crate::records::{Account, RecordsError};

/// The next number of a change.
const NEXT_CHANGE: &str = "(SELECT coalesce(max(change), 0) + 1 FROM accounts)";

/// Refuses whoever may do nothing here any more.
pub(super) fn check_enabled(
    connection: &Connection,
    key: &Fingerprint,
) -> Result<(), RecordsError> {
    let sql = "SELECT 1 FROM accounts WHERE key = ?1 AND is_enabled = 0";
    if connection.prepare_cached(sql)?.exists([key.as_str()])? {
        return Err(RecordsError::Forbidden);
    }
    Ok(())
}

/// What an account may do; none if there is no such account, or it may do nothing any more.
pub(super) fn role(
    connection: &Connection,
    key: &Fingerprint,
) -> Result<Option<Role>, RecordsError> {
    let sql = "SELECT role FROM accounts WHERE key = ?1 AND is_enabled = 1";
    let mut query = connection.prepare_cached(sql)?;
    let role = query.query_row([key.as_str()], |row| role_of(row.get(0)?));
    Ok(role.optional()?)
}

/// Makes a key an account, or gives the account the stronger role of the two.
pub(super) fn enrol(connection: &Connection, account: &Account) -> Result<(), RecordsError> {
    let sql = format!(
        "INSERT INTO accounts (key, role, label, invited_by, created_at, is_enabled, change)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, {NEXT_CHANGE})
        ON CONFLICT (key) DO UPDATE SET role = max(role, ?2)"
    );
    connection.prepare_cached(&sql)?.execute((
        account.key.as_str(),
        role_number(account.role),
        &account.label,
        account.invited_by.as_ref().map(Fingerprint::as_str),
        millis(account.created_at),
        account.is_enabled,
    ))?;
    Ok(())
}

pub(super) fn list(connection: &Connection) -> Result<Vec<Account>, RecordsError> {
    let sql = "SELECT key, role, label, invited_by, created_at, is_enabled FROM accounts
        ORDER BY created_at, key";
    let mut query = connection.prepare_cached(sql)?;
    let accounts = query.query_map([], account_of)?;
    Ok(accounts.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn set_enabled(
    connection: &Connection,
    (key, is_enabled): (&Fingerprint, bool),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let sql = format!("UPDATE accounts SET is_enabled = ?1, change = {NEXT_CHANGE} WHERE key = ?2");
    let row = (is_enabled, key.as_str());
    if connection.prepare_cached(&sql)?.execute(row)? == 0 {
        return Err(RecordsError::Gone);
    }
    if is_enabled {
        Ok(())
    } else {
        cut(connection, key, now)
    }
}

/// Takes away every grant of a key that runs.
fn cut(connection: &Connection, key: &Fingerprint, now: Timestamp) -> Result<(), RecordsError> {
    let sql = "SELECT DISTINCT transfer FROM grants WHERE who = ?1 AND state = 0";
    let mut query = connection.prepare_cached(sql)?;
    let numbers = query.query_map([key.as_str()], |row| row.get(0))?;
    let by = &Claimant::Key(key.clone());
    for number in numbers.collect::<rusqlite::Result<Vec<i64>>>()? {
        let life = lapse(connection, rows::life_of_number(connection, number)?, now)?;
        let after = life.transfer.after(Event::Cut { by }, now);
        rows::change_life(connection, &life, &after.map_err(super::failed)?)?;
        let seat = life.transfer.seat(by);
        if seat.is_some_and(|seat| seat.counts.n_live > 0) {
            cut_grants(connection, (number, key), now)?;
        }
    }
    Ok(())
}

pub(super) fn disabled_since(
    connection: &Connection,
    change: u64,
) -> Result<(Vec<Fingerprint>, u64), RecordsError> {
    let sql = "SELECT key, change, is_enabled FROM accounts WHERE change > ?1 ORDER BY change";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([change])?;
    let (mut disabled, mut last) = (Vec::new(), change);
    while let Some(row) = rows.next()? {
        last = row.get(1)?;
        if !row.get::<_, bool>(2)? {
            disabled.extend(key_of(Some(row.get(0)?))?);
        }
    }
    Ok((disabled, last))
}

fn account_of(row: &Row<'_>) -> rusqlite::Result<Account> {
    let key = Fingerprint::try_from(row.get::<_, String>("key")?).map_err(senseless)?;
    Ok(Account {
        key,
        role: role_of(row.get("role")?)?,
        label: row.get("label")?,
        invited_by: key_of(row.get("invited_by")?)?,
        created_at: moment(row.get("created_at")?),
        is_enabled: row.get("is_enabled")?,
    })
}

/// A role as the records number it: the stronger, the larger.
pub(super) const fn role_number(role: Role) -> u8 {
    match role {
        Role::Freelancer => 0,
        Role::Client => 1,
    }
}

/// The role of a number.
pub(super) fn role_of(number: u8) -> rusqlite::Result<Role> {
    match number {
        0 => Ok(Role::Freelancer),
        1 => Ok(Role::Client),
        _ => Err(senseless("no such role")),
    }
}
