//! What a relay bears: claims, stalled downloads, a sweep while people claim; and what its timing tells.
//!
//! ```text
//! load [claims] [stalled] [sweep] [timing] [--folder DIR] [--quick]
//! ```
//!
//! Starts relays from the binaries that were built before, on loopback, in a folder of its own that it
//! removes. It prints counts of one run; it fails on a wrong answer, never on a slow one. See
//! `docs/performance.md`.

use std::ffi::OsStr;
use std::fs;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use quitus_core::parts::{PartIndex, PartPlan};
use quitus_core::protocol::route;
use quitus_core::text::base64url;
use quitus_core::transfer::{DOWNLOADS_MAX, TransferId};
use quitus_tests::{Person, Relay, SHIFTED_CLOCK, Wire, preload};

mod client;

use client::{
    Claimer, LIFE_SECONDS, Outcome, Sender, bearer, expect, median, milliseconds, send, sync_alone,
};

/// Connections that claim at once.
const CLAIMERS: u32 = 64;
/// Connections that download and do not read on.
const STALLED: u32 = 4_000;
/// Seconds for which claims are counted.
const CLAIM_SECONDS: u64 = 8;
/// Transfers that expire together.
const EXPIRED: u32 = 100_000;

struct Asked {
    rows: Vec<String>,
    folder: PathBuf,
    is_quick: bool,
}

fn main() -> Outcome<()> {
    let asked = asked()?;
    for (name, row) in [
        ("claims", claims as fn(&Path, bool) -> Outcome<()>),
        ("stalled", stalled),
        ("sweep", sweep),
        ("timing", timing),
    ] {
        if asked.rows.is_empty() || asked.rows.iter().any(|row| row == name) {
            let folder = asked
                .folder
                .join(format!("quitus-load-{}", std::process::id()));
            let outcome = row(&folder, asked.is_quick);
            fs::remove_dir_all(&folder)?;
            outcome?;
        }
    }
    Ok(())
}

fn asked() -> Outcome<Asked> {
    let mut asked = Asked {
        rows: Vec::new(),
        folder: PathBuf::from("/var/tmp"),
        is_quick: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--folder" => asked.folder = args.next().ok_or("--folder DIR")?.into(),
            "--quick" => asked.is_quick = true,
            "claims" | "stalled" | "sweep" | "timing" => asked.rows.push(arg),
            _ => return Err(format!("what is {arg}?").into()),
        }
    }
    Ok(asked)
}

fn tell(line: &str) -> Outcome<()> {
    let mut out = stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// How long claims of a link take, one after the other, sorted.
fn time(link: &Claimer, url: &str, keys: core::ops::Range<u32>) -> Outcome<Vec<Duration>> {
    let mut wire = Wire::open(url)?;
    let mut waits = Vec::new();
    for key in keys {
        let began = Instant::now();
        expect(link.claim(&mut wire, key)?, 200)?;
        waits.push(began.elapsed());
    }
    waits.sort_unstable();
    Ok(waits)
}

fn person_with(folder: &Path, relay: &Relay, bytes: u64) -> Outcome<Person> {
    let person = Person::new(&folder.join("sender"), relay.url());
    fs::File::create(person.desk("a.bin"))?.set_len(bytes)?;
    Ok(person)
}

/// Durable claims a second, each a grant of its own.
fn claims(folder: &Path, is_quick: bool) -> Outcome<()> {
    let n_links = if is_quick { 20 } else { 150 };
    let relay = Relay::start_with(&folder.join("relay"), "127.0.0.1:0", &["--log", "error"]);
    let person = person_with(folder, &relay, 10)?;
    let links: Vec<Claimer> = (0..n_links)
        .map(|_| send(&person, "a.bin"))
        .collect::<Outcome<_>>()?;
    let (next, is_over) = (AtomicU32::new(0), AtomicBool::new(false));
    let cpu_before = cpu(relay.pid())?;
    let began = Instant::now();
    let claim_on = || -> Outcome<u32> {
        let mut wire = Wire::open(relay.url())?;
        let mut n_granted = 0;
        while !is_over.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(link) = links.get((number / DOWNLOADS_MAX) as usize) else {
                break;
            };
            expect(link.claim(&mut wire, number)?, 200)?;
            n_granted += 1;
            if began.elapsed() > Duration::from_secs(CLAIM_SECONDS) {
                is_over.store(true, Ordering::Relaxed);
            }
        }
        Ok(n_granted)
    };
    let n_granted = thread::scope(|scope| {
        let claimers: Vec<_> = (0..CLAIMERS).map(|_| scope.spawn(claim_on)).collect();
        let joined = claimers
            .into_iter()
            .map(|claimer| claimer.join().map_err(|_| "a panic")?);
        joined.sum::<Outcome<u32>>()
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let cpu = cpu(relay.pid())? - cpu_before;
    tell(&format!(
        "claims: {n_granted} granted in {seconds:.1} s by {CLAIMERS} connections: {:.0} a second; \
         relay {cpu:.1} CPU seconds; a sync alone takes {:.2} ms here",
        f64::from(n_granted) / seconds,
        sync_alone(folder)?.as_secs_f64() * 1000.0,
    ))
}

/// Downloads that took a byte and stopped: what they cost, and what a claim then takes.
fn stalled(folder: &Path, is_quick: bool) -> Outcome<()> {
    let relay = Relay::start_with(&folder.join("relay"), "127.0.0.1:0", &["--log", "error"]);
    let bytes = if is_quick { 1 << 26 } else { 1 << 30 };
    let person = person_with(folder, &relay, bytes)?;
    let large = send(&person, "a.bin")?;
    fs::File::create(person.desk("b.bin"))?.set_len(10)?;
    let other = send(&person, "b.bin")?;
    let alone = median(&time(&other, relay.url(), 0..200)?);
    let (rss_before, sockets_before) = (rss(relay.pid())?, socket_memory()?);
    let n_parts = PartPlan::new(bytes)?.n_parts();
    let mut open = Vec::new();
    for number in 0..STALLED {
        let (mut wire, key) = (Wire::open(relay.url())?, number % DOWNLOADS_MAX);
        expect(large.claim(&mut wire, key)?, 200)?;
        let path = route::part(&large.id, PartIndex(number % n_parts));
        wire.say(
            &format!("GET {path}"),
            &[("authorization", &bearer(key))],
            None,
        )?;
        wire.hear(Some(1))?;
        open.push(wire);
    }
    let waits = time(&other, relay.url(), 200..500)?;
    let (rss, sockets) = (rss(relay.pid())?, socket_memory()?);
    let own = relay_socket_memory(relay.url());
    let mib = |bytes: u64| bytes / (1 << 20);
    tell(&format!(
        "stalled: {STALLED} downloads of a part of {} MiB: relay {} MiB (before: {}); its sockets {} MiB, \
         with the other ends {} MiB (before: {}); a claim {:.1} ms at the median, {:.1} at the 99th hundredth (before: {:.1})",
        mib(bytes),
        mib(rss),
        mib(rss_before),
        own.map_or("?".to_owned(), |bytes| mib(bytes).to_string()),
        mib(sockets),
        mib(sockets_before),
        milliseconds(median(&waits)),
        milliseconds(
            waits
                .get(waits.len() * 99 / 100)
                .copied()
                .unwrap_or_default()
        ),
        milliseconds(alone),
    ))
}

/// Many small transfers expire at once: how long their destruction takes, and a claim meanwhile.
fn sweep(folder: &Path, is_quick: bool) -> Outcome<()> {
    let n_expired = if is_quick { EXPIRED / 20 } else { EXPIRED };
    let options = ["--log", "error"];
    let relay = Relay::start_with(&folder.join("relay"), "127.0.0.1:0", &options);
    let person = person_with(folder, &relay, 10)?;
    let live = send(&person, "a.bin")?;
    let began = Instant::now();
    open_many(relay.url(), n_expired)?;
    let opening = began.elapsed();
    let clock = preload(folder, "clock", SHIFTED_CLOCK);
    let shift = (LIFE_SECONDS + 60).to_string();
    let variables = [
        ("LD_PRELOAD", clock.as_os_str()),
        ("SHIFT", OsStr::new(&shift)),
    ];
    let relay = relay.restart_among(&variables);
    let began = Instant::now();
    let (mut waits, mut wire) = (Vec::new(), Wire::open(relay.url())?);
    let mut looked = Instant::now();
    for key in 0_u32.. {
        let asked = Instant::now();
        // Once its grants are all given, the same key asks for the same grant.
        expect(live.claim(&mut wire, key % DOWNLOADS_MAX)?, 200)?;
        waits.push(asked.elapsed());
        thread::park_timeout(Duration::from_millis(20));
        if looked.elapsed() > Duration::from_secs(2) {
            if count_objects(relay.folder()) <= 2 {
                break;
            }
            looked = Instant::now();
        }
    }
    waits.sort_unstable();
    let seconds = began.elapsed().as_secs_f64();
    tell(&format!(
        "sweep: {n_expired} transfers (opened in {:.0} s) destroyed in {seconds:.0} s: {:.0} a second; {} claims \
         meanwhile, {:.1} ms at the median, {:.1} at the 99th hundredth, {:.1} at most; relay {} MiB",
        opening.as_secs_f64(),
        f64::from(n_expired) / seconds,
        waits.len(),
        milliseconds(median(&waits)),
        milliseconds(
            waits
                .get(waits.len() * 99 / 100)
                .copied()
                .unwrap_or_default()
        ),
        milliseconds(waits.last().copied().unwrap_or_default()),
        rss(relay.pid())? >> 20,
    ))
}

/// Whether the time of a refusal tells an id that exists from one that does not.
fn timing(folder: &Path, is_quick: bool) -> Outcome<()> {
    let n_pairs = if is_quick { 1_000 } else { 10_000 };
    let relay = Relay::start_with(&folder.join("relay"), "127.0.0.1:0", &["--log", "error"]);
    let person = person_with(folder, &relay, 10)?;
    let mut known = send(&person, "a.bin")?;
    known.body = format!(r#"{{"claim":"{}"}}"#, base64url(&[0; 32])).into_bytes();
    let unknown = Claimer {
        id: TransferId::from_bytes([0xee; 16]),
        body: known.body.clone(),
    };
    let mut wire = Wire::open(relay.url())?;
    let (mut of_known, mut of_unknown) = (Vec::new(), Vec::new());
    for number in 0..n_pairs {
        // Now one first, now the other.
        let mut turns = [(&known, &mut of_known), (&unknown, &mut of_unknown)];
        if number % 2 == 1 {
            turns.reverse();
        }
        for (claimer, waits) in turns {
            let began = Instant::now();
            expect(claimer.claim(&mut wire, 1)?, 404)?;
            waits.push(began.elapsed());
        }
    }
    let z = rank_score(&of_known, &of_unknown);
    of_known.sort_unstable();
    of_unknown.sort_unstable();
    tell(&format!(
        "timing: {n_pairs} refusals each: {:.1} us for an id that exists, {:.1} us for one that does not \
         (medians); Mann-Whitney z = {z:.2} (|z| > 2.58: p < 0.01)",
        milliseconds(median(&of_known)) * 1000.0,
        milliseconds(median(&of_unknown)) * 1000.0,
    ))
}

/// The score of Mann and Whitney's test, in standard deviations; ties are too rare to matter.
fn rank_score(one: &[Duration], other: &[Duration]) -> f64 {
    let mut all: Vec<(Duration, bool)> = one.iter().map(|wait| (*wait, true)).collect();
    all.extend(other.iter().map(|wait| (*wait, false)));
    all.sort_unstable();
    let ranks = all.iter().zip(1_u32..).filter(|((_, is_one), _)| *is_one);
    let sum: f64 = ranks.map(|(_, rank)| f64::from(rank)).sum();
    let [n, m] = [one.len(), other.len()].map(|n| u32::try_from(n).map_or(f64::MAX, f64::from));
    let mean = n * (n + m + 1.0) / 2.0;
    (sum - mean) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

fn count_objects(relay: &Path) -> usize {
    let shards = fs::read_dir(relay.join("data/objects"))
        .into_iter()
        .flatten()
        .flatten();
    shards
        .map(|shard| fs::read_dir(shard.path()).into_iter().flatten().count())
        .sum()
}

/// Opens, fills and completes small transfers over many connections.
fn open_many(url: &str, n: u32) -> Outcome<()> {
    let next = AtomicU32::new(0);
    let open_on = || -> Outcome<()> {
        let mut wire = Wire::open(url)?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= n {
                return Ok(());
            }
            let sender = Sender::new(url, number / OWNED, ONE_PART)?;
            if sender.send(&mut wire, number).is_err() {
                // A connection on which a busy machine said nothing for long is closed; every step
                // may be repeated.
                wire = Wire::open(url)?;
                sender.send(&mut wire, number)?;
            }
        }
    };
    thread::scope(|scope| {
        let senders: Vec<_> = (0..CLAIMERS).map(|_| scope.spawn(open_on)).collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().map_err(|_| "a panic")?)
    })
}

/// Bytes of an archive of one part.
const ONE_PART: u64 = 10;
/// Transfers of one sender: whoever has more is refused sooner or later.
const OWNED: u32 = 1_000;

/// CPU seconds a process has used.
fn cpu(pid: u32) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("no such process")?;
    let ticks = |n| {
        fields
            .split(' ')
            .nth(n)
            .and_then(|text| text.parse::<f64>().ok())
    };
    let ticks = ticks(11).zip(ticks(12)).ok_or("no times")?;
    let per_second = Command::new("getconf").arg("CLK_TCK").output()?.stdout;
    let per_second: f64 = String::from_utf8(per_second)?.trim().parse()?;
    Ok((ticks.0 + ticks.1) / per_second)
}

/// Bytes a process has in memory.
fn rss(pid: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmRSS")?;
    Ok(kib.parse::<u64>()? * 1024)
}

/// Bytes the kernel holds for all TCP sockets of this machine.
fn socket_memory() -> Outcome<u64> {
    let stat = fs::read_to_string("/proc/net/sockstat")?;
    let line = stat.lines().find(|line| line.starts_with("TCP:"));
    let line = line.ok_or("no TCP")?;
    let pages = line
        .split_once("mem ")
        .and_then(|(_, text)| text.split(' ').next());
    Ok(pages.ok_or("no mem")?.parse::<u64>()? * 4096)
}

/// Bytes the kernel holds for a relay's ends of its connections, as `ss` tells: read and not taken (r),
/// written and not sent (w), and set aside (f). None without `ss`.
fn relay_socket_memory(url: &str) -> Option<u64> {
    let port = url.rsplit(':').next()?;
    let source = format!("( sport = :{port} )");
    let told = Command::new("ss")
        .args(["-tmnH", "state", "established", &source])
        .output()
        .ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let of = |fields: &str| {
        let bytes = |name| {
            let field = fields.split(',').find_map(|field| field.strip_prefix(name));
            field
                .and_then(|digits| digits.parse::<u64>().ok())
                .unwrap_or(0)
        };
        // `w` and `f`, not `fb` or another that begins so: those have no digit behind the letter.
        ["r", "w", "f"].map(bytes).iter().sum::<u64>()
    };
    let sockets = text
        .split("skmem:(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    Some(sockets.map(of).sum())
}
