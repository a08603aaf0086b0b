//! Formats, decisions and cryptography of Quitus, in reading order.
//!
//! Nothing here knows the time, a disk, a network or an environment: whatever varies is a
//! parameter. A module uses only the modules above it.

pub mod parts;
#[cfg(feature = "endpoint")]
pub mod cipher;
