//! What makes changes last, and the end of a relay whose disk failed to.
//!
//! ```text
//! error: the disk did not keep what the relay wrote: Input/output error (os error 5)
//! ```
//!
//! Promises: every sync of the relay is made or noted here. Once one failed, none succeeds any more in
//! this process, and [`failed`] is ready: the system may take for written what is not on the disk, and
//! a later sync may then succeed without it. So the relay ends, and begins anew from what the disk
//! gives ([`reread`]). It does not repeat a sync.
//!
//! Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use tokio::sync::Notify;

use crate::platform;

/// Why the first sync failed that did; of the whole process, as the memory of the system is.
static FAILURE: OnceLock<String> = OnceLock::new();
static WAKE: Notify = Notify::const_new();

/// Makes the bytes of a file durable.
pub fn sync_data(file: &File) -> io::Result<()> {
    noted(file.sync_data())
}

/// Makes the bytes of a file and its length durable.
pub fn sync_all(file: &File) -> io::Result<()> {
    noted(file.sync_all())
}

/// Makes the names in a folder durable.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    noted(File::open(path)?.sync_all())
}

/// Notes that a sync failed which somebody else made.
pub fn note_failure(why: &str) {
    // The first one is told.
    let _ = FAILURE.set(why.to_owned());
    WAKE.notify_one();
}

/// Why the first sync failed that did.
pub fn failure() -> Option<&'static str> {
    FAILURE.get().map(String::as_str)
}

/// Ready once a sync has failed; for one who waits.
pub async fn failed() {
    while failure().is_none() {
        WAKE.notified().await;
    }
}

/// # Errors
/// After a sync that failed: nothing that is written now counts.
pub fn check() -> io::Result<()> {
    match failure() {
        None => Ok(()),
        Some(_) => Err(io::Error::other("an earlier sync failed")),
    }
}

/// Has the next reads of a file, if it is there, come from the disk: an earlier process may have left
/// bytes in the memory of the system that never reached it.
pub fn reread(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(file) => {
            platform::forget_cached(&file);
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn noted(synced: io::Result<()>) -> io::Result<()> {
    if let Err(error) = &synced {
        note_failure(&error.to_string());
    }
    synced.and_then(|()| check())
}
