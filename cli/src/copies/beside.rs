//! What editors and backups left beside a file that was received or is a copy.
//!
//! Promises: lists the folders of those files and no other; takes regular files only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use quitus_core::copies::{office_end, originals};

/// Names of files in one folder that something may lie beside.
#[derive(Default)]
pub(super) struct Neighbours(BTreeMap<PathBuf, BTreeSet<String>>);

/// A file beside another.
pub(super) struct Beside {
    pub(super) path: PathBuf,
    pub(super) original: PathBuf,
    pub(super) bytes: u64,
}

impl Neighbours {
    /// Adds a file. One whose name is not UTF-8 has no name that could be compared.
    pub(super) fn add(&mut self, path: &Path) {
        let name = path.file_name().and_then(|name| name.to_str());
        if let (Some(folder), Some(name)) = (path.parent(), name) {
            let names = self.0.entry(folder.to_owned()).or_default();
            names.insert(name.to_owned());
        }
    }

    /// What lies beside them. A folder that cannot be listed has nothing: that it cannot be is told by
    /// whoever looks for the files in it.
    pub(super) fn look(&self) -> Vec<Beside> {
        let folders = self.0.iter();
        folders
            .flat_map(|(folder, names)| look_into(folder, names))
            .collect()
    }
}

fn look_into(folder: &Path, names: &BTreeSet<String>) -> Vec<Beside> {
    let mut found: Vec<Beside> = Vec::new();
    for child in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = child.file_name();
        let original = name.to_str().and_then(|name| original(name, names));
        let is_file = child.file_type().is_ok_and(|kind| kind.is_file());
        if let (Some(original), true, Ok(metadata)) = (original, is_file, child.metadata()) {
            found.push(Beside {
                path: child.path(),
                original: folder.join(original),
                bytes: metadata.len(),
            });
        }
    }
    found.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    found
}

fn original<'a>(name: &str, names: &'a BTreeSet<String>) -> Option<&'a str> {
    let of = originals(name);
    let whole = of.iter().find_map(|original| names.get(*original));
    let shortened = || {
        let end = office_end(name)?;
        // `~$` stands for two letters, so the names are as long as each other.
        let is_it = |other: &&String| other.chars().skip(2).eq(end.chars());
        names.iter().find(is_it)
    };
    whole.or_else(shortened).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beside_a_copy_are_found_and_links_are_not() {
        let folder = std::env::temp_dir().join(format!("quitus-beside-{}", std::process::id()));
        fs::create_dir_all(folder.join("a.txt~")).unwrap();
        let files = [
            "a.txt",
            ".a.txt.swp",
            "b.txt.bak",
            "c.txt~",
            "~$nual.docx",
            "other.txt",
        ];
        for name in files {
            fs::write(folder.join(name), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("bob@host.1", folder.join(".#a.txt")).unwrap();
        let mut neighbours = Neighbours::default();
        for name in ["a.txt", "b.txt", "annual.docx"] {
            neighbours.add(&folder.join(name));
        }
        let found = neighbours.look();
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let found: Vec<_> = found
            .iter()
            .map(|beside| (name(&beside.path), name(&beside.original)))
            .collect();
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(
            found,
            [
                pair(".a.txt.swp", "a.txt"),
                pair("b.txt.bak", "b.txt"),
                pair("~$nual.docx", "annual.docx"),
            ]
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
