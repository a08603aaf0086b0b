//! Where sealed bytes lie, as arguments.
//!
//! Promises: credentials are no argument; they come from where every AWS tool looks for them. It does not
//! check what only a server can tell.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser as _};

use crate::store::place::Allowed;

/// Where sealed bytes lie.
#[derive(Args, Default, Clone)]
pub struct Storage {
    /// Where sealed bytes lie.
    #[arg(
        long,
        value_name = "URL",
        env = "QUITUS_RELAY_STORE",
        help = "Where sealed bytes lie: s3://BUCKET or s3://BUCKET/PREFIX [default: a folder of the data]. \
                Credentials come from the usual AWS variables and files"
    )]
    pub store: Option<String>,
    /// Where the S3 API is, such as `https://s3.example` [default: AWS]
    #[arg(
        long,
        value_name = "URL",
        env = "QUITUS_RELAY_S3_ENDPOINT",
        requires = "store"
    )]
    pub s3_endpoint: Option<String>,
    /// Region that requests are signed for [default: `AWS_REGION`, or us-east-1]
    #[arg(
        long,
        value_name = "NAME",
        env = "QUITUS_RELAY_S3_REGION",
        requires = "store"
    )]
    pub s3_region: Option<String>,
    /// Put the bucket into the host's name instead of the path
    #[arg(long, env = "QUITUS_RELAY_S3_VIRTUAL_HOST", requires = "store")]
    pub s3_virtual_host: bool,
    /// Send and expect the checksums of newer S3 too, which several servers refuse
    #[arg(long, env = "QUITUS_RELAY_S3_CHECKSUMS", requires = "store")]
    pub s3_checksums: bool,
    /// Certificates to trust beside the system's, PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "QUITUS_RELAY_S3_CA_FILE",
        requires = "store"
    )]
    pub s3_ca_file: Option<PathBuf>,
    /// Serve although that makes a promise false: http, public, object-lock, replication. May be given
    /// several times
    #[arg(long, value_name = "WHAT", env = "QUITUS_RELAY_S3_ALLOW", value_delimiter = ',',
        requires = "store", value_parser = allowed())]
    pub s3_allow: Vec<Allowed>,
    /// How often a request to the store is tried [default: 5]
    #[arg(long, value_name = "N", env = "QUITUS_RELAY_S3_ATTEMPTS", requires = "store",
        value_parser = clap::value_parser!(u32).range(1..=20))]
    pub s3_attempts: Option<u32>,
    /// Seconds until there must be a connection to the store [default: 3]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "QUITUS_RELAY_S3_CONNECT_TIMEOUT",
        requires = "store"
    )]
    pub s3_connect_timeout: Option<u32>,
    /// Seconds until the store must begin to answer, and which a body may stop [default: 30]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "QUITUS_RELAY_S3_READ_TIMEOUT",
        requires = "store"
    )]
    pub s3_read_timeout: Option<u32>,
    /// Seconds one attempt may take, its body included [default: 120]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "QUITUS_RELAY_S3_ATTEMPT_TIMEOUT",
        requires = "store"
    )]
    pub s3_attempt_timeout: Option<u32>,
    /// Seconds all attempts may take together [default: 300]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "QUITUS_RELAY_S3_OPERATION_TIMEOUT",
        requires = "store"
    )]
    pub s3_operation_timeout: Option<u32>,
}

fn allowed() -> impl clap::builder::TypedValueParser<Value = Allowed> {
    let values = Allowed::ALL.map(|one| PossibleValue::new(one.as_str()));
    clap::builder::PossibleValuesParser::new(values).map(|text| {
        let found = Allowed::ALL.into_iter().find(|one| one.as_str() == text);
        found.expect("clap lets only these through")
    })
}
