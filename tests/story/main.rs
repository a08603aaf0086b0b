//! The stories: what people do with Quitus, with real processes. Each name is a claim.

mod handing_over;
mod tampering;
mod links;
mod disasters;
mod peers;
mod boundaries;
mod offer;
mod hostile_senders;
mod lying_relays;
mod command_line;
mod sources;
mod machines;
mod interruptions;
mod disks;
mod words;
mod reference;
mod leaks;
mod vectors;
mod sizes;
mod going_on;
