//! `quitus engagement confirm ENGAGEMENT [NAME]`: the client signs what freelancers agreed to.
//!
//! Promises: nothing is confirmed whose `engaged` is not here, of these very rules, by the key of the card
//! that came with the invite.

use quitus_core::engagement::Standing;
use quitus_core::protocol::{Deed, EngagementStatus, MemberStatus};
use quitus_core::statement::{Engaged, Facts, Kind};

use crate::args::ConfirmArgs;
use crate::commands::invites;
use crate::engagements::{Access, Desk, Said, not_as_agreed};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::{Home, KeptStatement};
use crate::phrase;
use crate::watching;

/// Confirms whoever agreed.
///
/// # Errors
///
/// Exit 2 when nobody waits to be confirmed, 6 when what was signed is not what the rules say.
pub(super) fn run(env: &Env, args: &ConfirmArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let desk = Desk::find(env, &home, &args.engagement, &access)?;
    invites::pin_joined(env, &home, &desk.client)?;
    desk.hear(access.passphrase_file.as_deref())?;
    let status = desk.status()?;
    let mut waiting: Vec<&MemberStatus> = status.members.iter().collect();
    waiting.retain(|member| member.standing == Standing::Agreed);
    if let Some(name) = &args.name {
        let key = desk.member(name, &status)?;
        waiting.retain(|member| member.key == key);
    }
    if waiting.is_empty() {
        return Err(
            Failure::usage(phrase!("nobody-to-confirm")).hint(phrase!("nobody-to-confirm-hint"))
        );
    }
    for member in waiting {
        confirm(env, &desk, (&status, member), args.yes)?;
    }
    watching::tell_new(&desk)
}

fn confirm(
    env: &Env,
    desk: &Desk<'_>,
    (status, member): (&EngagementStatus, &MemberStatus),
    is_sure: bool,
) -> Result<(), Failure> {
    let contact = desk.contact_of(&member.key)?;
    let contact = contact.ok_or_else(|| not_as_agreed("contact"))?;
    let name = contact.name.as_str();
    let first = engaged_of(desk, contact.keys.signing_keys())?;
    let facts = facts_of(&first).ok_or_else(|| not_as_agreed("engaged"))?;
    let rules = desk.engagement.signed_rules();
    if facts.rules != rules.digest || facts.client != rules.rules.client {
        return Err(not_as_agreed("rules"));
    }
    let terminal = env.terminal();
    terminal.say(phrase!("member-agreed", name = name));
    if let Some(text) = &facts.reservations {
        terminal.warn(phrase!(
            "member-reserves",
            name = name,
            text = text.as_str()
        ));
    }
    let question = phrase!("ask-confirm", name = name);
    if !is_sure && !terminal.ask_whether(&question, "--yes")? {
        return Ok(());
    }
    let second = Engaged {
        other: Some(first.verified.digest),
        reservations: None,
        ..facts.clone()
    };
    let to = desk.others(status)?;
    desk.state(Facts::Engaged(second), Said::default(), &to)?;
    let member = member.key.clone();
    let deed = Deed::Confirm { member };
    desk.client.act(&desk.engagement.id, &desk.key, &deed)?;
    terminal.say(phrase!("member-engaged", name = name));
    Ok(())
}

/// The `engaged` of somebody; the last one, where there are several.
fn engaged_of(
    desk: &Desk<'_>,
    keys: &[quitus_core::keys::PublicKey],
) -> Result<KeptStatement, Failure> {
    let is_theirs = |kept: &KeptStatement| {
        keys.iter()
            .any(|key| kept.is(Kind::Engaged, &key.fingerprint()))
    };
    let found = desk.statements()?.into_iter().rfind(is_theirs);
    found.ok_or_else(|| not_as_agreed("engaged"))
}

/// What an `engaged` says.
fn facts_of(kept: &KeptStatement) -> Option<&Engaged> {
    if let Facts::Engaged(facts) = &kept.verified.statement.predicate.facts {
        Some(facts)
    } else {
        None
    }
}
