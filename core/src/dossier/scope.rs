//! What belongs together: one engagement or transfer, every issuer's statements without a gap, and
//! everything that is named.
//!
//! Promises: a statement that was left out shows, by the numbers of its issuer or by who had seen it. It
//! does not find what its issuer never gave to anybody. Spec: `docs/evidence.md`, "Verification".

use std::collections::{BTreeSet, HashMap};

use super::{Judged, Reason};
use crate::digest::Sha256;
use crate::keys::PublicKey;
use crate::statement::{Facts, Scope, Statement, Verified};

/// What the statements before showed, in the order of their names.
#[derive(Default)]
pub(super) struct Before {
    /// Of the first one.
    scope: Option<Scope>,
    /// Of every key, its last statement; none after one that could not be judged.
    last: HashMap<String, Option<(u64, Sha256)>>,
}

impl Before {
    /// Whether a statement is of the scope and follows the issuer's last one.
    pub(super) fn follow(&mut self, verified: &Verified) -> Result<(), Reason> {
        let scope = verified.statement.scope().ok_or(Reason::Engagement)?;
        if *self.scope.get_or_insert(scope) != scope {
            return Err(Reason::Engagement);
        }
        let predicate = &verified.statement.predicate;
        let now = (predicate.seq, verified.digest);
        let before = self.last.insert(verified.key.to_string(), Some(now));
        let follows = match before {
            None => predicate.seq == 1,
            Some(None) => true,
            Some(Some((seq, digest))) => predicate.seq == seq + 1 && predicate.prev == Some(digest),
        };
        follows.then_some(()).ok_or(Reason::Chain)
    }

    /// Remembers that a key signed something that cannot be judged.
    pub(super) fn pass_over(&mut self, key: &PublicKey) {
        self.last.insert(key.to_string(), None);
    }
}

/// Whether every statement that is named is there.
pub(super) fn is_whole(statements: &[Judged], digests: &BTreeSet<Sha256>) -> bool {
    let verified = statements
        .iter()
        .filter_map(|judged| judged.verified.as_ref());
    let mut named = verified.flat_map(|verified| named(&verified.statement));
    named.all(|digest| digests.contains(&digest))
}

/// The statements that a statement names, but the one before it.
fn named(statement: &Statement) -> Vec<Sha256> {
    let mut named = statement.predicate.seen.clone();
    match &statement.predicate.facts {
        Facts::Acknowledged(facts) => named.extend(&facts.heads),
        Facts::Engaged(facts) => named.extend(facts.other),
        Facts::Amended(facts) => named.extend(facts.other),
        Facts::Corrected(facts) => named.push(facts.statement),
        Facts::DestroyedByHolder(facts) | Facts::DestructionByHolderIncomplete(facts) => {
            named.extend(facts.instruction);
        }
        Facts::Received(_)
        | Facts::Delivered(_)
        | Facts::Revoked(_)
        | Facts::Expired(_)
        | Facts::Destroyed(_)
        | Facts::DestructionIncomplete(_)
        | Facts::Deactivated(_)
        | Facts::AccessExported(_)
        | Facts::Returned(_)
        | Facts::Instructed(_)
        | Facts::AccessReviewed(_)
        | Facts::Checked(_)
        | Facts::CredentialsChanged(_)
        | Facts::Accepted(_)
        | Facts::Frozen(_)
        | Facts::Thawed(_) => {}
    }
    named
}
