//! The engagements of this person, with the rules that were signed, a file each.
//!
//! ```text
//! {"type":"quitus/engagement/v1","id":"7777…","role":"freelancer","client":"acme",
//!  "documents":null,"rules":["LS0tLS1CRUdJTi…"]}
//! ```
//!
//! Promises: rules are verified again whenever they are read; versions are kept in order, the last one is
//! in force. There is no secret in it. Does not ask a relay.

use quitus_core::document;
use quitus_core::engagement::EngagementId;
use quitus_core::protocol::RULES_BYTES_MAX;
use quitus_core::rules::{Rules, SignedRules};
use quitus_core::statement::Role;
use quitus_core::text;
use quitus_core::transfer::TransferId;
use serde::{Deserialize, Serialize};

use super::Home;
use crate::failure::{Failure, Kind};
use crate::phrase;

const TYPE: &str = "quitus/engagement/v1";
const FOLDER: &str = "engagements";
/// Longest file: a few dozen versions of the rules.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    r#type: String,
    id: EngagementId,
    role: Role,
    client: Option<String>,
    documents: Option<TransferId>,
    rules: Vec<String>,
}

/// An engagement as this device knows it.
pub struct Engagement {
    /// The engagement.
    pub id: EngagementId,
    /// As what this person is in it.
    pub role: Role,
    /// The contact who is the client; none where this person is.
    pub client: Option<String>,
    /// The transfer that brings the documents; its link's secret is in the slot of the engagement's id.
    pub documents: Option<TransferId>,
    versions: Vec<SignedRules>,
}

impl Engagement {
    /// A new one, under its first rules.
    pub fn new(role: Role, client: Option<String>, rules: SignedRules) -> Self {
        Self {
            id: rules.rules.engagement,
            role,
            client,
            documents: None,
            versions: vec![rules],
        }
    }

    /// The rules in force.
    pub fn signed_rules(&self) -> &SignedRules {
        self.versions.last().expect("one version at least")
    }

    /// What they say.
    pub fn rules(&self) -> &Rules {
        &self.signed_rules().rules
    }

    /// Takes the next version as in force.
    pub fn amend(&mut self, rules: SignedRules) {
        self.versions.push(rules);
    }

    /// Its id as the ledger and the keyring have it.
    pub const fn key(&self) -> TransferId {
        TransferId::from_bytes(*self.id.as_bytes())
    }

    /// Whether this person is the client.
    pub fn is_client(&self) -> bool {
        self.role == Role::Client
    }
}

impl Home {
    /// Every engagement.
    ///
    /// # Errors
    ///
    /// Exit 8 when a file cannot be read or is damaged.
    pub fn engagements(&self) -> Result<Vec<Engagement>, Failure> {
        let names = self.names_in(FOLDER)?;
        let ids = names.iter().filter_map(|name| name.parse().ok());
        ids.map(|id| self.engagement(&id)).collect()
    }

    /// The engagement of an id.
    ///
    /// # Errors
    ///
    /// Exit 2 when there is none, 8 when its file cannot be read or is damaged.
    pub fn engagement(&self, id: &EngagementId) -> Result<Engagement, Failure> {
        self.engagement_if_known(id)?
            .ok_or_else(|| unknown(&id.to_string()))
    }

    /// The engagement of an id, if this device knows it.
    ///
    /// # Errors
    ///
    /// Exit 8 when its file cannot be read or is damaged.
    pub fn engagement_if_known(&self, id: &EngagementId) -> Result<Option<Engagement>, Failure> {
        let name = format!("{FOLDER}/{id}");
        let Some(bytes) = self.read_file(&name, FILE_BYTES_MAX)? else {
            return Ok(None);
        };
        let damaged = || {
            let path = self.path_of(&name);
            Failure::new(Kind::LocalIo, phrase!("ledger-damaged", path = &path))
        };
        let file: File =
            document::from_json(TYPE, &bytes).map_err(|error| damaged().because(error))?;
        let mut versions = Vec::with_capacity(file.rules.len());
        for rules in &file.rules {
            let rules = text::from_base64url_vec(rules, RULES_BYTES_MAX);
            let rules = SignedRules::verify(&rules.map_err(|error| damaged().because(error))?);
            versions.push(rules.map_err(|error| damaged().because(error))?);
        }
        if versions.is_empty() {
            return Err(damaged());
        }
        Ok(Some(Engagement {
            id: file.id,
            role: file.role,
            client: file.client,
            documents: file.documents,
            versions,
        }))
    }

    /// The engagement that a person means: by the beginning of its id, its title or its contract.
    ///
    /// # Errors
    ///
    /// Exit 2 when it is none, or several.
    pub fn find_engagement(&self, text: &str) -> Result<Engagement, Failure> {
        let is_meant = |engagement: &Engagement| {
            let rules = engagement.rules();
            let is_id = text.len() >= 4 && engagement.id.to_string().starts_with(text);
            is_id || rules.title == text || rules.contract == text
        };
        let mut found = self.engagements()?;
        found.retain(is_meant);
        let several = found.len() > 1;
        match found.pop() {
            Some(engagement) if !several => Ok(engagement),
            Some(_) => Err(Failure::usage(phrase!("engagement-several", name = text))
                .hint(phrase!("engagement-several-hint"))),
            None => Err(unknown(text)),
        }
    }

    /// Keeps an engagement; durable on return.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be written.
    pub fn keep_engagement(&self, engagement: &Engagement) -> Result<(), Failure> {
        let rules = engagement.versions.iter();
        let file = File {
            r#type: TYPE.to_owned(),
            id: engagement.id,
            role: engagement.role,
            client: engagement.client.clone(),
            documents: engagement.documents,
            rules: rules.map(|rules| text::base64url(&rules.file)).collect(),
        };
        let name = format!("{FOLDER}/{}", engagement.id);
        self.replace_file(&name, &document::to_json(&file))
    }
}

fn unknown(name: &str) -> Failure {
    Failure::usage(phrase!("engagement-unknown", name = name))
        .hint(phrase!("engagement-unknown-hint"))
}
