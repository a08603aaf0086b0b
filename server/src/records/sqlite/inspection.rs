//! A look at the file from outside, which changes nothing.

use std::path::Path;

use quitus_core::protocol::HeldPart;
use quitus_core::transfer::{Phase, TransferId};
use rusqlite::Connection;

use super::{log, rows, schema};
use crate::records::{RecordsError, TransferRow};
use crate::store::{ObjectName, Piece};
use crate::vault::Slot;

/// What is in the records.
#[derive(Debug)]
pub struct Inspection {
    /// What the database says of its own integrity; empty if it is sound.
    pub faults: Vec<String>,
    /// Every transfer ever recorded.
    pub n_transfers: u64,
    /// Those that are not destroyed.
    pub held: Vec<TransferId>,
    /// Every slot in use, and whose share is in it.
    pub slots: Vec<(Slot, TransferId)>,
    /// Entries of the last checkpoint of the log.
    pub n_logged: u64,
    /// Those of transfers whose destruction is owed: the share may be overwritten already.
    pub owed_slots: Vec<Slot>,
}

/// Looks at a file of records.
///
/// # Errors
/// It cannot be read, or is no database of a relay.
pub fn inspect(path: &Path) -> Result<Inspection, RecordsError> {
    let connection = schema::open_reader(path)?;
    let mut faults = texts(&connection, "PRAGMA integrity_check")?;
    faults.retain(|line| line != "ok");
    let sql = "SELECT count(*) FROM transfers";
    let n_transfers = connection.query_row(sql, [], |row| row.get(0))?;
    let mut query = connection.prepare("SELECT id FROM transfers WHERE phase < 3")?;
    let held = query.query_map([], |row| row.get(0).map(TransferId::from_bytes))?;
    let sql = "SELECT slot FROM transfers WHERE slot IS NOT NULL AND phase = 2 AND n_live = 0";
    let mut query_owed = connection.prepare(sql)?;
    let owed_slots = query_owed.query_map([], |row| row.get(0).map(Slot))?;
    Ok(Inspection {
        faults,
        n_transfers,
        held: held.collect::<rusqlite::Result<_>>()?,
        slots: rows::slots(&connection)?,
        n_logged: log::checkpoint(&connection)?.map_or(0, |last| last.size),
        owed_slots: owed_slots.collect::<rusqlite::Result<_>>()?,
    })
}

/// What the store must hold of one transfer: each object, and how many bytes it has.
#[derive(Debug)]
pub struct HeldObjects {
    /// The transfer.
    pub id: TransferId,
    /// Its objects.
    pub objects: Vec<(ObjectName, u64)>,
    /// Whether nobody has asked for its end: objects of what ended may be gone.
    pub is_owed_whole: bool,
}

/// What a file of records says the store holds, transfer by transfer, until `tell` has enough.
///
/// # Errors
/// It cannot be read, or is no database of a relay.
pub fn held_objects(
    path: &Path,
    mut tell: impl FnMut(HeldObjects) -> bool,
) -> Result<(), RecordsError> {
    let connection = schema::open_reader(path)?;
    let mut query = connection.prepare("SELECT id FROM transfers WHERE phase < 3")?;
    let held = query.query_map([], |row| row.get(0).map(TransferId::from_bytes))?;
    for id in held {
        let id = id?;
        if let Some(row) = rows::transfer(&connection, &id)?
            && !tell(objects_of(id, &row, rows::parts(&connection, &id)?))
        {
            break;
        }
    }
    Ok(())
}

fn objects_of(id: TransferId, row: &TransferRow, parts: Vec<HeldPart>) -> HeldObjects {
    let name = |piece, digest| ObjectName {
        transfer: id,
        piece,
        digest,
    };
    let parts = parts.into_iter().map(|part| {
        let bytes = row.plan.sealed_bytes(part.index);
        (name(Piece::Part(part.index), part.digest), bytes)
    });
    let manifest = row.manifest;
    let manifest =
        manifest.map(|manifest| (name(Piece::Manifest, manifest.digest), manifest.bytes));
    HeldObjects {
        id,
        objects: parts.chain(manifest).collect(),
        is_owed_whole: matches!(row.life.phase(), Phase::Uploading | Phase::Live),
    }
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>, RecordsError> {
    let mut query = connection.prepare(sql)?;
    let texts = query.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<rusqlite::Result<_>>()?)
}
