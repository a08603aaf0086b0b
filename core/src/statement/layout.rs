//! The one layout of a statement's file.
//!
//! ```text
//! {
//!   "seq": 1,
//!   "seen": []
//! }
//! ```
//!
//! Promises: a file is exactly what printing its values gives: UTF-8, two spaces a level, one field or
//! element a line, an empty list or object in one piece, escapes only for `"` and `\`, one line feed at
//! the end. So there is no doubled name, byte order mark, float, exponent or second spelling of
//! anything, and two readers never see two values. Numbers are whole, below 2^53 either way; texts are
//! in Unicode normal form C without control characters.
//!
//! Does not: know what the fields mean. Source: RFC 8259; RFC 7493 section 2.2 for the numbers.

use serde::Serialize;
use serde_json::Value;

use crate::text::is_plain;

/// Longest statement that is looked at.
pub const STATEMENT_BYTES_MAX: usize = 1024 * 1024;
/// Largest whole number that every reader of JSON takes for the same.
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// Why a file is not laid out as a statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Longer than 1 MiB.
    #[error("it is longer than 1 MiB")]
    TooLong,
    /// Not UTF-8, or no JSON.
    #[error("it is no JSON: {reason}")]
    NoJson {
        /// What is wrong.
        reason: String,
    },
    /// Printing what it says gives other bytes.
    #[error("it is not in its one spelling")]
    Spelling,
    /// A number is not whole, or too large.
    #[error("the number {number} is not whole, or not below 2^53")]
    Number {
        /// The number.
        number: String,
    },
    /// A text has control characters or is not in normal form C.
    #[error("a text has control characters or is not in Unicode normal form C")]
    Text,
}

/// Prints a value in the layout.
pub(super) fn print(value: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("statements hold only what JSON can say");
    text.push('\n');
    text
}

/// Reads a file that is in the layout.
pub(super) fn parse(file: &[u8]) -> Result<Value, LayoutError> {
    if file.len() > STATEMENT_BYTES_MAX {
        return Err(LayoutError::TooLong);
    }
    let value: Value = serde_json::from_slice(file).map_err(|error| LayoutError::NoJson {
        reason: error.to_string(),
    })?;
    check(&value)?;
    if print(&value).as_bytes() == file {
        Ok(value)
    } else {
        Err(LayoutError::Spelling)
    }
}

fn check(value: &Value) -> Result<(), LayoutError> {
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => {
            let size = number
                .as_u64()
                .or_else(|| number.as_i64().map(i64::unsigned_abs));
            let is_whole = size.is_some_and(|size| size <= NUMBER_MAX);
            is_whole.then_some(()).ok_or_else(|| LayoutError::Number {
                number: number.to_string(),
            })
        }
        Value::String(text) => check_text(text),
        Value::Array(values) => values.iter().try_for_each(check),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            check_text(name)?;
            check(value)
        }),
    }
}

fn check_text(text: &str) -> Result<(), LayoutError> {
    is_plain(text).then_some(()).ok_or(LayoutError::Text)
}

/// What one value has and another has not, as JSON pointers (RFC 6901).
pub(super) fn beyond(value: &Value, other: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    compare(value, Some(other), "", &mut pointers);
    pointers
}

fn compare(value: &Value, other: Option<&Value>, pointer: &str, beyond: &mut Vec<String>) {
    match (value, other) {
        (Value::Object(fields), Some(Value::Object(others))) => {
            for (name, value) in fields {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                compare(
                    value,
                    others.get(name),
                    &format!("{pointer}/{escaped}"),
                    beyond,
                );
            }
        }
        (Value::Array(values), Some(Value::Array(others))) => {
            for (index, value) in values.iter().enumerate() {
                compare(
                    value,
                    others.get(index),
                    &format!("{pointer}/{index}"),
                    beyond,
                );
            }
        }
        (_, Some(_)) => {}
        (_, None) => beyond.push(pointer.to_owned()),
    }
}
