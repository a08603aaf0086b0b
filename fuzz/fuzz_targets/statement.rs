//! Statements, signed so that what is behind the signature is reached: one spelling, one signer.

use quitus_core::keys::Namespace;
use quitus_core::statement::Statement;

use crate::{KEY, damage};

pub(crate) fn check(mut data: &[u8]) {
    let Ok(file) = core::str::from_utf8(data) else {
        return;
    };
    // So that a found statement is the key's own.
    let named = file.replace("SHA256:issuer", KEY.public().fingerprint().as_str());
    let signature = KEY.sign(Namespace::Statement, named.as_bytes()).to_pem();
    let Ok(verified) = Statement::verify(named.as_bytes(), &signature) else {
        return;
    };
    assert!(verified.key == KEY.public());
    if verified.unknown.is_empty() {
        let again = verified.statement.sign(&*KEY).expect("a key in memory signs");
        let read = again.verify().expect("what was printed is a statement");
        assert!(read.statement == verified.statement);
    }
    let mut damaged = named.into_bytes();
    damage(&mut damaged, &mut data);
    assert!(Statement::verify(&damaged, &signature).is_err());
}
