//! The trash of this person: where thrown away files lie, and where they lay before.
//!
//! ```text
//! ~/.local/share/Trash/files/a.txt       with  info/a.txt.trashinfo: Path=/home/bob/in/a.txt
//! /media/disk/.Trash-1000/files/a.txt    with  Path=in/a.txt, below the disk
//! ```
//!
//! Promises: reads the folders a trash has by its specification, no other. Source: freedesktop.org, Trash
//! specification 1.0.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::platform;

/// Longest description of a thrown away file that is read.
const INFO_BYTES_MAX: u64 = 64 * 1024;
const INFO_ENDING: &str = "trashinfo";

/// The trash folders there are: the person's own, and those on the disks of the folders given.
pub(super) fn folders(own: &[PathBuf], on_disks_of: &[PathBuf]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = own.to_vec();
    let mounts = platform::Mounts::now();
    let user = platform::user_number();
    for folder in on_disks_of {
        let point = mounts.of(folder).map(|mount| mount.point.clone());
        if let (Some(point), Some(user)) = (point, user) {
            found.push(point.join(format!(".Trash-{user}")));
            found.push(point.join(".Trash").join(user.to_string()));
        }
    }
    let mut found: Vec<PathBuf> = found
        .iter()
        .filter_map(|trash| fs::canonicalize(trash).ok())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Where the thrown away files of a trash lie. On macOS they lie in the folder itself.
pub(super) fn files(trash: &Path) -> PathBuf {
    let files = trash.join("files");
    if files.is_dir() {
        files
    } else {
        trash.to_owned()
    }
}

/// The description of a thrown away file, if it is one's top name: `files/a.txt` has `info/a.txt.trashinfo`.
pub fn info_of(path: &Path) -> Option<PathBuf> {
    let files = path.parent()?;
    let is_top = files.file_name()? == "files";
    let name = path.file_name()?;
    let mut info = name.to_owned();
    info.push(".");
    info.push(INFO_ENDING);
    let info = files.parent()?.join("info").join(info);
    (is_top && info.is_file()).then_some(info)
}

/// Files in a trash that lay where something was received: each with the path it had.
pub(super) fn lain<V>(trash: &Path, expected: &BTreeMap<PathBuf, V>) -> Vec<(PathBuf, PathBuf)> {
    let mut found = Vec::new();
    for info in fs::read_dir(trash.join("info"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let info = info.path();
        let (Some(was), Some(name)) = (lay_at(trash, &info), info.file_stem()) else {
            continue;
        };
        let thrown = trash.join("files").join(name);
        // A whole folder may have been thrown away.
        let below = expected.range(was.clone()..);
        for (path, _) in below.take_while(|(path, _)| path.starts_with(&was)) {
            let within = path.strip_prefix(&was).unwrap_or(Path::new(""));
            let now = if within.as_os_str().is_empty() {
                thrown.clone()
            } else {
                thrown.join(within)
            };
            if fs::symlink_metadata(&now).is_ok_and(|found| found.is_file()) {
                found.push((now, path.clone()));
            }
        }
    }
    found
}

/// Where a thrown away file lay, by its description.
fn lay_at(trash: &Path, info: &Path) -> Option<PathBuf> {
    let length = fs::metadata(info).ok()?.len();
    if info.extension()? != INFO_ENDING || length > INFO_BYTES_MAX {
        return None;
    }
    let text = fs::read_to_string(info).ok()?;
    let escaped = text.lines().find_map(|line| line.strip_prefix("Path="))?;
    let path = unescape(escaped);
    if path.is_absolute() {
        return Some(path);
    }
    let parent = trash.parent()?;
    let top = if parent.file_name().is_some_and(|name| name == ".Trash") {
        parent.parent()?
    } else {
        parent
    };
    Some(top.join(path))
}

/// `%20` and the like (RFC 3986 section 2.1).
fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = byte.and_then(|_| after.get(2..)).unwrap_or(after);
    }
    platform::path_from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_thrown_away_is_known_by_where_it_lay() {
        let top = std::env::temp_dir().join(format!("quitus-trash-{}", std::process::id()));
        let trash = top.join(".Trash-7");
        fs::create_dir_all(trash.join("files/in")).unwrap();
        fs::create_dir_all(trash.join("info")).unwrap();
        for (name, path) in [
            ("a b.txt", format!("{}/a%20b.txt", top.display())),
            ("in", "desk/in".to_owned()),
            ("other", "/elsewhere/other".to_owned()),
        ] {
            let text = format!("[Trash Info]\nPath={path}\nDeletionDate=2026-11-22T03:37:18\n");
            fs::write(trash.join("info").join(format!("{name}.trashinfo")), text).unwrap();
        }
        for name in ["a b.txt", "in/c.txt", "other"] {
            fs::write(trash.join("files").join(name), "x").unwrap();
        }
        let expected = ["a b.txt", "desk/in/c.txt", "desk/in/gone.txt"];
        let expected: BTreeMap<_, _> = expected.iter().map(|path| (top.join(path), 7)).collect();
        let mut found = lain(&trash, &expected);
        found.sort();
        assert_eq!(
            found,
            [
                (trash.join("files/a b.txt"), top.join("a b.txt")),
                (trash.join("files/in/c.txt"), top.join("desk/in/c.txt")),
            ]
        );
        let info = info_of(&trash.join("files/a b.txt"));
        assert_eq!(info, Some(trash.join("info/a b.txt.trashinfo")));
        assert_eq!(info_of(&trash.join("files/in/c.txt")), None);
        assert_eq!(
            (files(&trash), files(&top)),
            (trash.join("files"), top.clone())
        );
        fs::remove_dir_all(top).unwrap();
    }
}
