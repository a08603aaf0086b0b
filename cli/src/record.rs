//! The readable record of a dossier: one self-contained HTML page, made from verified statements alone.
//!
//! ```text
//! Record of return and destruction
//! In short · Parties and contract · Data · Who states what · Copies · Observed · Declared · Not covered · …
//! This document gathers signed statements. It shows who stated what, about which data, and no later than when. …
//! ```
//!
//! Promises: pure; no script, no external resource, no picture; prints on A4 pages that each name the
//! dossier and the command that checks it. What was observed, what is declared and what nobody looked at
//! stand apart; what a party signed is shown in its own words, and where this program has plainer ones,
//! beside them. Every statement appears with its label. Foreign text is escaped.
//!
//! Does not: verify anything, prove anything (it is not signed), or say that no copy exists.
//!
//! Spec: `docs/evidence.md`, "Dossier"; for readers: `docs/reading-a-dossier.en.md`.

mod moment;
mod names;
mod known;
mod sayings;
mod brief;
mod parties;
mod data;
mod copies;
mod grounds;
mod closing;
mod checking;

use quitus_core::digest::Sha256;
use quitus_core::dossier::Report;

use self::known::Known;
use crate::html::Html;
use crate::phrase;
use crate::words::{Language, Words};

/// Writes the record of a dossier that was checked, in one language; `name` is its file's, such as
/// `dossier-1a2b3c4d.zip`. Nothing of a statement that does not count is in it, but that there is one.
#[must_use]
pub fn page(name: &str, report: &Report, language: Language) -> String {
    let words = Words::new(language);
    let known = Known::of(report);
    let mut html = Html::new(&words);
    head(&mut html, name, &known);
    brief::write(&mut html, report, &known);
    parties::write(&mut html, &known);
    data::write(&mut html, &known);
    sayings::write(&mut html, &known);
    copies::write(&mut html, &known);
    grounds::write(&mut html, &known);
    closing::write(&mut html, &known);
    checking::write(&mut html, name, &known);
    data::annex(&mut html, &known);
    checking::annex(&mut html, &known);
    html.raw("</main>\n</td></tr></tbody>\n</table>\n</body>\n</html>\n");
    html.finish()
}

/// What stands beside the record in every dossier: what it is and how to check it, by file name.
pub const READ_ME: [(&str, &str); 2] = [
    ("README.txt", include_str!("../assets/README.txt")),
    ("LISEZMOI.txt", include_str!("../assets/LISEZMOI.txt")),
];

/// The records of a dossier that was checked, in every language, by file name.
#[must_use]
pub fn pages(name: &str, report: &Report) -> [(&'static str, String); 2] {
    [
        ("record.en.html", page(name, report, Language::English)),
        ("record.fr.html", page(name, report, Language::French)),
    ]
}

/// Up to the title. The page is one table, so that browsers repeat its foot on every sheet of paper.
fn head(html: &mut Html<'_>, name: &str, known: &Known<'_>) {
    html.raw("<!DOCTYPE html>\n<html lang=\"");
    html.raw(html.tag());
    html.raw("\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width\">\n");
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"");
    html.raw("default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
    html.say(&names::title(known));
    html.raw(" · ");
    html.foreign(name);
    html.raw("</title>\n<style>\n");
    html.raw(include_str!("record/style.css"));
    html.raw("</style>\n</head>\n<body>\n<table class=\"sheets\" role=\"presentation\">\n");
    html.raw("<tfoot><tr><td><footer>\n");
    html.paragraph(&phrase!("record-foot"));
    html.raw("<p>");
    html.foreign(name);
    html.raw(" · ");
    html.typed(&checking::command(name));
    html.raw("</p>\n</footer></td></tr></tfoot>\n<tbody><tr><td>\n<main>\n");
    html.around("<h1>", &names::title(known), "</h1>\n");
    html.raw("<p class=\"about\">");
    match known.engagement() {
        Some(id) => {
            html.say(&phrase!("record-about-engagement"));
            html.code(&id.to_string());
        }
        None => html.say(&phrase!("record-about-transfer")),
    }
    html.raw("</p>\n");
}

/// SHA-256 as people compare it.
fn digest(html: &mut Html<'_>, digest: Sha256) {
    html.code(&digest.to_string());
}

#[cfg(test)]
mod tests;
