//! How a language writes counts and numbers of bytes.
//!
//! ```text
//! 20000     20,000     |  20 000
//! 1572864   1.5 MiB    |  1,5 Mio        (IEC 80000-13 binary prefixes)
//! ```

use std::ops::RangeInclusive;

use fluent::FluentValue;

/// The habits of one language.
pub(super) struct Figures {
    digit_mark: char,
    decimal_mark: char,
    /// The counts that take the singular.
    singular: RangeInclusive<u64>,
    byte: &'static str,
    bytes: &'static str,
    prefixed: [&'static str; 4],
}

pub(super) const ENGLISH: Figures = Figures {
    digit_mark: ',',
    decimal_mark: '.',
    singular: 1..=1,
    byte: " byte",
    bytes: " bytes",
    prefixed: [" KiB", " MiB", " GiB", " TiB"],
};

pub(super) const FRENCH: Figures = Figures {
    digit_mark: '\u{a0}',
    decimal_mark: ',',
    singular: 0..=1,
    byte: "\u{a0}octet",
    bytes: "\u{a0}octets",
    prefixed: ["\u{a0}Kio", "\u{a0}Mio", "\u{a0}Gio", "\u{a0}Tio"],
};

/// The formatter of a bundle: numbers as the language writes them, everything else as Fluent does.
pub(super) fn count(value: &FluentValue<'_>, language: &Figures) -> Option<String> {
    whole(value).map(|number| group_digits(number, language.digit_mark))
}

/// The function `SIZE` of the catalogues.
pub(super) fn size<'a>(values: &[FluentValue<'a>], language: &Figures) -> FluentValue<'a> {
    match values.first().and_then(whole) {
        Some(bytes) => write_size(bytes, language).into(),
        None => FluentValue::Error,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "made from a u64 in words"
)]
fn whole(value: &FluentValue<'_>) -> Option<u64> {
    if let FluentValue::Number(number) = value {
        Some(number.value as u64)
    } else {
        None
    }
}

fn write_size(bytes: u64, language: &Figures) -> String {
    if bytes < 1024 {
        let is_one = language.singular.contains(&bytes);
        return format!(
            "{bytes}{}",
            if is_one {
                language.byte
            } else {
                language.bytes
            }
        );
    }
    // Tenths of the unit, rounded down: 1023.99 KiB never shows as 1024.0 KiB.
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut units = language.prefixed.iter();
    let mut unit = units.next();
    while tenths >= 10 * 1024 {
        let Some(larger) = units.next() else { break };
        unit = Some(larger);
        tenths /= 1024;
    }
    let unit = unit.copied().unwrap_or_default();
    format!(
        "{}{}{}{unit}",
        tenths / 10,
        language.decimal_mark,
        tenths % 10
    )
}

fn group_digits(number: u64, mark: char) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(mark);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_in_each_language() {
        let check = |bytes, english: &str, french: &str| {
            assert_eq!(write_size(bytes, &ENGLISH), english);
            assert_eq!(write_size(bytes, &FRENCH).replace('\u{a0}', "~"), french);
        };
        check(0, "0 bytes", "0~octet");
        check(1, "1 byte", "1~octet");
        check(1023, "1023 bytes", "1023~octets");
        check(1024, "1.0 KiB", "1,0~Kio");
        check(1_572_864, "1.5 MiB", "1,5~Mio");
        check(1_048_575, "1023.9 KiB", "1023,9~Kio");
        check(5 << 30, "5.0 GiB", "5,0~Gio");
        check(u64::MAX, "16777215.9 TiB", "16777215,9~Tio");
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let check = |number, expected: &str| assert_eq!(group_digits(number, ','), expected);
        check(0, "0");
        check(999, "999");
        check(1000, "1,000");
        check(20_000, "20,000");
        check(1_234_567, "1,234,567");
    }
}
