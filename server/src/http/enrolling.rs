//! The routes of invites: made, listed, redeemed. All are signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use quitus_core::protocol::{Created, Invite, Invites, Redeem, Redeemed, Refusal};

use super::authorization::signed;
use super::names::{InvitePath, after};
use super::refusal::HttpRefused;
use super::transfers::read_signed_json;
use crate::relay::Relay;

/// Makes an invite. For clients.
#[utoipa::path(
    post, path = "/v1/invites", request_body = Invite, security(("signed" = [])),
    responses((status = 201, body = Created), (status = "default", body = Refusal))
)]
pub(super) async fn invite(
    State(relay): State<Arc<Relay>>,
    request: Request,
) -> Result<(StatusCode, Json<Created>), HttpRefused> {
    let (signed, request) = read_signed_json(&relay, request).await?;
    let created = relay.invite(signed, request).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Lists the invites of whoever asks, newest first.
#[utoipa::path(
    get, path = "/v1/invites", security(("signed" = [])),
    params(("after" = Option<String>, Query, description = "the last invite of the page before")),
    responses((status = 200, body = Invites), (status = "default", body = Refusal))
)]
pub(super) async fn invites(
    State(relay): State<Arc<Relay>>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<Invites>, HttpRefused> {
    let after = query.as_deref().map(after).transpose()?;
    let (parts, _) = request.into_parts();
    let signed = signed(&relay, &parts, b"")?;
    Ok(Json(relay.invites(signed, after).await?))
}

/// Makes the key that signs an account.
#[utoipa::path(
    post, path = "/v1/invites/{id}/redeem", request_body = Redeem, security(("signed" = [])),
    params(("id" = String, Path, description = "16 bytes, hex")),
    responses((status = 200, body = Redeemed), (status = "default", body = Refusal))
)]
pub(super) async fn redeem(
    State(relay): State<Arc<Relay>>,
    InvitePath(id): InvitePath,
    request: Request,
) -> Result<Json<Redeemed>, HttpRefused> {
    let (signed, request) = read_signed_json(&relay, request).await?;
    Ok(Json(relay.redeem(signed, id, request).await?))
}
