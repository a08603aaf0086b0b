//! `quitus check ID --bucket URL`: whoever owns the relay's bucket looks into it, and signs what is there.
//!
//! Promises: what is signed is what a listing showed at that time, through credentials that are not the relay's;
//! where the relay states that a transfer is destroyed and something of it is listed, that is said and signed.
//! It changes nothing in the bucket.

use quitus_bucket::UNSEEN;
use quitus_bucket::place::Access;
use quitus_core::contacts::Contact;
use quitus_core::engagement::EngagementId;
use quitus_core::ledger::Fact;
use quitus_core::statement::{
    Checked, Facts, Kind as StatementKind, NotCovered, Observation, Role, Scope, Statement, Subject,
};
use quitus_core::text;

use crate::args::CheckArgs;
use crate::bucket::{self, Seen};
use crate::engagements::Desk;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, KeptStatement};
use crate::phrase;
use crate::posting;
use crate::sent::Sent;
use crate::stating::{self, Draft};

/// Names of what is left that a statement holds; the counts are of all.
const NAMES_MAX: usize = 100;

/// Lists what the bucket has of a transfer, signs that, and leaves it for the other parties.
///
/// # Errors
///
/// Exit 6 when the relay signed that the transfer is destroyed and something of it is listed, 4 when the
/// credentials may not list, 7 when the bucket does not answer or the relay stated nothing yet, 2 when this
/// device did not send it.
pub fn run(env: &Env, args: &CheckArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access = bucket::access(env, args)?;
    let sent = Sent::find(env, &home, &args.transfer, args.ca_file.as_deref())?;
    let (scope, role, to) = parties(env, &home, &sent)?;
    let place = (env, &home);
    posting::hear(place, &sent.client, &scope, args.passphrase_file.as_deref())?;
    let statements = home.statements(&scope)?;
    let stated = relays_own(&statements, &sent);
    let subject = stated.iter().find_map(|one| subject(one, &sent));
    let subject = subject.ok_or_else(|| {
        Failure::new(Kind::Temporary, phrase!("bucket-nothing-stated"))
            .hint(phrase!("bucket-nothing-stated-hint"))
    })?;
    warn_of_another_place(env, &stated, &access);
    let seen = bucket::list(&access, &sent.id.to_string())?;
    if !is_whole(&seen) {
        env.terminal().warn(phrase!("bucket-not-whole"));
    }
    let draft = Draft {
        observed: observed(env, &access, &seen),
        not_covered: not_covered(&seen),
        ..Draft::new(
            scope,
            vec![subject],
            role,
            Facts::Checked(facts(&access, &seen)),
        )
    };
    let kept = stating::state(env, &home, draft)?;
    posting::post(place, &sent.client, (scope, &kept), &to)?;
    for name in &seen.names {
        env.terminal()
            .result_line(&crate::escape::escape(name.as_bytes()))?;
    }
    env.terminal().say(phrase!(
        "bucket-checked",
        versions = seen.n_versions,
        markers = seen.n_delete_markers,
        uploads = seen.n_uploads
    ));
    let is_destroyed = |one: &&Statement| one.predicate_type == StatementKind::Destroyed;
    if stated.iter().any(is_destroyed) && !seen.names.is_empty() {
        return Err(Failure::new(Kind::Integrity, phrase!("bucket-contradicts"))
            .hint(phrase!("bucket-contradicts-hint")));
    }
    Ok(())
}

/// What the statement belongs to, as what this person makes it, and whom it is left for.
fn parties(
    env: &Env,
    home: &Home,
    sent: &Sent<'_>,
) -> Result<(Scope, Role, Vec<Contact>), Failure> {
    let (engagement, names) = begun(home, sent)?;
    let Some(id) = engagement else {
        let contacts = home.contacts()?;
        let chosen = contacts
            .iter()
            .filter(|contact| names.contains(&contact.name));
        let chosen = chosen.cloned().collect();
        return Ok((Scope::Transfer(sent.id), Role::Sender, chosen));
    };
    let desk = Desk::open(env, home, home.engagement(&id)?, None)?;
    if !desk.engagement.is_client() {
        return Err(Failure::usage(phrase!("bucket-by-client")));
    }
    let others = desk.others(&desk.status()?)?;
    Ok((Scope::Engagement(id), Role::Client, others))
}

/// The engagement a transfer was sent in, and the contacts it was sent to.
fn begun(home: &Home, sent: &Sent<'_>) -> Result<(Option<EngagementId>, Vec<String>), Failure> {
    let ledger = home.read_ledger()?;
    for fact in ledger.facts(&sent.id) {
        if let Fact::SendBegun { engagement, to, .. } = fact {
            return Ok((*engagement, to.clone()));
        }
    }
    Ok((None, Vec::new()))
}

/// What the relay stated of the transfer.
fn relays_own<'a>(statements: &'a [KeptStatement], sent: &Sent<'_>) -> Vec<&'a Statement> {
    let statements = statements.iter().map(|kept| &kept.verified.statement);
    let is_relays = |one: &&Statement| one.predicate.issuer.role == Role::Relay;
    let is_about = |one: &&Statement| subject(one, sent).is_some();
    statements.filter(is_relays).filter(is_about).collect()
}

fn subject(statement: &Statement, sent: &Sent<'_>) -> Option<Subject> {
    let is_it = |subject: &&Subject| subject.transfer_id() == Some(sent.id);
    statement.subject.iter().find(is_it).cloned()
}

/// The relay says where it looked; a listing of another place shows nothing.
fn warn_of_another_place(env: &Env, stated: &[&Statement], access: &Access) {
    let observed = stated.iter().flat_map(|one| &one.predicate.observed);
    let mut listed = observed.filter(|one| one.code == "objects.listed");
    let bucket = access.bucket.to_string();
    if listed.any(|one| !one.what.contains(&format!("({bucket}, "))) {
        env.terminal()
            .warn(phrase!("bucket-another", bucket = &bucket));
    }
}

fn facts(access: &Access, seen: &Seen) -> Checked {
    Checked {
        store: bucket::described(access),
        n_versions: seen.n_versions,
        n_delete_markers: seen.n_delete_markers,
        n_uploads: seen.n_uploads,
    }
}

fn observed(env: &Env, access: &Access, seen: &Seen) -> Vec<Observation> {
    let at = env.now();
    let listed = Observation {
        at,
        code: "objects.listed".to_owned(),
        what: format!(
            "{} listed under the prefix of the transfer in {}, with credentials of whoever signs",
            seen.lists.words(),
            bucket::described(access)
        ),
        result: seen.names.len().to_string(),
    };
    let left = seen.names.iter().take(NAMES_MAX).map(|name| Observation {
        at,
        code: "object.left".to_owned(),
        what: "an object that is there".to_owned(),
        result: text::plain(name),
    });
    core::iter::once(listed).chain(left).collect()
}

fn is_whole(seen: &Seen) -> bool {
    seen.lists.versions && seen.lists.uploads
}

fn not_covered(seen: &Seen) -> Vec<NotCovered> {
    let unlisted = (
        "unlisted",
        "versions, delete markers or unfinished uploads, which could not all be listed",
    );
    let unlisted = (!is_whole(seen)).then_some(unlisted);
    let codes = UNSEEN.into_iter().chain(unlisted);
    let one = |(code, what): (&str, &str)| NotCovered {
        code: code.to_owned(),
        what: what.to_owned(),
    };
    codes.map(one).collect()
}
