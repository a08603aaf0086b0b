//! What the end of an access means for the transfers of an engagement. Every function is part of one
//! transaction.

use quitus_core::digest::Sha256;
use quitus_core::engagement::{Member, Policy};
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::Happening;
use quitus_core::statement::Deactivated;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Claimant, Event, TransferId};
use rusqlite::Connection;

use super::accesses::{self, Entry};
use super::grants::lapse;
use super::rows::{self, millis};
use super::seats::cut_grants;
use super::{engagements, owned, statements};
use crate::records::{Changed, Happened, RecordsError, Spend};

const SECONDS_A_DAY: u64 = 24 * 3_600;

/// Transfers of which bytes may be on their way.
pub(super) fn held(connection: &Connection, number: i64) -> Result<Vec<TransferId>, RecordsError> {
    let sql = "SELECT id FROM transfers WHERE engagement = ?1 AND phase < 3";
    let mut query = connection.prepare_cached(sql)?;
    let ids = query.query_map([number], |row| Ok(TransferId::from_bytes(row.get(0)?)))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Takes the grants of a key in an engagement away that run.
pub(super) fn cut(
    connection: &Connection,
    number: i64,
    key: &Fingerprint,
    now: Timestamp,
) -> Result<(), RecordsError> {
    for (transfer, who) in running(connection, number)? {
        if who == *key {
            cut_one(connection, transfer, key, now)?;
        }
    }
    Ok(())
}

/// The grants that run in an engagement, and whose they are.
fn running(connection: &Connection, number: i64) -> Result<Vec<(i64, Fingerprint)>, RecordsError> {
    let sql = "SELECT DISTINCT transfer, who FROM grants JOIN transfers ON transfer = number
        WHERE engagement = ?1 AND state = 0 AND who IS NOT NULL";
    let mut query = connection.prepare_cached(sql)?;
    let grants = query.query_map([number], |row| {
        let who = Fingerprint::try_from(row.get::<_, String>(1)?);
        Ok((row.get(0)?, who.map_err(rows::senseless)?))
    })?;
    Ok(grants.collect::<rusqlite::Result<_>>()?)
}

fn cut_one(
    connection: &Connection,
    transfer: i64,
    key: &Fingerprint,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let by = &Claimant::Key(key.clone());
    let life = lapse(connection, rows::life_of_number(connection, transfer)?, now)?;
    let after = life.transfer.after(Event::Cut { by }, now);
    rows::change_life(connection, &life, &after.map_err(super::failed)?)?;
    let seat = life.transfer.seat(by);
    if seat.is_some_and(|seat| seat.counts.n_live > 0) {
        cut_grants(connection, (transfer, key), now)?;
    }
    Ok(())
}

/// Revokes every transfer of an engagement, whoever sent it.
pub(super) fn revoke_all(
    connection: &Connection,
    number: i64,
    by: (&Sha256, &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    for id in held(connection, number)? {
        owned::revoke(connection, &id, by, now)?;
    }
    Ok(())
}

/// Takes away what members have running in engagements that came to their end date; returns the
/// transfers of which something may be on its way.
pub(super) fn close(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<TransferId>, RecordsError> {
    let sql = "SELECT number FROM engagements WHERE closed_at < ends_at AND ends_at <= ?1";
    let mut query = connection.prepare_cached(sql)?;
    let due = query.query_map([millis(now)], |row| row.get(0))?;
    let mut ids = Vec::new();
    for number in due.collect::<rusqlite::Result<Vec<i64>>>()? {
        let owner = engagements::of_number(connection, number)?.engagement;
        for (transfer, who) in running(connection, number)? {
            if who != *owner.owner() {
                cut_one(connection, transfer, &who, now)?;
            }
        }
        let sql = "UPDATE engagements SET closed_at = ends_at WHERE number = ?1";
        connection.prepare_cached(sql)?.execute([number])?;
        if owner.ended_at().is_none() {
            let entry = Entry::own(Happening::Closed);
            accesses::note_engagement(connection, number, &entry, now)?;
        }
        ids.extend(held(connection, number)?);
    }
    Ok(ids)
}

/// Cuts the members who have not used their engagement for too long.
pub(super) fn cut_idle(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<Changed>, RecordsError> {
    let sql = "SELECT number FROM engagements
        WHERE is_ended = 0 AND idle_at <= ?1 AND ends_at > ?1";
    let mut query = connection.prepare_cached(sql)?;
    let due = query.query_map([millis(now)], |row| row.get(0))?;
    let mut all = Vec::new();
    for number in due.collect::<rusqlite::Result<Vec<i64>>>()? {
        let found = engagements::of_number(connection, number)?;
        let (after, idle) = found.engagement.without_idle(now);
        engagements::change(connection, &found, &after)?;
        for member in idle {
            shut_out(connection, number, (&member, after.policy()), now)?;
            all.push(Changed {
                engagement: after.clone(),
                cut: held(connection, number)?,
                whose: Some(member.key),
            });
        }
    }
    Ok(all)
}

/// What follows for a member that is idle.
fn shut_out(
    connection: &Connection,
    number: i64,
    (member, policy): (&Member, &Policy),
    now: Timestamp,
) -> Result<(), RecordsError> {
    cut(connection, number, &member.key, now)?;
    let entry = Entry {
        member: Some(&member.key),
        ..Entry::own(Happening::Deactivated)
    };
    accesses::note_engagement(connection, number, &entry, now)?;
    let days = policy.idle_seconds / SECONDS_A_DAY;
    let happened = Happened::Deactivated(Deactivated {
        member: member.key.clone(),
        last_used_at: member.used_at,
        inactive_days: u32::try_from(days).unwrap_or(u32::MAX),
    });
    statements::owe_engagement(connection, number, &happened, now)
}
