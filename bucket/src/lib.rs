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

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod listing;

#[cfg(feature = "client")]
pub use aws_sdk_s3::Client;
#[cfg(feature = "client")]
pub use client::{Failed, failure, signed, stranger};
#[cfg(feature = "client")]
pub use listing::{Form, Found, Lists};
