//! Everything from outside that a command may depend on: variables, home folder, terminal, clock, cores.
//!
//! Promises: no other module reads the environment, so a test or a reader sees every input of a command in
//! this one type. The variables in use are the fields of [`Variables`].

use std::ffi::OsString;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use quitus_core::time::Timestamp;

use crate::args::Global;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::terminal::{Manners, Terminal};
use crate::words::{Language, Words};

/// The environment variables that change what the program does.
#[derive(Default)]
pub struct Variables {
    /// `LC_ALL`, `LC_MESSAGES`, `LANG`: the first that is set and not empty (POSIX XBD 8.2).
    pub locale: Option<String>,
    /// `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
    pub no_colour: bool,
    /// `QUITUS_HOME`.
    pub home: Option<OsString>,
    /// `QUITUS_RELAY`.
    pub relay: Option<String>,
    /// `SSH_AUTH_SOCK`.
    pub agent: Option<OsString>,
    /// `AWS_REGION`. Credentials for a bucket are looked up by the AWS SDK itself, as by every tool of AWS.
    pub region: Option<String>,
}

impl Variables {
    /// Reads the variables of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let text = |name| set(name).and_then(|value| value.into_string().ok());
        Self {
            locale: ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(text),
            no_colour: set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb"),
            home: set("QUITUS_HOME"),
            relay: text("QUITUS_RELAY"),
            agent: set("SSH_AUTH_SOCK"),
            region: text("AWS_REGION"),
        }
    }

    /// The language of the locale; English when there is none we speak.
    #[must_use]
    pub fn language(&self) -> Language {
        self.locale
            .as_deref()
            .and_then(Language::from_locale)
            .unwrap_or(Language::English)
    }
}

/// What a command is given beside its own arguments. Can be shared between threads.
pub struct Env {
    home: Option<PathBuf>,
    relay: Option<String>,
    agent: Option<PathBuf>,
    region: Option<String>,
    terminal: Terminal,
    clock: fn() -> SystemTime,
    cores: fn() -> io::Result<NonZeroUsize>,
}

impl Env {
    /// Joins what the variables and the flags for all commands say.
    #[must_use]
    pub fn new(variables: Variables, words: Words, global: &Global) -> Self {
        let manners = Manners {
            json: global.json,
            quiet: global.quiet,
            no_input: global.no_input,
            no_colour: variables.no_colour,
        };
        Self {
            home: global.home.clone().or(variables.home.map(PathBuf::from)),
            relay: variables.relay,
            agent: variables.agent.map(PathBuf::from),
            region: variables.region,
            terminal: Terminal::new(words, manners),
            clock: SystemTime::now,
            cores: std::thread::available_parallelism,
        }
    }

    /// The way to the person.
    #[must_use]
    pub const fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// The folder of this person's keys and ledger: `--home`, `QUITUS_HOME`, else `quitus` in the data
    /// folder of the system (XDG Base Directory). It may not exist yet.
    ///
    /// # Errors
    ///
    /// Exit 8 when the system knows no home folder for this person.
    pub fn home(&self) -> Result<PathBuf, Failure> {
        use etcetera::BaseStrategy;
        if let Some(home) = &self.home {
            return Ok(home.clone());
        }
        match etcetera::choose_base_strategy() {
            Ok(strategy) => Ok(strategy.data_dir().join("quitus")),
            Err(_) => Err(Failure::new(Kind::LocalIo, phrase!("no-home-folder"))
                .hint(phrase!("no-home-folder-hint"))),
        }
    }

    /// The trash folders of this person: `Trash` in the data folder of the system (freedesktop.org Trash
    /// specification), and `.Trash` of the home folder (macOS). They may not exist.
    #[must_use]
    pub fn trashes(&self) -> Vec<PathBuf> {
        use etcetera::BaseStrategy;
        let strategy = etcetera::choose_base_strategy();
        let strategy = strategy.as_ref().ok();
        let folders =
            strategy.map(|of| [of.data_dir().join("Trash"), of.home_dir().join(".Trash")]);
        folders.into_iter().flatten().collect()
    }

    /// The relay's address: `--relay`, else `QUITUS_RELAY`, if either names one. Not checked here.
    #[must_use]
    pub fn relay<'a>(&'a self, asked: Option<&'a str>) -> Option<&'a str> {
        asked.or(self.relay.as_deref())
    }

    /// The socket of the ssh-agent; `None` when none is named.
    #[must_use]
    pub fn agent(&self) -> Option<&Path> {
        self.agent.as_deref()
    }

    /// The region of buckets: what was asked for, else `AWS_REGION`, if either names one.
    #[must_use]
    pub fn region<'a>(&'a self, asked: Option<&'a str>) -> Option<&'a str> {
        asked.or(self.region.as_deref())
    }

    /// The time now, by this machine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match (self.clock)().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Timestamp::from_unix(
                i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                since.subsec_nanos(),
            ),
            // A clock before 1970 is wrong; relays and notes say so, nothing here breaks.
            Err(_) => Timestamp::from_unix(0, 0),
        }
    }

    /// The time now in whole seconds, for what people read.
    #[must_use]
    pub fn second(&self) -> Timestamp {
        Timestamp::from_unix(self.now().seconds(), 0)
    }

    /// How many threads the sealed engine may use: the cores this process may use.
    #[must_use]
    pub fn workers(&self) -> NonZeroUsize {
        (self.cores)().unwrap_or(NonZeroUsize::MIN)
    }
}
