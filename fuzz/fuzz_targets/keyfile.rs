//! Files of age keys: one spelling of each key, and never more keys than lines.

use quitus_core::cipher::{Recipient, SecretKey, parse_recipients, parse_secret_keys};

pub(crate) fn check(data: &[u8]) {
    let n_lines = data.split(|byte| *byte == b'\n').count();
    assert!(parse_recipients(data).map_or(true, |keys| (1..=n_lines).contains(&keys.len())));
    if let Ok(keys) = parse_secret_keys(data) {
        let text = str::from_utf8(data).unwrap_or_default();
        assert!((1..=n_lines).contains(&keys.len()));
        assert!(
            keys.iter()
                .all(|key| data.is_ascii() && text.contains(key.expose_text().as_str()))
                || !data.is_ascii()
        );
    }
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = text.parse::<SecretKey>() {
        assert_eq!(*key.expose_text(), text);
        assert!(key.recipient_text().parse::<Recipient>().is_ok());
    }
    if text.parse::<Recipient>().is_ok() {
        assert!(
            text.len() == 62
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
