//! This device as the holder's own tool sees it: whether a folder's disk is encrypted.
//!
//! Promises: what it says is an observation by the holder's own tool, with what was looked at; a rule that
//! asks for encryption is met by `Yes` alone.

use std::path::Path;

use quitus_core::statement::Observation;
use quitus_core::time::Timestamp;

use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform::{DiskLook, Encryption, System};
use crate::words::Phrase;

/// Looks at the disk below a folder, or below the nearest one above it that exists.
#[must_use]
pub fn look(folder: &Path) -> DiskLook {
    System::default().look(folder)
}

/// Looks, and refuses a folder that is not seen to be encrypted.
///
/// # Errors
///
/// Exit 9 when it is not, or when nobody can tell.
pub fn require_encryption(folder: &Path) -> Result<DiskLook, Failure> {
    let look = look(folder);
    let what = match look.encryption {
        Encryption::Yes => return Ok(look),
        Encryption::No => phrase!("device-refused", path = folder),
        Encryption::Unknown => phrase!("device-refused-unknown", path = folder),
    };
    Err(Failure::new(Kind::Policy, what).hint(phrase!("device-refused-hint")))
}

/// What it came to, in words.
#[must_use]
pub fn answer(look: &DiskLook) -> Phrase {
    match look.encryption {
        Encryption::Yes => phrase!("device-encrypted"),
        Encryption::No => phrase!("device-not-encrypted"),
        Encryption::Unknown => phrase!("device-not-known"),
    }
}

/// The one word for it in events and statements.
#[must_use]
pub const fn word(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Yes => "encrypted",
        Encryption::No => "not encrypted",
        Encryption::Unknown => "not known",
    }
}

/// The look as a statement tells it.
#[must_use]
pub fn observation(look: &DiskLook, at: Timestamp) -> Observation {
    Observation {
        at,
        code: "disk.encryption".to_owned(),
        what: "the layers below the folder where files are written, by the holder's own tool"
            .to_owned(),
        result: format!("{}: {}", word(look.encryption), look.seen.join("; ")),
    }
}
