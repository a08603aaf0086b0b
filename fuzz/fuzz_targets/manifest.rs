//! Manifests, signed so that everything behind the signature is reached: one spelling, one archive.

use std::collections::HashMap;

use quitus_core::document;
use quitus_core::manifest::Manifest;
use quitus_core::parts::PartPlan;

use crate::KEY;

pub(crate) fn check(data: &[u8]) {
    assert!(Manifest::verify(data).is_err(), "forged");
    let Ok(mut manifest) = document::from_json::<Manifest>("quitus/manifest/v1", data) else {
        return;
    };
    assert_eq!(document::to_json(&manifest), data);
    manifest.sender = KEY.public().fingerprint();
    let (signed, digest) = manifest.sign(&*KEY).expect("a key from a file signs");
    let Ok((read, key, read_digest)) = Manifest::verify(&signed) else {
        return;
    };
    assert!(read == manifest && read_digest == digest && key == KEY.public());

    let layout = read.layout().expect("it was checked");
    assert_eq!(layout.archive_bytes(), read.archive_bytes);
    assert!(
        PartPlan::new(read.archive_bytes).is_ok(),
        "an archive that has no parts"
    );
    let paths = read.entries.iter().map(|entry| &entry.path);
    assert!(paths.is_sorted_by(|one, next| one.parts().lt(next.parts())));
    let mut is_folder = HashMap::new();
    for entry in &read.entries {
        let parent = entry.path.parent();
        assert!(
            parent.is_none_or(|parent| is_folder.get(parent) == Some(&true)),
            "{}",
            entry.path
        );
        assert!(
            is_folder
                .insert(entry.path.as_str(), entry.file.is_none())
                .is_none()
        );
        assert!(entry.mode <= 0o777);
    }
}
