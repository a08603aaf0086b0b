//! `quitus-relay serve`: opens what there is, listens, and closes it in order.
//!
//! ```text
//! data/lock  data/records.sqlite  data/vault  data/objects/  data/clock  data/origin
//! keys/lock  keys/statement.key  keys/log.key  keys/log.seen  keys/buckets/
//! ```
//!
//! Promises: one relay has a folder at a time; the first line on standard output is
//! `listening on URL`, once requests are answered there; SIGTERM and SIGINT finish what runs and leave
//! nothing acknowledged behind. It does not decide anything a request asks for.

use core::time::Duration;
use std::borrow::Cow;
use std::error::Error;
use std::fs::File;
use std::future::Future;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use quitus_core::origin::Origin;
use quitus_core::time::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::args::Serve;
use crate::buckets::Buckets;
use crate::clock::{Clock, Guard, Steady};
use crate::config::{Config, ConfigError};
use crate::findings::chain;
use crate::http::{Door, Site};
use crate::listen::Listener;
use crate::own_keys::{self, OwnKey};
use crate::records::Records;
use crate::records::sqlite::SqliteRecords;
use crate::relay::{Refused, Relay};
use crate::sequencer::{Sequencer, SequencerError};
use crate::store::place::Place;
use crate::sweeper::SweepError;
use crate::vault::Vault;
use crate::{durable, operator, platform, stores, tls};

/// How often the relay looks for what is over.
const TICK: Duration = Duration::from_secs(1);
/// How often the relay looks for accounts that were disabled: they are cut within a second.
const CUT: Duration = Duration::from_millis(250);
/// How long threads that wait for the disk may take to end.
const CLOSING: Duration = Duration::from_secs(10);

/// Why the relay does not run, and what to do.
#[derive(Debug)]
pub struct Failure {
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    hint: Option<Cow<'static, str>>,
    code: u8,
}

impl Failure {
    /// Something on this machine cannot be used: exit code 8.
    pub fn local(what: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            what: what.into(),
            source: Some(source.into()),
            hint: None,
            code: 8,
        }
    }

    /// Something outside of this machine cannot be used, or not safely: exit code 8.
    pub const fn refused(what: String) -> Self {
        Self {
            what,
            source: None,
            hint: None,
            code: 8,
        }
    }

    /// The exit code.
    pub const fn code(&self) -> u8 {
        self.code
    }

    /// Says on standard error what happened, why, and what to do.
    pub fn tell(&self) {
        let mut parts = vec![format!("error: {}", self.what)];
        let mut cause = self
            .source
            .as_ref()
            .map(|source| source.as_ref() as &dyn Error);
        while let Some(error) = cause {
            parts.push(error.to_string());
            cause = error.source();
        }
        let hint = self.hint.as_ref().map(|hint| format!("\nhint: {hint}"));
        let text = format!("{}{}\n", parts.join(": "), hint.unwrap_or_default());
        // Nobody is left to be told if this fails.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self {
            what: error.to_string(),
            hint: Some(error.hint().into()),
            source: None,
            code: 2,
        }
    }
}

/// Runs the relay until it is asked to stop.
pub fn serve(serve: Serve) -> Result<(), Failure> {
    start_log(&serve.log)?;
    platform::keep_files_private();
    platform::raise_open_files();
    let config = Config::new(serve)?;
    let _data = lock(&config.data, "give another folder with --data")?;
    let _keys = lock(&config.keys, "give another folder with --keys")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::local("the runtime cannot start", error))?;
    let outcome = runtime.block_on(run(&config));
    // Requests that outlast it are dropped; then the last user of the records closes them.
    runtime.shutdown_timeout(CLOSING);
    outcome
}

async fn run(config: &Config) -> Result<(), Failure> {
    let listener = listen(config).await?;
    let address = listener
        .address()
        .map_err(|error| Failure::local("the address is not known", error))?;
    let origin = config.origin_at(address)?;
    let stop = stop_signal().map_err(|error| Failure::local("signals cannot be heard", error))?;
    let url = config.url_at(address);
    let clocks: (Clock, Steady) = (Arc::new(system_time), Arc::new(platform::since_boot));
    let ground = (config.data.as_path(), config.keys.as_path(), &config.place);
    let relay = open_guarded(ground, origin, (clocks, config.accepts_clock_jump)).await?;
    let relay = Arc::new(relay.within(config.bounds));
    operator::remember_origin(&config.data, relay.origin())
        .map_err(|error| Failure::local("the folder of the data cannot be written", error))?;
    let ticking = tokio::spawn(tick(Arc::clone(&relay)));
    let cutting = tokio::spawn(cut(Arc::clone(&relay)));
    let sweeping = tokio::spawn(sweep(Arc::clone(&relay)));
    let sequencing = tokio::spawn(sequence(Arc::clone(&relay)));
    say(&format!("listening on {url}\n"))?;
    let door = Door::new(config.trusted_proxies.clone(), config.rate);
    let site = Site::new(Arc::clone(&relay), door);
    listener.run(site, stop).await;
    ticking.abort();
    cutting.abort();
    sweeping.abort();
    sequencing.abort();
    if let Some(why) = durable::failure() {
        return Err(not_kept(why));
    }
    if let Err(error) = relay.record_asked().await {
        tracing::error!("{error}");
    }
    tracing::info!("stopped");
    Ok(())
}

fn not_kept(why: &'static str) -> Failure {
    Failure::local("the disk did not keep what the relay wrote", why).hint(
        "nothing that was answered is lost; see to the disk, and start the relay again: it goes by what is on the disk",
    )
}

async fn listen(config: &Config) -> Result<Listener, Failure> {
    let acceptor = match &config.tls {
        Some((cert, key)) => Some(
            tls::acceptor(cert, key)
                .map_err(|error| Failure::local("TLS cannot be served", error))?,
        ),
        None => None,
    };
    let what = || format!("{} cannot be listened on", config.listen);
    Listener::bind(config.listen, acceptor)
        .await
        .map_err(|error| Failure::local(what(), error).hint("give another address with --listen"))
}

/// Opens a relay whose clock is the one that nobody sets.
///
/// # Errors
/// As [`open_guarded`].
pub async fn open(
    data: &Path,
    keys: &Path,
    (origin, clock): (Origin, Clock),
) -> Result<Relay, Failure> {
    let same = Arc::clone(&clock);
    let steady: Steady = Arc::new(move || same().since(Timestamp::from_unix(0, 0)));
    open_guarded((data, keys, &Place::Dir), origin, ((clock, steady), false)).await
}

/// Opens records, vault, keys and store. Blocks on the disk; nothing else runs yet.
///
/// # Errors
/// [`Failure`] names what cannot be opened. The folder of the data must be locked by the caller.
pub async fn open_guarded(
    (data, keys, place): (&Path, &Path, &Place),
    origin: Origin,
    (clocks, accepts_jump): ((Clock, Steady), bool),
) -> Result<Relay, Failure> {
    let records = SqliteRecords::open(&data.join("records.sqlite"))
        .map_err(|error| Failure::local("the records cannot be opened", error))?;
    let used = records
        .slots()
        .await
        .map_err(|error| Failure::local("the records cannot be read", error))?;
    platform::private_folder(keys)
        .map_err(|error| Failure::local("the folder of the keys cannot be used", error))?;
    let buckets = Buckets::open(&keys.join("buckets"))
        .map_err(|error| Failure::local("the keys of the hours cannot be used", error))?;
    let vault = Vault::open(&data.join("vault"), buckets, &used.into_iter().collect())
        .map_err(|error| Failure::local("the vault cannot be opened", error))?;
    let key = own_keys::open(keys, OwnKey::Statement)
        .map_err(|error| Failure::local("the statement key cannot be used", error))?;
    let owner = key.public().fingerprint();
    let store = stores::open(place, data, owner.as_str()).await?;
    let guard = Guard::open(&data.join("clock"), clocks, accepts_jump)
        .map_err(|error| Failure::local("the last seen time cannot be read", error))?;
    // Last, so that every name above is durable.
    durable::sync_folder(data)
        .map_err(|error| Failure::local("the folder of the data cannot be synced", error))?;
    let records: Arc<dyn Records> = Arc::new(records);
    let sequencer = Sequencer::open(keys, &origin, Arc::clone(&records)).await;
    let sequencer = sequencer.map_err(unusable_log)?;
    let records = (records, sequencer);
    Ok(Relay::new((origin, key, guard), store, records, vault))
}

fn unusable_log(error: SequencerError) -> Failure {
    let hint = error.hint();
    Failure::local("the log cannot be used", error).hint(hint)
}

/// Takes a folder for this relay alone. Two relays with one folder of keys would destroy each other's.
fn lock(folder: &Path, hint: &'static str) -> Result<File, Failure> {
    let unusable = |error| {
        let what = format!("the folder {} cannot be used", folder.display());
        Failure::local(what, error).hint(hint)
    };
    platform::private_folder(folder).map_err(unusable)?;
    let file = platform::private_file(&folder.join("lock")).map_err(unusable)?;
    if platform::lock(&file).map_err(unusable)? {
        return Ok(file);
    }
    Err(Failure {
        what: format!("another relay is using the folder {}", folder.display()),
        source: None,
        hint: Some(hint.into()),
        code: 8,
    })
}

async fn tick(relay: Arc<Relay>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_clock_told = false;
    loop {
        interval.tick().await;
        match relay.tick().await {
            Ok(()) if is_clock_told => {
                is_clock_told = false;
                tracing::info!("the clock is believed again");
            }
            Err(Refused::Clock(jumped)) if !is_clock_told => {
                is_clock_told = true;
                tracing::error!(
                    "{jumped}; nothing is given out, ended or destroyed until it is back"
                );
            }
            Ok(()) | Err(Refused::Clock(_)) => {}
            Err(error) => tracing::error!("{error}"),
        }
    }
}

/// Cuts accounts that were disabled, by whatever process.
async fn cut(relay: Arc<Relay>) {
    let mut interval = tokio::time::interval(CUT);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = 0;
    loop {
        interval.tick().await;
        match relay.cut_disabled(last).await {
            Ok(change) => last = change,
            Err(error) => tracing::error!("{}", chain(&error)),
        }
    }
}

/// Destroys what is owed destruction: as soon as something ends, and every second.
async fn sweep(relay: Arc<Relay>) {
    loop {
        // Out of time or woken: both look for everything that is owed.
        let _ = tokio::time::timeout(TICK, relay.is_owed()).await;
        if relay.is_read_only() {
            continue;
        }
        let sweeper = relay.sweeper();
        loop {
            match sweeper.sweep().await {
                Ok(true) => {}
                Ok(false) | Err(SweepError::Clock(_)) => break,
                Err(error) => {
                    tracing::error!("{}", chain(&error));
                    tokio::time::sleep(TICK).await;
                    break;
                }
            }
        }
        match sweeper.tidy().await {
            Ok(()) | Err(SweepError::Clock(_)) => {}
            Err(error) => tracing::error!("{}", chain(&error)),
        }
    }
}

/// Gives what was stated its place in the log: as soon as something is, and every second.
async fn sequence(relay: Arc<Relay>) {
    loop {
        // Out of time or woken: both look for everything that is staged.
        let _ = tokio::time::timeout(TICK, relay.is_stated()).await;
        if let Err(error) = relay.sequence().await {
            tracing::error!("{}", chain(&error));
            tokio::time::sleep(TICK).await;
        }
    }
}

/// Ready once the process is asked to stop, or must not go on.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = durable::failed() => {}
        }
        tracing::info!("stopping");
    })
}

/// The system's time, in whole milliseconds, as the records keep it.
pub(crate) fn system_time() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_unix(seconds, since.subsec_millis() * 1_000_000)
}

fn say(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::local("standard output cannot be written", error))
}

/// What libraries say beyond warnings has addresses in it, and those have whole ids.
const FOREIGN: [&str; 4] = ["aws=warn", "h2=warn", "hyper=warn", "rustls=warn"];

/// Lines for a person at a terminal, JSON for whatever else reads.
fn start_log(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| Failure {
            what: format!("{filter:?} is not a filter for the log"),
            source: Some(error.into()),
            hint: Some("error, warn, info or debug".into()),
            code: 2,
        })?;
    let filter = FOREIGN.into_iter().fold(filter, |filter, directive| {
        filter.add_directive(directive.parse().expect("it is a directive"))
    });
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(io::stderr);
    if io::stderr().is_terminal() {
        log.init();
    } else {
        log.json().init();
    }
    std::panic::set_hook(Box::new(|panic| {
        // The message may hold what a request brought.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
    Ok(())
}
