//! A small world for the stories: a relay, people with homes of their own, files to hand over.
//!
//! Everything runs as real processes, from the binaries `quitus` and `quitus-relay` that were built
//! before; a relay listens on a port of its own, a person has a home of its own, and nothing waits
//! by the clock.

mod bucket;
mod fake;
mod faults;
mod faulty;
mod files;
mod memory;
mod object;
mod person;
mod power_cut;
mod preload;
mod process;
mod relay;
mod slow_path;
mod small_disk;
mod wire;
mod world;

pub use bucket::{ACCESS_KEY, Bucket, READER, SECRET_KEY, Version};
pub use fake::{Answer, Asked, FakeRelay};
pub use faults::{Changes, EIO, ENOSPC, EROFS, Faults};
pub use faulty::{Fault, FaultyStore};
pub use files::{difference, random_bytes, snapshot, write_files};
pub use memory::{peak_memory, wait_and_weigh};
pub use object::Object;
pub use person::{NO_OTHER_COPY, Outcome, Person};
pub use power_cut::{Disk, power_cut};
pub use preload::{NO_RANDOMNESS, SHIFTED_CLOCK, preload};
pub use process::{as_nobody, binary, run_for};
pub use relay::Relay;
pub use slow_path::SlowPath;
pub use small_disk::SmallDisk;
pub use wire::{Reply, Wire};
pub use world::World;
