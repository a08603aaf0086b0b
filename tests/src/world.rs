//! A relay and people around it, in a folder that goes with them.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::faults::Faults;
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

    /// A fresh relay with options, under faults.
    ///
    /// # Panics
    ///
    /// If the relay does not start.
    pub fn under_faults(options: &[&str]) -> (Self, Arc<Faults>) {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let faults = Arc::new(Faults::new(&folder.path().join("faults")));
        let setting = (options, Some(&faults));
        let relay = Relay::try_start(&folder.path().join("relay"), "127.0.0.1:0", setting);
        let relay = relay.unwrap_or_else(|said| panic!("{said}"));
        (Self { relay, folder }, faults)
    }

    /// A fresh relay on which only invited people may send.
    ///
    /// # Panics
    ///
    /// If the relay does not start.
    pub fn by_invitation() -> Self {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let relay = Relay::start_closed(&folder.path().join("relay"));
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
