//! Sentences of a statement, in English: what was seen, what a method comes to on a disk, what nobody looked at.

use quitus_core::destruction::Aftermath;
use quitus_core::statement::{CopyState, Method, NotCovered, Observation};
use quitus_core::text::is_plain;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use super::Outcome;
use crate::device;
use crate::escape::escape;
use crate::platform::FileSystemKind;
use crate::words::{Language, Phrase, Words};

/// Places that could not be looked at, each with its reason; of more only the number is.
const UNSEARCHED_LISTED_MAX: usize = 50;

/// What no look of the holder's tool reaches.
const NOT_COVERED: [(&str, &str); 9] = [
    (
        "other-devices",
        "other devices of the holder, and accounts of other people on this one",
    ),
    (
        "other-folders",
        "folders that were neither places of the ledger nor searched, and names that were not UTF-8 where only a name was compared",
    ),
    (
        "other-forms",
        "the content in another form: converted, compressed, excerpted, pasted, indexed, in a mailbox or database",
    ),
    (
        "disk-snapshots",
        "snapshots and backups of the disk or machine",
    ),
    (
        "former-blocks",
        "former blocks that a copy-on-write file system or a flash medium keeps",
    ),
    ("memory", "memory, swap and hibernation images"),
    ("open-files", "programs that had a removed file open"),
    (
        "answers",
        "what the holder answered: nobody looked whether it is so",
    ),
    ("tool", "whether the holder ran this tool unmodified"),
];

/// Words in English, for a statement.
pub(super) fn english(phrase: &Phrase) -> String {
    plain(&Words::new(Language::English).write(phrase))
}

fn plain(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        escape(text.as_bytes())
    }
}

/// What a method comes to on a kind of file system.
pub(super) fn effect(method: Option<Method>, kind: FileSystemKind) -> String {
    let there = match kind {
        FileSystemKind::InPlace => "",
        FileSystemKind::CopyOnWrite => {
            "; this file system writes elsewhere or shares blocks, and may keep former blocks and snapshots"
        }
        FileSystemKind::Overlay => "; a layer below this file system may keep what it had",
        FileSystemKind::Memory => "; this file system is kept in memory or swap",
        FileSystemKind::Network => {
            "; another machine keeps this file system, and may keep former versions"
        }
        FileSystemKind::Unknown => "; what this file system keeps is not known to the tool",
    };
    format!("{}{there}", method.unwrap_or(Method::Unlink).effect())
}

/// An observation.
pub(super) fn seen(at: Timestamp, code: &str, what: &str, result: &str) -> Observation {
    Observation {
        at,
        code: code.to_owned(),
        what: what.to_owned(),
        result: plain(result),
    }
}

/// What the tool saw.
pub(super) fn observed(
    outcome: &Outcome<'_>,
    (transfers, aftermath): (&[TransferId], &Aftermath),
    at: Timestamp,
) -> Vec<Observation> {
    let (plan, look) = (outcome.plan, outcome.look);
    let n_of = |state: CopyState| {
        let copies = aftermath.copies.iter();
        copies.filter(|copy| copy.state == state).count()
    };
    let found = plan.copies.iter();
    let n_found = found
        .filter(|copy| transfers.contains(&copy.transfer))
        .count();
    let mut observed = vec![
        seen(
            plan.begun_at,
            "copies.found",
            "copies in the places of the ledger, below the searched folders and in the trash",
            &n_found.to_string(),
        ),
        seen(
            at,
            "copies.looked-again",
            "the same places, folders and trash after the destruction: copies still there",
            &format!(
                "{} left, {} retained",
                n_of(CopyState::Left),
                n_of(CopyState::Retained)
            ),
        ),
        seen(
            at,
            "search.extent",
            "folders searched with all below them; files and folders come past",
            &format!(
                "folders given: {}; files: {}; folders: {}",
                look.searched.len(),
                look.n_files,
                look.n_folders
            ),
        ),
    ];
    observed.extend(unsearched(outcome, at));
    observed.extend(keys(outcome, transfers, at));
    if let Some(folder) = outcome
        .holdings
        .iter()
        .find_map(|one| one.places.parents.first())
    {
        let look = device::look(std::path::Path::new(folder));
        let observation = device::observation(&look, at);
        observed.push(Observation {
            result: plain(&observation.result),
            ..observation
        });
    }
    observed
}

fn unsearched(outcome: &Outcome<'_>, at: Timestamp) -> impl Iterator<Item = Observation> {
    let with_places = outcome.plan.with_places;
    let listed = outcome.look.unsearched.iter().take(UNSEARCHED_LISTED_MAX);
    listed.map(move |unsearched| {
        let place = if with_places {
            format!(": {}", unsearched.path.display())
        } else {
            String::new()
        };
        let result = format!("{}{place}", english(&unsearched.reason));
        seen(
            at,
            "unsearched",
            "a place that could not be looked at",
            &result,
        )
    })
}

fn keys(outcome: &Outcome<'_>, transfers: &[TransferId], at: Timestamp) -> Vec<Observation> {
    let keys = outcome.keys;
    let n_of = |ids: &[TransferId]| ids.iter().filter(|id| transfers.contains(id)).count();
    let mut observed = vec![seen(
        at,
        "keys.slot",
        "the slots of the keyring, overwritten in place and synced, then read back",
        &format!("zeros in {} of {}", n_of(&keys.erased), transfers.len()),
    )];
    if n_of(&keys.kept) > 0 {
        let what = "keys that stay, because what they open is kept on a legal basis";
        observed.push(seen(at, "keys.kept", what, &n_of(&keys.kept).to_string()));
    }
    for (_, reason) in keys.refused.iter().filter(|(id, _)| transfers.contains(id)) {
        let what = "a slot that could not be overwritten";
        observed.push(seen(at, "keys.left", what, &english(reason)));
    }
    observed
}

/// What nobody looked at.
pub(super) fn not_covered(outcome: &Outcome<'_>) -> Vec<NotCovered> {
    let entry = |code: &str, what: String| NotCovered {
        code: code.to_owned(),
        what,
    };
    let mut covered: Vec<NotCovered> = NOT_COVERED
        .map(|(code, what)| entry(code, what.to_owned()))
        .to_vec();
    let n_left_out = outcome.look.left_out.len();
    if n_left_out > 0 {
        let what = format!("file systems mounted below the searched folders: {n_left_out}");
        covered.push(entry("mounted-below", what));
    }
    let n_streamed = outcome.look.n_streamed;
    if n_streamed > 0 {
        let what =
            format!("what was received into a pipe, a device or the screen: {n_streamed} times");
        covered.push(entry("streamed", what));
    }
    covered
}
