//! One file per command; this one only finds it.

pub mod completions;
pub mod man;

use crate::args::Command;
use crate::env::Env;
use crate::failure::Failure;

/// Does what was asked.
///
/// # Errors
///
/// Whatever the command's own `run` documents.
pub fn run(env: &Env, command: Command) -> Result<(), Failure> {
    match command {
        Command::Send(_) | Command::Receive(_) | Command::Encrypt(_) | Command::Decrypt(_) => {
            Err(Failure::unexpected(std::io::Error::other("not built yet")))
        }
        Command::Completions(args) => completions::run(env, &args),
        Command::Man(args) => man::run(env, &args),
    }
}
