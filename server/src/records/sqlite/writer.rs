//! One thread that writes: jobs that wait are run in one transaction and answered after its commit.
//!
//! Promises: a job's answer comes after the change is on the disk; a job that refuses leaves no trace
//! in the transaction it shared; jobs run in the order they came. It does not know any table.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failed;
use crate::durable;
use crate::records::{Pending, RecordsError};

/// Jobs of one commit: more would make the first wait for the last.
const GROUP_MAX: usize = 256;

/// Tells a job's caller how it went, once it is known whether the commit succeeded.
type Answer = Box<dyn FnOnce(Result<(), RecordsError>) + Send>;
/// Runs in a transaction, or learns why there is none.
type Work = Box<dyn FnOnce(Result<&Connection, RecordsError>) -> Answer + Send>;

/// What the thread is asked to do.
enum Job {
    /// Part of a transaction.
    Work(Work),
    /// Between transactions: writes the log into the database and makes it empty.
    TruncateLog(oneshot::Sender<Result<(), RecordsError>>),
}

/// The queue to the writing thread, which ends when this is dropped and the queue is empty.
pub(super) struct Writer {
    queue: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> Result<Self, RecordsError> {
        let (queue, jobs) = channel();
        let thread = std::thread::Builder::new()
            .name("records".to_owned())
            .spawn(move || run(&connection, &jobs))
            .map_err(failed)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Queues work; the answer comes after the commit. An `Err` of the work undoes what it did.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Pending<'static, T> {
        let (sender, receiver) = oneshot::channel();
        let job = Job::Work(Box::new(move |connection| {
            let outcome = connection.and_then(work);
            Box::new(move |committed| {
                // Nobody listens if the request was given up; the change stands.
                let _ = sender.send(outcome.and_then(|value| committed.map(|()| value)));
            })
        }));
        self.answered(job, receiver)
    }

    /// Empties the log, so that no former state of a row is in it. Fails while a reader needs it.
    pub(super) fn truncate_log(&self) -> Pending<'static, ()> {
        let (sender, receiver) = oneshot::channel();
        self.answered(Job::TruncateLog(sender), receiver)
    }

    fn answered<T: Send + 'static>(
        &self,
        job: Job,
        receiver: oneshot::Receiver<Result<T, RecordsError>>,
    ) -> Pending<'static, T> {
        let queued = self
            .queue
            .as_ref()
            .is_some_and(|queue| queue.send(job).is_ok());
        Box::pin(async move {
            let ended = || failed("the writing thread has ended");
            if !queued {
                return Err(ended());
            }
            receiver.await.unwrap_or_else(|_| Err(ended()))
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the panic hook.
            let _ = thread.join();
        }
    }
}

/// Runs work so that an `Err` leaves the transaction as it was.
pub(super) fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, RecordsError>,
) -> Result<T, RecordsError> {
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    let outcome = work(connection);
    if outcome.is_err() && connection.is_autocommit() {
        // A full disk undoes the whole transaction, and the savepoint with it.
        return outcome;
    }
    if outcome.is_err() {
        connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    connection.prepare_cached("RELEASE job")?.execute([])?;
    outcome
}

fn run(connection: &Connection, jobs: &Receiver<Job>) {
    let mut next = None;
    while let Some(job) = next.take().or_else(|| jobs.recv().ok()) {
        match job {
            Job::TruncateLog(sender) => {
                // Nobody listens if the sweeper was given up.
                let _ = sender.send(truncate_log(connection));
            }
            Job::Work(first) => {
                let mut answers = Vec::new();
                let (committed, behind) = run_group(connection, first, jobs, &mut answers);
                for answer in answers {
                    answer(committed.clone());
                }
                next = behind;
            }
        }
    }
}

fn truncate_log(connection: &Connection) -> Result<(), RecordsError> {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let is_busy: bool = connection.query_row(sql, [], |row| row.get(0))?;
    if is_busy {
        return Err(failed("a reader keeps the log from being emptied"));
    }
    Ok(())
}

/// Runs jobs in one transaction; returns how it ended, and a job that has to come after it.
fn run_group(
    connection: &Connection,
    first: Work,
    jobs: &Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> (Result<(), RecordsError>, Option<Job>) {
    let begun = connection.execute_batch("BEGIN IMMEDIATE");
    let begun = begun.map_err(RecordsError::from);
    answers.push(first(begun.clone().map(|()| connection)));
    if begun.is_err() {
        return (begun, None);
    }
    let mut behind = None;
    while answers.len() < GROUP_MAX
        && let Ok(job) = jobs.try_recv()
    {
        match job {
            Job::Work(work) => answers.push(work(in_transaction(connection))),
            truncate @ Job::TruncateLog(_) => {
                behind = Some(truncate);
                break;
            }
        }
    }
    (commit(connection), behind)
}

fn commit(connection: &Connection) -> Result<(), RecordsError> {
    let connection = in_transaction(connection)?;
    let committed = durable::check()
        .map_err(failed)
        .and_then(|()| Ok(connection.execute_batch("COMMIT")?));
    if committed.is_err() && !connection.is_autocommit() {
        // The next group must not find this transaction open.
        let _ = connection.execute_batch("ROLLBACK");
    }
    committed
}

/// The connection, unless a failure has ended the transaction: work would then be committed alone.
fn in_transaction(connection: &Connection) -> Result<&Connection, RecordsError> {
    if connection.is_autocommit() {
        Err(failed("an earlier failure has ended the transaction"))
    } else {
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(connection: &Connection) -> i64 {
        connection
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap()
    }

    #[tokio::test]
    async fn a_refused_job_leaves_the_others_of_its_group() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER)")
            .unwrap();
        let writer = Writer::start(connection).unwrap();
        let jobs: Vec<_> = (0..50)
            .map(|n| {
                writer.write(move |connection| {
                    in_savepoint(connection, |connection| {
                        connection.execute("INSERT INTO t VALUES (?1)", [n])?;
                        if n % 2 == 0 {
                            Ok(n)
                        } else {
                            Err(RecordsError::Conflict)
                        }
                    })
                })
            })
            .collect();
        for (n, job) in jobs.into_iter().enumerate() {
            assert_eq!(job.await.is_ok(), n % 2 == 0, "{n}");
        }
        let n_rows = writer
            .write(|connection| Ok(count(connection)))
            .await
            .unwrap();
        assert_eq!(n_rows, 25);
    }
}
