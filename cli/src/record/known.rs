//! What the statements of a dossier say together: who has which key, which transfers there are, which
//! statement corrects which.
//!
//! Promises: everything comes from verified statements; nothing is decided here. Does not write anything.

use std::collections::BTreeMap;

use quitus_core::digest::Sha256;
use quitus_core::dossier::{Judged, Label, Principal, Report};
use quitus_core::engagement::EngagementId;
use quitus_core::keys::Fingerprint;
use quitus_core::statement::{Facts, Kind, Predicate, Role, Verified};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

/// A statement with its number.
pub(super) struct Said<'a> {
    /// Its number in the dossier, from 1.
    pub(super) number: usize,
    pub(super) label: Label,
    pub(super) judged: &'a Judged,
    pub(super) verified: &'a Verified,
}

impl<'a> Said<'a> {
    /// Nothing of a statement that does not count.
    fn of(judged: &'a Judged) -> Option<Self> {
        let number = judged.name.rsplit('/').next()?.split_once('-')?.0;
        Some(Self {
            number: number.parse().ok()?,
            label: judged.verdict.ok()?,
            judged,
            verified: judged.counted()?,
        })
    }

    /// Its place in the log, counted from 0.
    pub(super) fn index(&self) -> Option<u64> {
        self.judged.logged.as_ref().map(|(index, _)| *index)
    }

    /// The earliest time at which a witness other than its issuer had seen it in the log.
    pub(super) fn no_later_than(&self) -> Option<Timestamp> {
        let is_other = |(principal, _): &&(Principal, Timestamp)| {
            self.judged.principal.as_ref() != Some(principal)
        };
        let others = self.judged.witnesses.iter().filter(is_other);
        others.map(|(_, at)| *at).min()
    }

    pub(super) fn predicate(&self) -> &'a Predicate {
        &self.verified.statement.predicate
    }

    pub(super) fn facts(&self) -> &'a Facts {
        &self.predicate().facts
    }

    pub(super) fn kind(&self) -> Kind {
        self.facts().kind()
    }

    pub(super) fn role(&self) -> Role {
        self.predicate().issuer.role
    }

    /// The transfers it names as its subjects.
    pub(super) fn transfers(&self) -> impl Iterator<Item = (TransferId, Sha256)> + 'a {
        let subjects = &self.verified.statement.subject;
        let transfer = |subject: &'a quitus_core::statement::Subject| {
            Some((subject.transfer_id()?, subject.digest.sha256))
        };
        subjects.iter().filter_map(transfer)
    }
}

/// Who makes statements.
pub(super) struct Party<'a> {
    pub(super) role: Role,
    pub(super) name: &'a str,
    pub(super) key: &'a Fingerprint,
    pub(super) n_statements: usize,
}

/// What is known of a transfer.
#[derive(Default)]
pub(super) struct Transfer {
    pub(super) sealed: Option<Sha256>,
    pub(super) bytes: Option<u64>,
    pub(super) n_files: Option<u64>,
    pub(super) is_return: bool,
    pub(super) received_at: Option<Timestamp>,
    pub(super) destroyed_at: Option<Timestamp>,
    pub(super) is_incomplete: bool,
}

/// All statements and what follows from them.
pub(super) struct Known<'a> {
    pub(super) said: Vec<Said<'a>>,
    pub(super) parties: Vec<Party<'a>>,
    /// In the order in which they are first named.
    pub(super) transfers: Vec<(TransferId, Transfer)>,
}

impl<'a> Known<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let said: Vec<_> = report.statements.iter().filter_map(Said::of).collect();
        let mut known = Self {
            parties: parties(&said),
            transfers: Vec::new(),
            said: Vec::new(),
        };
        for one in &said {
            known.note(one);
        }
        known.said = said;
        known
    }

    /// The engagement, of one statement that has one.
    pub(super) fn engagement(&self) -> Option<EngagementId> {
        self.said.iter().find_map(|one| one.predicate().engagement)
    }

    pub(super) fn of_role(&self, role: Role) -> impl Iterator<Item = &Party<'a>> {
        self.parties.iter().filter(move |party| party.role == role)
    }

    /// The name under which a key makes statements.
    pub(super) fn name_of(&self, key: &Fingerprint) -> Option<&'a str> {
        let party = self.parties.iter().find(|party| party.key == key);
        party.map(|party| party.name)
    }

    /// The number of the statement with that digest.
    pub(super) fn number_of(&self, digest: Sha256) -> Option<usize> {
        let is_it = |one: &&Said<'a>| one.verified.digest == digest;
        self.said.iter().find(is_it).map(|one| one.number)
    }

    /// The numbers of the statements by the same key that correct that one.
    pub(super) fn corrections_of(&self, of: &Said<'a>) -> Vec<usize> {
        let digest = of.verified.digest;
        let corrects = |one: &&Said<'a>| {
            let is_own = one.predicate().issuer.key == of.predicate().issuer.key;
            let named = matches!(one.facts(), Facts::Corrected(one) if one.statement == digest);
            is_own && named
        };
        let found = self.said.iter().filter(corrects);
        found.map(|one| one.number).collect()
    }

    pub(super) fn has(&self, is: impl Fn(&Facts) -> bool) -> bool {
        self.said.iter().any(|one| is(one.facts()))
    }

    fn transfer(&mut self, id: TransferId) -> &mut Transfer {
        let place = self.transfers.iter().position(|(known, _)| *known == id);
        let place = place.unwrap_or_else(|| {
            self.transfers.push((id, Transfer::default()));
            self.transfers.len() - 1
        });
        let found = self.transfers.get_mut(place);
        &mut found.expect("it was found or put there just now").1
    }

    fn note(&mut self, one: &Said<'a>) {
        for (id, sealed) in one.transfers() {
            let transfer = self.transfer(id);
            transfer.sealed = transfer.sealed.or(Some(sealed));
            transfer.note(one.facts(), one.predicate().issued_at);
        }
    }
}

impl Transfer {
    fn note(&mut self, facts: &Facts, at: Timestamp) {
        if let Facts::Received(received) = facts {
            self.bytes = Some(received.archive_bytes);
            self.received_at = Some(at);
        } else if let Facts::Accepted(accepted) = facts {
            self.bytes = self.bytes.or(Some(accepted.bytes));
            self.n_files = Some(accepted.n_files);
            self.is_return |= accepted.is_return;
        } else if matches!(facts, Facts::Destroyed(_)) {
            self.destroyed_at = Some(at);
            self.is_incomplete = false;
        } else if matches!(facts, Facts::DestructionIncomplete(_)) {
            self.is_incomplete = true;
        }
    }
}

fn parties<'a>(said: &[Said<'a>]) -> Vec<Party<'a>> {
    let mut places: BTreeMap<(Role, &str), usize> = BTreeMap::new();
    let mut parties: Vec<Party<'a>> = Vec::new();
    for one in said {
        let issuer = &one.predicate().issuer;
        let place = *places
            .entry((issuer.role, issuer.key.as_str()))
            .or_insert(parties.len());
        match parties.get_mut(place) {
            Some(party) => party.n_statements += 1,
            None => parties.push(Party {
                role: issuer.role,
                name: &issuer.name,
                key: &issuer.key,
                n_statements: 1,
            }),
        }
    }
    parties
}

/// Numbers of statements, for a sentence or a cell.
pub(super) fn list(numbers: &[usize]) -> String {
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(", ")
}
