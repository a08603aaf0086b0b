//! Which data it is about: transfers on the page, digests of files in the annex.

use std::collections::BTreeMap;

use quitus_core::statement::{Facts, SaltedFile};
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use super::digest;
use super::known::{Known, Transfer, list};
use super::moment::moment;
use crate::html::Html;
use crate::phrase;

pub(super) fn write(html: &mut Html<'_>, known: &Known<'_>) {
    html.section(&phrase!("record-data"), |html| {
        if known.transfers.is_empty() {
            html.paragraph(&phrase!("record-no-data"));
            return;
        }
        html.paragraph(&phrase!("record-data-intro"));
        let columns = [
            phrase!("record-column-transfer"),
            phrase!("record-column-size"),
            phrase!("record-column-files"),
            phrase!("record-column-received"),
            phrase!("record-column-destroyed"),
        ];
        html.table(&columns, |html| {
            for (id, transfer) in &known.transfers {
                row(html, *id, transfer);
            }
        });
    });
}

fn row(html: &mut Html<'_>, id: TransferId, transfer: &Transfer) {
    html.cells(&[
        &|html| {
            html.code(&id.short());
            if transfer.is_return {
                html.around("<br><small>", &phrase!("record-is-return"), "</small>");
            }
        },
        &|html| match transfer.bytes {
            Some(bytes) => html.say(&phrase!("record-size", bytes = bytes)),
            None => html.say(&phrase!("record-unstated")),
        },
        &|html| match transfer.n_files {
            Some(n) => html.say(&phrase!("record-count", n = n)),
            None => html.say(&phrase!("record-unstated")),
        },
        &|html| when(html, transfer.received_at),
        &|html| {
            if transfer.is_incomplete {
                html.around("<strong>", &phrase!("record-incomplete"), "</strong>");
            } else {
                when(html, transfer.destroyed_at);
            }
        },
    ]);
}

fn when(html: &mut Html<'_>, at: Option<Timestamp>) {
    match at {
        Some(at) => html.say(&moment(at)),
        None => html.say(&phrase!("record-unstated")),
    }
}

/// Files whose digests are printed; those of more are only in the statements, so that the page stays short.
const FILES_LISTED_MAX: usize = 6;

/// The digests, for whoever compares a copy that was found.
pub(super) fn annex(html: &mut Html<'_>, known: &Known<'_>) {
    let files = files(known);
    if known.transfers.is_empty() && files.is_empty() {
        return;
    }
    html.raw("<section class=\"annex\">\n");
    html.around("<h2>", &phrase!("record-annex-data"), "</h2>\n");
    html.around("<h3>", &phrase!("record-annex-transfers"), "</h3>\n");
    html.paragraph(&phrase!("record-annex-transfers-intro"));
    let columns = [
        phrase!("record-column-transfer"),
        phrase!("record-column-sealed"),
    ];
    html.table(&columns, |html| {
        for (id, transfer) in &known.transfers {
            html.cells(&[&|html| html.code(&id.to_string()), &|html| {
                transfer
                    .sealed
                    .into_iter()
                    .for_each(|one| digest(html, one));
            }]);
        }
    });
    html.around("<h3>", &phrase!("record-annex-files"), "</h3>\n");
    listed(html, &files);
    html.raw("</section>\n");
}

fn listed(html: &mut Html<'_>, files: &[(SaltedFile, Vec<usize>)]) {
    if files.is_empty() {
        html.paragraph(&phrase!("record-annex-no-files"));
        return;
    }
    html.paragraph(&phrase!("record-annex-files-intro"));
    let columns = [
        phrase!("record-column-number"),
        phrase!("record-column-size"),
        phrase!("record-column-salted"),
        phrase!("record-column-statements"),
    ];
    html.table(&columns, |html| {
        for (place, (file, numbers)) in files.iter().take(FILES_LISTED_MAX).enumerate() {
            html.cells(&[
                &|html| html.foreign(&(place + 1).to_string()),
                &|html| html.say(&phrase!("record-size", bytes = file.bytes)),
                &|html| digest(html, file.digest),
                &|html| html.foreign(&list(numbers)),
            ]);
        }
    });
    let n_more = files.len().saturating_sub(FILES_LISTED_MAX);
    if n_more > 0 {
        html.paragraph(&phrase!("record-annex-files-others", n = n_more));
    }
}

/// Every file that a statement names, in the order in which they are first named, with the numbers of the
/// statements.
fn files(known: &Known<'_>) -> Vec<(SaltedFile, Vec<usize>)> {
    let mut places: BTreeMap<SaltedFile, usize> = BTreeMap::new();
    let mut files: Vec<(SaltedFile, Vec<usize>)> = Vec::new();
    for one in &known.said {
        for file in of_statement(one.facts()) {
            let place = *places.entry(*file).or_insert(files.len());
            match files.get_mut(place) {
                Some((_, numbers)) if numbers.last() != Some(&one.number) => {
                    numbers.push(one.number);
                }
                Some(_) => {}
                None => files.push((*file, vec![one.number])),
            }
        }
    }
    files
}

fn of_statement(facts: &Facts) -> Vec<&SaltedFile> {
    if let Facts::Accepted(facts) = facts {
        facts.files.iter().collect()
    } else if let Facts::DestroyedByHolder(facts) | Facts::DestructionByHolderIncomplete(facts) =
        facts
    {
        let retained = facts.retained.iter().map(|one| &one.file);
        facts.files.iter().chain(retained).collect()
    } else {
        Vec::new()
    }
}
