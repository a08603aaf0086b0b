//! `SQLite` as records: one thread writes in groups, readers read what is committed.
//!
//! Promises: every change is synced to the disk before it is answered (`synchronous = FULL`); deleted
//! rows are overwritten (`secure_delete`). Readers are short and take turns with nobody; the operator's
//! commands write beside a running relay. It does not serve several relays.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::invite::InviteId;
use quitus_core::keys::Fingerprint;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::{
    Access, GrantStatus, HeldPart, InviteStatus, LoggedStatement, Waiting,
};
use quitus_core::time::Timestamp;
use quitus_core::tlog::{Cosignature, Entry};
use quitus_core::transfer::TransferId;
use rusqlite::{Connection, ffi};

use self::writer::{Writer, in_savepoint};
use super::{
    Account, Accounts, AskedParts, Attempt, CheckpointRow, Completion, CosignedOf, Creation,
    Extension, Growth, HeldManifest, Inviter, LogRecords, NewInvite, NewTransfer, OwedRow,
    OwedStatement, Pending, Place, PostedStatement, Readable, Records, RecordsError, Relisting,
    Scope, SealedCard, Spend, Stated, StatementRecords, StatementRow, TransferRow, Welcome,
};
use crate::buckets::Bucket;
use crate::caller::Caller;
use crate::durable;
use crate::store::Piece;
use crate::vault::Slot;

mod accesses;
mod accounts;
mod destruction;
mod ending;
mod engagements;
mod engaging;
mod grants;
mod inspection;
mod invites;
mod log;
mod owned;
mod rows;
mod schema;
mod seats;
mod statements;
mod uploads;
mod writer;

pub use accesses::export;
pub use inspection::{HeldObjects, Inspection, held_objects, inspect};

/// Idle readers that are kept open.
const READERS_MAX: usize = 8;

/// Records in one `SQLite` file.
pub struct SqliteRecords {
    /// Closed first: the last connection writes the log into the database, which no reader can.
    readers: Arc<Readers>,
    writer: Writer,
}

impl SqliteRecords {
    /// Opens the file, makes it if needed, and brings its tables up to date. Blocks on the disk.
    pub fn open(path: &Path) -> Result<Self, RecordsError> {
        let writer = Writer::start(schema::open_writer(path)?)?;
        let readers = Arc::new(Readers {
            path: path.to_owned(),
            idle: Mutex::default(),
        });
        Ok(Self { readers, writer })
    }

    /// Stages an entry of nothing that was stated.
    #[cfg(test)]
    pub(crate) fn stage_alone(&self, digest: Sha256) -> Pending<'static, u64> {
        let entry = Entry {
            statement: digest,
            signature: digest,
        };
        self.write(move |connection| log::stage(connection, &entry))
    }

    /// How many checkpoints there are.
    #[cfg(test)]
    pub(crate) fn n_checkpoints(&self) -> Pending<'static, u64> {
        self.read(|connection| {
            let sql = "SELECT count(*) FROM checkpoints";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Pending<'static, T> {
        let readers = Arc::clone(&self.readers);
        Box::pin(async move {
            let reading = tokio::task::spawn_blocking(move || {
                let connection = readers.take()?;
                let outcome = work(&connection);
                readers.give_back(connection);
                outcome
            });
            reading
                .await
                .unwrap_or_else(|panicked| Err(failed(panicked)))
        })
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Pending<'static, T> {
        self.writer
            .write(move |connection| in_savepoint(connection, work))
    }

    /// The nonce stays spent where the effect is refused.
    fn write_signed<T: Send + 'static>(
        &self,
        spend: Spend,
        work: impl FnOnce(&Connection, &Spend) -> Result<T, RecordsError> + Send + 'static,
    ) -> Pending<'static, T> {
        self.writer.write(move |connection| {
            rows::spend(connection, &spend)?;
            in_savepoint(connection, |connection| work(connection, &spend))
        })
    }
}

impl Records for SqliteRecords {
    fn create(&self, spend: Spend, new: NewTransfer) -> Pending<'_, Creation> {
        self.write_signed(spend, move |connection, spend| {
            uploads::create(connection, &new, spend)
        })
    }

    fn transfer(&self, id: TransferId) -> Pending<'_, Option<TransferRow>> {
        self.read(move |connection| rows::transfer(connection, &id))
    }

    fn parts(&self, id: TransferId) -> Pending<'_, Vec<HeldPart>> {
        self.read(move |connection| rows::parts(connection, &id))
    }

    fn part(&self, id: TransferId, part: PartIndex) -> Pending<'_, Option<Blake3>> {
        self.read(move |connection| rows::part(connection, &id, part))
    }

    fn hold_part(&self, id: TransferId, held: HeldPart, now: Timestamp) -> Pending<'_, ()> {
        self.write(move |connection| uploads::hold_part(connection, &id, &held, now))
    }

    fn hold_manifest(
        &self,
        spend: Spend,
        id: TransferId,
        held: HeldManifest,
        now: Timestamp,
    ) -> Pending<'_, ()> {
        self.write_signed(spend, move |connection, _| {
            uploads::hold_manifest(connection, &id, held, now)
        })
    }

    fn complete(
        &self,
        spend: Spend,
        id: TransferId,
        completion: Completion,
        now: Timestamp,
    ) -> Pending<'_, ()> {
        self.write_signed(spend, move |connection, spend| {
            uploads::complete(connection, &id, (&completion, spend), now)
        })
    }

    fn spend(&self, spend: Spend) -> Pending<'_, ()> {
        self.write_signed(spend, |_, _| Ok(()))
    }

    fn is_spent(&self, spend: &Spend) -> Pending<'_, bool> {
        let spend = spend.clone();
        self.read(move |connection| rows::is_spent(connection, &spend))
    }

    fn claim(&self, id: TransferId, attempt: Attempt, now: Timestamp) -> Pending<'_, Timestamp> {
        let answered = match attempt.spend.clone() {
            None => self.write(move |connection| grants::claim(connection, &id, &attempt, now)),
            Some(spend) => self.write_signed(spend, move |connection, _| {
                grants::claim(connection, &id, &attempt, now)
            }),
        };
        Box::pin(async { answered.await? })
    }

    fn extend(
        &self,
        spend: Spend,
        id: TransferId,
        extension: Extension,
        now: Timestamp,
    ) -> Pending<'_, ()> {
        self.write_signed(spend, move |connection, spend| {
            owned::extend(connection, &id, (&extension, spend), now)
        })
    }

    fn revoke(
        &self,
        spend: Spend,
        id: TransferId,
        instruction: Sha256,
        now: Timestamp,
    ) -> Pending<'_, ()> {
        self.write_signed(spend, move |connection, spend| {
            owned::revoke(connection, &id, (&instruction, spend), now)
        })
    }

    fn transfers(
        &self,
        owner: Fingerprint,
        after: Option<TransferId>,
        n_max: usize,
    ) -> Pending<'_, Vec<(TransferId, TransferRow)>> {
        self.read(move |connection| owned::list(connection, &owner, after.as_ref(), n_max))
    }

    fn activity(&self, id: TransferId) -> Pending<'_, (Vec<Access>, Vec<GrantStatus>)> {
        self.read(move |connection| accesses::activity(connection, &id))
    }

    fn forget_accesses(&self, before: Timestamp) -> Pending<'_, bool> {
        self.write(move |connection| accesses::forget(connection, before))
    }

    fn relist(
        &self,
        spend: Spend,
        id: TransferId,
        relisting: Relisting,
        now: Timestamp,
    ) -> Pending<'_, ()> {
        self.write_signed(spend, move |connection, spend| {
            seats::relist(connection, &id, (&relisting, spend), now)
        })
    }

    fn inbox(
        &self,
        key: Fingerprint,
        (after, n_max): (Option<TransferId>, usize),
        now: Timestamp,
    ) -> Pending<'_, Vec<Waiting>> {
        self.read(move |connection| seats::inbox(connection, &key, (after.as_ref(), n_max), now))
    }

    fn readable(
        &self,
        id: TransferId,
        key: Sha256,
        piece: Piece,
        now: Timestamp,
    ) -> Pending<'_, Readable> {
        self.read(move |connection| grants::readable(connection, &id, &key, (piece, now)))
    }

    fn note_asked(&self, asked: Vec<AskedParts>) -> Pending<'_, bool> {
        self.write(move |connection| grants::note_asked(connection, &asked))
    }

    fn done(&self, id: TransferId, key: Sha256, caller: Caller, now: Timestamp) -> Pending<'_, ()> {
        self.write(move |connection| grants::done(connection, &id, (&key, &caller), now))
    }

    fn tick(&self, now: Timestamp) -> Pending<'_, bool> {
        self.write(move |connection| grants::tick(connection, now))
    }

    fn slots(&self) -> Pending<'_, Vec<(Slot, TransferId)>> {
        self.read(rows::slots)
    }

    fn owed(&self, now: Timestamp, max: u32) -> Pending<'_, Vec<OwedRow>> {
        self.read(move |connection| destruction::owed(connection, now, max))
    }

    fn share_erased(&self, ids: Vec<TransferId>, at: Timestamp) -> Pending<'_, ()> {
        self.write(move |connection| destruction::share_erased(connection, &ids, at))
    }

    fn state(&self, stated: Vec<Stated>) -> Pending<'_, ()> {
        self.write(move |connection| destruction::state(connection, &stated))
    }

    fn statement(&self, id: TransferId) -> Pending<'_, Option<StatementRow>> {
        self.read(move |connection| statements::of_destruction(connection, &id))
    }

    fn buckets(&self) -> Pending<'_, Vec<Bucket>> {
        self.read(destruction::buckets)
    }

    fn is_held(&self, id: TransferId) -> Pending<'_, bool> {
        self.read(move |connection| destruction::is_held(connection, &id))
    }

    fn forget_former(&self) -> Pending<'_, ()> {
        self.writer.truncate_log()
    }
}

impl Accounts for SqliteRecords {
    fn accounts(&self) -> Pending<'_, Vec<Account>> {
        self.read(accounts::list)
    }

    fn set_enabled(&self, key: Fingerprint, is_enabled: bool, now: Timestamp) -> Pending<'_, ()> {
        self.write(move |connection| accounts::set_enabled(connection, (&key, is_enabled), now))
    }

    fn disabled_since(&self, change: u64) -> Pending<'_, (Vec<Fingerprint>, u64)> {
        self.read(move |connection| accounts::disabled_since(connection, change))
    }

    fn invite(&self, new: NewInvite) -> Pending<'_, Timestamp> {
        match &new.inviter {
            Inviter::Operator { .. } => {
                self.write(move |connection| invites::create(connection, &new))
            }
            Inviter::Account { spend, .. } => self
                .write_signed(spend.clone(), move |connection, _| {
                    invites::create(connection, &new)
                }),
        }
    }

    fn invite_token(&self, id: InviteId) -> Pending<'_, Option<Sha256>> {
        self.read(move |connection| invites::token(connection, &id))
    }

    fn redeem(
        &self,
        spend: Spend,
        id: InviteId,
        joiner: SealedCard,
        now: Timestamp,
    ) -> Pending<'_, Welcome> {
        let answered = self.write_signed(spend, move |connection, spend| {
            invites::redeem(connection, (spend, &id), &joiner, now)
        });
        Box::pin(async { answered.await? })
    }

    fn invites(
        &self,
        inviter: Fingerprint,
        (after, n_max): (Option<InviteId>, usize),
        now: Timestamp,
    ) -> Pending<'_, Vec<InviteStatus>> {
        self.read(move |connection| {
            invites::list(connection, &inviter, (after.as_ref(), n_max), now)
        })
    }
}

impl LogRecords for SqliteRecords {
    fn checkpoint(&self) -> Pending<'_, Option<CheckpointRow>> {
        self.read(log::checkpoint)
    }

    fn entries(&self, from: u64, n_max: u64) -> Pending<'_, Vec<Entry>> {
        self.read(move |connection| log::entries(connection, from, n_max))
    }

    fn hashes(&self, level: u8, from: u64, n_max: u64) -> Pending<'_, Vec<Sha256>> {
        self.read(move |connection| log::hashes(connection, (level, from), n_max))
    }

    fn grow(&self, growth: Growth) -> Pending<'_, ()> {
        self.write(move |connection| log::grow(connection, &growth))
    }

    fn cosign(
        &self,
        spend: Spend,
        checkpoint: CheckpointRow,
        cosignature: Cosignature,
    ) -> Pending<'_, ()> {
        self.write_signed(spend, move |connection, spend| {
            log::cosign(connection, (&checkpoint, &cosignature), spend)
        })
    }

    fn cosignatures(&self, size: u64, n_max: usize) -> Pending<'_, Vec<Cosignature>> {
        self.read(move |connection| log::cosignatures(connection, size, n_max))
    }

    fn cosigned(&self, of: CosignedOf) -> Pending<'_, Vec<(CheckpointRow, Vec<Cosignature>)>> {
        self.read(move |connection| log::cosigned(connection, &of))
    }
}

impl StatementRecords for SqliteRecords {
    fn statements_owed(&self, n_max: usize) -> Pending<'_, Vec<OwedStatement>> {
        self.read(move |connection| statements::owed(connection, n_max))
    }

    fn place(&self, about: Scope) -> Pending<'_, Place> {
        self.read(move |connection| statements::place(connection, &about))
    }

    fn keep_owed(&self, stated: Vec<(OwedStatement, StatementRow)>) -> Pending<'_, ()> {
        self.write(move |connection| statements::keep_owed(connection, &stated))
    }

    fn post(&self, spend: Spend, posted: PostedStatement, now: Timestamp) -> Pending<'_, u64> {
        self.write_signed(spend, move |connection, spend| {
            statements::post(connection, (&posted, spend), now)
        })
    }

    fn statements(
        &self,
        key: Fingerprint,
        scope: Scope,
        page: (u64, usize),
    ) -> Pending<'_, Vec<LoggedStatement>> {
        self.read(move |connection| statements::list(connection, (&key, &scope), page))
    }
}

/// Connections that read; each is used by one thread at a time.
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    fn take(&self) -> Result<Connection, RecordsError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(connection) => Ok(connection),
            None => schema::open_reader(&self.path),
        }
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < READERS_MAX {
            idle.push(connection);
        }
    }
}

/// A failure of the database, for whatever reason.
fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> RecordsError {
    RecordsError::Failed(Arc::from(error.into()))
}

/// Syncs that `SQLite` makes itself.
const SYNCS: [i32; 2] = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];

/// Notes a sync of `SQLite` that failed.
fn note_sync(error: &rusqlite::Error) {
    if let Some(code) = error.sqlite_error()
        && SYNCS.contains(&code.extended_code)
    {
        durable::note_failure(&error.to_string());
    }
}

impl From<rusqlite::Error> for RecordsError {
    fn from(error: rusqlite::Error) -> Self {
        note_sync(&error);
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            Some(_) | None => failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::conformance;

    #[tokio::test]
    async fn sqlite_is_a_place_for_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.sqlite");
        conformance::check(|| Box::new(SqliteRecords::open(&path).unwrap())).await;
    }

    #[tokio::test]
    async fn a_full_database_refuses_whole_requests_and_recovers() {
        let folder = tempfile::tempdir().unwrap();
        let records = SqliteRecords::open(&folder.path().join("records.sqlite")).unwrap();
        let limit = |pages: u32| {
            records.write(move |connection| {
                let n_pages: u32 = connection.query_row(
                    &format!("PRAGMA max_page_count = {pages}"),
                    [],
                    |row| row.get(0),
                )?;
                Ok(n_pages)
            })
        };
        let at_least = limit(1).await.unwrap();
        assert_eq!(limit(at_least).await.unwrap(), at_least);
        let mut n_created = 0;
        let refused = loop {
            match conformance::create_one(&records, &format!("full {n_created}")).await {
                Ok(_) => n_created += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, RecordsError::Full), "{refused:?}");
        assert_eq!(records.slots().await.unwrap().len(), n_created);
        limit(1_000_000).await.unwrap();
        conformance::create_one(&records, "room again")
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_thousand_claims_at_once_share_commits() {
        let folder = tempfile::tempdir().unwrap();
        let records = SqliteRecords::open(&folder.path().join("records.sqlite")).unwrap();
        conformance::only_one_of_many_claims_is_granted(&records).await;
    }
}
