//! Who is party to it, under which contract, on whose instruction.

use quitus_core::keys::Fingerprint;
use quitus_core::statement::{Amended, Engaged, Facts, Instructed, Role};

use super::known::{Known, Party, Said, list};
use super::moment::{day, moment};
use super::{digest, names, sayings};
use crate::html::Html;
use crate::phrase;
use crate::words::Phrase;

pub(super) fn write(html: &mut Html<'_>, known: &Known<'_>) {
    html.section(&phrase!("record-parties"), |html| {
        html.sheet(|html| {
            people(html, known);
            contract(html, known);
            instructions(html, known);
        });
    });
}

fn people(html: &mut Html<'_>, known: &Known<'_>) {
    let controller = phrase!("record-controller");
    of_role(html, known, (&controller, Role::Client), true);
    let processor = phrase!("record-processor");
    of_role(html, known, (&processor, Role::Freelancer), true);
    for (name, role) in [
        (phrase!("record-sender"), Role::Sender),
        (phrase!("record-recipient"), Role::Recipient),
        (phrase!("record-relay"), Role::Relay),
    ] {
        of_role(html, known, (&name, role), false);
    }
    silent_senders(html, known);
}

/// Whoever sent something, by the recipients' statements, and made none of its own.
fn silent_senders(html: &mut Html<'_>, known: &Known<'_>) {
    let mut senders: Vec<(&Fingerprint, Vec<usize>)> = Vec::new();
    for one in &known.said {
        if let Facts::Accepted(facts) = one.facts()
            && known.name_of(&facts.sender).is_none()
        {
            match senders.iter_mut().find(|(key, _)| **key == facts.sender) {
                Some((_, numbers)) => numbers.push(one.number),
                None => senders.push((&facts.sender, vec![one.number])),
            }
        }
    }
    for (key, numbers) in &senders {
        html.row(&phrase!("record-sender"), |html| {
            let numbers = list(numbers);
            html.paragraph(&phrase!("record-silent-sender", numbers = numbers));
            html.code(key.as_str());
        });
    }
}

/// The parties of a role; a row that must be there says so when there are none.
fn of_role(
    html: &mut Html<'_>,
    known: &Known<'_>,
    (name, role): (&Phrase, Role),
    is_required: bool,
) {
    if known.of_role(role).next().is_none() {
        if is_required {
            html.row(name, |html| html.say(&phrase!("record-not-named")));
        }
        return;
    }
    html.row(name, |html| {
        for party in known.of_role(role) {
            person(html, party);
        }
        if role == Role::Freelancer {
            html.around("<small>", &phrase!("record-contact"), "</small>");
        }
    });
}

fn person(html: &mut Html<'_>, party: &Party<'_>) {
    html.raw("<p><b>");
    html.foreign(party.name);
    html.raw("</b> (");
    html.say(&names::role(party.role));
    html.raw(")<br>");
    html.code(party.key.as_str());
    html.raw("</p>");
}

fn contract(html: &mut Html<'_>, known: &Known<'_>) {
    let engaged: Vec<_> = known.said.iter().filter_map(engaged).collect();
    html.row(&phrase!("record-contract"), |html| {
        if engaged.is_empty() {
            html.say(&phrase!("record-no-contract"));
            return;
        }
        html.paragraph(&phrase!("record-contract-where"));
        documents(html, &engaged);
    });
    let amended: Vec<_> = known.said.iter().filter_map(amended).collect();
    if !amended.is_empty() {
        html.row(&phrase!("record-amendments"), |html| {
            for (one, facts) in &amended {
                amendment(html, one, facts);
            }
        });
    }
}

fn engaged<'a>(one: &Said<'a>) -> Option<(usize, &'a Engaged)> {
    if let Facts::Engaged(facts) = one.facts() {
        Some((one.number, facts))
    } else {
        None
    }
}

fn amended<'s, 'a>(one: &'s Said<'a>) -> Option<(&'s Said<'a>, &'a Amended)> {
    if let Facts::Amended(facts) = one.facts() {
        Some((one, facts))
    } else {
        None
    }
}

/// Each document once, with the numbers of the statements that name it.
fn documents(html: &mut Html<'_>, engaged: &[(usize, &Engaged)]) {
    let mut documents: Vec<(&quitus_core::statement::Document, Vec<usize>)> = Vec::new();
    for (number, facts) in engaged {
        for document in &facts.documents {
            match documents.iter_mut().find(|(known, _)| *known == document) {
                Some((_, numbers)) => numbers.push(*number),
                None => documents.push((document, vec![*number])),
            }
        }
    }
    for (document, numbers) in &documents {
        html.raw("<p>");
        html.foreign(&document.name);
        let numbers = list(numbers);
        html.raw(" ");
        html.say(&phrase!("record-see", numbers = numbers));
        html.raw("<br>SHA-256 ");
        digest(html, document.sha256);
        html.raw("</p>");
    }
}

fn amendment(html: &mut Html<'_>, one: &Said<'_>, facts: &Amended) {
    let phrase = phrase!(
        "record-amendment",
        version = facts.version,
        name = &one.predicate().issuer.name,
        at = moment(one.predicate().issued_at),
        number = one.number
    );
    html.paragraph(&phrase);
}

fn instructions(html: &mut Html<'_>, known: &Known<'_>) {
    html.row(&phrase!("record-instruction"), |html| {
        let mut is_given = false;
        for one in &known.said {
            if let Facts::Instructed(facts) = one.facts() {
                instruction(html, one, facts);
                is_given = true;
            }
        }
        if !is_given {
            html.say(&phrase!("record-not-instructed"));
        }
    });
}

fn instruction(html: &mut Html<'_>, one: &Said<'_>, facts: &Instructed) {
    let by = facts.by.map_or(phrase!("record-no-deadline"), |by| {
        phrase!("record-deadline", at = day(by))
    });
    html.paragraph(&phrase!(
        "record-instructed",
        name = &one.predicate().issuer.name,
        at = moment(one.predicate().issued_at),
        choice = names::choice(facts.choice),
        transfers = sayings::transfers(&facts.transfers),
        by = by,
        number = one.number
    ));
}
