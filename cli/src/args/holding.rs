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

/// What `quitus close` is asked.
#[derive(clap::Args)]
pub struct CloseArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID")]
    pub transfer: String,
}
