//! One thread that writes: jobs that wait are run in one transaction and answered after its commit.
//!
//! Promises: a job's answer comes after the change is on the disk; a job that refuses leaves no trace
//! in the transaction it shared; jobs run in the order they came. It does not know any table.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failed;
use crate::records::{Pending, RecordsError};

/// Jobs of one commit: more would make the first wait for the last.
const GROUP_MAX: usize = 256;

/// Tells a job's caller how it went, once it is known whether the commit succeeded.
type Answer = Box<dyn FnOnce(Result<(), RecordsError>) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;

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
        let job: Job = Box::new(move |connection| {
            let outcome = work(connection);
            Box::new(move |committed| {
                // Nobody listens if the request was given up; the change stands.
                let _ = sender.send(committed.and(outcome));
            })
        });
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
    if outcome.is_err() {
        connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    connection.prepare_cached("RELEASE job")?.execute([])?;
    outcome
}

fn run(connection: &Connection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut answers = Vec::new();
        let committed = run_group(connection, first, jobs, &mut answers);
        for answer in answers {
            answer(committed.clone());
        }
    }
}

fn run_group(
    connection: &Connection,
    first: Job,
    jobs: &Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), RecordsError> {
    let begun = connection.execute_batch("BEGIN IMMEDIATE");
    answers.push(first(connection));
    while answers.len() < GROUP_MAX
        && let Ok(job) = jobs.try_recv()
    {
        answers.push(job(connection));
    }
    let committed = begun.and_then(|()| connection.execute_batch("COMMIT"));
    if committed.is_err() && !connection.is_autocommit() {
        // The next group must not find this transaction open.
        let _ = connection.execute_batch("ROLLBACK");
    }
    Ok(committed?)
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
