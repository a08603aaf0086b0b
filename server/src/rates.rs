//! How many requests an address may make: a bucket for each, refilled evenly.
//!
//! Promises: an address that stays below its rate is never refused; memory is bounded, whoever asks from
//! however many addresses. Loopback is not counted: behind a proxy that is not declared it stands for
//! everybody. It reads no clock.

use core::time::Duration;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::caller::counted_as;

/// Addresses that are remembered at one moment, some MB; beyond them, new ones share one bucket.
const ADDRESSES_MAX: usize = 65_536;

/// What an address may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second, in the long run; 0: no limit.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
}

/// The buckets of all addresses.
pub struct Rates {
    rate: Rate,
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    /// When a bucket is full again: the later, the emptier it is.
    full_at: HashMap<IpAddr, Instant>,
    /// When the full ones were forgotten last.
    pruned_at: Option<Instant>,
}

impl Rates {
    /// Full buckets.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            buckets: Mutex::default(),
        }
    }

    /// Takes one request from an address's bucket at the moment `now`.
    ///
    /// # Errors
    /// The bucket is empty: how long to wait.
    pub fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let address = counted_as(address);
        let Some(refill) = Duration::from_secs(1).checked_div(self.rate.per_second) else {
            return Ok(());
        };
        if address.is_loopback() {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = buckets.of(address, now);
        let after = (*full_at).max(now) + refill;
        let most = refill * self.rate.burst.max(1);
        match after.duration_since(now).checked_sub(most) {
            None | Some(Duration::ZERO) => {
                *full_at = after;
                Ok(())
            }
            Some(wait) => Err(wait),
        }
    }
}

impl Rates {
    /// How long an address would have to wait at the moment `now`; `None`: not at all. Takes nothing.
    pub fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let address = counted_as(address);
        let refill = Duration::from_secs(1).checked_div(self.rate.per_second)?;
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = buckets.full_at.get(&address)?;
        let most = refill * self.rate.burst.max(1);
        let after = full_at.duration_since(now) + refill;
        after
            .checked_sub(most)
            .filter(|wait| *wait > Duration::ZERO)
    }
}

impl Buckets {
    /// The bucket of an address: its own, or the common one where there is no room for another.
    fn of(&mut self, address: IpAddr, now: Instant) -> &mut Instant {
        const COMMON: IpAddr = IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED);
        if self.full_at.len() >= ADDRESSES_MAX {
            self.prune(now);
        }
        let has_room = self.full_at.len() < ADDRESSES_MAX || self.full_at.contains_key(&address);
        let key = if has_room { address } else { COMMON };
        self.full_at.entry(key).or_insert(now)
    }

    /// Forgets full buckets, once a second at most: it looks at every one.
    fn prune(&mut self, now: Instant) {
        let is_due = |pruned_at| now.duration_since(pruned_at) >= Duration::from_secs(1);
        if self.pruned_at.is_none_or(is_due) {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.pruned_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 10,
        burst: 20,
    };

    fn address(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    #[test]
    fn a_burst_passes_then_the_rate() {
        let (rates, now) = (Rates::new(RATE), Instant::now());
        let taken = |at| {
            (0..100)
                .filter(|_| rates.take(address(1), at).is_ok())
                .count()
        };
        assert_eq!(taken(now), 20);
        assert_eq!(rates.take(address(1), now), Err(Duration::from_millis(100)));
        assert_eq!(rates.take(address(2), now), Ok(()));
        assert_eq!(taken(now + Duration::from_secs(1)), 10);
        assert_eq!(taken(now + Duration::from_mins(1)), 20);
    }

    #[test]
    fn loopback_and_a_rate_of_zero_are_not_limited() {
        let (rates, now) = (Rates::new(RATE), Instant::now());
        let none = Rates::new(Rate {
            per_second: 0,
            burst: 0,
        });
        for _ in 0..1000 {
            assert!(rates.take(IpAddr::from([127, 0, 0, 1]), now).is_ok());
            assert!(none.take(address(1), now).is_ok());
        }
    }

    #[test]
    fn looking_takes_nothing_and_says_what_taking_would() {
        let (rates, now) = (Rates::new(RATE), Instant::now());
        for _ in 0..100 {
            assert_eq!(rates.wait(address(1), now), None);
        }
        while rates.take(address(1), now).is_ok() {}
        let refused = rates.take(address(1), now).unwrap_err();
        assert_eq!(rates.wait(address(1), now), Some(refused));
        assert_eq!(rates.wait(address(1), now + refused), None);
        assert_eq!(rates.wait(address(2), now), None);
    }

    #[test]
    fn memory_is_bounded() {
        let (rates, now) = (Rates::new(RATE), Instant::now());
        for number in 0..200_000 {
            let _ = rates.take(address(0x0100_0000 + number), now);
        }
        assert!(rates.buckets.lock().unwrap().full_at.len() <= ADDRESSES_MAX + 1);
        assert!(rates.take(address(1), now).is_err());
        assert!(rates.take(address(1), now + Duration::from_secs(9)).is_ok());
    }
}
