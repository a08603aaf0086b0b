//! What the commands about people are asked: one's own keys, and whose keys are pinned.

use std::path::PathBuf;

use quitus_core::invite::Role;

/// What `quitus init` is asked.
#[derive(clap::Args)]
pub struct InitArgs {
    /// What the person calls itself on its card.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Keep the identity without a passphrase.
    #[arg(long, conflicts_with = "passphrase_file")]
    pub no_passphrase: bool,
    /// The file whose first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// An OpenSSH key file, or `agent` or `agent:SHA256:…`.
    #[arg(long, value_name = "KEY")]
    pub sign_with: Option<String>,
}

/// What `quitus id` is asked.
#[derive(clap::Args)]
pub struct IdArgs {
    /// Show the card as a picture to be scanned.
    #[arg(long, conflicts_with = "output")]
    pub qr: bool,
    /// Where to write the card; `-` for stdout.
    #[arg(long, short, value_name = "OUT")]
    pub output: Option<PathBuf>,
}

/// What `quitus contact` is asked.
#[derive(clap::Args)]
pub struct ContactArgs {
    /// What to do with contacts.
    #[command(subcommand)]
    pub command: ContactCommand,
}

/// What to do with contacts.
#[derive(clap::Subcommand)]
pub enum ContactCommand {
    /// Pins somebody's keys.
    Add(PinArgs),
    /// Lists whose keys are pinned.
    List,
    /// Compares words.
    Verify(VerifyArgs),
    /// Pins other keys under a name.
    Replace(PinArgs),
    /// Forgets somebody.
    Remove(RemoveArgs),
}

/// What `quitus contact add` and `quitus contact replace` are asked.
#[derive(clap::Args)]
pub struct PinArgs {
    /// The name to give.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The card or keys: text, a file, or `-` for stdin.
    #[arg(value_name = "CARD")]
    pub card: String,
}

/// What `quitus contact verify` is asked.
#[derive(clap::Args)]
pub struct VerifyArgs {
    /// Whose words to compare.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The words are the same: do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// What `quitus contact remove` is asked.
#[derive(clap::Args)]
pub struct RemoveArgs {
    /// Whom to forget.
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// What `quitus annex` is asked.
#[derive(clap::Args)]
pub struct AnnexArgs {
    /// The contact who is the other party.
    #[arg(long, value_name = "NAME")]
    pub with: String,
    /// What this person is itself.
    #[arg(long, value_name = "ROLE", value_parser = super::role_parser())]
    pub r#as: Option<Role>,
    /// The relay's address; see `relays::choose`.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
    /// Write HTML.
    #[arg(long)]
    pub html: bool,
    /// Where to write; stdout without it or with `-`.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}
