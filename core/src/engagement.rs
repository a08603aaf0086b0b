//! Engagements: one client, one or more freelancers, a contract, rules and an end.
//!
//! ```text
//! 00112233445566778899aabbccddeeff      an engagement's id
//! ```
//!
//! Promises: an id has one spelling. It does not decide anything yet.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::{self, TextError};

/// 16 random bytes that name an engagement; never used again. Hex in texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EngagementId([u8; 16]);

impl EngagementId {
    /// Takes 16 bytes that were drawn at random.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first 8 digits, for logs and names of files.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl fmt::Display for EngagementId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&text::hex(&self.0))
    }
}

impl FromStr for EngagementId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text::from_hex(text).map(Self)
    }
}

impl TryFrom<String> for EngagementId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<EngagementId> for String {
    fn from(id: EngagementId) -> Self {
        id.to_string()
    }
}
