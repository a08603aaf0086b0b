//! What the commands about engagements share: who is who, statements that are made, told, and heard.
//!
//! Promises: a statement is kept here, durable, before it leaves; one from another party counts only if it
//! verifies and its signer is that party's pinned key; what is sealed for somebody else is passed over.
//! Does not decide who may do what: the relay and `quitus_core::engagement` do.

use std::path::{Path, PathBuf};

use quitus_core::contacts::{Contact, Keys};
use quitus_core::keys::{Fingerprint, Signer, SigningKey};
use quitus_core::protocol::EngagementStatus;
use quitus_core::statement::{Declaration, Facts, Observation, Scope, Subject, Verified};

use crate::args::AccessArgs;
use crate::client::Client;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Engagement, Home, KeptStatement};
use crate::phrase;
use crate::posting;
use crate::stating::{self, Draft};

/// One engagement, one person, one relay.
pub struct Desk<'a> {
    /// What is outside.
    pub env: &'a Env,
    /// This person's folder.
    pub home: &'a Home,
    /// The relay.
    pub client: Client<'a>,
    /// The engagement.
    pub engagement: Engagement,
    /// Signs requests.
    pub key: SigningKey,
    signer: Box<dyn Signer>,
}

/// Where to find what a command needs to talk.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The file whose first line is the passphrase of this person's identity.
    pub passphrase_file: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    pub ca_file: Option<PathBuf>,
}

/// What a statement says beside its facts.
#[derive(Default)]
pub struct Said {
    /// What the tool saw.
    pub observed: Vec<Observation>,
    /// What the person stands for.
    pub declared: Vec<Declaration>,
    /// More subjects than the engagement.
    pub subjects: Vec<Subject>,
}

impl<'a> Desk<'a> {
    /// Opens the engagement that a person means.
    ///
    /// # Errors
    ///
    /// Exit 2 when it is none, 8 when it cannot be read.
    pub fn find(
        env: &'a Env,
        home: &'a Home,
        name: &str,
        access: &Access,
    ) -> Result<Self, Failure> {
        let engagement = home.find_engagement(name)?;
        Self::open(env, home, engagement, access.ca_file.as_deref())
    }

    /// Opens an engagement.
    ///
    /// # Errors
    ///
    /// Exit 8 when keys cannot be read.
    pub fn open(
        env: &'a Env,
        home: &'a Home,
        engagement: Engagement,
        ca_file: Option<&Path>,
    ) -> Result<Self, Failure> {
        let client = Client::new(env, engagement.rules().relay.clone(), ca_file)?;
        Ok(Self {
            env,
            home,
            client,
            engagement,
            key: home.request_key()?,
            signer: home.signer()?,
        })
    }

    /// How the relay has it.
    ///
    /// # Errors
    ///
    /// As the relay answers.
    pub fn status(&self) -> Result<EngagementStatus, Failure> {
        self.client.engagement(&self.engagement.id, &self.key)
    }

    /// This person's signing key.
    pub fn own_key(&self) -> Fingerprint {
        self.signer.public().fingerprint()
    }

    /// Signs something as this person.
    pub fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }

    /// Makes a statement, keeps it, and leaves it sealed for the other parties.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be kept; as the relay answers.
    pub fn state(&self, facts: Facts, said: Said, to: &[Contact]) -> Result<Verified, Failure> {
        let rules = self.engagement.signed_rules();
        let mut subject = vec![Subject::engagement(self.engagement.id, rules.digest)];
        subject.extend(said.subjects);
        let draft = Draft {
            observed: said.observed,
            declared: said.declared,
            ..Draft::new(self.scope(), subject, self.engagement.role, facts)
        };
        let kept = stating::state(self.env, self.home, draft)?;
        posting::post(
            (self.env, self.home),
            &self.client,
            (self.scope(), &kept),
            to,
        )?;
        Ok(kept.verified)
    }

    /// What statements here belong to.
    const fn scope(&self) -> Scope {
        Scope::Engagement(self.engagement.id)
    }

    /// Fetches what the relay and the other parties stated; leaves what this person stated elsewhere.
    ///
    /// # Errors
    ///
    /// Exit 10 when this person's identity cannot be opened, 8 when one cannot be kept.
    pub fn hear(&self, passphrase_file: Option<&Path>) -> Result<(), Failure> {
        let place = (self.env, self.home);
        let logged = posting::hear(place, &self.client, &self.scope(), passphrase_file)?;
        let own = self.own_key();
        let mut waiting = self.statements()?;
        waiting.retain(|kept| {
            kept.verified.key.fingerprint() == own && !logged.contains_key(&kept.verified.digest)
        });
        if waiting.is_empty() {
            return Ok(());
        }
        let to = self.others(&self.status()?)?;
        let leave = |kept| posting::post(place, &self.client, (self.scope(), kept), &to);
        waiting.iter().try_for_each(leave)
    }

    /// Every statement there is, this person's and others'.
    ///
    /// # Errors
    ///
    /// Exit 8 when one cannot be read.
    pub fn statements(&self) -> Result<Vec<KeptStatement>, Failure> {
        self.home.statements(&self.scope())
    }

    /// The contacts who are parties: the client, or the members of a status.
    ///
    /// # Errors
    ///
    /// Exit 8 when the contacts cannot be read.
    pub fn others(&self, status: &EngagementStatus) -> Result<Vec<Contact>, Failure> {
        let mut keys: Vec<&Fingerprint> = status.members.iter().map(|one| &one.key).collect();
        keys.push(&status.owner);
        let own = self.key.public().fingerprint();
        let contacts = self.home.contacts()?;
        let is_other = |contact: &&Contact| {
            let mut held = contact.keys.request_keys().iter();
            held.any(|key| key.fingerprint() != own && keys.contains(&&key.fingerprint()))
        };
        Ok(contacts.iter().filter(is_other).cloned().collect())
    }

    /// The contact of a request key.
    ///
    /// # Errors
    ///
    /// Exit 8 when the contacts cannot be read.
    pub fn contact_of(&self, key: &Fingerprint) -> Result<Option<Contact>, Failure> {
        let contacts = self.home.contacts()?;
        let holds = |contact: &&Contact| {
            let mut held = contact.keys.request_keys().iter();
            held.any(|one| one.fingerprint() == *key)
        };
        Ok(contacts.iter().find(holds).cloned())
    }

    /// What this person calls the holder of a request key.
    ///
    /// # Errors
    ///
    /// Exit 8 when the contacts cannot be read.
    pub fn name_of(&self, key: &Fingerprint) -> Result<String, Failure> {
        if *key == self.key.public().fingerprint() {
            return Ok(self.home.own_card()?.name().to_owned());
        }
        let contact = self.contact_of(key)?;
        Ok(contact.map_or_else(|| key.to_string(), |contact| contact.name))
    }

    /// The member of a name, in a status.
    ///
    /// # Errors
    ///
    /// Exit 2 when nobody of that name is a member.
    pub fn member(&self, name: &str, status: &EngagementStatus) -> Result<Fingerprint, Failure> {
        let contact = self.home.contact(name)?;
        let held: Vec<Fingerprint> = request_keys(&contact.keys);
        let member = status.members.iter().find(|one| held.contains(&one.key));
        member.map(|member| member.key.clone()).ok_or_else(|| {
            Failure::usage(phrase!("member-unknown", name = name))
                .hint(phrase!("member-unknown-hint"))
        })
    }
}

/// The request keys of somebody.
pub fn request_keys(keys: &Keys) -> Vec<Fingerprint> {
    let held = keys.request_keys().iter();
    held.map(quitus_core::keys::PublicKey::fingerprint)
        .collect()
}

/// The signing keys of somebody.
pub fn signing_keys(keys: &Keys) -> Vec<Fingerprint> {
    let held = keys.signing_keys().iter();
    held.map(quitus_core::keys::PublicKey::fingerprint)
        .collect()
}

/// Something that happened otherwise than agreed: exit 6.
pub fn not_as_agreed(what: &'static str) -> Failure {
    Failure::new(Kind::Integrity, phrase!("not-as-agreed", what = what))
        .hint(phrase!("not-as-signed-hint"))
}

impl From<&AccessArgs> for Access {
    fn from(args: &AccessArgs) -> Self {
        Self {
            passphrase_file: args.passphrase_file.clone(),
            ca_file: args.ca_file.clone(),
        }
    }
}
