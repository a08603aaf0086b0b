//! `quitus receive [LINK]`: a link becomes a claim, authentic parts, files, their final names.

use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use quitus_core::archive::{EntryPath, PortableNames};
use quitus_core::keyring::{Field, Slot};
use quitus_core::keys::Secret;
use quitus_core::ledger::{Fact, Step};
use quitus_core::link::{Link, LinkError};
use quitus_core::manifest::Manifest;
use zeroize::Zeroizing;

use crate::args::ReceiveArgs;
use crate::client::Client;
use crate::disk::Landing;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::platform;
use crate::reception::{Grant, Names};

/// Longest link that is read from stdin.
const LINK_BYTES_MAX: u64 = 4_096;

/// Receives a transfer.
///
/// # Errors
///
/// Exit 2 for a link that is none, 5 when the transfer is gone, 6 when anything is not what its
/// sender signed (then nothing was written), 8 when it cannot be written here.
pub fn run(env: &Env, args: &ReceiveArgs) -> Result<(), Failure> {
    let link = link(env, args.link.as_deref())?;
    let target = Target::of(args)?;
    let home = Home::open(env)?;
    let client = Client::new(env, link.origin.clone(), args.ca_file.as_deref())?;
    let mut receiving = Receiving::begin(env, &home, &client, &link, &target, args)?;
    while let Some(step) = receiving.transfer.next_step() {
        let fact = receiving.perform(step)?;
        receiving.transfer.append(env.now(), fact)?;
    }
    env.terminal()
        .event("received", serde_json::json!({ "transfer": link.id }));
    Ok(())
}

/// The link from the command line, stdin or a prompt.
fn link(env: &Env, given: Option<&str>) -> Result<Link, Failure> {
    let text = match given {
        Some("-") => {
            let mut text = Zeroizing::new(String::new());
            let read = io::stdin()
                .lock()
                .take(LINK_BYTES_MAX)
                .read_to_string(&mut text);
            read.map_err(|error| Failure::io(phrase!("cannot-read-input"), error))?;
            text
        }
        Some(text) => {
            env.terminal().warn(phrase!("link-in-arguments"));
            Zeroizing::new(text.to_owned())
        }
        None => env.terminal().ask_secret(&phrase!("ask-link"), "-")?,
    };
    Link::parse(&text).map_err(link_failure)
}

fn link_failure(error: LinkError) -> Failure {
    let hint = match &error {
        LinkError::Version { .. } => phrase!("link-version-hint"),
        LinkError::NoSecret | LinkError::Length { .. } | LinkError::Altered => {
            phrase!("link-secret-hint")
        }
        LinkError::TooLong | LinkError::Origin(_) | LinkError::Transfer => phrase!("link-hint"),
    };
    let what = match &error {
        LinkError::NoSecret => phrase!("link-no-secret"),
        LinkError::Length { actual, expected } => {
            phrase!("link-length", actual = *actual, expected = *expected)
        }
        LinkError::Altered => phrase!("link-altered"),
        LinkError::Version { version } => phrase!("link-version", version = version),
        LinkError::TooLong | LinkError::Transfer => phrase!("link-malformed"),
        LinkError::Origin(_) => {
            return Failure::usage(phrase!("link-malformed"))
                .because(error)
                .hint(hint);
        }
    };
    Failure::usage(what).hint(hint)
}

/// Where what is received goes.
enum Target {
    /// Standard output.
    Output,
    /// A device or FIFO that exists.
    Device(PathBuf),
    /// A folder that does not exist yet.
    Folder(PathBuf),
    /// What the sender called it, in the current folder.
    Named,
}

impl Target {
    fn of(args: &ReceiveArgs) -> Result<Self, Failure> {
        let Some(path) = &args.output else {
            return Ok(Self::Named);
        };
        if path.as_os_str() == "-" {
            return Ok(Self::Output);
        }
        if platform::is_device(path) {
            return Ok(Self::Device(path.clone()));
        }
        let path = std::path::absolute(path).map_err(|error| Failure::write(path, error))?;
        Landing::check_free(&path)?;
        Ok(Self::Folder(path))
    }
}

/// One reception: its link, its transfer on this device, where it goes.
struct Receiving<'a> {
    env: &'a Env,
    client: &'a Client<'a>,
    link: &'a Link,
    target: &'a Target,
    args: &'a ReceiveArgs,
    transfer: Transfer,
    grant_key: Secret<32>,
}

impl<'a> Receiving<'a> {
    /// Goes on with a grant that was asked for before, or draws a key for a new one and keeps it.
    fn begin(
        env: &'a Env,
        home: &Home,
        client: &'a Client<'a>,
        link: &'a Link,
        target: &'a Target,
        args: &'a ReceiveArgs,
    ) -> Result<Self, Failure> {
        let mut transfer = home.transfer(link.id)?;
        let kept = transfer
            .slot()?
            .grant_key
            .filter(|_| transfer.next_step().is_some());
        let grant_key = match kept {
            Some(grant_key) => grant_key,
            None => {
                let grant_key = Secret::draw().map_err(Failure::unexpected)?;
                let slot = Slot {
                    link: Some(Secret::from_bytes(*link.secret.expose())),
                    grant_key: Some(Secret::from_bytes(*grant_key.expose())),
                    ..Slot::default()
                };
                transfer.keep(&slot)?;
                let relay = link.origin.clone();
                transfer.append(env.now(), Fact::ReceiveBegun { relay })?;
                grant_key
            }
        };
        Ok(Self {
            env,
            client,
            link,
            target,
            args,
            transfer,
            grant_key,
        })
    }

    fn perform(&mut self, step: Step) -> Result<Fact, Failure> {
        match step {
            Step::Fetch => self.fetch(),
            Step::Place => self.place(),
            Step::Tell => {
                self.client.done(&self.link.id, &self.grant_key)?;
                Ok(Fact::Received)
            }
            Step::Erase => {
                self.transfer.erase(&[Field::Link, Field::GrantKey])?;
                Ok(Fact::Erased)
            }
            Step::Create | Step::Upload | Step::Describe | Step::Complete => {
                Err(Failure::usage(phrase!("own-transfer")).hint(phrase!("own-transfer-hint")))
            }
        }
    }

    fn fetch(&mut self) -> Result<Fact, Failure> {
        let claimed = Grant::claim(self.client, self.link, &self.grant_key);
        if claimed
            .as_ref()
            .is_err_and(|failure| failure.kind() == Kind::Gone)
        {
            self.transfer.erase(&[Field::Link, Field::GrantKey])?;
            self.transfer.append(self.env.now(), Fact::Gone)?;
        }
        let grant = claimed?;
        let names = self.names(&grant.manifest)?;
        self.tell(&grant.manifest, &names);
        let landed = self.land(&grant, &names)?;
        self.transfer.keep_manifest(&grant.signed_manifest)?;
        let (destination, inner) = landed.unzip();
        Ok(Fact::Fetched {
            manifest: grant.manifest_digest,
            sender: grant.manifest.sender.clone(),
            destination: destination.map(|path: PathBuf| path.to_string_lossy().into_owned()),
            inner: inner.flatten(),
        })
    }

    /// Brings everything to where it waits for its final name, or straight into a pipe.
    fn land(
        &self,
        grant: &Grant<'_>,
        names: &Names,
    ) -> Result<Option<(PathBuf, Option<String>)>, Failure> {
        let terminal = self.env.terminal();
        match self.target {
            Target::Output => {
                let mut output = platform::raw_output().map_err(Failure::output)?;
                grant.stream(terminal, &mut output).map(|()| None)
            }
            Target::Device(path) => {
                let device = std::fs::OpenOptions::new().write(true).open(path);
                let mut device = device.map_err(|error| Failure::write(path, error))?;
                grant
                    .stream(terminal, &mut device as &mut dyn Write)
                    .map(|()| None)
            }
            Target::Folder(path) if self.args.sealed => grant
                .keep_sealed(self.env, path)
                .map(|()| Some((path.clone(), None))),
            Target::Folder(path) => grant
                .lay_out(self.env, path, names)
                .map(|()| Some((path.clone(), None))),
            Target::Named => {
                let (path, inner) = self.named(names)?;
                grant
                    .lay_out(self.env, &path, names)
                    .map(|()| Some((path, inner)))
            }
        }
    }

    /// The sender's one name for it, if it has one that programs do not obey; else our own.
    fn named(&self, names: &Names) -> Result<(PathBuf, Option<String>), Failure> {
        let (name, inner) = match names.single_top() {
            Some(top) if !top.starts_with('.') => (top.to_owned(), Some(top.to_owned())),
            Some(_) | None => (format!("quitus-{}", self.link.id.short()), None),
        };
        let path =
            std::path::absolute(&name).map_err(|error| Failure::write(Path::new(&name), error))?;
        Ok((path, inner))
    }

    /// The names under which the entries are laid out.
    fn names(&self, manifest: &Manifest) -> Result<Names, Failure> {
        let mut portable = PortableNames::default();
        let mut name = |path: &EntryPath| {
            if self.args.portable_names {
                return Ok(portable.rename(path));
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

    /// Who sent what, before anything is written.
    fn tell(&self, manifest: &Manifest, names: &Names) {
        let terminal = self.env.terminal();
        let files = manifest
            .entries
            .iter()
            .filter_map(|entry| entry.file.as_ref());
        let (n_files, bytes) =
            files.fold((0_u64, 0), |(n, bytes), file| (n + 1, bytes + file.bytes));
        terminal.say(phrase!(
            "receiving",
            files = n_files,
            bytes = bytes,
            sender = manifest.sender.as_str()
        ));
        for (name, entry) in names.paths().iter().zip(&manifest.entries) {
            if name.is_hidden() && name.parent().is_none() {
                terminal.warn(phrase!("hidden-name", path = entry.path.as_str()));
            }
        }
    }

    fn place(&self) -> Result<Fact, Failure> {
        let fetched = self.transfer.facts().find_map(|fact| match fact {
            Fact::Fetched {
                destination, inner, ..
            } => Some((destination.clone(), inner.clone())),
            _ => None,
        });
        if let Some((Some(destination), inner)) = fetched {
            let path = PathBuf::from(&destination);
            Landing::place(&path, &self.link.id, inner.as_deref())?;
            self.env.terminal().say(phrase!("received", path = &path));
        }
        Ok(Fact::Placed)
    }
}
