//! `quitus device [DIR]`: whether the disk below a folder is seen to be encrypted, and what was looked at.

use std::path::{Path, PathBuf};

use crate::args::DeviceArgs;
use crate::device;
use crate::env::Env;
use crate::failure::Failure;
use crate::phrase;

/// Prints the look: a line with the answer, a line for each thing that was looked at.
///
/// # Errors
///
/// With `--require-encryption` exit 9 unless the folder is seen to be encrypted.
pub fn run(env: &Env, args: &DeviceArgs) -> Result<(), Failure> {
    let folder = args.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    let folder = std::path::absolute(&folder).map_err(|error| Failure::read(&folder, error))?;
    tell(env, &folder)?;
    if args.require_encryption {
        device::require_encryption(&folder)?;
    }
    Ok(())
}

fn tell(env: &Env, folder: &Path) -> Result<(), Failure> {
    let look = device::look(folder);
    let terminal = env.terminal();
    terminal.event(
        "device",
        serde_json::json!({
            "folder": crate::escape::exact_name(folder),
            "encryption": device::word(look.encryption),
            "fileSystem": look.file_system,
            "seen": look.seen,
        }),
    );
    let answer = phrase!("device-line", path = folder, answer = device::answer(&look));
    terminal.result_line(&terminal.words().write(&answer))?;
    for seen in &look.seen {
        let line = phrase!("device-seen", seen = seen);
        terminal.result_line(&terminal.words().write(&line))?;
    }
    Ok(())
}
