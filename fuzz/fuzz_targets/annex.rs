//! Annexes: whatever stands around the lines for a verifier, and however they are spaced, they say the same.

use quitus_core::dossier::Annex;

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let annex = Annex::read(&text);
    let spaced = text.replace(' ', " \t ").replace('\n', " \r\n\n");
    assert_eq!(Annex::read(&spaced), annex);
    for (role, key) in &annex.signers {
        assert!(annex.confirms(*role, key) && text.contains(key.as_str()));
    }
    for log in &annex.logs {
        assert!(text.contains(&log.to_string()));
    }
}
