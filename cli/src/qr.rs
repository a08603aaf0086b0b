//! Text as a picture that a telephone scans from the terminal.
//!
//! ```text
//! █▀▀▀▀▀█ ▄ ▀█ █▀▀▀▀▀█        two rows of the picture in each line of text
//! ```
//!
//! Promises: light on dark or dark on light, the picture has its four quiet rows and columns, so
//! that scanners find it; it needs no colours. Does not print.
//!
//! Source: ISO/IEC 18004; the library is `fast_qr`.

use fast_qr::qr::QRCode;
use fast_qr::{ECL, QRBuilder};

/// Rows and columns of nothing around the picture (ISO/IEC 18004 section 5.3.8).
const QUIET: usize = 4;

/// Draws a text; `None` where it is too long for any picture (2,953 bytes).
#[must_use]
pub fn draw(text: &str) -> Option<String> {
    // A screen has no dirt to correct: the least correction gives the smallest picture.
    let code = QRBuilder::new(text).ecl(ECL::L).build().ok()?;
    let width = code.size + 2 * QUIET;
    let mut lines = String::new();
    for row in (0..width).step_by(2) {
        for column in 0..width {
            // Dark modules are spaces: most terminals are dark, and scanners read both ways round.
            lines.push(
                match (is_dark(&code, row, column), is_dark(&code, row + 1, column)) {
                    (true, true) => ' ',
                    (true, false) => '▄',
                    (false, true) => '▀',
                    (false, false) => '█',
                },
            );
        }
        lines.push('\n');
    }
    Some(lines)
}

/// Whether a module is dark; the margin and what is behind it is not.
fn is_dark(code: &QRCode, row: usize, column: usize) -> bool {
    let inside = |place: usize| place.checked_sub(QUIET).filter(|place| *place < code.size);
    let (Some(row), Some(column)) = (inside(row), inside(column)) else {
        return false;
    };
    let module = code.data.get(row * code.size + column);
    module.is_some_and(|module| module.value())
}
