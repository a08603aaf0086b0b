//! Age headers without a key: the relay's check, the client's reader agree, and the age crate takes what they
//! accept.

use quitus_core::cipher::FileHeader;
use quitus_core::header::{self, HeaderError};

pub(crate) fn check(data: &[u8]) {
    let mut rest = data;
    let is_read = FileHeader::read(&mut rest).is_ok();
    let header = &data[..data.len() - rest.len()];
    match header::check(data) {
        Ok(()) => assert!(is_read && rest.is_empty()),
        Err(HeaderError::Nonce { actual }) => assert_eq!(is_read, actual >= 16),
        Err(_) => assert!(!is_read),
    }
    if let Ok(length) = header::measure(data) {
        assert_eq!(is_read, data.len() - length >= 16);
        assert!(!is_read || header.len() == length + 16);
    }
    // The age crate also takes stanzas without the empty line at their end, which we refuse; and it
    // knows rules of passphrase stanzas besides those of the format.
    let is_age = age::Decryptor::new_buffered(data).is_ok();
    let has_passphrase = data.windows(7).any(|window| window == b"scrypt ");
    assert!(is_age || !is_read || has_passphrase, "refused by age");
}
