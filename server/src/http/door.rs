//! What every request passes first: who sends it, and whether it asks too often.
//!
//! Promises: handlers find a [`Caller`] with each request; requests for parts are not counted, since
//! a transfer has thousands of them, unless their credential is wrong; an address that shows many wrong
//! credentials is refused for a while, and no other. It does not route.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};

use super::refusal::HttpRefused;
use crate::caller::{Caller, Network};
use crate::rates::{Rate, Rates};

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Wrong credentials an address may show: a person who mistypes stays far below it.
const WRONG: Rate = Rate {
    per_second: 1,
    burst: 100,
};

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Which proxies are believed, and how often an address may ask.
pub struct Door {
    trusted: Vec<Network>,
    rates: Rates,
    wrong: Rates,
}

impl Door {
    /// A door that believes these proxies and holds every address to that rate.
    pub fn new(trusted: Vec<Network>, rate: Rate) -> Self {
        let is_unlimited = rate.per_second == 0;
        Self {
            trusted,
            rates: Rates::new(rate),
            wrong: Rates::new(if is_unlimited { rate } else { WRONG }),
        }
    }

    /// Whoever sends a request.
    pub(super) fn caller<B>(&self, request: &hyper::Request<B>) -> Caller {
        let peer = request.extensions().get::<Peer>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(peer)| *peer);
        let headers = request.headers();
        let forwarded = headers.get_all(FORWARDED).iter();
        // What is not text ends the search for the address, as a name would.
        let forwarded = forwarded.map(|value| value.to_str().unwrap_or_default());
        let forwarded: Vec<&str> = forwarded.collect();
        Caller::new(peer, &self.trusted, forwarded.into_iter(), agent(headers))
    }

    /// Refuses a request that comes too soon.
    pub(super) fn admit(&self, caller: &Caller, uri: &Uri) -> Result<(), HttpRefused> {
        let now = Instant::now();
        let address = caller.address;
        if let Some(wait) = address.and_then(|address| self.wrong.wait(address, now)) {
            return Err(HttpRefused::TooMany { wait });
        }
        match address {
            Some(address) if is_counted(uri.path()) => self
                .rates
                .take(address, now)
                .map_err(|wait| HttpRefused::TooMany { wait }),
            Some(_) | None => Ok(()),
        }
    }

    /// Counts an answer that says that a credential was wrong.
    pub(super) fn note(&self, address: Option<IpAddr>, status: StatusCode) {
        if let (Some(address), true) = (address, is_wrong(status)) {
            // What is beyond the bucket is refused before it is answered.
            let _ = self.wrong.take(address, Instant::now());
        }
    }
}

/// Whether an answer says that a credential was wrong, or was for nothing that is there.
fn is_wrong(status: StatusCode) -> bool {
    [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::GONE,
    ]
    .contains(&status)
}

fn agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::USER_AGENT)?.to_str().ok()
}

fn is_counted(path: &str) -> bool {
    !path.contains("/parts/") && path != "/healthz" && path != "/readyz"
}
