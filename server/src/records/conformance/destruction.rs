//! What every place for records must do for the sweeper.

use quitus_core::digest::Sha256;
use quitus_core::statement::Kind;
use quitus_core::tlog::Entry;
use quitus_core::transfer::{Ending, Phase, TransferId};

use super::statements::flush;
use super::{at, caller, completion, counts, id, key, live, new, owner, spend};
use crate::buckets::Bucket;
use crate::records::{Outcome, OwedRow, Records, RecordsError, Stated, StatementRow};

/// More transfers than these tests have.
const ALL: u32 = 1_000;

pub(super) async fn check(records: &dyn Records) {
    what_ended_is_owed_once_no_grant_runs(records).await;
    an_erased_share_is_recorded_where_it_is_owed(records).await;
    a_whole_destruction_leaves_the_statement_and_the_status(records).await;
    what_was_not_whole_is_owed_again_later(records).await;
    statements_are_recorded_together_or_not_at_all(records).await;
    hours_are_named_while_a_share_is_under_their_key(records).await;
}

async fn owed(records: &dyn Records, id: TransferId, seconds: i64) -> Option<OwedRow> {
    flush(records).await;
    let owed = records.owed(at(seconds), ALL).await.unwrap();
    owed.into_iter().find(|one| one.id == id)
}

/// A transfer that was revoked, so that its destruction is owed.
async fn revoked(records: &dyn Records, name: &str) -> TransferId {
    let id = ended(records, name).await;
    flush(records).await;
    id
}

/// The same, before that is stated.
async fn ended(records: &dyn Records, name: &str) -> TransferId {
    let id = live(records, name, 2).await;
    records.revoke(spend(), id, key(8), at(3)).await.unwrap();
    id
}

/// A statement behind whatever else is stated of a transfer.
fn statement(id: TransferId, seq: u64, remains: &str) -> StatementRow {
    let seq = 10 + seq;
    StatementRow {
        seq,
        kind: if remains.is_empty() {
            Kind::Destroyed
        } else {
            Kind::DestructionIncomplete
        },
        entry: Entry {
            statement: Sha256::of(&[id.as_bytes(), &seq.to_be_bytes()]),
            signature: Sha256::from_bytes([0; 32]),
        },
        statement: format!("statement {seq}"),
        signature: format!("signature {seq}"),
        remains: remains.to_owned(),
    }
}

fn whole(id: TransferId, seq: u64) -> Stated {
    Stated {
        id,
        outcome: Outcome::Destroyed { at: at(9) },
        statement: Some(statement(id, seq, "")),
    }
}

fn partial(id: TransferId, seq: Option<u64>, again: i64) -> Stated {
    Stated {
        id,
        outcome: Outcome::Incomplete {
            at: at(5),
            again_at: at(again),
        },
        statement: seq.map(|seq| statement(id, seq, "object x")),
    }
}

async fn what_ended_is_owed_once_no_grant_runs(records: &dyn Records) {
    let id = live(records, "owed", 2).await;
    records.claim(id, super::attempt(1), at(2)).await.unwrap();
    let expired = super::EXPIRY + 1;
    while records.tick(at(expired)).await.unwrap() {}
    assert_eq!(counts(records, id).await.0, Phase::Ended(Ending::Expired));
    assert!(owed(records, id, expired).await.is_none(), "a grant runs");
    records
        .done(id, key(1), caller(), at(expired))
        .await
        .unwrap();
    let one = owed(records, id, expired).await.unwrap();
    assert_eq!(one.row.slot, Some(new("owed", 2).slot));
    let digests: Vec<_> = one.parts.iter().map(|part| part.digest).collect();
    assert_eq!(digests, [super::held(0).digest, super::held(1).digest]);
    assert!(one.row.manifest.is_some() && one.last.is_none());

    let mut others = Vec::new();
    for name in ["owed 2", "owed 3"] {
        others.push(ended(records, name).await);
    }
    let before = records.owed(at(expired), ALL).await.unwrap();
    let is_other = |one: &OwedRow| others.contains(&one.id);
    assert!(
        !before.iter().any(is_other),
        "what happened is stated first"
    );
    flush(records).await;
    let some = records.owed(at(expired), 2).await.unwrap();
    assert_eq!(some.len(), 2, "no more than were asked for");
}

async fn an_erased_share_is_recorded_where_it_is_owed(records: &dyn Records) {
    let (ended, lives) = (
        revoked(records, "erased").await,
        live(records, "kept", 1).await,
    );
    for seconds in [4, 6] {
        records
            .share_erased(vec![ended, lives, id("nobody")], at(seconds))
            .await
            .unwrap();
    }
    let row = records.transfer(ended).await.unwrap().unwrap();
    assert_eq!((row.slot, row.share_erased_at), (None, Some(at(4))));
    let row = records.transfer(lives).await.unwrap().unwrap();
    assert_eq!(
        (row.slot, row.share_erased_at),
        (Some(new("kept", 1).slot), None)
    );
    let slots = records.slots().await.unwrap();
    assert!(!slots.iter().any(|(_, id)| *id == ended));
    let one = owed(records, ended, 6).await.expect("its objects are left");
    assert_eq!(one.row.share_erased_at, Some(at(4)));
}

async fn a_whole_destruction_leaves_the_statement_and_the_status(records: &dyn Records) {
    let id = revoked(records, "destroyed").await;
    assert!(records.statement(id).await.unwrap().is_none());
    assert!(records.is_held(id).await.unwrap());
    for seq in [1, 2] {
        // The second time comes from a sweep that did not see the first.
        records.state(vec![whole(id, seq)]).await.unwrap();
    }
    assert_eq!(
        records.statement(id).await.unwrap(),
        Some(statement(id, 1, ""))
    );
    assert!(owed(records, id, 1_000).await.is_none());
    assert!(!records.is_held(id).await.unwrap());
    let row = records.transfer(id).await.unwrap().unwrap();
    assert_eq!(row.life.phase(), Phase::Destroyed(Ending::Revoked));
    assert_eq!((row.owner, row.life.counts()), (owner(1), (0, 0, 0)));
    assert!(row.header.is_empty() && row.terms.is_none() && row.slot.is_none());
    assert!(row.manifest.is_none() && row.sealed_digest.is_none());
    let gone = Sha256::from_bytes([0; 32]);
    assert_eq!((row.claim_digest, row.upload_digest), (gone, gone));
    assert_eq!(
        row.verifier_digest,
        Some(gone),
        "that there was a password stays"
    );
    assert!(records.parts(id).await.unwrap().is_empty());
    for refused in [
        records.claim(id, super::attempt(1), at(9)).await.err(),
        records.hold_part(id, super::held(0), at(9)).await.err(),
    ] {
        assert!(matches!(refused, Some(RecordsError::Gone)), "{refused:?}");
    }
    let revived = records.complete(spend(), id, completion(), at(9)).await;
    assert!(revived.is_err());
    records.forget_former().await.unwrap();
}

async fn what_was_not_whole_is_owed_again_later(records: &dyn Records) {
    let id = revoked(records, "incomplete").await;
    records.state(vec![partial(id, Some(1), 60)]).await.unwrap();
    assert!(owed(records, id, 59).await.is_none());
    let one = owed(records, id, 60).await.unwrap();
    assert_eq!(
        (one.row.n_sweeps, one.last),
        (1, Some(statement(id, 1, "object x")))
    );
    records.state(vec![partial(id, None, 200)]).await.unwrap();
    assert!(owed(records, id, 199).await.is_none());
    let one = owed(records, id, 200).await.unwrap();
    assert_eq!(
        (one.row.n_sweeps, one.last.map(|last| last.seq)),
        (2, Some(11))
    );
    assert!(records.is_held(id).await.unwrap());
    records.state(vec![whole(id, 2)]).await.unwrap();
    assert_eq!(
        records.statement(id).await.unwrap(),
        Some(statement(id, 2, ""))
    );
}

async fn statements_are_recorded_together_or_not_at_all(records: &dyn Records) {
    let (first, lives) = (
        revoked(records, "together").await,
        live(records, "lives", 1).await,
    );
    // What lives cannot be destroyed: nothing of the batch is recorded.
    let refused = records.state(vec![whole(first, 1), whole(lives, 1)]).await;
    assert!(refused.is_err());
    for id in [first, lives] {
        assert!(records.statement(id).await.unwrap().is_none());
    }
    assert!(owed(records, first, 9).await.is_some());
    assert_eq!(counts(records, lives).await.0, Phase::Live);
}

async fn hours_are_named_while_a_share_is_under_their_key(records: &dyn Records) {
    let far = |hour: i64| at(hour * 3600 + 5);
    let named = |hour: u32| async move {
        let buckets = records.buckets().await.unwrap();
        buckets.contains(&Bucket(hour))
    };
    let mut one = new("an hour", 1);
    one.expires_at = far(700);
    let id = one.id;
    records.create(spend(), one).await.unwrap();
    assert!(named(700).await && !named(701).await);
    records.revoke(spend(), id, key(8), at(3)).await.unwrap();
    assert!(named(700).await, "the share is still there");
    records.share_erased(vec![id], at(4)).await.unwrap();
    assert!(!named(700).await);
}
