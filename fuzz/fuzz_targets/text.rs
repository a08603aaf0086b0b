//! Hex and base64url: whatever parses prints back, whatever prints parses back.

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::text::{base64url, from_base64url, from_base64url_vec, from_hex, hex, is_plain};
use quitus_core::transfer::TransferId;

pub(crate) fn check(data: &[u8]) {
    assert_eq!(
        from_base64url_vec(&base64url(data), data.len()).as_deref(),
        Ok(data)
    );
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    assert!(from_hex::<1>(text).map_or(true, |bytes| hex(&bytes) == text));
    assert!(from_hex::<3>(text).map_or(true, |bytes| hex(&bytes) == text));
    assert!(
        text.parse::<TransferId>()
            .map_or(true, |id| id.to_string() == text)
    );
    assert!(
        text.parse::<Sha256>()
            .map_or(true, |digest| digest.to_string() == text)
    );
    assert!(
        text.parse::<Blake3>()
            .map_or(true, |digest| digest.to_string() == text)
    );
    assert!(from_base64url::<1>(text).map_or(true, |bytes| base64url(&bytes) == text));
    assert!(from_base64url::<2>(text).map_or(true, |bytes| base64url(&bytes) == text));
    assert!(from_base64url::<6>(text).map_or(true, |bytes| base64url(&bytes) == text));
    if let Ok(bytes) = from_base64url_vec(text, 20) {
        assert!(bytes.len() <= 20 && base64url(&bytes) == text);
    }
    assert!(!is_plain(text) || !text.contains(|c: char| c.is_control()));
}
