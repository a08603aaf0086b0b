//! A dossier: statements, that they were logged, and whose keys are whose, in files that are checked
//! offline.
//!
//! ```text
//! statements/0001-received.json   statements/0001-received.json.sig   proofs/0001.tlog-proof
//! proofs/consistency   trust/allowed_signers   trust/log-policy   record.en.html   verify.sh   …
//! ```
//!
//! Promises: every statement has a [`Label`] or the first [`Reason`] that applies; the reasons and their
//! order are those of every other verifier; nobody is asked. Keys that came with the dossier confirm
//! nobody: without an annex of the contract, the best outcome is [`Outcome::NotConfirmed`].
//!
//! Does not: read a zip, know the time, say that no copy exists. Spec: `docs/evidence.md`.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use crate::statement::Verified;
use crate::time::Timestamp;
use crate::tlog::SignedCheckpoint;

mod names;
mod trust;
mod proofs;
mod scope;
mod check;
mod build;

pub use build::{Bundle, Continuation, Logged};
pub use trust::{AllowedSigners, Annex, LogPolicy, Principal, SignerLine, TrustError, Witness};

/// Files of a dossier that are looked at.
pub const FILES_MAX: usize = 20_000;
/// Bytes of a dossier that are looked at.
pub const DOSSIER_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The files of a dossier, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dossier {
    files: BTreeMap<String, Vec<u8>>,
    is_doubled: bool,
}

impl Dossier {
    /// Takes files with names such as `statements/0001-received.json`. A name that comes twice is a
    /// fault of the dossier.
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let mut dossier = Self::default();
        for (name, bytes) in files {
            let former = dossier.files.insert(name, bytes);
            dossier.is_doubled |= former.is_some();
        }
        dossier
    }

    /// Its files, by name.
    pub const fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Adds a file, or replaces the one of that name.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.files.insert(name.to_owned(), bytes);
    }

    fn text(&self, name: &str) -> Option<&str> {
        core::str::from_utf8(self.files.get(name)?).ok()
    }

    /// Checks everything.
    pub fn check(&self, demand: &Demand) -> Report {
        check::check(self, demand)
    }
}

/// What a dossier is held against.
#[derive(Debug, Clone)]
pub struct Demand {
    /// The annex of the contract, if there is one.
    pub annex: Option<Annex>,
    /// The log and the witnesses, in place of those in the dossier.
    pub policy: Option<LogPolicy>,
    /// The time of the verification.
    pub at: Timestamp,
}

/// Why a statement, or a dossier, does not count: one word, the same in every verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A file is missing, or there is one too many, or it has the wrong name.
    File,
    /// The signature does not verify.
    Signature,
    /// The file is not in the layout of statements.
    Layout,
    /// A known type of another version.
    Version,
    /// An unknown type.
    Type,
    /// A field is missing or not of its form.
    Malformed,
    /// The role does not make such statements.
    Role,
    /// Another key signed than the one that is named.
    Issuer,
    /// The dossier does not say whose that key is, or not at that time.
    Signer,
    /// The annex does not say so.
    Trust,
    /// It is of another engagement or transfer.
    Engagement,
    /// A statement of the same issuer is missing before it.
    Chain,
    /// It is dated later than it was seen.
    Time,
    /// Its proof does not verify.
    Proof,
    /// The checkpoint of its proof is not the log's.
    Checkpoint,
    /// A cosignature does not verify.
    Witness,
    /// A statement that is named is missing.
    Missing,
    /// The log was shown in two ways.
    Fork,
}

impl Reason {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Signature => "signature",
            Self::Layout => "layout",
            Self::Version => "version",
            Self::Type => "type",
            Self::Malformed => "malformed",
            Self::Role => "role",
            Self::Issuer => "issuer",
            Self::Signer => "signer",
            Self::Trust => "trust",
            Self::Engagement => "engagement",
            Self::Chain => "chain",
            Self::Time => "time",
            Self::Proof => "proof",
            Self::Checkpoint => "checkpoint",
            Self::Witness => "witness",
            Self::Missing => "missing",
            Self::Fork => "fork",
        }
    }

    /// Whether it may be a good statement of a later version.
    pub const fn is_unsupported(self) -> bool {
        matches!(self, Self::Version | Self::Type)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How far a statement is backed; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Signed.
    L1,
    /// And in the log.
    L2,
    /// And the log's state was cosigned by a party other than the issuer.
    L3,
    /// And by an outsider.
    L4,
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
            Self::L4 => "L4",
        })
    }
}

/// A statement of a dossier, and how it stands.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The file's name in `statements`, such as `0001-received.json`.
    pub name: String,
    /// How far it is backed, or the first reason why it does not count.
    pub verdict: Result<Label, Reason>,
    /// What it says; none where its signature or form does not count.
    pub verified: Option<Verified>,
    /// In words, why it does not count; empty where it does.
    pub why: String,
    /// Its principal in `trust/allowed_signers`.
    pub principal: Option<Principal>,
    /// Its number in the log, and the checkpoint under which it is.
    pub logged: Option<(u64, SignedCheckpoint)>,
    /// Witnesses that cosigned that checkpoint, and when, by their clocks.
    pub witnesses: Vec<(Principal, Timestamp)>,
}

/// What is to be said of a dossier.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its statements, in the order of their names.
    pub statements: Vec<Judged>,
    /// What is wrong with the whole, each once.
    pub faults: BTreeSet<Reason>,
    /// The sum.
    pub outcome: Outcome,
}

/// The sum of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything verifies, and the annex confirms who signed.
    Valid,
    /// Everything verifies; who signed is not confirmed.
    NotConfirmed,
    /// Something is of a version or type that cannot be judged.
    Unsupported,
    /// Something does not verify.
    Invalid,
}

impl Outcome {
    /// The words of the last line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotConfirmed => "signer not confirmed",
            Self::Unsupported => "unsupported",
            Self::Invalid => "does not verify",
        }
    }
}

impl Judged {
    /// What it says, where it counts.
    pub fn counted(&self) -> Option<&Verified> {
        self.verdict.ok().and(self.verified.as_ref())
    }

    /// Its line, as every verifier prints it.
    pub fn line(&self) -> String {
        match self.verdict {
            Ok(label) => format!("{}: ok {label}", self.name),
            Err(reason) => format!("{}: FAIL {reason}", self.name),
        }
    }
}

impl Report {
    /// Every line, as every verifier prints them.
    pub fn lines(&self) -> Vec<String> {
        let statements = self.statements.iter().map(Judged::line);
        let faults = self
            .faults
            .iter()
            .map(|reason| format!("dossier: FAIL {reason}"));
        let outcome = format!("dossier: {}", self.outcome.as_str());
        statements.chain(faults).chain([outcome]).collect()
    }
}

#[cfg(test)]
mod tests;
