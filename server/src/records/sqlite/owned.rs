//! What an owner does with its transfers: list, extend, revoke. Every change is part of one
//! transaction.

use quitus_core::digest::Sha256;
use quitus_core::engagement::Act;
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::Happening;
use quitus_core::statement::Revoked;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Event, Phase, TransferId};
use rusqlite::{Connection, OptionalExtension as _};

use super::accesses::{self, Entry};
use super::engagements;
use super::grants::lapse;
use super::rows::{self, millis, state_number};
use super::statements;
use crate::buckets::Bucket;
use crate::records::{Extension, GrantState, Happened, RecordsError, Spend, TransferRow};

pub(super) fn list(
    connection: &Connection,
    owner: &Fingerprint,
    after: Option<&TransferId>,
    n_max: usize,
) -> Result<Vec<(TransferId, TransferRow)>, RecordsError> {
    let below = match after {
        None => i64::MAX,
        Some(id) => number_of(connection, owner, id)?,
    };
    rows::transfers_of(connection, owner, (below, n_max))
}

fn number_of(
    connection: &Connection,
    owner: &Fingerprint,
    id: &TransferId,
) -> Result<i64, RecordsError> {
    let sql = "SELECT number FROM transfers WHERE id = ?1 AND owner = ?2";
    let row = (id.as_bytes(), owner.as_str());
    let number = connection
        .prepare_cached(sql)?
        .query_row(row, |row| row.get(0));
    number.optional()?.ok_or(RecordsError::Gone)
}

/// The row of a transfer of an engagement.
pub(super) fn number_in(
    connection: &Connection,
    engagement: i64,
    id: &TransferId,
) -> Result<i64, RecordsError> {
    let sql = "SELECT number FROM transfers WHERE id = ?1 AND engagement = ?2";
    let row = (id.as_bytes(), engagement);
    let number = connection
        .prepare_cached(sql)?
        .query_row(row, |row| row.get(0));
    number.optional()?.ok_or(RecordsError::Gone)
}

pub(super) fn extend(
    connection: &Connection,
    id: &TransferId,
    (extension, spend): (&Extension, &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let life = rows::life(connection, id)?.ok_or(RecordsError::Gone)?;
    match life.transfer.after(Event::Tick, now) {
        Ok(transfer) if transfer.phase() == Phase::Live => {}
        Ok(transfer) if transfer.phase() == Phase::Uploading => return Err(RecordsError::Conflict),
        Ok(_) | Err(_) => return Err(RecordsError::Gone),
    }
    let act = Act::Send { bytes: 0 };
    let by = (&spend.signer, &spend.caller);
    engagements::check(connection, life.engagement, by, act, now)?;
    let (before, after) = extension.slots;
    let sql = "UPDATE transfers SET expires_at = ?1, terms = ?2, slot = ?3, bucket = ?4,
        bucket_latest = max(bucket_latest, ?4) WHERE number = ?5 AND slot = ?6";
    let n_changed = connection.prepare_cached(sql)?.execute((
        millis(extension.expires_at),
        &extension.terms,
        after.0,
        Bucket::of(extension.expires_at).0,
        life.number,
        before.0,
    ))?;
    if n_changed != 1 {
        return Err(RecordsError::Conflict);
    }
    let entry = Entry::signed(Happening::Extended, spend);
    accesses::note(connection, life.number, &entry, now)
}

pub(super) fn revoke(
    connection: &Connection,
    id: &TransferId,
    (instruction, spend): (&Sha256, &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let life = rows::life(connection, id)?.ok_or(RecordsError::Gone)?;
    let life = lapse(connection, life, now)?;
    let after = life.transfer.after(Event::Revoke, now);
    let after = after.map_err(super::failed)?;
    if after == life.transfer {
        return Ok(());
    }
    rows::change_life(connection, &life, &after)?;
    let sql = "UPDATE grants SET state = ?1 WHERE transfer = ?2 AND state = 0";
    let row = (state_number(GrantState::Cut), life.number);
    connection.prepare_cached(sql)?.execute(row)?;
    let sql = "UPDATE transfers SET instruction_digest = ?1 WHERE number = ?2
        AND instruction_digest IS NULL";
    let row = (instruction.as_bytes(), life.number);
    connection.prepare_cached(sql)?.execute(row)?;
    let (n_consumed, _, n_released) = after.counts();
    let happened = Happened::Revoked(Revoked {
        instruction: *instruction,
        n_consumed,
        n_released,
    });
    statements::owe(connection, life.number, &happened, now)?;
    let entry = Entry::signed(Happening::Revoked, spend);
    accesses::note(connection, life.number, &entry, now)
}
