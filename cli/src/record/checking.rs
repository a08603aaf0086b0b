//! How it is checked: tools, labels, keys, commands; and the digest of every statement.

use super::known::{Known, Said};
use super::{digest, names};
use crate::html::Html;
use crate::phrase;

/// The command that checks a dossier against the annex of the contract.
pub(super) fn command(name: &str) -> String {
    format!("quitus verify {name} --trust annex.txt")
}

pub(super) fn write(html: &mut Html<'_>, name: &str, known: &Known<'_>) {
    html.section(&phrase!("record-checking"), |html| {
        html.sheet(|html| {
            html.row(&phrase!("record-tool"), |html| tools(html, known));
            html.row(&phrase!("record-levels"), |html| levels(html, known));
            html.row(&phrase!("record-keys"), |html| {
                html.say(&phrase!("record-keys-compare"));
            });
            html.row(&phrase!("record-commands"), |html| {
                commands(html, name);
            });
        });
    });
}

fn tools(html: &mut Html<'_>, known: &Known<'_>) {
    let mut tools: Vec<&str> = Vec::new();
    for one in &known.said {
        let tool = one.predicate().tool.as_str();
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    for (place, tool) in tools.iter().enumerate() {
        html.raw(if place == 0 { "" } else { ", " });
        html.foreign(tool);
    }
}

fn levels(html: &mut Html<'_>, known: &Known<'_>) {
    for label in names::LABELS {
        let n = known.said.iter().filter(|one| one.label == label);
        let n = n.count();
        if n > 0 {
            let phrase = phrase!("record-level", label = label.to_string(), n = n);
            html.paragraph(&phrase);
        }
    }
    html.paragraph(&phrase!("record-level-t"));
}

fn commands(html: &mut Html<'_>, name: &str) {
    html.paragraph(&phrase!("record-command-quitus"));
    html.raw("<p>");
    html.typed(&command(name));
    html.raw("</p>\n");
    html.paragraph(&phrase!("record-command-stock"));
    html.raw("<p>");
    html.typed("sh verify.sh annex.txt");
    html.raw("</p>\n");
    html.paragraph(&phrase!("record-command-page"));
}

/// The files of the statements.
pub(super) fn annex(html: &mut Html<'_>, known: &Known<'_>) {
    html.raw("<section class=\"annex\">\n");
    html.around("<h2>", &phrase!("record-annex-statements"), "</h2>\n");
    html.paragraph(&phrase!("record-annex-statements-intro"));
    let columns = [
        phrase!("record-column-file"),
        phrase!("record-column-sha256"),
        phrase!("record-column-index"),
    ];
    html.table(&columns, |html| {
        for one in &known.said {
            row(html, one);
        }
    });
    html.raw("</section>\n");
}

fn row(html: &mut Html<'_>, one: &Said<'_>) {
    html.cells(&[
        &|html| {
            html.foreign(&one.judged.name);
            unknown(html, one);
        },
        &|html| digest(html, one.verified.digest),
        &|html| match one.index() {
            Some(index) => html.say(&phrase!("record-count", n = index)),
            None => html.say(&phrase!("record-not-logged")),
        },
    ]);
}

/// Fields of a later version, which take nothing away and are named.
fn unknown(html: &mut Html<'_>, one: &Said<'_>) {
    let unknown = &one.verified.unknown;
    if !unknown.is_empty() {
        let fields = unknown.join(", ");
        let phrase = phrase!("record-unknown-fields", fields = fields);
        html.around("<br><small>", &phrase, "</small>");
    }
}
