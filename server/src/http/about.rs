//! The routes that need no credential: health, readiness, what this relay is, its `OpenAPI` document.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use quitus_core::protocol::{MANIFEST_BYTES_MAX, PROTOCOL, Refusal, TERMS_BYTES_MAX};
use quitus_core::time::Timestamp;
use quitus_core::transfer::{DOWNLOADS_MAX, LIFE_MAX};
use serde::Serialize;

use super::body::JSON;
use super::refusal::HttpRefused;
use crate::relay::Relay;

/// What a relay says of itself.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct About {
    /// `quitus-relay`.
    name: &'static str,
    /// Versions of the protocol it speaks.
    versions: [u32; 1],
    /// The relay as it names itself; signed requests name it so.
    #[schema(value_type = String)]
    origin: quitus_core::origin::Origin,
    /// The key it signs statements with, as an OpenSSH public key line.
    statement_key: String,
    /// The key of its log, as signed notes have it.
    log_key: String,
    /// The time by its clock.
    #[schema(value_type = String)]
    time: Timestamp,
    /// What it takes at most.
    limits: Limits,
}

/// What a relay takes at most.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Limits {
    /// Bytes of an archive.
    archive_bytes: u64,
    /// Bytes of a sealed manifest.
    manifest_bytes: u64,
    /// Bytes of sealed terms.
    terms_bytes: u64,
    /// Downloads of a link.
    downloads: u32,
    /// Life of a transfer, in seconds.
    expiry_seconds: u64,
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", responses((status = 204)))]
pub(super) async fn healthz() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Records and store can be read and written.
#[utoipa::path(
    get, path = "/readyz",
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn readyz(State(relay): State<Arc<Relay>>) -> Result<StatusCode, HttpRefused> {
    relay.is_ready().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What this relay is, its time and its limits.
#[utoipa::path(get, path = "/v1", responses((status = 200, body = About)))]
pub(super) async fn about(State(relay): State<Arc<Relay>>) -> Json<About> {
    Json(About {
        name: "quitus-relay",
        versions: [PROTOCOL],
        origin: relay.origin().clone(),
        statement_key: relay.sweeper().statement_key(),
        log_key: relay.log_key().to_string(),
        time: relay.now(),
        limits: Limits {
            archive_bytes: relay.archive_bytes_max(),
            manifest_bytes: MANIFEST_BYTES_MAX as u64,
            terms_bytes: TERMS_BYTES_MAX as u64,
            downloads: DOWNLOADS_MAX,
            expiry_seconds: LIFE_MAX.as_secs(),
        },
    })
}

/// This document.
#[utoipa::path(
    get, path = "/v1/openapi.json",
    responses((status = 200, content_type = "application/json"))
)]
pub(super) async fn openapi() -> Response {
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    ([content_type], super::openapi_document()).into_response()
}
