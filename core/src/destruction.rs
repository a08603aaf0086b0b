//! A holder's destruction of what it received: what is to go, written down before anything does, and what
//! may be signed afterwards.
//!
//! ```text
//! {"type":"quitus/destruction/v1","id":"1111…","begunAt":"…","transfers":["2222…"],
//!  "folders":["/home/bob"],"crosses":false,"overwrite":false,"language":"fr","answers":[…],
//!  "copies":[{"path":"/home/bob/in/a.txt","kind":"received","transfer":"2222…","entry":0,"bytes":5,
//!             "digest":"…","stamp":[64769,131,1700000000000000000],"nNames":1,"fate":"destroy"}]}
//! ```
//!
//! Promises: whoever goes on after a crash destroys exactly what is written here, and nothing that
//! became another file since; a destruction that left anything is never called complete. It touches no
//! disk. Does not: look for copies (`copies`), or say it to anybody (`statement`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::copies::CopyKind;
use crate::digest::{Blake3, Sha256};
use crate::statement::{Answer, CopyState, FoundCopy, Method, Nonce};
use crate::text;
use crate::time::Timestamp;
use crate::transfer::TransferId;

const TYPE: &str = "quitus/destruction/v1";
/// What a path begins with that is not text.
const BASE64: &str = "base64:";
/// Longest path of any system, with room.
const PATH_BYTES_MAX: usize = 128 * 1024;

/// What people are asked about copies that no tool can look for; each with words in the catalogues.
pub const QUESTIONS: [&str; 6] = ["cloud", "ai", "others", "media", "paper", "backups"];

/// A path of a disk, which need not be text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DiskPath(Vec<u8>);

impl DiskPath {
    /// Takes the bytes the system knows it by.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<String> for DiskPath {
    type Error = text::TextError;

    fn try_from(path: String) -> Result<Self, text::TextError> {
        match path.strip_prefix(BASE64) {
            Some(bytes) => text::from_base64url_vec(bytes, PATH_BYTES_MAX).map(Self),
            None => Ok(Self(path.into_bytes())),
        }
    }
}

impl From<DiskPath> for String {
    fn from(path: DiskPath) -> Self {
        match Self::from_utf8(path.0) {
            // An absolute path begins otherwise.
            Ok(path) if !path.starts_with(BASE64) => path,
            Ok(path) => format!("{BASE64}{}", text::base64url(path.as_bytes())),
            Err(error) => format!("{BASE64}{}", text::base64url(error.as_bytes())),
        }
    }
}

/// What a file was known by when it was written down: device, number on it, time of its last change.
pub type Stamp = [u64; 3];

/// What is to become of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is destroyed.
    Destroy,
    /// It is kept, on this legal basis.
    Retain(String),
    /// Nobody chose it: it stays, and is said to.
    Leave,
}

/// A copy, as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Planned {
    /// Where it is.
    pub path: DiskPath,
    /// What it is.
    pub kind: CopyKind,
    /// The transfer it is of.
    pub transfer: TransferId,
    /// The entry of the manifest it is of; none for what is of the whole.
    pub entry: Option<usize>,
    /// Its length.
    pub bytes: u64,
    /// Its content, where that was compared.
    pub digest: Option<Blake3>,
    /// What it was known by; none where the system has no such numbers.
    pub stamp: Option<Stamp>,
    /// How many names it has on its disk.
    pub n_names: u64,
    /// What is to become of it.
    pub fate: Fate,
}

/// A destruction that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    r#type: String,
    /// 16 random bytes; statements about it have nonces made of them.
    pub id: Nonce,
    /// When it began.
    pub begun_at: Timestamp,
    /// The transfers of which copies were looked for.
    pub transfers: Vec<TransferId>,
    /// The folders that were searched.
    pub folders: Vec<DiskPath>,
    /// File systems mounted below them too.
    pub crosses: bool,
    /// Files are overwritten before they are removed.
    pub overwrite: bool,
    /// Statements say where copies were.
    pub with_places: bool,
    /// The language in which the person was asked.
    pub language: String,
    /// What the person stands for, word for word as it was shown.
    pub declaration: String,
    /// What was asked and answered.
    pub answers: Vec<Answer>,
    /// Every copy that was found.
    pub copies: Vec<Planned>,
    /// Secrets that this device held of the transfers.
    pub n_keys: u64,
}

/// What the person chose and answered.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// See [`Plan::folders`].
    pub folders: Vec<DiskPath>,
    /// See [`Plan::crosses`].
    pub crosses: bool,
    /// See [`Plan::overwrite`].
    pub overwrite: bool,
    /// See [`Plan::with_places`].
    pub with_places: bool,
    /// See [`Plan::language`].
    pub language: String,
    /// See [`Plan::declaration`].
    pub declaration: String,
    /// See [`Plan::answers`].
    pub answers: Vec<Answer>,
}

/// A plan that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It is no JSON of a plan.
    #[error("the plan of the destruction is not readable")]
    Json(#[source] serde_json::Error),
    /// It is of another version.
    #[error("the plan of the destruction is of type {found:?}")]
    Type {
        /// The type found.
        found: String,
    },
}

impl Plan {
    /// Draws up a plan.
    pub fn new(
        (id, begun_at): (Nonce, Timestamp),
        transfers: Vec<TransferId>,
        wishes: Wishes,
        (copies, n_keys): (Vec<Planned>, u64),
    ) -> Self {
        Self {
            r#type: TYPE.to_owned(),
            id,
            begun_at,
            transfers,
            folders: wishes.folders,
            crosses: wishes.crosses,
            overwrite: wishes.overwrite,
            with_places: wishes.with_places,
            language: wishes.language,
            declaration: wishes.declaration,
            answers: wishes.answers,
            copies,
            n_keys,
        }
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a plan holds only what JSON can say")
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// [`PlanError`] for anything that is not a plan of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PlanError> {
        let plan: Self = serde_json::from_slice(bytes).map_err(PlanError::Json)?;
        if plan.r#type == TYPE {
            Ok(plan)
        } else {
            Err(PlanError::Type { found: plan.r#type })
        }
    }

    /// The nonce of its statement about a transfer or an engagement: the same after a crash.
    pub fn nonce(&self, about: &str) -> Nonce {
        let id = String::from(self.id.clone());
        let digest = Sha256::of(&[b"quitus/destruction/v1\0", id.as_bytes(), about.as_bytes()]);
        let (start, _) = digest.as_bytes().split_first_chunk().expect("32 bytes");
        Nonce::from_bytes(*start)
    }

    /// Which copies have another name on their disk that is not to be destroyed: their bytes stay.
    pub fn linked_elsewhere(&self) -> BTreeSet<usize> {
        let mut names: BTreeMap<[u64; 2], u64> = BTreeMap::new();
        let going = || {
            let all = self.copies.iter().enumerate();
            all.filter(|(_, copy)| copy.fate == Fate::Destroy)
        };
        for (_, copy) in going() {
            if let Some([device, number, _]) = copy.stamp {
                *names.entry([device, number]).or_default() += 1;
            }
        }
        let has_more = |(_, copy): &(usize, &Planned)| {
            let known = copy.stamp.map(|[device, number, _]| [device, number]);
            let known = known.and_then(|number| names.get(&number));
            known.is_some_and(|n_known| copy.n_names > *n_known)
        };
        going().filter(has_more).map(|(index, _)| index).collect()
    }
}

/// What a second look and the keyring came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aftermath {
    /// The copies of the plan and those that appeared since, each with what became of it.
    pub copies: Vec<FoundCopy>,
    /// Files and folders that could not be looked at.
    pub n_unsearched: usize,
    /// Secrets that are still in their places.
    pub n_keys_left: usize,
}

impl Aftermath {
    /// Whether nothing is left but what is kept on a legal basis, as far as was looked.
    pub fn is_complete(&self) -> bool {
        let is_left = |copy: &FoundCopy| copy.state == CopyState::Left;
        self.n_unsearched == 0 && self.n_keys_left == 0 && !self.copies.iter().any(is_left)
    }

    /// Puts copies that differ in nothing but their length together, with their lengths added up: a
    /// statement has a limit. Without their places.
    #[must_use]
    pub fn grouped(&self) -> Vec<FoundCopy> {
        let mut groups: Vec<FoundCopy> = Vec::new();
        let mut at: BTreeMap<(String, u8, Option<&str>, String), usize> = BTreeMap::new();
        for copy in &self.copies {
            let key = (
                copy.file_system.clone(),
                copy.state as u8,
                copy.method.map(Method::as_str),
                copy.effect.clone(),
            );
            if let Some(group) = at.get(&key).and_then(|index| groups.get_mut(*index)) {
                group.bytes += copy.bytes;
            } else {
                at.insert(key, groups.len());
                groups.push(FoundCopy {
                    place: None,
                    ..copy.clone()
                });
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(path: &[u8], number: u64, n_names: u64, fate: Fate) -> Planned {
        Planned {
            path: DiskPath::from_bytes(path.to_vec()),
            kind: CopyKind::Received,
            transfer: TransferId::from_bytes([2; 16]),
            entry: Some(0),
            bytes: 5,
            digest: Some(Blake3::of(b"hello")),
            stamp: Some([7, number, 1]),
            n_names,
            fate,
        }
    }

    fn plan(copies: Vec<Planned>) -> Plan {
        let id = Nonce::from_bytes([1; 16]);
        let at = Timestamp::from_unix(1_700_000_000, 0);
        let wishes = Wishes {
            folders: vec![DiskPath::from_bytes(b"/home/bob".to_vec())],
            language: "fr".to_owned(),
            ..Wishes::default()
        };
        let transfers = vec![TransferId::from_bytes([2; 16])];
        Plan::new((id, at), transfers, wishes, (copies, 1))
    }

    #[test]
    fn a_plan_comes_back_whatever_its_paths_are() {
        let paths: [&[u8]; 4] = [b"/a", "/é".as_bytes(), b"/\xff\xfe", b"base64:YQ"];
        let plan = plan(paths.map(|path| copy(path, 1, 1, Fate::Leave)).to_vec());
        let bytes = plan.to_bytes();
        assert_eq!(Plan::from_bytes(&bytes).unwrap(), plan);
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.contains("\"/é\"") && text.contains("\"base64:L__-\""),
            "{text}"
        );
        let later = text.replace("destruction/v1", "destruction/v2");
        let refused = Plan::from_bytes(later.as_bytes());
        assert!(matches!(refused, Err(PlanError::Type { .. })));
        assert!(matches!(Plan::from_bytes(b"{}"), Err(PlanError::Json(_))));
    }

    #[test]
    fn a_file_with_a_name_that_stays_is_not_gone() {
        let basis = Fate::Retain("law".to_owned());
        let plan = plan(vec![
            copy(b"/one", 1, 1, Fate::Destroy),
            copy(b"/both", 2, 2, Fate::Destroy),
            copy(b"/both too", 2, 2, Fate::Destroy),
            copy(b"/linked", 3, 2, Fate::Destroy),
            copy(b"/half", 4, 2, Fate::Destroy),
            copy(b"/half kept", 4, 2, basis),
        ]);
        assert_eq!(plan.linked_elsewhere(), BTreeSet::from([3, 4]));
    }

    #[test]
    fn each_statement_has_a_nonce_of_its_own_and_keeps_it() {
        let plan = plan(Vec::new());
        assert_eq!(plan.nonce("a"), plan.nonce("a"));
        assert_ne!(plan.nonce("a"), plan.nonce("b"));
    }

    #[test]
    fn anything_left_unsearched_or_kept_as_a_key_is_incomplete() {
        let found = |state, effect: &str| FoundCopy {
            place: Some("/a".to_owned()),
            file_system: "ext4".to_owned(),
            bytes: 5,
            state,
            method: None,
            effect: effect.to_owned(),
        };
        let (gone, kept) = (CopyState::Destroyed, CopyState::Retained);
        let whole = Aftermath {
            copies: vec![found(gone, "x"), found(kept, "y"), found(gone, "x")],
            ..Aftermath::default()
        };
        assert!(whole.is_complete());
        let bytes: Vec<_> = whole.grouped().iter().map(|copy| copy.bytes).collect();
        assert_eq!(bytes, [10, 5]);
        let mut left = whole.clone();
        left.copies.push(found(CopyState::Left, "z"));
        let unsearched = Aftermath {
            n_unsearched: 1,
            ..whole.clone()
        };
        let keys = Aftermath {
            n_keys_left: 1,
            ..whole
        };
        for incomplete in [left, unsearched, keys] {
            assert!(!incomplete.is_complete(), "{incomplete:?}");
        }
    }
}
