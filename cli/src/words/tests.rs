//! The catalogues against each other, against the code, and against French typography.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::args;

/// Ids to the values they mention, read from the text of a catalogue.
fn messages(catalogue: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages = BTreeMap::new();
    let mut current = String::new();
    for line in catalogue.lines().filter(|line| !line.starts_with('#')) {
        if let Some((id, _)) = line
            .split_once(" =")
            .filter(|_| !line.starts_with([' ', '}']))
        {
            id.clone_into(&mut current);
            assert!(
                messages.insert(current.clone(), BTreeSet::new()).is_none(),
                "{id} twice"
            );
        }
        let values = line.split('$').skip(1).map(|rest| {
            rest.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect::<String>()
        });
        messages.entry(current.clone()).or_default().extend(values);
    }
    messages.remove("");
    messages
}

/// The ids and values of every `phrase!` in the sources.
fn phrases_in_code() -> BTreeMap<String, BTreeSet<String>> {
    let mut phrases: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let source = fs::read_to_string(&file).unwrap();
        let tested = source
            .find("#[cfg(test)]\nmod tests")
            .unwrap_or(source.len());
        let code: String = source[..tested]
            .split_inclusive('\n')
            .filter(is_code)
            .collect();
        for call in code.split("phrase!(").skip(1) {
            let Some(call) = call.trim_start().strip_prefix('"') else {
                continue;
            };
            let (id, rest) = call.split_once('"').unwrap();
            phrases
                .entry(id.to_owned())
                .or_default()
                .extend(value_names(rest));
        }
    }
    phrases
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that filter asks for"
)]
fn is_code(line: &&str) -> bool {
    !line.trim_start().starts_with("//")
}

/// The names before `=` up to the parenthesis that ends the call.
fn value_names(rest: &str) -> Vec<String> {
    let mut depth = 1;
    let mut names = Vec::new();
    let mut word = String::new();
    for letter in rest.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '=' if depth == 1 => names.push(word.trim().to_owned()),
            _ => {}
        }
        if letter.is_ascii_alphanumeric() || letter == '_' || letter == ' ' {
            word.push(letter);
        } else {
            word.clear();
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs")
            && !path.ends_with("words/tests.rs")
        {
            files.push(path);
        }
    }
    files
}

#[test]
fn both_catalogues_say_the_same_things_with_the_same_values() {
    let english = messages(Language::English.catalogue());
    let french = messages(Language::French.catalogue());
    assert_eq!(english, french);
}

#[test]
fn every_id_in_use_is_in_the_catalogues_and_none_besides() {
    let mut used = phrases_in_code();
    for id in args::ids() {
        used.entry(id).or_default();
    }
    let mut defined = messages(Language::English.catalogue());
    // Optional texts below a help page belong to a page that exists.
    defined.retain(|id, _| {
        !id.strip_suffix("-more")
            .is_some_and(|page| used.contains_key(page))
    });
    let only = |these: &BTreeMap<_, _>, others: &BTreeMap<_, _>| {
        these
            .keys()
            .filter(|id| !others.contains_key(*id))
            .cloned()
            .collect::<Vec<String>>()
    };
    assert_eq!(
        only(&used, &defined),
        Vec::<String>::new(),
        "in use but not in the catalogues"
    );
    assert_eq!(
        only(&defined, &used),
        Vec::<String>::new(),
        "in the catalogues but not in use"
    );
    assert_eq!(used, defined, "values");
}

#[test]
fn the_catalogues_are_read_without_errors() {
    for language in [Language::English, Language::French] {
        assert!(
            FluentResource::try_new(language.catalogue().to_owned()).is_ok(),
            "{language:?}"
        );
        let words = Words::new(language);
        for id in messages(language.catalogue()).keys() {
            assert!(words.find(id).is_some(), "{id}");
        }
    }
}

#[test]
fn french_typography_is_kept() {
    let sentences = Language::French
        .catalogue()
        .lines()
        .filter(|line| !line.starts_with('#'));
    for line in sentences {
        for mark in [" :", " ;", " !", " ?", " »", "« "] {
            assert!(
                !line.contains(mark),
                "an ordinary space at {mark:?}: {line}"
            );
        }
        let letters: Vec<_> = line.chars().collect();
        for window in letters.windows(2) {
            let [before, after] = window else { continue };
            let is_glued = before.is_alphabetic() && matches!(after, ';' | '!' | '?' | '»');
            assert!(!is_glued, "no space before {after}: {line}");
        }
        assert!(!line.contains('\''), "a straight apostrophe: {line}");
    }
}

#[test]
fn help_has_text_for_every_argument_in_every_language() {
    for language in [Language::English, Language::French] {
        let words = Words::new(language);
        for id in args::ids() {
            assert!(
                words.find(&id).is_some_and(|text| !text.is_empty()),
                "{id} in {language:?}"
            );
        }
    }
}

#[test]
fn locales_choose_the_language() {
    let check = |locale, expected| assert_eq!(Language::from_locale(locale), expected, "{locale}");
    check("fr", Some(Language::French));
    check("fr_FR.UTF-8", Some(Language::French));
    check("fr_CA@euro", Some(Language::French));
    check("fr-BE", Some(Language::French));
    check("en_GB.UTF-8", Some(Language::English));
    check("frp", None);
    check("C.UTF-8", None);
    check("POSIX", None);
    check("", None);
}

#[test]
fn values_are_escaped_and_numbers_written_as_the_language_does() {
    let check = |language, phrase: &Phrase, expected: &str| {
        assert_eq!(Words::new(language).write(phrase), expected);
    };
    let path = Path::new("a\u{1b}[2J\n");
    let phrase = phrase!("cannot-read", path = path);
    check(Language::English, &phrase, "cannot read a\\x1b[2J\\n");
    let phrase = phrase!("man-done", pages = 1_u64, folder = "{ $x }");
    check(Language::English, &phrase, "1 page written into { $x }");
    let phrase = phrase!("man-done", pages = 20_000_u64, folder = "é");
    check(Language::English, &phrase, "20,000 pages written into é");
    check(
        Language::French,
        &phrase,
        "20\u{a0}000 pages écrites dans é",
    );
    check(Language::English, &phrase!("no-such-id"), "no-such-id");
}
