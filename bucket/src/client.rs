//! A client of a bucket, and what its failures mean.
//!
//! Promises: every request is bounded in time and tried again, with jitter, where that can help. One TLS
//! stack, that of the rest of the programs. It decides nothing.

use core::time::Duration;
use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

use crate::place::Access;

/// First pause between attempts, on average half of it; it doubles.
const BACKOFF: Duration = Duration::from_millis(200);
/// Longest pause between attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Why a bucket did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// There is no such object.
    #[error("there is no such object")]
    Absent,
    /// There is no room.
    #[error("the bucket is full")]
    Full,
    /// Anything else.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// For a client that signs its requests with the credentials that every AWS tool would find.
///
/// # Errors
/// The certificates cannot be read.
pub async fn signed(access: &Access) -> io::Result<Builder> {
    let http = http_client(access)?;
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(access.region.clone()))
        .http_client(http)
        .load()
        .await;
    Ok(configured(Builder::from(&shared), access))
}

/// For a client that asks as a stranger does. Not made from the shared settings: they hold the credentials,
/// and nothing takes those out again.
///
/// # Errors
/// The certificates cannot be read.
pub fn stranger(access: &Access) -> io::Result<Builder> {
    let stranger = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(access.region.clone()))
        .http_client(http_client(access)?)
        .allow_no_auth();
    Ok(configured(stranger, access))
}

fn configured(builder: Builder, access: &Access) -> Builder {
    let patience = access.patience;
    let (sent, expected) = if access.has_checksums {
        (
            RequestChecksumCalculation::WhenSupported,
            ResponseChecksumValidation::WhenSupported,
        )
    } else {
        (
            RequestChecksumCalculation::WhenRequired,
            ResponseChecksumValidation::WhenRequired,
        )
    };
    let retries = RetryConfig::standard()
        .with_max_attempts(access.attempts)
        .with_initial_backoff(BACKOFF)
        .with_max_backoff(BACKOFF_MAX);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(patience.connect)
        .read_timeout(patience.read)
        .operation_attempt_timeout(patience.attempt)
        .operation_timeout(patience.operation);
    // Uploads are one buffer: nothing of ours pauses them.
    let stalled = StalledStreamProtectionConfig::enabled()
        .upload_enabled(false)
        .grace_period(patience.read);
    let mut builder = builder
        .force_path_style(!access.is_virtual_host)
        .request_checksum_calculation(sent)
        .response_checksum_validation(expected)
        .retry_config(retries)
        .timeout_config(timeouts.build())
        .stalled_stream_protection(stalled.build());
    builder.set_endpoint_url(access.endpoint.clone());
    builder
}

fn http_client(access: &Access) -> io::Result<SharedHttpClient> {
    let mut trusted = TrustStore::default().with_native_roots(true);
    if let Some(path) = &access.ca_file {
        trusted = trusted.with_pem_certificate(std::fs::read(path)?);
    }
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let context = context.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https())
}

/// What a failure means, with what was asked for.
pub fn failure<E>(what: &str, error: &SdkError<E>) -> Failed
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let code = error.code().unwrap_or_default();
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let kind = match (status, code) {
        // The answer to HEAD has no code.
        (Some(404), "NoSuchKey" | "NoSuchVersion" | "NotFound" | "NoSuchUpload" | "") => {
            return Failed::Absent;
        }
        (Some(507), _) | (_, "QuotaExceeded" | "InsufficientStorage" | "InsufficientCapacity") => {
            return Failed::Full;
        }
        (Some(401 | 403), _) => io::ErrorKind::PermissionDenied,
        (Some(404), _) => io::ErrorKind::NotFound,
        (Some(501 | 405), _) | (_, "NotImplemented") => io::ErrorKind::Unsupported,
        (Some(_), _) => io::ErrorKind::Other,
        (None, _) if is_without_credentials(error) => io::ErrorKind::PermissionDenied,
        (None, _) => io::ErrorKind::TimedOut,
    };
    Failed::Io(io::Error::new(kind, told(what, status, error)))
}

/// Whether nothing was asked because no credentials were found, or none that can be used.
fn is_without_credentials(error: &(dyn Error + 'static)) -> bool {
    core::iter::successors(Some(error), |&error| error.source())
        .any(<dyn Error>::is::<CredentialsError>)
}

/// The same failure in one line: operation, status, code, message.
fn told<E>(what: &str, status: Option<u16>, error: &SdkError<E>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let Some(status) = status else {
        let mut text = format!("{what}: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        return text;
    };
    let code = error.code().unwrap_or("no code");
    let message = error.message().unwrap_or_default();
    let foreign: String = format!("{code} {message}")
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    format!("{what}: {status} {}", foreign.trim_end())
}
