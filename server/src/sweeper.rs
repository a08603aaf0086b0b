//! Does what is owed to an ended transfer, looks at what is left, and says so under its signature.
//!
//! ```text
//! close responses -> overwrite the shares -> record that -> free their slots
//!     -> delete the objects -> list what is left -> sign and record the statement
//! ```
//!
//! Promises: the order above; every step is durable before the next and can be repeated, so that a
//! crash anywhere is resumed by the next [`Sweeper::sweep`]; exactly one `destroyed` for each
//! transfer, recorded in the transaction that makes it destroyed; what cannot be deleted or looked at
//! is signed as `destruction-incomplete` and tried again, ever more slowly.
//!
//! Does not: decide what is owed (`quitus_core::transfer`), or reach below the file system. Spec:
//! `docs/protocol.md`, "statement".

use core::ops::Range;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Instant;

use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use crate::buckets::BucketError;
use crate::clerk::{self, Clerk, ClerkError};
use crate::clock::{Guard, Jumped};
use crate::doubts::Doubts;
use crate::downloads::Downloads;
use crate::findings::chain;
use crate::records::{Outcome, OwedRow, Records, RecordsError, Stated, StatementRow};
use crate::statements::Swept;
use crate::store::{Listed, ObjectName, Piece, Removed, Store, StoreError};
use crate::vault::{Slot, Vault, VaultError};

/// Transfers of one batch: they share syncs and a commit, and requests wait behind one batch at most.
const BATCH_MAX: u32 = 128;
/// How long responses that were told to end may take.
const CLOSING_MAX: Duration = Duration::from_secs(1);
const CLOSING_STEP: Duration = Duration::from_millis(5);
/// First pause after a destruction that was not whole; it doubles.
const AGAIN_AFTER: Duration = Duration::from_mins(1);
/// Doublings of the pause: about 17 hours then.
const AGAIN_DOUBLINGS_MAX: u32 = 10;
/// From this age on, an object or share that no record names is no upload on its way.
const GRACE: Duration = Duration::from_hours(1);
/// How often orphans are looked for.
const ORPHANS_EVERY: Duration = Duration::from_hours(1);
/// Pieces in which they are, by the first byte of the transfer's id: destructions wait behind one at most.
const N_SHARDS: u16 = 256;
/// How often the keys of hours that are over are looked for.
const BUCKETS_EVERY: Duration = Duration::from_mins(1);

/// Steps of a sweep that are durable by themselves.
#[cfg(test)]
pub(crate) const N_STEPS: usize = 6;

/// Why a sweep did not come to its end; the next one resumes.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The clock cannot be believed.
    #[error("nothing is destroyed while the clock cannot be believed")]
    Clock(#[from] Jumped),
    /// The records failed.
    #[error("the records failed")]
    Records(#[from] RecordsError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The vault failed.
    #[error("the vault failed")]
    Vault(#[from] VaultError),
    /// The keys of the hours failed.
    #[error("the keys of the hours failed")]
    Bucket(#[from] BucketError),
    /// Something cannot be stated.
    #[error("what happened cannot be stated")]
    Clerk(#[from] ClerkError),
    /// Work on the disk panicked.
    #[error("work on the disk panicked")]
    Panicked,
}

/// What a sweeper works on.
pub(crate) struct Ground {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) doubts: Arc<Doubts>,
    pub(crate) downloads: Arc<Downloads>,
    /// Objects that are getting their names: none lands behind a listing.
    pub(crate) storing: Arc<Downloads>,
    pub(crate) guard: Arc<Guard>,
}

/// Destroys what is owed destruction.
pub struct Sweeper {
    ground: Ground,
    clerk: Arc<Clerk>,
    turn: tokio::sync::Mutex<Turn>,
}

/// What one sweep leaves to the next.
struct Turn {
    orphans_at: Option<Instant>,
    /// Where they are still to be looked for this time.
    shards: Range<u16>,
    buckets_at: Option<Instant>,
    /// Former rows may still be in the log of the records.
    owes_forgetting: bool,
}

impl Default for Turn {
    /// As after a crash: nothing was looked for, and former rows were not forgotten.
    fn default() -> Self {
        Self {
            orphans_at: None,
            shards: 0..0,
            buckets_at: None,
            owes_forgetting: true,
        }
    }
}

/// A transfer of a batch.
struct Item {
    owed: OwedRow,
    swept: Swept,
}

impl Sweeper {
    pub(crate) fn new(ground: Ground, clerk: Arc<Clerk>) -> Self {
        Self {
            ground,
            clerk,
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The key statements are signed with, as an OpenSSH line.
    pub fn statement_key(&self) -> String {
        self.clerk.public_key()
    }

    /// Destroys one batch of what is owed. Returns whether more may be owed.
    ///
    /// # Errors
    /// [`SweepError`]: call it again.
    pub async fn sweep(&self) -> Result<bool, SweepError> {
        let mut turn = self.turn.lock().await;
        let now = self.now()?;
        // What came before a destruction is stated before it.
        self.clerk.state_owed().await?;
        let owed = self.ground.records.owed(now, BATCH_MAX).await?;
        let is_full = owed.len() >= BATCH_MAX as usize;
        if !owed.is_empty() {
            turn.owes_forgetting = true;
            self.destroy(owed).await?;
        }
        if turn.owes_forgetting {
            self.ground.records.forget_former().await?;
            turn.owes_forgetting = false;
        }
        Ok(is_full)
    }

    /// Looks, when it is time, for keys of hours that are over, and, a piece each call, for what no record names.
    ///
    /// # Errors
    /// [`SweepError`]: call it again.
    pub async fn tidy(&self) -> Result<(), SweepError> {
        let mut turn = self.turn.lock().await;
        if is_due(turn.buckets_at, BUCKETS_EVERY) {
            self.destroy_buckets().await?;
            turn.buckets_at = Some(Instant::now());
        }
        if is_due(turn.orphans_at, ORPHANS_EVERY) {
            self.ground.doubts.settle(GRACE).await?;
            turn.orphans_at = Some(Instant::now());
            turn.shards = 0..N_SHARDS;
        }
        if !turn.shards.is_empty() {
            self.remove_orphans(turn.shards.start).await?;
            turn.shards.start += 1;
        }
        Ok(())
    }

    /// Takes the first steps of a sweep and leaves the rest, as a crash would.
    #[cfg(test)]
    pub(crate) async fn sweep_and_crash(&self, n_steps: usize) -> Result<(), SweepError> {
        self.clerk.state_owed().await?;
        let owed = self.ground.records.owed(self.now()?, BATCH_MAX).await?;
        let mut batch: Vec<Item> = owed.into_iter().map(Item::new).collect();
        let mut erased = Vec::new();
        for step in 0..n_steps {
            match step {
                0 => self.close_responses(&mut batch).await,
                1 => erased = self.overwrite_shares(&mut batch).await?,
                2 => {
                    self.record_erased(&mut batch, core::mem::take(&mut erased))
                        .await?;
                }
                3 => self.delete_objects(&mut batch).await?,
                4 => self.observe(&mut batch).await?,
                _ => self.state(&batch).await?,
            }
        }
        Ok(())
    }

    /// As [`tidy`](Self::tidy), whether it is time or not.
    #[cfg(test)]
    pub(crate) async fn tidy_at_once(&self) -> Result<(), SweepError> {
        *self.turn.lock().await = Turn::default();
        for _ in 0..N_SHARDS {
            self.tidy().await?;
        }
        Ok(())
    }

    async fn destroy(&self, owed: Vec<OwedRow>) -> Result<(), SweepError> {
        let mut batch: Vec<Item> = owed.into_iter().map(Item::new).collect();
        self.close_responses(&mut batch).await;
        let erased = self.overwrite_shares(&mut batch).await?;
        self.record_erased(&mut batch, erased).await?;
        self.delete_objects(&mut batch).await?;
        self.observe(&mut batch).await?;
        self.state(&batch).await
    }

    /// No grant runs any more, so no response begins, and nothing is stored; what is left in the batch
    /// sends nothing, and nothing of it is getting its name.
    async fn close_responses(&self, batch: &mut Vec<Item>) {
        let Ground {
            downloads, storing, ..
        } = &self.ground;
        let is_open =
            |item: &Item| downloads.is_open(&item.owed.id) || storing.is_open(&item.owed.id);
        let began = Instant::now();
        for item in &*batch {
            downloads.cut(&item.owed.id);
        }
        while began.elapsed() < CLOSING_MAX && batch.iter().any(is_open) {
            tokio::time::sleep(CLOSING_STEP).await;
        }
        batch.retain(|item| !is_open(item));
    }

    /// Returns the slots that were overwritten and read back as zeros.
    async fn overwrite_shares(&self, batch: &mut [Item]) -> Result<Vec<Slot>, SweepError> {
        let slots: Vec<Slot> = batch.iter().filter_map(|item| item.owed.row.slot).collect();
        let vault = Arc::clone(&self.ground.vault);
        let outcomes = blocking(move || overwrite(&vault, &slots)).await?;
        let mut erased = Vec::new();
        let at = self.now()?;
        for item in batch {
            let Some(slot) = item.owed.row.slot else {
                continue;
            };
            match outcomes
                .iter()
                .find(|(overwritten, _)| *overwritten == slot)
            {
                Some((_, Ok(()))) => {
                    erased.push(slot);
                    item.swept.share_erased_at = Some(at);
                }
                Some((_, Err(error))) => item.fail(error, at),
                None => {}
            }
        }
        Ok(erased)
    }

    /// The records first: a slot that is free while a row names it could be erased under another.
    async fn record_erased(&self, batch: &mut [Item], erased: Vec<Slot>) -> Result<(), SweepError> {
        let of_slot = |item: &&mut Item| {
            item.owed
                .row
                .slot
                .is_some_and(|slot| erased.contains(&slot))
        };
        let items: Vec<&mut Item> = batch.iter_mut().filter(of_slot).collect();
        let ids: Vec<TransferId> = items.iter().map(|item| item.owed.id).collect();
        let at = items.iter().find_map(|item| item.swept.share_erased_at);
        if let Some(at) = at {
            self.ground.records.share_erased(ids, at).await?;
        }
        // A crash here leaves free slots that the next start finds.
        self.ground.vault.release(&erased);
        Ok(())
    }

    /// What the records name, and whatever else the store lists of these transfers.
    async fn delete_objects(&self, batch: &mut [Item]) -> Result<(), SweepError> {
        let listed = self.listed(batch).await;
        let mut names: BTreeMap<TransferId, BTreeSet<String>> = BTreeMap::new();
        for item in &*batch {
            names.insert(item.owed.id, item.recorded_names());
        }
        for object in listed.unwrap_or_default() {
            if let Some(of_transfer) = names.get_mut(&object.transfer) {
                of_transfer.insert(object.name);
            }
        }
        let all = names.values().flatten().cloned().collect();
        let outcome = self.ground.store.remove(all).await;
        let at = self.now()?;
        for item in batch {
            item.note_removal(&outcome, at);
        }
        Ok(())
    }

    /// Lists what is left; nothing is left only if neither of two lists has it.
    async fn observe(&self, batch: &mut [Item]) -> Result<(), SweepError> {
        let mut listed = self.listed(batch).await;
        let settling = self.ground.store.settling();
        if !settling.is_zero()
            && let Ok(first) = &mut listed
        {
            tokio::time::sleep(settling).await;
            match self.listed(batch).await {
                Ok(second) => first.extend(second),
                Err(error) => listed = Err(error),
            }
        }
        let at = self.now()?;
        match listed {
            Ok(listed) => {
                for item in batch {
                    let left = listed.iter().filter(|one| one.transfer == item.owed.id);
                    let names: BTreeSet<String> = left.map(ToString::to_string).collect();
                    item.swept.listed = Some((names.into_iter().collect(), at));
                }
            }
            Err(error) => batch.iter_mut().for_each(|item| item.fail(&error, at)),
        }
        Ok(())
    }

    async fn state(&self, batch: &[Item]) -> Result<(), SweepError> {
        let (mut turn, mut stated) = (self.clerk.turn().await, Vec::new());
        for item in batch {
            stated.push(self.stated(&mut turn, item).await?);
        }
        for one in &stated {
            let id = one.id.short();
            match one.outcome {
                Outcome::Destroyed { .. } => tracing::info!(transfer = id, "destroyed"),
                Outcome::Incomplete { .. } => tracing::error!(transfer = id, "not destroyed whole"),
            }
        }
        Ok(self.ground.records.state(stated).await?)
    }

    async fn stated(&self, turn: &mut clerk::Turn<'_>, item: &Item) -> Result<Stated, SweepError> {
        let (owed, swept, now) = (&item.owed, &item.swept, self.now()?);
        let remains = swept.remains();
        let says_the_same = |last: &StatementRow| last.remains == remains.join("\n");
        let is_known = !remains.is_empty() && owed.last.as_ref().is_some_and(says_the_same);
        let statement = if is_known {
            None
        } else {
            Some(turn.state_swept(owed, swept, now).await?)
        };
        let outcome = if remains.is_empty() {
            Outcome::Destroyed { at: now }
        } else {
            let doublings = owed.row.n_sweeps.min(AGAIN_DOUBLINGS_MAX);
            let again_at = now.after(AGAIN_AFTER * 2_u32.pow(doublings));
            Outcome::Incomplete { at: now, again_at }
        };
        Ok(Stated {
            id: owed.id,
            outcome,
            statement,
        })
    }

    /// What the store lists of the transfers of a batch: each folder once, where several share it.
    async fn listed(&self, batch: &[Item]) -> Result<Vec<Listed>, StoreError> {
        let mut by_shard: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for item in batch {
            let id = item.owed.id.to_string();
            by_shard
                .entry(id.chars().take(2).collect())
                .or_default()
                .push(id);
        }
        let mut listed = Vec::new();
        for (shard, mut ids) in by_shard {
            let prefix = if ids.len() == 1 { ids.pop() } else { None };
            listed.extend(self.ground.store.list(prefix.unwrap_or(shard)).await?);
        }
        let ids: HashSet<TransferId> = batch.iter().map(|item| item.owed.id).collect();
        listed.retain(|one| ids.contains(&one.transfer));
        Ok(listed)
    }

    /// Keys of hours that are over and under which no share is.
    async fn destroy_buckets(&self) -> Result<(), SweepError> {
        let now = self.now()?;
        let used = self.ground.records.buckets().await?;
        let vault = Arc::clone(&self.ground.vault);
        blocking(move || {
            for bucket in vault.buckets().held()? {
                if bucket.ends_at() <= now && !used.contains(&bucket) {
                    vault.buckets().destroy(bucket)?;
                    tracing::info!(hour = bucket.0, "the key of an hour was destroyed");
                }
            }
            Ok::<(), BucketError>(())
        })
        .await??;
        Ok(())
    }

    /// Objects of transfers that no record names, or that are destroyed. Those of an upload that
    /// runs stay: they may be put again at any moment, and go with their transfer.
    async fn remove_orphans(&self, shard: u16) -> Result<(), SweepError> {
        self.now()?;
        let mut old = self.ground.store.list(format!("{shard:02x}")).await?;
        old.retain(|object| object.age > GRACE);
        let ids: BTreeSet<TransferId> = old.iter().map(|object| object.transfer).collect();
        let mut orphaned = HashSet::new();
        for id in ids {
            if !self.ground.records.is_held(id).await? {
                orphaned.insert(id);
            }
        }
        old.retain(|object| orphaned.contains(&object.transfer));
        if old.is_empty() {
            return Ok(());
        }
        tracing::warn!(n = old.len(), "objects that no record names are removed");
        let names = old.into_iter().map(|object| object.name).collect();
        for (name, error) in self.ground.store.remove(names).await?.failed {
            let name: String = name.chars().take(8).collect();
            tracing::error!(name, "an orphan cannot be removed: {error}");
        }
        Ok(())
    }

    fn now(&self) -> Result<Timestamp, Jumped> {
        self.ground.guard.now()
    }
}

impl Item {
    fn new(owed: OwedRow) -> Self {
        let swept = Swept {
            share_erased_at: owed.row.share_erased_at,
            ..Swept::default()
        };
        Self { owed, swept }
    }

    fn recorded_names(&self) -> BTreeSet<String> {
        let transfer = self.owed.id;
        let name = |piece, digest| {
            let name = ObjectName {
                transfer,
                piece,
                digest,
            };
            name.to_string()
        };
        let parts = self.owed.parts.iter();
        let parts = parts.map(|part| name(Piece::Part(part.index), part.digest));
        let manifest = self.owed.row.manifest;
        let manifest = manifest.map(|manifest| name(Piece::Manifest, manifest.digest));
        parts.chain(manifest).collect()
    }

    fn fail(&mut self, error: &dyn std::error::Error, at: Timestamp) {
        self.swept.failures.push((chain(error), at));
    }

    /// Notes what was removed of this transfer, and what was not.
    fn note_removal(&mut self, outcome: &Result<Removed, StoreError>, at: Timestamp) {
        match outcome {
            Ok(removed) => {
                let id = self.owed.id.to_string();
                let mine = removed.failed.iter();
                let mine = mine.filter(|(name, _)| name.starts_with(&id));
                let told = mine.map(|(name, error)| (format!("{name}: {}", chain(error)), at));
                self.swept.failures.extend(told);
                let counts = removed.counts.get(&self.owed.id);
                self.swept.deleted = Some((counts.copied().unwrap_or_default(), at));
            }
            Err(error) => self.fail(error, at),
        }
    }
}

/// Together, and each by itself if that fails: one bad sector must not keep the others.
fn overwrite(vault: &Vault, slots: &[Slot]) -> Vec<(Slot, Result<(), VaultError>)> {
    if slots.is_empty() || vault.overwrite(slots).is_ok() {
        return slots.iter().map(|slot| (*slot, Ok(()))).collect();
    }
    let alone = slots.iter().map(|slot| (*slot, vault.overwrite(&[*slot])));
    alone.collect()
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= every)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SweepError> {
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.map_err(|_| SweepError::Panicked)
}
