//! The command `quitus`.

use std::process::ExitCode;

fn main() -> ExitCode {
    quitus_cli::run()
}
