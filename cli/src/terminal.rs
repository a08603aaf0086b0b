//! The way to the person: the only place that prints or asks.
//!
//! ```text
//! stdout   the result, nothing else: a link, a file, a page asked for
//! stderr   error: …  hint: …  warning: …  notes, progress
//!          with --json one object a line: {"event":"warning","id":"…","message":"…"}
//! /dev/tty questions, never mixed with either
//! ```
//!
//! Promises: stdout is the same with and without `--json`; `--quiet` leaves errors and warnings; a question
//! that nobody can answer fails at once and names the flag to use instead. Text of a phrase is escaped (see
//! `words`); JSON carries exact text, with what could act on a terminal as `\uXXXX`. A stderr that cannot be
//! written is no error. Does not wait for answers from anyone but the person.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::escape;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::platform;
use crate::progress::{Progress, Unit};
use crate::words::{Phrase, Words};

/// How the person wants to be spoken to.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Manners {
    /// `--json`: events as JSON lines instead of sentences.
    pub json: bool,
    /// `--quiet`: no notes, no progress.
    pub quiet: bool,
    /// `--no-input`: never ask.
    pub no_input: bool,
    /// No colour, whatever the terminal can do.
    pub no_colour: bool,
}

/// Speaks to the person in one language. Can be shared between threads.
pub struct Terminal {
    words: Words,
    manners: Manners,
    /// The bar on the screen, which must step aside when a sentence is printed.
    bar: Mutex<Option<ProgressBar>>,
}

#[derive(Serialize)]
struct Event<'a, Fields: Serialize> {
    event: &'a str,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Serialize)]
struct Said<'a> {
    id: &'a str,
    message: String,
}

#[derive(Serialize)]
struct Reported<'a> {
    kind: &'a str,
    exit: u8,
    id: &'a str,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Terminal {
    /// Prepares to speak; prints nothing.
    #[must_use]
    pub const fn new(words: Words, manners: Manners) -> Self {
        Self {
            words,
            manners,
            bar: Mutex::new(None),
        }
    }

    /// The catalogue in the person's language.
    #[must_use]
    pub const fn words(&self) -> &Words {
        &self.words
    }

    /// How the person wants to be spoken to.
    #[must_use]
    pub const fn manners(&self) -> Manners {
        self.manners
    }

    /// Says something that is good to know; nothing with `--quiet`.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a phrase is made to be said once"
    )]
    pub fn say(&self, phrase: Phrase) {
        if !self.manners.quiet {
            self.speak("note", None, &phrase);
        }
    }

    /// Says something that may need the person's attention.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a phrase is made to be said once"
    )]
    pub fn warn(&self, phrase: Phrase) {
        self.speak("warning", Some((phrase!("label-warning"), YELLOW)), &phrase);
    }

    /// With `--json`, prints one event line with the given fields (an object); nothing otherwise.
    /// Fields must hold no secret: events end up in logs.
    pub fn event(&self, event: &str, fields: impl Serialize) {
        if self.manners.json {
            self.print_event(event, fields);
        }
    }

    /// Says why the command failed and what to do. Nothing when the reader of our output went away.
    pub fn report(&self, failure: &Failure) {
        if failure.kind() == Kind::OutputClosed {
            return;
        }
        let message = self.words.write(failure.what());
        let causes: Vec<_> = failure
            .causes()
            .iter()
            .map(|cause| self.words.write(cause))
            .collect();
        let hint = failure.what_to_do().map(|hint| self.words.write(hint));
        if self.manners.json {
            let kind = failure.kind();
            let (id, exit) = (failure.what().id, kind.exit_code());
            let reported = Reported {
                kind: kind.name(),
                exit,
                id,
                message,
                causes,
                hint,
            };
            return self.print_event("error", reported);
        }
        let message = std::iter::once(message).chain(causes).collect::<Vec<_>>();
        let separator = self.words.write(&phrase!("label-cause"));
        self.print_labelled(&phrase!("label-error"), RED, &message.join(&separator));
        if let Some(hint) = hint {
            self.print_labelled(&phrase!("label-hint"), CYAN, &hint);
        }
    }

    /// Prints one line of result on stdout.
    ///
    /// # Errors
    ///
    /// Exit 8 when stdout cannot be written, 141 when nobody reads it any more.
    pub fn result_line(&self, line: &str) -> Result<(), Failure> {
        self.result_bytes(format!("{line}\n").as_bytes())
    }

    /// Prints bytes of result on stdout as they are.
    ///
    /// # Errors
    ///
    /// As [`Terminal::result_line`].
    pub fn result_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut output = io::stdout().lock();
        output
            .write_all(bytes)
            .and_then(|()| output.flush())
            .map_err(Failure::output)
    }

    /// Prints a page (help) as it is: on stdout when it was asked for, on stderr when it stands for an error.
    ///
    /// # Errors
    ///
    /// As [`Terminal::result_line`].
    pub fn page(&self, text: &str, asked: bool) -> Result<(), Failure> {
        if asked {
            return self.result_bytes(text.as_bytes());
        }
        print_to_stderr(text);
        Ok(())
    }

    /// Whether stdout is a screen, where binary bytes do harm.
    #[must_use]
    pub fn shows_output(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Starts to show how far something of `total` bytes is; `None` where the end is not known.
    pub fn progress(&self, label: Phrase, total: Option<u64>) -> Progress<'_> {
        Progress::new(self, label, (total, Unit::Bytes))
    }

    /// Shows how many things a long work has come past.
    pub fn counter(&self, label: Phrase) -> Progress<'_> {
        Progress::new(self, label, (None, Unit::Things))
    }

    /// Asks for a secret at the terminal, without showing it. `flag` is what to use when nobody can be asked.
    ///
    /// # Errors
    ///
    /// Exit 2 at once with `--no-input` or without a terminal, 130 when the person gives up, 2 when the
    /// answer is empty.
    pub fn ask_secret(&self, question: &Phrase, flag: &str) -> Result<Zeroizing<String>, Failure> {
        if self.manners.no_input {
            return Err(nobody(question, flag));
        }
        let prompt = self
            .words
            .write(&phrase!("prompt", question = question.clone()));
        let answer = platform::with_terminal(|| rpassword::prompt_password(prompt));
        let answer = answer.ok_or_else(|| nobody(question, flag))?;
        match answer.map(Zeroizing::new) {
            Ok(answer) if answer.is_empty() => Err(Failure::usage(phrase!("empty-answer"))),
            Ok(answer) => Ok(answer),
            Err(_) => {
                // The cursor is still behind the question.
                print_to_stderr("\n");
                Err(Failure::new(Kind::Interrupted, phrase!("gave-up")))
            }
        }
    }

    /// Asks for something that is no secret. `flag` is what to use when nobody can be asked.
    ///
    /// # Errors
    ///
    /// Exit 2 at once with `--no-input` or where stdin is no terminal, 130 when the person gives up,
    /// 2 when the answer is empty.
    pub fn ask(&self, question: &Phrase, flag: &str) -> Result<String, Failure> {
        let input = io::stdin();
        if self.manners.no_input || !input.is_terminal() {
            return Err(nobody(question, flag));
        }
        print_to_stderr(
            &self
                .words
                .write(&phrase!("prompt", question = question.clone())),
        );
        let mut answer = String::new();
        match input.read_line(&mut answer) {
            Ok(0) | Err(_) => Err(Failure::new(Kind::Interrupted, phrase!("gave-up"))),
            Ok(_) if answer.trim().is_empty() => Err(Failure::usage(phrase!("empty-answer"))),
            Ok(_) => Ok(answer.trim().to_owned()),
        }
    }

    /// Whether there is somebody to ask what is no secret.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        !self.manners.no_input && io::stdin().is_terminal()
    }

    /// Asks a question that is answered with yes or no, in either language.
    ///
    /// # Errors
    ///
    /// As [`Terminal::ask`].
    pub fn ask_whether(&self, question: &Phrase, flag: &str) -> Result<bool, Failure> {
        let answer = self.ask(question, flag)?.to_lowercase();
        Ok(["y", "yes", "o", "oui"].contains(&answer.as_str()))
    }

    /// Asks for a new secret twice.
    ///
    /// # Errors
    ///
    /// As [`Terminal::ask_secret`]; exit 2 when the two answers differ.
    pub fn ask_new_secret(
        &self,
        question: &Phrase,
        again: &Phrase,
        flag: &str,
    ) -> Result<Zeroizing<String>, Failure> {
        let first = self.ask_secret(question, flag)?;
        let second = self.ask_secret(again, flag)?;
        if *first == *second {
            Ok(first)
        } else {
            Err(Failure::usage(phrase!("answers-differ")))
        }
    }

    fn speak(&self, event: &str, label: Option<(Phrase, &str)>, phrase: &Phrase) {
        let message = self.words.write(phrase);
        if self.manners.json {
            return self.print_event(
                event,
                Said {
                    id: phrase.id,
                    message,
                },
            );
        }
        match label {
            Some((label, colour)) => self.print_labelled(&label, colour, &message),
            None => self.print_line(&message),
        }
    }

    fn print_labelled(&self, label: &Phrase, colour: &str, message: &str) {
        let label = self.words.write(label);
        if self.has_colour() {
            self.print_line(&format!("{colour}{label}{PLAIN}{message}"));
        } else {
            self.print_line(&format!("{label}{message}"));
        }
    }

    fn has_colour(&self) -> bool {
        !self.manners.no_colour && io::stderr().is_terminal()
    }

    fn print_event(&self, event: &str, fields: impl Serialize) {
        match serde_json::to_string(&Event { event, fields }) {
            Ok(line) => self.print_line(&escape::escape_json(&line)),
            Err(error) => {
                self.print_line(&format!("{{\"event\":\"unwritable\",\"why\":\"{error}\"}}"));
            }
        }
    }

    /// Prints a line on stderr, above the bar where there is one.
    pub(crate) fn print_line(&self, line: &str) {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        let print = || print_to_stderr(&format!("{line}\n"));
        match bar.as_ref() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Puts a bar on the screen, or takes it away.
    pub(crate) fn show_bar(&self, bar: Option<ProgressBar>) {
        let before = std::mem::replace(
            &mut *self.bar.lock().unwrap_or_else(PoisonError::into_inner),
            bar,
        );
        if let Some(before) = before {
            before.finish_and_clear();
        }
    }
}

/// Nobody can be asked: the flag says it instead.
fn nobody(question: &Phrase, flag: &str) -> Failure {
    Failure::usage(phrase!("nobody-to-ask", question = question.clone()))
        .hint(phrase!("nobody-to-ask-hint", flag = flag))
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const PLAIN: &str = "\x1b[0m";

fn print_to_stderr(text: &str) {
    // One write, so that lines of several threads do not mix. There is nobody to tell a failure to.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
