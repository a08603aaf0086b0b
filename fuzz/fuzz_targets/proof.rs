//! Proofs and entries: one spelling, and a path leads to one place only.

use quitus_core::tlog::{Entry, Proof, inclusion};

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    assert!(text.parse::<Entry>().map_or(true, |entry| entry.to_string() == text));
    let Ok(proof) = text.parse::<Proof>() else {
        return;
    };
    assert_eq!(proof.to_string(), text);
    let Some(leaf) = proof.hashes.first().copied() else {
        return;
    };
    for size in [proof.index, proof.index.saturating_add(1), u64::MAX] {
        let verified = inclusion::verify((proof.index, leaf), (size, leaf), &proof.hashes);
        assert!(verified.is_err(), "nobody finds a hash that leads to itself");
    }
}
