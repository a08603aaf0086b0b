//! Processes: the binaries under test, and waiting for them with a bound.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A binary that was built before, beside this program or one folder above it.
///
/// # Panics
///
/// If it was not built.
pub fn binary(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("this program has a path");
    let found = this
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("{name} is not built: cargo build --release -p quitus-cli; cargo build --release -p quitus-server")
    })
}

/// Runs a command to its end, at most for `bound`.
///
/// # Panics
///
/// If it cannot be started or does not end in time; then it is killed.
pub fn run_for(mut command: Command, stdin: &[u8], bound: Duration) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut input = child.stdin.take().expect("it is piped");
    let bytes = stdin.to_vec();
    // A process that reads no input may be gone before it is written.
    thread::spawn(move || drop(std::io::Write::write_all(&mut input, &bytes)));
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let status =
        wait(&mut child, bound).unwrap_or_else(|| panic!("{command:?} did not end in {bound:?}"));
    let take = |bytes: mpsc::Receiver<Vec<u8>>| bytes.recv().unwrap_or_default();
    Output {
        status,
        stdout: take(stdout),
        stderr: take(stderr),
    }
}

fn drain(pipe: Option<impl std::io::Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is what there is to look at.
            drop(pipe.read_to_end(&mut bytes));
        }
        drop(sender.send(bytes));
    });
    receiver
}

/// Waits for a process, at most for `bound`; kills it then.
pub(crate) fn wait(child: &mut Child, bound: Duration) -> Option<std::process::ExitStatus> {
    let end = Instant::now() + bound;
    while Instant::now() < end {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::park_timeout(Duration::from_millis(2));
    }
    drop(child.kill());
    drop(child.wait());
    None
}

/// The same command as an ordinary user where this is root, whom no permission stops; that user can
/// use what lies below `open`, a folder, and nothing else of ours.
///
/// # Panics
///
/// If permissions cannot be changed.
pub fn as_nobody(command: &Command, open: &[&std::path::Path]) -> Command {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0);
    let mut other = if is_root {
        let mut other = Command::new("setpriv");
        other.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"]);
        other.arg(command.get_program());
        other
    } else {
        Command::new(command.get_program())
    };
    for folder in open.iter().filter(|_| is_root) {
        let nobody = NOBODY.parse().ok();
        chown(folder, nobody, nobody).expect("root gives away what it likes");
    }
    other.args(command.get_args()).env_clear();
    other.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    if let Some(folder) = command.get_current_dir() {
        other.current_dir(folder);
    }
    other
}

/// A user that owns nothing and has no home.
const NOBODY: &str = "65534";
