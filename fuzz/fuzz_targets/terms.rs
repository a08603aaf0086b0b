//! Terms, signed so that what is behind the signature is reached: one spelling, one manifest.

use quitus_core::digest::Sha256;
use quitus_core::document;
use quitus_core::terms::{Reader, Terms};

use crate::KEY;

pub(crate) fn check(data: &[u8]) {
    let Ok(terms) = document::from_json::<Terms>("quitus/terms/v1", data) else {
        return;
    };
    assert_eq!(document::to_json(&terms), data);
    let signed = terms.sign(&*KEY).expect("a key from a file signs");
    match Terms::verify(&signed, terms.manifest, &KEY.public(), Reader::Link) {
        Ok(read) => assert_eq!(read, terms),
        Err(error) => assert!(!terms.recipients.is_empty(), "{error}"),
    }
    for named in &terms.recipients {
        let read = Terms::verify(&signed, terms.manifest, &KEY.public(), Reader::Key(named));
        assert!(read.is_ok_and(|read| read == terms));
    }
    let other = Sha256::of(&[data]);
    assert!(Terms::verify(&signed, other, &KEY.public(), Reader::Link).is_err() || other == terms.manifest);
}
