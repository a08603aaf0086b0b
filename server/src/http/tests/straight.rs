//! The straight path, and the same requests again.

use quitus_core::parts::PartIndex;
use quitus_core::protocol::{Created, Granted, StatusPhase, route};
use quitus_core::text;
use quitus_core::transfer::Ending;

use super::world::{HEADER, Sender, World, done, get};

const MIB: u64 = 1024 * 1024;

#[test]
fn what_was_sent_is_what_a_recipient_gets() {
    for archive_bytes in [0, 1, 65_537, 8 * MIB + 1] {
        let (world, sender) = (World::new(), Sender::new(archive_bytes));
        sender.send(&world);
        let granted: Granted = sender.claimed(&world, 1).json();
        assert_eq!(granted.share, text::base64url(&[9; 32]));
        assert_eq!(granted.header, text::base64url(HEADER));
        assert_eq!(granted.terms, text::base64url(b"terms"));
        assert_eq!(granted.archive_bytes, archive_bytes);
        let manifest = get(&world, &route::manifest(&sender.id), 1);
        assert_eq!(manifest.body, Sender::manifest());
        assert_eq!(granted.manifest_bytes, manifest.body.len() as u64);
        for part in sender.plan.indices() {
            let answer = get(&world, &route::part(&sender.id, part), 1);
            assert_eq!(answer.status, 200);
            assert!(
                answer.body == sender.part(part.0),
                "{archive_bytes} {part:?}"
            );
        }
        assert_eq!(done(&world, &sender.id, 1).status, 204);
        let status = sender.status(&world);
        assert_eq!(
            (status.phase, status.ending),
            (StatusPhase::Ended, Some(Ending::Used))
        );
        assert_eq!(
            (status.n_consumed, status.n_live, status.n_released),
            (1, 0, 1)
        );
    }
}

#[test]
fn every_step_can_be_repeated_and_counts_once() {
    let (world, sender) = (World::new(), Sender::new(8 * MIB + 1));
    let first: Created = sender.create(&world).json();
    world.pass(60);
    let again: Created = sender.create(&world).json();
    assert_eq!(first.expires_at, again.expires_at);
    for _ in 0..2 {
        for part in [1, 0] {
            assert_eq!(
                sender.put_part(&world, part, &sender.part(part)).status,
                204
            );
        }
        assert_eq!(sender.put_manifest(&world, Sender::manifest()).status, 204);
    }
    assert_eq!(sender.status(&world).parts.len(), 2);
    for _ in 0..2 {
        assert_eq!(sender.complete(&world).status, 204);
    }
    let claims = [sender.claimed(&world, 1), sender.claimed(&world, 1)];
    let [one, two] = claims.map(|answer| answer.json::<Granted>());
    assert_eq!((&one.share, one.lease_until), (&two.share, two.lease_until));
    assert_eq!(sender.status(&world).n_released, 1);
    for _ in 0..2 {
        assert_eq!(done(&world, &sender.id, 1).status, 204);
    }
    assert_eq!(sender.status(&world).n_consumed, 1);
}

#[test]
fn a_restart_forgets_nothing() {
    let mut world = World::new();
    let sender = Sender::new(8 * MIB + 1);
    assert_eq!(sender.create(&world).status, 201);
    assert_eq!(sender.put_part(&world, 0, &sender.part(0)).status, 204);
    world.restart();
    assert_eq!(sender.put_part(&world, 1, &sender.part(1)).status, 204);
    assert_eq!(sender.put_manifest(&world, Sender::manifest()).status, 204);
    world.restart();
    assert_eq!(sender.complete(&world).status, 204);
    world.restart();
    assert_eq!(sender.claimed(&world, 1).status, 200);
    world.restart();
    let part = get(&world, &route::part(&sender.id, PartIndex(1)), 1);
    assert!(part.body == sender.part(1));
    assert_eq!(sender.claimed(&world, 2).status, 404);
    assert_eq!(done(&world, &sender.id, 1).status, 204);
    world.restart();
    assert_eq!(sender.status(&world).n_consumed, 1);
}
