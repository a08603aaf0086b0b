//! The file of contacts: read as a whole, replaced as a whole, by one process at a time.
//!
//! Promises: keys under a name do not change unless they are replaced in so many words; what differs
//! is told. It decides nothing: `quitus_core::contacts` does.

use std::fs::OpenOptions;

use quitus_core::contacts::{Changed, Contact, Contacts, Keys, PinError, Pinned};
use quitus_core::time::Timestamp;

use super::keys::{read_if_there, replace};
use super::{Home, private};
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::words::Phrase;

impl Home {
    /// Every contact.
    ///
    /// # Errors
    ///
    /// Exit 8 when the file cannot be read or does not count.
    pub fn contacts(&self) -> Result<Contacts, Failure> {
        let path = self.folder.join("contacts");
        let Some(bytes) = read_if_there(&path)? else {
            return Ok(Contacts::default());
        };
        Contacts::parse(&bytes).map_err(|error| {
            Failure::new(Kind::LocalIo, phrase!("contacts-damaged", path = &path)).because(error)
        })
    }

    /// The contact of a name.
    ///
    /// # Errors
    ///
    /// Exit 2 when nobody has it; as [`Home::contacts`].
    pub fn contact(&self, name: &str) -> Result<Contact, Failure> {
        let contacts = self.contacts()?;
        let unknown = || PinError::Unknown {
            name: name.to_owned(),
        };
        contacts
            .named(name)
            .cloned()
            .ok_or_else(|| pin_failure(unknown()))
    }

    /// Pins keys under a name; durable on return.
    ///
    /// # Errors
    ///
    /// Exit 6 when the name has other keys, 2 when a signing key has another name or the name is none,
    /// 8 when the file cannot be read or written.
    pub fn pin(&self, name: &str, keys: Keys, now: Timestamp) -> Result<Pinned, Failure> {
        self.change_contacts(|contacts| contacts.pin(name, keys, now))
    }

    /// Changes the contacts; durable on return. Nothing is written when the change is refused.
    ///
    /// # Errors
    ///
    /// As [`Home::pin`].
    pub fn change_contacts<T>(
        &self,
        change: impl FnOnce(&mut Contacts) -> Result<T, PinError>,
    ) -> Result<T, Failure> {
        let path = self.folder.join("contacts");
        let lock_path = self.folder.join("contacts.lock");
        let lock = private(OpenOptions::new().write(true).create(true).truncate(false))
            .open(&lock_path)
            .and_then(|lock| lock.lock().map(|()| lock))
            .map_err(|error| Failure::write(&lock_path, error))?;
        let mut contacts = self.contacts()?;
        let outcome = change(&mut contacts).map_err(pin_failure)?;
        replace(&path, &contacts.to_bytes())?;
        drop(lock);
        Ok(outcome)
    }
}

/// Says why keys were not pinned.
fn pin_failure(error: PinError) -> Failure {
    match error {
        PinError::Name { name } => {
            Failure::usage(phrase!("contact-name", name = name)).hint(phrase!("contact-name-hint"))
        }
        PinError::Changed { name, what } => {
            let failure = Failure::new(Kind::Integrity, phrase!("contact-changed", name = &name));
            failure
                .why(changed(&what))
                .hint(phrase!("contact-changed-hint", name = name))
        }
        PinError::Taken { name } => Failure::usage(phrase!("contact-taken", name = name)),
        PinError::TooMany => Failure::usage(phrase!("contacts-full")),
        PinError::Unknown { name } => Failure::usage(phrase!("contact-unknown", name = name))
            .hint(phrase!("contact-unknown-hint")),
    }
}

/// Which keys are others than before.
fn changed(what: &[Changed]) -> Phrase {
    let phrase = |what: &Changed| match what {
        Changed::SigningKey => phrase!("changed-signing-key"),
        Changed::RequestKey => phrase!("changed-request-key"),
        Changed::Recipients => phrase!("changed-recipients"),
    };
    let join = |former, next: &Changed| match former {
        None => Some(phrase(next)),
        Some(former) => Some(phrase!(
            "changed-both",
            former = former,
            next = phrase(next)
        )),
    };
    let all = what.iter().fold(None, join);
    all.unwrap_or(phrase!("changed-recipients"))
}
