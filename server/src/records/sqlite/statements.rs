//! Statements: noted with what happens, signed soon after, listed. Every function is part of one
//! transaction.

use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::LoggedStatement;
use quitus_core::statement::{Kind, Received};
use quitus_core::text;
use quitus_core::time::Timestamp;
use quitus_core::tlog::Entry;
use quitus_core::transfer::{Claimant, TransferId};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::rows::{self, millis, moment, senseless};
use super::{engagements, log};
use crate::records::{
    About, Exported, Happened, OwedStatement, Place, PostedStatement, RecordsError, Scope, Spend,
    StatementRow, TransferRow,
};

/// Statements that one key may post about one thing, and in all.
const POSTED_MAX: (u64, u64) = (1_000, 10_000);

/// Notes in the transaction of what happens to a transfer that it is to be stated.
pub(super) fn owe(
    connection: &Connection,
    transfer: i64,
    happened: &Happened,
    now: Timestamp,
) -> Result<(), RecordsError> {
    note_owed(connection, (Some(transfer), None), happened, now)
}

/// Notes in the transaction of what happens in an engagement that it is to be stated.
pub(super) fn owe_engagement(
    connection: &Connection,
    engagement: i64,
    happened: &Happened,
    now: Timestamp,
) -> Result<(), RecordsError> {
    note_owed(connection, (None, Some(engagement)), happened, now)
}

fn note_owed(
    connection: &Connection,
    (transfer, engagement): (Option<i64>, Option<i64>),
    happened: &Happened,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let text = serde_json::to_string(happened).map_err(super::failed)?;
    let sql = "INSERT INTO statements_owed (transfer, engagement, at, happened)
        VALUES (?1, ?2, ?3, ?4)";
    let row = (transfer, engagement, millis(now), text);
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Notes that the access log of an engagement was handed over, unless it was before.
pub(super) fn owe_export(
    connection: &Connection,
    engagement: i64,
    exported: &Exported,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let sql = "SELECT 1 FROM stated WHERE engagement = ?1 AND kind = ?2
        UNION ALL SELECT 1 FROM statements_owed WHERE engagement = ?1 AND happened LIKE ?3";
    let kind = String::from(Kind::AccessLogExported);
    let row = (engagement, kind, r#"{"exported":%"#);
    if connection.prepare_cached(sql)?.exists(row)? {
        return Ok(());
    }
    let happened = Happened::Exported(exported.clone());
    owe_engagement(connection, engagement, &happened, now)
}

/// What the relay took over with a whole transfer.
pub(super) fn received(row: &TransferRow) -> Happened {
    let seats = row.life.seats().iter().filter(|seat| seat.is_listed);
    let recipients = seats.filter_map(|seat| match &seat.claimant {
        Claimant::Bearer => None,
        Claimant::Key(key) => Some(key.clone()),
    });
    Happened::Received(Received {
        request: row.request_digest,
        owner: row.owner.clone(),
        recipients: recipients.collect(),
        share_commitment: row.share_commitment,
        archive_bytes: row.plan.archive_bytes(),
        n_parts: row.plan.n_parts(),
        expires_at: row.expires_at,
        downloads: row.downloads,
    })
}

pub(super) fn owed(
    connection: &Connection,
    n_max: usize,
) -> Result<Vec<OwedStatement>, RecordsError> {
    let sql = "SELECT number, transfer, engagement, at, happened FROM statements_owed
        ORDER BY number LIMIT ?1";
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_map([n_max], |row| {
        let happened: String = row.get(4)?;
        let happened = serde_json::from_str(&happened).map_err(senseless)?;
        let rows = (row.get(1)?, row.get(2)?);
        Ok((row.get(0)?, rows, moment(row.get(3)?), happened))
    })?;
    let mut owed = Vec::new();
    for one in found {
        let (number, rows, at, happened) = one?;
        owed.push(OwedStatement {
            number,
            about: about(connection, rows)?,
            happened,
            at,
        });
    }
    Ok(owed)
}

/// What the rows of a transfer or of an engagement stand for.
fn about(
    connection: &Connection,
    (transfer, engagement): (Option<i64>, Option<i64>),
) -> Result<About, RecordsError> {
    if let Some(number) = transfer {
        let sql = "SELECT id FROM transfers WHERE number = ?1";
        let mut query = connection.prepare_cached(sql)?;
        let id = query.query_row([number], |row| row.get(0).map(TransferId::from_bytes))?;
        let row = rows::transfer(connection, &id)?.ok_or(RecordsError::Gone)?;
        return Ok(About::Transfer(id, Box::new(row)));
    }
    let number = engagement.ok_or(RecordsError::Gone)?;
    let found = engagements::of_number(connection, number)?;
    let policy = found.engagement.policy().digest();
    Ok(About::Engagement(
        engagement_id(connection, number)?,
        policy,
    ))
}

pub(super) fn place(connection: &Connection, about: &Scope) -> Result<Place, RecordsError> {
    let by_transfer = "SELECT seq, statement FROM stated JOIN log_entries ON entry = number
        WHERE transfer = ?1 AND engagement IS NULL AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1";
    let by_engagement = "SELECT seq, statement FROM stated JOIN log_entries ON entry = number
        WHERE engagement = ?1 AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1";
    let (scope, sql, number) = match rows_of(connection, about)? {
        (_, Some(number)) => {
            let engagement = engagement_id(connection, number)?;
            (Scope::Engagement(engagement), by_engagement, number)
        }
        (Some(number), None) => (*about, by_transfer, number),
        (None, None) => return Err(RecordsError::Gone),
    };
    let mut query = connection.prepare_cached(sql)?;
    let last = query.query_row([number], |row| {
        Ok((row.get::<_, u64>(0)?, Sha256::from_bytes(row.get(1)?)))
    });
    let last = last.optional()?;
    Ok(Place {
        scope,
        seq: last.map_or(0, |(seq, _)| seq) + 1,
        prev: last.map(|(_, digest)| digest),
    })
}

/// The rows of what a statement is about: of a transfer and its engagement, or of an engagement alone.
fn rows_of(
    connection: &Connection,
    about: &Scope,
) -> Result<(Option<i64>, Option<i64>), RecordsError> {
    match about {
        Scope::Transfer(id) => {
            let (transfer, engagement) = find(connection, id)?.ok_or(RecordsError::Gone)?;
            Ok((Some(transfer), engagement))
        }
        Scope::Engagement(id) => {
            let found = engagements::find(connection, id)?.ok_or(RecordsError::Gone)?;
            Ok((None, Some(found.number)))
        }
    }
}

/// The rows of a transfer and of its engagement.
fn find(
    connection: &Connection,
    id: &TransferId,
) -> Result<Option<(i64, Option<i64>)>, RecordsError> {
    let sql = "SELECT number, engagement FROM transfers WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

fn engagement_id(connection: &Connection, number: i64) -> Result<EngagementId, RecordsError> {
    let sql = "SELECT id FROM engagements WHERE number = ?1";
    let mut query = connection.prepare_cached(sql)?;
    Ok(query.query_row([number], |row| row.get(0).map(EngagementId::from_bytes))?)
}

pub(super) fn keep_owed(
    connection: &Connection,
    stated: &[(OwedStatement, StatementRow)],
) -> Result<(), RecordsError> {
    for (owed, statement) in stated {
        let sql = "DELETE FROM statements_owed WHERE number = ?1";
        let n_owed = connection.prepare_cached(sql)?.execute([owed.number])?;
        if n_owed == 1 {
            insert(connection, &owed.about.scope(), statement, owed.at)?;
        }
    }
    Ok(())
}

/// Records a statement of the relay and its entry. Its place is free, or it fails.
pub(super) fn insert(
    connection: &Connection,
    about: &Scope,
    statement: &StatementRow,
    at: Timestamp,
) -> Result<(), RecordsError> {
    let (transfer, engagement) = rows_of(connection, about)?;
    let number = log::stage(connection, &statement.entry)?;
    let sql =
        "INSERT INTO stated (entry, transfer, engagement, seq, kind, file, signature, remains, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.execute((
        number,
        transfer,
        engagement,
        statement.seq,
        String::from(statement.kind),
        &statement.statement,
        &statement.signature,
        &statement.remains,
        millis(at),
    ))?;
    Ok(())
}

/// What was stated last of a transfer's destruction.
pub(super) fn of_destruction(
    connection: &Connection,
    id: &TransferId,
) -> Result<Option<StatementRow>, RecordsError> {
    let sql = "SELECT seq, kind, log_entries.statement, log_entries.signature, file,
        stated.signature, remains FROM stated JOIN log_entries ON entry = number
        WHERE transfer = (SELECT number FROM transfers WHERE id = ?1) AND kind IN (?2, ?3)
        ORDER BY entry DESC LIMIT 1";
    let kinds = [Kind::Destroyed, Kind::DestructionIncomplete].map(String::from);
    let mut query = connection.prepare_cached(sql)?;
    let last = query.query_row((id.as_bytes(), &kinds[0], &kinds[1]), |row| {
        let kind: String = row.get(1)?;
        Ok(StatementRow {
            seq: row.get(0)?,
            kind: Kind::of_type(&kind).map_err(senseless)?,
            entry: Entry {
                statement: Sha256::from_bytes(row.get(2)?),
                signature: Sha256::from_bytes(row.get(3)?),
            },
            statement: row.get(4)?,
            signature: row.get(5)?,
            remains: row.get(6)?,
        })
    });
    Ok(last.optional()?)
}

/// Whether a key may say something about a transfer or engagement, and hear what others say: its sender,
/// whoever it lists, and the parties of its engagement.
fn check_right(
    connection: &Connection,
    key: &Fingerprint,
    scope: &Scope,
) -> Result<(Option<i64>, Option<i64>), RecordsError> {
    match scope {
        Scope::Engagement(id) => {
            let found = engagements::find(connection, id)?.ok_or(RecordsError::Gone)?;
            let is_party = found.engagement.is_party(key);
            let rows = (None, Some(found.number));
            is_party.then_some(rows).ok_or(RecordsError::Gone)
        }
        Scope::Transfer(id) => {
            let row = rows::transfer(connection, id)?.ok_or(RecordsError::Gone)?;
            let (number, engagement) = find(connection, id)?.ok_or(RecordsError::Gone)?;
            let seat = row.life.seat(&Claimant::Key(key.clone()));
            let has_part = row.owner == *key || seat.is_some_and(|seat| seat.is_listed);
            let is_party = match engagement {
                None => false,
                Some(number) => engagements::of_number(connection, number)?
                    .engagement
                    .is_party(key),
            };
            let rows = (Some(number), engagement);
            (has_part || is_party)
                .then_some(rows)
                .ok_or(RecordsError::Gone)
        }
    }
}

pub(super) fn post(
    connection: &Connection,
    (posted, spend): (&PostedStatement, &Spend),
    now: Timestamp,
) -> Result<u64, RecordsError> {
    let (transfer, engagement) = check_right(connection, &spend.signer, &posted.scope)?;
    let number = log::stage(connection, &posted.entry)?;
    let sql = "SELECT 1 FROM stated WHERE entry = ?1";
    if connection.prepare_cached(sql)?.exists([number])? {
        return Ok(number);
    }
    check_quota(connection, &spend.signer, (transfer, engagement))?;
    let sql = "INSERT INTO stated (entry, transfer, engagement, by, sealed, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute((
        number,
        transfer,
        engagement,
        spend.signer.as_str(),
        &posted.sealed,
        millis(now),
    ))?;
    Ok(number)
}

fn check_quota(
    connection: &Connection,
    key: &Fingerprint,
    (transfer, engagement): (Option<i64>, Option<i64>),
) -> Result<(), RecordsError> {
    let sql = "SELECT count(*), coalesce(sum(transfer IS ?2 AND engagement IS ?3), 0) FROM stated
        WHERE by = ?1";
    let row = (key.as_str(), transfer, engagement);
    let mut query = connection.prepare_cached(sql)?;
    let (n_all, n_there): (u64, u64) =
        query.query_row(row, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (there_max, all_max) = POSTED_MAX;
    let has_room = n_there < there_max && n_all < all_max;
    has_room.then_some(()).ok_or(RecordsError::Quota)
}

pub(super) fn list(
    connection: &Connection,
    (key, scope): (&Fingerprint, &Scope),
    (from, n_max): (u64, usize),
) -> Result<Vec<LoggedStatement>, RecordsError> {
    let rows = check_right(connection, key, scope)?;
    let of_transfer =
        "SELECT entry, at, log_entries.statement, log_entries.signature, id, by, file,
        stated.signature AS armour, sealed FROM stated
        JOIN log_entries ON entry = log_entries.number
        LEFT JOIN transfers ON transfer = transfers.number
        WHERE transfer = ?1 AND entry >= ?2 ORDER BY entry LIMIT ?3";
    let of_engagement =
        "SELECT entry, at, log_entries.statement, log_entries.signature, id, by, file,
        stated.signature AS armour, sealed FROM stated
        JOIN log_entries ON entry = log_entries.number
        LEFT JOIN transfers ON transfer = transfers.number
        WHERE stated.engagement = ?1 AND entry >= ?2 ORDER BY entry LIMIT ?3";
    let (sql, number) = match scope {
        Scope::Transfer(_) => (of_transfer, rows.0),
        Scope::Engagement(_) => (of_engagement, rows.1),
    };
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_map((number, from, n_max), logged_of)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn logged_of(row: &Row<'_>) -> rusqlite::Result<LoggedStatement> {
    let sealed: Option<Vec<u8>> = row.get("sealed")?;
    Ok(LoggedStatement {
        index: row.get(0)?,
        at: moment(row.get(1)?),
        statement_digest: Sha256::from_bytes(row.get(2)?),
        signature_digest: Sha256::from_bytes(row.get(3)?),
        transfer: row.get::<_, Option<_>>("id")?.map(TransferId::from_bytes),
        by: rows::key_of(row.get("by")?)?,
        statement: row.get("file")?,
        signature: row.get("armour")?,
        sealed: sealed.map(|sealed| text::base64url(&sealed)),
    })
}
