//! What every request passes first: who sends it, and whether it asks too often.
//!
//! Promises: handlers find a [`Caller`] with each request; requests for parts are not counted, since
//! a transfer has thousands of them and each needs a credential that was counted. It does not route.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use axum::http::{HeaderMap, HeaderName, Uri, header};

use super::refusal::HttpRefused;
use crate::caller::{Caller, Network};
use crate::rates::{Rate, Rates};

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Which proxies are believed, and how often an address may ask.
pub struct Door {
    trusted: Vec<Network>,
    rates: Rates,
}

impl Door {
    /// A door that believes these proxies and holds every address to that rate.
    pub fn new(trusted: Vec<Network>, rate: Rate) -> Self {
        let rates = Rates::new(rate);
        Self { trusted, rates }
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
        match caller.address {
            Some(address) if is_counted(uri.path()) => self
                .rates
                .take(address, Instant::now())
                .map_err(|wait| HttpRefused::TooMany { wait }),
            Some(_) | None => Ok(()),
        }
    }
}

fn agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::USER_AGENT)?.to_str().ok()
}

fn is_counted(path: &str) -> bool {
    !path.contains("/parts/") && path != "/healthz" && path != "/readyz"
}
