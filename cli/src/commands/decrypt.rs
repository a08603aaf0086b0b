//! `quitus decrypt`: one age file opened.

use std::io::{self, BufReader};

use quitus_core::cipher::{
    ArmorError, FileHeader, Identity, OpenError, PayloadError, Plan, StreamError, dearmor,
    open_stream,
};

use crate::args::DecryptArgs;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::screen::{NotText, ScreenGuard};
use crate::secrets::{self, PassphraseSource, read_identities};
use crate::streams::{Input, Origin, Output, Target};
use crate::words::Phrase;

/// Opens the input with the first identity that fits. Only authenticated bytes are written.
///
/// # Errors
///
/// Exit 2 when no identity was given or one cannot be used, or binary bytes would go to a screen; 6 when the
/// input is damaged, cut or no age file; 8 when it cannot be read, or the output exists or cannot be
/// written; 10 when no identity or passphrase opens it. A new output file is gone then.
pub fn run(env: &Env, args: &DecryptArgs) -> Result<(), Failure> {
    let mut input = Input::open(args.input.as_deref())?;
    let target = Target::check(args.output.as_deref(), &input)?;
    let is_unasked = matches!(target, Target::Stdout { forced: false });
    let (origin, bytes) = (input.origin(), input.bytes());

    let sealed = BufReader::new(input.reader());
    let mut sealed = dearmor(sealed).map_err(|error| origin.failure(error))?;
    let header = FileHeader::read(&mut sealed).map_err(|error| header_failure(error, &origin))?;
    let identities = identities(env, args, &header)?;
    let keys = header
        .open(&identities)
        .map_err(|error| header_failure(error, &origin))?;

    let mut output = target.open()?;
    let progress = env.terminal().progress(phrase!("progress-opening"), bytes);
    let observe = |done| progress.reach(done);
    let plan = Plan {
        workers: env.workers(),
        digest: false,
        observe: &observe,
    };
    let outcome = if is_unasked && env.terminal().shows_output() {
        let mut guard = ScreenGuard::new(output.writer());
        open_stream(&keys.payload_key(), &mut sealed, &mut guard, plan)
    } else {
        open_stream(&keys.payload_key(), &mut sealed, output.writer(), plan)
    };
    outcome.map_err(|error| stream_failure(error, &origin, &output))?;
    drop(progress);
    output.finish()
}

/// The identities to try; asks for what they need.
fn identities(
    env: &Env,
    args: &DecryptArgs,
    header: &FileHeader,
) -> Result<Vec<Identity>, Failure> {
    let file = args.passphrase_file.as_deref();
    if args.identity.is_empty() {
        if args.passphrase || header.needs_passphrase() {
            let source = PassphraseSource {
                file,
                flag: secrets::PASSPHRASE_FLAG,
                question: phrase!("ask-passphrase"),
            };
            return Ok(vec![Identity::from_passphrase(&source.get(env)?)]);
        }
        return Err(Failure::usage(phrase!("no-identity")).hint(phrase!("no-identity-hint")));
    }
    let mut identities = Vec::new();
    for path in &args.identity {
        identities.extend(read_identities(env, path, file)?);
    }
    Ok(identities)
}

fn header_failure(error: OpenError, origin: &Origin) -> Failure {
    let changed = |what| damaged(what, phrase!("file-damaged-hint"));
    match error {
        OpenError::Read(error) => read_failure(error, origin, phrase!("file-damaged-hint")),
        OpenError::NotAge => Failure::new(Kind::Integrity, phrase!("not-age")),
        OpenError::CutShort => changed(phrase!("file-cut")),
        OpenError::TooMuchWork { actual } => {
            let what = phrase!("too-much-work", actual = u32::from(actual));
            Failure::new(Kind::Integrity, what)
        }
        OpenError::Armored
        | OpenError::TooLong
        | OpenError::Malformed(_)
        | OpenError::Stanza
        | OpenError::Mac => changed(phrase!("header-damaged")).because(error),
        OpenError::NoMatch { n_identities } => {
            Failure::new(Kind::NoKey, phrase!("no-key", identities = n_identities))
        }
        OpenError::NeedsPassphrase => Failure::new(Kind::NoKey, phrase!("needs-passphrase"))
            .hint(phrase!("needs-passphrase-hint")),
        OpenError::Plugin { why } => Failure::new(Kind::NoKey, phrase!("plugin-failed"))
            .why(phrase!("reason-other", text = why)),
        OpenError::WrongPassphrase => Failure::new(Kind::NoKey, phrase!("wrong-passphrase")),
    }
}

fn stream_failure(error: StreamError, origin: &Origin, output: &Output) -> Failure {
    let hint = if output.keeps_beginnings() {
        phrase!("file-damaged-hint-stdout")
    } else {
        phrase!("file-damaged-hint")
    };
    match error {
        StreamError::Read(error) => read_failure(error, origin, hint),
        StreamError::Write(error) if is_not_text(&error) => {
            Failure::usage(phrase!("opened-to-screen")).hint(phrase!("opened-to-screen-hint"))
        }
        StreamError::Write(error) => output.failure(error),
        StreamError::Payload(PayloadError::CutShort { .. }) => damaged(phrase!("file-cut"), hint),
        StreamError::Payload(PayloadError::BehindEnd { .. }) => {
            damaged(phrase!("file-goes-on"), hint)
        }
        StreamError::Payload(PayloadError::NotAuthentic { chunk }) => {
            damaged(phrase!("file-damaged", chunk = chunk), hint)
        }
        StreamError::Payload(
            PayloadError::Ragged { .. }
            | PayloadError::EmptyEnd { .. }
            | PayloadError::TooFar { .. },
        ) => damaged(phrase!("file-malformed"), hint),
    }
}

/// The input could not be read, or its armor is not what was written.
fn read_failure(error: io::Error, origin: &Origin, hint: Phrase) -> Failure {
    let armor = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ArmorError>());
    match armor.copied() {
        None => origin.failure(error),
        Some(ArmorError::CutShort) => damaged(phrase!("file-cut"), hint),
        Some(
            ArmorError::Begin
            | ArmorError::LongLine { .. }
            | ArmorError::Body { .. }
            | ArmorError::BehindShortLine { .. }
            | ArmorError::BehindEnd,
        ) => damaged(phrase!("armor-damaged"), hint).because(error),
    }
}

fn damaged(what: Phrase, hint: Phrase) -> Failure {
    Failure::new(Kind::Integrity, what).hint(hint)
}

fn is_not_text(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner
        .and_then(|inner| inner.downcast_ref::<NotText>())
        .is_some()
}
