//! Names that stay below the folder they are given, on every system.
//!
//! ```text
//! brief/Annexe é.pdf        an entry path
//! ../x  /etc/x  a\b  a//b   none, whatever the flags
//! aux.c  a:b  "x "          only with --portable-names: the names are changed
//! ```
//!
//! Promises: a path is relative, UTF-8, NFC or not, without `.`, `..`, empty or control parts; a
//! parent comes before its children, once. It does not touch a file system.

use core::cmp::Ordering;
use core::fmt;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// Longest path, as Linux has it (`PATH_MAX`, less the destination).
const PATH_BYTES_MAX: usize = 3_072;
/// Longest part of a path, as every common file system has it.
const NAME_BYTES_MAX: usize = 255;
/// Deepest path.
const DEPTH_MAX: usize = 128;

/// A relative path of an archive; parts are joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct EntryPath(String);

/// Why a path cannot be in an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Longer than 3,072 bytes or deeper than 128 parts.
    #[error("the path {path:?} is too long or too deep")]
    TooLong {
        /// Its beginning.
        path: String,
    },
    /// It leads elsewhere: absolute, `.`, `..` or an empty part.
    #[error("the path {path:?} leads out of its folder")]
    Leads {
        /// The path.
        path: String,
    },
    /// A part has a backslash, a control character or more than 255 bytes.
    #[error("the path {path:?} has a part that is no file name")]
    Name {
        /// The path.
        path: String,
    },
}

impl EntryPath {
    /// The text, parts joined by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts, outermost first; at least one.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The first part.
    pub fn top(&self) -> &str {
        self.parts().next().unwrap_or_default()
    }

    /// The folder it lies in, if that is not the destination itself.
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }

    /// Whether a part begins with a dot: settings that programs obey (`.bashrc`, `.git/hooks`).
    pub fn is_hidden(&self) -> bool {
        self.parts().any(|part| part.starts_with('.'))
    }
}

impl TryFrom<String> for EntryPath {
    type Error = PathError;

    fn try_from(path: String) -> Result<Self, PathError> {
        let (mut depth, mut leads, mut is_long) = (0, false, false);
        for part in path.split('/') {
            depth += 1;
            leads |= matches!(part, "" | "." | "..");
            is_long |= part.len() > NAME_BYTES_MAX;
        }
        if path.len() > PATH_BYTES_MAX || depth > DEPTH_MAX {
            return Err(PathError::TooLong {
                path: path.chars().take(80).collect(),
            });
        }
        if leads {
            return Err(PathError::Leads { path });
        }
        if is_long || path.contains(|c: char| c == '\\' || c.is_control()) {
            return Err(PathError::Name { path });
        }
        Ok(Self(path))
    }
}

impl From<EntryPath> for String {
    fn from(path: EntryPath) -> Self {
        path.0
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Ord for EntryPath {
    /// Part by part, so that a folder is followed by what it holds: the end of a part comes before
    /// every byte that a part may have.
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |byte: u8| if byte == b'/' { 0 } else { byte };
        self.0.bytes().map(key).cmp(other.0.bytes().map(key))
    }
}

impl PartialOrd for EntryPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A name that some system cannot hold, or that two entries share there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Collision {
    /// Windows gives the name another meaning, or cannot hold it.
    #[error("{path:?} is not a file name on every system")]
    Reserved {
        /// The path.
        path: String,
    },
    /// Upper and lower case, or composed and decomposed letters, make two names one.
    #[error("{path:?} and {other:?} are one name on some systems")]
    Same {
        /// The path.
        path: String,
        /// The earlier one.
        other: String,
    },
}

/// The names under which entries are laid out: as they are, or changed to suit every system.
///
/// Paths must come in their order, parents first.
#[derive(Default)]
pub struct PortableNames {
    /// Folded final path -> original path.
    taken: HashMap<String, String>,
    /// Original folder -> its final path, where they differ.
    renamed: BTreeMap<String, String>,
    /// Folded path that was taken -> the number to try next behind it, so that any number of names
    /// that are one takes no more than one look each.
    next_numbers: HashMap<String, u32>,
}

impl PortableNames {
    /// Has room for so many names.
    pub fn with_capacity(n_names: usize) -> Self {
        Self {
            taken: HashMap::with_capacity(n_names),
            ..Self::default()
        }
    }

    /// Takes the next path as it is.
    ///
    /// # Errors
    /// [`Collision`] where some system could not tell it from another name.
    pub fn accept(&mut self, path: &EntryPath) -> Result<(), Collision> {
        if path.parts().next_back().is_some_and(is_reserved) {
            return Err(Collision::Reserved {
                path: path.0.clone(),
            });
        }
        match self.taken.insert(fold(&path.0), path.0.clone()) {
            Some(other) => Err(Collision::Same {
                path: path.0.clone(),
                other,
            }),
            None => Ok(()),
        }
    }

    /// Takes the next path under a name that every system can hold and that is still free.
    ///
    /// # Errors
    /// [`PathError::TooLong`] where the changed names make a path longer than any may be.
    pub fn rename(&mut self, path: &EntryPath) -> Result<EntryPath, PathError> {
        let name = path.parts().next_back().unwrap_or_default();
        let parent = path
            .parent()
            .map(|parent| self.renamed.get(parent).map_or(parent, |p| p));
        let place = |name: &str| parent.map_or_else(|| name.to_owned(), |p| format!("{p}/{name}"));
        let safe = portable(name);
        let mut chosen = place(&safe);
        let wanted = fold(&chosen);
        while self.taken.contains_key(&fold(&chosen)) {
            let number = self.next_numbers.entry(wanted.clone()).or_insert(2);
            let suffix = format!("~{number}");
            chosen = place(&format!("{}{suffix}", cut(&safe, suffix.len())));
            *number += 1;
        }
        let chosen = EntryPath::try_from(chosen)?;
        self.taken.insert(fold(&chosen.0), path.0.clone());
        if chosen != *path {
            self.renamed.insert(path.0.clone(), chosen.0.clone());
        }
        Ok(chosen)
    }
}

fn fold(path: &str) -> String {
    if path.is_ascii() {
        // The same, at a tenth of the cost.
        return path.to_ascii_lowercase();
    }
    path.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// What Windows reads into a name (Microsoft, "Naming Files, Paths, and Namespaces").
fn is_reserved(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    const PORTS: [&str; 2] = ["COM", "LPT"];
    let stem = name.split(['.', ':']).next().unwrap_or_default().trim_end();
    let is = |device: &&str| stem.eq_ignore_ascii_case(device);
    let is_port = stem.split_at_checked(3).is_some_and(|(port, digit)| {
        let mut symbols = digit.chars();
        PORTS.iter().any(|name| port.eq_ignore_ascii_case(name))
            && matches!(symbols.next(), Some('0'..='9' | '¹' | '²' | '³'))
            && symbols.next().is_none()
    });
    is_port || DEVICES.iter().any(is) || name.contains(is_symbol) || name.ends_with(ENDS)
}

/// Symbols that Windows has no room for in a name, and at its end.
fn is_symbol(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

const ENDS: [char; 2] = ['.', ' '];

fn portable(name: &str) -> String {
    let safe = portable_symbols(name);
    if is_reserved(&safe) {
        // What is cut off may uncover a dot or space at the end.
        format!("_{}", portable_symbols(cut(&safe, 1)))
    } else {
        safe
    }
}

/// The beginning of a name, so that `suffix_bytes` more are still a name.
fn cut(name: &str, suffix_bytes: usize) -> &str {
    let end = name.floor_char_boundary(NAME_BYTES_MAX.saturating_sub(suffix_bytes));
    name.get(..end).unwrap_or(name)
}

fn portable_symbols(name: &str) -> String {
    let mut safe: String = name
        .chars()
        .map(|c| if is_symbol(c) { '_' } else { c })
        .collect();
    if safe.ends_with(ENDS) {
        safe.pop();
        safe.push('_');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> EntryPath {
        EntryPath::try_from(text.to_owned()).expect(text)
    }

    #[test]
    fn paths_that_lead_elsewhere_are_none() {
        let long = "n".repeat(256);
        let deep = ["d"; 129].join("/");
        for text in [
            "",
            ".",
            "..",
            "../x",
            "/etc/x",
            "a/../../x",
            "a//b",
            "a/",
            "/",
            "C:\\x",
            "\\\\srv\\x",
            "a\\..\\b",
            "a\0b",
            "a\nb",
            "a\u{1b}[31m",
            "a\u{85}",
            &long,
            &deep,
        ] {
            assert!(EntryPath::try_from(text.to_owned()).is_err(), "{text:?}");
        }
        for text in [
            "a",
            "-rf",
            "$(x)",
            ".bashrc",
            "%s",
            "é",
            "a/b c/d",
            "\u{202e}cod.exe",
        ] {
            assert_eq!(path(text).as_str(), text);
        }
    }

    #[test]
    fn a_folder_is_followed_by_what_it_holds() {
        let mut paths = ["a!", "a.b", "a/c", "a", "é", "a/b/z", "a/b", "a b/c"].map(path);
        paths.sort();
        let expected = ["a", "a/b", "a/b/z", "a/c", "a b/c", "a!", "a.b", "é"];
        assert_eq!(paths.each_ref().map(EntryPath::as_str), expected);
        assert!(paths.is_sorted_by(|one, other| one.parts().lt(other.parts())));
    }

    #[test]
    fn names_that_some_system_cannot_tell_apart_are_named() {
        for text in [
            "NUL", "con.txt", "COM1.log", "COM¹", "CONIN$", "a.", "a ", "f:stream", "aux.c",
            "lpt0", "nul .txt", "q?",
        ] {
            let refused = PortableNames::default().accept(&path(text));
            assert_eq!(
                refused,
                Err(Collision::Reserved { path: text.into() }),
                "{text}"
            );
        }
        for (one, other) in [
            ("README", "readme"),
            ("e\u{301}", "\u{e9}"),
            ("Straße", "STRAßE"),
        ] {
            let mut names = PortableNames::default();
            assert_eq!(names.accept(&path(one)), Ok(()));
            assert!(
                matches!(names.accept(&path(other)), Err(Collision::Same { .. })),
                "{other}"
            );
        }
        for text in ["CONSOLE", "com10", "nul_", "auxiliary.c", ".a"] {
            assert_eq!(
                PortableNames::default().accept(&path(text)),
                Ok(()),
                "{text}"
            );
        }
    }

    #[test]
    fn portable_names_are_safe_free_and_keep_the_tree() {
        let mut names = PortableNames::default();
        for (given, chosen) in [
            ("AUX", "_AUX"),
            ("AUX/a:b", "_AUX/a_b"),
            ("AUX/a?b", "_AUX/a_b~2"),
            ("README", "README"),
            ("readme", "readme~2"),
            ("x.", "x_"),
        ] {
            assert_eq!(names.rename(&path(given)), Ok(path(chosen)));
        }
    }

    #[test]
    fn changed_names_are_still_names() {
        let (long, folder) = ("n".repeat(255), "d".repeat(255));
        let mut names = PortableNames::default();
        for (given, chosen) in [
            (long.to_uppercase(), long.to_uppercase()),
            (long.clone(), format!("{}~2", &long[..253])),
            (
                format!("aux.{}", &long[..251]),
                format!("_aux.{}", &long[..250]),
            ),
            (
                format!("nul{}.x", &".".repeat(250)),
                format!("_nul{}_", &".".repeat(250)),
            ),
        ] {
            assert_eq!(names.rename(&path(&given)), Ok(path(&chosen)));
        }

        let mut parts = vec!["aux"];
        parts.extend([folder.as_str(); 11]);
        parts.push(&folder[..252]);
        let mut names = PortableNames::default();
        for depth in 1..parts.len() {
            assert!(names.rename(&path(&parts[..depth].join("/"))).is_ok());
        }
        let deepest = names.rename(&path(&parts.join("/")));
        assert!(matches!(deepest, Err(PathError::TooLong { .. })));
    }
}
