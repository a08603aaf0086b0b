//! The archive sealed, and opened again: the only place that knows age.
//!
//! ```text
//! age header        wrap       the file key, wrapped for each recipient (C2SP age.md)
//! 16-byte nonce     payload    with the file key it gives the payload key
//! chunk 0           slab       64 KiB of ChaCha20-Poly1305 and a 16-byte tag, each alone
//! chunk 1           engine     ... many at once, in order, in bounded memory
//! ...               range      ... or only those that are wanted
//! last chunk                   known for the last by its nonce: a cut is noticed
//! ```
//!
//! Promises: what is sealed here opens with any age v1 implementation, and the reverse; nothing
//! that did not authenticate leaves this module; every secret is erased when dropped (but see the
//! GAP at [`PayloadKey`]); a plugin is started only for a
//! key that the person named; no file is read.
//!
//! Does not: know transfers, parts or manifests.
//!
//! Spec: C2SP age.md.

mod slab;
mod payload;
mod ssh;
mod plugin;
mod recipient;
mod wrap;
mod leaves;
mod ends;
mod engine;
mod range;
mod whole;
mod armor;
mod keyfile;

pub use armor::{ArmorError, ArmorReader, ArmorWriter, Dearmored, dearmor};
pub use ends::{StreamError, Summary};
pub use engine::{BUFFER_BYTES_MAX, Plan, open_stream, seal_stream};
pub use keyfile::{
    KEY_FILE_BYTES_MAX, KeyFileError, open_identities, parse_identities, parse_recipients,
};
pub use payload::{FILE_KEY_BYTES, FileKey, PayloadError, PayloadKey, plain_bytes, sealed_bytes};
pub use plugin::Prompter;
pub use range::{RangeError, Seekable};
pub use recipient::{
    Identity, KeyError, KeyKind, Recipient, SecretKey, WORK_FACTOR, WORK_FACTOR_MAX,
};
pub use slab::Slab;
pub use whole::{DocumentError, open_bytes, seal_bytes};
pub use wrap::{
    FILE_HEADER_BYTES_MAX, FileHeader, OpenError, SealError, StreamKeys, new_header, open_header,
};
