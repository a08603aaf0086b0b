//! What every place for records must do; run by the tests of each.

use core::time::Duration;
use std::sync::Arc;

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::keys::{Fingerprint, Secret, SigningKey};
use quitus_core::parts::{PartIndex, PartPlan};
use quitus_core::protocol::HeldPart;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Ending, LEASE, Phase, TransferId};

use super::{
    AskedParts, Completion, Creation, HeldManifest, NewTransfer, Records, RecordsError, Spend,
};
use crate::store::Piece;
use crate::vault::Slot;

/// Bytes of an archive of two parts.
const TWO_PARTS: u64 = 8 * 1024 * 1024 + 1;
/// When the transfers here expire.
const EXPIRY: i64 = 100;

/// Checks the promises of [`Records`]. `open` opens the same place again, empty at first; the one
/// opened before is dropped.
pub(crate) async fn check(open: impl Fn() -> Box<dyn Records>) {
    let records = open();
    a_transfer_comes_back_as_it_was_recorded(records.as_ref()).await;
    an_id_belongs_to_its_first_owner_and_content(records.as_ref()).await;
    a_nonce_counts_once_even_where_it_is_refused(records.as_ref()).await;
    parts_and_manifest_are_held_once(records.as_ref()).await;
    only_what_is_whole_is_completed(records.as_ref()).await;
    a_grant_key_has_one_grant(records.as_ref()).await;
    a_lapsed_grant_gives_its_place_back_unless_it_took_everything(records.as_ref()).await;
    time_ends_transfers_and_nonces(records.as_ref()).await;
    only_one_of_many_claims_is_granted(records.as_ref()).await;
    what_was_recorded_survives(records, &open).await;
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds, 0)
}

fn id(name: &str) -> TransferId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::of(&[name.as_bytes()]).as_bytes()[..16]);
    TransferId::from_bytes(bytes)
}

fn key(number: u32) -> Sha256 {
    Sha256::of(&[&number.to_be_bytes()])
}

fn owner(seed: u8) -> Fingerprint {
    let key = SigningKey::from_seed(&Secret::from_bytes([seed; 32]));
    key.public().fingerprint()
}

/// A nonce that was never used before.
fn spend() -> Spend {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Spend {
        signer: owner(1),
        nonce,
        until: at(1_000_000_000),
    }
}

fn new(name: &str, downloads: u32) -> NewTransfer {
    let slot = u32::from_be_bytes(id(name).as_bytes()[..4].try_into().unwrap());
    NewTransfer {
        id: id(name),
        owner: owner(1),
        request_digest: Sha256::of(&[name.as_bytes()]),
        plan: PartPlan::new(TWO_PARTS).unwrap(),
        header: b"header".to_vec(),
        slot: Slot(slot),
        claim_digest: key(1),
        upload_digest: key(2),
        downloads,
        created_at: at(0),
        expires_at: Timestamp::from_unix(EXPIRY, 7_000_000),
    }
}

fn held(index: u32) -> HeldPart {
    let digest = Blake3::of(&index.to_be_bytes());
    let index = PartIndex(index);
    HeldPart { index, digest }
}

fn manifest() -> HeldManifest {
    let digest = Blake3::of(b"manifest");
    HeldManifest { digest, bytes: 8 }
}

fn completion() -> Completion {
    Completion {
        sealed_digest: key(3),
        terms: b"terms".to_vec(),
    }
}

/// A transfer that can be claimed.
async fn live(records: &dyn Records, name: &str, downloads: u32) -> TransferId {
    let id = id(name);
    records.create(spend(), new(name, downloads)).await.unwrap();
    for index in 0..2 {
        records.hold_part(id, held(index), at(1)).await.unwrap();
    }
    records
        .hold_manifest(spend(), id, manifest(), at(1))
        .await
        .unwrap();
    records
        .complete(spend(), id, completion(), at(1))
        .await
        .unwrap();
    id
}

async fn counts(records: &dyn Records, id: TransferId) -> (Phase, (u32, u32, u32)) {
    let life = records.transfer(id).await.unwrap().unwrap().life;
    (life.phase(), life.counts())
}

async fn a_transfer_comes_back_as_it_was_recorded(records: &dyn Records) {
    let sent = new("comes back", 3);
    assert!(records.transfer(sent.id).await.unwrap().is_none());
    assert_eq!(
        records.create(spend(), sent.clone()).await.unwrap(),
        Creation::Opened
    );
    let row = records.transfer(sent.id).await.unwrap().unwrap();
    assert_eq!(
        (row.owner, row.plan, row.header),
        (sent.owner, sent.plan, sent.header)
    );
    assert_eq!(row.slot, Some(sent.slot));
    assert_eq!(
        (row.claim_digest, row.upload_digest),
        (sent.claim_digest, sent.upload_digest)
    );
    assert_eq!((row.downloads, row.expires_at), (3, sent.expires_at));
    assert_eq!((row.manifest, row.terms), (None, None));
    assert_eq!(
        (row.life.phase(), row.life.counts()),
        (Phase::Uploading, (0, 0, 0))
    );
    assert!(
        records
            .slots()
            .await
            .unwrap()
            .contains(&(sent.slot, sent.id))
    );
}

async fn an_id_belongs_to_its_first_owner_and_content(records: &dyn Records) {
    let first = new("belongs", 1);
    records.create(spend(), first.clone()).await.unwrap();
    let mut again = first.clone();
    (again.slot, again.expires_at) = (Slot(7), at(9_999));
    let expires_at = first.expires_at;
    let repeated = records.create(spend(), again).await.unwrap();
    assert_eq!(repeated, Creation::Repeated { expires_at });
    let (mut of_another, mut other) = (first.clone(), first);
    of_another.owner = owner(2);
    other.request_digest = key(9);
    for taken in [of_another, other] {
        let refused = records.create(spend(), taken).await;
        assert!(matches!(refused, Err(RecordsError::Conflict)));
    }
}

async fn a_nonce_counts_once_even_where_it_is_refused(records: &dyn Records) {
    let once = spend();
    assert!(!records.is_spent(&once).await.unwrap());
    let unknown = records
        .complete(once.clone(), id("unknown"), completion(), at(1))
        .await;
    assert!(matches!(unknown, Err(RecordsError::Gone)));
    assert!(records.is_spent(&once).await.unwrap());
    let mut of_another = once.clone();
    of_another.signer = owner(2);
    records.spend(of_another).await.unwrap();
    let outcomes = [
        records.spend(once.clone()).await.err(),
        records.create(once.clone(), new("seen", 1)).await.err(),
        records
            .hold_manifest(once.clone(), id("seen"), manifest(), at(1))
            .await
            .err(),
        records
            .complete(once, id("seen"), completion(), at(1))
            .await
            .err(),
    ];
    for refused in outcomes {
        assert!(matches!(refused, Some(RecordsError::Seen)), "{refused:?}");
    }
    assert!(records.transfer(id("seen")).await.unwrap().is_none());
}

async fn parts_and_manifest_are_held_once(records: &dyn Records) {
    let id = id("held once");
    let unknown = records.hold_part(id, held(0), at(1)).await;
    assert!(matches!(unknown, Err(RecordsError::Gone)));
    records.create(spend(), new("held once", 1)).await.unwrap();
    for index in [1, 0, 1] {
        records.hold_part(id, held(index), at(1)).await.unwrap();
        records
            .hold_manifest(spend(), id, manifest(), at(1))
            .await
            .unwrap();
    }
    let mut other = held(1);
    other.digest = Blake3::of(b"other");
    let refused = records.hold_part(id, other, at(1)).await;
    assert!(matches!(refused, Err(RecordsError::Conflict)));
    let digest = Blake3::of(b"other");
    let other = HeldManifest { digest, bytes: 5 };
    let refused = records.hold_manifest(spend(), id, other, at(1)).await;
    assert!(matches!(refused, Err(RecordsError::Conflict)));
    let late = records.hold_part(id, held(0), at(EXPIRY + 1)).await;
    assert!(matches!(late, Err(RecordsError::Gone)));

    let parts = records.parts(id).await.unwrap();
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| (part.index, part.digest))
        .collect();
    assert_eq!(parts, [0, 1].map(|n| (held(n).index, held(n).digest)));
    assert_eq!(
        records.part(id, PartIndex(1)).await.unwrap(),
        Some(held(1).digest)
    );
    assert_eq!(records.part(id, PartIndex(2)).await.unwrap(), None);
    let row = records.transfer(id).await.unwrap().unwrap();
    assert_eq!(row.manifest, Some(manifest()));
}

async fn only_what_is_whole_is_completed(records: &dyn Records) {
    let id = id("whole");
    records.create(spend(), new("whole", 1)).await.unwrap();
    let complete = |completion| records.complete(spend(), id, completion, at(1));
    records.hold_part(id, held(0), at(1)).await.unwrap();
    records
        .hold_manifest(spend(), id, manifest(), at(1))
        .await
        .unwrap();
    assert!(matches!(
        complete(completion()).await,
        Err(RecordsError::Incomplete)
    ));
    records.hold_part(id, held(1), at(1)).await.unwrap();
    for _ in 0..2 {
        complete(completion()).await.unwrap();
    }
    let mut other = completion();
    other.terms = b"other".to_vec();
    assert!(matches!(complete(other).await, Err(RecordsError::Conflict)));
    let late = records.hold_part(id, held(1), at(1)).await;
    assert!(matches!(late, Err(RecordsError::Conflict)));
    let row = records.transfer(id).await.unwrap().unwrap();
    assert_eq!(row.terms.as_deref(), Some(b"terms".as_slice()));
    assert_eq!(row.life.phase(), Phase::Live);
}

async fn a_grant_key_has_one_grant(records: &dyn Records) {
    let id = live(records, "one grant", 2).await;
    let until = records.claim(id, key(1), at(2)).await.unwrap();
    assert_eq!(until, at(2).after(LEASE));
    assert_eq!(records.claim(id, key(1), at(9)).await.unwrap(), until);
    assert_eq!(counts(records, id).await, (Phase::Live, (0, 1, 1)));

    let part = Piece::Part(PartIndex(1));
    let readable = records.readable(id, key(1), part, at(3)).await.unwrap();
    assert_eq!((readable.digest, readable.n_parts), (held(1).digest, 2));
    let readable = records
        .readable(id, key(1), Piece::Manifest, at(3))
        .await
        .unwrap();
    assert_eq!(
        (readable.digest, readable.lease_until),
        (manifest().digest, until)
    );
    for (key, piece, now) in [
        (key(2), part, at(3)),
        (key(1), Piece::Part(PartIndex(2)), at(3)),
        (key(1), part, until),
    ] {
        let refused = records.readable(id, key, piece, now).await;
        assert!(
            matches!(refused, Err(RecordsError::Gone)),
            "{piece:?} {now}"
        );
    }
    for _ in 0..2 {
        records.done(id, key(1), at(4)).await.unwrap();
    }
    assert_eq!(counts(records, id).await, (Phase::Live, (1, 0, 1)));
    let after = [
        records.claim(id, key(1), at(5)).await.err(),
        records.readable(id, key(1), part, at(5)).await.err(),
        records.done(id, key(2), at(5)).await.err(),
    ];
    for refused in after {
        assert!(matches!(refused, Some(RecordsError::Gone)), "{refused:?}");
    }
    records.claim(id, key(2), at(6)).await.unwrap();
    let full = records.claim(id, key(3), at(6)).await;
    assert!(matches!(full, Err(RecordsError::Gone)));
    records.done(id, key(2), at(7)).await.unwrap();
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Used), (2, 0, 2))
    );
}

async fn a_lapsed_grant_gives_its_place_back_unless_it_took_everything(records: &dyn Records) {
    let mut transfer = new("lapses", 1);
    transfer.expires_at = at(0).after(3 * LEASE);
    let id = transfer.id;
    records.create(spend(), transfer).await.unwrap();
    for index in 0..2 {
        records.hold_part(id, held(index), at(1)).await.unwrap();
    }
    records
        .hold_manifest(spend(), id, manifest(), at(1))
        .await
        .unwrap();
    records
        .complete(spend(), id, completion(), at(1))
        .await
        .unwrap();

    let until = records.claim(id, key(1), at(1)).await.unwrap();
    let asked = |key, bits: u8| AskedParts {
        id,
        key,
        bits: vec![bits],
        all: bits == 0b11,
    };
    records.note_asked(vec![asked(key(1), 0b10)]).await.unwrap();
    let readable = records
        .readable(id, key(1), Piece::Manifest, at(2))
        .await
        .unwrap();
    assert_eq!(readable.asked, [0b10]);
    // The next claim finds the lapsed one without waiting for the tick.
    let second = records.claim(id, key(2), until).await.unwrap();
    assert_eq!(counts(records, id).await, (Phase::Live, (0, 1, 2)));
    let lapsed = records.done(id, key(1), until).await;
    assert!(matches!(lapsed, Err(RecordsError::Gone)));
    records.note_asked(vec![asked(key(2), 0b11)]).await.unwrap();
    while records.tick(second).await.unwrap() {}
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Used), (1, 0, 2))
    );
    records.done(id, key(2), second).await.unwrap();
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Used), (1, 0, 2))
    );
}

async fn time_ends_transfers_and_nonces(records: &dyn Records) {
    let id = live(records, "expires", 5).await;
    records.claim(id, key(1), at(EXPIRY)).await.unwrap();
    let mut old = spend();
    old.until = at(EXPIRY);
    records.spend(old.clone()).await.unwrap();
    let now = at(EXPIRY).after(Duration::from_secs(1));
    let late = records.claim(id, key(2), now).await;
    assert!(matches!(late, Err(RecordsError::Gone)));
    assert_eq!(counts(records, id).await.0, Phase::Live);
    while records.tick(now).await.unwrap() {}
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Expired), (0, 1, 1))
    );
    assert!(!records.is_spent(&old).await.unwrap());
    // A running grant outlives the expiry.
    records
        .readable(id, key(1), Piece::Manifest, now)
        .await
        .unwrap();
    records.done(id, key(1), now).await.unwrap();
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Expired), (1, 0, 1))
    );
}

/// A thousand claims of a link for one download.
pub(crate) async fn only_one_of_many_claims_is_granted(records: &dyn Records) {
    let id = live(records, "many claims", 1).await;
    let claims: Vec<_> = (0..1_000)
        .map(|number| records.claim(id, key(number), at(2)))
        .collect();
    let mut n_granted = 0;
    for claim in claims {
        n_granted += u32::from(claim.await.is_ok());
    }
    assert_eq!(n_granted, 1);
    assert_eq!(counts(records, id).await.1, (0, 1, 1));
}

async fn what_was_recorded_survives(
    records: Box<dyn Records>,
    open: &impl Fn() -> Box<dyn Records>,
) {
    let id = live(records.as_ref(), "survives", 1).await;
    records.claim(id, key(1), at(2)).await.unwrap();
    let once = spend();
    records.spend(once.clone()).await.unwrap();
    drop(records);

    let records: Arc<dyn Records> = Arc::from(open());
    assert_eq!(counts(records.as_ref(), id).await, (Phase::Live, (0, 1, 1)));
    assert!(matches!(records.spend(once).await, Err(RecordsError::Seen)));
    assert!(records.claim(id, key(2), at(3)).await.is_err());
    records.done(id, key(1), at(3)).await.unwrap();
}
