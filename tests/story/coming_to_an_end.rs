//! What ends by time alone: an access that nobody uses, an engagement at its date. Relay and people have a
//! clock that is set ahead.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quitus_tests::{Faults, Person, Relay, World};

use crate::engagement::Scene;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// How long anything that is waited for may take.
const BOUND: Duration = Duration::from_secs(30);

/// An engagement until day 60, with a freelancer, and clocks that can be set.
struct Stage {
    scene: Scene,
    relays: Arc<Faults>,
    peoples: Arc<Faults>,
    bob: Person,
    link: String,
}

impl Stage {
    fn new() -> Self {
        let (world, relays) = World::under_faults(&["--closed"]);
        let peoples = Arc::new(Faults::new(&world.folder().join("people")));
        let mut scene = Scene::in_world(world);
        scene.acme = scene.acme.under(&peoples);
        let bob = scene.engage("bob", &scene.open(&[])).under(&peoples);
        let sent = ["send", "dump.sql", "--engagement", "CT-1", "--to", "bob"];
        let sent = [&sent[..], &["--expires", "90d", "--downloads", "5"]].concat();
        let link = scene.acme(&sent).expect(0).text().trim().to_owned();
        Self {
            scene,
            relays,
            peoples,
            bob,
            link,
        }
    }

    /// So many days and an hour after the beginning; a relay that starts believes up to 30 days.
    fn later(&mut self, days: i64) {
        let seconds = days * DAY + HOUR;
        let relay = &mut self.scene.world.relay;
        let listen = relay.url().replace("http://", "");
        relay.kill();
        self.relays.shift_clock(seconds);
        self.peoples.shift_clock(seconds);
        let setting = (&["--closed"][..], Some(&self.relays));
        *relay = Relay::try_start(relay.folder(), &listen, setting).unwrap();
    }

    fn status_of(person: &Person) -> String {
        let status = person.run(&["engagement", "status", "CT-1"], b"").expect(0);
        format!("{}{}", status.text(), status.stderr)
    }
}

/// The relay's statements of a kind that a person has heard of.
fn stated(person: &Person, kind: &str) -> Vec<String> {
    let ending = format!("-relay-{kind}.json");
    let chains = fs::read_dir(person.home().join("statements")).unwrap();
    let files = chains
        .flatten()
        .flat_map(|chain| fs::read_dir(chain.path()).unwrap().flatten());
    let named = files.filter(|file| file.file_name().to_string_lossy().ends_with(&ending));
    named
        .map(|file| fs::read_to_string(file.path()).unwrap())
        .collect()
}

#[test]
fn thirty_days_without_use_end_an_access_with_a_reminder_before_and_a_statement() {
    let mut stage = Stage::new();
    let reminder = "the access of bob ends for want of use";
    let quiet = Stage::status_of(&stage.scene.acme);
    assert!(!quiet.contains(reminder), "{quiet}");
    stage.later(24);
    for person in [&stage.scene.acme, &stage.bob] {
        let told = Stage::status_of(person);
        assert!(told.contains(reminder), "{told}");
    }
    assert!(stated(&stage.scene.acme, "deactivated").is_empty());
    stage.later(30);
    let refused = stage.bob.receive(&stage.link, "inbox").expect(4);
    assert!(
        refused.stderr.contains("not used for too long"),
        "{}",
        refused.stderr
    );
    let began = Instant::now();
    let told = loop {
        let told = Stage::status_of(&stage.scene.acme);
        if !stated(&stage.scene.acme, "deactivated").is_empty() {
            break told;
        }
        assert!(began.elapsed() < BOUND, "the relay states nothing: {told}");
    };
    assert!(
        told.contains("deactivated, not used for too long"),
        "{told}"
    );
    let statement = stated(&stage.scene.acme, "deactivated").remove(0);
    for part in ["\"inactiveDays\": 30", "\"member.used\"", "\"engagement:"] {
        assert!(statement.contains(part), "{part}: {statement}");
    }
    let admit = ["engagement", "admit", "CT-1", "bob"];
    let _ = stage.scene.acme(&admit).expect(0);
    let _ = stage.bob.receive(&stage.link, "inbox").expect(0);
    let back = Stage::status_of(&stage.scene.acme);
    assert!(back.contains("bob  engaged"), "{back}");
}

#[test]
fn an_engagement_ends_at_its_date_and_says_what_waits_since_then() {
    let mut stage = Stage::new();
    stage.later(25);
    let _ = stage.bob.receive(&stage.link, "inbox").expect(0);
    stage.later(50);
    let told = Stage::status_of(&stage.bob);
    assert!(told.contains("the engagement ends"), "{told}");
    stage.later(60);
    let refused = stage.bob.receive(&stage.link, "again").expect(5);
    assert!(refused.stderr.contains("has ended"), "{}", refused.stderr);
    let told = Stage::status_of(&stage.scene.acme);
    let waits = "[waits] instruction signed; waits for acme since ";
    assert!(told.contains(waits), "{told}");
    let (_, since) = told.split_once(waits).unwrap();
    let (head, _) = told.split_once('\n').unwrap();
    let since = since.split_whitespace().next().unwrap();
    assert!(head.contains(&format!("ended, until {since}")), "{head}");
    let ended = stage.scene.acme(&["offboard", "CT-1", "--yes"]).expect(3);
    assert!(
        ended.text().contains("[done] instruction signed"),
        "{}",
        ended.text()
    );
    assert!(
        ended.text().contains("waits for bob since "),
        "{}",
        ended.text()
    );
}
