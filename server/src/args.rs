//! The arguments of `quitus-relay`.
//!
//! Promises: every setting is a flag and an environment variable `QUITUS_RELAY_...`; none of them is
//! a secret. It does not check what only the system can tell.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// Holds sealed transfers between quitus clients; it cannot read them.
#[derive(Parser)]
#[command(name = "quitus-relay", version, arg_required_else_help = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the relay until SIGTERM or SIGINT. The first line on standard output is its address
    Serve(Serve),
    /// Print the document that describes the HTTP interface
    #[command(about = "Print the OpenAPI document of the HTTP interface")]
    Openapi,
}

/// How to run the relay.
#[derive(Args, Default)]
pub struct Serve {
    /// Folder of records, shares and sealed bytes [default: quitus-relay in the XDG data folder]
    #[arg(long, value_name = "DIR", env = "QUITUS_RELAY_DATA")]
    pub data: Option<PathBuf>,
    /// Folder of the relay's keys, never to be backed up [default: DATA with "-keys" added]
    #[arg(long, value_name = "DIR", env = "QUITUS_RELAY_KEYS")]
    pub keys: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:7470]
    #[arg(long, value_name = "ADDR", env = "QUITUS_RELAY_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Address by which clients reach the relay [default: the one it listens on]
    #[arg(long, value_name = "URL", env = "QUITUS_RELAY_ORIGIN")]
    pub origin: Option<String>,
    /// Certificate chain in PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "QUITUS_RELAY_TLS_CERT",
        requires = "tls_key"
    )]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "QUITUS_RELAY_TLS_KEY",
        requires = "tls_cert"
    )]
    pub tls_key: Option<PathBuf>,
    /// Allow plain HTTP beyond loopback: a proxy in front does TLS. Needs --origin
    #[arg(long, requires = "origin")]
    pub behind_proxy: bool,
    /// What to log to standard error: error, warn, info, debug, or a tracing filter
    #[arg(
        long,
        value_name = "FILTER",
        env = "QUITUS_RELAY_LOG",
        default_value = "info"
    )]
    pub log: String,
}

/// Parses the arguments, the program's name first.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, clap::Error> {
    let matches = Line::command().try_get_matches_from(arguments)?;
    Ok(Line::from_arg_matches(&matches)?.command)
}

/// Prints help, version or what is wrong with the arguments.
pub fn tell(error: &clap::Error) -> ExitCode {
    // Nobody is left to be told if this fails.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Line::command().debug_assert();
    }

    #[test]
    fn half_of_a_pair_is_refused() {
        for line in [
            "serve --tls-cert a",
            "serve --tls-key a",
            "serve --behind-proxy",
            "",
            "run",
        ] {
            let arguments = ["quitus-relay"].into_iter().chain(line.split_whitespace());
            assert!(parse(arguments.map(OsString::from)).is_err(), "{line}");
        }
    }
}
