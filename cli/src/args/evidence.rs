//! What the commands about evidence are asked.

use std::path::PathBuf;

use quitus_core::time::Timestamp;

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
