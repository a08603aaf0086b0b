//! Statements that parties of an engagement leave sealed for each other. Every function is part of one
//! transaction.

use quitus_core::engagement::EngagementId;
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::ToldOne;
use quitus_core::text;
use quitus_core::time::Timestamp;
use rusqlite::Connection;

use super::engagements;
use super::rows::{millis, moment, senseless};
use crate::records::{RecordsError, TOLD_MAX};

/// The same bytes again are kept once.
pub(super) fn tell(
    connection: &Connection,
    (id, who): (&EngagementId, &Fingerprint),
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), RecordsError> {
    let found = engagements::find(connection, id)?.ok_or(RecordsError::Gone)?;
    if !found.engagement.is_party(who) {
        return Err(RecordsError::Gone);
    }
    let sql = "SELECT count(*), coalesce(max(sealed = ?2), 0) FROM told WHERE engagement = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let row = (found.number, sealed);
    let (n_told, is_known): (u64, bool) =
        query.query_row(row, |row| Ok((row.get(0)?, row.get(1)?)))?;
    if is_known {
        return Ok(());
    }
    if n_told >= TOLD_MAX {
        return Err(RecordsError::Quota);
    }
    let sql = "INSERT INTO told (engagement, at, who, sealed) VALUES (?1, ?2, ?3, ?4)";
    let row = (found.number, millis(now), who.as_str(), sealed);
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

pub(super) fn told(
    connection: &Connection,
    id: &EngagementId,
    (after, n_max): (u64, usize),
) -> Result<Vec<ToldOne>, RecordsError> {
    let sql = "SELECT number, at, who, sealed FROM told
        WHERE engagement = (SELECT number FROM engagements WHERE id = ?1) AND number > ?2
        ORDER BY number LIMIT ?3";
    let mut query = connection.prepare_cached(sql)?;
    let told = query.query_map((id.as_bytes(), after, n_max), |row| {
        let who = Fingerprint::try_from(row.get::<_, String>("who")?);
        Ok(ToldOne {
            number: row.get("number")?,
            at: moment(row.get("at")?),
            who: who.map_err(senseless)?,
            sealed: text::base64url(&row.get::<_, Vec<u8>>("sealed")?),
        })
    })?;
    Ok(told.collect::<rusqlite::Result<_>>()?)
}
