//! A person: a home and a desk of its own, and the command `quitus`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::faults::Faults;
use crate::process::{binary, run_for};

/// How long any command of a story may take.
const BOUND: Duration = Duration::from_mins(5);

/// Somebody who uses `quitus`.
pub struct Person {
    home: PathBuf,
    desk: PathBuf,
    relay: String,
    faults: Option<Arc<Faults>>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; -1 after a signal.
    pub code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// Standard output as text.
    ///
    /// # Panics
    ///
    /// If it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("text output is UTF-8")
    }

    /// Checks the exit code.
    ///
    /// # Panics
    ///
    /// If it is another one; then standard error is shown.
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}", self.stderr);
        self
    }
}

/// Answers to the questions of `destroy`: there is no copy that no tool finds. The first two are about cloud folders.
pub const NO_OTHER_COPY: [&str; 12] = [
    "--answer",
    "cloud=no",
    "--answer",
    "ai=no",
    "--answer",
    "others=no",
    "--answer",
    "media=no",
    "--answer",
    "paper=no",
    "--answer",
    "backups=no",
];

impl Person {
    /// Somebody with an empty home, at an empty desk, who uses one relay.
    ///
    /// # Panics
    ///
    /// If the folders cannot be made.
    pub fn new(folder: &Path, relay: &str) -> Self {
        let (home, desk) = (folder.join("home"), folder.join("desk"));
        std::fs::create_dir_all(&desk).expect("the world's folder is ours");
        Self {
            home,
            desk,
            relay: relay.to_owned(),
            faults: None,
        }
    }

    /// The same person at a machine that has faults.
    #[must_use]
    pub fn under(mut self, faults: &Arc<Faults>) -> Self {
        self.faults = Some(Arc::clone(faults));
        self
    }

    /// The folder of keys and ledger.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The current folder of every command; paths of files on the desk.
    pub fn desk(&self, name: &str) -> PathBuf {
        self.desk.join(name)
    }

    /// The command `quitus` as this person would start it, without arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(binary("quitus"));
        command
            .current_dir(&self.desk)
            .env_clear()
            .env("LC_ALL", "C");
        command
            .env("QUITUS_HOME", &self.home)
            .env("QUITUS_RELAY", &self.relay);
        if let Some(faults) = &self.faults {
            faults.cover(&mut command);
        }
        command
    }

    /// Runs `quitus` to its end.
    pub fn run(&self, args: &[&str], stdin: &[u8]) -> Outcome {
        let mut command = self.command();
        command.args(args);
        self.run_command(command, stdin)
    }

    /// Runs another command to its end, at this desk, with this person's variables.
    pub fn run_command(&self, mut command: Command, stdin: &[u8]) -> Outcome {
        let own = self.command();
        command.current_dir(&self.desk);
        command.envs(
            own.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let output = run_for(command, stdin, BOUND);
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts `quitus` and does not wait for it.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start(&self, args: &[&str]) -> Child {
        self.start_with(args, b"")
    }

    /// Starts `quitus`, gives it its input and does not wait for it.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start_with(&self, args: &[&str], stdin: &[u8]) -> Child {
        let mut command = self.command();
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("quitus starts");
        // A process that ended at once reads nothing.
        drop(child.stdin.take().map(|mut input| input.write_all(stdin)));
        child
    }

    /// Sends something from the desk and gives the link.
    ///
    /// # Panics
    ///
    /// If it is not sent whole.
    pub fn send(&self, name: &str) -> String {
        let sent = self.run(&["send", name], b"").expect(0);
        sent.text().trim_end().to_owned()
    }

    /// Receives into a folder on the desk.
    pub fn receive(&self, link: &str, folder: &str) -> Outcome {
        self.run(&["receive", "-", "-o", folder], link.as_bytes())
    }

    /// Names on the desk, hidden ones too, in order.
    pub fn on_desk(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.desk)
            .into_iter()
            .flatten()
            .flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}
