//! The verification: one statement after the other, then the whole.
//!
//! Promises: of several reasons the first in the order of `docs/evidence.md`, "Verification", is given.

use core::time::Duration;
use std::collections::BTreeSet;

use super::names::{self, Names};
use super::proofs::{self, Checkpoints};
use super::scope::{self, Before};
use super::{
    AllowedSigners, Annex, Demand, Dossier, Judged, Label, LogPolicy, Outcome, Principal, Reason,
    Report, SignerLine,
};
use crate::digest::Sha256;
use crate::keys::{Namespace, Signature};
use crate::statement::{Kind, Role, Statement, StatementError, Verified};
use crate::time::Timestamp;
use crate::tlog::Entry;

/// How much clocks may differ.
const SKEW: Duration = Duration::from_mins(5);

/// What every statement is held against.
struct Ground<'a> {
    dossier: &'a Dossier,
    demand: &'a Demand,
    signers: Option<AllowedSigners>,
    policy: Option<LogPolicy>,
    annex: Option<&'a Annex>,
}

type Refused = (Reason, String);

pub(super) fn check(dossier: &Dossier, demand: &Demand) -> Report {
    let names = Names::of(dossier);
    let signers = dossier
        .text(names::SIGNERS)
        .and_then(|text| text.parse().ok());
    let own_policy: Option<LogPolicy> = dossier
        .text(names::POLICY)
        .and_then(|text| text.parse().ok());
    let has_trust = signers.is_some() && own_policy.is_some();
    let ground = Ground {
        dossier,
        demand,
        signers,
        policy: demand.policy.clone().or(own_policy),
        annex: demand.annex.as_ref(),
    };
    let (mut before, mut checkpoints) = (Before::default(), Checkpoints::default());
    let judge = |(name, number): (&String, &usize)| {
        ground.judge(*number, name, (&mut before, &mut checkpoints))
    };
    let statements: Vec<Judged> = names.statements.iter().map(judge).collect();
    let mut faults = ground.faults(&statements);
    if !names.is_whole || !has_trust {
        faults.insert(Reason::File);
    }
    let outcome = outcome(&statements, &faults, demand.annex.is_some());
    Report {
        statements,
        faults,
        outcome,
    }
}

fn outcome(statements: &[Judged], faults: &BTreeSet<Reason>, has_annex: bool) -> Outcome {
    let reasons = statements.iter().filter_map(|judged| judged.verdict.err());
    let reasons: BTreeSet<Reason> = reasons.chain(faults.iter().copied()).collect();
    if reasons.iter().any(|reason| !reason.is_unsupported()) {
        Outcome::Invalid
    } else if !reasons.is_empty() {
        Outcome::Unsupported
    } else if has_annex {
        Outcome::Valid
    } else {
        Outcome::NotConfirmed
    }
}

impl From<&StatementError> for Reason {
    fn from(error: &StatementError) -> Self {
        match error {
            StatementError::Signature(_) => Self::Signature,
            StatementError::Layout(_) => Self::Layout,
            StatementError::Version { .. } => Self::Version,
            StatementError::Type { .. } => Self::Type,
            StatementError::Malformed { .. } => Self::Malformed,
            StatementError::Issuer { .. } => Self::Issuer,
            StatementError::Role { .. } => Self::Role,
        }
    }
}

impl Ground<'_> {
    fn judge(&self, number: usize, name: &str, known: (&mut Before, &mut Checkpoints)) -> Judged {
        let mut judged = Judged {
            name: name.to_owned(),
            verdict: Ok(Label::L1),
            verified: None,
            why: String::new(),
            principal: None,
            logged: None,
            witnesses: Vec::new(),
        };
        if let Err((reason, why)) = self.try_judge(number, &mut judged, known) {
            (judged.verdict, judged.why) = (Err(reason), why);
        }
        judged
    }

    fn try_judge(
        &self,
        number: usize,
        judged: &mut Judged,
        (before, checkpoints): (&mut Before, &mut Checkpoints),
    ) -> Result<(), Refused> {
        let (file, signature) = self.files(&judged.name)?;
        let verified = read(file, signature, before)?;
        judged.verified = Some(verified.clone());
        let kind = verified.statement.predicate_type.as_str();
        // Whatever else is wrong with it, the next one follows on it.
        let follows = before.follow(&verified);
        if names::kind(&judged.name) != Some(kind) {
            return Err((Reason::File, format!("it is of type {kind}")));
        }
        judged.principal = Some(self.principal(&verified)?);
        follows.map_err(|reason| (reason, String::new()))?;
        check_time(&verified, self.demand.at)?;
        if let Some(proof) = self.dossier.files().get(&names::proof(number)) {
            self.prove(proof, (file, signature), (&mut *judged, checkpoints))?;
        }
        for (_, at) in &judged.witnesses {
            check_time(&verified, *at)?;
        }
        judged.verdict = Ok(self.label(judged));
        Ok(())
    }

    fn files(&self, name: &str) -> Result<(&[u8], &str), Refused> {
        let path = format!("statements/{name}");
        let file = self.dossier.files().get(&path);
        let has_signature = self.dossier.files().contains_key(&format!("{path}.sig"));
        let (Some(file), true) = (file, has_signature) else {
            return Err((Reason::File, "its signature is missing".to_owned()));
        };
        let signature = self.dossier.text(&format!("{path}.sig"));
        let not_text = || (Reason::Signature, "its signature is no text".to_owned());
        Ok((file, signature.ok_or_else(not_text)?))
    }

    fn principal(&self, verified: &Verified) -> Result<Principal, Refused> {
        let predicate = &verified.statement.predicate;
        let role = predicate.issuer.role;
        let line = self
            .signers
            .as_ref()
            .and_then(|signers| signers.find(role, &verified.key, predicate.issued_at));
        let fingerprint = verified.key.fingerprint();
        let line =
            line.ok_or_else(|| (Reason::Signer, format!("{fingerprint} is no {role} here")))?;
        if self
            .annex
            .is_some_and(|annex| !annex.confirms(role, &fingerprint))
        {
            return Err((
                Reason::Trust,
                format!("the annex does not name {fingerprint} as {role}"),
            ));
        }
        Ok(line.principal.clone())
    }

    fn prove(
        &self,
        proof: &[u8],
        (file, signature): (&[u8], &str),
        (judged, checkpoints): (&mut Judged, &mut Checkpoints),
    ) -> Result<(), Refused> {
        let proof =
            core::str::from_utf8(proof).map_err(|error| (Reason::Proof, error.to_string()))?;
        let no_policy = || (Reason::Checkpoint, "no log is known".to_owned());
        let policy = self.policy.as_ref().ok_or_else(no_policy)?;
        let signature = Signature::from_armour(signature)
            .map_err(|error| (Reason::Signature, error.to_string()))?;
        let entry = Entry::of(file, &signature);
        let (index, counted) = checkpoints.prove(proof, &entry, policy)?;
        judged.logged = Some((index, counted.checkpoint));
        judged.witnesses = counted.witnesses;
        Ok(())
    }

    fn label(&self, judged: &Judged) -> Label {
        let parties = self
            .signers
            .as_ref()
            .map(AllowedSigners::principals)
            .unwrap_or_default();
        let is_outsider = |principal: &Principal| !parties.contains(principal);
        // Whoever signs in two roles is still one.
        let own = judged.verified.as_ref().map(|verified| &verified.key);
        let is_own = |line: &SignerLine, principal: &Principal| {
            line.principal == *principal && Some(&line.key) == own
        };
        let lines = self.signers.as_ref().map_or(&[][..], |signers| &signers.0);
        let is_other = |principal: &Principal| {
            !principal.is_of(Role::Relay) && !lines.iter().any(|line| is_own(line, principal))
        };
        let mut witnesses = judged.witnesses.iter().map(|(principal, _)| principal);
        if judged.logged.is_none() {
            Label::L1
        } else if witnesses.clone().any(is_outsider) {
            Label::L4
        } else if witnesses.any(is_other) {
            Label::L3
        } else {
            Label::L2
        }
    }

    /// Whether the access log, if there is one, is a file that the relay stated to have handed over.
    fn has_exported(&self, statements: &[Judged]) -> bool {
        let Some(log) = self.dossier.files().get(names::ACCESS_LOG) else {
            return true;
        };
        let digest = Sha256::of(&[log]);
        let counted = statements.iter().filter_map(Judged::counted);
        let mut exported = counted
            .map(|verified| &verified.statement)
            .filter(|statement| statement.predicate_type == Kind::AccessLogExported);
        exported.any(|statement| {
            let mut files = statement.subject.iter().filter(|one| one.is_document());
            files.any(|file| file.digest.sha256 == digest)
        })
    }

    fn faults(&self, statements: &[Judged]) -> BTreeSet<Reason> {
        let mut faults = BTreeSet::new();
        let files = self.dossier.files().iter();
        let digests = files.filter(|(name, _)| name.starts_with("statements/"));
        let digests = digests.map(|(_, bytes)| Sha256::of(&[bytes])).collect();
        if !scope::is_whole(statements, &digests) {
            faults.insert(Reason::Missing);
        }
        if !self.has_exported(statements) {
            faults.insert(Reason::File);
        }
        let checkpoints = statements
            .iter()
            .filter_map(|judged| judged.logged.as_ref());
        let checkpoints = checkpoints.map(|(_, signed)| signed.checkpoint());
        let has_shown = self.dossier.files().contains_key(names::CONSISTENCY);
        let shown = self.dossier.text(names::CONSISTENCY);
        if has_shown != shown.is_some() || !proofs::is_one_log(checkpoints, shown) {
            faults.insert(Reason::Fork);
        }
        let is_pinned = |annex: &Annex| {
            self.policy
                .as_ref()
                .is_some_and(|policy| annex.confirms_policy(policy))
        };
        if self.annex.is_some_and(|annex| !is_pinned(annex)) {
            faults.insert(Reason::Trust);
        }
        faults
    }
}

/// Verifies and reads a statement; one that cannot be judged is remembered as its signer's.
fn read(file: &[u8], signature: &str, before: &mut Before) -> Result<Verified, Refused> {
    let read = Statement::verify(file, signature);
    if read.as_ref().is_err_and(StatementError::is_unsupported)
        && let Ok(signature) = Signature::from_armour(signature)
        && let Ok(key) = signature.verify(Namespace::Statement, file)
    {
        before.pass_over(&key);
    }
    read.map_err(|error| (Reason::from(&error), explain(&error)))
}

fn check_time(verified: &Verified, at: Timestamp) -> Result<(), Refused> {
    let issued_at = verified.statement.predicate.issued_at;
    if issued_at.since(at) > SKEW {
        return Err((
            Reason::Time,
            format!("it is dated {issued_at}, and was there at {at}"),
        ));
    }
    Ok(())
}

/// An error and its causes.
fn explain(error: &dyn core::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
