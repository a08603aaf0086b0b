//! Files of this device: what is chosen to be sent, and where what is received lands.

mod landing;
mod selection;
mod walk;

pub use landing::{Landing, remove_tree};
pub use selection::{Selection, Skipped, Source};
