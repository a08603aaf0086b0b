//! Files of age keys: one spelling of each key, and never more keys than lines.

use quitus_core::cipher::{Recipient, SecretKey, parse_identities, parse_recipients};

pub(crate) fn check(data: &[u8]) {
    let n_lines = data.split(|byte| *byte == b'\n').count();
    if let Ok((keys, n_skipped)) = parse_recipients(data) {
        assert!(!keys.is_empty() && keys.len() + n_skipped <= n_lines);
    }
    if let Ok(keys) = parse_identities(data) {
        assert!((1..=n_lines).contains(&keys.len()));
    }
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = text.parse::<SecretKey>() {
        assert_eq!(*key.expose_text(), text);
        assert!(key.recipient_text().parse::<Recipient>().is_ok());
    }
    if text.parse::<Recipient>().is_ok_and(|key| !key.needs_plugin()) {
        assert!(
            text.starts_with("ssh-ed25519 ") || text.len() == 62
                && text
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
    }
    if let Some(scalar) = data.first_chunk::<32>() {
        let key = SecretKey::from_scalar(scalar);
        assert!(
            key.expose_text()
                .parse::<SecretKey>()
                .is_ok_and(|again| again.recipient_text() == key.recipient_text())
        );
    }
}
