//! Where a bucket is and how it is reached, as people say it.
//!
//! ```text
//! s3://bucket/prefix/      objects are keys that begin with `prefix/`
//! ```
//!
//! Promises: a name that no server would take is refused before anything is asked of one; it is told which
//! endpoints are private. It connects to nothing. Spec: `docs/operating.md`, "Storage".

use core::fmt;
use core::time::Duration;
use std::net::IpAddr;
use std::path::PathBuf;

/// The region where none is named.
pub const REGION: &str = "us-east-1";
/// Tries of a request: with 3 failures of 10, one of 400 requests fails after them.
pub const ATTEMPTS: u32 = 5;

/// How a bucket is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The bucket and what keys begin with.
    pub bucket: Bucket,
    /// Where the S3 API is; AWS itself if it is not given.
    pub endpoint: Option<String>,
    /// The region requests are signed for.
    pub region: String,
    /// Whether the bucket is part of the host's name rather than of the path.
    pub is_virtual_host: bool,
    /// Whether the checksums of newer S3 are sent and expected although they need not be.
    pub has_checksums: bool,
    /// Certificates that are trusted beside the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// How often a request is tried.
    pub attempts: u32,
    /// How long it may take.
    pub patience: Patience,
}

/// How long requests to a bucket may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until the answer begins, and between its bytes.
    pub read: Duration,
    /// One attempt, body and all.
    pub attempt: Duration,
    /// All attempts.
    pub operation: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            read: Duration::from_secs(30),
            attempt: Duration::from_mins(2),
            operation: Duration::from_mins(5),
        }
    }
}
/// A bucket and what keys in it begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// Empty, or ends with a slash.
    pub prefix: String,
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.name, self.prefix)
    }
}

/// Not a place for objects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a place for objects")]
pub struct NoPlace {
    /// What was given.
    pub text: String,
}

/// Whether nobody between here and an endpoint can read along: it is TLS, or on this machine.
pub fn is_private(endpoint: &str) -> bool {
    if let Some(host) = endpoint.strip_prefix("https://") {
        return !host.is_empty();
    }
    let Some(rest) = endpoint.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host
        .parse()
        .map_or(host == "localhost", |ip: IpAddr| ip.is_loopback());
    !host.is_empty() && is_loopback
}

/// Longest prefix; a key may have 1,024 bytes, and names of objects need 120 of them.
const PREFIX_BYTES_MAX: usize = 512;

impl Bucket {
    /// The key of a name below the prefix.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Reads `s3://bucket` or `s3://bucket/prefix`, with or without a slash at the end.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub fn parse(text: &str) -> Result<Self, NoPlace> {
        let refused = || NoPlace {
            text: text.to_owned(),
        };
        let rest = text.strip_prefix("s3://").ok_or_else(refused)?;
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        };
        if !is_bucket(name) || !is_prefix(&prefix) {
            return Err(refused());
        }
        Ok(Self {
            name: name.to_owned(),
            prefix,
        })
    }
}

/// A name every server takes: 3 to 63 of lower-case letters, digits, dots and hyphens.
fn is_bucket(name: &str) -> bool {
    let is_plain =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.' || c == '_';
    let ends = name.starts_with(['-', '.']) || name.ends_with(['-', '.']);
    (3..=63).contains(&name.len()) && name.chars().all(is_plain) && !ends
}

/// Characters that need no escaping anywhere, and no step that a path would take.
fn is_prefix(prefix: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let steps = prefix.trim_end_matches('/').split('/');
    let is_step = |step: &str| !step.is_empty() && step != "." && step != "..";
    prefix.len() <= PREFIX_BYTES_MAX
        && prefix.chars().all(is_plain)
        && (prefix.is_empty() || steps.into_iter().all(is_step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_one_spelling() {
        for (text, expected) in [
            ("s3://bucket", Some("s3://bucket/")),
            ("s3://bucket/", Some("s3://bucket/")),
            ("s3://bucket/a/b", Some("s3://bucket/a/b/")),
            ("s3://my.bucket-1/a//", Some("s3://my.bucket-1/a/")),
            ("s3://", None),
            ("s3://Bucket", None),
            ("s3://-bucket", None),
            ("s3://bucket/a/../b", None),
            ("s3://bucket//a", None),
            ("s3://bucket/a b", None),
            ("http://bucket", None),
            ("bucket", None),
        ] {
            let read = Bucket::parse(text).ok().map(|bucket| bucket.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
