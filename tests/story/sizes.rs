//! Large files in little memory.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use quitus_tests::{World, peak_memory, wait_and_weigh};

const GIB: u64 = 1 << 30;
const BOUND: Duration = Duration::from_mins(8);

/// A file of zeros that takes no room.
fn sparse(path: &std::path::Path, bytes: u64) {
    File::create(path).unwrap().set_len(bytes).unwrap();
}

#[test]
fn more_than_four_gibibytes_come_back_through_little_memory() {
    let world = World::new();
    let alice = world.person("alice");
    let key = quitus_core::cipher::SecretKey::generate();
    fs::write(alice.desk("key"), key.expose_text().as_bytes()).unwrap();
    fs::set_permissions(alice.desk("key"), Permissions::from_mode(0o600)).unwrap();
    sparse(&alice.desk("big"), 4 * GIB + 1);
    let quitus = |args: &[&str]| {
        let mut command = alice.command();
        command
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    };
    let mut seal = quitus(&["encrypt", "-r", &key.recipient_text(), "big"])
        .spawn()
        .unwrap();
    let mut open = quitus(&["decrypt", "-i", "key"])
        .stdin(seal.stdout.take().unwrap())
        .spawn()
        .unwrap();
    let mut compare = Command::new("cmp");
    compare
        .args(["-", "big"])
        .current_dir(alice.desk(""))
        .stdin(open.stdout.take().unwrap());
    let compare = compare.spawn().unwrap();
    let ended = wait_and_weigh(&mut [seal, open, compare], BOUND);
    for (name, (status, kib)) in ["encrypt", "decrypt", "cmp"].into_iter().zip(ended) {
        assert!(status.success(), "{name}: {status}");
        assert!(kib < 40 * 1024, "{name} took {kib} KiB");
    }
}

#[test]
fn five_gibibytes_are_handed_over_in_little_memory_on_every_side() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    sparse(&alice.desk("big"), 5 * GIB);
    let link = File::create(alice.desk("link")).unwrap();
    let sending = alice
        .command()
        .args(["send", "big"])
        .stdout(link)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sent = wait_and_weigh(&mut [sending], BOUND);
    let mut receive = bob.command();
    receive.args(["receive", "-", "-o", "inbox"]);
    receive
        .stdin(File::open(alice.desk("link")).unwrap())
        .stderr(Stdio::null());
    let received = wait_and_weigh(&mut [receive.spawn().unwrap()], BOUND);
    let of_relay = peak_memory(world.relay.pid()).expect("it runs");
    for (name, (status, kib)) in ["send", "receive"]
        .into_iter()
        .zip([sent, received].concat())
    {
        assert!(status.success(), "{name}: {status}");
        assert!(kib <= 64 * 1024, "{name} took {kib} KiB");
    }
    assert!(of_relay <= 64 * 1024, "the relay took {of_relay} KiB");
    let found = fs::metadata(bob.desk("inbox/big")).unwrap();
    assert_eq!(found.len(), 5 * GIB);
}
