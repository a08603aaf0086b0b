//! What destruction leaves in the records. Every function is part of one transaction.

use quitus_core::digest::Sha256;
use quitus_core::protocol::Happening;
use quitus_core::statement::Kind;
use quitus_core::time::Timestamp;
use quitus_core::tlog;
use quitus_core::transfer::{Event, Phase, TransferId};
use rusqlite::{Connection, OptionalExtension as _};

use super::accesses::{self, Entry};
use super::log;
use super::rows::{self, millis};
use crate::buckets::Bucket;
use crate::records::{Outcome, OwedRow, RecordsError, Stated, StatementRow};

pub(super) fn owed(
    connection: &Connection,
    now: Timestamp,
    max: u32,
) -> Result<Vec<OwedRow>, RecordsError> {
    // By id, so that a batch touches few folders of the store.
    let sql = "SELECT id FROM transfers INDEXED BY transfers_owed
        WHERE phase = 2 AND n_live = 0 AND sweep_after <= ?1 ORDER BY id LIMIT ?2";
    let mut query = connection.prepare_cached(sql)?;
    let ids = query.query_map((millis(now), max), |row| {
        row.get(0).map(TransferId::from_bytes)
    })?;
    let mut owed = Vec::new();
    for id in ids {
        let id = id?;
        let row = rows::transfer(connection, &id)?.ok_or(RecordsError::Gone)?;
        let parts = rows::parts(connection, &id)?;
        let last = statement(connection, &id)?;
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
            insert(connection, life.number, statement)?;
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

/// The number of the statement is free, or something else stated in between.
fn insert(
    connection: &Connection,
    number: i64,
    statement: &StatementRow,
) -> Result<(), RecordsError> {
    let entry = tlog::Entry {
        statement: statement.digest,
        signature: statement.signature_digest,
    };
    log::stage(connection, &entry)?;
    let sql = "INSERT INTO statements (transfer, seq, is_whole, digest, statement, signature,
        remains) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(sql)?.execute((
        number,
        statement.seq,
        statement.kind == Kind::Destroyed,
        statement.digest.as_bytes(),
        &statement.statement,
        &statement.signature,
        &statement.remains,
    ))?;
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

pub(super) fn statement(
    connection: &Connection,
    id: &TransferId,
) -> Result<Option<StatementRow>, RecordsError> {
    let sql = "SELECT seq, is_whole, digest, statement, signature, remains FROM statements
        WHERE transfer = (SELECT number FROM transfers WHERE id = ?1) ORDER BY seq DESC LIMIT 1";
    let mut query = connection.prepare_cached(sql)?;
    let last = query.query_row([id.as_bytes()], |row| {
        let is_whole: bool = row.get(1)?;
        Ok(StatementRow {
            seq: row.get(0)?,
            kind: if is_whole {
                Kind::Destroyed
            } else {
                Kind::DestructionIncomplete
            },
            digest: Sha256::from_bytes(row.get(2)?),
            statement: row.get(3)?,
            signature_digest: Sha256::from_bytes([0; 32]),
            signature: row.get(4)?,
            remains: row.get(5)?,
        })
    });
    Ok(last.optional()?)
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
