//! A transfer's life on the relay: what may happen next, who may still download, what is then owed.
//!
//! ```text
//! uploading --complete--> live --expire, revoke, last done--> ended --destroy--> destroyed
//!      `------------------------- expire, revoke -------------^
//! ```
//!
//! Promises, for any order of events: completed and running downloads together never exceed the
//! limit; the share is released at most [`EXTRA_RELEASES`] times more often than the limit; after
//! [`PASSWORD_TRIES_MAX`] wrong passwords nothing more is granted; what ended never lives again, what
//! was destroyed stays destroyed. It does no work: the relay asks [`Transfer::owed`] what there is to
//! do. It does not know who is right: the caller has compared the credentials.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::{self, TextError};
use crate::time::Timestamp;

/// Most downloads a link can allow: more is publishing, not handing over.
pub const DOWNLOADS_MAX: u32 = 1_000;
/// Longest life of a transfer, 90 days: there is no "never".
pub const LIFE_MAX: Duration = Duration::from_hours(90 * 24);
/// Longest life of a grant: a download on a slow line ends within a day.
pub const LEASE: Duration = Duration::from_hours(24);
/// Releases of the share beyond the limit, for downloads that broke off.
pub const EXTRA_RELEASES: u32 = 3;
/// Wrong passwords, behind the right claim credential, after which nobody can claim a transfer.
pub const PASSWORD_TRIES_MAX: u32 = 10;

/// 16 random bytes that name a transfer; never used again. Hex on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TransferId([u8; 16]);

impl TransferId {
    /// Takes 16 bytes that were drawn at random.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as they salt every derivation.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first 8 digits: enough for a log line or a folder name, too few to ask for anything.
    pub fn short(&self) -> String {
        text::hex(&self.0).chars().take(8).collect()
    }
}

impl fmt::Display for TransferId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&text::hex(&self.0))
    }
}

impl FromStr for TransferId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text::from_hex(text).map(Self)
    }
}

impl TryFrom<String> for TransferId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<TransferId> for String {
    fn from(id: TransferId) -> Self {
        id.to_string()
    }
}

/// Why a transfer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Its time was over.
    Expired,
    /// Every allowed download was completed.
    Used,
    /// The sender ended it.
    Revoked,
}

/// Where in its life a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Parts are still arriving.
    Uploading,
    /// It can be claimed.
    Live,
    /// It can no longer be claimed; grants may still run to their end.
    Ended(Ending),
    /// Share and objects are gone.
    Destroyed(Ending),
}

/// What happens to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The sender says that everything is there.
    Complete,
    /// Somebody with the claim credential asks for a new grant.
    Claim,
    /// Somebody with the claim credential shows a wrong password.
    WrongPassword,
    /// The holder of a live grant has everything.
    Done,
    /// A live grant reached its lease's end; `untouched` if some part was never asked for.
    Lapse {
        /// Whether some part was never asked for.
        untouched: bool,
    },
    /// Time passed.
    Tick,
    /// The sender ends it now.
    Revoke,
    /// Everything owed was done and observed.
    Destroy,
}

/// The event cannot happen in this phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The transfer cannot be claimed, or no longer.
    #[error("the transfer cannot be claimed")]
    Gone,
    /// Too many wrong passwords were tried.
    #[error("too many wrong passwords were tried")]
    Frozen,
    /// The event does not fit the phase.
    #[error("the transfer is not in a phase in which that can happen")]
    Phase,
}

/// What the relay owes an ended transfer, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// Nothing: it lives, or is destroyed.
    Nothing,
    /// Live grants may run to their lease's end first.
    Wait,
    /// Close open responses, destroy the share, delete the objects, observe their absence.
    Destruction,
}

/// The counts and the phase that decide what may happen to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    phase: Phase,
    downloads: u32,
    expires_at: Timestamp,
    n_consumed: u32,
    n_live: u32,
    n_released: u32,
    n_wrong: u32,
}

impl Transfer {
    /// A transfer whose upload begins.
    pub const fn new(downloads: u32, expires_at: Timestamp) -> Self {
        let phase = Phase::Uploading;
        Self {
            phase,
            downloads,
            expires_at,
            n_consumed: 0,
            n_live: 0,
            n_released: 0,
            n_wrong: 0,
        }
    }

    /// A transfer as records keep it.
    pub const fn restore(
        phase: Phase,
        (downloads, expires_at): (u32, Timestamp),
        (n_consumed, n_live, n_released): (u32, u32, u32),
        n_wrong: u32,
    ) -> Self {
        Self {
            phase,
            downloads,
            expires_at,
            n_consumed,
            n_live,
            n_released,
            n_wrong,
        }
    }

    /// Where in its life it is.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Completed downloads, running downloads, releases of the share.
    pub const fn counts(&self) -> (u32, u32, u32) {
        (self.n_consumed, self.n_live, self.n_released)
    }

    /// Wrong passwords so far, at most [`PASSWORD_TRIES_MAX`].
    pub const fn n_wrong_passwords(&self) -> u32 {
        self.n_wrong
    }

    /// Whether too many wrong passwords were tried. Grants that run go on.
    pub const fn is_frozen(&self) -> bool {
        self.n_wrong >= PASSWORD_TRIES_MAX
    }

    /// What follows from an event at the moment `now`.
    ///
    /// # Errors
    /// [`Refused`] leaves the transfer as it was.
    pub fn after(mut self, event: Event, now: Timestamp) -> Result<Self, Refused> {
        match event {
            Event::Complete => self.complete(now)?,
            Event::Claim => self.claim(now)?,
            Event::WrongPassword => self.wrong_password()?,
            Event::Done => self.done()?,
            Event::Lapse { untouched } => self.lapse(untouched)?,
            Event::Tick => self.end_if(now >= self.expires_at, Ending::Expired),
            Event::Revoke => {
                self.n_live = 0;
                self.end_if(true, Ending::Revoked);
            }
            Event::Destroy => self.destroy()?,
        }
        Ok(self)
    }

    /// What the relay has to do now.
    pub const fn owed(&self) -> Owed {
        match self.phase {
            Phase::Uploading | Phase::Live | Phase::Destroyed(_) => Owed::Nothing,
            Phase::Ended(_) if self.n_live > 0 => Owed::Wait,
            Phase::Ended(_) => Owed::Destruction,
        }
    }

    fn complete(&mut self, now: Timestamp) -> Result<(), Refused> {
        match self.phase {
            Phase::Uploading if now < self.expires_at => self.phase = Phase::Live,
            Phase::Live => {}
            Phase::Uploading | Phase::Ended(_) | Phase::Destroyed(_) => return Err(Refused::Phase),
        }
        Ok(())
    }

    fn claim(&mut self, now: Timestamp) -> Result<(), Refused> {
        let has_place = self.n_consumed + self.n_live < self.downloads
            && self.n_released < self.downloads.saturating_add(EXTRA_RELEASES);
        if self.phase != Phase::Live || now >= self.expires_at {
            return Err(Refused::Gone);
        }
        if self.is_frozen() {
            return Err(Refused::Frozen);
        }
        if !has_place {
            return Err(Refused::Gone);
        }
        self.n_live += 1;
        self.n_released += 1;
        Ok(())
    }

    /// Also once it ended: the holder of a grant that runs may mistype as well.
    fn wrong_password(&mut self) -> Result<(), Refused> {
        match self.phase {
            Phase::Uploading | Phase::Destroyed(_) => Err(Refused::Gone),
            Phase::Live | Phase::Ended(_) if self.is_frozen() => Err(Refused::Frozen),
            Phase::Live | Phase::Ended(_) => {
                self.n_wrong += 1;
                Ok(())
            }
        }
    }

    fn done(&mut self) -> Result<(), Refused> {
        self.n_live = self.n_live.checked_sub(1).ok_or(Refused::Phase)?;
        self.n_consumed += 1;
        self.end_if(self.n_consumed == self.downloads, Ending::Used);
        Ok(())
    }

    /// A grant that took every part counts as a download, whether its holder said so or not.
    fn lapse(&mut self, untouched: bool) -> Result<(), Refused> {
        if !untouched {
            return self.done();
        }
        self.n_live = self.n_live.checked_sub(1).ok_or(Refused::Phase)?;
        let is_spent = self.n_released >= self.downloads.saturating_add(EXTRA_RELEASES);
        self.end_if(is_spent && self.n_live == 0, Ending::Used);
        Ok(())
    }

    fn destroy(&mut self) -> Result<(), Refused> {
        match (self.phase, self.owed()) {
            (Phase::Ended(ending), Owed::Destruction) => self.phase = Phase::Destroyed(ending),
            (Phase::Destroyed(_), _) => {}
            (Phase::Uploading | Phase::Live | Phase::Ended(_), _) => return Err(Refused::Phase),
        }
        Ok(())
    }

    fn end_if(&mut self, condition: bool, ending: Ending) {
        if condition && matches!(self.phase, Phase::Uploading | Phase::Live) {
            self.phase = Phase::Ended(ending);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            1 => Just(Event::Complete),
            4 => Just(Event::Claim),
            2 => Just(Event::WrongPassword),
            3 => Just(Event::Done),
            2 => any::<bool>().prop_map(|untouched| Event::Lapse { untouched }),
            1 => Just(Event::Tick),
            1 => Just(Event::Revoke),
            1 => Just(Event::Destroy),
        ]
    }

    proptest! {
        #[test]
        fn no_order_of_events_breaks_a_limit_or_revives(
            downloads in 1..4_u32,
            events in proptest::collection::vec((event(), 0..20_i64), 0..100),
        ) {
            let mut transfer = Transfer::new(downloads, Timestamp::from_unix(15, 0));
            let mut now = 0;
            for (event, seconds) in events {
                now += seconds / 10;
                let before = transfer.phase();
                let (was_frozen, (_, _, n_released_before)) = (transfer.is_frozen(), transfer.counts());
                if let Ok(after) = transfer.after(event, Timestamp::from_unix(now, 0)) {
                    transfer = after;
                }
                let (n_consumed, n_live, n_released) = transfer.counts();
                prop_assert!(n_consumed + n_live <= downloads);
                prop_assert!(n_released <= downloads + EXTRA_RELEASES);
                prop_assert!(transfer.n_wrong_passwords() <= PASSWORD_TRIES_MAX);
                prop_assert!(!was_frozen || n_released == n_released_before);
                let stays = match before {
                    Phase::Uploading => true,
                    Phase::Live => transfer.phase() != Phase::Uploading,
                    Phase::Ended(ending) =>
                        [Phase::Ended(ending), Phase::Destroyed(ending)].contains(&transfer.phase()),
                    Phase::Destroyed(ending) => transfer.phase() == Phase::Destroyed(ending),
                };
                prop_assert!(stays, "{:?} became {:?}", before, transfer.phase());
            }
        }
    }

    #[test]
    fn the_last_download_ends_a_link_and_owes_its_destruction() {
        let now = Timestamp::from_unix(0, 0);
        let mut transfer = Transfer::new(1, Timestamp::from_unix(60, 0));
        assert_eq!(transfer.after(Event::Claim, now), Err(Refused::Gone));
        for event in [Event::Complete, Event::Claim] {
            transfer = transfer.after(event, now).expect("the straight path");
        }
        assert_eq!(transfer.after(Event::Claim, now), Err(Refused::Gone));
        transfer = transfer.after(Event::Done, now).expect("the straight path");
        assert_eq!(
            (transfer.phase(), transfer.owed()),
            (Phase::Ended(Ending::Used), Owed::Destruction)
        );
        transfer = transfer.after(Event::Destroy, now).expect("owed");
        assert_eq!(transfer.phase(), Phase::Destroyed(Ending::Used));
    }

    #[test]
    fn a_running_download_outlives_expiry_but_not_revocation() {
        let (now, late) = (Timestamp::from_unix(0, 0), Timestamp::from_unix(60, 0));
        let mut transfer = Transfer::new(2, late);
        for event in [Event::Complete, Event::Claim] {
            transfer = transfer.after(event, now).expect("the straight path");
        }
        let expired = transfer.after(Event::Tick, late).expect("time passes");
        assert_eq!(
            (expired.owed(), expired.after(Event::Claim, late)),
            (Owed::Wait, Err(Refused::Gone))
        );
        let revoked = transfer.after(Event::Revoke, now).expect("the sender may");
        assert_eq!(revoked.owed(), Owed::Destruction);
    }

    #[test]
    fn ten_wrong_passwords_freeze_what_is_not_granted_yet() {
        let now = Timestamp::from_unix(0, 0);
        let mut transfer = Transfer::new(3, Timestamp::from_unix(60, 0));
        assert_eq!(
            transfer.after(Event::WrongPassword, now),
            Err(Refused::Gone)
        );
        for event in [Event::Complete, Event::Claim] {
            transfer = transfer.after(event, now).expect("the straight path");
        }
        for _ in 1..PASSWORD_TRIES_MAX {
            transfer = transfer.after(Event::WrongPassword, now).expect("counted");
        }
        transfer = transfer
            .after(Event::Claim, now)
            .expect("nine are forgiven");
        transfer = transfer.after(Event::WrongPassword, now).expect("counted");
        for event in [Event::Claim, Event::WrongPassword] {
            assert_eq!(transfer.after(event, now), Err(Refused::Frozen));
        }
        transfer = transfer
            .after(Event::Done, now)
            .expect("a grant that runs goes on");
        assert_eq!(
            (transfer.counts(), transfer.phase()),
            ((1, 1, 2), Phase::Live)
        );
    }

    #[test]
    fn withholding_the_last_byte_makes_few_copies() {
        let now = Timestamp::from_unix(0, 0);
        let mut transfer = Transfer::new(1, Timestamp::from_unix(60, 0))
            .after(Event::Complete, now)
            .expect("the straight path");
        let mut n_releases = 0;
        while let Ok(claimed) = transfer.after(Event::Claim, now) {
            n_releases += 1;
            transfer = claimed
                .after(Event::Lapse { untouched: true }, now)
                .expect("a lease ends");
        }
        assert_eq!(n_releases, 1 + EXTRA_RELEASES);
        assert_eq!(transfer.owed(), Owed::Destruction);
    }
}
