//! What a relay does with parts, by a client that neither seals nor opens: `tests/bench/bucket` compares it
//! with what the AWS SDK alone does with the same bucket.
//!
//! ```text
//! parts URL PARTS AT_ONCE      prints: put SECONDS get SECONDS
//! ```

mod client;

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Instant, SystemTime};

use client::{Claimer, Outcome, Sender, bearer, expect, id_of};
use quitus_core::digest::Blake3;
use quitus_core::parts::{PART_BYTES, PartIndex};
use quitus_core::protocol::route;
use quitus_tests::Wire;

/// Names the download.
const KEY: u32 = 1;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, n_parts, at_once] = arguments.as_slice() else {
        return Err("parts URL PARTS AT_ONCE".into());
    };
    let (n_parts, at_once): (u32, u32) = (n_parts.parse()?, at_once.parse()?);
    let sender = Sender::new(url, 0, u64::from(n_parts) * PART_BYTES)?;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let id = id_of(since.subsec_nanos())?;
    let mut wire = Wire::open(url)?;
    sender.open(&mut wire, &id)?;
    let part = sender.part(PartIndex(0))?;
    let digest = Blake3::of(&part);
    let put = timed(url, (n_parts, at_once), |wire, index| {
        Sender::put(wire, (&id, index), (&part, &digest))
    })?;
    let digests = vec![digest; usize::try_from(n_parts)?];
    sender.complete(&mut wire, &id, &digests)?;
    expect(Claimer::of(id).claim(&mut wire, KEY)?, 200)?;
    let bearer = bearer(KEY);
    let get = timed(url, (n_parts, at_once), |wire, index| {
        let line = format!("GET {}", route::part(&id, index));
        let reply = wire.ask(&line, &[("authorization", bearer.as_str())], None)?;
        expect(reply.status, 200)?;
        if reply.body.len() == part.len() {
            Ok(())
        } else {
            Err("a part is short".into())
        }
    })?;
    writeln!(std::io::stdout(), "put {put:.3} get {get:.3}")?;
    Ok(())
}

/// Seconds for all of them, so many at once, each on a connection of its own.
fn timed(
    url: &str,
    (n_parts, at_once): (u32, u32),
    work: impl Fn(&mut Wire, PartIndex) -> Outcome<()> + Sync,
) -> Outcome<f64> {
    let (began, next) = (Instant::now(), AtomicU32::new(0));
    let one = || -> Outcome<()> {
        let mut wire = Wire::open(url)?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= n_parts {
                return Ok(());
            }
            work(&mut wire, PartIndex(number))?;
        }
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..at_once).map(|_| scope.spawn(one)).collect();
        running.into_iter().try_for_each(|one| {
            let outcome = one.join();
            outcome.unwrap_or_else(|_| Err("a thread panicked".into()))
        })
    })?;
    Ok(began.elapsed().as_secs_f64())
}
