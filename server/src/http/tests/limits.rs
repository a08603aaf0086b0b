//! Counts and times: never more downloads than allowed, never later than allowed.

use std::sync::atomic::{AtomicU32, Ordering};

use quitus_core::parts::PartIndex;
use quitus_core::protocol::{Granted, StatusPhase, route};
use quitus_core::transfer::{EXTRA_RELEASES, Ending};

use super::client::Answer;
use super::world::{Sender, World, bearer, claim, done, get};

/// Longer than a lease.
const LEASE_SECONDS: i64 = 24 * 3600 + 1;

fn part(world: &World, sender: &Sender, index: u32, grant_key: u8) -> Answer {
    get(world, &route::part(&sender.id, PartIndex(index)), grant_key)
}

#[test]
fn many_claims_at_once_of_a_one_time_link_make_one_grant() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    let n_granted = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            let (world, sender, n_granted) = (&world, &sender, &n_granted);
            scope.spawn(move || {
                for number in 0..12 {
                    let answer = sender.claimed(world, thread * 12 + number);
                    assert!([200, 404].contains(&answer.status), "{answer:?}");
                    n_granted.fetch_add(u32::from(answer.status == 200), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(n_granted.into_inner(), 1);
    let status = sender.status(&world);
    assert_eq!((status.n_live, status.n_released), (1, 1));
}

#[test]
fn a_link_for_several_downloads_is_used_up_by_the_last() {
    let (world, mut sender) = (World::new(), Sender::new(10));
    sender.downloads = 3;
    sender.send(&world);
    for key in 1..=3 {
        assert_eq!(sender.claimed(&world, key).status, 200);
    }
    assert_eq!(sender.claimed(&world, 4).status, 404);
    for key in 1..=3 {
        assert_eq!(done(&world, &sender.id, key).status, 204);
        assert_eq!(part(&world, &sender, 0, key).status, 404);
    }
    assert_eq!(sender.status(&world).ending, Some(Ending::Used));
}

#[test]
fn looking_never_counts() {
    let (world, sender) = (World::new(), Sender::new(10));
    sender.send(&world);
    let path = route::part(&sender.id, PartIndex(0));
    for method in ["GET", "HEAD", "OPTIONS"] {
        for path in [
            path.clone(),
            route::manifest(&sender.id),
            route::claim(&sender.id),
        ] {
            let key = bearer(&[1; 32]);
            let answer = world.ask(
                &format!("{method} {path}"),
                &[("authorization", &key)],
                None,
            );
            assert!([404, 405].contains(&answer.status), "{method} {path}");
        }
    }
    assert_eq!(sender.status(&world).n_released, 0);
    assert_eq!(sender.claimed(&world, 1).status, 200);
}

#[test]
fn an_expired_transfer_is_not_claimed_and_running_grants_go_on() {
    let (world, mut sender) = (World::new(), Sender::new(10));
    sender.downloads = 2;
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    world.pass(3600);
    assert_eq!(sender.claimed(&world, 2).status, 404);
    assert_eq!(sender.status(&world).phase, StatusPhase::Ended);
    world.tick();
    let status = sender.status(&world);
    assert_eq!(
        (status.phase, status.ending),
        (StatusPhase::Ended, Some(Ending::Expired))
    );
    assert_eq!(part(&world, &sender, 0, 1).status, 200);
    world.pass(LEASE_SECONDS);
    assert_eq!(part(&world, &sender, 0, 1).status, 404);
}

#[test]
fn an_upload_that_is_not_completed_in_time_ends() {
    let (world, sender) = (World::new(), Sender::new(10));
    assert_eq!(sender.create(&world).status, 201);
    world.pass(3600);
    assert_eq!(sender.put_part(&world, 0, &sender.part(0)).status, 404);
    world.tick();
    assert_eq!(sender.put_part(&world, 0, &sender.part(0)).status, 404);
    assert_eq!(sender.complete(&world).status, 404);
    assert_eq!(sender.status(&world).ending, Some(Ending::Expired));
    assert!(!has_objects(&world));
}

#[test]
fn a_grant_that_took_everything_counts_though_it_never_said_done() {
    for restarts in [false, true] {
        let (mut world, mut sender) = (World::new(), Sender::new(8 * 1024 * 1024 + 1));
        sender.expiry_seconds = 30 * 24 * 3600;
        sender.send(&world);
        assert_eq!(sender.claimed(&world, 1).status, 200);
        assert_eq!(part(&world, &sender, 0, 1).status, 200);
        if restarts {
            world.restart();
        }
        assert_eq!(part(&world, &sender, 1, 1).status, 200);
        world.pass(LEASE_SECONDS);
        assert_eq!(sender.claimed(&world, 2).status, 404);
        world.tick();
        assert_eq!(sender.status(&world).ending, Some(Ending::Used));
        // What it has is what it was given: saying so late is no error.
        assert_eq!(done(&world, &sender.id, 1).status, 204);
    }
}

#[test]
fn withholding_the_last_part_releases_the_share_a_few_times_only() {
    let (world, mut sender) = (World::new(), Sender::new(8 * 1024 * 1024 + 1));
    sender.expiry_seconds = 80 * 24 * 3600;
    sender.send(&world);
    let mut n_released = 0;
    for key in 1..=20 {
        let answer = claim(&world, &sender.id, &sender.claim, key);
        if answer.status == 200 {
            n_released += 1;
            let _: Granted = answer.json();
            assert_eq!(part(&world, &sender, 0, key).status, 200);
        }
        world.pass(LEASE_SECONDS);
    }
    assert_eq!(n_released, 1 + EXTRA_RELEASES);
    world.tick();
    assert_eq!(sender.status(&world).ending, Some(Ending::Used));
}

#[test]
fn a_head_request_for_a_part_does_not_take_it() {
    let (world, mut sender) = (World::new(), Sender::new(10));
    sender.expiry_seconds = 30 * 24 * 3600;
    sender.send(&world);
    assert_eq!(sender.claimed(&world, 1).status, 200);
    let path = route::part(&sender.id, PartIndex(0));
    let key = bearer(&[1; 32]);
    let answer = world.ask(&format!("HEAD {path}"), &[("authorization", &key)], None);
    let length = sender.part(0).len().to_string();
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (200, Some(length.as_str()))
    );
    assert!(answer.body.is_empty());
    world.pass(LEASE_SECONDS);
    assert_eq!(sender.claimed(&world, 2).status, 200);
}

/// Whether the store holds anything.
fn has_objects(world: &World) -> bool {
    let shards = world.data().join("data/objects").read_dir().unwrap();
    shards
        .flatten()
        .any(|shard| shard.path().read_dir().unwrap().next().is_some())
}
