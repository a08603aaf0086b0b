//! The relay's log: what was shown is never taken back, whatever an operator puts back.

use std::fs;
use std::path::Path;

use quitus_core::tlog::{Checkpoint, Note};
use quitus_tests::{Relay, Wire, World, write_files};

/// The state of the log that a relay shows, once it has at least so many entries.
fn shown(relay: &Relay, at_least: u64) -> Checkpoint {
    for _ in 0..200 {
        let mut wire = Wire::open(relay.url()).unwrap();
        let reply = wire.ask("GET /log/checkpoint", &[], None).unwrap();
        assert_eq!(reply.status, 200);
        let note: Note = String::from_utf8(reply.body).unwrap().parse().unwrap();
        let checkpoint: Checkpoint = note.text().parse().unwrap();
        if checkpoint.size >= at_least {
            return checkpoint;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the log never had {at_least} entries");
}

fn copy_database(relay: &Relay, to: &Path) {
    fs::copy(relay.folder().join("data/records.sqlite"), to).unwrap();
}

#[test]
fn a_relay_does_not_start_on_an_older_database_than_it_showed() {
    let mut world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"one")]);
    let _ = alice.send("a.txt");
    let first = shown(&world.relay, 1);
    world.relay.stop();
    let (older, newest) = (world.folder().join("older"), world.folder().join("newest"));
    copy_database(&world.relay, &older);
    world.relay.start_again();
    let _ = alice.send("a.txt");
    let second = shown(&world.relay, first.size + 1);
    world.relay.stop();
    copy_database(&world.relay, &newest);

    fs::copy(&older, world.relay.folder().join("data/records.sqlite")).unwrap();
    let folder = world.relay.folder().to_owned();
    let refused = Relay::try_start(&folder, "127.0.0.1:0", (&[], None))
        .err()
        .unwrap();
    assert!(refused.contains("the log cannot be used"), "{refused}");
    assert!(
        refused.contains("hint: an older copy of the records was put back"),
        "{refused}"
    );

    fs::copy(&newest, folder.join("data/records.sqlite")).unwrap();
    world.relay.start_again();
    assert_eq!(shown(&world.relay, second.size).root, second.root);
    let _ = alice.send("a.txt");
    assert!(shown(&world.relay, second.size + 1).size > second.size);
}
