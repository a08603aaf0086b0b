//! What makes an account of a key: invites that are made, listed and redeemed.

use quitus_core::invite::InviteId;
use quitus_core::keys::{PublicKey, SigningKey};
use quitus_core::protocol::{Created, Invite, Invites, Redeem, Redeemed, route};
use quitus_core::tlog::VerifierKey;
use serde::Deserialize;

use super::{Client, json, repeat};
use crate::failure::{Failure, Kind};
use crate::phrase;

/// What a relay says of itself, as far as anyone here asks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    statement_key: String,
    log_key: String,
}

/// The keys that a relay signs with.
pub struct RelayKeys {
    /// Its statements.
    pub statement: PublicKey,
    /// Its log.
    pub log: VerifierKey,
}

impl Client<'_> {
    /// The keys that the relay signs with, as it says.
    pub fn relay_keys(&self) -> Result<RelayKeys, Failure> {
        let answer = repeat(|| self.send("GET", "/v1", &[], &[]))?;
        let About {
            statement_key,
            log_key,
        } = self.parse(answer)?;
        let wrong = || Failure::new(Kind::Integrity, phrase!("not-as-signed"));
        Ok(RelayKeys {
            statement: statement_key
                .parse()
                .map_err(|error| wrong().because(error))?,
            log: log_key.parse().map_err(|error| wrong().because(error))?,
        })
    }

    /// Makes an invite.
    pub fn invite(&self, key: &SigningKey, invite: &Invite) -> Result<Created, Failure> {
        let body = json(invite);
        let answer = repeat(|| self.signed("POST", route::INVITES, key, &body))?;
        self.parse(answer)
    }

    /// A page of the invites that a key made, behind the one named.
    pub fn invites(&self, after: Option<&InviteId>, key: &SigningKey) -> Result<Invites, Failure> {
        let path = route::invites_after(after);
        let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
        self.parse(answer)
    }

    /// Redeems an invite: from now on the key is an account.
    pub fn redeem(
        &self,
        id: &InviteId,
        key: &SigningKey,
        redeem: &Redeem,
    ) -> Result<Redeemed, Failure> {
        let (path, body) = (route::redeem(id), json(redeem));
        let answer = repeat(|| self.signed("POST", &path, key, &body))?;
        self.parse(answer)
    }
}
