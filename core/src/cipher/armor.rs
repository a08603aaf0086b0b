//! Age files as text, for mail and clipboards.
//!
//! ```text
//! -----BEGIN AGE ENCRYPTED FILE-----
//! YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBDSk0zNkFIbVRiZEhTdU9R
//! K05FU3F5VlFFNzVm
//! -----END AGE ENCRYPTED FILE-----
//! ```
//!
//! Promises: lines of exactly 64 columns but the last, canonical padded base64, LF or CRLF, and
//! nothing but white space around; memory for a few lines, whatever the input.
//!
//! Does not: authenticate anything; whatever comes out is still a sealed file to be opened.
//!
//! Spec: C2SP age.md, "ASCII armor"; RFC 7468, section 3, strict.

use std::io::{self, BufRead, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// The first line of armor.
pub(super) const BEGIN: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const END: &[u8] = b"-----END AGE ENCRYPTED FILE-----";
const COLUMNS: usize = 64;
const LINE_BYTES: usize = COLUMNS / 4 * 3;

/// Lines encoded or decoded at a time.
const RUN_LINES: usize = 256;

/// Bytes of white space passed over before the armor, and again behind it.
const WHITE_SPACE_BYTES_MAX: u64 = 1024;

/// Why text is no armored age file. Readers carry it inside an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ArmorError {
    /// The first line that is not blank is not the begin line.
    #[error("armor does not start with its begin line")]
    Begin,
    /// The input ends before the end line.
    #[error("armor ends before its end line")]
    CutShort,
    /// A line is longer than 64 columns.
    #[error("line {line} of the armor is longer than {COLUMNS} columns")]
    LongLine {
        /// Line, counted from 1 for the begin line.
        line: u64,
    },
    /// A line is not canonical base64, or is blank.
    #[error("line {line} of the armor is not canonical base64")]
    Body {
        /// Line, counted from 1 for the begin line.
        line: u64,
    },
    /// A line follows one that was not full.
    #[error("line {line} of the armor follows a short one")]
    BehindShortLine {
        /// Line, counted from 1 for the begin line.
        line: u64,
    },
    /// Something other than white space follows the end line.
    #[error("something follows the end line of the armor")]
    BehindEnd,
}

impl From<ArmorError> for io::Error {
    fn from(error: ArmorError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// Whether `start`, the beginning of some input, can be that of armored text. One byte is enough to
/// tell it from a binary age file.
fn is_armored(start: &[u8]) -> bool {
    let text = start.trim_ascii_start();
    !start.is_empty() && (text.starts_with(BEGIN) || BEGIN.starts_with(text))
}

/// Wraps `input` so that reading gives the age file in it, whether it is in armor or not.
///
/// # Errors
///
/// If the first bytes cannot be read.
pub fn dearmor<R: BufRead>(mut input: R) -> io::Result<Dearmored<R>> {
    if is_armored(input.fill_buf()?) {
        Ok(Dearmored::Text(ArmorReader::new(input)))
    } else {
        Ok(Dearmored::Binary(input))
    }
}

/// An age file whose armor, if it had one, is taken off as it is read.
pub enum Dearmored<R> {
    /// The input was binary and is passed through.
    Binary(R),
    /// The input is text.
    Text(ArmorReader<R>),
}

impl<R: BufRead> Read for Dearmored<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Binary(input) => input.read(into),
            Self::Text(reader) => reader.read(into),
        }
    }
}

impl<R: BufRead> BufRead for Dearmored<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Binary(input) => input.fill_buf(),
            Self::Text(reader) => reader.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        match self {
            Self::Binary(input) => input.consume(amount),
            Self::Text(reader) => reader.consume(amount),
        }
    }
}

/// Reads the bytes within armored text.
pub struct ArmorReader<R> {
    input: R,
    expected: Expected,
    line: u64,
    text: Vec<u8>,
    decoded: Vec<u8>,
    consumed: usize,
}

/// What the next line of armor must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Begin,
    BodyOrEnd,
    End,
    Nothing,
}

impl<R: BufRead> ArmorReader<R> {
    /// Takes input that begins with armor or with white space before it.
    pub fn new(input: R) -> Self {
        let (text, decoded) = (Vec::new(), Vec::with_capacity(RUN_LINES * LINE_BYTES));
        Self {
            input,
            expected: Expected::Begin,
            line: 0,
            text,
            decoded,
            consumed: 0,
        }
    }

    /// Reads lines until a run of them is decoded or the armor ends.
    fn refill(&mut self) -> io::Result<()> {
        self.decoded.clear();
        self.consumed = 0;
        if self.expected == Expected::Begin {
            skip_white_space(&mut self.input)?;
        }
        while self.decoded.len() < RUN_LINES * LINE_BYTES && self.expected != Expected::Nothing {
            self.read_line()?;
            self.take_line()?;
        }
        Ok(())
    }

    /// Reads one line into `text`, without its end.
    fn read_line(&mut self) -> io::Result<()> {
        self.text.clear();
        self.line += 1;
        let limit = COLUMNS as u64 + 2;
        let n_read = self
            .input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.text)?;
        if self.text.pop_if(|byte| *byte == b'\n').is_some() {
            self.text.pop_if(|byte| *byte == b'\r');
        } else if n_read as u64 == limit {
            return Err(ArmorError::LongLine { line: self.line }.into());
        } else if self.text != END {
            return Err(ArmorError::CutShort.into());
        }
        Ok(())
    }

    /// Decides what the line in `text` is, and decodes it if it is a line of the body.
    fn take_line(&mut self) -> io::Result<()> {
        let line = self.line;
        self.expected = match self.expected {
            Expected::Begin if self.text == BEGIN => Expected::BodyOrEnd,
            Expected::Begin => return Err(ArmorError::Begin.into()),
            Expected::BodyOrEnd | Expected::End if self.text == END => {
                skip_white_space(&mut self.input)?;
                if !self.input.fill_buf()?.is_empty() {
                    return Err(ArmorError::BehindEnd.into());
                }
                Expected::Nothing
            }
            Expected::End => return Err(ArmorError::BehindShortLine { line }.into()),
            Expected::BodyOrEnd => self.decode_line()?,
            Expected::Nothing => Expected::Nothing,
        };
        Ok(())
    }

    /// Appends the bytes of the line in `text` and says what may follow it.
    fn decode_line(&mut self) -> io::Result<Expected> {
        let line = self.line;
        if self.text.len() > COLUMNS {
            return Err(ArmorError::LongLine { line }.into());
        }
        let start = self.decoded.len();
        let decoded = STANDARD.decode_vec(&self.text, &mut self.decoded);
        if self.text.is_empty() || decoded.is_err() {
            return Err(ArmorError::Body { line }.into());
        }
        let is_full = self.decoded.len() - start == LINE_BYTES;
        Ok(if is_full {
            Expected::BodyOrEnd
        } else {
            Expected::End
        })
    }
}

impl<R: BufRead> Read for ArmorReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n_read = self.fill_buf()?.read(into)?;
        self.consume(n_read);
        Ok(n_read)
    }
}

impl<R: BufRead> BufRead for ArmorReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.consumed >= self.decoded.len() {
            self.refill()?;
        }
        Ok(self.decoded.get(self.consumed..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.consumed += amount;
    }
}

/// Passes over a bounded amount of white space.
fn skip_white_space(input: &mut impl BufRead) -> io::Result<()> {
    let mut limited = input.take(WHITE_SPACE_BYTES_MAX);
    loop {
        let buffer = limited.fill_buf()?;
        let n_white = buffer.len() - buffer.trim_ascii_start().len();
        if n_white == 0 {
            return Ok(());
        }
        limited.consume(n_white);
    }
}

/// Writes bytes as armored text. [`ArmorWriter::finish`] must be called: without its end line the
/// text is no age file.
pub struct ArmorWriter<W> {
    output: W,
    /// Bytes that do not fill a run of lines yet.
    pending: Vec<u8>,
    text: String,
}

impl<W: Write> ArmorWriter<W> {
    /// Writes the begin line to `output`.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn new(mut output: W) -> io::Result<Self> {
        output.write_all(BEGIN)?;
        output.write_all(b"\n")?;
        let pending = Vec::with_capacity(RUN_LINES * LINE_BYTES);
        Ok(Self {
            output,
            pending,
            text: String::new(),
        })
    }

    /// Writes what is left, and the end line, and gives the output back.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_pending()?;
        self.output.write_all(END)?;
        self.output.write_all(b"\n")?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn write_pending(&mut self) -> io::Result<()> {
        self.text.clear();
        for line in self.pending.chunks(LINE_BYTES) {
            STANDARD.encode_string(line, &mut self.text);
            self.text.push('\n');
        }
        self.pending.clear();
        self.output.write_all(self.text.as_bytes())
    }
}

impl<W: Write> Write for ArmorWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.pending.len() == RUN_LINES * LINE_BYTES {
            self.write_pending()?;
        }
        let room = RUN_LINES * LINE_BYTES - self.pending.len();
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.pending.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// Passes the flush on; bytes that do not fill their line stay until [`ArmorWriter::finish`].
    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn armor(bytes: &[u8]) -> String {
        let mut writer = ArmorWriter::new(Vec::new()).unwrap();
        writer.write_all(bytes).unwrap();
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    fn read(text: &[u8]) -> Result<Vec<u8>, Option<ArmorError>> {
        let mut bytes = Vec::new();
        let input = io::BufReader::with_capacity(11, text);
        match ArmorReader::new(input).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(error.downcast().ok()),
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_here_and_in_the_age_crate(
            bytes in prop::collection::vec(any::<u8>(), 0..40_000),
        ) {
            let text = armor(&bytes);
            prop_assert_eq!(read(text.as_bytes()), Ok(bytes.clone()));
            let mut theirs = Vec::new();
            age::armor::ArmoredReader::new(text.as_bytes()).read_to_end(&mut theirs).unwrap();
            prop_assert_eq!(theirs, bytes);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text: Vec<u8>) {
            let _ = read(&[BEGIN, b"\n", text.as_slice()].concat());
            let _ = read(&text);
        }
    }

    #[test]
    fn lines_are_full_but_the_last() {
        let full = "A".repeat(64);
        for (len, body) in [
            (0, String::new()),
            (1, "AA==\n".to_owned()),
            (47, format!("{}=\n", "A".repeat(63))),
            (48, format!("{full}\n")),
            (49, format!("{full}\nAA==\n")),
            (96, format!("{full}\n{full}\n")),
        ] {
            let expected = format!(
                "-----BEGIN AGE ENCRYPTED FILE-----\n{body}-----END AGE ENCRYPTED FILE-----\n"
            );
            assert_eq!(armor(&vec![0; len]), expected);
        }
    }

    #[test]
    fn line_ends_of_any_system_and_white_space_around_are_taken() {
        let text = armor(&[9; 100]);
        for variant in [
            text.replace('\n', "\r\n"),
            format!(" \n\t\r\n{text}\n \n"),
            text.trim_end().to_owned(),
        ] {
            assert_eq!(read(variant.as_bytes()), Ok(vec![9; 100]), "{variant:?}");
        }
    }

    #[test]
    fn text_that_breaks_a_rule_is_refused_by_it() {
        let text = armor(&[9; 100]);
        let line = text.lines().nth(1).unwrap();
        let check = |variant: String, expected: ArmorError| {
            assert_eq!(read(variant.as_bytes()), Err(Some(expected)), "{variant}");
        };
        check(String::new(), ArmorError::CutShort);
        check(
            "-----BEGIN AGE ENCRYPTED FILE----\n".to_owned(),
            ArmorError::Begin,
        );
        check(text.to_lowercase(), ArmorError::Begin);
        check(
            text.replacen("FILE-----\n", "FILE----- \n", 1),
            ArmorError::Begin,
        );
        check(text.replacen('\n', "\n\n", 1), ArmorError::Body { line: 2 });
        check(
            text.replacen('\n', "\nKey: value\n\n", 1),
            ArmorError::Body { line: 2 },
        );
        check(
            text.replacen(line, &line[1..], 1),
            ArmorError::Body { line: 2 },
        );
        check(
            text.replacen(line, &line[4..], 1),
            ArmorError::BehindShortLine { line: 3 },
        );
        check(
            text.replacen(line, &format!("{line}A"), 1),
            ArmorError::LongLine { line: 2 },
        );
        check(
            text.replacen(line, &line.repeat(2), 1),
            ArmorError::LongLine { line: 2 },
        );
        check(
            text.replacen(line, &format!(" {}", &line[1..]), 1),
            ArmorError::Body { line: 2 },
        );
        check(
            text.replace("CQkJCQ==", "CQkJCR=="),
            ArmorError::Body { line: 4 },
        );
        check(
            text.replace("CQkJCQ==", "CQkJCQ"),
            ArmorError::Body { line: 4 },
        );
        check(format!("{text}x"), ArmorError::BehindEnd);
        check(format!("{}{text}", " ".repeat(1025)), ArmorError::Begin);
        for end in 0..text.len() - 1 {
            assert!(read(&text.as_bytes()[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_collected() {
        let endless = BEGIN.chain(&b"\n"[..]).chain(io::repeat(b'A'));
        let outcome = ArmorReader::new(io::BufReader::new(endless)).read_to_end(&mut Vec::new());
        let error = outcome.unwrap_err().downcast::<ArmorError>().unwrap();
        assert_eq!(error, ArmorError::LongLine { line: 2 });
    }

    #[test]
    fn armor_is_told_from_a_binary_file_by_its_first_byte() {
        for start in [
            "-",
            " \n",
            "\r\n-----BEGIN AGE",
            "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl",
        ] {
            assert!(is_armored(start.as_bytes()), "{start:?}");
        }
        for start in ["", "a", "age-encryption.org/v1", "--- ", "-----BEGIN PGP"] {
            assert!(!is_armored(start.as_bytes()), "{start:?}");
        }
        let mut plain = String::new();
        dearmor(&b"age-encryption.org/v1\n"[..])
            .unwrap()
            .read_to_string(&mut plain)
            .unwrap();
        assert_eq!(plain, "age-encryption.org/v1\n");
    }
}
