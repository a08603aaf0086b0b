//! Dossiers: no panic, one verdict, and nobody is confirmed without an annex.
//!
//! ```text
//! === trust/log-policy          a name, and the lines of the file behind it
//! log relay.example/log+…
//! ```

use quitus_core::dossier::{Annex, Demand, Dossier, Outcome};
use quitus_core::time::Timestamp;

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let file = |piece: &str| {
        let (name, content) = piece.split_once('\n')?;
        Some((name.to_owned(), content.as_bytes().to_vec()))
    };
    let dossier = Dossier::new(text.split("=== ").filter_map(file));
    let demand = |annex| Demand {
        annex,
        policy: None,
        at: Timestamp::from_unix(1_800_000_000, 0),
    };
    let report = dossier.check(&demand(None));
    assert!(report.outcome != Outcome::Valid);
    assert_eq!(report.lines(), dossier.check(&demand(None)).lines());
    assert!(report.lines().len() > report.statements.len());
    // What an annex says changes nothing but whether somebody is confirmed.
    let pinned = dossier.check(&demand(Some(Annex::read(&text))));
    assert_eq!(pinned.statements.len(), report.statements.len());
    assert!(pinned.outcome != Outcome::NotConfirmed);
    assert!(report.outcome != Outcome::Invalid || pinned.outcome == Outcome::Invalid);
}
