//! The claim of a transfer that may have a password.

use std::path::Path;

use quitus_core::keys::Secret;
use quitus_core::link::Link;
use quitus_core::protocol::{Claim, Granted};
use quitus_core::split::{self, PasswordKey, claim_credential};
use quitus_core::text::base64url;

use super::secret_of;
use crate::client::Client;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;
use crate::secrets::{self, PassphraseSource};

/// The password of a transfer, asked for only when the relay says that there is one.
pub struct Password<'a> {
    /// Where to ask.
    pub env: &'a Env,
    /// The file whose first line it is, if one was named.
    pub file: Option<&'a Path>,
}

impl Password<'_> {
    /// Claims, with a password if one is needed.
    pub(super) fn claim(
        &self,
        client: &Client<'_>,
        link: &Link,
        grant_key: &Secret<32>,
    ) -> Result<(Granted, Option<PasswordKey>), Failure> {
        let secret = secret_of(link)?;
        let credential = claim_credential(&link.id, secret);
        let claim = |verifier: Option<String>| Claim {
            grant_key: None,
            claim: base64url(credential.expose()),
            verifier,
        };
        if self.file.is_none() {
            match client.claim(&link.id, grant_key, &claim(None)) {
                Err(failure) if failure.kind() == Kind::NotAllowed => {}
                outcome => return outcome.map(|granted| (granted, None)),
            }
        }
        let question = phrase!("ask-password");
        let source = PassphraseSource {
            file: self.file,
            flag: secrets::PASSWORD_FLAG,
            question,
        };
        let key = split::stretch_password(&link.id, secret, &source.get(self.env)?);
        let verifier = split::password_verifier(&link.id, secret, &key);
        let claim = claim(Some(base64url(verifier.expose())));
        Ok((client.claim(&link.id, grant_key, &claim)?, Some(key)))
    }
}
