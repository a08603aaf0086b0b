//! The tables, and how they came to be.
//!
//! Promises: a migration runs whole or not at all; one that was released is never edited. Times are
//! milliseconds since 1970, digests 32 raw bytes. It does not hold a secret.

use core::ffi::c_int;
use std::path::Path;

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::{failed, note_sync};
use crate::records::RecordsError;
use crate::{durable, platform};

/// The number of a phase in the records; [`super::rows`] translates.
const FIRST: &str = "
CREATE TABLE transfers (
    number          INTEGER PRIMARY KEY,
    id              BLOB    NOT NULL UNIQUE,
    owner           TEXT    NOT NULL,
    request_digest  BLOB    NOT NULL,
    archive_bytes   INTEGER NOT NULL,
    header          BLOB    NOT NULL,
    slot            INTEGER UNIQUE,
    claim_digest    BLOB    NOT NULL,
    verifier_digest BLOB,
    upload_digest   BLOB    NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    downloads       INTEGER NOT NULL,
    phase           INTEGER NOT NULL,
    ending          INTEGER,
    n_consumed      INTEGER NOT NULL,
    n_live          INTEGER NOT NULL,
    n_released      INTEGER NOT NULL,
    n_wrong         INTEGER NOT NULL DEFAULT 0,
    manifest_digest BLOB,
    manifest_bytes  INTEGER,
    sealed_digest   BLOB,
    terms           BLOB,
    -- The sender's commitment to the share, as the relay computed it itself.
    share_commitment BLOB   NOT NULL,
    -- The hour under whose key the share is, and the latest one it ever was under.
    bucket          INTEGER NOT NULL,
    bucket_latest   INTEGER NOT NULL,
    -- SHA-256 of the signed request that revoked it.
    instruction_digest BLOB,
    share_erased_at INTEGER,
    -- When destruction is tried again, and how often it was not whole.
    sweep_after     INTEGER NOT NULL DEFAULT 0,
    n_sweeps        INTEGER NOT NULL DEFAULT 0
) STRICT;
-- What the sweeper looks for.
CREATE INDEX transfers_owed ON transfers (id) WHERE phase = 2 AND n_live = 0;
CREATE INDEX transfers_buckets ON transfers (bucket) WHERE slot IS NOT NULL;

CREATE TABLE statements (
    transfer  INTEGER NOT NULL REFERENCES transfers (number),
    seq       INTEGER NOT NULL,
    is_whole  INTEGER NOT NULL,
    digest    BLOB    NOT NULL,
    statement TEXT    NOT NULL,
    signature TEXT    NOT NULL,
    remains   TEXT    NOT NULL,
    PRIMARY KEY (transfer, seq)
) STRICT, WITHOUT ROWID;
-- What the tick looks for: transfers that can still expire.
CREATE INDEX transfers_due ON transfers (expires_at) WHERE phase < 2;
-- What a quota counts: transfers that are not destroyed.
CREATE INDEX transfers_held ON transfers (owner, archive_bytes) WHERE phase < 3;
-- What a list shows.
CREATE INDEX transfers_of ON transfers (owner, number);

CREATE TABLE parts (
    transfer INTEGER NOT NULL REFERENCES transfers (number),
    part     INTEGER NOT NULL,
    digest   BLOB    NOT NULL,
    PRIMARY KEY (transfer, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    transfer    INTEGER NOT NULL REFERENCES transfers (number),
    key_digest  BLOB    NOT NULL,
    granted_at  INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    asked       BLOB    NOT NULL,
    asked_all   INTEGER NOT NULL,
    PRIMARY KEY (transfer, key_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_due ON grants (lease_until) WHERE state = 0;

CREATE TABLE accesses (
    number   INTEGER PRIMARY KEY,
    transfer INTEGER NOT NULL REFERENCES transfers (number),
    at       INTEGER NOT NULL,
    what     INTEGER NOT NULL,
    address  TEXT,
    agent    TEXT,
    grant_of TEXT
) STRICT;
CREATE INDEX accesses_of ON accesses (transfer, what);
CREATE INDEX accesses_due ON accesses (at);

CREATE TABLE nonces (
    nonce  BLOB    NOT NULL,
    signer TEXT    NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (nonce, signer)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_due ON nonces (until);
";

/// Accounts and invites; recipients of transfers, and what is theirs.
const SECOND: &str = "
-- A number that grows with every change of an account, by which a running relay notices it.
CREATE TABLE accounts (
    key        TEXT    NOT NULL PRIMARY KEY,
    role       INTEGER NOT NULL,
    -- What the operator calls it, if the operator invited.
    label      TEXT,
    -- Whose invite it was; none where the operator invited.
    invited_by TEXT,
    created_at INTEGER NOT NULL,
    is_enabled INTEGER NOT NULL DEFAULT 1,
    change     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_changed ON accounts (change);

CREATE TABLE invites (
    number         INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE,
    token_digest   BLOB    NOT NULL,
    -- SHA-256 of the request that made it, and who asked; none where the operator invites.
    request_digest BLOB,
    inviter        TEXT,
    label          TEXT,
    role           INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    card           BLOB,
    mac            BLOB,
    joiner         TEXT,
    joiner_card    BLOB,
    joiner_mac     BLOB,
    n_refused      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX invites_of ON invites (inviter, number);
CREATE INDEX invites_due ON invites (expires_at);

-- 1: for the keys in `recipients`; 0: for whoever holds the link.
ALTER TABLE transfers ADD COLUMN is_bound INTEGER NOT NULL DEFAULT 0;
CREATE TABLE recipients (
    transfer   INTEGER NOT NULL REFERENCES transfers (number),
    key        TEXT    NOT NULL,
    is_listed  INTEGER NOT NULL,
    is_owner   INTEGER NOT NULL,
    n_consumed INTEGER NOT NULL,
    n_live     INTEGER NOT NULL,
    n_released INTEGER NOT NULL,
    PRIMARY KEY (transfer, key)
) STRICT, WITHOUT ROWID;
-- What an inbox shows.
CREATE INDEX recipients_of ON recipients (key, transfer) WHERE is_listed = 1;

-- The key that claimed it; none for a bearer link.
ALTER TABLE grants ADD COLUMN who TEXT;
CREATE INDEX grants_running ON grants (who) WHERE state = 0 AND who IS NOT NULL;
ALTER TABLE accesses ADD COLUMN who TEXT;
";

/// Engagements, and which transfers, invites and lines of the access log belong to one.
const ENGAGEMENTS: &str = "
CREATE TABLE engagements (
    number         INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE,
    owner          TEXT    NOT NULL,
    request_digest BLOB    NOT NULL,
    created_at     INTEGER NOT NULL,
    -- The machine, as JSON; what follows is read out of it.
    state          TEXT    NOT NULL,
    ends_at        INTEGER NOT NULL,
    is_ended       INTEGER NOT NULL DEFAULT 0,
    -- The end date at which what ran was taken away.
    closed_at      INTEGER NOT NULL DEFAULT 0,
    rules          BLOB
) STRICT;
CREATE INDEX engagements_of ON engagements (owner) WHERE is_ended = 0;
-- What the tick looks for.
CREATE INDEX engagements_due ON engagements (ends_at) WHERE closed_at < ends_at;
CREATE TABLE parties (
    key        TEXT    NOT NULL,
    engagement INTEGER NOT NULL REFERENCES engagements (number),
    PRIMARY KEY (key, engagement)
) STRICT, WITHOUT ROWID;

ALTER TABLE transfers ADD COLUMN engagement INTEGER REFERENCES engagements (number);
CREATE INDEX transfers_engaged ON transfers (engagement, number) WHERE engagement IS NOT NULL;
ALTER TABLE invites ADD COLUMN engagement INTEGER REFERENCES engagements (number);
ALTER TABLE invites ADD COLUMN rules BLOB;

-- A line may be about an engagement and no transfer.
CREATE TABLE lines (
    number     INTEGER PRIMARY KEY,
    transfer   INTEGER REFERENCES transfers (number),
    at         INTEGER NOT NULL,
    what       INTEGER NOT NULL,
    address    TEXT,
    agent      TEXT,
    grant_of   TEXT,
    who        TEXT,
    engagement INTEGER REFERENCES engagements (number),
    member     TEXT
) STRICT;
INSERT INTO lines (number, transfer, at, what, address, agent, grant_of, who)
    SELECT number, transfer, at, what, address, agent, grant_of, who FROM accesses;
DROP TABLE accesses;
ALTER TABLE lines RENAME TO accesses;
CREATE INDEX accesses_of ON accesses (transfer, what);
CREATE INDEX accesses_due ON accesses (at);
CREATE INDEX accesses_engaged ON accesses (engagement, number) WHERE engagement IS NOT NULL;
";

/// The log: what was stated, as digests, in order; the hashes of its tiles; its checkpoints.
const LOG: &str = "
-- From 0, without gaps; a number is given in the transaction of what is stated.
CREATE TABLE log_entries (
    number    INTEGER PRIMARY KEY,
    statement BLOB    NOT NULL,
    signature BLOB    NOT NULL,
    UNIQUE (statement, signature)
) STRICT;

-- At level 0 of one entry each, at level 1 of 256, and so on; what a checkpoint covers.
CREATE TABLE log_hashes (
    level  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash   BLOB    NOT NULL,
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY,
    root BLOB    NOT NULL,
    -- Signed by the log alone.
    note TEXT    NOT NULL
) STRICT;

CREATE TABLE cosignatures (
    size    INTEGER NOT NULL REFERENCES checkpoints (size),
    witness TEXT    NOT NULL,
    line    TEXT    NOT NULL,
    UNIQUE (size, witness)
) STRICT;
CREATE INDEX cosignatures_of ON cosignatures (witness, size);
";

/// Statements: what is to be stated, and what was, by whomever.
const STATEMENTS: &str = "
-- No version that was released made statements without an entry in the log.
DROP TABLE statements;
-- Noted in the transaction in which it happens; removed in the one that states it.
CREATE TABLE statements_owed (
    number   INTEGER PRIMARY KEY,
    transfer INTEGER NOT NULL REFERENCES transfers (number),
    at       INTEGER NOT NULL,
    -- What, as JSON.
    happened TEXT    NOT NULL
) STRICT;
CREATE INDEX statements_owed_of ON statements_owed (transfer);

CREATE TABLE stated (
    entry      INTEGER PRIMARY KEY REFERENCES log_entries (number),
    transfer   INTEGER REFERENCES transfers (number),
    engagement INTEGER REFERENCES engagements (number),
    at         INTEGER NOT NULL,
    -- The relay's own.
    seq        INTEGER,
    kind       TEXT,
    file       TEXT,
    signature  TEXT,
    remains    TEXT,
    -- A party's.
    by         TEXT,
    sealed     BLOB
) STRICT;
CREATE INDEX stated_of ON stated (transfer, entry);
CREATE INDEX stated_engaged ON stated (engagement, entry) WHERE engagement IS NOT NULL;
CREATE INDEX stated_by ON stated (by) WHERE by IS NOT NULL;
CREATE UNIQUE INDEX stated_places ON stated (transfer, seq)
    WHERE engagement IS NULL AND seq IS NOT NULL;
CREATE UNIQUE INDEX stated_places_engaged ON stated (engagement, seq)
    WHERE engagement IS NOT NULL AND seq IS NOT NULL;
";

/// What happens in an engagement by itself: members who do not use it, and statements about it.
const ENGAGEMENTS_BY_THEMSELVES: &str = "
-- When the first member will be idle; read out of the machine as it changes. 0: to be read.
ALTER TABLE engagements ADD COLUMN idle_at INTEGER DEFAULT 0;
CREATE INDEX engagements_idle ON engagements (idle_at) WHERE is_ended = 0;

-- What is owed may be about an engagement and no transfer.
CREATE TABLE owed (
    number     INTEGER PRIMARY KEY,
    transfer   INTEGER REFERENCES transfers (number),
    engagement INTEGER REFERENCES engagements (number),
    at         INTEGER NOT NULL,
    -- What, as JSON.
    happened   TEXT    NOT NULL
) STRICT;
INSERT INTO owed (number, transfer, at, happened)
    SELECT number, transfer, at, happened FROM statements_owed;
DROP TABLE statements_owed;
ALTER TABLE owed RENAME TO statements_owed;
CREATE INDEX statements_owed_of ON statements_owed (transfer);
";

/// Pages of the log from which on it is moved into the database.
const LOG_PAGES: c_int = 1000;

/// Opens the database for writing, makes it if needed, and brings it up to date.
pub(super) fn open_writer(path: &Path) -> Result<Connection, RecordsError> {
    // SQLite gives the log files the mode of the database.
    platform::private_file(path).map_err(failed)?;
    for file in [path.to_owned(), path.with_extension("sqlite-wal")] {
        durable::reread(&file).map_err(failed)?;
    }
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;",
    )?;
    migrations().to_latest(&mut connection).map_err(failed)?;
    // What the log holds is written once more, so that nothing rests on an earlier process's syncs.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    connection.wal_hook(Some(checkpoint));
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// After a commit: moves a long log into the database, as `SQLite` does by itself without telling when
/// the disk fails. An error would tell the committed work that it failed; the log is tried again.
#[allow(clippy::unnecessary_wraps)] // The hook's type.
fn checkpoint(log: &Wal, n_pages: c_int) -> rusqlite::Result<()> {
    if n_pages >= LOG_PAGES {
        let moved = log.checkpoint();
        moved.unwrap_or_else(|error| note_sync(&error));
    }
    Ok(())
}

/// Opens the database for reading.
pub(super) fn open_reader(path: &Path) -> Result<Connection, RecordsError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;")?;
    Ok(connection)
}

fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(FIRST),
        M::up(SECOND),
        M::up(ENGAGEMENTS),
        M::up(LOG),
        M::up(STATEMENTS),
        M::up(ENGAGEMENTS_BY_THEMSELVES),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_well_formed() {
        migrations().validate().unwrap();
    }
}
