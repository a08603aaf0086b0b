//! `quitus receive [LINK]`: a link becomes a claim, authentic parts, files, their final names.

use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use quitus_core::archive::{EntryPath, PortableNames};
use quitus_core::keyring::{Field, Slot};
use quitus_core::keys::Secret;
use quitus_core::ledger::{Fact, Step, Wish};
use quitus_core::link::{Link, LinkError};
use quitus_core::manifest::Manifest;
use zeroize::Zeroizing;

use crate::args::ReceiveArgs;
use crate::client::Client;
use crate::disk::Landing;
use crate::env::Env;
use crate::escape::exact_name;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::platform;
use crate::reception::{Grant, Names, Password};

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
    let (wish, output) = wish(args)?;
    receive_into(
        env,
        &link,
        &wish,
        output,
        (args.password_file.as_deref(), args.ca_file.as_deref()),
    )
}

/// Receives, or goes on receiving, what was wished for; the files are those of the password and of
/// trusted authorities.
///
/// # Errors
///
/// As [`run`].
pub fn receive(
    env: &Env,
    link: &Link,
    wish: &Wish,
    files: (Option<&Path>, Option<&Path>),
) -> Result<(), Failure> {
    if wish.streamed {
        return Err(Failure::usage(phrase!("resume-streamed")));
    }
    receive_into(env, link, wish, None, files)
}

fn receive_into(
    env: &Env,
    link: &Link,
    wish: &Wish,
    output: Option<Output>,
    (password_file, ca_file): (Option<&Path>, Option<&Path>),
) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let client = Client::new(env, link.origin.clone(), ca_file)?;
    let (transfer, grant_key) = begin(env, &home, link, wish)?;
    let password = Password {
        env,
        file: password_file,
    };
    let mut receiving = Receiving {
        env,
        client: &client,
        link,
        wish,
        output,
        password,
        transfer,
        grant_key,
    };
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
            let mut bytes = Zeroizing::new(Vec::new());
            let read = io::stdin()
                .lock()
                .take(LINK_BYTES_MAX)
                .read_to_end(&mut bytes);
            read.map_err(|error| Failure::io(phrase!("cannot-read-input"), error))?;
            // What is no text is no link; the message must not repeat it.
            Zeroizing::new(std::str::from_utf8(&bytes).unwrap_or_default().to_owned())
        }
        Some(text) => {
            env.terminal().warn(phrase!("link-in-arguments"));
            Zeroizing::new(text.to_owned())
        }
        None => env.terminal().ask_secret(&phrase!("ask-link"), "-")?,
    };
    let link = Link::parse(&text).map_err(link_failure)?;
    match &link.secret {
        Some(_) => Ok(link),
        None => Err(link_failure(LinkError::NoSecret)),
    }
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

/// Where a stream goes: it is not kept, and cannot be gone on with.
enum Output {
    Standard,
    /// A device or FIFO that exists.
    Device(PathBuf),
}

/// What was asked for, and the stream it goes to if it does.
fn wish(args: &ReceiveArgs) -> Result<(Wish, Option<Output>), Failure> {
    let folder = std::env::current_dir().map_err(|error| Failure::read(Path::new("."), error))?;
    let mut wish = Wish {
        destination: None,
        folder: folder.to_string_lossy().into_owned(),
        sealed: args.sealed,
        portable_names: args.portable_names,
        streamed: false,
    };
    let output = match &args.output {
        None => None,
        Some(path) if path.as_os_str() == "-" => Some(Output::Standard),
        Some(path) if platform::is_device(path) => Some(Output::Device(path.clone())),
        Some(path) => {
            let path = std::path::absolute(path).map_err(|error| Failure::write(path, error))?;
            wish.destination = Some(path.to_string_lossy().into_owned());
            None
        }
    };
    wish.streamed = output.is_some();
    Ok((wish, output))
}

/// Goes on with a grant that was asked for before, or draws a key for a new one and keeps it.
fn begin(
    env: &Env,
    home: &Home,
    link: &Link,
    wish: &Wish,
) -> Result<(Transfer, Secret<32>), Failure> {
    let mut transfer = home.transfer(link.id)?;
    let step = transfer.next_step();
    if step == Some(Step::Erase) {
        // A crash came between the erasing and the note that it was done: no secret is needed any more.
        return Ok((transfer, Secret::from_bytes([0; 32])));
    }
    let kept = transfer.slot()?.grant_key.filter(|_| step.is_some());
    if kept.is_some() && !must_begin_again(&transfer, link, wish) {
        return kept
            .map(|grant_key| (transfer, grant_key))
            .ok_or_else(ended);
    }
    if let Some(destination) = &wish.destination {
        Landing::check_free(Path::new(destination))?;
    }
    let grant_key = match kept {
        Some(grant_key) => grant_key,
        None => Secret::draw().map_err(Failure::unexpected)?,
    };
    // First, so that a crash leaves no secret that nothing leads to.
    let (relay, wish) = (link.origin.clone(), wish.clone());
    transfer.append(env.now(), Fact::ReceiveBegun { relay, wish })?;
    transfer.keep(&Slot {
        link: link
            .secret
            .as_ref()
            .map(|secret| Secret::from_bytes(*secret.expose())),
        grant_key: Some(Secret::from_bytes(*grant_key.expose())),
        ..Slot::default()
    })?;
    Ok((transfer, grant_key))
}

/// Whether everything must be fetched once more under the same grant: it went to a stream that is not
/// there any more, its hidden folder is gone, or it shall go elsewhere now.
fn must_begin_again(transfer: &Transfer, link: &Link, wish: &Wish) -> bool {
    let begun = transfer.facts().find_map(|fact| {
        if let Fact::ReceiveBegun { wish, .. } = fact {
            Some(wish.clone())
        } else {
            None
        }
    });
    let fetched = transfer.facts().find_map(|fact| {
        if let Fact::Fetched { destination, .. } = fact {
            Some(destination.clone())
        } else {
            None
        }
    });
    let is_other = begun.is_some_and(|begun| begun != *wish);
    match (transfer.next_step(), fetched.flatten()) {
        (Some(Step::Fetch), _) => is_other,
        (Some(Step::Place), Some(destination)) => {
            is_other || !Landing::waits(Path::new(&destination), &link.id)
        }
        (Some(Step::Place | Step::Tell), None) => true,
        (Some(_) | None, _) => false,
    }
}

fn ended() -> Failure {
    Failure::new(Kind::Gone, phrase!("transfer-ended"))
}

/// One reception: its link, its transfer on this device, where it goes.
struct Receiving<'a> {
    env: &'a Env,
    client: &'a Client<'a>,
    link: &'a Link,
    wish: &'a Wish,
    output: Option<Output>,
    password: Password<'a>,
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
        let claimed = Grant::claim(self.client, self.link, &self.grant_key, &self.password);
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
        let (path, inner) = self.place_for(names);
        if self.wish.sealed {
            grant.keep_sealed(self.env, &path)?;
        } else {
            grant.lay_out(self.env, &path, names)?;
        }
        Ok(Some((path, inner)))
    }

    /// The folder that was named; else the sender's one name for it, if it has one that programs do
    /// not obey; else our own.
    fn place_for(&self, names: &Names) -> (PathBuf, Option<String>) {
        if let Some(destination) = &self.wish.destination {
            return (PathBuf::from(destination), None);
        }
        let folder = Path::new(&self.wish.folder);
        match names.single_top() {
            Some(top) if !top.starts_with('.') => (folder.join(top), Some(top.to_owned())),
            Some(_) | None => (
                folder.join(format!("quitus-{}", self.link.id.short())),
                None,
            ),
        }
    }

    /// The names under which the entries are laid out.
    fn names(&self, manifest: &Manifest) -> Result<Names, Failure> {
        let mut portable = PortableNames::with_capacity(manifest.entries.len());
        let mut name = |path: &EntryPath| {
            if self.wish.portable_names {
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
