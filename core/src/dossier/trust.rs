//! Whose keys are whose: as `ssh-keygen` reads it, as C2SP tlog-policy has it, as a contract says it.
//!
//! ```text
//! client namespaces="quitus-statement-v1" ssh-ed25519 AAAA…                trust/allowed_signers
//! log relay.example/log+1a2b3c4d+AbC… https://relay.example/log            trust/log-policy
//! witness client quitus-party/…+…+…
//! quorum none
//! client SHA256:…                                                          annex
//! ```
//!
//! Promises: the first two have one spelling; of an annex, the lines that are for a verifier count, and
//! the others are for people. It does not say that a key is really somebody's: the contract does.
//! Sources: ssh-keygen(1) "ALLOWED SIGNERS"; C2SP tlog-policy; spec: `docs/evidence.md`, "Annex".

use core::fmt;
use core::str::FromStr;
use std::collections::BTreeSet;

use crate::keys::{Fingerprint, PublicKey};
use crate::statement::Role;
use crate::time::Timestamp;
use crate::tlog::{Algorithm, VerifierKey};

/// Lines of a file that are looked at.
const LINES_MAX: usize = 10_000;
const NAMESPACES: &str = "namespaces=\"quitus-statement-v1\"";

/// Why a file of trust does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not one of {file}")]
pub struct TrustError {
    /// The file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: usize,
}

/// A party in a dossier: its role, and a number from the second one in that role on; or an outsider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal(String);

impl Principal {
    /// The first, second … party of a role, from 1.
    pub fn new(role: Role, number: usize) -> Self {
        if number == 1 {
            Self(role.to_string())
        } else {
            Self(format!("{role}-{number}"))
        }
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a party of that role.
    pub fn is_of(&self, role: Role) -> bool {
        let rest = self.0.strip_prefix(&role.to_string());
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_number))
    }
}

fn is_number(text: &str) -> bool {
    !text.starts_with(['0', '+']) && text.parse::<u32>().is_ok_and(|number| number > 1)
}

impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Principal {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_name =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(is_name) {
            Ok(Self(text.to_owned()))
        } else {
            Err(())
        }
    }
}

/// A key, whose it is, and since and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerLine {
    /// Whose.
    pub principal: Principal,
    /// From this moment on.
    pub valid_after: Option<Timestamp>,
    /// Before this one.
    pub valid_before: Option<Timestamp>,
    /// The key.
    pub key: PublicKey,
}

impl SignerLine {
    /// Whether it counts at a moment.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.valid_after.is_none_or(|from| from <= at) && self.valid_before.is_none_or(|to| at < to)
    }
}

impl fmt::Display for SignerLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {NAMESPACES}", self.principal)?;
        let day = |at: &Timestamp| {
            at.to_string()
                .chars()
                .take(10)
                .filter(|c| *c != '-')
                .collect::<String>()
        };
        if let Some(from) = &self.valid_after {
            write!(formatter, ",valid-after=\"{}Z\"", day(from))?;
        }
        if let Some(until) = &self.valid_before {
            write!(formatter, ",valid-before=\"{}Z\"", day(until))?;
        }
        writeln!(formatter, " {}", self.key)
    }
}

impl FromStr for SignerLine {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let (principal, rest) = line.split_once(' ').ok_or(())?;
        let (options, key) = rest.split_once(' ').ok_or(())?;
        let periods = options.strip_prefix(NAMESPACES).ok_or(())?;
        let (valid_after, periods) = period(periods, ",valid-after=\"")?;
        let (valid_before, periods) = period(periods, ",valid-before=\"")?;
        let parsed = Self {
            principal: principal.parse()?,
            valid_after,
            valid_before,
            key: PublicKey::try_from(key.to_owned()).map_err(|_| ())?,
        };
        periods.is_empty().then_some(parsed).ok_or(())
    }
}

/// A day behind an option's name, and what follows.
fn period<'a>(text: &'a str, name: &str) -> Result<(Option<Timestamp>, &'a str), ()> {
    let Some(rest) = text.strip_prefix(name) else {
        return Ok((None, text));
    };
    let (day, rest) = rest.split_once("Z\"").ok_or(())?;
    let (Some(year), Some(month), Some(day), 8) =
        (day.get(..4), day.get(4..6), day.get(6..), day.len())
    else {
        return Err(());
    };
    let midnight = format!("{year}-{month}-{day}T00:00:00Z").parse();
    midnight.map(|at| (Some(at), rest)).map_err(|_| ())
}

/// `trust/allowed_signers`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedSigners(pub Vec<SignerLine>);

impl AllowedSigners {
    /// The line of a key in a role at a moment.
    pub fn find(&self, role: Role, key: &PublicKey, at: Timestamp) -> Option<&SignerLine> {
        let is_it =
            |line: &&SignerLine| line.key == *key && line.principal.is_of(role) && line.covers(at);
        self.0.iter().find(is_it)
    }

    /// Everyone in it.
    pub fn principals(&self) -> BTreeSet<&Principal> {
        self.0.iter().map(|line| &line.principal).collect()
    }
}

impl fmt::Display for AllowedSigners {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| line.fmt(formatter))
    }
}

impl FromStr for AllowedSigners {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        let lines = lines(text, "trust/allowed_signers")?;
        let parsed = lines.map(|(number, line)| {
            line.parse().map_err(|()| TrustError {
                file: "trust/allowed_signers",
                line: number,
            })
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }
}

/// Every line of a file that ends in a line feed, with its number.
fn lines<'a>(
    text: &'a str,
    file: &'static str,
) -> Result<impl Iterator<Item = (usize, &'a str)>, TrustError> {
    let body = text
        .strip_suffix('\n')
        .filter(|_| text.lines().count() <= LINES_MAX);
    let body = body.ok_or(TrustError { file, line: 1 })?;
    Ok(body
        .split('\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line)))
}

/// Somebody who cosigns checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// A party, or an outsider.
    pub principal: Principal,
    /// Its key.
    pub key: VerifierKey,
}

/// `trust/log-policy`: which log, and who cosigns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPolicy {
    /// The log's key.
    pub log: VerifierKey,
    /// Where it is served.
    pub url: String,
    /// Who cosigns.
    pub witnesses: Vec<Witness>,
}

impl fmt::Display for LogPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "log {} {}", self.log, self.url)?;
        for witness in &self.witnesses {
            writeln!(formatter, "witness {} {}", witness.principal, witness.key)?;
        }
        writeln!(formatter, "quorum none")
    }
}

impl FromStr for LogPolicy {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        let file = "trust/log-policy";
        let wrong = |line| TrustError { file, line };
        let mut lines: Vec<(usize, &str)> = lines(text, file)?.collect();
        let (last, quorum) = lines.pop().ok_or(wrong(1))?;
        if quorum != "quorum none" || lines.is_empty() {
            return Err(wrong(last));
        }
        let mut lines = lines.into_iter();
        let (_, first) = lines.next().ok_or(wrong(1))?;
        let log = first
            .strip_prefix("log ")
            .and_then(|rest| rest.split_once(' '));
        let (log, url) = log.ok_or(wrong(1))?;
        let is_url = !url.is_empty() && url.bytes().all(|byte| byte.is_ascii_graphic());
        let witnesses = lines.map(|(number, line)| witness(line).ok_or(wrong(number)));
        Ok(Self {
            log: key(log, Algorithm::Ed25519)
                .filter(|_| is_url)
                .ok_or(wrong(1))?,
            url: url.to_owned(),
            witnesses: witnesses.collect::<Result<_, _>>()?,
        })
    }
}

fn witness(line: &str) -> Option<Witness> {
    let (principal, key) = line.strip_prefix("witness ")?.split_once(' ')?;
    Some(Witness {
        principal: principal.parse().ok()?,
        key: self::key(key, Algorithm::Cosignature)?,
    })
}

/// A key that does what it is named for.
fn key(text: &str, algorithm: Algorithm) -> Option<VerifierKey> {
    let key: VerifierKey = text.parse().ok()?;
    (key.algorithm() == algorithm).then_some(key)
}

/// What a contract pins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annex {
    /// Roles and the keys that sign in them.
    pub signers: Vec<(Role, Fingerprint)>,
    /// The keys of logs.
    pub logs: Vec<VerifierKey>,
    /// Who cosigns.
    pub witnesses: Vec<Witness>,
}

impl Annex {
    /// Reads the lines that are for a verifier; whatever else stands there is for people.
    pub fn read(text: &str) -> Self {
        let mut annex = Self::default();
        for line in text.lines().take(LINES_MAX) {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            annex.take(&words);
        }
        annex
    }

    fn take(&mut self, words: &[&str]) {
        match words {
            ["log", key] => self.logs.extend(key.parse::<VerifierKey>()),
            ["witness", principal, key] => {
                if let (Ok(principal), Ok(key)) = (principal.parse(), key.parse()) {
                    self.witnesses.push(Witness { principal, key });
                }
            }
            [role, key] => {
                let role = ROLES.into_iter().find(|known| known.to_string() == **role);
                let key = Fingerprint::try_from((*key).to_owned());
                if let (Some(role), Ok(key)) = (role, key) {
                    self.signers.push((role, key));
                }
            }
            _ => {}
        }
    }

    /// Whether it says that a key signs in a role.
    pub fn confirms(&self, role: Role, key: &Fingerprint) -> bool {
        self.signers
            .iter()
            .any(|(known, pinned)| *known == role && pinned == key)
    }

    /// Whether a policy names the log and no witness that the annex does not.
    pub fn confirms_policy(&self, policy: &LogPolicy) -> bool {
        let is_known = |witness: &Witness| self.witnesses.contains(witness);
        self.logs.contains(&policy.log) && policy.witnesses.iter().all(is_known)
    }
}

/// Every role that may stand in an annex.
const ROLES: [Role; 5] = [
    Role::Relay,
    Role::Client,
    Role::Freelancer,
    Role::Sender,
    Role::Recipient,
];
