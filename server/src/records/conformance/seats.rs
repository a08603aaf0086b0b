//! What every place for records must do with transfers for keys.

use quitus_core::keys::Fingerprint;
use quitus_core::protocol::Happening;
use quitus_core::transfer::{Claimant, Ending, Phase, TransferId};

use super::{at, caller, counts, key, live, live_as, new, owner, spend, spend_of};
use crate::records::{Attempt, PasswordProof, Records, RecordsError, Relisting};
use crate::store::Piece;

pub(super) async fn check(records: &dyn Records) {
    every_recipient_has_its_own_downloads(records).await;
    a_grant_is_of_the_key_that_claimed_it(records).await;
    other_recipients_come_with_another_envelope(records).await;
    an_inbox_shows_what_waits(records).await;
}

fn attempt(who: u8, number: u32) -> Attempt {
    Attempt {
        key: key(number),
        password: PasswordProof::Right,
        caller: caller(),
        spend: Some(spend_of(owner(who))),
    }
}

/// A live transfer of owner 1 for others.
async fn bound(records: &dyn Records, name: &str, recipients: &[u8]) -> TransferId {
    let mut shared = new(name, 1);
    shared.recipients = recipients.iter().map(|who| owner(*who)).collect();
    live_as(records, shared).await
}

async fn every_recipient_has_its_own_downloads(records: &dyn Records) {
    let id = bound(records, "for two", &[50, 51]).await;
    let row = records.transfer(id).await.unwrap().unwrap();
    assert!(row.life.is_bound() && row.life.seats().len() == 3);
    for stranger in [attempt(52, 60), super::attempt(60)] {
        let refused = records.claim(id, stranger, at(2)).await;
        assert!(matches!(refused, Err(RecordsError::Gone)));
    }
    // Whoever may not claim cannot freeze it either.
    for _ in 0..20 {
        let mut wrong = attempt(52, 60);
        wrong.password = PasswordProof::Wrong;
        let refused = records.claim(id, wrong, at(2)).await;
        assert!(matches!(refused, Err(RecordsError::Gone)));
    }
    let mut once = attempt(50, 61);
    once.spend = Some(spend_of(owner(50)));
    records.claim(id, once.clone(), at(2)).await.unwrap();
    let replayed = records.claim(id, once, at(2)).await;
    assert!(matches!(replayed, Err(RecordsError::Seen)));
    for (who, number) in [(1, 62), (51, 63)] {
        records
            .claim(id, attempt(who, number), at(2))
            .await
            .unwrap();
        let full = records.claim(id, attempt(who, number + 10), at(2)).await;
        assert!(matches!(full, Err(RecordsError::Gone)), "{who}");
    }
    for number in [62, 61] {
        records
            .done(id, key(number), caller(), at(3))
            .await
            .unwrap();
        assert_eq!(counts(records, id).await.0, Phase::Live);
    }
    records.done(id, key(63), caller(), at(3)).await.unwrap();
    let ended = (Phase::Ended(Ending::Used), (3, 0, 3));
    assert_eq!(counts(records, id).await, ended);
    let row = records.transfer(id).await.unwrap().unwrap();
    let of_50 = row.life.seat(&Claimant::Key(owner(50))).unwrap();
    assert_eq!((of_50.counts.n_consumed, of_50.counts.n_released), (1, 1));
    let bearers = live(records, "for a bearer", 1).await;
    let refused = records.claim(bearers, attempt(50, 64), at(2)).await;
    assert!(matches!(refused, Err(RecordsError::Gone)));
}

async fn a_grant_is_of_the_key_that_claimed_it(records: &dyn Records) {
    let id = bound(records, "whose grant", &[50, 51]).await;
    let until = records.claim(id, attempt(50, 61), at(2)).await.unwrap();
    assert_eq!(
        records.claim(id, attempt(50, 61), at(3)).await.unwrap(),
        until
    );
    for stolen in [attempt(51, 61), super::attempt(61)] {
        let refused = records.claim(id, stolen, at(3)).await;
        assert!(matches!(refused, Err(RecordsError::Gone)));
    }
    let readable = records.readable(id, key(61), Piece::Manifest, at(3)).await;
    assert_eq!(readable.unwrap().who, Claimant::Key(owner(50)));
    records.done(id, key(61), caller(), at(4)).await.unwrap();
    let (log, grants) = records.activity(id).await.unwrap();
    let whose = |what| {
        let line = log.iter().find(|line| line.what == what).unwrap();
        line.who.clone()
    };
    assert_eq!(whose(Happening::Created), Some(owner(1)));
    assert_eq!(whose(Happening::Claimed), Some(owner(50)));
    assert_eq!(whose(Happening::Done), Some(owner(50)));
    assert_eq!(grants[0].who, Some(owner(50)));
}

async fn other_recipients_come_with_another_envelope(records: &dyn Records) {
    let id = bound(records, "relisted", &[50, 51]).await;
    let relist = |id, who: &[u8], seconds| {
        let recipients: Vec<Fingerprint> = who.iter().map(|who| owner(*who)).collect();
        let terms = format!("for {who:?}").into_bytes();
        records.relist(spend(), id, Relisting { recipients, terms }, at(seconds))
    };
    records.claim(id, attempt(50, 61), at(2)).await.unwrap();
    records.claim(id, attempt(51, 62), at(2)).await.unwrap();
    relist(id, &[51, 52], 3).await.unwrap();
    let row = records.transfer(id).await.unwrap().unwrap();
    assert_eq!(row.terms.as_deref(), Some(b"for [51, 52]".as_slice()));
    assert_eq!(row.life.counts(), (0, 1, 2));
    for refused in [
        records.claim(id, attempt(50, 61), at(4)).await.err(),
        records.claim(id, attempt(50, 63), at(4)).await.err(),
        records
            .readable(id, key(61), Piece::Manifest, at(4))
            .await
            .err(),
        records.done(id, key(61), caller(), at(4)).await.err(),
    ] {
        assert!(matches!(refused, Some(RecordsError::Gone)), "{refused:?}");
    }
    assert!(
        records
            .readable(id, key(62), Piece::Manifest, at(4))
            .await
            .is_ok()
    );
    records.claim(id, attempt(52, 64), at(4)).await.unwrap();
    let (log, _) = records.activity(id).await.unwrap();
    let cut = log.iter().find(|line| line.what == Happening::Cut).unwrap();
    assert_eq!(cut.who, Some(owner(50)));
    let relisted = log.iter().find(|line| line.what == Happening::Recipients);
    assert_eq!(relisted.unwrap().who, Some(owner(1)));
    // Back on the list, with the release that was counted before.
    relist(id, &[50, 52], 5).await.unwrap();
    let row = records.transfer(id).await.unwrap().unwrap();
    let back = row.life.seat(&Claimant::Key(owner(50))).unwrap();
    assert_eq!((back.is_listed, back.counts.n_released), (true, 1));

    let bearers = live(records, "no list", 1).await;
    let refused = relist(bearers, &[50], 2).await;
    assert!(matches!(refused, Err(RecordsError::Conflict)));
    let late = relist(id, &[50], super::EXPIRY + 1).await;
    assert!(matches!(late, Err(RecordsError::Gone)));
    let mut uploading = new("not yet for anybody", 1);
    uploading.recipients = vec![owner(50)];
    records.create(spend(), uploading.clone()).await.unwrap();
    let early = relist(uploading.id, &[51], 2).await;
    assert!(matches!(early, Err(RecordsError::Conflict)));
}

async fn an_inbox_shows_what_waits(records: &dyn Records) {
    let mut ids = Vec::new();
    for name in ["waits 1", "waits 2", "waits 3"] {
        ids.push(bound(records, name, &[55, 56]).await);
    }
    let mut uploading = new("waits for its parts", 1);
    uploading.recipients = vec![owner(55)];
    records.create(spend(), uploading).await.unwrap();
    records.claim(ids[1], attempt(55, 61), at(2)).await.unwrap();
    records
        .done(ids[1], key(61), caller(), at(2))
        .await
        .unwrap();
    records
        .revoke(spend(), ids[0], key(8), at(2))
        .await
        .unwrap();
    let inbox = |who, after, n_max, seconds| {
        let inbox = records.inbox(owner(who), (after, n_max), at(seconds));
        async { inbox.await.unwrap() }
    };
    let seen: Vec<_> = inbox(55, None, 9, 3).await;
    let seen: Vec<_> = seen.iter().map(|one| (one.id, one.is_used)).collect();
    assert_eq!(seen, [(ids[2], false), (ids[1], true)]);
    let first = inbox(55, None, 1, 3).await;
    assert_eq!(first.len(), 1);
    let rest = inbox(55, Some(first[0].id), 9, 3).await;
    assert_eq!(rest[0].id, ids[1]);
    assert!(first[0].has_password && first[0].created_at == at(0));
    assert!(inbox(56, None, 9, 3).await.iter().all(|one| !one.is_used));
    for who in [1, 57] {
        assert!(inbox(who, None, 9, 3).await.is_empty(), "{who}");
    }
    assert!(inbox(55, None, 9, super::EXPIRY + 1).await.is_empty());
    let of_another = records.inbox(owner(57), (Some(ids[2]), 9), at(3)).await;
    assert!(matches!(of_another, Err(RecordsError::Gone)));
}
