//! Engagements: opened, changed by their parties, closed by time. Every function is part of one
//! transaction.

use quitus_core::digest::Sha256;
use quitus_core::engagement::{Act, Barred, Engagement, EngagementId, Event, Refused};
use quitus_core::invite::Role;
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::{Deed, Happening};
use quitus_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::accesses::{self, Entry};
use super::rows::{millis, moment, senseless};
use super::{accounts, ending, statements};
use crate::caller::{Caller, Network};
use crate::records::{
    Changed, Deeds, EngagementRow, NewEngagement, NewTransfer, OPEN_ENGAGEMENTS_MAX, RecordsError,
    Spend,
};

/// An engagement, and where it is recorded.
pub(super) struct Found {
    pub(super) number: i64,
    pub(super) engagement: Engagement,
    /// The machine as it is written.
    state: String,
}

pub(super) fn open(connection: &Connection, new: &NewEngagement) -> Result<(), RecordsError> {
    let owner = new.engagement.owner();
    if new.needs_account && accounts::role(connection, owner)? != Some(Role::Client) {
        return Err(RecordsError::Forbidden);
    }
    let sql = "SELECT owner, request_digest FROM engagements WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let known = query.query_row([new.id.as_bytes()], |row| {
        let digest = Sha256::from_bytes(row.get(1)?);
        Ok((row.get::<_, String>(0)?, digest))
    });
    match known.optional()? {
        Some((known, digest)) if known == owner.as_str() && digest == new.request_digest => Ok(()),
        Some(_) => Err(RecordsError::Conflict),
        None => insert(connection, new),
    }
}

fn insert(connection: &Connection, new: &NewEngagement) -> Result<(), RecordsError> {
    let owner = new.engagement.owner();
    let sql = "SELECT count(*) FROM engagements WHERE owner = ?1 AND is_ended = 0";
    let mut query = connection.prepare_cached(sql)?;
    let n_open: u32 = query.query_row([owner.as_str()], |row| row.get(0))?;
    if n_open >= OPEN_ENGAGEMENTS_MAX {
        return Err(RecordsError::Quota);
    }
    let sql = "INSERT INTO engagements
        (id, owner, request_digest, created_at, state, ends_at, idle_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)";
    connection.prepare_cached(sql)?.execute((
        new.id.as_bytes(),
        owner.as_str(),
        new.request_digest.as_bytes(),
        millis(new.created_at),
        text_of(&new.engagement),
        millis(new.engagement.policy().ends_at),
    ))?;
    add_party(connection, connection.last_insert_rowid(), owner)
}

fn add_party(connection: &Connection, number: i64, key: &Fingerprint) -> Result<(), RecordsError> {
    let sql = "INSERT INTO parties (key, engagement) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let row = (key.as_str(), number);
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

pub(super) fn row(
    connection: &Connection,
    id: &EngagementId,
) -> Result<Option<EngagementRow>, RecordsError> {
    let sql = "SELECT id, state, created_at, rules FROM engagements WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    Ok(query.query_row([id.as_bytes()], row_of).optional()?)
}

pub(super) fn list(
    connection: &Connection,
    key: &Fingerprint,
    (after, n_max): (Option<&EngagementId>, usize),
) -> Result<Vec<EngagementRow>, RecordsError> {
    let below = match after {
        None => i64::MAX,
        Some(id) => {
            let found = find(connection, id)?;
            let found = found.filter(|found| found.engagement.is_party(key));
            found.ok_or(RecordsError::Gone)?.number
        }
    };
    let sql = "SELECT id, state, created_at, NULL AS rules FROM parties
        JOIN engagements ON engagement = number WHERE key = ?1 AND number < ?2
        ORDER BY number DESC LIMIT ?3";
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map((key.as_str(), below, n_max), row_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<EngagementRow> {
    Ok(EngagementRow {
        id: EngagementId::from_bytes(row.get("id")?),
        engagement: machine_of(&row.get::<_, String>("state")?)?,
        created_at: moment(row.get("created_at")?),
        rules: row.get("rules")?,
    })
}

/// The engagement of an id.
pub(super) fn find(
    connection: &Connection,
    id: &EngagementId,
) -> Result<Option<Found>, RecordsError> {
    let sql = "SELECT number, state FROM engagements WHERE id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    Ok(query.query_row([id.as_bytes()], found_of).optional()?)
}

/// The engagement of a row number.
pub(super) fn of_number(connection: &Connection, number: i64) -> Result<Found, RecordsError> {
    let sql = "SELECT number, state FROM engagements WHERE number = ?1";
    let mut query = connection.prepare_cached(sql)?;
    Ok(query.query_row([number], found_of)?)
}

fn found_of(row: &Row<'_>) -> rusqlite::Result<Found> {
    let state: String = row.get("state")?;
    Ok(Found {
        number: row.get("number")?,
        engagement: machine_of(&state)?,
        state,
    })
}

fn machine_of(state: &str) -> rusqlite::Result<Engagement> {
    serde_json::from_str(state).map_err(senseless)
}

fn text_of(engagement: &Engagement) -> String {
    serde_json::to_string(engagement).expect("an engagement holds only what JSON can say")
}

/// Writes what the machine decided, if the row still is what it was asked about.
pub(super) fn change(
    connection: &Connection,
    before: &Found,
    after: &Engagement,
) -> Result<(), RecordsError> {
    let sql = "UPDATE engagements SET state = ?1, ends_at = ?2, is_ended = ?3, idle_at = ?4
        WHERE number = ?5 AND state = ?6";
    let n_changed = connection.prepare_cached(sql)?.execute((
        text_of(after),
        millis(after.policy().ends_at),
        after.ended_at().is_some(),
        after.idle_at().map(millis),
        before.number,
        &before.state,
    ))?;
    let lost = "the engagement changed while it was decided upon";
    (n_changed == 1).then_some(()).ok_or(super::failed(lost))
}

/// Makes a key a member.
pub(super) fn join(
    connection: &Connection,
    (id, spend): (&EngagementId, &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let found = find(connection, id)?.ok_or(RecordsError::Gone)?;
    let by = &spend.signer;
    let after = found.engagement.after(by, &Event::Join, now);
    let after = after.map_err(refusal)?;
    if after == found.engagement {
        return Ok(());
    }
    change(connection, &found, &after)?;
    add_party(connection, found.number, by)?;
    let entry = Entry::signed(Happening::Joined, spend);
    accesses::note_engagement(connection, found.number, &entry, now)
}

pub(super) fn act(
    connection: &Connection,
    (id, spend): (&EngagementId, &Spend),
    deeds: &Deeds,
    now: Timestamp,
) -> Result<Changed, RecordsError> {
    let found = find(connection, id)?.ok_or(RecordsError::Gone)?;
    let digest = deeds.rules.as_ref().map(|rules| Sha256::of(&[rules]));
    let after = found
        .engagement
        .after(&spend.signer, &event_of(&deeds.deed, digest.as_ref()), now)
        .map_err(refusal)?;
    let whose = if let Deed::Cut { member } = &deeds.deed {
        Some(member.clone())
    } else {
        None
    };
    let mut changed = Changed {
        engagement: after,
        cut: Vec::new(),
        whose,
    };
    if let Some(exported) = &deeds.exported {
        statements::owe_export(connection, found.number, exported, now)?;
    }
    if changed.engagement != found.engagement {
        change(connection, &found, &changed.engagement)?;
        if let Some(rules) = &deeds.rules {
            let sql = "UPDATE engagements SET rules = ?1 WHERE number = ?2";
            connection
                .prepare_cached(sql)?
                .execute((rules, found.number))?;
        }
        note(connection, found.number, (&deeds.deed, spend), now)?;
        follow(connection, found.number, (deeds, spend), now)?;
    }
    if cuts(&deeds.deed, &found.engagement, &changed.engagement) {
        changed.cut = ending::held(connection, found.number)?;
    }
    Ok(changed)
}

fn event_of<'a>(deed: &'a Deed, digest: Option<&'a Sha256>) -> Event<'a> {
    const NOTHING: Sha256 = Sha256::from_bytes([0; 32]);
    match deed {
        Deed::Agree { version } => Event::Agree { version: *version },
        Deed::Confirm { member } => Event::Confirm { member },
        Deed::Cut { member } => Event::Cut { member },
        Deed::Admit { member } => Event::Admit { member },
        Deed::Freeze {} => Event::Freeze,
        Deed::Thaw {} => Event::Thaw,
        Deed::End {} => Event::End,
        Deed::Export {} => Event::Export,
        Deed::Propose { policy, .. } => Event::Propose {
            digest: digest.unwrap_or(&NOTHING),
            policy,
        },
        Deed::Accept { digest } => Event::Accept { digest },
    }
}

fn refusal(refused: Refused) -> RecordsError {
    match refused {
        Refused::Stranger => RecordsError::Gone,
        Refused::Forbidden => RecordsError::Forbidden,
        Refused::Ended => RecordsError::Barred(Barred::Ended),
        Refused::Conflict => RecordsError::Conflict,
        Refused::Full => RecordsError::Quota,
    }
}

fn note(
    connection: &Connection,
    number: i64,
    (deed, spend): (&Deed, &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    let (what, member) = match deed {
        Deed::Agree { .. } => (Happening::Agreed, None),
        Deed::Confirm { member } => (Happening::Engaged, Some(member)),
        Deed::Cut { member } => (Happening::Deactivated, Some(member)),
        Deed::Admit { member } => (Happening::Admitted, Some(member)),
        Deed::Freeze {} => (Happening::Suspended, None),
        Deed::Thaw {} => (Happening::Resumed, None),
        Deed::End {} => (Happening::Concluded, None),
        Deed::Export {} => return Ok(()),
        Deed::Propose { .. } => (Happening::Proposed, None),
        Deed::Accept { .. } => (Happening::Accepted, None),
    };
    let entry = Entry {
        member: member.filter(|member| **member != spend.signer),
        ..Entry::signed(what, spend)
    };
    accesses::note_engagement(connection, number, &entry, now)
}

/// Does to the transfers what a deed means for them.
fn follow(
    connection: &Connection,
    number: i64,
    (deeds, spend): (&Deeds, &Spend),
    now: Timestamp,
) -> Result<(), RecordsError> {
    match &deeds.deed {
        Deed::Cut { member } => ending::cut(connection, number, member, now),
        Deed::End {} => {
            let by = (&deeds.instruction, spend);
            ending::revoke_all(connection, number, by, now)
        }
        Deed::Agree { .. }
        | Deed::Confirm { .. }
        | Deed::Admit { .. }
        | Deed::Freeze {}
        | Deed::Thaw {}
        | Deed::Export {}
        | Deed::Propose { .. }
        | Deed::Accept { .. } => Ok(()),
    }
}

/// Whether bytes may be on their way that no longer may once a deed is done, or has been.
fn cuts(deed: &Deed, before: &Engagement, after: &Engagement) -> bool {
    match deed {
        Deed::Cut { .. } | Deed::Freeze {} | Deed::End {} => true,
        // Another policy may allow less; whoever still may, asks again.
        Deed::Propose { .. } | Deed::Accept { .. } => after.policy() != before.policy(),
        Deed::Agree { .. }
        | Deed::Confirm { .. }
        | Deed::Admit { .. }
        | Deed::Thaw {}
        | Deed::Export {} => false,
    }
}

/// What a transfer's engagement says to somebody; nothing where the transfer belongs to none.
pub(super) fn check(
    connection: &Connection,
    engagement: Option<i64>,
    (who, caller): (&Fingerprint, &Caller),
    act: Act,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let Some(number) = engagement else {
        return Ok(());
    };
    let found = of_number(connection, number)?;
    Ok(found.engagement.check((who, caller.address), act, now)?)
}

/// The same wherever it comes from: the address was looked at where the bytes came in. The networks
/// from which they may come.
pub(super) fn check_anywhere(
    connection: &Connection,
    engagement: Option<i64>,
    who: &Fingerprint,
    (act, now): (Act, Timestamp),
) -> Result<Vec<Network>, RecordsError> {
    let Some(number) = engagement else {
        return Ok(Vec::new());
    };
    let found = of_number(connection, number)?;
    found.engagement.check_anywhere(who, act, now)?;
    let is_owner = found.engagement.owner() == who;
    let networks = &found.engagement.policy().networks;
    Ok(if is_owner {
        Vec::new()
    } else {
        networks.clone()
    })
}

/// Notes that somebody claimed or sent.
pub(super) fn note_use(
    connection: &Connection,
    engagement: Option<i64>,
    who: &Fingerprint,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let Some(number) = engagement else {
        return Ok(());
    };
    let found = of_number(connection, number)?;
    let after = found.engagement.after(who, &Event::Use, now);
    change(connection, &found, &after.map_err(refusal)?)
}

/// The row of the engagement a new transfer belongs to, if its owner may send there and to those.
pub(super) fn check_new(
    connection: &Connection,
    new: &NewTransfer,
    caller: &Caller,
) -> Result<Option<i64>, RecordsError> {
    let Some(id) = &new.engagement else {
        return Ok(None);
    };
    let found = find(connection, id)?.ok_or(RecordsError::Gone)?;
    let act = Act::Send {
        bytes: new.plan.archive_bytes(),
    };
    let by = (&new.owner, caller.address);
    found.engagement.check(by, act, new.created_at)?;
    check_recipients(&found.engagement, &new.recipients)?;
    Ok(Some(found.number))
}

/// Members only, and nobody who merely holds a link.
pub(super) fn check_recipients(
    engagement: &Engagement,
    recipients: &[Fingerprint],
) -> Result<(), RecordsError> {
    let are_parties = recipients.iter().all(|key| engagement.is_party(key));
    let is_for_parties = are_parties && !recipients.is_empty();
    is_for_parties.then_some(()).ok_or(RecordsError::Forbidden)
}
