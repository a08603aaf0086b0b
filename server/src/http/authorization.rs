//! Credentials of a request: a signature over it, or a bearer token.
//!
//! Promises: exactly one `Authorization` header, or the request is refused; tokens are erased when
//! dropped. It does not know whom a credential belongs to. Sources: RFC 9110 section 11.6.2, RFC 6750.

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use quitus_core::protocol::{self, RequestLine, SIGNED_SCHEME};
use zeroize::Zeroizing;

use super::refusal::HttpRefused;
use crate::caller::Caller;
use crate::relay::{Relay, Signed};

/// Verifies the signature of a request.
pub(super) fn signed(relay: &Relay, parts: &Parts, body: &[u8]) -> Result<Signed, HttpRefused> {
    let authorization = only(&parts.headers, "Quitus time=,nonce=,signature=")?;
    let path = parts.uri.path_and_query();
    let line = RequestLine {
        method: parts.method.as_str(),
        origin: relay.origin(),
        path: path
            .map(axum::http::uri::PathAndQuery::as_str)
            .unwrap_or_default(),
        body,
    };
    let request = protocol::verify_request(&line, authorization, relay.now())
        .map_err(HttpRefused::Signature)?;
    let caller = parts.extensions.get::<Caller>().cloned();
    Ok(Signed::new(
        &request,
        authorization,
        caller.unwrap_or_default(),
    ))
}

/// Whether a request says that it is signed; whoever reads it verifies that.
pub(super) fn is_signed(headers: &HeaderMap) -> bool {
    let authorization = headers.get(header::AUTHORIZATION);
    let text = authorization.and_then(|value| value.to_str().ok());
    text.and_then(|text| text.strip_prefix(SIGNED_SCHEME))
        .is_some_and(|rest| rest.starts_with(' '))
}

/// The bearer token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Zeroizing<[u8; 32]>, HttpRefused> {
    let expected = "Bearer and 32 bytes in base64url";
    let authorization = only(headers, expected)?;
    protocol::bearer(authorization).map_err(|_| HttpRefused::Unauthorized { expected })
}

fn only<'a>(headers: &'a HeaderMap, expected: &'static str) -> Result<&'a str, HttpRefused> {
    let unauthorized = || HttpRefused::Unauthorized { expected };
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| unauthorized()),
        (_, _) => Err(unauthorized()),
    }
}
