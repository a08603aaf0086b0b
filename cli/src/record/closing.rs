//! What was kept, who had access, how the controller took note, and what level of sanitisation there is.

use quitus_core::digest::Sha256;
use quitus_core::statement::{
    AccessReviewed, Acknowledged, Facts, HolderDestruction, Retained, Reviewed,
};

use super::known::{Known, Said};
use super::moment::moment;
use super::{digest, names, sayings};
use crate::html::Html;
use crate::phrase;
use crate::words::Phrase;

/// What there is, a row each; what there is not, in one row at the end.
pub(super) fn write(html: &mut Html<'_>, known: &Known<'_>) {
    type Row = (Phrase, fn(&Facts) -> bool, fn(&mut Html<'_>, &Known<'_>));
    let rows: [Row; 6] = [
        (phrase!("record-retained"), is_of_holder, retained),
        (phrase!("record-access"), is_of_access, access),
        (phrase!("record-review"), is_review, review),
        (phrase!("record-access-log"), is_export, exported),
        (
            phrase!("record-acknowledgement"),
            is_acknowledgement,
            acknowledgement,
        ),
        (phrase!("record-reservations"), is_reserved, reservations),
    ];
    html.section(&phrase!("record-closing"), |html| {
        html.sheet(|html| {
            for (name, _, content) in rows.iter().filter(|row| known.has(row.1)) {
                html.row(name, |html| content(html, known));
            }
            html.row(&phrase!("record-sanitisation"), |html| {
                sanitisation(html, known);
            });
            let absent: Vec<_> = rows.iter().filter(|row| !known.has(row.1)).collect();
            if !absent.is_empty() {
                html.row(&phrase!("record-absent"), |html| {
                    for (place, (name, ..)) in absent.iter().enumerate() {
                        html.raw(if place == 0 { "" } else { " · " });
                        html.say(name);
                    }
                });
            }
        });
    });
}

const fn is_of_holder(facts: &Facts) -> bool {
    matches!(
        facts,
        Facts::DestroyedByHolder(_) | Facts::DestructionByHolderIncomplete(_)
    )
}

const fn is_of_access(facts: &Facts) -> bool {
    matches!(
        facts,
        Facts::Revoked(_)
            | Facts::Deactivated(_)
            | Facts::Frozen(_)
            | Facts::Thawed(_)
            | Facts::CredentialsChanged(_)
    )
}

const fn is_review(facts: &Facts) -> bool {
    matches!(facts, Facts::AccessReviewed(_))
}

const fn is_export(facts: &Facts) -> bool {
    matches!(facts, Facts::AccessExported(_))
}

const fn is_acknowledgement(facts: &Facts) -> bool {
    matches!(facts, Facts::Acknowledged(_))
}

fn is_reserved(facts: &Facts) -> bool {
    reserved(facts).is_some()
}

fn of_holder<'a>(one: &Said<'a>) -> Option<&'a HolderDestruction> {
    if let Facts::DestroyedByHolder(facts) | Facts::DestructionByHolderIncomplete(facts) =
        one.facts()
    {
        Some(facts)
    } else {
        None
    }
}

fn retained(html: &mut Html<'_>, known: &Known<'_>) {
    let mut n = 0;
    for one in &known.said {
        for kept in of_holder(one).map_or(&[][..], |facts| &facts.retained) {
            retained_file(html, one.number, kept);
            n += 1;
        }
    }
    if n == 0 {
        html.say(&phrase!("record-nothing-retained"));
    }
}

fn retained_file(html: &mut Html<'_>, number: usize, kept: &Retained) {
    html.raw("<p>");
    html.say(&phrase!(
        "record-retained-file",
        bytes = kept.file.bytes,
        basis = &kept.basis,
        number = number
    ));
    html.raw("<br>");
    digest(html, kept.file.digest);
    html.raw("</p>");
}

/// What stopped somebody from getting data: freezes, ends, members shut out, passwords changed.
fn access(html: &mut Html<'_>, known: &Known<'_>) {
    for one in &known.said {
        let Some(phrase) = access_of(known, one) else {
            continue;
        };
        html.paragraph(&phrase!(
            "record-access-line",
            at = moment(one.predicate().issued_at),
            what = phrase,
            number = one.number
        ));
    }
}

fn access_of(known: &Known<'_>, one: &Said<'_>) -> Option<Phrase> {
    if let Facts::Revoked(_) = one.facts() {
        let ids: Vec<_> = one.transfers().map(|(id, _)| id).collect();
        Some(phrase!(
            "record-access-revoked",
            transfers = sayings::transfers(&ids)
        ))
    } else if let Facts::Deactivated(facts) = one.facts() {
        Some(phrase!(
            "record-access-deactivated",
            who = sayings::who(known, &facts.member)
        ))
    } else if let Facts::Frozen(facts) = one.facts() {
        Some(if facts.is_incident {
            phrase!("record-access-frozen-incident")
        } else {
            phrase!("record-access-frozen")
        })
    } else if let Facts::Thawed(_) = one.facts() {
        Some(phrase!("record-access-thawed"))
    } else if let Facts::CredentialsChanged(facts) = one.facts() {
        let transfers = sayings::transfers(&facts.transfers);
        Some(phrase!("record-access-changed", transfers = transfers))
    } else {
        None
    }
}

/// The latest review only; every one is in the table of statements.
fn review(html: &mut Html<'_>, known: &Known<'_>) {
    let reviewed = known.said.iter().rev().find_map(|one| {
        if let Facts::AccessReviewed(facts) = one.facts() {
            Some((one, facts))
        } else {
            None
        }
    });
    if let Some((one, facts)) = reviewed {
        members(html, known, one, facts);
    }
}

fn members(html: &mut Html<'_>, known: &Known<'_>, one: &Said<'_>, facts: &AccessReviewed) {
    html.paragraph(&phrase!(
        "record-reviewed",
        name = &one.predicate().issuer.name,
        at = moment(one.predicate().issued_at),
        month = &facts.month,
        number = one.number
    ));
    html.raw("<ul>\n");
    for member in &facts.members {
        html.around("<li>", &member_line(known, member), "</li>\n");
    }
    html.raw("</ul>\n");
}

fn member_line(known: &Known<'_>, member: &Reviewed) -> Phrase {
    let seen = member
        .last_seen_at
        .map_or(phrase!("record-never-seen"), |at| {
            phrase!("record-last-seen", at = moment(at))
        });
    phrase!(
        "record-member",
        who = sayings::who(known, &member.member),
        decision = names::decision(member.decision),
        seen = seen
    )
}

fn exported(html: &mut Html<'_>, known: &Known<'_>) {
    for one in &known.said {
        if let Facts::AccessExported(facts) = one.facts() {
            html.paragraph(&phrase!(
                "record-exported",
                from = moment(facts.from),
                until = moment(facts.until),
                lines = facts.n_lines,
                number = one.number
            ));
        }
    }
}

fn acknowledged<'s, 'a>(one: &'s Said<'a>) -> Option<(&'s Said<'a>, &'a Acknowledged)> {
    if let Facts::Acknowledged(facts) = one.facts() {
        Some((one, facts))
    } else {
        None
    }
}

fn acknowledgement(html: &mut Html<'_>, known: &Known<'_>) {
    for (one, facts) in known.said.iter().filter_map(acknowledged) {
        html.paragraph(&phrase!(
            "record-acknowledges",
            name = &one.predicate().issuer.name,
            at = moment(one.predicate().issued_at),
            heads = facts.heads.len(),
            number = one.number
        ));
        for missing in &facts.missing {
            html.paragraph(&phrase!("record-missing", what = missing));
        }
    }
}

/// Everybody's: at the end, and when the engagement was entered into.
fn reservations(html: &mut Html<'_>, known: &Known<'_>) {
    for one in &known.said {
        let Some(text) = reserved(one.facts()) else {
            continue;
        };
        let name = one.predicate().issuer.name.as_str();
        html.paragraph(&phrase!(
            "record-reserves",
            name = name,
            number = one.number
        ));
        html.raw("<blockquote>");
        html.foreign(text);
        html.raw("</blockquote>\n");
    }
}

fn reserved(facts: &Facts) -> Option<&str> {
    if let Facts::Acknowledged(facts) = facts {
        facts.reservations.as_deref()
    } else if let Facts::Engaged(facts) = facts {
        facts.reservations.as_deref()
    } else {
        None
    }
}

/// None, unless somebody's certificate is attached by its digest.
fn sanitisation(html: &mut Html<'_>, known: &Known<'_>) {
    let certificates: Vec<(usize, Sha256)> = known
        .said
        .iter()
        .filter_map(|one| Some((one.number, of_holder(one)?.certificate?)))
        .collect();
    if certificates.is_empty() {
        html.say(&phrase!("record-no-sanitisation"));
    }
    for (number, certificate) in &certificates {
        html.paragraph(&phrase!("record-certificate", number = *number));
        digest(html, *certificate);
    }
}
