//! A bucket of the S3 API: where it is, a client for it, and everything it lists.
//!
//! The relay keeps sealed bytes in one; whoever owns it looks into it with credentials of its own. Both list
//! the same way, so that what the one calls absent the other can see to be.

pub mod place;

/// What no listing of a bucket shows, as statements say it: a code and words.
pub const UNSEEN: [(&str, &str); 2] = [
    (
        "provider-copies",
        "replicas, backups and tails of objects that the provider of the bucket keeps until it collects them",
    ),
    (
        "provider-listing",
        "whether the listing that the provider of the bucket gives is complete",
    ),
];

/// What a server can list beside objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lists {
    /// Versions and delete markers.
    pub versions: bool,
    /// Unfinished uploads.
    pub uploads: bool,
}

impl Lists {
    /// What its listings show, as statements say it.
    pub const fn words(self) -> &'static str {
        match (self.versions, self.uploads) {
            (true, true) => "versions, delete markers and unfinished uploads",
            (true, false) => "versions and delete markers (the store lists no unfinished uploads)",
            (false, true) => "objects (the store lists no versions) and unfinished uploads",
            (false, false) => "objects (the store lists neither versions nor unfinished uploads)",
        }
    }
}

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod listing;

#[cfg(feature = "client")]
pub use aws_sdk_s3::Client;
#[cfg(feature = "client")]
pub use client::{Failed, failure, signed, stranger};
#[cfg(feature = "client")]
pub use listing::{Form, Found};
