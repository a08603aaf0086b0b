//! An engagement on the relay: one client, its freelancers, what is allowed, and when it ends.
//!
//! ```text
//! member:  joined --agree--> agreed --confirm--> engaged      (each may be cut, and admitted again)
//! whole:   proposed --first engaged--> active <--freeze, thaw--> frozen      any --end--> ended
//! ```
//!
//! The client owns it. Promises, for any order of events: nobody claims or sends who is not engaged by
//! both signatures, is cut, or has not used it for too long; nobody does while it is frozen; what the
//! client froze, only the client thaws; what ended stays ended; another policy comes into force only
//! once the owner and every engaged member have agreed to the very same one. Whoever froze may thaw, so
//! that a false alarm of a freelancer needs nobody else; the client may thaw whatever is frozen, since
//! the data is the client's to answer for. It knows neither names nor documents: those are in the rules,
//! which are sealed for its parties. Times are the caller's. Spec: `docs/protocol.md`, "Engagements".

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::id::id;
use crate::keys::Fingerprint;
use crate::network::Network;
use crate::time::Timestamp;

mod event;
mod policy;

pub use event::{Event, Refused};
pub use policy::{IDLE_MAX, IDLE_MIN, LIFE_MAX, NETWORKS_MAX, Policy, PolicyError};

/// Most members of one engagement.
pub const MEMBERS_MAX: usize = 50;

id! {
    /// Names an engagement.
    EngagementId
}

/// How far a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Standing {
    /// It redeemed an invite, and has agreed to nothing.
    Joined,
    /// It agreed to the rules; the client has not confirmed.
    Agreed,
    /// Both signed.
    Engaged,
}

/// A freelancer in an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// Its request key.
    pub key: Fingerprint,
    /// When it joined.
    pub joined_at: Timestamp,
    /// How far it is.
    pub standing: Standing,
    /// The version of the rules it agreed to; 0 before it did.
    pub version: u32,
    /// Whether its access was taken away.
    pub is_cut: bool,
    /// When it last claimed or sent, or was confirmed or admitted.
    pub used_at: Timestamp,
}

impl Member {
    /// When it is idle if it does nothing.
    pub fn idle_at(&self, policy: &Policy) -> Timestamp {
        self.used_at.after(policy.idle())
    }

    const fn is_engaged(&self) -> bool {
        matches!(self.standing, Standing::Engaged) && !self.is_cut
    }
}

/// Rules that are proposed, and who has agreed to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proposal {
    /// SHA-256 of the sealed rules.
    pub digest: Sha256,
    /// Who proposes.
    pub by: Fingerprint,
    /// What the relay would go by.
    pub policy: Policy,
    /// Who has agreed.
    pub agreed: Vec<Fingerprint>,
}

/// Who froze an engagement, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Freeze {
    /// Who.
    pub by: Fingerprint,
    /// When.
    pub at: Timestamp,
}

/// Where in its life an engagement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum State {
    /// Nobody is engaged yet.
    Proposed,
    /// Members may claim and send.
    Active,
    /// Nobody may, for now.
    Frozen,
    /// Nobody may any more.
    Ended,
}

/// What somebody wants to do with a transfer of the engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Claim one, or go on with a download.
    Claim,
    /// Send one of so many bytes, or go on with an upload.
    Send {
        /// Archive bytes.
        bytes: u64,
    },
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// The key is no party.
    #[error("the key is not a party of the engagement")]
    Stranger,
    /// The rules are not signed by both.
    #[error("the engagement is not signed by both sides yet")]
    NotEngaged,
    /// Somebody froze it.
    #[error("the engagement is frozen")]
    Frozen,
    /// Its end is over, or the client ended it.
    #[error("the engagement has ended")]
    Ended,
    /// The client took the access away, or it was not used for too long.
    #[error("the access is deactivated: it was taken away, or not used for too long")]
    Deactivated,
    /// The address is none of those that are allowed.
    #[error("the engagement allows other addresses only")]
    Address,
    /// The transfer is longer than is allowed.
    #[error("the engagement allows transfers of at most {max} bytes")]
    TooLarge {
        /// The most.
        max: u64,
    },
}

/// What decides who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Engagement {
    owner: Fingerprint,
    version: u32,
    /// SHA-256 of the sealed rules in force; none for the first ones, which every invite seals anew.
    rules: Option<Sha256>,
    policy: Policy,
    ended_at: Option<Timestamp>,
    frozen: Option<Freeze>,
    members: Vec<Member>,
    proposal: Option<Proposal>,
}

impl Engagement {
    /// An engagement with nobody in it but its owner.
    pub const fn new(owner: Fingerprint, policy: Policy) -> Self {
        Self {
            owner,
            version: 1,
            rules: None,
            policy,
            ended_at: None,
            frozen: None,
            members: Vec::new(),
            proposal: None,
        }
    }

    /// The client.
    pub const fn owner(&self) -> &Fingerprint {
        &self.owner
    }

    /// The version of the rules in force, from 1.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// SHA-256 of the sealed rules in force, once they are not the first ones.
    pub const fn rules(&self) -> Option<&Sha256> {
        self.rules.as_ref()
    }

    /// What is allowed.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// When the client ended it.
    pub const fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// Who froze it, while it is frozen.
    pub const fn frozen(&self) -> Option<&Freeze> {
        self.frozen.as_ref()
    }

    /// The freelancers.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The freelancer of a key.
    pub fn member(&self, key: &Fingerprint) -> Option<&Member> {
        self.members.iter().find(|member| member.key == *key)
    }

    /// Other rules that somebody proposes.
    pub const fn proposal(&self) -> Option<&Proposal> {
        self.proposal.as_ref()
    }

    /// Whether a key is the owner's or a member's, whatever it may do.
    pub fn is_party(&self, key: &Fingerprint) -> bool {
        self.owner == *key || self.member(key).is_some()
    }

    /// Where in its life it is at the moment `now`.
    pub fn state(&self, now: Timestamp) -> State {
        if self.is_over(now) {
            State::Ended
        } else if self.frozen.is_some() {
            State::Frozen
        } else if self.members.iter().any(Member::is_engaged) {
            State::Active
        } else {
            State::Proposed
        }
    }

    /// Whether a party may do something now, from an address; `None` is an address that is not known.
    ///
    /// The owner is not held to addresses and idleness, and may still claim what was returned once the
    /// end date is over.
    ///
    /// # Errors
    /// [`Barred`]: why not.
    pub fn check(
        &self,
        (who, address): (&Fingerprint, Option<IpAddr>),
        act: Act,
        now: Timestamp,
    ) -> Result<(), Barred> {
        self.check_anywhere(who, act, now)?;
        let networks = &self.policy.networks;
        let is_inside = |address| networks.iter().any(|network| network.contains(address));
        let is_free = networks.is_empty() || self.owner == *who;
        let is_allowed = is_free || address.is_some_and(is_inside);
        is_allowed.then_some(()).ok_or(Barred::Address)
    }

    /// The same wherever it comes from, for who compares the address where bytes come in.
    ///
    /// # Errors
    /// [`Barred`]: why not.
    pub fn check_anywhere(
        &self,
        who: &Fingerprint,
        act: Act,
        now: Timestamp,
    ) -> Result<(), Barred> {
        let is_owner = self.owner == *who;
        let member = self.member(who);
        if !is_owner && member.is_none() {
            return Err(Barred::Stranger);
        }
        let takes_back = is_owner && act == Act::Claim && self.ended_at.is_none();
        if self.is_over(now) && !takes_back {
            return Err(Barred::Ended);
        }
        if self.frozen.is_some() {
            return Err(Barred::Frozen);
        }
        if let Some(member) = member.filter(|_| !is_owner) {
            self.check_member(member, now)?;
        }
        self.check_size(act)
    }

    fn check_member(&self, member: &Member, now: Timestamp) -> Result<(), Barred> {
        if member.is_cut || now >= member.idle_at(&self.policy) {
            return Err(Barred::Deactivated);
        }
        let is_engaged = member.standing == Standing::Engaged;
        is_engaged.then_some(()).ok_or(Barred::NotEngaged)
    }

    fn check_size(&self, act: Act) -> Result<(), Barred> {
        match (act, self.policy.transfer_bytes_max) {
            (Act::Send { bytes }, Some(max)) if bytes > max => Err(Barred::TooLarge { max }),
            (Act::Claim | Act::Send { .. }, _) => Ok(()),
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.is_some() || now >= self.policy.ends_at
    }
}

#[cfg(test)]
mod tests;
