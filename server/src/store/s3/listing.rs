//! What the relay's bucket lists, as the relay tells it.
//!
//! Promises: everything that begins with a prefix, in whatever form it is there. It removes nothing.

use quitus_bucket::Found;
use quitus_core::transfer::TransferId;

use super::Inner;
use crate::store::{Listed, StoreError};

/// The transfer whose id a name begins with.
pub(super) fn transfer(found: &Found) -> Option<TransferId> {
    found.name.get(..32)?.parse().ok()
}

/// As people read it; nothing where it is no transfer's.
pub(super) fn listed(found: Found) -> Option<Listed> {
    Some(Listed {
        transfer: transfer(&found)?,
        name: found.name,
        age: found.age,
        bytes: found.bytes,
        is_current: found.is_current,
        mark: found.form.mark(),
    })
}

impl Inner {
    /// Everything whose name begins so.
    pub(super) async fn list(&self, names: &str) -> Result<Vec<Found>, StoreError> {
        let lists = self.lists;
        let bucket = &self.settings.access.bucket;
        Ok(lists.list(&self.clients.signed, bucket, names).await?)
    }
}
