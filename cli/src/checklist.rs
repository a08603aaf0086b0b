//! The checklist of an engagement in words: each line with its state, whom it waits for, and since when.
//!
//! ```text
//! [done] instruction signed
//! [waits] bob has stated what became of the data; waits for bob since 2026-11-22T03:37:18Z
//! ```
//!
//! Promises: what `quitus_core::checklist` decides, nothing else. With `--json` each line names the
//! statements that show it.

use quitus_core::checklist::{Known, Line, Party, Progress, Task};
use quitus_core::keys::Fingerprint;
use quitus_core::ledger::Fact;
use quitus_core::protocol::{EngagementStatus, Happening};
use quitus_core::statement::{Observation, Verified};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use serde_json::json;

use crate::engagements::{Desk, signing_keys};
use crate::env::Env;
use crate::failure::Failure;
use crate::phrase;
use crate::words::{Language, Phrase, Words};

/// Lines, each with the names that this person has for those it is about.
pub struct Checklist(Vec<Told>);

struct Told {
    line: Line,
    /// Whom it is about.
    name: String,
    /// For whom it waits.
    party: String,
}

/// Which lines are asked for.
#[derive(Clone, Copy)]
enum Which {
    Closing,
    Waiting,
}

impl Checklist {
    /// Every line of the end.
    ///
    /// # Errors
    ///
    /// As the relay answers; exit 8 when statements cannot be read.
    pub fn closing(desk: &Desk<'_>, status: &EngagementStatus) -> Result<Self, Failure> {
        Self::of(desk, status, Which::Closing)
    }

    /// What waits now.
    ///
    /// # Errors
    ///
    /// As [`Checklist::closing`].
    pub fn waiting(desk: &Desk<'_>, status: &EngagementStatus) -> Result<Self, Failure> {
        Self::of(desk, status, Which::Waiting)
    }

    fn of(desk: &Desk<'_>, status: &EngagementStatus, which: Which) -> Result<Self, Failure> {
        let statements = desk.statements()?.into_iter().map(|kept| kept.verified);
        let own = desk.key.public().fingerprint();
        let known = Known {
            status,
            transfers: &desk.client.engaged(&desk.engagement.id, &desk.key)?,
            statements: &statements.collect::<Vec<Verified>>(),
            signers: &signers(desk, status)?,
            choice: desk.engagement.rules().choice,
            secrets: &secrets(desk)?,
            own: (!desk.engagement.is_client()).then_some(&own),
            left_at: left_at(desk, status)?,
        };
        let lines = match which {
            Which::Closing => known.closing(),
            Which::Waiting => known.waiting(),
        };
        let told = lines.into_iter().map(|line| told(desk, status, line));
        told.collect::<Result<_, _>>().map(Self)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.0.iter().all(|one| one.line.is_done())
    }

    /// What is not done but for what the client does last.
    #[must_use]
    pub fn missing(&self, env: &Env) -> Vec<String> {
        let open = self.0.iter().filter(|one| !one.line.is_done());
        let open = open.filter(|one| !is_last(&one.line.task));
        open.map(|one| env.terminal().words().write(&one.sentence()))
            .collect()
    }

    /// The lines before the last word, as the client's tool sees them at the moment `at`, in English.
    #[must_use]
    pub fn observed(&self, at: Timestamp) -> Vec<Observation> {
        let words = Words::new(Language::English);
        let lines = self.0.iter().filter(|one| !is_last(&one.line.task));
        let observed = lines.map(|one| Observation {
            at,
            code: "checklist".to_owned(),
            what: words.write(&one.sentence()),
            result: if one.line.is_done() { "done" } else { "waits" }.to_owned(),
        });
        observed.collect()
    }

    /// Prints a line each.
    ///
    /// # Errors
    ///
    /// Exit 8 when stdout cannot be written.
    pub fn tell(&self, env: &Env) -> Result<(), Failure> {
        let terminal = env.terminal();
        for one in &self.0 {
            terminal.event("check", one.fields());
            let line = phrase!("check-line", state = one.state(), line = one.sentence());
            terminal.result_line(&terminal.words().write(&line))?;
        }
        Ok(())
    }
}

/// Whether the client does it last, at once with its last word.
const fn is_last(task: &Task) -> bool {
    matches!(task, Task::AccessLog | Task::Acknowledgement)
}

impl Told {
    fn state(&self) -> Phrase {
        if self.line.is_done() {
            phrase!("check-done")
        } else {
            phrase!("check-open")
        }
    }

    fn sentence(&self) -> Phrase {
        let (what, name) = (self.words(), self.party.as_str());
        match &self.line.progress {
            Progress::Done { .. } => what,
            Progress::Waits { since: None, .. } => {
                phrase!("check-waits", line = what, name = name)
            }
            Progress::Waits {
                since: Some(since), ..
            } => {
                let since = Timestamp::from_unix(since.seconds(), 0).to_string();
                phrase!("check-waits-since", line = what, name = name, since = since)
            }
        }
    }

    fn words(&self) -> Phrase {
        let name = self.name.as_str();
        match &self.line.task {
            Task::Agreement => phrase!("check-agreed", name = name),
            Task::Confirmation => phrase!("check-confirmed", name = name),
            Task::Amendment => phrase!("check-amended"),
            Task::Access => phrase!("check-access"),
            Task::Instruction => phrase!("check-instructed"),
            Task::Transfers { n_left } => phrase!("check-transfers", n = *n_left),
            Task::Credentials { names } if names.is_empty() => phrase!("check-no-credentials"),
            Task::Credentials { names } => phrase!("check-credentials", names = names.join(", ")),
            Task::Return => phrase!("check-returned", name = name),
            Task::Destruction { is_left: true } => phrase!("check-holder-incomplete", name = name),
            Task::Destruction { is_left: false } => phrase!("check-holder", name = name),
            Task::Nothing => phrase!("check-nothing", name = name),
            Task::AccessLog => phrase!("check-access-log"),
            Task::Acknowledgement => phrase!("check-acknowledged"),
        }
    }

    fn fields(&self) -> serde_json::Value {
        let (party, since, by) = match &self.line.progress {
            Progress::Done { by } => (None, None, by.as_slice()),
            Progress::Waits { since, .. } => (Some(&self.party), since.as_ref(), &[][..]),
        };
        json!({
            "id": self.words().id,
            "isDone": self.line.is_done(),
            "member": self.line.member,
            "waitsFor": party,
            "since": since,
            "statements": by,
        })
    }
}

fn told(desk: &Desk<'_>, status: &EngagementStatus, line: Line) -> Result<Told, Failure> {
    let name = line.member.as_ref().map(|key| desk.name_of(key));
    let party = match &line.progress {
        Progress::Done { .. } => String::new(),
        Progress::Waits { party, .. } => match party {
            Party::Client => desk.name_of(&status.owner)?,
            Party::Relay => desk.client.origin().to_string(),
            Party::Member(key) => desk.name_of(key)?,
        },
    };
    let name = name.transpose()?.unwrap_or_default();
    Ok(Told { line, name, party })
}

/// The signing keys of each member, as they are pinned here.
fn signers(
    desk: &Desk<'_>,
    status: &EngagementStatus,
) -> Result<Vec<(Fingerprint, Vec<Fingerprint>)>, Failure> {
    let own = desk.key.public().fingerprint();
    let mut signers = Vec::new();
    for member in &status.members {
        let keys = if member.key == own {
            vec![desk.own_key()]
        } else {
            let contact = desk.contact_of(&member.key)?;
            contact.map_or_else(Vec::new, |contact| signing_keys(&contact.keys))
        };
        signers.push((member.key.clone(), keys));
    }
    Ok(signers)
}

/// The transfers by which this person passed secrets on, and what they are called.
///
/// # Errors
///
/// Exit 8 when the ledger cannot be read.
pub fn secrets(desk: &Desk<'_>) -> Result<Vec<(TransferId, String)>, Failure> {
    let ledger = desk.home.read_ledger()?;
    let mut found = Vec::new();
    for id in ledger.transfers() {
        for fact in ledger.facts(&id) {
            if let Fact::SendBegun {
                secret: Some(name),
                engagement: Some(engagement),
                ..
            } = fact
                && *engagement == desk.engagement.id
            {
                found.push((id, name.clone()));
            }
        }
    }
    Ok(found)
}

/// When this person, a member, left by itself or was cut, as far as the access log goes back.
fn left_at(desk: &Desk<'_>, status: &EngagementStatus) -> Result<Option<Timestamp>, Failure> {
    let own = desk.key.public().fingerprint();
    let mut members = status.members.iter();
    let is_out = members.any(|member| member.key == own && member.is_cut);
    if desk.engagement.is_client() || !is_out {
        return Ok(None);
    }
    let log = desk
        .client
        .engagement_activity(&desk.engagement.id, &desk.key, 0)?;
    let last = log
        .iter()
        .rfind(|line| line.access.what == Happening::Deactivated);
    Ok(last.map(|line| line.access.at))
}
