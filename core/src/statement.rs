//! Statements: what one party says of its own doing, signed, for anyone to check years later.
//!
//! ```text
//! {"_type":"https://in-toto.io/Statement/v1",
//!  "subject":[{"name":"1111…","digest":{"sha256":"…"}}],
//!  "predicateType":"urn:quitus:destroyed:v1",
//!  "predicate":{"engagement":null,"seq":1,"prev":null,"seen":[],"nonce":"…",
//!   "issuer":{"role":"relay","name":"https://relay.example","key":"SHA256:…"},
//!   "issuedAt":"2026-11-22T03:37:18Z","notBefore":null,"observed":[…],"declared":[…],
//!   "notCovered":[…],"facts":{…},"tool":"quitus-relay 0.1.0"}}
//! ```
//!
//! Promises: the signed bytes are the file's bytes, so `ssh-keygen -Y verify -n quitus-statement-v1`
//! checks them; what was observed, what is declared and what nobody looked at stand apart; a
//! destruction that was not observed whole is called incomplete by its type. It never says that no
//! copy exists. Sources: in-toto Attestation Framework, Statement v1; PROTOCOL.sshsig.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::keys::{Fingerprint, KeyError, Namespace, PublicKey, Signature, SigningKey};
use crate::time::Timestamp;
use crate::transfer::{Ending, TransferId};

const TYPE: &str = "https://in-toto.io/Statement/v1";
const TYPE_PREFIX: &str = "urn:quitus:";
const TYPE_SUFFIX: &str = ":v1";
/// Longest statement that is looked at.
pub const STATEMENT_BYTES_MAX: usize = 1024 * 1024;

/// What kind of statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Kind {
    /// Everything owed was destroyed, and its absence was observed.
    Destroyed,
    /// Something could not be destroyed, or not be observed.
    DestructionIncomplete,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Destroyed => "destroyed",
            Self::DestructionIncomplete => "destruction-incomplete",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        format!("{TYPE_PREFIX}{kind}{TYPE_SUFFIX}")
    }
}

impl TryFrom<String> for Kind {
    type Error = StatementError;

    fn try_from(text: String) -> Result<Self, StatementError> {
        let name = text
            .strip_prefix(TYPE_PREFIX)
            .and_then(|rest| rest.strip_suffix(TYPE_SUFFIX));
        [Self::Destroyed, Self::DestructionIncomplete]
            .into_iter()
            .find(|kind| Some(kind.as_str()) == name)
            .ok_or(StatementError::Type {
                found: text.chars().take(64).collect(),
            })
    }
}

/// Why a statement does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The signature is not one of these bytes by this key.
    #[error("the statement's signature does not verify")]
    Signature(#[source] KeyError),
    /// It is of a type or version this program does not know.
    #[error("the statement is of type {found:?}, which is not known here")]
    Type {
        /// The type found, cut at 64 characters.
        found: String,
    },
    /// It is not a statement in its one spelling.
    #[error("the statement is not well formed: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
}

/// A statement about one transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
    #[serde(rename = "_type")]
    r#type: String,
    /// What it is about: the transfer, by id and sealed digest.
    pub subject: Vec<Subject>,
    /// What kind of statement it is.
    pub predicate_type: Kind,
    /// What is said.
    pub predicate: Predicate,
}

/// A transfer, by id and sealed digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The transfer's id.
    pub name: TransferId,
    /// Digests by algorithm.
    pub digest: SubjectDigest,
}

/// The digest of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectDigest {
    /// The sealed digest; of a transfer that was never complete, that of its header alone.
    pub sha256: Sha256,
}

/// What is said: by whom, when, on what grounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Predicate {
    /// The engagement; none yet.
    pub engagement: Option<String>,
    /// The number of this statement among those of its issuer about this transfer, from 1.
    pub seq: u64,
    /// SHA-256 of the issuer's statement before it.
    pub prev: Option<Sha256>,
    /// Heads of other issuers that the issuer had verified.
    pub seen: Vec<Sha256>,
    /// 16 random bytes, hex, so that the statement's digest tells nothing.
    pub nonce: TransferNonce,
    /// Who says it.
    pub issuer: Issuer,
    /// When, by the issuer's clock.
    pub issued_at: Timestamp,
    /// A log checkpoint seen before; none yet.
    pub not_before: Option<String>,
    /// What the issuer's tool saw, each with its time.
    pub observed: Vec<Observation>,
    /// What the issuer states without having seen it.
    pub declared: Vec<String>,
    /// What nobody looked at.
    pub not_covered: Vec<String>,
    /// What was done.
    pub facts: Destruction,
    /// The program and its version.
    pub tool: String,
}

/// 16 random bytes in hex.
pub type TransferNonce = TransferId;

/// Who makes a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// `relay`.
    pub role: String,
    /// The relay's origin.
    pub name: String,
    /// Its statement key.
    pub key: Fingerprint,
}

/// Something the issuer's tool saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// When it was seen.
    pub at: Timestamp,
    /// What was looked at.
    pub what: String,
    /// What was there.
    pub result: String,
}

/// What was destroyed, on whose instruction, how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Destruction {
    /// SHA-256 of the signed request that ordered it: the revocation, or else the opening.
    pub instruction: Sha256,
    /// Why the transfer ended.
    pub ending: Ending,
    /// Completed downloads.
    pub n_consumed: u32,
    /// How often the share had been given out.
    pub n_released: u32,
    /// The sender's commitment to the share.
    pub share_commitment: Sha256,
    /// What was done, in order.
    pub actions: Vec<Action>,
    /// When backups of the relay's data no longer open the share: the key of its expiry bucket is
    /// destroyed then.
    pub backups_after: Timestamp,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// How.
    pub method: Method,
    /// When it was done.
    pub at: Timestamp,
    /// How many things it was done to.
    pub n: u64,
    /// What the method really does.
    pub effect: String,
}

/// How something is destroyed; each with one honest sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// The share was overwritten in its place.
    #[serde(rename = "share.erase")]
    ShareErase,
    /// Files were removed from their folder.
    #[serde(rename = "unlink")]
    Unlink,
    /// Every version of objects was deleted in a store.
    #[serde(rename = "store.delete-version")]
    StoreDeleteVersion,
}

impl Method {
    /// What the method really does.
    pub const fn effect(self) -> &'static str {
        match self {
            Self::ShareErase => {
                "one of the two halves of the key was overwritten in place and read back as zeros; \
                 sealed copies open for nobody who has not kept more than the tool keeps"
            }
            Self::Unlink => {
                "the names of the sealed objects were removed; the medium may hold their bytes until \
                 it uses the space again"
            }
            Self::StoreDeleteVersion => {
                "every listed version and delete marker was deleted; the provider may hold replicas \
                 until it collects them"
            }
        }
    }
}

impl Action {
    /// Says what was done to `n` things.
    pub fn new(method: Method, at: Timestamp, n: u64) -> Self {
        Self {
            method,
            at,
            n,
            effect: method.effect().to_owned(),
        }
    }
}

impl Statement {
    /// Makes a statement about one transfer.
    pub fn new(id: TransferId, sealed: Sha256, kind: Kind, predicate: Predicate) -> Self {
        let subject = vec![Subject {
            name: id,
            digest: SubjectDigest { sha256: sealed },
        }];
        Self {
            r#type: TYPE.to_owned(),
            subject,
            predicate_type: kind,
            predicate,
        }
    }

    /// Prints and signs it: the file's bytes, and the armoured detached signature.
    pub fn sign(&self, key: &SigningKey) -> (String, String) {
        let mut json = serde_json::to_string(self).expect("statements hold only what JSON can say");
        json.push('\n');
        let signature = key.sign(Namespace::Statement, json.as_bytes()).to_pem();
        (json, signature)
    }

    /// Verifies first, then reads the same bytes; tells who signed.
    ///
    /// # Errors
    /// [`StatementError`]. Whether the signer is the expected one is the caller's to say.
    pub fn verify(json: &str, signature: &str) -> Result<(Self, PublicKey), StatementError> {
        let malformed = |reason: &dyn fmt::Display| StatementError::Malformed {
            reason: reason.to_string(),
        };
        if json.len() > STATEMENT_BYTES_MAX {
            return Err(malformed(&"longer than 1 MiB"));
        }
        let key = Signature::from_pem(signature)
            .and_then(|signature| signature.verify(Namespace::Statement, json.as_bytes()))
            .map_err(StatementError::Signature)?;
        let statement: Self = serde_json::from_str(json).map_err(|error| malformed(&error))?;
        let spelled = serde_json::to_string(&statement).map_err(|error| malformed(&error))?;
        if json.strip_suffix('\n') != Some(&spelled) {
            return Err(malformed(&"not in its one spelling"));
        }
        if statement.r#type != TYPE || statement.predicate.issuer.key != key.fingerprint() {
            return Err(malformed(
                &"another type, or another issuer than the signer",
            ));
        }
        Ok((statement, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Secret;

    fn statement(key: &SigningKey) -> Statement {
        let at = Timestamp::from_unix(1_700_000_000, 0);
        let predicate = Predicate {
            engagement: None,
            seq: 1,
            prev: None,
            seen: Vec::new(),
            nonce: TransferNonce::from_bytes([5; 16]),
            issuer: Issuer {
                role: "relay".into(),
                name: "https://relay.example".into(),
                key: key.public().fingerprint(),
            },
            issued_at: at,
            not_before: None,
            observed: vec![Observation {
                at,
                what: "share".into(),
                result: "zeros".into(),
            }],
            declared: Vec::new(),
            not_covered: vec!["snapshots of the machine".into()],
            facts: Destruction {
                instruction: Sha256::of(&[b"request"]),
                ending: Ending::Used,
                n_consumed: 1,
                n_released: 1,
                share_commitment: Sha256::of(&[b"share"]),
                actions: vec![Action::new(Method::ShareErase, at, 1)],
                backups_after: at,
            },
            tool: "quitus-relay 0.1.0".into(),
        };
        Statement::new(
            TransferId::from_bytes([1; 16]),
            Sha256::of(&[]),
            Kind::Destroyed,
            predicate,
        )
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
    }

    #[test]
    fn a_statement_comes_back_as_it_was_signed() {
        let (json, signature) = statement(&key(7)).sign(&key(7));
        let verified = Statement::verify(&json, &signature);
        assert!(
            verified.is_ok_and(|(read, by)| read == statement(&key(7)) && by == key(7).public())
        );
    }

    #[test]
    fn any_flipped_byte_another_signer_or_spelling_is_refused() {
        let (json, signature) = statement(&key(7)).sign(&key(7));
        for position in 0..json.len() {
            let mut flipped = json.clone().into_bytes();
            flipped[position] ^= 1;
            if let Ok(flipped) = String::from_utf8(flipped) {
                let refused = Statement::verify(&flipped, &signature);
                assert!(
                    matches!(refused, Err(StatementError::Signature(_))),
                    "{position}"
                );
            }
        }
        let (json, signature) = statement(&key(7)).sign(&key(8));
        assert!(
            Statement::verify(&json, &signature).is_err(),
            "the issuer is not the signer"
        );
        let spaced = json.replace(":1,", ": 1,");
        let signature = key(7)
            .sign(Namespace::Statement, spaced.as_bytes())
            .to_pem();
        let refused = Statement::verify(&spaced, &signature);
        assert!(matches!(refused, Err(StatementError::Malformed { .. })));
        let other = json.replace("urn:quitus:destroyed:v1", "urn:quitus:destroyed:v2");
        let signature = key(7).sign(Namespace::Statement, other.as_bytes()).to_pem();
        assert!(Statement::verify(&other, &signature).is_err());
    }
}
