//! What the commands of a holder are asked: about its device, what it keeps sealed, what it destroys.

use std::path::PathBuf;

/// What `quitus device` is asked.
#[derive(clap::Args)]
pub struct DeviceArgs {
    /// The folder whose disk is looked at; the current one without it.
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Fail unless it is seen to be encrypted.
    #[arg(long)]
    pub require_encryption: bool,
}

/// What `quitus open` is asked.
#[derive(clap::Args)]
pub struct OpenArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID")]
    pub transfer: String,
    /// The folder to make; the sender's name for it without one.
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Give names that some systems cannot hold a portable spelling.
    #[arg(long)]
    pub portable_names: bool,
}

/// What `quitus destroy` is asked.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(clap::Args)]
pub struct DestroyArgs {
    /// Transfers that were received, or the beginnings of their ids.
    #[arg(value_name = "ID")]
    pub transfers: Vec<String>,
    /// All of an engagement, or of what its id begins with.
    #[arg(long, value_name = "ENGAGEMENT")]
    pub engagement: Option<String>,
    /// Everything that was received here.
    #[arg(long)]
    pub all: bool,
    /// Folders to search for copies.
    #[arg(long, value_name = "DIR")]
    pub search: Vec<PathBuf>,
    /// Also look into file systems mounted below them.
    #[arg(long)]
    pub cross_file_systems: bool,
    /// Only list what would be destroyed.
    #[arg(long)]
    pub dry_run: bool,
    /// Also destroy what was edited since it was received.
    #[arg(long)]
    pub include_changed: bool,
    /// Keep this file, or what is in this folder.
    #[arg(long, value_name = "PATH", requires = "basis")]
    pub except: Vec<PathBuf>,
    /// On what legal basis: one for all, or one each.
    #[arg(long, value_name = "TEXT", requires = "except")]
    pub basis: Vec<String>,
    /// An answer to a question, by its name.
    #[arg(long = "answer", value_name = "NAME-TEXT")]
    pub answers: Vec<String>,
    /// Overwrite files before they are removed.
    #[arg(long)]
    pub overwrite: bool,
    /// Say in the statement where copies were.
    #[arg(long)]
    pub with_places: bool,
    /// Do not ask whether to go on.
    #[arg(long)]
    pub yes: bool,
    /// The folder to write the statements into, too.
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// What `quitus close` is asked.
#[derive(clap::Args)]
pub struct CloseArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID")]
    pub transfer: String,
}
