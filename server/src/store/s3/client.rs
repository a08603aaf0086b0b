//! The clients of the relay's bucket: every attempt is told to the breaker, which is asked before each request.
//!
//! Promises: while the breaker is open no request leaves; what is learnt of the store's clock is noted. It
//! decides nothing.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime};

use aws_sdk_s3::config::interceptors::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use quitus_bucket::place::Access;
use quitus_bucket::{Client, Failed};

use super::breaker::Breaker;
use crate::store::StoreError;

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
pub(super) async fn clients(access: &Access, watch: &Arc<Watch>) -> io::Result<Clients> {
    let watching = Watching(Arc::clone(watch));
    let signed = quitus_bucket::signed(access).await?.interceptor(watching);
    let stranger = quitus_bucket::stranger(access)?;
    Ok(Clients {
        signed: Client::from_conf(signed.build()),
        stranger: Client::from_conf(stranger.build()),
    })
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Absent => Self::Absent,
            Failed::Full => Self::Full,
            Failed::Io(error) => Self::Io(error),
        }
    }
}

/// Asks the breaker before every request, and tells it of every attempt.
#[derive(Debug)]
struct Watching(Arc<Watch>);

impl Intercept for Watching {
    fn name(&self) -> &'static str {
        "watching"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Ok(self.0.breaker.admit(Instant::now())?)
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
