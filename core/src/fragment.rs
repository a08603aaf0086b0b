//! What links and invites share: a secret behind `#`, with a version before it.
//!
//! ```text
//! https://relay.example/t/0011…#v1.AgICAgIC…        v1, a dot, base64url of a fixed length
//! ```
//!
//! Promises: one spelling; a cut, doubled or later fragment is told apart without asking anyone. A
//! `%23`, as mail gateways write `#`, is read as `#`. It does not know what the bytes mean, nor
//! whether they were altered. Source: RFC 3986 section 3.5.

use zeroize::Zeroizing;

use crate::text;

/// Why a fragment is none. No variant carries its text: it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FragmentError {
    /// Nothing stands behind the `#`.
    Missing,
    /// A version of a later Quitus: `v` and digits.
    Version(String),
    /// Too few or too many characters.
    Length {
        /// Characters found.
        actual: usize,
        /// Characters of a whole one.
        expected: usize,
    },
    /// Neither a version nor base64url.
    Altered,
}

/// The text before the first `#`, however it is written, and behind it if there is one. So nothing that may
/// be a secret stands in the first half.
pub fn split(text: &str) -> (&str, Option<&str>) {
    let halves = [text.split_once('#'), text.split_once("%23")];
    let first = halves
        .into_iter()
        .flatten()
        .min_by_key(|(page, _)| page.len());
    first.map_or((text, None), |(page, fragment)| (page, Some(fragment)))
}

/// Reads `v1.` and exactly `N` bytes.
///
/// # Errors
/// [`FragmentError`].
pub fn read<const N: usize>(fragment: &str) -> Result<Zeroizing<[u8; N]>, FragmentError> {
    let encoded = fragment
        .strip_prefix("v1.")
        .ok_or_else(|| other(fragment))?;
    let (actual, expected) = (encoded.chars().count(), (4 * N).div_ceil(3));
    if actual != expected {
        return Err(FragmentError::Length { actual, expected });
    }
    text::from_base64url(encoded)
        .map(Zeroizing::new)
        .map_err(|_| FragmentError::Altered)
}

fn other(fragment: &str) -> FragmentError {
    let version = fragment.split('.').next().unwrap_or_default();
    let is_version = version.strip_prefix('v').is_some_and(|number| {
        (1..=3).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    if fragment.is_empty() {
        FragmentError::Missing
    } else if is_version && version != "v1" {
        FragmentError::Version(version.to_owned())
    } else {
        FragmentError::Altered
    }
}
