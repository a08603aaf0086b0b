//! What other programs are told about the command line: completion scripts and manual pages.

use std::io;

use clap_complete::Shell;

use super::localize;
use crate::words::Words;

/// Writes the completion script of a shell.
#[must_use]
pub fn completion_script(shell: Shell, words: &Words) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut localize::command(words), "quitus", &mut script);
    script
}

/// Writes a manual page (roff) for the program and for each command: file name and content.
///
/// # Errors
///
/// None in practice: it writes into memory.
pub fn manual_pages(words: &Words) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut root = localize::command(words);
    root.build();
    let mut pages = vec![page(root.clone())?];
    for command in root
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        pages.push(page(command.clone())?);
    }
    Ok(pages)
}

fn page(command: clap::Command) -> io::Result<(String, Vec<u8>)> {
    let page = clap_mangen::Man::new(command);
    let mut content = Vec::new();
    page.render(&mut content)?;
    Ok((page.get_filename(), content))
}
