//! `quitus encrypt`: one file sealed as a standard age file.

use std::io::Write;

use quitus_core::cipher::{
    ArmorWriter, Plan, Recipient, SealError, StreamError, StreamKeys, new_header, seal_stream,
};

use crate::args::EncryptArgs;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::prompts;
use crate::secrets::{self, PassphraseSource, parse_recipient, read_recipients};
use crate::streams::{Input, Target};

/// Seals the input for the recipients that were asked for.
///
/// # Errors
///
/// Exit 2 for recipients that cannot be used, or bytes that would go to a screen; 8 when the input cannot be
/// read, or the output exists or cannot be written. A new output file is gone then.
pub fn run(env: &Env, args: &EncryptArgs) -> Result<(), Failure> {
    let mut input = Input::open(args.input.as_deref())?;
    let target = Target::check(args.output.as_deref(), &input)?;
    refuse_screen(env, args, &target)?;
    let recipients = recipients(env, args)?;
    let header = new_header(&recipients).map_err(refused)?;
    let mut output = target.open()?;
    let origin = input.origin();
    let outcome = if args.armor {
        seal_armored(env, &header, &mut input, output.writer())
    } else {
        seal(env, &header, &mut input, output.writer())
    };
    outcome.map_err(|error| match error {
        StreamError::Read(error) => origin.failure(error),
        StreamError::Write(error) => output.failure(error),
        StreamError::Payload(error) => Failure::unexpected(error),
    })?;
    output.finish()
}

fn seal_armored(
    env: &Env,
    header: &(Vec<u8>, StreamKeys),
    input: &mut Input,
    writer: &mut (dyn Write + Send),
) -> Result<(), StreamError> {
    let mut armor = ArmorWriter::new(writer).map_err(StreamError::Write)?;
    seal(env, header, input, &mut armor)?;
    armor.finish().map_err(StreamError::Write)?;
    Ok(())
}

fn seal(
    env: &Env,
    (header, keys): &(Vec<u8>, StreamKeys),
    input: &mut Input,
    writer: &mut (dyn Write + Send),
) -> Result<(), StreamError> {
    let progress = env
        .terminal()
        .progress(phrase!("progress-sealing"), input.bytes());
    let observe = |done| progress.reach(done);
    let plan = Plan {
        workers: env.workers(),
        digest: false,
        observe: &observe,
    };
    writer.write_all(header).map_err(StreamError::Write)?;
    seal_stream(&keys.payload_key(), input.reader(), writer, plan).map(drop)
}

fn recipients(env: &Env, args: &EncryptArgs) -> Result<Vec<Recipient>, Failure> {
    if args.passphrase || args.passphrase_file.is_some() {
        let file = args.passphrase_file.as_deref();
        let source = PassphraseSource {
            file,
            flag: secrets::PASSPHRASE_FLAG,
            question: phrase!("ask-passphrase"),
        };
        return Ok(vec![Recipient::from_passphrase(&source.get_new(env)?)]);
    }
    let named = args.recipient.iter().map(|text| parse_recipient(text));
    let mut recipients = named.collect::<Result<Vec<_>, _>>()?;
    for file in &args.recipients_file {
        recipients.extend(read_recipients(env, file)?);
    }
    if recipients.is_empty() {
        return Err(Failure::usage(phrase!("no-recipient")).hint(phrase!("no-recipient-hint")));
    }
    let prompter = prompts::prompter(env);
    Ok(recipients
        .into_iter()
        .map(|recipient| recipient.answered_by(&prompter))
        .collect())
}

fn refuse_screen(env: &Env, args: &EncryptArgs, target: &Target) -> Result<(), Failure> {
    let is_screen =
        matches!(target, Target::Stdout { forced: false }) && env.terminal().shows_output();
    if is_screen && !args.armor {
        return Err(
            Failure::usage(phrase!("sealed-to-screen")).hint(phrase!("sealed-to-screen-hint"))
        );
    }
    Ok(())
}

fn refused(error: SealError) -> Failure {
    match error {
        SealError::NoRecipient | SealError::PassphraseNotAlone | SealError::Incompatible => {
            Failure::usage(phrase!("recipients-mixed")).because(error)
        }
        SealError::Plugin { why } => Failure::new(Kind::NoKey, phrase!("plugin-failed"))
            .why(phrase!("reason-other", text = why)),
        SealError::Randomness => Failure::new(Kind::Unexpected, phrase!("no-randomness")),
    }
}
