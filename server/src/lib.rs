//! The relay `quitus-relay`, in reading order: it holds sealed transfers it cannot read.
//!
//! What a request means is in [`relay`]; the rest is what it stands on (below) and how it is reached
//! (above).

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

pub mod platform;
pub mod vault;
pub mod store;
pub mod records;
pub mod downloads;
pub mod asked;
pub mod relay;
pub mod http;
pub mod tls;
pub mod socket;
pub mod listen;
pub mod args;
pub mod config;
pub mod serve;

use args::Command;

/// Runs the program with its arguments.
///
/// Exit codes: 0 done, 2 usage, 8 a folder, file or address that cannot be used.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let outcome = match args::parse(arguments) {
        Ok(Command::Serve(serve)) => serve::serve(serve),
        Ok(Command::Openapi) => print_openapi(),
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

fn print_openapi() -> Result<(), serve::Failure> {
    let document = http::openapi_document().as_bytes();
    let mut out = std::io::stdout().lock();
    out.write_all(document)
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
        .map_err(|error| serve::Failure::local("standard output cannot be written", error))
}
