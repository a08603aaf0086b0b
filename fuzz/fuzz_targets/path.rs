//! Paths of an archive: one a line; none leads out, and changed names stay paths, apart, portable.

use std::collections::HashSet;
use std::path::{Component, Path};

use quitus_core::archive::{EntryPath, PortableNames};

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (mut names, mut portable) = (PortableNames::default(), PortableNames::default());
    let mut given = HashSet::new();
    for line in text.split('\n') {
        let Ok(path) = EntryPath::try_from(line.to_owned()) else {
            continue;
        };
        assert_eq!(path.as_str(), line);
        let is_inside = |path: &str| {
            Path::new(path)
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
        };
        assert!(is_inside(line) && !line.contains(['\\', '\0']), "{line:?}");
        assert_eq!(Path::new(line).components().count(), path.parts().count());
        if !given.insert(line) || path.parent().is_some_and(|parent| !given.contains(parent)) {
            continue;
        }
        let Ok(renamed) = names.rename(&path) else {
            return;
        };
        assert_eq!(
            EntryPath::try_from(renamed.to_string()),
            Ok(renamed.clone())
        );
        assert_eq!(portable.accept(&renamed), Ok(()), "from {line:?}");
    }
}
