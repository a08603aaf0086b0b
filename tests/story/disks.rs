//! Full disks, folders that change under one's feet, destinations that are taken.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use quitus_tests::{
    Person, SmallDisk, World, as_nobody, binary, difference, random_bytes, run_for, snapshot,
    write_files,
};

/// A disk of its own as somebody's desk, where that can be had.
fn small_desk(person: &Person) -> SmallDisk {
    SmallDisk::mount(&person.desk(""))
        .expect("only root can mount a small disk; these stories need one")
}

#[test]
fn a_disk_full_at_any_point_is_told_and_leaves_no_final_name() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(
        &alice.desk(""),
        &[
            ("brief/a.bin", &random_bytes(40, 500_000)),
            ("brief/b.bin", &random_bytes(41, 300_000)),
            ("brief/sub/c.txt", b"c"),
        ],
    );
    let sent = alice
        .run(&["send", "brief", "--downloads", "3"], b"")
        .expect(0);
    let link = sent.text().trim();
    let disk = small_desk(&bob);
    for flags in [&[][..], &["--sealed"]] {
        let args = [&["receive", "-", "-o", "inbox"], flags].concat();
        let mut n_refused = 0;
        for kib in (4..).step_by(64) {
            disk.resize(kib);
            let outcome = bob.run(&args, link.as_bytes());
            if outcome.code == 0 {
                break;
            }
            assert_eq!(outcome.code, 8, "{kib} KiB\n{}", outcome.stderr);
            let reason = "no space left on the disk";
            assert!(
                outcome.stderr.contains(reason),
                "{kib} KiB\n{}",
                outcome.stderr
            );
            assert!(bob.on_desk().is_empty(), "{kib} KiB: {:?}", bob.on_desk());
            n_refused += 1;
        }
        assert!(
            (8..40).contains(&n_refused),
            "{n_refused} sizes were too small"
        );
        if flags.is_empty() {
            let received = difference(&alice.desk("brief"), &bob.desk("inbox/brief"));
            assert_eq!(received.unwrap(), None);
        }
        fs::remove_dir_all(bob.desk("inbox")).unwrap();
    }
}

#[test]
fn a_full_disk_ends_sealing_and_opening_without_a_trace() {
    let world = World::new();
    let alice = world.person("alice");
    let key = quitus_core::cipher::SecretKey::generate();
    let disk = small_desk(&alice);
    disk.resize(8 * 1024);
    write_files(
        &alice.desk(""),
        &[
            ("a.bin", &random_bytes(42, 1_000_000)),
            ("key.txt", key.expose_text().as_bytes()),
        ],
    );
    fs::set_permissions(alice.desk("key.txt"), Permissions::from_mode(0o600)).unwrap();
    let recipient = key.recipient_text();
    let seal = ["encrypt", "-r", &recipient, "-o", "a.age", "a.bin"];
    let open = ["decrypt", "-i", "key.txt", "-o", "copy", "a.age"];
    for (args, made) in [(seal, "a.age"), (open, "copy")] {
        let used = || -> u64 {
            let files = fs::read_dir(disk.folder()).unwrap().flatten();
            files
                .map(|file| file.metadata().unwrap().len().next_multiple_of(4096) / 1024)
                .sum()
        };
        let before = alice.on_desk();
        for room in [0, 4, 64, 68, 500, 972] {
            disk.resize(used() + 4 + room);
            let refused = alice.run(&args, b"").expect(8);
            assert!(
                refused.stderr.contains("no space left"),
                "{}",
                refused.stderr
            );
            assert_eq!(alice.on_desk(), before, "{room} KiB of room");
        }
        disk.resize(8 * 1024);
        let _ = alice.run(&args, b"").expect(0);
        assert!(alice.desk(made).exists());
    }
    assert!(fs::read(alice.desk("copy")).unwrap() == fs::read(alice.desk("a.bin")).unwrap());
}

#[test]
fn a_home_on_a_full_disk_sends_and_claims_nothing() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    let link = alice.send("a.txt");
    let carol = world.person("carol");
    write_files(&carol.desk(""), &[("a.txt", b"a")]);
    let disk = SmallDisk::mount(carol.home()).expect("only root can mount a small disk");
    for kib in [4, 8] {
        disk.resize(kib);
        let refused = carol.run(&["send", "a.txt"], b"").expect(8);
        assert!(refused.stdout.is_empty());
        let _ = carol.receive(&link, "inbox").expect(8);
        assert_eq!(carol.on_desk(), ["a.txt"]);
    }
    let _ = bob.receive(&link, "inbox").expect(0);
    disk.resize(1024);
    let _ = carol.send("a.txt");
}

#[test]
fn a_destination_that_is_taken_or_closed_stays_as_it_is() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"new")]);
    let sent = alice
        .run(&["send", "a.txt", "--downloads", "5"], b"")
        .expect(0);
    let link = sent.text().trim();
    write_files(
        &bob.desk(""),
        &[("file", b"old"), ("folder/x", b"old"), ("closed/x", b"old")],
    );
    symlink("nowhere", bob.desk("dangling")).unwrap();
    symlink("folder", bob.desk("link")).unwrap();
    fs::set_permissions(bob.desk("closed"), Permissions::from_mode(0o555)).unwrap();
    fs::create_dir_all(bob.home()).unwrap();
    let before = snapshot(&bob.desk("")).unwrap();
    for name in [
        "file",
        "folder",
        "dangling",
        "link",
        "closed/inbox",
        "missing/inbox",
        "file/inbox",
    ] {
        let mut command = bob.command();
        command.args(["receive", "-", "-o", name]);
        let output = run_for(
            as_nobody(&command, &[bob.home()]),
            link.as_bytes(),
            Duration::from_mins(1),
        );
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(8), "{name}\n{stderr}");
        assert!(stderr.contains(name), "{name}\n{stderr}");
    }
    assert_eq!(snapshot(&bob.desk("")).unwrap(), before);
}

/// The hidden folder of a reception that runs, once it is there.
fn hidden(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.find(|path| path.to_string_lossy().contains("/.inbox.quitus-"))
}

#[test]
fn a_folder_that_becomes_a_link_meanwhile_leads_nothing_astray() {
    swap_while_receiving(|hidden| hidden.join("brief/sub"));
}

/// Receives again and again while the folder `place` names is a link to a trap for moments.
fn swap_while_receiving(place: fn(&Path) -> PathBuf) {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let names: Vec<String> = (0..1_500).map(|n| format!("brief/sub/{n:04}")).collect();
    let bytes = b"bytes of the sender".as_slice();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), bytes)).collect();
    write_files(&alice.desk(""), &files);
    let trap = world.folder().join("trap");
    fs::create_dir(&trap).unwrap();
    let n_swaps = AtomicU32::new(0);
    for round in 0..8 {
        let link = alice.send("brief");
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let swapped =
                        hidden(&bob.desk("")).is_some_and(|hidden| swap(&place(&hidden), &trap));
                    n_swaps.fetch_add(u32::from(swapped), Ordering::Relaxed);
                }
            });
            let outcome = bob.receive(&link, "inbox");
            is_over.store(true, Ordering::Relaxed);
            assert!(
                [0, 8].contains(&outcome.code),
                "{}\n{}",
                outcome.code,
                outcome.stderr
            );
        });
        let n_trapped = fs::read_dir(&trap).unwrap().count();
        assert_eq!(
            n_trapped, 0,
            "round {round}: something was written behind the link"
        );
        for name in bob.on_desk() {
            drop(fs::remove_dir_all(bob.desk(&name)));
            drop(fs::remove_file(bob.desk(&name)));
        }
    }
    assert!(n_swaps.into_inner() > 0, "nothing was ever swapped");
}

/// Puts a link in the place of a folder for a moment.
fn swap(place: &Path, trap: &Path) -> bool {
    let aside = trap.with_file_name("aside");
    if fs::rename(place, &aside).is_err() {
        return false;
    }
    let is_swapped = symlink(trap, place).is_ok();
    let end = Instant::now() + Duration::from_micros(300);
    while Instant::now() < end {}
    drop(fs::remove_file(place));
    drop(fs::rename(&aside, place));
    is_swapped
}

#[test]
fn what_gets_the_final_name_meanwhile_is_kept() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(43, 40_000_000))]);
    let link = alice.send("a.bin");
    let mut child = bob.start_with(&["receive", "-", "-o", "inbox"], link.as_bytes());
    let end = Instant::now() + Duration::from_mins(1);
    while hidden(&bob.desk("")).is_none() {
        assert!(
            Instant::now() < end && child.try_wait().unwrap().is_none(),
            "it is received already"
        );
    }
    write_files(&bob.desk(""), &[("inbox", b"theirs")]);
    assert_eq!(child.wait().unwrap().code(), Some(8));
    assert_eq!(fs::read(bob.desk("inbox")).unwrap(), b"theirs");
    // Once the name is free, the same command ends the reception.
    fs::remove_file(bob.desk("inbox")).unwrap();
    let _ = bob.receive(&link, "inbox").expect(0);
    let received = difference(&alice.desk("a.bin"), &bob.desk("inbox/a.bin"));
    assert_eq!(received.unwrap(), None);
}

#[test]
fn devices_and_fifos_are_written_into_as_they_are() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(44, 9_000_000))]);
    let sent = alice
        .run(&["send", "a.bin", "--downloads", "9"], b"")
        .expect(0);
    let script = "mkfifo f; cat f > copy & \"$0\" receive - -o f; code=$?; wait; exit $code";
    let mut command = Command::new("bash");
    command.args(["-c", script]).arg(binary("quitus"));
    let _ = bob.run_command(command, sent.stdout.as_slice()).expect(0);
    assert!(fs::read(bob.desk("copy")).unwrap() == fs::read(alice.desk("a.bin")).unwrap());
    for (device, code) in [("/dev/null", 0), ("/dev/full", 8)] {
        let other = world.person(&device.replace('/', "_"));
        let _ = other
            .run(&["receive", "-", "-o", device], sent.stdout.as_slice())
            .expect(code);
        assert!(other.on_desk().is_empty());
    }
}

#[test]
fn a_link_in_the_place_of_the_hidden_folder_is_not_followed() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.txt", b"a")]);
    write_files(&bob.desk("victim"), &[("inner/x", b"x")]);
    for name in ["victim", "victim/inner"] {
        fs::set_permissions(bob.desk(name), Permissions::from_mode(0o500)).unwrap();
    }
    let before = snapshot(&bob.desk("victim")).unwrap();
    let link = alice.send("a.txt");
    let id = link.split("/t/").nth(1).unwrap();
    let prepared = bob.desk(&format!(".inbox.quitus-{}", &id[..8]));
    symlink(bob.desk("victim"), prepared).unwrap();
    let outcome = bob.receive(&link, "inbox");
    assert!([0, 8].contains(&outcome.code), "{}", outcome.stderr);
    assert_eq!(snapshot(&bob.desk("victim")).unwrap(), before);
    for name in ["victim", "victim/inner"] {
        fs::set_permissions(bob.desk(name), Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_reception_whose_hidden_folder_is_gone_begins_anew() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(45, 40_000_000))]);
    let link = alice.send("a.bin");
    let mut child = bob.start_with(&["receive", "-", "-o", "inbox"], link.as_bytes());
    let end = Instant::now() + Duration::from_mins(1);
    while hidden(&bob.desk("")).is_none() {
        assert!(
            Instant::now() < end && child.try_wait().unwrap().is_none(),
            "it is received already"
        );
    }
    write_files(&bob.desk(""), &[("inbox", b"theirs")]);
    assert_eq!(child.wait().unwrap().code(), Some(8));
    for name in bob.on_desk() {
        drop(fs::remove_dir_all(bob.desk(&name)));
        drop(fs::remove_file(bob.desk(&name)));
    }
    let _ = bob.receive(&link, "other").expect(0);
    let received = difference(&alice.desk("a.bin"), &bob.desk("other/a.bin"));
    assert_eq!(received.unwrap(), None);
}

#[test]
fn a_hidden_folder_that_becomes_a_link_meanwhile_leads_nothing_astray() {
    swap_while_receiving(Path::to_owned);
}
