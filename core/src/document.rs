//! Signed JSON documents: an armoured signature, then exactly the bytes it signs.
//!
//! ```text
//! -----BEGIN SSH SIGNATURE-----
//! U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg…
//! -----END SSH SIGNATURE-----
//! {"type":"quitus/manifest/v1", … }
//! ```
//!
//! Promises: the signature is checked before anything is parsed, over the same bytes; a document
//! has one spelling, the one [`to_json`] prints, and ends with a line feed. Stock `ssh-keygen -Y
//! verify` checks the two halves. Sources: PROTOCOL.sshsig, RFC 8259.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::keys::{KeyError, Namespace, PublicKey, SignError, Signature, Signer};

const END: &str = "-----END SSH SIGNATURE-----\n";

/// Why a signed document does not count.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// No signature stands before the document.
    #[error("the document has no signature before it")]
    Unsigned,
    /// The signature is not of these bytes.
    #[error("the signature of the document does not verify")]
    Signature(#[source] KeyError),
    /// The document is of another type, or a later version of it.
    #[error("the document is of type {found:?}, expected {expected:?}")]
    Type {
        /// The type found, cut at 64 characters.
        found: String,
        /// The type that was expected.
        expected: &'static str,
    },
    /// Not the JSON of such a document.
    #[error("the document is not well formed")]
    Malformed(#[source] serde_json::Error),
    /// The same content in another spelling.
    #[error("the document is not in its one spelling")]
    Spelling,
}

/// Prints a document: JSON without white space, and a line feed.
pub fn to_json<T: Serialize>(document: &T) -> Vec<u8> {
    let mut json = serde_json::to_vec(document).expect("documents hold only what JSON can say");
    json.push(b'\n');
    json
}

/// Signs a document's bytes and puts the signature before them.
///
/// # Errors
///
/// If the signer does not sign; never for a key from a file.
pub fn sign(key: &dyn Signer, namespace: Namespace, json: &[u8]) -> Result<Vec<u8>, SignError> {
    let mut signed = key.sign(namespace, json)?.to_pem().into_bytes();
    signed.extend_from_slice(json);
    Ok(signed)
}

/// Checks the signature and hands out its key and the signed bytes.
pub fn verify(namespace: Namespace, signed: &[u8]) -> Result<(PublicKey, &[u8]), DocumentError> {
    const SIGNATURE_BYTES_MAX: usize = 4_096;
    let head = signed
        .get(..SIGNATURE_BYTES_MAX.min(signed.len()))
        .unwrap_or_default();
    let end = head
        .windows(END.len())
        .position(|window| window == END.as_bytes())
        .map(|start| start + END.len())
        .ok_or(DocumentError::Unsigned)?;
    let (pem, json) = signed.split_at(end);
    let pem = core::str::from_utf8(pem).map_err(|_| DocumentError::Unsigned)?;
    let key = Signature::from_pem(pem)
        .and_then(|signature| signature.verify(namespace, json))
        .map_err(DocumentError::Signature)?;
    Ok((key, json))
}

/// Reads a document of one type in its one spelling.
pub fn from_json<T>(expected: &'static str, json: &[u8]) -> Result<T, DocumentError>
where
    T: Serialize + DeserializeOwned,
{
    #[derive(serde::Deserialize)]
    struct Typed {
        r#type: String,
    }
    // In the one spelling the type comes first; only what begins otherwise is read for it alone.
    if !json.starts_with(format!("{{\"type\":\"{expected}\"").as_bytes()) {
        let typed: Typed = serde_json::from_slice(json).map_err(DocumentError::Malformed)?;
        if typed.r#type != expected {
            let found = typed.r#type.chars().take(64).collect();
            return Err(DocumentError::Type { found, expected });
        }
    }
    let document = serde_json::from_slice(json).map_err(DocumentError::Malformed)?;
    if is_spelt(&document, json) {
        Ok(document)
    } else {
        Err(DocumentError::Spelling)
    }
}

/// Whether [`to_json`] would print exactly these bytes.
fn is_spelt<T: Serialize>(document: &T, json: &[u8]) -> bool {
    let mut rest = Expected(json);
    serde_json::to_writer(&mut rest, document).is_ok() && rest.0 == b"\n"
}

/// Takes only these bytes.
struct Expected<'a>(&'a [u8]);

impl io::Write for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .strip_prefix(bytes)
            .ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Secret, SigningKey};

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Note {
        r#type: String,
        n: u64,
    }

    #[test]
    fn a_document_has_one_spelling() {
        let json = b"{\"type\":\"note\",\"n\":1}\n";
        assert!(from_json::<Note>("note", json).is_ok_and(|note| to_json(&note) == json));
        for other in [
            "{\"type\":\"note\",\"n\":1}",
            "{\"type\":\"note\", \"n\":1}\n",
            "{\"n\":1,\"type\":\"note\"}\n",
            "{\"type\":\"n\\u006fte\",\"n\":1}\n",
            "{\"type\":\"note\",\"n\":1,\"n\":1}\n",
            "{\"type\":\"note\",\"n\":1,\"m\":1}\n",
            "{\"type\":\"note\",\"n\":1.0}\n",
            "\u{feff}{\"type\":\"note\",\"n\":1}\n",
            "{\"type\":\"note/v2\",\"n\":1}\n",
        ] {
            assert!(
                from_json::<Note>("note", other.as_bytes()).is_err(),
                "{other}"
            );
        }
    }

    #[test]
    fn every_flipped_byte_of_a_signed_document_is_found() {
        let key = SigningKey::from_seed(&Secret::from_bytes([7; 32]));
        let signed = sign(&key, Namespace::Terms, b"{}\n").unwrap();
        assert!(
            verify(Namespace::Terms, &signed)
                .is_ok_and(|(by, json)| by == key.public() && json == b"{}\n")
        );
        assert!(verify(Namespace::Manifest, &signed).is_err());
        for position in 0..signed.len() {
            let mut flipped = signed.clone();
            flipped[position] ^= 1;
            assert!(verify(Namespace::Terms, &flipped).is_err(), "{position}");
            assert!(
                verify(Namespace::Terms, &signed[..position]).is_err(),
                "{position}"
            );
        }
    }
}
