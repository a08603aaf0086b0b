//! Foreign text made harmless and visible before a person reads it.
//!
//! ```text
//! "a\x1b]52;c;…\x07.txt"  ->  a\x1b]52;c;…\x07.txt      (nine visible characters more, no escape sent)
//! "gpj.\u{202e}cod.exe"   ->  gpj.\u{202e}cod.exe
//! ```
//!
//! Promises: the output has no control, no bidirectional override and no invisible character, is one
//! line, and two different inputs never look the same because of such a character (a backslash is
//! doubled). Does not judge look-alike letters of different scripts.

use std::ffi::OsStr;
use std::fmt::Write as _;

/// The most bytes of one text of a server that are shown: enough for a reason, too few to bury a screen.
pub const EXCERPT_BYTES_MAX: usize = 1024;

/// Code points that print nothing or reorder what stands around them, beyond `char::is_control`.
/// From Unicode's `Default_Ignorable_Code_Point` and `Bidi_Control`, and the separators of lines.
const INVISIBLE: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Returns `text` as one visible line: controls, invisible characters and bytes that are not UTF-8 as
/// `\n`, `\x1b`, `\u{202e}`, `\xff`; a backslash as two.
#[must_use]
pub fn escape(text: &[u8]) -> String {
    let mut visible = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        chunk
            .valid()
            .chars()
            .for_each(|letter| push(&mut visible, letter));
        for byte in chunk.invalid() {
            push_byte(&mut visible, u32::from(*byte));
        }
    }
    visible
}

/// Returns a file name or path as one visible line, see [`escape`].
#[must_use]
pub fn escape_name(name: impl AsRef<OsStr>) -> String {
    escape(name.as_ref().as_encoded_bytes())
}

/// A file name or path for an event, exactly: its text, or its bytes in base64url where it is not UTF-8.
#[must_use]
pub fn exact_name(path: &std::path::Path) -> serde_json::Value {
    path.to_str().map_or_else(
        || {
            let bytes = path.as_os_str().as_encoded_bytes();
            serde_json::json!({ "pathBase64": quitus_core::text::base64url(bytes) })
        },
        |text| serde_json::json!({ "path": text }),
    )
}

/// Returns the first [`EXCERPT_BYTES_MAX`] bytes of a server's text as one visible line; `…` marks a cut.
#[must_use]
pub fn excerpt(text: &[u8]) -> String {
    match text.get(..EXCERPT_BYTES_MAX) {
        Some(start) if text.len() > EXCERPT_BYTES_MAX => escape(whole_letters(start)) + "…",
        Some(_) | None => escape(text),
    }
}

/// Returns one line of JSON with what could act on a terminal as `\uXXXX` (RFC 8259, section 7). The meaning
/// stays the same: outside of strings JSON has no such character, except in indentation.
#[must_use]
pub fn escape_json(line: &str) -> String {
    let mut visible = String::with_capacity(line.len());
    for letter in line.chars() {
        if letter.is_control() || is_invisible(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(visible, "\\u{unit:04x}");
            }
        } else {
            visible.push(letter);
        }
    }
    visible
}

/// Drops a letter that a cut at the end left unfinished, so that it is not shown as broken bytes.
fn whole_letters(start: &[u8]) -> &[u8] {
    match std::str::from_utf8(start) {
        Err(error) if error.error_len().is_none() => {
            start.get(..error.valid_up_to()).unwrap_or(start)
        }
        Ok(_) | Err(_) => start,
    }
}

fn push(visible: &mut String, letter: char) {
    match letter {
        '\\' => visible.push_str("\\\\"),
        '\n' => visible.push_str("\\n"),
        '\r' => visible.push_str("\\r"),
        '\t' => visible.push_str("\\t"),
        '\0'..='\x7f' if letter.is_ascii_control() => push_byte(visible, letter.into()),
        _ if letter.is_control() || is_invisible(letter) => {
            // Writing to a String cannot fail.
            let _ = write!(visible, "\\u{{{:x}}}", u32::from(letter));
        }
        _ => visible.push(letter),
    }
}

fn push_byte(visible: &mut String, byte: u32) {
    let _ = write!(visible, "\\x{byte:02x}");
}

fn is_invisible(letter: char) -> bool {
    INVISIBLE
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_becomes_one_visible_line() {
        let check = |text: &[u8], expected: &str| assert_eq!(escape(text), expected);
        check(b"plain name.txt", "plain name.txt");
        check("été — 文件 🎉".as_bytes(), "été — 文件 🎉");
        check(b"a\x1b[31m\x07", "a\\x1b[31m\\x07");
        check(
            b"\x1b]52;c;ZWNobyBoaQ==\x07",
            "\\x1b]52;c;ZWNobyBoaQ==\\x07",
        );
        check(b"two\r\nlines\t", "two\\r\\nlines\\t");
        check("\u{9b}31m".as_bytes(), "\\u{9b}31m");
        check("gpj.\u{202e}cod.exe".as_bytes(), "gpj.\\u{202e}cod.exe");
        check(
            "a\u{200b}b\u{feff}\u{2066}".as_bytes(),
            "a\\u{200b}b\\u{feff}\\u{2066}",
        );
        check("\u{e0041}\u{3164}".as_bytes(), "\\u{e0041}\\u{3164}");
        check(b"\xff\xc3(", "\\xff\\xc3(");
        check(b"\x7f\0", "\\x7f\\x00");
        check(b"a\\x1b", "a\\\\x1b");
    }

    #[test]
    fn no_character_that_acts_on_a_terminal_survives() {
        for letter in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let visible = escape(letter.to_string().as_bytes());
            assert!(
                !visible.chars().any(|c| c.is_control() || is_invisible(c)),
                "{letter:?}"
            );
        }
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = "a\u{9b}\u{202e}\u{e0041}\u{7f}é";
        let line = escape_json(&serde_json::to_string(text).unwrap());
        assert_eq!(line, r#""a\u009b\u202e\udb40\udc41\u007fé""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }

    #[test]
    fn a_servers_text_is_cut_at_a_letter() {
        assert_eq!(excerpt(b"short"), "short");
        assert_eq!(
            excerpt(&[b'a'; EXCERPT_BYTES_MAX]),
            "a".repeat(EXCERPT_BYTES_MAX)
        );
        assert_eq!(
            excerpt(&vec![b'a'; 10_000_000]),
            "a".repeat(EXCERPT_BYTES_MAX) + "…"
        );
        let accents = "é".repeat(EXCERPT_BYTES_MAX);
        assert_eq!(
            excerpt(accents.as_bytes()),
            "é".repeat(EXCERPT_BYTES_MAX / 2) + "…"
        );
        let odd = format!("a{accents}");
        assert_eq!(
            excerpt(odd.as_bytes()),
            format!("a{}…", "é".repeat(EXCERPT_BYTES_MAX / 2 - 1))
        );
    }
}
