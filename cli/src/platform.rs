//! Everything this program asks of the operating system beyond what `std` offers alike everywhere.
//!
//! Promises: no other module of this crate names a system call, so a new system is a change of this
//! folder; where a system lacks something, the function says what it does instead. Does not print.

mod encryption;
mod files;
mod mounts;

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use encryption::{DiskLook, Encryption, System};
pub use files::*;
pub use mounts::{FileSystemKind, Mount, Mounts};

/// What a signal must undo before the process ends.
static UNDO: Mutex<Undo> = Mutex::new(Undo {
    scratch: Vec::new(),
    terminal: None,
});

struct Undo {
    scratch: Vec<PathBuf>,
    terminal: Option<TerminalState>,
}

/// Keeps secrets out of core files and away from debuggers of the same user (`RLIMIT_CORE` 0,
/// `PR_SET_DUMPABLE` 0). To be called first. A refusal is no reason to stop: nothing depends on it.
pub fn harden() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// From now on SIGINT, SIGTERM and SIGHUP remove the [`Scratch`] files, give the terminal its echo back and
/// end the process with 128 and their number: 130, 143, 129. One that was ignored when the process began
/// (`nohup`, a job in the background) stays ignored. Elsewhere than on Unix the system's default stays.
pub fn end_tidily_on_signals() {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let ignored = ignored_signals();
        let heeded = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored >> (signal - 1) & 1 == 0);
        // Without a handler the default action still ends the process.
        let Ok(mut signals) = signal_hook::iterator::Signals::new(heeded) else {
            return;
        };
        let wait = move || {
            if let Some(signal) = signals.forever().next() {
                undo();
                std::process::exit(128 + signal);
            }
        };
        let _ = std::thread::Builder::new()
            .stack_size(64 * 1024)
            .spawn(wait);
    }
}

/// The signals ignored from the start, bit n for signal n + 1; none where the system does not tell.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

fn undo() {
    let mut undo = UNDO.lock().unwrap_or_else(PoisonError::into_inner);
    for path in undo.scratch.drain(..) {
        let _ = std::fs::remove_file(path);
    }
    if let Some(state) = undo.terminal.take() {
        state.restore();
    }
    // The process ends now: whoever is about to make another file waits for that.
    std::mem::forget(undo);
}

/// A file of ours that must not outlive the process under this name: removed when dropped, and on
/// SIGINT and SIGTERM. What a SIGKILL leaves is a hidden file, never one under its final name.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Takes charge of the file at `path`.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        UNDO.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .scratch
            .push(path.clone());
        Self { path }
    }

    /// Makes a new file and takes charge of it; no signal comes in between.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` when something has that name; what the system says otherwise.
    pub fn create(path: PathBuf) -> io::Result<(Self, File)> {
        let mut undo = UNDO.lock().unwrap_or_else(PoisonError::into_inner);
        let file = File::options().write(true).create_new(true).open(&path)?;
        undo.scratch.push(path.clone());
        Ok((Self { path }, file))
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its final name, see [`rename_new`]; on an error it is removed.
    ///
    /// # Errors
    ///
    /// As [`rename_new`].
    pub fn keep_as(self, name: &Path) -> io::Result<()> {
        rename_new(&self.path, name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // After a rename there is nothing of that name any more.
        let _ = std::fs::remove_file(&self.path);
        let mut undo = UNDO.lock().unwrap_or_else(PoisonError::into_inner);
        undo.scratch.retain(|path| *path != self.path);
    }
}

/// The terminal's settings, to be put back when a prompt that hides what is typed does not end by itself.
struct TerminalState {
    #[cfg(unix)]
    settings: rustix::termios::Termios,
    #[cfg(unix)]
    terminal: File,
}

impl TerminalState {
    #[cfg(unix)]
    fn read() -> Option<Self> {
        let terminal = File::options()
            .read(true)
            .write(true)
            .open("/dev/tty")
            .ok()?;
        let settings = rustix::termios::tcgetattr(&terminal).ok()?;
        Some(Self { settings, terminal })
    }

    #[cfg(not(unix))]
    fn read() -> Option<Self> {
        Some(Self {})
    }

    fn restore(&self) {
        #[cfg(unix)]
        {
            use rustix::termios::{OptionalActions, tcsetattr};
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.settings);
            // The cursor is still behind the question.
            let _ = io::Write::write_all(&mut &self.terminal, b"\n");
        }
    }
}

/// Runs `prompt`, which may hide what is typed; a signal meanwhile gives the terminal its echo back.
/// `None` when there is no terminal to ask at (`/dev/tty` cannot be opened).
pub fn with_terminal<T>(prompt: impl FnOnce() -> T) -> Option<T> {
    let keep = |state| UNDO.lock().unwrap_or_else(PoisonError::into_inner).terminal = state;
    keep(Some(TerminalState::read()?));
    let answer = prompt();
    keep(None);
    Some(answer)
}

/// The standard input without a buffer in between, for bulk bytes.
///
/// # Errors
///
/// When the descriptor cannot be duplicated (too many open files).
pub fn raw_input() -> io::Result<Box<dyn io::Read + Send>> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        Ok(Box::new(File::from(
            io::stdin().as_fd().try_clone_to_owned()?,
        )))
    }
    #[cfg(not(unix))]
    {
        Ok(Box::new(io::stdin()))
    }
}

/// The standard output without a buffer in between, for bulk bytes.
///
/// # Errors
///
/// When the descriptor cannot be duplicated (too many open files).
pub fn raw_output() -> io::Result<Box<dyn io::Write + Send>> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        Ok(Box::new(File::from(
            io::stdout().as_fd().try_clone_to_owned()?,
        )))
    }
    #[cfg(not(unix))]
    {
        Ok(Box::new(io::stdout()))
    }
}

/// What the standard input and output are, where the system can tell.
#[must_use]
pub fn standard_stream(stream: StandardStream) -> Option<Metadata> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let descriptor = match stream {
            StandardStream::Input => io::stdin().as_fd().try_clone_to_owned(),
            StandardStream::Output => io::stdout().as_fd().try_clone_to_owned(),
        };
        File::from(descriptor.ok()?).metadata().ok()
    }
    #[cfg(not(unix))]
    {
        let _ = stream;
        None
    }
}

/// The two streams that carry payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardStream {
    /// Descriptor 0.
    Input,
    /// Descriptor 1.
    Output,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_scratch_file_does_not_outlive_its_owner() {
        let folder = format!("quitus-platform-{}-scratch", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("scratch");
        fs::write(&path, "x").unwrap();
        drop(Scratch::new(path.clone()));
        assert!(!path.exists());
        fs::write(&path, "x").unwrap();
        Scratch::new(path.clone())
            .keep_as(&folder.join("kept"))
            .unwrap();
        assert!(folder.join("kept").exists() && !path.exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
