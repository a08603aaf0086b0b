//! What transfers left on a device: where it was put, and how a copy of it is recognised.
//!
//! ```text
//! brief/a.txt          laid out there; its length and BLAKE3 stand in the signed manifest
//! a.txt~  .a.txt.swp   beside it: made by a program that had it open
//! sealed.age           header, nonce and parts, whose digests give the manifest's sealed digest
//! ```
//!
//! Promises: a file counts as a copy by its content alone, whatever its name; an empty file only by
//! its place, since it has no content to be known by. It looks at no disk: the caller measures and
//! hashes, this says what for.

mod beside;

pub use beside::{office_end, originals};

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::archive::{EntryPath, Form, PortableNames};
use crate::digest::{Blake3, Sha256};
use crate::header::{HEADER_BYTES_MAX, VERSION_LINE};
use crate::ledger::{Fact, Wish};
use crate::manifest::{FileFacts, Manifest};
use crate::parts::{NONCE_BYTES, PartPlan};
use crate::transfer::TransferId;

/// The name of the sealed file in a folder that was kept sealed.
pub const SEALED_NAME: &str = "sealed.age";
/// The name of the identity beside it, where it was not left to the keyring.
pub const IDENTITY_NAME: &str = "identity.txt";

/// Where receptions of one transfer put what they brought, as absolute paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Folders in which the entries lie, and whether their names were made portable.
    pub laid: Vec<Laid>,
    /// Folders with a sealed file and its identity.
    pub sealed: Vec<String>,
    /// Folders with a sealed file whose key lies in the keyring.
    pub kept: Vec<String>,
    /// Folders in which an interrupted reception may have left its hidden one.
    pub parents: Vec<String>,
    /// How often it went to a pipe, a device or the screen: where that is now, nobody here knows.
    pub n_streamed: usize,
}

/// A folder in which the entries of a manifest lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid {
    /// The folder that entry paths begin in.
    pub base: String,
    /// What was made for them alone; not where the sender's one name lies in a folder of the person.
    pub own: Option<String>,
    /// Names were changed to suit every system.
    pub portable_names: bool,
}

impl Places {
    /// Reads them from what happened to a transfer, oldest first.
    pub fn of<'a>(facts: impl Iterator<Item = &'a Fact>) -> Self {
        let mut places = Self::default();
        let mut wish = Wish::default();
        for fact in facts {
            if let Fact::ReceiveBegun { wish: begun, .. } = fact {
                wish = begun.clone();
                let named = wish.destination.as_deref().and_then(parent);
                let parent = named.unwrap_or(&wish.folder).to_owned();
                push(&mut places.parents, parent);
            } else if let Fact::Fetched {
                destination, inner, ..
            } = fact
            {
                places.fetched(&wish, destination.as_deref(), inner.is_some());
            } else if let Fact::Opened {
                destination,
                inner,
                portable_names,
            } = fact
            {
                places.laid_out(destination, inner.is_some(), *portable_names);
            }
        }
        places
    }

    fn fetched(&mut self, wish: &Wish, destination: Option<&str>, has_inner: bool) {
        let Some(destination) = destination else {
            self.n_streamed += 1;
            return;
        };
        if wish.sealed || wish.keep_sealed {
            let above = parent(destination).unwrap_or("/");
            push(&mut self.parents, above.to_owned());
            let folders = if wish.sealed {
                &mut self.sealed
            } else {
                &mut self.kept
            };
            return push(folders, destination.to_owned());
        }
        self.laid_out(destination, has_inner, wish.portable_names);
    }

    fn laid_out(&mut self, destination: &str, has_inner: bool, portable_names: bool) {
        let above = parent(destination).unwrap_or("/");
        push(&mut self.parents, above.to_owned());
        let (base, own) = if has_inner {
            (above, None)
        } else {
            (destination, Some(destination.to_owned()))
        };
        let laid = Laid {
            base: base.to_owned(),
            own,
            portable_names,
        };
        push(&mut self.laid, laid);
    }

    /// Whether anything was brought, or may have been.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }
}

fn push<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

/// The folder a path lies in.
fn parent(path: &str) -> Option<&str> {
    let (parent, _) = path.trim_end_matches('/').rsplit_once('/')?;
    Some(if parent.is_empty() { "/" } else { parent })
}

impl Laid {
    /// Where each entry of the manifest lies, in its order. An entry whose name cannot be made
    /// portable was never laid out.
    pub fn paths(&self, manifest: &Manifest) -> Vec<Option<String>> {
        let mut portable = PortableNames::with_capacity(manifest.entries.len());
        let mut name = |path: &EntryPath| {
            if self.portable_names {
                portable.rename(path).ok()
            } else {
                Some(path.clone())
            }
        };
        let base = self.base.trim_end_matches('/');
        let place = |name: EntryPath| format!("{base}/{name}");
        let entries = manifest.entries.iter();
        entries.map(|entry| name(&entry.path).map(place)).collect()
    }
}

/// A file of a manifest: which transfer's, and its number among the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId {
    /// The transfer.
    pub transfer: TransferId,
    /// The number of the entry.
    pub entry: usize,
}

/// What something on the disk is to what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyKind {
    /// It lies where it was received, as it was received.
    Received,
    /// It lies where something was received, with another content: edited since, or replaced.
    Changed,
    /// It has the content of something received, elsewhere or under another name.
    Elsewhere,
    /// It is the sealed stream of a transfer.
    Sealed,
    /// It is the identity that opens a sealed file beside it.
    Identity,
    /// It lies beside a copy, under a name that a program gives to what it keeps of it.
    Beside,
    /// It has the content of something received, and lies in the trash.
    Trashed,
    /// It is the hidden folder of a reception that was interrupted.
    Unfinished,
}

/// What a file has to be hashed as to know whether it is a copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Suspicion {
    /// Something received has this length.
    pub plain: bool,
    /// The sealed stream of something received may have it.
    pub sealed: bool,
}

/// Everything that was received, by what a copy is recognised by.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Length -> digest -> files.
    plain: HashMap<u64, BTreeMap<Blake3, Vec<FileId>>>,
    /// Length of the payload -> sealed streams.
    sealed: BTreeMap<u64, Vec<SealedStream>>,
}

/// A sealed stream, as the manifest knows it.
#[derive(Debug, Clone, Copy)]
pub struct SealedStream {
    /// The transfer.
    pub transfer: TransferId,
    /// How it is cut.
    pub plan: PartPlan,
    /// What header and parts hash to, see [`crate::parts::sealed_digest`].
    pub digest: Sha256,
}

/// An age header with one stanza is not shorter: its version line and its MAC line.
const HEADER_BYTES_MIN: u64 = VERSION_LINE.len() as u64 + 1 + 4 + 43 + 1;

impl Wanted {
    /// Adds what a manifest lists.
    pub fn add(&mut self, manifest: &Manifest) {
        for (entry, file) in files(manifest) {
            if file.bytes > 0 {
                let digests = self.plain.entry(file.bytes).or_default();
                digests.entry(file.digest).or_default().push(FileId {
                    transfer: manifest.id,
                    entry,
                });
            }
        }
        // A manifest that was verified has a length that can be cut.
        if let Ok(plan) = PartPlan::new(manifest.archive_bytes) {
            let stream = SealedStream {
                transfer: manifest.id,
                plan,
                digest: manifest.sealed_digest,
            };
            let streams = self.sealed.entry(plan.payload_bytes()).or_default();
            streams.push(stream);
        }
    }

    /// What a file of that length may be.
    pub fn suspect(&self, bytes: u64) -> Suspicion {
        Suspicion {
            plain: self.plain.contains_key(&bytes),
            sealed: self
                .sealed
                .range(Self::payloads(bytes))
                .next_back()
                .is_some(),
        }
    }

    /// The files that have this length and digest; empty for an empty file.
    pub fn files(&self, bytes: u64, digest: &Blake3) -> &[FileId] {
        let digests = self.plain.get(&bytes);
        digests
            .and_then(|digests| digests.get(digest))
            .map_or(&[], Vec::as_slice)
    }

    /// The sealed streams that a file of that length may be.
    pub fn streams(&self, bytes: u64) -> impl Iterator<Item = &SealedStream> {
        self.sealed
            .range(Self::payloads(bytes))
            .flat_map(|(_, streams)| streams)
    }

    /// Lengths of the payload in a sealed file of that length.
    fn payloads(bytes: u64) -> RangeInclusive<u64> {
        let nonce = NONCE_BYTES as u64;
        let longest = HEADER_BYTES_MAX as u64 + nonce;
        let most = bytes.checked_sub(HEADER_BYTES_MIN + nonce);
        // No payload is empty, so nothing is found in the range for a file that is too short.
        bytes.saturating_sub(longest)..=most.unwrap_or(0)
    }
}

/// The files of a manifest with their numbers.
pub fn files(manifest: &Manifest) -> impl Iterator<Item = (usize, &FileFacts)> {
    let entries = manifest.entries.iter().enumerate();
    entries.filter_map(|(entry, listed)| Some((entry, listed.file.as_ref()?)))
}

/// Whether a secret was only shown: then no file has its bytes, unless somebody kept them.
pub fn is_shown(manifest: &Manifest) -> bool {
    manifest.form == Form::Secret
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Secret, SigningKey};
    use crate::manifest::{Binding, ManifestEntry};
    use crate::origin::Origin;
    use crate::time::Timestamp;

    fn manifest(files: &[(&str, Option<&[u8]>)]) -> Manifest {
        let entry = |(path, content): &(&str, Option<&[u8]>)| ManifestEntry {
            path: EntryPath::try_from((*path).to_owned()).unwrap(),
            mode: 0o644,
            mtime: Timestamp::from_unix(0, 0),
            file: content.map(|content| FileFacts {
                bytes: content.len() as u64,
                digest: Blake3::of(content),
                salt: [7; 16],
            }),
        };
        let binding = Binding {
            id: TransferId::from_bytes([1; 16]),
            relay: relay(),
            log_key: None,
            share_commitment: Sha256::of(&[]),
            archive_bytes: 70_000,
            engagement: None,
        };
        let entries = files.iter().map(entry).collect();
        let sender = SigningKey::from_seed(&Secret::from_bytes([5; 32])).public();
        let digest = Sha256::of(&[b"sealed"]);
        Manifest::new(binding, sender.fingerprint(), digest, (Form::Tar, entries))
    }

    fn relay() -> Origin {
        "https://relay.example".parse().unwrap()
    }

    fn begun(destination: Option<&str>, sealed: bool) -> Fact {
        let wish = Wish {
            destination: destination.map(str::to_owned),
            folder: "/home/bob".to_owned(),
            sealed,
            ..Wish::default()
        };
        Fact::ReceiveBegun {
            relay: relay(),
            wish,
        }
    }

    fn fetched(destination: Option<&str>, inner: Option<&str>) -> Fact {
        let sender = SigningKey::from_seed(&Secret::from_bytes([5; 32])).public();
        Fact::Fetched {
            manifest: Sha256::of(&[]),
            sender: sender.fingerprint(),
            destination: destination.map(str::to_owned),
            inner: inner.map(str::to_owned),
        }
    }

    #[test]
    fn every_reception_has_its_place() {
        let facts = [
            begun(None, false),
            fetched(Some("/home/bob/brief"), Some("brief")),
            begun(Some("/data/in"), false),
            fetched(Some("/data/in"), None),
            begun(Some("/data/kept"), true),
            fetched(Some("/data/kept"), None),
            begun(None, false),
            fetched(None, None),
        ];
        let places = Places::of(facts.iter());
        let manifest = manifest(&[("brief", None), ("brief/a.txt", Some(b"a"))]);
        let laid: Vec<_> = places
            .laid
            .iter()
            .map(|laid| laid.paths(&manifest))
            .collect();
        let path = |path: &str| Some(path.to_owned());
        assert_eq!(
            laid,
            [
                [path("/home/bob/brief"), path("/home/bob/brief/a.txt")],
                [path("/data/in/brief"), path("/data/in/brief/a.txt")],
            ]
        );
        assert_eq!(places.sealed, ["/data/kept"]);
        assert_eq!(places.parents, ["/home/bob", "/data"]);
        assert_eq!(places.n_streamed, 1);
        assert!(Places::of([Fact::Sent, Fact::Erased].iter()).is_empty());
    }

    #[test]
    fn a_copy_is_known_by_length_and_digest_and_nothing_empty_is() {
        let mut wanted = Wanted::default();
        wanted.add(&manifest(&[
            ("a", Some(b"one")),
            ("b", Some(b"two")),
            ("c", Some(b"one")),
            ("empty", Some(b"")),
        ]));
        let entries = |content: &[u8]| -> Vec<usize> {
            let found = wanted.files(content.len() as u64, &Blake3::of(content));
            found.iter().map(|file| file.entry).collect()
        };
        assert_eq!(entries(b"one"), [0, 2]);
        assert_eq!(entries(b"two"), [1]);
        assert_eq!(entries(b"six"), [0_usize; 0]);
        assert_eq!(entries(b""), [0_usize; 0]);
        assert!(wanted.suspect(3).plain && !wanted.suspect(0).plain && !wanted.suspect(4).plain);
    }

    #[test]
    fn a_sealed_stream_is_suspected_whatever_its_header_has() {
        let mut wanted = Wanted::default();
        wanted.add(&manifest(&[]));
        let payload = PartPlan::new(70_000).unwrap().payload_bytes();
        let check = |header: u64, expected: bool| {
            let bytes = payload + header;
            assert_eq!(wanted.suspect(bytes).sealed, expected, "{header}");
            assert_eq!(wanted.streams(bytes).count(), usize::from(expected));
        };
        check(0, false);
        check(HEADER_BYTES_MIN + NONCE_BYTES as u64 - 1, false);
        check(HEADER_BYTES_MIN + NONCE_BYTES as u64, true);
        check(200, true);
        check(HEADER_BYTES_MAX as u64 + NONCE_BYTES as u64, true);
        check(HEADER_BYTES_MAX as u64 + NONCE_BYTES as u64 + 1, false);
        assert!(!wanted.suspect(0).sealed && !wanted.suspect(10).sealed);
    }
}
