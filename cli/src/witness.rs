//! This person as a witness of a relay's log: at each visit, the log must continue what was seen before.
//!
//! ```text
//! logs/relay.example/checkpoint          the last one that was found consistent
//! logs/relay.example/fork-1700000000     two that are not: kept for whoever has to be shown
//! ```
//!
//! Promises: a checkpoint is cosigned only after it was found to continue the kept one, and after it is
//! durable here; a log that forked or was rolled back is named, kept as evidence, and never cosigned. It
//! does not say that what is logged is true. Spec: `docs/protocol.md`, "What a party does at each visit".

use quitus_core::origin::Origin;
use quitus_core::statement::SeenCheckpoint;
use quitus_core::tlog::tile::Tiles;
use quitus_core::tlog::{
    Cosignature, NOTE_BYTES_MAX, SignedCheckpoint, VerifierKey, consistency, witness_name,
};

use crate::client::Client;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::{phrase, relays};

const FOLDER: &str = "logs";

/// One relay's log, as this person knows it.
pub struct Witness<'a> {
    env: &'a Env,
    home: &'a Home,
    client: &'a Client<'a>,
    log: VerifierKey,
}

/// What a visit found: nothing for relays that were not joined, or whose log is empty.
pub type Seen = Option<SignedCheckpoint>;

/// Visits the log of a relay that was joined, without standing in the way of anything: whatever keeps a
/// visit from coming to its end is left to the next one, but a log that contradicts itself is not.
///
/// # Errors
///
/// Exit 11 when the log forked or was rolled back.
pub fn visit(env: &Env, home: &Home, client: &Client<'_>) -> Result<Seen, Failure> {
    let Some(witness) = Witness::of(env, home, client)? else {
        return Ok(None);
    };
    match witness.visit() {
        Err(failure) if failure.kind() == Kind::EvidenceInvalid => Err(failure),
        Err(_) => Ok(None),
        Ok(seen) => Ok(seen),
    }
}

impl<'a> Witness<'a> {
    /// The witness of a relay's log; none where the relay was not joined.
    ///
    /// # Errors
    ///
    /// Exit 8 when the file of relays cannot be read.
    pub fn of(
        env: &'a Env,
        home: &'a Home,
        client: &'a Client<'a>,
    ) -> Result<Option<Self>, Failure> {
        let log = relays::log_key(home, client.origin())?;
        Ok(log.map(|log| Self {
            env,
            home,
            client,
            log,
        }))
    }

    /// What verifies the log's checkpoints.
    #[must_use]
    pub const fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// Fetches the last checkpoint, checks that it continues the kept one, keeps and cosigns it.
    ///
    /// # Errors
    ///
    /// Exit 11 when it does not; 6 when what was shown is no checkpoint of this log; as the relay answers.
    pub fn visit(&self) -> Result<Seen, Failure> {
        let shown = self.client.checkpoint()?;
        let shown = SignedCheckpoint::verify(&shown, &self.log).map_err(|error| {
            Failure::new(Kind::Integrity, phrase!("log-malformed")).because(error)
        })?;
        let kept = self.kept()?;
        if let Some(kept) = &kept {
            self.check_continues(kept, &shown)?;
        }
        let size = shown.checkpoint().size;
        if size == 0 {
            return Ok(None);
        }
        if kept.is_none_or(|kept| kept.checkpoint().size != size) {
            self.home
                .make_folder(&format!("{FOLDER}/{}", folder(&self.log)))?;
            self.home.replace_file(
                &file(&self.log),
                shown.alone(&self.log).to_string().as_bytes(),
            )?;
        }
        self.cosign(shown).map(Some)
    }

    /// Adds this person's cosignature, unless it is there already.
    fn cosign(&self, mut shown: SignedCheckpoint) -> Result<SignedCheckpoint, Failure> {
        let key = self.home.request_key()?;
        let own = Cosignature::verifier_of(&key.public()).map_err(Failure::unexpected)?;
        if shown.cosigned_by(&own).is_ok_and(|at| at.is_some()) {
            return Ok(shown);
        }
        let name = witness_name(&key.public());
        let cosignature = Cosignature::make(&key, name, self.env.now(), shown.checkpoint());
        let mut own = shown.alone(&self.log);
        own.add(&cosignature);
        self.client.cosign(&key, own.to_string())?;
        shown.add(&cosignature);
        Ok(shown)
    }

    /// The last checkpoint that was found consistent.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read.
    pub fn kept(&self) -> Result<Option<SignedCheckpoint>, Failure> {
        kept(self.home, &self.log)
    }

    /// Whether a log that was shown is the one that was seen before.
    fn check_continues(
        &self,
        kept: &SignedCheckpoint,
        shown: &SignedCheckpoint,
    ) -> Result<(), Failure> {
        let (former, later) = (kept.checkpoint(), shown.checkpoint());
        if former.size == later.size && former.root == later.root || former.size == 0 {
            return Ok(());
        }
        if later.size <= former.size {
            return Err(self.contradiction(kept, shown));
        }
        let mut tiles = Tiles::new(later.size, |tile| self.client.tile(&tile));
        let path = tiles.consistency(former.size)?;
        let states = ((former.size, former.root), (later.size, later.root));
        consistency::verify(states.0, states.1, &path).map_err(|_| self.contradiction(kept, shown))
    }

    /// Keeps both checkpoints and says so.
    fn contradiction(&self, kept: &SignedCheckpoint, shown: &SignedCheckpoint) -> Failure {
        let name = format!(
            "{FOLDER}/{}/fork-{}",
            folder(&self.log),
            self.env.now().seconds()
        );
        let both = format!("{kept}\n{shown}");
        let written = self.home.replace_file(&name, both.as_bytes());
        let path = self.home.path_of(&name);
        let relay = self.client.origin().to_string();
        let what = if shown.checkpoint().size < kept.checkpoint().size {
            phrase!("log-rolled-back", relay = relay)
        } else {
            phrase!("log-forked", relay = relay)
        };
        let failure = Failure::new(Kind::EvidenceInvalid, what);
        match written {
            Ok(()) => failure.hint(phrase!("log-evidence", path = &path)),
            Err(error) => error,
        }
    }
}

/// The last checkpoint of a relay's log that was found consistent, as statements cite it; none of a relay
/// that was not joined.
///
/// # Errors
///
/// Exit 8 when it cannot be read.
pub fn last_seen(home: &Home, relay: &Origin) -> Result<Option<SeenCheckpoint>, Failure> {
    let Some(log) = relays::log_key(home, relay)? else {
        return Ok(None);
    };
    let kept = kept(home, &log)?;
    Ok(kept.map(|kept| kept.checkpoint().into()))
}

fn kept(home: &Home, log: &VerifierKey) -> Result<Option<SignedCheckpoint>, Failure> {
    let file = file(log);
    let Some(bytes) = home.read_file(&file, NOTE_BYTES_MAX as u64)? else {
        return Ok(None);
    };
    let note = String::from_utf8_lossy(&bytes);
    let path = home.path_of(&file);
    let kept = SignedCheckpoint::verify(&note, log);
    let damaged = || Failure::new(Kind::LocalIo, phrase!("ledger-damaged", path = &path));
    kept.map(Some).map_err(|error| damaged().because(error))
}

fn folder(log: &VerifierKey) -> String {
    let name = log.name().as_str();
    let name = name.strip_suffix("/log").unwrap_or(name);
    let is_safe = |symbol: char| symbol.is_ascii_alphanumeric() || symbol == '.' || symbol == '-';
    name.chars()
        .map(|symbol| if is_safe(symbol) { symbol } else { '_' })
        .collect()
}

fn file(log: &VerifierKey) -> String {
    format!("{FOLDER}/{}/checkpoint", folder(log))
}
