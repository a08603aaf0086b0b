//! What the relay asks of the operating system and `std` does not offer.
//!
//! Promises: no other file of this crate makes a system call of its own. Folders made here have
//! mode 0700 and files 0600. It does not decide anything.

use core::time::Duration;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use rustix::fs::{FlockOperation, Mode};
use rustix::io::{Errno, ReadWriteFlags};
use rustix::process::{Resource, Rlimit};

/// Makes whatever this process creates readable by its user only.
pub fn keep_files_private() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Allows this process as many open files as the system lets it have.
pub fn raise_open_files() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // A refusal leaves the old limit, with which the relay works as well.
    let _ = rustix::process::setrlimit(Resource::Nofile, raised);
}

/// Whether a file belongs to the user this process acts for.
pub fn is_ours(path: &Path) -> io::Result<bool> {
    Ok(path.metadata()?.uid() == rustix::process::geteuid().as_raw())
}

/// Makes a folder and its parents with mode 0700, or takes the one that is there.
///
/// # Errors
/// A folder that others may enter is narrowed to 0700 if it is empty, and refused otherwise: it
/// may hold something else.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let others = path.metadata()?.permissions().mode() & 0o077;
    if others == 0 {
        return Ok(());
    }
    if path.read_dir()?.next().is_some() {
        let reason = "the folder is not empty and open to other users; expected mode 0700";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    std::fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// Opens a file for reading and writing, and makes it with mode 0600 if it is not there.
pub fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Makes a file with mode 0600 that must not be there yet.
pub fn fresh_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Makes a file with mode 0600 that has no name any more: it goes when it is closed, and in a crash.
pub fn nameless_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

/// Time since the machine started, sleep included: a clock that nobody sets.
pub fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos)
}

/// Takes the only lock on a file; it is held until the file is closed. `false`: another has it.
pub fn lock(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Bytes that are free for this user, and bytes in all, of the file system of a path.
pub fn room(path: &Path) -> io::Result<(u64, u64)> {
    let system = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(system.f_frsize);
    Ok((bytes(system.f_bavail), bytes(system.f_blocks)))
}

/// Asks the system to forget its cached copy of a file, so that the next read comes from the disk.
pub fn forget_cached(file: &File) {
    // Only advice: where it is ignored, the read comes from the cache.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
}

/// Whether a folder lies in memory alone (tmpfs): reading there never waits for a disk.
pub fn is_in_memory(folder: &Path) -> bool {
    const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;
    rustix::fs::statfs(folder).is_ok_and(|system| system.f_type == TMPFS_MAGIC)
}

/// Reads at an offset without waiting for the disk. `None`: the bytes are not in memory, or the file
/// system cannot tell; tmpfs is one that cannot.
pub fn read_without_waiting(
    file: &File,
    buffer: &mut [u8],
    offset: u64,
) -> io::Result<Option<usize>> {
    let slices = &mut [io::IoSliceMut::new(buffer)];
    match rustix::io::preadv2(file, slices, offset, ReadWriteFlags::NOWAIT) {
        Ok(n_bytes) => Ok(Some(n_bytes)),
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Bounds what the kernel keeps for a peer that does not read.
pub fn cap_send_buffer(socket: &impl std::os::fd::AsFd, bytes: usize) -> io::Result<()> {
    rustix::net::sockopt::set_socket_send_buffer_size(socket, bytes).map_err(io::Error::from)
}

/// Makes a socket throw away, when it is closed, what it has not sent.
pub fn reset_on_close(socket: &impl std::os::fd::AsFd) -> io::Result<()> {
    let at_once = Some(core::time::Duration::ZERO);
    rustix::net::sockopt::set_socket_linger(socket, at_once).map_err(io::Error::from)
}
