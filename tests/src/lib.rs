//! A small world for the stories: a relay, people with homes of their own, files to hand over.
//!
//! Everything runs as real processes, from the binaries `quitus` and `quitus-relay` that were built
//! before; a relay listens on a port of its own, a person has a home of its own, and nothing waits
//! by the clock.

mod fake;
mod files;
mod person;
mod process;
mod relay;
mod world;

pub use fake::{Answer, Asked, FakeRelay};
pub use files::{difference, random_bytes, snapshot, write_files};
pub use person::{Outcome, Person};
pub use process::{as_nobody, binary, run_for};
pub use relay::Relay;
pub use world::World;
