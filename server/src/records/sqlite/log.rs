//! The log: entries, hashes of tiles, checkpoints and who cosigned them. Every function is part of one
//! transaction.

use quitus_core::digest::Sha256;
use quitus_core::keys::Fingerprint;
use quitus_core::tlog::{Cosignature, Entry, SIGNATURES_MAX};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::failed;
use crate::records::{CheckpointRow, CosignedOf, Growth, RecordsError, Spend};

/// Cosignatures of one party: one for each visit of several years.
const COSIGNATURES_MAX: u64 = 100_000;

/// Stages an entry; the same entry again has the number it has.
pub(super) fn stage(connection: &Connection, entry: &Entry) -> Result<u64, RecordsError> {
    if let Some(number) = number_of(connection, entry)? {
        return Ok(number);
    }
    let sql = "INSERT INTO log_entries (number, statement, signature)
        VALUES ((SELECT coalesce(max(number) + 1, 0) FROM log_entries), ?1, ?2) RETURNING number";
    let row = (entry.statement.as_bytes(), entry.signature.as_bytes());
    Ok(connection
        .prepare_cached(sql)?
        .query_row(row, |row| row.get(0))?)
}

fn number_of(connection: &Connection, entry: &Entry) -> Result<Option<u64>, RecordsError> {
    let sql = "SELECT number FROM log_entries WHERE statement = ?1 AND signature = ?2";
    let row = (entry.statement.as_bytes(), entry.signature.as_bytes());
    let number = connection
        .prepare_cached(sql)?
        .query_row(row, |row| row.get(0));
    Ok(number.optional()?)
}

pub(super) fn checkpoint(connection: &Connection) -> Result<Option<CheckpointRow>, RecordsError> {
    let sql = "SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1";
    let last = connection.prepare_cached(sql)?.query_row([], checkpoint_of);
    Ok(last.optional()?)
}

fn checkpoint_of(row: &Row<'_>) -> rusqlite::Result<CheckpointRow> {
    Ok(CheckpointRow {
        size: row.get("size")?,
        root: Sha256::from_bytes(row.get("root")?),
        note: row.get("note")?,
    })
}

pub(super) fn entries(
    connection: &Connection,
    from: u64,
    n_max: u64,
) -> Result<Vec<Entry>, RecordsError> {
    let sql = "SELECT statement, signature FROM log_entries WHERE number >= ?1
        ORDER BY number LIMIT ?2";
    let mut query = connection.prepare_cached(sql)?;
    let entries = query.query_map((from, n_max), |row| {
        Ok(Entry {
            statement: Sha256::from_bytes(row.get(0)?),
            signature: Sha256::from_bytes(row.get(1)?),
        })
    })?;
    Ok(entries.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn hashes(
    connection: &Connection,
    (level, from): (u8, u64),
    n_max: u64,
) -> Result<Vec<Sha256>, RecordsError> {
    let sql = "SELECT hash FROM log_hashes WHERE level = ?1 AND number >= ?2
        ORDER BY number LIMIT ?3";
    let mut query = connection.prepare_cached(sql)?;
    let hashes = query.query_map((level, from, n_max), |row| {
        row.get(0).map(Sha256::from_bytes)
    })?;
    Ok(hashes.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn grow(connection: &Connection, growth: &Growth) -> Result<(), RecordsError> {
    let last = checkpoint(connection)?.map_or(0, |last| last.size);
    let sql = "SELECT coalesce(max(number) + 1, 0) FROM log_entries";
    let n_entries: u64 = connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))?;
    let size = growth.checkpoint.size;
    if last != growth.from || size <= last || size > n_entries {
        return Err(RecordsError::Conflict);
    }
    let sql = "INSERT INTO log_hashes (level, number, hash) VALUES (?1, ?2, ?3)";
    let mut insert = connection.prepare_cached(sql)?;
    for one in &growth.hashes {
        insert.execute((one.level, one.number, one.hash.as_bytes()))?;
    }
    note_checkpoint(connection, &growth.checkpoint)
}

fn note_checkpoint(
    connection: &Connection,
    checkpoint: &CheckpointRow,
) -> Result<(), RecordsError> {
    let sql = "INSERT INTO checkpoints (size, root, note) VALUES (?1, ?2, ?3)
        ON CONFLICT (size) DO NOTHING";
    let root = checkpoint.root.as_bytes();
    let row = (checkpoint.size, root, &checkpoint.note);
    connection.prepare_cached(sql)?.execute(row)?;
    let sql = "SELECT root FROM checkpoints WHERE size = ?1";
    let recorded: [u8; 32] = connection
        .prepare_cached(sql)?
        .query_row([checkpoint.size], |row| row.get(0))?;
    if recorded == *root {
        Ok(())
    } else {
        Err(failed("another root is recorded for that size"))
    }
}

pub(super) fn cosign(
    connection: &Connection,
    (checkpoint, cosignature): (&CheckpointRow, &Cosignature),
    spend: &Spend,
) -> Result<(), RecordsError> {
    if !is_party(connection, &spend.signer)? {
        return Err(RecordsError::Forbidden);
    }
    let name = cosignature.name().as_str();
    let sql = "SELECT count(*) FROM cosignatures WHERE witness = ?1";
    let n_signed: u64 = connection
        .prepare_cached(sql)?
        .query_row([name], |row| row.get(0))?;
    if n_signed >= COSIGNATURES_MAX {
        return Err(RecordsError::Quota);
    }
    note_checkpoint(connection, checkpoint)?;
    let sql = "INSERT INTO cosignatures (size, witness, line) VALUES (?1, ?2, ?3)
        ON CONFLICT (size, witness) DO NOTHING";
    let row = (checkpoint.size, name, cosignature.to_string());
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Whether a key has an account, sent something, or is or was listed by a transfer.
fn is_party(connection: &Connection, key: &Fingerprint) -> Result<bool, RecordsError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM accounts WHERE key = ?1)
        OR EXISTS (SELECT 1 FROM transfers WHERE owner = ?1)
        OR EXISTS (SELECT 1 FROM recipients WHERE key = ?1 AND is_listed = 1)";
    Ok(connection
        .prepare_cached(sql)?
        .query_row([key.as_str()], |row| row.get(0))?)
}

pub(super) fn cosignatures(
    connection: &Connection,
    size: u64,
    n_max: usize,
) -> Result<Vec<Cosignature>, RecordsError> {
    let sql = "SELECT line FROM cosignatures WHERE size = ?1 ORDER BY rowid LIMIT ?2";
    let mut query = connection.prepare_cached(sql)?;
    let lines = query.query_map((size, n_max), |row| row.get::<_, String>(0))?;
    let mut cosignatures = Vec::new();
    for line in lines {
        cosignatures.push(line?.parse().map_err(failed)?);
    }
    Ok(cosignatures)
}

pub(super) fn cosigned(
    connection: &Connection,
    of: &CosignedOf,
) -> Result<Vec<(CheckpointRow, Vec<Cosignature>)>, RecordsError> {
    let by_anyone = "SELECT size, root, note FROM checkpoints WHERE size > ?1
        AND size IN (SELECT size FROM cosignatures) AND ?2 IS NULL ORDER BY size LIMIT ?3";
    let by_witness = "SELECT checkpoints.size AS size, root, note FROM cosignatures
        JOIN checkpoints ON checkpoints.size = cosignatures.size
        WHERE witness = ?2 AND cosignatures.size > ?1 ORDER BY cosignatures.size LIMIT ?3";
    let sql = match of.witness {
        Some(_) => by_witness,
        None => by_anyone,
    };
    let mut query = connection.prepare_cached(sql)?;
    let witness = of.witness.as_ref().map(|name| name.as_str().to_owned());
    let rows = query.query_map((of.index, &witness, of.n_max), checkpoint_of)?;
    let mut found = Vec::new();
    for row in rows {
        let row = row?;
        let mut by = cosignatures(connection, row.size, SIGNATURES_MAX - 1)?;
        if let Some(witness) = &witness {
            // A note may have no room for all: the one that was asked for is there.
            keep_first(connection, (row.size, witness), &mut by)?;
        }
        found.push((row, by));
    }
    Ok(found)
}

fn keep_first(
    connection: &Connection,
    (size, witness): (u64, &str),
    cosignatures: &mut Vec<Cosignature>,
) -> Result<(), RecordsError> {
    if cosignatures
        .iter()
        .any(|one| one.name().as_str() == witness)
    {
        return Ok(());
    }
    let sql = "SELECT line FROM cosignatures WHERE size = ?1 AND witness = ?2";
    let line: String = connection
        .prepare_cached(sql)?
        .query_row((size, witness), |row| row.get(0))?;
    cosignatures.insert(0, line.parse().map_err(failed)?);
    Ok(())
}
