//! A relay as a real process on a port of its own.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::bucket::Bucket;
use crate::faults::Faults;
use crate::object::Object;
use crate::process::{binary, run_for, wait};

/// How long a relay may take to start or to end.
const BOUND: Duration = Duration::from_secs(30);

/// An option of ours, not of the program: only invited people may send. Without it, whoever comes may.
const CLOSED: &str = "--closed";

/// Options behind which no option of a store stands in our stories.
const SERVE_ONLY: [&str; 3] = [CLOSED, "--accept-clock-jump", "--trusted-proxy"];

/// The store of a story's relays, unless a story has its own.
fn store_options(bucket: Option<&Bucket>, options: &[&str]) -> Vec<String> {
    match bucket {
        Some(bucket) if !options.contains(&"--store") => vec![
            "--store".to_owned(),
            bucket.url(),
            "--s3-endpoint".to_owned(),
            bucket.endpoint(),
        ],
        Some(_) | None => Vec::new(),
    }
}

/// A relay that runs, or ran, on one data folder.
pub struct Relay {
    folder: PathBuf,
    child: Child,
    url: String,
    options: Vec<String>,
    faults: Option<Arc<Faults>>,
    bucket: Option<Bucket>,
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

    /// Starts a relay on which only invited people may send.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_closed(folder: &Path) -> Self {
        Self::start_with(folder, "127.0.0.1:0", &[CLOSED])
    }

    /// As [`Relay::start_closed`], for people who reach it at another address.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_closed_at(folder: &Path, origin: &str) -> Self {
        Self::start_with(folder, "127.0.0.1:0", &[CLOSED, "--origin", origin])
    }

    /// Starts a relay on an address, with more options.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_with(folder: &Path, listen: &str, options: &[&str]) -> Self {
        Self::try_start(folder, listen, (options, None)).unwrap_or_else(|said| panic!("{said}"))
    }

    /// Starts a relay on an address, with more options, under faults.
    ///
    /// # Errors
    ///
    /// What it said instead of starting; it has ended then.
    ///
    /// # Panics
    ///
    /// If its program is not there or what it says is no text.
    pub fn try_start(
        folder: &Path,
        listen: &str,
        (options, faults): (&[&str], Option<&Arc<Faults>>),
    ) -> Result<Self, String> {
        Self::try_start_among(folder, listen, (options, faults), &[])
    }

    fn try_start_among(
        folder: &Path,
        listen: &str,
        (options, faults): (&[&str], Option<&Arc<Faults>>),
        variables: &[(&str, &OsStr)],
    ) -> Result<Self, String> {
        std::fs::create_dir_all(folder).expect("the world's folder is ours");
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("relay.log"));
        let bucket = Bucket::of_stories(folder);
        let mut command = Command::new(binary("quitus-relay"));
        command
            .args(["serve", "--listen", listen, "--data"])
            .arg(folder.join("data"))
            .arg("--keys")
            .arg(folder.join("keys"))
            .args(options.iter().filter(|option| **option != CLOSED))
            .args((!options.contains(&CLOSED)).then_some("--open"))
            .env_clear()
            .envs(variables.iter().copied())
            .args(store_options(bucket.as_ref(), options))
            .envs(bucket.iter().flat_map(|_| Bucket::variables()))
            .stdout(Stdio::piped())
            .stderr(log.expect("the world's folder is ours"));
        if let Some(faults) = faults {
            faults.cover(&mut command);
        }
        let mut child = command.spawn().expect("the relay starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the relay speaks UTF-8");
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            let _ = wait(&mut child, BOUND);
            let log = std::fs::read_to_string(folder.join("relay.log")).unwrap_or_default();
            return Err(format!("{line:?}\n{log}"));
        };
        Ok(Self {
            folder: folder.to_owned(),
            url: url.to_owned(),
            child,
            options: options.iter().map(|&option| option.to_owned()).collect(),
            faults: faults.cloned(),
            bucket,
        })
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

    /// Every object it holds, in the order of their names.
    pub fn objects(&self) -> Vec<Object> {
        let Some(bucket) = &self.bucket else {
            let mut found = files_below(&self.folder.join("data").join("objects"));
            found.sort();
            return found.into_iter().map(Object::File).collect();
        };
        let keys = bucket.keys().into_iter().filter(|key| key != "owner");
        keys.map(|key| Object::Key(bucket.clone(), key)).collect()
    }

    /// Its prefix of a bucket, if the stories run on one.
    pub const fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_ref()
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

    /// Whether it has not ended.
    ///
    /// # Panics
    ///
    /// If the system does not tell.
    pub fn is_running(&mut self) -> bool {
        let ended = self.child.try_wait().expect("it is our child");
        ended.is_none()
    }

    /// The exit code with which it ends by itself.
    ///
    /// # Panics
    ///
    /// If it does not, or by a signal.
    pub fn ended(&mut self) -> i32 {
        let ended = wait(&mut self.child, BOUND).expect("the relay ends by itself");
        ended.code().expect("no signal ended it")
    }

    /// Starts it again on the same address and data, with the same options and faults, but neither
    /// dying nor failing.
    #[must_use]
    pub fn restart(mut self) -> Self {
        self.start_again();
        self
    }

    /// As [`Relay::restart`].
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_again(&mut self) {
        self.start_again_among(&[]);
    }

    /// As [`Relay::restart`], with variables of its own: for another clock, say.
    #[must_use]
    pub fn restart_among(mut self, variables: &[(&str, &OsStr)]) -> Self {
        self.start_again_among(variables);
        self
    }

    fn start_again_among(&mut self, variables: &[(&str, &OsStr)]) {
        self.kill();
        if let Some(faults) = &self.faults {
            faults.spare();
        }
        let listen = self.url.split("//").nth(1).unwrap_or_default();
        let options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        let setting = (options.as_slice(), self.faults.as_ref());
        let started = Self::try_start_among(&self.folder, listen, setting, variables);
        *self = started.unwrap_or_else(|said| panic!("{said}"));
    }

    /// What `quitus-relay doctor` says of its folders and its bucket, line by line. No fault but the
    /// clock's strikes it or the relay from then on.
    ///
    /// # Panics
    ///
    /// If it does not say something of everything.
    pub fn doctor(&self) -> Vec<String> {
        let mut command = Command::new(binary("quitus-relay"));
        command.arg("doctor").env_clear();
        self.on_its_store(&mut command);
        for name in ["data", "keys"] {
            command.arg(format!("--{name}")).arg(self.folder.join(name));
        }
        if let Some(faults) = &self.faults {
            faults.spare();
            faults.cover(&mut command);
        }
        let output = run_for(command, b"", BOUND);
        let text = String::from_utf8(output.stdout).expect("the doctor speaks UTF-8");
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert!(lines.len() >= 7 || text.contains("fail"), "{text}");
        lines
    }

    /// What `quitus-relay check` says, and its exit code.
    ///
    /// # Panics
    ///
    /// If it is not there.
    pub fn check(&self, options: &[&str]) -> (i32, String) {
        let mut command = Command::new(binary("quitus-relay"));
        command.arg("check").args(options).env_clear();
        command.arg("--data").arg(self.folder.join("data"));
        self.on_its_store(&mut command);
        let output = run_for(command, b"", BOUND);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap_or(-1), text)
    }

    /// Gives a command of the relay's program the store this relay has.
    fn on_its_store(&self, command: &mut Command) {
        let options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        let own = options.iter().skip_while(|option| **option != "--store");
        command
            .args(own.take_while(|option| !SERVE_ONLY.contains(option)))
            .args(store_options(self.bucket.as_ref(), &options))
            .envs(self.bucket.iter().flat_map(|_| Bucket::variables()));
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
