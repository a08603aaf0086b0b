//! Whether a bucket that fails is asked at all: one sick store must not hold every request.
//!
//! ```text
//! closed --10 failures in a row--> open for 1 s --one trial--> closed, or open for twice as long
//! ```
//!
//! Promises: while it is open nothing waits for the bucket; one request at a time tries whether it is back;
//! one success closes it. It reads no clock. It does not judge answers that are refusals: whoever says
//! "forbidden" is there.

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Failures in a row that open it: at 3 failures of 10 that happens once in 170,000 requests.
const FAILURES_MAX: u32 = 10;
/// First pause.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    n_failed: u32,
    pause: Duration,
    closed_until: Option<Instant>,
}

/// The bucket is not asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bucket did not answer {n_failed} times in a row; it is asked again in {} ms", .again_in.as_millis())]
pub(super) struct Open {
    n_failed: u32,
    again_in: Duration,
}

impl Breaker {
    /// Whether the bucket is asked. Where its pause is over, whoever asks first tries for all.
    ///
    /// # Errors
    /// [`Open`].
    pub(super) fn admit(&self, now: Instant) -> Result<(), Open> {
        let mut state = self.state();
        let Some(until) = state.closed_until else {
            return Ok(());
        };
        if now < until {
            return Err(Open {
                n_failed: state.n_failed,
                again_in: until - now,
            });
        }
        // Whether it fails or hangs: the next one waits twice as long.
        state.pause = (state.pause * 2).min(PAUSE_MAX);
        state.closed_until = Some(now + state.pause);
        Ok(())
    }

    /// Notes how one attempt went; returns whether that opened or closed it.
    pub(super) fn note(&self, has_answered: bool, now: Instant) -> bool {
        let mut state = self.state();
        let was_open = state.closed_until.is_some();
        if has_answered {
            *state = State::default();
            return was_open;
        }
        state.n_failed = state.n_failed.saturating_add(1);
        if state.n_failed < FAILURES_MAX {
            return false;
        }
        if !was_open {
            state.pause = PAUSE;
        }
        if state.closed_until.is_none_or(|until| until <= now) {
            state.closed_until = Some(now + state.pause);
        }
        !was_open
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_by_itself() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 1..FAILURES_MAX {
            assert!(!breaker.note(false, start));
        }
        assert!(!breaker.note(true, start));
        for _ in 1..FAILURES_MAX {
            assert!(breaker.admit(start).is_ok());
            assert!(!breaker.note(false, start));
        }
        assert!(breaker.note(false, start), "it opens");
        assert!(breaker.admit(start).is_err());
        let later = start + PAUSE;
        assert!(breaker.admit(later).is_ok(), "one tries");
        assert!(breaker.admit(later).is_err(), "and one only");
        assert!(breaker.note(true, later), "it closes");
        assert!(breaker.admit(later).is_ok());
    }

    #[test]
    fn under_traffic_ever_fewer_try() {
        let (breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES_MAX {
            breaker.note(false, now);
        }
        let end = now + Duration::from_mins(5);
        let mut n_trials = 0;
        while now < end {
            if breaker.admit(now).is_ok() {
                n_trials += 1;
                breaker.note(false, now + Duration::from_millis(5));
            }
            now += Duration::from_millis(50);
        }
        // After 1, 2, 4, 8 and 16 seconds, then every 30.
        assert_eq!(n_trials, 5 + (300 - 31) / 30);
    }

    #[test]
    fn pauses_grow_to_a_bound() {
        let (breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES_MAX {
            breaker.note(false, now);
        }
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let refused = breaker.admit(now).unwrap_err();
            pauses.push(refused.again_in.as_secs());
            now += refused.again_in;
            assert!(breaker.admit(now).is_ok());
            now += Duration::from_millis(1);
            // The trial fails later than the next pause would have ended, as a hang does.
            now += PAUSE_MAX * 2;
            breaker.note(false, now);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    }
}
