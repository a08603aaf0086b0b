//! Makes this person's statements: numbered, naming what was seen before, kept before they leave.
//!
//! Promises: a statement is durable here before anybody gets it; within a scope the numbers of one key
//! have no gap and no fork, also with several processes; the same [`Draft::nonce`] makes one statement,
//! however often it is asked for. Does not send anything.

use std::collections::BTreeMap;

use quitus_core::digest::Sha256;
use quitus_core::keys::{Fingerprint, Secret};
use quitus_core::statement::{
    Declaration, Facts, Issuer, Nonce, NotCovered, Observation, Predicate, Role, Scope,
    SeenCheckpoint, Statement, Subject,
};

use crate::env::Env;
use crate::failure::Failure;
use crate::home::{Home, KeptStatement};
use crate::witness;

/// The program, as statements name it.
const TOOL: &str = concat!("quitus ", env!("CARGO_PKG_VERSION"));

/// What a statement is to say.
pub struct Draft {
    /// What it belongs to.
    pub scope: Scope,
    /// What it is about.
    pub subject: Vec<Subject>,
    /// As what this person says it.
    pub role: Role,
    /// What its type says.
    pub facts: Facts,
    /// What the tool saw.
    pub observed: Vec<Observation>,
    /// What the person stands for, as it was shown.
    pub declared: Vec<Declaration>,
    /// What nobody looked at.
    pub not_covered: Vec<NotCovered>,
    /// Names this statement, so that making it again after a crash gives the same; drawn without one.
    pub nonce: Option<Nonce>,
}

impl Draft {
    /// A statement with nothing but its facts.
    #[must_use]
    pub fn new(scope: Scope, subject: Vec<Subject>, role: Role, facts: Facts) -> Self {
        Self {
            scope,
            subject,
            role,
            facts,
            observed: Vec::new(),
            declared: Vec::new(),
            not_covered: Vec::new(),
            nonce: None,
        }
    }
}

/// Signs and keeps a statement.
///
/// # Errors
///
/// Exit 8 when it cannot be kept, or the signing key is not at hand.
pub fn state(env: &Env, home: &Home, draft: Draft) -> Result<KeptStatement, Failure> {
    let scope = draft.scope;
    let _lock = home.lock_scope(&scope)?;
    let mut known = home.statements(&scope)?;
    let by = home.signer()?;
    let key = by.public().fingerprint();
    let is_made = |kept: &&KeptStatement| {
        let nonce = &kept.verified.statement.predicate.nonce;
        kept.verified.key.fingerprint() == key && draft.nonce.as_ref() == Some(nonce)
    };
    if let Some(made) = known.iter().find(is_made) {
        return Ok(made.clone());
    }
    let statement = statement(env, home, (draft, key), &known)?;
    let signed = statement.sign(by.as_ref()).map_err(Failure::unsigned)?;
    let verified = signed.verify().map_err(Failure::unexpected)?;
    home.keep_statement(&scope, &mut known, (signed, verified))
}

fn statement(
    env: &Env,
    home: &Home,
    (draft, key): (Draft, Fingerprint),
    known: &[KeptStatement],
) -> Result<Statement, Failure> {
    let heads = heads(known);
    let last = heads.get(key.as_str());
    let card = home.card()?;
    let nonce = match draft.nonce {
        Some(nonce) => nonce,
        None => Nonce::from_bytes(*Secret::<16>::draw().map_err(Failure::unexpected)?.expose()),
    };
    let others = heads.iter().filter(|(issuer, _)| **issuer != key.as_str());
    let predicate = Predicate {
        engagement: match draft.scope {
            Scope::Engagement(id) => Some(id),
            Scope::Transfer(_) => None,
        },
        seq: last.map_or(0, |(seq, _)| *seq) + 1,
        prev: last.map(|(_, digest)| *digest),
        seen: others.map(|(_, (_, digest))| *digest).collect(),
        nonce,
        issuer: Issuer {
            role: draft.role,
            name: card.map_or_else(|| key.to_string(), |card| card.name().to_owned()),
            key: key.clone(),
        },
        issued_at: env.now(),
        not_before: last_seen(home, &draft.scope)?,
        observed: draft.observed,
        declared: draft.declared,
        not_covered: draft.not_covered,
        facts: draft.facts,
        tool: TOOL.to_owned(),
    };
    Ok(Statement::new(draft.subject, predicate))
}

/// The last checkpoint of the relay's log that this person saw before.
fn last_seen(home: &Home, scope: &Scope) -> Result<Option<SeenCheckpoint>, Failure> {
    let relay = match scope {
        Scope::Engagement(id) => {
            let engagement = home.engagement_if_known(id)?;
            engagement.map(|engagement| engagement.rules().relay.clone())
        }
        Scope::Transfer(id) => {
            let ledger = home.read_ledger()?;
            ledger.origin(id).map(|(relay, _)| relay.clone())
        }
    };
    relay.map_or(Ok(None), |relay| witness::last_seen(home, &relay))
}

/// The last statement of every key, by fingerprint: its number and digest.
fn heads(known: &[KeptStatement]) -> BTreeMap<&str, (u64, Sha256)> {
    let mut heads: BTreeMap<&str, (u64, Sha256)> = BTreeMap::new();
    for kept in known {
        let predicate = &kept.verified.statement.predicate;
        let now = (predicate.seq, kept.verified.digest);
        let head = heads.entry(predicate.issuer.key.as_str()).or_insert(now);
        if head.0 < now.0 {
            *head = now;
        }
    }
    heads
}
