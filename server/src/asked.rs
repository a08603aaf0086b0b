//! Which parts each grant asked for: what decides whether a grant that lapses gives its place back.
//!
//! Promises: [`Asked::note`] says so at the moment a grant has asked for every part, so that it is
//! recorded before the last byte leaves. The rest is in memory and recorded from time to time: a
//! crash may forget single parts, which gives a place back that was almost used up. It does not read
//! a clock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use quitus_core::digest::Sha256;
use quitus_core::parts::PartIndex;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use crate::records::{AskedParts, Readable};

/// The parts of every running grant, as far as they were asked for since the start.
#[derive(Default)]
pub struct Asked(Mutex<HashMap<(TransferId, Sha256), Parts>>);

struct Parts {
    bits: Vec<u8>,
    n_missing: u32,
    lease_until: Timestamp,
    is_changed: bool,
    is_recorded: bool,
}

impl Asked {
    /// Notes that a grant asks for a part. `Some`: it has now asked for every part, and that must be
    /// recorded, and [`recorded`](Self::recorded) be called, before the part is sent.
    pub fn note(
        &self,
        (id, key): (TransferId, Sha256),
        part: PartIndex,
        readable: &Readable,
    ) -> Option<AskedParts> {
        let mut grants = self.grants();
        let parts = grants
            .entry((id, key))
            .or_insert_with(|| Parts::of(readable));
        parts.set(part);
        if parts.n_missing > 0 || parts.is_recorded {
            return None;
        }
        Some(AskedParts {
            id,
            key,
            bits: parts.bits.clone(),
            all: true,
        })
    }

    /// Notes that it is recorded that a grant asked for every part.
    pub fn recorded(&self, id: TransferId, key: Sha256) {
        if let Some(parts) = self.grants().get_mut(&(id, key)) {
            parts.is_recorded = true;
        }
    }

    /// What changed since it was last asked, to be recorded; forgets grants whose lease is over.
    pub fn take_changed(&self, now: Timestamp) -> Vec<AskedParts> {
        let mut grants = self.grants();
        let changed = grants
            .iter_mut()
            .filter_map(|((id, key), parts)| {
                let all = parts.n_missing == 0;
                core::mem::take(&mut parts.is_changed).then(|| AskedParts {
                    id: *id,
                    key: *key,
                    bits: parts.bits.clone(),
                    all,
                })
            })
            .collect();
        grants.retain(|_, parts| now < parts.lease_until);
        changed
    }

    /// Forgets a grant that is done.
    pub fn forget(&self, id: TransferId, key: Sha256) {
        self.grants().remove(&(id, key));
    }

    fn grants(&self) -> MutexGuard<'_, HashMap<(TransferId, Sha256), Parts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    fn of(readable: &Readable) -> Self {
        let mut bits = readable.asked.clone();
        bits.resize(readable.n_parts.div_ceil(8) as usize, 0);
        let n_asked: u32 = bits.iter().map(|byte| byte.count_ones()).sum();
        Self {
            bits,
            n_missing: readable.n_parts.saturating_sub(n_asked),
            lease_until: readable.lease_until,
            is_changed: false,
            is_recorded: false,
        }
    }

    fn set(&mut self, part: PartIndex) {
        let Some(byte) = self.bits.get_mut(part.0 as usize / 8) else {
            return;
        };
        let bit = 1 << (part.0 % 8);
        let is_new = *byte & bit == 0;
        *byte |= bit;
        self.is_changed |= is_new;
        self.n_missing -= u32::from(is_new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quitus_core::digest::Blake3;

    fn readable(n_parts: u32, asked: Vec<u8>) -> Readable {
        Readable {
            digest: Blake3::of(b""),
            n_parts,
            lease_until: Timestamp::from_unix(10, 0),
            asked,
            who: quitus_core::transfer::Claimant::Bearer,
            networks: Vec::new(),
        }
    }

    fn grant() -> (TransferId, Sha256) {
        (TransferId::from_bytes([1; 16]), Sha256::of(&[]))
    }

    #[test]
    fn the_last_part_asked_for_is_told_until_it_is_recorded() {
        let (asked, readable) = (Asked::default(), readable(10, Vec::new()));
        for part in [9, 0, 1, 2, 3, 4, 5, 6, 7, 7, 0] {
            assert!(asked.note(grant(), PartIndex(part), &readable).is_none());
        }
        let all = asked.note(grant(), PartIndex(8), &readable).unwrap();
        assert_eq!((all.bits, all.all), (vec![0xff, 0x03], true));
        assert!(asked.note(grant(), PartIndex(3), &readable).is_some());
        let (id, key) = grant();
        asked.recorded(id, key);
        assert!(asked.note(grant(), PartIndex(8), &readable).is_none());
    }

    #[test]
    fn what_was_recorded_counts_after_a_restart() {
        let (asked, readable) = (Asked::default(), readable(3, vec![0b101]));
        assert!(asked.note(grant(), PartIndex(1), &readable).unwrap().all);
    }

    #[test]
    fn changes_are_taken_once_and_ended_leases_forgotten() {
        let (asked, readable) = (Asked::default(), readable(3, Vec::new()));
        asked.note(grant(), PartIndex(1), &readable);
        let changed = asked.take_changed(Timestamp::from_unix(9, 0));
        assert!(matches!(changed.as_slice(), [parts] if parts.bits == [0b10] && !parts.all));
        assert!(asked.take_changed(Timestamp::from_unix(10, 0)).is_empty());
        assert!(asked.grants().is_empty());
    }
}
