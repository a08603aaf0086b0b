//! Requests over a real socket to a relay in this process.

mod client;
mod straight;
mod world;
