//! The routes of statements. All are signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use quitus_core::protocol::{self, Logged, Refusal, Statements};

use super::authorization::signed;
use super::refusal::HttpRefused;
use super::transfers::read_signed_json;
use crate::records::Scope;
use crate::relay::Relay;

/// What the query of a list has to be.
const QUERY: &str = "the query (transfer=ID or engagement=ID, and from=N)";

/// Puts a party's statement, which the relay cannot read, into the log.
#[utoipa::path(
    post, path = "/v1/statements", request_body = protocol::State, security(("signed" = [])),
    responses((status = 201, body = Logged), (status = "default", body = Refusal))
)]
pub(super) async fn post(
    State(relay): State<Arc<Relay>>,
    request: Request,
) -> Result<(StatusCode, Json<Logged>), HttpRefused> {
    let (signed, request): (_, protocol::State) = read_signed_json(&relay, request).await?;
    let logged = relay.post_statement(signed, &request).await?;
    Ok((StatusCode::CREATED, Json(logged)))
}

/// Lists what was stated about a transfer or in an engagement, in the order of the log.
#[utoipa::path(
    get, path = "/v1/statements", security(("signed" = [])),
    params(
        ("transfer" = Option<String>, Query, description = "16 bytes, hex"),
        ("engagement" = Option<String>, Query, description = "16 bytes, hex"),
        ("from" = Option<u64>, Query, description = "the first entry of the log that is listed")
    ),
    responses((status = 200, body = Statements), (status = "default", body = Refusal))
)]
pub(super) async fn list(
    State(relay): State<Arc<Relay>>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<Statements>, HttpRefused> {
    let (parts, _) = request.into_parts();
    let asked = query.as_deref().map(asked).transpose()?;
    let signed = signed(&relay, &parts, b"")?;
    let Some((scope, from)) = asked else {
        relay.spend(&signed).await?;
        return Err(HttpRefused::Malformed { what: QUERY });
    };
    Ok(Json(relay.statements(signed, scope, from).await?))
}

/// `transfer=ID` or `engagement=ID`, and perhaps `&from=N`, in this order and their one spelling.
fn asked(query: &str) -> Result<(Scope, u64), HttpRefused> {
    let malformed = || HttpRefused::Malformed { what: QUERY };
    let (scope, from) = query.split_once("&from=").unwrap_or((query, "0"));
    let scope = match scope.split_once('=') {
        Some(("transfer", id)) => Scope::Transfer(id.parse().map_err(|_| malformed())?),
        Some(("engagement", id)) => Scope::Engagement(id.parse().map_err(|_| malformed())?),
        Some(_) | None => return Err(malformed()),
    };
    let number: u64 = from.parse().map_err(|_| malformed())?;
    if number.to_string() == from {
        Ok((scope, number))
    } else {
        Err(malformed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_one_spelling() {
        let id = "ab".repeat(16);
        for (query, from) in [
            (format!("transfer={id}"), 0),
            (format!("engagement={id}&from=12"), 12),
        ] {
            assert!(
                asked(&query).is_ok_and(|(_, found)| found == from),
                "{query}"
            );
        }
        for wrong in [
            String::new(),
            "transfer=".to_owned(),
            format!("transfer={id}&engagement={id}"),
            format!("from=1&transfer={id}"),
            format!("transfer={id}&from=01"),
            format!("transfer={id}&from="),
            format!("statement={id}"),
        ] {
            assert!(asked(&wrong).is_err(), "{wrong}");
        }
    }
}
