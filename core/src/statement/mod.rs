//! Statements: what one party says of its own doing, signed, for anyone to check years later.
//!
//! ```text
//! {
//!   "_type": "https://in-toto.io/Statement/v1",
//!   "subject": [{ "name": "transfer:1111…", "digest": { "sha256": "…" } }],
//!   "predicateType": "urn:quitus:destroyed:v1",
//!   "predicate": {
//!     "engagement": null, "seq": 3, "prev": "…", "seen": [], "nonce": "…",
//!     "issuer": { "role": "relay", "name": "https://relay.example", "key": "SHA256:…" },
//!     "issuedAt": "2026-11-22T03:37:18Z", "notBefore": null,
//!     "observed": […], "declared": […], "notCovered": […], "facts": {…},
//!     "tool": "quitus-relay 0.1.0"
//!   }
//! }
//! ```
//!
//! Promises: the signed bytes are the file's bytes, so `ssh-keygen -Y verify -n quitus-statement-v1`
//! checks them; the signature is verified first, and the same bytes are read afterwards; what was
//! observed, what is declared and what nobody looked at stand apart; a statement is of a type that
//! its issuer's role may make. What a later version adds is shown, and takes nothing away. It never
//! says that no copy exists.
//!
//! Does not: say whom a key belongs to, or whether statements are missing (`dossier`).
//!
//! Sources: in-toto Attestation Framework, Statement v1; PROTOCOL.sshsig; spec: `docs/evidence.md`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Sha256;
use crate::engagement::EngagementId;
use crate::keys::{Fingerprint, KeyError, Namespace, PublicKey, SignError, Signature, Signer};
use crate::text;
use crate::time::Timestamp;
use crate::tlog::Checkpoint;
use crate::transfer::TransferId;

mod layout;
mod kind;
mod method;
mod facts;
mod scope;

pub use facts::{
    Accepted, AccessExported, AccessReviewed, Acknowledged, Amended, Answer, Checked, Choice,
    CopyState, Corrected, CredentialsChanged, Deactivated, Decision, Delivered, DeliveryEnd,
    Destruction, Document, Engaged, Expired, Facts, FoundCopy, HolderDestruction, Instructed,
    PinnedRelay, Received, Retained, Returned, Reviewed, Revoked, SaltedFile, Searched, Stopped,
};
pub use kind::{Kind, Role};
pub use layout::{LayoutError, STATEMENT_BYTES_MAX};
pub use method::{Action, Method};
pub use scope::Scope;

/// The type of an in-toto statement.
const TYPE: &str = "https://in-toto.io/Statement/v1";

/// Why a statement does not count. [`StatementError::code`] is the same word in every verifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The signature is not one of these bytes by the key it names.
    #[error("the statement's signature does not verify")]
    Signature(#[source] KeyError),
    /// It is no statement in its one layout.
    #[error("the statement is not laid out as statements are")]
    Layout(#[source] LayoutError),
    /// It is of another version than 1.
    #[error("the statement is of type {found:?}, of a version that is not known here")]
    Version {
        /// The type found, cut at 64 characters.
        found: String,
    },
    /// It is of a type that is not known.
    #[error("the statement is of type {found:?}, which is not known here")]
    Type {
        /// The type found, cut at 64 characters.
        found: String,
    },
    /// A field is missing or has a value of another kind.
    #[error("the statement is not well formed: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// It names another issuer than the key that signed.
    #[error("the statement names the issuer {named}, but {signer} signed it")]
    Issuer {
        /// The key it names.
        named: Fingerprint,
        /// The key that signed.
        signer: Fingerprint,
    },
    /// Its issuer may not make such statements.
    #[error("a {role} does not make statements of type {kind}")]
    Role {
        /// The role it names.
        role: Role,
        /// The type.
        kind: Kind,
    },
}

impl StatementError {
    /// One word for the reason, the same in every verifier (`docs/evidence.md`, "Reasons").
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signature(_) => "signature",
            Self::Layout(_) => "layout",
            Self::Version { .. } => "version",
            Self::Type { .. } => "type",
            Self::Malformed { .. } => "malformed",
            Self::Issuer { .. } => "issuer",
            Self::Role { .. } => "role",
        }
    }

    /// Whether it may be a good statement of a later version: it cannot be judged.
    pub const fn is_unsupported(&self) -> bool {
        matches!(self, Self::Version { .. } | Self::Type { .. })
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    #[serde(rename = "_type")]
    r#type: &'static str,
    /// What it is about; at least one.
    pub subject: Vec<Subject>,
    /// What kind of statement it is.
    pub predicate_type: Kind,
    /// What is said.
    pub predicate: Predicate,
}

/// Something that a statement is about: a name and a digest.
///
/// ```text
/// transfer:1111…     and its sealed digest; of one that was never complete, over its header alone
/// engagement:2222…   and the digest of its signed rules
/// statement:3333…    and the same digest again
/// document:nda.pdf   and the SHA-256 of the file
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What it is, a colon, and its id, digest or name.
    pub name: String,
    /// Its digest.
    pub digest: SubjectDigest,
}

/// The digest of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectDigest {
    /// SHA-256.
    pub sha256: Sha256,
}

impl Subject {
    fn new(name: String, sha256: Sha256) -> Self {
        let digest = SubjectDigest { sha256 };
        Self { name, digest }
    }

    /// A transfer, by its id and sealed digest.
    pub fn transfer(id: TransferId, sealed: Sha256) -> Self {
        Self::new(format!("transfer:{id}"), sealed)
    }

    /// An engagement, by its id and the digest of its signed rules.
    pub fn engagement(id: EngagementId, rules: Sha256) -> Self {
        Self::new(format!("engagement:{id}"), rules)
    }

    /// A statement, by its digest.
    pub fn statement(digest: Sha256) -> Self {
        Self::new(format!("statement:{digest}"), digest)
    }

    /// A file, by a name that is plain text, and its digest.
    pub fn document(name: &str, digest: Sha256) -> Self {
        Self::new(format!("document:{name}"), digest)
    }

    /// Whether its name has one of the forms above.
    fn is_known(&self) -> bool {
        match self.name.split_once(':') {
            Some(("transfer", id)) => id.parse::<TransferId>().is_ok(),
            Some(("engagement", id)) => id.parse::<EngagementId>().is_ok(),
            Some(("statement", digest)) => digest == self.digest.sha256.to_string(),
            Some(("document", name)) => !name.is_empty(),
            _ => false,
        }
    }

    /// Whether it is a file.
    pub fn is_document(&self) -> bool {
        self.name.starts_with("document:")
    }

    /// The transfer it is, if it is one.
    pub fn transfer_id(&self) -> Option<TransferId> {
        self.name.strip_prefix("transfer:")?.parse().ok()
    }
}

/// What is said: by whom, when, on what grounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate<F = Facts> {
    /// The engagement it belongs to; none where a transfer belongs to none.
    pub engagement: Option<EngagementId>,
    /// Its number among those of its issuer in the engagement, else about the transfer; from 1.
    pub seq: u64,
    /// SHA-256 of the issuer's statement before it.
    pub prev: Option<Sha256>,
    /// The latest statements of other issuers that the issuer had verified, by SHA-256.
    pub seen: Vec<Sha256>,
    /// 16 random bytes, hex, so that the statement's digest tells nothing.
    pub nonce: Nonce,
    /// Who says it.
    pub issuer: Issuer,
    /// When, by the issuer's clock.
    pub issued_at: Timestamp,
    /// A checkpoint of the log that the issuer had seen before.
    pub not_before: Option<SeenCheckpoint>,
    /// What the issuer's tool saw, each with its time.
    pub observed: Vec<Observation>,
    /// What the issuer states without its tool having seen it, as it was shown and signed.
    pub declared: Vec<Declaration>,
    /// What nobody looked at.
    pub not_covered: Vec<NotCovered>,
    /// What its type says.
    pub facts: F,
    /// The program and its version.
    pub tool: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawStatement {
    #[serde(rename = "_type")]
    r#type: String,
    subject: Vec<Subject>,
    /// Before it is known what its facts are.
    predicate: Predicate<Value>,
}

/// 16 random bytes, hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// Takes bytes that were drawn at random.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<String> for Nonce {
    type Error = text::TextError;

    fn try_from(text: String) -> Result<Self, text::TextError> {
        text::from_hex(&text).map(Self)
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        text::hex(&nonce.0)
    }
}

/// Who makes a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// As what.
    pub role: Role,
    /// A relay's origin, or what the person's card says.
    pub name: String,
    /// The key that signs.
    pub key: Fingerprint,
}

/// A checkpoint of a log: the issuer signed later than the log had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenCheckpoint {
    /// The log.
    pub origin: String,
    /// Its entries then.
    pub size: u64,
    /// The root of its tree, hex.
    pub root: Sha256,
}

impl From<&Checkpoint> for SeenCheckpoint {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self {
            origin: checkpoint.origin.to_string(),
            size: checkpoint.size,
            root: checkpoint.root,
        }
    }
}

/// Something that the issuer's tool saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// When it was seen.
    pub at: Timestamp,
    /// A short name of what was looked at, by which a record finds its words, such as `share.slot`.
    pub code: String,
    /// What was looked at, in English.
    pub what: String,
    /// What was there.
    pub result: String,
}

/// A sentence that a person, or the operator of a relay, stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// Its language: `en` or `fr`.
    pub language: String,
    /// The text, word for word as it was shown before it was signed.
    pub text: String,
}

/// Something that nobody looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCovered {
    /// A short name, by which a record finds its words, such as `snapshots`.
    pub code: String,
    /// What it is, in English.
    pub what: String,
}

/// A statement's file and its detached signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedStatement {
    /// The file.
    pub file: String,
    /// The armoured SSHSIG.
    pub signature: String,
}

impl SignedStatement {
    /// SHA-256 of the file.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(&[self.file.as_bytes()])
    }

    /// SHA-256 of the signature in its binary form, so that a re-wrapped armour is the same.
    ///
    /// # Errors
    /// [`StatementError::Signature`]: the armour holds none.
    pub fn signature_digest(&self) -> Result<Sha256, StatementError> {
        let signature =
            Signature::from_armour(&self.signature).map_err(StatementError::Signature)?;
        Ok(Sha256::of(&[&signature.to_blob()]))
    }

    /// Verifies first, then reads the same bytes.
    ///
    /// # Errors
    /// [`StatementError`]. Whether the signer is the expected one is the caller's to say.
    pub fn verify(&self) -> Result<Verified, StatementError> {
        Statement::verify(self.file.as_bytes(), &self.signature)
    }
}

/// A statement whose signature verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub statement: Statement,
    /// Who signed it.
    pub key: PublicKey,
    /// SHA-256 of its file.
    pub digest: Sha256,
    /// Fields that are not known here, as JSON pointers (RFC 6901). They take nothing away.
    pub unknown: Vec<String>,
}

impl Statement {
    /// Makes a statement.
    pub fn new(subject: Vec<Subject>, predicate: Predicate) -> Self {
        let predicate_type = predicate.facts.kind();
        Self {
            r#type: TYPE,
            subject,
            predicate_type,
            predicate,
        }
    }

    /// The file's bytes.
    pub fn to_file(&self) -> String {
        layout::print(self)
    }

    /// Prints and signs it.
    ///
    /// # Errors
    /// If the signer does not sign; never for a key in a file.
    pub fn sign(&self, key: &dyn Signer) -> Result<SignedStatement, SignError> {
        let file = self.to_file();
        let signature = key.sign(Namespace::Statement, file.as_bytes())?.to_pem();
        Ok(SignedStatement { file, signature })
    }

    /// Verifies first, then reads the same bytes; tells who signed.
    ///
    /// # Errors
    /// [`StatementError`]. Whether the signer is the expected one is the caller's to say.
    pub fn verify(file: &[u8], signature: &str) -> Result<Verified, StatementError> {
        if file.len() > STATEMENT_BYTES_MAX {
            return Err(StatementError::Layout(LayoutError::TooLong));
        }
        let key = Signature::from_armour(signature)
            .and_then(|signature| signature.verify(Namespace::Statement, file))
            .map_err(StatementError::Signature)?;
        let value = layout::parse(file).map_err(StatementError::Layout)?;
        let statement = Self::from_value(value.clone())?;
        let unknown = unknown(&value, &statement)?;
        let issuer = &statement.predicate.issuer;
        if issuer.key != key.fingerprint() {
            return Err(StatementError::Issuer {
                named: issuer.key.clone(),
                signer: key.fingerprint(),
            });
        }
        let (role, kind) = (issuer.role, statement.predicate_type);
        if !kind.is_made_by(role) {
            return Err(StatementError::Role { role, kind });
        }
        Ok(Verified {
            statement,
            key,
            digest: Sha256::of(&[file]),
            unknown,
        })
    }
    fn from_value(value: Value) -> Result<Self, StatementError> {
        // First, so that a later version is not called malformed.
        let named = value.get("predicateType").and_then(Value::as_str);
        let kind = Kind::of_type(named.ok_or_else(|| malformed(&"no predicateType"))?)?;
        let raw: RawStatement = serde_json::from_value(value).map_err(|error| malformed(&error))?;
        if raw.r#type != TYPE || raw.subject.is_empty() || raw.predicate.seq == 0 {
            return Err(malformed(&"another _type, no subject, or a seq of 0"));
        }
        if let Some(other) = raw.subject.iter().find(|subject| !subject.is_known()) {
            return Err(malformed(&format_args!("{:?} is no subject", other.name)));
        }
        if (raw.predicate.seq == 1) != raw.predicate.prev.is_none() {
            return Err(malformed(&"prev goes with every seq but 1"));
        }
        let role = raw.predicate.issuer.role;
        let facts = Facts::from_value(kind, role, raw.predicate.facts.clone());
        let facts = facts.map_err(|error| malformed(&error))?;
        Ok(Self::new(raw.subject, raw.predicate.with(facts)))
    }
}

impl Predicate<Value> {
    fn with(self, facts: Facts) -> Predicate {
        Predicate {
            engagement: self.engagement,
            seq: self.seq,
            prev: self.prev,
            seen: self.seen,
            nonce: self.nonce,
            issuer: self.issuer,
            issued_at: self.issued_at,
            not_before: self.not_before,
            observed: self.observed,
            declared: self.declared,
            not_covered: self.not_covered,
            facts,
            tool: self.tool,
        }
    }
}

/// What a file says beyond what is known here.
///
/// # Errors
/// [`StatementError::Malformed`] if it does not say what it must, null or not.
fn unknown(file: &Value, statement: &Statement) -> Result<Vec<String>, StatementError> {
    let known = serde_json::to_value(statement).map_err(|error| malformed(&error))?;
    match layout::beyond(&known, file).first() {
        Some(missing) => Err(malformed(&format_args!("{missing} is missing"))),
        None => Ok(layout::beyond(file, &known)),
    }
}

fn malformed(reason: &dyn core::fmt::Display) -> StatementError {
    StatementError::Malformed {
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests;
