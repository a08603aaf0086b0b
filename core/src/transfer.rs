//! A transfer's life on the relay: what may happen next, who may still download, what is then owed.
//!
//! Who may download has a seat. A bearer link has one, for whoever holds the link; otherwise every
//! recipient has one, and the sender.
//!
//! ```text
//! uploading --complete--> live --expire, revoke, last done--> ended --destroy--> destroyed
//!      `------------------------- expire, revoke -------------^
//! ```
//!
//! Promises, for any order of events and any seat: completed and running downloads together never
//! exceed the limit; the share is released at most [`EXTRA_RELEASES`] times more often than the limit,
//! also to a recipient who is removed and listed again; after [`PASSWORD_TRIES_MAX`] wrong passwords
//! nothing more is granted; what ended never lives again, what was destroyed stays destroyed. It does no work: the relay asks [`Transfer::owed`] what there is to
//! do. It does not know who is right: the caller has compared the credentials.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::id;
use crate::keys::Fingerprint;
use crate::time::Timestamp;

/// Most downloads a seat can allow: more is publishing, not handing over.
pub const DOWNLOADS_MAX: u32 = 1_000;
/// Longest life of a transfer, 90 days: there is no "never".
pub const LIFE_MAX: Duration = Duration::from_hours(90 * 24);
/// Longest life of a grant: a download on a slow line ends within a day.
pub const LEASE: Duration = Duration::from_hours(24);
/// Releases of the share beyond the limit, for downloads that broke off.
pub const EXTRA_RELEASES: u32 = 3;
/// Wrong passwords, behind the right claim credential, after which nobody can claim a transfer.
pub const PASSWORD_TRIES_MAX: u32 = 10;

id! {
    /// Names a transfer.
    TransferId
}

/// Why a transfer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Its time was over.
    Expired,
    /// Nobody has a download left.
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

/// Who takes a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimant {
    /// Whoever holds the link.
    Bearer,
    /// The holder of a request key.
    Key(Fingerprint),
}

/// Downloads of a claimant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Completed.
    pub n_consumed: u32,
    /// Running.
    pub n_live: u32,
    /// Releases of the share.
    pub n_released: u32,
}

impl Counts {
    fn add(self, other: Self) -> Self {
        Self {
            n_consumed: self.n_consumed + other.n_consumed,
            n_live: self.n_live + other.n_live,
            n_released: self.n_released + other.n_released,
        }
    }
}

/// A claimant, why it may claim, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub claimant: Claimant,
    /// Whether it may claim, and the transfer is for it.
    pub is_listed: bool,
    /// Whether it may claim because it is the sender's.
    pub is_owner: bool,
    /// How far it is.
    pub counts: Counts,
}

impl Seat {
    fn listed(claimant: Claimant) -> Self {
        Self {
            claimant,
            is_listed: true,
            is_owner: false,
            counts: Counts::default(),
        }
    }

    /// Whether it has no download left.
    pub const fn is_used(&self, downloads: u32) -> bool {
        let Counts {
            n_consumed,
            n_live,
            n_released,
        } = self.counts;
        let is_spent = n_released >= downloads.saturating_add(EXTRA_RELEASES);
        n_consumed >= downloads || is_spent && n_live == 0
    }

    const fn has_place(&self, downloads: u32) -> bool {
        (self.is_listed || self.is_owner)
            && self.counts.n_consumed + self.counts.n_live < downloads
            && self.counts.n_released < downloads.saturating_add(EXTRA_RELEASES)
    }
}

/// What happens to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// The sender says that everything is there.
    Complete,
    /// Somebody with the claim credential asks for a new grant.
    Claim {
        /// Who.
        by: &'a Claimant,
    },
    /// Somebody with the claim credential shows a wrong password.
    WrongPassword,
    /// The holder of a live grant has everything.
    Done {
        /// Whose grant it is.
        by: &'a Claimant,
    },
    /// A live grant reached its lease's end; `untouched` if some part was never asked for.
    Lapse {
        /// Whose grant it is.
        by: &'a Claimant,
        /// Whether some part was never asked for.
        untouched: bool,
    },
    /// Every grant of a claimant is taken away.
    Cut {
        /// Whose.
        by: &'a Claimant,
    },
    /// The sender says who may claim from now on; grants of whoever may no longer are taken away.
    Recipients {
        /// Their keys.
        listed: &'a [Fingerprint],
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

/// The seats and the phase that decide what may happen to a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    phase: Phase,
    downloads: u32,
    expires_at: Timestamp,
    seats: Vec<Seat>,
    n_wrong: u32,
}

impl Transfer {
    /// When it can no longer be claimed.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// A bearer transfer whose upload begins.
    pub fn new(downloads: u32, expires_at: Timestamp) -> Self {
        let seats = vec![Seat::listed(Claimant::Bearer)];
        Self::restore(Phase::Uploading, (downloads, expires_at), seats, 0)
    }

    /// The same transfer, for whoever holds one of these keys, and the owner's.
    #[must_use]
    pub fn bound_to(mut self, listed: &[Fingerprint], owner: &Fingerprint) -> Self {
        self.seats = vec![Seat {
            is_listed: false,
            is_owner: true,
            ..Seat::listed(Claimant::Key(owner.clone()))
        }];
        self.list(listed);
        self
    }

    /// A transfer as records keep it.
    pub const fn restore(
        phase: Phase,
        (downloads, expires_at): (u32, Timestamp),
        seats: Vec<Seat>,
        n_wrong: u32,
    ) -> Self {
        Self {
            phase,
            downloads,
            expires_at,
            seats,
            n_wrong,
        }
    }

    /// Where in its life it is.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Completed downloads, running downloads, releases of the share, of all seats together.
    pub fn counts(&self) -> (u32, u32, u32) {
        let counts = self.seats.iter().map(|seat| seat.counts);
        let total = counts.fold(Counts::default(), Counts::add);
        (total.n_consumed, total.n_live, total.n_released)
    }

    /// Who may claim, or once could and did.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// The seat of a claimant.
    pub fn seat(&self, claimant: &Claimant) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.claimant == *claimant)
    }

    /// Whether it is for keys, and not for whoever holds the link.
    pub fn is_bound(&self) -> bool {
        self.seat(&Claimant::Bearer).is_none()
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
    /// [`Refused`]: nothing does.
    pub fn after(&self, event: Event<'_>, now: Timestamp) -> Result<Self, Refused> {
        let mut after = self.clone();
        match event {
            Event::Complete => after.complete(now)?,
            Event::Claim { by } => after.claim(by, now)?,
            Event::WrongPassword => after.wrong_password()?,
            Event::Done { by } => after.done(by)?,
            Event::Lapse { by, untouched } => after.lapse(by, untouched)?,
            Event::Cut { by } => after.cut(by)?,
            Event::Recipients { listed } => after.recipients(listed, now)?,
            Event::Tick => after.end_if(now >= after.expires_at, Ending::Expired),
            Event::Revoke => {
                after.seats.iter_mut().for_each(Self::cut_seat);
                after.end_if(true, Ending::Revoked);
            }
            Event::Destroy => after.destroy()?,
        }
        Ok(after)
    }

    /// What the relay has to do now.
    pub fn owed(&self) -> Owed {
        let (_, n_live, _) = self.counts();
        match self.phase {
            Phase::Uploading | Phase::Live | Phase::Destroyed(_) => Owed::Nothing,
            Phase::Ended(_) if n_live > 0 => Owed::Wait,
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

    fn claim(&mut self, by: &Claimant, now: Timestamp) -> Result<(), Refused> {
        if self.phase != Phase::Live || now >= self.expires_at {
            return Err(Refused::Gone);
        }
        if self.is_frozen() {
            return Err(Refused::Frozen);
        }
        let downloads = self.downloads;
        let seat = self.seat_of(by).filter(|seat| seat.has_place(downloads));
        let counts = &mut seat.ok_or(Refused::Gone)?.counts;
        counts.n_live += 1;
        counts.n_released += 1;
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

    fn done(&mut self, by: &Claimant) -> Result<(), Refused> {
        self.take_live(by)?.n_consumed += 1;
        self.end_if_used();
        Ok(())
    }

    /// A grant that took every part counts as a download, whether its holder said so or not.
    fn lapse(&mut self, by: &Claimant, untouched: bool) -> Result<(), Refused> {
        if !untouched {
            return self.done(by);
        }
        self.take_live(by)?;
        self.end_if_used();
        Ok(())
    }

    fn cut(&mut self, by: &Claimant) -> Result<(), Refused> {
        Self::cut_seat(self.seat_of(by).ok_or(Refused::Phase)?);
        self.end_if_used();
        Ok(())
    }

    fn recipients(&mut self, listed: &[Fingerprint], now: Timestamp) -> Result<(), Refused> {
        match self.phase {
            Phase::Live if now < self.expires_at && self.is_bound() => {}
            Phase::Uploading | Phase::Live | Phase::Ended(_) | Phase::Destroyed(_) => {
                return Err(Refused::Phase);
            }
        }
        self.list(listed);
        self.end_if_used();
        Ok(())
    }

    /// Who never claimed loses the seat; who did keeps its counts.
    fn list(&mut self, listed: &[Fingerprint]) {
        for seat in &mut self.seats {
            seat.is_listed = matches!(&seat.claimant, Claimant::Key(key) if listed.contains(key));
            if !seat.is_listed && !seat.is_owner {
                Self::cut_seat(seat);
            }
        }
        self.seats
            .retain(|seat| seat.is_listed || seat.is_owner || seat.counts.n_released > 0);
        for key in listed {
            let claimant = Claimant::Key(key.clone());
            if self.seat(&claimant).is_none() {
                self.seats.push(Seat::listed(claimant));
            }
        }
    }

    const fn cut_seat(seat: &mut Seat) {
        seat.counts.n_live = 0;
    }

    fn seat_of(&mut self, claimant: &Claimant) -> Option<&mut Seat> {
        let mut seats = self.seats.iter_mut();
        seats.find(|seat| seat.claimant == *claimant)
    }

    fn take_live(&mut self, by: &Claimant) -> Result<&mut Counts, Refused> {
        let counts = &mut self.seat_of(by).ok_or(Refused::Phase)?.counts;
        counts.n_live = counts.n_live.checked_sub(1).ok_or(Refused::Phase)?;
        Ok(counts)
    }

    fn destroy(&mut self) -> Result<(), Refused> {
        match (self.phase, self.owed()) {
            (Phase::Ended(ending), Owed::Destruction) => self.phase = Phase::Destroyed(ending),
            (Phase::Destroyed(_), _) => {}
            (Phase::Uploading | Phase::Live | Phase::Ended(_), _) => return Err(Refused::Phase),
        }
        Ok(())
    }

    /// Nobody for whom it is has a download left. What the sender itself took does not matter.
    fn end_if_used(&mut self) {
        let downloads = self.downloads;
        let mut listed = self.seats.iter().filter(|seat| seat.is_listed);
        let is_used = listed.all(|seat| seat.is_used(downloads));
        self.end_if(is_used, Ending::Used);
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

    const BEARER: Claimant = Claimant::Bearer;

    fn fingerprint(number: u8) -> Fingerprint {
        use crate::keys::{Secret, SigningKey};
        SigningKey::from_seed(&Secret::from_bytes([number; 32]))
            .public()
            .fingerprint()
    }

    /// Four people: the sender is the first.
    fn people() -> [Fingerprint; 4] {
        [0, 1, 2, 3].map(fingerprint)
    }

    /// What happens, before it is known to whom: a number of [`people`], or more for the bearer.
    #[derive(Debug, Clone)]
    enum Step {
        Simple(Event<'static>),
        Claim(usize),
        Done(usize),
        Lapse(usize, bool),
        Cut(usize),
        Recipients(Vec<usize>),
    }

    fn step() -> impl Strategy<Value = Step> {
        let who = || 0..5_usize;
        prop_oneof![
            1 => Just(Step::Simple(Event::Complete)),
            1 => Just(Step::Simple(Event::WrongPassword)),
            1 => Just(Step::Simple(Event::Tick)),
            1 => Just(Step::Simple(Event::Revoke)),
            1 => Just(Step::Simple(Event::Destroy)),
            8 => who().prop_map(Step::Claim),
            4 => who().prop_map(Step::Done),
            3 => (who(), any::<bool>()).prop_map(|(who, untouched)| Step::Lapse(who, untouched)),
            1 => who().prop_map(Step::Cut),
            2 => proptest::collection::vec(0..4_usize, 1..4).prop_map(Step::Recipients),
        ]
    }

    fn take(transfer: &Transfer, step: &Step, now: Timestamp) -> Result<Transfer, Refused> {
        let people = people();
        let claimant = |who: &usize| {
            let key = people.get(*who).cloned();
            key.map_or(BEARER, Claimant::Key)
        };
        match step {
            Step::Simple(event) => transfer.after(*event, now),
            Step::Claim(who) => transfer.after(Event::Claim { by: &claimant(who) }, now),
            Step::Done(who) => transfer.after(Event::Done { by: &claimant(who) }, now),
            Step::Lapse(who, untouched) => {
                let (by, untouched) = (&claimant(who), *untouched);
                transfer.after(Event::Lapse { by, untouched }, now)
            }
            Step::Cut(who) => transfer.after(Event::Cut { by: &claimant(who) }, now),
            Step::Recipients(who) => {
                let listed: Vec<_> = who.iter().map(|who| people[*who].clone()).collect();
                transfer.after(Event::Recipients { listed: &listed }, now)
            }
        }
    }

    proptest! {
        #[test]
        fn no_order_of_events_breaks_a_limit_or_revives(
            (downloads, is_bound) in (1..4_u32, any::<bool>()),
            steps in proptest::collection::vec((step(), 0..20_i64), 0..150),
        ) {
            let [owner, alice, bob, _] = people();
            let mut transfer = Transfer::new(downloads, Timestamp::from_unix(40, 0));
            if is_bound {
                transfer = transfer.bound_to(&[alice, bob], &owner);
            }
            // What every claimant was given so far, whatever became of its seat.
            let mut n_given = [0_u32; 5];
            let mut now = 0;
            for (step, seconds) in steps {
                now += seconds / 10;
                let before = transfer.clone();
                if let Ok(after) = take(&transfer, &step, Timestamp::from_unix(now, 0)) {
                    transfer = after;
                    if let Step::Claim(who) = step {
                        n_given[who] += 1;
                        prop_assert!(!before.is_frozen() && before.phase() == Phase::Live);
                        prop_assert_eq!(is_bound, who < 4, "a stranger to the transfer");
                    }
                }
                prop_assert!(n_given.iter().all(|n| *n <= downloads + EXTRA_RELEASES));
                for seat in transfer.seats() {
                    let Counts { n_consumed, n_live, n_released } = seat.counts;
                    prop_assert!(n_consumed + n_live <= downloads);
                    prop_assert!(n_consumed + n_live <= n_released);
                    prop_assert!(n_live == 0 || seat.is_listed || seat.is_owner);
                }
                prop_assert!(transfer.n_wrong_passwords() <= PASSWORD_TRIES_MAX);
                prop_assert_eq!(transfer.is_bound(), is_bound);
                prop_assert!(transfer.phase() != Phase::Live || transfer.seats().iter()
                    .any(|seat| seat.is_listed && !seat.is_used(downloads)));
                let stays = match before.phase() {
                    Phase::Uploading => true,
                    Phase::Live => transfer.phase() != Phase::Uploading,
                    Phase::Ended(ending) =>
                        [Phase::Ended(ending), Phase::Destroyed(ending)].contains(&transfer.phase()),
                    Phase::Destroyed(ending) => transfer.phase() == Phase::Destroyed(ending),
                };
                prop_assert!(stays, "{:?} became {:?}", before.phase(), transfer.phase());
            }
        }
    }

    /// A live transfer of one download for alice and bob, and what one of the people does.
    fn bound() -> (Transfer, [Claimant; 4]) {
        let [owner, alice, bob, carol] = people();
        let transfer = Transfer::new(1, Timestamp::from_unix(60, 0))
            .bound_to(&[alice.clone(), bob.clone()], &owner)
            .after(Event::Complete, Timestamp::from_unix(0, 0))
            .expect("the straight path");
        (transfer, [owner, alice, bob, carol].map(Claimant::Key))
    }

    fn downloaded(transfer: &Transfer, by: &Claimant) -> Transfer {
        let now = Timestamp::from_unix(0, 0);
        let claimed = transfer.after(Event::Claim { by }, now);
        let done = claimed.and_then(|claimed| claimed.after(Event::Done { by }, now));
        done.expect("there is a place")
    }

    #[test]
    fn every_recipient_has_its_downloads_and_the_last_of_them_ends_the_transfer() {
        let ((transfer, [owner, alice, bob, carol]), now) = (bound(), Timestamp::from_unix(0, 0));
        for stranger in [&carol, &BEARER] {
            let refused = transfer.after(Event::Claim { by: stranger }, now);
            assert_eq!(refused, Err(Refused::Gone));
        }
        let transfer = downloaded(&downloaded(&transfer, &owner), &alice);
        assert_eq!(transfer.phase(), Phase::Live, "bob has his download left");
        for used in [&owner, &alice] {
            let refused = transfer.after(Event::Claim { by: used }, now);
            assert_eq!(refused, Err(Refused::Gone));
        }
        let transfer = downloaded(&transfer, &bob);
        assert_eq!(transfer.phase(), Phase::Ended(Ending::Used));
        assert_eq!(transfer.counts(), (3, 0, 3));
    }

    #[test]
    fn who_is_removed_is_cut_and_comes_back_with_the_old_counts() {
        let ((transfer, [_, alice, bob, _]), now) = (bound(), Timestamp::from_unix(0, 0));
        let [_, alice_key, bob_key, carol_key] = people();
        let list = |transfer: &Transfer, listed: &[Fingerprint]| {
            transfer
                .after(Event::Recipients { listed }, now)
                .expect("it lives")
        };
        let mut transfer = transfer;
        for _ in 0..=EXTRA_RELEASES {
            let claimed = transfer.after(Event::Claim { by: &alice }, now);
            let without = list(&claimed.expect("a place"), std::slice::from_ref(&bob_key));
            assert_eq!(without.counts().1, 0, "alice is cut");
            assert_eq!(
                without.after(Event::Claim { by: &alice }, now),
                Err(Refused::Gone)
            );
            transfer = list(
                &without,
                &[alice_key.clone(), bob_key.clone(), carol_key.clone()],
            );
        }
        let refused = transfer.after(Event::Claim { by: &alice }, now);
        assert_eq!(refused, Err(Refused::Gone), "four releases are enough");
        let transfer = downloaded(&list(&transfer, &[alice_key, bob_key]), &bob);
        assert_eq!(transfer.phase(), Phase::Ended(Ending::Used));
        let refused = transfer.after(
            Event::Recipients {
                listed: &[carol_key],
            },
            now,
        );
        assert_eq!(
            refused,
            Err(Refused::Phase),
            "what ended has no new recipients"
        );
    }

    #[test]
    fn a_bearer_transfer_never_becomes_one_for_recipients() {
        let now = Timestamp::from_unix(0, 0);
        let transfer = Transfer::new(1, Timestamp::from_unix(60, 0));
        let transfer = transfer.after(Event::Complete, now).expect("it is there");
        let refused = transfer.after(Event::Recipients { listed: &people() }, now);
        assert_eq!(refused, Err(Refused::Phase));
    }

    #[test]
    fn the_last_download_ends_a_link_and_owes_its_destruction() {
        let now = Timestamp::from_unix(0, 0);
        let mut transfer = Transfer::new(1, Timestamp::from_unix(60, 0));
        assert_eq!(
            transfer.after(Event::Claim { by: &BEARER }, now),
            Err(Refused::Gone)
        );
        for event in [Event::Complete, Event::Claim { by: &BEARER }] {
            transfer = transfer.after(event, now).expect("the straight path");
        }
        assert_eq!(
            transfer.after(Event::Claim { by: &BEARER }, now),
            Err(Refused::Gone)
        );
        transfer = transfer
            .after(Event::Done { by: &BEARER }, now)
            .expect("the straight path");
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
        for event in [Event::Complete, Event::Claim { by: &BEARER }] {
            transfer = transfer.after(event, now).expect("the straight path");
        }
        let expired = transfer.after(Event::Tick, late).expect("time passes");
        assert_eq!(
            (
                expired.owed(),
                expired.after(Event::Claim { by: &BEARER }, late)
            ),
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
        for event in [Event::Complete, Event::Claim { by: &BEARER }] {
            transfer = transfer.after(event, now).expect("the straight path");
        }
        for _ in 1..PASSWORD_TRIES_MAX {
            transfer = transfer.after(Event::WrongPassword, now).expect("counted");
        }
        transfer = transfer
            .after(Event::Claim { by: &BEARER }, now)
            .expect("nine are forgiven");
        transfer = transfer.after(Event::WrongPassword, now).expect("counted");
        for event in [Event::Claim { by: &BEARER }, Event::WrongPassword] {
            assert_eq!(transfer.after(event, now), Err(Refused::Frozen));
        }
        transfer = transfer
            .after(Event::Done { by: &BEARER }, now)
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
        while let Ok(claimed) = transfer.after(Event::Claim { by: &BEARER }, now) {
            n_releases += 1;
            transfer = claimed
                .after(
                    Event::Lapse {
                        by: &BEARER,
                        untouched: true,
                    },
                    now,
                )
                .expect("a lease ends");
        }
        assert_eq!(n_releases, 1 + EXTRA_RELEASES);
        assert_eq!(transfer.owed(), Owed::Destruction);
    }
}
