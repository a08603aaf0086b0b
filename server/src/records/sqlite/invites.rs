//! Invites: made, redeemed once, listed, forgotten. Every function is part of one transaction.

use core::time::Duration;

use quitus_core::digest::Sha256;
use quitus_core::engagement::{EngagementId, State};
use quitus_core::invite::{InviteId, Role};
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::{InviteState, InviteStatus, Joiner};
use quitus_core::text;
use quitus_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::accounts::{self, role_number, role_of};
use super::engagements;
use super::rows::{key_of, millis, moment};
use crate::records::{
    Account, Inviter, NewInvite, OPEN_INVITES_MAX, RecordsError, SealedCard, SealedRules, Spend,
    Welcome,
};

/// How long an invite that is over is kept, so that its inviter can fetch the joiner's card.
const KEPT: Duration = Duration::from_hours(90 * 24);

/// The inner outcome is the answer; what was written for it stays, also where it is a refusal.
pub(super) type Answered = Result<Result<Welcome, RecordsError>, RecordsError>;

pub(super) fn create(connection: &Connection, new: &NewInvite) -> Result<Timestamp, RecordsError> {
    if let Inviter::Account { spend, .. } = &new.inviter {
        let role = accounts::role(connection, &spend.signer)?;
        if (role, new.role) != (Some(Role::Client), Role::Freelancer) {
            return Err(RecordsError::Forbidden);
        }
    }
    if let Some(expires_at) = known(connection, new)? {
        return Ok(expires_at);
    }
    check_quota(connection, new)?;
    let engagement = check_engagement(connection, new)?;
    insert(connection, new, engagement)?;
    Ok(new.expires_at)
}

/// The end of the same invite, if it was made before.
fn known(connection: &Connection, new: &NewInvite) -> Result<Option<Timestamp>, RecordsError> {
    let sql = "SELECT inviter, request_digest, expires_at FROM invites WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let known = query.query_row([new.id.as_bytes()], |row| {
        let digest = row.get::<_, Option<[u8; 32]>>(1)?;
        let inviter = key_of(row.get(0)?)?;
        Ok((inviter, digest.map(Sha256::from_bytes), moment(row.get(2)?)))
    });
    match (known.optional()?, &new.inviter) {
        (None, _) => Ok(None),
        (
            Some((inviter, digest, expires_at)),
            Inviter::Account {
                spend,
                request_digest,
                ..
            },
        ) if inviter.as_ref() == Some(&spend.signer) && digest == Some(*request_digest) => {
            Ok(Some(expires_at))
        }
        (Some(_), Inviter::Account { .. } | Inviter::Operator { .. }) => {
            Err(RecordsError::Conflict)
        }
    }
}

fn check_quota(connection: &Connection, new: &NewInvite) -> Result<(), RecordsError> {
    let Inviter::Account { spend, .. } = &new.inviter else {
        return Ok(());
    };
    let sql = "SELECT count(*) FROM invites WHERE inviter = ?1 AND joiner IS NULL
        AND expires_at > ?2";
    let row = (spend.signer.as_str(), millis(new.created_at));
    let n_open: u32 = connection
        .prepare_cached(sql)?
        .query_row(row, |row| row.get(0))?;
    let has_room = n_open < OPEN_INVITES_MAX;
    has_room.then_some(()).ok_or(RecordsError::Quota)
}

/// The row of the engagement it is for, if it is the inviter's and has not ended.
fn check_engagement(connection: &Connection, new: &NewInvite) -> Result<Option<i64>, RecordsError> {
    let Some(sealed) = &new.engagement else {
        return Ok(None);
    };
    let Inviter::Account { spend, .. } = &new.inviter else {
        return Err(RecordsError::Forbidden);
    };
    let found = engagements::find(connection, &sealed.id)?.ok_or(RecordsError::Forbidden)?;
    let is_own = *found.engagement.owner() == spend.signer;
    let is_over = found.engagement.state(new.created_at) == State::Ended;
    let may = is_own && !is_over;
    may.then_some(Some(found.number))
        .ok_or(RecordsError::Forbidden)
}

fn insert(
    connection: &Connection,
    new: &NewInvite,
    engagement: Option<i64>,
) -> Result<(), RecordsError> {
    let sql = "INSERT INTO invites (id, token_digest, request_digest, inviter, label, role,
        created_at, expires_at, card, mac, engagement, rules)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let (digest, inviter, label, card) = match &new.inviter {
        Inviter::Operator { label } => (None, None, label.as_deref(), None),
        Inviter::Account {
            spend,
            request_digest,
            card,
        } => (Some(request_digest), Some(&spend.signer), None, Some(card)),
    };
    connection.prepare_cached(sql)?.execute((
        new.id.as_bytes(),
        new.token_digest.as_bytes(),
        digest.map(Sha256::as_bytes),
        inviter.map(Fingerprint::as_str),
        label,
        role_number(new.role),
        millis(new.created_at),
        millis(new.expires_at),
        card.map(|card| &card.card),
        card.map(|card| &card.mac),
        engagement,
        new.engagement.as_ref().map(|sealed| &sealed.rules),
    ))?;
    Ok(())
}

pub(super) fn token(
    connection: &Connection,
    id: &InviteId,
) -> Result<Option<Sha256>, RecordsError> {
    let sql = "SELECT token_digest FROM invites WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let digest = query.query_row([id.as_bytes()], |row| row.get(0));
    Ok(digest.optional()?.map(Sha256::from_bytes))
}

/// An invite that somebody redeems.
struct Found {
    number: i64,
    inviter: Option<Fingerprint>,
    label: Option<String>,
    role: Role,
    expires_at: Timestamp,
    card: Option<SealedCard>,
    joiner: Option<Fingerprint>,
    engagement: Option<SealedRules>,
}

pub(super) fn redeem(
    connection: &Connection,
    (spend, id): (&Spend, &InviteId),
    joiner: &SealedCard,
    now: Timestamp,
) -> Answered {
    let found = find(connection, id)?.ok_or(RecordsError::Gone)?;
    match &found.joiner {
        Some(key) if *key == spend.signer => {}
        Some(_) => {
            let sql = "UPDATE invites SET n_refused = n_refused + 1 WHERE number = ?1";
            connection.prepare_cached(sql)?.execute([found.number])?;
            return Ok(Err(RecordsError::Used));
        }
        None => {
            check_open(connection, &found, now)?;
            bind(connection, &found, (spend, joiner), now)?;
            if let Some(sealed) = &found.engagement {
                engagements::join(connection, (&sealed.id, spend), now)?;
            }
        }
    }
    let role = accounts::role(connection, &spend.signer)?.ok_or(RecordsError::Forbidden)?;
    Ok(Ok(Welcome {
        card: found.card,
        role,
        engagement: found.engagement,
    }))
}

/// Refuses an invite that is over, or whose inviter may no longer invite.
fn check_open(connection: &Connection, found: &Found, now: Timestamp) -> Result<(), RecordsError> {
    let may_invite = match &found.inviter {
        None => true,
        Some(inviter) => accounts::role(connection, inviter)? == Some(Role::Client),
    };
    let is_open = now < found.expires_at && may_invite;
    is_open.then_some(()).ok_or(RecordsError::Gone)
}

fn bind(
    connection: &Connection,
    found: &Found,
    (spend, joiner): (&Spend, &SealedCard),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let account = Account {
        key: spend.signer.clone(),
        role: found.role,
        label: found.label.clone(),
        invited_by: found.inviter.clone(),
        created_at: now,
        is_enabled: true,
    };
    accounts::enrol(connection, &account)?;
    let sql = "UPDATE invites SET joiner = ?1, joiner_card = ?2, joiner_mac = ?3
        WHERE number = ?4";
    let row = (
        spend.signer.as_str(),
        &joiner.card,
        &joiner.mac,
        found.number,
    );
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn find(connection: &Connection, id: &InviteId) -> Result<Option<Found>, RecordsError> {
    let sql = "SELECT number, inviter, label, role, expires_at, card, mac, joiner, rules,
        (SELECT id FROM engagements WHERE engagements.number = engagement) AS engagement_id
        FROM invites WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_row([id.as_bytes()], |row| {
        let card = row.get::<_, Option<Vec<u8>>>("card")?;
        Ok(Found {
            number: row.get("number")?,
            inviter: key_of(row.get("inviter")?)?,
            label: row.get("label")?,
            role: role_of(row.get("role")?)?,
            expires_at: moment(row.get("expires_at")?),
            card: card.zip(row.get("mac")?).map(sealed),
            joiner: key_of(row.get("joiner")?)?,
            engagement: row
                .get::<_, Option<_>>("engagement_id")?
                .map(EngagementId::from_bytes)
                .zip(row.get("rules")?)
                .map(|(id, rules)| SealedRules { id, rules }),
        })
    });
    Ok(found.optional()?)
}

fn sealed((card, mac): (Vec<u8>, [u8; 32])) -> SealedCard {
    SealedCard { card, mac }
}

pub(super) fn list(
    connection: &Connection,
    inviter: &Fingerprint,
    (after, n_max): (Option<&InviteId>, usize),
    now: Timestamp,
) -> Result<Vec<InviteStatus>, RecordsError> {
    let below = match after {
        None => i64::MAX,
        Some(id) => number_of(connection, inviter, id)?,
    };
    let sql = "SELECT id, role, created_at, expires_at, joiner, joiner_card, joiner_mac, n_refused
        FROM invites WHERE inviter = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
    let mut query = connection.prepare_cached(sql)?;
    let row = (inviter.as_str(), below, n_max);
    let page = query.query_map(row, |row| status_of(row, now))?;
    Ok(page.collect::<rusqlite::Result<_>>()?)
}

fn number_of(
    connection: &Connection,
    inviter: &Fingerprint,
    id: &InviteId,
) -> Result<i64, RecordsError> {
    let sql = "SELECT number FROM invites WHERE id = ?1 AND inviter = ?2";
    let row = (id.as_bytes(), inviter.as_str());
    let number = connection
        .prepare_cached(sql)?
        .query_row(row, |row| row.get(0));
    number.optional()?.ok_or(RecordsError::Gone)
}

fn status_of(row: &Row<'_>, now: Timestamp) -> rusqlite::Result<InviteStatus> {
    let expires_at = moment(row.get("expires_at")?);
    let joiner = key_of(row.get("joiner")?)?;
    let state = match &joiner {
        Some(_) => InviteState::Used,
        None if now < expires_at => InviteState::Open,
        None => InviteState::Expired,
    };
    let joiner = match joiner {
        None => None,
        Some(key) => Some(Joiner {
            key,
            card: text::base64url(&row.get::<_, Vec<u8>>("joiner_card")?),
            mac: text::base64url(&row.get::<_, [u8; 32]>("joiner_mac")?),
        }),
    };
    Ok(InviteStatus {
        id: InviteId::from_bytes(row.get("id")?),
        role: role_of(row.get("role")?)?,
        created_at: moment(row.get("created_at")?),
        expires_at,
        state,
        joiner,
        n_refused: row.get("n_refused")?,
    })
}

/// Forgets invites that are long over; returns how many.
pub(super) fn forget(
    connection: &Connection,
    now: Timestamp,
    max: u32,
) -> Result<usize, RecordsError> {
    let sql = "DELETE FROM invites WHERE number IN
        (SELECT number FROM invites WHERE expires_at < ?1 LIMIT ?2)";
    let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    let row = (millis(now).saturating_sub(kept), max);
    Ok(connection.prepare_cached(sql)?.execute(row)?)
}
