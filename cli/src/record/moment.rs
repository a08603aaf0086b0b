//! Moments as people write them, in UTC.
//!
//! ```text
//! 2026-11-01T03:07:18Z  ->  1 November 2026, 03:07 UTC  |  1er novembre 2026 à 03 h 07 UTC
//! ```
//!
//! Promises: to the minute; the statements have the rest. Does not know any other time zone.

use quitus_core::time::Timestamp;

use crate::phrase;
use crate::words::Phrase;

/// Date and time of day.
pub(super) fn moment(at: Timestamp) -> Phrase {
    let text = at.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    let mut time = time.split(':').map(str::to_owned);
    let (hour, minute) = (time.next(), time.next());
    phrase!(
        "record-moment",
        date = date_of(date),
        hour = hour.unwrap_or_default(),
        minute = minute.unwrap_or_default()
    )
}

/// The date alone.
pub(super) fn day(at: Timestamp) -> Phrase {
    let text = at.to_string();
    date_of(text.split_once('T').map_or(&text, |(date, _)| date))
}

fn date_of(date: &str) -> Phrase {
    // Two-digit parts stand behind the last two hyphens, whatever the year is.
    let mut parts = date.rsplitn(3, '-');
    let (day, month) = (number(parts.next()), number(parts.next()));
    let year = parts.next().unwrap_or_default();
    phrase!("record-date", day = day, month = month, year = year)
}

fn number(part: Option<&str>) -> u64 {
    part.and_then(|part| part.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Words};

    #[test]
    fn moments_are_written_as_each_language_does() {
        let check = |text: &str, english: &str, french: &str| {
            let at: Timestamp = text.parse().unwrap();
            let written = |language| Words::new(language).write(&moment(at));
            assert_eq!(written(Language::English), english);
            assert_eq!(written(Language::French).replace('\u{a0}', "~"), french);
        };
        check(
            "2026-11-01T03:07:18Z",
            "1 November 2026, 03:07 UTC",
            "1er~novembre~2026 à 03~h~07~UTC",
        );
        check(
            "2028-02-29T23:59:59.5Z",
            "29 February 2028, 23:59 UTC",
            "29~février~2028 à 23~h~59~UTC",
        );
        check(
            "2026-08-30T00:00:00Z",
            "30 August 2026, 00:00 UTC",
            "30~août~2026 à 00~h~00~UTC",
        );
    }
}
