//! What there is to do at the end of an engagement, and how far each of it is.

use quitus_core::engagement::State;
use quitus_core::protocol::{EngagementStatus, StatusPhase};
use quitus_core::statement::Kind;

use super::{holders, is_stated, secrets};
use crate::engagements::Desk;
use crate::env::Env;
use crate::failure::Failure;
use crate::phrase;
use crate::words::Phrase;

/// Somebody who holds data of the engagement.
pub(super) struct Holder {
    /// What this person calls it.
    pub(super) name: String,
    /// What it stated last of the data.
    pub(super) stated: Option<Kind>,
}

/// Every line, and whether it is done.
pub(super) struct Checklist(Vec<(Phrase, bool)>);

impl Checklist {
    /// How far an engagement is, by the relay's answer and the statements that are here.
    ///
    /// # Errors
    ///
    /// As the relay answers; exit 8 when statements cannot be read.
    pub(super) fn of(desk: &Desk<'_>, status: &EngagementStatus) -> Result<Self, Failure> {
        let statements = desk.statements()?;
        let transfers = desk.client.engaged(&desk.engagement.id, &desk.key)?;
        let is_gone = |phase| phase == StatusPhase::Destroyed;
        let n_left = transfers
            .iter()
            .filter(|one| !is_gone(one.status.phase))
            .count();
        let mut lines = vec![
            (phrase!("check-access"), status.state == State::Ended),
            (phrase!("check-transfers", n = n_left as u64), n_left == 0),
            (
                phrase!("check-instructed"),
                is_stated(&statements, Kind::Instructed),
            ),
        ];
        let names: Vec<String> = secrets(desk)?.into_iter().map(|(_, name)| name).collect();
        let are_changed = names.is_empty() || is_stated(&statements, Kind::CredentialsChanged);
        let line = if names.is_empty() {
            phrase!("check-no-credentials")
        } else {
            phrase!("check-credentials", names = names.join(", "))
        };
        lines.push((line, are_changed));
        for holder in holders(desk, status)? {
            let name = holder.name.as_str();
            let is_whole = holder.stated == Some(Kind::DestroyedByHolder);
            let line = match holder.stated {
                Some(_) if !is_whole => phrase!("check-holder-incomplete", name = name),
                Some(_) | None => phrase!("check-holder", name = name),
            };
            lines.push((line, is_whole));
        }
        let is_acknowledged = is_stated(&statements, Kind::Acknowledged);
        lines.push((phrase!("check-acknowledged"), is_acknowledged));
        Ok(Self(lines))
    }

    /// Whether nothing is left.
    pub(super) fn is_complete(&self) -> bool {
        self.0.iter().all(|(_, is_done)| *is_done)
    }

    /// What is not done but for the last word, which says so.
    pub(super) fn missing(&self, env: &Env) -> Vec<String> {
        let words = env.terminal().words();
        let (_, before) = self
            .0
            .split_last()
            .unwrap_or((&(phrase!("unexpected"), true), &[]));
        let open = before.iter().filter(|(_, is_done)| !is_done);
        open.map(|(line, _)| words.write(line)).collect()
    }

    /// Prints a line each.
    ///
    /// # Errors
    ///
    /// Exit 8 when stdout cannot be written.
    pub(super) fn tell(&self, env: &Env) -> Result<(), Failure> {
        let terminal = env.terminal();
        for (line, is_done) in &self.0 {
            let state = if *is_done {
                phrase!("check-done")
            } else {
                phrase!("check-open")
            };
            let fields = serde_json::json!({ "id": line.id, "isDone": is_done });
            terminal.event("check", fields);
            let line = phrase!("check-line", state = state, line = line.clone());
            terminal.result_line(&terminal.words().write(&line))?;
        }
        Ok(())
    }
}
