//! `quitus verify FILE...`: checks dossiers and statements, offline and without a home.

use std::fs;
use std::path::Path;

use quitus_core::dossier::{Annex, Demand, Judged, LogPolicy, Outcome, Reason, Report};
use quitus_core::statement::{Statement, StatementError};

use crate::args::VerifyEvidenceArgs;
use crate::dossiers;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;

/// Largest annex or policy that is looked at.
const TRUST_BYTES_MAX: usize = 1024 * 1024;

/// Prints a line for each statement with its label or the reason why it does not count.
///
/// # Errors
///
/// Exit 11 when something does not verify, 12 when something cannot be judged, 13 when everything is
/// consistent and nothing confirms who signed, 8 when a file cannot be read.
pub fn run(env: &Env, args: &VerifyEvidenceArgs) -> Result<(), Failure> {
    let demand = demand(env, args)?;
    let mut outcomes = Vec::new();
    for path in &args.files {
        let is_statement = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let outcome = if is_statement {
            verify_statement(env, path, &demand)?
        } else {
            verify_dossier(env, path, &demand)?
        };
        outcomes.push(outcome);
    }
    judge(&outcomes)
}

/// What is no dossier at all is told in the same lines as one that does not verify.
fn verify_dossier(env: &Env, path: &Path, demand: &Demand) -> Result<Outcome, Failure> {
    match dossiers::read(path) {
        Ok(dossier) => tell(env, &dossier.check(demand)),
        Err(failure) if failure.kind() == Kind::EvidenceInvalid => {
            let terminal = env.terminal();
            terminal.warn(phrase!("no-dossier", path = path));
            let reason = Reason::File.as_str();
            terminal.result_line(&format!("dossier: FAIL {reason}"))?;
            let outcome = Outcome::Invalid;
            terminal.result_line(&format!("dossier: {}", outcome.as_str()))?;
            Ok(outcome)
        }
        Err(failure) => Err(failure),
    }
}

fn demand(env: &Env, args: &VerifyEvidenceArgs) -> Result<Demand, Failure> {
    let annex = args
        .trust
        .as_deref()
        .map(|path| text(path).map(|text| Annex::read(&text)));
    let annex = annex.transpose()?;
    if let (Some(annex), Some(path)) = (&annex, &args.trust)
        && annex.signers.is_empty()
    {
        let empty = phrase!("annex-empty", path = path);
        return Err(Failure::usage(empty).hint(phrase!("annex-empty-hint")));
    }
    let policy = args.policy.as_deref().map(|path| {
        let wrong = || Failure::usage(phrase!("policy-malformed", path = path));
        text(path)?
            .parse::<LogPolicy>()
            .map_err(|error| wrong().because(error))
    });
    Ok(Demand {
        annex,
        policy: policy.transpose()?,
        at: args.at.unwrap_or(env.now()),
    })
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::read(path, error))?;
    let cut = bytes
        .get(..bytes.len().min(TRUST_BYTES_MAX))
        .unwrap_or_default();
    Ok(String::from_utf8_lossy(cut).into_owned())
}

/// Prints what a dossier's verification found.
///
/// # Errors
///
/// Exit 8 when standard output cannot be written.
pub(super) fn tell(env: &Env, report: &Report) -> Result<Outcome, Failure> {
    let terminal = env.terminal();
    let statements = report.statements.iter().map(described);
    let rest = report.lines().split_off(report.statements.len());
    for line in statements.chain(rest) {
        terminal.result_line(&line)?;
    }
    for judged in &report.statements {
        let reason = judged.verdict.err().map(Reason::as_str);
        terminal.event(
            "statement",
            serde_json::json!({
                "name": judged.name, "label": judged.verdict.ok().map(|label| label.to_string()), "reason": reason,
                "index": judged.logged.as_ref().map(|(index, _)| index),
            }),
        );
    }
    Ok(report.outcome)
}

/// A statement's line, and behind it who says it and when, or why it does not count.
fn described(judged: &Judged) -> String {
    let line = judged.line();
    let behind = match (&judged.verdict, &judged.verified) {
        (Ok(_), Some(verified)) => {
            let predicate = &verified.statement.predicate;
            let issuer = &predicate.issuer;
            let name = crate::escape::escape(issuer.name.as_bytes());
            format!("{} {name}, {}", issuer.role, predicate.issued_at)
        }
        _ => crate::escape::escape(judged.why.as_bytes()),
    };
    if behind.is_empty() {
        line
    } else {
        format!("{line}  {behind}")
    }
}

/// A statement by itself: its signature and form, and whether the annex names its signer.
fn verify_statement(env: &Env, path: &Path, demand: &Demand) -> Result<Outcome, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = crate::escape::escape(name.as_bytes());
    let signature = path.with_added_extension("sig");
    let read = |path: &Path| fs::read(path).map_err(|error| Failure::read(path, error));
    let file = read(path)?;
    let signature = String::from_utf8_lossy(&read(&signature)?).into_owned();
    let (line, outcome) = match Statement::verify(&file, &signature) {
        Ok(verified) => {
            let issuer = &verified.statement.predicate.issuer;
            let annex = demand.annex.as_ref();
            match annex.map(|annex| annex.confirms(issuer.role, &issuer.key)) {
                Some(true) => ("ok L1".to_owned(), Outcome::Valid),
                Some(false) => ("FAIL trust".to_owned(), Outcome::Invalid),
                None => ("ok L1".to_owned(), Outcome::NotConfirmed),
            }
        }
        Err(error) => (format!("FAIL {}", error.code()), outcome_of(&error)),
    };
    env.terminal().result_line(&format!("{name}: {line}"))?;
    Ok(outcome)
}

const fn outcome_of(error: &StatementError) -> Outcome {
    if error.is_unsupported() {
        Outcome::Unsupported
    } else {
        Outcome::Invalid
    }
}

/// The worst of several outcomes.
///
/// # Errors
///
/// As [`run`].
pub(super) fn judge(outcomes: &[Outcome]) -> Result<(), Failure> {
    if outcomes.contains(&Outcome::Invalid) {
        let invalid = Failure::new(Kind::EvidenceInvalid, phrase!("evidence-invalid"));
        Err(invalid.hint(phrase!("evidence-invalid-hint")))
    } else if outcomes.contains(&Outcome::Unsupported) {
        let unsupported = Failure::new(Kind::EvidenceUnsupported, phrase!("evidence-unsupported"));
        Err(unsupported.hint(phrase!("evidence-unsupported-hint")))
    } else if outcomes.contains(&Outcome::NotConfirmed) {
        let unconfirmed = Failure::new(Kind::SignerUnconfirmed, phrase!("signer-unconfirmed"));
        Err(unconfirmed.hint(phrase!("signer-unconfirmed-hint")))
    } else {
        Ok(())
    }
}
