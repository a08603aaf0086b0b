//! Who may claim a recipient-bound transfer, how far everyone is, and what waits for a key. Every change
//! is part of one transaction.

use quitus_core::engagement::{Act, EngagementId};
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::{Happening, Waiting};
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Claimant, Counts, Event, Phase, Seat, Transfer, TransferId};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::accesses::{self, Entry};
use super::engagements;
use super::grants::lapse;
use super::rows::{self, Life, millis, moment, senseless, state_number};
use crate::records::{GrantState, RecordsError, Relisting, Spend};

/// The seats of a transfer, in the order of their keys.
pub(super) fn of(connection: &Connection, number: i64) -> rusqlite::Result<Vec<Seat>> {
    let sql = "SELECT key, is_listed, is_owner, n_consumed, n_live, n_released FROM recipients
        WHERE transfer = ?1 ORDER BY key";
    let mut query = connection.prepare_cached(sql)?;
    let seats = query.query_map([number], |row| {
        let key = Fingerprint::try_from(row.get::<_, String>("key")?).map_err(senseless)?;
        Ok(Seat {
            claimant: Claimant::Key(key),
            is_listed: row.get("is_listed")?,
            is_owner: row.get("is_owner")?,
            counts: counts_of(row)?,
        })
    })?;
    seats.collect()
}

pub(super) fn counts_of(row: &Row<'_>) -> rusqlite::Result<Counts> {
    Ok(Counts {
        n_consumed: row.get("n_consumed")?,
        n_live: row.get("n_live")?,
        n_released: row.get("n_released")?,
    })
}

/// Writes the seats that differ; the one of a bearer is in the row of the transfer.
pub(super) fn change(
    connection: &Connection,
    number: i64,
    (before, after): (&Transfer, &Transfer),
) -> Result<(), RecordsError> {
    let is_new = |seat: &&Seat| before.seat(&seat.claimant) != Some(*seat);
    for seat in after.seats().iter().filter(is_new) {
        put(connection, number, seat)?;
    }
    let is_gone = |seat: &&Seat| after.seat(&seat.claimant).is_none();
    for seat in before.seats().iter().filter(is_gone) {
        if let Claimant::Key(key) = &seat.claimant {
            let sql = "DELETE FROM recipients WHERE transfer = ?1 AND key = ?2";
            let row = (number, key.as_str());
            connection.prepare_cached(sql)?.execute(row)?;
        }
    }
    Ok(())
}

/// Writes a seat.
pub(super) fn put(connection: &Connection, number: i64, seat: &Seat) -> Result<(), RecordsError> {
    let Claimant::Key(key) = &seat.claimant else {
        return Ok(());
    };
    let sql = "INSERT INTO recipients
        (transfer, key, is_listed, is_owner, n_consumed, n_live, n_released)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (transfer, key) DO UPDATE SET is_listed = ?3, is_owner = ?4,
        n_consumed = ?5, n_live = ?6, n_released = ?7";
    connection.prepare_cached(sql)?.execute((
        number,
        key.as_str(),
        seat.is_listed,
        seat.is_owner,
        seat.counts.n_consumed,
        seat.counts.n_live,
        seat.counts.n_released,
    ))?;
    Ok(())
}

/// Gives a transfer other recipients and the envelope for them; whoever is missing loses its grants.
pub(super) fn relist(
    connection: &Connection,
    id: &TransferId,
    (relisting, spend): (&Relisting, &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let life = rows::life(connection, id)?.ok_or(RecordsError::Gone)?;
    let life = lapse(connection, life, now)?;
    let listed = &relisting.recipients;
    check_parties(connection, &life, (listed, spend), now)?;
    let after = life.transfer.after(Event::Recipients { listed }, now);
    let after = after.map_err(|_| refusal(&life, now))?;
    rows::change_life(connection, &life, &after)?;
    for seat in life.transfer.seats() {
        let is_cut = after
            .seat(&seat.claimant)
            .is_none_or(|left| left.counts.n_live == 0);
        if let (Claimant::Key(key), true) = (&seat.claimant, is_cut && seat.counts.n_live > 0) {
            cut_grants(connection, (life.number, key), now)?;
        }
    }
    let sql = "UPDATE transfers SET terms = ?1 WHERE number = ?2";
    let row = (&relisting.terms, life.number);
    connection.prepare_cached(sql)?.execute(row)?;
    let entry = Entry::signed(Happening::Recipients, spend);
    accesses::note(connection, life.number, &entry, now)
}

/// Refuses recipients who are no parties of the engagement, and a sender who may not send there.
fn check_parties(
    connection: &Connection,
    life: &Life,
    (listed, spend): (&[Fingerprint], &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let Some(number) = life.engagement else {
        return Ok(());
    };
    let found = engagements::of_number(connection, number)?;
    let by = (&spend.signer, spend.caller.address);
    found.engagement.check(by, Act::Send { bytes: 0 }, now)?;
    engagements::check_recipients(&found.engagement, listed)
}

/// Why a transfer takes no other recipients.
fn refusal(life: &Life, now: Timestamp) -> RecordsError {
    match life.transfer.after(Event::Tick, now).map(|it| it.phase()) {
        Ok(Phase::Live | Phase::Uploading) => RecordsError::Conflict,
        Ok(Phase::Ended(_) | Phase::Destroyed(_)) | Err(_) => RecordsError::Gone,
    }
}

/// Takes the running grants of a key away, as the machine has decided.
pub(super) fn cut_grants(
    connection: &Connection,
    (number, key): (i64, &Fingerprint),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let sql = "UPDATE grants SET state = ?1 WHERE transfer = ?2 AND who = ?3 AND state = 0";
    let row = (state_number(GrantState::Cut), number, key.as_str());
    connection.prepare_cached(sql)?.execute(row)?;
    let entry = Entry {
        who: Some(key),
        ..Entry::own(Happening::Cut)
    };
    accesses::note(connection, number, &entry, now)
}

/// Live transfers that list a key, newest first, behind the one named.
pub(super) fn inbox(
    connection: &Connection,
    key: &Fingerprint,
    (after, n_max): (Option<&TransferId>, usize),
    now: Timestamp,
) -> Result<Vec<Waiting>, RecordsError> {
    let below = match after {
        None => i64::MAX,
        Some(id) => number_of(connection, key, id)?,
    };
    let sql = "SELECT id, created_at, expires_at, archive_bytes, verifier_digest IS NOT NULL
        AS has_password, downloads, is_listed, recipients.n_consumed, recipients.n_live,
        recipients.n_released,
        (SELECT id FROM engagements WHERE engagements.number = transfers.engagement)
        AS engagement_id FROM recipients JOIN transfers ON transfer = number
        WHERE key = ?1 AND is_listed = 1 AND transfer < ?2 AND phase = 1 AND expires_at > ?3
        ORDER BY transfer DESC LIMIT ?4";
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map((key.as_str(), below, millis(now), n_max), |row| {
        let seat = Seat {
            claimant: Claimant::Key(key.clone()),
            is_listed: row.get("is_listed")?,
            is_owner: false,
            counts: counts_of(row)?,
        };
        Ok(Waiting {
            id: TransferId::from_bytes(row.get("id")?),
            created_at: moment(row.get("created_at")?),
            expires_at: moment(row.get("expires_at")?),
            archive_bytes: row.get("archive_bytes")?,
            has_password: row.get("has_password")?,
            is_used: seat.is_used(row.get("downloads")?),
            engagement: row
                .get::<_, Option<_>>("engagement_id")?
                .map(EngagementId::from_bytes),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The row of a transfer that lists a key, whatever became of it: a page goes on behind it.
fn number_of(
    connection: &Connection,
    key: &Fingerprint,
    id: &TransferId,
) -> Result<i64, RecordsError> {
    let sql = "SELECT number FROM transfers JOIN recipients ON transfer = number
        WHERE id = ?1 AND key = ?2 AND is_listed = 1";
    let row = (id.as_bytes(), key.as_str());
    let number = connection
        .prepare_cached(sql)?
        .query_row(row, |row| row.get(0));
    number.optional()?.ok_or(RecordsError::Gone)
}
