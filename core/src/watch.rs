//! What a party is reminded of, and what in an access log is unusual: read, never decided upon.
//!
//! ```text
//! {"alert":"new-address","number":17,"at":"2026-11-22T03:37:18Z","who":"SHA256:…","address":"203.0.113.9"}
//! ```
//!
//! Promises: the same log gives the same alerts, each at the line that raised it; a log of any content is
//! read. It bars nobody: whoever reads an alert decides. Times of day are those of UTC, moved by what the
//! caller says.

use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engagement::{Standing, State};
use crate::keys::Fingerprint;
use crate::network::{Network, NetworkError, network_of};
use crate::protocol::{EngagementAccess, EngagementStatus, Happening};
use crate::time::Timestamp;

/// How long before access ends for want of use a member is reminded.
pub const IDLE_NOTICE: Duration = Duration::from_hours(7 * 24);
/// How long before the end the parties are reminded.
pub const END_NOTICE: Duration = Duration::from_hours(14 * 24);
/// How long after a review the next is due: a month, and a few days to do it.
pub const REVIEW_PERIOD: Duration = Duration::from_hours(35 * 24);
/// Downloads of one key within [`WINDOW`] that are unusual.
pub const DOWNLOADS_MANY: usize = 20;
/// Refusals of one key, or from one address, within [`WINDOW`] that are unusual.
pub const FAILURES_MANY: usize = 5;
/// What counts as a short time.
pub const WINDOW: Duration = Duration::from_hours(1);

/// What a party is reminded of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reminder", rename_all = "kebab-case")]
pub enum Reminder {
    /// The engagement ends soon.
    End {
        /// When.
        at: Timestamp,
    },
    /// A member's access ends soon for want of use, or has.
    Idle {
        /// Whose.
        key: Fingerprint,
        /// When.
        at: Timestamp,
    },
    /// Nobody has looked for too long who has access.
    Review {
        /// Since when it is due.
        since: Timestamp,
    },
}

/// What is due at the moment `now`, where access was last reviewed, or first given, at `reviewed_at`.
pub fn reminders(
    status: &EngagementStatus,
    reviewed_at: Timestamp,
    now: Timestamp,
) -> Vec<Reminder> {
    let mut due = Vec::new();
    if status.state == State::Ended {
        return due;
    }
    let ends_at = status.policy.ends_at;
    if now.after(END_NOTICE) >= ends_at {
        due.push(Reminder::End { at: ends_at });
    }
    for member in &status.members {
        let is_engaged = member.standing == Standing::Engaged && !member.is_cut;
        if is_engaged && now.after(IDLE_NOTICE) >= member.idle_at {
            let (key, at) = (member.key.clone(), member.idle_at);
            due.push(Reminder::Idle { key, at });
        }
    }
    let since = reviewed_at.after(REVIEW_PERIOD);
    if now >= since {
        due.push(Reminder::Review { since });
    }
    due
}

/// What is usual for one engagement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usual {
    /// Networks from which everybody works, such as those of a country; none where nothing is said.
    pub networks: Vec<Network>,
    /// When everybody works; none where nothing is said.
    pub hours: Option<Hours>,
}

/// A working day, Monday to Friday.
///
/// ```text
/// 8-19    8-19+01:00    22-24-05:30
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    /// 0 to 23.
    first: u8,
    /// The first hour after it, at most 24.
    end: u8,
    /// Minutes by which the parties' clocks are before UTC.
    offset_minutes: i32,
}

/// No working day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no working day such as 8-19 or 8-19+01:00")]
pub struct HoursError {
    /// What was given.
    text: String,
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let error = || HoursError {
            text: text.to_owned(),
        };
        let (first, rest) = text.split_once('-').ok_or_else(error)?;
        let (end, offset) = match rest.find(['+', '-']) {
            Some(place) => rest.split_at(place),
            None => (rest, ""),
        };
        let hour = |text: &str| text.parse::<u8>().ok().filter(|hour| *hour <= 24);
        let (first, end) = hour(first).zip(hour(end)).ok_or_else(error)?;
        let offset_minutes = offset_minutes(offset).ok_or_else(error)?;
        let hours = Self {
            first,
            end,
            offset_minutes,
        };
        (first < end).then_some(hours).ok_or_else(error)
    }
}

/// `+01:00` in minutes; nothing is UTC.
fn offset_minutes(text: &str) -> Option<i32> {
    if text.is_empty() {
        return Some(0);
    }
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = digits.split_once(':')?;
    let number = |text: &str, max| text.parse::<u8>().ok().filter(|number| *number <= max);
    let minutes = i32::from(number(hours, 14)?) * 60 + i32::from(number(minutes, 59)?);
    Some(if sign == "-" { -minutes } else { minutes })
}

impl fmt::Display for Hours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.first, self.end)?;
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.abs();
        write!(formatter, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl TryFrom<String> for Hours {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

/// The networks of a list, one a line; blank lines and what stands behind `#` do not count.
///
/// # Errors
///
/// [`NetworkError`]: the first line that is none.
pub fn read_networks(list: &str) -> Result<Vec<Network>, NetworkError> {
    let lines = list
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let lines = lines.map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::parse).collect()
}

/// Why a line is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The key never acted from there before.
    NewAddress,
    /// The address is in none of the usual networks.
    Elsewhere,
    /// The key took many downloads in a short time.
    ManyDownloads,
    /// The key, or the address, was refused often in a short time.
    ManyFailures,
    /// It was outside of working hours.
    OffHours,
    /// The key, a member, ended its own access.
    Left,
}

/// A line that is unusual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// Why.
    #[serde(rename = "alert")]
    pub reason: Reason,
    /// The line's number.
    pub number: u64,
    /// When it was.
    pub at: Timestamp,
    /// Who, where a key was shown.
    pub who: Option<Fingerprint>,
    /// From where.
    pub address: Option<String>,
}

/// The alerts of an access log, in the order of its lines. `owner` is never one's own alert.
pub fn alerts(log: &[EngagementAccess], owner: &Fingerprint, usual: &Usual) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for (index, line) in log.iter().enumerate() {
        if line.access.who.as_ref() == Some(owner) || line.access.address.is_none() {
            continue;
        }
        let before = log.get(..index).unwrap_or_default();
        alerts.extend(reasons(before, line, usual).map(|reason| Alert {
            reason,
            number: line.number,
            at: line.access.at,
            who: line.access.who.clone(),
            address: line.access.address.clone(),
        }));
    }
    alerts
}

fn reasons(
    before: &[EngagementAccess],
    line: &EngagementAccess,
    usual: &Usual,
) -> impl Iterator<Item = Reason> {
    let is_claim = line.access.what == Happening::Claimed;
    let found = [
        (Reason::NewAddress, is_new_address(before, line)),
        (Reason::Elsewhere, is_elsewhere(line, &usual.networks)),
        (
            Reason::ManyDownloads,
            is_many(before, line, is_download, DOWNLOADS_MANY),
        ),
        (
            Reason::ManyFailures,
            is_many(before, line, is_failure, FAILURES_MANY),
        ),
        (
            Reason::OffHours,
            is_claim
                && usual
                    .hours
                    .is_some_and(|hours| is_off_hours(line.access.at, hours)),
        ),
        (Reason::Left, line.access.what == Happening::Deactivated),
    ];
    found
        .into_iter()
        .filter_map(|(reason, is_it)| is_it.then_some(reason))
}

/// The network an address counts as: a provider gives others within it from day to day.
fn place(line: &EngagementAccess) -> Option<IpAddr> {
    let address: IpAddr = line.access.address.as_ref()?.parse().ok()?;
    let n_bits = if address.is_ipv4() { 24 } else { 48 };
    network_of(address, n_bits)
}

/// Another place than every one before of the same key, of which there is one.
fn is_new_address(before: &[EngagementAccess], line: &EngagementAccess) -> bool {
    let (Some(who), Some(here)) = (&line.access.who, place(line)) else {
        return false;
    };
    let own = before
        .iter()
        .filter(|other| other.access.who.as_ref() == Some(who));
    let mut places = own.filter_map(place).peekable();
    places.peek().is_some() && places.all(|other| other != here)
}

fn is_elsewhere(line: &EngagementAccess, networks: &[Network]) -> bool {
    let address = line
        .access
        .address
        .as_ref()
        .and_then(|text| text.parse().ok());
    let is_inside = |address| networks.iter().any(|network| network.contains(address));
    !networks.is_empty() && address.is_some_and(|address: IpAddr| !is_inside(address))
}

fn is_download(what: Happening) -> bool {
    what == Happening::Claimed
}

fn is_failure(what: Happening) -> bool {
    matches!(
        what,
        Happening::Barred | Happening::Refused | Happening::WrongPassword
    )
}

/// Whether the line is the one that makes many within [`WINDOW`]: told once, not for each after it.
fn is_many(
    before: &[EngagementAccess],
    line: &EngagementAccess,
    is_kind: fn(Happening) -> bool,
    many: usize,
) -> bool {
    if !is_kind(line.access.what) {
        return false;
    }
    let is_same = |other: &&EngagementAccess| {
        is_kind(other.access.what)
            && line.access.at.since(other.access.at) <= WINDOW
            && (other.access.who == line.access.who || other.access.address == line.access.address)
    };
    before.iter().filter(is_same).count() + 1 == many
}

fn is_off_hours(at: Timestamp, hours: Hours) -> bool {
    const DAY: i64 = 86_400;
    let local = at.seconds() + i64::from(hours.offset_minutes) * 60;
    let hour = local.rem_euclid(DAY) / 3_600;
    // The epoch was a Thursday.
    let weekday = (local.div_euclid(DAY) + 3).rem_euclid(7);
    weekday >= 5 || hour < i64::from(hours.first) || hour >= i64::from(hours.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::{EngagementId, Policy};
    use crate::keys::{Secret, SigningKey};
    use crate::protocol::{Access, MemberStatus};
    use proptest::prelude::*;

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;

    fn key(number: u8) -> Fingerprint {
        let key = SigningKey::from_seed(&Secret::from_bytes([number; 32]));
        key.public().fingerprint()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds, 0)
    }

    fn line(who: u8, what: Happening, (address, seconds): (&str, i64)) -> EngagementAccess {
        EngagementAccess {
            number: u64::try_from(seconds).expect("after 1970"),
            transfer: None,
            member: None,
            access: Access {
                at: at(seconds),
                what,
                address: Some(address.to_owned()),
                agent: None,
                grant: None,
                who: Some(key(who)),
            },
        }
    }

    fn found(log: &[EngagementAccess], usual: &Usual) -> Vec<(Reason, u64)> {
        let alerts = alerts(log, &key(1), usual);
        alerts
            .iter()
            .map(|alert| (alert.reason, alert.number))
            .collect()
    }

    #[test]
    fn a_new_place_of_a_known_key_is_told_once() {
        let claimed = |who, address, seconds| line(who, Happening::Claimed, (address, seconds));
        let log = [
            claimed(2, "203.0.113.9", 1),
            claimed(2, "203.0.113.77", 2),
            claimed(2, "198.51.100.1", 3),
            claimed(2, "198.51.100.2", 4),
            claimed(2, "2001:db8::1", 5),
            claimed(2, "2001:db8::2:1", 6),
            claimed(1, "203.0.113.9", 7),
            claimed(1, "192.0.2.1", 8),
            claimed(3, "192.0.2.1", 9),
        ];
        let expected = [(Reason::NewAddress, 3), (Reason::NewAddress, 5)];
        assert_eq!(found(&log, &Usual::default()), expected);
    }

    #[test]
    fn many_downloads_or_failures_in_a_short_time_are_told_once() {
        let many = |what, n: i64, step| -> Vec<EngagementAccess> {
            (0..n)
                .map(|index| line(2, what, ("203.0.113.9", index * step)))
                .collect()
        };
        let usual = Usual::default();
        let downloads = many(Happening::Claimed, 30, 60);
        assert_eq!(
            found(&downloads, &usual),
            [(Reason::ManyDownloads, 19 * 60)]
        );
        let slowly = many(Happening::Claimed, 30, HOUR);
        assert_eq!(found(&slowly, &usual), []);
        let failures = many(Happening::Barred, 10, 1);
        assert_eq!(found(&failures, &usual), [(Reason::ManyFailures, 4)]);
    }

    #[test]
    fn hours_and_networks_are_those_that_are_usual() {
        let usual = Usual {
            networks: vec!["203.0.113.0/24".parse().expect("a network")],
            hours: Some("8-19+01:00".parse().expect("a working day")),
        };
        // The epoch: a Thursday.
        let claimed = |address, seconds| line(2, Happening::Claimed, (address, seconds));
        let log = [
            claimed("203.0.113.9", 7 * HOUR),
            claimed("203.0.113.9", 18 * HOUR),
            claimed("203.0.113.9", 2 * DAY + 12 * HOUR),
        ];
        let expected = [
            (Reason::OffHours, 18 * 3_600),
            (Reason::OffHours, 2 * 86_400 + 12 * 3_600),
        ];
        assert_eq!(found(&log, &usual), expected);
        let elsewhere = [claimed("192.0.2.1", 7 * HOUR)];
        assert_eq!(found(&elsewhere, &usual), [(Reason::Elsewhere, 7 * 3_600)]);
    }

    #[test]
    fn who_ends_its_own_access_is_told_and_whom_the_owner_cuts_is_not() {
        let cut = |who, seconds| line(who, Happening::Deactivated, ("203.0.113.9", seconds));
        let log = [cut(1, 1), cut(2, 2)];
        assert_eq!(found(&log, &Usual::default()), [(Reason::Left, 2)]);
    }

    #[test]
    fn a_working_day_and_a_list_of_networks_are_read() {
        for (text, spelt) in [("8-19", "8-19+00:00"), ("0-24-05:30", "0-24-05:30")] {
            let hours: Hours = text.parse().expect("a working day");
            assert_eq!(hours.to_string(), spelt);
            assert_eq!(spelt.parse(), Ok(hours));
        }
        for text in [
            "",
            "8",
            "19-8",
            "8-25",
            "8-19+1",
            "8-19+15:00",
            "8-19 ",
            "-8-19",
        ] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
        let list = "# a country\n203.0.113.0/24\n\n2001:db8::/32 # another\n";
        assert_eq!(read_networks(list).expect("a list").len(), 2);
        assert!(read_networks("203.0.113.0/24, 198.51.100.0/24").is_err());
    }

    fn status() -> EngagementStatus {
        EngagementStatus {
            id: EngagementId::from_bytes([7; 16]),
            owner: key(1),
            created_at: at(0),
            state: State::Active,
            version: 1,
            policy: Policy {
                ends_at: at(100 * DAY),
                idle_seconds: 30 * 86_400,
                networks: Vec::new(),
                transfer_bytes_max: None,
            },
            ended_at: None,
            frozen_by: None,
            frozen_at: None,
            members: vec![MemberStatus {
                key: key(2),
                joined_at: at(0),
                standing: Standing::Engaged,
                version: 1,
                is_cut: false,
                used_at: at(0),
                idle_at: at(30 * DAY),
            }],
            proposal: None,
        }
    }

    #[test]
    fn reminders_come_before_access_ends() {
        let due = |reviewed, now| reminders(&status(), at(reviewed * DAY), at(now * DAY));
        let idle = Reminder::Idle {
            key: key(2),
            at: at(30 * DAY),
        };
        assert_eq!(due(20, 22), []);
        assert_eq!(due(20, 23), std::slice::from_ref(&idle));
        let since = at(35 * DAY);
        assert_eq!(due(0, 35), [idle.clone(), Reminder::Review { since }]);
        let end = Reminder::End { at: at(100 * DAY) };
        assert_eq!(due(80, 86), [end, idle]);
        let mut ended = status();
        ended.state = State::Ended;
        assert_eq!(reminders(&ended, at(0), at(100 * DAY)), []);
    }

    proptest! {
        #[test]
        fn every_log_is_read(
            lines in prop::collection::vec((1..4_u8, 0..27_usize, "\\PC{0,20}", 0..9_999_i64), 0..40),
        ) {
            let whats = [Happening::Claimed, Happening::Barred, Happening::Done];
            let log: Vec<EngagementAccess> = lines
                .iter()
                .map(|(who, what, address, seconds)| {
                    line(*who, whats[what % 3], (address.as_str(), *seconds))
                })
                .collect();
            let alerts = alerts(&log, &key(1), &Usual::default());
            prop_assert!(alerts.iter().all(|alert| alert.who != Some(key(1))));
        }
    }
}
