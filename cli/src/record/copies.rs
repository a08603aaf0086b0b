//! What was done with each copy: by which method, and what the method really does.

use quitus_core::statement::{Action, Facts, FoundCopy, HolderDestruction, Method, Searched};

use super::known::{Known, Said, list};
use super::moment::moment;
use super::names;
use crate::html::Html;
use crate::phrase;

pub(super) fn write(html: &mut Html<'_>, known: &Known<'_>) {
    html.section(&phrase!("record-copies"), |html| {
        let done = at_relays(known);
        let held: Vec<_> = known.said.iter().filter_map(by_holder).collect();
        if done.is_empty() && held.is_empty() {
            html.paragraph(&phrase!("record-no-copies"));
            return;
        }
        if !done.is_empty() {
            relays(html, &done);
        }
        for (one, facts) in &held {
            holder(html, one, facts);
        }
        effects(html, &methods(&done, &held));
    });
}

/// The same method by the same party, over all its statements.
struct Done<'a> {
    who: &'a str,
    method: Method,
    /// The effect, where it is not the fixed sentence.
    effect: Option<&'a str>,
    n: u64,
    last: &'a Action,
    numbers: Vec<usize>,
}

fn at_relays<'a>(known: &Known<'a>) -> Vec<Done<'a>> {
    let mut done: Vec<Done<'a>> = Vec::new();
    for one in &known.said {
        if let Facts::Destroyed(facts) | Facts::DestructionIncomplete(facts) = one.facts() {
            for action in &facts.actions {
                add(&mut done, one, action);
            }
        }
    }
    done
}

fn add<'a>(done: &mut Vec<Done<'a>>, one: &Said<'a>, action: &'a Action) {
    let who = one.predicate().issuer.name.as_str();
    let effect = other_effect(action.method, &action.effect);
    let is_same = |known: &&mut Done<'_>| {
        known.who == who && known.method == action.method && known.effect == effect
    };
    match done.iter_mut().find(is_same) {
        Some(known) => {
            known.n = known.n.saturating_add(action.n);
            known.last = action;
            known.numbers.push(one.number);
        }
        None => done.push(Done {
            who,
            method: action.method,
            effect,
            n: action.n,
            last: action,
            numbers: vec![one.number],
        }),
    }
}

/// An effect that is not the fixed sentence of its method: it is shown as it was signed.
fn other_effect(method: Method, effect: &str) -> Option<&str> {
    (effect != method.effect()).then_some(effect)
}

fn relays(html: &mut Html<'_>, done: &[Done<'_>]) {
    html.around("<h3>", &phrase!("record-copies-relay"), "</h3>\n");
    let columns = [
        phrase!("record-column-where"),
        phrase!("record-column-method"),
        phrase!("record-column-times"),
        phrase!("record-column-last"),
        phrase!("record-column-statements"),
    ];
    html.table(&columns, |html| {
        for done in done {
            html.cells(&[
                &|html| html.foreign(done.who),
                &|html| method(html, Some(done.method), done.effect),
                &|html| html.say(&phrase!("record-count", n = done.n)),
                &|html| html.say(&moment(done.last.at)),
                &|html| html.foreign(&list(&done.numbers)),
            ]);
        }
    });
}

fn method(html: &mut Html<'_>, method: Option<Method>, effect: Option<&str>) {
    match method {
        Some(method) => html.say(&names::method(method)),
        None => html.say(&phrase!("record-no-method")),
    }
    if let Some(effect) = effect.filter(|effect| !effect.is_empty()) {
        html.raw("<br><small lang=\"en\">");
        html.foreign(effect);
        html.raw("</small>");
    }
}

fn by_holder<'s, 'a>(one: &'s Said<'a>) -> Option<(&'s Said<'a>, &'a HolderDestruction)> {
    if let Facts::DestroyedByHolder(facts) | Facts::DestructionByHolderIncomplete(facts) =
        one.facts()
    {
        Some((one, facts))
    } else {
        None
    }
}

fn holder(html: &mut Html<'_>, one: &Said<'_>, facts: &HolderDestruction) {
    let (name, number) = (one.predicate().issuer.name.as_str(), one.number);
    let title = phrase!("record-copies-holder", name = name, number = number);
    html.around("<h3>", &title, "</h3>\n");
    for searched in &facts.searched {
        html.paragraph(&search(searched));
    }
    if facts.copies.is_empty() {
        html.paragraph(&phrase!("record-no-copy-found"));
        return;
    }
    let columns = [
        phrase!("record-column-place"),
        phrase!("record-column-disk"),
        phrase!("record-column-size"),
        phrase!("record-column-state"),
        phrase!("record-column-method"),
    ];
    html.table(&columns, |html| {
        for copy in &facts.copies {
            found(html, copy);
        }
    });
}

fn search(searched: &Searched) -> crate::words::Phrase {
    let place = match &searched.place {
        Some(place) => phrase!("record-about", name = place),
        None => phrase!("record-a-place"),
    };
    phrase!(
        "record-searched",
        place = place,
        disk = &searched.file_system,
        files = searched.n_files,
        unreadable = searched.n_unreadable
    )
}

fn found(html: &mut Html<'_>, copy: &FoundCopy) {
    let effect = copy.method.map_or(Some(copy.effect.as_str()), |method| {
        other_effect(method, &copy.effect)
    });
    html.cells(&[
        &|html| match &copy.place {
            Some(place) => html.foreign(place),
            None => html.say(&phrase!("record-unstated")),
        },
        &|html| html.foreign(&copy.file_system),
        &|html| html.say(&phrase!("record-size", bytes = copy.bytes)),
        &|html| html.say(&names::state(copy.state)),
        &|html| method(html, copy.method, effect),
    ]);
}

/// The methods in use, each once, in the order of the closed list.
fn methods(done: &[Done<'_>], held: &[(&Said<'_>, &HolderDestruction)]) -> Vec<Method> {
    let copies = held.iter().flat_map(|(_, facts)| &facts.copies);
    let used: Vec<_> = done
        .iter()
        .map(|done| done.method)
        .chain(copies.filter_map(|copy| copy.method))
        .collect();
    let all = Method::ALL.into_iter();
    all.filter(|method| used.contains(method)).collect()
}

fn effects(html: &mut Html<'_>, methods: &[Method]) {
    html.around("<h3>", &phrase!("record-effects"), "</h3>\n<dl>\n");
    for method in methods {
        html.around("<dt>", &names::method(*method), "</dt>");
        html.around("<dd>", &names::effect(*method), "</dd>\n");
    }
    html.raw("</dl>\n");
}
