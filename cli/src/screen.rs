//! Bytes on their way to a screen, stopped where they could act on it.
//!
//! Promises: nothing of a block that holds a control character (but tab and line ends) is written. Does not
//! know encodings beyond that: letters of any script pass.

use std::io::{self, Write};

/// The error inside the [`io::Error`] of a block that was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not text that a screen can show")]
pub struct NotText;

/// A writer that lets only text through.
pub struct ScreenGuard<'a> {
    screen: &'a mut (dyn Write + Send),
    /// Whether the last byte may be the first half of a C1 control (U+0080 to U+009F, C2 80 to C2 9F).
    after_c2: bool,
}

impl<'a> ScreenGuard<'a> {
    /// Guards a screen.
    pub fn new(screen: &'a mut (dyn Write + Send)) -> Self {
        Self {
            screen,
            after_c2: false,
        }
    }

    fn is_text(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().all(|byte| {
            let is_c1 = self.after_c2 && (0x80..0xa0).contains(byte);
            self.after_c2 = *byte == 0xc2;
            let is_layout = matches!(byte, b'\t' | b'\n' | b'\r');
            !is_c1 && (is_layout || !byte.is_ascii_control())
        })
    }
}

impl Write for ScreenGuard<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_text(bytes) {
            self.screen.write_all(bytes).map(|()| bytes.len())
        } else {
            Err(io::Error::other(NotText))
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.screen.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_reaches_the_screen() {
        let check = |blocks: &[&[u8]], expected: &[u8]| {
            let mut screen = Vec::new();
            let mut guard = ScreenGuard::new(&mut screen);
            let outcome: Result<(), _> = blocks.iter().try_for_each(|block| guard.write_all(block));
            assert_eq!(outcome.is_ok(), expected.len() == blocks.concat().len());
            assert_eq!(screen, expected);
        };
        check(
            &[b"line\r\n\tline\n", "été 🎉".as_bytes()],
            "line\r\n\tline\nété 🎉".as_bytes(),
        );
        check(&[b"first\n", b"\x1b[2J"], b"first\n");
        check(&[b"PK\x03\x04"], b"");
        check(&["a\u{9b}31m".as_bytes()], b"");
        check(&[b"a\xc2", b"\x9b31m"], b"a\xc2");
        check(&[b"\x7f"], b"");
    }
}
