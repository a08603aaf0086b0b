//! What a chain of statements is about: an engagement, or a transfer that belongs to none.
//!
//! ```text
//! engagement:2222…      transfer:1111…
//! ```
//!
//! Promises: every issuer numbers its statements within a scope. Spec: `docs/evidence.md`, "Fields".

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Statement, Subject};
use crate::engagement::EngagementId;
use crate::text::TextError;
use crate::transfer::TransferId;

/// An engagement, or one transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// An engagement.
    Engagement(EngagementId),
    /// A transfer that belongs to no engagement.
    Transfer(TransferId),
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engagement(id) => write!(formatter, "engagement:{id}"),
            Self::Transfer(id) => write!(formatter, "transfer:{id}"),
        }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl TryFrom<String> for Scope {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        match text.strip_prefix("engagement:") {
            Some(id) => id.parse().map(Self::Engagement),
            None => text
                .strip_prefix("transfer:")
                .unwrap_or(&text)
                .parse()
                .map(Self::Transfer),
        }
    }
}

impl Statement {
    /// The engagement it belongs to; else the first transfer it is about; none if it is about neither.
    pub fn scope(&self) -> Option<Scope> {
        let engagement = self.predicate.engagement.map(Scope::Engagement);
        let transfer = || self.subject.iter().find_map(Subject::transfer_id);
        engagement.or_else(|| transfer().map(Scope::Transfer))
    }
}
