//! The rules of an engagement: what both sides sign, and the relay never sees.
//!
//! ```text
//! -----BEGIN SSH SIGNATURE-----
//! …
//! -----END SSH SIGNATURE-----
//! {"type":"quitus/rules/v1","engagement":"7777…","version":1,"previous":null,
//!  "relay":"https://relay.example","client":"SHA256:…","title":"Refonte SI",
//!  "contract":"CT-2026-118","purpose":null,"choice":"both","requiresDiskEncryption":true,
//!  "policy":{"endsAt":"2027-03-31T23:59:59Z","idleSeconds":2592000,"networks":[],
//!  "transferBytesMax":null},"documents":[{"name":"nda.pdf","bytes":5,"sha256":"…","blake3":"…"}]}
//! ```
//!
//! Promises: rules have one spelling and one digest, that of the file with its signature; texts in them are
//! plain; version 1 is signed by the client, later ones by whichever side proposes them. It does not say
//! who has agreed: statements do. Spec: `docs/protocol.md`, "rules".

use serde::{Deserialize, Serialize};

use crate::digest::{Blake3, Sha256};
use crate::document::{self, DocumentError};
use crate::engagement::{EngagementId, Policy};
use crate::keys::{Fingerprint, Namespace, PublicKey, SignError, Signer};
use crate::origin::Origin;
use crate::statement::Choice;
use crate::text;

const TYPE: &str = "quitus/rules/v1";
const OFFER_TYPE: &str = "quitus/offer/v1";
/// Longest title, contract reference or name of a document.
pub const NAME_BYTES_MAX: usize = 200;
/// Longest purpose.
pub const PURPOSE_BYTES_MAX: usize = 2_000;
/// Most documents.
pub const DOCUMENTS_MAX: usize = 50;

/// The rules of an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rules {
    r#type: String,
    /// The engagement.
    pub engagement: EngagementId,
    /// Their version, from 1.
    pub version: u32,
    /// SHA-256 of the rules before them.
    pub previous: Option<Sha256>,
    /// The relay that holds the parties to them.
    pub relay: Origin,
    /// The client's signing key.
    pub client: Fingerprint,
    /// What the client calls the engagement.
    pub title: String,
    /// The reference of the contract.
    pub contract: String,
    /// What the data may be used for.
    pub purpose: Option<String>,
    /// What becomes of the data at the end.
    pub choice: Choice,
    /// Whether the freelancer's tool writes files onto an encrypted disk only.
    pub requires_disk_encryption: bool,
    /// What the relay goes by.
    pub policy: Policy,
    /// What is agreed to beside these rules.
    pub documents: Vec<RulesDocument>,
}

/// A document that is agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesDocument {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its digest, for everybody.
    pub sha256: Sha256,
    /// Its digest as manifests have it.
    pub blake3: Blake3,
}

/// What the client decides on, beside who and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agenda {
    /// What the client calls the engagement.
    pub title: String,
    /// The reference of the contract.
    pub contract: String,
    /// What the data may be used for.
    pub purpose: Option<String>,
    /// What becomes of the data at the end.
    pub choice: Choice,
    /// Whether the freelancer's tool writes files onto an encrypted disk only.
    pub requires_disk_encryption: bool,
    /// What the relay goes by.
    pub policy: Policy,
    /// What is agreed to beside these rules.
    pub documents: Vec<RulesDocument>,
}

/// Why rules do not count.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// They are no signed rules.
    #[error("the rules do not verify")]
    Document(#[source] DocumentError),
    /// A text that is empty, too long, or not plain.
    #[error("the {field} is empty, longer than {max} bytes, or has characters that cannot be seen")]
    Text {
        /// Which.
        field: &'static str,
        /// Its bound.
        max: usize,
    },
    /// Version 1 without the client's signature, or a version that does not go with what was before.
    #[error("the rules are not signed by the client, or do not follow from those before")]
    Order,
    /// Too many documents.
    #[error("the rules list {actual} documents, at most {DOCUMENTS_MAX} are accepted")]
    Documents {
        /// How many.
        actual: usize,
    },
}

/// Rules whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRules {
    /// The rules.
    pub rules: Rules,
    /// Who signed them.
    pub signer: PublicKey,
    /// SHA-256 of the file.
    pub digest: Sha256,
    /// The file.
    pub file: Vec<u8>,
}

impl Rules {
    /// The first rules of an engagement.
    pub fn new(
        engagement: EngagementId,
        relay: Origin,
        client: Fingerprint,
        agenda: Agenda,
    ) -> Self {
        Self {
            r#type: TYPE.to_owned(),
            engagement,
            version: 1,
            previous: None,
            relay,
            client,
            title: agenda.title,
            contract: agenda.contract,
            purpose: agenda.purpose,
            choice: agenda.choice,
            requires_disk_encryption: agenda.requires_disk_encryption,
            policy: agenda.policy,
            documents: agenda.documents,
        }
    }

    /// Prints, checks and signs them.
    ///
    /// # Errors
    /// [`RulesError`]; the outer one if the signer does not sign.
    pub fn sign(&self, key: &dyn Signer) -> Result<Result<SignedRules, RulesError>, SignError> {
        let json = document::to_json(self);
        let file = document::sign(key, Namespace::Rules, &json)?;
        Ok(SignedRules::verify(&file))
    }

    fn check(&self, signer: &Fingerprint) -> Result<(), RulesError> {
        check_text("title", &self.title, NAME_BYTES_MAX)?;
        check_text("contract", &self.contract, NAME_BYTES_MAX)?;
        if let Some(purpose) = &self.purpose {
            check_text("purpose", purpose, PURPOSE_BYTES_MAX)?;
        }
        let actual = self.documents.len();
        if actual > DOCUMENTS_MAX {
            return Err(RulesError::Documents { actual });
        }
        for document in &self.documents {
            check_text("name of a document", &document.name, NAME_BYTES_MAX)?;
        }
        let is_first = self.version == 1 && self.previous.is_none() && self.client == *signer;
        let is_later = self.version > 1 && self.previous.is_some();
        (is_first || is_later)
            .then_some(())
            .ok_or(RulesError::Order)
    }
}

impl SignedRules {
    /// Verifies and reads rules.
    ///
    /// # Errors
    /// [`RulesError`]. Whether the signer is a party is the caller's to say.
    pub fn verify(file: &[u8]) -> Result<Self, RulesError> {
        let (signer, json) =
            document::verify(Namespace::Rules, file).map_err(RulesError::Document)?;
        let rules: Rules = document::from_json(TYPE, json).map_err(RulesError::Document)?;
        rules.check(&signer.fingerprint())?;
        Ok(Self {
            rules,
            signer,
            digest: Sha256::of(&[file]),
            file: file.to_vec(),
        })
    }

    /// Checks that they come right after others of the same engagement.
    ///
    /// # Errors
    /// [`RulesError::Order`].
    pub fn check_follows(&self, before: &Self) -> Result<(), RulesError> {
        let (new, old) = (&self.rules, &before.rules);
        let is_next = new.version == old.version + 1 && new.previous == Some(before.digest);
        let is_same =
            new.engagement == old.engagement && new.relay == old.relay && new.client == old.client;
        (is_next && is_same).then_some(()).ok_or(RulesError::Order)
    }
}

fn check_text(field: &'static str, value: &str, max: usize) -> Result<(), RulesError> {
    let is_good = !value.trim().is_empty() && value.len() <= max && text::is_plain(value);
    is_good.then_some(()).ok_or(RulesError::Text { field, max })
}

/// What an invite brings sealed: the rules, and the link by which their documents are fetched.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    r#type: String,
    /// The rules with their signature, base64url.
    rules: String,
    /// A link that holds its secret; none without documents.
    pub documents: Option<String>,
}

impl Drop for Offer {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.documents);
    }
}

impl Offer {
    /// Rules, and the link of their documents.
    pub fn new(rules: &SignedRules, documents: Option<String>) -> Self {
        Self {
            r#type: OFFER_TYPE.to_owned(),
            rules: text::base64url(&rules.file),
            documents,
        }
    }

    /// The offer as it is sealed.
    pub fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        zeroize::Zeroizing::new(document::to_json(self))
    }

    /// Reads an offer and verifies its rules.
    ///
    /// # Errors
    /// [`RulesError`].
    pub fn read(bytes: &[u8]) -> Result<(Self, SignedRules), RulesError> {
        let offer: Self = document::from_json(OFFER_TYPE, bytes).map_err(RulesError::Document)?;
        let file = text::from_base64url_vec(&offer.rules, OFFER_RULES_BYTES_MAX);
        let file = file.map_err(|_| RulesError::Document(DocumentError::Unsigned))?;
        let rules = SignedRules::verify(&file)?;
        Ok((offer, rules))
    }
}

/// Longest rules in an offer: what the relay takes sealed holds no more.
const OFFER_RULES_BYTES_MAX: usize = crate::protocol::RULES_BYTES_MAX;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Secret, SigningKey};
    use crate::time::Timestamp;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
    }

    fn agenda() -> Agenda {
        Agenda {
            title: "Refonte SI".to_owned(),
            contract: "CT-2026-118".to_owned(),
            purpose: Some("Reprise de données".to_owned()),
            choice: Choice::Both,
            requires_disk_encryption: true,
            policy: Policy {
                ends_at: Timestamp::from_unix(2_000_000_000, 0),
                idle_seconds: 30 * 24 * 3_600,
                networks: vec!["203.0.113.0/24".parse().expect("a network")],
                transfer_bytes_max: Some(1 << 30),
            },
            documents: vec![RulesDocument {
                name: "nda.pdf".to_owned(),
                bytes: 5,
                sha256: Sha256::of(&[b"hello"]),
                blake3: Blake3::of(b"hello"),
            }],
        }
    }

    fn rules() -> Rules {
        let relay = "https://relay.example".parse().expect("an origin");
        let id = EngagementId::from_bytes([7; 16]);
        Rules::new(id, relay, key(1).public().fingerprint(), agenda())
    }

    fn signed(rules: &Rules, seed: u8) -> Result<SignedRules, RulesError> {
        rules.sign(&key(seed)).expect("a key from a file signs")
    }

    #[test]
    fn rules_come_back_as_they_were_signed_and_the_first_are_the_clients() {
        let one = signed(&rules(), 1).expect("the client's");
        assert_eq!(one.rules, rules());
        assert_eq!(SignedRules::verify(&one.file).expect("the same"), one);
        assert!(matches!(signed(&rules(), 2), Err(RulesError::Order)));
        let mut cut = one.file.clone();
        cut.pop();
        assert!(SignedRules::verify(&cut).is_err());
    }

    #[test]
    fn later_rules_follow_from_those_before_whoever_proposes_them() {
        let one = signed(&rules(), 1).expect("the client's");
        let mut later = rules();
        (later.version, later.previous) = (2, Some(one.digest));
        let two = signed(&later, 2).expect("a freelancer's proposal");
        assert!(two.check_follows(&one).is_ok());
        assert!(one.check_follows(&two).is_err());
        later.previous = Some(two.digest);
        let other = signed(&later, 2).expect("well formed");
        assert!(other.check_follows(&one).is_err());
        (later.previous, later.client) = (Some(one.digest), key(2).public().fingerprint());
        let stolen = signed(&later, 2).expect("well formed");
        assert!(stolen.check_follows(&one).is_err());
    }

    #[test]
    fn texts_are_short_and_visible() {
        type Change = fn(&mut Rules);
        let changes: [Change; 6] = [
            |rules| rules.title.clear(),
            |rules| rules.title = "x".repeat(201),
            |rules| rules.contract = "a\u{1b}[2J".to_owned(),
            |rules| rules.purpose = Some("x".repeat(2_001)),
            |rules| rules.documents[0].name = " ".to_owned(),
            |rules| rules.documents = vec![rules.documents[0].clone(); 51],
        ];
        for change in changes {
            let mut other = rules();
            change(&mut other);
            assert!(signed(&other, 1).is_err(), "{other:?}");
        }
    }

    #[test]
    fn an_offer_brings_rules_and_a_link() {
        let one = signed(&rules(), 1).expect("the client's");
        let bytes = Offer::new(&one, Some("a link".to_owned())).to_bytes();
        let (offer, rules) = Offer::read(&bytes).expect("the same");
        assert_eq!(offer.documents.as_deref(), Some("a link"));
        assert_eq!(rules, one);
        assert!(Offer::read(b"{}\n").is_err());
    }
}
