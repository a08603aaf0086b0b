//! The keys of this person: what signs in its name, what signs requests, what opens envelopes.
//!
//! ```text
//! signing.json  {"key":"ssh-ed25519 AAAA…","file":"/home/alice/.ssh/id_ed25519"}   or "file":null: in the agent
//! identity      # created: …                                    or the same sealed with a passphrase
//!               AGE-SECRET-KEY-1…
//! card          the contact card, as others get it
//! ```
//!
//! Promises: a key that others can read is refused; two processes that make a key at once end with
//! the same one; a file is replaced as a whole or not at all. The request key is software and never
//! does anything else, so that no request waits for a touch or a passphrase.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use quitus_core::card::Card;
use quitus_core::keys::{KeyError, PublicKey, Secret, Signer, SigningKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Home, private, sync_folder};
use crate::agent::AgentSigner;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform;

/// Longest key file that is read.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

/// A key that exists elsewhere and signs in this person's name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignWith {
    /// Its public half; another key in its place is noticed.
    pub key: PublicKey,
    /// The file it is in; `None` for one in the ssh-agent.
    pub file: Option<PathBuf>,
}

impl SignWith {
    /// The key in an OpenSSH file.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read, is locked, or others can read it.
    pub fn file(path: &Path) -> Result<Self, Failure> {
        let path = std::path::absolute(path).map_err(|error| Failure::read(path, error))?;
        let file = File::open(&path).map_err(|error| Failure::read(&path, error))?;
        Ok(Self {
            key: read_key(&path, file)?.public(),
            file: Some(path),
        })
    }

    /// The key in the file that was named.
    fn read(&self) -> Result<SigningKey, Failure> {
        let path = self.file.as_deref().unwrap_or_else(|| Path::new(""));
        let file = File::open(path).map_err(|error| Failure::read(path, error))?;
        let key = read_key(path, file)?;
        if key.public() == self.key {
            Ok(key)
        } else {
            let what = phrase!("key-is-another", path = path);
            Err(Failure::new(Kind::LocalIo, what))
        }
    }
}

impl Home {
    /// What signs manifests, terms, cards and statements; made at first use.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read or made, when others can read it, or when it is no longer the
    /// key that was named.
    pub fn signer(&self) -> Result<Box<dyn Signer>, Failure> {
        match self.sign_with()? {
            None => Ok(Box::new(self.key("signing.key")?)),
            Some(with @ SignWith { file: Some(_), .. }) => Ok(Box::new(with.read()?)),
            Some(SignWith { key, file: None }) => {
                Ok(Box::new(AgentSigner::new(key, self.agent.clone())))
            }
        }
    }

    /// The key file that signs in this person's name, where it is one that exists elsewhere: others
    /// may know this person by that key alone. None for a key in the ssh-agent, which opens nothing.
    ///
    /// # Errors
    ///
    /// As [`Home::signer`].
    pub fn own_ssh_key(&self) -> Result<Option<SigningKey>, Failure> {
        let with = self.sign_with()?.filter(|with| with.file.is_some());
        with.map(|with| with.read()).transpose()
    }

    /// The key that signs requests, and that owns this person's transfers; made at first use.
    ///
    /// # Errors
    ///
    /// As [`Home::signer`].
    pub fn request_key(&self) -> Result<SigningKey, Failure> {
        self.key("request.key")
    }

    /// Signs with another key from now on; durable on return.
    ///
    /// # Errors
    ///
    /// Exit 8 when that cannot be written down.
    pub fn set_sign_with(&self, with: &SignWith) -> Result<(), Failure> {
        let json = serde_json::to_vec(with).map_err(Failure::unexpected)?;
        replace(&self.folder.join("signing.json"), &json)
    }

    /// The file of identities that open what is sealed for this person; it may not exist yet.
    pub fn identity_path(&self) -> PathBuf {
        self.folder.join("identity")
    }

    /// Keeps a file of identities; durable on return.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be written.
    pub fn keep_identity(&self, file: &[u8]) -> Result<(), Failure> {
        replace(&self.identity_path(), file)
    }

    /// This person's card; `None` before `quitus init`.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read or does not verify.
    pub fn card(&self) -> Result<Option<Card>, Failure> {
        let path = self.folder.join("card");
        let Some(bytes) = read_if_there(&path)? else {
            return Ok(None);
        };
        let damaged = |error| {
            Failure::new(Kind::LocalIo, phrase!("key-damaged", path = &path)).because(error)
        };
        Card::verify(&bytes).map(Some).map_err(damaged)
    }

    /// Keeps this person's card; durable on return.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be written.
    pub fn keep_card(&self, card: &Card) -> Result<(), Failure> {
        replace(&self.folder.join("card"), card.as_bytes())
    }

    fn sign_with(&self) -> Result<Option<SignWith>, Failure> {
        let path = self.folder.join("signing.json");
        let Some(json) = read_if_there(&path)? else {
            return Ok(None);
        };
        let damaged = |error| {
            Failure::new(Kind::LocalIo, phrase!("key-damaged", path = &path)).because(error)
        };
        serde_json::from_slice(&json).map(Some).map_err(damaged)
    }

    fn key(&self, name: &str) -> Result<SigningKey, Failure> {
        let path = self.folder.join(name);
        match File::open(&path) {
            Ok(file) => read_key(&path, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(&path),
            Err(error) => Err(Failure::read(&path, error)),
        }
    }
}

/// Writes a private file as a whole, in the place of one that may be there; durable on return.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let scratch = platform::Scratch::new(path.with_extension(format!("{}", std::process::id())));
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file =
            private(options.write(true).create(true).truncate(true)).open(scratch.path())?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(scratch.path(), path)?;
        sync_folder(path)
    };
    write().map_err(|error| Failure::write(path, error))
}

pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::read(path, error)),
    }
}

fn read_key(path: &Path, file: File) -> Result<SigningKey, Failure> {
    let mut pem = Zeroizing::new(String::new());
    let read = |pem: &mut String| -> io::Result<u32> {
        let shared = platform::shared_mode(&file.metadata()?);
        file.take(KEY_FILE_BYTES_MAX).read_to_string(pem)?;
        Ok(shared)
    };
    if read(&mut pem).map_err(|error| Failure::read(path, error))? != 0 {
        return Err(
            Failure::new(Kind::LocalIo, phrase!("key-is-shared", path = path))
                .hint(phrase!("key-is-shared-hint", path = path)),
        );
    }
    SigningKey::from_openssh(&pem).map_err(|error| key_failure(path, error))
}

fn key_failure(path: &Path, error: KeyError) -> Failure {
    let in_agent = phrase!("key-in-agent-hint", path = path);
    match error {
        KeyError::Locked => {
            Failure::new(Kind::LocalIo, phrase!("key-locked", path = path)).hint(in_agent)
        }
        KeyError::Algorithm { algorithm } => {
            let what = phrase!("key-algorithm", path = path, algorithm = algorithm);
            Failure::new(Kind::LocalIo, what).hint(in_agent)
        }
        KeyError::Malformed { .. } | KeyError::Signature { .. } => {
            Failure::new(Kind::LocalIo, phrase!("key-damaged", path = path)).because(error)
        }
    }
}

/// Makes the key under a name of its own first, so that two first uses at once end with one key.
fn make_key(path: &Path) -> Result<SigningKey, Failure> {
    let seed = Secret::draw().map_err(Failure::unexpected)?;
    let key = SigningKey::from_seed(&seed);
    let scratch = platform::Scratch::new(path.with_extension(format!("{}", std::process::id())));
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file =
            private(options.write(true).create(true).truncate(true)).open(scratch.path())?;
        file.write_all(key.to_openssh().as_bytes())?;
        file.sync_data()
    };
    write().map_err(|error| Failure::write(path, error))?;
    match scratch.keep_as(path).and_then(|()| sync_folder(path)) {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let file = File::open(path).map_err(|error| Failure::read(path, error))?;
            read_key(path, file)
        }
        Err(error) => Err(Failure::write(path, error)),
    }
}
