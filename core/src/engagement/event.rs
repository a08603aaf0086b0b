//! What happens to an engagement, and what follows.
//!
//! ```text
//! join, agree, confirm     a member comes in         propose, accept   other rules
//! use                      a member claims or sends  freeze, thaw, end
//! cut, admit               its access
//! ```
//!
//! Promises: an event that was refused changes nothing; one that is repeated changes nothing more. It
//! does not look at signatures: the caller knows who acts.

use super::{Engagement, Freeze, MEMBERS_MAX, Member, Policy, Proposal, Standing};
use crate::digest::Sha256;
use crate::keys::Fingerprint;
use crate::time::Timestamp;

/// What a key does to an engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// It redeemed an invite.
    Join,
    /// A member agrees to the rules of that version.
    Agree {
        /// The version.
        version: u32,
    },
    /// The owner signs what a member agreed to.
    Confirm {
        /// Who agreed.
        member: &'a Fingerprint,
    },
    /// It claims or sends.
    Use,
    /// A member's access is taken away, by the owner or itself.
    Cut {
        /// Whose.
        member: &'a Fingerprint,
    },
    /// The owner gives it back.
    Admit {
        /// Whose.
        member: &'a Fingerprint,
    },
    /// Nobody may claim or send for now.
    Freeze,
    /// It goes on.
    Thaw,
    /// The owner ends it for good.
    End,
    /// The owner is handed the access log of what has ended.
    Export,
    /// Other rules are proposed.
    Propose {
        /// SHA-256 of the sealed rules.
        digest: &'a Sha256,
        /// What the relay would go by.
        policy: &'a Policy,
    },
    /// Proposed rules are agreed to.
    Accept {
        /// SHA-256 of the sealed rules.
        digest: &'a Sha256,
    },
}

/// Why an event does not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The key is no party.
    #[error("the key is not a party of the engagement")]
    Stranger,
    /// Another party may do that.
    #[error("this party may not do that")]
    Forbidden,
    /// It has ended.
    #[error("the engagement has ended")]
    Ended,
    /// Other rules are in force or proposed, or the member has not come so far.
    #[error("other rules are in force or proposed, or the member has not come so far")]
    Conflict,
    /// There are as many members as there may be.
    #[error("an engagement has at most {MEMBERS_MAX} members")]
    Full,
}

impl Engagement {
    /// What follows from what a key does at the moment `now`.
    ///
    /// # Errors
    /// [`Refused`]: nothing does.
    pub fn after(
        &self,
        by: &Fingerprint,
        event: &Event<'_>,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let mut after = self.clone();
        if *event == Event::Join {
            after.join(by, now)?;
            return Ok(after);
        }
        if !self.is_party(by) {
            return Err(Refused::Stranger);
        }
        match *event {
            Event::Join => {}
            Event::Use => after.note_use(by, now),
            Event::Agree { version } => after.agree(by, version, now)?,
            Event::Confirm { member } => after.confirm((by, member), now)?,
            Event::Cut { member } => after.cut((by, member))?,
            Event::Admit { member } => after.admit((by, member), now)?,
            Event::Freeze => after.freeze(by, now)?,
            Event::Thaw => after.thaw(by, now)?,
            Event::End => after.end(by, now)?,
            Event::Export => after.check_export(by)?,
            Event::Propose { digest, policy } => after.propose(by, (digest, policy), now)?,
            Event::Accept { digest } => after.accept(by, digest, now)?,
        }
        Ok(after)
    }

    /// What follows from the time alone: whoever has not used it for too long is cut, and named here.
    /// Nobody is once it is over.
    pub fn without_idle(&self, now: Timestamp) -> (Self, Vec<Member>) {
        let mut after = self.clone();
        if self.is_over(now) {
            return (after, Vec::new());
        }
        let mut idle = Vec::new();
        for member in &mut after.members {
            if member.is_engaged() && now >= member.idle_at(&self.policy) {
                member.is_cut = true;
                idle.push(member.clone());
            }
        }
        after.settle();
        (after, idle)
    }

    /// When the first member that is engaged will be idle if none does anything.
    pub fn idle_at(&self) -> Option<Timestamp> {
        let engaged = self.members.iter().filter(|member| member.is_engaged());
        engaged.map(|member| member.idle_at(&self.policy)).min()
    }

    fn join(&mut self, key: &Fingerprint, now: Timestamp) -> Result<(), Refused> {
        self.check_open(now)?;
        if self.is_party(key) {
            return Ok(());
        }
        if self.members.len() >= MEMBERS_MAX {
            return Err(Refused::Full);
        }
        self.members.push(Member {
            key: key.clone(),
            joined_at: now,
            standing: Standing::Joined,
            version: 0,
            is_cut: false,
            used_at: now,
        });
        Ok(())
    }

    fn note_use(&mut self, by: &Fingerprint, now: Timestamp) {
        let is_use = |member: &&mut Member| member.used_at < now;
        if let Some(member) = self.member_mut(by).filter(is_use) {
            member.used_at = now;
        }
    }

    fn agree(&mut self, by: &Fingerprint, version: u32, now: Timestamp) -> Result<(), Refused> {
        self.check_open(now)?;
        let is_current = version == self.version;
        let member = self.member_mut(by).ok_or(Refused::Forbidden)?;
        match member.standing {
            Standing::Joined if is_current && !member.is_cut => {
                member.standing = Standing::Agreed;
                member.version = version;
            }
            Standing::Agreed | Standing::Engaged if is_current => {}
            Standing::Joined | Standing::Agreed | Standing::Engaged => {
                return Err(Refused::Conflict);
            }
        }
        Ok(())
    }

    fn confirm(
        &mut self,
        (by, member): (&Fingerprint, &Fingerprint),
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.check_open(now)?;
        self.check_owner(by)?;
        let member = self.member_mut(member).ok_or(Refused::Conflict)?;
        match member.standing {
            Standing::Joined => return Err(Refused::Conflict),
            Standing::Agreed => {
                member.standing = Standing::Engaged;
                member.used_at = now;
            }
            Standing::Engaged => {}
        }
        Ok(())
    }

    /// Also of what ended: there it says that a party considers itself out.
    fn cut(&mut self, (by, member): (&Fingerprint, &Fingerprint)) -> Result<(), Refused> {
        if by != member {
            self.check_owner(by)?;
        }
        self.member_mut(member).ok_or(Refused::Conflict)?.is_cut = true;
        self.settle();
        Ok(())
    }

    fn admit(
        &mut self,
        (by, member): (&Fingerprint, &Fingerprint),
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.check_open(now)?;
        self.check_owner(by)?;
        let version = self.version;
        let member = self.member_mut(member).ok_or(Refused::Conflict)?;
        member.used_at = now;
        member.is_cut = false;
        // Rules that came into force while it was out are not its own.
        if member.standing == Standing::Engaged && member.version != version {
            member.standing = Standing::Joined;
        }
        Ok(())
    }

    fn freeze(&mut self, by: &Fingerprint, now: Timestamp) -> Result<(), Refused> {
        self.check_open(now)?;
        if self.member(by).is_some_and(|member| member.is_cut) {
            return Err(Refused::Forbidden);
        }
        let is_owners = |freeze: &Freeze| freeze.by == self.owner;
        let stands = self.frozen.as_ref().is_some_and(is_owners);
        // The owner's freeze takes the place of a member's: then the owner alone thaws.
        if self.frozen.is_none() || (!stands && *by == self.owner) {
            let (by, at) = (by.clone(), now);
            self.frozen = Some(Freeze { by, at });
        }
        Ok(())
    }

    fn thaw(&mut self, by: &Fingerprint, now: Timestamp) -> Result<(), Refused> {
        self.check_open(now)?;
        match &self.frozen {
            Some(freeze) if freeze.by != *by && self.owner != *by => Err(Refused::Forbidden),
            Some(_) | None => {
                self.frozen = None;
                Ok(())
            }
        }
    }

    /// Also once its date is over: then it cannot be prolonged any more.
    fn end(&mut self, by: &Fingerprint, now: Timestamp) -> Result<(), Refused> {
        self.check_owner(by)?;
        self.ended_at = self.ended_at.or(Some(now));
        self.proposal = None;
        Ok(())
    }

    /// Only once it was ended: from then on nothing happens in it that would have to be exported again.
    fn check_export(&self, by: &Fingerprint) -> Result<(), Refused> {
        self.check_owner(by)?;
        let has_ended = self.ended_at.is_some();
        has_ended.then_some(()).ok_or(Refused::Conflict)
    }

    /// Also once its date is over, so that both may agree to go on; never once it was ended.
    fn propose(
        &mut self,
        by: &Fingerprint,
        (digest, policy): (&Sha256, &Policy),
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.check_agreeing(by)?;
        policy.check(now).map_err(|_| Refused::Conflict)?;
        if self.rules == Some(*digest) {
            return Ok(());
        }
        let is_same = |proposal: &Proposal| proposal.digest == *digest;
        if !self.proposal.as_ref().is_some_and(is_same) {
            self.proposal = Some(Proposal {
                digest: *digest,
                by: by.clone(),
                policy: policy.clone(),
                agreed: vec![by.clone()],
            });
        }
        self.settle();
        Ok(())
    }

    fn accept(&mut self, by: &Fingerprint, digest: &Sha256, now: Timestamp) -> Result<(), Refused> {
        self.check_agreeing(by)?;
        if self.rules == Some(*digest) {
            return Ok(());
        }
        let proposal = self.proposal.as_mut().filter(|one| one.digest == *digest);
        let proposal = proposal.ok_or(Refused::Conflict)?;
        proposal.policy.check(now).map_err(|_| Refused::Conflict)?;
        if !proposal.agreed.contains(by) {
            proposal.agreed.push(by.clone());
        }
        self.settle();
        Ok(())
    }

    /// Puts a proposal into force once everybody who is bound by it has agreed.
    fn settle(&mut self) {
        let Some(proposal) = &self.proposal else {
            return;
        };
        let engaged = self.members.iter().filter(|member| member.is_engaged());
        let bound: Vec<&Fingerprint> = engaged.map(|member| &member.key).collect();
        let agreed = |key: &Fingerprint| proposal.agreed.contains(key);
        if !agreed(&self.owner) || !bound.into_iter().all(agreed) {
            return;
        }
        self.policy = proposal.policy.clone();
        self.rules = Some(proposal.digest);
        self.version += 1;
        self.proposal = None;
        for member in &mut self.members {
            match member.standing {
                Standing::Engaged if !member.is_cut => member.version = self.version,
                // Whoever was not confirmed, or is out, has to agree again.
                Standing::Agreed => member.standing = Standing::Joined,
                Standing::Joined | Standing::Engaged => {}
            }
        }
    }

    /// The owner, or a member who is bound by the rules.
    fn check_agreeing(&self, by: &Fingerprint) -> Result<(), Refused> {
        if self.ended_at.is_some() {
            return Err(Refused::Ended);
        }
        let is_bound = self.member(by).is_some_and(Member::is_engaged);
        let may = is_bound || self.owner == *by;
        may.then_some(()).ok_or(Refused::Forbidden)
    }

    fn check_owner(&self, by: &Fingerprint) -> Result<(), Refused> {
        (self.owner == *by).then_some(()).ok_or(Refused::Forbidden)
    }

    fn check_open(&self, now: Timestamp) -> Result<(), Refused> {
        let is_over = self.is_over(now);
        (!is_over).then_some(()).ok_or(Refused::Ended)
    }

    fn member_mut(&mut self, key: &Fingerprint) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.key == *key)
    }
}
