//! The routes of the log: checkpoint and tiles as tlog-tiles has them, and cosignatures.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use quitus_core::protocol::{Cosign, Cosigned, Refusal};
use quitus_core::tlog::KeyName;
use quitus_core::tlog::tile::Tile;

use super::body::BYTES;
use super::refusal::HttpRefused;
use super::transfers::read_signed_json;
use crate::relay::Relay;

const TEXT: &str = "text/plain; charset=utf-8";
/// A tile of a width never changes.
const FOR_EVER: (HeaderName, HeaderValue) = (
    header::CACHE_CONTROL,
    HeaderValue::from_static("public, max-age=31536000, immutable"),
);

const fn content_type(media_type: &'static str) -> (HeaderName, HeaderValue) {
    (header::CONTENT_TYPE, HeaderValue::from_static(media_type))
}

/// The last checkpoint of the log, with the cosignatures there are of it.
#[utoipa::path(
    get, path = "/log/checkpoint",
    responses((status = 200, content_type = "text/plain"), (status = "default", body = Refusal))
)]
pub(super) async fn checkpoint(State(relay): State<Arc<Relay>>) -> Result<Response, HttpRefused> {
    let note = relay.checkpoint().await?.to_string();
    Ok(([content_type(TEXT)], note).into_response())
}

/// A tile: hashes (`LEVEL/INDEX`) or entries (`entries/INDEX`), `.p/WIDTH` behind it if it is not full.
#[utoipa::path(
    get, path = "/log/tile/{*path}",
    params(("path" = String, Path, description = "as tlog-tiles says: 0/x001/234.p/17")),
    responses(
        (status = 200, content_type = "application/octet-stream"),
        (status = "default", body = Refusal)
    )
)]
pub(super) async fn tile(
    State(relay): State<Arc<Relay>>,
    Path(path): Path<String>,
) -> Result<Response, HttpRefused> {
    let tile: Option<Tile> = format!("tile/{path}").parse().ok();
    let tile = tile.ok_or(HttpRefused::NoRoute)?;
    let bytes = relay.tile(tile).await?.ok_or(HttpRefused::NoRoute)?;
    Ok(([content_type(BYTES), FOR_EVER], bytes).into_response())
}

/// Records that whoever asks saw a checkpoint, and found it consistent with those it saw before.
#[utoipa::path(
    post, path = "/v1/log/cosignatures", request_body = Cosign, security(("signed" = [])),
    responses((status = 204), (status = "default", body = Refusal))
)]
pub(super) async fn cosign(
    State(relay): State<Arc<Relay>>,
    request: Request,
) -> Result<StatusCode, HttpRefused> {
    let (signed, request): (_, Cosign) = read_signed_json(&relay, request).await?;
    relay.cosign(signed, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Checkpoints that cover an entry and that a witness, or anyone, signed; smallest first.
#[utoipa::path(
    get, path = "/v1/log/cosigned",
    params(
        ("index" = u64, Query, description = "the entry's number, from 0"),
        ("witness" = Option<String>, Query, description = "quitus-party/ and 32 hex digits")
    ),
    responses((status = 200, body = Cosigned), (status = "default", body = Refusal))
)]
pub(super) async fn cosigned(
    State(relay): State<Arc<Relay>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Cosigned>, HttpRefused> {
    let (index, witness) = asked(query.as_deref().unwrap_or_default())?;
    Ok(Json(relay.cosigned(index, witness).await?))
}

/// `index=N` and perhaps `&witness=NAME`, in this order and their one spelling.
fn asked(query: &str) -> Result<(u64, Option<KeyName>), HttpRefused> {
    let what = "the query (index=N&witness=NAME)";
    let malformed = || HttpRefused::Malformed { what };
    let (index, witness) = match query.split_once("&witness=") {
        Some((index, witness)) => (index, Some(witness.parse().map_err(|_| malformed())?)),
        None => (query, None),
    };
    let text = index.strip_prefix("index=").ok_or_else(malformed)?;
    let index: u64 = text.parse().map_err(|_| malformed())?;
    if index.to_string() == text {
        Ok((index, witness))
    } else {
        Err(malformed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_one_spelling() {
        assert!(matches!(asked("index=0"), Ok((0, None))));
        let both = asked("index=12&witness=quitus-party/00ff");
        assert!(matches!(both, Ok((12, Some(name))) if name.as_str() == "quitus-party/00ff"));
        for wrong in [
            "",
            "index=",
            "index=+1",
            "index=01",
            "index=1&",
            "index=1&witness=",
            "index=1&witness=a+b",
            "witness=a&index=1",
        ] {
            assert!(asked(wrong).is_err(), "{wrong}");
        }
    }
}
