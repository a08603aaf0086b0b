//! The access log: who did what with a transfer, when, from where.
//!
//! Promises: a line is written in the transaction of what it tells; whoever has a claim credential can
//! write [`REFUSED_MAX`] lines of a transfer by being refused, no more. It holds no credential: a grant
//! is 8 digits of its key's digest.

use std::path::Path;

use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::{Access, EngagementAccess, GrantStatus, Happening};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use rusqlite::{Connection, Row};

use super::rows::{self, millis, moment, state_of};
use super::schema;
use crate::caller::Caller;
use crate::records::{AccessLine, GrantState, RecordsError, Spend};

/// Refused claims of one transfer that are written down; more say nothing new.
const REFUSED_MAX: u32 = 1_000;
/// Lines one transaction forgets at most.
const FORGET_MAX: u32 = 500;

/// What a line tells, but for when.
pub(super) struct Entry<'a> {
    pub(super) what: Happening,
    /// `None`: the relay itself.
    pub(super) caller: Option<&'a Caller>,
    /// SHA-256 of the grant key it is about.
    pub(super) key: Option<&'a Sha256>,
    /// Who asked, or whose grant it is, where a key was shown.
    pub(super) who: Option<&'a Fingerprint>,
    /// The member it is about, where that is somebody else.
    pub(super) member: Option<&'a Fingerprint>,
}

impl<'a> Entry<'a> {
    /// What the relay did itself.
    pub(super) const fn own(what: Happening) -> Self {
        Self {
            what,
            caller: None,
            key: None,
            who: None,
            member: None,
        }
    }

    /// What a signed request did.
    pub(super) const fn signed(what: Happening, spend: &'a Spend) -> Self {
        Self {
            what,
            caller: Some(&spend.caller),
            key: None,
            who: Some(&spend.signer),
            member: None,
        }
    }
}

/// Writes a line about the transfer of a row number.
pub(super) fn note(
    connection: &Connection,
    number: i64,
    entry: &Entry<'_>,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let is_refusal = matches!(entry.what, Happening::Refused | Happening::Barred);
    if is_refusal && is_refused_enough(connection, (number, entry.what))? {
        return Ok(());
    }
    let sql = "SELECT engagement FROM transfers WHERE number = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let engagement = query.query_row([number], |row| row.get(0))?;
    write(connection, (Some(number), engagement), entry, now)
}

/// Writes a line about an engagement.
pub(super) fn note_engagement(
    connection: &Connection,
    engagement: i64,
    entry: &Entry<'_>,
    now: Timestamp,
) -> Result<(), RecordsError> {
    write(connection, (None, Some(engagement)), entry, now)
}

fn write(
    connection: &Connection,
    (transfer, engagement): (Option<i64>, Option<i64>),
    entry: &Entry<'_>,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let sql = "INSERT INTO accesses
        (transfer, at, what, address, agent, grant_of, who, engagement, member)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let address = entry.caller.and_then(|caller| caller.address);
    connection.prepare_cached(sql)?.execute((
        transfer,
        millis(now),
        what_number(entry.what),
        address.map(|address| address.to_string()),
        entry.caller.and_then(|caller| caller.agent.as_deref()),
        entry.key.map(digits),
        entry.who.map(Fingerprint::as_str),
        engagement,
        entry.member.map(Fingerprint::as_str),
    ))?;
    Ok(())
}

fn is_refused_enough(
    connection: &Connection,
    (number, what): (i64, Happening),
) -> Result<bool, RecordsError> {
    let sql = "SELECT count(*) FROM accesses WHERE transfer = ?1 AND what = ?2";
    let row = (number, what_number(what));
    let n_lines: u32 = connection
        .prepare_cached(sql)?
        .query_row(row, |row| row.get(0))?;
    Ok(n_lines >= REFUSED_MAX)
}

/// The log of a transfer, oldest first, and its grants.
pub(super) fn activity(
    connection: &Connection,
    id: &TransferId,
) -> Result<(Vec<Access>, Vec<GrantStatus>), RecordsError> {
    let sql = "SELECT at, what, address, agent, grant_of, who FROM accesses
        WHERE transfer = (SELECT number FROM transfers WHERE id = ?1) ORDER BY number";
    let mut query = connection.prepare_cached(sql)?;
    let log = query.query_map([id.as_bytes()], access_of)?;
    let log = log.collect::<rusqlite::Result<_>>()?;
    let sql = "SELECT key_digest, state, asked, lease_until, archive_bytes, who
        FROM grants JOIN transfers ON transfer = number WHERE id = ?1
        ORDER BY granted_at, key_digest";
    let mut query = connection.prepare_cached(sql)?;
    let grants = query.query_map([id.as_bytes()], grant_of)?;
    Ok((log, grants.collect::<rusqlite::Result<_>>()?))
}

pub(super) fn forget(connection: &Connection, before: Timestamp) -> Result<bool, RecordsError> {
    let sql = "DELETE FROM accesses WHERE number IN
        (SELECT number FROM accesses WHERE at < ?1 LIMIT ?2)";
    let row = (millis(before), FORGET_MAX);
    let n_forgotten = connection.prepare_cached(sql)?.execute(row)?;
    Ok(n_forgotten >= FORGET_MAX as usize)
}

/// Hands out every line of a file of records, oldest first, until `tell` returns `false`. Blocks on
/// the disk; a relay may be running on the file.
///
/// # Errors
/// [`RecordsError`]: the file cannot be read.
pub fn export(path: &Path, mut tell: impl FnMut(AccessLine) -> bool) -> Result<(), RecordsError> {
    let connection = schema::open_reader(path)?;
    let sql = "SELECT at, what, address, agent, grant_of, who, transfers.id AS id,
        engagements.id AS engagement_id FROM accesses
        LEFT JOIN transfers ON transfer = transfers.number
        LEFT JOIN engagements ON accesses.engagement = engagements.number
        ORDER BY accesses.number";
    let mut query = connection.prepare(sql)?;
    let lines = query.query_map([], |row| {
        let engagement = row.get::<_, Option<_>>("engagement_id")?;
        Ok(AccessLine {
            id: row.get::<_, Option<_>>("id")?.map(TransferId::from_bytes),
            engagement: engagement.map(EngagementId::from_bytes),
            access: access_of(row)?,
        })
    })?;
    for line in lines {
        if !tell(line?) {
            break;
        }
    }
    Ok(())
}

/// The log of an engagement behind a line, oldest first; the lines of a key, where one is named.
pub(super) fn of_engagement(
    connection: &Connection,
    id: &EngagementId,
    of: Option<&Fingerprint>,
    (after, n_max): (u64, usize),
) -> Result<Vec<EngagementAccess>, RecordsError> {
    let sql = "SELECT accesses.number AS number, at, what, address, agent, grant_of, who, member,
        transfers.id AS id FROM accesses LEFT JOIN transfers ON transfer = transfers.number
        WHERE accesses.engagement = (SELECT number FROM engagements WHERE id = ?1)
        AND accesses.number > ?2 AND (?3 IS NULL OR who = ?3 OR member = ?3)
        ORDER BY accesses.number LIMIT ?4";
    let mut query = connection.prepare_cached(sql)?;
    let page = (id.as_bytes(), after, of.map(Fingerprint::as_str), n_max);
    let lines = query.query_map(page, |row| {
        Ok(EngagementAccess {
            number: row.get("number")?,
            transfer: row.get::<_, Option<_>>("id")?.map(TransferId::from_bytes),
            member: rows::key_of(row.get("member")?)?,
            access: access_of(row)?,
        })
    })?;
    Ok(lines.collect::<rusqlite::Result<_>>()?)
}

fn access_of(row: &Row<'_>) -> rusqlite::Result<Access> {
    Ok(Access {
        at: moment(row.get("at")?),
        what: what_of(row.get("what")?)?,
        address: row.get("address")?,
        agent: row.get("agent")?,
        grant: row.get("grant_of")?,
        who: rows::key_of(row.get("who")?)?,
    })
}

fn grant_of(row: &Row<'_>) -> rusqlite::Result<GrantStatus> {
    let state = match state_of(row.get("state")?)? {
        GrantState::Live => "live",
        GrantState::Done => "done",
        GrantState::Lapsed => "lapsed",
        GrantState::Cut => "cut",
    };
    let asked: Vec<u8> = row.get("asked")?;
    Ok(GrantStatus {
        grant: digits(&Sha256::from_bytes(row.get("key_digest")?)),
        state: state.to_owned(),
        who: rows::key_of(row.get("who")?)?,
        n_parts_asked: asked.iter().map(|byte| byte.count_ones()).sum(),
        n_parts: rows::plan_of(row.get("archive_bytes")?)?.n_parts(),
        lease_until: moment(row.get("lease_until")?),
    })
}

/// 8 hex digits that tell grants of one transfer apart.
fn digits(key: &Sha256) -> String {
    key.to_string().chars().take(8).collect()
}

/// Every happening in the order of its number in the records.
const HAPPENINGS: [Happening; 27] = [
    Happening::Created,
    Happening::Completed,
    Happening::Claimed,
    Happening::Refused,
    Happening::WrongPassword,
    Happening::Frozen,
    Happening::Done,
    Happening::Lapsed,
    Happening::Extended,
    Happening::Revoked,
    Happening::Expired,
    Happening::Destroyed,
    Happening::DestructionIncomplete,
    Happening::Recipients,
    Happening::Cut,
    Happening::Barred,
    Happening::Joined,
    Happening::Agreed,
    Happening::Engaged,
    Happening::Suspended,
    Happening::Resumed,
    Happening::Deactivated,
    Happening::Admitted,
    Happening::Proposed,
    Happening::Accepted,
    Happening::Concluded,
    Happening::Closed,
];

/// A happening as the records number it.
const fn what_number(what: Happening) -> u8 {
    match what {
        Happening::Created => 0,
        Happening::Completed => 1,
        Happening::Claimed => 2,
        Happening::Refused => 3,
        Happening::WrongPassword => 4,
        Happening::Frozen => 5,
        Happening::Done => 6,
        Happening::Lapsed => 7,
        Happening::Extended => 8,
        Happening::Revoked => 9,
        Happening::Expired => 10,
        Happening::Destroyed => 11,
        Happening::DestructionIncomplete => 12,
        Happening::Recipients => 13,
        Happening::Cut => 14,
        Happening::Barred => 15,
        Happening::Joined => 16,
        Happening::Agreed => 17,
        Happening::Engaged => 18,
        Happening::Suspended => 19,
        Happening::Resumed => 20,
        Happening::Deactivated => 21,
        Happening::Admitted => 22,
        Happening::Proposed => 23,
        Happening::Accepted => 24,
        Happening::Concluded => 25,
        Happening::Closed => 26,
    }
}

fn what_of(number: u8) -> rusqlite::Result<Happening> {
    let what = HAPPENINGS.get(usize::from(number)).copied();
    what.ok_or_else(|| rows::senseless("no such happening"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn happenings_come_back() {
        for (number, what) in (0..).zip(HAPPENINGS) {
            assert_eq!(what_number(what), number);
            assert_eq!(what_of(number).unwrap(), what);
        }
        assert!(what_of(27).is_err());
    }
}
