//! Cards, signed so that what is behind the signature is reached, and files of pinned keys.

use quitus_core::card::Card;
use quitus_core::cipher::Recipient;
use quitus_core::contacts::{Contacts, Keys};
use quitus_core::document;
use quitus_core::keys::Namespace;

use crate::KEY;

pub(crate) fn check(data: &[u8]) {
    if let Ok(contacts) = Contacts::parse(data) {
        assert_eq!(contacts.to_bytes(), data);
        assert!(contacts.iter().is_sorted_by(|one, next| one.name < next.name));
    }
    if let Ok((keys, _)) = Keys::read(data) {
        assert!(keys.words().is_some() && keys.fingerprint().is_some());
        assert!(keys.changes(&keys).is_empty());
    }
    assert!(Card::verify(data).is_err(), "forged");
    let signed = document::sign(&*KEY, Namespace::Card, data).expect("a key from a file signs");
    let Ok(card) = Card::verify(&signed) else {
        return;
    };
    assert!(card.as_bytes() == signed && *card.signing_key() == KEY.public());
    assert!(*card.request_key() != KEY.public());
    assert!(card.recipients().iter().all(|text| text.parse::<Recipient>().is_ok()));
    let again = Card::sign(
        card.name(),
        card.recipients().to_vec(),
        (card.request_key().clone(), card.made_at()),
        &*KEY,
    );
    assert_eq!(again.expect("what was read can be made"), card);
}
