//! What destruction leaves in the records. Every function is part of one transaction.

use quitus_core::protocol::Happening;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Event, Phase, TransferId};
use rusqlite::Connection;

use super::accesses::{self, Entry};
use super::rows::{self, millis};
use super::statements;
use crate::buckets::Bucket;
use crate::records::{Outcome, OwedRow, RecordsError, Scope, Stated};

pub(super) fn owed(
    connection: &Connection,
    now: Timestamp,
    max: u32,
) -> Result<Vec<OwedRow>, RecordsError> {
    // By id, so that a batch touches few folders of the store.
    let sql = "SELECT id FROM transfers INDEXED BY transfers_owed
        WHERE phase = 2 AND n_live = 0 AND sweep_after <= ?1
        AND NOT EXISTS (SELECT 1 FROM statements_owed WHERE transfer = transfers.number)
        ORDER BY id LIMIT ?2";
    let mut query = connection.prepare_cached(sql)?;
    let ids = query.query_map((millis(now), max), |row| {
        row.get(0).map(TransferId::from_bytes)
    })?;
    let mut owed = Vec::new();
    for id in ids {
        let id = id?;
        let row = rows::transfer(connection, &id)?.ok_or(RecordsError::Gone)?;
        let parts = rows::parts(connection, &id)?;
        let last = statements::of_destruction(connection, &id)?;
        owed.push(OwedRow {
            id,
            row,
            parts,
            last,
        });
    }
    Ok(owed)
}

pub(super) fn share_erased(
    connection: &Connection,
    ids: &[TransferId],
    at: Timestamp,
) -> Result<(), RecordsError> {
    let sql = "UPDATE transfers SET slot = NULL, share_erased_at = ?1
        WHERE id = ?2 AND phase = 2 AND n_live = 0 AND slot IS NOT NULL";
    let mut update = connection.prepare_cached(sql)?;
    for id in ids {
        update.execute((millis(at), id.as_bytes()))?;
    }
    Ok(())
}

pub(super) fn state(connection: &Connection, stated: &[Stated]) -> Result<(), RecordsError> {
    for one in stated {
        let life = rows::life(connection, &one.id)?.ok_or(RecordsError::Gone)?;
        if matches!(life.transfer.phase(), Phase::Destroyed(_)) {
            continue;
        }
        if let Some(statement) = &one.statement {
            let about = Scope::Transfer(one.id);
            statements::insert(connection, &about, statement, one.outcome.at())?;
        }
        match one.outcome {
            Outcome::Destroyed { at } => {
                let after = life.transfer.after(Event::Destroy, at);
                rows::change_life(connection, &life, &after.map_err(super::failed)?)?;
                forget(connection, life.number)?;
                let entry = Entry::own(Happening::Destroyed);
                accesses::note(connection, life.number, &entry, at)?;
            }
            Outcome::Incomplete { at, again_at } => {
                if one.statement.is_some() {
                    let entry = Entry::own(Happening::DestructionIncomplete);
                    accesses::note(connection, life.number, &entry, at)?;
                }
                let sql = "UPDATE transfers SET sweep_after = ?1, n_sweeps = n_sweeps + 1
                    WHERE number = ?2";
                let row = (millis(again_at), life.number);
                connection.prepare_cached(sql)?.execute(row)?;
            }
        }
    }
    Ok(())
}

/// Removes what neither the statement nor the owner's status needs.
fn forget(connection: &Connection, number: i64) -> Result<(), RecordsError> {
    // No credential has a digest of zeros.
    let sql = "UPDATE transfers SET header = x'', terms = NULL, manifest_digest = NULL,
        manifest_bytes = NULL, sealed_digest = NULL, slot = NULL,
        claim_digest = zeroblob(32), upload_digest = zeroblob(32),
        verifier_digest = iif(verifier_digest IS NULL, NULL, zeroblob(32)) WHERE number = ?1";
    connection.prepare_cached(sql)?.execute([number])?;
    let sql = "DELETE FROM parts WHERE transfer = ?1";
    connection.prepare_cached(sql)?.execute([number])?;
    Ok(())
}

pub(super) fn buckets(connection: &Connection) -> Result<Vec<Bucket>, RecordsError> {
    let sql = "SELECT DISTINCT bucket FROM transfers WHERE slot IS NOT NULL";
    let mut query = connection.prepare_cached(sql)?;
    let buckets = query.query_map([], |row| row.get(0).map(Bucket))?;
    Ok(buckets.collect::<rusqlite::Result<_>>()?)
}

/// Whether objects of a transfer may be there.
pub(super) fn is_held(connection: &Connection, id: &TransferId) -> Result<bool, RecordsError> {
    let sql = "SELECT 1 FROM transfers WHERE id = ?1 AND phase < 3";
    Ok(connection.prepare_cached(sql)?.exists([id.as_bytes()])?)
}
