//! Stories of a relay whose objects lie in a bucket, on a real server: what it does where the store fails,
//! lies or keeps what it was to delete. `cargo run --release --bin quitus-check -- s3` starts the server
//! and runs them; by hand, `QUITUS_TEST_BUCKET` names it.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a story says what is wrong"
)]

mod checking;
mod crashes;
mod deletion;
mod faults;
mod lies;
mod opening;
mod stage;
