//! What the relay runs with: arguments, with every default decided.
//!
//! Promises: plain HTTP is served on loopback only, unless a proxy is declared; the keys lie outside
//! the data. It opens nothing.

use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy as _, Xdg};
use quitus_bucket::place::{ATTEMPTS, Access, Bucket, NoPlace, Patience, REGION, is_private};
use quitus_core::origin::{Origin, OriginError};

use crate::args::{Allowed, Serve, Storage};
use crate::caller::Network;
use crate::rates::Rate;
use crate::records::Quota;
use crate::relay::{Bounds, KeptFree};
use crate::store::place::{self, Place, S3Settings};

/// The port of a relay, where none is given.
const PORT: u16 = 7470;
/// Requests a second from an address: a person with many small transfers stays far below it.
const REQUESTS_PER_SECOND: u32 = 100;

/// Every setting.
#[derive(Debug)]
pub struct Config {
    /// Folder of records, shares and objects.
    pub data: PathBuf,
    /// Folder of the relay's keys.
    pub keys: PathBuf,
    /// Where objects lie.
    pub place: Place,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// The origin, if it was given.
    pub origin: Option<Origin>,
    /// Certificate chain and private key, if TLS is wanted.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whether the clock is believed whatever it says at the start.
    pub accepts_clock_jump: bool,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<Network>,
    /// How often an address may ask.
    pub rate: Rate,
    /// What the operator allows.
    pub bounds: Bounds,
}

/// Why the settings do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no home to put the data into.
    #[error("there is no home folder for the data")]
    NoHome,
    /// Plain HTTP beyond this machine.
    #[error("{listen} is not a loopback address, and there is no certificate")]
    Plain {
        /// The address.
        listen: SocketAddr,
    },
    /// The relay cannot tell how it is reached.
    #[error("clients cannot reach {listen}: it stands for every address of this machine")]
    NoOrigin {
        /// The address.
        listen: SocketAddr,
    },
    /// Not an origin.
    #[error("{text:?} is not the address of a relay")]
    Origin {
        /// What was given.
        text: String,
        /// Why.
        source: OriginError,
    },
    /// Whoever comes would be let in from beyond this machine.
    #[error("--open would let everybody fill the relay who reaches it")]
    OpenToEveryone,
    /// Not a place for objects.
    #[error(transparent)]
    Place(#[from] NoPlace),
    /// This program was built without it.
    #[error("this quitus-relay was built without the S3 API")]
    NoS3,
    /// Sealed bytes and signatures would cross the network in the clear.
    #[error("{endpoint} is plain HTTP beyond this machine, or no address")]
    Endpoint {
        /// The address.
        endpoint: String,
    },
    /// The keys would be in every copy of the data.
    #[error("the folder of the keys lies inside the folder of the data")]
    KeysInData,
}

impl ConfigError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoHome => "give a folder with --data",
            Self::Plain { .. } => {
                "give --tls-cert and --tls-key, or --behind-proxy if a proxy does TLS"
            }
            Self::NoOrigin { .. } => "say how clients reach the relay with --origin URL",
            Self::Origin { .. } => "it looks like https://relay.example or http://127.0.0.1:7470",
            Self::OpenToEveryone => {
                "leave it out and invite people with `quitus-relay invite`, or give --open-to-everyone"
            }
            Self::Place(_) => {
                "it looks like s3://bucket or s3://bucket/prefix; without --store it is a folder"
            }
            Self::NoS3 => {
                "build it with `cargo build --release -p quitus-server --features s3`, or leave out --store"
            }
            Self::Endpoint { .. } => {
                "give https://HOST[:PORT], or --s3-allow http if nobody is between here and there"
            }
            Self::KeysInData => "give another folder with --keys",
        }
    }
}

impl Config {
    /// Decides every default.
    pub fn new(serve: Serve) -> Result<Self, ConfigError> {
        let listen = serve
            .listen
            .unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT));
        let tls = serve.tls_cert.zip(serve.tls_key);
        if tls.is_none() && !serve.behind_proxy && !listen.ip().is_loopback() {
            return Err(ConfigError::Plain { listen });
        }
        if serve.origin.is_none() && listen.ip().is_unspecified() {
            return Err(ConfigError::NoOrigin { listen });
        }
        let origin = serve.origin.map(parse_origin).transpose()?;
        let is_here = listen.ip().is_loopback()
            && !serve.behind_proxy
            && origin.as_ref().is_none_or(Origin::is_loopback);
        if serve.allowed.open && !is_here && !serve.allowed.open_to_everyone {
            return Err(ConfigError::OpenToEveryone);
        }
        let data = serve.data.map_or_else(default_data, Ok)?;
        let keys = serve.keys.unwrap_or_else(|| beside(&data));
        if keys.starts_with(&data) {
            return Err(ConfigError::KeysInData);
        }
        Ok(Self {
            data,
            keys,
            place: place_of(serve.storage)?,
            listen,
            origin,
            tls,
            accepts_clock_jump: serve.accept_clock_jump,
            rate: rate(&serve.allowed),
            bounds: bounds(&serve.allowed),
            trusted_proxies: serve.allowed.trusted_proxy,
        })
    }

    /// The URL of the address the relay listens on.
    pub fn url_at(&self, bound: SocketAddr) -> String {
        url(bound, self.tls.is_some())
    }

    /// The origin, once the address is known.
    pub fn origin_at(&self, bound: SocketAddr) -> Result<Origin, ConfigError> {
        match &self.origin {
            Some(origin) => Ok(origin.clone()),
            None => parse_origin(self.url_at(bound)),
        }
    }
}

/// Where objects lie.
///
/// # Errors
/// [`ConfigError::Place`], [`ConfigError::NoS3`], [`ConfigError::Endpoint`].
pub fn place_of(storage: Storage) -> Result<Place, ConfigError> {
    let Some(text) = storage.store else {
        return Ok(Place::Dir);
    };
    let bucket = Bucket::parse(&text)?;
    if cfg!(not(feature = "s3")) {
        return Err(ConfigError::NoS3);
    }
    let is_plain_allowed = storage.s3_allow.contains(&place::Allowed::Http);
    if let Some(endpoint) = &storage.s3_endpoint
        && !is_private(endpoint)
        && !(is_plain_allowed && endpoint.starts_with("http://"))
    {
        let endpoint = endpoint.clone();
        return Err(ConfigError::Endpoint { endpoint });
    }
    let usual = Patience::default();
    let seconds =
        |given: Option<u32>, usual| given.map_or(usual, |n| Duration::from_secs(n.max(1).into()));
    let region = || std::env::var("AWS_REGION").unwrap_or_else(|_| REGION.to_owned());
    let access = Access {
        bucket,
        endpoint: storage.s3_endpoint,
        region: storage.s3_region.unwrap_or_else(region),
        is_virtual_host: storage.s3_virtual_host,
        has_checksums: storage.s3_checksums,
        ca_file: storage.s3_ca_file,
        attempts: storage.s3_attempts.unwrap_or(ATTEMPTS),
        patience: Patience {
            connect: seconds(storage.s3_connect_timeout, usual.connect),
            read: seconds(storage.s3_read_timeout, usual.read),
            attempt: seconds(storage.s3_attempt_timeout, usual.attempt),
            operation: seconds(storage.s3_operation_timeout, usual.operation),
        },
    };
    Ok(Place::S3(Box::new(S3Settings {
        access,
        allowed: storage.s3_allow,
    })))
}

fn rate(allowed: &Allowed) -> Rate {
    let per_second = allowed.requests_per_second.unwrap_or(REQUESTS_PER_SECOND);
    let twice = per_second.saturating_mul(2);
    Rate {
        per_second,
        burst: allowed.requests_at_once.unwrap_or(twice),
    }
}

fn bounds(allowed: &Allowed) -> Bounds {
    let usual = Bounds::default();
    let days = |days: u32| Duration::from_hours(24 * u64::from(days));
    Bounds {
        quota: Quota {
            bytes: allowed.quota_bytes.unwrap_or(usual.quota.bytes),
            n_transfers: allowed.quota_transfers.unwrap_or(usual.quota.n_transfers),
        },
        kept_free: allowed.keep_free.map_or(usual.kept_free, KeptFree::Bytes),
        access_log: allowed.access_log_days.map_or(usual.access_log, days),
        is_open: allowed.open,
    }
}

/// The URL of an address; the default port of its scheme is left out.
fn url(address: SocketAddr, is_secure: bool) -> String {
    let (scheme, default) = if is_secure {
        ("https", 443)
    } else {
        ("http", 80)
    };
    let host = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    if address.port() == default {
        format!("{scheme}://{host}")
    } else {
        format!("{scheme}://{host}:{}", address.port())
    }
}

/// Reads the origin of a relay.
///
/// # Errors
/// [`ConfigError::Origin`].
pub fn parse_origin(text: String) -> Result<Origin, ConfigError> {
    Origin::of_relay(&text).map_err(|source| ConfigError::Origin { text, source })
}

/// The folder of the data, where none is given.
///
/// # Errors
/// [`ConfigError::NoHome`].
pub fn default_data() -> Result<PathBuf, ConfigError> {
    let folders = Xdg::new().map_err(|_| ConfigError::NoHome)?;
    Ok(folders.data_dir().join("quitus-relay"))
}

/// The folder of the keys, where none is given.
pub fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push("-keys");
    data.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve(line: &str) -> Result<Config, ConfigError> {
        let arguments = ["quitus-relay", "serve", "--data", "/d/relay"].into_iter();
        let parsed = crate::args::parse(arguments.chain(line.split_whitespace()).map(Into::into));
        match parsed.unwrap() {
            crate::args::Command::Serve(serve) => Config::new(*serve),
            crate::args::Command::Invite(_)
            | crate::args::Command::Accounts(_)
            | crate::args::Command::AccessLog(_)
            | crate::args::Command::Doctor(_)
            | crate::args::Command::Check(_)
            | crate::args::Command::Openapi => unreachable!("the line says serve"),
        }
    }

    #[test]
    fn nothing_given_is_loopback_and_keys_beside_the_data() {
        let config = serve("").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:7470");
        assert_eq!(config.keys, Path::new("/d/relay-keys"));
        let origin = config.origin_at("127.0.0.1:41".parse().unwrap()).unwrap();
        assert_eq!(origin.as_str(), "http://127.0.0.1:41");
    }

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        type Check = fn(&ConfigError) -> bool;
        let is_open = |e: &ConfigError| matches!(e, ConfigError::OpenToEveryone);
        let cases: [(&str, Check); 9] = [
            ("--store bucket", |e| matches!(e, ConfigError::Place(_))),
            (
                "--open --listen 192.0.2.1:443 --tls-cert c --tls-key k",
                is_open,
            ),
            ("--open --origin https://relay.example", is_open),
            (
                "--open --behind-proxy --origin https://relay.example",
                is_open,
            ),
            ("--listen 192.0.2.1:80", |e| {
                matches!(e, ConfigError::Plain { .. })
            }),
            ("--listen [::]:80 --tls-cert c --tls-key k", |e| {
                matches!(e, ConfigError::NoOrigin { .. })
            }),
            ("--origin relay.example", |e| {
                matches!(e, ConfigError::Origin { .. })
            }),
            ("--origin https://relay.example/", |e| {
                matches!(e, ConfigError::Origin { .. })
            }),
            ("--keys /d/relay/keys", |e| {
                matches!(e, ConfigError::KeysInData)
            }),
        ];
        for (line, is_expected) in cases {
            assert!(
                serve(line).is_err_and(|error| is_expected(&error)),
                "{line}"
            );
        }
        assert!(serve("--listen 0.0.0.0:80 --behind-proxy --origin https://relay.example").is_ok());
        let open = serve("--open").unwrap();
        let closed = serve("").unwrap();
        assert!(open.bounds.is_open && !closed.bounds.is_open);
        let everyone = "--open --open-to-everyone --origin https://relay.example";
        assert!(serve(everyone).is_ok_and(|config| config.bounds.is_open));
    }

    #[test]
    fn a_bucket_is_taken_where_it_was_built_in_and_not_in_the_clear() {
        let settled = serve("--store s3://bucket/a --s3-endpoint http://127.0.0.1:9000");
        if cfg!(not(feature = "s3")) {
            assert!(matches!(settled, Err(ConfigError::NoS3)));
            return;
        }
        let Ok(Place::S3(settings)) = settled.map(|config| config.place) else {
            panic!("it is a bucket");
        };
        assert_eq!(settings.access.bucket.to_string(), "s3://bucket/a/");
        for line in [
            "--s3-endpoint http://s3.example",
            "--s3-endpoint s3.example",
            "--s3-endpoint ftp://127.0.0.1",
        ] {
            let refused = serve(&format!("--store s3://bucket {line}"));
            assert!(
                matches!(refused, Err(ConfigError::Endpoint { .. })),
                "{line}"
            );
        }
        let allowed = "--store s3://bucket --s3-endpoint http://s3.example --s3-allow http";
        assert!(serve(allowed).is_ok());
    }

    #[test]
    fn default_ports_are_left_out() {
        assert_eq!(url("[::1]:443".parse().unwrap(), true), "https://[::1]");
        assert_eq!(
            url("127.0.0.1:80".parse().unwrap(), false),
            "http://127.0.0.1"
        );
        assert_eq!(
            url("127.0.0.1:443".parse().unwrap(), false),
            "http://127.0.0.1:443"
        );
    }
}
