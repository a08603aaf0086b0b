//! This person's folder: keys, the ledger, the keyring and kept manifests.
//!
//! ```text
//! signing.key            signs manifests and terms; OpenSSH private key, 0600, made at first use
//! request.key            signs requests, nothing else; likewise
//! identity, card         after `quitus init`: what opens envelopes, and what others get of it
//! contacts               whose keys are pinned
//! ledger.jsonl           one fact a line, append-only, no keys in it
//! keyring/<id>           the secrets of one transfer, each erasable in its place
//! manifests/<id>         the signed manifest of one transfer
//! uploads/<id>           the record of an upload that is not complete
//! sealed/<id>/           a transfer that is kept sealed; its key is in its slot
//! engagements/<id>       the rules of one engagement, and how far this person is in it
//! statements/<scope>/    signed statements, own ones and those of others that were verified
//! destruction/plan.json  what a destruction that has not ended is to destroy
//! receptions/<id>        which parts of a reception lie in its hidden folder
//! ```
//!
//! Promises: folders are 0700, files 0600; what was written is durable when a function returns; one
//! process at a time works on a transfer. It decides nothing: `quitus_core::ledger` does.

mod destructions;
mod files;
mod lines;
mod people;
mod received;
mod statements;

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use quitus_core::copies::Places;
use quitus_core::keyring::{Field, SLOT_BYTES, Slot};
use quitus_core::ledger::{Entry, Fact, Ledger, LedgerError, Step};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use quitus_core::upload::Upload;
use zeroize::Zeroizing;

use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::phrase;

mod contacts;
mod engagements;
mod keys;

pub use engagements::Engagement;
pub use keys::SignWith;

pub use received::Received;
pub use statements::KeptStatement;

/// The opened folder.
pub struct Home {
    folder: PathBuf,
    /// The socket of the ssh-agent, where there is one.
    agent: Option<PathBuf>,
}

impl Home {
    /// Opens the folder, making what is missing.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be made.
    pub fn open(env: &Env) -> Result<Self, Failure> {
        let home = Self {
            folder: env.home()?,
            agent: env.agent().map(Path::to_owned),
        };
        make_folder(&home.folder)?;
        for folder in [
            "keyring",
            "manifests",
            "uploads",
            "receptions",
            "engagements",
            "sealed",
        ] {
            make_folder(&home.folder.join(folder))?;
        }
        Ok(home)
    }

    /// Begins or goes on with a transfer, which no other process may work on meanwhile.
    ///
    /// # Errors
    ///
    /// Exit 8 when another process does, or when ledger or slot cannot be read.
    pub fn transfer(&self, id: TransferId) -> Result<Transfer, Failure> {
        self.transfer_if_free(id)?.ok_or_else(|| {
            Failure::new(Kind::LocalIo, phrase!("transfer-in-use"))
                .hint(phrase!("transfer-in-use-hint"))
        })
    }

    /// As [`Home::transfer`]; `None` when another process works on it.
    ///
    /// # Errors
    ///
    /// Exit 8 when ledger or slot cannot be read.
    pub fn transfer_if_free(&self, id: TransferId) -> Result<Option<Transfer>, Failure> {
        let slot_path = self.folder.join("keyring").join(id.to_string());
        let slot = private(OpenOptions::new().read(true).write(true).create(true))
            .open(&slot_path)
            .map_err(|error| Failure::write(&slot_path, error))?;
        match slot.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(Failure::read(&slot_path, error)),
        }
        let (ledger_file, ledger) = self.ledger(|text| Ledger::replay_of(text, &id))?;
        let manifest_path = self.folder.join("manifests").join(id.to_string());
        let upload_path = self.folder.join("uploads").join(id.to_string());
        let reception_path = self.folder.join("receptions").join(id.to_string());
        Ok(Some(Transfer {
            id,
            slot_path,
            slot,
            ledger_file,
            ledger,
            manifest_path,
            upload_path,
            reception_path,
        }))
    }

    /// The ledger as it is now, to look things up in.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read.
    pub fn read_ledger(&self) -> Result<Ledger, Failure> {
        self.ledger(Ledger::replay).map(|(_, ledger)| ledger)
    }

    /// Opens and replays the ledger; cuts off a line that a crash left unfinished.
    fn ledger(
        &self,
        replay: impl Fn(&[u8]) -> Result<(Ledger, usize), LedgerError>,
    ) -> Result<(File, Ledger), Failure> {
        let path = self.folder.join("ledger.jsonl");
        let read = || -> io::Result<(File, Result<Ledger, _>)> {
            let mut file =
                private(OpenOptions::new().read(true).append(true).create(true)).open(&path)?;
            file.lock()?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            let ledger = replay(&text);
            if let Ok((_, whole)) = &ledger
                && *whole < text.len()
            {
                file.set_len(*whole as u64)?;
            }
            file.unlock()?;
            Ok((file, ledger.map(|(ledger, _)| ledger)))
        };
        let (file, ledger) = read().map_err(|error| Failure::read(&path, error))?;
        let damaged = |error| {
            Failure::new(Kind::LocalIo, phrase!("ledger-damaged", path = &path))
                .because(error)
                .hint(phrase!("ledger-damaged-hint"))
        };
        Ok((file, ledger.map_err(damaged)?))
    }
}

/// One transfer as this device knows it: its slot, its facts, its manifest.
pub struct Transfer {
    /// The transfer.
    pub id: TransferId,
    slot_path: PathBuf,
    slot: File,
    ledger_file: File,
    ledger: Ledger,
    manifest_path: PathBuf,
    upload_path: PathBuf,
    reception_path: PathBuf,
}

impl Transfer {
    /// What to do next; `None` when nothing is left.
    pub fn next_step(&self) -> Option<Step> {
        self.ledger.next_step(&self.id)
    }

    /// What happened, newest first.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.ledger.facts(&self.id).rev()
    }

    /// When what was received of it last was found whole and authentic.
    pub fn fetched_at(&self) -> Option<Timestamp> {
        self.ledger.fetched_at(&self.id)
    }

    /// When this device began to send or receive it, last.
    pub fn begun_at(&self) -> Option<Timestamp> {
        self.ledger.begun_at(&self.id)
    }

    /// Whether this device sent it, too.
    pub fn is_sent(&self) -> bool {
        let origin = self.ledger.origin(&self.id);
        origin.is_some_and(|(_, is_sent)| is_sent)
    }

    /// Whether this device kept it sealed, under the key in its slot.
    pub fn keeps_sealed(&self) -> bool {
        let places = Places::of(self.ledger.facts(&self.id));
        !places.kept.is_empty()
    }

    /// Writes down what happened; durable on return.
    pub fn append(&mut self, at: Timestamp, fact: Fact) -> Result<(), Failure> {
        let line = self.ledger.append(Entry {
            at,
            transfer: self.id,
            fact,
        });
        lines::append(&self.ledger_file, &line)
            .map_err(|error| Failure::io(phrase!("cannot-write-ledger"), error))
    }

    /// The secrets this device still holds of it; none before [`Transfer::keep`].
    pub fn slot(&mut self) -> Result<Slot, Failure> {
        let bytes = self
            .read_slot()
            .map_err(|error| Failure::read(&self.slot_path, error))?;
        match bytes {
            None => Ok(Slot::default()),
            Some(bytes) => Slot::from_bytes(&self.id, &bytes).map_err(|error| {
                Failure::new(
                    Kind::LocalIo,
                    phrase!("slot-damaged", path = &self.slot_path),
                )
                .because(error)
            }),
        }
    }

    /// Keeps secrets; durable on return, before anything that depends on them leaves the device.
    pub fn keep(&mut self, slot: &Slot) -> Result<(), Failure> {
        let bytes = slot.to_bytes(&self.id);
        self.write_slot(0, &*bytes)
            .and_then(|()| self.slot.sync_data())
            .and_then(|()| sync_folder(&self.slot_path))
            .map_err(|error| Failure::write(&self.slot_path, error))
    }

    /// Overwrites secrets in their places, makes that durable, and looks.
    pub fn erase(&mut self, fields: &[Field]) -> Result<(), Failure> {
        let mut erase = || -> io::Result<()> {
            if self.read_slot()?.is_none() {
                return Ok(());
            }
            for field in fields {
                let place = Slot::place(*field);
                self.write_slot(place.start as u64, &vec![0; place.len()])?;
            }
            self.slot.sync_data()?;
            let bytes = self.read_slot()?;
            let is_erased = |field: &Field| {
                let place = bytes
                    .as_ref()
                    .and_then(|bytes| bytes.get(Slot::place(*field)));
                place.is_some_and(|place| place.iter().all(|byte| *byte == 0))
            };
            if fields.iter().all(is_erased) {
                Ok(())
            } else {
                Err(io::Error::other("an overwritten secret is still there"))
            }
        };
        erase().map_err(|error| Failure::write(&self.slot_path, error))
    }

    /// Erases every secret of a transfer that ended; the key of what is kept sealed goes with that alone.
    pub fn erase_ended(&mut self) -> Result<(), Failure> {
        let keeps_sealed = self.keeps_sealed();
        let is_over = |field: &Field| !(keeps_sealed && *field == Field::FileKey);
        let fields: Vec<Field> = Field::ALL.into_iter().filter(is_over).collect();
        self.erase(&fields)
    }

    /// Begins the record of an upload; durable on return.
    pub fn begin_upload(&self, line: &[u8]) -> Result<(), Failure> {
        Self::write_private(&self.upload_path, line)
    }

    /// Adds to the record of an upload; durable on return.
    pub fn append_upload(&self, line: &[u8]) -> Result<(), Failure> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(&self.upload_path);
        file.and_then(|file| lines::append(&file, line))
            .map_err(|error| Failure::write(&self.upload_path, error))
    }

    /// The record of its upload, less a line that a crash left unfinished; a record of nothing where
    /// the upload is complete.
    pub fn upload(&self) -> Result<Option<Upload>, Failure> {
        let text = match fs::read(&self.upload_path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| Failure::read(&self.upload_path, error))?,
        };
        let replayed = Upload::replay(&text).map_err(|error| {
            Failure::new(
                Kind::LocalIo,
                phrase!("ledger-damaged", path = &self.upload_path),
            )
            .because(error)
        })?;
        if let Some((_, whole)) = &replayed
            && *whole < text.len()
        {
            let cut = || {
                OpenOptions::new()
                    .write(true)
                    .open(&self.upload_path)?
                    .set_len(*whole as u64)
            };
            cut().map_err(|error| Failure::write(&self.upload_path, error))?;
        }
        Ok(replayed.map(|(upload, _)| upload))
    }

    /// Removes the record of an upload.
    pub fn end_upload(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.upload_path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::write(&self.upload_path, error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Which parts of its reception a run before this one brought.
    ///
    /// # Errors
    ///
    /// Exit 8 when it cannot be read.
    pub fn received(&self) -> Result<Received, Failure> {
        Received::open(self.reception_path.clone())
    }

    /// Keeps the signed manifest; durable on return.
    pub fn keep_manifest(&self, signed: &[u8]) -> Result<(), Failure> {
        Self::write_private(&self.manifest_path, signed)
    }

    /// The signed manifest that was kept.
    pub fn manifest(&self) -> Result<Vec<u8>, Failure> {
        fs::read(&self.manifest_path).map_err(|error| Failure::read(&self.manifest_path, error))
    }

    fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            let mut file = private(options.write(true).create(true).truncate(true)).open(path)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            sync_folder(path)
        };
        write().map_err(|error| Failure::write(path, error))
    }

    fn write_slot(&mut self, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.slot.seek(SeekFrom::Start(position))?;
        self.slot.write_all(bytes)
    }

    fn read_slot(&mut self) -> io::Result<Option<Zeroizing<[u8; SLOT_BYTES]>>> {
        if self.slot.metadata()?.len() == 0 {
            return Ok(None);
        }
        let mut bytes = Zeroizing::new([0; SLOT_BYTES]);
        self.slot.seek(SeekFrom::Start(0))?;
        // What a crash cut was never acknowledged: nothing depends on what is missing.
        let mut rest = bytes.as_mut_slice();
        while !rest.is_empty() {
            match self.slot.read(rest)? {
                0 => break,
                n_bytes => rest = rest.get_mut(n_bytes..).unwrap_or_default(),
            }
        }
        Ok(Some(bytes))
    }
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .recursive(true)
        .create(folder)
        .map_err(|error| Failure::write(folder, error))
}

fn private(options: &mut OpenOptions) -> &OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn sync_folder(file: &Path) -> io::Result<()> {
    file.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
