//! Statements: this person's own, and those of others that were verified; a folder for each scope.
//!
//! ```text
//! statements/engagement-2222…/0003-client-engaged.json        the file, byte for byte
//! statements/engagement-2222…/0003-client-engaged.json.sig    its signature, as ssh-keygen reads it
//! statements/transfer-1111…/lock
//! ```
//!
//! Promises: the signature is durable before the file, so that a file that is there is whole; what is
//! kept is never changed; what is read is verified again. It does not say whether one is missing.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use quitus_core::keys::Fingerprint;
use quitus_core::statement::{Kind, STATEMENT_BYTES_MAX, Scope, SignedStatement, Verified};

use super::{Home, make_folder, private};
use crate::failure::{Failure, Kind as FailureKind};
use crate::phrase;

const FOLDER: &str = "statements";
/// Longest signature that is looked at.
const SIGNATURE_BYTES_MAX: u64 = 16 * 1024;

/// A statement that is kept.
#[derive(Clone)]
pub struct KeptStatement {
    /// Its bytes.
    pub signed: SignedStatement,
    /// What it says, and who signed it.
    pub verified: Verified,
    /// Where its file is.
    pub path: PathBuf,
}

impl KeptStatement {
    /// Whether it is of a kind and a signer.
    #[must_use]
    pub fn is(&self, kind: Kind, signer: &Fingerprint) -> bool {
        self.verified.statement.predicate_type == kind && self.verified.key.fingerprint() == *signer
    }
}

/// While it lives, no other process adds statements to a scope.
pub struct ScopeLock(#[expect(dead_code, reason = "the lock ends with the file")] File);

impl Home {
    /// Takes a scope for this process; waits for another that has it.
    ///
    /// # Errors
    ///
    /// Exit 8 when its folder cannot be made.
    pub fn lock_scope(&self, scope: &Scope) -> Result<ScopeLock, Failure> {
        let folder = self.path_of(&folder_of(scope));
        make_folder(&folder)?;
        let path = folder.join("lock");
        let lock = private(OpenOptions::new().write(true).create(true).truncate(false)).open(&path);
        let lock = lock.and_then(|lock| lock.lock().map(|()| lock));
        lock.map(ScopeLock)
            .map_err(|error| Failure::write(&path, error))
    }

    /// Every statement of a scope, in the order in which they came.
    ///
    /// # Errors
    ///
    /// Exit 8 when one cannot be read, 11 when one does not verify any more.
    pub fn statements(&self, scope: &Scope) -> Result<Vec<KeptStatement>, Failure> {
        let folder = folder_of(scope);
        let mut names = self.names_in(&folder)?;
        names.retain(|name| name.strip_suffix(".json").is_some());
        names.sort();
        let read = |name: &String| self.statement(&format!("{folder}/{name}"));
        names.iter().map(read).collect()
    }

    /// Keeps a statement that was verified, behind those that `known` has of its scope, unless it is among
    /// them; durable on return. The caller has held the scope's lock since it read them.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be written.
    pub fn keep_statement(
        &self,
        scope: &Scope,
        known: &mut Vec<KeptStatement>,
        (signed, verified): (SignedStatement, Verified),
    ) -> Result<KeptStatement, Failure> {
        let is_it = |kept: &&KeptStatement| kept.verified.digest == verified.digest;
        if let Some(kept) = known.iter().find(is_it) {
            return Ok(kept.clone());
        }
        let (kind, role) = (
            verified.statement.predicate_type,
            verified.statement.predicate.issuer.role,
        );
        let number = known.len() + 1;
        let name = format!("{}/{number:04}-{role}-{kind}.json", folder_of(scope));
        self.replace_file(&format!("{name}.sig"), signed.signature.as_bytes())?;
        self.replace_file(&name, signed.file.as_bytes())?;
        let kept = KeptStatement {
            signed,
            verified,
            path: self.path_of(&name),
        };
        known.push(kept.clone());
        Ok(kept)
    }

    fn statement(&self, name: &str) -> Result<KeptStatement, Failure> {
        let path = self.path_of(name);
        let damaged = || {
            Failure::new(
                FailureKind::EvidenceInvalid,
                phrase!("statement-damaged", path = &path),
            )
            .hint(phrase!("statement-damaged-hint"))
        };
        let text = |name: &str, bytes_max| -> Result<String, Failure> {
            let bytes = self.read_file(name, bytes_max)?.unwrap_or_default();
            String::from_utf8(bytes).map_err(|error| damaged().because(error))
        };
        let signed = SignedStatement {
            file: text(name, STATEMENT_BYTES_MAX as u64)?,
            signature: text(&format!("{name}.sig"), SIGNATURE_BYTES_MAX)?,
        };
        let verified = signed.verify().map_err(|error| damaged().because(error))?;
        Ok(KeptStatement {
            signed,
            verified,
            path,
        })
    }
}

fn folder_of(scope: &Scope) -> String {
    format!("{FOLDER}/{}", scope.to_string().replace(':', "-"))
}
