//! Files of trust: what parses prints back.

use quitus_core::dossier::{AllowedSigners, LogPolicy};

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(signers) = text.parse::<AllowedSigners>() {
        assert_eq!(signers.to_string(), text);
        assert!(signers.principals().len() <= text.lines().count());
    }
    if let Ok(policy) = text.parse::<LogPolicy>() {
        assert_eq!(policy.to_string(), text);
    }
}
