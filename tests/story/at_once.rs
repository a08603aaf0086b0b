//! The same thing twice at once: resumptions, ends, relays. One of them counts.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use quitus_tests::{
    Faults, Person, Relay, World, binary, difference, random_bytes, run_for, write_files,
};

use crate::claimer::Asker;
use crate::crashes::id;

const MIB: usize = 1024 * 1024;

/// A sender whose sending was interrupted with a part at the relay and others not.
fn interrupted(world: &World, faults: &Arc<Faults>, name: &str) -> Person {
    let person = world.person(name).under(faults);
    write_files(&person.desk(""), &[("a.bin", &random_bytes(80, 40 * MIB))]);
    // Behind the keys and the record: somewhere between the parts.
    faults.die_before(20, false);
    let _ = person.run(&["send", "a.bin"], b"").expect(-1);
    faults.spare();
    let uploads = std::fs::read_dir(person.home().join("uploads")).unwrap();
    assert_eq!(uploads.count(), 1, "it was interrupted while parts left");
    person
}

/// What several processes of one command printed, line by line.
fn at_once(person: &Person, args: &[&str], n: usize) -> Vec<String> {
    let start = |_| -> Child {
        let mut command = person.command();
        command.args(args).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let children: Vec<Child> = (0..n).map(start).collect();
    let printed = |child: Child| {
        let output = child.wait_with_output().unwrap();
        assert!([Some(0), Some(3), Some(8)].contains(&output.status.code()));
        String::from_utf8(output.stdout).unwrap()
    };
    let texts: Vec<String> = children.into_iter().map(printed).collect();
    texts
        .iter()
        .flat_map(|text| text.lines())
        .map(str::to_owned)
        .collect()
}

#[test]
fn of_many_resumptions_of_one_sending_one_goes_on_and_the_others_leave_it() {
    let world = World::new();
    let faults = Arc::new(Faults::new(&world.folder().join("faults")));
    let bob = world.person("bob");
    for round in 0..3 {
        let alice = interrupted(&world, &faults, &format!("alice{round}"));
        let links = at_once(&alice, &["resume"], 4);
        assert_eq!(links.len(), 1, "one sending, one link: {links:?}");
        let inbox = format!("inbox{round}");
        let _ = bob.receive(&links[0], &inbox).expect(0);
        let received = bob.desk(&inbox).join("a.bin");
        assert_eq!(difference(&alice.desk("a.bin"), &received).unwrap(), None);
        let _ = alice.run(&["resume"], b"").expect(0);
    }
}

#[test]
fn of_many_sendings_of_what_was_interrupted_each_ends_with_a_link_that_works() {
    let world = World::new();
    let faults = Arc::new(Faults::new(&world.folder().join("faults")));
    let bob = world.person("bob");
    let alice = interrupted(&world, &faults, "alice");
    let mut links = at_once(&alice, &["send", "a.bin"], 3);
    links.sort();
    links.dedup();
    assert_eq!(links.len(), 3, "each its own: {links:?}");
    for (number, link) in links.iter().enumerate() {
        let inbox = format!("inbox{number}");
        let _ = bob.receive(link, &inbox).expect(0);
        let received = bob.desk(&inbox).join("a.bin");
        assert_eq!(difference(&alice.desk("a.bin"), &received).unwrap(), None);
    }
}

#[test]
fn a_download_that_is_ended_many_times_counts_once() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let sent = alice.run(&["send", "a.txt", "--downloads", "2"], b"");
    let link = sent.expect(0).text().trim().to_owned();
    let [first, second, third] = [1, 2, 3].map(|number| Asker::new(&link, number));
    assert_eq!((first.claim(), first.part(0)), (200, 200));
    let answers: Vec<u16> = thread::scope(|scope| {
        let told: Vec<_> = (0..10).map(|_| scope.spawn(|| first.done())).collect();
        told.into_iter().map(|told| told.join().unwrap()).collect()
    });
    assert_eq!(answers, [204; 10]);
    assert_eq!(first.done(), 204, "also when asked again later");
    assert_eq!(
        (second.claim(), second.part(0)),
        (200, 200),
        "one place is left"
    );
    assert_eq!(third.claim(), 404);
    assert_eq!(second.done(), 204);
    assert_eq!(third.claim(), 404);
    let shown = alice.run(&["show", id(&link)], b"").expect(0);
    assert_eq!(shown.text().matches("done").count(), 2, "{}", shown.text());
}

#[test]
fn a_second_relay_on_the_same_folder_refuses_and_the_first_goes_on() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let link = alice.send("a.txt");
    let folder = world.relay.folder();
    // Either folder is enough: both relays would write, or destroy, what is the other's.
    for (data, keys) in [("data", "keys"), ("data", "other"), ("other", "keys")] {
        let mut second = Command::new(binary("quitus-relay"));
        second.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        second
            .arg(folder.join(data))
            .arg("--keys")
            .arg(folder.join(keys));
        let output = run_for(second, b"", std::time::Duration::from_secs(30));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(8), "{data} {keys}: {said}");
        assert!(said.contains("another relay is using the folder"), "{said}");
    }
    let _ = bob.receive(&link, "inbox").expect(0);
    let mut relay = Relay::start(&world.folder().join("beside"));
    relay.stop();
}
