//! Grants: given, used, counted, lapsed. Every function is part of one transaction.

use quitus_core::digest::Sha256;
use quitus_core::engagement::{Act, Barred};
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::Happening;
use quitus_core::statement::{Delivered, DeliveryEnd, Expired};
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Claimant, Event, LEASE, Phase, Refused, Transfer, TransferId};
use rusqlite::{Connection, OptionalExtension as _};

use super::accesses::{self, Entry};
use super::rows::{self, Life, millis, moment, state_number, state_of};
use super::statements;
use super::uploads::piece_digest;
use super::{engagements, invites};
use crate::caller::Caller;
use crate::records::{
    AskedParts, Attempt, GrantState, Happened, PasswordProof, Readable, RecordsError,
};
use crate::store::Piece;

/// Rows one tick changes at most, so that requests never wait long behind it.
const TICK_MAX: u32 = 500;

struct Grant {
    state: GrantState,
    lease_until: Timestamp,
    asked: Vec<u8>,
    who: Claimant,
}

/// The inner outcome is the answer; what was written for it stays, also where it is a refusal.
type Answered = Result<Result<Timestamp, RecordsError>, RecordsError>;

pub(super) fn claim(
    connection: &Connection,
    id: &TransferId,
    attempt: &Attempt,
    now: Timestamp,
) -> Answered {
    let life = rows::life(connection, id)?.ok_or(RecordsError::Gone)?;
    let life = lapse(connection, life, now)?;
    let (known, by) = (grant(connection, life.number, &attempt.key)?, attempt.by());
    let phase = life.transfer.phase();
    let mut is_open = match &known {
        Some(grant) => grant.who == by && grant.state.runs(phase, grant.lease_until, now),
        None => has_seat(&life, &by) && is_live(&life, now)?,
    };
    if let (true, Some(who)) = (is_open, attempt.who()) {
        let by = (who, &attempt.caller);
        match engagements::check(connection, life.engagement, by, Act::Claim, now) {
            // A stranger whom a transfer lists learns as little as any other.
            Err(RecordsError::Barred(Barred::Stranger)) => is_open = false,
            Err(RecordsError::Barred(barred)) => {
                note_attempt(connection, &life, attempt, (now, Happening::Barred))?;
                return Ok(Err(barred.into()));
            }
            checked => checked?,
        }
    }
    match (attempt.password, known) {
        (_, _) if !is_open => refuse(connection, &life, attempt, (now, Refused::Gone)),
        (PasswordProof::Right, Some(grant)) => Ok(Ok(grant.lease_until)),
        (PasswordProof::Missing, _) if life.transfer.is_frozen() => {
            refuse(connection, &life, attempt, (now, Refused::Frozen))
        }
        (PasswordProof::Missing, _) => Ok(Err(RecordsError::Password)),
        (PasswordProof::Wrong, _) => count_wrong(connection, &life, attempt, now),
        (PasswordProof::Right, None) => give(connection, &life, attempt, now),
    }
}

/// Whoever has none learns nothing, and can freeze nothing.
fn has_seat(life: &Life, by: &Claimant) -> bool {
    let seat = life.transfer.seat(by);
    seat.is_some_and(|seat| seat.is_listed || seat.is_owner)
}

fn is_live(life: &Life, now: Timestamp) -> Result<bool, RecordsError> {
    let ticked = life.transfer.after(Event::Tick, now);
    Ok(ticked.map_err(super::failed)?.phase() == Phase::Live)
}

/// A new grant, if there is a place.
fn give(connection: &Connection, life: &Life, attempt: &Attempt, now: Timestamp) -> Answered {
    let by = &attempt.by();
    let after = match life.transfer.after(Event::Claim { by }, now) {
        Ok(after) => after,
        Err(refused) => return refuse(connection, life, attempt, (now, refused)),
    };
    rows::change_life(connection, life, &after)?;
    let lease_until = now.after(LEASE);
    let sql = "INSERT INTO grants
        (transfer, key_digest, granted_at, lease_until, state, asked, asked_all, who)
        VALUES (?1, ?2, ?3, ?4, ?5, x'', 0, ?6)";
    connection.prepare_cached(sql)?.execute((
        life.number,
        attempt.key.as_bytes(),
        millis(now),
        millis(lease_until),
        state_number(GrantState::Live),
        attempt.who().map(Fingerprint::as_str),
    ))?;
    if let Some(who) = attempt.who() {
        engagements::note_use(connection, life.engagement, who, now)?;
    }
    note_attempt(connection, life, attempt, (now, Happening::Claimed))?;
    Ok(Ok(lease_until))
}

fn count_wrong(
    connection: &Connection,
    life: &Life,
    attempt: &Attempt,
    now: Timestamp,
) -> Answered {
    let after = match life.transfer.after(Event::WrongPassword, now) {
        Ok(after) => after,
        Err(refused) => return refuse(connection, life, attempt, (now, refused)),
    };
    rows::change_life(connection, life, &after)?;
    note_attempt(connection, life, attempt, (now, Happening::WrongPassword))?;
    if after.is_frozen() {
        note_attempt(connection, life, attempt, (now, Happening::Frozen))?;
    }
    Ok(Err(RecordsError::Password))
}

fn refuse(
    connection: &Connection,
    life: &Life,
    attempt: &Attempt,
    (now, refused): (Timestamp, Refused),
) -> Answered {
    note_attempt(connection, life, attempt, (now, Happening::Refused))?;
    Ok(Err(match refused {
        Refused::Gone | Refused::Phase => RecordsError::Gone,
        Refused::Frozen => RecordsError::Frozen,
    }))
}

fn note_attempt(
    connection: &Connection,
    life: &Life,
    attempt: &Attempt,
    (now, what): (Timestamp, Happening),
) -> Result<(), RecordsError> {
    let entry = Entry {
        what,
        caller: Some(&attempt.caller),
        key: Some(&attempt.key),
        who: attempt.who(),
        member: None,
    };
    accesses::note(connection, life.number, &entry, now)
}

pub(super) fn readable(
    connection: &Connection,
    id: &TransferId,
    key: &Sha256,
    (piece, now): (Piece, Timestamp),
) -> Result<Readable, RecordsError> {
    let life = rows::life(connection, id)?.ok_or(RecordsError::Gone)?;
    let grant = grant(connection, life.number, key)?.ok_or(RecordsError::Gone)?;
    if !grant
        .state
        .runs(life.transfer.phase(), grant.lease_until, now)
    {
        return Err(RecordsError::Gone);
    }
    let networks = match key_of(&grant.who) {
        Some(who) => {
            let act = (Act::Claim, now);
            engagements::check_anywhere(connection, life.engagement, who, act)?
        }
        None => Vec::new(),
    };
    let digest = piece_digest(connection, life.number, piece)?.ok_or(RecordsError::Gone)?;
    let sql = "SELECT archive_bytes FROM transfers WHERE number = ?1";
    let archive_bytes = connection
        .prepare_cached(sql)?
        .query_row([life.number], |row| row.get(0))?;
    Ok(Readable {
        digest,
        n_parts: rows::plan_of(archive_bytes)?.n_parts(),
        lease_until: grant.lease_until,
        asked: grant.asked,
        who: grant.who,
        networks,
    })
}

pub(super) fn note_asked(
    connection: &Connection,
    asked: &[AskedParts],
) -> Result<bool, RecordsError> {
    let sql = "UPDATE grants SET asked = ?1, asked_all = max(asked_all, ?2)
        WHERE transfer = (SELECT number FROM transfers WHERE id = ?3) AND key_digest = ?4
        AND state = 0";
    let mut update = connection.prepare_cached(sql)?;
    let mut n_running = 0;
    for grant in asked {
        n_running += update.execute((
            &grant.bits,
            grant.all,
            grant.id.as_bytes(),
            grant.key.as_bytes(),
        ))?;
    }
    Ok(n_running == asked.len())
}

pub(super) fn done(
    connection: &Connection,
    id: &TransferId,
    (key, caller): (&Sha256, &Caller),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let life = rows::life(connection, id)?.ok_or(RecordsError::Gone)?;
    let life = lapse(connection, life, now)?;
    let grant = grant(connection, life.number, key)?.ok_or(RecordsError::Gone)?;
    match grant.state {
        GrantState::Done => Ok(()),
        GrantState::Live => {
            let after = life.transfer.after(Event::Done { by: &grant.who }, now);
            let after = after.map_err(|_| RecordsError::Gone)?;
            rows::change_life(connection, &life, &after)?;
            set_state(connection, life.number, key, GrantState::Done)?;
            let end = DeliveryEnd::Confirmed;
            owe_delivered(
                connection,
                (life.number, &after),
                (key, &grant.who),
                (end, now),
            )?;
            let entry = Entry {
                what: Happening::Done,
                caller: Some(caller),
                key: Some(key),
                who: key_of(&grant.who),
                member: None,
            };
            accesses::note(connection, life.number, &entry, now)
        }
        GrantState::Lapsed | GrantState::Cut => Err(RecordsError::Gone),
    }
}

pub(super) fn tick(connection: &Connection, now: Timestamp) -> Result<bool, RecordsError> {
    let overdue = "SELECT DISTINCT transfer FROM grants WHERE state = 0 AND lease_until <= ?1
        LIMIT ?2";
    let lapsed = numbers(connection, overdue, now)?;
    for number in &lapsed {
        lapse(connection, rows::life_of_number(connection, *number)?, now)?;
    }
    let over = "SELECT number FROM transfers WHERE phase < 2 AND expires_at <= ?1 LIMIT ?2";
    let expired = numbers(connection, over, now)?;
    for number in &expired {
        let life = rows::life_of_number(connection, *number)?;
        let after = life.transfer.after(Event::Tick, now);
        let after = after.map_err(super::failed)?;
        rows::change_life(connection, &life, &after)?;
        let (n_consumed, _, n_released) = after.counts();
        let happened = Happened::Expired(Expired {
            expires_at: after.expires_at(),
            n_consumed,
            n_released,
        });
        statements::owe(connection, *number, &happened, now)?;
        accesses::note(connection, *number, &Entry::own(Happening::Expired), now)?;
    }
    let sql = "DELETE FROM nonces WHERE (nonce, signer) IN
        (SELECT nonce, signer FROM nonces WHERE until < ?1 LIMIT ?2)";
    let n_forgotten = connection
        .prepare_cached(sql)?
        .execute((millis(now), TICK_MAX))?;
    let n_forgotten = n_forgotten.max(invites::forget(connection, now, TICK_MAX)?);
    let most = lapsed.len().max(expired.len()).max(n_forgotten);
    Ok(most >= TICK_MAX as usize)
}

/// Ends the grants of a transfer whose lease is over.
pub(super) fn lapse(
    connection: &Connection,
    life: Life,
    now: Timestamp,
) -> Result<Life, RecordsError> {
    let (_, n_live, _) = life.transfer.counts();
    if n_live == 0 {
        return Ok(life);
    }
    let sql = "SELECT key_digest, asked_all, who FROM grants
        WHERE transfer = ?1 AND state = 0 AND lease_until <= ?2";
    let mut query = connection.prepare_cached(sql)?;
    let overdue = query.query_map((life.number, millis(now)), |row| {
        let who = claimant_of(row.get(2)?)?;
        Ok((Sha256::from_bytes(row.get(0)?), row.get(1)?, who))
    })?;
    let mut after = life.transfer.clone();
    for grant in overdue.collect::<rusqlite::Result<Vec<(Sha256, bool, Claimant)>>>()? {
        let (key, asked_all, who) = grant;
        let event = Event::Lapse {
            by: &who,
            untouched: !asked_all,
        };
        after = after.after(event, now).map_err(super::failed)?;
        let state = if asked_all {
            GrantState::Done
        } else {
            GrantState::Lapsed
        };
        set_state(connection, life.number, &key, state)?;
        if asked_all {
            let end = DeliveryEnd::LeaseEnded;
            owe_delivered(connection, (life.number, &after), (&key, &who), (end, now))?;
        }
        let entry = Entry {
            key: Some(&key),
            who: key_of(&who),
            ..Entry::own(Happening::Lapsed)
        };
        accesses::note(connection, life.number, &entry, now)?;
    }
    if after != life.transfer {
        rows::change_life(connection, &life, &after)?;
    }
    Ok(Life {
        transfer: after,
        ..life
    })
}

/// A download is complete; the counts are those behind it.
fn owe_delivered(
    connection: &Connection,
    (number, after): (i64, &Transfer),
    (key, who): (&Sha256, &Claimant),
    (end, now): (DeliveryEnd, Timestamp),
) -> Result<(), RecordsError> {
    let (n_consumed, _, n_released) = after.counts();
    let happened = Happened::Delivered(Delivered {
        who: key_of(who).cloned(),
        grant: key.to_string().chars().take(8).collect(),
        end,
        n_consumed,
        n_released,
    });
    statements::owe(connection, number, &happened, now)
}

fn grant(
    connection: &Connection,
    number: i64,
    key: &Sha256,
) -> Result<Option<Grant>, RecordsError> {
    let sql = "SELECT state, lease_until, asked, who FROM grants
        WHERE transfer = ?1 AND key_digest = ?2";
    let mut query = connection.prepare_cached(sql)?;
    let grant = query.query_row((number, key.as_bytes()), |row| {
        Ok(Grant {
            state: state_of(row.get(0)?)?,
            lease_until: moment(row.get(1)?),
            asked: row.get(2)?,
            who: claimant_of(row.get(3)?)?,
        })
    });
    Ok(grant.optional()?)
}

fn claimant_of(who: Option<String>) -> rusqlite::Result<Claimant> {
    let key = rows::key_of(who)?;
    Ok(key.map_or(Claimant::Bearer, Claimant::Key))
}

const fn key_of(claimant: &Claimant) -> Option<&Fingerprint> {
    match claimant {
        Claimant::Bearer => None,
        Claimant::Key(key) => Some(key),
    }
}

fn set_state(
    connection: &Connection,
    number: i64,
    key: &Sha256,
    state: GrantState,
) -> Result<(), RecordsError> {
    let sql = "UPDATE grants SET state = ?1 WHERE transfer = ?2 AND key_digest = ?3";
    let row = (state_number(state), number, key.as_bytes());
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn numbers(connection: &Connection, sql: &str, now: Timestamp) -> Result<Vec<i64>, RecordsError> {
    let mut query = connection.prepare_cached(sql)?;
    let numbers = query.query_map((millis(now), TICK_MAX), |row| row.get(0))?;
    Ok(numbers.collect::<rusqlite::Result<_>>()?)
}
