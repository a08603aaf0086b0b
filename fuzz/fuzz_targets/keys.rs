//! Keys and signatures of strangers: one spelling of a signature, and none counts unmade.

use quitus_core::keys::{Fingerprint, Namespace, PublicKey, Signature, SigningKey};

pub(crate) fn check(data: &[u8]) {
    if let Ok(signature) = Signature::from_blob(data) {
        assert_eq!(signature.to_blob(), data);
        let again = Signature::from_pem(&signature.to_pem()).expect("what prints parses");
        assert_eq!(again.to_blob(), data);
        assert!(
            signature
                .verify(Namespace::Statement, b"never signed")
                .is_err()
        );
    }
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    assert!(Signature::from_pem(text).map_or(true, |signature| signature.to_pem() == text));
    if let Ok(key) = text.parse::<PublicKey>() {
        assert!(
            key.to_string()
                .parse::<PublicKey>()
                .expect("what prints parses")
                == key
        );
        let fingerprint = key.fingerprint().to_string();
        assert_eq!(Fingerprint::try_from(fingerprint), Ok(key.fingerprint()));
    }
    let fingerprint = Fingerprint::try_from(text.to_owned());
    assert!(fingerprint.map_or(true, |fingerprint| fingerprint.as_str() == text));
    if let Ok(key) = SigningKey::from_openssh(text) {
        let again = SigningKey::from_openssh(&key.to_openssh()).expect("what prints parses");
        let signed = again
            .sign(Namespace::Statement, data)
            .verify(Namespace::Statement, data);
        assert!(signed.expect("a key signs what verifies") == key.public());
    }
}
