//! What a path or query names: a transfer, a part, an invite, an engagement.
//!
//! Promises: one spelling each; whatever else stands in the path is answered like a transfer that
//! is gone. It does not look anything up.

use core::str::FromStr;
use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use quitus_core::engagement::EngagementId;
use quitus_core::invite::InviteId;
use quitus_core::transfer::TransferId;

use super::refusal::HttpRefused;
use crate::relay::Refused;

/// `{id}` of a path.
pub(super) struct TransferPath(pub(super) TransferId);

/// `{id}` and `{index}` of a path.
pub(super) struct PartPath(pub(super) TransferId, pub(super) u32);

/// `{id}` of the path of an invite.
pub(super) struct InvitePath(pub(super) InviteId);

/// `{id}` of the path of an engagement.
pub(super) struct EngagementPath(pub(super) EngagementId);

type Segments = Path<HashMap<String, String>>;

async fn id<S: Send + Sync, T: FromStr>(parts: &mut Parts, state: &S) -> Result<T, HttpRefused> {
    let segments = Segments::from_request_parts(parts, state).await;
    let Path(segments) = segments.map_err(|_| Refused::Gone)?;
    let id = segments.get("id").and_then(|id| id.parse().ok());
    Ok(id.ok_or(Refused::Gone)?)
}

impl<S: Send + Sync> FromRequestParts<S> for TransferPath {
    type Rejection = HttpRefused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        id(parts, state).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PartPath {
    type Rejection = HttpRefused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let TransferPath(id) = TransferPath::from_request_parts(parts, state).await?;
        let segments = Segments::from_request_parts(parts, state).await;
        let Path(segments) = segments.map_err(|_| Refused::Gone)?;
        let number = segments.get("index").and_then(|text| number(text));
        Ok(Self(id, number.ok_or(Refused::Gone)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InvitePath {
    type Rejection = HttpRefused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        id(parts, state).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for EngagementPath {
    type Rejection = HttpRefused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        id(parts, state).await.map(Self)
    }
}

/// What `after=ID` names, the one query there is, in its one spelling.
pub(super) fn after<T: FromStr>(query: &str) -> Result<T, HttpRefused> {
    let id = query.strip_prefix("after=").and_then(|id| id.parse().ok());
    let what = "the query (after=ID)";
    id.ok_or(HttpRefused::Malformed { what })
}

/// What `after=NUMBER` names.
pub(super) fn after_line(query: &str) -> Result<u64, HttpRefused> {
    let text = query.strip_prefix("after=").unwrap_or_default();
    let line = text.parse().ok();
    let line = line.filter(|line: &u64| line.to_string() == text);
    let what = "the query (after=NUMBER)";
    line.ok_or(HttpRefused::Malformed { what })
}

/// A decimal number in its shortest spelling.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_numbers_have_one_spelling() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("10"), Some(10));
        for text in ["", "00", "+1", "-1", " 1", "1 ", "4294967296", "1e3", "0x1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
