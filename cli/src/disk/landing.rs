//! Where what is received lands: a hidden folder first, its final name only when all is authentic.
//!
//! ```text
//! .brief.quitus-1a2b3c4d/     while it is being received, 0700
//! brief/                      after everything was verified and made durable
//! ```
//!
//! Promises: nothing is written outside the hidden folder, whatever the names say; nothing that
//! exists is overwritten; what has a final name is whole. A crash leaves the hidden folder, in which
//! the next run of the same transfer goes on, or which it begins anew.

use std::fs::{self, DirBuilder, File, FileTimes, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cap_std::fs::{Dir, OpenOptions};
use quitus_core::archive::EntryPath;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform;

/// The hidden folder of one transfer, and what it will become.
pub struct Landing {
    destination: PathBuf,
    hidden: PathBuf,
    folder: Dir,
    umask: u32,
    /// What lies in it already, a run before this one left.
    is_resumed: bool,
}

impl Landing {
    /// Checks that nothing has the final name.
    ///
    /// # Errors
    ///
    /// Exit 8 when something has.
    pub fn check_free(destination: &Path) -> Result<(), Failure> {
        if fs::symlink_metadata(destination).is_ok() {
            return Err(Failure::new(
                Kind::LocalIo,
                phrase!("destination-exists", path = destination),
            )
            .hint(phrase!("destination-exists-hint")));
        }
        Ok(())
    }

    /// Makes the hidden folder beside the destination, in place of one that a crash left.
    ///
    /// # Errors
    ///
    /// Exit 8 when the destination exists or the folder cannot be made.
    pub fn new(destination: &Path, id: &TransferId) -> Result<Self, Failure> {
        Self::check_free(destination)?;
        let hidden = Self::hidden_path(destination, id);
        let make = || -> io::Result<Dir> {
            match remove_tree(&hidden) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let mut builder = DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&hidden)?;
            platform::open_own_folder(&hidden).map(Dir::from_std_file)
        };
        let folder = make().map_err(|error| Failure::write(destination, error))?;
        Ok(Self {
            destination: destination.to_owned(),
            hidden,
            folder,
            umask: platform::umask(),
            is_resumed: false,
        })
    }

    /// Opens the hidden folder that a run before this one left; `None` where it left none that is ours.
    ///
    /// # Errors
    ///
    /// Exit 8 when the destination exists.
    pub fn resume(destination: &Path, id: &TransferId) -> Result<Option<Self>, Failure> {
        Self::check_free(destination)?;
        let hidden = Self::hidden_path(destination, id);
        let opened = platform::open_own_folder(&hidden).map(Dir::from_std_file);
        Ok(opened.ok().map(|folder| Self {
            destination: destination.to_owned(),
            hidden,
            folder,
            umask: platform::umask(),
            is_resumed: true,
        }))
    }

    fn hidden_path(destination: &Path, id: &TransferId) -> PathBuf {
        let name = destination
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        // Room for the rest of the name within 255 bytes.
        let name: String = name.chars().take(50).collect();
        destination.with_file_name(format!(".{name}.quitus-{}", id.short()))
    }

    /// Makes a folder; what lies in it can be changed by its owner until [`Landing::settle`].
    pub fn make_folder(&self, path: &EntryPath) -> Result<(), Failure> {
        match self.folder.create_dir(path.as_str()) {
            Err(error) if self.is_resumed && error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            outcome => outcome.map_err(|error| self.failed(path, error)),
        }
    }

    /// Makes a file that will be written from this handle alone, with its final permissions, within
    /// the umask.
    pub fn create(&self, path: &EntryPath, mode: u16) -> Result<File, Failure> {
        if self.is_resumed {
            // It may be there with permissions that keep even its owner from writing.
            let _ = self.folder.remove_file(path.as_str());
        }
        self.open_as(path, u32::from(mode & 0o777))
    }

    /// Opens a file to be written at any position, making it if need be.
    pub fn open(&self, path: &EntryPath) -> Result<File, Failure> {
        self.open_as(path, 0o600)
    }

    /// Opens a file of a run before this one, to be read.
    ///
    /// # Errors
    ///
    /// What the system says: it may never have been made, or with permissions that forbid it.
    pub fn open_kept(&self, path: &EntryPath) -> io::Result<File> {
        self.folder
            .open(path.as_str())
            .map(cap_std::fs::File::into_std)
    }

    fn open_as(&self, path: &EntryPath, mode: u32) -> Result<File, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create(true);
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _ = mode;
        self.folder
            .open_with(path.as_str(), &options)
            .map(cap_std::fs::File::into_std)
            .map_err(|error| self.failed(path, error))
    }

    /// Writes bytes of a file.
    pub fn write(
        &self,
        path: &EntryPath,
        file: &File,
        slices: &[&[u8]],
        position: u64,
    ) -> Result<(), Failure> {
        platform::write_all_at(file, slices, position).map_err(|error| self.failed(path, error))
    }

    /// Gives a whole file its permissions, within the umask, and its time.
    pub fn settle(
        &self,
        path: &EntryPath,
        file: &File,
        mode: u16,
        mtime: Timestamp,
    ) -> Result<(), Failure> {
        #[cfg(unix)]
        {
            let mode = u32::from(mode & 0o777) & !self.umask;
            let permissions = <Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode);
            file.set_permissions(permissions)
                .map_err(|error| self.failed(path, error))?;
        }
        self.date(path, file, mtime)
    }

    /// Gives a whole file its time.
    pub fn date(&self, path: &EntryPath, file: &File, mtime: Timestamp) -> Result<(), Failure> {
        file.set_times(FileTimes::new().set_modified(system_time(mtime)))
            .map_err(|error| self.failed(path, error))
    }

    /// Gives a folder its permissions and its time, once nothing more is made in it.
    pub fn settle_folder(
        &self,
        path: &EntryPath,
        mode: u16,
        mtime: Timestamp,
    ) -> Result<(), Failure> {
        // A folder opened as a file: a handle for look-ups alone takes no permissions.
        let folder = self
            .folder
            .open(path.as_str())
            .map_err(|error| self.failed(path, error))?;
        self.settle(path, &folder.into_std(), mode, mtime)
    }

    /// Makes everything durable.
    pub fn sync(&self) -> Result<(), Failure> {
        let sync = || platform::sync_filesystem(&File::open(&self.hidden)?);
        sync().map_err(|error| Failure::write(&self.destination, error))
    }

    /// Whether what was brought to its hidden folder still waits there, or is in place already.
    pub fn waits(destination: &Path, id: &TransferId) -> bool {
        let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
        is_there(&Self::hidden_path(destination, id)) || is_there(destination)
    }

    /// Gives the hidden folder, or the one thing in it, its final name; durable on return.
    ///
    /// Safe to repeat after a crash: what is in place already stays.
    pub fn place(destination: &Path, id: &TransferId, inner: Option<&str>) -> Result<(), Failure> {
        let hidden = Self::hidden_path(destination, id);
        let place = || -> io::Result<()> {
            if let Some(name) = inner {
                rename_out(&hidden, name, destination)?;
                fs::remove_dir(&hidden)?;
            } else {
                platform::open_to_umask(&hidden)?;
                platform::rename_new(&hidden, destination)?;
            }
            destination
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .map_or_else(
                    || File::open(".")?.sync_all(),
                    |parent| File::open(parent)?.sync_all(),
                )
        };
        match place() {
            // The crash came between the renaming and the note that it was done.
            Err(error) if error.kind() == io::ErrorKind::NotFound && destination.exists() => {
                let settled = give_noted_permissions(&hidden, destination);
                // Already gone, or empty; what else could be in it is not ours to remove.
                let _ = fs::remove_dir(&hidden);
                settled.map_err(|error| Failure::write(destination, error))
            }
            outcome => outcome.map_err(|error| Failure::write(destination, error)),
        }
    }

    /// Removes the hidden folder and what is in it.
    pub fn discard(self) {
        // What cannot be removed is hidden, and the next run removes it.
        let _ = remove_tree(&self.hidden);
    }

    fn failed(&self, path: &EntryPath, error: io::Error) -> Failure {
        Failure::write(&self.destination.join(path.as_str()), error)
    }
}

/// Gives something in the hidden folder its final name beside it. To change the folder it lies in, a
/// folder must be writable, so a read-only one is until it has moved; what it is to be again is noted
/// beside it, for a run after a crash in between.
fn rename_out(hidden: &Path, name: &str, to: &Path) -> io::Result<()> {
    let from = hidden.join(name);
    let found = fs::symlink_metadata(&from)?;
    if !found.is_dir() {
        return platform::rename_new(&from, to);
    }
    if platform::permission_bits(&found) & OWNER_BITS != OWNER_BITS {
        let note = format!("{NOTE}{:o}", platform::permission_bits(&found));
        match File::create_new(hidden.join(note)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(_) | Err(_) => File::open(hidden)?.sync_all()?,
        }
    }
    platform::make_writable(&from)?;
    platform::rename_new(&from, to)?;
    give_noted_permissions(hidden, to)
}

/// How the note of a folder's permissions begins; what is received under a name of its own never begins with a dot.
const NOTE: &str = ".permissions-";
/// What [`platform::make_writable`] gives.
const OWNER_BITS: u16 = 0o700;

/// Gives a folder that got its name the permissions that were noted, and removes the note.
fn give_noted_permissions(hidden: &Path, to: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(hidden) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let noted = name.to_str().and_then(|name| name.strip_prefix(NOTE));
        if let Some(mode) = noted.and_then(|mode| u16::from_str_radix(mode, 8).ok()) {
            platform::set_permission_bits(to, mode)?;
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Removes a folder and all below it, read-only folders too; of a link or file, only its name.
///
/// # Errors
///
/// What the system says.
pub fn remove_tree(folder: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(folder)?.is_dir() {
        return fs::remove_file(folder);
    }
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        platform::make_writable(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    fs::remove_dir_all(folder)
}

/// The system's time; moments it cannot hold are its earliest.
fn system_time(time: Timestamp) -> SystemTime {
    let seconds = Duration::from_secs(time.seconds().unsigned_abs());
    let whole = if time.seconds() < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(seconds)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    };
    whole
        .and_then(|whole| whole.checked_add(Duration::from_nanos(time.nanoseconds().into())))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
