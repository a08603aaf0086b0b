//! On what grounds: what was observed, what is declared, what nobody looked at. Never mixed.

use quitus_core::statement::{Answer, Declaration, Facts, Observation, Role};

use super::known::{Known, Said, list};
use super::moment::moment;
use super::names;
use crate::html::Html;
use crate::phrase;
use crate::words::Phrase;

pub(super) fn write(html: &mut Html<'_>, known: &Known<'_>) {
    html.section(&phrase!("record-observed"), |html| observed(html, known));
    html.section(&phrase!("record-declared"), |html| declared(html, known));
    html.section(&phrase!("record-uncovered"), |html| uncovered(html, known));
}

fn observed(html: &mut Html<'_>, known: &Known<'_>) {
    let has = |one: &Said<'_>| !one.predicate().observed.is_empty();
    if !known.said.iter().any(has) {
        html.paragraph(&phrase!("record-nothing-observed"));
        return;
    }
    html.paragraph(&phrase!("record-observed-intro"));
    let columns = [
        phrase!("record-column-number"),
        phrase!("record-column-at"),
        phrase!("record-column-looked-at"),
        phrase!("record-column-result"),
    ];
    html.table(&columns, |html| {
        for one in &known.said {
            for observation in &one.predicate().observed {
                observation_row(html, one, observation);
            }
        }
    });
}

fn observation_row(html: &mut Html<'_>, one: &Said<'_>, observation: &Observation) {
    html.cells(&[
        &|html| html.foreign(&one.number.to_string()),
        &|html| html.say(&moment(observation.at)),
        &|html| {
            let plain = names::observed(&observation.code);
            in_words(html, plain.as_ref(), &observation.what);
        },
        &|html| match names::result(&observation.code, &observation.result) {
            Some(plain) => html.say(&plain),
            None => html.foreign(&observation.result),
        },
    ]);
}

/// Plain words where there are any, and always the words that were signed.
fn in_words(html: &mut Html<'_>, plain: Option<&Phrase>, signed: &str) {
    if let Some(plain) = plain {
        html.say(plain);
        html.raw("<br><small lang=\"en\">");
        html.foreign(signed);
        html.raw("</small>");
    } else {
        html.raw("<span lang=\"en\">");
        html.foreign(signed);
        html.raw("</span>");
    }
}

/// The same declaration by the same party, over all its statements.
struct Declared<'a> {
    name: &'a str,
    role: Role,
    texts: Vec<&'a Declaration>,
    numbers: Vec<usize>,
}

fn declared(html: &mut Html<'_>, known: &Known<'_>) {
    html.paragraph(&phrase!("record-declared-intro"));
    let mut all: Vec<Declared<'_>> = Vec::new();
    for one in known
        .said
        .iter()
        .filter(|one| !one.predicate().declared.is_empty())
    {
        let (name, role) = (one.predicate().issuer.name.as_str(), one.role());
        let texts = in_language(html, &one.predicate().declared);
        let is_same = |known: &&mut Declared<'_>| {
            (known.name, known.role) == (name, role) && known.texts == texts
        };
        match all.iter_mut().find(is_same) {
            Some(known) => known.numbers.push(one.number),
            None => all.push(Declared {
                name,
                role,
                texts,
                numbers: vec![one.number],
            }),
        }
    }
    if all.is_empty() {
        html.paragraph(&phrase!("record-nothing-declared"));
    }
    for declared in &all {
        declaration(html, declared);
    }
    answers(html, known);
}

/// The texts in the page's language; all, if there is none.
fn in_language<'a>(html: &Html<'_>, texts: &'a [Declaration]) -> Vec<&'a Declaration> {
    let is_ours = |text: &&Declaration| html.speaks(&text.language);
    let ours: Vec<_> = texts.iter().filter(is_ours).collect();
    if ours.is_empty() {
        texts.iter().collect()
    } else {
        ours
    }
}

fn declaration(html: &mut Html<'_>, declared: &Declared<'_>) {
    let introduction = phrase!(
        "record-declares",
        name = declared.name,
        role = names::role(declared.role),
        numbers = list(&declared.numbers)
    );
    html.around("<div class=\"quote\"><p>", &introduction, "</p>\n");
    for text in &declared.texts {
        html.raw(match text.language.as_str() {
            "en" => "<blockquote lang=\"en\">",
            "fr" => "<blockquote lang=\"fr\">",
            _ => "<blockquote>",
        });
        html.foreign(&text.text);
        html.raw("</blockquote>\n");
    }
    html.raw("</div>\n");
}

/// The questions that holders were asked about other copies, each as it was asked.
fn answers(html: &mut Html<'_>, known: &Known<'_>) {
    let asked: Vec<(usize, &Answer)> = known.said.iter().flat_map(of_statement).collect();
    if asked.is_empty() {
        return;
    }
    html.around("<h3>", &phrase!("record-answers"), "</h3>\n");
    let columns = [
        phrase!("record-column-number"),
        phrase!("record-column-question"),
        phrase!("record-column-answer"),
    ];
    html.table(&columns, |html| {
        for (number, answer) in &asked {
            html.cells(&[
                &|html| html.foreign(&number.to_string()),
                &|html| html.foreign(&answer.text),
                &|html| html.foreign(&answer.answer),
            ]);
        }
    });
}

fn of_statement<'a>(one: &Said<'a>) -> Vec<(usize, &'a Answer)> {
    if let Facts::DestroyedByHolder(facts) | Facts::DestructionByHolderIncomplete(facts) =
        one.facts()
    {
        facts
            .answers
            .iter()
            .map(|answer| (one.number, answer))
            .collect()
    } else {
        Vec::new()
    }
}

/// Each thing once, with the numbers of the statements that leave it out.
fn uncovered(html: &mut Html<'_>, known: &Known<'_>) {
    html.paragraph(&phrase!("record-uncovered-intro"));
    let mut named: Vec<(&str, &str, Vec<usize>)> = Vec::new();
    for one in &known.said {
        for left_out in &one.predicate().not_covered {
            let (code, what) = (left_out.code.as_str(), left_out.what.as_str());
            let found = named.iter_mut().find(|(c, w, _)| (*c, *w) == (code, what));
            match found {
                Some((_, _, numbers)) => numbers.push(one.number),
                None => named.push((code, what, vec![one.number])),
            }
        }
    }
    html.raw("<ul>\n");
    for (code, what, numbers) in &named {
        html.raw("<li>");
        let plain = names::not_covered(code);
        in_words(html, plain.as_ref(), what);
        let numbers = list(numbers);
        html.raw(" <small>");
        html.say(&phrase!("record-see", numbers = numbers));
        html.raw("</small></li>\n");
    }
    html.around(
        "<li>",
        &phrase!("record-uncovered-always"),
        "</li>\n</ul>\n",
    );
}
