//! The whole dossier in a few sentences, and what it lacks.

use quitus_core::dossier::{Judged, Reason, Report};
use quitus_core::statement::{Facts, HolderDestruction};

use super::known::{Known, Said};
use super::moment::{day, moment};
use super::names;
use crate::html::Html;
use crate::phrase;
use crate::words::Phrase;

pub(super) fn write(html: &mut Html<'_>, report: &Report, known: &Known<'_>) {
    html.raw("<section class=\"brief\">\n");
    html.around("<h2>", &phrase!("record-brief"), "</h2>\n<ul>\n");
    for phrase in sentences(known) {
        html.around("<li>", &phrase, "</li>\n");
    }
    html.raw("</ul>\n");
    refused(html, report);
    html.raw("</section>\n");
}

/// Statements that do not verify are named, and nothing of them is used.
fn refused(html: &mut Html<'_>, report: &Report) {
    let reason = |judged: &Judged| Some((judged.name.clone(), judged.verdict.err()?));
    let refused: Vec<_> = report.statements.iter().filter_map(reason).collect();
    if !refused.is_empty() {
        let phrase = phrase!("record-refused", n = refused.len());
        let named = refused
            .iter()
            .map(|(name, reason)| format!("{name}: {reason}"));
        warned(html, &phrase, named);
    }
    if !report.faults.is_empty() {
        let faults = report.faults.iter().map(Reason::to_string);
        warned(html, &phrase!("record-faults"), faults);
    }
}

fn warned(html: &mut Html<'_>, phrase: &Phrase, lines: impl Iterator<Item = String>) {
    html.around("<p><strong>", phrase, "</strong></p>\n<ul>\n");
    for line in lines {
        html.raw("<li>");
        html.typed(&line);
        html.raw("</li>\n");
    }
    html.raw("</ul>\n");
}

fn sentences(known: &Known<'_>) -> Vec<Phrase> {
    let mut sentences = vec![gathered(known)];
    if !known.transfers.is_empty() {
        sentences.push(concerned(known));
        sentences.push(destroyed_at_relay(known));
    }
    sentences.extend(holders(known));
    sentences.push(acknowledged(known));
    sentences
}

fn gathered(known: &Known<'_>) -> Phrase {
    let times = known.said.iter().map(|one| one.predicate().issued_at);
    let (n, parties) = (known.said.len(), known.parties.len());
    match (times.clone().min(), times.max()) {
        (Some(from), Some(until)) => phrase!(
            "record-gathered",
            n = n,
            parties = parties,
            from = day(from),
            until = day(until)
        ),
        _ => phrase!("record-gathered-none"),
    }
}

fn concerned(known: &Known<'_>) -> Phrase {
    let transfers = || known.transfers.iter().map(|(_, transfer)| transfer);
    let bytes = total(transfers().filter_map(|one| one.bytes));
    let files = total(transfers().filter_map(|one| one.n_files));
    let n = known.transfers.len();
    phrase!("record-concerned", n = n, bytes = bytes, files = files)
}

/// Foreign numbers: their sum may be larger than any number.
fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

fn destroyed_at_relay(known: &Known<'_>) -> Phrase {
    let transfers = || known.transfers.iter().map(|(_, transfer)| transfer);
    let n = transfers().filter(|one| one.destroyed_at.is_some()).count();
    let left = transfers().filter(|one| one.is_incomplete).count();
    let of = known.transfers.len();
    if left > 0 {
        phrase!("record-relay-left", n = n, of = of, left = left)
    } else {
        phrase!("record-relay-destroyed", n = n, of = of)
    }
}

/// One sentence for each destruction that a holder states, or that there is none.
fn holders(known: &Known<'_>) -> Vec<Phrase> {
    let stated: Vec<_> = known.said.iter().filter_map(holder).collect();
    if stated.is_empty() {
        vec![phrase!("record-no-holder")]
    } else {
        stated
    }
}

fn holder(one: &Said<'_>) -> Option<Phrase> {
    if let Facts::DestroyedByHolder(facts) = one.facts() {
        Some(holder_done(one, facts))
    } else if let Facts::DestructionByHolderIncomplete(_) = one.facts() {
        let name = one.predicate().issuer.name.as_str();
        let at = moment(one.predicate().issued_at);
        Some(phrase!(
            "record-holder-left",
            name = name,
            role = names::role(one.role()),
            at = at,
            number = one.number
        ))
    } else {
        None
    }
}

fn holder_done(one: &Said<'_>, facts: &HolderDestruction) -> Phrase {
    phrase!(
        "record-holder-destroyed",
        name = &one.predicate().issuer.name,
        role = names::role(one.role()),
        at = moment(one.predicate().issued_at),
        copies = facts.copies.len(),
        retained = facts.retained.len(),
        number = one.number
    )
}

fn acknowledged(known: &Known<'_>) -> Phrase {
    let is_it = |one: &&Said<'_>| matches!(one.facts(), Facts::Acknowledged(_));
    let Some(one) = known.said.iter().rfind(is_it) else {
        return phrase!("record-not-acknowledged");
    };
    let has = |facts: &Facts| matches!(facts, Facts::Acknowledged(a) if a.reservations.is_some());
    let reservations = if has(one.facts()) {
        phrase!("record-with-reservations")
    } else {
        phrase!("record-without-reservations")
    };
    phrase!(
        "record-acknowledged",
        name = &one.predicate().issuer.name,
        at = moment(one.predicate().issued_at),
        reservations = reservations
    )
}
