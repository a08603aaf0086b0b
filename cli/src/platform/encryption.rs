//! Whether what is written into a folder is encrypted on its disk, as far as can be seen without root.
//!
//! ```text
//! /home/bob/in -> /proc/self/mountinfo: 0:40 btrfs /dev/mapper/home
//!              -> /sys/dev/block/253:1/slaves/dm-0 -> dm/uuid: CRYPT-LUKS2-…
//! ```
//!
//! Promises: reads, never writes, needs no root; says what it looked at. "No" means that no layer of
//! encryption was seen between the file system and the devices below it: a drive or a machine host
//! that encrypts by itself cannot be seen from here.

use std::fs;
use std::path::{Path, PathBuf};

use super::mounts::{FileSystemKind, Mount, Mounts};

/// Most layers between a file system and its disk (file in a file system, volumes, RAID).
const DEPTH_MAX: usize = 16;

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Everything below the folder passes a layer of encryption.
    Yes,
    /// At least one device below it has no layer of encryption above it.
    No,
    /// The system does not tell, or it lies elsewhere than on a disk of this machine.
    Unknown,
}

/// A look at one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskLook {
    /// What it came to.
    pub encryption: Encryption,
    /// The name of the file system; empty where the system does not tell.
    pub file_system: String,
    /// What was looked at, and what stood there, in order, in English.
    pub seen: Vec<String>,
}

/// Where the system describes itself; another place for tests.
#[derive(Clone, Debug)]
pub struct System {
    /// `/`, in which `proc` and `sys` are.
    pub root: PathBuf,
}

impl Default for System {
    fn default() -> Self {
        Self {
            root: PathBuf::from("/"),
        }
    }
}

impl System {
    /// Looks at the folder, or at the nearest one above it that exists.
    #[must_use]
    pub fn look(&self, folder: &Path) -> DiskLook {
        let Some(folder) = existing(folder) else {
            return unknown("the folder does not exist");
        };
        if cfg!(target_os = "linux") {
            self.look_on_linux(&folder)
        } else {
            elsewhere::look(&folder)
        }
    }

    fn look_on_linux(&self, folder: &Path) -> DiskLook {
        let Ok(mounts) = Mounts::read(&self.root.join("proc/self/mountinfo")) else {
            return unknown("/proc/self/mountinfo cannot be read");
        };
        if is_encrypted_folder(folder) {
            let name = mounts.of(folder).map(|mount| mount.name.clone());
            return DiskLook {
                encryption: Encryption::Yes,
                file_system: name.unwrap_or_default(),
                seen: vec![
                    "statx: the folder is encrypted by its file system (fscrypt)".to_owned(),
                ],
            };
        }
        self.look_at_mount(&mounts, folder, 0)
    }

    fn look_at_mount(&self, mounts: &Mounts, folder: &Path, depth: usize) -> DiskLook {
        let Some(mount) = mounts.of(folder) else {
            return unknown("no file system is mounted above the folder");
        };
        let source = mount.source.to_string_lossy();
        let mut seen = vec![format!(
            "{} from {source} on {}",
            mount.name,
            mount.point.display()
        )];
        let encryption = match mount.name.as_str() {
            "ecryptfs" | "fuse.gocryptfs" | "fuse.encfs" | "fuse.cryfs" | "fuse.securefs" => {
                Encryption::Yes
            }
            "zfs" => zfs(&source, &mut seen),
            _ => self.below(mounts, mount, depth, &mut seen),
        };
        DiskLook {
            encryption,
            file_system: mount.name.clone(),
            seen,
        }
    }

    fn below(
        &self,
        mounts: &Mounts,
        mount: &Mount,
        depth: usize,
        seen: &mut Vec<String>,
    ) -> Encryption {
        match mount.kind() {
            FileSystemKind::Memory => {
                seen.push("kept in memory, or in swap".to_owned());
                Encryption::Unknown
            }
            FileSystemKind::Network => {
                seen.push("kept by another machine".to_owned());
                Encryption::Unknown
            }
            FileSystemKind::Overlay => {
                // The folders it names are those of a host, seen from inside a container.
                seen.push("a layer above folders that cannot be seen from here".to_owned());
                Encryption::Unknown
            }
            FileSystemKind::InPlace | FileSystemKind::CopyOnWrite | FileSystemKind::Unknown => {
                let device = self.device(mount);
                device.map_or(Encryption::Unknown, |device| {
                    let spanned = self.spanned(device);
                    let looks = spanned
                        .iter()
                        .map(|device| self.look_at_device(mounts, device, depth, seen));
                    all_of(looks)
                })
            }
        }
    }

    /// The folder of sysfs about the device that is mounted. A file system that spans several devices
    /// has no number of its own: then it is the device that was named when it was mounted.
    fn device(&self, mount: &Mount) -> Option<PathBuf> {
        let blocks = self.root.join("sys/dev/block");
        let (major, minor) = mount.device;
        let by_number = blocks.join(format!("{major}:{minor}"));
        if let Ok(device) = fs::canonicalize(by_number) {
            return Some(device);
        }
        let named = Path::new(&mount.source).strip_prefix("/").ok()?;
        let named = fs::canonicalize(self.root.join(named)).ok()?;
        if let Some((major, minor)) = device_numbers(&named) {
            return fs::canonicalize(blocks.join(format!("{major}:{minor}"))).ok();
        }
        fs::canonicalize(self.root.join("sys/class/block").join(named.file_name()?)).ok()
    }

    /// Every device of the file system that this one belongs to: btrfs may span several.
    fn spanned(&self, device: PathBuf) -> Vec<PathBuf> {
        let systems = links(&self.root.join("sys/fs/btrfs"));
        let members = systems.iter().map(|system| links(&system.join("devices")));
        let mut spanning = members.filter(|members| members.contains(&device));
        spanning.next().unwrap_or_else(|| vec![device])
    }

    fn look_at_device(
        &self,
        mounts: &Mounts,
        device: &Path,
        depth: usize,
        seen: &mut Vec<String>,
    ) -> Encryption {
        let name = device.file_name().unwrap_or_default().to_string_lossy();
        if depth >= DEPTH_MAX {
            return Encryption::Unknown;
        }
        if let Some(uuid) = line(&device.join("dm/uuid")) {
            // What follows the kind names this one volume, which is nobody's business.
            let kind: Vec<&str> = uuid.split('-').take(2).collect();
            seen.push(format!("{name}: dm/uuid begins with {}", kind.join("-")));
            if uuid.starts_with("CRYPT-") {
                return Encryption::Yes;
            }
        }
        if let Some(file) = line(&device.join("loop/backing_file")) {
            seen.push(format!("{name}: a file of {file}"));
            return existing(Path::new(&file)).map_or(Encryption::Unknown, |file| {
                let look = self.look_at_mount(mounts, &file, depth + 1);
                seen.extend(look.seen);
                look.encryption
            });
        }
        let below = links(&device.join("slaves"));
        if below.is_empty() {
            seen.push(format!("{name}: no layer of encryption above it"));
            return Encryption::No;
        }
        let looks = below
            .iter()
            .map(|slave| self.look_at_device(mounts, slave, depth + 1, seen));
        all_of(looks)
    }
}

/// Where the names in a folder of sysfs lead, in order; none where there is no such folder.
fn links(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut led: Vec<PathBuf> = listed
        .filter_map(|link| fs::canonicalize(link.path()).ok())
        .collect();
    led.sort();
    led
}

/// Everything must be encrypted for the whole to be.
fn all_of(looks: impl Iterator<Item = Encryption>) -> Encryption {
    looks.fold(Encryption::Yes, |all, one| match (all, one) {
        (Encryption::No, _) | (_, Encryption::No) => Encryption::No,
        (Encryption::Unknown, _) | (_, Encryption::Unknown) => Encryption::Unknown,
        (Encryption::Yes, Encryption::Yes) => Encryption::Yes,
    })
}

fn unknown(why: &str) -> DiskLook {
    DiskLook {
        encryption: Encryption::Unknown,
        file_system: String::new(),
        seen: vec![why.to_owned()],
    }
}

/// The path without links, of itself or of the nearest folder above it that exists.
fn existing(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .find_map(|path| fs::canonicalize(path).ok())
}

fn line(file: &Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
}

/// The kernel's own word for it, where the file system encrypts folders (ext4, f2fs, ubifs, ceph).
fn is_encrypted_folder(folder: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        let found = statx(CWD, folder, AtFlags::empty(), StatxFlags::BASIC_STATS);
        found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::ENCRYPTED))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        false
    }
}

fn device_numbers(device: &Path) -> Option<(u32, u32)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
        let found = fs::metadata(device).ok()?;
        let numbers = found.rdev();
        let is_block = found.file_type().is_block_device();
        is_block.then(|| (rustix::fs::major(numbers), rustix::fs::minor(numbers)))
    }
    #[cfg(not(unix))]
    {
        let _ = device;
        None
    }
}

/// What `zfs` says of a dataset; it needs no root to be asked.
fn zfs(dataset: &str, seen: &mut Vec<String>) -> Encryption {
    let said = answer("zfs", &["get", "-H", "-o", "value", "encryption", dataset]);
    let Some(said) = said else {
        seen.push("zfs cannot be asked".to_owned());
        return Encryption::Unknown;
    };
    seen.push(format!("zfs: encryption={said}"));
    match said.as_str() {
        "off" => Encryption::No,
        "" | "-" => Encryption::Unknown,
        _ => Encryption::Yes,
    }
}

/// What a program of the system prints; `None` when it is not there or fails.
fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(said)
}

/// The systems that answer with a program of theirs.
mod elsewhere {
    use std::path::Path;

    use super::{DiskLook, Encryption, answer, unknown};

    pub(super) fn look(folder: &Path) -> DiskLook {
        let (asked, said, yes, no) = if cfg!(target_os = "macos") {
            let said = answer("fdesetup", &["status"]);
            (
                "fdesetup status",
                said,
                "FileVault is On",
                "FileVault is Off",
            )
        } else if cfg!(windows) {
            let drive = folder.to_string_lossy().replace(r"\\?\", "");
            let drive: String = drive.chars().take(2).collect();
            // `manage-bde` wants an administrator; the shell's own property does not.
            let script = format!(
                "(New-Object -ComObject Shell.Application).NameSpace('{drive}').Self.\
                 ExtendedProperty('System.Volume.BitLockerProtection')"
            );
            let said = answer("powershell", &["-NoProfile", "-Command", &script]);
            ("System.Volume.BitLockerProtection", said, "1", "2")
        } else {
            return unknown("this system is not known here");
        };
        let said = said.unwrap_or_default();
        let encryption = if said.starts_with(yes) {
            Encryption::Yes
        } else if said.starts_with(no) {
            Encryption::No
        } else {
            Encryption::Unknown
        };
        DiskLook {
            encryption,
            file_system: String::new(),
            seen: vec![format!("{asked}: {said}")],
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A machine made of files: block devices below `sys`, each with what it lies on.
    struct Machine {
        system: System,
    }

    impl Machine {
        fn new(name: &str, mountinfo: &str) -> Self {
            let folder = format!("quitus-encryption-{}-{name}", std::process::id());
            let root = std::env::temp_dir().join(folder);
            fs::create_dir_all(root.join("proc/self")).unwrap();
            fs::create_dir_all(root.join("sys/dev/block")).unwrap();
            fs::create_dir_all(root.join("sys/class/block")).unwrap();
            fs::write(root.join("proc/self/mountinfo"), mountinfo).unwrap();
            let system = System { root };
            Self { system }
        }

        /// Adds a device: its numbers, its dm uuid, what it lies on.
        fn device(self, name: &str, numbers: &str, uuid: Option<&str>, on: &[&str]) -> Self {
            let root = &self.system.root;
            let device = root.join("sys/devices").join(name);
            fs::create_dir_all(device.join("slaves")).unwrap();
            symlink(&device, root.join("sys/dev/block").join(numbers)).unwrap();
            symlink(&device, root.join("sys/class/block").join(name)).unwrap();
            if let Some(uuid) = uuid {
                fs::create_dir_all(device.join("dm")).unwrap();
                fs::write(device.join("dm/uuid"), format!("{uuid}\n")).unwrap();
            }
            for other in on {
                let other_device = root.join("sys/devices").join(other);
                symlink(other_device, device.join("slaves").join(other)).unwrap();
            }
            self
        }

        fn check(self, expected: Encryption) -> DiskLook {
            let look = self.system.look(Path::new("/"));
            assert_eq!(look.encryption, expected, "{look:?}");
            fs::remove_dir_all(&self.system.root).unwrap();
            look
        }
    }

    const EXT4: &str = "27 1 253:1 / / rw - ext4 /dev/mapper/root rw\n";
    const LUKS: &str = "CRYPT-LUKS2-0123456789abcdef-root";

    #[test]
    fn volumes_on_an_encrypted_device_are_encrypted() {
        let look = Machine::new("lvm", EXT4)
            .device("vda", "254:0", None, &[])
            .device("dm-0", "253:0", Some(LUKS), &["vda"])
            .device("dm-1", "253:1", Some("LVM-abc"), &["dm-0"])
            .check(Encryption::Yes);
        assert_eq!(look.file_system, "ext4");
        assert_eq!(
            look.seen.last().unwrap(),
            "dm-0: dm/uuid begins with CRYPT-LUKS2"
        );
        assert!(!look.seen.concat().contains("0123456789abcdef"), "{look:?}");
    }

    #[test]
    fn one_plain_device_below_is_enough_for_no() {
        let _ = Machine::new("raid", EXT4)
            .device("vda", "254:0", None, &[])
            .device("vdb", "254:16", None, &[])
            .device("dm-0", "253:0", Some(LUKS), &["vda"])
            .device("md0", "253:1", None, &["dm-0", "vdb"])
            .check(Encryption::No);
        let _ = Machine::new("plain", EXT4)
            .device("vda", "253:1", None, &[])
            .check(Encryption::No);
    }

    #[test]
    fn a_file_system_without_a_number_is_found_by_its_name() {
        let btrfs = "27 1 0:40 /@ / rw - btrfs /dev/dm-0 rw\n";
        let machine = Machine::new("btrfs", btrfs)
            .device("vda", "254:0", None, &[])
            .device("dm-0", "253:0", Some(LUKS), &["vda"]);
        fs::create_dir_all(machine.system.root.join("dev")).unwrap();
        fs::write(machine.system.root.join("dev/dm-0"), "").unwrap();
        let _ = machine.check(Encryption::Yes);
    }

    #[test]
    fn what_cannot_be_seen_is_not_known() {
        for (name, mountinfo) in [
            ("none", ""),
            ("tmpfs", "27 1 0:40 / / rw - tmpfs tmpfs rw\n"),
            ("nfs", "27 1 0:41 / / rw - nfs4 server:/export rw\n"),
            (
                "overlay",
                "27 1 0:42 / / rw - overlay overlay rw,upperdir=/tmp\n",
            ),
            ("lost", "27 1 253:7 / / rw - ext4 /dev/nowhere rw\n"),
        ] {
            let _ = Machine::new(name, mountinfo).check(Encryption::Unknown);
        }
        let _ = Machine::new("gocryptfs", "27 1 0:43 / / rw - fuse.gocryptfs /c rw\n")
            .check(Encryption::Yes);
    }

    #[test]
    fn a_file_system_over_several_devices_is_as_its_weakest() {
        let btrfs = "27 1 253:0 /@ / rw - btrfs /dev/dm-0 rw\n";
        let machine = Machine::new("span", btrfs)
            .device("vda", "254:0", None, &[])
            .device("vdb", "254:16", None, &[])
            .device("dm-0", "253:0", Some(LUKS), &["vda"]);
        let devices = machine.system.root.join("sys/fs/btrfs/some-uuid/devices");
        fs::create_dir_all(&devices).unwrap();
        for name in ["dm-0", "vdb"] {
            let device = machine.system.root.join("sys/devices").join(name);
            symlink(device, devices.join(name)).unwrap();
        }
        let _ = machine.check(Encryption::No);
    }

    #[test]
    fn a_circle_of_devices_ends() {
        let _ = Machine::new("circle", EXT4)
            .device("dm-0", "253:0", Some("LVM-a"), &["dm-1"])
            .device("dm-1", "253:1", Some("LVM-b"), &["dm-0"])
            .check(Encryption::Unknown);
    }

    #[test]
    fn this_machine_gives_an_answer_that_says_what_was_seen() {
        let look = System::default().look(&std::env::temp_dir().join("not/there/yet"));
        assert!(!look.seen.is_empty());
    }
}
