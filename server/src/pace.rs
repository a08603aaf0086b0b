//! How slowly bytes may come or go.
//!
//! Promises: whoever keeps [`BYTES_PER_SECOND`] on average is never given up; whoever stops, or only
//! drips, is given up once its patience is used up. It reads no clock and knows no socket.

use core::time::Duration;

/// Bytes that earn a second: below the slowest line that a part is worth sending over.
const BYTES_PER_SECOND: u64 = 1024;

/// The time that is left for waiting: waiting uses it up, bytes earn it back.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    most: Duration,
    left: Duration,
}

impl Pace {
    /// Somebody who may stop for as long as `patience`.
    pub const fn new(patience: Duration) -> Self {
        Self {
            most: patience,
            left: patience,
        }
    }

    /// How long may be waited from now on; zero: it is too slow.
    pub const fn left(&self) -> Duration {
        self.left
    }

    /// Notes a wait, and the bytes that came or went meanwhile.
    pub fn note(&mut self, waited: Duration, bytes: u64) {
        let earned = Duration::from_millis(bytes.saturating_mul(1000) / BYTES_PER_SECOND);
        // Earned first: whoever moves a little in each second must not always begin anew.
        let left = self.left.saturating_add(earned).saturating_sub(waited);
        self.left = left.min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);
    const SECOND: Duration = Duration::from_secs(1);

    /// After how many seconds somebody who moves so many bytes in each is too slow, within a day.
    fn given_up_after(bytes: u64) -> Option<u32> {
        let mut pace = Pace::new(PATIENCE);
        (1..=86_400).find(|_| {
            pace.note(SECOND, bytes);
            pace.left().is_zero()
        })
    }

    #[test]
    fn dripping_is_given_up_and_a_slow_line_is_not() {
        assert_eq!(given_up_after(0), Some(30));
        assert_eq!(given_up_after(1), Some(30));
        assert_eq!(given_up_after(512), Some(60));
        assert_eq!(given_up_after(BYTES_PER_SECOND), None);
    }

    #[test]
    fn what_was_sent_before_earns_no_more_than_the_patience() {
        let mut pace = Pace::new(PATIENCE);
        pace.note(SECOND, 1 << 40);
        assert_eq!(pace.left(), PATIENCE);
        pace.note(PATIENCE, 0);
        assert!(pace.left().is_zero());
    }
}
