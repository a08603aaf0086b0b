//! A relay as a real process on a port of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::process::{binary, wait};

/// How long a relay may take to start or to end.
const BOUND: Duration = Duration::from_secs(30);

/// A relay that runs, or ran, on one data folder.
pub struct Relay {
    folder: PathBuf,
    child: Child,
    url: String,
}

impl Relay {
    /// Starts a relay whose data, keys and log lie in `folder`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, "127.0.0.1:0", &[])
    }

    /// Starts a relay on an address, with more options.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_with(folder: &Path, listen: &str, options: &[&str]) -> Self {
        std::fs::create_dir_all(folder).expect("the world's folder is ours");
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("relay.log"));
        let mut child = Command::new(binary("quitus-relay"))
            .args(["serve", "--listen", listen, "--data"])
            .arg(folder.join("data"))
            .arg("--keys")
            .arg(folder.join("keys"))
            .args(options)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(log.expect("the world's folder is ours"))
            .spawn()
            .expect("the relay starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the relay speaks UTF-8");
        let log = std::fs::read_to_string(folder.join("relay.log")).unwrap_or_default();
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("{line:?}\n{log}"));
        Self {
            folder: folder.to_owned(),
            url: url.to_owned(),
            child,
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where its data, keys and log lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every object it holds, in the order of their paths.
    pub fn objects(&self) -> Vec<PathBuf> {
        let mut found = files_below(&self.folder.join("data").join("objects"));
        found.sort();
        found
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("relay.log")).unwrap_or_default()
    }

    /// Ends it as an operator does, and waits.
    ///
    /// # Panics
    ///
    /// If it does not end by itself.
    pub fn stop(&mut self) {
        let ended = Command::new("kill").arg(self.pid().to_string()).status();
        assert!(
            ended.is_ok_and(|status| status.success()),
            "there is a process to end"
        );
        assert!(
            wait(&mut self.child, BOUND).is_some(),
            "the relay ends on SIGTERM"
        );
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Starts it again on the same address and data.
    #[must_use]
    pub fn restart(mut self) -> Self {
        self.kill();
        let listen = self.url.split("//").nth(1).unwrap_or_default().to_owned();
        Self::start_with(&self.folder, &listen, &[])
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.kill();
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let below = |entry: std::fs::DirEntry| {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path)
        } else {
            vec![path]
        }
    };
    entries.flat_map(below).collect()
}
