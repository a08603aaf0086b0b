//! What never changes of a transfer: its files, and what they are bound to; signed by the sender.
//!
//! ```text
//! {"type":"quitus/manifest/v1","id":"1111…","relay":"https://relay.example","logKey":null,
//!  "sender":"SHA256:…","sealedDigest":"…","shareCommitment":"…","engagement":null,
//!  "form":"tar","archiveBytes":10240,"entries":[
//!   {"path":"brief","mode":493,"mtime":"2026-11-22T03:37:18Z","file":null},
//!   {"path":"brief/a.txt","mode":420,"mtime":"…","file":{"bytes":5,"digest":"…","salt":"…"}}]}
//! ```
//!
//! Promises: a manifest that parsed has an archive of the length it says, safe paths, parents first.
//! It says nothing about who may read it or for how long: that is in the terms.

use std::thread;

use serde::{Deserialize, Serialize};

use crate::archive::{ENTRIES_MAX, Entry, EntryPath, Form, Layout, LayoutError};
use crate::digest::{Blake3, Sha256};
use crate::document::{self, DocumentError};
use crate::engagement::EngagementId;
use crate::keys::{Fingerprint, Namespace, PublicKey, SignError, Signer};
use crate::origin::Origin;
use crate::time::Timestamp;
use crate::tlog::{Algorithm, LogOrigin, VerifierKey};
use crate::transfer::TransferId;

const TYPE: &str = "quitus/manifest/v1";

/// The manifest of a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    r#type: String,
    /// The transfer.
    pub id: TransferId,
    /// The relay it was sent through.
    pub relay: Origin,
    /// The key of the relay's log, as the sender keeps it; `None` where the relay was not joined.
    pub log_key: Option<VerifierKey>,
    /// The sender's signing key.
    pub sender: Fingerprint,
    /// The digest of header and parts ([`crate::parts::sealed_digest`]).
    pub sealed_digest: Sha256,
    /// The commitment to the relay's share ([`crate::split::share_commitment`]).
    pub share_commitment: Sha256,
    /// The engagement it belongs to.
    pub engagement: Option<EngagementId>,
    /// How the entries became one stream.
    pub form: Form,
    /// Bytes of that stream.
    pub archive_bytes: u64,
    /// Files and folders, in the order of their paths.
    pub entries: Vec<ManifestEntry>,
}

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    /// Where it lies below the destination.
    pub path: EntryPath,
    /// Permission bits, `0o777` at most.
    pub mode: u16,
    /// When it was last changed.
    pub mtime: Timestamp,
    /// What a file holds; `None` for a folder.
    pub file: Option<FileFacts>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its bytes.
    pub digest: Blake3,
    /// 16 random bytes in hex, so that a digest shown elsewhere tells nothing about a guessed file.
    #[serde(with = "salt")]
    pub salt: [u8; 16],
}

mod salt {
    use core::str::FromStr;

    use serde::{Deserializer, Serializer};

    use crate::text::{self, TextError};

    struct Salt([u8; 16]);

    impl FromStr for Salt {
        type Err = TextError;

        fn from_str(text: &str) -> Result<Self, TextError> {
            text::from_hex(text).map(Self)
        }
    }

    pub(super) fn serialize<S: Serializer>(
        salt: &[u8; 16],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text::hex_into(salt, &mut [0; 32]))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<[u8; 16], D::Error> {
        text::deserialize(input).map(|Salt(salt)| salt)
    }
}

/// Why a manifest does not count.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is not a signed manifest.
    #[error("the manifest does not verify")]
    Document(#[source] DocumentError),
    /// It names another sender than the key that signed it.
    #[error("the manifest names the sender {named}, but was signed by {actual}")]
    Sender {
        /// The fingerprint in the manifest.
        named: Fingerprint,
        /// The key that signed.
        actual: Fingerprint,
    },
    /// A path that does not follow the one before it, or whose folder is not listed.
    #[error("the path {path:?} is listed twice, out of order, or without its folder")]
    Order {
        /// The path.
        path: String,
    },
    /// Permission bits beyond `0o777`.
    #[error("the mode {mode:o} of {path:?} is not a set of permissions")]
    Mode {
        /// The path.
        path: String,
        /// The mode.
        mode: u16,
    },
    /// More than [`ENTRIES_MAX`] entries.
    #[error("the manifest lists {actual} entries, at most {ENTRIES_MAX} are accepted")]
    TooMany {
        /// Entries listed.
        actual: usize,
    },
    /// The key is not one of the relay's log.
    #[error("the manifest names {key}, which is not a key of the log of {relay}")]
    LogKey {
        /// The key.
        key: VerifierKey,
        /// The relay.
        relay: Origin,
    },
    /// The entries have no archive.
    #[error("the entries of the manifest make no archive")]
    Layout(#[source] LayoutError),
    /// The archive would have another length.
    #[error("the entries make an archive of {actual} bytes, the manifest says {stated}")]
    Length {
        /// What the entries make.
        actual: u64,
        /// What the manifest says.
        stated: u64,
    },
    /// A value is not the one of this transfer.
    #[error("the manifest belongs to another transfer: its {field} differs")]
    Bound {
        /// Which value.
        field: &'static str,
    },
}

/// What a manifest is bound to, as its author or reader knows it.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The transfer.
    pub id: TransferId,
    /// The relay.
    pub relay: Origin,
    /// The key of its log, if this party keeps one for it.
    pub log_key: Option<VerifierKey>,
    /// The commitment to the share the relay gave out.
    pub share_commitment: Sha256,
    /// Bytes of the archive, as its parts have them.
    pub archive_bytes: u64,
    /// The engagement, as the relay that holds it to its rules has it.
    pub engagement: Option<EngagementId>,
}

impl Manifest {
    /// Makes the manifest of a sender.
    pub fn new(
        binding: Binding,
        sender: Fingerprint,
        sealed_digest: Sha256,
        (form, entries): (Form, Vec<ManifestEntry>),
    ) -> Self {
        let Binding {
            id,
            relay,
            log_key,
            share_commitment,
            archive_bytes,
            engagement,
        } = binding;
        Self {
            r#type: TYPE.to_owned(),
            id,
            relay,
            log_key,
            sender,
            sealed_digest,
            share_commitment,
            engagement,
            form,
            archive_bytes,
            entries,
        }
    }

    /// Prints and signs the manifest; also gives the digest of what was signed.
    ///
    /// # Errors
    ///
    /// If the signer does not sign; never for a key from a file.
    pub fn sign(&self, key: &dyn Signer) -> Result<(Vec<u8>, Sha256), SignError> {
        let json = document::to_json(self);
        let sign = || document::sign(key, Namespace::Manifest, &json);
        let (signed, digest) = beside_digest(&json, sign);
        Ok((signed?, digest))
    }

    /// Verifies and reads a signed manifest, and checks everything that follows from itself.
    pub fn verify(signed: &[u8]) -> Result<(Self, PublicKey, Sha256), ManifestError> {
        let (key, json) =
            document::verify(Namespace::Manifest, signed).map_err(ManifestError::Document)?;
        let (manifest, digest) = beside_digest(json, || document::from_json(TYPE, json));
        let manifest: Self = manifest.map_err(ManifestError::Document)?;
        manifest.check()?;
        if manifest.sender != key.fingerprint() {
            return Err(ManifestError::Sender {
                named: manifest.sender,
                actual: key.fingerprint(),
            });
        }
        Ok((manifest, key, digest))
    }

    /// Checks that it is the manifest of one transfer. Whoever keeps no key for the log, as sender or as
    /// reader, cannot tell of another one.
    pub fn check_binding(&self, binding: &Binding) -> Result<(), ManifestError> {
        let fields = [
            ("id", self.id == binding.id),
            ("relay", self.relay == binding.relay),
            (
                "share commitment",
                self.share_commitment == binding.share_commitment,
            ),
            ("length", self.archive_bytes == binding.archive_bytes),
            (
                "log key",
                is_one(self.log_key.as_ref(), binding.log_key.as_ref()),
            ),
            ("engagement", self.engagement == binding.engagement),
        ];
        match fields.into_iter().find(|(_, is_equal)| !is_equal) {
            Some((field, _)) => Err(ManifestError::Bound { field }),
            None => Ok(()),
        }
    }

    /// The layout of its archive.
    pub fn layout(&self) -> Result<Layout<'_>, LayoutError> {
        Layout::new(
            self.form,
            self.entries.iter().map(ManifestEntry::entry).collect(),
        )
    }

    fn check(&self) -> Result<(), ManifestError> {
        if self.entries.len() > ENTRIES_MAX {
            return Err(ManifestError::TooMany {
                actual: self.entries.len(),
            });
        }
        self.check_order()?;
        self.check_log_key()?;
        let excess = |entry: &&ManifestEntry| entry.mode > 0o777;
        if let Some(ManifestEntry { path, mode, .. }) = self.entries.iter().find(excess) {
            return Err(ManifestError::Mode {
                path: path.to_string(),
                mode: *mode,
            });
        }
        let actual = self
            .layout()
            .map_err(ManifestError::Layout)?
            .archive_bytes();
        if actual != self.archive_bytes {
            return Err(ManifestError::Length {
                actual,
                stated: self.archive_bytes,
            });
        }
        Ok(())
    }

    fn check_log_key(&self) -> Result<(), ManifestError> {
        let log = LogOrigin::of(&self.relay);
        match &self.log_key {
            Some(key) if key.algorithm() != Algorithm::Ed25519 || key.name() != log.name() => {
                let (key, relay) = (key.clone(), self.relay.clone());
                Err(ManifestError::LogKey { key, relay })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Paths ascend, and the folder of each is on the way from the top to the path before it.
    fn check_order(&self) -> Result<(), ManifestError> {
        let mut folders: Vec<&str> = Vec::new();
        let mut before: Option<&EntryPath> = None;
        for entry in &self.entries {
            while folders
                .last()
                .is_some_and(|folder| Some(*folder) != entry.path.parent())
            {
                folders.pop();
            }
            let is_placed = folders.last().copied() == entry.path.parent();
            if !is_placed || before.is_some_and(|before| *before >= entry.path) {
                return Err(ManifestError::Order {
                    path: entry.path.to_string(),
                });
            }
            if entry.file.is_none() {
                folders.push(entry.path.as_str());
            }
            before = Some(&entry.path);
        }
        Ok(())
    }
}

/// Whether two keys are one, as far as both are known.
fn is_one(one: Option<&VerifierKey>, other: Option<&VerifierKey>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

/// Does work on a manifest, and takes its digest meanwhile: one of many files has some MiB.
fn beside_digest<T>(json: &[u8], work: impl FnOnce() -> T) -> (T, Sha256) {
    thread::scope(|scope| {
        let digest = scope.spawn(|| Sha256::of(&[json]));
        let done = work();
        let digest = digest.join();
        (done, digest.expect("hashing never panics"))
    })
}

impl ManifestEntry {
    /// What the archive says of it.
    pub fn entry(&self) -> Entry<'_> {
        let file_bytes = self.file.as_ref().map(|file| file.bytes);
        Entry {
            path: &self.path,
            file_bytes,
            mode: self.mode,
            mtime: self.mtime,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Secret, SigningKey};

    fn key() -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([7; 32]))
    }

    fn entry(path: &str, bytes: Option<u64>) -> ManifestEntry {
        ManifestEntry {
            path: EntryPath::try_from(path.to_owned()).expect("a path"),
            mode: 0o644,
            mtime: Timestamp::from_unix(1_700_000_000, 0),
            file: bytes.map(|bytes| FileFacts {
                bytes,
                digest: Blake3::of(b""),
                salt: [1; 16],
            }),
        }
    }

    fn log_key(name: &str, seed: u8) -> VerifierKey {
        let key = SigningKey::from_seed(&Secret::from_bytes([seed; 32])).public();
        VerifierKey::new(name.parse().unwrap(), Algorithm::Ed25519, &key).unwrap()
    }

    fn binding() -> Binding {
        Binding {
            id: TransferId::from_bytes([1; 16]),
            relay: "https://relay.example".parse().expect("an origin"),
            log_key: Some(log_key("relay.example/log", 9)),
            share_commitment: Sha256::of(&[b"share"]),
            archive_bytes: 0,
            engagement: None,
        }
    }

    fn manifest(form: Form, entries: Vec<ManifestEntry>) -> Manifest {
        let sender = key().public().fingerprint();
        let mut manifest = Manifest::new(binding(), sender, Sha256::of(&[]), (form, entries));
        manifest.archive_bytes = manifest.layout().map_or(0, |layout| layout.archive_bytes());
        manifest
    }

    fn verdict(manifest: &Manifest) -> Result<Manifest, ManifestError> {
        Manifest::verify(&manifest.sign(&key()).unwrap().0).map(|(manifest, _, _)| manifest)
    }

    #[test]
    fn a_manifest_comes_back_as_it_was_signed() {
        for manifest in [
            manifest(Form::File, vec![entry("a", Some(5))]),
            manifest(Form::Tar, vec![]),
            manifest(
                Form::Tar,
                vec![
                    entry("a", None),
                    entry("a/b", Some(0)),
                    entry("a.b", Some(9)),
                ],
            ),
        ] {
            assert_eq!(verdict(&manifest).ok().as_ref(), Some(&manifest));
        }
    }

    #[test]
    fn entries_that_could_go_astray_are_refused() {
        for paths in [
            vec![("b", None), ("a", None)],
            vec![("a", Some(1)), ("a", Some(1))],
            vec![("a", Some(1)), ("a/b", Some(1))],
            vec![("a/b", Some(1))],
            vec![("a", None), ("b", None), ("a/b", Some(1))],
            vec![("a", None), ("a", Some(1))],
        ] {
            let entries = paths
                .iter()
                .map(|(path, bytes)| entry(path, *bytes))
                .collect();
            let refused = verdict(&manifest(Form::Tar, entries));
            assert!(
                matches!(refused, Err(ManifestError::Order { .. })),
                "{paths:?}"
            );
        }
        let mut setuid = manifest(Form::File, vec![entry("a", Some(5))]);
        setuid.entries[0].mode = 0o4755;
        assert!(matches!(verdict(&setuid), Err(ManifestError::Mode { .. })));
        let mut longer = manifest(Form::File, vec![entry("a", Some(5))]);
        longer.archive_bytes = 6;
        assert!(matches!(
            verdict(&longer),
            Err(ManifestError::Length { .. })
        ));
    }

    type Change = fn(&mut Binding);

    #[test]
    fn a_manifest_of_another_sender_or_transfer_is_refused() {
        let mut stolen = manifest(Form::File, vec![entry("a", Some(5))]);
        stolen.sender = SigningKey::from_seed(&Secret::from_bytes([8; 32]))
            .public()
            .fingerprint();
        assert!(matches!(
            verdict(&stolen),
            Err(ManifestError::Sender { .. })
        ));

        let manifest = manifest(Form::File, vec![entry("a", Some(5))]);
        let here = Binding {
            archive_bytes: 5,
            ..binding()
        };
        assert!(manifest.check_binding(&here).is_ok());
        let others: [(&str, Change); 6] = [
            ("engagement", |bound| {
                bound.engagement = Some(EngagementId::from_bytes([3; 16]));
            }),
            ("id", |bound| bound.id = TransferId::from_bytes([2; 16])),
            ("relay", |bound| {
                bound.relay = "https://b.example".parse().expect("an origin");
            }),
            ("log key", |bound| {
                bound.log_key = Some(log_key("relay.example/log", 8));
            }),
            ("share commitment", |bound| {
                bound.share_commitment = Sha256::of(&[]);
            }),
            ("length", |bound| bound.archive_bytes = 6),
        ];
        for (expected, change) in others {
            let mut other = here.clone();
            change(&mut other);
            let refused = manifest.check_binding(&other);
            assert!(
                matches!(refused, Err(ManifestError::Bound { field }) if field == expected),
                "{expected}"
            );
        }
    }

    #[test]
    fn a_key_of_a_log_counts_only_for_the_log_of_the_relay() {
        let mut named = manifest(Form::File, vec![entry("a", Some(5))]);
        for name in ["other.example/log", "relay.example"] {
            named.log_key = Some(log_key(name, 9));
            let refused = verdict(&named);
            assert!(
                matches!(refused, Err(ManifestError::LogKey { .. })),
                "{name}"
            );
        }
        let cosigner = log_key("relay.example/log", 9).key();
        let name = "relay.example/log".parse().unwrap();
        named.log_key = VerifierKey::new(name, Algorithm::Cosignature, &cosigner).ok();
        assert!(matches!(verdict(&named), Err(ManifestError::LogKey { .. })));
    }

    #[test]
    fn whoever_keeps_no_key_of_the_log_cannot_tell_of_another() {
        let mut manifest = manifest(Form::File, vec![entry("a", Some(5))]);
        let mut here = binding();
        here.archive_bytes = 5;
        here.log_key = None;
        assert!(manifest.check_binding(&here).is_ok());
        here.log_key = binding().log_key;
        manifest.log_key = None;
        assert!(manifest.check_binding(&here).is_ok());
    }
}
