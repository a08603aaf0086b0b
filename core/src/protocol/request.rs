//! Requests that count because of who signed them, and tokens.
//!
//! Promises: a signed request counts for its method, origin, path, query and body alone, and within
//! [`REQUEST_SKEW`] of its time. It does not remember nonces. Sources: PROTOCOL.sshsig, RFC 6750.

use core::time::Duration;

use zeroize::Zeroizing;

use crate::digest::Sha256;
use crate::keys::{Fingerprint, KeyError, Namespace, PublicKey, Signature, SigningKey};
use crate::origin::Origin;
use crate::text::{self, TextError};
use crate::time::Timestamp;

/// How far the time of a signed request may be from the relay's clock.
pub const REQUEST_SKEW: Duration = Duration::from_mins(5);
/// The scheme of `Authorization` on a signed request.
pub const SIGNED_SCHEME: &str = "Quitus";

/// What a signed request is about.
#[derive(Debug, Clone, Copy)]
pub struct RequestLine<'a> {
    /// `GET`, `POST` or `PUT`.
    pub method: &'a str,
    /// The relay as it names itself.
    pub origin: &'a Origin,
    /// Path and query.
    pub path: &'a str,
    /// The whole body; empty if there is none.
    pub body: &'a [u8],
}

/// Why a signed request does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not `Quitus time=…,nonce=…,signature=…`.
    #[error("the authorization is not of the form Quitus time=,nonce=,signature=")]
    Malformed,
    /// Too far from the relay's clock.
    #[error("the request is dated {time}, the relay's clock says {now}")]
    Skew {
        /// The time in the request.
        time: Timestamp,
        /// The relay's time.
        now: Timestamp,
    },
    /// The signature does not verify.
    #[error("the request is not signed as it says")]
    Signature(#[source] KeyError),
}

/// A request whose signature was verified.
#[derive(Clone)]
pub struct SignedRequest {
    /// The key that signed.
    pub key: PublicKey,
    /// When it was signed.
    pub time: Timestamp,
    /// 16 random bytes that must never be seen twice within [`REQUEST_SKEW`].
    pub nonce: [u8; 16],
    /// SHA-256 of the body.
    pub body_digest: Sha256,
}

/// Signs a request: the value of its `Authorization` header.
///
/// The signature is an SSHSIG over the eight lines of [`message`], in base64url.
pub fn sign_request(
    line: &RequestLine<'_>,
    key: &SigningKey,
    time: Timestamp,
    nonce: [u8; 16],
) -> String {
    let body_digest = Sha256::of(&[line.body]);
    let message = message(
        (line, body_digest),
        &key.public().fingerprint(),
        time,
        nonce,
    );
    let signature = key.sign(Namespace::Request, message.as_bytes()).to_blob();
    let (nonce, signature) = (text::base64url(&nonce), text::base64url(&signature));
    format!("{SIGNED_SCHEME} time={time},nonce={nonce},signature={signature}")
}

/// Verifies the `Authorization` header of a request at the moment `now`.
///
/// # Errors
/// [`RequestError`]; the caller still has to refuse a nonce it has seen.
pub fn verify_request(
    line: &RequestLine<'_>,
    authorization: &str,
    now: Timestamp,
) -> Result<SignedRequest, RequestError> {
    let (time, nonce, signature) = fields(authorization).ok_or(RequestError::Malformed)?;
    if time.since(now) > REQUEST_SKEW || now.since(time) > REQUEST_SKEW {
        return Err(RequestError::Skew { time, now });
    }
    let named = signature
        .key()
        .map_err(RequestError::Signature)?
        .fingerprint();
    let body_digest = Sha256::of(&[line.body]);
    let message = message((line, body_digest), &named, time, nonce);
    let key = signature
        .verify(Namespace::Request, message.as_bytes())
        .map_err(RequestError::Signature)?;
    Ok(SignedRequest {
        key,
        time,
        nonce,
        body_digest,
    })
}

/// The signed lines: a tag, method, origin, path, body digest, key, time, nonce.
fn message(
    (line, body_digest): (&RequestLine<'_>, Sha256),
    key: &Fingerprint,
    time: Timestamp,
    nonce: [u8; 16],
) -> String {
    let RequestLine {
        method,
        origin,
        path,
        ..
    } = line;
    let nonce = text::base64url(&nonce);
    format!(
        "quitus/request/v1\n{method}\n{origin}\n{path}\n{body_digest}\n{key}\n{time}\n{nonce}\n"
    )
}

fn fields(authorization: &str) -> Option<(Timestamp, [u8; 16], Signature)> {
    const SIGNATURE_BYTES_MAX: usize = 1024;
    let rest = authorization
        .strip_prefix(SIGNED_SCHEME)?
        .strip_prefix(" time=")?;
    let (time, rest) = rest.split_once(",nonce=")?;
    let (nonce, signature) = rest.split_once(",signature=")?;
    let blob = text::from_base64url_vec(signature, SIGNATURE_BYTES_MAX).ok()?;
    let nonce = text::from_base64url(nonce).ok()?;
    Some((time.parse().ok()?, nonce, Signature::from_blob(&blob).ok()?))
}

/// The token of `Authorization: Bearer`, 32 bytes in base64url.
pub fn bearer(authorization: &str) -> Result<Zeroizing<[u8; 32]>, TextError> {
    let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
    text::from_base64url(token).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Secret;

    const NOW: i64 = 1_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds, 0)
    }

    fn origin(text: &str) -> Origin {
        text.parse().expect("an origin")
    }

    #[test]
    fn a_request_counts_as_it_was_signed_and_at_its_time() {
        let key = SigningKey::from_seed(&Secret::from_bytes([7; 32]));
        let (here, there) = (
            origin("https://relay.example"),
            origin("https://other.example"),
        );
        let line = RequestLine {
            method: "PUT",
            origin: &here,
            path: "/v1/a?b",
            body: b"body",
        };
        let header = sign_request(&line, &key, at(NOW), [5; 16]);

        let verified = verify_request(&line, &header, at(NOW + 300));
        assert!(
            verified.is_ok_and(|request| request.key == key.public() && request.nonce == [5; 16])
        );
        for other in [
            RequestLine {
                method: "POST",
                ..line
            },
            RequestLine {
                origin: &there,
                ..line
            },
            RequestLine {
                path: "/v1/a",
                ..line
            },
            RequestLine { body: b"", ..line },
        ] {
            let refused = verify_request(&other, &header, at(NOW));
            assert!(
                matches!(refused, Err(RequestError::Signature(_))),
                "{other:?}"
            );
        }
        for now in [NOW + 301, NOW - 301] {
            let refused = verify_request(&line, &header, at(now));
            assert!(matches!(refused, Err(RequestError::Skew { .. })), "{now}");
        }
        let later = header.replace(&at(NOW).to_string(), &at(NOW + 1).to_string());
        assert!(verify_request(&line, &later, at(NOW)).is_err());
    }

    #[test]
    fn malformed_authorizations_are_refused() {
        let here = origin("https://relay.example");
        let line = RequestLine {
            method: "GET",
            origin: &here,
            path: "/",
            body: b"",
        };
        for header in [
            "",
            "Quitus",
            "Bearer AAAA",
            "Quitus time=now,nonce=,signature=",
        ] {
            let refused = verify_request(&line, header, at(NOW));
            assert_eq!(refused.err(), Some(RequestError::Malformed), "{header}");
        }
        assert!(bearer("Bearer AAAA").is_err() && bearer("").is_err());
    }
}
