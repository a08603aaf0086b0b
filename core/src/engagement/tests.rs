//! Any order of events, and the rules one by one.

use core::time::Duration;

use super::*;
use crate::keys::{Secret, SigningKey};
use proptest::prelude::*;

const DAY: i64 = 24 * 3_600;

fn key(number: u8) -> Fingerprint {
    let key = SigningKey::from_seed(&Secret::from_bytes([number; 32]));
    key.public().fingerprint()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds, 0)
}

fn policy(ends_at: i64) -> Policy {
    Policy {
        ends_at: at(ends_at),
        idle_seconds: 30 * 24 * 3_600,
        networks: Vec::new(),
        transfer_bytes_max: None,
    }
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// Owner 1, member 2 who is engaged since day 0, until day 100.
fn engaged() -> Engagement {
    let (owner, member) = (key(1), key(2));
    let events = [
        (&member, Event::Join),
        (&member, Event::Agree { version: 1 }),
        (&owner, Event::Confirm { member: &member }),
    ];
    let new = Engagement::new(owner.clone(), policy(100 * DAY));
    events.iter().fold(new, |engagement, (by, event)| {
        engagement.after(by, event, at(0)).expect("in order")
    })
}

fn claims(engagement: &Engagement, who: u8, day: i64) -> Result<(), Barred> {
    let address = address("203.0.113.9");
    engagement.check((&key(who), address), Act::Claim, at(day * DAY))
}

#[test]
fn nobody_claims_before_both_have_signed() {
    let (owner, member) = (key(1), key(2));
    let new = Engagement::new(owner.clone(), policy(100 * DAY));
    assert_eq!(claims(&new, 2, 0), Err(Barred::Stranger));
    let joined = new.after(&member, &Event::Join, at(0)).unwrap();
    assert_eq!(claims(&joined, 2, 0), Err(Barred::NotEngaged));
    let confirm = Event::Confirm { member: &member };
    assert_eq!(
        joined.after(&owner, &confirm, at(0)),
        Err(Refused::Conflict)
    );
    assert_eq!(
        joined.after(&member, &Event::Agree { version: 2 }, at(0)),
        Err(Refused::Conflict)
    );
    let agreed = joined.after(&member, &Event::Agree { version: 1 }, at(0));
    let agreed = agreed.unwrap();
    assert_eq!(claims(&agreed, 2, 0), Err(Barred::NotEngaged));
    assert_eq!(agreed.state(at(0)), State::Proposed);
    assert_eq!(
        agreed.after(&member, &confirm, at(0)),
        Err(Refused::Forbidden)
    );
    let engaged = agreed.after(&owner, &confirm, at(0)).unwrap();
    assert_eq!(claims(&engaged, 2, 0), Ok(()));
    assert_eq!(engaged.state(at(0)), State::Active);
}

#[test]
fn thirty_days_without_use_and_the_end_bar_a_member() {
    let engagement = engaged();
    assert_eq!(claims(&engagement, 2, 29), Ok(()));
    assert_eq!(claims(&engagement, 2, 30), Err(Barred::Deactivated));
    let used = engagement.after(&key(2), &Event::Use, at(29 * DAY));
    let used = used.unwrap();
    assert_eq!(claims(&used, 2, 58), Ok(()));
    assert_eq!(claims(&used, 2, 59), Err(Barred::Deactivated));
    let member = key(2);
    let admit = Event::Admit { member: &member };
    let admitted = used.after(&key(1), &admit, at(80 * DAY)).unwrap();
    assert_eq!(claims(&admitted, 2, 99), Ok(()));
    assert_eq!(claims(&admitted, 2, 100), Err(Barred::Ended));
    assert_eq!(admitted.state(at(100 * DAY)), State::Ended);
    assert_eq!(
        claims(&admitted, 1, 100),
        Ok(()),
        "what came back is the owner's"
    );
}

#[test]
fn whoever_is_idle_is_cut_and_named_once() {
    let engagement = engaged();
    assert_eq!(engagement.idle_at(), Some(at(30 * DAY)));
    let before = engagement.without_idle(at(30 * DAY - 1));
    assert_eq!(before, (engagement.clone(), Vec::new()));
    let (after, idle) = engagement.without_idle(at(30 * DAY));
    assert_eq!(idle.len(), 1);
    assert_eq!((&idle[0].key, idle[0].used_at), (&key(2), at(0)));
    assert_eq!(claims(&after, 2, 30), Err(Barred::Deactivated));
    assert_eq!(
        after.without_idle(at(31 * DAY)),
        (after.clone(), Vec::new())
    );
    assert_eq!(after.idle_at(), None);
    let over = engagement.without_idle(at(100 * DAY));
    assert_eq!(over, (engagement.clone(), Vec::new()), "the end is the end");
    let export = |who, engagement: &Engagement| {
        let asked = engagement.after(&key(who), &Event::Export, at(DAY));
        asked.map(|after| after == *engagement)
    };
    assert_eq!(export(1, &engagement), Err(Refused::Conflict));
    let ended = engagement.after(&key(1), &Event::End, at(DAY)).unwrap();
    assert_eq!(export(1, &ended), Ok(true));
    assert_eq!(export(2, &ended), Err(Refused::Forbidden));
}

#[test]
fn only_allowed_addresses_and_sizes_pass() {
    let mut engagement = engaged();
    engagement.policy.networks = vec!["203.0.113.0/24".parse().unwrap()];
    engagement.policy.transfer_bytes_max = Some(10);
    let (owner, member) = (key(1), key(2));
    let check = |who, from, act| engagement.check((who, address(from)), act, at(DAY));
    let small = Act::Send { bytes: 10 };
    for (who, from, act, expected) in [
        (&member, "203.0.113.9", Act::Claim, Ok(())),
        (&member, "198.51.100.1", Act::Claim, Err(Barred::Address)),
        (&member, "", Act::Claim, Err(Barred::Address)),
        (&member, "::ffff:203.0.113.9", small, Ok(())),
        (&owner, "198.51.100.1", small, Ok(())),
        (
            &owner,
            "",
            Act::Send { bytes: 11 },
            Err(Barred::TooLarge { max: 10 }),
        ),
    ] {
        assert_eq!(check(who, from, act), expected, "{from}");
    }
}

#[test]
fn a_freeze_stops_everybody_and_is_thawed_by_whoever_froze_or_the_owner() {
    let (owner, member) = (key(1), key(2));
    let by_member = engaged().after(&member, &Event::Freeze, at(1)).unwrap();
    assert_eq!(claims(&by_member, 1, 0), Err(Barred::Frozen));
    assert_eq!(claims(&by_member, 2, 0), Err(Barred::Frozen));
    for thawer in [&member, &owner] {
        let thawed = by_member.after(thawer, &Event::Thaw, at(2)).unwrap();
        assert_eq!(claims(&thawed, 2, 0), Ok(()));
    }
    let by_both = by_member.after(&owner, &Event::Freeze, at(3)).unwrap();
    let again = by_both.after(&member, &Event::Freeze, at(4)).unwrap();
    assert_eq!(again.frozen().map(|freeze| &freeze.by), Some(&owner));
    assert_eq!(
        again.after(&member, &Event::Thaw, at(5)),
        Err(Refused::Forbidden)
    );
    assert!(again.after(&owner, &Event::Thaw, at(5)).is_ok());
}

#[test]
fn other_rules_need_everybody_and_the_very_same_ones() {
    let (owner, member) = (key(1), key(2));
    let (one, other) = (Sha256::of(&[b"one"]), Sha256::of(&[b"other"]));
    let longer = policy(200 * DAY);
    let propose = |digest| Event::Propose {
        digest,
        policy: &longer,
    };
    let proposed = engaged().after(&owner, &propose(&one), at(0)).unwrap();
    assert_eq!(proposed.policy().ends_at, at(100 * DAY));
    let swapped = Event::Accept { digest: &other };
    assert_eq!(
        proposed.after(&member, &swapped, at(0)),
        Err(Refused::Conflict)
    );
    let accepted = proposed.after(&member, &Event::Accept { digest: &one }, at(0));
    let accepted = accepted.unwrap();
    assert_eq!((accepted.version(), accepted.policy()), (2, &longer));
    // After the date both may still agree to go on.
    let late = engaged().after(&member, &propose(&other), at(150 * DAY));
    let late = late
        .unwrap()
        .after(&owner, &swapped, at(150 * DAY))
        .unwrap();
    assert_eq!(late.state(at(150 * DAY)), State::Active);
    let ended = engaged().after(&owner, &Event::End, at(0)).unwrap();
    assert_eq!(
        ended.after(&owner, &propose(&one), at(0)),
        Err(Refused::Ended)
    );
}

#[test]
fn a_member_may_leave_and_only_the_owner_lets_it_in_again() {
    let (owner, member) = (key(1), key(2));
    let cut = Event::Cut { member: &member };
    let out = engaged().after(&member, &cut, at(0)).unwrap();
    assert_eq!(claims(&out, 2, 0), Err(Barred::Deactivated));
    let admit = Event::Admit { member: &member };
    assert_eq!(out.after(&member, &admit, at(0)), Err(Refused::Forbidden));
    let again = out.after(&owner, &admit, at(0)).unwrap();
    assert_eq!(claims(&again, 2, 0), Ok(()));
    assert_eq!(
        engaged().after(&key(3), &cut, at(0)),
        Err(Refused::Stranger)
    );
}

#[test]
fn a_record_comes_back_and_takes_no_other_field() {
    let text = serde_json::to_string(&engaged()).unwrap();
    assert_eq!(
        serde_json::from_str::<Engagement>(&text).unwrap(),
        engaged()
    );
    let other = text.replacen('{', r#"{"extra":1,"#, 1);
    assert!(serde_json::from_str::<Engagement>(&other).is_err());
}

#[test]
fn a_policy_has_bounds() {
    let now = at(0);
    assert_eq!(policy(1).check(now), Ok(()));
    let idle = |idle_seconds| Policy {
        idle_seconds,
        ..policy(1)
    };
    let network: Network = "10.0.0.0/8".parse().unwrap();
    let crowded = Policy {
        networks: vec![network; NETWORKS_MAX + 1],
        ..policy(1)
    };
    for policy in [
        policy(0),
        policy(11 * 366 * DAY),
        idle(24 * 3_600 - 1),
        idle(367 * 24 * 3_600),
        crowded,
    ] {
        assert!(policy.check(now).is_err(), "{policy:?}");
    }
}

/// Who does what, by numbers; parties are 1 (the owner), 2, 3, and 4 who is nobody.
fn step(engagement: &Engagement, (by, what, whom): (u8, u8, u8), now: Timestamp) -> Engagement {
    let (by, member) = (key(by), key(whom));
    let digest = Sha256::of(&[&[whom]]);
    let policy = Policy {
        ends_at: now.after(Duration::from_hours(24 * u64::from(whom) * 10)),
        ..policy(0)
    };
    let event = match what {
        0 => Event::Join,
        1 => Event::Agree {
            version: engagement.version(),
        },
        2 => Event::Confirm { member: &member },
        3 => Event::Use,
        4 => Event::Cut { member: &member },
        5 => Event::Admit { member: &member },
        6 => Event::Freeze,
        7 => Event::Thaw,
        8 => Event::End,
        9 => Event::Propose {
            digest: &digest,
            policy: &policy,
        },
        _ => Event::Accept { digest: &digest },
    };
    let after = engagement.after(&by, &event, now);
    let after = after.unwrap_or_else(|_| engagement.clone());
    let repeated = after.after(&by, &event, now);
    assert!(
        repeated.is_err() || repeated == Ok(after.clone()),
        "{event:?}"
    );
    promises((engagement, &after), (&by, &event), now);
    after
}

fn promises(
    (before, after): (&Engagement, &Engagement),
    (by, event): (&Fingerprint, &Event<'_>),
    now: Timestamp,
) {
    let owner = before.owner();
    assert_eq!(after.owner(), owner);
    assert!(before.ended_at().is_none() || after.ended_at() == before.ended_at());
    assert!(after.members().len() >= before.members().len());
    if before.frozen().is_some_and(|freeze| freeze.by == *owner) && after.frozen().is_none() {
        assert_eq!(by, owner, "what the owner froze");
    }
    if after.policy() != before.policy() {
        assert_eq!(after.version(), before.version() + 1);
        let agreed = before.proposal().map(|proposal| proposal.agreed.clone());
        let agreed = [agreed.unwrap_or_default(), vec![by.clone()]].concat();
        let out =
            |member: &Member| matches!(event, Event::Cut { member: one } if **one == member.key);
        for member in before.members().iter().filter(|member| member.is_engaged()) {
            assert!(agreed.contains(&member.key) || out(member), "{member:?}");
        }
        assert!(agreed.contains(owner));
    }
    for who in 1..=4 {
        let may = after.check((&key(who), None), Act::Claim, now).is_ok();
        if may && who != 1 {
            let member = after.member(&key(who)).expect("a party");
            assert!(member.is_engaged() && after.state(now) == State::Active);
        }
    }
}

proptest! {
    #[test]
    fn every_order_of_events_keeps_what_is_promised(
        events in prop::collection::vec((1..=4_u8, 0..=10_u8, 1..=4_u8, 0..20_i64), 0..60),
    ) {
        let mut engagement = Engagement::new(key(1), policy(100 * DAY));
        let mut now = 0;
        for (by, what, whom, days) in events {
            now += days * DAY / 4;
            engagement = step(&engagement, (by, what, whom), at(now));
        }
    }
}
