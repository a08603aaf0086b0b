//! What other programs are told about the command line: completion scripts and manual pages.

use std::io;

use clap_complete::Shell;

use super::localize;
use crate::phrase;
use crate::words::{Phrase, Words};

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
    let mut pages = vec![page(root.clone(), words)?];
    for command in root
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        pages.push(page(command.clone(), words)?);
    }
    Ok(pages)
}

/// The headings that `clap_mangen` writes in English, and what they are called here.
const HEADINGS: &[(&str, Phrase)] = &[
    (".SH NAME", phrase!("man-heading-name")),
    (".SH SYNOPSIS", phrase!("man-heading-synopsis")),
    (".SH DESCRIPTION", phrase!("man-heading-description")),
    (".SH EXTRA", phrase!("man-heading-notes")),
    (".SH VERSION", phrase!("man-heading-version")),
];

fn page(command: clap::Command, words: &Words) -> io::Result<(String, Vec<u8>)> {
    let page = clap_mangen::Man::new(command);
    let mut content = Vec::new();
    page.render(&mut content)?;
    let content = String::from_utf8_lossy(&content);
    let heading = |line: &str| {
        let named = HEADINGS.iter().find(|(english, _)| *english == line);
        named.map_or_else(
            || line.to_owned(),
            |(_, name)| format!(".SH {}", words.write(name)),
        )
    };
    let lines: Vec<_> = content.lines().map(heading).collect();
    Ok((page.get_filename(), (lines.join("\n") + "\n").into_bytes()))
}
