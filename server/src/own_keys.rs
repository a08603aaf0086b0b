//! The keys that the relay signs with, each in a file of its own.
//!
//! ```text
//! keys/statement.key         an OpenSSH private key, Ed25519, made at the first start
//! keys/log.key               another
//! ```
//!
//! Promises: no key is the one of TLS or of anything else; they lie outside the data; a key that was made
//! is durable before it is used. It does not know what they sign.

use std::io::{self, Write as _};
use std::path::Path;

use quitus_core::keys::{DrawError, KeyError, Secret, SigningKey};
use zeroize::Zeroizing;

use crate::{durable, platform};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnKey {
    /// Statements.
    Statement,
    /// Checkpoints of the log.
    Log,
}

impl OwnKey {
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Statement => "statement.key",
            Self::Log => "log.key",
        }
    }
}

/// Why the relay has no key of its own.
#[derive(Debug, thiserror::Error)]
pub enum OwnKeyError {
    /// The file holds something else.
    #[error("{path} is not an unlocked Ed25519 key of OpenSSH")]
    Key {
        /// The file.
        path: String,
        /// What is wrong.
        source: KeyError,
    },
    /// The system has no randomness.
    #[error("the system gives no random bytes")]
    Draw(#[from] DrawError),
    /// The file cannot be read or written.
    #[error("the key cannot be read or written")]
    Io(#[from] io::Error),
}

/// Reads a key of a folder, or makes it; durable on return.
pub(crate) fn open(folder: &Path, of: OwnKey) -> Result<SigningKey, OwnKeyError> {
    match read(folder, of)? {
        Some(key) => Ok(key),
        None => make(folder, of),
    }
}

/// Reads a key of a folder.
pub(crate) fn read(folder: &Path, of: OwnKey) -> Result<Option<SigningKey>, OwnKeyError> {
    let path = folder.join(of.file());
    let pem = match std::fs::read_to_string(&path) {
        Ok(pem) => Zeroizing::new(pem),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let key = SigningKey::from_openssh(&pem).map_err(|source| OwnKeyError::Key {
        path: path.display().to_string(),
        source,
    });
    key.map(Some)
}

fn make(folder: &Path, of: OwnKey) -> Result<SigningKey, OwnKeyError> {
    let key = SigningKey::from_seed(&Secret::draw()?);
    replace(folder, of.file(), key.to_openssh().as_bytes())?;
    Ok(key)
}

/// Gives a file of a folder other content at once; durable on return. After a crash the former
/// content is there, or the new one, whole.
pub(crate) fn replace(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    let unfinished = folder.join(format!("{name}.new"));
    let mut file = platform::private_file(&unfinished)?;
    file.set_len(0)?;
    file.write_all(content)?;
    durable::sync_all(&file)?;
    std::fs::rename(&unfinished, &path)?;
    durable::sync_folder(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mut made = Vec::new();
        for of in [OwnKey::Statement, OwnKey::Log] {
            assert!(read(folder.path(), of).unwrap().is_none());
            let first = open(folder.path(), of).unwrap().public();
            assert!(open(folder.path(), of).unwrap().public() == first);
            let path = folder.path().join(of.file());
            let permissions = path.metadata().unwrap().permissions();
            assert_eq!(permissions.mode() & 0o777, 0o600);
            made.push(first);
        }
        assert_ne!(made[0], made[1]);
        let path = folder.path().join(OwnKey::Statement.file());
        std::fs::write(&path, "something else").unwrap();
        let refused = open(folder.path(), OwnKey::Statement);
        assert!(matches!(refused, Err(OwnKeyError::Key { .. })));
    }
}
