//! The access log of an engagement: as the relay signed that it handed it over, in a file.
//!
//! Promises: the bytes are those whose digest the relay signed, whether they come from the relay or lie
//! here already. A freelancer is shown its own lines only, and gets no such file.

use std::path::{Path, PathBuf};

use quitus_core::digest::Sha256;
use quitus_core::protocol::{Deed, to_lines};
use quitus_core::statement::{Facts, Subject, Verified};

use super::closing::wait_until;
use crate::args::OffboardArgs;
use crate::engagements::{Desk, not_as_agreed};
use crate::failure::{Failure, Kind};
use crate::phrase;

/// Has the relay sign what it hands over, and writes that; what it is called in a statement.
///
/// # Errors
///
/// Exit 6 when the log is not what the relay signed, 7 when it has not signed yet, 8 when it cannot be written.
pub(super) fn export(
    desk: &Desk<'_>,
    folder: Option<&Path>,
    args: &OffboardArgs,
) -> Result<Subject, Failure> {
    let deed = Deed::Export {};
    desk.client.act(&desk.engagement.id, &desk.key, &deed)?;
    let passphrase_file = args.access.passphrase_file.as_deref();
    wait_until(|| {
        desk.hear(passphrase_file)?;
        Ok(signed(desk)?.is_some())
    })?;
    let late = || Failure::new(Kind::Temporary, phrase!("export-waits"));
    let (statement, _) = signed(desk)?.ok_or_else(late)?;
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let bytes = exported(desk, folder)?.ok_or_else(|| not_as_agreed("access log"))?;
    let path = path(desk, folder);
    std::fs::write(&path, &bytes).map_err(|error| Failure::write(&path, error))?;
    desk.env
        .terminal()
        .say(phrase!("access-log-exported", path = &path));
    Ok(Subject::statement(statement.digest))
}

/// The relay's statement, and the digest of the file it is about.
fn signed(desk: &Desk<'_>) -> Result<Option<(Verified, Sha256)>, Failure> {
    let found = desk.statements()?.into_iter().find_map(|kept| {
        let subjects = &kept.verified.statement.subject;
        let mut files = subjects.iter().filter(|one| one.is_document());
        let digest = files.next()?.digest.sha256;
        let facts = &kept.verified.statement.predicate.facts;
        matches!(facts, Facts::AccessExported(_)).then_some((kept.verified, digest))
    });
    Ok(found)
}

/// The log as the relay signed it: from the folder, else from the relay; none where neither has it.
///
/// # Errors
///
/// As the relay answers.
pub(super) fn exported(desk: &Desk<'_>, folder: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let Some((statement, digest)) = signed(desk)? else {
        return Ok(None);
    };
    let is_it = |bytes: &Vec<u8>| Sha256::of(&[bytes]) == digest;
    if let Some(bytes) = std::fs::read(path(desk, folder)).ok().filter(is_it) {
        return Ok(Some(bytes));
    }
    let mut log = desk
        .client
        .engagement_activity(&desk.engagement.id, &desk.key, 0)?;
    if let Facts::AccessExported(facts) = &statement.statement.predicate.facts {
        log.truncate(usize::try_from(facts.n_lines).unwrap_or(usize::MAX));
    }
    Ok(Some(to_lines(&log)).filter(is_it))
}

fn path(desk: &Desk<'_>, folder: &Path) -> PathBuf {
    folder.join(format!("access-log-{}.jsonl", desk.engagement.id.short()))
}
