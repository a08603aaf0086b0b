//! Who may do what on the relay: accounts, and the invites that make them.
//!
//! Promises: a key becomes an account by an invite only; an invite makes one account; whoever is
//! disabled loses every running grant in the same transaction. It does not read cards, which are
//! sealed, and holds no token.

use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::invite::{InviteId, Role};
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::InviteStatus;
use quitus_core::time::Timestamp;

use super::{Pending, Spend};

/// Invites of one account that can be redeemed at one moment.
pub const OPEN_INVITES_MAX: u32 = 100;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The request key it is.
    pub key: Fingerprint,
    /// What it may do.
    pub role: Role,
    /// What the operator calls it, if the operator invited.
    pub label: Option<String>,
    /// Who invited; none if the operator did.
    pub invited_by: Option<Fingerprint>,
    /// Since when it is one.
    pub created_at: Timestamp,
    /// Whether it may do anything.
    pub is_enabled: bool,
}

/// A contact card that the relay cannot read, and its MAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCard {
    /// An age file.
    pub card: Vec<u8>,
    /// Its MAC.
    pub mac: [u8; 32],
}

/// Who makes an invite.
#[derive(Debug, Clone)]
pub enum Inviter {
    /// The operator, who may call the account something.
    Operator {
        /// How.
        label: Option<String>,
    },
    /// An account, by a signed request.
    Account {
        /// The request.
        spend: Spend,
        /// SHA-256 of its body.
        request_digest: Sha256,
        /// Its card.
        card: SealedCard,
    },
}

/// An invite to be recorded.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// Its id.
    pub id: InviteId,
    /// SHA-256 of the redeem token.
    pub token_digest: Sha256,
    /// What the joiner becomes.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it can no longer be redeemed.
    pub expires_at: Timestamp,
    /// Who makes it.
    pub inviter: Inviter,
    /// The engagement whose member the joiner becomes.
    pub engagement: Option<SealedRules>,
}

/// An engagement, and its rules, which the relay cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRules {
    /// The engagement.
    pub id: EngagementId,
    /// An age file.
    pub rules: Vec<u8>,
}

/// What a joiner is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The inviter's card; none if the operator invited.
    pub card: Option<SealedCard>,
    /// What the account may do from now on.
    pub role: Role,
    /// The engagement whose member it is from now on.
    pub engagement: Option<SealedRules>,
}

/// The relay's memory of accounts; consistent, durable and concurrent as [`super::Records`] are.
pub trait Accounts: Send + Sync {
    /// Every account, oldest first.
    fn accounts(&self) -> Pending<'_, Vec<Account>>;

    /// Lets an account do things, or nothing any more: then its running grants end.
    /// [`RecordsError::Gone`](super::RecordsError::Gone): there is no such account.
    fn set_enabled(&self, key: Fingerprint, is_enabled: bool, now: Timestamp) -> Pending<'_, ()>;

    /// Accounts that were disabled since a change, and the last change there is. Another process may
    /// have made them.
    fn disabled_since(&self, change: u64) -> Pending<'_, (Vec<Fingerprint>, u64)>;

    /// Records an invite; returns when it can no longer be redeemed. `Forbidden`: the account is no
    /// client, the invite is not for a freelancer, or the engagement is not its own or has ended. `Conflict`: the id is taken. `Quota`: too many
    /// of its invites are open.
    fn invite(&self, new: NewInvite) -> Pending<'_, Timestamp>;

    /// The digest of the token that redeems an invite.
    fn invite_token(&self, id: InviteId) -> Pending<'_, Option<Sha256>>;

    /// Makes the key that signed an account. The caller has compared the token. The same key again is
    /// told the same; `Used`: another key came first, and this one was counted; `Gone`: there is no
    /// such invite, no longer, or the inviter may do nothing any more.
    fn redeem(
        &self,
        spend: Spend,
        id: InviteId,
        joiner: SealedCard,
        now: Timestamp,
    ) -> Pending<'_, Welcome>;

    /// An account's invites, newest first, behind the one named and at most so many. `Gone`: that one
    /// is not the account's.
    fn invites(
        &self,
        inviter: Fingerprint,
        page: (Option<InviteId>, usize),
        now: Timestamp,
    ) -> Pending<'_, Vec<InviteStatus>>;
}
