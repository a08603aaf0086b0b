//! A secret that was passed on is shown once, at a terminal.
//!
//! Promises: it is written nowhere and erased from memory; what would act on the terminal, or cannot be seen,
//! is not shown.

use quitus_core::archive::SECRET_BYTES_MAX;
use zeroize::Zeroizing;

use super::Receiving;
use crate::escape::escape;
use crate::failure::Failure;
use crate::phrase;
use crate::reception::Grant;

impl Receiving<'_> {
    /// Shows a secret at the terminal, exactly; it is written nowhere.
    pub(super) fn show(&self, grant: &Grant<'_>) -> Result<(), Failure> {
        let terminal = self.env.terminal();
        let mut secret = Zeroizing::new(Vec::with_capacity(SECRET_BYTES_MAX.into()));
        if terminal.shows_output() {
            grant.stream(terminal, &mut *secret)?;
        }
        match str::from_utf8(&secret) {
            Ok(text) if !text.is_empty() && text.lines().all(is_visible) => {
                terminal.result_line(text)
            }
            Ok(_) | Err(_) => {
                Err(Failure::usage(phrase!("secret-not-shown"))
                    .hint(phrase!("secret-not-shown-hint")))
            }
        }
    }
}

/// Whether a line can be shown as it is: with nothing in it that acts or cannot be seen.
fn is_visible(line: &str) -> bool {
    let escaped = Zeroizing::new(escape(line.as_bytes()));
    *escaped.replace("\\\\", "\\") == *line
}
