//! What the commands about evidence are asked.

use std::path::PathBuf;

use quitus_core::time::Timestamp;

/// What `quitus check` is asked.
#[derive(clap::Args)]
pub struct CheckArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID")]
    pub transfer: String,
    /// The bucket and prefix of the relay.
    #[arg(long, value_name = "S3-URL")]
    pub bucket: String,
    /// Where its S3 API is; AWS without it.
    #[arg(long, value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// The region requests are signed for.
    #[arg(long, value_name = "REGION")]
    pub s3_region: Option<String>,
    /// The bucket is part of the host's name.
    #[arg(long)]
    pub s3_virtual_host: bool,
    /// Certificates to trust for it beside the system's (PEM).
    #[arg(long, value_name = "FILE")]
    pub s3_ca_file: Option<PathBuf>,
    /// The file whose first line is the passphrase of this person's identity.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus verify` is asked.
#[derive(clap::Args)]
pub struct VerifyEvidenceArgs {
    /// Dossiers, as zip files or unpacked, or statements with their signatures beside them.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The annex of the contract that pins who signs.
    #[arg(long, value_name = "ANNEX")]
    pub trust: Option<PathBuf>,
    /// The moment to judge at; now without it.
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
    /// The log and its witnesses, in place of those in the dossier.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
}

/// What `quitus log` does.
#[derive(clap::Subcommand)]
pub enum LogCommand {
    /// Checks that the log continues what was seen before.
    Verify(LogVerifyArgs),
    /// Compares two saved checkpoints.
    Compare(LogCompareArgs),
}

/// What `quitus log verify` is asked.
#[derive(clap::Args)]
pub struct LogVerifyArgs {
    /// The relay's address; see `relays::choose`.
    #[arg(long, value_name = "URL")]
    pub relay: Option<String>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus log compare` is asked.
#[derive(clap::Args)]
pub struct LogCompareArgs {
    /// A checkpoint.
    #[arg(value_name = "FILE")]
    pub one: PathBuf,
    /// Another.
    #[arg(value_name = "FILE")]
    pub other: PathBuf,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus dossier` does.
#[derive(clap::Subcommand)]
pub enum DossierCommand {
    /// Gathers what is known of a transfer.
    Build(DossierBuildArgs),
    /// As `quitus verify`.
    Verify(VerifyEvidenceArgs),
    /// Shows the readable record, made anew.
    Show(DossierShowArgs),
}

/// What `quitus dossier build` is asked.
#[derive(clap::Args)]
pub struct DossierBuildArgs {
    /// The transfer, or the beginning of its id.
    #[arg(value_name = "ID", required_unless_present = "engagement")]
    pub transfer: Option<String>,
    /// The engagement, instead of one transfer.
    #[arg(long, value_name = "ENGAGEMENT", conflicts_with = "transfer")]
    pub engagement: Option<String>,
    /// The file to write; `dossier-ID.zip` here without it.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The file whose first line is the passphrase of this person's identity.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Certificates of the authority to trust for the relay (PEM).
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// What `quitus dossier show` is asked.
#[derive(clap::Args)]
pub struct DossierShowArgs {
    /// The dossier.
    #[arg(value_name = "FILE")]
    pub dossier: PathBuf,
    /// Where to write the page; standard output without it.
    #[arg(long, short, value_name = "OUT")]
    pub output: Option<PathBuf>,
}
