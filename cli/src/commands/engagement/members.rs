//! `quitus engagement admit` and `cut`: a freelancer's access, given back or taken away.

use quitus_core::keys::Fingerprint;
use quitus_core::protocol::Deed;

use crate::args::MemberArgs;
use crate::engagements::{Access, Desk};
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;

/// Gives a member's access back.
///
/// # Errors
///
/// Exit 2 when nobody of that name is a member, 4 when this person is not the client, 5 when it has ended.
pub(super) fn admit(env: &Env, args: &MemberArgs) -> Result<(), Failure> {
    act(env, args, |member| Deed::Admit { member })?;
    let name = args.name.as_str();
    env.terminal().say(phrase!("member-admitted", name = name));
    Ok(())
}

/// Takes a member's access away; what it downloads breaks off.
///
/// # Errors
///
/// As [`admit`].
pub(super) fn cut(env: &Env, args: &MemberArgs) -> Result<(), Failure> {
    act(env, args, |member| Deed::Cut { member })?;
    let name = args.name.as_str();
    env.terminal().say(phrase!("member-cut", name = name));
    Ok(())
}

fn act(env: &Env, args: &MemberArgs, deed: fn(Fingerprint) -> Deed) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let access: Access = (&args.access).into();
    let desk = Desk::find(env, &home, &args.engagement, &access)?;
    let member = desk.member(&args.name, &desk.status()?)?;
    desk.client
        .act(&desk.engagement.id, &desk.key, &deed(member))
        .map(drop)
}
