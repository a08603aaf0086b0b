//! Counts that hold whoever comes: a thousand at once, some of whom die, while others revoke.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::claimer::Claimer;
use quitus_core::transfer::EXTRA_RELEASES;
use quitus_tests::{
    Outcome, Person, Relay, Reply, SHIFTED_CLOCK, Wire, World, binary, preload, random_bytes,
    write_files,
};

/// A little more than a lease.
const LEASE_SECONDS: u64 = 25 * 3_600;
/// Threads that do little need little.
const STACK_BYTES: usize = 128 * 1024;

/// Consumed, running, released, as the relay tells the sender.
fn counts(sender: &Person, claimer: &Claimer) -> (u32, u32, u32) {
    counts_in(&sender.run(&["show", &claimer.id, "--json"], b"").expect(0))
}

fn counts_in(shown: &Outcome) -> (u32, u32, u32) {
    let reply = Reply {
        status: 200,
        head: String::new(),
        body: shown.stderr.clone().into_bytes(),
    };
    let count = |name| reply.field(name).and_then(|text| text.parse().ok());
    let count = |name| count(name).unwrap_or_else(|| panic!("no {name} in {:?}", shown.stderr));
    (count("nConsumed"), count("nLive"), count("nReleased"))
}

/// Something small that was sent with more options.
fn sent(sender: &Person, options: &[&str]) -> (String, Claimer) {
    write_files(&sender.desk(""), &[("a.txt", b"a")]);
    let sent = sender
        .run(&[&["send", "a.txt"], options].concat(), b"")
        .expect(0);
    let link = sent.text().trim().to_owned();
    let claimer = Claimer::new(&link);
    (link, claimer)
}

#[test]
fn of_a_thousand_claims_at_once_one_is_granted() {
    const N: u32 = 1_000;
    let world = World::new();
    let alice = world.person("alice");
    let (_, claimer) = sent(&alice, &[]);
    let (together, granted) = (Barrier::new(N as usize), Mutex::new(Vec::new()));
    let claim = |number: u32| {
        let mut wire = Wire::open(world.relay.url()).expect("a connection");
        together.wait();
        let reply = claimer.claim(&mut wire, number);
        match reply.status {
            200 => granted.lock().unwrap().push(number),
            status => assert_eq!(status, 404, "{reply:?}"),
        }
    };
    thread::scope(|scope| {
        for number in 0..N {
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            thread
                .spawn_scoped(scope, move || claim(number))
                .expect("a thread");
        }
    });
    let granted = granted.into_inner().unwrap();
    let [winner] = granted.as_slice() else {
        panic!("{granted:?}");
    };
    assert_eq!(counts(&alice, &claimer), (0, 1, 1));
    // Asking again is not claiming again, and one end told ten times is one.
    let mut wire = Wire::open(world.relay.url()).unwrap();
    assert_eq!(claimer.claim(&mut wire, *winner).status, 200);
    for _ in 0..10 {
        assert_eq!(claimer.done(&mut wire, *winner), 204);
    }
    assert_eq!(counts(&alice, &claimer), (1, 0, 1));
}

/// A relay whose clock goes ahead by a lease with each start.
struct Ahead {
    relay: Option<Relay>,
    clock: std::path::PathBuf,
    seconds: u64,
}

impl Ahead {
    fn new(world: &World, name: &str) -> Self {
        Self {
            relay: Some(Relay::start(&world.folder().join(name))),
            clock: preload(world.folder(), "clock", SHIFTED_CLOCK),
            seconds: 0,
        }
    }

    fn url(&self) -> &str {
        self.relay.as_ref().unwrap().url()
    }

    fn pass_a_lease(&mut self) {
        self.seconds += LEASE_SECONDS;
        let shift = self.seconds.to_string();
        let variables = [
            ("LD_PRELOAD", self.clock.as_os_str()),
            ("SHIFT", OsStr::new(&shift)),
        ];
        let relay = self.relay.take().unwrap();
        self.relay = Some(relay.restart_among(&variables));
    }

    /// As [`counts`], asked by the same clock.
    fn counts(&self, sender: &Person, claimer: &Claimer) -> (u32, u32, u32) {
        let mut command = Command::new(binary("quitus"));
        command.args(["show", &claimer.id, "--json"]);
        command.env("LD_PRELOAD", &self.clock);
        command.env("SHIFT", self.seconds.to_string());
        counts_in(&sender.run_command(command, b"").expect(0))
    }
}

#[test]
fn whoever_withholds_the_end_twenty_times_gets_the_share_no_fifth_time() {
    let world = World::new();
    for (asks_for_the_last, n_expected) in [(true, 1), (false, 1 + EXTRA_RELEASES)] {
        let mut ahead = Ahead::new(&world, &format!("relay{n_expected}"));
        let alice = Person::new(
            &world.folder().join(format!("alice{n_expected}")),
            ahead.url(),
        );
        write_files(&alice.desk(""), &[("a.bin", &random_bytes(70, 9_000_000))]);
        let sending = ["send", "a.bin", "--expires", "60d"];
        let sent = alice.run(&sending, b"").expect(0);
        let claimer = Claimer::new(sent.text());
        let mut n_released = 0;
        for key in 0..20 {
            let mut wire = Wire::open(ahead.url()).unwrap();
            let reply = claimer.claim(&mut wire, key);
            if reply.status == 200 {
                n_released += 1;
                assert!(reply.field("share").is_some());
                assert_eq!(claimer.take(&mut wire, (0, key), true), 200);
                if asks_for_the_last {
                    // All but the last byte is all there is to know of when it ends.
                    assert_eq!(claimer.take(&mut wire, (1, key), false), 200);
                }
            }
            drop(wire);
            ahead.pass_a_lease();
        }
        assert_eq!(
            n_released, n_expected,
            "asks for the last part: {asks_for_the_last}"
        );
    }
}

#[test]
fn of_a_link_for_five_no_sixth_is_completed_though_a_third_die_midway() {
    const LIMIT: u32 = 5;
    let world = World::new();
    let mut ahead = Ahead::new(&world, "relay5");
    let alice = Person::new(&world.folder().join("alice"), ahead.url());
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(71, 9_000_000))]);
    let sending = ["send", "a.bin", "--expires", "60d", "--downloads", "5"];
    let claimer = Claimer::new(alice.run(&sending, b"").expect(0).text());
    let (n_granted, n_completed) = (AtomicU32::new(0), AtomicU32::new(0));
    for round in 0..4_u32 {
        let url = ahead.url().to_owned();
        let come = |key: u32| {
            let mut wire = Wire::open(&url).expect("a connection");
            if claimer.claim(&mut wire, key).status != 200 {
                return;
            }
            // The first and then every third dies: half a part is in its hands.
            if n_granted.fetch_add(1, Ordering::SeqCst).is_multiple_of(3) {
                claimer.take(&mut wire, (0, key), false);
                return;
            }
            for part in 0..2 {
                assert_eq!(claimer.take(&mut wire, (part, key), true), 200);
            }
            assert_eq!(claimer.done(&mut wire, key), 204);
            n_completed.fetch_add(1, Ordering::SeqCst);
        };
        thread::scope(|scope| {
            for number in 0..50 {
                scope.spawn({
                    let come = &come;
                    move || come(round * 1_000 + number)
                });
            }
        });
        let (n_completed, n_granted) = (
            n_completed.load(Ordering::SeqCst),
            n_granted.load(Ordering::SeqCst),
        );
        let (consumed, _, released) = ahead.counts(&alice, &claimer);
        assert_eq!((consumed, released), (n_completed, n_granted));
        assert!(n_completed <= LIMIT && released <= LIMIT + EXTRA_RELEASES);
        ahead.pass_a_lease();
    }
    assert_eq!(
        n_completed.into_inner(),
        LIMIT,
        "places of the dead came back"
    );
}

/// Downloads of each of the transfers that are fought over.
const LIMIT: u32 = 3;

/// A transfer that is fought over, and what became of it.
struct Contested {
    claimer: Claimer,
    /// When it is over at the latest.
    expires: Option<Instant>,
    /// When each claim was begun, and whether it was granted.
    claims: Mutex<Vec<(Instant, bool)>>,
    n_done: AtomicU32,
}

impl Contested {
    fn new(sender: &Person, is_short: bool) -> Self {
        let life = if is_short { "3s" } else { "1h" };
        let (_, claimer) = sent(sender, &["--downloads", "3", "--expires", life]);
        Self {
            claimer,
            expires: is_short.then(|| Instant::now() + Duration::from_secs(3)),
            claims: Mutex::default(),
            n_done: AtomicU32::new(0),
        }
    }

    /// Claims, and sometimes says that everything was received.
    fn contest(&self, wire: &mut Wire, key: u32) {
        let began = Instant::now();
        let is_granted = self.claimer.claim(wire, key).status == 200;
        if is_granted && !key.is_multiple_of(5) && self.claimer.done(wire, key) == 204 {
            self.n_done.fetch_add(1, Ordering::SeqCst);
        }
        self.claims.lock().unwrap().push((began, is_granted));
    }

    fn check(self, sender: &Person, revoked: Option<Instant>) {
        let id = &self.claimer.id;
        let (consumed, live, released) = counts(sender, &self.claimer);
        let claims = self.claims.into_inner().unwrap();
        let n_granted = claims.iter().filter(|(_, is_granted)| *is_granted).count();
        assert_eq!(usize::try_from(released).unwrap(), n_granted, "{id}");
        assert_eq!(consumed, self.n_done.into_inner(), "{id}");
        assert!(consumed + live <= LIMIT && released <= LIMIT + EXTRA_RELEASES);
        for over in [revoked, self.expires].into_iter().flatten() {
            let is_late = |(began, is_granted): &(Instant, bool)| *began > over && *is_granted;
            assert!(!claims.iter().any(is_late), "{id} lives again");
        }
        assert!(revoked.is_none() || live == 0, "{id}");
        assert!(claims.len() > 20, "there was load: {}", claims.len());
    }
}

#[test]
fn revoking_claiming_and_expiring_at_once_have_one_order() {
    const TRANSFERS: u32 = 12;
    let world = World::new();
    let alice = world.person("alice");
    let of_three = |number: u32| Contested::new(&alice, number.is_multiple_of(3));
    let transfers: Vec<Contested> = (0..TRANSFERS).map(of_three).collect();
    let (end, next) = (Instant::now() + Duration::from_secs(5), AtomicU32::new(0));
    let contest = || {
        let mut wire = Wire::open(world.relay.url()).expect("a connection");
        while Instant::now() < end {
            let key = next.fetch_add(1, Ordering::Relaxed);
            transfers[(key % TRANSFERS) as usize].contest(&mut wire, key);
        }
    };
    let revoke = |(number, transfer): (usize, &Contested)| {
        (number % 3 == 1).then(|| {
            thread::park_timeout(Duration::from_millis(137));
            let _ = alice.run(&["revoke", &transfer.claimer.id], b"").expect(0);
            Instant::now()
        })
    };
    let revoked: Vec<Option<Instant>> = thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(contest);
        }
        transfers.iter().enumerate().map(revoke).collect()
    });
    for (transfer, revoked) in transfers.into_iter().zip(revoked) {
        transfer.check(&alice, revoked);
    }
}

/// What looks at links before people do.
const PREVIEWS: [&str; 12] = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Microsoft Safe Links)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 Facebot Twitterbot/1.0",
];

#[test]
fn no_preview_uses_a_link_however_often_it_looks() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    write_files(&alice.desk(""), &[("a secret name.txt", b"a")]);
    let link = alice.send("a secret name.txt");
    let claimer = Claimer::new(&link);
    let mut wire = Wire::open(world.relay.url()).unwrap();
    let page = format!("/t/{}", claimer.id);
    for agent in PREVIEWS {
        for _ in 0..50 {
            for (method, path) in [
                ("GET", &page),
                ("HEAD", &page),
                ("GET", &claimer.path("claim")),
                ("HEAD", &claimer.path("parts/0")),
            ] {
                let asked = format!("{method} {path}");
                let reply = wire.ask(&asked, &[("user-agent", agent)], None).unwrap();
                let text = String::from_utf8_lossy(&reply.body);
                assert!(!text.contains("secret"), "{text}");
                // A HEAD has no body to skip; a GET's was read.
                assert_ne!(reply.status, 500);
            }
        }
    }
    assert_eq!(counts(&alice, &claimer), (0, 0, 0));
    let _ = bob.receive(&link, "inbox").expect(0);
}

#[test]
fn a_claim_among_five_hundred_readers_is_answered_soon() {
    let world = World::new();
    let alice = world.person("alice");
    write_files(&alice.desk(""), &[("a.bin", &random_bytes(72, 1_000_000))]);
    let sent = alice
        .run(&["send", "a.bin", "--downloads", "1000"], b"")
        .expect(0);
    let claimer = Claimer::new(sent.text());
    let mut wire = Wire::open(world.relay.url()).unwrap();
    assert_eq!(claimer.claim(&mut wire, 0).status, 200);
    let (end, reading) = (Instant::now() + Duration::from_secs(6), AtomicU32::new(0));
    let mut waits: Vec<Duration> = thread::scope(|scope| {
        for _ in 0..500 {
            let read = || {
                let mut wire = Wire::open(world.relay.url()).expect("a connection");
                while Instant::now() < end {
                    assert_eq!(claimer.take(&mut wire, (0, 0), true), 200);
                    reading.fetch_add(1, Ordering::Relaxed);
                }
            };
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, read).expect("a thread");
        }
        while reading.load(Ordering::Relaxed) < 200 && Instant::now() < end {
            thread::yield_now();
        }
        let claim = |key| {
            let began = Instant::now();
            assert_eq!(claimer.claim(&mut wire, key).status, 200);
            began.elapsed()
        };
        (1..=100).map(claim).collect()
    });
    waits.sort_unstable();
    assert!(waits[98] < Duration::from_secs(1), "{:?}", &waits[90..]);
}

#[test]
fn a_connection_that_says_nothing_holds_up_nobody() {
    let world = World::new();
    let alice = world.person("alice");
    let (_, claimer) = sent(&alice, &["--downloads", "100"]);
    let idle: Vec<Wire> = (0..5_000)
        .map(|number| {
            let mut wire = Wire::open(world.relay.url()).expect("a connection");
            if number % 2 == 0 {
                wire.stream_mut().write_all(b"GET /v1 HT").unwrap();
            }
            wire
        })
        .collect();
    let mut wire = Wire::open(world.relay.url()).unwrap();
    let mut waits: Vec<Duration> = (0..50)
        .map(|key| {
            let began = Instant::now();
            assert_eq!(claimer.claim(&mut wire, key).status, 200);
            began.elapsed()
        })
        .collect();
    waits.sort_unstable();
    assert!(waits[25] < Duration::from_secs(1), "{waits:?}");
    drop(idle);
}
