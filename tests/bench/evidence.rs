//! What evidence costs: statements that are logged, proofs that they are, and a dossier of many.
//!
//! ```text
//! evidence [log] [dossier] [--folder DIR] [--quick]
//! ```
//!
//! Starts relays from the binaries that were built before, on loopback, in a folder of its own that it
//! removes. It prints counts of one run; it fails on a wrong answer, never on a slow one. See
//! `docs/performance.md`.

use std::fs;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use quitus_core::digest::Sha256;
use quitus_core::protocol::route;
use quitus_core::text::base64url;
use quitus_core::tlog::tile::{Tile, Tiles};
use quitus_core::tlog::{Entry, Proof, SignedCheckpoint, VerifierKey};
use quitus_core::transfer::DOWNLOADS_MAX;
use quitus_tests::{Person, Relay, Wire, binary};

mod client;

use client::{
    HEADER, Outcome, Sender, bearer, expect, id_of, median, milliseconds, send, sync_alone,
};

/// Parties that state at once.
const PARTIES: u32 = 64;
/// Statements of them all, with a few more so that each has as many.
const STATEMENTS: u32 = 100_000;
/// Statements about one transfer.
const OF_ONE_TRANSFER: u32 = 250;
/// Proofs that are made and checked.
const PROOFS: u32 = 1_000;
/// How often the dossier is verified.
const VERIFIED: u32 = 11;

fn main() -> Outcome<()> {
    let (mut rows, mut folder, mut is_quick) = (Vec::new(), PathBuf::from("/var/tmp"), false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--folder" => folder = args.next().ok_or("--folder DIR")?.into(),
            "--quick" => is_quick = true,
            "log" | "dossier" => rows.push(arg),
            _ => return Err(format!("what is {arg}?").into()),
        }
    }
    for (name, row) in [
        ("log", log as fn(&Path, bool) -> Outcome<()>),
        ("dossier", dossier),
    ] {
        if rows.is_empty() || rows.iter().any(|row| row == name) {
            let folder = folder.join(format!("quitus-evidence-{}", std::process::id()));
            let outcome = row(&folder, is_quick);
            fs::remove_dir_all(&folder)?;
            outcome?;
        }
    }
    Ok(())
}

fn tell(line: &str) -> Outcome<()> {
    let mut out = stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Statements of parties, each answered once a checkpoint that covers it is shown; then proofs of some.
fn log(folder: &Path, is_quick: bool) -> Outcome<()> {
    let n_each = if is_quick {
        STATEMENTS / 50
    } else {
        STATEMENTS
    }
    .div_ceil(PARTIES);
    let relay = Relay::start_with(&folder.join("relay"), "127.0.0.1:0", &["--log", "error"]);
    let began = Instant::now();
    let logged = thread::scope(|scope| {
        let state = |party| state_many(relay.url(), party, n_each);
        let parties: Vec<_> = (0..PARTIES)
            .map(|party| scope.spawn(move || state(party)))
            .collect();
        let joined = parties
            .into_iter()
            .map(|party| party.join().map_err(|_| "a panic")?);
        joined.collect::<Outcome<Vec<_>>>()
    })?
    .concat();
    let seconds = began.elapsed().as_secs_f64();
    tell(&format!(
        "log: {} statements logged and shown in {seconds:.1} s by {PARTIES} connections: {:.0} a second; \
         a sync alone takes {:.2} ms here",
        logged.len(),
        f64::from(n_each * PARTIES) / seconds,
        milliseconds(sync_alone(folder)?),
    ))?;
    prove(relay.url(), &logged)
}

/// Has statements logged, one after the other; their entries and places.
fn state_many(url: &str, party: u32, n: u32) -> Outcome<Vec<(Entry, u64)>> {
    let (sender, mut wire) = (Sender::new(url, party, 10)?, Wire::open(url)?);
    let line = format!("POST {}", route::STATEMENTS);
    let mut logged = Vec::new();
    for number in 0..n {
        let transfer = party + PARTIES * (number / OF_ONE_TRANSFER);
        if number % OF_ONE_TRANSFER == 0 {
            sender.send(&mut wire, transfer)?;
        }
        let digest = |of: &[u8]| Sha256::of(&[of, &party.to_be_bytes(), &number.to_be_bytes()]);
        let entry = Entry {
            statement: digest(b"statement"),
            signature: digest(b"signature"),
        };
        let body = format!(
            r#"{{"transfer":"{}","statement":"{}","signature":"{}","sealed":"{}"}}"#,
            id_of(transfer)?,
            entry.statement,
            entry.signature,
            base64url(HEADER)
        );
        let reply = sender.signed(&mut wire, &line, body.as_bytes())?;
        expect(reply.status, 201)?;
        logged.push((entry, reply.field("index").ok_or("no index")?.parse()?));
    }
    Ok(logged)
}

/// Makes proofs as a client does, from tiles that it asks the relay for, and checks each.
fn prove(url: &str, logged: &[(Entry, u64)]) -> Outcome<()> {
    let mut wire = Wire::open(url)?;
    let about = wire.ask("GET /v1", &[], None)?;
    let log: VerifierKey = about.field("logKey").ok_or("no key")?.parse()?;
    let note = wire.ask(&format!("GET {}", route::CHECKPOINT), &[], None)?;
    let shown = SignedCheckpoint::verify(std::str::from_utf8(&note.body)?, &log)?;
    let step = (logged.len() / PROOFS as usize).max(1);
    let mut waits = Vec::new();
    for (entry, index) in logged.iter().step_by(step) {
        let began = Instant::now();
        let mut tiles = Tiles::new(shown.checkpoint().size, |tile| read(&mut wire, &tile));
        let path = tiles.inclusion(*index)?;
        drop(tiles);
        Proof::new(*index, path, &shown).verify(entry, &log)?;
        waits.push(began.elapsed());
    }
    waits.sort_unstable();
    tell(&format!(
        "proof: {} proofs in a log of {}, tiles fetched anew, made and checked: {:.1} ms at the median, {:.1} at most",
        waits.len(),
        shown.checkpoint().size,
        milliseconds(median(&waits)),
        milliseconds(waits.last().copied().unwrap_or_default()),
    ))
}

fn read(wire: &mut Wire, tile: &Tile) -> Outcome<Vec<u8>> {
    Ok(wire
        .ask(&format!("GET {}", route::tile(tile)), &[], None)?
        .body)
}

/// A transfer that was taken as often as one may be, but once: a thousand statements, in one dossier.
fn dossier(folder: &Path, is_quick: bool) -> Outcome<()> {
    let n_taken = if is_quick { 50 } else { DOWNLOADS_MAX - 1 };
    let relay = Relay::start_closed(&folder.join("relay"));
    let person = Person::new(&folder.join("sender"), relay.url());
    run(
        &person,
        &["init", "--name", "sender", "--no-passphrase"],
        "",
    )?;
    run(&person, &["join", "-"], &invite(&relay)?)?;
    fs::write(person.desk("a.bin"), b"0123456789")?;
    let link = send(&person, "a.bin")?;
    let mut wire = Wire::open(relay.url())?;
    for key in 0..n_taken {
        expect(link.claim(&mut wire, key)?, 200)?;
        let headers = [("authorization", &*bearer(key))];
        let done = format!("POST {}", route::done(&link.id));
        expect(wire.ask(&done, &headers, Some(b""))?.status, 204)?;
    }
    let id = link.id.to_string();
    let began = Instant::now();
    run(&person, &["dossier", "build", &id, "-o", "dossier.zip"], "")?;
    let built = began.elapsed();
    let mut waits = Vec::new();
    for _ in 0..VERIFIED {
        let mut verify = Command::new(binary("quitus"));
        verify.arg("verify").arg(person.desk("dossier.zip"));
        let began = Instant::now();
        let verified = verify.env_clear().output()?;
        waits.push(began.elapsed());
        let lines = String::from_utf8(verified.stdout)?;
        let n_ok = lines.lines().filter(|line| line.contains(": ok L")).count();
        if n_ok != n_taken as usize + 1 || verified.status.code() != Some(13) {
            return Err(format!("{n_ok} statements are valid: {}", verified.status).into());
        }
    }
    waits.sort_unstable();
    tell(&format!(
        "dossier: {} statements, built in {:.1} s, verified by `quitus verify` in {:.0} ms at the median of {VERIFIED}",
        n_taken + 1,
        built.as_secs_f64(),
        milliseconds(median(&waits)),
    ))
}

fn invite(relay: &Relay) -> Outcome<String> {
    let mut command = Command::new(binary("quitus-relay"));
    command.args(["invite", "--name", "sender", "--data"]);
    command
        .arg(relay.folder().join("data"))
        .arg("--keys")
        .arg(relay.folder().join("keys"));
    let invited = command.env_clear().output()?;
    Ok(String::from_utf8(invited.stdout)?.trim().to_owned())
}

fn run(person: &Person, args: &[&str], input: &str) -> Outcome<()> {
    let outcome = person.run(args, input.as_bytes());
    let is_done = outcome.code == 0;
    is_done.then_some(()).ok_or_else(|| outcome.stderr.into())
}
