//! What a relay goes by in an engagement: an end, idleness, addresses, sizes.
//!
//! ```text
//! {"endsAt":"2027-03-31T23:59:59Z","idleSeconds":2592000,"networks":["203.0.113.0/24"],
//!  "transferBytesMax":null}
//! ```
//!
//! Promises: a policy that was checked is within bounds. It says nothing of who the parties are.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::Network;
use crate::digest::Sha256;
use crate::time::Timestamp;

/// Most networks of one policy.
pub const NETWORKS_MAX: usize = 64;
/// Least idleness that takes access away: a day, longer than any grant runs.
pub const IDLE_MIN: Duration = Duration::from_hours(24);
/// Most: a year.
pub const IDLE_MAX: Duration = Duration::from_hours(366 * 24);
/// How far away an end may be: ten years.
pub const LIFE_MAX: Duration = Duration::from_hours(10 * 366 * 24);

/// What is allowed in an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Policy {
    /// When it ends, by the relay's clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ends_at: Timestamp,
    /// After how many seconds without use a member may do nothing any more.
    pub idle_seconds: u64,
    /// Where members may claim and send from; empty: from everywhere.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub networks: Vec<Network>,
    /// Archive bytes of one transfer at most.
    pub transfer_bytes_max: Option<u64>,
}

/// Why a policy does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The end is over, or too far away.
    #[error("the end {ends_at} is over or more than ten years away")]
    End {
        /// What was asked for.
        ends_at: Timestamp,
    },
    /// Too short or too long.
    #[error("an access may be unused for 1 to 366 days, not for {idle_seconds} seconds")]
    Idle {
        /// What was asked for.
        idle_seconds: u64,
    },
    /// Too many networks.
    #[error("{actual} networks are listed, at most {NETWORKS_MAX} are accepted")]
    Networks {
        /// How many.
        actual: usize,
    },
}

impl Policy {
    /// After how long without use a member may do nothing any more.
    pub const fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }

    /// SHA-256 of its JSON: by it the relay, which knows no rules, says what it went by.
    pub fn digest(&self) -> Sha256 {
        let json = serde_json::to_vec(self).expect("a policy holds only what JSON can say");
        Sha256::of(&[&json])
    }

    /// Checks its bounds at the moment `now`.
    ///
    /// # Errors
    /// [`PolicyError`]: which one it does not keep.
    pub fn check(&self, now: Timestamp) -> Result<(), PolicyError> {
        let Self {
            ends_at,
            idle_seconds,
            ..
        } = *self;
        if ends_at <= now || ends_at > now.after(LIFE_MAX) {
            return Err(PolicyError::End { ends_at });
        }
        if !(IDLE_MIN..=IDLE_MAX).contains(&self.idle()) {
            return Err(PolicyError::Idle { idle_seconds });
        }
        let actual = self.networks.len();
        let is_listed = actual <= NETWORKS_MAX;
        is_listed
            .then_some(())
            .ok_or(PolicyError::Networks { actual })
    }
}
