//! Contacts: the keys that this person has pinned, by the name it gave each.
//!
//! ```text
//! {"type":"quitus/contacts/v1","contacts":[
//!   {"name":"alice","card":"-----BEGIN SSH SIGNATURE-----\n…","ssh":[],"pinnedAt":"…","verifiedAt":null},
//!   {"name":"bob","card":null,"ssh":["ssh-ed25519 AAAA…"],"pinnedAt":"…","verifiedAt":"…"}]}
//! ```
//!
//! Promises: keys under a name never change unless [`Contacts::replace`] is asked to; one signing
//! key has one name; a card is kept as it was signed and verified whenever it is read. Keys come
//! from the person or a card, never from a relay.
//!
//! Does not: decide whether a contact was verified; the person does, by comparing words.

use serde::{Deserialize, Serialize};

use crate::card::{Card, CardError, CardWords};
use crate::document::{self, DocumentError};
use crate::keys::{Fingerprint, KeyError, PublicKey};
use crate::text;
use crate::time::Timestamp;

const TYPE: &str = "quitus/contacts/v1";
const CARD_BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----";

/// Most contacts that are kept.
pub const CONTACTS_MAX: usize = 1_000;
/// Bytes of the longest name of a contact.
pub const CONTACT_NAME_BYTES_MAX: usize = 64;
/// Most keys of a contact without a card.
pub const SSH_KEYS_MAX: usize = 16;

/// All contacts, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contacts(Vec<Contact>);

/// Someone whose keys are pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name this person gave it.
    pub name: String,
    /// Its keys.
    pub keys: Keys,
    /// When these keys were pinned.
    pub pinned_at: Timestamp,
    /// When the words of these keys were compared; `None` before.
    pub verified_at: Option<Timestamp>,
}

/// The keys of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// Those of its card.
    Card(Box<Card>),
    /// OpenSSH keys without a card, one at least; each is recipient, signing key and request key.
    Ssh(Vec<PublicKey>),
}

/// What of a person's keys is another than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The key that signs manifests, terms, cards and statements.
    SigningKey,
    /// The key that signs requests.
    RequestKey,
    /// Whom to seal for.
    Recipients,
}

/// What pinning did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pinned {
    /// The name is new.
    New,
    /// The name had these keys already; a later card of theirs took the place of the former.
    Known,
}

/// Why a text gives no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It looks like a card and is none that counts.
    #[error("the card does not count")]
    Card(#[source] CardError),
    /// No `ssh-ed25519` key in it, nor a card.
    #[error("neither a contact card nor an ssh-ed25519 key")]
    Nothing,
    /// More keys than [`SSH_KEYS_MAX`].
    #[error("{actual} keys, at most {SSH_KEYS_MAX} are accepted")]
    TooMany {
        /// Keys found.
        actual: usize,
    },
}

/// Why keys are not pinned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not a name that can stand in a command line.
    #[error(
        "{name:?} is not a name of 1 to {CONTACT_NAME_BYTES_MAX} bytes without white space, not beginning with a hyphen"
    )]
    Name {
        /// The name, cut at 64 characters.
        name: String,
    },
    /// The name has other keys.
    #[error("the keys of {name} are not those that were pinned")]
    Changed {
        /// The name.
        name: String,
        /// What differs, one at least.
        what: Vec<Changed>,
    },
    /// A signing key already has another name.
    #[error("these keys are pinned under the name {name}")]
    Taken {
        /// That name.
        name: String,
    },
    /// [`CONTACTS_MAX`] contacts are kept already.
    #[error("{CONTACTS_MAX} contacts are kept, no more are accepted")]
    TooMany,
    /// Nobody has that name.
    #[error("no contact has the name {name:?}")]
    Unknown {
        /// The name, cut at 64 characters.
        name: String,
    },
}

/// Why a file of contacts does not count.
#[derive(Debug, thiserror::Error)]
pub enum ContactsError {
    /// Not the JSON of such a file.
    #[error("the contacts are not well formed")]
    Document(#[source] DocumentError),
    /// A kept card does not count.
    #[error("the card of contact {index} does not count")]
    Card {
        /// Its place, counted from 0.
        index: usize,
        /// What is wrong with it.
        #[source]
        error: CardError,
    },
    /// A contact with a card and keys, with neither, with a bad name or out of order.
    #[error("contact {index} is not one that was kept here")]
    Contact {
        /// Its place, counted from 0.
        index: usize,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    r#type: String,
    contacts: Vec<Kept>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    name: String,
    card: Option<String>,
    ssh: Vec<PublicKey>,
    pinned_at: Timestamp,
    verified_at: Option<Timestamp>,
}

impl Keys {
    /// Reads a card, or public keys of OpenSSH, one to a line; also gives how many lines were keys
    /// of other types or no keys. White space around a card and line ends of any system are no
    /// part of it.
    ///
    /// # Errors
    ///
    /// If there is neither a card that counts nor a key.
    pub fn read(text: &[u8]) -> Result<(Self, usize), KeysError> {
        let text = text.trim_ascii();
        if text.starts_with(CARD_BEGIN) {
            let mut card: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'\r').collect();
            card.push(b'\n');
            let card = Card::verify(&card).map_err(KeysError::Card)?;
            return Ok((Self::Card(Box::new(card)), 0));
        }
        let text = String::from_utf8_lossy(text);
        let is_key = |line: &&str| !line.is_empty() && !line.starts_with('#');
        let lines: Vec<_> = text.lines().map(str::trim).filter(is_key).collect();
        let mut keys: Vec<PublicKey> = Vec::new();
        let mut n_skipped = 0;
        for line in &lines {
            match software_key(line) {
                Ok(key) if keys.contains(&key) => {}
                Ok(key) => keys.push(key),
                Err(_) => n_skipped += 1,
            }
        }
        match keys.len() {
            0 => Err(KeysError::Nothing),
            1..=SSH_KEYS_MAX => Ok((Self::Ssh(keys), n_skipped)),
            actual => Err(KeysError::TooMany { actual }),
        }
    }

    /// Whom to seal for, as text; each parses as a recipient.
    pub fn recipients(&self) -> Vec<String> {
        match self {
            Self::Card(card) => card.recipients().to_vec(),
            Self::Ssh(keys) => keys.iter().map(PublicKey::to_string).collect(),
        }
    }

    /// The keys whose signatures are this person's; one for a card.
    pub fn signing_keys(&self) -> &[PublicKey] {
        match self {
            Self::Card(card) => std::slice::from_ref(card.signing_key()),
            Self::Ssh(keys) => keys,
        }
    }

    /// The keys that are this person's accounts; one for a card.
    pub fn request_keys(&self) -> &[PublicKey] {
        match self {
            Self::Card(card) => std::slice::from_ref(card.request_key()),
            Self::Ssh(keys) => keys,
        }
    }

    /// The fingerprint to show: of the signing key, the first of several.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.signing_keys().first().map(PublicKey::fingerprint)
    }

    /// The words to compare aloud: of a card, or of the first key.
    pub fn words(&self) -> Option<CardWords> {
        match self {
            Self::Card(card) => Some(card.words()),
            Self::Ssh(keys) => keys
                .first()
                .map(|key| CardWords::of(key, key, &self.recipients())),
        }
    }

    /// What differs from `other`; none where the keys are the same.
    pub fn changes(&self, other: &Self) -> Vec<Changed> {
        let differs = |is_same: bool, what| (!is_same).then_some(what);
        [
            differs(
                self.signing_keys() == other.signing_keys(),
                Changed::SigningKey,
            ),
            differs(
                self.request_keys() == other.request_keys(),
                Changed::RequestKey,
            ),
            differs(self.recipients() == other.recipients(), Changed::Recipients),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Contacts {
    /// Reads the file that [`Contacts::to_bytes`] wrote.
    pub fn parse(bytes: &[u8]) -> Result<Self, ContactsError> {
        let file: File = document::from_json(TYPE, bytes).map_err(ContactsError::Document)?;
        let mut contacts: Vec<Contact> = Vec::with_capacity(file.contacts.len().min(CONTACTS_MAX));
        for (index, kept) in file.contacts.into_iter().enumerate() {
            let contact = kept.contact(index)?;
            let follows = contacts.last().is_none_or(|last| last.name < contact.name);
            if !follows || index >= CONTACTS_MAX || check_name(&contact.name).is_err() {
                return Err(ContactsError::Contact { index });
            }
            contacts.push(contact);
        }
        Ok(Self(contacts))
    }

    /// The file: one JSON document.
    pub fn to_bytes(&self) -> Vec<u8> {
        document::to_json(&File {
            r#type: TYPE.to_owned(),
            contacts: self.0.iter().map(Kept::of).collect(),
        })
    }

    /// All contacts, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.0.iter()
    }

    /// The contact of a name.
    pub fn named(&self, name: &str) -> Option<&Contact> {
        self.0.iter().find(|contact| contact.name == name)
    }

    /// The contact whose signatures are made by a key.
    pub fn of_signing_key(&self, key: &PublicKey) -> Option<&Contact> {
        let is_its_own = |contact: &&Contact| contact.keys.signing_keys().contains(key);
        self.0.iter().find(is_its_own)
    }

    /// Pins keys under a name. Keys that are there already stay verified.
    ///
    /// # Errors
    ///
    /// If the name has other keys, a signing key another name, or the name is none.
    pub fn pin(&mut self, name: &str, keys: Keys, now: Timestamp) -> Result<Pinned, PinError> {
        check_name(name)?;
        self.check_taken(name, &keys)?;
        let Some(contact) = self.0.iter_mut().find(|contact| contact.name == name) else {
            return self.insert(name, keys, now).map(|()| Pinned::New);
        };
        let what = contact.keys.changes(&keys);
        if !what.is_empty() {
            let name = name.to_owned();
            return Err(PinError::Changed { name, what });
        }
        contact.keys.renew(keys);
        Ok(Pinned::Known)
    }

    /// Puts other keys in the place of those of a name. Keys that differ are not verified then.
    ///
    /// # Errors
    ///
    /// If nobody has the name, or a signing key has another name.
    pub fn replace(&mut self, name: &str, keys: Keys, now: Timestamp) -> Result<(), PinError> {
        self.check_taken(name, &keys)?;
        let contact = self.find_mut(name)?;
        if contact.keys.changes(&keys).is_empty() {
            contact.keys.renew(keys);
        } else {
            contact.keys = keys;
            contact.pinned_at = now;
            contact.verified_at = None;
        }
        Ok(())
    }

    /// Notes that the words of a contact were compared.
    ///
    /// # Errors
    ///
    /// If nobody has the name.
    pub fn verified(&mut self, name: &str, now: Timestamp) -> Result<(), PinError> {
        self.find_mut(name)?.verified_at = Some(now);
        Ok(())
    }

    /// Forgets a contact.
    ///
    /// # Errors
    ///
    /// If nobody has the name.
    pub fn remove(&mut self, name: &str) -> Result<(), PinError> {
        self.find_mut(name)?;
        self.0.retain(|contact| contact.name != name);
        Ok(())
    }

    fn insert(&mut self, name: &str, keys: Keys, now: Timestamp) -> Result<(), PinError> {
        if self.0.len() >= CONTACTS_MAX {
            return Err(PinError::TooMany);
        }
        self.0.push(Contact {
            name: name.to_owned(),
            keys,
            pinned_at: now,
            verified_at: None,
        });
        self.0.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(())
    }

    fn find_mut(&mut self, name: &str) -> Result<&mut Contact, PinError> {
        let found = self.0.iter_mut().find(|contact| contact.name == name);
        found.ok_or_else(|| PinError::Unknown { name: cut(name) })
    }

    fn check_taken(&self, name: &str, keys: &Keys) -> Result<(), PinError> {
        let owners = keys
            .signing_keys()
            .iter()
            .filter_map(|key| self.of_signing_key(key));
        match owners.into_iter().find(|owner| owner.name != name) {
            Some(owner) => {
                let name = owner.name.clone();
                Err(PinError::Taken { name })
            }
            None => Ok(()),
        }
    }
}

impl Keys {
    /// Takes a later card of the same keys: the person may have another name by now.
    fn renew(&mut self, keys: Self) {
        if let (Self::Card(before), Self::Card(card)) = (&*self, &keys)
            && card.made_at() > before.made_at()
        {
            *self = keys;
        }
    }
}

impl Kept {
    fn of(contact: &Contact) -> Self {
        let (card, ssh) = match &contact.keys {
            Keys::Card(card) => {
                let text = String::from_utf8(card.as_bytes().to_vec());
                (
                    Some(text.expect("a card that was read is text")),
                    Vec::new(),
                )
            }
            Keys::Ssh(keys) => (None, keys.clone()),
        };
        Self {
            name: contact.name.clone(),
            card,
            ssh,
            pinned_at: contact.pinned_at,
            verified_at: contact.verified_at,
        }
    }

    fn contact(self, index: usize) -> Result<Contact, ContactsError> {
        let keys = match (self.card, self.ssh.len()) {
            (Some(card), 0) => {
                let card = Card::verify(card.as_bytes());
                Keys::Card(Box::new(
                    card.map_err(|error| ContactsError::Card { index, error })?,
                ))
            }
            (None, 1..=SSH_KEYS_MAX) if self.ssh.iter().all(|key| key.check_software().is_ok()) => {
                Keys::Ssh(self.ssh)
            }
            (Some(_) | None, _) => return Err(ContactsError::Contact { index }),
        };
        Ok(Contact {
            name: self.name,
            keys,
            pinned_at: self.pinned_at,
            verified_at: self.verified_at,
        })
    }
}

/// A key that can be recipient and sign requests too.
fn software_key(line: &str) -> Result<PublicKey, KeyError> {
    let key: PublicKey = line.parse()?;
    key.check_software().map(|()| key)
}

/// A name is typed in command lines, and stands beside keys where it must not be taken for one.
fn check_name(name: &str) -> Result<(), PinError> {
    let is_name = (1..=CONTACT_NAME_BYTES_MAX).contains(&name.len())
        && text::is_plain(name)
        && !name.contains(char::is_whitespace)
        && !name.starts_with('-')
        && !["age1", "AGE-", "ssh-"]
            .iter()
            .any(|key| name.starts_with(key));
    if is_name {
        Ok(())
    } else {
        Err(PinError::Name { name: cut(name) })
    }
}

fn cut(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::SecretKey;
    use crate::keys::{Secret, SigningKey};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds, 0)
    }

    /// A card of three keys, made at a moment.
    fn card(name: &str, [signing, request, recipient]: [u8; 3], made_at: i64) -> Keys {
        let recipient = SecretKey::from_scalar(&[recipient; 32]).recipient_text();
        let request = (key(request).public(), at(made_at));
        Keys::Card(Box::new(
            Card::sign(name, vec![recipient], request, &key(signing)).unwrap(),
        ))
    }

    fn ssh(seeds: &[u8]) -> Keys {
        Keys::Ssh(seeds.iter().map(|seed| key(*seed).public()).collect())
    }

    fn two() -> Contacts {
        let mut contacts = Contacts::default();
        contacts.pin("bob", ssh(&[4, 5]), at(1)).unwrap();
        contacts
            .pin("alice", card("Alice", [1, 2, 3], 7), at(2))
            .unwrap();
        contacts
    }

    #[test]
    fn contacts_come_back_as_they_were_kept() {
        let mut contacts = two();
        contacts.verified("bob", at(3)).unwrap();
        let read = Contacts::parse(&contacts.to_bytes()).unwrap();
        assert_eq!(read, contacts);
        let names: Vec<_> = read.iter().map(|contact| contact.name.as_str()).collect();
        assert_eq!(names, ["alice", "bob"]);
        let found = read.of_signing_key(&key(5).public()).unwrap();
        assert_eq!(
            (found.name.as_str(), found.verified_at),
            ("bob", Some(at(3)))
        );
        assert!(
            read.of_signing_key(&key(2).public()).is_none(),
            "a request key signs nothing"
        );
        assert!(read.named("alicE").is_none());
    }

    #[test]
    fn a_changed_key_is_refused_until_it_is_replaced() {
        let cases = [
            (card("Alice", [9, 2, 3], 8), vec![Changed::SigningKey]),
            (card("Alice", [1, 9, 3], 8), vec![Changed::RequestKey]),
            (card("Alice", [1, 2, 9], 8), vec![Changed::Recipients]),
            (ssh(&[1]), vec![Changed::RequestKey, Changed::Recipients]),
        ];
        for (other, what) in cases {
            let mut contacts = two();
            contacts.verified("alice", at(3)).unwrap();
            let name = "alice".to_owned();
            assert_eq!(
                contacts.pin("alice", other.clone(), at(4)),
                Err(PinError::Changed { name, what })
            );
            assert_eq!(
                contacts.named("alice").unwrap().keys,
                card("Alice", [1, 2, 3], 7)
            );
            contacts.replace("alice", other.clone(), at(5)).unwrap();
            let alice = contacts.named("alice").unwrap();
            assert_eq!((&alice.keys, alice.pinned_at), (&other, at(5)));
            assert_eq!(alice.verified_at, None, "other keys have other words");
        }
    }

    #[test]
    fn the_same_keys_stay_verified_and_the_latest_card_is_kept() {
        let mut contacts = two();
        contacts.verified("alice", at(3)).unwrap();
        for (made_at, expected) in [(6, "Alice"), (8, "Alice B.")] {
            let renewed = card("Alice B.", [1, 2, 3], made_at);
            assert_eq!(contacts.pin("alice", renewed, at(4)), Ok(Pinned::Known));
            let alice = contacts.named("alice").unwrap();
            assert!(matches!(&alice.keys, Keys::Card(card) if card.name() == expected));
            assert_eq!((alice.verified_at, alice.pinned_at), (Some(at(3)), at(2)));
        }
    }

    #[test]
    fn a_signing_key_has_one_name() {
        let name = "bob".to_owned();
        let taken = PinError::Taken { name };
        let mut contacts = two();
        assert_eq!(
            contacts.pin("carol", ssh(&[8, 5]), at(4)),
            Err(taken.clone())
        );
        assert_eq!(contacts.replace("alice", ssh(&[4]), at(4)), Err(taken));
        contacts.remove("bob").unwrap();
        assert_eq!(contacts.pin("carol", ssh(&[8, 5]), at(4)), Ok(Pinned::New));
        let unknown = Err(PinError::Unknown {
            name: "bob".to_owned(),
        });
        assert_eq!(contacts.remove("bob"), unknown);
        assert_eq!(contacts.verified("bob", at(4)), unknown);
        assert_eq!(contacts.replace("bob", ssh(&[7]), at(4)), unknown);
    }

    #[test]
    fn names_that_are_no_names_are_refused() {
        let long = "n".repeat(65);
        for name in [
            "",
            "a b",
            "-a",
            "a\n",
            "age1abc",
            "ssh-ed25519",
            "AGE-PLUGIN",
            "e\u{301}",
            &long,
        ] {
            let refused = Contacts::default().pin(name, ssh(&[1]), at(1));
            assert!(matches!(refused, Err(PinError::Name { .. })), "{name}");
        }
        for name in ["a", "alice@example.org", "Élodie", "client-2"] {
            assert!(
                Contacts::default().pin(name, ssh(&[1]), at(1)).is_ok(),
                "{name}"
            );
        }
    }

    #[test]
    fn files_of_keys_give_those_we_know_and_count_the_others() {
        let lines = format!(
            "# keys\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA=\r\n{0} me@here\n\n{1}\n{0}\n",
            key(1).public(),
            key(2).public()
        );
        let (keys, n_skipped) = Keys::read(lines.as_bytes()).unwrap();
        assert_eq!((keys, n_skipped), (ssh(&[1, 2]), 1));
        let Keys::Card(card) = card("Alice", [1, 2, 3], 7) else {
            panic!("made of a card")
        };
        let text = String::from_utf8(card.as_bytes().to_vec()).unwrap();
        for pasted in [
            text.clone(),
            format!("\n {text}\n\n"),
            text.replace('\n', "\r\n"),
            text.trim().to_owned(),
        ] {
            assert_eq!(
                Keys::read(pasted.as_bytes()).unwrap(),
                (Keys::Card(card.clone()), 0)
            );
        }
        let changed = text.replace("Alice", "Alicf");
        assert!(matches!(
            Keys::read(changed.as_bytes()),
            Err(KeysError::Card(_))
        ));
        for nothing in ["", "# only", "ssh-rsa AAAA", "age1abc"] {
            assert!(
                matches!(Keys::read(nothing.as_bytes()), Err(KeysError::Nothing)),
                "{nothing}"
            );
        }
        let many: Vec<_> = (1..=17)
            .map(|seed| key(seed).public().to_string())
            .collect();
        let refused = Keys::read(many.join("\n").as_bytes());
        assert!(matches!(refused, Err(KeysError::TooMany { actual: 17 })));
    }

    #[test]
    fn a_file_that_was_changed_is_refused() {
        let text = String::from_utf8(two().to_bytes()).unwrap();
        assert!(Contacts::parse(text.as_bytes()).is_ok());
        let cases = [
            ("\"bob\"", "\"a\""),
            ("\"bob\"", "\"alice\""),
            ("\"bob\"", "\"b b\""),
            ("\\\"name\\\":\\\"Alice\\\"", "\\\"name\\\":\\\"Alicf\\\""),
            ("\"ssh\":[]", "\"ssh\":[\"ssh-ed25519 AAAA\"]"),
            ("\"card\":null", "\"card\":\"\""),
            ("contacts/v1", "contacts/v2"),
        ];
        for (from, to) in cases {
            let changed = text.replace(from, to);
            assert_ne!(changed, text, "{from}");
            assert!(Contacts::parse(changed.as_bytes()).is_err(), "{from} {to}");
        }
    }
}
