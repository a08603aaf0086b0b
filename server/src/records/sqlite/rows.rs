//! Rows and the values they stand for.
//!
//! Promises: a row that does not make sense is an error, never a guess. It does not decide.

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::engagement::EngagementId;
use quitus_core::keys::Fingerprint;
use quitus_core::parts::{PartIndex, PartPlan};
use quitus_core::protocol::HeldPart;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Claimant, Ending, Phase, Seat, Transfer, TransferId};
use rusqlite::types::{FromSql, Type};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{accounts, seats};
use crate::buckets::Bucket;
use crate::records::{GrantState, HeldManifest, RecordsError, Spend, TransferRow};
use crate::vault::Slot;

type RowResult<T> = rusqlite::Result<T>;

/// Phase and seats of a transfer, and where they are recorded.
pub(super) struct Life {
    pub(super) number: i64,
    /// The row of the engagement it belongs to.
    pub(super) engagement: Option<i64>,
    pub(super) transfer: Transfer,
}

pub(super) fn transfer(
    connection: &Connection,
    id: &TransferId,
) -> Result<Option<TransferRow>, RecordsError> {
    let sql = "SELECT number, is_bound, owner, archive_bytes, header, slot, claim_digest, verifier_digest,
        upload_digest, downloads, created_at, expires_at, phase, ending, n_consumed, n_live,
        n_released, n_wrong, manifest_digest, manifest_bytes, terms, request_digest,
        sealed_digest, share_commitment, bucket_latest, instruction_digest, share_erased_at,
        n_sweeps, EXISTS (SELECT 1 FROM accounts WHERE key = owner AND is_enabled = 0) AS is_shut,
        (SELECT id FROM engagements WHERE number = engagement) AS engagement_id
        FROM transfers WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let row = query.query_row([id.as_bytes()], |row| transfer_of(connection, row));
    Ok(row.optional()?)
}

/// What a list has of a transfer: neither header nor terms.
const LISTED: &str =
    "number, is_bound, 0 AS is_shut, id, owner, archive_bytes, x'' AS header, slot,
    claim_digest, verifier_digest, upload_digest, downloads, created_at, expires_at, phase, ending,
    n_consumed, n_live, n_released, n_wrong, manifest_digest, manifest_bytes, NULL AS terms,
    request_digest, sealed_digest, share_commitment, bucket_latest, instruction_digest,
    share_erased_at, n_sweeps, (SELECT id FROM engagements WHERE number = engagement)
    AS engagement_id";

/// An owner's transfers below a row number, newest first, without header and terms.
pub(super) fn transfers_of(
    connection: &Connection,
    owner: &Fingerprint,
    (below, n_max): (i64, usize),
) -> Result<Vec<(TransferId, TransferRow)>, RecordsError> {
    let sql = format!(
        "SELECT {LISTED} FROM transfers WHERE owner = ?1 AND number < ?2
        ORDER BY number DESC LIMIT ?3"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let page = (owner.as_str(), below, n_max);
    let rows = query.query_map(page, |row| listed_of(connection, row))?;
    Ok(rows.collect::<RowResult<_>>()?)
}

/// An engagement's transfers below a row number, newest first, without header and terms; those that a
/// key sent or may claim, where one is named.
pub(super) fn transfers_engaged(
    connection: &Connection,
    engagement: i64,
    of: Option<&Fingerprint>,
    (below, n_max): (i64, usize),
) -> Result<Vec<(TransferId, TransferRow)>, RecordsError> {
    let sql = format!(
        "SELECT {LISTED} FROM transfers WHERE engagement = ?1 AND number < ?2
        AND (?3 IS NULL OR owner = ?3 OR EXISTS (SELECT 1 FROM recipients
            WHERE transfer = number AND key = ?3 AND is_listed = 1))
        ORDER BY number DESC LIMIT ?4"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let page = (engagement, below, of.map(Fingerprint::as_str), n_max);
    let rows = query.query_map(page, |row| listed_of(connection, row))?;
    Ok(rows.collect::<RowResult<_>>()?)
}

fn listed_of(connection: &Connection, row: &Row<'_>) -> RowResult<(TransferId, TransferRow)> {
    let id = TransferId::from_bytes(row.get("id")?);
    Ok((id, transfer_of(connection, row)?))
}

pub(super) fn life(connection: &Connection, id: &TransferId) -> Result<Option<Life>, RecordsError> {
    let sql =
        "SELECT number, engagement, is_bound, downloads, expires_at, phase, ending, n_consumed,
        n_live, n_released, n_wrong FROM transfers WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let life = query.query_row([id.as_bytes()], |row| life_of(connection, row));
    Ok(life.optional()?)
}

pub(super) fn life_of_number(connection: &Connection, number: i64) -> Result<Life, RecordsError> {
    let sql =
        "SELECT number, engagement, is_bound, downloads, expires_at, phase, ending, n_consumed,
        n_live, n_released, n_wrong FROM transfers WHERE number = ?1";
    Ok(connection
        .prepare_cached(sql)?
        .query_row([number], |row| life_of(connection, row))?)
}

/// Writes what the machine decided, if the row still is what it was asked about.
pub(super) fn change_life(
    connection: &Connection,
    before: &Life,
    after: &Transfer,
) -> Result<(), RecordsError> {
    let sql = "UPDATE transfers SET phase = ?1, ending = ?2, n_consumed = ?3, n_live = ?4,
        n_released = ?5, n_wrong = ?6 WHERE number = ?7 AND phase = ?8 AND n_consumed = ?9
        AND n_live = ?10 AND n_released = ?11 AND n_wrong = ?12";
    let ((phase, ending), (phase_before, _)) = (
        phase_numbers(after.phase()),
        phase_numbers(before.transfer.phase()),
    );
    let ((consumed, live, released), (consumed_before, live_before, released_before)) =
        (after.counts(), before.transfer.counts());
    let n_changed = connection.prepare_cached(sql)?.execute((
        phase,
        ending,
        consumed,
        live,
        released,
        after.n_wrong_passwords(),
        before.number,
        phase_before,
        consumed_before,
        live_before,
        released_before,
        before.transfer.n_wrong_passwords(),
    ))?;
    if n_changed == 1 {
        seats::change(connection, before.number, (&before.transfer, after))
    } else {
        Err(super::failed(
            "the transfer changed while it was decided upon",
        ))
    }
}

pub(super) fn parts(
    connection: &Connection,
    id: &TransferId,
) -> Result<Vec<HeldPart>, RecordsError> {
    let sql = "SELECT part, parts.digest FROM parts JOIN transfers ON transfer = number
        WHERE id = ?1 ORDER BY part";
    let mut query = connection.prepare_cached(sql)?;
    let held = query.query_map([id.as_bytes()], |row| {
        let (index, digest) = (PartIndex(row.get(0)?), Blake3::from_bytes(row.get(1)?));
        Ok(HeldPart { index, digest })
    })?;
    Ok(held.collect::<RowResult<_>>()?)
}

pub(super) fn part(
    connection: &Connection,
    id: &TransferId,
    part: PartIndex,
) -> Result<Option<Blake3>, RecordsError> {
    let sql = "SELECT parts.digest FROM parts JOIN transfers ON transfer = number
        WHERE id = ?1 AND part = ?2";
    let mut query = connection.prepare_cached(sql)?;
    let digest = query.query_row((id.as_bytes(), part.0), |row| row.get(0));
    Ok(digest.optional()?.map(Blake3::from_bytes))
}

pub(super) fn slots(connection: &Connection) -> Result<Vec<(Slot, TransferId)>, RecordsError> {
    let mut query = connection.prepare("SELECT slot, id FROM transfers WHERE slot IS NOT NULL")?;
    let slots = query.query_map([], |row| {
        Ok((Slot(row.get(0)?), TransferId::from_bytes(row.get(1)?)))
    })?;
    Ok(slots.collect::<RowResult<_>>()?)
}

/// Refuses whoever may do nothing here any more, then whoever comes twice.
pub(super) fn spend(connection: &Connection, spend: &Spend) -> Result<(), RecordsError> {
    accounts::check_enabled(connection, &spend.signer)?;
    let sql = "INSERT INTO nonces (nonce, signer, until) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING";
    let row = (&spend.nonce, spend.signer.as_str(), millis(spend.until));
    match connection.prepare_cached(sql)?.execute(row)? {
        0 => Err(RecordsError::Seen),
        _ => Ok(()),
    }
}

pub(super) fn is_spent(connection: &Connection, spend: &Spend) -> Result<bool, RecordsError> {
    accounts::check_enabled(connection, &spend.signer)?;
    let sql = "SELECT 1 FROM nonces WHERE nonce = ?1 AND signer = ?2";
    let mut query = connection.prepare_cached(sql)?;
    Ok(query.exists((&spend.nonce, spend.signer.as_str()))?)
}

/// The key of a column, where there is one.
pub(super) fn key_of(text: Option<String>) -> RowResult<Option<Fingerprint>> {
    text.map(|text| Fingerprint::try_from(text).map_err(senseless))
        .transpose()
}

/// Milliseconds since 1970; the relay's moments have no more digits.
pub(super) fn millis(time: Timestamp) -> i64 {
    time.seconds()
        .saturating_mul(1000)
        .saturating_add(i64::from(time.nanoseconds() / 1_000_000))
}

/// A moment of the records.
pub(super) fn moment(millis: i64) -> Timestamp {
    let below_second = u32::try_from(millis.rem_euclid(1000)).unwrap_or(0);
    Timestamp::from_unix(millis.div_euclid(1000), below_second * 1_000_000)
}

/// Phase and ending as the records number them; `transfers_due` knows that 0 and 1 can expire.
pub(super) const fn phase_numbers(phase: Phase) -> (u8, Option<u8>) {
    const fn ending_number(ending: Ending) -> u8 {
        match ending {
            Ending::Expired => 0,
            Ending::Used => 1,
            Ending::Revoked => 2,
        }
    }
    match phase {
        Phase::Uploading => (0, None),
        Phase::Live => (1, None),
        Phase::Ended(ending) => (2, Some(ending_number(ending))),
        Phase::Destroyed(ending) => (3, Some(ending_number(ending))),
    }
}

/// The phase of two numbers.
pub(super) fn phase_of((phase, ending): (u8, Option<u8>)) -> RowResult<Phase> {
    let ending = match ending {
        Some(0) => Some(Ending::Expired),
        Some(1) => Some(Ending::Used),
        Some(2) => Some(Ending::Revoked),
        Some(_) | None => None,
    };
    match (phase, ending) {
        (0, None) => Ok(Phase::Uploading),
        (1, None) => Ok(Phase::Live),
        (2, Some(ending)) => Ok(Phase::Ended(ending)),
        (3, Some(ending)) => Ok(Phase::Destroyed(ending)),
        (_, _) => Err(senseless("no such phase")),
    }
}

/// The state of a grant as the records number it; `grants_due` knows that 0 can lapse.
pub(super) const fn state_number(state: GrantState) -> u8 {
    match state {
        GrantState::Live => 0,
        GrantState::Done => 1,
        GrantState::Lapsed => 2,
        GrantState::Cut => 3,
    }
}

/// The state of a number.
pub(super) fn state_of(number: u8) -> RowResult<GrantState> {
    match number {
        0 => Ok(GrantState::Live),
        1 => Ok(GrantState::Done),
        2 => Ok(GrantState::Lapsed),
        3 => Ok(GrantState::Cut),
        _ => Err(senseless("no such state of a grant")),
    }
}

/// The plan of a recorded length.
pub(super) fn plan_of(archive_bytes: u64) -> RowResult<PartPlan> {
    PartPlan::new(archive_bytes).map_err(senseless)
}

pub(super) fn senseless(
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Null, error.into())
}

fn get<T: FromSql>(row: &Row<'_>, column: &str) -> RowResult<T> {
    row.get(column)
}

fn transfer_of(connection: &Connection, row: &Row<'_>) -> RowResult<TransferRow> {
    let manifest = match (get(row, "manifest_digest")?, get(row, "manifest_bytes")?) {
        (Some(digest), Some(bytes)) => Some(HeldManifest {
            digest: Blake3::from_bytes(digest),
            bytes,
        }),
        (_, _) => None,
    };
    Ok(TransferRow {
        owner: Fingerprint::try_from(get::<String>(row, "owner")?).map_err(senseless)?,
        plan: plan_of(get(row, "archive_bytes")?)?,
        header: get(row, "header")?,
        slot: get::<Option<u32>>(row, "slot")?.map(Slot),
        claim_digest: Sha256::from_bytes(get(row, "claim_digest")?),
        verifier_digest: get::<Option<_>>(row, "verifier_digest")?.map(Sha256::from_bytes),
        upload_digest: Sha256::from_bytes(get(row, "upload_digest")?),
        downloads: get(row, "downloads")?,
        created_at: moment(get(row, "created_at")?),
        expires_at: moment(get(row, "expires_at")?),
        life: machine_of(connection, row)?,
        manifest,
        terms: get(row, "terms")?,
        request_digest: Sha256::from_bytes(get(row, "request_digest")?),
        sealed_digest: get::<Option<_>>(row, "sealed_digest")?.map(Sha256::from_bytes),
        share_commitment: Sha256::from_bytes(get(row, "share_commitment")?),
        bucket_latest: Bucket(get(row, "bucket_latest")?),
        instruction_digest: get::<Option<_>>(row, "instruction_digest")?.map(Sha256::from_bytes),
        share_erased_at: get::<Option<i64>>(row, "share_erased_at")?.map(moment),
        n_sweeps: get(row, "n_sweeps")?,
        is_owner_disabled: get(row, "is_shut")?,
        engagement: get::<Option<_>>(row, "engagement_id")?.map(EngagementId::from_bytes),
    })
}

fn life_of(connection: &Connection, row: &Row<'_>) -> RowResult<Life> {
    Ok(Life {
        number: get(row, "number")?,
        engagement: get(row, "engagement")?,
        transfer: machine_of(connection, row)?,
    })
}

fn machine_of(connection: &Connection, row: &Row<'_>) -> RowResult<Transfer> {
    let seats = if get(row, "is_bound")? {
        seats::of(connection, get(row, "number")?)?
    } else {
        vec![Seat {
            claimant: Claimant::Bearer,
            is_listed: true,
            is_owner: false,
            counts: seats::counts_of(row)?,
        }]
    };
    Ok(Transfer::restore(
        phase_of((get(row, "phase")?, get(row, "ending")?))?,
        (get(row, "downloads")?, moment(get(row, "expires_at")?)),
        seats,
        get(row, "n_wrong")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_moments_and_states_come_back() {
        for phase in [
            Phase::Uploading,
            Phase::Live,
            Phase::Ended(Ending::Expired),
            Phase::Ended(Ending::Used),
            Phase::Destroyed(Ending::Revoked),
        ] {
            assert_eq!(phase_of(phase_numbers(phase)).unwrap(), phase);
        }
        for state in [
            GrantState::Live,
            GrantState::Done,
            GrantState::Lapsed,
            GrantState::Cut,
        ] {
            assert_eq!(state_of(state_number(state)).unwrap(), state);
        }
        for time in [0, 1, -1, 1_790_000_000_123] {
            assert_eq!(millis(moment(time)), time);
        }
        assert!(phase_of((2, None)).is_err() && phase_of((4, None)).is_err());
    }
}
