//! Who states what: every statement as one sentence, in the order of the log.

use quitus_core::digest::Sha256;
use quitus_core::keys::Fingerprint;
use quitus_core::statement::{
    Accepted, AccessExported, AccessReviewed, Acknowledged, Checked, Deactivated, Decision,
    Delivered, DeliveryEnd, Destruction, Engaged, Facts, HolderDestruction, Instructed, Received,
    Stopped,
};
use quitus_core::transfer::{Ending, TransferId};

use super::known::{Known, Said, list};
use super::moment::{day, moment};
use super::names;
use crate::html::Html;
use crate::phrase;
use crate::words::Phrase;

pub(super) fn write(html: &mut Html<'_>, known: &Known<'_>) {
    html.section(&phrase!("record-sayings"), |html| {
        html.paragraph(&phrase!("record-sayings-intro"));
        let columns = [
            phrase!("record-column-number"),
            phrase!("record-column-at"),
            phrase!("record-column-who"),
            phrase!("record-column-what"),
            phrase!("record-column-label"),
        ];
        html.wide_table("<table class=\"list said\">", &columns, |html| {
            for one in &known.said {
                row(html, known, one);
            }
        });
        labels(html);
    });
}

fn row(html: &mut Html<'_>, known: &Known<'_>, one: &Said<'_>) {
    let predicate = one.predicate();
    html.cells(&[
        &|html| html.foreign(&one.number.to_string()),
        &|html| html.say(&moment(predicate.issued_at)),
        &|html| {
            html.foreign(&predicate.issuer.name);
            html.around("<br><small>", &names::role(one.role()), "</small>");
        },
        &|html| what(html, known, one),
        &|html| html.foreign(&one.label.to_string()),
    ]);
}

fn what(html: &mut Html<'_>, known: &Known<'_>, one: &Said<'_>) {
    html.around("<b>", &names::kind(one.kind()), "</b><br>");
    html.say(&saying(known, one));
    let corrections = known.corrections_of(one);
    if !corrections.is_empty() {
        let numbers = list(&corrections);
        let phrase = phrase!("record-is-corrected", numbers = numbers);
        html.around("<br><strong>", &phrase, "</strong>");
    }
    if let Some(at) = one.no_later_than() {
        let phrase = phrase!("record-no-later", at = moment(at));
        html.around("<br><small>", &phrase, "</small>");
    }
}

fn labels(html: &mut Html<'_>) {
    html.around("<h3>", &phrase!("record-labels"), "</h3>\n<dl>\n");
    for label in names::LABELS {
        html.raw("<dt>");
        html.foreign(&label.to_string());
        html.around("</dt><dd>", &names::meaning(label), "</dd>\n");
    }
    html.around(
        "<dt>T</dt><dd>",
        &phrase!("record-label-t"),
        "</dd>\n</dl>\n",
    );
}

/// What a statement says, in one sentence.
fn saying(known: &Known<'_>, one: &Said<'_>) -> Phrase {
    let about = about(one);
    match one.facts() {
        Facts::Received(facts) => received(about, facts),
        Facts::Delivered(facts) => delivered(known, about, facts),
        Facts::Revoked(_) => phrase!("record-says-revoked", about = about),
        Facts::Expired(facts) => {
            phrase!(
                "record-says-expired",
                about = about,
                at = moment(facts.expires_at)
            )
        }
        Facts::Destroyed(facts) => destroyed(about, facts),
        Facts::DestructionIncomplete(_) => phrase!("record-says-left", about = about),
        Facts::Deactivated(facts) => deactivated(known, facts),
        Facts::AccessExported(facts) => exported(facts),
        Facts::Returned(facts) => {
            phrase!(
                "record-says-returned",
                transfers = transfers(&facts.transfers)
            )
        }
        Facts::DestroyedByHolder(facts) => by_holder(known, facts),
        Facts::DestructionByHolderIncomplete(facts) => left_by_holder(facts),
        Facts::Instructed(facts) => instructed(facts),
        Facts::AccessReviewed(facts) => reviewed(facts),
        Facts::Checked(facts) => checked(facts),
        Facts::CredentialsChanged(facts) => {
            phrase!(
                "record-says-changed",
                transfers = transfers(&facts.transfers)
            )
        }
        Facts::Acknowledged(facts) => acknowledged(facts),
        Facts::Accepted(facts) => accepted(known, about, facts),
        Facts::Engaged(facts) => engaged(known, facts),
        Facts::Amended(facts) => phrase!(
            "record-says-amended",
            version = facts.version,
            other = other(known, facts.other)
        ),
        Facts::Frozen(facts) => frozen(facts),
        Facts::Thawed(facts) => phrase!("record-says-thawed", at = moment(facts.at)),
        Facts::Corrected(facts) => {
            phrase!(
                "record-says-corrected",
                which = which(known, facts.statement)
            )
        }
    }
}

/// The transfer a statement is about, else whatever its subject is called.
fn about(one: &Said<'_>) -> Phrase {
    let ids: Vec<_> = one.transfers().map(|(id, _)| id).collect();
    if ids.is_empty() {
        let subject = one.verified.statement.subject.first();
        let name = subject.map_or("", |subject| subject.name.as_str());
        phrase!("record-about", name = name)
    } else {
        transfers(&ids)
    }
}

/// Transfers by the beginnings of their ids.
pub(super) fn transfers(ids: &[TransferId]) -> Phrase {
    let names: Vec<_> = ids.iter().map(TransferId::short).collect();
    match ids.len() {
        0 => phrase!("record-no-transfer"),
        n => phrase!("record-transfers", n = n, names = names.join(", ")),
    }
}

/// A key's owner by name, else the key itself.
pub(super) fn who(known: &Known<'_>, key: &Fingerprint) -> Phrase {
    match known.name_of(key) {
        Some(name) => phrase!("record-about", name = name),
        None => phrase!("record-key", key = key.as_str()),
    }
}

/// Another statement, by its number where the dossier has it.
pub(super) fn which(known: &Known<'_>, digest: Sha256) -> Phrase {
    match known.number_of(digest) {
        Some(number) => phrase!("record-number", number = number),
        None => phrase!("record-not-here", digest = digest.to_string()),
    }
}

fn other(known: &Known<'_>, other: Option<Sha256>) -> Phrase {
    other.map_or(phrase!("record-first-signed"), |digest| {
        phrase!("record-second-signed", which = which(known, digest))
    })
}

fn received(about: Phrase, facts: &Received) -> Phrase {
    phrase!(
        "record-says-received",
        about = about,
        bytes = facts.archive_bytes,
        downloads = facts.downloads,
        at = moment(facts.expires_at)
    )
}

fn delivered(known: &Known<'_>, about: Phrase, facts: &Delivered) -> Phrase {
    let who = facts.who.as_ref();
    let who = who.map_or(phrase!("record-link-holder"), |key| self::who(known, key));
    let consumed = facts.n_consumed;
    match facts.end {
        DeliveryEnd::Confirmed => phrase!(
            "record-says-delivered",
            about = about,
            who = who,
            consumed = consumed
        ),
        DeliveryEnd::LeaseEnded => phrase!(
            "record-says-lease-ended",
            about = about,
            who = who,
            consumed = consumed
        ),
    }
}

fn destroyed(about: Phrase, facts: &Destruction) -> Phrase {
    let why = match facts.ending {
        Ending::Expired => phrase!("record-ending-expired"),
        Ending::Used => phrase!("record-ending-used"),
        Ending::Revoked => phrase!("record-ending-revoked"),
    };
    phrase!(
        "record-says-destroyed",
        about = about,
        why = why,
        consumed = facts.n_consumed,
        released = facts.n_released,
        at = moment(facts.backups_after)
    )
}

fn deactivated(known: &Known<'_>, facts: &Deactivated) -> Phrase {
    phrase!(
        "record-says-deactivated",
        who = who(known, &facts.member),
        at = moment(facts.last_used_at),
        days = facts.inactive_days
    )
}

fn exported(facts: &AccessExported) -> Phrase {
    phrase!(
        "record-says-exported",
        from = moment(facts.from),
        until = moment(facts.until),
        lines = facts.n_lines
    )
}

fn instructed(facts: &Instructed) -> Phrase {
    let by = facts.by.map_or(phrase!("record-no-deadline"), |by| {
        phrase!("record-deadline", at = day(by))
    });
    phrase!(
        "record-says-instructed",
        choice = names::choice(facts.choice),
        transfers = transfers(&facts.transfers),
        by = by
    )
}

fn by_holder(known: &Known<'_>, facts: &HolderDestruction) -> Phrase {
    let instruction = facts.instruction;
    let instruction = instruction.map_or(phrase!("record-no-instruction"), |digest| {
        phrase!("record-on-instruction", which = which(known, digest))
    });
    phrase!(
        "record-says-by-holder",
        instruction = instruction,
        copies = facts.copies.len(),
        files = facts.files.len(),
        keys = facts.n_keys_erased,
        retained = facts.retained.len()
    )
}

fn left_by_holder(facts: &HolderDestruction) -> Phrase {
    use quitus_core::statement::CopyState;
    let is_left = |state: CopyState| state == CopyState::Left;
    let left = facts.copies.iter().filter(|copy| is_left(copy.state));
    phrase!(
        "record-says-left-by-holder",
        left = left.count(),
        copies = facts.copies.len()
    )
}

fn reviewed(facts: &AccessReviewed) -> Phrase {
    let is_cut = |decision: Decision| decision == Decision::Cut;
    let cut = facts.members.iter().filter(|one| is_cut(one.decision));
    phrase!(
        "record-says-reviewed",
        month = &facts.month,
        members = facts.members.len(),
        cut = cut.count(),
        live = facts.n_live,
        unfetched = facts.n_never_fetched
    )
}

fn checked(facts: &Checked) -> Phrase {
    phrase!(
        "record-says-checked",
        store = &facts.store,
        versions = facts.n_versions,
        markers = facts.n_delete_markers,
        uploads = facts.n_uploads
    )
}

fn acknowledged(facts: &Acknowledged) -> Phrase {
    let reservations = match facts.reservations {
        Some(_) => phrase!("record-with-reservations"),
        None => phrase!("record-without-reservations"),
    };
    phrase!(
        "record-says-acknowledged",
        heads = facts.heads.len(),
        missing = facts.missing.len(),
        reservations = reservations
    )
}

fn accepted(known: &Known<'_>, about: Phrase, facts: &Accepted) -> Phrase {
    let sender = who(known, &facts.sender);
    let (files, bytes) = (facts.n_files, facts.bytes);
    if facts.is_return {
        phrase!(
            "record-says-taken-back",
            about = about,
            files = files,
            bytes = bytes,
            sender = sender
        )
    } else {
        phrase!(
            "record-says-accepted",
            about = about,
            files = files,
            bytes = bytes,
            sender = sender
        )
    }
}

fn engaged(known: &Known<'_>, facts: &Engaged) -> Phrase {
    phrase!(
        "record-says-engaged",
        client = who(known, &facts.client),
        freelancer = who(known, &facts.freelancer),
        documents = facts.documents.len(),
        other = other(known, facts.other)
    )
}

fn frozen(facts: &Stopped) -> Phrase {
    if facts.is_incident {
        phrase!("record-says-frozen-incident", at = moment(facts.at))
    } else {
        phrase!("record-says-frozen", at = moment(facts.at))
    }
}
