//! The archive sealed, and opened again: the only place that knows age.

mod ends;
mod engine;
mod leaves;
mod payload;
mod recipient;
mod slab;
mod wrap;

pub use engine::{BUFFER_BYTES_MAX, Plan, StreamError, Summary, open_stream, seal_stream};
pub use payload::{FILE_KEY_BYTES, FileKey, PayloadError, PayloadKey, plain_bytes, sealed_bytes};
pub use recipient::{
    Identity, KeyError, KeyKind, Recipient, SecretKey, WORK_FACTOR, WORK_FACTOR_MAX,
};
pub use slab::Slab;
pub use wrap::{
    FILE_HEADER_BYTES_MAX, FileHeader, OpenError, SealError, StreamKeys, new_header, open_header,
};
