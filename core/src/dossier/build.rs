//! Puts a dossier together.
//!
//! Promises: what it makes has the names and numbers of `docs/evidence.md`, "Dossier": in the order of the
//! log, those without a proof last. It does not check anything: who builds a dossier checks it before it
//! is given away.

use super::names::{self, CONSISTENCY, POLICY, SIGNERS};
use super::{AllowedSigners, Dossier, LogPolicy, proofs};
use crate::digest::Sha256;
use crate::statement::{Kind, SignedStatement};
use crate::tlog::Proof;

/// A statement, and that it is in the log.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The statement.
    pub signed: SignedStatement,
    /// Its type, for the name of its file.
    pub kind: Kind,
    /// That it was logged; none if it was not, or not under a checkpoint yet.
    pub proof: Option<Proof>,
}

/// That a state of the log continues a former one.
#[derive(Debug, Clone)]
pub struct Continuation {
    /// Entries of the former one.
    pub former: u64,
    /// Entries of the later one.
    pub later: u64,
    /// The path (RFC 9162 section 2.1.4).
    pub path: Vec<Sha256>,
}

/// What a dossier is made of.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The statements, every issuer's in the order in which they were made.
    pub statements: Vec<Logged>,
    /// That each checkpoint of the proofs continues the one before.
    pub consistency: Vec<Continuation>,
    /// Whose keys are whose.
    pub signers: AllowedSigners,
    /// The log and its witnesses.
    pub policy: LogPolicy,
    /// Other files, by name.
    pub others: Vec<(String, Vec<u8>)>,
}

impl Bundle {
    /// The dossier.
    pub fn build(mut self) -> Dossier {
        let place = |logged: &Logged| logged.proof.as_ref().map_or(u64::MAX, |proof| proof.index);
        self.statements.sort_by_key(place);
        let mut files = self.others;
        for (index, logged) in self.statements.into_iter().enumerate() {
            let name = names::statement(index + 1, logged.kind.as_str());
            files.push((format!("{name}.sig"), logged.signed.signature.into_bytes()));
            files.push((name, logged.signed.file.into_bytes()));
            let proof = logged
                .proof
                .map(|proof| (names::proof(index + 1), proof.to_string().into_bytes()));
            files.extend(proof);
        }
        if !self.consistency.is_empty() {
            let shown = proofs::print_consistency(&self.consistency);
            files.push((CONSISTENCY.to_owned(), shown.into_bytes()));
        }
        files.push((SIGNERS.to_owned(), self.signers.to_string().into_bytes()));
        files.push((POLICY.to_owned(), self.policy.to_string().into_bytes()));
        Dossier::new(files)
    }
}
