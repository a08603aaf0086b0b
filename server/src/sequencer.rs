//! Makes the log grow: entries that were staged get their place in the tree, and a signed checkpoint.
//!
//! ```text
//! stage entry (with what it states) -> hashes and checkpoint -> keys/log.seen -> shown
//! keys/log.key    signs checkpoints
//! keys/log.seen   the last checkpoint that may have been shown; outside the records and their backups
//! keys/log.fork   a checkpoint of ours that contradicts the records: the relay only reads from then on
//! ```
//!
//! Promises: each step is durable before the next, and a crash anywhere is resumed by the next
//! [`Sequencer::sequence`] or start; whatever was staged before a call is below what is shown after it; no
//! two checkpoints contradict each other, since a start is refused where the records are behind
//! `log.seen` or have another tree. Checkpoints are made for many entries at once when many wait.
//!
//! Does not: know what is stated, or show anything to anyone. Spec: `docs/protocol.md`, "tlog".

use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quitus_core::digest::Sha256;
use quitus_core::origin::Origin;
use quitus_core::tlog::tile::{Tile, TileKind};
use quitus_core::tlog::{
    Checkpoint, CheckpointError, Edge, LogKey, LogOrigin, Note, SignedCheckpoint, VerifierKey,
};
use tokio::sync::{Mutex, watch};

use crate::own_keys::{self, OwnKey, OwnKeyError};
use crate::records::{CheckpointRow, Growth, Records, RecordsError};

const SEEN_FILE: &str = "log.seen";
const FORK_FILE: &str = "log.fork";
/// Entries of one checkpoint: more would make the first wait for the last.
const BATCH_MAX: u64 = 1024;
/// How long the first entry waits for others to share its checkpoint.
const GATHER: Duration = Duration::from_millis(10);

/// Why the log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SequencerError {
    /// The log's key failed.
    #[error("the key of the log cannot be used")]
    Key(#[from] OwnKeyError),
    /// The records have a log whose key is gone.
    #[error(
        "the records have a log of {size} entries, and its key is not in the folder of the keys"
    )]
    KeyLost {
        /// Entries of the last checkpoint.
        size: u64,
    },
    /// The records have a log, and what was shown of it last is not known.
    #[error(
        "the records have a log of {size} entries, and {SEEN_FILE} is not in the folder of the keys"
    )]
    SeenLost {
        /// Entries of the last checkpoint.
        size: u64,
    },
    /// A checkpoint of this folder, or of the records, is not one of this log.
    #[error("a checkpoint is not one of this log")]
    Foreign(#[from] CheckpointError),
    /// The records are older than what was shown.
    #[error("the records have a log of {recorded} entries, and one of {shown} was shown")]
    Behind {
        /// Entries of the last checkpoint in the records.
        recorded: u64,
        /// Entries of the last checkpoint that may have been shown.
        shown: u64,
    },
    /// The records have another tree than the one that was shown.
    #[error(
        "the first {size} entries of the records are not those of which a checkpoint was shown"
    )]
    Other {
        /// Entries of the checkpoint.
        size: u64,
    },
    /// The hashes in the records do not lead to the root in the records.
    #[error("the hashes of the log in the records are damaged")]
    Damaged,
    /// The records failed.
    #[error("the records failed")]
    Records(#[from] RecordsError),
    /// A file cannot be read or written.
    #[error("a file of the log cannot be read or written")]
    Io(#[from] io::Error),
    /// Work on the disk panicked.
    #[error("work on the disk panicked")]
    Panicked,
}

impl SequencerError {
    /// What an operator can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::KeyLost { .. } | Self::SeenLost { .. } => {
                "put the folder of the keys back (--keys); without it this log cannot go on: begin with \
                 empty folders"
            }
            Self::Behind { .. } | Self::Other { .. } | Self::Damaged => {
                "an older copy of the records was put back: put the newest one back; if it is lost, begin \
                 with empty folders (--data and --keys), as what was shown cannot be taken back"
            }
            Self::Foreign(_) => {
                "the folder of the keys, or a file in it, is another than before: put it back (--keys), or \
                 begin with empty folders"
            }
            Self::Key(_) | Self::Records(_) | Self::Io(_) | Self::Panicked => {
                "see that the folders of the data and of the keys can be read and written"
            }
        }
    }
}

/// A checkpoint that this log's key signed contradicts the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forked;

/// Makes the log grow.
pub struct Sequencer {
    log: LogKey,
    verifier: VerifierKey,
    keys: PathBuf,
    records: Arc<dyn Records>,
    /// None after a failure: it is read again.
    edge: Mutex<Option<Edge>>,
    shown: watch::Sender<Arc<SignedCheckpoint>>,
    is_forked: AtomicBool,
}

impl Sequencer {
    /// Opens the log of a relay, or begins it. Nothing else runs yet.
    ///
    /// # Errors
    /// [`SequencerError`]: a log that would contradict what was shown is not opened.
    pub async fn open(
        keys: &Path,
        relay: &Origin,
        records: Arc<dyn Records>,
    ) -> Result<Self, SequencerError> {
        let recorded = records.checkpoint().await?;
        let log = open_key(keys, relay, recorded.as_ref())?;
        let verifier = log.verifier();
        let seen = match read_seen(keys, &verifier)? {
            Some(seen) => seen,
            None => begin(keys, &log, recorded.as_ref())?,
        };
        let sequencer = Self {
            verifier,
            keys: keys.to_owned(),
            records,
            edge: Mutex::new(None),
            shown: watch::Sender::new(Arc::new(seen)),
            is_forked: AtomicBool::new(keys.join(FORK_FILE).exists()),
            log,
        };
        sequencer.check_start().await?;
        sequencer.sequence().await?;
        Ok(sequencer)
    }

    /// What verifies this log's checkpoints.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The checkpoint that is shown.
    pub fn shown(&self) -> Arc<SignedCheckpoint> {
        Arc::clone(&self.shown.borrow())
    }

    /// Whether a checkpoint came back that contradicts the records: nothing may change any more.
    pub fn is_forked(&self) -> bool {
        self.is_forked.load(Ordering::Acquire)
    }

    /// Gives whatever is staged a checkpoint, and shows it. Does nothing once the log is forked.
    ///
    /// # Errors
    /// [`SequencerError`]: call it again.
    pub async fn sequence(&self) -> Result<(), SequencerError> {
        let mut edge = self.edge.lock().await;
        while !self.is_forked() {
            let known = match edge.take() {
                Some(known) => known,
                None => self.load(self.recorded_size().await?).await?,
            };
            // One that a crash or failure kept from being shown comes first.
            self.show(known.size()).await?;
            let grown = self.grow(&known).await?;
            let size = grown.as_ref().map_or(known.size(), Edge::size);
            let is_full = size - known.size() >= BATCH_MAX;
            *edge = Some(grown.unwrap_or(known));
            self.show(size).await?;
            if !is_full {
                break;
            }
        }
        Ok(())
    }

    /// As [`sequence`](Self::sequence), but only if the entry of a number is not shown yet; entries that
    /// come at about the same time share a checkpoint.
    ///
    /// # Errors
    /// As [`sequence`](Self::sequence).
    pub async fn include(&self, number: u64) -> Result<(), SequencerError> {
        let is_shown = || self.shown().checkpoint().size > number;
        if !is_shown() {
            tokio::time::sleep(GATHER).await;
        }
        // Whoever came first may have shown it for all that waited.
        let turn = self.edge.lock().await;
        drop(turn);
        if is_shown() {
            return Ok(());
        }
        self.sequence().await
    }

    /// Compares a checkpoint that this log's key signed with the records. If one contradicts the other,
    /// it is kept as evidence, and the log ends.
    ///
    /// # Errors
    /// The outer one as [`sequence`](Self::sequence); the inner one is [`Forked`].
    pub async fn judge(
        &self,
        signed: &SignedCheckpoint,
    ) -> Result<Result<(), Forked>, SequencerError> {
        let turn = self.edge.lock().await;
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        let is_ours = size <= self.recorded_size().await? && self.load(size).await?.root() == root;
        if is_ours {
            return Ok(Ok(()));
        }
        self.is_forked.store(true, Ordering::Release);
        let (keys, note) = (self.keys.clone(), signed.to_string());
        blocking(move || own_keys::replace(&keys, FORK_FILE, note.as_bytes())).await??;
        drop(turn);
        tracing::error!(
            size,
            "a checkpoint that this relay signed contradicts its records: it only reads from now on"
        );
        Ok(Err(Forked))
    }

    /// Takes the first steps of one checkpoint and leaves the rest, as a crash would.
    #[cfg(test)]
    pub(crate) async fn sequence_and_crash(&self, n_steps: usize) -> Result<(), SequencerError> {
        let known = self.load(self.recorded_size().await?).await?;
        if n_steps > 0 {
            self.grow(&known).await?;
        }
        if n_steps > 1
            && let Some(last) = self.records.checkpoint().await?
        {
            self.remember(last.note).await?;
        }
        Ok(())
    }

    async fn check_start(&self) -> Result<(), SequencerError> {
        let (shown, root) = (
            self.shown().checkpoint().size,
            self.shown().checkpoint().root,
        );
        let recorded = self.records.checkpoint().await?;
        let size = recorded.as_ref().map_or(0, |recorded| recorded.size);
        if let Some(recorded) = recorded {
            let signed = SignedCheckpoint::verify(&recorded.note, &self.verifier)?;
            let is_sound = signed.checkpoint().root == recorded.root
                && self.load(size).await?.root() == recorded.root;
            if !is_sound {
                return Err(SequencerError::Damaged);
            }
        }
        if size < shown {
            return Err(SequencerError::Behind {
                recorded: size,
                shown,
            });
        }
        if self.load(shown).await?.root() != root {
            return Err(SequencerError::Other { size: shown });
        }
        Ok(())
    }

    async fn recorded_size(&self) -> Result<u64, SequencerError> {
        let last = self.records.checkpoint().await?;
        Ok(last.map_or(0, |last| last.size))
    }

    /// The edge of the tree of the first `size` entries.
    async fn load(&self, size: u64) -> Result<Edge, SequencerError> {
        let mut hashes = Vec::new();
        for tile in Edge::tiles(size) {
            hashes.push(self.hashes(tile).await?);
        }
        Edge::of(size, hashes).ok_or(SequencerError::Damaged)
    }

    async fn hashes(&self, tile: Tile) -> Result<Vec<Sha256>, SequencerError> {
        let TileKind::Hashes { level } = tile.kind() else {
            return Ok(Vec::new());
        };
        let (first, width) = (tile.first(), tile.width());
        Ok(self.records.hashes(level, first, width).await?)
    }

    /// Records hashes and checkpoint of what is staged behind an edge; `None` if nothing is.
    async fn grow(&self, known: &Edge) -> Result<Option<Edge>, SequencerError> {
        let staged = self.records.entries(known.size(), BATCH_MAX).await?;
        if staged.is_empty() {
            return Ok(None);
        }
        let mut edge = known.clone();
        let gained = staged
            .iter()
            .flat_map(|entry| edge.append(entry.leaf_hash()));
        let hashes = gained.collect();
        let (size, root) = (edge.size(), edge.root());
        let note = self.log.sign(size, root).to_string();
        let checkpoint = CheckpointRow { size, root, note };
        let from = known.size();
        let growth = Growth {
            from,
            hashes,
            checkpoint,
        };
        self.records.grow(growth).await?;
        // A crash here leaves a checkpoint that nobody saw; the next call shows it.
        Ok(Some(edge))
    }

    /// Shows the recorded checkpoint of a size, if it is not shown.
    async fn show(&self, size: u64) -> Result<(), SequencerError> {
        if self.shown().checkpoint().size >= size {
            return Ok(());
        }
        let last = self.records.checkpoint().await?;
        let Some(last) = last.filter(|last| last.size == size) else {
            return Err(SequencerError::Damaged);
        };
        let signed = SignedCheckpoint::verify(&last.note, &self.verifier)?;
        self.remember(last.note).await?;
        // A crash here leaves a remembered checkpoint that nobody saw; the next start shows it.
        self.shown.send_replace(Arc::new(signed));
        Ok(())
    }

    async fn remember(&self, note: String) -> Result<(), SequencerError> {
        let keys = self.keys.clone();
        Ok(blocking(move || own_keys::replace(&keys, SEEN_FILE, note.as_bytes())).await??)
    }
}

/// What an operator is told of a log: what was shown of it, and whether it is forked.
pub(crate) struct LogFiles {
    /// Entries of the last checkpoint that may have been shown.
    pub(crate) shown: Option<u64>,
    /// Whether there is evidence of a fork.
    pub(crate) is_forked: bool,
}

/// Looks at the files of a log, and changes nothing. Signatures are not verified: the start does.
///
/// # Errors
/// [`SequencerError::Io`], [`SequencerError::Foreign`].
pub(crate) fn look(keys: &Path) -> Result<LogFiles, SequencerError> {
    let shown = seen_checkpoint(keys)?.map(|(_, checkpoint)| checkpoint.size);
    Ok(LogFiles {
        shown,
        is_forked: keys.join(FORK_FILE).exists(),
    })
}

/// The log's key. A relay that moves to another address keeps the origin with which its log began.
fn open_key(
    keys: &Path,
    relay: &Origin,
    recorded: Option<&CheckpointRow>,
) -> Result<LogKey, SequencerError> {
    let key = match (own_keys::read(keys, OwnKey::Log)?, recorded) {
        (Some(key), _) => key,
        (None, Some(recorded)) => {
            let size = recorded.size;
            return Err(SequencerError::KeyLost { size });
        }
        (None, None) => own_keys::open(keys, OwnKey::Log)?,
    };
    let origin = seen_checkpoint(keys)?.map(|(_, checkpoint)| checkpoint.origin);
    let origin = origin.unwrap_or_else(|| LogOrigin::of(relay));
    Ok(LogKey::new(origin, key))
}

fn read_seen(
    keys: &Path,
    verifier: &VerifierKey,
) -> Result<Option<SignedCheckpoint>, SequencerError> {
    let seen = seen_checkpoint(keys)?;
    let seen = seen.map(|(note, _)| SignedCheckpoint::verify(&note.to_string(), verifier));
    Ok(seen.transpose()?)
}

/// The checkpoint that may have been shown last, as the file says.
fn seen_checkpoint(keys: &Path) -> Result<Option<(Note, Checkpoint)>, SequencerError> {
    match std::fs::read_to_string(keys.join(SEEN_FILE)) {
        Ok(note) => {
            let note: Note = note.parse().map_err(CheckpointError::from)?;
            let checkpoint = note.text().parse()?;
            Ok(Some((note, checkpoint)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Remembers that nothing was shown yet.
fn begin(
    keys: &Path,
    log: &LogKey,
    recorded: Option<&CheckpointRow>,
) -> Result<SignedCheckpoint, SequencerError> {
    if let Some(recorded) = recorded {
        let size = recorded.size;
        return Err(SequencerError::SeenLost { size });
    }
    let empty = log.sign(0, Edge::default().root());
    own_keys::replace(keys, SEEN_FILE, empty.to_string().as_bytes())?;
    Ok(empty)
}

/// Runs work that waits for the disk on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SequencerError> {
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.map_err(|_| SequencerError::Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::LogRecords as _;
    use crate::records::sqlite::SqliteRecords;
    use tempfile::TempDir;

    struct Place(TempDir);

    impl Place {
        fn new() -> Self {
            let place = Self(tempfile::tempdir().unwrap());
            crate::platform::private_folder(&place.keys()).unwrap();
            place
        }

        fn keys(&self) -> PathBuf {
            self.0.path().join("keys")
        }

        fn database(&self) -> PathBuf {
            self.0.path().join("records.sqlite")
        }

        fn records(&self) -> Arc<SqliteRecords> {
            Arc::new(SqliteRecords::open(&self.database()).unwrap())
        }

        async fn open(&self) -> Result<Sequencer, SequencerError> {
            let relay = "https://relay.example".parse().unwrap();
            Sequencer::open(&self.keys(), &relay, self.records()).await
        }

        async fn stage(&self, names: core::ops::Range<u32>) {
            let records = self.records();
            for name in names {
                let digest = Sha256::of(&[&name.to_be_bytes()]);
                records.stage_alone(digest).await.unwrap();
            }
        }
    }

    /// A log shows as many entries as were staged, and every former checkpoint is a beginning of it.
    async fn check(place: &Place, n_entries: u64) {
        let sequencer = place.open().await.unwrap();
        assert_eq!(sequencer.shown().checkpoint().size, n_entries);
        let root = sequencer.shown().checkpoint().root;
        assert_eq!(sequencer.load(n_entries).await.unwrap().root(), root);
        let again = place.open().await.unwrap();
        assert_eq!(again.shown(), sequencer.shown(), "nothing is signed anew");
    }

    #[tokio::test]
    async fn whatever_was_staged_is_shown_once_and_a_crash_anywhere_is_resumed() {
        for n_steps in 0..3 {
            let place = Place::new();
            check(&place, 0).await;
            place.stage(0..5).await;
            check(&place, 5).await;
            place.stage(3..9).await;
            let before = place.open().await.unwrap().shown();
            assert_eq!(before.checkpoint().size, 9, "3 and 4 were there");
            place.stage(9..300).await;
            {
                let relay = "https://relay.example".parse().unwrap();
                let records = place.records();
                let keys = place.keys();
                // As an open that stops: nothing of it is in memory afterwards.
                let sequencer = Sequencer {
                    log: open_key(&keys, &relay, None).unwrap(),
                    verifier: before_key(&keys),
                    keys,
                    records,
                    edge: Mutex::new(None),
                    shown: watch::Sender::new(before),
                    is_forked: AtomicBool::new(false),
                };
                sequencer.sequence_and_crash(n_steps).await.unwrap();
            }
            check(&place, 300).await;
        }
    }

    fn before_key(keys: &Path) -> VerifierKey {
        let relay = "https://relay.example".parse().unwrap();
        open_key(keys, &relay, None).unwrap().verifier()
    }

    /// Stages one entry and waits until it is shown, as a party's statement does.
    async fn log_one(sequencer: &Sequencer, records: &SqliteRecords, name: u32) {
        let digest = Sha256::of(&[&name.to_be_bytes()]);
        let number = records.stage_alone(digest).await.unwrap();
        sequencer.include(number).await.unwrap();
        assert!(sequencer.shown().checkpoint().size > number);
    }

    #[tokio::test]
    async fn many_at_once_share_checkpoints_and_each_is_shown_when_it_is_answered() {
        const EACH: u32 = 16;
        let place = Place::new();
        let sequencer = Arc::new(place.open().await.unwrap());
        let records = place.records();
        let mut all = tokio::task::JoinSet::new();
        for one in 0..64 {
            let (sequencer, records) = (Arc::clone(&sequencer), Arc::clone(&records));
            all.spawn(async move {
                for name in one * EACH..(one + 1) * EACH {
                    log_one(&sequencer, &records, name).await;
                }
            });
        }
        all.join_all().await;
        let size = u64::from(64 * EACH);
        check(&place, size).await;
        let sizes = records.n_checkpoints().await.unwrap();
        assert!(sizes < size / 2, "{sizes} checkpoints of {size} entries");
    }

    #[tokio::test]
    async fn an_older_or_other_database_is_refused_and_the_newest_is_not() {
        let place = Place::new();
        place.stage(0..3).await;
        check(&place, 3).await;
        let (older, newest) = (place.0.path().join("older"), place.0.path().join("newest"));
        let copy = |to: &Path| std::fs::copy(place.database(), to).unwrap();
        copy(&older);
        place.stage(3..6).await;
        check(&place, 6).await;
        copy(&newest);
        std::fs::copy(&older, place.database()).unwrap();
        let refused = place.open().await.err();
        assert!(matches!(
            refused,
            Some(SequencerError::Behind {
                recorded: 3,
                shown: 6
            })
        ));
        // What was restored went on with other entries, and would now be as long: the same keys refuse.
        let seen = place.keys().join(SEEN_FILE);
        let of_six = std::fs::read(&seen).unwrap();
        std::fs::remove_file(&seen).unwrap();
        let refused = place.open().await.err();
        assert!(matches!(
            refused,
            Some(SequencerError::SeenLost { size: 3 })
        ));
        let relay = "https://relay.example".parse().unwrap();
        let forged = open_key(&place.keys(), &relay, None).unwrap();
        let three = place.records().hashes(0, 0, 3).await.unwrap();
        let root = Edge::of(3, vec![three]).unwrap().root();
        std::fs::write(&seen, forged.sign(3, root).to_string()).unwrap();
        place.stage(90..93).await;
        check(&place, 6).await;
        std::fs::write(&seen, of_six).unwrap();
        let refused = place.open().await.err();
        assert!(matches!(refused, Some(SequencerError::Other { size: 6 })));
        std::fs::copy(&newest, place.database()).unwrap();
        check(&place, 6).await;
    }

    #[tokio::test]
    async fn a_lost_or_other_key_is_named_and_another_address_changes_nothing() {
        let place = Place::new();
        place.stage(0..3).await;
        check(&place, 3).await;
        let relay = "https://other.example".parse().unwrap();
        let moved = Sequencer::open(&place.keys(), &relay, place.records()).await;
        let origin = moved.unwrap().verifier().name().to_string();
        assert_eq!(origin, "relay.example/log");
        std::fs::remove_file(place.keys().join("log.key")).unwrap();
        let refused = place.open().await.err();
        assert!(matches!(refused, Some(SequencerError::KeyLost { size: 3 })));
        own_keys::open(&place.keys(), OwnKey::Log).unwrap();
        let refused = place.open().await.err();
        assert!(matches!(refused, Some(SequencerError::Foreign(_))));
    }

    #[tokio::test]
    async fn a_checkpoint_of_our_own_that_contradicts_the_records_ends_the_log() {
        for (size, name) in [(4, "larger"), (3, "another root")] {
            let place = Place::new();
            place.stage(0..3).await;
            let sequencer = place.open().await.unwrap();
            let shown = sequencer.shown();
            assert_eq!(sequencer.judge(&shown).await.unwrap(), Ok(()));
            let two = sequencer.load(2).await.unwrap().root();
            let smaller = sequencer.log.sign(2, two);
            assert_eq!(sequencer.judge(&smaller).await.unwrap(), Ok(()));
            let other = sequencer.log.sign(size, Sha256::of(&[b"another"]));
            assert_eq!(
                sequencer.judge(&other).await.unwrap(),
                Err(Forked),
                "{name}"
            );
            place.stage(3..5).await;
            sequencer.sequence().await.unwrap();
            assert_eq!(sequencer.shown(), shown);
            let again = place.open().await.unwrap();
            assert!(again.is_forked() && again.shown() == shown);
            let kept = std::fs::read_to_string(place.keys().join(FORK_FILE)).unwrap();
            assert_eq!(kept, other.to_string());
        }
    }
}
