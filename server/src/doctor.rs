//! `quitus-relay doctor`: looks at everything a relay stands on, and changes nothing.
//!
//! ```text
//! ok    clock: last seen 2026-11-22T05:40:00Z
//! warn  objects: 2 that no record names
//! fail  vault: the shares of 1 of 7 transfers cannot be opened
//! ```
//!
//! Promises: a line for each thing; nothing is written, made or repaired. While a relay runs on the
//! folder, a transfer that comes or goes at that moment may show as a warning. It does not look at
//! sealed bytes: recipients check them. Spec: `docs/operating.md`, "Health".

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::future::Future;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use crate::buckets::Buckets;
use crate::clock;
use crate::findings::chain;
pub use crate::findings::{Finding, Health};
use crate::own_keys::{self, OwnKey};
use crate::platform;
use crate::records::sqlite::{Inspection, inspect};
use crate::sequencer::{self, LogFiles};
use crate::serve::Failure;
use crate::store::place::Place;
use crate::store::{Listed, transfer_of};
use crate::stores;
use crate::vault::{Slot, Vault};

/// Free space below which an operator should act.
const FREE_BYTES_FEW: u64 = 1 << 30;

type Seen = Result<(Health, String), Box<dyn Error + Send + Sync>>;

/// Looks at the folders of a relay at the moment `now`, and at its bucket if it has one: there it stores
/// and deletes objects of its own. Blocks on disk and network.
///
/// # Errors
/// A bucket cannot be reached with these settings at all.
pub fn examine(
    (data, keys): (&Path, &Path),
    place: &Place,
    now: Timestamp,
) -> Result<Vec<Finding>, Failure> {
    let mut findings = vec![
        finding("clock", clock(data, now)),
        finding("disk", disk(data)),
        finding("permissions", permissions((data, keys), place)),
        finding("statement key", statement_key(keys)),
    ];
    // Before the records: a relay that runs has recorded whatever it shows, but shows more later.
    let of_log = sequencer::look(keys);
    match inspect(&data.join("records.sqlite")) {
        Ok(records) => {
            findings.push(finding("database", Ok(database(&records))));
            findings.push(finding("vault", vault((data, keys), &records)));
            if *place == Place::Dir {
                findings.push(finding("objects", objects(data, &records)));
            }
            let of_log = of_log.map_err(Into::into);
            findings.push(finding("log", of_log.map(|files| log(&files, &records))));
            // Last: it takes long, and a relay that runs goes on meanwhile.
            if *place != Place::Dir {
                findings.extend(bucket(place, data, &records)?);
            }
        }
        Err(error) => findings.push(finding("database", Err(error.into()))),
    }
    Ok(findings)
}

/// What the probe finds, and what lies in the bucket.
fn bucket(place: &Place, data: &Path, records: &Inspection) -> Result<Vec<Finding>, Failure> {
    blocking(async {
        let (store, mut findings) = stores::try_out(place, data).await?;
        let listed = store.list(String::new()).await;
        let held: BTreeSet<TransferId> = records.held.iter().copied().collect();
        let counted = listed.map(|listed| {
            let is_held = |one: &&Listed| held.contains(&one.transfer);
            let n_objects = listed.iter().filter(is_held).count() as u64;
            counted(n_objects, listed.len() as u64 - n_objects, 0)
        });
        findings.push(finding("objects", counted.map_err(Into::into)));
        Ok(findings)
    })
}

/// Runs what waits for a network.
///
/// # Errors
/// Its own, and that the runtime does not start.
pub(crate) fn blocking<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::local("the runtime cannot start", error))?;
    runtime.block_on(work)
}

fn finding(what: &'static str, seen: Seen) -> Finding {
    let (health, text) = seen.unwrap_or_else(|error| (Health::Fail, chain(error.as_ref())));
    Finding::new(what, health, text)
}

fn clock(data: &Path, now: Timestamp) -> Seen {
    let Some(last) = clock::last_seen(&data.join("clock"))? else {
        return Ok((
            Health::Warn,
            "no relay has run on this folder yet".to_owned(),
        ));
    };
    if clock::is_believed_at_start(last, now) {
        return Ok((Health::Ok, format!("{now}, last seen {last}")));
    }
    let text = format!(
        "{now}, but {last} was seen before; set the clock, or start with --accept-clock-jump"
    );
    Ok((Health::Fail, text))
}

fn disk(data: &Path) -> Seen {
    let (free, total) = platform::room(data)?;
    let health = if free < FREE_BYTES_FEW.min(total / 100) {
        Health::Fail
    } else if free < FREE_BYTES_FEW {
        Health::Warn
    } else {
        Health::Ok
    };
    let mib = |bytes: u64| bytes >> 20;
    Ok((health, format!("{} of {} MiB free", mib(free), mib(total))))
}

fn permissions((data, keys): (&Path, &Path), place: &Place) -> Seen {
    let inside = |folder: &Path, names: &[&str]| -> Vec<_> {
        names.iter().map(|name| folder.join(name)).collect()
    };
    let mut paths = vec![data.to_owned(), keys.to_owned()];
    let objects = match place {
        Place::Dir => "objects",
        Place::S3(_) => "incoming",
    };
    paths.extend(inside(data, &["records.sqlite", "vault", objects, "clock"]));
    paths.extend(inside(keys, &["statement.key", "buckets"]));
    // They are made at the first start of a version that has a log.
    let of_log = inside(keys, &["log.key", "log.seen", "log.fork"]);
    paths.extend(of_log.into_iter().filter(|path| path.exists()));
    for path in paths {
        let others = path.metadata()?.permissions().mode() & 0o077;
        if others != 0 {
            let text = format!("{} is open to other users", path.display());
            return Ok((Health::Fail, text));
        }
    }
    if keys.canonicalize()?.starts_with(data.canonicalize()?) {
        let text = "the keys lie inside the data, and in every copy of it".to_owned();
        return Ok((Health::Fail, text));
    }
    Ok((Health::Ok, "only the relay's user has access".to_owned()))
}

fn statement_key(keys: &Path) -> Seen {
    let key = own_keys::read(keys, OwnKey::Statement)?;
    let text = key.map(|key| key.public().fingerprint().to_string());
    let missing = || (Health::Warn, "it is made at the first start".to_owned());
    Ok(text.map_or_else(missing, |text| (Health::Ok, text)))
}

fn log(files: &LogFiles, records: &Inspection) -> (Health, String) {
    if files.is_forked {
        let text = "a checkpoint that this relay signed contradicts its records: it only reads";
        return (Health::Fail, text.to_owned());
    }
    let (recorded, shown) = (records.n_logged, files.shown);
    let Some(shown) = shown else {
        return (Health::Warn, "it begins at the first start".to_owned());
    };
    if recorded < shown {
        let text = format!("{shown} entries were shown, {recorded} are recorded: an older copy");
        return (Health::Fail, text);
    }
    let text = format!("{recorded} entries, the last checkpoint shown has {shown}");
    (Health::Ok, text)
}

fn database(records: &Inspection) -> (Health, String) {
    if records.faults.is_empty() {
        let text = format!("{} transfers, integrity checked", records.n_transfers);
        return (Health::Ok, text);
    }
    (Health::Fail, records.faults.join("; "))
}

fn vault((data, keys): (&Path, &Path), records: &Inspection) -> Seen {
    let used: HashMap<Slot, TransferId> = records.slots.iter().copied().collect();
    let buckets = Buckets::look(&keys.join("buckets"));
    let vault = Vault::look(&data.join("vault"), buckets)?;
    // A sweep overwrites a share before it records that; a crash may have come in between.
    let is_lost = |(slot, id): &(&Slot, &TransferId)| {
        !records.owed_slots.contains(slot) && vault.get(**slot, id).is_err()
    };
    let n_lost = used.iter().filter(is_lost).count();
    if n_lost > 0 {
        let n = used.len();
        let text = format!("the shares of {n_lost} of {n} transfers cannot be opened");
        return Ok((Health::Fail, text));
    }
    let n_orphans = vault.n_filled_beside(&used)?;
    if n_orphans > 0 {
        let text = format!("{n_orphans} shares that no record names; the next start erases them");
        return Ok((Health::Warn, text));
    }
    Ok((
        Health::Ok,
        format!("{} shares, all of them open", used.len()),
    ))
}

fn objects(data: &Path, records: &Inspection) -> Seen {
    let held: BTreeSet<TransferId> = records.held.iter().copied().collect();
    let (mut n_objects, mut n_orphans, mut n_foreign) = (0_u64, 0_u64, 0_u64);
    for shard in data.join("objects").read_dir()? {
        let shard = shard?;
        if shard.file_name() == "incoming" {
            continue;
        }
        for entry in shard.path().read_dir()? {
            let name = entry?.file_name();
            match name.to_str().and_then(transfer_of) {
                Some(id) if held.contains(&id) => n_objects += 1,
                Some(_) => n_orphans += 1,
                None => n_foreign += 1,
            }
        }
    }
    Ok(counted(n_objects, n_orphans, n_foreign))
}

fn counted(n_objects: u64, n_orphans: u64, n_foreign: u64) -> (Health, String) {
    if n_orphans + n_foreign == 0 {
        return (Health::Ok, format!("{n_objects}, each of a transfer"));
    }
    let text = format!(
        "{n_objects}, and {n_orphans} that no record names (the sweeper removes them after an hour), \
         and {n_foreign} files that are not the relay's"
    );
    (Health::Warn, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::sqlite::SqliteRecords;
    use crate::store::dir::DirStore;
    use quitus_core::keys::Secret;
    use quitus_core::tlog::{Edge, LogKey, LogOrigin};

    const NOW: i64 = 1_790_000_000;

    /// Remembers that a checkpoint was shown.
    fn show_checkpoint(keys: &Path, size: u64) {
        let relay = "https://relay.example".parse().unwrap();
        let key = own_keys::open(keys, OwnKey::Log).unwrap();
        let log = LogKey::new(LogOrigin::of(&relay), key);
        let signed = log.sign(size, Edge::default().root());
        own_keys::replace(keys, "log.seen", signed.to_string().as_bytes()).unwrap();
    }

    struct Folders(tempfile::TempDir);

    impl Folders {
        fn new() -> Self {
            let folders = Self(tempfile::tempdir().unwrap());
            let (data, keys) = (folders.data(), folders.keys());
            platform::private_folder(&data).unwrap();
            platform::private_folder(&keys).unwrap();
            own_keys::open(&keys, OwnKey::Statement).unwrap();
            show_checkpoint(&keys, 0);
            drop(SqliteRecords::open(&data.join("records.sqlite")).unwrap());
            DirStore::open(&data.join("objects")).unwrap();
            drop(folders.vault());
            std::fs::write(data.join("clock"), "2026-09-21T14:13:20Z\n").unwrap();
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(data.join("clock"), private).unwrap();
            folders
        }

        fn data(&self) -> std::path::PathBuf {
            self.0.path().join("data")
        }

        fn keys(&self) -> std::path::PathBuf {
            self.0.path().join("keys")
        }

        fn vault(&self) -> Vault {
            let buckets = Buckets::open(&self.keys().join("buckets")).unwrap();
            Vault::open(&self.data().join("vault"), buckets, &HashMap::new()).unwrap()
        }

        fn examine(&self) -> Vec<Finding> {
            let (data, keys) = (self.data(), self.keys());
            let now = Timestamp::from_unix(NOW, 0);
            examine((&data, &keys), &Place::Dir, now).unwrap()
        }

        fn health_of(&self, what: &str) -> Health {
            let findings = self.examine();
            let found = findings.iter().find(|finding| finding.what == what);
            found.map(|finding| finding.health).unwrap()
        }
    }

    #[test]
    fn a_sound_relay_is_well() {
        let folders = Folders::new();
        let findings = folders.examine();
        assert_eq!(findings.len(), 8);
        for finding in findings {
            let is_disk = finding.what == "disk";
            assert!(is_disk || finding.health == Health::Ok, "{finding}");
        }
    }

    #[test]
    fn each_fault_is_found_where_it_is() {
        type Harm = fn(&Folders);
        let cases: [(&str, Health, Harm); 8] = [
            ("log", Health::Fail, |folders| {
                show_checkpoint(&folders.keys(), 3);
            }),
            ("log", Health::Fail, |folders| {
                std::fs::write(folders.keys().join("log.fork"), "x").unwrap();
            }),
            ("clock", Health::Fail, |folders| {
                std::fs::write(folders.data().join("clock"), "2027-09-21T14:13:20Z\n").unwrap();
            }),
            ("permissions", Health::Fail, |folders| {
                let open = std::fs::Permissions::from_mode(0o644);
                std::fs::set_permissions(folders.keys().join("statement.key"), open).unwrap();
            }),
            ("statement key", Health::Fail, |folders| {
                std::fs::write(folders.keys().join("statement.key"), "x").unwrap();
            }),
            ("database", Health::Fail, |folders| {
                std::fs::write(folders.data().join("records.sqlite"), [7; 8192]).unwrap();
            }),
            ("vault", Health::Warn, |folders| {
                let id = TransferId::from_bytes([1; 16]);
                let share = Secret::from_bytes([2; 32]);
                let soon = Timestamp::from_unix(NOW + 60, 0);
                folders.vault().put(&id, &share, soon).unwrap();
            }),
            ("objects", Health::Warn, |folders| {
                let name = format!("{}.0.{}", "ab".repeat(16), "00".repeat(32));
                std::fs::write(folders.data().join("objects/ab").join(name), "x").unwrap();
            }),
        ];
        for (what, health, harm) in cases {
            let folders = Folders::new();
            harm(&folders);
            assert_eq!(folders.health_of(what), health, "{what}");
        }
    }
}
