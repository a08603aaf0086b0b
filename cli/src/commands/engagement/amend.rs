//! `quitus engagement amend` and `accept`: other rules, which count once both sides have signed them.
//!
//! Promises: what is accepted is what was shown: rules that verify, that follow from those in force, and
//! whose policy is the one the relay would go by.

use quitus_core::cipher;
use quitus_core::cipher::Recipient;
use quitus_core::digest::Sha256;
use quitus_core::protocol::{Deed, EngagementStatus, ProposalStatus, RULES_BYTES_MAX};
use quitus_core::rules::{Offer, SignedRules};
use quitus_core::statement::{Amended, Facts, Kind};
use quitus_core::text::{base64url, from_base64url_vec};

use super::new::{check_policy, whole_second};
use super::show::tell_rules;
use crate::args::{AmendArgs, ConfirmedArgs};
use crate::engagements::{Access, Desk, Said, not_as_agreed};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::secrets::parse_recipient;

/// Proposes other rules and signs them.
///
/// # Errors
///
/// Exit 2 when nothing is changed, 4 when this person may not propose, 9 when a value is out of bounds.
pub(super) fn propose(env: &Env, args: &AmendArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let mut desk = Desk::find(env, &home, &args.engagement, &access)?;
    take_over(&mut desk, &access)?;
    let rules = changed(env, &desk, args)?;
    let status = desk.status()?;
    let policy = rules.rules.policy.clone();
    let sealed = seal(&desk, &status, &rules)?;
    let amended = Amended {
        version: rules.rules.version,
        rules: rules.digest,
        other: None,
    };
    let to = desk.others(&status)?;
    desk.state(Facts::Amended(amended), Said::default(), &to)?;
    // Before the relay is told: a crash must not leave rules in force that are not here.
    keep_proposed(&home, &desk, &rules)?;
    let rules = base64url(&sealed);
    let deed = Deed::Propose { policy, rules };
    let after = desk.client.act(&desk.engagement.id, &desk.key, &deed)?;
    env.terminal().say(if after.proposal.is_some() {
        phrase!("amendment-proposed")
    } else {
        phrase!("amendment-in-force")
    });
    take_over(&mut desk, &access)
}

/// The rules in force with what was asked for.
fn changed(env: &Env, desk: &Desk<'_>, args: &AmendArgs) -> Result<SignedRules, Failure> {
    let before = desk.engagement.signed_rules();
    let mut rules = before.rules.clone();
    let now = env.now();
    if let Some(until) = args.until {
        rules.policy.ends_at = whole_second(until, now);
    }
    if let Some(inactive) = args.inactive {
        rules.policy.idle_seconds = inactive.moment(now).since(now).as_secs();
    }
    if !args.allow_ip.is_empty() {
        rules.policy.networks.clone_from(&args.allow_ip);
    }
    rules.choice = args.choice.unwrap_or(rules.choice);
    rules.purpose = args.purpose.clone().or(rules.purpose);
    if rules == before.rules {
        return Err(
            Failure::usage(phrase!("nothing-amended")).hint(phrase!("nothing-amended-hint"))
        );
    }
    check_policy(&rules.policy, now)?;
    (rules.version, rules.previous) = (before.rules.version + 1, Some(before.digest));
    let signed = rules.sign(desk.signer()).map_err(Failure::unsigned)?;
    signed.map_err(|error| Failure::usage(phrase!("rules-malformed")).because(error))
}

fn seal(
    desk: &Desk<'_>,
    status: &EngagementStatus,
    rules: &SignedRules,
) -> Result<Vec<u8>, Failure> {
    let mut recipients = desk.home.own_recipients()?;
    for contact in desk.others(status)? {
        recipients.extend(contact.keys.recipients());
    }
    let recipients: Result<Vec<Recipient>, Failure> = recipients
        .iter()
        .map(|text| parse_recipient(text))
        .collect();
    let offer = Offer::new(rules, None).to_bytes();
    cipher::seal_bytes(&recipients?, &offer).map_err(Failure::unexpected)
}

/// Signs what is proposed.
///
/// # Errors
///
/// Exit 2 when nothing is, 6 when it is not what its proposer signed, or not what the relay goes by.
pub(super) fn accept(env: &Env, args: &ConfirmedArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let mut desk = Desk::find(env, &home, &args.engagement, &access)?;
    take_over(&mut desk, &access)?;
    let status = desk.status()?;
    let nothing = || Failure::usage(phrase!("nothing-proposed"));
    let proposal = status.proposal.as_ref().ok_or_else(nothing)?;
    let rules = proposed(&desk, proposal, &access)?;
    tell_rules(env, &rules);
    let question = phrase!("ask-accept-rules");
    if !args.yes && !env.terminal().ask_whether(&question, "--yes")? {
        return Ok(());
    }
    let amended = Amended {
        version: rules.rules.version,
        rules: rules.digest,
        other: amended_by_others(&desk, rules.digest)?,
    };
    let to = desk.others(&status)?;
    desk.state(Facts::Amended(amended), Said::default(), &to)?;
    // Before the relay is told: a crash must not leave rules in force that are not here.
    keep_proposed(&home, &desk, &rules)?;
    let digest = proposal.digest;
    let deed = Deed::Accept { digest };
    let after = desk.client.act(&desk.engagement.id, &desk.key, &deed)?;
    env.terminal().say(if after.proposal.is_some() {
        phrase!("amendment-accepted")
    } else {
        phrase!("amendment-in-force")
    });
    take_over(&mut desk, &access)
}

/// The rules of a proposal, if they are what the relay would go by.
fn proposed(
    desk: &Desk<'_>,
    proposal: &ProposalStatus,
    access: &Access,
) -> Result<SignedRules, Failure> {
    let sealed =
        from_base64url_vec(&proposal.rules, RULES_BYTES_MAX).map_err(|_| not_as_agreed("rules"))?;
    if Sha256::of(&[&sealed]) != proposal.digest {
        return Err(not_as_agreed("rules"));
    }
    let file = access.passphrase_file.as_deref();
    let identities = desk.home.identities(desk.env, file)?;
    let plain = cipher::open_bytes(&identities, &sealed, 2 * RULES_BYTES_MAX);
    let plain = plain.map_err(|error| not_as_agreed("rules").because(error))?;
    let (_, rules) = Offer::read(&plain).map_err(|error| not_as_agreed("rules").because(error))?;
    let follows = rules.check_follows(desk.engagement.signed_rules());
    follows.map_err(|error| not_as_agreed("rules").because(error))?;
    let contacts = desk.home.contacts()?;
    let is_partys = contacts.of_signing_key(&rules.signer).is_some()
        || rules.signer.fingerprint() == desk.own_key();
    if rules.rules.policy != proposal.policy || !is_partys {
        return Err(not_as_agreed("rules"));
    }
    Ok(rules)
}

/// The `amended` of the other side about the same rules.
fn amended_by_others(desk: &Desk<'_>, rules: Sha256) -> Result<Option<Sha256>, Failure> {
    let own = desk.own_key();
    let statements = desk.statements()?;
    let found = statements.iter().rfind(|kept| {
        let statement = &kept.verified.statement;
        let is_same =
            matches!(&statement.predicate.facts, Facts::Amended(one) if one.rules == rules);
        statement.predicate_type == Kind::Amended
            && is_same
            && kept.verified.key.fingerprint() != own
    });
    Ok(found.map(|kept| kept.verified.digest))
}

/// Where rules wait that this person has agreed to.
fn waiting(desk: &Desk<'_>) -> String {
    format!("engagements/{}.proposed", desk.engagement.id)
}

fn keep_proposed(home: &Home, desk: &Desk<'_>, rules: &SignedRules) -> Result<(), Failure> {
    home.replace_file(&waiting(desk), &rules.file)
}

/// Hears what was stated, and takes rules over that came into force since.
///
/// # Errors
///
/// As the relay answers; exit 6 when rules that wait here do not verify.
pub(super) fn take_over(desk: &mut Desk<'_>, access: &Access) -> Result<(), Failure> {
    desk.hear(access.passphrase_file.as_deref())?;
    let status = desk.status()?;
    let Some(file) = desk
        .home
        .read_file(&waiting(desk), RULES_BYTES_MAX as u64)?
    else {
        return Ok(());
    };
    let rules =
        SignedRules::verify(&file).map_err(|error| not_as_agreed("rules").because(error))?;
    let is_in_force = rules.rules.version == status.version && rules.rules.policy == status.policy;
    if is_in_force && rules.check_follows(desk.engagement.signed_rules()).is_ok() {
        desk.engagement.amend(rules);
        desk.home.keep_engagement(&desk.engagement)?;
    }
    Ok(())
}
