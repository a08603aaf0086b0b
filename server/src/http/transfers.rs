//! The routes of the sender: create, status, manifest, complete. All are signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use quitus_core::protocol::{
    Complete, Create, Created, JSON_BYTES_MAX, MANIFEST_BYTES_MAX, Refusal, Status,
};
use serde::de::DeserializeOwned;

use super::authorization::signed;
use super::body::{BYTES, JSON, Whole, check_length, check_type, read_whole};
use super::names::TransferPath;
use super::refusal::HttpRefused;
use crate::relay::{Relay, Signed};

/// Opens a transfer.
#[utoipa::path(
    post, path = "/v1/transfers", request_body = Create, security(("signed" = [])),
    responses((status = 201, body = Created), (status = "default", body = Refusal))
)]
pub(super) async fn create(
    State(relay): State<Arc<Relay>>,
    request: Request,
) -> Result<(StatusCode, Json<Created>), HttpRefused> {
    let (signed, request) = read_signed_json(&relay, request).await?;
    let created = relay.create(signed, request).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Tells the sender how its transfer stands.
#[utoipa::path(
    get, path = "/v1/transfers/{id}", security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 200, body = Status), (status = "default", body = Refusal))
)]
pub(super) async fn status(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<Json<Status>, HttpRefused> {
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.status(signed, id).await?))
}

/// Stores the sealed manifest.
#[utoipa::path(
    put, path = "/v1/transfers/{id}/manifest", security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn put_manifest(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<StatusCode, HttpRefused> {
    let (signed, body) = read_signed(&relay, request, BYTES, MANIFEST_BYTES_MAX).await?;
    relay.put_manifest(signed, id, body.bytes.clone()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the upload: from now on the transfer can be claimed.
#[utoipa::path(
    post, path = "/v1/transfers/{id}/complete", request_body = Complete,
    security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn complete(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<StatusCode, HttpRefused> {
    let (signed, request) = read_signed_json(&relay, request).await?;
    relay.complete(signed, id, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads a body and verifies the signature over the whole request.
pub(super) async fn read_signed(
    relay: &Relay,
    request: Request,
    media_type: &'static str,
    bytes_max: usize,
) -> Result<(Signed, Whole), HttpRefused> {
    let (parts, body) = request.into_parts();
    check_type(&parts.headers, media_type)?;
    let bytes = check_length(&parts.headers, bytes_max)?;
    let body = read_whole(relay, body, bytes).await?;
    let signed = signed(relay, &parts, &body.bytes)?;
    Ok((signed, body))
}

/// The same for JSON. What cannot be parsed counts once as well.
pub(super) async fn read_signed_json<T: DeserializeOwned>(
    relay: &Relay,
    request: Request,
) -> Result<(Signed, T), HttpRefused> {
    let (signed, body) = read_signed(relay, request, JSON, JSON_BYTES_MAX).await?;
    match from_json(&body.bytes) {
        Ok(parsed) => Ok((signed, parsed)),
        Err(refused) => {
            relay.spend(&signed).await?;
            Err(refused)
        }
    }
}

/// Parses a body strictly: known fields, each once, nothing behind.
pub(super) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, HttpRefused> {
    let what = "the JSON body";
    serde_json::from_slice(body).map_err(|_| HttpRefused::Malformed { what })
}
