//! The relay's memory of engagements: who is in one, what the machine decided, what is proposed.
//!
//! Promises: the pure machine of `quitus_core::engagement` decides; a row changes only if it is still the
//! row the machine was asked about; whoever loses access loses its running grants in the same
//! transaction. Rules are sealed: it holds them, and cannot read them.

use quitus_core::digest::Sha256;
use quitus_core::engagement::{Engagement, EngagementId};
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::{Deed, EngagementAccess};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use super::{Exported, Pending, Spend, TransferRow};

/// Engagements of one owner that have not ended.
pub const OPEN_ENGAGEMENTS_MAX: u32 = 1_000;

/// An engagement to be recorded.
#[derive(Debug, Clone)]
pub struct NewEngagement {
    /// Its id.
    pub id: EngagementId,
    /// What is allowed, and whose it is.
    pub engagement: Engagement,
    /// SHA-256 of the request that opens it.
    pub request_digest: Sha256,
    /// Whether its owner must be a client's account.
    pub needs_account: bool,
    /// When it is opened.
    pub created_at: Timestamp,
}

/// An engagement as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngagementRow {
    /// Its id.
    pub id: EngagementId,
    /// The machine.
    pub engagement: Engagement,
    /// When it was opened.
    pub created_at: Timestamp,
    /// The sealed rules that are proposed, or were last.
    pub rules: Option<Vec<u8>>,
}

/// What a party does, as it was asked.
#[derive(Debug, Clone)]
pub struct Deeds {
    /// What.
    pub deed: Deed,
    /// The bytes of the sealed rules, where the deed brings some.
    pub rules: Option<Vec<u8>>,
    /// SHA-256 of the signed request.
    pub instruction: Sha256,
    /// The access log that is handed over, where the deed asks for it.
    pub exported: Option<Exported>,
}

/// What a deed changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The engagement afterwards.
    pub engagement: Engagement,
    /// Its transfers, where what is being sent of them has to be cut; also where a cut, a freeze or an end
    /// is asked for again, since whoever asked first may not have been told.
    pub cut: Vec<TransferId>,
    /// Whose connections have to be cut; everybody's without it.
    pub whose: Option<Fingerprint>,
}

/// The relay's memory of engagements; consistent, durable and concurrent as [`super::Records`] are.
pub trait Engagements: Send + Sync {
    /// Records an engagement. `Conflict`: the id is taken by another owner or content. `Forbidden`: the
    /// owner is no client. `Quota`: it has too many that are open.
    fn open_engagement(&self, spend: Spend, new: NewEngagement) -> Pending<'_, ()>;

    /// The engagement of that id.
    fn engagement(&self, id: EngagementId) -> Pending<'_, Option<EngagementRow>>;

    /// The engagements a key is a party of, newest first, behind the one named and at most so many.
    /// `Gone`: it is no party of that one.
    fn engagements(
        &self,
        key: Fingerprint,
        page: (Option<EngagementId>, usize),
    ) -> Pending<'_, Vec<EngagementRow>>;

    /// Does what a party asked. `Gone`: it is none. `Forbidden`: another party may. `Barred`: it has
    /// ended. `Conflict`: other rules are in force or proposed.
    fn act(
        &self,
        spend: Spend,
        id: EngagementId,
        deeds: Deeds,
        now: Timestamp,
    ) -> Pending<'_, Changed>;

    /// The transfers of an engagement, newest first, behind the one named and at most so many; those a
    /// key sent or may claim, where one is named. `Gone`: that one does not belong to it.
    fn engaged(
        &self,
        id: EngagementId,
        of: Option<Fingerprint>,
        page: (Option<TransferId>, usize),
    ) -> Pending<'_, Vec<(TransferId, TransferRow)>>;

    /// The access log of an engagement behind a line, oldest first, at most so many lines; those of a
    /// key, where one is named.
    fn engagement_activity(
        &self,
        id: EngagementId,
        of: Option<Fingerprint>,
        page: (u64, usize),
    ) -> Pending<'_, Vec<EngagementAccess>>;

    /// Writes into the access log of a transfer that the rules of its engagement forbade whoever signed to
    /// claim it.
    fn note_barred(&self, id: TransferId, by: Spend, now: Timestamp) -> Pending<'_, ()>;

    /// Takes away what runs in engagements that came to their end date by the moment `now`. Returns the
    /// transfers of which something may be on its way.
    fn close_engagements(&self, now: Timestamp) -> Pending<'_, Vec<TransferId>>;

    /// Cuts whoever has not used an engagement for too long at the moment `now`, and notes that it is to
    /// be stated. Returns what that changed, for each of them.
    fn cut_idle(&self, now: Timestamp) -> Pending<'_, Vec<Changed>>;
}
