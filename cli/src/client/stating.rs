//! Statements: left with the relay for the other parties, and fetched from it.

use quitus_core::keys::SigningKey;
use quitus_core::protocol::{Logged, LoggedStatement, State, Statements, route};
use quitus_core::statement::Scope;

use super::{Client, json, repeat};
use crate::failure::Failure;

impl Client<'_> {
    /// Leaves a statement, sealed, and has it logged; tells its number in the log.
    pub fn state(&self, key: &SigningKey, state: &State) -> Result<u64, Failure> {
        let body = json(state);
        let answer = repeat(|| self.signed("POST", route::STATEMENTS, key, &body))?;
        let Logged { index } = self.parse(answer)?;
        Ok(index)
    }

    /// Every statement of a scope that this key may have, in the order of the log.
    pub fn statements(
        &self,
        key: &SigningKey,
        scope: &Scope,
    ) -> Result<Vec<LoggedStatement>, Failure> {
        let mut all: Vec<LoggedStatement> = Vec::new();
        loop {
            let from = all.last().map_or(0, |last| last.index + 1);
            let path = match scope {
                Scope::Engagement(id) => route::statements_of_engagement(id, from),
                Scope::Transfer(id) => route::statements_of_transfer(id, from),
            };
            let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
            let page: Statements = self.parse(answer)?;
            let is_last = !page.has_more || page.statements.is_empty();
            all.extend(page.statements);
            if is_last {
                return Ok(all);
            }
        }
    }
}
