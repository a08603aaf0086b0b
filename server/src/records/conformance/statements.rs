//! What every place for records must do for statements.

use quitus_core::digest::Sha256;
use quitus_core::protocol::LoggedStatement;
use quitus_core::statement::{DeliveryEnd, Kind};
use quitus_core::tlog::Entry;
use quitus_core::transfer::TransferId;

use super::{at, attempt, caller, key, live, live_as, new, owner, spend, spend_of};
use crate::records::{
    AskedParts, Happened, OwedStatement, PostedStatement, Records, RecordsError, Scope,
    StatementRow,
};

pub(super) async fn check(records: &dyn Records) {
    what_happens_is_owed_in_order_and_stated_once(records).await;
    a_lease_that_ends_after_every_part_is_a_delivery(records).await;
    a_taken_place_is_refused_whole(records).await;
    a_partys_statement_is_logged_once_and_heard_by_parties(records).await;
}

/// A statement of something, as if it were signed.
async fn sign(records: &dyn Records, owed: &OwedStatement) -> StatementRow {
    let about = owed.about.scope();
    let place = records.place(about).await.unwrap();
    let name = format!("{about:?} {}", owed.number);
    StatementRow {
        seq: place.seq,
        kind: match owed.happened {
            Happened::Received(_) => Kind::Received,
            Happened::Delivered(_) => Kind::Delivered,
            Happened::Revoked(_) => Kind::Revoked,
            Happened::Expired(_) => Kind::Expired,
            Happened::Deactivated(_) => Kind::Deactivated,
            Happened::Exported(_) => Kind::AccessLogExported,
        },
        entry: Entry {
            statement: Sha256::of(&[name.as_bytes()]),
            signature: key(1),
        },
        statement: format!("file {}", place.seq),
        signature: "signature".to_owned(),
        remains: String::new(),
    }
}

/// States everything that is owed.
pub(super) async fn flush(records: &dyn Records) {
    for one in records
        .statements_owed(usize::from(u16::MAX))
        .await
        .unwrap()
    {
        let row = sign(records, &one).await;
        records.keep_owed(vec![(one, row)]).await.unwrap();
    }
    assert!(records.statements_owed(1).await.unwrap().is_empty());
}

async fn of(records: &dyn Records, id: TransferId) -> Vec<OwedStatement> {
    let all = records
        .statements_owed(usize::from(u16::MAX))
        .await
        .unwrap();
    let is_its = |one: &OwedStatement| one.about.scope() == Scope::Transfer(id);
    all.into_iter().filter(is_its).collect()
}

async fn listed(records: &dyn Records, id: TransferId, from: u64) -> Vec<LoggedStatement> {
    let listing = records.statements(owner(1), Scope::Transfer(id), (from, 100));
    listing.await.unwrap()
}

async fn what_happens_is_owed_in_order_and_stated_once(records: &dyn Records) {
    let id = live(records, "stated", 2).await;
    records.claim(id, attempt(1), at(2)).await.unwrap();
    for _ in 0..2 {
        records.done(id, key(1), caller(), at(3)).await.unwrap();
        records.revoke(spend(), id, key(8), at(4)).await.unwrap();
    }
    let owed = of(records, id).await;
    let kinds: Vec<(i64, &Happened)> = owed
        .iter()
        .map(|one| (one.at.seconds(), &one.happened))
        .collect();
    let [
        (1, Happened::Received(received)),
        (3, Happened::Delivered(delivered)),
        (4, Happened::Revoked(revoked)),
    ] = &kinds[..]
    else {
        panic!("{kinds:?}");
    };
    assert_eq!(
        (&received.owner, received.share_commitment),
        (&owner(1), key(4))
    );
    assert_eq!((received.n_parts, received.downloads), (2, 2));
    assert_eq!(
        (delivered.end, delivered.n_consumed),
        (DeliveryEnd::Confirmed, 1)
    );
    assert_eq!((revoked.instruction, revoked.n_consumed), (key(8), 1));
    let first = owed[0].clone();
    flush(records).await;
    let again = sign(records, &first).await;
    records.keep_owed(vec![(first, again)]).await.unwrap();
    let found = listed(records, id, 0).await;
    let files: Vec<&str> = found
        .iter()
        .filter_map(|one| one.statement.as_deref())
        .collect();
    assert_eq!(files, ["file 1", "file 2", "file 3"]);
    let place = records.place(Scope::Transfer(id)).await.unwrap();
    let last = found.last().unwrap();
    assert_eq!((place.seq, place.prev), (4, Some(last.statement_digest)));
    assert_eq!(listed(records, id, last.index).await.len(), 1);
    assert_eq!(last.by, None);
}

async fn a_lease_that_ends_after_every_part_is_a_delivery(records: &dyn Records) {
    let id = live(records, "lease end stated", 2).await;
    records.claim(id, attempt(1), at(2)).await.unwrap();
    records.claim(id, attempt(2), at(2)).await.unwrap();
    let asked = AskedParts {
        id,
        key: key(1),
        bits: vec![3],
        all: true,
    };
    records.note_asked(vec![asked]).await.unwrap();
    let later = at(2).after(quitus_core::transfer::LEASE);
    while records.tick(later).await.unwrap() {}
    let owed = of(records, id).await;
    let delivered: Vec<&OwedStatement> = owed
        .iter()
        .filter(|one| matches!(one.happened, Happened::Delivered(_)))
        .collect();
    let [one] = delivered[..] else {
        panic!("one download was complete: {owed:?}");
    };
    assert!(
        matches!(&one.happened, Happened::Delivered(said) if said.end == DeliveryEnd::LeaseEnded)
    );
    let expired = owed
        .iter()
        .filter(|one| matches!(one.happened, Happened::Expired(_)));
    assert_eq!(expired.count(), 1);
}

async fn a_taken_place_is_refused_whole(records: &dyn Records) {
    flush(records).await;
    let (one, other) = (
        live(records, "place", 1).await,
        live(records, "other place", 1).await,
    );
    let mut stated = Vec::new();
    for id in [other, one] {
        let owed = of(records, id).await.remove(0);
        let row = sign(records, &owed).await;
        stated.push((owed, row));
    }
    records.keep_owed(vec![stated[1].clone()]).await.unwrap();
    records.revoke(spend(), one, key(8), at(4)).await.unwrap();
    let owed = of(records, one).await.remove(0);
    let taken = StatementRow {
        seq: 1,
        ..sign(records, &owed).await
    };
    stated[1] = (owed, taken);
    assert!(records.keep_owed(stated).await.is_err());
    assert_eq!(
        of(records, other).await.len(),
        1,
        "nothing of it is recorded"
    );
    flush(records).await;
}

async fn a_partys_statement_is_logged_once_and_heard_by_parties(records: &dyn Records) {
    let mut sent = new("posted", 1);
    sent.recipients = vec![owner(3)];
    let id = live_as(records, sent).await;
    let posted = |name: &str| PostedStatement {
        scope: Scope::Transfer(id),
        entry: Entry {
            statement: Sha256::of(&[name.as_bytes()]),
            signature: key(2),
        },
        sealed: b"age".to_vec(),
    };
    let post = |seed: u8, name: &str| records.post(spend_of(owner(seed)), posted(name), at(5));
    let first = post(3, "accepted").await.unwrap();
    assert_eq!(post(3, "accepted").await.unwrap(), first);
    let second = post(1, "checked").await.unwrap();
    assert!(second > first);
    let refused = post(9, "a stranger").await;
    assert!(matches!(refused, Err(RecordsError::Gone)));
    for seed in [1, 3] {
        let page = (0, 100);
        let found = records.statements(owner(seed), Scope::Transfer(id), page);
        let by: Vec<_> = found
            .await
            .unwrap()
            .into_iter()
            .filter_map(|one| one.by)
            .collect();
        assert_eq!(by, [owner(3), owner(1)]);
    }
    let strangers = records.statements(owner(9), Scope::Transfer(id), (0, 100));
    assert!(matches!(strangers.await, Err(RecordsError::Gone)));
    let nobodys = records.statements(owner(1), Scope::Transfer(super::id("nobody's")), (0, 1));
    assert!(matches!(nobodys.await, Err(RecordsError::Gone)));
}
