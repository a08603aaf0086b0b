//! Ledgers: a text that replays resumes from any prefix, and appending its entries again makes one
//! that says the same.

use quitus_core::ledger::{Entry, Ledger};

pub(crate) fn check(data: &[u8]) {
    let Ok((ledger, whole)) = Ledger::replay(data) else {
        return;
    };
    let ends = |text: &[u8]| {
        text.iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1)
    };
    assert_eq!(whole, ends(data));
    for cut in (0..data.len()).step_by(1 + data.len() / 32) {
        let (_, whole) = Ledger::replay(&data[..cut]).expect("a prefix of what replays");
        assert_eq!(whole, ends(&data[..cut]));
    }
    let lines = data[..whole].split_inclusive(|byte| *byte == b'\n');
    let entries: Vec<Entry> = lines
        .map(|line| serde_json::from_slice(line).expect("it replayed"))
        .collect();
    let mut appended = Ledger::default();
    let text: Vec<u8> = entries
        .iter()
        .flat_map(|entry| appended.append(entry.clone()))
        .collect();
    let (again, length) = Ledger::replay(&text).expect("what was appended replays");
    assert_eq!(length, text.len());
    for other in [&appended, &again] {
        assert_eq!(other.open(), ledger.open());
        for Entry { transfer, .. } in &entries {
            assert_eq!(other.next_step(transfer), ledger.next_step(transfer));
            assert!(other.facts(transfer).eq(ledger.facts(transfer)));
        }
    }
    for Entry { transfer, .. } in &entries {
        let (alone, length) =
            Ledger::replay_of(&text, transfer).expect("what was appended replays");
        assert!(length == text.len() && alone.facts(transfer).eq(ledger.facts(transfer)));
    }
}
