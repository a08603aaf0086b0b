//! What the parties of an engagement have to state: what is done, whom the rest waits for, and since when.
//!
//! ```text
//! access          done    by the client's instructed
//! destruction     waits   for SHA256:…, since 2026-11-22T03:37:18Z
//! ```
//!
//! Promises: nothing is done but what a statement that is here shows, or the relay's answer where the relay
//! alone knows; a moment is one that a statement or the relay gives. Whose statement it is follows from its
//! key, never from its name. It does not verify statements: the caller gives those that count.

use crate::digest::Sha256;
use crate::engagement::{Standing, State};
use crate::keys::Fingerprint;
use crate::protocol::{EngagedTransfer, EngagementStatus, MemberStatus, StatusPhase};
use crate::statement::{Choice, Facts, Kind, Role, Subject, Verified};
use crate::time::Timestamp;
use crate::transfer::TransferId;

/// Something that is to be stated or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// A member agrees to the rules in force.
    Agreement,
    /// The client signs what a member agreed to.
    Confirmation,
    /// A party agrees to rules that are proposed, or lets it be.
    Amendment,
    /// Every access has ended.
    Access,
    /// The client says what is to become of the data.
    Instruction,
    /// The relay destroys what it holds.
    Transfers {
        /// How many transfers it still holds.
        n_left: usize,
    },
    /// The client changes what was passed on as secrets.
    Credentials {
        /// What they are called.
        names: Vec<String>,
    },
    /// A member gives back, and the client takes it.
    Return,
    /// A member destroys what it holds.
    Destruction {
        /// Whether it stated that something is left.
        is_left: bool,
    },
    /// A member was given nothing.
    Nothing,
    /// The access log is handed over.
    AccessLog,
    /// The client takes note of the end.
    Acknowledgement,
}

/// For whom something waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// The client.
    Client,
    /// The relay.
    Relay,
    /// The member of that request key.
    Member(Fingerprint),
}

/// How far something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is done, as these statements show.
    Done {
        /// Their digests; none where the relay's answer alone shows it.
        by: Vec<Sha256>,
    },
    /// It waits.
    Waits {
        /// For whom.
        party: Party,
        /// Since when; none where it is not due yet.
        since: Option<Timestamp>,
    },
}

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub task: Task,
    /// The request key of the member it is about, where it is about one.
    pub member: Option<Fingerprint>,
    /// How far.
    pub progress: Progress,
}

impl Line {
    /// Whether it is done.
    pub const fn is_done(&self) -> bool {
        matches!(self.progress, Progress::Done { .. })
    }
}

/// What a party knows of an engagement.
#[derive(Debug)]
pub struct Known<'a> {
    /// How the relay has it; for a member with itself alone.
    pub status: &'a EngagementStatus,
    /// Its transfers, as the relay shows them.
    pub transfers: &'a [EngagedTransfer],
    /// Every statement that counts.
    pub statements: &'a [Verified],
    /// The members' request keys, each with its signing keys.
    pub signers: &'a [(Fingerprint, Vec<Fingerprint>)],
    /// What becomes of the data at the end.
    pub choice: Choice,
    /// What this party passed on as secrets, and what they are called.
    pub secrets: &'a [(TransferId, String)],
    /// The member that looks; none where it is the client.
    pub own: Option<&'a Fingerprint>,
    /// When that member left by itself.
    pub left_at: Option<Timestamp>,
}

impl Known<'_> {
    /// Every line of the end, done or not.
    pub fn closing(&self) -> Vec<Line> {
        let mut lines = vec![self.access(), self.instruction()];
        if self.own.is_none() {
            lines.extend([self.held(), self.credentials()]);
        }
        for member in self.status.members.iter().filter(|one| one.version > 0) {
            lines.extend(self.of_holder(member));
        }
        lines.extend([self.access_log(), self.acknowledgement()]);
        lines
    }

    /// What waits now: for agreement while the engagement lives, for its end once it is over.
    pub fn waiting(&self) -> Vec<Line> {
        let lines = if self.ended_at().is_some() {
            self.closing()
        } else {
            self.agreeing()
        };
        lines.into_iter().filter(|line| !line.is_done()).collect()
    }

    fn agreeing(&self) -> Vec<Line> {
        let members = self.status.members.iter().filter(|member| !member.is_cut);
        let mut lines: Vec<Line> = members
            .clone()
            .filter_map(|member| self.joining(member))
            .collect();
        lines.extend(self.amendments());
        lines.extend(members.filter_map(|member| self.taken(&member.key)));
        lines
    }

    fn joining(&self, member: &MemberStatus) -> Option<Line> {
        let (task, party, since) = match member.standing {
            Standing::Joined => {
                let amended = self.last_of(Kind::Amended, None);
                let since = amended.map_or(member.joined_at, issued_at);
                let party = Party::Member(member.key.clone());
                (Task::Agreement, party, since.max(member.joined_at))
            }
            Standing::Agreed => {
                let agreed = self.last_of(Kind::Engaged, Some(&member.key));
                let since = agreed.map_or(member.joined_at, issued_at);
                (Task::Confirmation, Party::Client, since)
            }
            Standing::Engaged => return None,
        };
        let since = Some(since);
        Some(of_member(
            task,
            &member.key,
            Progress::Waits { party, since },
        ))
    }

    /// Whoever has not agreed to what is proposed.
    fn amendments(&self) -> Vec<Line> {
        let Some(proposal) = &self.status.proposal else {
            return Vec::new();
        };
        let since = self.last_of(Kind::Amended, None).map(issued_at);
        let engaged = self.status.members.iter();
        let engaged = engaged.filter(|one| one.standing == Standing::Engaged && !one.is_cut);
        let mut parties: Vec<(Party, &Fingerprint)> = engaged
            .map(|member| (Party::Member(member.key.clone()), &member.key))
            .collect();
        parties.push((Party::Client, &self.status.owner));
        parties.retain(|(_, key)| !proposal.agreed.contains(key));
        let lines = parties.into_iter();
        lines
            .map(|(party, _)| line(Task::Amendment, Progress::Waits { party, since }))
            .collect()
    }

    /// Since when it is over; for a member that left, over for it.
    fn ended_at(&self) -> Option<Timestamp> {
        let by_date = self.status.state == State::Ended;
        let by_date = by_date.then_some(self.status.policy.ends_at);
        self.status.ended_at.or(by_date).or(self.left_at)
    }

    fn waits_for(&self, party: Party) -> Progress {
        Progress::Waits {
            party,
            since: self.ended_at(),
        }
    }

    fn access(&self) -> Line {
        let is_own = |member: &MemberStatus| Some(&member.key) == self.own;
        let mut members = self.status.members.iter();
        let is_out = members.any(|member| member.is_cut && is_own(member));
        let progress = if is_out || self.ended_at().is_some() {
            done(self.last_of(Kind::Instructed, None))
        } else {
            let own = self.own.cloned();
            self.waits_for(own.map_or(Party::Client, Party::Member))
        };
        line(Task::Access, progress)
    }

    fn instruction(&self) -> Line {
        self.by_client(Task::Instruction, Kind::Instructed)
    }

    fn acknowledgement(&self) -> Line {
        self.by_client(Task::Acknowledgement, Kind::Acknowledged)
    }

    fn access_log(&self) -> Line {
        self.by_client(Task::AccessLog, Kind::AccessLogExported)
    }

    /// What the client has made, or has had the relay make.
    fn by_client(&self, task: Task, kind: Kind) -> Line {
        let stated = self.last_of(kind, None);
        let waits = || self.waits_for(Party::Client);
        line(task, stated.map_or_else(waits, |one| done(Some(one))))
    }

    fn held(&self) -> Line {
        let is_held = |one: &&EngagedTransfer| one.status.phase != StatusPhase::Destroyed;
        let n_left = self.transfers.iter().filter(is_held).count();
        let destroyed = self.statements.iter().filter(|one| {
            let ids = || {
                one.statement
                    .subject
                    .iter()
                    .filter_map(Subject::transfer_id)
            };
            let is_ours = |id| self.transfers.iter().any(|one| one.status.id == id);
            kind_of(one) == Kind::Destroyed && ids().any(is_ours)
        });
        let progress = if n_left == 0 {
            Progress::Done {
                by: destroyed.map(|one| one.digest).collect(),
            }
        } else {
            self.waits_for(if self.ended_at().is_some() {
                Party::Relay
            } else {
                Party::Client
            })
        };
        line(Task::Transfers { n_left }, progress)
    }

    /// Done once every secret is in a `credentials-changed`.
    fn credentials(&self) -> Line {
        let mut changed = Vec::new();
        let mut by = Vec::new();
        for one in self.statements {
            if let Facts::CredentialsChanged(facts) = &one.statement.predicate.facts {
                changed.extend(&facts.transfers);
                by.push(one.digest);
            }
        }
        let names = self.secrets.iter().map(|(_, name)| name.clone()).collect();
        let progress = if self.secrets.iter().all(|(id, _)| changed.contains(&id)) {
            Progress::Done { by }
        } else {
            self.waits_for(Party::Client)
        };
        line(Task::Credentials { names }, progress)
    }

    /// What a member gives back and destroys, as the choice has it.
    fn of_holder(&self, member: &MemberStatus) -> Vec<Line> {
        let key = &member.key;
        if !self.was_given(key) {
            return vec![of_member(
                Task::Nothing,
                key,
                Progress::Done { by: Vec::new() },
            )];
        }
        match self.choice {
            Choice::Destroy => vec![self.destruction(key)],
            Choice::Return => vec![self.given_back(key)],
            Choice::Both => vec![self.given_back(key), self.destruction(key)],
        }
    }

    /// Whether the relay ever gave a share to it, or it said itself that it received something.
    fn was_given(&self, member: &Fingerprint) -> bool {
        let seats = self.transfers.iter().flat_map(|one| &one.status.recipients);
        let mut own = seats.filter(|seat| seat.recipient == *member);
        own.any(|seat| seat.n_released > 0) || self.last_of(Kind::Accepted, Some(member)).is_some()
    }

    fn given_back(&self, member: &Fingerprint) -> Line {
        let returned = self.last_of(Kind::Returned, Some(member));
        let asked = self.last_of(Kind::Instructed, None).map(issued_at);
        let waits = Progress::Waits {
            party: Party::Member(member.clone()),
            since: asked.or_else(|| self.ended_at()),
        };
        let is_taken = || {
            self.taken(member)
                .unwrap_or_else(|| of_member(Task::Return, member, done(returned)))
        };
        if returned.is_some() {
            is_taken()
        } else {
            of_member(Task::Return, member, waits)
        }
    }

    /// The line that waits for the client to take what a member gave back; none where it took everything.
    fn taken(&self, member: &Fingerprint) -> Option<Line> {
        let accepted: Vec<TransferId> = self
            .statements
            .iter()
            .filter(|one| kind_of(one) == Kind::Accepted && role_of(one) == Role::Client)
            .flat_map(|one| {
                one.statement
                    .subject
                    .iter()
                    .filter_map(Subject::transfer_id)
            })
            .collect();
        let is_open = |one: &&Verified| {
            matches!(&one.statement.predicate.facts, Facts::Returned(facts)
                if facts.transfers.iter().any(|id| !accepted.contains(id)))
        };
        let mut own = self.statements.iter().filter(|one| self.is_by(one, member));
        let since = Some(issued_at(own.find(is_open)?));
        let party = Party::Client;
        let waits = Progress::Waits { party, since };
        Some(of_member(Task::Return, member, waits))
    }

    /// Done once its last word of copies is that none is left, and it received nothing since.
    fn destruction(&self, member: &Fingerprint) -> Line {
        let whole = self.last_of(Kind::DestroyedByHolder, Some(member));
        let left = self.last_of(Kind::DestructionIncomplete, Some(member));
        let last = [whole, left]
            .into_iter()
            .flatten()
            .max_by_key(|one| seq(one));
        let accepted = self.last_of(Kind::Accepted, Some(member));
        let since = accepted.filter(|one| last.is_none_or(|last| seq(one) > seq(last)));
        let asked = self.last_of(Kind::Instructed, None).map(issued_at);
        let asked = asked.or_else(|| self.ended_at());
        let (is_left, since) = match (last, since) {
            (Some(one), None) if kind_of(one) == Kind::DestroyedByHolder => {
                let task = Task::Destruction { is_left: false };
                return of_member(task, member, done(last));
            }
            (Some(one), None) => (true, Some(issued_at(one))),
            (_, _) => (false, asked),
        };
        let party = Party::Member(member.clone());
        let waits = Progress::Waits { party, since };
        of_member(Task::Destruction { is_left }, member, waits)
    }

    /// The last statement of a kind, of a member or whomever.
    fn last_of(&self, kind: Kind, member: Option<&Fingerprint>) -> Option<&Verified> {
        let is_its = |one: &&Verified| {
            kind_of(one) == kind && member.is_none_or(|member| self.is_by(one, member))
        };
        self.statements.iter().filter(is_its).max_by_key(|one| {
            let predicate = &one.statement.predicate;
            (predicate.issued_at, predicate.seq)
        })
    }

    fn is_by(&self, one: &Verified, member: &Fingerprint) -> bool {
        let signer = one.key.fingerprint();
        let mut signers = self.signers.iter().filter(|(key, _)| key == member);
        signers.any(|(_, keys)| keys.contains(&signer))
    }
}

const fn kind_of(one: &Verified) -> Kind {
    one.statement.predicate_type
}

const fn role_of(one: &Verified) -> Role {
    one.statement.predicate.issuer.role
}

const fn issued_at(one: &Verified) -> Timestamp {
    one.statement.predicate.issued_at
}

const fn seq(one: &Verified) -> u64 {
    one.statement.predicate.seq
}

fn done(by: Option<&Verified>) -> Progress {
    Progress::Done {
        by: by.map(|one| one.digest).into_iter().collect(),
    }
}

const fn line(task: Task, progress: Progress) -> Line {
    Line {
        task,
        member: None,
        progress,
    }
}

fn of_member(task: Task, member: &Fingerprint, progress: Progress) -> Line {
    Line {
        member: Some(member.clone()),
        ..line(task, progress)
    }
}

#[cfg(test)]
mod tests;
