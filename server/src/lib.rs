//! The relay `quitus-relay`, in reading order: it holds sealed transfers it cannot read.
//!
//! What a request means is in [`relay`]; the rest is what it stands on (below) and how it is reached
//! (above).

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

pub mod platform;
pub mod durable;
pub mod clock;
pub mod caller;
pub mod rates;
pub mod pace;
pub mod buckets;
pub mod own_keys;
pub mod vault;
pub mod store;
pub mod findings;
pub mod records;
mod doubts;
pub mod downloads;
pub mod asked;
pub mod statements;
pub mod clerk;
pub mod sequencer;
pub mod sweeper;
pub mod relay;
pub mod http;
pub mod tls;
pub mod socket;
pub mod listen;
pub mod args;
pub mod config;
pub mod doctor;
pub mod checking;
pub mod operator;
pub mod stores;
pub mod serve;

use args::Command;
use findings::{Finding, Health};

/// Runs the program with its arguments.
///
/// Exit codes: 0 done, 1 `doctor` or `check` found a fault, 2 usage, 8 a folder, file, address or store that
/// cannot be used, or a disk that did not keep what was written.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let outcome = match args::parse(arguments) {
        Ok(Command::Serve(serve)) => serve::serve(*serve),
        Ok(Command::Invite(invite)) => operator::invite(invite),
        Ok(Command::Accounts(accounts)) => operator::accounts(accounts),
        Ok(Command::AccessLog(folder)) => print_access_log(folder),
        Ok(Command::Openapi) => print_openapi(),
        Ok(Command::Doctor(examined)) => return tell_findings(doctor(examined)),
        Ok(Command::Check(check)) => return tell_findings(checking::check(check)),
        Err(error) => return args::tell(&error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.code())
        }
    }
}

fn print_access_log(folder: args::DataFolder) -> Result<(), serve::Failure> {
    let data = folder.data.map_or_else(config::default_data, Ok)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut printed = Ok(());
    let exported = records::sqlite::export(&data.join("records.sqlite"), |line| {
        printed = serde_json::to_writer(&mut out, &line)
            .map_err(std::io::Error::from)
            .and_then(|()| out.write_all(b"\n"));
        printed.is_ok()
    });
    exported.map_err(|error| serve::Failure::local("the access log cannot be read", error))?;
    printed
        .and_then(|()| out.flush())
        .map_err(|error| serve::Failure::local("standard output cannot be written", error))
}

fn doctor(examined: args::Examined) -> Result<Vec<Finding>, serve::Failure> {
    let place = config::place_of(examined.storage)?;
    let data = examined
        .folders
        .data
        .map_or_else(config::default_data, Ok)?;
    let keys = examined
        .folders
        .keys
        .unwrap_or_else(|| config::beside(&data));
    doctor::examine((&data, &keys), &place, serve::system_time())
}

/// Exit code 0 if nothing fails, 1 if something does, and that of a failure to look.
fn tell_findings(outcome: Result<Vec<Finding>, serve::Failure>) -> ExitCode {
    let findings = match outcome {
        Ok(findings) => findings,
        Err(failure) => {
            failure.tell();
            return ExitCode::from(failure.code());
        }
    };
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        // Nobody is left to be told if this fails; the exit code tells.
        let _ = writeln!(out, "{finding}");
    }
    let is_well = findings.iter().all(|finding| finding.health < Health::Fail);
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn print_openapi() -> Result<(), serve::Failure> {
    let document = http::openapi_document().as_bytes();
    let mut out = std::io::stdout().lock();
    out.write_all(document)
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
        .map_err(|error| serve::Failure::local("standard output cannot be written", error))
}
