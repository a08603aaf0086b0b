//! Whoever holds the bytes can change them; nobody who receives is fooled.

use quitus_tests::{Object, Person, World, random_bytes, write_files};

fn refuse(person: &Person, link: &str, what: &str) {
    let outcome = person.receive(link, "inbox");
    assert!(
        [5, 6, 7].contains(&outcome.code),
        "{what}: exit {}\n{}",
        outcome.code,
        outcome.stderr
    );
    // A relay on a bucket looks itself and breaks off: the parts before wait in a hidden folder to be gone on with.
    let waits = |name: &String| outcome.code == 7 && name.starts_with('.');
    let left = person.on_desk();
    assert!(
        left.iter().all(waits),
        "{what}: something was written: {left:?}"
    );
}

#[test]
fn a_flipped_byte_in_any_stored_object_is_refused_and_nothing_is_written() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("brief/a.bin", &random_bytes(6, 70_000)),
            ("brief/b.txt", b"b"),
        ],
    );
    let sent = alice
        .run(&["send", "brief", "--downloads", "1000"], b"")
        .expect(0);
    let link = sent.text().trim();
    let objects = world.relay.objects();
    assert_eq!(
        objects.len(),
        2,
        "a part and the manifest are stored: {objects:?}"
    );
    for object in objects {
        let bytes = object.read();
        let step = (bytes.len() / 12).max(1);
        let ends = [0, bytes.len() / 2, bytes.len() - 1];
        for position in (0..bytes.len()).step_by(step).chain(ends) {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1;
            object.write(&flipped);
            refuse(&bob, link, &format!("{object} byte {position}"));
        }
        for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            object.write(&bytes[..cut]);
            refuse(&bob, link, &format!("{object} cut at {cut}"));
        }
        object.write(&bytes);
    }
    let _ = bob.receive(link, "inbox").expect(0);
}

#[test]
fn parts_that_change_places_are_refused() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[("big.bin", &random_bytes(7, 25 * 1024 * 1024))],
    );
    let link = alice.send("big.bin");
    let parts: Vec<Object> = world
        .relay
        .objects()
        .into_iter()
        .filter(|object| object.read().len() > 8_000_000)
        .collect();
    let [one, other, ..] = parts.as_slice() else {
        panic!("three full parts are stored: {parts:?}")
    };
    let (first, second) = (one.read(), other.read());
    one.write(&second);
    other.write(&first);
    refuse(&bob, &link, "two parts swapped");
    one.write(&first);
    refuse(&bob, &link, "one part twice");
    other.write(&second);
    let _ = bob.receive(&link, "inbox").expect(0);
}

#[test]
fn objects_of_another_transfer_are_refused() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("a.bin", &random_bytes(8, 1_000)),
            ("b.bin", &random_bytes(9, 1_000)),
        ],
    );
    let (link, _) = (alice.send("a.bin"), alice.send("b.bin"));
    let id = link
        .split('#')
        .next()
        .and_then(|page| page.rsplit('/').next())
        .expect("an id");
    let (mine, others): (Vec<_>, Vec<_>) = world
        .relay
        .objects()
        .into_iter()
        .partition(|object| object.to_string().contains(id));
    assert_eq!(mine.len(), others.len());
    for (own, other) in mine.iter().zip(&others) {
        let bytes = own.read();
        own.write(&other.read());
        refuse(&bob, &link, &format!("{own} of another transfer"));
        own.write(&bytes);
    }
    let _ = bob.receive(&link, "inbox").expect(0);
}
