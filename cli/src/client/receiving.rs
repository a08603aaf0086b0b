//! What a recipient asks of a relay: what waits, an envelope, a grant, the bytes.

use std::io::{self, Read as _};

use quitus_core::cipher::Slab;
use quitus_core::keys::{Secret, SigningKey};
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{
    Claim, Envelope, Granted, Inbox, MANIFEST_BYTES_MAX, TERMS_BYTES_MAX, route,
};
use quitus_core::text::from_base64url_vec;
use quitus_core::transfer::TransferId;

use super::{Client, bearer, json, repeat};
use crate::failure::{Failure, Kind};
use crate::phrase;

impl Client<'_> {
    /// A page of what waits for a key, behind the transfer named.
    pub fn inbox(&self, after: Option<&TransferId>, key: &SigningKey) -> Result<Inbox, Failure> {
        let path = route::inbox_after(after);
        let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
        self.parse(answer)
    }

    /// The sealed envelope of a transfer that lists the key, or that it sent.
    pub fn envelope(&self, id: &TransferId, key: &SigningKey) -> Result<Vec<u8>, Failure> {
        let path = route::envelope(id);
        let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
        let Envelope { envelope } = self.parse(answer)?;
        from_base64url_vec(&envelope, TERMS_BYTES_MAX)
            .map_err(|error| Failure::new(Kind::Integrity, phrase!("not-as-signed")).because(error))
    }

    /// Claims as a recipient; the claim names its grant key.
    pub fn claim_signed(
        &self,
        id: &TransferId,
        key: &SigningKey,
        claim: &Claim,
    ) -> Result<Granted, Failure> {
        let (path, body) = (route::claim(id), json(claim));
        let answer = repeat(|| self.signed("POST", &path, key, &body))?;
        self.parse(answer)
    }

    /// Claims as whoever holds the link; the same grant key gets the same grant.
    pub fn claim(
        &self,
        id: &TransferId,
        grant_key: &Secret<32>,
        claim: &Claim,
    ) -> Result<Granted, Failure> {
        let (path, body, bearer) = (route::claim(id), json(claim), bearer(grant_key));
        let headers = [("authorization", bearer.as_str())];
        let answer = repeat(|| self.send("POST", &path, &headers, &body))?;
        self.parse(answer)
    }

    /// Gets the sealed manifest.
    pub fn manifest(&self, id: &TransferId, grant_key: &Secret<32>) -> Result<Vec<u8>, Failure> {
        let (path, bearer) = (route::manifest(id), bearer(grant_key));
        let headers = [("authorization", bearer.as_str())];
        let mut answer = repeat(|| self.send("GET", &path, &headers, &[]))?;
        self.read(&mut answer, MANIFEST_BYTES_MAX as u64)
    }

    /// Gets a sealed part into a slab, which then holds exactly `sealed_bytes`.
    pub fn part(
        &self,
        id: &TransferId,
        part: PartIndex,
        grant_key: &Secret<32>,
        slab: &mut Slab,
        sealed_bytes: usize,
    ) -> Result<(), Failure> {
        let (path, bearer) = (route::part(id, part), bearer(grant_key));
        let headers = [("authorization", bearer.as_str())];
        repeat(|| {
            let answer = self.send("GET", &path, &headers, &[])?;
            slab.clear();
            let mut reader = answer.into_body().into_reader();
            let buffer = slab.sealed_mut(sealed_bytes);
            // Until the end of the body was seen, the connection is not free for the next request.
            let read = reader
                .read_exact(buffer)
                .and_then(|()| expect_end(&mut reader));
            read.map_err(|error| self.unreachable(error))
        })
    }

    /// Tells the relay that everything was received.
    pub fn done(&self, id: &TransferId, grant_key: &Secret<32>) -> Result<(), Failure> {
        let (path, bearer) = (route::done(id), bearer(grant_key));
        let headers = [("authorization", bearer.as_str())];
        repeat(|| self.send("POST", &path, &headers, &[])).map(drop)
    }
}

fn expect_end(reader: &mut impl io::Read) -> io::Result<()> {
    match reader.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(io::Error::other("the answer is longer than it must be")),
    }
}
