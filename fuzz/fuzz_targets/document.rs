//! Signed documents of any bytes: they verify for their purpose as they were signed, only so.

use quitus_core::document;
use quitus_core::keys::Namespace;

use crate::{KEY, damage};

pub(crate) fn check(mut data: &[u8]) {
    assert!(
        document::verify(Namespace::Statement, data).is_err(),
        "forged"
    );
    let mut signed = document::sign(&*KEY, Namespace::Terms, data).expect("a key from a file signs");
    let (key, bytes) = document::verify(Namespace::Terms, &signed).expect("it was just signed");
    assert!(key == KEY.public() && bytes == data);
    assert!(document::verify(Namespace::Manifest, &signed).is_err());
    damage(&mut signed, &mut data);
    assert!(document::verify(Namespace::Terms, &signed).is_err());
}
