//! How far a long work is: a bar on a screen, a line now and then elsewhere, an event with `--json`.
//!
//! ```text
//! Sealing  [########------------]  1.5 GiB of 3.7 GiB, 1.4 GiB/s, 0:02 left
//! {"event":"progress","label":"Sealing","done":1610612736,"total":3972844748}
//! ```
//!
//! Promises: `add` may be called by many threads and costs an atomic addition and a look at the clock; short
//! work shows nothing. Does not know what the bytes are.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::phrase;
use crate::terminal::Terminal;
use crate::words::Phrase;

/// Shows how far a work is, from its making to [`Progress::finish`] or its drop.
pub struct Progress<'a> {
    terminal: &'a Terminal,
    label: Phrase,
    total: Option<u64>,
    unit: Unit,
    done: AtomicU64,
    started: Instant,
    form: Form,
    /// When to show next, in milliseconds after the start.
    next: AtomicU64,
    bar: OnceLock<ProgressBar>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Bytes, shown with their rate.
    Bytes,
    /// Things, of which nobody knows yet how many there are.
    Things,
}

#[derive(Clone, Copy)]
enum Form {
    Silent,
    Bar,
    Lines,
    Events,
}

impl Form {
    /// Time to the first showing and between two.
    const fn pause(self) -> Duration {
        match self {
            Self::Bar => Duration::from_millis(150),
            Self::Events => Duration::from_secs(1),
            Self::Lines => Duration::from_secs(10),
            Self::Silent => Duration::MAX,
        }
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    label: &'a str,
    done: u64,
    total: Option<u64>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(
        terminal: &'a Terminal,
        label: Phrase,
        (total, unit): (Option<u64>, Unit),
    ) -> Self {
        let manners = terminal.manners();
        let form = match (manners.quiet, manners.json) {
            (true, _) => Form::Silent,
            (false, true) => Form::Events,
            (false, false) if io::stderr().is_terminal() => Form::Bar,
            (false, false) => Form::Lines,
        };
        Self {
            terminal,
            label,
            total,
            unit,
            done: AtomicU64::new(0),
            started: Instant::now(),
            form,
            next: AtomicU64::new(milliseconds(form.pause())),
            bar: OnceLock::new(),
        }
    }

    /// Tells that so many bytes or things more are done.
    pub fn add(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.show_in_time(done);
    }

    /// Tells that `bytes` are done in all.
    pub fn reach(&self, bytes: u64) {
        self.done.store(bytes, Ordering::Relaxed);
        self.show_in_time(bytes);
    }

    /// Shows at most once a pause, whichever thread comes first.
    fn show_in_time(&self, done: u64) {
        let elapsed = self.started.elapsed();
        let next = self.next.load(Ordering::Relaxed);
        if milliseconds(elapsed) < next {
            return;
        }
        let after = milliseconds(elapsed.saturating_add(self.form.pause()));
        let mine = self
            .next
            .compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed);
        if mine.is_ok() {
            self.show(done, elapsed);
        }
    }

    /// Takes what is shown away.
    pub fn finish(self) {
        drop(self);
    }

    fn show(&self, done: u64, elapsed: Duration) {
        match self.form {
            Form::Silent => {}
            Form::Bar => self.move_bar(done, elapsed),
            Form::Lines => self.terminal.print_line(&self.sentence(done, elapsed)),
            Form::Events => {
                let label = &self.terminal.words().write(&self.label);
                self.terminal.event(
                    "progress",
                    Shown {
                        label,
                        done,
                        total: self.total,
                    },
                );
            }
        }
    }

    fn move_bar(&self, done: u64, elapsed: Duration) {
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(self.total, ProgressDrawTarget::stderr());
            bar.set_style(style(self.total.is_some()));
            self.terminal.show_bar(Some(bar.clone()));
            bar
        });
        bar.set_message(self.sentence(done, elapsed));
        bar.set_position(done);
    }

    fn sentence(&self, done: u64, elapsed: Duration) -> String {
        let label = self.label.clone();
        let words = self.terminal.words();
        // Milliseconds, because the first showing comes before a second is over.
        let rate = done.saturating_mul(1000) / milliseconds(elapsed).max(1);
        match self.total {
            None if self.unit == Unit::Things => {
                words.write(&phrase!("progress-things", label = label, done = done))
            }
            Some(total) => {
                let left = clock(total.saturating_sub(done) / rate.max(1));
                words.write(&phrase!(
                    "progress-of",
                    label = label,
                    done = done,
                    total = total,
                    rate = rate,
                    left = left
                ))
            }
            None => words.write(&phrase!(
                "progress",
                label = label,
                done = done,
                rate = rate
            )),
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.bar.get().is_some() {
            self.terminal.show_bar(None);
        }
    }
}

fn style(with_end: bool) -> ProgressStyle {
    let template = if with_end {
        "[{bar:20}] {msg}"
    } else {
        "{spinner} {msg}"
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("##-")
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Writes seconds as `m:ss` or `h:mm:ss`.
fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}
