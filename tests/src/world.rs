//! A relay and people around it, in a folder that goes with them.

use std::path::Path;

use tempfile::TempDir;

use crate::person::Person;
use crate::relay::Relay;

/// A world that ends when it is dropped.
pub struct World {
    /// The relay everybody uses.
    pub relay: Relay,
    folder: TempDir,
}

impl World {
    /// A fresh relay and nobody yet.
    ///
    /// # Panics
    ///
    /// If the relay does not start.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let relay = Relay::start(&folder.path().join("relay"));
        Self { relay, folder }
    }

    /// Somebody who uses the relay.
    pub fn person(&self, name: &str) -> Person {
        Person::new(&self.folder.path().join(name), self.relay.url())
    }

    /// The same world after its relay was killed and started again.
    #[must_use]
    pub fn restart(self) -> Self {
        let Self { relay, folder } = self;
        Self {
            relay: relay.restart(),
            folder,
        }
    }

    /// The folder of this world.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
