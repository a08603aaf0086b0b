//! Requests over a real socket to a relay in this process.

mod abuse;
mod client;
mod connections;
mod destruction;
mod engaging;
mod enrolling;
mod limits;
mod log;
mod lives;
mod refusals;
mod replays;
mod requests;
mod roles;
mod sharing;
mod stating;
mod straight;
mod tls;
mod world;

/// A handler that panics with something secret.
pub(super) async fn panics() {
    panic!("a secret");
}
