//! The relay's executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    quitus_server::run(std::env::args_os())
}
