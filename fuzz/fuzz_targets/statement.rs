//! Statements, signed so that what is behind the signature is reached: one spelling, one signer.

use quitus_core::statement::Statement;

use crate::{KEY, damage};

pub(crate) fn check(mut data: &[u8]) {
    let Ok(mut statement) = serde_json::from_slice::<Statement>(data) else {
        return;
    };
    statement.predicate.issuer.key = KEY.public().fingerprint();
    let (json, signature) = statement.sign(&KEY);
    let Ok((read, key)) = Statement::verify(&json, &signature) else {
        return;
    };
    assert!(
        read == statement
            && key == KEY.public()
            && read.sign(&KEY) == (json.clone(), signature.clone())
    );
    let mut damaged = json.into_bytes();
    damage(&mut damaged, &mut data);
    assert!(Statement::verify(&String::from_utf8_lossy(&damaged), &signature).is_err());
}
