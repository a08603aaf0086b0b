//! The routes that move bytes: put a part, get a part, get the manifest.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use quitus_core::digest::Blake3;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{DIGEST_HEADER, Refusal};
use quitus_core::transfer::TransferId;

use super::authorization::bearer;
use super::body::{BYTES, BodyFrames, check_type, stated_length};
use super::names::{PartPath, TransferPath};
use super::refusal::HttpRefused;
use crate::caller::Caller;
use crate::downloads::Cut;
use crate::relay::{Opened, PartUpload, Relay};
use crate::store::Piece;

/// Stores one sealed part.
#[utoipa::path(
    put, path = "/v1/transfers/{id}/parts/{index}", security(("uploadToken" = [])),
    params(
        ("id" = String, Path, description = "16 bytes, hex"),
        ("index" = u32, Path, description = "number of the part, from 0"),
        ("quitus-digest" = String, Header, description = "BLAKE3 of the body, hex"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn put_part(
    State(relay): State<Arc<Relay>>,
    PartPath(id, number): PartPath,
    Extension(cut): Extension<Cut>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<StatusCode, HttpRefused> {
    let (parts, body) = request.into_parts();
    let mut frames = BodyFrames::new(body);
    let place = ((id, number), caller);
    let stored = store(&relay, place, &parts.headers, (&mut frames, cut)).await;
    // A client that waits for "100 Continue" has not sent the body, and will not.
    if stored.is_err() && !parts.headers.contains_key(header::EXPECT) {
        frames.drain().await;
    }
    stored.map(|()| StatusCode::NO_CONTENT)
}

/// Sends one sealed part.
#[utoipa::path(
    get, path = "/v1/transfers/{id}/parts/{index}", security(("grantKey" = [])),
    params(
        ("id" = String, Path, description = "16 bytes, hex"),
        ("index" = u32, Path, description = "number of the part, from 0"),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "default", body = Refusal),
    )
)]
pub(super) async fn get_part(
    State(relay): State<Arc<Relay>>,
    PartPath(id, number): PartPath,
    (Extension(cut), Extension(caller)): (Extension<Cut>, Extension<Caller>),
    (method, headers): (Method, HeaderMap),
) -> Result<Opened, HttpRefused> {
    let key = bearer(&headers)?;
    let is_sent = method != Method::HEAD;
    let piece = Piece::Part(PartIndex(number));
    Ok(relay
        .open((id, &key), piece, is_sent, (cut, &caller))
        .await?)
}

/// Sends the sealed manifest.
#[utoipa::path(
    get, path = "/v1/transfers/{id}/manifest", security(("grantKey" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "default", body = Refusal),
    )
)]
pub(super) async fn get_manifest(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    Extension(cut): Extension<Cut>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Opened, HttpRefused> {
    let key = bearer(&headers)?;
    Ok(relay
        .open((id, &key), Piece::Manifest, false, (cut, &caller))
        .await?)
}

async fn store(
    relay: &Arc<Relay>,
    ((id, number), caller): ((TransferId, u32), Caller),
    headers: &HeaderMap,
    (frames, cut): (&mut BodyFrames, Cut),
) -> Result<(), HttpRefused> {
    let token = bearer(headers)?;
    check_type(headers, BYTES)?;
    let upload = PartUpload {
        number,
        bytes: stated_length(headers)?,
        digest: stated_digest(headers)?,
        caller,
        frames,
    };
    Ok(relay.put_part(id, &token, (upload, cut)).await?)
}

fn stated_digest(headers: &HeaderMap) -> Result<Blake3, HttpRefused> {
    let what = DIGEST_HEADER;
    let digest = headers
        .get(DIGEST_HEADER)
        .and_then(|value| value.to_str().ok());
    digest
        .and_then(|text| text.parse().ok())
        .ok_or(HttpRefused::Malformed { what })
}
