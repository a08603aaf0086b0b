//! What is wrong with a command line, in words.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::Failure;
use crate::phrase;
use crate::words::Phrase;

/// Says what clap refused and where help is: `command` is the command in question, if any.
pub(super) fn failure(error: &clap::Error, command: Option<&'static str>) -> Failure {
    let what = if let Some((_, what)) = KINDS.iter().find(|(kind, _)| *kind == error.kind()) {
        what(error)
    } else {
        phrase!("usage-other")
    };
    Failure::usage(what).hint(hint(error, command))
}

type Tell = fn(&clap::Error) -> Phrase;

/// How each kind of error is told.
const KINDS: &[(ErrorKind, Tell)] = &[
    (ErrorKind::InvalidSubcommand, |error| {
        phrase!(
            "usage-unknown-command",
            name = first(error, ContextKind::InvalidSubcommand)
        )
    }),
    (ErrorKind::UnknownArgument, |error| {
        phrase!(
            "usage-unknown-argument",
            argument = first(error, ContextKind::InvalidArg)
        )
    }),
    (ErrorKind::MissingRequiredArgument, |error| {
        phrase!(
            "usage-missing",
            arguments = all(error, ContextKind::InvalidArg)
        )
    }),
    (ErrorKind::MissingSubcommand, |_| {
        phrase!("usage-no-command")
    }),
    (ErrorKind::InvalidValue, invalid_value),
    (ErrorKind::ValueValidation, invalid_value),
    (ErrorKind::ArgumentConflict, conflict),
    (ErrorKind::TooManyValues, invalid_value),
    (ErrorKind::InvalidUtf8, |_| phrase!("usage-not-text")),
];

fn invalid_value(error: &clap::Error) -> Phrase {
    let argument = first(error, ContextKind::InvalidArg);
    let value = first(error, ContextKind::InvalidValue);
    if value.is_empty() {
        phrase!("usage-no-value", argument = argument)
    } else {
        phrase!("usage-invalid-value", argument = argument, value = value)
    }
}

fn conflict(error: &clap::Error) -> Phrase {
    let argument = first(error, ContextKind::InvalidArg);
    let other = all(error, ContextKind::PriorArg);
    if other.is_empty() || other == argument {
        phrase!("usage-twice", argument = argument)
    } else {
        phrase!("usage-conflict", argument = argument, other = other)
    }
}

/// The most helpful of: the name that was probably meant, the values allowed, the page to read.
fn hint(error: &clap::Error, command: Option<&'static str>) -> Phrase {
    // The parser lists what is likest last.
    let meant = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .find_map(|kind| listed(error, kind).pop());
    let argument = first(error, ContextKind::InvalidArg);
    let allowed = all(error, ContextKind::ValidValue);
    match (meant, command) {
        (Some(meant), _) => phrase!("usage-hint-meant", meant = meant),
        (None, _) if !allowed.is_empty() => phrase!("usage-hint-values", values = allowed),
        (None, _) if argument.starts_with("--expires") => phrase!("usage-hint-expires"),
        (None, _) if argument.starts_with("--downloads") => phrase!("usage-hint-downloads"),
        (None, Some(command)) => phrase!("usage-hint-command", command = command),
        (None, None) => phrase!("usage-hint"),
    }
}

fn first(error: &clap::Error, kind: ContextKind) -> String {
    listed(error, kind).into_iter().next().unwrap_or_default()
}

fn all(error: &clap::Error, kind: ContextKind) -> String {
    listed(error, kind).join(", ")
}

fn listed(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![without_secret(text)],
        Some(ContextValue::Strings(texts)) => {
            texts.iter().map(|text| without_secret(text)).collect()
        }
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        _ => Vec::new(),
    }
}

/// Cuts what may be the secret half of a link that stands where no link belongs.
fn without_secret(text: &str) -> String {
    // Mail gateways write `%23` for the `#` of a link.
    match text.split_once('#').or_else(|| text.split_once("%23")) {
        Some((address, _secret)) => format!("{address}#…"),
        None => text.to_owned(),
    }
}
