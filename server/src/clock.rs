//! The relay's time, and whether it can be believed.
//!
//! ```text
//! data/clock      2026-11-22T05:40:00Z        the last moment that was believed, a line
//! ```
//!
//! Promises: while the system's clock stands before a moment that was believed, has run away from the
//! clock that nobody sets by more than an hour, or was more than 30 days off at the start,
//! [`Guard::now`] refuses to tell the time: nothing is given out, ended or destroyed on its word. It
//! tells it again once the clock is back, or after a start that accepts the jump.
//!
//! Does not: find out which of the clocks is right. Spec: `docs/operating.md`, "Clock".

use core::time::Duration;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quitus_core::time::Timestamp;

use crate::{durable, platform};

/// The time, as the relay sees it, in whole milliseconds.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Time since some moment, by a clock that nobody sets.
pub type Steady = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A step back that is believed: clocks are corrected by seconds.
const BACK_MAX: Duration = Duration::from_secs(10);
/// A step forward that is believed.
const FORWARD_MAX: Duration = Duration::from_hours(1);
/// How long a relay may have been stopped.
const STOPPED_MAX: Duration = Duration::from_hours(30 * 24);
/// How often the last believed moment is written.
const WRITE_EVERY: Duration = Duration::from_mins(1);
/// Longest line of the file: a time with nanoseconds has 30 bytes.
const LINE_BYTES: usize = 32;

/// The clock jumped, and nothing is done on its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock says {says}, where {expected} was expected")]
pub struct Jumped {
    /// What the clock says.
    pub says: Timestamp,
    /// About what it should say.
    pub expected: Timestamp,
}

/// Tells the time while the clock can be believed.
pub struct Guard {
    clock: Clock,
    steady: Steady,
    file: File,
    seen: Mutex<Seen>,
}

/// What was believed.
struct Seen {
    /// The latest moment.
    last: Option<Timestamp>,
    /// What both clocks said when they were last compared; none before the first time.
    both: Option<(Timestamp, Duration)>,
    /// What is in the file.
    written: Option<Timestamp>,
}

impl Guard {
    /// Reads what was believed last from a file. `accepts`: whatever the clock says is believed now.
    pub fn open(path: &Path, (clock, steady): (Clock, Steady), accepts: bool) -> io::Result<Self> {
        let file = platform::private_file(path)?;
        let last = if accepts { None } else { read(&file)? };
        let seen = Seen {
            last,
            both: None,
            written: last,
        };
        Ok(Self {
            clock,
            steady,
            file,
            seen: Mutex::new(seen),
        })
    }

    /// What the clock says, believed or not: for answers in which nothing follows from it.
    pub fn unchecked(&self) -> Timestamp {
        (self.clock)()
    }

    /// The time.
    ///
    /// # Errors
    /// [`Jumped`] while the clock cannot be believed.
    pub fn now(&self) -> Result<Timestamp, Jumped> {
        let mut seen = self.seen();
        let (says, ran) = ((self.clock)(), (self.steady)());
        seen.check(says, ran)?;
        seen.both = Some((says, ran));
        seen.last = seen.last.max(Some(says));
        Ok(says)
    }

    /// Writes the last believed moment, every minute or so; durable on return.
    pub fn remember(&self) -> io::Result<()> {
        let mut seen = self.seen();
        let Some(last) = seen.last else { return Ok(()) };
        let is_due = seen
            .written
            .is_none_or(|written| last.since(written) >= WRITE_EVERY);
        if is_due {
            write(&self.file, last)?;
            seen.written = Some(last);
        }
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn check(&self, says: Timestamp, ran: Duration) -> Result<(), Jumped> {
        let jumped = |expected| Err(Jumped { says, expected });
        if let Some(last) = self.last
            && last.since(says) > BACK_MAX
        {
            return jumped(last);
        }
        match (self.both, self.last) {
            (Some((said, had_run)), _) => {
                let expected = said.after(ran.saturating_sub(had_run));
                if says.since(expected) > FORWARD_MAX || expected.since(says) > FORWARD_MAX {
                    return jumped(expected);
                }
            }
            (None, Some(last)) if says.since(last) > STOPPED_MAX => return jumped(last),
            (None, Some(_) | None) => {}
        }
        Ok(())
    }
}

/// Whether a start at the moment `now` believes the clock.
pub(crate) fn is_believed_at_start(last: Timestamp, now: Timestamp) -> bool {
    let seen = Seen {
        last: Some(last),
        both: None,
        written: None,
    };
    seen.check(now, Duration::ZERO).is_ok()
}

/// The last believed moment of a relay's folder, if there is one.
pub(crate) fn last_seen(path: &Path) -> io::Result<Option<Timestamp>> {
    match File::open(path) {
        Ok(file) => read(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A line that cannot be read counts as none: it was cut by a crash of the first write.
fn read(file: &File) -> io::Result<Option<Timestamp>> {
    let mut line = [0; LINE_BYTES];
    let n_bytes = file.read_at(&mut line, 0)?;
    let text = line.get(..n_bytes).unwrap_or_default();
    let text = str::from_utf8(text).unwrap_or_default();
    Ok(text.trim_end().parse().ok())
}

/// One write within a sector: it is there, or the line before is.
fn write(file: &File, last: Timestamp) -> io::Result<()> {
    // Without what is below a second every line has the same length.
    let line = format!("{}\n", Timestamp::from_unix(last.seconds(), 0));
    file.write_all_at(line.as_bytes(), 0)?;
    durable::sync_data(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    const HOUR: i64 = 3600;
    const YEAR: i64 = 365 * 24 * HOUR;

    struct Clocks {
        folder: tempfile::TempDir,
        system: Arc<AtomicI64>,
        steady: Arc<AtomicI64>,
    }

    impl Clocks {
        fn new() -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
                system: Arc::new(AtomicI64::new(1_790_000_000)),
                steady: Arc::new(AtomicI64::new(5)),
            }
        }

        fn start(&self, accepts: bool) -> Guard {
            let (system, steady) = (Arc::clone(&self.system), Arc::clone(&self.steady));
            let clock: Clock =
                Arc::new(move || Timestamp::from_unix(system.load(Ordering::Relaxed), 0));
            let steady: Steady = Arc::new(move || {
                Duration::from_secs(steady.load(Ordering::Relaxed).unsigned_abs())
            });
            let path = self.folder.path().join("clock");
            Guard::open(&path, (clock, steady), accepts).unwrap()
        }

        fn pass(&self, seconds: i64) {
            self.system.fetch_add(seconds, Ordering::Relaxed);
            self.steady.fetch_add(seconds, Ordering::Relaxed);
        }

        fn jump(&self, seconds: i64) {
            self.system.fetch_add(seconds, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_jump_is_not_believed_until_the_clock_is_back() {
        for (jump, is_believed) in [
            (-5, true),
            (-11, false),
            (-HOUR, false),
            (HOUR - 1, true),
            (HOUR + 1, false),
            (YEAR, false),
        ] {
            let clocks = Clocks::new();
            let guard = clocks.start(false);
            guard.now().unwrap();
            clocks.pass(YEAR);
            guard.now().unwrap();
            clocks.jump(jump);
            for _ in 0..3 {
                assert_eq!(guard.now().is_ok(), is_believed, "{jump}");
            }
            clocks.pass(5);
            clocks.jump(-jump);
            if !is_believed {
                assert!(guard.now().is_ok(), "{jump}");
            }
        }
    }

    #[test]
    fn a_start_believes_thirty_days_and_no_step_back() {
        let day = 24 * HOUR;
        for (stopped, is_believed) in [
            (0, true),
            (30 * day, true),
            (30 * day + 1, false),
            (-60, false),
        ] {
            let clocks = Clocks::new();
            let guard = clocks.start(false);
            let began = guard.now().unwrap();
            guard.remember().unwrap();
            drop(guard);
            assert_eq!(
                last_seen(&clocks.folder.path().join("clock")).unwrap(),
                Some(began)
            );
            clocks.jump(stopped);
            let guard = clocks.start(false);
            assert_eq!(guard.now().is_ok(), is_believed, "{stopped}");
            drop(guard);
            let guard = clocks.start(true);
            assert!(guard.now().is_ok());
            guard.remember().unwrap();
            assert!(clocks.start(false).now().is_ok(), "{stopped}");
        }
    }
}
