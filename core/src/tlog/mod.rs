//! A transparency log: a list that only grows, whose every state is one hash that its owner signs and
//! others sign too.
//!
//! ```text
//! note         a text and who signed it                            C2SP signed-note
//! merkle       hashes of entries and of pairs of hashes            RFC 6962 section 2.1
//! inclusion    entry i is in the tree of n entries
//! consistency  the tree of m entries is the beginning of that of n
//! entry        what a statement leaves in the log
//! checkpoint   origin, size, root: a state, signed by its log      C2SP tlog-checkpoint
//! cosignature  a witness saw no other state                        C2SP tlog-cosignature
//! tile         hashes and entries, 256 a file                      C2SP tlog-tiles
//! edge         what a log needs to go on
//! proof        index, path and checkpoint in one file              C2SP tlog-proof
//! ```
//!
//! Promises: one spelling of everything; hashes are 32 bytes; what verifies was signed by the named
//! key, strictly. It does not say whether a statement is true, nor whom a key belongs to.
//! Spec: `docs/protocol.md`, "tlog".

mod note;
pub mod merkle;
pub mod inclusion;
pub mod consistency;
mod entry;
mod checkpoint;
mod cosignature;
pub mod tile;
mod edge;
mod proof;

pub use checkpoint::{Checkpoint, CheckpointError, LogKey, LogOrigin, SignedCheckpoint};
pub use cosignature::{Cosignature, CosignatureError, witness_name};
pub use edge::{Edge, TileHash};
pub use entry::{Entry, EntryError};
pub use note::{
    Algorithm, KeyName, NOTE_BYTES_MAX, Note, NoteError, NoteSignature, SIGNATURES_MAX, VerifierKey,
};
pub use proof::{PROOF_BYTES_MAX, Proof, ProofError};
