//! `quitus completions SHELL`: the completion script, on stdout.

use crate::args::{CompletionsArgs, completion_script};
use crate::env::Env;
use crate::failure::Failure;

/// Prints the script of the shell that was asked for, with its texts in the person's language.
///
/// # Errors
///
/// As [`result_bytes`](crate::terminal::Terminal::result_bytes).
pub fn run(env: &Env, args: &CompletionsArgs) -> Result<(), Failure> {
    let terminal = env.terminal();
    terminal.result_bytes(&completion_script(args.shell, terminal.words()))
}
