//! How a link becomes a grant: its secret, from itself or from an envelope, a password, a claim.
//!
//! Promises: an envelope counts only if its terms are signed, name whoever opens it, and are not
//! older than terms that were seen before; a password is asked for only when the relay says that
//! there is one. Does not open anything with what it was granted.

use std::path::Path;

use quitus_core::cipher::Identity;
use quitus_core::envelope::{Envelope, EnvelopeError};
use quitus_core::keys::{Fingerprint, PublicKey, Secret, SigningKey};
use quitus_core::link::Link;
use quitus_core::protocol::{Claim, Granted};
use quitus_core::split::{self, LinkSecret, PasswordKey, claim_credential};
use quitus_core::terms::{Reader, Terms};
use quitus_core::text::base64url;
use quitus_core::transfer::TransferId;

use crate::client::Client;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;
use crate::secrets::{self, PassphraseSource};

/// What the client makes of a relay that asks for a password.
const PASSWORD_REFUSED: &str = "password-wrong";

/// The files that a command was told to take secrets from.
#[derive(Clone, Copy, Default)]
pub struct SecretFiles<'a> {
    /// Its first line is the password of the transfer.
    pub password: Option<&'a Path>,
    /// Its first line is the passphrase of this person's identity.
    pub passphrase: Option<&'a Path>,
}

/// Whoever claims a transfer, with the half of its key that the relay never sees.
pub struct Claimant {
    /// `L`.
    pub secret: LinkSecret,
    /// For one of those whom the sender named.
    opened: Option<Opened>,
}

/// An envelope that this person opened.
pub struct Opened {
    /// `L`.
    pub secret: LinkSecret,
    /// The terms with their signature.
    pub signed_terms: Vec<u8>,
    /// The terms.
    pub terms: Terms,
    /// Who signed them.
    pub sender: PublicKey,
    reader: Fingerprint,
    /// The key that the relay lists, or the sender's.
    request_key: SigningKey,
}

impl Opened {
    /// Gets and opens the envelope of a transfer, under whichever of this person's keys it is for.
    ///
    /// # Errors
    ///
    /// Exit 5 when the relay has none for this person, 10 when it is sealed for others, 6 when its terms
    /// are not signed or name others.
    pub fn fetch(
        home: &Home,
        client: &Client<'_>,
        id: &TransferId,
        identities: &[Identity],
    ) -> Result<Self, Failure> {
        let (sealed, request_key) = fetch_sealed(home, client, id)?;
        let envelope = Envelope::open(identities, &sealed).map_err(not_opened)?;
        let (terms, sender) = Terms::read(&envelope.terms).map_err(not_as_signed)?;
        let reader = home.signer()?.public().fingerprint();
        terms
            .check_reader(&sender.fingerprint(), Reader::Key(&reader))
            .map_err(not_as_signed)?;
        Ok(Self {
            secret: envelope.secret,
            signed_terms: envelope.terms,
            terms,
            sender,
            reader,
            request_key,
        })
    }
}

/// Asks with one key after another: to a key that is not listed the transfer is gone.
fn fetch_sealed(
    home: &Home,
    client: &Client<'_>,
    id: &TransferId,
) -> Result<(Vec<u8>, SigningKey), Failure> {
    let card_key = home.request_key()?;
    match client.envelope(id, &card_key) {
        Err(failure) if failure.kind() == Kind::Gone => {
            let ssh_key = home.own_ssh_key()?.ok_or(failure)?;
            Ok((client.envelope(id, &ssh_key)?, ssh_key))
        }
        sealed => Ok((sealed?, card_key)),
    }
}

fn not_opened(error: EnvelopeError) -> Failure {
    if error.is_for_others() {
        Failure::new(Kind::NoKey, phrase!("envelope-for-others")).hint(phrase!("envelope-hint"))
    } else {
        not_as_signed(error)
    }
}

impl Claimant {
    /// Whoever holds a link with its secret, or an identity that opens the envelope.
    ///
    /// # Errors
    ///
    /// Exit 2 when the link has no secret and this person no identity; as [`Opened::fetch`].
    pub fn new(
        env: &Env,
        home: &Home,
        client: &Client<'_>,
        link: &Link,
        files: SecretFiles<'_>,
    ) -> Result<Self, Failure> {
        if let Some(secret) = &link.secret {
            let secret = Secret::from_bytes(*secret.expose());
            let opened = None;
            return Ok(Self { secret, opened });
        }
        if !home.has_identity() {
            let hint = phrase!("link-no-secret-hint");
            return Err(Failure::usage(phrase!("link-no-secret")).hint(hint));
        }
        let identities = home.identities(env, files.passphrase)?;
        let opened = Opened::fetch(home, client, &link.id, &identities)?;
        Ok(Self {
            secret: Secret::from_bytes(*opened.secret.expose()),
            opened: Some(opened),
        })
    }

    /// The version of the terms in the envelope; none for a link that holds its secret.
    pub fn terms_version(&self) -> Option<u32> {
        self.opened.as_ref().map(|opened| opened.terms.version)
    }

    /// Claims, with a password if one is needed.
    ///
    /// # Errors
    ///
    /// Exit 5 when there is nothing to claim, 4 when the password is wrong.
    pub fn claim(
        &self,
        env: &Env,
        client: &Client<'_>,
        id: &TransferId,
        (grant_key, password_file): (&Secret<32>, Option<&Path>),
    ) -> Result<(Granted, Option<PasswordKey>), Failure> {
        let claim = |verifier| self.ask(client, id, grant_key, verifier);
        if password_file.is_none() {
            match claim(None) {
                Err(failure) if failure.what().id == PASSWORD_REFUSED => {}
                outcome => return outcome.map(|granted| (granted, None)),
            }
        }
        let source = PassphraseSource {
            file: password_file,
            flag: secrets::PASSWORD_FLAG,
            question: phrase!("ask-password"),
        };
        let key = split::stretch_password(id, &self.secret, &source.get(env)?);
        let verifier = split::password_verifier(id, &self.secret, &key);
        Ok((claim(Some(verifier))?, Some(key)))
    }

    fn ask(
        &self,
        client: &Client<'_>,
        id: &TransferId,
        grant_key: &Secret<32>,
        verifier: Option<Secret<32>>,
    ) -> Result<Granted, Failure> {
        let mut claim = Claim {
            claim: base64url(claim_credential(id, &self.secret).expose()),
            verifier: verifier.map(|verifier| base64url(verifier.expose())),
            grant_key: None,
        };
        match &self.opened {
            None => client.claim(id, grant_key, &claim),
            Some(opened) => {
                claim.grant_key = Some(base64url(grant_key.expose()));
                client.claim_signed(id, &opened.request_key, &claim)
            }
        }
    }

    /// The signed terms of the envelope, and how they were come by; for a link that holds its secret
    /// the terms lie beside the manifest.
    pub fn terms(&self) -> (Option<&[u8]>, Reader<'_>) {
        match &self.opened {
            None => (None, Reader::Link),
            Some(opened) => (Some(&opened.signed_terms), Reader::Key(&opened.reader)),
        }
    }
}

fn not_as_signed(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::new(Kind::Integrity, phrase!("not-as-signed"))
        .hint(phrase!("not-as-signed-hint"))
        .because(error)
}
