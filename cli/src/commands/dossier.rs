//! `quitus dossier build|verify|show`: statements, proofs and a readable record in one file.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use quitus_core::dossier::{Demand, Dossier, Outcome, Report};
use quitus_core::origin::Origin;
use quitus_core::statement::Scope;

use crate::args::{DossierBuildArgs, DossierCommand, DossierShowArgs};
use crate::client::Client;
use crate::dossiers;
use crate::env::Env;
use crate::evidence::Gathering;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;
use crate::record;
use crate::sent;

/// What whoever has no Quitus runs in the unpacked folder.
const VERIFY: &str = include_str!("../../assets/verify.sh");

/// Does what was asked of dossiers.
///
/// # Errors
///
/// As [`build`], [`show`], and [`super::verify::run`].
pub fn run(env: &Env, command: &DossierCommand) -> Result<(), Failure> {
    match command {
        DossierCommand::Build(args) => build(env, args),
        DossierCommand::Verify(args) => super::verify::run(env, args),
        DossierCommand::Show(args) => show(env, args),
    }
}

/// Gathers what is known of a transfer and writes its dossier.
///
/// # Errors
///
/// Exit 2 when the relay was not joined, 7 when it does not answer, 8 when the file exists or cannot be
/// written, 11 when what was gathered does not verify: then nothing is written.
fn build(env: &Env, args: &DossierBuildArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let (origin, scope) = subject(&home, args)?;
    let client = Client::new(env, origin, args.ca_file.as_deref())?;
    let output = args.output.clone();
    let output = output.unwrap_or_else(|| PathBuf::from(file_name(&scope)));
    let passphrase = args.passphrase_file.as_deref();
    write(
        env,
        (&home, &client),
        (scope, &output, passphrase),
        Vec::new(),
    )
}

/// The relay of what a dossier is asked of, and its scope.
fn subject(home: &Home, args: &DossierBuildArgs) -> Result<(Origin, Scope), Failure> {
    if let Some(name) = &args.engagement {
        let engagement = home.find_engagement(name)?;
        let relay = engagement.rules().relay.clone();
        return Ok((relay, Scope::Engagement(engagement.id)));
    }
    let ledger = home.read_ledger()?;
    let beginning = args.transfer.as_deref().unwrap_or_default();
    let id = sent::find(&ledger.transfers(), beginning)?;
    let origin = ledger.origin(&id).map(|(origin, _)| origin.clone());
    let origin = origin.ok_or_else(|| Failure::usage(phrase!("not-sent-here")))?;
    Ok((origin, Scope::Transfer(id)))
}

/// What the dossier of a scope is called unless somebody says otherwise.
pub fn file_name(scope: &Scope) -> String {
    let id = match scope {
        Scope::Engagement(id) => id.short(),
        Scope::Transfer(id) => id.short(),
    };
    format!("dossier-{id}.zip")
}

/// Gathers what is known of a scope and writes its dossier, with other files.
///
/// # Errors
///
/// As [`build`].
pub fn write(
    env: &Env,
    (home, client): (&Home, &Client<'_>),
    (scope, output, passphrase): (Scope, &Path, Option<&Path>),
    others: Vec<(String, Vec<u8>)>,
) -> Result<(), Failure> {
    let gathering = Gathering::new((env, home), client, (scope, passphrase));
    let mut dossier = gathering.bundle()?.build();
    for (name, bytes) in others {
        dossier.add(&name, bytes);
    }
    let demand = Demand {
        annex: None,
        policy: None,
        at: env.now(),
    };
    let report = dossier.check(&demand);
    if report.outcome != Outcome::NotConfirmed {
        super::verify::tell(env, &report)?;
        return Err(Failure::new(
            Kind::EvidenceInvalid,
            phrase!("dossier-not-written"),
        ));
    }
    let name = output
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    add_pages(&mut dossier, &name, &report);
    let file = OpenOptions::new().write(true).create_new(true).open(output);
    let mut file = file.map_err(|error| Failure::write(output, error))?;
    dossiers::write_zip(&dossier, &mut file)
        .and_then(|()| file.sync_all())
        .map_err(|error| Failure::write(output, error))?;
    super::verify::tell(env, &report)?;
    env.terminal()
        .say(phrase!("dossier-written", path = output));
    env.terminal().say(phrase!("dossier-verify", name = name));
    Ok(())
}

/// What people read, and what checks the rest.
fn add_pages(dossier: &mut Dossier, name: &str, report: &Report) {
    for (file, page) in record::pages(name, report) {
        dossier.add(file, page.into_bytes());
    }
    for (file, text) in record::READ_ME {
        dossier.add(file, text.as_bytes().to_vec());
    }
    dossier.add("verify.sh", VERIFY.as_bytes().to_vec());
}

/// Checks a dossier and prints its readable record, made anew.
///
/// # Errors
///
/// As [`super::verify::run`], but exit 13 is none here: the record says what is not confirmed.
fn show(env: &Env, args: &DossierShowArgs) -> Result<(), Failure> {
    let demand = Demand {
        annex: None,
        policy: None,
        at: env.now(),
    };
    let report = dossiers::read(&args.dossier)?.check(&demand);
    let name = args
        .dossier
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let page = record::page(&name, &report, env.terminal().words().language());
    match &args.output {
        None => env.terminal().result_bytes(page.as_bytes())?,
        Some(path) => super::receipt::write_new(path, page.as_bytes())
            .map_err(|error| Failure::write(path, error))?,
    }
    match report.outcome {
        Outcome::Valid | Outcome::NotConfirmed => Ok(()),
        Outcome::Unsupported | Outcome::Invalid => super::verify::judge(&[report.outcome]),
    }
}
