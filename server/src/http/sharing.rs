//! The routes of transfers for keys: inbox, envelope, recipients. All are signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use quitus_core::protocol::{Envelope, Inbox, Recipients, Refusal};

use super::authorization::signed;
use super::names::{TransferPath, after};
use super::refusal::HttpRefused;
use super::transfers::read_signed_json;
use crate::relay::Relay;

/// Lists the live transfers that are for whoever asks, newest first.
#[utoipa::path(
    get, path = "/v1/inbox", security(("signed" = [])),
    params(("after" = Option<String>, Query, description = "the last transfer of the page before")),
    responses((status = 200, body = Inbox), (status = "default", body = Refusal))
)]
pub(super) async fn inbox(
    State(relay): State<Arc<Relay>>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<Inbox>, HttpRefused> {
    let after = query.as_deref().map(after).transpose()?;
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.inbox(signed, after).await?))
}

/// Hands a recipient, or the sender, the envelope of a transfer.
#[utoipa::path(
    get, path = "/v1/transfers/{id}/envelope", security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 200, body = Envelope), (status = "default", body = Refusal))
)]
pub(super) async fn envelope(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<Json<Envelope>, HttpRefused> {
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.envelope(signed, id).await?))
}

/// Gives a transfer other recipients.
#[utoipa::path(
    post, path = "/v1/transfers/{id}/recipients", request_body = Recipients,
    security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn recipients(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<StatusCode, HttpRefused> {
    let (signed, request) = read_signed_json(&relay, request).await?;
    relay.set_recipients(signed, id, request).await?;
    Ok(StatusCode::NO_CONTENT)
}
