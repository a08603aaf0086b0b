//! What every place for records must do with engagements.

use quitus_core::digest::Sha256;
use quitus_core::engagement::{Barred, Engagement, EngagementId, Policy};
use quitus_core::invite::Role;
use quitus_core::protocol::{Deed, Happening};
use quitus_core::statement::AccessExported;
use quitus_core::transfer::{Ending, Phase, TransferId};

use super::accounts::join_engagement;
use super::{at, caller, counts, enrol, key, live_as, new, owner, spend_of};
use crate::records::{
    Attempt, Changed, Deeds, Exported, Happened, NewEngagement, PasswordProof, Records,
    RecordsError, Scope, SealedRules,
};
use crate::store::Piece;

/// The client, two members, somebody else.
const CLIENT: u8 = 70;
const MEMBER: u8 = 71;
const OTHER: u8 = 72;
const STRANGER: u8 = 73;

pub(super) async fn check(records: &dyn Records) {
    enrol(records, owner(CLIENT), Role::Client).await;
    an_id_belongs_to_its_first_owner_and_content(records).await;
    an_invite_makes_a_member_and_both_sign(records).await;
    a_change_is_decided_once(records).await;
    an_end_revokes_and_a_date_closes(records).await;
    a_party_sees_what_is_its_own(records).await;
    whoever_is_idle_is_cut_once_and_that_is_owed(records).await;
    an_export_is_owed_once_and_only_of_what_has_ended(records).await;
}

fn engagement_id(name: &str) -> EngagementId {
    let digest = Sha256::of(&[name.as_bytes()]);
    EngagementId::from_bytes(*digest.as_bytes().first_chunk().unwrap())
}

fn engagement(name: &str, ends_at: i64) -> NewEngagement {
    let policy = Policy {
        ends_at: at(ends_at),
        idle_seconds: 24 * 3_600,
        networks: Vec::new(),
        transfer_bytes_max: None,
    };
    NewEngagement {
        id: engagement_id(name),
        engagement: Engagement::new(owner(CLIENT), policy),
        request_digest: Sha256::of(&[name.as_bytes()]),
        needs_account: true,
        created_at: at(0),
    }
}

async fn act(
    records: &dyn Records,
    (who, name): (u8, &str),
    deed: Deed,
    seconds: i64,
) -> Result<Changed, RecordsError> {
    let deeds = Deeds {
        deed,
        rules: None,
        instruction: key(9),
        exported: None,
    };
    let (spend, id) = (spend_of(owner(who)), engagement_id(name));
    records.act(spend, id, deeds, at(seconds)).await
}

/// An engagement with members who signed, until a second.
async fn engaged(records: &dyn Records, name: &str, members: &[u8], ends_at: i64) {
    let new = engagement(name, ends_at);
    let opened = records.open_engagement(spend_of(owner(CLIENT)), new).await;
    opened.unwrap();
    for who in members {
        let sealed = SealedRules {
            id: engagement_id(name),
            rules: b"sealed".to_vec(),
        };
        join_engagement(records, (CLIENT, *who), sealed.clone()).await;
        let agree = Deed::Agree { version: 1 };
        act(records, (*who, name), agree, 1).await.unwrap();
        let member = owner(*who);
        let confirm = Deed::Confirm { member };
        act(records, (CLIENT, name), confirm, 1).await.unwrap();
    }
}

fn attempt(who: u8, number: u32) -> Attempt {
    Attempt {
        key: key(number),
        password: PasswordProof::Right,
        caller: caller(),
        spend: Some(spend_of(owner(who))),
    }
}

/// A live transfer of the engagement from the client.
async fn sent(records: &dyn Records, (name, engagement): (&str, &str), to: &[u8]) -> TransferId {
    let mut sending = new(name, 5);
    sending.owner = owner(CLIENT);
    sending.recipients = to.iter().map(|who| owner(*who)).collect();
    sending.engagement = Some(engagement_id(engagement));
    live_as(records, sending).await
}

async fn an_id_belongs_to_its_first_owner_and_content(records: &dyn Records) {
    let open = |who, new| records.open_engagement(spend_of(owner(who)), new);
    for _ in 0..2 {
        open(CLIENT, engagement("first", 50)).await.unwrap();
    }
    let mut other = engagement("first", 50);
    other.request_digest = key(8);
    let refused = open(CLIENT, other).await;
    assert!(matches!(refused, Err(RecordsError::Conflict)));
    let mut uninvited = engagement("uninvited", 50);
    uninvited.engagement = Engagement::new(owner(STRANGER), uninvited.engagement.policy().clone());
    let refused = open(STRANGER, uninvited).await;
    assert!(matches!(refused, Err(RecordsError::Forbidden)));
    let row = records.engagement(engagement_id("first")).await.unwrap();
    assert_eq!(row.unwrap().engagement, engagement("first", 50).engagement);
    let unknown = records.engagement(engagement_id("nothing")).await.unwrap();
    assert!(unknown.is_none());
}

async fn an_invite_makes_a_member_and_both_sign(records: &dyn Records) {
    engaged(records, "signed", &[MEMBER], 50).await;
    let row = records.engagement(engagement_id("signed")).await.unwrap();
    let engagement = row.unwrap().engagement;
    assert!(engagement.member(&owner(MEMBER)).is_some());
    let id = sent(records, ("of signed", "signed"), &[MEMBER]).await;
    records.claim(id, attempt(MEMBER, 61), at(5)).await.unwrap();
    let row = records.engagement(engagement_id("signed")).await.unwrap();
    let used_at = row.unwrap().engagement.members()[0].used_at;
    assert_eq!(used_at, at(5));
    let mut to_nobody = new("to nobody", 1);
    to_nobody.owner = owner(CLIENT);
    to_nobody.engagement = Some(engagement_id("signed"));
    let created = |transfer| records.create(spend_of(owner(CLIENT)), transfer);
    let refused = created(to_nobody.clone()).await;
    assert!(matches!(refused, Err(RecordsError::Forbidden)));
    to_nobody.recipients = vec![owner(STRANGER)];
    let refused = created(to_nobody).await;
    assert!(matches!(refused, Err(RecordsError::Forbidden)));
}

async fn a_change_is_decided_once(records: &dyn Records) {
    engaged(records, "frozen", &[MEMBER, OTHER], 50).await;
    let id = sent(records, ("of frozen", "frozen"), &[MEMBER, OTHER]).await;
    records.claim(id, attempt(MEMBER, 61), at(2)).await.unwrap();
    let changed = act(records, (OTHER, "frozen"), Deed::Freeze {}, 3).await;
    assert_eq!(changed.unwrap().cut, [id]);
    let again = act(records, (OTHER, "frozen"), Deed::Freeze {}, 4).await;
    assert_eq!(again.unwrap().cut, [id], "the first may have been lost");
    let frozen = |outcome| matches!(outcome, Err(RecordsError::Barred(Barred::Frozen)));
    assert!(frozen(records.claim(id, attempt(MEMBER, 61), at(4)).await));
    let read = || records.readable(id, key(61), Piece::Manifest, at(4));
    assert!(frozen(read().await.map(|_| at(0))));
    let thaw = act(records, (MEMBER, "frozen"), Deed::Thaw {}, 5).await;
    assert!(matches!(thaw, Err(RecordsError::Forbidden)));
    act(records, (CLIENT, "frozen"), Deed::Thaw {}, 5)
        .await
        .unwrap();
    assert!(read().await.is_ok());
    let member = owner(MEMBER);
    for seconds in [6, 7] {
        let cut = Deed::Cut {
            member: member.clone(),
        };
        let cut = act(records, (CLIENT, "frozen"), cut, seconds)
            .await
            .unwrap();
        assert_eq!((cut.cut, cut.whose), (vec![id], Some(owner(MEMBER))));
    }
    assert!(matches!(read().await, Err(RecordsError::Gone)));
    let (log, _) = records.activity(id).await.unwrap();
    assert!(log.iter().any(|line| line.what == Happening::Barred));
    let by_stranger = act(records, (STRANGER, "frozen"), Deed::Freeze {}, 7).await;
    assert!(matches!(by_stranger, Err(RecordsError::Gone)));
}

async fn an_end_revokes_and_a_date_closes(records: &dyn Records) {
    engaged(records, "ended", &[MEMBER], 50).await;
    let id = sent(records, ("of ended", "ended"), &[MEMBER]).await;
    records.claim(id, attempt(MEMBER, 61), at(2)).await.unwrap();
    for _ in 0..2 {
        act(records, (CLIENT, "ended"), Deed::End {}, 3)
            .await
            .unwrap();
    }
    assert_eq!(counts(records, id).await.0, Phase::Ended(Ending::Revoked));
    let row = records.transfer(id).await.unwrap().unwrap();
    assert_eq!(row.instruction_digest, Some(key(9)));
    engaged(records, "over", &[MEMBER], 30).await;
    let id = sent(records, ("of over", "over"), &[MEMBER]).await;
    records.claim(id, attempt(MEMBER, 61), at(2)).await.unwrap();
    assert!(
        !records
            .close_engagements(at(29))
            .await
            .unwrap()
            .contains(&id)
    );
    assert!(
        records
            .close_engagements(at(30))
            .await
            .unwrap()
            .contains(&id)
    );
    assert_eq!(records.close_engagements(at(31)).await.unwrap(), []);
    let (_, (_, n_live, _)) = counts(records, id).await;
    assert_eq!(n_live, 0);
}

async fn a_party_sees_what_is_its_own(records: &dyn Records) {
    engaged(records, "seen", &[MEMBER, OTHER], 50).await;
    let of_member = sent(records, ("to the member", "seen"), &[MEMBER]).await;
    let of_other = sent(records, ("to the other", "seen"), &[OTHER]).await;
    let id = engagement_id("seen");
    let listed = |of, after| async move {
        let rows = records.engaged(id, of, (after, 10)).await.unwrap();
        rows.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, None).await, [of_other, of_member]);
    assert_eq!(listed(None, Some(of_other)).await, [of_member]);
    assert_eq!(listed(Some(owner(MEMBER)), None).await, [of_member]);
    let list = |who, after| records.engagements(owner(who), (after, 1));
    assert_eq!(list(OTHER, None).await.unwrap()[0].id, id);
    let refused = list(STRANGER, Some(id)).await;
    assert!(matches!(refused, Err(RecordsError::Gone)));
    let lines = records.engagement_activity(id, Some(owner(MEMBER)), (0, 100));
    let lines = lines.await.unwrap();
    let whats: Vec<Happening> = lines.iter().map(|line| line.access.what).collect();
    assert_eq!(
        whats,
        [Happening::Joined, Happening::Agreed, Happening::Engaged]
    );
    let rest = records.engagement_activity(id, None, (lines[2].number, 1));
    assert_eq!(rest.await.unwrap().len(), 1);
}

/// What is owed of an engagement itself.
async fn owed(records: &dyn Records, name: &str) -> Vec<Happened> {
    let all = records.statements_owed(usize::from(u16::MAX)).await;
    let scope = Scope::Engagement(engagement_id(name));
    let own = all.unwrap().into_iter();
    own.filter(|one| one.about.scope() == scope)
        .map(|one| one.happened)
        .collect()
}

async fn whoever_is_idle_is_cut_once_and_that_is_owed(records: &dyn Records) {
    const DAY: i64 = 24 * 3_600;
    engaged(records, "idle", &[MEMBER, OTHER], 50 * DAY).await;
    let id = sent(records, ("of idle", "idle"), &[MEMBER, OTHER]).await;
    records.claim(id, attempt(OTHER, 61), at(9)).await.unwrap();
    let cut = |seconds| async move {
        let changed = records.cut_idle(at(seconds)).await.unwrap();
        let own = changed.into_iter().filter(|one| one.cut.contains(&id));
        own.map(|one| one.whose).collect::<Vec<_>>()
    };
    assert_eq!(cut(DAY).await, []);
    assert_eq!(cut(DAY + 1).await, [Some(owner(MEMBER))]);
    assert_eq!(cut(DAY + 1).await, []);
    assert_eq!(cut(DAY + 9).await, [Some(owner(OTHER))]);
    let happened = owed(records, "idle").await;
    let [Happened::Deactivated(first), Happened::Deactivated(second)] = &happened[..] else {
        panic!("{happened:?}");
    };
    assert_eq!(
        (&first.member, first.last_used_at, first.inactive_days),
        (&owner(MEMBER), at(1), 1)
    );
    assert_eq!(
        (&second.member, second.last_used_at),
        (&owner(OTHER), at(9))
    );
    let (_, (_, n_live, _)) = counts(records, id).await;
    assert_eq!(n_live, 0);
    let row = records.engagement(engagement_id("idle")).await.unwrap();
    let members = row.unwrap().engagement.members().to_vec();
    assert!(members.iter().all(|member| member.is_cut));
    let member = owner(MEMBER);
    act(records, (CLIENT, "idle"), Deed::Admit { member }, DAY + 11)
        .await
        .unwrap();
    assert_eq!(cut(2 * DAY).await, []);
    assert_eq!(cut(2 * DAY + 11).await, [Some(owner(MEMBER))]);
    let place = records.place(Scope::Engagement(engagement_id("idle")));
    assert_eq!(place.await.unwrap().seq, 1);
}

async fn an_export_is_owed_once_and_only_of_what_has_ended(records: &dyn Records) {
    engaged(records, "exported", &[MEMBER], 50).await;
    let export = |who, seconds| {
        let deeds = Deeds {
            deed: Deed::Export {},
            rules: None,
            instruction: key(9),
            exported: Some(Exported {
                facts: AccessExported {
                    from: at(0),
                    until: at(seconds),
                    n_lines: 3,
                },
                digest: key(7),
            }),
        };
        let (spend, id) = (spend_of(owner(who)), engagement_id("exported"));
        records.act(spend, id, deeds, at(seconds))
    };
    let early = export(CLIENT, 2).await;
    assert!(matches!(early, Err(RecordsError::Conflict)));
    act(records, (CLIENT, "exported"), Deed::End {}, 3)
        .await
        .unwrap();
    let others = export(MEMBER, 4).await;
    assert!(matches!(others, Err(RecordsError::Forbidden)));
    for seconds in [5, 6] {
        export(CLIENT, seconds).await.unwrap();
    }
    let happened = owed(records, "exported").await;
    let [Happened::Exported(exported)] = &happened[..] else {
        panic!("{happened:?}");
    };
    assert_eq!((exported.facts.until, exported.digest), (at(5), key(7)));
    super::statements::flush(records).await;
    export(CLIENT, 7).await.unwrap();
    assert!(owed(records, "exported").await.is_empty());
}
