//! What every place for records must do; run by the tests of each.

use core::time::Duration;
use std::sync::Arc;

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::keys::{Fingerprint, Secret, SigningKey};
use quitus_core::parts::{PartIndex, PartPlan};
use quitus_core::protocol::{Happening, HeldPart};
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Ending, LEASE, PASSWORD_TRIES_MAX, Phase, TransferId};

use super::{
    AskedParts, Attempt, Completion, Creation, Extension, HeldManifest, NewTransfer, PasswordProof,
    Quota, Records, RecordsError, Spend,
};
use crate::caller::Caller;
use crate::store::Piece;
use crate::vault::Slot;

mod accounts;
mod destruction;
mod engagements;
mod log;
mod seats;
mod statements;

pub(crate) use accounts::enrol;

/// Bytes of an archive of two parts.
const TWO_PARTS: u64 = 8 * 1024 * 1024 + 1;
/// More than any owner here has.
const NO_QUOTA: Quota = Quota {
    bytes: u64::MAX,
    n_transfers: u64::MAX,
};
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
    wrong_passwords_are_counted_and_missing_ones_are_not(records.as_ref()).await;
    a_revoked_transfer_has_no_grant(records.as_ref()).await;
    a_live_transfer_gets_another_end(records.as_ref()).await;
    an_owner_has_no_more_than_its_quota(records.as_ref()).await;
    an_owner_sees_its_own_newest_first(records.as_ref()).await;
    every_happening_is_in_the_access_log_until_it_is_forgotten(records.as_ref()).await;
    destruction::check(records.as_ref()).await;
    accounts::check(records.as_ref()).await;
    seats::check(records.as_ref()).await;
    engagements::check(records.as_ref()).await;
    statements::check(records.as_ref()).await;
    log::check(records.as_ref()).await;
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

fn key_of(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

fn owner(seed: u8) -> Fingerprint {
    key_of(seed).public().fingerprint()
}

/// A nonce that was never used before.
fn spend() -> Spend {
    spend_of(owner(1))
}

/// One of a key.
fn spend_of(signer: Fingerprint) -> Spend {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Spend {
        signer,
        nonce,
        until: at(1_000_000_000),
        caller: caller(),
    }
}

/// Somebody.
fn caller() -> Caller {
    Caller {
        address: Some([203, 0, 113, 9].into()),
        agent: Some("a program/1".to_owned()),
    }
}

/// A claim without a password.
fn attempt(number: u32) -> Attempt {
    attempt_with(number, PasswordProof::Right)
}

fn attempt_with(number: u32, password: PasswordProof) -> Attempt {
    Attempt {
        key: key(number),
        password,
        caller: caller(),
        spend: None,
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
        verifier_digest: Some(key(5)),
        upload_digest: key(2),
        share_commitment: key(4),
        downloads,
        created_at: at(0),
        expires_at: Timestamp::from_unix(EXPIRY, 7_000_000),
        quota: NO_QUOTA,
        needs_account: false,
        recipients: Vec::new(),
        engagement: None,
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
    live_as(records, new(name, downloads)).await
}

async fn live_as(records: &dyn Records, new: NewTransfer) -> TransferId {
    let id = new.id;
    records.create(spend(), new).await.unwrap();
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
    let until = records.claim(id, attempt(1), at(2)).await.unwrap();
    assert_eq!(until, at(2).after(LEASE));
    assert_eq!(records.claim(id, attempt(1), at(9)).await.unwrap(), until);
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
        records
            .done(id, key(1), Caller::default(), at(4))
            .await
            .unwrap();
    }
    assert_eq!(counts(records, id).await, (Phase::Live, (1, 0, 1)));
    let after = [
        records.claim(id, attempt(1), at(5)).await.err(),
        records.readable(id, key(1), part, at(5)).await.err(),
        records
            .done(id, key(2), Caller::default(), at(5))
            .await
            .err(),
    ];
    for refused in after {
        assert!(matches!(refused, Some(RecordsError::Gone)), "{refused:?}");
    }
    records.claim(id, attempt(2), at(6)).await.unwrap();
    let full = records.claim(id, attempt(3), at(6)).await;
    assert!(matches!(full, Err(RecordsError::Gone)));
    records
        .done(id, key(2), Caller::default(), at(7))
        .await
        .unwrap();
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

    let until = records.claim(id, attempt(1), at(1)).await.unwrap();
    let asked = |key, bits: u8| AskedParts {
        id,
        key,
        bits: vec![bits],
        all: bits == 0b11,
    };
    let note = |grants| records.note_asked(grants);
    assert!(note(vec![asked(key(1), 0b10)]).await.unwrap());
    let readable = records
        .readable(id, key(1), Piece::Manifest, at(2))
        .await
        .unwrap();
    assert_eq!(readable.asked, [0b10]);
    // The next claim finds the lapsed one without waiting for the tick.
    let second = records.claim(id, attempt(2), until).await.unwrap();
    assert_eq!(counts(records, id).await, (Phase::Live, (0, 1, 2)));
    let lapsed = records.done(id, key(1), Caller::default(), until).await;
    assert!(matches!(lapsed, Err(RecordsError::Gone)));
    let both = vec![asked(key(1), 0b11), asked(key(2), 0b11)];
    assert!(!note(both).await.unwrap(), "the first has lapsed");
    while records.tick(second).await.unwrap() {}
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Used), (1, 0, 2))
    );
    records
        .done(id, key(2), Caller::default(), second)
        .await
        .unwrap();
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Used), (1, 0, 2))
    );
}

async fn time_ends_transfers_and_nonces(records: &dyn Records) {
    let id = live(records, "expires", 5).await;
    records.claim(id, attempt(1), at(EXPIRY)).await.unwrap();
    let mut old = spend();
    old.until = at(EXPIRY);
    records.spend(old.clone()).await.unwrap();
    let now = at(EXPIRY).after(Duration::from_secs(1));
    let late = records.claim(id, attempt(2), now).await;
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
    records
        .done(id, key(1), Caller::default(), now)
        .await
        .unwrap();
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Expired), (1, 0, 1))
    );
}

/// Records a transfer of that name.
pub(crate) async fn create_one(
    records: &dyn Records,
    name: &str,
) -> Result<Creation, RecordsError> {
    records.create(spend(), new(name, 1)).await
}

/// Records a transfer whose share is in a slot.
pub(crate) async fn create_in(records: &dyn Records, slot: Slot) {
    let mut new = new("of a slot", 1);
    new.slot = slot;
    records.create(spend(), new).await.unwrap();
}

/// A thousand claims of a link for one download.
pub(crate) async fn only_one_of_many_claims_is_granted(records: &dyn Records) {
    let id = live(records, "many claims", 1).await;
    let claims: Vec<_> = (0..1_000)
        .map(|number| records.claim(id, attempt(number), at(2)))
        .collect();
    let mut n_granted = 0;
    for claim in claims {
        n_granted += u32::from(claim.await.is_ok());
    }
    assert_eq!(n_granted, 1);
    assert_eq!(counts(records, id).await.1, (0, 1, 1));
}

async fn wrong_passwords_are_counted_and_missing_ones_are_not(records: &dyn Records) {
    let id = live(records, "passwords", 2).await;
    let claim = |number, password| records.claim(id, attempt_with(number, password), at(2));
    let until = claim(1, PasswordProof::Right).await.unwrap();
    for _ in 0..20 {
        let missing = claim(2, PasswordProof::Missing).await;
        assert!(matches!(missing, Err(RecordsError::Password)));
    }
    for n_wrong in 1..=PASSWORD_TRIES_MAX {
        let wrong = claim(2, PasswordProof::Wrong).await;
        assert!(matches!(wrong, Err(RecordsError::Password)), "{wrong:?}");
        let row = records.transfer(id).await.unwrap().unwrap();
        assert_eq!(row.life.n_wrong_passwords(), n_wrong);
    }
    for password in [
        PasswordProof::Right,
        PasswordProof::Wrong,
        PasswordProof::Missing,
    ] {
        let frozen = claim(2, password).await;
        assert!(matches!(frozen, Err(RecordsError::Frozen)), "{frozen:?}");
    }
    assert_eq!(claim(1, PasswordProof::Right).await.unwrap(), until);
    assert_eq!(counts(records, id).await, (Phase::Live, (0, 1, 1)));
    let row = records.transfer(id).await.unwrap().unwrap();
    assert_eq!(row.life.n_wrong_passwords(), PASSWORD_TRIES_MAX);
    let late = records.claim(id, attempt_with(2, PasswordProof::Wrong), at(EXPIRY + 1));
    assert!(matches!(late.await, Err(RecordsError::Gone)));
}

async fn a_revoked_transfer_has_no_grant(records: &dyn Records) {
    let id = live(records, "revoked", 2).await;
    records.claim(id, attempt(1), at(2)).await.unwrap();
    for number in [8, 9] {
        records
            .revoke(spend(), id, key(number), at(3))
            .await
            .unwrap();
    }
    let row = records.transfer(id).await.unwrap().unwrap();
    assert_eq!(row.instruction_digest, Some(key(8)));
    assert_eq!(
        counts(records, id).await,
        (Phase::Ended(Ending::Revoked), (0, 0, 1))
    );
    let after = [
        records.claim(id, attempt(1), at(3)).await.err(),
        records.claim(id, attempt(2), at(3)).await.err(),
        records
            .readable(id, key(1), Piece::Manifest, at(3))
            .await
            .err(),
        records
            .done(id, key(1), Caller::default(), at(3))
            .await
            .err(),
        records
            .revoke(spend(), self::id("no such"), key(8), at(3))
            .await
            .err(),
    ];
    for refused in after {
        assert!(matches!(refused, Some(RecordsError::Gone)), "{refused:?}");
    }
}

async fn a_live_transfer_gets_another_end(records: &dyn Records) {
    let id = live(records, "extended", 2).await;
    let slot = new("extended", 2).slot;
    let extension = |seconds, slots| Extension {
        expires_at: at(seconds),
        terms: b"other terms".to_vec(),
        slots,
    };
    let moved = Slot(slot.0 ^ 1);
    let extend = |seconds, slots, now| records.extend(spend(), id, extension(seconds, slots), now);
    extend(EXPIRY * 3, (slot, moved), at(2)).await.unwrap();
    let row = records.transfer(id).await.unwrap().unwrap();
    assert_eq!((row.expires_at, row.slot), (at(EXPIRY * 3), Some(moved)));
    assert_eq!(row.terms.as_deref(), Some(b"other terms".as_slice()));
    let elsewhere = extend(EXPIRY * 2, (slot, moved), at(2)).await;
    assert!(matches!(elsewhere, Err(RecordsError::Conflict)));
    records.claim(id, attempt(1), at(EXPIRY * 2)).await.unwrap();
    extend(EXPIRY * 2 + 1, (moved, moved), at(EXPIRY * 2))
        .await
        .unwrap();
    let late = records.claim(id, attempt(2), at(EXPIRY * 2 + 1)).await;
    assert!(matches!(late, Err(RecordsError::Gone)));
    let late = extend(EXPIRY * 9, (moved, moved), at(EXPIRY * 2 + 1)).await;
    assert!(matches!(late, Err(RecordsError::Gone)));
    records
        .create(spend(), new("not yet live", 1))
        .await
        .unwrap();
    let early = records
        .extend(
            spend(),
            self::id("not yet live"),
            extension(EXPIRY * 2, (slot, slot)),
            at(1),
        )
        .await;
    assert!(matches!(early, Err(RecordsError::Conflict)));
}

async fn an_owner_has_no_more_than_its_quota(records: &dyn Records) {
    let create = |name: &str, quota| {
        let mut new = new(name, 1);
        (new.owner, new.quota) = (owner(3), quota);
        records.create(spend(), new)
    };
    let two = Quota {
        bytes: 2 * TWO_PARTS,
        n_transfers: 2,
    };
    for (name, quota, fits) in [
        ("quota 1", two, true),
        (
            "quota 2",
            Quota {
                n_transfers: 1,
                ..two
            },
            false,
        ),
        (
            "quota 2",
            Quota {
                bytes: 2 * TWO_PARTS - 1,
                ..two
            },
            false,
        ),
        ("quota 2", two, true),
        ("quota 3", two, false),
        ("quota 2", two, true),
    ] {
        let created = create(name, quota).await;
        assert_eq!(created.is_ok(), fits, "{name} {quota:?}");
        assert!(fits || matches!(created, Err(RecordsError::Quota)));
    }
}

async fn an_owner_sees_its_own_newest_first(records: &dyn Records) {
    let names = ["listed 1", "listed 2", "listed 3"];
    for name in names {
        let mut new = new(name, 1);
        new.owner = owner(4);
        records.create(spend(), new).await.unwrap();
    }
    let list = |after: Option<TransferId>, n_max| async move {
        let listed = records.transfers(owner(4), after, n_max).await;
        let ids = listed.unwrap().into_iter().map(|(id, _)| id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(
        list(None, 2).await,
        [id("listed 3"), id("listed 2")],
        "the first page"
    );
    assert_eq!(list(Some(id("listed 2")), 2).await, [id("listed 1")]);
    assert!(list(Some(id("listed 1")), 2).await.is_empty());
    let of_another = records.transfers(owner(5), Some(id("listed 1")), 2).await;
    assert!(matches!(of_another, Err(RecordsError::Gone)));
    let none = records.transfers(owner(5), None, 2).await.unwrap();
    assert!(none.is_empty());
}

async fn every_happening_is_in_the_access_log_until_it_is_forgotten(records: &dyn Records) {
    let id = live(records, "log", 2).await;
    records.claim(id, attempt(1), at(2)).await.unwrap();
    records.claim(id, attempt(1), at(2)).await.unwrap();
    records.claim(id, attempt(2), at(3)).await.unwrap();
    let _ = records.claim(id, attempt(3), at(4)).await;
    let wrong = attempt_with(3, PasswordProof::Wrong);
    let _ = records.claim(id, wrong, at(5)).await;
    records.done(id, key(1), caller(), at(6)).await.unwrap();
    let (log, grants) = records.activity(id).await.unwrap();
    let seen: Vec<_> = log.iter().map(|line| (line.what, line.at)).collect();
    assert_eq!(
        seen,
        [
            (Happening::Created, at(0)),
            (Happening::Completed, at(1)),
            (Happening::Claimed, at(2)),
            (Happening::Claimed, at(3)),
            (Happening::Refused, at(4)),
            (Happening::WrongPassword, at(5)),
            (Happening::Done, at(6)),
        ]
    );
    let digits = key(1).to_string()[..8].to_owned();
    for line in &log {
        assert_eq!(line.address.as_deref(), Some("203.0.113.9"));
        assert_eq!(line.agent.as_deref(), Some("a program/1"));
    }
    assert_eq!(log[6].grant, Some(digits.clone()));
    let grants: Vec<_> = grants
        .iter()
        .map(|grant| (grant.state.as_str(), grant.n_parts))
        .collect();
    assert_eq!(grants, [("done", 2), ("live", 2)]);
    while records.forget_accesses(at(5)).await.unwrap() {}
    let (log, _) = records.activity(id).await.unwrap();
    assert_eq!(log.len(), 2);
}

async fn what_was_recorded_survives(
    records: Box<dyn Records>,
    open: &impl Fn() -> Box<dyn Records>,
) {
    let id = live(records.as_ref(), "survives", 1).await;
    records.claim(id, attempt(1), at(2)).await.unwrap();
    let once = spend();
    records.spend(once.clone()).await.unwrap();
    drop(records);

    let records: Arc<dyn Records> = Arc::from(open());
    assert_eq!(counts(records.as_ref(), id).await, (Phase::Live, (0, 1, 1)));
    assert!(matches!(records.spend(once).await, Err(RecordsError::Seen)));
    assert!(records.claim(id, attempt(2), at(3)).await.is_err());
    records
        .done(id, key(1), Caller::default(), at(3))
        .await
        .unwrap();
}
