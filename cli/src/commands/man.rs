//! `quitus man DIR`: the manual pages, one file per command.

use std::fs;
use std::path::Path;

use crate::args::{ManArgs, manual_pages};
use crate::env::Env;
use crate::failure::Failure;
use crate::phrase;

/// Writes the pages into a folder, which is made if need be; pages of an earlier version are replaced.
///
/// # Errors
///
/// Exit 8 when the folder or a page cannot be written.
pub fn run(env: &Env, args: &ManArgs) -> Result<(), Failure> {
    let terminal = env.terminal();
    let folder = &args.folder;
    fs::create_dir_all(folder).map_err(|error| Failure::write(folder, error))?;
    let pages = manual_pages(terminal.words()).map_err(Failure::unexpected)?;
    for (name, content) in &pages {
        write_page(&folder.join(name), content)?;
    }
    terminal.say(phrase!("man-done", pages = pages.len(), folder = folder));
    Ok(())
}

fn write_page(path: &Path, content: &[u8]) -> Result<(), Failure> {
    fs::write(path, content).map_err(|error| Failure::write(path, error))
}
