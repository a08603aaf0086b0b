//! Moments in UTC, as documents write them.
//!
//! ```text
//! 2026-11-22T03:37:18Z
//! 2026-11-22T03:37:18.25Z
//! ```
//!
//! Promises: RFC 3339, always `Z`, as few fraction digits as the moment needs; one spelling a
//! moment. It never asks what time it is.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text;

/// A moment with nanoseconds, from the year -9999 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(jiff::Timestamp);

/// A text that is not a moment in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time such as 2026-11-22T03:37:18Z")]
pub struct TimeError {
    /// What was found, cut at 64 characters.
    pub text: String,
}

impl Timestamp {
    /// Makes a moment from seconds and nanoseconds since 1970, clamped to the years -9999 to 9999.
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Self {
        let edge = if seconds < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        };
        let nanoseconds = i32::try_from(nanoseconds).unwrap_or(0);
        Self(jiff::Timestamp::new(seconds, nanoseconds).unwrap_or(edge))
    }

    /// Reads the `Date` header of an HTTP answer (RFC 9110 section 5.6.7); `None` if it is none.
    pub fn from_http_date(text: &str) -> Option<Self> {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|zoned| Self(zoned.timestamp()))
    }

    /// Whole seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        // The library's parts have one sign: before 1970 both are negative.
        self.0.as_second() - i64::from(self.0.subsec_nanosecond() < 0)
    }

    /// Nanoseconds behind [`seconds`](Self::seconds), 0 to 999,999,999.
    pub fn nanoseconds(self) -> u32 {
        let nanoseconds = self.0.subsec_nanosecond().rem_euclid(1_000_000_000);
        nanoseconds.cast_unsigned()
    }

    /// The moment `duration` later; the last representable one where that is beyond it.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self::from_unix(self.seconds().saturating_add(seconds), self.nanoseconds())
    }

    /// How much later this moment is than `earlier`; zero where it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        let nanoseconds = self.0.as_nanosecond() - earlier.0.as_nanosecond();
        Duration::from_nanos(u64::try_from(nanoseconds.max(0)).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let refused = || TimeError {
            text: text.chars().take(64).collect(),
        };
        let parsed = text.parse().map(Self).map_err(|_| refused())?;
        if parsed.to_string() == text {
            Ok(parsed)
        } else {
            Err(refused())
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        text::deserialize(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_spelling() {
        for text in [
            "1960-02-29T00:00:00Z",
            "2038-01-19T03:14:08.000000001Z",
            "2106-02-07T06:28:16.5Z",
        ] {
            assert_eq!(
                text.parse::<Timestamp>()
                    .map(|time| time.to_string())
                    .as_deref(),
                Ok(text)
            );
        }
        for text in [
            "2026-11-22",
            "2026-11-22T03:37:18",
            "2026-11-22T03:37:18.50Z",
            "2026-11-22T03:37:18+00:00",
            "2026-11-22t03:37:18z",
            "2026-02-29T00:00:00Z",
            "",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn unix_times_come_back_and_extremes_are_clamped() {
        for (seconds, nanoseconds) in [(0, 0), (-315_619_200, 7), (4_294_967_296, 999_999_999)] {
            let time = Timestamp::from_unix(seconds, nanoseconds);
            assert_eq!((time.seconds(), time.nanoseconds()), (seconds, nanoseconds));
        }
        assert!(
            Timestamp::from_unix(i64::MAX, 0)
                .to_string()
                .starts_with("9999")
        );
        assert!(
            Timestamp::from_unix(i64::MIN, 0)
                .to_string()
                .starts_with("-009999")
        );
    }

    #[test]
    fn dates_of_http_answers_are_read() {
        let date = Timestamp::from_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(
            date.map(|date| date.to_string()).as_deref(),
            Some("1994-11-06T08:49:37Z")
        );
        assert_eq!(Timestamp::from_http_date("yesterday"), None);
    }

    #[test]
    fn distances_are_never_negative() {
        let (early, late) = (Timestamp::from_unix(10, 0), Timestamp::from_unix(12, 500));
        assert_eq!(late.since(early), Duration::new(2, 500));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(early.after(Duration::from_secs(2)).seconds(), 12);
    }
}
