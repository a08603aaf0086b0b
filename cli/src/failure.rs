//! Why a command did not do what it was asked: the kind decides the exit code, the words say what and why.
//!
//! ```text
//! error: cannot read notes.txt: there is no such file or folder        (exit 8)
//! hint: check the path
//! ```
//!
//! Promises: one place maps kinds to exit codes, as the manual lists them. Does not print: `terminal` does.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

use quitus_core::keys::SignError;
use quitus_core::origin::OriginError;

use crate::phrase;
use crate::words::Phrase;

/// How a command ended; every exit code there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0: all that was asked is done.
    Done,
    /// 1: something the program did not foresee.
    Unexpected,
    /// 2: the command line cannot be understood or lacks something.
    Usage,
    /// 3: done in part; what is missing was listed.
    Partly,
    /// 4: the relay knows you but does not allow it.
    NotAllowed,
    /// 5: expired, used, revoked or never there; the relay does not tell which.
    Gone,
    /// 6: the bytes or their sender are not what they claim to be; nothing was written.
    Integrity,
    /// 7: may work later: network, relay busy.
    Temporary,
    /// 8: a local file could not be read or written.
    LocalIo,
    /// 9: a policy or quota of the relay or the engagement forbids it.
    Policy,
    /// 10: none of your keys opens it.
    NoKey,
    /// 11: evidence does not verify.
    EvidenceInvalid,
    /// 12: evidence of a version or type this program does not know.
    EvidenceUnsupported,
    /// 13: evidence is consistent but its signer is not confirmed.
    SignerUnconfirmed,
    /// 130: interrupted from the keyboard (128 + SIGINT).
    Interrupted,
    /// 141: whoever read our output went away (128 + SIGPIPE); nothing is said about it.
    OutputClosed,
    /// 143: asked to end (128 + SIGTERM).
    Terminated,
}

impl Kind {
    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Partly => 3,
            Self::NotAllowed => 4,
            Self::Gone => 5,
            Self::Integrity => 6,
            Self::Temporary => 7,
            Self::LocalIo => 8,
            Self::Policy => 9,
            Self::NoKey => 10,
            Self::EvidenceInvalid => 11,
            Self::EvidenceUnsupported => 12,
            Self::SignerUnconfirmed => 13,
            Self::Interrupted => 130,
            Self::OutputClosed => 141,
            Self::Terminated => 143,
        }
    }

    /// The stable name in `--json` events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unexpected => "unexpected",
            Self::Usage => "usage",
            Self::Partly => "partly",
            Self::NotAllowed => "not-allowed",
            Self::Gone => "gone",
            Self::Integrity => "integrity",
            Self::Temporary => "temporary",
            Self::LocalIo => "local-io",
            Self::Policy => "policy",
            Self::NoKey => "no-key",
            Self::EvidenceInvalid => "evidence-invalid",
            Self::EvidenceUnsupported => "evidence-unsupported",
            Self::SignerUnconfirmed => "signer-unconfirmed",
            Self::Interrupted => "interrupted",
            Self::OutputClosed => "output-closed",
            Self::Terminated => "terminated",
        }
    }
}

/// A command that failed: kind, what happened, what to do, and the error beneath.
#[derive(Debug)]
pub struct Failure(Box<Told>);

#[derive(Debug)]
struct Told {
    kind: Kind,
    what: Phrase,
    hint: Option<Phrase>,
    why: Option<Phrase>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure that says what happened.
    #[must_use]
    pub fn new(kind: Kind, what: Phrase) -> Self {
        let (hint, why, cause) = (None, None, None);
        Self(Box::new(Told {
            kind,
            what,
            hint,
            why,
            cause,
        }))
    }

    /// The command line cannot be understood or lacks something: exit 2.
    #[must_use]
    pub fn usage(what: Phrase) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// A local file could not be read or written: exit 8, the reason of `error` appended. A pipe whose
    /// reader went away is [`Kind::OutputClosed`] instead.
    #[must_use]
    pub fn io(what: Phrase, error: io::Error) -> Self {
        let is_closed = error.kind() == io::ErrorKind::BrokenPipe;
        let kind = if is_closed {
            Kind::OutputClosed
        } else {
            Kind::LocalIo
        };
        Self::new(kind, what).because(error)
    }

    /// A file or folder could not be read.
    #[must_use]
    pub fn read(path: &Path, error: io::Error) -> Self {
        Self::io(phrase!("cannot-read", path = path), error)
    }

    /// A file or folder could not be written.
    #[must_use]
    pub fn write(path: &Path, error: io::Error) -> Self {
        Self::io(phrase!("cannot-write", path = path), error)
    }

    /// The standard output could not be written.
    #[must_use]
    pub fn output(error: io::Error) -> Self {
        Self::io(phrase!("cannot-write-output"), error)
    }

    /// Something the program did not foresee: exit 1.
    #[must_use]
    pub fn unexpected(error: impl Error + Send + Sync + 'static) -> Self {
        Self::new(Kind::Unexpected, phrase!("unexpected")).because(error)
    }

    /// What signs in this person's name did not sign: exit 8.
    #[must_use]
    pub fn unsigned(error: SignError) -> Self {
        let mut failure = Self::new(Kind::LocalIo, phrase!("not-signed"));
        failure.0.cause = Some(error.0);
        failure
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: Phrase) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// Adds the reason in words, shown after a colon. For a text of a server pass
    /// `phrase!("reason-other", text = Value::Text(excerpt(text)))`.
    #[must_use]
    pub fn why(mut self, why: Phrase) -> Self {
        self.0.why = Some(why);
        self
    }

    /// Adds the error beneath; it is shown after a colon, in the person's language where it is an
    /// [`io::Error`] or an [`OriginError`], in English otherwise.
    #[must_use]
    pub fn because(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Box::new(cause));
        self
    }

    /// How the command ended.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What happened.
    #[must_use]
    pub fn what(&self) -> &Phrase {
        &self.0.what
    }

    /// What to do about it, where there is something to do.
    #[must_use]
    pub fn what_to_do(&self) -> Option<&Phrase> {
        self.0.hint.as_ref()
    }

    /// The reason and the errors beneath, outermost first, each as a phrase.
    #[must_use]
    pub fn causes(&self) -> Vec<Phrase> {
        let mut causes: Vec<_> = self.0.why.iter().cloned().collect();
        let mut next: Option<&(dyn Error + 'static)> = self
            .0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static));
        while let Some(error) = next {
            causes.push(reason(error));
            next = error.source();
        }
        causes
    }
}

/// A reason in words, as an error: for what must pass through something that knows no phrases.
#[derive(Debug)]
pub struct Reason(pub Phrase);

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.id)
    }
}

impl Error for Reason {}

/// What the operating system refuses, in words.
const REASONS: &[(io::ErrorKind, Phrase)] = &[
    (io::ErrorKind::NotFound, phrase!("reason-not-found")),
    (
        io::ErrorKind::PermissionDenied,
        phrase!("reason-permission-denied"),
    ),
    (
        io::ErrorKind::AlreadyExists,
        phrase!("reason-already-exists"),
    ),
    (io::ErrorKind::NotADirectory, phrase!("reason-not-a-folder")),
    (io::ErrorKind::IsADirectory, phrase!("reason-is-a-folder")),
    (
        io::ErrorKind::DirectoryNotEmpty,
        phrase!("reason-folder-not-empty"),
    ),
    (
        io::ErrorKind::ReadOnlyFilesystem,
        phrase!("reason-read-only"),
    ),
    (io::ErrorKind::StorageFull, phrase!("reason-storage-full")),
    (io::ErrorKind::QuotaExceeded, phrase!("reason-disk-quota")),
    (
        io::ErrorKind::FileTooLarge,
        phrase!("reason-file-too-large"),
    ),
    (
        io::ErrorKind::InvalidFilename,
        phrase!("reason-invalid-name"),
    ),
    (
        io::ErrorKind::ConnectionRefused,
        phrase!("reason-connection-refused"),
    ),
    (
        io::ErrorKind::ConnectionReset,
        phrase!("reason-connection-lost"),
    ),
    (
        io::ErrorKind::ConnectionAborted,
        phrase!("reason-connection-lost"),
    ),
    (
        io::ErrorKind::HostUnreachable,
        phrase!("reason-unreachable"),
    ),
    (
        io::ErrorKind::NetworkUnreachable,
        phrase!("reason-unreachable"),
    ),
    (io::ErrorKind::TimedOut, phrase!("reason-timed-out")),
    (io::ErrorKind::UnexpectedEof, phrase!("reason-ended-early")),
    (io::ErrorKind::OutOfMemory, phrase!("reason-out-of-memory")),
];

/// The reason in an error of the system, in words.
#[must_use]
pub fn reason_of(error: &io::Error) -> Phrase {
    reason(error)
}

fn reason(error: &(dyn Error + 'static)) -> Phrase {
    if let Some(error) = error.downcast_ref::<OriginError>() {
        return origin_reason(error);
    }
    let within = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    let told = within.and_then(|inner| inner.downcast_ref::<Reason>());
    if let Some(Reason(phrase)) = told.or_else(|| error.downcast_ref()) {
        return phrase.clone();
    }
    error
        .downcast_ref::<io::Error>()
        .and_then(|error| REASONS.iter().find(|(kind, _)| *kind == error.kind()))
        .map_or_else(
            || phrase!("reason-other", text = error.to_string()),
            |(_, phrase)| phrase.clone(),
        )
}

fn origin_reason(error: &OriginError) -> Phrase {
    match error {
        OriginError::Scheme => phrase!("origin-scheme"),
        OriginError::Plain { host } => phrase!("origin-plain", host = host),
        OriginError::User => phrase!("origin-user"),
        OriginError::Path => phrase!("origin-path"),
        OriginError::Host { host } => phrase!("origin-host", host = host),
        OriginError::Port { port } => phrase!("origin-port", port = port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Words};

    #[test]
    fn causes_are_told_in_the_persons_language() {
        let check = |failure: &Failure, language, expected: &[&str]| {
            let words = Words::new(language);
            let causes: Vec<_> = failure
                .causes()
                .iter()
                .map(|cause| words.write(cause))
                .collect();
            assert_eq!(causes, expected);
        };
        let failure = Failure::output(io::ErrorKind::StorageFull.into());
        assert_eq!(failure.kind(), Kind::LocalIo);
        check(&failure, Language::English, &["no space left on the disk"]);
        check(
            &failure,
            Language::French,
            &["il n’y a plus de place sur le disque"],
        );
        let failure = Failure::usage(phrase!("unexpected")).because(OriginError::Scheme);
        check(
            &failure,
            Language::French,
            &["l’adresse d’un relais commence par https://"],
        );
        let failure = Failure::unexpected(io::Error::other("a\u{1b}b")).why(phrase!("file-cut"));
        let file_cut = "the file is cut: its end is missing";
        check(&failure, Language::English, &[file_cut, "a\\x1bb"]);
    }

    #[test]
    fn a_reader_that_went_away_is_no_local_fault() {
        let failure = Failure::output(io::ErrorKind::BrokenPipe.into());
        assert_eq!(failure.kind().exit_code(), 141);
    }
}
