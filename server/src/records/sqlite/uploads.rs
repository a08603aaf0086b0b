//! What changes while a transfer is uploaded. Every function is part of one transaction.

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::engagement::Act;
use quitus_core::keys::Fingerprint;
use quitus_core::parts::PartPlan;
use quitus_core::protocol::{Happening, HeldPart};
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Event, Phase, Transfer, TransferId};
use rusqlite::{Connection, OptionalExtension as _};

use super::accesses::{self, Entry};
use super::rows::{self, Life, millis, moment, phase_numbers};
use super::{accounts, engagements, seats, statements};
use crate::buckets::Bucket;
use crate::records::{Completion, Creation, HeldManifest, NewTransfer, RecordsError, Spend};

pub(super) fn create(
    connection: &Connection,
    new: &NewTransfer,
    spend: &Spend,
) -> Result<Creation, RecordsError> {
    let sql = "SELECT owner, request_digest, expires_at FROM transfers WHERE id = ?1";
    let known = connection
        .prepare_cached(sql)?
        .query_row([new.id.as_bytes()], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, [u8; 32]>(1)?,
                row.get(2)?,
            ))
        })
        .optional()?;
    match known {
        None => {
            check_account(connection, new)?;
            check_quota(connection, new)?;
            let engagement = engagements::check_new(connection, new, &spend.caller)?;
            let number = insert(connection, new, engagement)?;
            engagements::note_use(connection, engagement, &new.owner, new.created_at)?;
            let entry = Entry::signed(Happening::Created, spend);
            accesses::note(connection, number, &entry, new.created_at)?;
            Ok(Creation::Opened)
        }
        Some((owner, digest, expires_at))
            if owner == new.owner.as_str() && *new.request_digest.as_bytes() == digest =>
        {
            let expires_at = moment(expires_at);
            Ok(Creation::Repeated { expires_at })
        }
        Some(_) => Err(RecordsError::Conflict),
    }
}

/// Nobody sends who is not invited, unless everybody may.
fn check_account(connection: &Connection, new: &NewTransfer) -> Result<(), RecordsError> {
    let may = !new.needs_account || accounts::role(connection, &new.owner)?.is_some();
    may.then_some(()).ok_or(RecordsError::Forbidden)
}

/// Refuses what would give the owner more than it may have.
fn check_quota(connection: &Connection, new: &NewTransfer) -> Result<(), RecordsError> {
    // As the index has it.
    let sql = "SELECT count(*), coalesce(sum(archive_bytes), 0) FROM transfers
        WHERE owner = ?1 AND phase < 3";
    let (n_transfers, bytes): (u64, u64) = connection
        .prepare_cached(sql)?
        .query_row([new.owner.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let has_room = n_transfers < new.quota.n_transfers
        && bytes.saturating_add(new.plan.archive_bytes()) <= new.quota.bytes;
    has_room.then_some(()).ok_or(RecordsError::Quota)
}

/// Returns the number of the row.
fn insert(
    connection: &Connection,
    new: &NewTransfer,
    engagement: Option<i64>,
) -> Result<i64, RecordsError> {
    let sql = "INSERT INTO transfers (id, owner, request_digest, archive_bytes, header, slot,
        claim_digest, verifier_digest, upload_digest, created_at, expires_at, downloads, phase,
        n_consumed, n_live, n_released, share_commitment, bucket, bucket_latest, is_bound,
        engagement)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
        ?18, ?19, ?20)";
    let mut life = Transfer::new(new.downloads, new.expires_at);
    if !new.recipients.is_empty() {
        life = life.bound_to(&new.recipients, &new.owner);
    }
    let (n_consumed, n_live, n_released) = life.counts();
    connection.prepare_cached(sql)?.execute(rusqlite::params![
        new.id.as_bytes(),
        new.owner.as_str(),
        new.request_digest.as_bytes(),
        new.plan.archive_bytes(),
        &new.header,
        new.slot.0,
        new.claim_digest.as_bytes(),
        new.verifier_digest.as_ref().map(Sha256::as_bytes),
        new.upload_digest.as_bytes(),
        millis(new.created_at),
        millis(new.expires_at),
        new.downloads,
        phase_numbers(life.phase()).0,
        n_consumed,
        n_live,
        n_released,
        new.share_commitment.as_bytes(),
        Bucket::of(new.expires_at).0,
        life.is_bound(),
        engagement,
    ])?;
    let number = connection.last_insert_rowid();
    for seat in life.seats() {
        seats::put(connection, number, seat)?;
    }
    Ok(number)
}

pub(super) fn hold_part(
    connection: &Connection,
    id: &TransferId,
    held: &HeldPart,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let life = uploading(connection, id, now)?;
    if let Some(digest) = rows::part(connection, id, held.index)? {
        return same(digest == held.digest);
    }
    let sql = "INSERT INTO parts (transfer, part, digest) VALUES (?1, ?2, ?3)";
    let row = (life.number, held.index.0, held.digest.as_bytes());
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

pub(super) fn hold_manifest(
    connection: &Connection,
    id: &TransferId,
    held: HeldManifest,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let life = uploading(connection, id, now)?;
    if let Some(manifest) = rows::transfer(connection, id)?.and_then(|row| row.manifest) {
        return same(manifest == held);
    }
    let sql = "UPDATE transfers SET manifest_digest = ?1, manifest_bytes = ?2 WHERE number = ?3";
    let row = (held.digest.as_bytes(), held.bytes, life.number);
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

pub(super) fn complete(
    connection: &Connection,
    id: &TransferId,
    (completion, spend): (&Completion, &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let life = rows::life(connection, id)?.ok_or(RecordsError::Gone)?;
    if let Some(known) = completion_of(connection, life.number)? {
        return same(known == *completion);
    }
    check_engagement(connection, &life, now)?;
    let after = life.transfer.after(Event::Complete, now);
    let after = after.map_err(|_| RecordsError::Gone)?;
    if !has_everything(connection, &life)? {
        return Err(RecordsError::Incomplete);
    }
    rows::change_life(connection, &life, &after)?;
    let sql = "UPDATE transfers SET sealed_digest = ?1, terms = ?2 WHERE number = ?3";
    let row = (
        completion.sealed_digest.as_bytes(),
        &completion.terms,
        life.number,
    );
    connection.prepare_cached(sql)?.execute(row)?;
    let row = rows::transfer(connection, id)?.ok_or(RecordsError::Gone)?;
    statements::owe(connection, life.number, &statements::received(&row), now)?;
    let entry = Entry::signed(Happening::Completed, spend);
    accesses::note(connection, life.number, &entry, now)
}

/// The transfer, if it takes bytes now.
fn uploading(
    connection: &Connection,
    id: &TransferId,
    now: Timestamp,
) -> Result<Life, RecordsError> {
    let life = rows::life(connection, id)?.ok_or(RecordsError::Gone)?;
    let ticked = life.transfer.after(Event::Tick, now);
    match ticked.map_err(|_| RecordsError::Gone)?.phase() {
        Phase::Uploading => {
            check_engagement(connection, &life, now)?;
            Ok(life)
        }
        Phase::Live => Err(RecordsError::Conflict),
        Phase::Ended(_) | Phase::Destroyed(_) => Err(RecordsError::Gone),
    }
}

/// Refuses what the engagement does not take any more. The address was looked at where the bytes came in.
fn check_engagement(
    connection: &Connection,
    life: &Life,
    now: Timestamp,
) -> Result<(), RecordsError> {
    if life.engagement.is_none() {
        return Ok(());
    }
    let sql = "SELECT owner, archive_bytes FROM transfers WHERE number = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let (owner, bytes) = query.query_row([life.number], |row| {
        let owner = Fingerprint::try_from(row.get::<_, String>(0)?);
        Ok((owner.map_err(rows::senseless)?, row.get(1)?))
    })?;
    let act = (Act::Send { bytes }, now);
    engagements::check_anywhere(connection, life.engagement, &owner, act).map(drop)
}

fn same(is_same: bool) -> Result<(), RecordsError> {
    is_same.then_some(()).ok_or(RecordsError::Conflict)
}

fn completion_of(connection: &Connection, number: i64) -> Result<Option<Completion>, RecordsError> {
    let sql = "SELECT sealed_digest, terms FROM transfers
        WHERE number = ?1 AND sealed_digest IS NOT NULL";
    let mut query = connection.prepare_cached(sql)?;
    let known = query.query_row([number], |row| {
        Ok(Completion {
            sealed_digest: Sha256::from_bytes(row.get(0)?),
            terms: row.get(1)?,
        })
    });
    Ok(known.optional()?)
}

fn has_everything(connection: &Connection, life: &Life) -> Result<bool, RecordsError> {
    let sql = "SELECT archive_bytes, manifest_digest IS NOT NULL,
        (SELECT count(*) FROM parts WHERE transfer = number) FROM transfers WHERE number = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let (archive_bytes, has_manifest, n_held): (u64, bool, u32) = query
        .query_row([life.number], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let plan: PartPlan = rows::plan_of(archive_bytes)?;
    Ok(has_manifest && n_held == plan.n_parts())
}

/// The digest column of a piece; kept beside the rows that are written above.
pub(super) fn piece_digest(
    connection: &Connection,
    number: i64,
    piece: crate::store::Piece,
) -> Result<Option<Blake3>, RecordsError> {
    use crate::store::Piece;
    let digest: Option<Option<[u8; 32]>> = match piece {
        Piece::Manifest => connection
            .prepare_cached("SELECT manifest_digest FROM transfers WHERE number = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?,
        Piece::Part(part) => connection
            .prepare_cached("SELECT digest FROM parts WHERE transfer = ?1 AND part = ?2")?
            .query_row((number, part.0), |row| row.get(0))
            .optional()?,
    };
    Ok(digest.flatten().map(Blake3::from_bytes))
}
