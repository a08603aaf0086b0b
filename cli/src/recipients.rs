//! Those whom a transfer is for: contacts by their names, and the sender's own keys.
//!
//! Promises: keys come from what this person pinned, never from a relay; who was not verified by
//! comparing words is told aloud. Does not change contacts.

use quitus_core::cipher::Recipient;
use quitus_core::contacts::{Contact, Keys};
use quitus_core::envelope::Envelope;
use quitus_core::keys::{Fingerprint, PublicKey};
use quitus_core::ledger::Fact;

use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;

/// The recipients of one transfer; none for whoever holds its link.
pub struct Recipients {
    contacts: Vec<Contact>,
    /// So that the sender can open what it sent.
    own: Vec<String>,
}

impl Recipients {
    /// Finds contacts by their names.
    ///
    /// # Errors
    ///
    /// Exit 2 when a name is no contact.
    pub fn find(home: &Home, names: &[String]) -> Result<Self, Failure> {
        Ok(Self {
            contacts: names
                .iter()
                .map(|name| home.contact(name))
                .collect::<Result<_, _>>()?,
            own: home.own_recipients()?,
        })
    }

    /// The recipients of a transfer that this device sent, with those that were added.
    ///
    /// # Errors
    ///
    /// As [`Recipients::find`].
    pub fn of(home: &Home, transfer: &Transfer) -> Result<Self, Failure> {
        Self::find(home, &names_of(transfer))
    }

    /// Whether it is for whoever holds the link.
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }

    /// Says whose words were not compared yet, and who has only an SSH key and what that asks of them.
    pub fn tell_doubts(&self, env: &Env) {
        for contact in &self.contacts {
            if matches!(contact.keys, Keys::Ssh(_)) {
                let name = contact.name.as_str();
                env.terminal()
                    .warn(phrase!("recipient-without-card", name = name));
            }
            if contact.verified_at.is_none() {
                let name = contact.name.as_str();
                env.terminal()
                    .warn(phrase!("recipient-unverified", name = name));
            }
        }
    }

    /// The accounts that may claim.
    pub fn request_keys(&self) -> Vec<Fingerprint> {
        self.fingerprints(Keys::request_keys)
    }

    /// Whom the terms name.
    pub fn signing_keys(&self) -> Vec<Fingerprint> {
        self.fingerprints(Keys::signing_keys)
    }

    fn fingerprints(&self, keys: fn(&Keys) -> &[PublicKey]) -> Vec<Fingerprint> {
        let mut all: Vec<Fingerprint> = Vec::new();
        let keys = self.contacts.iter().flat_map(|contact| keys(&contact.keys));
        for fingerprint in keys.map(PublicKey::fingerprint) {
            if !all.contains(&fingerprint) {
                all.push(fingerprint);
            }
        }
        all
    }

    /// Seals an envelope for all of them and for the sender.
    ///
    /// # Errors
    ///
    /// Exit 2 when a key is of a kind that nothing can be sealed for.
    pub fn seal(&self, envelope: &Envelope) -> Result<Vec<u8>, Failure> {
        let theirs = self
            .contacts
            .iter()
            .flat_map(|contact| contact.keys.recipients());
        let recipients = theirs
            .chain(self.own.iter().cloned())
            .map(|text| crate::secrets::parse_recipient(&text))
            .collect::<Result<Vec<Recipient>, Failure>>()?;
        envelope.seal(&recipients).map_err(Failure::unexpected)
    }
}

/// The names of all contacts that a transfer of this device is for.
pub fn names_of(transfer: &Transfer) -> Vec<String> {
    let mut names = Vec::new();
    for fact in transfer.facts() {
        if let Fact::SendBegun { to, .. } = fact {
            names.extend(to.iter().cloned());
        } else if let Fact::RecipientAdded { name, .. } = fact {
            names.push(name.clone());
        }
    }
    names.reverse();
    names
}

/// The contact whose signature a fingerprint is of, if it is one.
///
/// # Errors
///
/// Exit 8 when the contacts cannot be read.
pub fn sender_name(home: &Home, sender: &Fingerprint) -> Result<Option<String>, Failure> {
    let signs = |contact: &&Contact| {
        let mut keys = contact.keys.signing_keys().iter();
        keys.any(|key| key.fingerprint() == *sender)
    };
    let contacts = home.contacts()?;
    let found = contacts.iter().find(signs);
    Ok(found.map(|contact| contact.name.clone()))
}

/// Refuses a transfer that somebody else than a contact signed.
///
/// # Errors
///
/// Exit 2 when the name is no contact, 6 when another key signed.
pub fn check_sender(home: &Home, name: &str, sender: &Fingerprint) -> Result<(), Failure> {
    let wanted = Recipients::find(home, &[name.to_owned()])?;
    if wanted.signing_keys().contains(sender) {
        return Ok(());
    }
    let sender = sender.as_str();
    let refused = phrase!("other-sender", name = name, sender = sender);
    Err(Failure::new(Kind::Integrity, refused).hint(phrase!("other-sender-hint")))
}
