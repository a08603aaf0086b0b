//! Keys that another program knows how to use: age plugins.
//!
//! ```text
//! age1yubikey1q…            a recipient:  age-plugin-yubikey is started to seal for it
//! AGE-PLUGIN-YUBIKEY-1Q…    an identity:  age-plugin-yubikey is started to open with it
//! ```
//!
//! Promises: a program is started only for a recipient or identity that the person named; never for
//! what a file, a card or a relay says. Its name has letters, digits and `+-._` only, so that it
//! cannot lead out of the `PATH`. What it wants to tell or ask goes to a [`Prompter`].
//!
//! Does not: say what a plugin does. It sees the file key, as it must.
//!
//! Spec: C2SP age-plugin.md.

use std::collections::HashSet;
use std::sync::Arc;

use age::plugin::{IdentityPluginV1, RecipientPluginV1};
use age::secrecy::SecretString;
use age::{DecryptError, EncryptError};
use age_core::format::{FileKey, Stanza};
use zeroize::Zeroizing;

/// Whoever a plugin talks to. Its texts are foreign.
pub trait Prompter: Send + Sync {
    /// Shows a message, such as "touch your key".
    fn tell(&self, message: &str);
    /// Asks which of two answers; `None` where nobody can be asked.
    fn choose(&self, question: &str, yes: &str, no: Option<&str>) -> Option<bool>;
    /// Asks for something; `None` where nobody can be asked.
    fn ask(&self, question: &str) -> Option<String>;
    /// Asks for a secret, such as a PIN; `None` where nobody can be asked.
    fn ask_secret(&self, question: &str) -> Option<Zeroizing<String>>;
}

/// The age crate's way to the person.
#[derive(Clone, Default)]
struct Callbacks(Option<Arc<dyn Prompter>>);

impl age::Callbacks for Callbacks {
    fn display_message(&self, message: &str) {
        if let Some(prompter) = &self.0 {
            prompter.tell(message);
        }
    }

    fn confirm(&self, message: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        self.0.as_ref()?.choose(message, yes, no)
    }

    fn request_public_string(&self, description: &str) -> Option<String> {
        self.0.as_ref()?.ask(description)
    }

    fn request_passphrase(&self, description: &str) -> Option<SecretString> {
        let secret = self.0.as_ref()?.ask_secret(description)?;
        Some(SecretString::from(secret.to_string()))
    }
}

/// A recipient of a plugin, which is started when a file key is wrapped.
pub(super) struct PluginRecipient {
    key: age::plugin::Recipient,
    callbacks: Callbacks,
}

impl PluginRecipient {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let callbacks = Callbacks::default();
        text.parse().ok().map(|key| Self { key, callbacks })
    }

    pub(super) fn set_prompter(&mut self, prompter: &Arc<dyn Prompter>) {
        self.callbacks = Callbacks(Some(Arc::clone(prompter)));
    }
}

impl age::Recipient for PluginRecipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let keys = std::slice::from_ref(&self.key);
        RecipientPluginV1::new(self.key.plugin(), keys, &[], self.callbacks.clone())
            .map_err(EncryptError::PluginResolve)?
            .wrap_file_key(file_key)
    }
}

/// An identity of a plugin, which is started when a header is opened.
pub(super) struct PluginIdentity {
    key: age::plugin::Identity,
    callbacks: Callbacks,
}

impl PluginIdentity {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let callbacks = Callbacks::default();
        text.parse().ok().map(|key| Self { key, callbacks })
    }

    pub(super) fn set_prompter(&mut self, prompter: &Arc<dyn Prompter>) {
        self.callbacks = Callbacks(Some(Arc::clone(prompter)));
    }
}

impl age::Identity for PluginIdentity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.unwrap_stanzas(std::slice::from_ref(stanza))
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        let keys = std::slice::from_ref(&self.key);
        match IdentityPluginV1::new(self.key.plugin(), keys, self.callbacks.clone()) {
            Ok(plugin) => age::Identity::unwrap_stanzas(&plugin, stanzas),
            Err(error) => Some(Err(DecryptError::PluginResolve(error))),
        }
    }
}
