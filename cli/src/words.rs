//! What a person reads, in the language it reads: phrases by id, from the Fluent catalogues in `locales/`.
//!
//! ```text
//! phrase!("receive-done", files = 3)   ->   3 files received     |   3 fichiers reçus
//! ```
//!
//! Promises: every text value is escaped before it enters a sentence, so foreign text (names, answers of
//! servers) can be passed as it is; numbers are written as the language writes them. The catalogue is read
//! at the first sentence, not at start. Does not print.
//!
//! In a catalogue `{ SIZE($bytes) }` writes a number of bytes for people: `1.5 MiB`, `1,5 Mio`.

mod figures;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fluent::concurrent::FluentBundle;
use fluent::types::{FluentNumber, FluentNumberOptions};
use fluent::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::escape::{escape, escape_name};

/// The languages a person can be spoken to in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, also when the locale asks for a language we have no catalogue of.
    English,
    /// French.
    French,
}

impl Language {
    /// Its tag, as documents name it (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Reads a language from a locale name such as `fr_CA.UTF-8` (POSIX XBD 8.2) or a tag such as `fr`;
    /// `None` when it is neither French nor English.
    #[must_use]
    pub fn from_locale(locale: &str) -> Option<Self> {
        match locale.split(['_', '-', '.', '@']).next()? {
            "fr" => Some(Self::French),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    const fn catalogue(self) -> &'static str {
        match self {
            Self::English => concat!(
                include_str!("../locales/en.ftl"),
                include_str!("../locales/record/en.ftl")
            ),
            Self::French => concat!(
                include_str!("../locales/fr.ftl"),
                include_str!("../locales/record/fr.ftl")
            ),
        }
    }

    fn identifier(self) -> LanguageIdentifier {
        let tag = match self {
            Self::English => "en",
            Self::French => "fr",
        };
        // Only plural rules depend on it; both tags are well-formed.
        tag.parse().unwrap_or_default()
    }
}

/// One sentence to say: its id in the catalogues and the values it mentions. Made by [`phrase!`].
///
/// [`phrase!`]: crate::phrase
#[derive(Clone, Debug)]
pub struct Phrase {
    /// The id in the catalogues; stable, so `--json` shows it too.
    pub id: &'static str,
    /// The values by the name the catalogues give them.
    pub values: Vec<(&'static str, Value)>,
}

/// A value that a sentence mentions.
#[derive(Clone, Debug)]
pub enum Value {
    /// A count or a number of bytes; exact up to 2^53.
    Number(u64),
    /// Text, escaped when the value was made.
    Text(String),
    /// A sentence inside the sentence.
    Phrase(Box<Phrase>),
}

/// Makes a [`Phrase`](crate::words::Phrase): `phrase!("id")` or `phrase!("id", name = value, …)`.
///
/// The id is a literal, so that a test can compare the ids in use with the catalogues.
#[macro_export]
macro_rules! phrase {
    ($id:literal) => {
        $crate::words::Phrase { id: $id, values: Vec::new() }
    };
    ($id:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::words::Phrase {
            id: $id,
            values: vec![$((stringify!($name), $crate::words::Value::from($value))),+],
        }
    };
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(escape(text.as_bytes()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&OsStr> for Value {
    fn from(name: &OsStr) -> Self {
        Self::Text(escape_name(name))
    }
}

impl From<&Path> for Value {
    fn from(path: &Path) -> Self {
        Self::Text(escape_name(path))
    }
}

impl From<&PathBuf> for Value {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

impl From<Phrase> for Value {
    fn from(phrase: Phrase) -> Self {
        Self::Phrase(Box::new(phrase))
    }
}

/// The catalogue of one language. Can be shared between threads.
pub struct Words {
    language: Language,
    bundle: OnceLock<FluentBundle<FluentResource>>,
}

impl Words {
    /// Chooses the language; reads nothing yet.
    #[must_use]
    pub const fn new(language: Language) -> Self {
        Self {
            language,
            bundle: OnceLock::new(),
        }
    }

    /// The language these words are in.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Writes a phrase in this language. An id that the catalogue lacks is written as it is.
    #[must_use]
    pub fn write(&self, phrase: &Phrase) -> String {
        let mut values = FluentArgs::with_capacity(phrase.values.len());
        for (name, value) in &phrase.values {
            values.set(*name, self.fluent_value(value));
        }
        self.look_up(phrase.id, Some(&values))
            .unwrap_or_else(|| phrase.id.to_owned())
    }

    /// Returns the text under an id made at run time (help pages only); `None` when there is none.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<String> {
        self.look_up(id, None)
    }

    fn look_up(&self, id: &str, values: Option<&FluentArgs<'_>>) -> Option<String> {
        let bundle = self.bundle.get_or_init(|| open_catalogue(self.language));
        let pattern = bundle.get_message(id)?.value()?;
        // A value that is missing shows as its name; the tests of the catalogues exclude it.
        let mut errors = Vec::new();
        Some(
            bundle
                .format_pattern(pattern, values, &mut errors)
                .into_owned(),
        )
    }

    fn fluent_value(&self, value: &Value) -> FluentValue<'static> {
        match value {
            #[allow(
                clippy::cast_precision_loss,
                reason = "documented bound of Value::Number"
            )]
            Value::Number(number) => {
                FluentNumber::new(*number as f64, FluentNumberOptions::default()).into()
            }
            Value::Text(text) => FluentValue::String(text.clone().into()),
            Value::Phrase(phrase) => FluentValue::String(self.write(phrase).into()),
        }
    }
}

fn open_catalogue(language: Language) -> FluentBundle<FluentResource> {
    let resource = FluentResource::try_new(language.catalogue().to_owned())
        // Both catalogues are part of the program and a test parses them without errors.
        .unwrap_or_else(|(readable, _errors)| readable);
    let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    match language {
        Language::English => {
            bundle.set_formatter(Some(|value, _| figures::count(value, &figures::ENGLISH)));
            let _ =
                bundle.add_function("SIZE", |values, _| figures::size(values, &figures::ENGLISH));
        }
        Language::French => {
            bundle.set_formatter(Some(|value, _| figures::count(value, &figures::FRENCH)));
            let _ =
                bundle.add_function("SIZE", |values, _| figures::size(values, &figures::FRENCH));
        }
    }
    bundle
}

#[cfg(test)]
mod tests;
