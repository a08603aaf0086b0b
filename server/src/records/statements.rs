//! Statements as the records hold them: what is still to be stated, and what was.

use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::LoggedStatement;
use quitus_core::statement::{
    AccessExported, Deactivated, Delivered, Expired, Kind, Received, Revoked,
};
use quitus_core::time::Timestamp;
use quitus_core::tlog::Entry;
use quitus_core::transfer::TransferId;
use serde::{Deserialize, Serialize};

use super::{Pending, Spend, TransferRow};

/// What happened to a transfer or in an engagement and is to be stated, as it was when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Happened {
    /// It is held whole.
    Received(Received),
    /// A download was completed.
    Delivered(Delivered),
    /// Its sender, or whoever may, ended it.
    Revoked(Revoked),
    /// It came to its end.
    Expired(Expired),
    /// A member was shut out for not using the engagement.
    Deactivated(Deactivated),
    /// The access log of the engagement was handed over.
    Exported(Exported),
}

/// An access log that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// How much of it.
    pub facts: AccessExported,
    /// SHA-256 of its lines.
    pub digest: Sha256,
}

/// To what something happened.
#[derive(Debug, Clone)]
pub enum About {
    /// A transfer, as it is now.
    Transfer(TransferId, Box<TransferRow>),
    /// An engagement, and the digest of the policy that is gone by.
    Engagement(EngagementId, Sha256),
}

impl About {
    /// The same without what is known of it.
    pub const fn scope(&self) -> Scope {
        match self {
            Self::Transfer(id, _) => Scope::Transfer(*id),
            Self::Engagement(id, _) => Scope::Engagement(*id),
        }
    }
}

/// In which sequence an issuer's statements are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Those about one transfer.
    Transfer(TransferId),
    /// Those in one engagement.
    Engagement(EngagementId),
}

/// The place of the relay's next statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The sequence.
    pub scope: Scope,
    /// Its number there, from 1.
    pub seq: u64,
    /// SHA-256 of the one before it.
    pub prev: Option<Sha256>,
}

/// Something that is to be stated.
#[derive(Debug, Clone)]
pub struct OwedStatement {
    /// Its number among these.
    pub number: u64,
    /// To what it happened.
    pub about: About,
    /// What happened.
    pub happened: Happened,
    /// When.
    pub at: Timestamp,
}

/// A signed statement of the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// Its number in its sequence, from 1.
    pub seq: u64,
    /// What kind it is.
    pub kind: Kind,
    /// SHA-256 of its file, and of its signature's binary form.
    pub entry: Entry,
    /// Its file.
    pub statement: String,
    /// Its detached signature, armoured.
    pub signature: String,
    /// What was left, a line each; empty if nothing was, or nothing was destroyed.
    pub remains: String,
}

/// A party's statement.
#[derive(Debug, Clone)]
pub struct PostedStatement {
    /// What it is about.
    pub scope: Scope,
    /// What stands for it in the log.
    pub entry: Entry,
    /// The age file.
    pub sealed: Vec<u8>,
}

/// The relay's memory of statements; consistent, durable and concurrent as [`super::Records`] are.
///
/// What happens and is to be stated is noted in the transaction in which it happens. Such a
/// note becomes a statement and an entry of the log in one transaction, once.
pub trait StatementRecords: Send + Sync {
    /// What is to be stated, oldest first, at most so many.
    fn statements_owed(&self, n_max: usize) -> Pending<'_, Vec<OwedStatement>>;

    /// The place of the relay's next statement about a transfer, which is one of its engagement if it
    /// belongs to one, or about an engagement. `Gone`: there is no such thing.
    fn place(&self, about: Scope) -> Pending<'_, Place>;

    /// Records statements for what was owed, each with its entry, all of them or none. Ignores what is
    /// stated already. Fails if a place is taken.
    fn keep_owed(&self, stated: Vec<(OwedStatement, StatementRow)>) -> Pending<'_, ()>;

    /// Records a party's statement; returns the number of its entry, also where it was there. `Gone`: the
    /// signer has no right to know of the transfer or engagement. `Quota`: it has posted as many as one
    /// may.
    fn post(&self, spend: Spend, posted: PostedStatement, now: Timestamp) -> Pending<'_, u64>;

    /// Statements for a key from an entry on, in the order of the log. `Gone` as [`post`](Self::post).
    fn statements(
        &self,
        key: Fingerprint,
        scope: Scope,
        page: (u64, usize),
    ) -> Pending<'_, Vec<LoggedStatement>>;
}
