//! The stories: what people do with Quitus, with real processes. Each name is a claim.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a story says what is wrong"
)]
#![allow(
    clippy::type_complexity,
    reason = "cases are tables, and a table's type is read in its rows"
)]

mod annexes;
mod handing_over;
mod tampering;
mod links;
mod logging;
mod disasters;
mod peers;
mod people;
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
mod receiving_on;
mod reference;
mod leaks;
mod vectors;
mod sizes;
mod going_on;
mod life;
mod recipients;
mod passing_on;
mod lying_about_people;
mod joining;
mod leaving;
mod crashes;
mod crashes_at_home;
mod claimer;
mod counting;
mod engagement;
mod whole_engagement;
mod coming_to_an_end;
#[cfg(feature = "s3")]
mod looking;
mod one_who_leaves;
mod watching;
mod erasure;
mod crashes_under_load;
mod clocks;
mod failing_disks;
mod at_once;
mod power_cuts;
mod evidence;
mod fixed_keys;
mod every_type;
mod dossiers;
mod tampered;
mod forged;
mod kept;
mod destroying;
