//! `quitus decrypt`: one age file opened.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use quitus_core::cipher::{
    FileHeader, Identity, OpenError, PayloadError, Plan, StreamError, StreamKeys, open_stream,
};
use zeroize::Zeroizing;

use crate::args::DecryptArgs;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::screen::{NotText, ScreenGuard};
use crate::secrets::{PassphraseSource, parse_identities, read_identity_file};
use crate::streams::{Input, Origin, Output, Target};

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

    let mut sealed = unarmored(input.reader());
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
                question: phrase!("ask-passphrase"),
            };
            return Ok(vec![Identity::from_passphrase(&source.get(env)?)]);
        }
        return Err(Failure::usage(phrase!("no-identity")).hint(phrase!("no-identity-hint")));
    }
    let mut identities = Vec::new();
    for path in &args.identity {
        let text = opened_identity_file(env, path, file)?;
        identities.extend(parse_identities(&text, path)?);
    }
    Ok(identities)
}

/// The text of an identity file, which may be sealed itself, with a passphrase.
fn opened_identity_file(
    env: &Env,
    path: &Path,
    passphrase_file: Option<&Path>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = read_identity_file(path)?;
    if !is_sealed(&bytes) {
        return Ok(bytes);
    }
    let refused = || Failure::usage(phrase!("identity-sealed-otherwise", path = path));
    let mut sealed = unarmored(bytes.as_slice());
    let header = FileHeader::read(&mut sealed).map_err(|error| refused().because(error))?;
    if !header.needs_passphrase() {
        return Err(refused());
    }
    let question = phrase!("ask-passphrase-of", path = path);
    let passphrase = PassphraseSource {
        file: passphrase_file,
        question,
    }
    .get(env)?;
    let origin = Origin::file(path);
    let keys = header
        .open(&[Identity::from_passphrase(&passphrase)])
        .map_err(|error| header_failure(error, &origin))?;
    open_in_memory(&keys, &mut sealed, bytes.len()).map_err(|error| refused().because(error))
}

fn open_in_memory(
    keys: &StreamKeys,
    sealed: &mut (dyn Read + Send),
    bytes_max: usize,
) -> Result<Zeroizing<Vec<u8>>, StreamError> {
    // Room from the start: a vector that grows leaves copies of what it held.
    let mut opened = Zeroizing::new(Vec::with_capacity(bytes_max));
    let plan = Plan {
        workers: std::num::NonZeroUsize::MIN,
        digest: false,
        observe: &|_| (),
    };
    open_stream(&keys.payload_key(), sealed, &mut *opened, plan)?;
    Ok(opened)
}

fn header_failure(error: OpenError, origin: &Origin) -> Failure {
    let integrity = |what| Failure::new(Kind::Integrity, what);
    match error {
        OpenError::Read(error) => origin.failure(error),
        OpenError::NotAge => integrity(phrase!("not-age")),
        OpenError::CutShort => integrity(phrase!("file-cut")).hint(phrase!("file-damaged-hint")),
        OpenError::TooMuchWork { actual } => {
            integrity(phrase!("too-much-work", actual = u32::from(actual)))
        }
        OpenError::Armored
        | OpenError::TooLong
        | OpenError::Malformed(_)
        | OpenError::Stanza
        | OpenError::Mac => integrity(phrase!("header-damaged"))
            .because(error)
            .hint(phrase!("file-damaged-hint")),
        OpenError::NoMatch { n_identities } => {
            Failure::new(Kind::NoKey, phrase!("no-key", identities = n_identities))
        }
        OpenError::NeedsPassphrase => Failure::new(Kind::NoKey, phrase!("needs-passphrase"))
            .hint(phrase!("needs-passphrase-hint")),
        OpenError::WrongPassphrase => Failure::new(Kind::NoKey, phrase!("wrong-passphrase")),
    }
}

fn stream_failure(error: StreamError, origin: &Origin, output: &Output) -> Failure {
    match error {
        StreamError::Read(error) => origin.failure(error),
        StreamError::Write(error) if is_not_text(&error) => {
            Failure::usage(phrase!("opened-to-screen")).hint(phrase!("opened-to-screen-hint"))
        }
        StreamError::Write(error) => output.failure(error),
        StreamError::Payload(error) => {
            let what = match error {
                PayloadError::CutShort { .. } => phrase!("file-cut"),
                PayloadError::NotAuthentic { chunk } => phrase!("file-damaged", chunk = chunk),
                PayloadError::Ragged { .. }
                | PayloadError::EmptyEnd { .. }
                | PayloadError::TooFar { .. } => phrase!("file-malformed"),
            };
            let hint = if output.keeps_beginnings() {
                phrase!("file-damaged-hint-stdout")
            } else {
                phrase!("file-damaged-hint")
            };
            Failure::new(Kind::Integrity, what).hint(hint)
        }
    }
}

fn is_not_text(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<NotText>())
}

/// Takes armor off where there is some.
fn unarmored<'a>(sealed: impl Read + Send + 'a) -> Box<dyn BufRead + Send + 'a> {
    Box::new(BufReader::new(sealed))
}

fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"age-encryption.org/v1") || bytes.starts_with(b"-----BEGIN AGE")
}
