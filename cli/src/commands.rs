//! One file per command; this one only finds it.

pub mod send;
pub mod receive;
pub mod inbox;
pub mod open;
pub mod close;
pub mod destroy;
pub mod device;
pub mod recipient;
pub mod invite;
pub mod invites;
pub mod join;
pub mod engagement;
pub mod freeze;
pub mod review;
pub mod offboard;
pub mod resume;
pub mod list;
pub mod show;
pub mod extend;
pub mod revoke;
pub mod receipt;
pub mod check;
pub mod dossier;
pub mod verify;
pub mod log;
pub mod init;
pub mod id;
pub mod contact;
pub mod annex;
pub mod encrypt;
pub mod decrypt;
pub mod completions;
pub mod man;

use crate::args::{Command, RecipientCommand};
use crate::env::Env;
use crate::failure::Failure;

/// Does what was asked.
///
/// # Errors
///
/// Whatever the command's own `run` documents.
pub fn run(env: &Env, command: Command) -> Result<(), Failure> {
    match command {
        Command::Send(args) => send::run(env, &args),
        Command::Receive(args) => receive::run(env, &args),
        Command::Inbox(args) => inbox::run(env, &args),
        Command::Open(args) => open::run(env, &args),
        Command::Close(args) => close::run(env, &args),
        Command::Destroy(args) => destroy::run(env, &args),
        Command::Device(args) => device::run(env, &args),
        Command::Recipient(RecipientCommand::Add(args)) => recipient::run(env, &args),
        Command::Invite(args) => invite::run(env, &args),
        Command::Invites(args) => invites::run(env, &args),
        Command::Join(args) => join::run(env, &args),
        Command::Engagement(args) => engagement::run(env, &args.command),
        Command::Freeze(args) => freeze::freeze(env, &args),
        Command::Thaw(args) => freeze::thaw(env, &args),
        Command::Review(args) => review::run(env, &args),
        Command::Offboard(args) => offboard::run(env, &args),
        Command::Resume(args) => resume::run(env, &args),
        Command::List(args) => list::run(env, &args),
        Command::Show(args) => show::run(env, &args),
        Command::Extend(args) => extend::run(env, &args),
        Command::Revoke(args) => revoke::run(env, &args),
        Command::Receipt(args) => receipt::run(env, &args),
        Command::Check(args) => check::run(env, &args),
        Command::Dossier(command) => dossier::run(env, &command),
        Command::Verify(args) => verify::run(env, &args),
        Command::Log(command) => log::run(env, &command),
        Command::Init(args) => init::run(env, &args),
        Command::Id(args) => id::run(env, &args),
        Command::Contact(args) => contact::run(env, &args.command),
        Command::Annex(args) => annex::run(env, &args),
        Command::Encrypt(args) => encrypt::run(env, &args),
        Command::Decrypt(args) => decrypt::run(env, &args),
        Command::Completions(args) => completions::run(env, &args),
        Command::Man(args) => man::run(env, &args),
    }
}
