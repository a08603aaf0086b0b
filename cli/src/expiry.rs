//! How long a transfer shall live, as a person writes it.
//!
//! ```text
//! 7d           seven days from now           90s, 90m, 36h, 2w   seconds, minutes, hours, weeks
//! 2026-12-24   until the end of that day in UTC
//! ```
//!
//! Promises: one spelling a unit, whole numbers only, never 'for ever'. The relay's own bound comes on top.

use std::str::FromStr;
use std::time::Duration;

use quitus_core::time::Timestamp;

/// The longest life that can be asked for: ten years, so that sums with any clock stay within dates.
pub const EXPIRY_MAX: Duration = Duration::from_hours(3660 * 24);

/// When a transfer shall end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// So long after it was sent; more than zero, at most [`EXPIRY_MAX`].
    After(Duration),
    /// At this moment.
    At(Timestamp),
}

/// A text that is no expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryError {
    /// Neither a number with a unit nor a date.
    #[error("not a time span such as 7d or 36h, nor a date such as 2026-12-24")]
    Form,
    /// Zero, or more than [`EXPIRY_MAX`].
    #[error("not between one second and ten years")]
    Range,
}

impl Expiry {
    /// The moment when a transfer sent `now` ends; it may be in the past for a date.
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::After(span) => now.after(span),
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for Expiry {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Self, ExpiryError> {
        if text.len() == "2026-12-24".len() && text.contains('-') {
            let moment = format!("{text}T23:59:59Z")
                .parse()
                .map_err(|_| ExpiryError::Form)?;
            return Ok(Self::At(moment));
        }
        span(text).map(Self::After)
    }
}

fn span(text: &str) -> Result<Duration, ExpiryError> {
    let unit_seconds = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 24 * 3600,
        Some('w') => 7 * 24 * 3600,
        _ => return Err(ExpiryError::Form),
    };
    let digits = text.get(..text.len() - 1).ok_or(ExpiryError::Form)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ExpiryError::Form);
    }
    let count: u64 = digits.parse().map_err(|_| ExpiryError::Range)?;
    let span = count.checked_mul(unit_seconds).map(Duration::from_secs);
    span.filter(|span| !span.is_zero() && *span <= EXPIRY_MAX)
        .ok_or(ExpiryError::Range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_dates_are_read() {
        let check = |text: &str, expected: Result<&str, ExpiryError>| {
            let now = Timestamp::from_unix(1_790_000_000, 0);
            let moment = text
                .parse()
                .map(|expiry: Expiry| expiry.moment(now).to_string());
            assert_eq!(moment, expected.map(str::to_owned), "{text}");
        };
        check("7d", Ok("2026-09-28T14:13:20Z"));
        check("36h", Ok("2026-09-23T02:13:20Z"));
        check("2w", Ok("2026-10-05T14:13:20Z"));
        check("1m", Ok("2026-09-21T14:14:20Z"));
        check("2026-12-24", Ok("2026-12-24T23:59:59Z"));
        check("2028-02-29", Ok("2028-02-29T23:59:59Z"));
        for text in [
            "",
            "d",
            "7",
            "7 d",
            "7D",
            "+7d",
            "-7d",
            "1.5d",
            "never",
            "7d7d",
            "é",
            "2026-02-29",
            "26-12-2024",
            "2026-12-24T00:00:00Z",
        ] {
            check(text, Err(ExpiryError::Form));
        }
        for text in [
            "0d",
            "521w",
            "3661d",
            "99999999999999999999d",
            "18446744073709551615w",
        ] {
            check(
                text,
                if text == "521w" {
                    Ok("2036-09-15T14:13:20Z")
                } else {
                    Err(ExpiryError::Range)
                },
            );
        }
    }
}
