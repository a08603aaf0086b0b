//! What the commands about engagements are asked.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use quitus_core::network::Network;
use quitus_core::statement::Choice;
use quitus_core::watch::Hours;

use crate::expiry::Expiry;

/// Where to find what a command needs to talk.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct AccessArgs {
    /// The file whose first line is the passphrase of this person's identity.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus engagement` is asked.
#[derive(clap::Args)]
pub struct EngagementArgs {
    /// What to do with engagements.
    #[command(subcommand)]
    pub command: EngagementCommand,
}

/// What to do with engagements.
#[derive(clap::Subcommand)]
pub enum EngagementCommand {
    /// Opens one, and invites a freelancer.
    New(NewArgs),
    /// Invites one freelancer more.
    Invite(MemberArgs),
    /// Signs what freelancers agreed to.
    Confirm(ConfirmArgs),
    /// Proposes other rules.
    Amend(AmendArgs),
    /// Signs rules that are proposed.
    Accept(ConfirmedArgs),
    /// Gives a member's access back.
    Admit(MemberArgs),
    /// Takes a member's access away.
    Cut(MemberArgs),
    /// Shows how one stands.
    Status(StatusArgs),
    /// Says from where and when everybody works.
    Watch(WatchArgs),
    /// Lists them.
    List,
}

/// What `quitus engagement new` is asked.
#[derive(clap::Args)]
pub struct NewArgs {
    /// What to call it.
    #[arg(value_name = "TITLE")]
    pub title: String,
    /// The name under which the freelancer becomes a contact.
    #[arg(long, value_name = "NAME")]
    pub with: String,
    /// The reference of the contract.
    #[arg(long, value_name = "REF")]
    pub contract: String,
    /// When it ends.
    #[arg(long, value_name = "WHEN")]
    pub until: Expiry,
    /// What becomes of the data at the end.
    #[arg(long, value_name = "CHOICE", value_parser = choice_parser())]
    pub choice: Choice,
    /// After how long without use a freelancer's access ends.
    #[arg(long, value_name = "SPAN", default_value = "30d")]
    pub inactive: Expiry,
    /// Networks from which freelancers may claim and send.
    #[arg(long, value_name = "CIDR")]
    pub allow_ip: Vec<Network>,
    /// Whether files are written onto an encrypted disk only.
    #[arg(long)]
    pub require_disk_encryption: bool,
    /// Documents that are agreed to.
    #[arg(long, value_name = "FILE")]
    pub terms: Vec<PathBuf>,
    /// What the data may be used for.
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// Bytes of one transfer at most.
    #[arg(long, value_name = "BYTES")]
    pub max_size: Option<NonZeroU64>,
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

/// What `quitus engagement invite`, `admit` and `cut` are asked.
#[derive(clap::Args)]
pub struct MemberArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// The freelancer.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// How to talk.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// What `quitus engagement confirm` is asked.
#[derive(clap::Args)]
pub struct ConfirmArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// The freelancer; everybody who agreed without it.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Sign without asking.
    #[arg(long)]
    pub yes: bool,
    /// How to talk.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// What `quitus engagement accept` is asked.
#[derive(clap::Args)]
pub struct ConfirmedArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// Sign without asking.
    #[arg(long)]
    pub yes: bool,
    /// How to talk.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// What `quitus engagement amend` is asked.
#[derive(clap::Args)]
pub struct AmendArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// When it ends.
    #[arg(long, value_name = "WHEN")]
    pub until: Option<Expiry>,
    /// What becomes of the data at the end.
    #[arg(long, value_name = "CHOICE", value_parser = choice_parser())]
    pub choice: Option<Choice>,
    /// After how long without use a freelancer's access ends.
    #[arg(long, value_name = "SPAN")]
    pub inactive: Option<Expiry>,
    /// Networks from which freelancers may claim and send, instead of those before.
    #[arg(long, value_name = "CIDR")]
    pub allow_ip: Vec<Network>,
    /// What the data may be used for.
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// How to talk.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// What `quitus engagement status` is asked.
#[derive(clap::Args)]
pub struct StatusArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// How to talk.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// What `quitus engagement watch` is asked.
#[derive(clap::Args)]
pub struct WatchArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// A list of networks, one a line, from which everybody works.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// The working day, Monday to Friday.
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<Hours>,
}

/// What `quitus freeze` and `quitus thaw` are asked.
#[derive(clap::Args)]
pub struct FreezeArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// What happened, where it is an incident.
    #[arg(long, value_name = "TEXT")]
    pub incident: Option<String>,
    /// How to talk.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// What `quitus review` is asked.
#[derive(clap::Args)]
pub struct ReviewArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// The month it is for; this one without it.
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// Whose access ends.
    #[arg(long, value_name = "NAME")]
    pub cut: Vec<String>,
    /// Everybody else stays, without asking.
    #[arg(long)]
    pub keep_all: bool,
    /// How to talk.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// What `quitus offboard` is asked.
#[derive(clap::Args)]
pub struct OffboardArgs {
    /// The engagement: its title, its contract, or the beginning of its id.
    #[arg(value_name = "ENGAGEMENT")]
    pub engagement: String,
    /// Show what is done and what is not, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// End it without asking.
    #[arg(long)]
    pub yes: bool,
    /// Sign that what was passed on as a secret was changed.
    #[arg(long)]
    pub credentials_changed: bool,
    /// Sign for the end although something is missing, with this reservation.
    #[arg(long, value_name = "TEXT")]
    pub reserve: Option<String>,
    /// The folder to write the access log into.
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// How to talk.
    #[command(flatten)]
    pub access: AccessArgs,
}

fn choice_parser() -> impl clap::builder::TypedValueParser<Value = Choice> {
    PossibleValuesParser::new(["destroy", "return", "both"]).map(|choice| match choice.as_str() {
        "destroy" => Choice::Destroy,
        "return" => Choice::Return,
        _ => Choice::Both,
    })
}
