//! What client and relay say to each other: routes, bodies, limits, refusals, signed requests.
//!
//! ```text
//! POST /v1/transfers                         signed        Create    -> Created
//! GET  /v1/transfers/{id}                    signed                  -> Status
//! PUT  /v1/transfers/{id}/parts/{index}      upload token  bytes     -> 204
//! PUT  /v1/transfers/{id}/manifest           signed        bytes     -> 204
//! POST /v1/transfers/{id}/complete           signed        Complete  -> 204
//! GET  /v1/transfers[?after={id}]            signed                  -> Transfers
//! POST /v1/transfers/{id}/extend             signed        Extend    -> 204
//! POST /v1/transfers/{id}/revoke             signed                  -> 204
//! GET  /v1/transfers/{id}/activity           signed                  -> Activity
//! GET  /v1/transfers/{id}/receipt            signed                  -> Receipt
//! POST /v1/transfers/{id}/claim              grant key     Claim     -> Granted
//! GET  /v1/transfers/{id}/manifest           grant key               -> bytes
//! GET  /v1/transfers/{id}/parts/{index}      grant key               -> bytes
//! POST /v1/transfers/{id}/done               grant key               -> 204
//! ```
//!
//! Promises: bodies are JSON with known fields only; a refusal is `{"error":{"code","message"}}`
//! with a code of [`RefusalCode`]. It does not speak HTTP. Sources: RFC 9110, RFC 6750 for
//! `Authorization: Bearer`, PROTOCOL.sshsig for signed requests.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::digest::{Blake3, Sha256};
use crate::keys::{Fingerprint, KeyError, Namespace, PublicKey, Signature, SigningKey};
use crate::origin::Origin;
use crate::parts::PartIndex;
use crate::text::{self, TextError};
use crate::time::Timestamp;
use crate::transfer::{Ending, TransferId};

/// Largest sealed manifest: about 200,000 files with long names.
pub const MANIFEST_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest sealed terms: recipients and limits of one transfer.
pub const TERMS_BYTES_MAX: usize = 64 * 1024;
/// Largest JSON body: a header and terms in base64, and small fields.
pub const JSON_BYTES_MAX: usize = 256 * 1024;
/// Wrong passwords, behind the right claim credential, after which nobody can claim a transfer.
pub const PASSWORD_TRIES_MAX: u32 = 10;
/// Transfers in one page of a list.
pub const PAGE_TRANSFERS: usize = 100;
/// How far the time of a signed request may be from the relay's clock.
pub const REQUEST_SKEW: Duration = Duration::from_mins(5);
/// The header in which a part's uploader states the BLAKE3 of the body, in hex.
pub const DIGEST_HEADER: &str = "quitus-digest";
/// The scheme of `Authorization` on a signed request.
pub const SIGNED_SCHEME: &str = "Quitus";

/// Paths of the routes.
pub mod route {
    use super::{PartIndex, TransferId};

    /// Create.
    pub const TRANSFERS: &str = "/v1/transfers";

    /// Status.
    pub fn transfer(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}")
    }

    /// Put and get a part.
    pub fn part(id: &TransferId, part: PartIndex) -> String {
        format!("{TRANSFERS}/{id}/parts/{}", part.0)
    }

    /// Put and get the sealed manifest.
    pub fn manifest(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}/manifest")
    }

    /// Complete.
    pub fn complete(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}/complete")
    }

    /// Extend.
    pub fn extend(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}/extend")
    }

    /// Revoke.
    pub fn revoke(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}/revoke")
    }

    /// What happened to a transfer.
    pub fn activity(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}/activity")
    }

    /// The statement of its destruction.
    pub fn receipt(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}/receipt")
    }

    /// The sender's transfers, a page of them behind the one named.
    pub fn transfers_after(id: Option<&TransferId>) -> String {
        id.map_or_else(
            || TRANSFERS.to_owned(),
            |id| format!("{TRANSFERS}?after={id}"),
        )
    }

    /// Claim.
    pub fn claim(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}/claim")
    }

    /// Done.
    pub fn done(id: &TransferId) -> String {
        format!("{TRANSFERS}/{id}/done")
    }
}

/// Opens a transfer. Repeating it with the same content changes nothing.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Create {
    /// 16 random bytes, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: TransferId,
    /// Archive bytes, from which the number and length of the parts follow.
    pub archive_bytes: u64,
    /// The age header and the payload nonce, base64url.
    pub header: String,
    /// The relay's half of the key, 32 bytes, base64url.
    pub share: String,
    /// SHA-256 of the claim credential, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub claim_digest: Sha256,
    /// SHA-256 of what shows that the password is known, hex; null without a password.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub verifier_digest: Option<Sha256>,
    /// SHA-256 of the upload token, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub upload_digest: Sha256,
    /// How long the transfer lives, in seconds of the relay's clock.
    pub expiry_seconds: u64,
    /// How many downloads are allowed in total.
    pub downloads: u32,
}

impl Drop for Create {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.share);
    }
}

/// The relay has opened the transfer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Created {
    /// When it can no longer be claimed, by the relay's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub expires_at: Timestamp,
}

/// A part that the relay holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldPart {
    /// Its number.
    #[cfg_attr(feature = "openapi", schema(value_type = u32))]
    pub index: PartIndex,
    /// BLAKE3 of its sealed bytes, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub digest: Blake3,
}

/// Where in its life a transfer is, as the sender sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StatusPhase {
    /// Parts are missing, or the sender has not completed it.
    Uploading,
    /// It can be claimed.
    Live,
    /// It can no longer be claimed.
    Ended,
    /// Share and objects are gone.
    Destroyed,
}

/// What the relay tells the sender of a transfer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// The transfer.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: TransferId,
    /// When it was opened.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created_at: Timestamp,
    /// Archive bytes.
    pub archive_bytes: u64,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// Wrong passwords so far; at [`PASSWORD_TRIES_MAX`] nobody can claim it any more.
    pub n_wrong_passwords: u32,
    /// Where in its life it is.
    pub phase: StatusPhase,
    /// Why it ended, once it has.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub ending: Option<Ending>,
    /// When it can no longer be claimed.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub expires_at: Timestamp,
    /// Downloads allowed.
    pub downloads: u32,
    /// Downloads completed.
    pub n_consumed: u32,
    /// Downloads running.
    pub n_live: u32,
    /// How often the share was given out.
    pub n_released: u32,
    /// Parts the relay holds, by number. Empty in a list, and once it is destroyed.
    pub parts: Vec<HeldPart>,
    /// Whether the relay holds the manifest.
    pub has_manifest: bool,
}

/// Ends the upload: from now on the transfer can be claimed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Complete {
    /// The digest of header and parts as the sender sealed them, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sealed_digest: Sha256,
    /// The sealed terms, base64url.
    pub terms: String,
}

/// Gives a transfer another end, with the terms that say so.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Extend {
    /// When it can no longer be claimed, by the relay's clock; later or earlier than before.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub expires_at: Timestamp,
    /// The sealed terms, base64url.
    pub terms: String,
}

/// A page of the sender's transfers, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transfers {
    /// The transfers, without their parts.
    pub transfers: Vec<Status>,
    /// Whether more follow behind the last one.
    pub has_more: bool,
}

/// What happened to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Happening {
    /// It was opened.
    Created,
    /// Everything was there.
    Completed,
    /// The share was given out with a new grant.
    Claimed,
    /// A claim with the right credential came too late or too often.
    Refused,
    /// A claim had the right credential and a wrong password.
    WrongPassword,
    /// Too many wrong passwords: nobody can claim it any more.
    Frozen,
    /// A download was completed.
    Done,
    /// A grant came to its lease's end.
    Lapsed,
    /// It got another end.
    Extended,
    /// The sender ended it.
    Revoked,
    /// Its time was over.
    Expired,
    /// Share and objects are gone, as stated.
    Destroyed,
    /// Something of it could not be destroyed, as stated.
    DestructionIncomplete,
}

/// A line of the access log of a transfer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Access {
    /// When, by the relay's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub at: Timestamp,
    /// What.
    pub what: Happening,
    /// The address it came from; null for what the relay did itself.
    pub address: Option<String>,
    /// The program that asked, as it named itself, cut at 200 characters.
    pub agent: Option<String>,
    /// The grant it is about: 8 hex digits that tell grants of one transfer apart.
    pub grant: Option<String>,
}

/// How far a grant is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrantStatus {
    /// 8 hex digits that tell grants of one transfer apart.
    pub grant: String,
    /// `live`, `done`, `lapsed` or `cut`.
    pub state: String,
    /// Parts asked for.
    pub n_parts_asked: u32,
    /// Parts of the transfer.
    pub n_parts: u32,
    /// When it lapses, or lapsed.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub lease_until: Timestamp,
}

/// Everything that happened to a transfer, oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// The access log.
    pub log: Vec<Access>,
    /// The grants.
    pub grants: Vec<GrantStatus>,
}

/// The statement of a transfer's destruction.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// The statement's file, byte for byte.
    pub statement: String,
    /// Its detached signature, armoured.
    pub signature: String,
    /// The relay's statement key, as an OpenSSH public key line.
    pub key: String,
}

/// Asks for the right to download. The grant key is the bearer token of the request.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// The claim credential, 32 bytes, base64url.
    pub claim: String,
    /// What shows that the password is known, 32 bytes, base64url; null without a password.
    pub verifier: Option<String>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.claim);
        zeroize::Zeroize::zeroize(&mut self.verifier);
    }
}

/// The right to download, and what the recipient needs to begin.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Granted {
    /// The relay's half of the key, base64url.
    pub share: String,
    /// The age header and the payload nonce, base64url.
    pub header: String,
    /// The sealed terms, base64url.
    pub terms: String,
    /// Archive bytes.
    pub archive_bytes: u64,
    /// Bytes of the sealed manifest.
    pub manifest_bytes: u64,
    /// When the grant lapses.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub lease_until: Timestamp,
}

impl Drop for Granted {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.share);
    }
}

/// Why a relay refuses; the code is stable, the message is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RefusalCode {
    /// 404. Unknown, expired, used or revoked: one answer for all.
    Gone,
    /// 403. The claim credential is right; a password is missing or wrong.
    Password,
    /// 403. The claim credential is right; too many wrong passwords were tried.
    Frozen,
    /// 404. The transfer is not destroyed yet, so there is no statement.
    NoReceipt,
    /// 400. The request is not well formed.
    Malformed,
    /// 401. No credential, or one that does not verify.
    Unauthorized,
    /// 404. No such route.
    NoRoute,
    /// 405. The route exists for other methods.
    Method,
    /// 409. The transfer holds something else under that name, or is in another phase.
    Conflict,
    /// 409. Parts or manifest are missing, or the sealed digest is another.
    Incomplete,
    /// 411. A body without `Content-Length`.
    LengthRequired,
    /// 413. The body is longer than the limit.
    TooLarge,
    /// 415. The body is not of the type the route takes.
    MediaType,
    /// 422. A value is out of its bounds.
    Bounds,
    /// 422. A part has another length than its number demands.
    WrongLength,
    /// 422. The body's digest is not the stated one.
    WrongDigest,
    /// 422. The header is not one of age v1, or has no payload nonce.
    WrongHeader,
    /// 429. Too many requests.
    TooMany,
    /// 500. The relay failed.
    Internal,
    /// 503. The relay cannot answer now.
    Unavailable,
    /// 507. The relay has no room.
    NoRoom,
}

/// The body of every refusal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refusal {
    /// What was refused.
    pub error: RefusalBody,
}

/// Code and message of a refusal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusalBody {
    /// The stable code.
    pub code: RefusalCode,
    /// A sentence for people, in English.
    pub message: String,
}

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
    let message = message(line, &key.public().fingerprint(), time, nonce);
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
    let message = message(line, &named, time, nonce);
    let key = signature
        .verify(Namespace::Request, message.as_bytes())
        .map_err(RequestError::Signature)?;
    Ok(SignedRequest { key, time, nonce })
}

/// The signed lines: a tag, method, origin, path, body digest, key, time, nonce.
fn message(line: &RequestLine<'_>, key: &Fingerprint, time: Timestamp, nonce: [u8; 16]) -> String {
    let RequestLine {
        method,
        origin,
        path,
        body,
    } = line;
    let (digest, nonce) = (Sha256::of(&[body]), text::base64url(&nonce));
    format!("quitus/request/v1\n{method}\n{origin}\n{path}\n{digest}\n{key}\n{time}\n{nonce}\n")
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

    #[test]
    fn unknown_and_doubled_fields_are_refused() {
        for body in [
            r#"{"claim":"AA","extra":1}"#,
            r#"{"claim":"AA","claim":"AA"}"#,
            r#"{"claim":1}"#,
            "{}",
            "[]",
        ] {
            assert!(serde_json::from_str::<Claim>(body).is_err(), "{body}");
        }
    }
}
