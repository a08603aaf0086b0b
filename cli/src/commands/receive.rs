//! `quitus receive [LINK]`: a link becomes a claim, authentic parts, files, their final names.

mod accepting;
mod asked;
mod beginning;
mod showing;

use std::io::Write;
use std::path::{Path, PathBuf};

use quitus_core::archive::{EntryPath, Form, PortableNames};
use quitus_core::keyring::{Field, Slot};
use quitus_core::keys::Secret;
use quitus_core::ledger::{Fact, Step, Wish};
use quitus_core::link::Link;
use quitus_core::manifest::Manifest;
use quitus_core::protocol::Granted;
use quitus_core::split::PasswordKey;
use quitus_core::transfer::TransferId;

use crate::args::ReceiveArgs;
use crate::claiming::{Claimant, SecretFiles};
use crate::client::Client;
use crate::device;
use crate::disk::Landing;
use crate::env::Env;
use crate::escape::exact_name;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::platform;
use crate::reception::{Grant, Names};
use crate::recipients::{self, Recipients};
use crate::relays;
use crate::witness;

use asked::{Output, link, wish};
use beginning::begin;

/// Files that are named before they are received; of more only the number is.
const FILES_LISTED_MAX: usize = 10;

/// Receives a transfer.
///
/// # Errors
///
/// Exit 2 for a link that is none, 5 when the transfer is gone, 6 when anything is not what its
/// sender signed (then nothing was written), 8 when it cannot be written here.
pub fn run(env: &Env, args: &ReceiveArgs) -> Result<(), Failure> {
    let link = link(env, args.link.as_deref())?;
    let (wish, output) = wish(env, args, link.id)?;
    let demand = Demand {
        secrets: SecretFiles {
            password: args.password_file.as_deref(),
            passphrase: args.passphrase_file.as_deref(),
        },
        ca_file: args.ca_file.as_deref(),
        from: args.from.as_deref(),
    };
    receive_into(env, &link, &wish, output, demand)
}

/// What a command line demands of one run, and does not outlive it.
#[derive(Clone, Copy, Default)]
pub struct Demand<'a> {
    /// Where secrets are.
    pub secrets: SecretFiles<'a>,
    /// Trusted authorities.
    pub ca_file: Option<&'a Path>,
    /// The contact who must have signed it.
    pub from: Option<&'a str>,
}

/// Receives, or goes on receiving, what was wished for.
///
/// # Errors
///
/// As [`run`].
pub fn receive(env: &Env, link: &Link, wish: &Wish, demand: Demand<'_>) -> Result<(), Failure> {
    if wish.streamed {
        return Err(Failure::usage(phrase!("resume-streamed")));
    }
    receive_into(env, link, wish, None, demand)
}

fn receive_into(
    env: &Env,
    link: &Link,
    wish: &Wish,
    output: Option<Output>,
    demand: Demand<'_>,
) -> Result<(), Failure> {
    let home = Home::open(env)?;
    if let Some(name) = demand.from {
        Recipients::find(&home, &[name.to_owned()])?;
    }
    let client = Client::new(env, link.origin.clone(), demand.ca_file)?;
    let (transfer, grant_key) = begin(env, &home, link, wish)?;
    let mut receiving = Receiving {
        env,
        home: &home,
        client: &client,
        link,
        wish,
        output,
        demand,
        transfer,
        grant_key,
    };
    while let Some(step) = receiving.transfer.next_step() {
        let fact = receiving.perform(step)?;
        receiving.transfer.append(env.now(), fact)?;
    }
    env.terminal()
        .event("received", serde_json::json!({ "transfer": link.id }));
    witness::visit(env, &home, &client).map(drop)
}

/// What only a reception needs; the link of what was sent here is its sender's, while it may change.
fn own_secrets(transfer: &Transfer) -> &'static [Field] {
    if transfer.is_sent() {
        &[Field::GrantKey]
    } else {
        &[Field::GrantKey, Field::Link]
    }
}

fn still_sending() -> Failure {
    Failure::usage(phrase!("own-transfer")).hint(phrase!("own-transfer-hint"))
}

/// One reception: its link, its transfer on this device, where it goes.
struct Receiving<'a> {
    env: &'a Env,
    home: &'a Home,
    client: &'a Client<'a>,
    link: &'a Link,
    wish: &'a Wish,
    output: Option<Output>,
    demand: Demand<'a>,
    transfer: Transfer,
    grant_key: Secret<32>,
}

impl Receiving<'_> {
    fn perform(&mut self, step: Step) -> Result<Fact, Failure> {
        match step {
            Step::Fetch => self.fetch(),
            Step::Place => self.place(),
            Step::Tell => {
                self.client.done(&self.link.id, &self.grant_key)?;
                Ok(Fact::Received)
            }
            Step::EraseReceived => {
                self.accept()?;
                self.transfer.erase(own_secrets(&self.transfer))?;
                Ok(Fact::Erased)
            }
            Step::Create | Step::Upload | Step::Describe | Step::Complete | Step::EraseSent => {
                Err(still_sending())
            }
        }
    }

    fn fetch(&mut self) -> Result<Fact, Failure> {
        let claimed = self.claim();
        if claimed
            .as_ref()
            .is_err_and(|failure| failure.kind() == Kind::Gone)
        {
            self.transfer.erase(own_secrets(&self.transfer))?;
            if !self.transfer.keeps_sealed() {
                self.transfer.erase(&[Field::FileKey])?;
            }
            self.transfer.append(self.env.now(), Fact::Gone)?;
        }
        let (claimant, granted, password) = claimed?;
        let log_key = relays::log_key(self.home, &self.link.origin)?;
        let grant = Grant::open(
            (self.client, self.link, log_key),
            &self.grant_key,
            &claimant,
            (&granted, password.as_ref()),
        )?;
        let names = names(self.wish, &grant.manifest)?;
        self.tell(&grant.manifest, &names)?;
        self.check_device(&grant.manifest, &names)?;
        let landed = self.land(&grant, &names)?;
        self.transfer.keep_manifest(&grant.signed_manifest)?;
        let (destination, inner) = landed.unzip();
        let fetched = Fact::Fetched {
            manifest: grant.manifest_digest,
            sender: grant.manifest.sender.clone(),
            destination: destination.map(|path: PathBuf| path.to_string_lossy().into_owned()),
            inner: inner.flatten(),
        };
        let file_key = grant.file_key();
        drop(grant);
        if self.wish.keep_sealed {
            self.keep_key(file_key)?;
        }
        Ok(fetched)
    }

    /// Where the engagement asks for an encrypted disk, nothing is written to another.
    fn check_device(&self, manifest: &Manifest, names: &Names) -> Result<(), Failure> {
        let known = manifest.engagement.as_ref();
        let known = known.map(|id| self.home.engagement_if_known(id));
        let is_asked = known
            .transpose()?
            .flatten()
            .is_some_and(|known| known.rules().requires_disk_encryption);
        if !is_asked || self.output.is_some() {
            return Ok(());
        }
        let (path, _) = place_for(self.wish, names, &self.link.id);
        device::require_encryption(&path).map(drop)
    }

    /// Opens the envelope, if there is one, and claims.
    fn claim(&mut self) -> Result<(Claimant, Granted, Option<PasswordKey>), Failure> {
        let secrets = self.demand.secrets;
        let claimant = Claimant::new(self.env, self.home, self.client, self.link, secrets)?;
        if let Some(version) = claimant.terms_version() {
            self.note_version(version)?;
        }
        let key = (&self.grant_key, secrets.password);
        let (granted, password) = claimant.claim(self.env, self.client, &self.link.id, key)?;
        Ok((claimant, granted, password))
    }

    /// Remembers the newest terms; older ones are a relay's attempt to bring back what is over.
    fn note_version(&mut self, version: u32) -> Result<(), Failure> {
        let seen = |fact: &Fact| {
            if let Fact::TermsSeen { version } = fact {
                Some(*version)
            } else {
                None
            }
        };
        let newest = self.transfer.facts().find_map(seen);
        match newest {
            Some(newest) if version < newest => {
                let refused = phrase!("terms-older", version = version, seen = newest);
                Err(Failure::new(Kind::Integrity, refused).hint(phrase!("not-as-signed-hint")))
            }
            Some(newest) if version == newest => Ok(()),
            Some(_) | None => self
                .transfer
                .append(self.env.now(), Fact::TermsSeen { version }),
        }
    }

    /// Brings everything to where it waits for its final name, or straight into a pipe.
    fn land(
        &self,
        grant: &Grant<'_>,
        names: &Names,
    ) -> Result<Option<(PathBuf, Option<String>)>, Failure> {
        let terminal = self.env.terminal();
        match &self.output {
            Some(Output::Standard) => {
                let mut output = platform::raw_output().map_err(Failure::output)?;
                return grant.stream(terminal, &mut output).map(|()| None);
            }
            Some(Output::Device(path)) => {
                let device = std::fs::OpenOptions::new().write(true).open(path);
                let mut device = device.map_err(|error| Failure::write(path, error))?;
                return grant
                    .stream(terminal, &mut device as &mut dyn Write)
                    .map(|()| None);
            }
            None => {}
        }
        let is_shown = self.wish.destination.is_none();
        if grant.manifest.form == Form::Secret && is_shown {
            return self.show(grant).map(|()| None);
        }
        let (path, inner) = place_for(self.wish, names, &self.link.id);
        let mut received = self.transfer.received()?;
        if self.wish.sealed || self.wish.keep_sealed {
            grant.keep_sealed(self.env, (&path, &mut received), self.wish.sealed)?;
        } else {
            grant.lay_out(self.env, (&path, &mut received), names)?;
        }
        Ok(Some((path, inner)))
    }

    /// Keeps the key of the sealed file, before that has its final name.
    fn keep_key(&mut self, file_key: Secret<16>) -> Result<(), Failure> {
        let slot = self.transfer.slot()?;
        let file_key = Some(file_key);
        self.transfer.keep(&Slot { file_key, ..slot })
    }

    /// Who sent what, before anything is written.
    fn tell(&self, manifest: &Manifest, names: &Names) -> Result<(), Failure> {
        let terminal = self.env.terminal();
        let sender = &manifest.sender;
        let name = recipients::sender_name(self.home, sender)?;
        let files = manifest
            .entries
            .iter()
            .filter_map(|entry| entry.file.as_ref());
        let (n_files, bytes) =
            files.fold((0_u64, 0), |(n, bytes), file| (n + 1, bytes + file.bytes));
        let who = match &name {
            Some(name) => phrase!("sender-contact", name = name, key = sender.as_str()),
            None => phrase!("sender-unknown", key = sender.as_str()),
        };
        terminal.say(phrase!(
            "receiving",
            files = n_files,
            bytes = bytes,
            sender = who
        ));
        let listed = manifest.entries.iter().filter_map(|entry| {
            let file = entry.file.as_ref()?;
            Some((entry.path.as_str(), file.bytes))
        });
        for (path, bytes) in listed.clone().take(FILES_LISTED_MAX) {
            terminal.say(phrase!("receiving-file", path = path, bytes = bytes));
        }
        if n_files > FILES_LISTED_MAX as u64 {
            let n = n_files - FILES_LISTED_MAX as u64;
            terminal.say(phrase!("receiving-others", n = n));
        }
        for (name, entry) in names.paths().iter().zip(&manifest.entries) {
            if name.is_hidden() && name.parent().is_none() {
                terminal.warn(phrase!("hidden-name", path = entry.path.as_str()));
            }
        }
        let wanted = self.demand.from;
        wanted.map_or(Ok(()), |name| {
            recipients::check_sender(self.home, name, sender)
        })
    }

    fn place(&self) -> Result<Fact, Failure> {
        let fetched = self.transfer.facts().find_map(|fact| {
            if let Fact::Fetched {
                destination, inner, ..
            } = fact
            {
                Some((destination.clone(), inner.clone()))
            } else {
                None
            }
        });
        if let Some((Some(destination), inner)) = fetched {
            let path = PathBuf::from(&destination);
            Landing::place(&path, &self.link.id, inner.as_deref())?;
            self.env.terminal().event("placed", exact_name(&path));
            self.env.terminal().say(phrase!("received", path = &path));
        }
        Ok(Fact::Placed)
    }
}

/// The folder that was named; else the sender's one name for it, if it has one that programs do
/// not obey; else our own.
pub(super) fn place_for(wish: &Wish, names: &Names, id: &TransferId) -> (PathBuf, Option<String>) {
    if let Some(destination) = &wish.destination {
        return (PathBuf::from(destination), None);
    }
    let folder = Path::new(&wish.folder);
    match names.single_top() {
        Some(top) if !top.starts_with('.') => (folder.join(top), Some(top.to_owned())),
        Some(_) | None => (folder.join(format!("quitus-{}", id.short())), None),
    }
}

/// The names under which the entries are laid out.
pub(super) fn names(wish: &Wish, manifest: &Manifest) -> Result<Names, Failure> {
    let mut portable = PortableNames::with_capacity(manifest.entries.len());
    let mut name = |path: &EntryPath| {
        if wish.portable_names {
            let renamed = portable.rename(path);
            return renamed.map_err(|error| {
                Failure::new(Kind::Integrity, phrase!("name-collision")).because(error)
            });
        }
        portable
            .accept(path)
            .map(|()| path.clone())
            .map_err(|error| {
                Failure::new(Kind::Integrity, phrase!("name-collision"))
                    .because(error)
                    .hint(phrase!("name-collision-hint"))
            })
    };
    let names: Result<Vec<_>, Failure> = manifest
        .entries
        .iter()
        .map(|entry| name(&entry.path))
        .collect();
    Ok(Names::new(names?))
}
