//! Makes statements of what happened, each at its place in its sequence.
//!
//! ```text
//! it happens, and it is noted that it is to be stated      one transaction
//!     -> sign -> statement and entry of the log, no longer noted      one transaction
//! ```
//!
//! Promises: one statement of each thing that happened, in the order in which it did, whatever crashes in
//! between; two never take one place. It does not decide what is stated.

use std::collections::HashMap;
use std::sync::Arc;

use quitus_core::keys::DrawError;
use quitus_core::statement::SeenCheckpoint;
use quitus_core::time::Timestamp;
use tokio::sync::Mutex;

use crate::records::{OwedRow, OwedStatement, Place, Records, RecordsError, Scope, StatementRow};
use crate::sequencer::Sequencer;
use crate::statements::{Stand, Stater, Swept};

/// Statements of one transaction.
const BATCH_MAX: usize = 256;

/// Why something is not stated yet.
#[derive(Debug, thiserror::Error)]
pub enum ClerkError {
    /// The records failed.
    #[error("the records failed")]
    Records(#[from] RecordsError),
    /// The system has no randomness.
    #[error("the system gives no random bytes")]
    Draw(#[from] DrawError),
}

/// Makes statements.
pub(crate) struct Clerk {
    stater: Stater,
    records: Arc<dyn Records>,
    log: Arc<Sequencer>,
    turn: Mutex<()>,
}

/// The turn to state: nobody else takes a place meanwhile.
pub(crate) struct Turn<'a> {
    clerk: &'a Clerk,
    places: HashMap<Scope, Place>,
    _held: tokio::sync::MutexGuard<'a, ()>,
}

impl Clerk {
    /// For a relay that keeps that log.
    pub(crate) fn new(stater: Stater, records: Arc<dyn Records>, log: Arc<Sequencer>) -> Self {
        Self {
            stater,
            records,
            log,
            turn: Mutex::new(()),
        }
    }

    /// The public half of the key, as an OpenSSH line.
    pub(crate) fn public_key(&self) -> String {
        self.stater.public_key()
    }

    /// Where a statement stands that is signed now.
    fn stand<'a>(&self, place: &'a Place, at: Timestamp) -> Stand<'a> {
        let shown = self.log.shown();
        let before = Some(shown.checkpoint()).filter(|checkpoint| checkpoint.size > 0);
        Stand {
            place,
            at,
            not_before: before.map(SeenCheckpoint::from),
        }
    }

    /// Takes the turn, once nobody else has it.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        Turn {
            clerk: self,
            places: HashMap::new(),
            _held: self.turn.lock().await,
        }
    }

    /// States everything that happened and is noted.
    ///
    /// # Errors
    /// [`ClerkError`]: call it again.
    pub(crate) async fn state_owed(&self) -> Result<(), ClerkError> {
        loop {
            let mut turn = self.turn().await;
            let owed = self.records.statements_owed(BATCH_MAX).await?;
            if owed.is_empty() {
                return Ok(());
            }
            let mut stated = Vec::new();
            for one in owed {
                let statement = turn.state(&one).await?;
                stated.push((one, statement));
            }
            self.records.keep_owed(stated).await?;
        }
    }
}

impl Turn<'_> {
    async fn state(&mut self, owed: &OwedStatement) -> Result<StatementRow, ClerkError> {
        let place = self.next(owed.about.scope()).await?;
        let stand = self.clerk.stand(&place, owed.at);
        let statement = self.clerk.stater.state(owed, stand)?;
        self.took(place, &statement);
        Ok(statement)
    }

    /// States how the destruction of a transfer went.
    pub(crate) async fn state_swept(
        &mut self,
        owed: &OwedRow,
        swept: &Swept,
        now: Timestamp,
    ) -> Result<StatementRow, ClerkError> {
        let place = self.next(Scope::Transfer(owed.id)).await?;
        let stand = self.clerk.stand(&place, now);
        let statement = self.clerk.stater.state_swept(owed, swept, stand)?;
        self.took(place, &statement);
        Ok(statement)
    }

    /// The next place for a statement, behind those of this turn.
    async fn next(&self, about: Scope) -> Result<Place, ClerkError> {
        let place = self.clerk.records.place(about).await?;
        Ok(self.places.get(&place.scope).copied().unwrap_or(place))
    }

    fn took(&mut self, place: Place, statement: &StatementRow) {
        let next = Place {
            scope: place.scope,
            seq: place.seq + 1,
            prev: Some(statement.entry.statement),
        };
        self.places.insert(place.scope, next);
    }
}
