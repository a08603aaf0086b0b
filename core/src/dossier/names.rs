//! Which names may stand in a dossier.
//!
//! ```text
//! statements/0001-received.json
//! ```
//!
//! Promises: a name that is not known is a fault of the dossier; statements are numbered without a gap.
//! Spec: `docs/evidence.md`, "Dossier".

use std::collections::BTreeMap;

use super::Dossier;

/// Files at the top and in `trust` and `proofs` that have one name.
const FIXED: [&str; 11] = [
    "README.txt",
    "LISEZMOI.txt",
    "record.en.html",
    "record.fr.html",
    ACCESS_LOG,
    "verify.sh",
    SIGNERS,
    POLICY,
    ANNEX,
    CONSISTENCY,
    "timestamps",
];
pub(super) const ACCESS_LOG: &str = "access-log.jsonl";
pub(super) const SIGNERS: &str = "trust/allowed_signers";
pub(super) const POLICY: &str = "trust/log-policy";
pub(super) const ANNEX: &str = "trust/annex.txt";
pub(super) const CONSISTENCY: &str = "proofs/consistency";

/// Where a statement's files are.
pub(super) fn statement(number: usize, kind: &str) -> String {
    format!("statements/{number:04}-{kind}.json")
}

pub(super) fn proof(number: usize) -> String {
    format!("proofs/{number:04}.tlog-proof")
}

/// What the names of a dossier say.
pub(super) struct Names {
    /// The names of statements in `statements`, in order, and their numbers.
    pub(super) statements: BTreeMap<String, usize>,
    /// Whether every name may stand there.
    pub(super) is_whole: bool,
}

impl Names {
    pub(super) fn of(dossier: &Dossier) -> Self {
        let mut names = Self {
            statements: BTreeMap::new(),
            is_whole: !dossier.is_doubled,
        };
        for name in dossier.files.keys() {
            names.is_whole &= names.take(name);
        }
        let is_numbered = |(expected, number): (usize, &usize)| expected + 1 == *number;
        names.is_whole &= names.statements.values().enumerate().all(is_numbered);
        names.is_whole &= !names.statements.is_empty();
        names.is_whole &= dossier.files.keys().all(|name| names.has_statement(name));
        names
    }

    /// Whether a name may stand in a dossier; remembers a statement's.
    fn take(&mut self, name: &str) -> bool {
        if FIXED.contains(&name) || name.starts_with("timestamps/") {
            return true;
        }
        if let Some(name) = name.strip_prefix("proofs/") {
            return name.strip_suffix(".tlog-proof").and_then(number).is_some();
        }
        let Some(name) = name.strip_prefix("statements/") else {
            return false;
        };
        let (file, is_statement) = match name.strip_suffix(".sig") {
            Some(file) => (file, false),
            None => (name, true),
        };
        let Some(number) = numbered(file) else {
            return false;
        };
        if is_statement {
            self.statements.insert(file.to_owned(), number);
        }
        true
    }

    /// Whether what a proof or signature belongs to is there.
    fn has_statement(&self, name: &str) -> bool {
        if let Some(proof) = name.strip_prefix("proofs/") {
            let of = proof.strip_suffix(".tlog-proof").and_then(number);
            return of.is_none_or(|number| self.statements.values().any(|known| *known == number));
        }
        let signed = name.strip_prefix("statements/");
        let signed = signed.and_then(|name| name.strip_suffix(".sig"));
        signed.is_none_or(|file| self.statements.contains_key(file))
    }
}

/// Four digits.
fn number(text: &str) -> Option<usize> {
    let is_number = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The number of `0001-received.json`.
fn numbered(file: &str) -> Option<usize> {
    let (digits, kind) = file.strip_suffix(".json")?.split_once('-')?;
    let is_kind = !kind.is_empty()
        && kind
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    number(digits).filter(|_| is_kind)
}

/// The type that the name of a statement's file says.
pub(super) fn kind(file: &str) -> Option<&str> {
    Some(file.strip_suffix(".json")?.split_once('-')?.1)
}
