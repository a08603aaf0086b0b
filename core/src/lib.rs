//! Formats, decisions and cryptography of Quitus, in reading order.
//!
//! Nothing here knows the time, a disk, a network or an environment: whatever varies is a
//! parameter. A module uses only the modules above it.

pub mod text;
mod id;
pub mod fragment;
pub mod digest;
pub mod time;
pub mod keys;
pub mod origin;
pub mod tlog;
pub mod network;
pub mod parts;
pub mod header;
pub mod transfer;
pub mod engagement;
pub mod invite;
pub mod protocol;
pub mod statement;

// What only the two ends of a transfer know.
#[cfg(feature = "endpoint")]
pub mod dossier;
#[cfg(feature = "endpoint")]
pub mod archive;
#[cfg(feature = "endpoint")]
pub mod cipher;
#[cfg(feature = "endpoint")]
pub mod tree;
#[cfg(feature = "endpoint")]
pub mod split;
#[cfg(feature = "endpoint")]
pub mod link;
#[cfg(feature = "endpoint")]
pub mod document;
#[cfg(feature = "endpoint")]
pub mod card;
#[cfg(feature = "endpoint")]
pub mod contacts;
#[cfg(feature = "endpoint")]
pub mod rules;
#[cfg(feature = "endpoint")]
pub mod watch;
#[cfg(feature = "endpoint")]
pub mod checklist;
#[cfg(feature = "endpoint")]
pub mod manifest;
#[cfg(feature = "endpoint")]
pub mod terms;
#[cfg(feature = "endpoint")]
pub mod envelope;
#[cfg(feature = "endpoint")]
pub mod upload;
#[cfg(feature = "endpoint")]
pub mod keyring;
#[cfg(feature = "endpoint")]
pub mod ledger;
#[cfg(feature = "endpoint")]
pub mod copies;
#[cfg(feature = "endpoint")]
pub mod destruction;
