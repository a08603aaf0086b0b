//! The command line: what can be asked, and what was.
//!
//! ```text
//! quitus [--lang fr] [--json] send PATH... [--relay URL]
//! ```
//!
//! Promises: the only place that knows clap; every text of a help page or a usage error comes from the
//! catalogues (`help-…`, `value-…`, `usage-…`), none from the doc comments here. Opens no file and reads no
//! variable.

mod derived;
mod engaging;
mod evidence;
mod holding;
mod localize;
mod people;
mod usage;

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory as _, FromArgMatches as _};

pub use clap_complete::Shell;
#[cfg(test)]
pub(crate) use localize::ids;

pub use derived::{completion_script, manual_pages};
pub use engaging::{
    AccessArgs, AmendArgs, ConfirmArgs, ConfirmedArgs, EngagementArgs, EngagementCommand,
    FreezeArgs, MemberArgs, NewArgs, OffboardArgs, ReviewArgs, StatusArgs, WatchArgs,
};
pub use evidence::{
    CheckArgs, DossierBuildArgs, DossierCommand, DossierShowArgs, LogCommand, LogCompareArgs,
    LogVerifyArgs, VerifyEvidenceArgs,
};
pub use holding::{CloseArgs, DestroyArgs, DeviceArgs, OpenArgs};
pub use people::{
    AnnexArgs, ContactArgs, ContactCommand, IdArgs, InitArgs, PinArgs, RemoveArgs, VerifyArgs,
};

use quitus_core::invite::Role;

use crate::expiry::Expiry;
use crate::failure::{Failure, Kind};
use crate::words::{Language, Words};

/// A whole command line.
#[derive(clap::Parser)]
#[command(
    name = "quitus",
    version,
    disable_help_flag = true,
    disable_help_subcommand = true
)]
#[command(disable_version_flag = true, color = clap::ColorChoice::Never)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The flags that every command takes.
#[derive(clap::Args)]
pub struct Global {
    /// The language to speak; the locale's without it.
    #[arg(long, global = true, value_name = "LANG", value_parser = language_parser())]
    pub lang: Option<Language>,
    /// Events as JSON lines on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// No notes, no progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Never ask anything.
    #[arg(long, global = true)]
    pub no_input: bool,
    /// The folder of keys and ledger.
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    #[arg(long, short, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    #[arg(long, short = 'V', global = true, action = ArgAction::Version)]
    version: Option<bool>,
}

/// What to do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Hands files over through a relay.
    Send(SendArgs),
    /// Takes files that were handed over.
    Receive(ReceiveArgs),
    /// Lists what waits for this person.
    Inbox(InboxArgs),
    /// Opens what is kept sealed.
    Open(OpenArgs),
    /// Removes what was opened.
    Close(CloseArgs),
    /// Destroys what was received, and signs that.
    Destroy(DestroyArgs),
    /// Looks whether a folder's disk is encrypted.
    Device(DeviceArgs),
    /// Names recipients of what was sent.
    #[command(subcommand)]
    Recipient(RecipientCommand),
    /// Invites somebody to a relay.
    Invite(InviteArgs),
    /// Lists invites, and pins who redeemed them.
    Invites(InvitesArgs),
    /// Joins a relay by an invite.
    Join(JoinArgs),
    /// Opens, confirms, changes and shows engagements.
    Engagement(EngagementArgs),
    /// Stops every claim of an engagement.
    Freeze(FreezeArgs),
    /// Lets it go on.
    Thaw(FreezeArgs),
    /// Looks through who has access.
    Review(ReviewArgs),
    /// Ends an engagement, step by step.
    Offboard(OffboardArgs),
    /// Goes on with what was interrupted.
    Resume(ResumeArgs),
    /// Lists what was sent.
    List(ListArgs),
    /// Shows what happened to a transfer.
    Show(TransferArgs),
    /// Gives a transfer another end.
    Extend(ExtendArgs),
    /// Ends a transfer now.
    Revoke(TransferArgs),
    /// Fetches the statement of a transfer's destruction.
    Receipt(ReceiptArgs),
    /// Looks into the relay's bucket, and signs what is there.
    Check(CheckArgs),
    /// Puts dossiers together, checks and shows them.
    #[command(subcommand)]
    Dossier(DossierCommand),
    /// Checks statements and dossiers.
    Verify(VerifyEvidenceArgs),
    /// Whether a relay shows everyone the same log.
    #[command(subcommand)]
    Log(LogCommand),
    /// Makes this person's keys and card.
    Init(InitArgs),
    /// Shows this person's card.
    Id(IdArgs),
    /// Pins whose keys are whose.
    Contact(ContactArgs),
    /// Makes the page of a contract that says whose keys are whose.
    Annex(AnnexArgs),
    /// Seals one file for age recipients.
    Encrypt(EncryptArgs),
    /// Opens one sealed file.
    Decrypt(DecryptArgs),
    /// Prints a shell's completion script.
    Completions(CompletionsArgs),
    /// Writes the manual pages.
    Man(ManArgs),
}

/// What `quitus send` is asked.
#[derive(Clone, clap::Args)]
pub struct SendArgs {
    /// What to send; at least one, unless it is a secret.
    #[arg(required_unless_present = "secret", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// A secret that is typed or piped, under a name for people.
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        default_missing_value = "secret",
        conflicts_with = "paths"
    )]
    pub secret: Option<String>,
    /// Contacts it is for; whoever holds the link without any.
    #[arg(long, value_name = "NAME")]
    pub to: Vec<String>,
    /// For whoever holds the link, as without `--to`.
    #[arg(long, conflicts_with = "to")]
    pub link: bool,
    /// The engagement it belongs to: its title, its contract, or the beginning of its id.
    #[arg(long, value_name = "ENGAGEMENT", conflicts_with = "link")]
    pub engagement: Option<String>,
    /// It gives back deliverables and what had been entrusted.
    #[arg(long, requires = "engagement")]
    pub r#return: bool,
    /// The relay's address; see `Env::relay`.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// When the transfer ends.
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    pub expires: Expiry,
    /// How often it can be received.
    #[arg(long, value_name = "N", default_value = "1")]
    pub downloads: NonZeroU32,
    /// Ask for a password that the recipient must know.
    #[arg(long, conflicts_with = "password_file")]
    pub password: bool,
    /// The file whose first line is that password.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// What `quitus receive` is asked.
#[derive(clap::Args)]
pub struct ReceiveArgs {
    /// The link, `-` to read it from stdin, nothing to be asked for it. It may hold a secret.
    #[arg(value_name = "LINK")]
    pub link: Option<String>,
    /// The folder to write into, `-` for stdout, or a device or FIFO.
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Keep the sealed file and its identity instead of opening it.
    #[arg(long, requires = "output")]
    pub sealed: bool,
    /// Keep it sealed, with its key in the keyring alone.
    #[arg(long, conflicts_with = "sealed")]
    pub keep_sealed: bool,
    /// Give names that some systems cannot hold a portable spelling.
    #[arg(long)]
    pub portable_names: bool,
    /// The contact who must have signed it.
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,
    /// The file whose first line is the transfer's password.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The file whose first line is the passphrase of this person's identity.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus inbox` is asked.
#[derive(clap::Args)]
pub struct InboxArgs {
    /// The relay's address; every relay that was joined without it.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
    /// The file whose first line is the passphrase of this person's identity.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus recipient` does.
#[derive(clap::Subcommand)]
pub enum RecipientCommand {
    /// Names one recipient more; nothing is uploaded again.
    Add(RecipientAddArgs),
}

/// What `quitus recipient add` is asked.
#[derive(clap::Args)]
pub struct RecipientAddArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID")]
    pub transfer: String,
    /// The contact.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The file whose first line is the passphrase of this person's identity.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus invite` is asked.
#[derive(clap::Args)]
pub struct InviteArgs {
    /// The name under which whoever joins becomes a contact.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// When the invite can no longer be used.
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    pub expires: Expiry,
    /// The relay's address; see `relays::choose`.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus invites` is asked.
#[derive(clap::Args)]
pub struct InvitesArgs {
    /// The relay's address; see `relays::choose`.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus join` is asked.
#[derive(clap::Args)]
pub struct JoinArgs {
    /// The invite, `-` to read it from stdin, nothing to be asked for it. It holds a secret.
    #[arg(value_name = "INVITE")]
    pub invite: Option<String>,
    /// The name under which the inviter becomes a contact; the one on its card without it.
    #[arg(long, value_name = "NAME")]
    pub r#as: Option<String>,
    /// Agree to the rules and every document without asking.
    #[arg(long)]
    pub accept: bool,
    /// What this person does not agree to, as it is signed.
    #[arg(long, value_name = "TEXT")]
    pub reserve: Option<String>,
    /// The folder to write the documents into.
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus resume` is asked.
#[derive(clap::Args)]
pub struct ResumeArgs {
    /// The transfer, or the beginning of its id; all without it.
    #[arg(value_name = "ID")]
    pub transfer: Option<String>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus list` is asked.
#[derive(clap::Args)]
pub struct ListArgs {
    /// The relay's address; see `Env::relay`.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus show` and `quitus revoke` are asked.
#[derive(clap::Args)]
pub struct TransferArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID")]
    pub transfer: String,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus extend` is asked.
#[derive(clap::Args)]
pub struct ExtendArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID")]
    pub transfer: String,
    /// When the transfer ends from now on.
    #[arg(long, value_name = "WHEN")]
    pub expires: Expiry,
    /// The file whose first line is the passphrase of this person's identity.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus receipt` is asked.
#[derive(clap::Args)]
pub struct ReceiptArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID")]
    pub transfer: String,
    /// The folder to write the statement into; stdout without it.
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus encrypt` is asked.
#[derive(clap::Args)]
pub struct EncryptArgs {
    /// Recipients.
    #[arg(long, short, value_name = "RECIPIENT")]
    pub recipient: Vec<String>,
    /// Files with a recipient a line.
    #[arg(long, short = 'R', value_name = "FILE")]
    pub recipients_file: Vec<PathBuf>,
    /// Seal with a passphrase.
    #[arg(long, short, conflicts_with_all = ["recipient", "recipients_file"])]
    pub passphrase: bool,
    /// The file whose first line is the passphrase.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipient", "recipients_file"])]
    pub passphrase_file: Option<PathBuf>,
    /// Write letters and digits only.
    #[arg(long, short)]
    pub armor: bool,
    /// Where to write; stdout without it or with `-`.
    #[arg(long, short, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// What to seal; stdin without it or with `-`.
    #[arg(value_name = "IN")]
    pub input: Option<PathBuf>,
}

/// What `quitus decrypt` is asked.
#[derive(clap::Args)]
pub struct DecryptArgs {
    /// Files with identities.
    #[arg(long, short, value_name = "FILE")]
    pub identity: Vec<PathBuf>,
    /// Open with a passphrase.
    #[arg(long, short, conflicts_with = "identity")]
    pub passphrase: bool,
    /// The file whose first line is the passphrase, of the sealed file or of an identity.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Where to write; stdout without it or with `-`.
    #[arg(long, short, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// What to open; stdin without it or with `-`.
    #[arg(value_name = "IN")]
    pub input: Option<PathBuf>,
}

/// What `quitus completions` is asked.
#[derive(clap::Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// What `quitus man` is asked.
#[derive(clap::Args)]
pub struct ManArgs {
    /// The folder to write the pages into.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// What a command line asks for.
pub enum Asked {
    /// A command.
    Work(Box<Cli>),
    /// A page to show: help or version.
    Page {
        /// The page, in the person's language.
        text: String,
        /// `Done` when it was asked for, `Usage` when it is the answer to a line without a command.
        kind: Kind,
    },
}

/// Reads a command line, the program's name first.
///
/// The plain command is tried first: texts are only looked up when there is something to tell.
///
/// # Errors
///
/// Exit 2 with what cannot be understood, in the person's language.
pub fn parse(args: &[OsString], words: &Words) -> Result<Asked, Failure> {
    let args = help_as_flag(args);
    let plain = Cli::command().try_get_matches_from(&args);
    match plain.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Ok(Asked::Work(Box::new(cli))),
        Err(_) => explain(&args, words),
    }
}

fn explain(args: &[OsString], words: &Words) -> Result<Asked, Failure> {
    let mut command = localize::command(words);
    let error = match command.try_get_matches_from_mut(args) {
        Err(error) => error,
        Ok(mut matches) => match Cli::from_arg_matches_mut(&mut matches) {
            Ok(cli) => return Ok(Asked::Work(Box::new(cli))),
            Err(error) => error,
        },
    };
    // Of all kinds of answers only these are pages.
    let pages = [
        (ErrorKind::DisplayHelp, Kind::Done),
        (ErrorKind::DisplayVersion, Kind::Done),
        (
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
            Kind::Usage,
        ),
    ];
    match pages.into_iter().find(|(page, _)| *page == error.kind()) {
        Some((_, kind)) => Ok(Asked::Page {
            text: error.render().to_string(),
            kind,
        }),
        None => Err(usage::failure(&error, subcommand_in(args))),
    }
}

/// Reads `--lang` from a command line that may be wrong elsewhere, so that its errors are in that language.
#[must_use]
pub fn language_asked(args: &[OsString]) -> Option<Language> {
    let mut args = args.iter().filter_map(|arg| arg.to_str());
    while let Some(arg) = args.next() {
        match arg.strip_prefix("--lang") {
            Some("") => return args.next().and_then(Language::from_locale),
            Some(value) => return value.strip_prefix('=').and_then(Language::from_locale),
            None => {}
        }
    }
    None
}

/// Turns `quitus help receive` into `quitus receive --help`.
fn help_as_flag(args: &[OsString]) -> Vec<OsString> {
    let mut args = args.to_vec();
    if args.get(1).is_some_and(|first| first == "help") {
        args.remove(1);
        args.push(OsString::from("--help"));
    }
    args
}

fn subcommand_in(args: &[OsString]) -> Option<&'static str> {
    let is = |name: &&str| {
        args.iter()
            .skip(1)
            .any(|arg| arg.as_os_str() == OsStr::new(name))
    };
    NAMES.iter().copied().find(is)
}

/// The names of the commands, in the order of the help page; a test compares them with clap's.
const NAMES: &[&str] = &[
    "send",
    "receive",
    "inbox",
    "open",
    "close",
    "destroy",
    "device",
    "recipient",
    "invite",
    "invites",
    "join",
    "engagement",
    "freeze",
    "thaw",
    "review",
    "offboard",
    "resume",
    "list",
    "show",
    "extend",
    "revoke",
    "receipt",
    "check",
    "dossier",
    "verify",
    "log",
    "init",
    "id",
    "contact",
    "annex",
    "encrypt",
    "decrypt",
    "completions",
    "man",
];

fn role_parser() -> impl clap::builder::TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["client", "freelancer"]).map(|role| match role.as_str() {
        "client" => Role::Client,
        _ => Role::Freelancer,
    })
}

fn language_parser() -> impl clap::builder::TypedValueParser<Value = Language> {
    PossibleValuesParser::new(["en", "fr"])
        .map(|tag| Language::from_locale(&tag).unwrap_or(Language::English))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_consistent_and_its_names_are_known() {
        let command = Cli::command();
        command.clone().debug_assert();
        assert!(
            command
                .get_subcommands()
                .map(clap::Command::get_name)
                .eq(NAMES.iter().copied())
        );
    }

    #[test]
    fn the_language_is_found_in_any_line() {
        let check = |line: &str, expected| {
            let args: Vec<_> = line.split(' ').map(OsString::from).collect();
            assert_eq!(language_asked(&args), expected, "{line}");
        };
        check("quitus recieve --lang fr", Some(Language::French));
        check("quitus --lang=fr recieve", Some(Language::French));
        check("quitus --lang en", Some(Language::English));
        check("quitus --lang", None);
        check("quitus --lang de", None);
        check("quitus --language fr", None);
    }
}
