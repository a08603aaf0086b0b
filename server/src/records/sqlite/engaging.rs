//! `SQLite` as the memory of engagements.

use quitus_core::engagement::EngagementId;
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::{EngagementAccess, Happening};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use super::accesses::Entry;
use super::{SqliteRecords, accesses, ending, engagements, owned, rows};
use crate::records::{
    Changed, Deeds, EngagementRow, Engagements, NewEngagement, Pending, RecordsError, Spend,
    TransferRow,
};

impl Engagements for SqliteRecords {
    fn open_engagement(&self, spend: Spend, new: NewEngagement) -> Pending<'_, ()> {
        self.write_signed(spend, move |connection, _| {
            engagements::open(connection, &new)
        })
    }

    fn engagement(&self, id: EngagementId) -> Pending<'_, Option<EngagementRow>> {
        self.read(move |connection| engagements::row(connection, &id))
    }

    fn engagements(
        &self,
        key: Fingerprint,
        (after, n_max): (Option<EngagementId>, usize),
    ) -> Pending<'_, Vec<EngagementRow>> {
        self.read(move |connection| engagements::list(connection, &key, (after.as_ref(), n_max)))
    }

    fn act(
        &self,
        spend: Spend,
        id: EngagementId,
        deeds: Deeds,
        now: Timestamp,
    ) -> Pending<'_, Changed> {
        self.write_signed(spend, move |connection, spend| {
            engagements::act(connection, (&id, spend), &deeds, now)
        })
    }

    fn engaged(
        &self,
        id: EngagementId,
        of: Option<Fingerprint>,
        (after, n_max): (Option<TransferId>, usize),
    ) -> Pending<'_, Vec<(TransferId, TransferRow)>> {
        self.read(move |connection| {
            let found = engagements::find(connection, &id)?.ok_or(RecordsError::Gone)?;
            let below = match after {
                None => i64::MAX,
                Some(after) => owned::number_in(connection, found.number, &after)?,
            };
            rows::transfers_engaged(connection, found.number, of.as_ref(), (below, n_max))
        })
    }

    fn engagement_activity(
        &self,
        id: EngagementId,
        of: Option<Fingerprint>,
        page: (u64, usize),
    ) -> Pending<'_, Vec<EngagementAccess>> {
        self.read(move |connection| accesses::of_engagement(connection, &id, of.as_ref(), page))
    }

    fn note_barred(&self, id: TransferId, by: Spend, now: Timestamp) -> Pending<'_, ()> {
        self.write(move |connection| {
            let life = rows::life(connection, &id)?.ok_or(RecordsError::Gone)?;
            let entry = Entry::signed(Happening::Barred, &by);
            accesses::note(connection, life.number, &entry, now)
        })
    }

    fn close_engagements(&self, now: Timestamp) -> Pending<'_, Vec<TransferId>> {
        self.write(move |connection| ending::close(connection, now))
    }

    fn cut_idle(&self, now: Timestamp) -> Pending<'_, Vec<Changed>> {
        self.write(move |connection| ending::cut_idle(connection, now))
    }
}
