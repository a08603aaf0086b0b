//! The keys of this person: what signs in its name, and what signs requests.
//!
//! Promises: a key that others can read is refused; two processes that make a key at once end with
//! the same one. The request key is software and never does anything else, so that no request waits
//! for a touch or a passphrase.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use quitus_core::keys::{Secret, Signer, SigningKey};
use zeroize::Zeroizing;

use super::{Home, private, sync_folder};
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform;

/// Longest key file that is read.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

impl Home {
    /// What signs manifests, terms, cards and statements; made at first use.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read or made, or when others can read it.
    pub fn signer(&self) -> Result<Box<dyn Signer>, Failure> {
        self.key("signing.key")
            .map(|key| Box::new(key) as Box<dyn Signer>)
    }

    /// The key that signs requests, and that owns this person's transfers; made at first use.
    ///
    /// # Errors
    ///
    /// As [`Home::signer`].
    pub fn request_key(&self) -> Result<SigningKey, Failure> {
        self.key("request.key")
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
    SigningKey::from_openssh(&pem).map_err(|error| {
        Failure::new(Kind::LocalIo, phrase!("key-damaged", path = path)).because(error)
    })
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
