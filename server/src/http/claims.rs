//! The routes of the recipient: claim, done. The bearer token is the grant key; a claim may be signed
//! instead.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use quitus_core::protocol::{Claim, Granted, JSON_BYTES_MAX, Refusal};

use super::authorization::{bearer, is_signed};
use super::body::{JSON, check_length, check_type, read_whole};
use super::names::TransferPath;
use super::refusal::HttpRefused;
use super::transfers::{from_json, read_signed_json};
use crate::caller::Caller;
use crate::relay::Relay;

/// Grants a download.
#[utoipa::path(
    post, path = "/v1/transfers/{id}/claim", request_body = Claim,
    security(("grantKey" = []), ("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 200, body = Granted), (status = "default", body = Refusal))
)]
pub(super) async fn claim(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Granted>, HttpRefused> {
    if is_signed(request.headers()) {
        let (signed, request) = read_signed_json(&relay, request).await?;
        return Ok(Json(relay.claim_signed(signed, id, &request).await?));
    }
    let (parts, body) = request.into_parts();
    let key = bearer(&parts.headers)?;
    check_type(&parts.headers, JSON)?;
    let bytes = check_length(&parts.headers, JSON_BYTES_MAX)?;
    let body = read_whole(&relay, body, bytes).await?;
    let request: Claim = from_json(&body.bytes)?;
    Ok(Json(relay.claim(id, &key, &request, caller).await?))
}

/// Counts a download as completed.
#[utoipa::path(
    post, path = "/v1/transfers/{id}/done", security(("grantKey" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn done(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<StatusCode, HttpRefused> {
    let key = bearer(&headers)?;
    relay.done(id, &key, caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
