//! The command line in the person's language: texts of the catalogues put into clap's tree by id.
//!
//! ```text
//! help-send             what `quitus send` does
//! help-send-expires     its flag `--expires`
//! value-when            the word for a value in usage lines
//! ```

use clap::builder::Resettable;
use clap::{Arg, Command, CommandFactory as _};

use super::Cli;
use crate::words::Words;

/// The whole tree of commands with its texts.
pub(super) fn command(words: &Words) -> Command {
    let headings = Headings::new(words);
    let root = Cli::command().subcommand_value_name(headings.command.clone());
    tree(root, "help", words, &headings)
}

/// The titles of a help page's sections.
struct Headings {
    usage: String,
    commands: String,
    command: String,
    arguments: String,
    options: String,
    global: String,
}

impl Headings {
    fn new(words: &Words) -> Self {
        let find = |id| words.find(id).unwrap_or_default();
        Self {
            usage: find("heading-usage"),
            commands: find("heading-commands"),
            command: find("value-command"),
            arguments: find("heading-arguments"),
            options: find("heading-options"),
            global: find("heading-global"),
        }
    }
}

fn tree(command: Command, id: &str, words: &Words, headings: &Headings) -> Command {
    let template = format!(
        "{{about}}\n\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
        headings.usage
    );
    command
        .about(words.find(id).unwrap_or_default())
        .long_about(Resettable::Reset)
        .after_help(words.find(&format!("{id}-more")).unwrap_or_default())
        .help_template(template)
        .subcommand_help_heading(headings.commands.clone())
        .mut_args(|arg| argument(arg, id, words, headings))
        .mut_subcommands(|command| {
            let id = format!("{id}-{}", command.get_name());
            tree(command, &id, words, headings)
        })
}

fn argument(arg: Arg, id: &str, words: &Words, headings: &Headings) -> Arg {
    let heading = match (arg.is_positional(), arg.is_global_set()) {
        (true, _) => &headings.arguments,
        (false, true) => &headings.global,
        (false, false) => &headings.options,
    };
    let heading = heading.clone();
    let values = value_names(&arg, words);
    let help = words.find(&help_id(id, &arg)).unwrap_or_default();
    arg.help(help)
        .long_help(Resettable::Reset)
        .help_heading(heading)
        .value_names(values)
        // These are written in English by clap; the texts say them themselves.
        .hide_default_value(true)
        .hide_possible_values(true)
}

fn value_names(arg: &Arg, words: &Words) -> Vec<String> {
    value_words(arg)
        .iter()
        .map(|name| {
            words
                .find(&value_id(name))
                .unwrap_or_else(|| name.to_string())
        })
        .collect()
}

/// The words for the values of an argument; none for a flag, whatever clap keeps there.
fn value_words(arg: &Arg) -> &[clap::builder::Str] {
    let names = arg.get_value_names().unwrap_or_default();
    if arg.get_action().takes_values() {
        names
    } else {
        &[]
    }
}

fn help_id(command_id: &str, arg: &Arg) -> String {
    format!("{command_id}-{}", arg.get_id().as_str().replace('_', "-"))
}

fn value_id(name: &str) -> String {
    format!("value-{}", name.to_lowercase())
}

/// Every id that [`command`] looks up and that must be in the catalogues, for the test of the catalogues.
#[cfg(test)]
pub(crate) fn ids() -> Vec<String> {
    let mut ids: Vec<_> = ["usage", "commands", "arguments", "options", "global"]
        .map(|heading| format!("heading-{heading}"))
        .into();
    ids.push(value_id("command"));
    collect(&Cli::command(), "help", &mut ids);
    ids
}

#[cfg(test)]
fn collect(command: &Command, id: &str, ids: &mut Vec<String>) {
    ids.push(id.to_owned());
    for arg in command.get_arguments() {
        ids.push(help_id(id, arg));
        ids.extend(value_words(arg).iter().map(|name| value_id(name)));
    }
    for command in command.get_subcommands() {
        collect(command, &format!("{id}-{}", command.get_name()), ids);
    }
}
