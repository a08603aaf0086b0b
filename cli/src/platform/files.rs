//! Files and folders: what `std` does not offer alike everywhere. Does not print.

use std::fs::{File, Metadata};
use std::io::{self, IoSlice};
use std::path::Path;

/// The numbers by which the system knows a file: device, and number on it. `None` on systems without.
#[must_use]
pub fn file_numbers(file: &Metadata) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((file.dev(), file.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// What a file is known by until it is changed: device, number on it, nanoseconds of its last change since
/// 1970. `None` on systems without.
#[must_use]
pub fn stamp(file: &Metadata) -> Option<[u64; 3]> {
    let (device, number) = file_numbers(file)?;
    let changed = file.modified().ok()?;
    let since = changed.duration_since(std::time::SystemTime::UNIX_EPOCH);
    let nanoseconds = since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    });
    Some([device, number, nanoseconds])
}

/// How many names a file has on its disk; 1 on systems that do not tell.
#[must_use]
pub fn n_names(file: &Metadata) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        file.nlink()
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        1
    }
}

/// The number of the user whose files this process may change; `None` on systems without.
#[must_use]
pub fn user_number() -> Option<u32> {
    #[cfg(unix)]
    {
        Some(rustix::process::geteuid().as_raw())
    }
    #[cfg(not(unix))]
    {
        None
    }
}

/// The path of these bytes; where paths are not bytes, of the text they are.
#[must_use]
pub fn path_from_bytes(bytes: Vec<u8>) -> std::path::PathBuf {
    #[cfg(unix)]
    {
        <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes).into()
    }
    #[cfg(not(unix))]
    {
        String::from_utf8_lossy(&bytes).into_owned().into()
    }
}

/// Whether two opened or examined files are one, by their numbers: hard links and symlinks included.
#[must_use]
pub fn same_file(one: &Metadata, other: &Metadata) -> bool {
    file_numbers(one).is_some_and(|numbers| file_numbers(other) == Some(numbers))
}

/// Whether a file is a FIFO (named pipe); `false` on systems that have none.
#[must_use]
pub fn is_fifo(file: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        file.file_type().is_fifo()
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        false
    }
}

/// The permission bits that let group or others read or change a file; 0 when it is private, or where the
/// system has no such bits.
#[must_use]
pub fn shared_mode(file: &Metadata) -> u32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        file.mode() & 0o077
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        0
    }
}

/// The process's file creation mask. To be called before other threads create files: reading it sets it.
#[must_use]
pub fn umask() -> u32 {
    #[cfg(unix)]
    {
        use rustix::fs::Mode;
        let mask = rustix::process::umask(Mode::RWXG | Mode::RWXO);
        rustix::process::umask(mask);
        mask.bits()
    }
    #[cfg(not(unix))]
    {
        0
    }
}

/// Gives the file or folder `from` the name `to` on the same filesystem, in one step and only if nothing
/// has that name.
///
/// # Errors
///
/// `AlreadyExists` when something has that name, even a dangling symlink; what the system says otherwise.
/// Where the system or filesystem cannot do it in one step (`EINVAL`), files are linked and unlinked, which
/// is as safe; folders are refused.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            answer => return Ok(answer?),
        }
    }
    std::fs::hard_link(from, to)?;
    std::fs::remove_file(from)
}

/// Makes everything written to the filesystem that holds `file` durable, at once.
///
/// # Errors
///
/// What the system reports, as far as it reports failed writes here. Elsewhere than on Linux only `file`
/// itself is made durable.
pub fn sync_filesystem(file: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        Ok(rustix::fs::syncfs(file)?)
    }
    #[cfg(not(target_os = "linux"))]
    {
        file.sync_all()
    }
}

/// The permission bits of a file or folder, `0o777` at most; those of a private one where the system has none.
#[must_use]
pub fn permission_bits(file: &Metadata) -> u16 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        u16::try_from(file.mode() & 0o777).unwrap_or(0o600)
    }
    #[cfg(not(unix))]
    {
        if file.is_dir() { 0o700 } else { 0o600 }
    }
}

/// Makes opening fail for a symbolic link, and not wait for the other end of a FIFO.
pub fn no_follow(options: &mut std::fs::OpenOptions) -> &std::fs::OpenOptions {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    options
}

/// Whether opening failed because of [`no_follow`]: a link has taken the place of a file.
#[must_use]
pub fn is_link_refusal(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    }
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

/// Whether this process may read a file that was found so, as far as can be told without opening it.
#[must_use]
pub fn is_readable(path: &Path, found: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, AtFlags, CWD, accessat};
        use std::os::unix::fs::MetadataExt;
        // Asked once: it does not change, and a folder may hold very many files.
        static OWN: std::sync::LazyLock<u32> =
            std::sync::LazyLock::new(|| rustix::process::geteuid().as_raw());
        let is_own = found.uid() == *OWN;
        // What the owner may do stands in the permissions alone.
        (is_own && found.mode() & 0o400 != 0)
            || accessat(CWD, path, Access::READ_OK, AtFlags::EACCESS).is_ok()
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        File::open(path).is_ok()
    }
}

/// Whether something that is not a regular file or folder has that name: a device, FIFO or socket.
#[must_use]
pub fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Fills `bytes` from `position` of a file; other readers of the file do not notice.
///
/// # Errors
///
/// `UnexpectedEof` when the file ends before that; what the system says otherwise.
pub fn read_exact_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, bytes, position)
    }
    #[cfg(not(unix))]
    {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = file;
        file.seek(SeekFrom::Start(position))?;
        file.read_exact(bytes)
    }
}

/// Writes all of `slices`, one behind the other, from `position` of a file on; other writers of the file
/// do not notice. Several slices are one system call where there is one: writers of one file wait for
/// each other at every call.
///
/// # Errors
///
/// `WriteZero` when the system takes nothing; what it says otherwise.
pub fn write_all_at(file: &File, slices: &[&[u8]], mut position: u64) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = slices.iter().map(|slice| IoSlice::new(slice)).collect();
    let mut rest = slices.as_mut_slice();
    // Skips empty slices: writing nothing else would look like a refusal.
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match write_at(file, rest, position) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n_bytes) => {
                IoSlice::advance_slices(&mut rest, n_bytes);
                position += n_bytes as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn write_at(file: &File, slices: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
    // IOV_MAX of both systems.
    const SLICES_MAX: usize = 1_024;
    let slices = slices.get(..SLICES_MAX).unwrap_or(slices);
    Ok(rustix::io::pwritev(file, slices, position)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn write_at(mut file: &File, slices: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(position))?;
    file.write_vectored(slices)
}

/// Lets its owner change a folder, whatever its permissions were. Never follows a link.
///
/// # Errors
///
/// `NotADirectory` for anything but a folder, a link to one included; what the system says otherwise.
pub fn make_writable(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let folder = open_folder(folder)?;
        let mode = folder.metadata()?.permissions().mode() & 0o777 | 0o700;
        folder.set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Gives a folder permissions. Never follows a link.
///
/// # Errors
///
/// As [`make_writable`].
pub fn set_permission_bits(folder: &Path, mode: u16) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        open_folder(folder)?.set_permissions(std::fs::Permissions::from_mode(mode.into()))?;
    }
    #[cfg(not(unix))]
    let _ = (folder, mode);
    Ok(())
}

/// Opens the private folder that was just made under that name. Never follows a link.
///
/// # Errors
///
/// `NotADirectory` for a link, `PermissionDenied` for a folder of somebody else or one that others
/// can use: it took the place of ours.
pub fn open_own_folder(folder: &Path) -> io::Result<File> {
    let opened = open_folder(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let found = opened.metadata()?;
        let is_ours = found.uid() == rustix::process::geteuid().as_raw();
        if !is_ours || shared_mode(&found) != 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    Ok(opened)
}

fn open_folder(folder: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NOFOLLOW | OFlags::DIRECTORY;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.open(folder)
}

/// Gives a folder that was private the permissions a new one has.
///
/// # Errors
///
/// What the system says.
pub fn open_to_umask(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = 0o777 & !umask();
        open_folder(folder)?.set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let name = format!("quitus-platform-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_new_name_never_replaces_anything() {
        let folder = folder("rename");
        let at = |name: &str| folder.join(name);
        fs::write(at("from"), "ours").unwrap();
        fs::write(at("file"), "theirs").unwrap();
        fs::create_dir(at("folder")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        for taken in ["file", "folder", "dangling"] {
            let error = rename_new(&at("from"), &at(taken)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{taken}");
        }
        rename_new(&at("from"), &at("to")).unwrap();
        assert_eq!(fs::read(at("to")).unwrap(), b"ours");
        assert!(!at("from").exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn any_number_of_slices_is_written_in_their_order() {
        let folder = folder("slices");
        let bytes: Vec<u8> = (0..5_000_u32).flat_map(u32::to_le_bytes).collect();
        for n_slices in [0, 1, 3, 1_024, 1_025, 5_000] {
            let name = folder.join(n_slices.to_string());
            let file = File::create_new(&name).unwrap();
            let mut slices: Vec<&[u8]> = bytes.chunks(4).take(n_slices).collect();
            slices.insert(n_slices / 2, &[]);
            write_all_at(&file, &slices, 2).unwrap();
            let gap: &[u8] = if n_slices == 0 { &[] } else { &[0, 0] };
            let expected = [gap, &bytes[..4 * n_slices]].concat();
            assert!(fs::read(name).unwrap() == expected, "{n_slices} slices");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn one_file_by_several_names_is_one_file() {
        let folder = folder("same");
        let at = |name: &str| folder.join(name);
        fs::write(at("one"), "x").unwrap();
        fs::write(at("other"), "x").unwrap();
        fs::hard_link(at("one"), at("hard")).unwrap();
        symlink("one", at("soft")).unwrap();
        let check = |name: &str, expected| {
            let (one, found) = (
                fs::metadata(at("one")).unwrap(),
                fs::metadata(at(name)).unwrap(),
            );
            assert_eq!(same_file(&one, &found), expected, "{name}");
        };
        check("hard", true);
        check("soft", true);
        check("other", false);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn shared_modes_are_seen() {
        let folder = folder("mode");
        let path = folder.join("file");
        fs::write(&path, "x").unwrap();
        let check = |mode, expected| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(
                shared_mode(&fs::metadata(&path).unwrap()),
                expected,
                "{mode:o}"
            );
        };
        check(0o600, 0);
        check(0o700, 0);
        check(0o644, 0o044);
        check(0o660, 0o060);
        fs::remove_dir_all(folder).unwrap();
    }
}
