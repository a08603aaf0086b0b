//! File systems: which one a folder is on, what kind it is, and what destroying a file on it comes to.
//!
//! ```text
//! 27 1 254:0 / / rw,relatime - ext4 /dev/vda rw          a line of /proc/self/mountinfo
//! ```
//!
//! Promises: read-only, no root. Where the system does not tell, the kind is `Unknown`, never a guess.
//! Source: `proc_pid_mountinfo(5)`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a file system does with bytes that are overwritten or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSystemKind {
    /// Writes in place; what lies below (flash, a virtual disk) may still keep old bytes.
    InPlace,
    /// Writes elsewhere, or may share extents between files, and may have snapshots.
    CopyOnWrite,
    /// A layer above others, as in containers: what is below stays.
    Overlay,
    /// In memory, or in swap.
    Memory,
    /// On another machine.
    Network,
    /// Not known here.
    Unknown,
}

impl FileSystemKind {
    /// Tells the kind by the name the system gives the file system.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "ext2" | "ext3" | "ext4" | "vfat" | "exfat" | "ntfs" | "ntfs3" | "hfs" | "hfsplus"
            | "jfs" | "reiserfs" | "msdos" => Self::InPlace,
            "btrfs" | "zfs" | "xfs" | "bcachefs" | "apfs" | "f2fs" | "nilfs2" | "ReFS" => {
                Self::CopyOnWrite
            }
            "overlay" | "aufs" | "unionfs" | "fuse.fuse-overlayfs" | "fuse.mergerfs" => {
                Self::Overlay
            }
            "tmpfs" | "ramfs" => Self::Memory,
            "nfs" | "nfs4" | "cifs" | "smb3" | "smbfs" | "ceph" | "fuse.sshfs" | "afs" | "9p"
            | "virtiofs" | "fuse.rclone" | "davfs" | "fuse.davfs2" | "glusterfs"
            | "fuse.glusterfs" => Self::Network,
            _ => Self::Unknown,
        }
    }
}

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted.
    pub point: PathBuf,
    /// Major and minor number of its device; the major is 0 where it has none of its own.
    pub device: (u32, u32),
    /// What the system calls it: `ext4`.
    pub name: String,
    /// What was mounted: `/dev/vda`, `server:/export`, a dataset.
    pub source: OsString,
    /// Options of the mount and of the file system.
    pub options: Vec<String>,
}

impl Mount {
    /// What it does with bytes.
    #[must_use]
    pub fn kind(&self) -> FileSystemKind {
        FileSystemKind::of(&self.name)
    }

    /// Whether nothing can be changed on it.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.options.iter().any(|option| option == "ro")
    }
}

/// The file systems that are mounted.
#[derive(Clone, Debug, Default)]
pub struct Mounts(Vec<Mount>);

impl Mounts {
    /// Asks the system; none where it does not tell (elsewhere than on Linux).
    #[must_use]
    pub fn now() -> Self {
        Self::read(Path::new("/proc/self/mountinfo")).unwrap_or_default()
    }

    /// Reads a file in the form of `/proc/self/mountinfo`.
    ///
    /// # Errors
    ///
    /// What the system says. A line that cannot be read is left out.
    pub fn read(file: &Path) -> io::Result<Self> {
        let text = fs::read(file)?;
        let lines = text.split(|byte| *byte == b'\n');
        Ok(Self(lines.filter_map(mount).collect()))
    }

    /// The file system that a path is on, by the longest mount point above it. The path must be
    /// absolute and without links.
    #[must_use]
    pub fn of(&self, path: &Path) -> Option<&Mount> {
        let above = self.0.iter().filter(|mount| path.starts_with(&mount.point));
        // Of two at one place the later one hides the earlier.
        above.max_by_key(|mount| mount.point.components().count())
    }
}

fn mount(line: &[u8]) -> Option<Mount> {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let dash = fields.iter().position(|field| *field == b"-")?;
    let text = |index: usize| {
        let field = fields.get(index)?;
        Some(String::from_utf8_lossy(field).into_owned())
    };
    let device = text(2)?;
    let (major, minor) = device.split_once(':')?;
    let (mount_options, options) = (text(5)?, text(dash + 3).unwrap_or_default());
    let options = mount_options.split(',').chain(options.split(','));
    Some(Mount {
        point: PathBuf::from(unescape(fields.get(4)?)),
        device: (major.parse().ok()?, minor.parse().ok()?),
        name: text(dash + 1)?,
        source: unescape(fields.get(dash + 2)?),
        options: options.map(str::to_owned).collect(),
    })
}

/// `\040` and the like: space, tab, line feed and backslash in octal.
fn unescape(field: &[u8]) -> OsString {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| *first == b'\\');
        let byte = octal
            .and_then(|octal| std::str::from_utf8(octal).ok())
            .and_then(|octal| u8::from_str_radix(octal, 8).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = byte.and_then(|_| after.get(3..)).unwrap_or(after);
    }
    super::path_from_bytes(bytes).into_os_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n\
        30 25 0:27 / /dev/shm rw,relatime shared:3 - tmpfs tmpfs rw,size=1k\n\
        31 27 0:40 /@home /home rw,relatime - btrfs /dev/mapper/luks-1 rw,subvol=/@home\n\
        32 27 8:17 / /media/my\\040disk ro,nosuid - vfat /dev/sdb1 ro\n\
        33 27 0:41 / /media/my\\040disk/over rw - overlay overlay rw,lowerdir=/l,upperdir=/u\n\
        not a line\n";

    fn mounts() -> Mounts {
        Mounts(
            LINES
                .as_bytes()
                .split(|byte| *byte == b'\n')
                .filter_map(mount)
                .collect(),
        )
    }

    #[test]
    fn a_path_is_on_the_file_system_mounted_nearest_above_it() {
        let mounts = mounts();
        let check = |path: &str, name: &str, kind: FileSystemKind, read_only: bool| {
            let found = mounts.of(Path::new(path)).unwrap();
            assert_eq!(found.name, name, "{path}");
            assert_eq!(
                (found.kind(), found.is_read_only()),
                (kind, read_only),
                "{path}"
            );
        };
        check("/var/x", "ext4", FileSystemKind::InPlace, false);
        check("/homes", "ext4", FileSystemKind::InPlace, false);
        check("/home/bob", "btrfs", FileSystemKind::CopyOnWrite, false);
        check("/dev/shm", "tmpfs", FileSystemKind::Memory, false);
        check("/media/my disk/a", "vfat", FileSystemKind::InPlace, true);
        check(
            "/media/my disk/over/a",
            "overlay",
            FileSystemKind::Overlay,
            false,
        );
        assert_eq!(Mounts::default().of(Path::new("/")), None);
        assert_eq!(FileSystemKind::of("somefs"), FileSystemKind::Unknown);
    }

    #[test]
    fn the_root_of_this_machine_is_on_something() {
        if Path::new("/proc/self/mountinfo").exists() {
            assert!(Mounts::now().of(Path::new("/")).is_some());
        }
    }
}
