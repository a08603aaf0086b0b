//! The sealed stream cut into numbered parts, and joined again.

/// Plaintext bytes of a full chunk of the age payload (C2SP age.md, "Payload").
pub const CHUNK_BYTES: usize = 65_536;
/// Bytes of the Poly1305 tag behind every chunk (RFC 8439, section 2.5).
pub const TAG_BYTES: usize = 16;
/// Bytes of the payload nonce between the age header and the first chunk.
pub const NONCE_BYTES: usize = 16;
