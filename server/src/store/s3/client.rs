//! The client of one bucket, and what its failures mean.
//!
//! Promises: every request is bounded in time and tried again, with jitter, where that can help; every
//! attempt is told to the breaker; a body on its way to the store is one buffer, whose digest is signed
//! and which can be sent again. One TLS stack, that of the rest of the relay. It decides nothing.

use core::time::Duration;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, ConfigBag, Intercept, Region, RequestChecksumCalculation,
    ResponseChecksumValidation, RuntimeComponents, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

use super::breaker::Breaker;
use crate::store::StoreError;
use crate::store::place::S3Settings;

/// First pause between attempts, on average half of it; it doubles.
const BACKOFF: Duration = Duration::from_millis(200);
/// Longest pause between attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// What is learnt from every answer.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) breaker: Breaker,
    /// Seconds by which the store's clock is ahead, of the last answer that told.
    pub(super) skew_seconds: AtomicI64,
}

/// Clients of one bucket.
#[derive(Clone)]
pub(super) struct Clients {
    /// Signs its requests.
    pub(super) signed: Client,
    /// Asks as a stranger does.
    pub(super) stranger: Client,
}

/// Makes the clients; asks nothing yet.
pub(super) async fn clients(settings: &S3Settings, watch: &Arc<Watch>) -> io::Result<Clients> {
    let http = http_client(settings)?;
    let region = Region::new(settings.region.clone());
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(region.clone())
        .http_client(http.clone())
        .load()
        .await;
    let signed = configured(aws_sdk_s3::config::Builder::from(&shared), settings)
        .interceptor(Watching(Arc::clone(watch)));
    // Not made from the shared settings: they hold the credentials, and nothing takes those out again.
    let stranger = aws_sdk_s3::config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .http_client(http)
        .allow_no_auth();
    let stranger = configured(stranger, settings);
    Ok(Clients {
        signed: Client::from_conf(signed.build()),
        stranger: Client::from_conf(stranger.build()),
    })
}

fn configured(
    builder: aws_sdk_s3::config::Builder,
    settings: &S3Settings,
) -> aws_sdk_s3::config::Builder {
    let patience = settings.patience;
    let (sent, expected) = if settings.has_checksums {
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
        .with_max_attempts(settings.attempts)
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
        .force_path_style(!settings.is_virtual_host)
        .request_checksum_calculation(sent)
        .response_checksum_validation(expected)
        .retry_config(retries)
        .timeout_config(timeouts.build())
        .stalled_stream_protection(stalled.build());
    builder.set_endpoint_url(settings.endpoint.clone());
    builder
}

fn http_client(settings: &S3Settings) -> io::Result<SharedHttpClient> {
    let mut trusted = TrustStore::default().with_native_roots(true);
    if let Some(path) = &settings.ca_file {
        trusted = trusted.with_pem_certificate(std::fs::read(path)?);
    }
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let context = context.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https())
}

/// Tells the breaker of every attempt.
#[derive(Debug)]
struct Watching(Arc<Watch>);

impl Intercept for Watching {
    fn name(&self) -> &'static str {
        "watching"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if let Some(date) = response.and_then(|response| response.headers().get("date")) {
            self.note_date(date);
        }
        let status = response.map(|response| response.status().as_u16());
        let has_answered = status.is_some_and(|status| status < 500 && status != 429);
        if self.0.breaker.note(has_answered, Instant::now()) {
            if has_answered {
                tracing::info!("the bucket answers again");
            } else {
                tracing::error!(status, "the bucket fails; it is left alone for a while");
            }
        }
        Ok(())
    }
}

impl Watching {
    fn note_date(&self, date: &str) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        if let Ok(date) = DateTime::from_str(date, DateTimeFormat::HttpDate) {
            let skew = date.secs().saturating_sub(now);
            self.0.skew_seconds.store(skew, Ordering::Relaxed);
        }
    }
}

/// What a failure means, with what was asked for.
pub(super) fn failure<E>(what: &str, error: &SdkError<E>) -> StoreError
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let code = error.code().unwrap_or_default();
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let kind = match (status, code) {
        // The answer to HEAD has no code.
        (Some(404), "NoSuchKey" | "NoSuchVersion" | "NotFound" | "NoSuchUpload" | "") => {
            return StoreError::Absent;
        }
        (Some(507), _) | (_, "QuotaExceeded" | "InsufficientStorage" | "InsufficientCapacity") => {
            return StoreError::Full;
        }
        (Some(401 | 403), _) => io::ErrorKind::PermissionDenied,
        (Some(501 | 405), _) | (_, "NotImplemented") => io::ErrorKind::Unsupported,
        (Some(_), _) => io::ErrorKind::Other,
        (None, _) => io::ErrorKind::TimedOut,
    };
    StoreError::Io(io::Error::new(kind, told(what, status, error)))
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
