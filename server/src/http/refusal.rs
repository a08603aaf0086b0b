//! Every error of the relay as an answer: status, stable code, a sentence.
//!
//! ```text
//! HTTP/1.1 404 Not Found
//! content-type: application/json
//!
//! {"error":{"code":"gone","message":"the transfer is gone"}}
//! ```
//!
//! Promises: no `_` arm, so a new error must be given its answer; causes inside the relay are traced
//! and never told. It does not decide who is refused. Spec: `docs/protocol.md`, "Refusals".

use core::time::Duration;
use std::error::Error as _;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use quitus_core::engagement::Barred;
use quitus_core::protocol::{Refusal, RefusalBody, RefusalCode, RequestError};

use crate::records::RecordsError;
use crate::relay::Refused;
use crate::store::StoreError;

/// Why a request got no further than HTTP, or what the relay refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpRefused {
    /// The relay refused.
    #[error(transparent)]
    Relay(#[from] Refused),
    /// The request line, a header or the body is not well formed.
    #[error("{what} is not well formed")]
    Malformed {
        /// What.
        what: &'static str,
    },
    /// No credential where one is needed, or not one that can be read.
    #[error("the request needs an authorization: {expected}")]
    Unauthorized {
        /// What was expected.
        expected: &'static str,
    },
    /// The signature does not count.
    #[error("{0}")]
    Signature(RequestError),
    /// There is no such route.
    #[error("there is nothing here")]
    NoRoute,
    /// The route exists for other methods.
    #[error("the route has no such method")]
    Method,
    /// There is a body, and it does not say how long it is.
    #[error("the body needs a Content-Length")]
    LengthRequired,
    /// The body is too long.
    #[error("the body may have at most {max} bytes")]
    TooLarge {
        /// The bound.
        max: u64,
    },
    /// The body is of another type, or encoded.
    #[error("the body must be {expected}, without content encoding")]
    MediaType {
        /// The type.
        expected: &'static str,
    },
    /// The address asks too often.
    #[error("too many requests from one address; try again in {} s", seconds(*.wait))]
    TooMany {
        /// How long to wait.
        wait: Duration,
    },
    /// A handler panicked.
    #[error("the relay failed")]
    Panicked,
}

impl HttpRefused {
    fn answer(&self) -> (StatusCode, RefusalCode) {
        match self {
            Self::Relay(refused) => answer_of(refused),
            Self::Malformed { .. } => (StatusCode::BAD_REQUEST, RefusalCode::Malformed),
            Self::Unauthorized { .. } | Self::Signature(_) => {
                (StatusCode::UNAUTHORIZED, RefusalCode::Unauthorized)
            }
            Self::NoRoute => (StatusCode::NOT_FOUND, RefusalCode::NoRoute),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, RefusalCode::Method),
            Self::LengthRequired => (StatusCode::LENGTH_REQUIRED, RefusalCode::LengthRequired),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, RefusalCode::TooLarge),
            Self::MediaType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, RefusalCode::MediaType),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, RefusalCode::TooMany),
            Self::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, RefusalCode::Internal),
        }
    }

    /// Tells the operator what the client is not told.
    fn trace(&self) {
        let Self::Relay(refused) = self else { return };
        if refused.source().is_some() || matches!(refused, Refused::Broken { .. }) {
            let mut causes = Vec::new();
            let mut cause = refused.source();
            while let Some(error) = cause {
                causes.push(error.to_string());
                cause = error.source();
            }
            tracing::error!(causes = causes.join(": "), "{refused}");
        }
    }
}

/// The answer to what the relay refused.
fn answer_of(refused: &Refused) -> (StatusCode, RefusalCode) {
    use RefusalCode as Code;
    match refused {
        Refused::Gone | Refused::Store(StoreError::Absent) => (StatusCode::NOT_FOUND, Code::Gone),
        Refused::Password => (StatusCode::FORBIDDEN, Code::Password),
        Refused::Frozen => (StatusCode::FORBIDDEN, Code::Frozen),
        Refused::Forbidden => (StatusCode::FORBIDDEN, Code::Forbidden),
        Refused::Barred(barred) => answer_of_barred(*barred),
        Refused::Used => (StatusCode::GONE, Code::Used),
        Refused::Quota | Refused::NoRoom => (StatusCode::INSUFFICIENT_STORAGE, Code::NoRoom),
        Refused::NoReceipt => (StatusCode::NOT_FOUND, Code::NoReceipt),
        Refused::Replayed => (StatusCode::UNAUTHORIZED, Code::Unauthorized),
        Refused::Conflict => (StatusCode::CONFLICT, Code::Conflict),
        Refused::Incomplete => (StatusCode::CONFLICT, Code::Incomplete),
        Refused::Field { .. } | Refused::BodyEnded => (StatusCode::BAD_REQUEST, Code::Malformed),
        Refused::TooSlow => (StatusCode::REQUEST_TIMEOUT, Code::TooSlow),
        Refused::Bounds { .. } => (StatusCode::UNPROCESSABLE_ENTITY, Code::Bounds),
        Refused::WrongHeader(_) | Refused::NotSealed => {
            (StatusCode::UNPROCESSABLE_ENTITY, Code::WrongHeader)
        }
        Refused::WrongLength { .. } => (StatusCode::UNPROCESSABLE_ENTITY, Code::WrongLength),
        Refused::WrongDigest => (StatusCode::UNPROCESSABLE_ENTITY, Code::WrongDigest),
        Refused::Records(RecordsError::Full) | Refused::Store(StoreError::Full) => {
            (StatusCode::INSUFFICIENT_STORAGE, Code::NoRoom)
        }
        Refused::Records(
            RecordsError::Failed(_)
            | RecordsError::Gone
            | RecordsError::Conflict
            | RecordsError::Incomplete
            | RecordsError::Password
            | RecordsError::Frozen
            | RecordsError::Forbidden
            | RecordsError::Used
            | RecordsError::Quota
            | RecordsError::Barred(_)
            | RecordsError::Seen,
        )
        | Refused::Store(StoreError::Io(_))
        | Refused::Busy
        | Refused::ReadOnly
        | Refused::Log(_)
        | Refused::Clerk(_)
        | Refused::Clock(_)
        | Refused::Memory(_)
        | Refused::Vault(_) => (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable),
        Refused::Broken { .. } => (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal),
    }
}

/// The answer to what an engagement forbids.
const fn answer_of_barred(barred: Barred) -> (StatusCode, RefusalCode) {
    let code = match barred {
        Barred::Stranger => return (StatusCode::NOT_FOUND, RefusalCode::Gone),
        Barred::TooLarge { .. } => {
            return (StatusCode::UNPROCESSABLE_ENTITY, RefusalCode::Bounds);
        }
        Barred::NotEngaged => RefusalCode::NotEngaged,
        Barred::Frozen => RefusalCode::Suspended,
        Barred::Ended => RefusalCode::Ended,
        Barred::Deactivated => RefusalCode::Deactivated,
        Barred::Address => RefusalCode::Address,
    };
    (StatusCode::FORBIDDEN, code)
}

/// What a client is told of what the relay refused: nothing of the relay's inside.
fn message_of(refused: &HttpRefused, code: RefusalCode) -> String {
    match code {
        RefusalCode::Gone => "the transfer is gone".to_owned(),
        RefusalCode::Internal => "the relay failed".to_owned(),
        RefusalCode::Unavailable if matches!(refused, HttpRefused::Relay(Refused::ReadOnly)) => {
            refused.to_string()
        }
        RefusalCode::Unavailable => "the relay cannot answer now".to_owned(),
        RefusalCode::NoRoom if matches!(refused, HttpRefused::Relay(Refused::Quota)) => {
            refused.to_string()
        }
        RefusalCode::NoRoom => "the relay has no room".to_owned(),
        RefusalCode::Malformed
        | RefusalCode::Password
        | RefusalCode::Frozen
        | RefusalCode::NoReceipt
        | RefusalCode::Forbidden
        | RefusalCode::NotEngaged
        | RefusalCode::Suspended
        | RefusalCode::Ended
        | RefusalCode::Deactivated
        | RefusalCode::Address
        | RefusalCode::Used
        | RefusalCode::Unauthorized
        | RefusalCode::NoRoute
        | RefusalCode::Method
        | RefusalCode::TooSlow
        | RefusalCode::Conflict
        | RefusalCode::Incomplete
        | RefusalCode::LengthRequired
        | RefusalCode::TooLarge
        | RefusalCode::MediaType
        | RefusalCode::Bounds
        | RefusalCode::WrongLength
        | RefusalCode::WrongDigest
        | RefusalCode::WrongHeader
        | RefusalCode::TooMany => refused.to_string(),
    }
}

impl IntoResponse for HttpRefused {
    fn into_response(self) -> Response {
        self.trace();
        let (status, code) = self.answer();
        let message = message_of(&self, code);
        let error = RefusalBody { code, message };
        let mut response = (status, Json(Refusal { error })).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let schemes = HeaderValue::from_static("Quitus, Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, schemes);
        }
        if let Self::TooMany { wait } = self {
            let wait = HeaderValue::from(seconds(wait));
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response
    }
}

/// Whole seconds, rounded up.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
