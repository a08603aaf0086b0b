//! What is unusual is told to the client: at its next command once, and whenever it looks.

use std::time::SystemTime;

use quitus_tests::write_files;

use crate::engagement::Scene;

/// Working hours that this moment is none of, wherever it is in the week.
fn other_hours() -> &'static str {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let hour = since.unwrap().as_secs() / 3_600 % 24;
    if hour < 12 { "12-24" } else { "0-12" }
}

#[test]
fn an_alert_is_told_at_the_next_command_once_and_in_every_status() {
    let scene = Scene::new();
    let bob = scene.engage("bob", &scene.open(&[]));
    let link = scene.hand_over("dump.sql", "bob");
    let _ = scene.acme(&["freeze", "CT-1"]).expect(0);
    for _ in 0..5 {
        let _ = bob.receive(&link, "inbox").expect(4);
    }
    let many = "unusual: many refusals in a short time: bob from 127.0.0.1 at ";
    let next = scene.acme(&["thaw", "CT-1"]).expect(0);
    assert_eq!(next.stderr.matches(many).count(), 1, "{}", next.stderr);
    let send = ["send", "nda.txt", "--engagement", "CT-1", "--to", "bob"];
    let after = scene.acme(&send).expect(0);
    assert!(!after.stderr.contains("unusual"), "{}", after.stderr);
    for _ in 0..2 {
        let status = scene.acme(&["--json", "engagement", "status", "CT-1"]);
        let status = status.expect(0).stderr;
        assert!(status.contains("\"alert\":\"many-failures\""), "{status}");
    }
    let own = bob.run(&["engagement", "status", "CT-1"], b"").expect(0);
    assert!(!own.stderr.contains("unusual"), "{}", own.stderr);
}

#[test]
fn a_list_of_networks_and_working_hours_are_remembered_and_looked_at() {
    let scene = Scene::new();
    let bob = scene.engage("bob", &scene.open(&[]));
    let link = scene.hand_over("dump.sql", "bob");
    let _ = bob.receive(&link, "inbox").expect(0);
    let quiet = scene.acme(&["engagement", "status", "CT-1"]).expect(0);
    assert!(!quiet.stderr.contains("unusual"), "{}", quiet.stderr);
    let lists: [(&str, &[u8]); 2] = [
        (
            "country.txt",
            b"# a country\n203.0.113.0/24\n2001:db8::/32\n",
        ),
        ("names.txt", b"example.org\n"),
    ];
    write_files(&scene.acme.desk(""), &lists);
    let watch = ["engagement", "watch", "CT-1"];
    let wrong = [&watch[..], &["--from", "names.txt"]].concat();
    let refused = scene.acme(&wrong).expect(2);
    assert!(refused.stderr.contains("names.txt"), "{}", refused.stderr);
    let list = [&watch[..], &["--from", "country.txt"]].concat();
    let said = scene.acme(&list).expect(0);
    assert_eq!(said.text(), "from 2 networks\nat any time\n");
    let hours = [&watch[..], &["--hours", other_hours()]].concat();
    let said = scene.acme(&hours).expect(0);
    let hours = format!("Monday to Friday, {}+00:00\n", other_hours());
    assert_eq!(said.text(), format!("from 2 networks\n{hours}"));
    let told = scene.acme(&["engagement", "status", "CT-1"]).expect(0);
    for reason in [
        "an address outside the usual networks: bob from 127.0.0.1",
        "outside working hours: bob from 127.0.0.1",
    ] {
        assert!(told.stderr.contains(reason), "{reason}: {}", told.stderr);
    }
}
