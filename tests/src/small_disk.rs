//! A disk that is soon full.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system of its own in memory, of a size that can be changed; gone when it is dropped.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts one at a folder, which is made. `None` where this user may not mount anything.
    ///
    /// # Panics
    ///
    /// If the folder cannot be made.
    pub fn mount(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("the world's folder is ours");
        let mounted = run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4k", "quitus-test"])
            .arg(folder));
        mounted.then(|| Self {
            folder: folder.to_owned(),
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives it another size, in KiB; what lies on it stays.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    pub fn resize(&self, kib: u64) {
        let options = format!("remount,size={kib}k");
        let changed = run(Command::new("mount")
            .args(["-o", &options])
            .arg(&self.folder));
        assert!(changed, "a disk of {kib} KiB");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whatever still holds a file of it keeps only that.
        run(Command::new("umount").arg("--lazy").arg(&self.folder));
    }
}

fn run(command: &mut Command) -> bool {
    command
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
