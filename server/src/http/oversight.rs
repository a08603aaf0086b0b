//! The routes of a sender whose transfer is complete: list, activity, receipt, extend, revoke. All are signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::{StatusCode, header};
use quitus_core::protocol::{Activity, Extend, Receipt, Refusal, Transfers};

use super::authorization::signed;
use super::body::stated_length;
use super::names::{TransferPath, after};
use super::refusal::HttpRefused;
use super::transfers::read_signed_json;
use crate::relay::Relay;

/// Lists the sender's transfers, newest first, without their parts.
#[utoipa::path(
    get, path = "/v1/transfers", security(("signed" = [])),
    params(("after" = Option<String>, Query, description = "the last transfer of the page before")),
    responses((status = 200, body = Transfers), (status = "default", body = Refusal))
)]
pub(super) async fn list(
    State(relay): State<Arc<Relay>>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<Transfers>, HttpRefused> {
    let after = query.as_deref().map(after).transpose()?;
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.transfers(signed, after).await?))
}

/// Tells the sender what happened to its transfer.
#[utoipa::path(
    get, path = "/v1/transfers/{id}/activity", security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 200, body = Activity), (status = "default", body = Refusal))
)]
pub(super) async fn activity(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<Json<Activity>, HttpRefused> {
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.activity(signed, id).await?))
}

/// Hands the sender what the relay stated last of its transfer's destruction.
#[utoipa::path(
    get, path = "/v1/transfers/{id}/receipt", security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 200, body = Receipt), (status = "default", body = Refusal))
)]
pub(super) async fn receipt(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<Json<Receipt>, HttpRefused> {
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.receipt(signed, id).await?))
}

/// Gives a transfer another end.
#[utoipa::path(
    post, path = "/v1/transfers/{id}/extend", request_body = Extend,
    security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn extend(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<StatusCode, HttpRefused> {
    let (signed, request) = read_signed_json(&relay, request).await?;
    relay.extend(signed, id, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a transfer now.
#[utoipa::path(
    post, path = "/v1/transfers/{id}/revoke", security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn revoke(
    State(relay): State<Arc<Relay>>,
    TransferPath(id): TransferPath,
    request: Request,
) -> Result<StatusCode, HttpRefused> {
    let (parts, _) = request.into_parts();
    if parts.headers.contains_key(header::CONTENT_LENGTH) && stated_length(&parts.headers)? > 0 {
        return Err(HttpRefused::TooLarge { max: 0 });
    }
    let signed = signed(&relay, &parts, b"")?;
    relay.revoke(signed, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
