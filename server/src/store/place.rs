//! Where objects lie, as the operator says it: a folder of the data, or a bucket.
//!
//! Promises: what the operator gives up is named. It connects to nothing. Spec: `docs/operating.md`,
//! "Storage".

use quitus_bucket::place::Access;

/// Where objects lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The folder `objects` of the data.
    Dir,
    /// A bucket.
    S3(Box<S3Settings>),
}

/// A bucket to serve on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// How it is reached.
    pub access: Access,
    /// Promises the operator gives up.
    pub allowed: Vec<Allowed>,
}

/// A promise that the operator gives up, knowing why it is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Allowed {
    /// Plain HTTP beyond this machine.
    Http,
    /// A bucket that strangers can list or read.
    Public,
    /// A bucket that keeps versions for a time of its own, or asks for a second factor.
    ObjectLock,
    /// A bucket whose objects are copied elsewhere.
    Replication,
}

impl Allowed {
    /// Every one of them.
    pub const ALL: [Self; 4] = [
        Self::Http,
        Self::Public,
        Self::ObjectLock,
        Self::Replication,
    ];

    /// As `--s3-allow` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Public => "public",
            Self::ObjectLock => "object-lock",
            Self::Replication => "replication",
        }
    }
}
