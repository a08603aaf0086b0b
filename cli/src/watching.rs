//! What is unusual in the access log of an engagement, told to its client: at the next command, and whenever
//! it asks.
//!
//! ```text
//! engagements/7777….usual    {"networks":["203.0.113.0/24"],"hours":"8-19+01:00"}
//! engagements/7777….told     117      the last line of the log that was looked at
//! ```
//!
//! Promises: an alert is told at the next command once, and with every `engagement status`. It bars nobody:
//! whoever reads it decides. What is usual is known here only.

use quitus_core::engagement::EngagementId;
use quitus_core::protocol::EngagementAccess;
use quitus_core::watch::{Alert, Reason, Usual, alerts};

use crate::engagements::Desk;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;
use crate::words::Phrase;

/// Longest file of what is usual: the networks of a large country.
const USUAL_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Longest number of a line.
const NUMBER_BYTES_MAX: u64 = 20;

/// What is usual for an engagement; nothing before it was said.
///
/// # Errors
///
/// Exit 8 when it cannot be read.
pub fn usual(home: &Home, id: &EngagementId) -> Result<Usual, Failure> {
    let name = usual_name(id);
    let Some(bytes) = home.read_file(&name, USUAL_BYTES_MAX)? else {
        return Ok(Usual::default());
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        let path = home.path_of(&name);
        Failure::new(Kind::LocalIo, phrase!("ledger-damaged", path = &path)).because(error)
    })
}

/// Remembers what is usual.
///
/// # Errors
///
/// Exit 8 when it cannot be written.
pub fn keep_usual(home: &Home, id: &EngagementId, usual: &Usual) -> Result<(), Failure> {
    let bytes = serde_json::to_vec(usual).map_err(Failure::unexpected)?;
    home.replace_file(&usual_name(id), &bytes)
}

fn usual_name(id: &EngagementId) -> String {
    format!("engagements/{id}.usual")
}

/// Tells the client everything that is unusual.
///
/// # Errors
///
/// As the relay answers.
pub fn tell_all(desk: &Desk<'_>) -> Result<(), Failure> {
    tell_behind(desk, 0)
}

/// Tells the client what is unusual since it was told last.
///
/// # Errors
///
/// As [`tell_all`].
pub fn tell_new(desk: &Desk<'_>) -> Result<(), Failure> {
    let told = desk.home.read_file(&told_name(desk), NUMBER_BYTES_MAX)?;
    let told = told.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    tell_behind(desk, told.unwrap_or(0))
}

fn told_name(desk: &Desk<'_>) -> String {
    format!("engagements/{}.told", desk.engagement.id)
}

fn tell_behind(desk: &Desk<'_>, told: u64) -> Result<(), Failure> {
    if !desk.engagement.is_client() {
        return Ok(());
    }
    let log = |after| {
        let id = &desk.engagement.id;
        desk.client.engagement_activity(id, &desk.key, after)
    };
    let new = log(told)?;
    let Some(last) = new.last().map(|line| line.number) else {
        return Ok(());
    };
    // What is unusual shows against everything before.
    let all: Vec<EngagementAccess> = if told == 0 { new } else { log(0)? };
    let own = desk.key.public().fingerprint();
    let usual = usual(desk.home, &desk.engagement.id)?;
    for alert in alerts(&all, &own, &usual) {
        if alert.number > told {
            desk.env.terminal().event("alert", &alert);
            desk.env.terminal().warn(words(desk, &alert)?);
        }
    }
    desk.home
        .replace_file(&told_name(desk), last.to_string().as_bytes())
}

fn words(desk: &Desk<'_>, alert: &Alert) -> Result<Phrase, Failure> {
    let name = match &alert.who {
        Some(key) => desk.name_of(key)?,
        None => "?".to_owned(),
    };
    let reason = match alert.reason {
        Reason::NewAddress => phrase!("alert-new-address"),
        Reason::Elsewhere => phrase!("alert-elsewhere"),
        Reason::ManyDownloads => phrase!("alert-many-downloads"),
        Reason::ManyFailures => phrase!("alert-many-failures"),
        Reason::OffHours => phrase!("alert-off-hours"),
        Reason::Left => phrase!("alert-left"),
    };
    Ok(phrase!(
        "alert-line",
        reason = reason,
        name = name,
        address = alert.address.as_deref().unwrap_or_default(),
        at = alert.at.to_string()
    ))
}
