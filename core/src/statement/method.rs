//! How something is destroyed: a closed list, each with one honest sentence.
//!
//! ```text
//! { "method": "unlink", "at": "2026-11-22T03:37:18Z", "n": 14, "effect": "the names … were removed; …" }
//! ```
//!
//! Promises: no sentence says more than the method does. It does not destroy anything. Sources: NIST SP
//! 800-88 for what is *not* claimed: none of these is Clear, Purge or Destroy.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// How.
    pub method: Method,
    /// When it was done.
    pub at: Timestamp,
    /// How many things it was done to.
    pub n: u64,
    /// What the method really does.
    pub effect: String,
}

/// How something is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// The share was overwritten in its place.
    #[serde(rename = "share.erase")]
    ShareErase,
    /// Every version of objects was deleted in a store.
    #[serde(rename = "store.delete-version")]
    StoreDeleteVersion,
    /// An account may do nothing any more.
    #[serde(rename = "access.revoke")]
    AccessRevoke,
    /// Files were removed from their folder.
    #[serde(rename = "unlink")]
    Unlink,
    /// Files were overwritten, then removed from their folder.
    #[serde(rename = "overwrite-and-unlink")]
    OverwriteAndUnlink,
    /// The key of sealed files was overwritten in its place.
    #[serde(rename = "key.erase")]
    KeyErase,
    /// The key of an encrypted volume was destroyed.
    #[serde(rename = "volume-key.erase")]
    VolumeKeyErase,
    /// Somebody else sanitised the device, and a certificate says so.
    #[serde(rename = "device-sanitised-externally")]
    DeviceSanitisedExternally,
    /// Paper was destroyed.
    #[serde(rename = "paper-destroyed")]
    PaperDestroyed,
    /// Somebody else was asked to delete.
    #[serde(rename = "third-party-deletion-requested")]
    ThirdPartyDeletionRequested,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 10] = [
        Self::ShareErase,
        Self::StoreDeleteVersion,
        Self::AccessRevoke,
        Self::Unlink,
        Self::OverwriteAndUnlink,
        Self::KeyErase,
        Self::VolumeKeyErase,
        Self::DeviceSanitisedExternally,
        Self::PaperDestroyed,
        Self::ThirdPartyDeletionRequested,
    ];

    /// Its name in statements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShareErase => "share.erase",
            Self::StoreDeleteVersion => "store.delete-version",
            Self::AccessRevoke => "access.revoke",
            Self::Unlink => "unlink",
            Self::OverwriteAndUnlink => "overwrite-and-unlink",
            Self::KeyErase => "key.erase",
            Self::VolumeKeyErase => "volume-key.erase",
            Self::DeviceSanitisedExternally => "device-sanitised-externally",
            Self::PaperDestroyed => "paper-destroyed",
            Self::ThirdPartyDeletionRequested => "third-party-deletion-requested",
        }
    }

    /// What the method really does.
    pub const fn effect(self) -> &'static str {
        match self {
            Self::ShareErase => {
                "one of the two halves of the key was overwritten in place and read back as zeros; \
                 sealed copies open for nobody who has not kept more than the tool keeps"
            }
            Self::StoreDeleteVersion => {
                "every listed version and delete marker was deleted; the provider may hold replicas \
                 until it collects them"
            }
            Self::AccessRevoke => {
                "the relay takes nothing from that key any more and gives nothing to it; what it had \
                 received before is not touched"
            }
            Self::Unlink => {
                "the names of the files were removed; the medium may hold their bytes until it uses \
                 the space again"
            }
            Self::OverwriteAndUnlink => {
                "the files were overwritten in place, synced and removed; not effective on \
                 copy-on-write or flash media"
            }
            Self::KeyErase => {
                "the key of sealed files was overwritten in place and read back as zeros; the sealed \
                 files open for nobody who has not kept more than the tool keeps"
            }
            Self::VolumeKeyErase => {
                "the key of an encrypted volume was destroyed by the means of its system"
            }
            Self::DeviceSanitisedExternally => {
                "the device was given to somebody who sanitised it; the attached certificate says how"
            }
            Self::PaperDestroyed => "paper was destroyed by hand",
            Self::ThirdPartyDeletionRequested => {
                "somebody else was asked to delete; nobody looked whether it was done"
            }
        }
    }
}

impl Action {
    /// Says what was done to `n` things.
    pub fn new(method: Method, at: Timestamp, n: u64) -> Self {
        Self {
            method,
            at,
            n,
            effect: method.effect().to_owned(),
        }
    }
}
