//! Requests to a relay: the only place that speaks HTTP.
//!
//! Promises: no redirect is followed; an answer is bounded; what a relay refuses becomes a
//! [`Failure`] of the right kind, its words escaped; a request that can be repeated is repeated a
//! few times when the network fails; a relay that went back to an older protocol is refused. No secret
//! stands in an address.

mod engaging;
mod enrolling;
mod logging;
mod floor;
mod receiving;
mod stating;

pub use enrolling::RelayKeys;

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quitus_core::digest::Blake3;
use quitus_core::keys::{Secret, SigningKey};
use quitus_core::origin::Origin;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{
    Activity, Complete, Create, Created, DIGEST_HEADER, Extend, JSON_BYTES_MAX, REQUEST_SKEW,
    Receipt, Recipients, Refusal, RefusalCode, RequestLine, Status, Transfers, route, sign_request,
};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use self::floor::Floor;
use crate::env::Env;
use crate::escape::excerpt;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::words::{Phrase, Value};

/// How long a relay may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a relay may be silent; it answers only once everything is durable.
const SILENCE_TIMEOUT: Duration = Duration::from_mins(1);
/// Bytes that a connection takes or gives at once. Half of that costs 5 percent more time for a GiB, and
/// more would not stay in a core's cache.
const BUFFER_BYTES: usize = 256 * 1024;
/// Pauses before a repeatable request is repeated.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(4),
];
/// Longest answer that is looked at where a refusal is expected.
const REFUSAL_BYTES_MAX: u64 = 64 * 1024;

/// One relay, as one person talks to it. Can be shared between threads.
pub struct Client<'a> {
    agent: Agent,
    origin: Origin,
    floor: Floor,
    env: &'a Env,
}

impl<'a> Client<'a> {
    /// Prepares to talk to a relay; connects at the first request.
    ///
    /// # Errors
    ///
    /// Exit 8 when the file of trusted authorities cannot be read or holds none, or this person's
    /// folder cannot be used.
    pub fn new(env: &'a Env, origin: Origin, ca_file: Option<&Path>) -> Result<Self, Failure> {
        let roots = match ca_file {
            Some(path) => RootCerts::Specific(Arc::new(authorities(path)?)),
            None => RootCerts::WebPki,
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .timeout_per_write(Some(SILENCE_TIMEOUT))
            .input_buffer_size(BUFFER_BYTES)
            .output_buffer_size(BUFFER_BYTES)
            .user_agent(concat!("quitus/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            agent: config.into(),
            floor: Floor::of(env, origin.clone())?,
            origin,
            env,
        })
    }

    /// The relay's address.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Opens a transfer.
    pub fn create(&self, key: &SigningKey, create: &Create) -> Result<Created, Failure> {
        let body = json(create);
        let answer = repeat(|| self.signed("POST", route::TRANSFERS, key, &body))?;
        self.parse(answer)
    }

    /// Where in its life the sender's transfer is.
    pub fn status(&self, id: &TransferId, key: &SigningKey) -> Result<Status, Failure> {
        let path = route::transfer(id);
        let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
        self.parse(answer)
    }

    /// A page of the sender's transfers.
    pub fn transfers(
        &self,
        after: Option<&TransferId>,
        key: &SigningKey,
    ) -> Result<Transfers, Failure> {
        let path = route::transfers_after(after);
        let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
        self.parse(answer)
    }

    /// What happened to the sender's transfer.
    pub fn activity(&self, id: &TransferId, key: &SigningKey) -> Result<Activity, Failure> {
        let path = route::activity(id);
        let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
        self.parse(answer)
    }

    /// The statement of a transfer's destruction.
    pub fn receipt(&self, id: &TransferId, key: &SigningKey) -> Result<Receipt, Failure> {
        let path = route::receipt(id);
        let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
        self.parse(answer)
    }

    /// Gives a transfer another end.
    pub fn extend(
        &self,
        id: &TransferId,
        key: &SigningKey,
        extend: &Extend,
    ) -> Result<(), Failure> {
        let (path, body) = (route::extend(id), json(extend));
        repeat(|| self.signed("POST", &path, key, &body)).map(drop)
    }

    /// Sets the recipients of a transfer, and the envelope for them.
    pub fn recipients(
        &self,
        id: &TransferId,
        key: &SigningKey,
        recipients: &Recipients,
    ) -> Result<(), Failure> {
        let (path, body) = (route::recipients(id), json(recipients));
        repeat(|| self.signed("POST", &path, key, &body)).map(drop)
    }

    /// Ends a transfer now.
    pub fn revoke(&self, id: &TransferId, key: &SigningKey) -> Result<(), Failure> {
        let path = route::revoke(id);
        repeat(|| self.signed("POST", &path, key, &[])).map(drop)
    }

    /// Puts a sealed part. When the connection was broken off, the relay is asked whether it still wants
    /// the transfer before megabytes are sent once more.
    pub fn put_part(
        &self,
        id: &TransferId,
        part: PartIndex,
        (token, key): (&Secret<32>, &SigningKey),
        (sealed, digest): (&[u8], &Blake3),
    ) -> Result<(), Failure> {
        let path = route::part(id, part);
        let bearer = bearer(token);
        let digest = digest.to_string();
        let headers = [
            ("authorization", bearer.as_str()),
            (DIGEST_HEADER, digest.as_str()),
        ];
        let mut is_again = false;
        let put = || {
            if std::mem::replace(&mut is_again, true) {
                self.check_wanted(id, key)?;
            }
            self.send("PUT", &path, &headers, sealed)
        };
        repeat(put).map(drop)
    }

    /// Asks once; a relay that does not answer may want it.
    fn check_wanted(&self, id: &TransferId, key: &SigningKey) -> Result<(), Failure> {
        match self.signed("GET", &route::transfer(id), key, &[]) {
            Err(failure) if failure.kind() != Kind::Temporary => Err(failure),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Puts the sealed manifest.
    pub fn put_manifest(
        &self,
        id: &TransferId,
        key: &SigningKey,
        sealed: &[u8],
    ) -> Result<(), Failure> {
        let path = route::manifest(id);
        repeat(|| self.signed("PUT", &path, key, sealed)).map(drop)
    }

    /// Ends the upload.
    pub fn complete(
        &self,
        id: &TransferId,
        key: &SigningKey,
        complete: &Complete,
    ) -> Result<(), Failure> {
        let (path, body) = (route::complete(id), json(complete));
        repeat(|| self.signed("POST", &path, key, &body)).map(drop)
    }

    fn signed(
        &self,
        method: &str,
        path: &str,
        key: &SigningKey,
        body: &[u8],
    ) -> Result<Response<Body>, Failure> {
        let nonce = Secret::<16>::draw().map_err(Failure::unexpected)?;
        let line = RequestLine {
            method,
            origin: &self.origin,
            path,
            body,
        };
        let authorization = sign_request(&line, key, self.env.now(), *nonce.expose());
        self.send(method, path, &[("authorization", &authorization)], body)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response<Body>, Failure> {
        let uri = format!("{}{path}", self.origin);
        let mut request = Request::builder().method(method).uri(uri);
        match method {
            "POST" if !body.is_empty() => {
                request = request.header("content-type", "application/json");
            }
            "PUT" => request = request.header("content-type", "application/octet-stream"),
            _ => {}
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = if method == "GET" {
            let request = request.body(()).map_err(Failure::unexpected)?;
            self.agent.run(request)
        } else {
            let request = request.body(body).map_err(Failure::unexpected)?;
            self.agent.run(request)
        };
        let mut answer = answer.map_err(|error| self.unreachable(error))?;
        if answer.status().is_success() {
            self.floor.check(answer.headers())?;
            Ok(answer)
        } else {
            Err(self.refused(&mut answer))
        }
    }

    fn refused(&self, answer: &mut Response<Body>) -> Failure {
        let status = answer.status();
        let text = self.read(answer, REFUSAL_BYTES_MAX).unwrap_or_default();
        let Ok(refusal) = serde_json::from_slice::<Refusal>(&text) else {
            return self.not_a_relay(status, &text);
        };
        if let Err(older) = self.floor.check(answer.headers()) {
            return older;
        }
        match (refusal.error.code, self.clock_skew(answer)) {
            (RefusalCode::Unauthorized, Some(failure)) => failure,
            _ => refusal_failure(&refusal, &self.origin),
        }
    }

    fn not_a_relay(&self, status: StatusCode, text: &[u8]) -> Failure {
        let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        let kind = if may_pass {
            Kind::Temporary
        } else {
            Kind::Unexpected
        };
        let (relay, status) = (self.origin.as_str(), u64::from(status.as_u16()));
        Failure::new(kind, phrase!("not-a-relay", relay = relay, status = status))
            .why(foreign(text))
    }

    /// Why requests do not count where this machine's clock differs too much from the relay's.
    fn clock_skew(&self, answer: &Response<Body>) -> Option<Failure> {
        let date = answer.headers().get("date")?.to_str().ok()?;
        let (there, here) = (Timestamp::from_http_date(date)?, self.env.now());
        let skew = there.since(here).max(here.since(there));
        let minutes = skew.as_secs() / 60;
        let what = if here > there {
            phrase!("clock-fast", minutes = minutes)
        } else {
            phrase!("clock-slow", minutes = minutes)
        };
        let failure = Failure::new(Kind::NotAllowed, what).hint(phrase!("clock-hint"));
        (skew > REQUEST_SKEW).then_some(failure)
    }

    fn parse<T: DeserializeOwned>(&self, mut answer: Response<Body>) -> Result<T, Failure> {
        let text = zeroize::Zeroizing::new(self.read(&mut answer, JSON_BYTES_MAX as u64)?);
        serde_json::from_slice(&text).map_err(|error| {
            Failure::new(
                Kind::Unexpected,
                phrase!("answer-malformed", relay = self.origin.as_str()),
            )
            .because(error)
        })
    }

    fn read(&self, answer: &mut Response<Body>, bytes_max: u64) -> Result<Vec<u8>, Failure> {
        let announced = answer.body().content_length().unwrap_or(0);
        let mut text = Vec::with_capacity(usize::try_from(announced.min(bytes_max)).unwrap_or(0));
        let mut reader = answer.body_mut().as_reader().take(bytes_max);
        reader
            .read_to_end(&mut text)
            .map_err(|error| self.unreachable(error))?;
        Ok(text)
    }

    fn unreachable(&self, error: impl Into<ureq::Error>) -> Failure {
        let failure = Failure::new(
            Kind::Temporary,
            phrase!("relay-unreachable", relay = self.origin.as_str()),
        )
        .hint(phrase!("relay-unreachable-hint"));
        let error = error.into();
        if let ureq::Error::Io(error) = error {
            failure.because(error)
        } else if let ureq::Error::Rustls(error) = error {
            failure.because(error).hint(phrase!("relay-tls-hint"))
        } else if matches!(error, ureq::Error::HostNotFound) {
            failure.why(phrase!("reason-no-host"))
        } else if matches!(error, ureq::Error::Timeout(_)) {
            failure.why(phrase!("reason-timed-out"))
        } else {
            failure.because(error)
        }
    }
}

/// Every request means the same when it is repeated; only temporary failures are worth it.
fn repeat<T>(mut request: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    for pause in PAUSES {
        match request() {
            Err(failure) if failure.kind() == Kind::Temporary => std::thread::sleep(pause),
            outcome => return outcome,
        }
    }
    request()
}

/// The words of a server, escaped and cut.
fn foreign(text: &[u8]) -> Phrase {
    phrase!("reason-other", text = Value::Text(excerpt(text)))
}

fn bearer(token: &Secret<32>) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(format!("Bearer {}", *token.to_text()))
}

fn json(body: &impl Serialize) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(serde_json::to_vec(body).expect("bodies hold only what JSON can say"))
}

fn authorities(path: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let pem = fs::read(path).map_err(|error| Failure::read(path, error))?;
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let found: Vec<_> = parse_pem(&pem).filter_map(certificate).collect();
    if found.is_empty() {
        return Err(Failure::new(
            Kind::LocalIo,
            phrase!("no-certificate", path = path),
        ));
    }
    Ok(found)
}

fn refusal_failure(refusal: &Refusal, relay: &Origin) -> Failure {
    let words = || io::Error::other(excerpt(refusal.error.message.as_bytes()));
    let refused = |kind| {
        Failure::new(kind, phrase!("relay-refused", relay = relay.as_str())).because(words())
    };
    match refusal.error.code {
        RefusalCode::Gone => {
            Failure::new(Kind::Gone, phrase!("transfer-gone")).hint(phrase!("transfer-gone-hint"))
        }
        RefusalCode::Password => Failure::new(Kind::NotAllowed, phrase!("password-wrong"))
            .hint(phrase!("password-wrong-hint")),
        RefusalCode::Frozen => Failure::new(Kind::Policy, phrase!("transfer-frozen"))
            .hint(phrase!("transfer-frozen-hint")),
        RefusalCode::NoReceipt => {
            Failure::new(Kind::Temporary, phrase!("no-receipt")).hint(phrase!("no-receipt-hint"))
        }
        RefusalCode::Unauthorized => refused(Kind::NotAllowed),
        RefusalCode::Forbidden => Failure::new(
            Kind::NotAllowed,
            phrase!("account-forbidden", relay = relay.as_str()),
        )
        .hint(phrase!("account-forbidden-hint")),
        RefusalCode::NotEngaged => {
            Failure::new(Kind::NotAllowed, phrase!("not-engaged")).hint(phrase!("not-engaged-hint"))
        }
        RefusalCode::Suspended => Failure::new(Kind::NotAllowed, phrase!("engagement-frozen"))
            .hint(phrase!("engagement-frozen-hint")),
        RefusalCode::Ended => Failure::new(Kind::Gone, phrase!("engagement-ended"))
            .hint(phrase!("engagement-ended-hint")),
        RefusalCode::Deactivated => Failure::new(Kind::NotAllowed, phrase!("access-deactivated"))
            .hint(phrase!("access-deactivated-hint")),
        RefusalCode::Address => Failure::new(Kind::Policy, phrase!("address-not-allowed"))
            .hint(phrase!("address-not-allowed-hint")),
        RefusalCode::Used => refused(Kind::Gone),
        RefusalCode::TooLarge | RefusalCode::Bounds => refused(Kind::Policy),
        RefusalCode::TooMany
        | RefusalCode::TooSlow
        | RefusalCode::Internal
        | RefusalCode::Unavailable
        | RefusalCode::NoRoom
        | RefusalCode::WrongDigest => refused(Kind::Temporary).hint(phrase!("relay-later-hint")),
        RefusalCode::Malformed
        | RefusalCode::NoRoute
        | RefusalCode::Method
        | RefusalCode::Conflict
        | RefusalCode::Incomplete
        | RefusalCode::LengthRequired
        | RefusalCode::MediaType
        | RefusalCode::WrongLength
        | RefusalCode::WrongHeader => refused(Kind::Unexpected),
    }
}
