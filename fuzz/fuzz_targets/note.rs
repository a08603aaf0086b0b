//! Notes, checkpoints and keys of logs: one spelling, and only the text that was signed counts.

use quitus_core::keys::{Secret, SigningKey};
use quitus_core::origin::Origin;
use quitus_core::tlog::{Checkpoint, Cosignature, LogKey, LogOrigin, Note, SignedCheckpoint, VerifierKey};

use crate::KEY;

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    assert!(text.parse::<VerifierKey>().map_or(true, |key| key.to_string() == text));
    let read = text.parse::<Checkpoint>();
    assert!(read.map_or(true, |checkpoint| checkpoint.to_string() == text));
    let Ok(note) = text.parse::<Note>() else {
        return;
    };
    assert_eq!(note.to_string(), text);
    assert!(!note.signatures().is_empty() && note.text().ends_with('\n'));
    let relay: Origin = "https://relay.example".parse().expect("an origin");
    let key = SigningKey::from_seed(&Secret::from_bytes([7; 32]));
    let log = LogKey::new(LogOrigin::of(&relay), key);
    let Ok(signed) = SignedCheckpoint::verify(text, &log.verifier()) else {
        return;
    };
    // Whoever has not the key finds those of the seeds only.
    let checkpoint = signed.checkpoint();
    let own = log.sign(checkpoint.size, checkpoint.root);
    assert_eq!(own, signed.alone(&log.verifier()));
    let witness = Cosignature::verifier_of(&KEY.public()).expect("an Ed25519 key");
    for cosignature in signed.cosignatures() {
        if cosignature.verify(&witness, checkpoint).is_ok() {
            assert_eq!(signed.cosigned_by(&witness), Ok(Some(cosignature.at())));
        }
    }
}
