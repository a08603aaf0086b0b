//! What a dossier is made of, gathered: statements from the relay and from here, that they are logged, whose
//! keys are whose.
//!
//! Promises: a statement counts only if it verifies and its signer is the relay's pinned key, this person
//! or a contact; what is gathered is kept here; what the relay does not answer is not made up. It does
//! not judge the whole: `quitus_core::dossier` does. Spec: `docs/evidence.md`, "Dossier".

use std::collections::BTreeMap;
use std::path::Path;

use quitus_core::dossier::{
    AllowedSigners, Bundle, Continuation, LogPolicy, Logged, Principal, SignerLine,
    Witness as Pinned,
};
use quitus_core::keys::{Fingerprint, PublicKey};
use quitus_core::statement::{Facts, Role, Scope, SignedStatement, Verified};
use quitus_core::tlog::tile::Tiles;
use quitus_core::tlog::{Cosignature, KeyName, Proof, SignedCheckpoint, witness_name};

use crate::client::Client;
use crate::env::Env;
use crate::failure::Failure;
use crate::home::Home;
use crate::phrase;
use crate::posting;
use crate::relays;
use crate::witness::Witness;

/// A statement of a scope, and its number in the log.
pub struct Gathered {
    signed: SignedStatement,
    verified: Verified,
    index: Option<u64>,
}

/// Somebody whose keys are pinned here.
struct Known {
    signing: PublicKey,
    request: Option<PublicKey>,
}

/// Gathers the statements of one scope from one relay.
pub struct Gathering<'a> {
    env: &'a Env,
    home: &'a Home,
    client: &'a Client<'a>,
    scope: Scope,
    passphrase: Option<&'a Path>,
}

impl<'a> Gathering<'a> {
    /// Of a scope.
    #[must_use]
    pub const fn new(
        (env, home): (&'a Env, &'a Home),
        client: &'a Client<'a>,
        (scope, passphrase): (Scope, Option<&'a Path>),
    ) -> Self {
        Self {
            env,
            home,
            client,
            scope,
            passphrase,
        }
    }

    /// Everything a dossier of the scope is made of.
    ///
    /// # Errors
    ///
    /// Exit 2 when the relay was not joined, 11 when its log contradicts itself; as the relay answers.
    pub fn bundle(&self) -> Result<Bundle, Failure> {
        let relay = self.client.origin().to_string();
        let not_joined = || Failure::usage(phrase!("log-not-joined", relay = &relay));
        let witness = Witness::of(self.env, self.home, self.client)?.ok_or_else(not_joined)?;
        let statements = self.gather()?;
        let latest = witness.visit()?;
        let parties = self.parties(&statements)?;
        let policy = LogPolicy {
            log: witness.log().clone(),
            url: format!("{relay}/log"),
            witnesses: witnesses(&parties)?,
        };
        let mut proofs = Proofs {
            client: self.client,
            policy: &policy,
            own: self.own()?,
            latest,
            used: BTreeMap::new(),
        };
        // The last first: the checkpoint over it may serve those before it.
        let logged = statements.into_iter().rev().map(|one| proofs.logged(one));
        let mut logged = logged.collect::<Result<Vec<_>, _>>()?;
        logged.reverse();
        let consistency = proofs.consistency()?;
        Ok(Bundle {
            statements: logged,
            consistency,
            signers: signers(&parties),
            policy: policy.clone(),
            others: Vec::new(),
        })
    }

    /// Every statement of the scope that verifies and whose signer is known.
    fn gather(&self) -> Result<Vec<Gathered>, Failure> {
        let place = (self.env, self.home);
        let indices = posting::hear(place, self.client, &self.scope, self.passphrase)?;
        let kept = self.home.statements(&self.scope)?.into_iter();
        let gathered = kept.map(|kept| Gathered {
            index: indices.get(&kept.verified.digest).copied(),
            signed: kept.signed,
            verified: kept.verified,
        });
        Ok(gathered.collect())
    }

    /// Who takes part, by principal, with the keys that are pinned here: whoever signed, and the sender and
    /// recipients of a transfer whether they did or not, since they cosign.
    fn parties(&self, statements: &[Gathered]) -> Result<BTreeMap<Principal, Known>, Failure> {
        let known = self.known()?;
        let signed = statements.iter().map(|gathered| {
            let role = gathered.verified.statement.predicate.issuer.role;
            (role, gathered.verified.key.clone())
        });
        let named = statements
            .iter()
            .flat_map(|gathered| named(&gathered.verified));
        let named = named.filter_map(|(role, request)| {
            let has_it = |(_, key): &&(PublicKey, Option<PublicKey>)| {
                key.as_ref().is_some_and(|key| key.fingerprint() == request)
            };
            let (signing, _) = known.iter().find(has_it)?;
            Some((role, signing.clone()))
        });
        let mut parties: BTreeMap<Principal, Known> = BTreeMap::new();
        for (role, signing) in signed.chain(named) {
            let of_role = parties
                .iter()
                .filter(|(principal, _)| principal.is_of(role));
            let number = of_role.clone().count() + 1;
            if of_role
                .into_iter()
                .all(|(_, party)| party.signing != signing)
            {
                let request = known.iter().find(|(known, _)| *known == signing);
                let request = request.and_then(|(_, request)| request.clone());
                parties.insert(Principal::new(role, number), Known { signing, request });
            }
        }
        Ok(parties)
    }

    /// Every signing key that is pinned here, and the request key that belongs to it.
    fn known(&self) -> Result<Vec<(PublicKey, Option<PublicKey>)>, Failure> {
        let own = (
            self.home.signer()?.public(),
            Some(self.home.request_key()?.public()),
        );
        let mut known = vec![own];
        for contact in self.home.contacts()?.iter() {
            let request = contact.keys.request_keys().first().cloned();
            let keys = contact.keys.signing_keys().iter();
            known.extend(keys.map(|key| (key.clone(), request.clone())));
        }
        let relays = relays::joined(self.home)?;
        let relay = relays
            .into_iter()
            .find(|relay| relay.origin == *self.client.origin());
        known.extend(relay.map(|relay| (relay.statement_key, None)));
        Ok(known)
    }

    /// This person's signing key, and its name as a witness.
    fn own(&self) -> Result<(PublicKey, KeyName), Failure> {
        let name = witness_name(&self.home.request_key()?.public());
        Ok((self.home.signer()?.public(), name))
    }
}

/// The request keys that take part in a transfer of no engagement, as the relay stated.
fn named(verified: &Verified) -> Vec<(Role, Fingerprint)> {
    let predicate = &verified.statement.predicate;
    let (Facts::Received(facts), None) = (&predicate.facts, predicate.engagement) else {
        return Vec::new();
    };
    let recipients = facts
        .recipients
        .iter()
        .map(|key| (Role::Recipient, key.clone()));
    let sender = core::iter::once((Role::Sender, facts.owner.clone()));
    sender.chain(recipients).collect()
}

/// Whoever of the parties cosigns.
fn witnesses(parties: &BTreeMap<Principal, Known>) -> Result<Vec<Pinned>, Failure> {
    let with_key = parties
        .iter()
        .filter_map(|(principal, party)| Some((principal, party.request.as_ref()?)));
    let pinned = with_key.map(|(principal, key)| {
        let key = Cosignature::verifier_of(key).map_err(Failure::unexpected)?;
        Ok(Pinned {
            principal: principal.clone(),
            key,
        })
    });
    pinned.collect()
}

fn signers(parties: &BTreeMap<Principal, Known>) -> AllowedSigners {
    let line = |(principal, party): (&Principal, &Known)| SignerLine {
        principal: principal.clone(),
        valid_after: None,
        valid_before: None,
        key: party.signing.clone(),
    };
    AllowedSigners(parties.iter().map(line).collect())
}

/// Makes proofs under as few checkpoints as give every statement the label it can have.
struct Proofs<'a> {
    client: &'a Client<'a>,
    policy: &'a LogPolicy,
    /// This person, as signer and as witness.
    own: (PublicKey, KeyName),
    /// What this person cosigned last.
    latest: Option<SignedCheckpoint>,
    /// The checkpoints that were used, by size.
    used: BTreeMap<u64, SignedCheckpoint>,
}

impl Proofs<'_> {
    fn logged(&mut self, gathered: Gathered) -> Result<Logged, Failure> {
        let proof = match gathered.index {
            Some(index) => self.prove(index, gathered.verified.key == self.own.0)?,
            None => None,
        };
        Ok(Logged {
            kind: gathered.verified.statement.predicate_type,
            signed: gathered.signed,
            proof,
        })
    }

    /// Under a checkpoint that somebody else than the issuer cosigned, if there is one.
    fn prove(&mut self, index: u64, is_own: bool) -> Result<Option<Proof>, Failure> {
        let checkpoint = if is_own { self.of_others(index)? } else { None };
        let latest = self.latest.as_ref().filter(|one| covers(one, index));
        let Some(checkpoint) = checkpoint.or_else(|| latest.cloned()) else {
            return Ok(None);
        };
        let size = checkpoint.checkpoint().size;
        let mut tiles = Tiles::new(size, |tile| self.client.tile(&tile));
        let proof = Proof::new(index, tiles.inclusion(index)?, &checkpoint);
        self.used.entry(size).or_insert(checkpoint);
        Ok(Some(proof))
    }

    /// A checkpoint over an entry that another party cosigned: one that is used already, or the smallest.
    fn of_others(&self, index: u64) -> Result<Option<SignedCheckpoint>, Failure> {
        let fits = |one: &&SignedCheckpoint| covers(one, index) && self.is_cosigned_by_others(one);
        if let Some(used) = self.used.values().find(fits) {
            return Ok(Some(used.clone()));
        }
        let others = self
            .policy
            .witnesses
            .iter()
            .map(|witness| witness.key.name());
        for name in others.filter(|name| **name != self.own.1) {
            let notes = self.client.cosigned(index, Some(name))?;
            let mut read = notes
                .iter()
                .filter_map(|note| SignedCheckpoint::verify(note, &self.policy.log).ok());
            if let Some(found) = read.find(|one| fits(&one)) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn is_cosigned_by_others(&self, checkpoint: &SignedCheckpoint) -> bool {
        let others = self
            .policy
            .witnesses
            .iter()
            .filter(|one| *one.key.name() != self.own.1);
        let mut cosigned = others.map(|witness| checkpoint.cosigned_by(&witness.key));
        cosigned.any(|at| matches!(at, Ok(Some(_))))
    }

    /// That each checkpoint that was used continues the one before.
    fn consistency(&self) -> Result<Vec<Continuation>, Failure> {
        let sizes: Vec<u64> = self.used.keys().copied().collect();
        let steps = sizes.iter().zip(sizes.iter().skip(1));
        let steps = steps.map(|(former, later)| {
            let mut tiles = Tiles::new(*later, |tile| self.client.tile(&tile));
            Ok(Continuation {
                former: *former,
                later: *later,
                path: tiles.consistency(*former)?,
            })
        });
        steps.collect()
    }
}

fn covers(checkpoint: &SignedCheckpoint, index: u64) -> bool {
    checkpoint.checkpoint().size > index
}
