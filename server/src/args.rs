//! The arguments of `quitus-relay`.
//!
//! Promises: every setting is a flag and an environment variable `QUITUS_RELAY_...`; none of them is
//! a secret. It does not check what only the system can tell.

use core::time::Duration;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use quitus_core::keys::Fingerprint;
use quitus_core::protocol::INVITE_LIFE_MAX;

use crate::caller::Network;
pub use storage::Storage;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

mod storage;

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
    /// Print an invite with which one person becomes a client of this relay; the relay may be running
    Invite(Invite),
    /// List the accounts, or let one do nothing any more; the relay may be running
    Accounts(Accounts),
    /// Print the access log, oldest line first, a JSON object a line
    AccessLog(DataFolder),
    /// Look at clock, disk, permissions, database, vault and objects; change nothing but objects of its
    /// own in a bucket
    Doctor(Examined),
    /// Look whether the store holds every object the records name, as long as it must be
    Check(Check),
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

/// What to look at.
#[derive(Args, Default)]
pub struct Examined {
    /// Where the relay's folders are.
    #[command(flatten)]
    pub folders: Folders,
    /// Where sealed bytes lie.
    #[command(flatten)]
    pub storage: Storage,
}

/// What to compare.
#[derive(Args, Default)]
pub struct Check {
    /// Folder of records, shares and sealed bytes [default: quitus-relay in the XDG data folder]
    #[arg(long, value_name = "DIR", env = "QUITUS_RELAY_DATA")]
    pub data: Option<PathBuf>,
    /// Where sealed bytes lie.
    #[command(flatten)]
    pub storage: Storage,
    /// Read every object and compare it with its digest, instead of its length alone
    #[arg(long)]
    pub read_data: bool,
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
    /// Where sealed bytes lie.
    #[command(flatten)]
    pub storage: Storage,
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
    /// Let whoever comes send, without an invite. For this machine only
    #[arg(long, env = "QUITUS_RELAY_OPEN")]
    pub open: bool,
    /// Allow --open beyond this machine: everybody who reaches the relay may fill it
    #[arg(long, requires = "open", env = "QUITUS_RELAY_OPEN_TO_EVERYONE")]
    pub open_to_everyone: bool,
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

/// Whom to invite.
#[derive(Args)]
pub struct Invite {
    /// Where the relay's folders are.
    #[command(flatten)]
    pub folders: Folders,
    /// Address by which clients reach the relay [default: the one the relay last ran with]
    #[arg(long, value_name = "URL", env = "QUITUS_RELAY_ORIGIN")]
    pub origin: Option<String>,
    /// What to call the account in `accounts list`
    #[arg(long, value_name = "LABEL", value_parser = label)]
    pub name: Option<String>,
    /// How long the invite can be used, such as 12h or 7d; at most 30d
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = life)]
    pub expires: Duration,
}

/// What to do with accounts.
#[derive(Args)]
pub struct Accounts {
    /// Folder of records, shares and sealed bytes [default: quitus-relay in the XDG data folder]
    #[arg(long, value_name = "DIR", env = "QUITUS_RELAY_DATA", global = true)]
    pub data: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub what: AccountsCommand,
}

/// What to do with accounts.
#[derive(Subcommand)]
pub enum AccountsCommand {
    /// List the accounts: fingerprint, role, state, since when, name or who invited
    List,
    /// Refuse an account from now on, and cut what it sends and receives
    Disable {
        /// SHA256:… as the list shows it
        #[arg(value_name = "FINGERPRINT", value_parser = fingerprint)]
        key: Fingerprint,
    },
    /// Let a disabled account do again what it may
    Enable {
        /// SHA256:… as the list shows it
        #[arg(value_name = "FINGERPRINT", value_parser = fingerprint)]
        key: Fingerprint,
    },
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

/// A life: digits, and m, h or d behind them.
fn life(text: &str) -> Result<Duration, String> {
    const UNITS: [(char, u64); 3] = [('m', 60), ('h', 3_600), ('d', 86_400)];
    let seconds = UNITS.into_iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(seconds)
    });
    let life = seconds.filter(|seconds| (1..=INVITE_LIFE_MAX.as_secs()).contains(seconds));
    let expected = || "expected a time up to 30d, such as 12h or 7d".to_owned();
    life.map(Duration::from_secs).ok_or_else(expected)
}

/// A name that fits into a line.
fn label(text: &str) -> Result<String, String> {
    const CHARS_MAX: usize = 100;
    let is_line = !text.is_empty() && !text.chars().any(char::is_control);
    if is_line && text.chars().count() <= CHARS_MAX {
        return Ok(text.to_owned());
    }
    Err("expected 1 to 100 characters in one line".to_owned())
}

fn fingerprint(text: &str) -> Result<Fingerprint, String> {
    let expected =
        "expected a fingerprint, such as SHA256:OD42K2r1p8To2i8ghGLiHbiVdnwQuA2FVbSTnNqhFLc";
    Fingerprint::try_from(text.to_owned()).map_err(|_| expected.to_owned())
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
    fn lives_have_a_unit_and_an_end() {
        for (text, expected) in [
            ("7d", Some(7 * 86_400)),
            ("30m", Some(1_800)),
            ("12h", Some(43_200)),
            ("30d", Some(30 * 86_400)),
            ("31d", None),
            ("0d", None),
            ("d", None),
            ("7", None),
            ("-1d", None),
        ] {
            assert_eq!(
                life(text).ok().map(|life| life.as_secs()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn half_of_a_pair_is_refused() {
        for line in [
            "serve --tls-cert a",
            "serve --tls-key a",
            "serve --behind-proxy",
            "serve --open-to-everyone",
            "accounts disable somebody",
            "accounts",
            "serve --s3-endpoint https://s3.example",
            "serve --store s3://bucket --s3-allow everything",
            "serve --store s3://bucket --s3-attempts 0",
            "",
            "run",
        ] {
            let arguments = ["quitus-relay"].into_iter().chain(line.split_whitespace());
            assert!(parse(arguments.map(OsString::from)).is_err(), "{line}");
        }
    }
}
