//! The stories: what people do with Quitus, with real processes. Each name is a claim.

mod handing_over;
mod tampering;
mod links;
mod disasters;
mod peers;
mod boundaries;
