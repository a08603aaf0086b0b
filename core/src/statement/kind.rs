//! Which statements there are, and who makes them.
//!
//! ```text
//! urn:quitus:destroyed-by-holder:v1
//! ```
//!
//! Promises: every type has one name and one version; a role makes only the types that are facts of
//! its own. Spec: `docs/evidence.md`, "Types".

use core::fmt;

use serde::{Deserialize, Serialize};

use super::StatementError;

const TYPE_PREFIX: &str = "urn:quitus:";
const TYPE_SUFFIX: &str = ":v1";
/// Characters of a foreign type that are shown.
const SHOWN: usize = 64;

/// As what somebody makes a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The relay.
    Relay,
    /// The client of an engagement.
    Client,
    /// A freelancer of an engagement.
    Freelancer,
    /// Who sent a transfer that belongs to no engagement.
    Sender,
    /// Who received a transfer that belongs to no engagement.
    Recipient,
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Relay => "relay",
            Self::Client => "client",
            Self::Freelancer => "freelancer",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
        })
    }
}

/// What kind of statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub enum Kind {
    /// The relay holds a whole transfer, and the share committed to.
    Received,
    /// A download was completed.
    Delivered,
    /// The sender ended a transfer.
    Revoked,
    /// A transfer came to its end.
    Expired,
    /// Everything owed was destroyed at the relay, and its absence was observed.
    Destroyed,
    /// Something could not be destroyed, or not be observed.
    DestructionIncomplete,
    /// A member was shut out for not using the engagement.
    Deactivated,
    /// The access log was handed over.
    AccessLogExported,
    /// A freelancer gave back deliverables and what had been entrusted.
    Returned,
    /// A holder destroyed every copy that was found.
    DestroyedByHolder,
    /// The client says what is to be done at the end.
    Instructed,
    /// The client looked through who has access.
    AccessReviewed,
    /// The client looked into the store itself.
    Checked,
    /// The client changed passwords that had been passed on.
    CredentialsChanged,
    /// The client takes note of the end, with reservations or without.
    Acknowledged,
    /// A recipient has verified what it received.
    Accepted,
    /// A party enters into an engagement.
    Engaged,
    /// A party agrees to a change of an engagement.
    Amended,
    /// A party stopped every claim of an engagement.
    Frozen,
    /// A party lifted that.
    Thawed,
    /// A party corrects a statement of its own.
    Corrected,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::Received,
        Self::Delivered,
        Self::Revoked,
        Self::Expired,
        Self::Destroyed,
        Self::DestructionIncomplete,
        Self::Deactivated,
        Self::AccessLogExported,
        Self::Returned,
        Self::DestroyedByHolder,
        Self::Instructed,
        Self::AccessReviewed,
        Self::Checked,
        Self::CredentialsChanged,
        Self::Acknowledged,
        Self::Accepted,
        Self::Engaged,
        Self::Amended,
        Self::Frozen,
        Self::Thawed,
        Self::Corrected,
    ];

    /// Its name, as in names of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Delivered => "delivered",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Destroyed => "destroyed",
            Self::DestructionIncomplete => "destruction-incomplete",
            Self::Deactivated => "deactivated",
            Self::AccessLogExported => "access-log-exported",
            Self::Returned => "returned",
            Self::DestroyedByHolder => "destroyed-by-holder",
            Self::Instructed => "instructed",
            Self::AccessReviewed => "access-reviewed",
            Self::Checked => "checked",
            Self::CredentialsChanged => "credentials-changed",
            Self::Acknowledged => "acknowledged",
            Self::Accepted => "accepted",
            Self::Engaged => "engaged",
            Self::Amended => "amended",
            Self::Frozen => "frozen",
            Self::Thawed => "thawed",
            Self::Corrected => "corrected",
        }
    }

    /// Whether a role makes statements of this kind.
    pub const fn is_made_by(self, role: Role) -> bool {
        match self {
            Self::Received
            | Self::Delivered
            | Self::Revoked
            | Self::Expired
            | Self::Destroyed
            | Self::Deactivated
            | Self::AccessLogExported => matches!(role, Role::Relay),
            Self::Returned => matches!(role, Role::Freelancer),
            Self::DestroyedByHolder => matches!(role, Role::Freelancer | Role::Recipient),
            Self::Instructed
            | Self::AccessReviewed
            | Self::CredentialsChanged
            | Self::Acknowledged => matches!(role, Role::Client),
            Self::Checked => matches!(role, Role::Client | Role::Sender),
            Self::Accepted => matches!(role, Role::Client | Role::Freelancer | Role::Recipient),
            Self::Engaged | Self::Amended => matches!(role, Role::Client | Role::Freelancer),
            Self::DestructionIncomplete | Self::Frozen | Self::Thawed | Self::Corrected => true,
        }
    }

    /// Reads a `predicateType`.
    ///
    /// # Errors
    /// [`StatementError::Version`] for a known name of another version, else [`StatementError::Type`].
    pub fn of_type(text: &str) -> Result<Self, StatementError> {
        let found = || text.chars().take(SHOWN).collect();
        let unknown = || StatementError::Type { found: found() };
        let rest = text.strip_prefix(TYPE_PREFIX).ok_or_else(unknown)?;
        let (name, version) = rest.rsplit_once(':').ok_or_else(unknown)?;
        let named = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        let kind = named.ok_or_else(unknown)?;
        if version == "v1" {
            Ok(kind)
        } else {
            Err(StatementError::Version { found: found() })
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        format!("{TYPE_PREFIX}{kind}{TYPE_SUFFIX}")
    }
}
