//! The routes of engagements: opened, listed, looked at, changed. All are signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use quitus_core::protocol::{
    Deed, EngagedTransfers, EngagementActivity, EngagementStatus, Engagements, Open, Refusal,
};

use super::authorization::signed;
use super::names::{EngagementPath, after, after_line};
use super::refusal::HttpRefused;
use super::transfers::read_signed_json;
use crate::relay::Relay;

/// Opens an engagement. For clients.
#[utoipa::path(
    post, path = "/v1/engagements", request_body = Open, security(("signed" = [])),
    responses((status = 201), (status = "default", body = Refusal))
)]
pub(super) async fn open(
    State(relay): State<Arc<Relay>>,
    request: Request,
) -> Result<StatusCode, HttpRefused> {
    let (signed, request) = read_signed_json(&relay, request).await?;
    relay.open_engagement(signed, request).await?;
    Ok(StatusCode::CREATED)
}

/// Lists the engagements of whoever asks, newest first, without sealed rules.
#[utoipa::path(
    get, path = "/v1/engagements", security(("signed" = [])),
    params(("after" = Option<String>, Query, description = "the last one of the page before")),
    responses((status = 200, body = Engagements), (status = "default", body = Refusal))
)]
pub(super) async fn list(
    State(relay): State<Arc<Relay>>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<Engagements>, HttpRefused> {
    let after = query.as_deref().map(after).transpose()?;
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.engagements(signed, after).await?))
}

/// Tells a party how an engagement stands.
#[utoipa::path(
    get, path = "/v1/engagements/{id}", security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 200, body = EngagementStatus), (status = "default", body = Refusal))
)]
pub(super) async fn status(
    State(relay): State<Arc<Relay>>,
    EngagementPath(id): EngagementPath,
    request: Request,
) -> Result<Json<EngagementStatus>, HttpRefused> {
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.engagement(signed, id).await?))
}

/// Does what a party asks, and tells how the engagement stands then.
#[utoipa::path(
    post, path = "/v1/engagements/{id}/deeds", request_body = Deed, security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 200, body = EngagementStatus), (status = "default", body = Refusal))
)]
pub(super) async fn act(
    State(relay): State<Arc<Relay>>,
    EngagementPath(id): EngagementPath,
    request: Request,
) -> Result<Json<EngagementStatus>, HttpRefused> {
    let (signed, deed) = read_signed_json::<Deed>(&relay, request).await?;
    Ok(Json(relay.act(signed, id, deed).await?))
}

/// Lists the transfers of an engagement, newest first.
#[utoipa::path(
    get, path = "/v1/engagements/{id}/transfers", security(("signed" = [])),
    params(
        ("id" = String, Path, description = "16 bytes, hex"),
        ("after" = Option<String>, Query, description = "the last one of the page before"),
    ),
    responses((status = 200, body = EngagedTransfers), (status = "default", body = Refusal))
)]
pub(super) async fn transfers(
    State(relay): State<Arc<Relay>>,
    EngagementPath(id): EngagementPath,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<EngagedTransfers>, HttpRefused> {
    let after = query.as_deref().map(after).transpose()?;
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.engaged(signed, id, after).await?))
}

/// Hands out the access log of an engagement, oldest first.
#[utoipa::path(
    get, path = "/v1/engagements/{id}/activity", security(("signed" = [])),
    params(
        ("id" = String, Path, description = "16 bytes, hex"),
        ("after" = Option<u64>, Query, description = "the last line of the page before"),
    ),
    responses((status = 200, body = EngagementActivity), (status = "default", body = Refusal))
)]
pub(super) async fn activity(
    State(relay): State<Arc<Relay>>,
    EngagementPath(id): EngagementPath,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<EngagementActivity>, HttpRefused> {
    let after = query.as_deref().map(after_line).transpose()?.unwrap_or(0);
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.engagement_activity(signed, id, after).await?))
}
