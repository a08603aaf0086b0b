//! Plans of destructions that were not gone through to their end.
//!
//! Promises: a plan is durable before anything of it is destroyed, and is removed only when its statements
//! are kept.

use std::fs;
use std::io;

use quitus_core::destruction::Plan;

use super::keys::replace;
use super::{Home, make_folder, sync_folder};
use crate::failure::{Failure, Kind};
use crate::phrase;

/// The one plan there can be: a destruction is finished before the next begins.
const PLAN: &str = "destruction/plan.json";

impl Home {
    /// The destruction that began and has not ended.
    ///
    /// # Errors
    ///
    /// Exit 8 when its plan cannot be read.
    pub fn open_destruction(&self) -> Result<Option<Plan>, Failure> {
        let path = self.folder.join(PLAN);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| Failure::read(&path, error))?,
        };
        Plan::from_bytes(&bytes).map(Some).map_err(|error| {
            Failure::new(Kind::LocalIo, phrase!("plan-damaged", path = &path))
                .because(error)
                .hint(phrase!("plan-damaged-hint"))
        })
    }

    /// Writes a plan down; durable on return.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be written.
    pub fn begin_destruction(&self, plan: &Plan) -> Result<(), Failure> {
        make_folder(&self.folder.join("destruction"))?;
        replace(&self.folder.join(PLAN), &plan.to_bytes())
    }

    /// Removes the plan: its statements are kept.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be removed.
    pub fn end_destruction(&self) -> Result<(), Failure> {
        let path = self.folder.join(PLAN);
        let end = || fs::remove_file(&path).and_then(|()| sync_folder(&path));
        end().map_err(|error| Failure::write(&path, error))
    }
}
