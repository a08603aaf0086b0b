//! The arguments of `quitus-relay`.
//!
//! Promises: every setting is a flag and an environment variable `QUITUS_RELAY_...`; none of them is
//! a secret. It does not check what only the system can tell.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::caller::Network;
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
    Serve(Box<Serve>),
    /// Print the access log, oldest line first, a JSON object a line
    AccessLog(DataFolder),
    /// Look at clock, disk, permissions, database, vault and objects; change nothing
    Doctor(Folders),
    /// Print the document that describes the HTTP interface
    #[command(about = "Print the OpenAPI document of the HTTP interface")]
    Openapi,
}

/// Where a relay's folders are.
#[derive(Args, Default)]
pub struct Folders {
    /// Folder of records, shares and sealed bytes [default: quitus-relay in the XDG data folder]
    #[arg(long, value_name = "DIR", env = "QUITUS_RELAY_DATA")]
    pub data: Option<PathBuf>,
    /// Folder of the relay's keys [default: DATA with "-keys" added]
    #[arg(long, value_name = "DIR", env = "QUITUS_RELAY_KEYS")]
    pub keys: Option<PathBuf>,
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
    /// What the operator allows.
    #[command(flatten)]
    pub allowed: Allowed,
    /// Believe the system's clock now, although it jumped or the relay was stopped for long
    #[arg(long)]
    pub accept_clock_jump: bool,
    /// What to log to standard error: error, warn, info, debug, or a tracing filter
    #[arg(
        long,
        value_name = "FILTER",
        env = "QUITUS_RELAY_LOG",
        default_value = "info"
    )]
    pub log: String,
}

/// What the operator allows.
#[derive(Args, Default)]
pub struct Allowed {
    /// A proxy whose X-Forwarded-For is believed: an address or a network such as 10.0.0.0/8. May be
    /// given several times
    #[arg(
        long,
        value_name = "CIDR",
        env = "QUITUS_RELAY_TRUSTED_PROXY",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<Network>,
    /// Requests a second from one IPv4 address or IPv6 /64, parts and loopback aside; 0: no limit
    /// [default: 100]
    #[arg(long, value_name = "N", env = "QUITUS_RELAY_REQUESTS_PER_SECOND")]
    pub requests_per_second: Option<u32>,
    /// Requests such an address may make at once [default: twice as many]
    #[arg(long, value_name = "N", env = "QUITUS_RELAY_REQUESTS_AT_ONCE")]
    pub requests_at_once: Option<u32>,
    /// Archive bytes one sender may have here, such as 500GiB [default: 100GiB]
    #[arg(long, value_name = "SIZE", env = "QUITUS_RELAY_QUOTA_BYTES", value_parser = bytes)]
    pub quota_bytes: Option<u64>,
    /// Transfers one sender may have here [default: 10000]
    #[arg(long, value_name = "N", env = "QUITUS_RELAY_QUOTA_TRANSFERS")]
    pub quota_transfers: Option<u64>,
    /// Room uploads leave on the file system of the data, such as 5GiB [default: 1GiB, or a hundredth
    /// of it if that is less]
    #[arg(long, value_name = "SIZE", env = "QUITUS_RELAY_KEEP_FREE", value_parser = bytes)]
    pub keep_free: Option<u64>,
    /// Days for which the access log is kept [default: 365]
    #[arg(long, value_name = "N", env = "QUITUS_RELAY_ACCESS_LOG_DAYS")]
    pub access_log_days: Option<u32>,
}

/// Which data to look at.
#[derive(Args)]
pub struct DataFolder {
    /// Folder of records, shares and sealed bytes [default: quitus-relay in the XDG data folder]
    #[arg(long, value_name = "DIR", env = "QUITUS_RELAY_DATA")]
    pub data: Option<PathBuf>,
}

/// A number of bytes: digits, and KiB, MiB, GiB or TiB behind them where wanted.
fn bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let unit = UNITS.into_iter().find_map(|(unit, shift)| {
        let number = text.strip_suffix(unit)?;
        Some((number, shift))
    });
    let (number, shift) = unit.unwrap_or((text, 0));
    let number: Option<u64> = number.trim_end().parse().ok();
    let bytes = number.and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| "expected a number of bytes, such as 500MiB".to_owned())
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
    fn sizes_have_a_unit_or_none() {
        for (text, expected) in [
            ("0", Some(0)),
            ("5", Some(5)),
            ("5KiB", Some(5 << 10)),
            ("1 TiB", Some(1 << 40)),
            ("", None),
            ("GiB", None),
            ("5GB", None),
            ("-1", None),
            ("99999999TiB", None),
        ] {
            assert_eq!(bytes(text).ok(), expected, "{text}");
        }
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
