//! What every place for records must do with accounts and invites.

use std::time::Duration;

use quitus_core::digest::Sha256;
use quitus_core::invite::{InviteId, Role};
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::InviteState;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Ending, Phase, TransferId};

use super::{at, counts, key, new, owner, spend_of};
use crate::records::{
    Attempt, Inviter, NewInvite, OPEN_INVITES_MAX, PasswordProof, Records, RecordsError,
    SealedCard, SealedRules, Welcome,
};

/// When the invites here expire.
const END: i64 = 50;

pub(super) async fn check(records: &dyn Records) {
    nobody_sends_uninvited_where_an_account_is_needed(records).await;
    an_invite_makes_one_account(records).await;
    an_invite_that_is_over_makes_none(records).await;
    clients_invite_freelancers_and_nobody_else(records).await;
    an_inviter_sees_its_own_and_who_joined(records).await;
    whoever_is_disabled_loses_its_grants(records).await;
    whoever_is_disabled_can_do_nothing_until_enabled(records).await;
    disabled_accounts_are_told_once_a_change(records).await;
}

fn invite_id(name: &str) -> InviteId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::of(&[name.as_bytes()]).as_bytes()[..16]);
    InviteId::from_bytes(bytes)
}

fn card(name: &str) -> SealedCard {
    SealedCard {
        card: name.as_bytes().to_vec(),
        mac: *Sha256::of(&[name.as_bytes()]).as_bytes(),
    }
}

fn by_operator(name: &str, role: Role) -> NewInvite {
    NewInvite {
        id: invite_id(name),
        token_digest: Sha256::of(&[b"token", name.as_bytes()]),
        role,
        created_at: at(0),
        expires_at: at(END),
        inviter: Inviter::Operator {
            label: Some(name.to_owned()),
        },
        engagement: None,
    }
}

fn by(inviter: &Fingerprint, name: &str, role: Role) -> NewInvite {
    NewInvite {
        inviter: Inviter::Account {
            spend: spend_of(inviter.clone()),
            request_digest: Sha256::of(&[b"request", name.as_bytes()]),
            card: card("inviter"),
        },
        ..by_operator(name, role)
    }
}

async fn redeem(
    records: &dyn Records,
    joiner: &Fingerprint,
    name: &str,
    seconds: i64,
) -> Result<Welcome, RecordsError> {
    let joining = card("joiner");
    records
        .redeem(
            spend_of(joiner.clone()),
            invite_id(name),
            joining,
            at(seconds),
        )
        .await
}

/// Enrols a key by an invite of the operator.
pub(crate) async fn enrol(records: &dyn Records, key: Fingerprint, role: Role) {
    let name = format!("enrols {key} {role:?}");
    records.invite(by_operator(&name, role)).await.unwrap();
    redeem(records, &key, &name, 1).await.unwrap();
}

/// Makes a key a member of an engagement by an invite of its client.
pub(super) async fn join_engagement(
    records: &dyn Records,
    (client, member): (u8, u8),
    sealed: SealedRules,
) {
    let name = format!("engages {member} in {}", sealed.id);
    let mut invite = by(&owner(client), &name, Role::Freelancer);
    invite.engagement = Some(sealed.clone());
    records.invite(invite).await.unwrap();
    for _ in 0..2 {
        let welcome = redeem(records, &owner(member), &name, 1).await.unwrap();
        assert_eq!(welcome.engagement, Some(sealed.clone()));
    }
    let of_another = invite_id(&format!("{name} of another"));
    let mut invite = by(&owner(member), &name, Role::Freelancer);
    (invite.id, invite.engagement) = (of_another, Some(sealed));
    let refused = records.invite(invite).await;
    assert!(matches!(refused, Err(RecordsError::Forbidden)));
}

async fn nobody_sends_uninvited_where_an_account_is_needed(records: &dyn Records) {
    let create = |signer: u8, needs_account| {
        let mut new = new("uninvited", 1);
        (new.owner, new.needs_account) = (owner(signer), needs_account);
        records.create(spend_of(owner(signer)), new)
    };
    let refused = create(30, true).await;
    assert!(matches!(refused, Err(RecordsError::Forbidden)));
    enrol(records, owner(30), Role::Freelancer).await;
    create(30, true).await.unwrap();
    create(30, true).await.expect("repeated");
    let taken = create(31, false).await;
    assert!(matches!(taken, Err(RecordsError::Conflict)));
}

async fn an_invite_makes_one_account(records: &dyn Records) {
    let unknown = redeem(records, &owner(32), "no such", 1).await;
    assert!(matches!(unknown, Err(RecordsError::Gone)));
    let until = records.invite(by_operator("alice", Role::Client)).await;
    assert_eq!(until.unwrap(), at(END));
    let digest = by_operator("alice", Role::Client).token_digest;
    assert_eq!(
        records.invite_token(invite_id("alice")).await.unwrap(),
        Some(digest)
    );
    assert_eq!(
        records.invite_token(invite_id("no such")).await.unwrap(),
        None
    );
    let role = Role::Client;
    for seconds in [1, 1, END + 1] {
        let welcome = redeem(records, &owner(32), "alice", seconds).await.unwrap();
        assert_eq!(
            welcome,
            Welcome {
                card: None,
                role,
                engagement: None
            }
        );
    }
    for _ in 0..2 {
        let second = redeem(records, &owner(33), "alice", 2).await;
        assert!(matches!(second, Err(RecordsError::Used)));
    }
    let accounts = records.accounts().await.unwrap();
    assert!(accounts.iter().all(|account| account.key != owner(33)));
    let alice = accounts
        .iter()
        .find(|account| account.key == owner(32))
        .unwrap();
    assert_eq!((alice.role, alice.is_enabled), (Role::Client, true));
    assert_eq!(alice.label.as_deref(), Some("alice"));
    enrol(records, owner(32), Role::Freelancer).await;
    let accounts = records.accounts().await.unwrap();
    let alice = accounts
        .iter()
        .find(|account| account.key == owner(32))
        .unwrap();
    assert_eq!(
        alice.role,
        Role::Client,
        "a weaker invite takes nothing away"
    );
}

async fn an_invite_that_is_over_makes_none(records: &dyn Records) {
    records
        .invite(by_operator("late", Role::Client))
        .await
        .unwrap();
    let late = redeem(records, &owner(34), "late", END).await;
    assert!(matches!(late, Err(RecordsError::Gone)));
    // Its inviter was disabled meanwhile.
    enrol(records, owner(35), Role::Client).await;
    records
        .invite(by(&owner(35), "of a disabled one", Role::Freelancer))
        .await
        .unwrap();
    records.set_enabled(owner(35), false, at(2)).await.unwrap();
    let refused = redeem(records, &owner(34), "of a disabled one", 3).await;
    assert!(matches!(refused, Err(RecordsError::Gone)));
    assert!(
        records
            .accounts()
            .await
            .unwrap()
            .iter()
            .all(|account| account.key != owner(34))
    );
    let years = at(0).after(Duration::from_hours(24 * 365));
    while records.tick(years).await.unwrap() {}
    assert_eq!(records.invite_token(invite_id("late")).await.unwrap(), None);
}

async fn clients_invite_freelancers_and_nobody_else(records: &dyn Records) {
    let (client, freelancer) = (owner(36), owner(37));
    enrol(records, client.clone(), Role::Client).await;
    enrol(records, freelancer.clone(), Role::Freelancer).await;
    for (inviter, role) in [
        (&client, Role::Client),
        (&freelancer, Role::Freelancer),
        (&owner(38), Role::Freelancer),
    ] {
        let refused = records.invite(by(inviter, "refused", role)).await;
        assert!(matches!(refused, Err(RecordsError::Forbidden)), "{inviter}");
    }
    for _ in 0..2 {
        let until = records.invite(by(&client, "once", Role::Freelancer)).await;
        assert_eq!(until.unwrap(), at(END));
    }
    let mut other = by(&client, "once", Role::Freelancer);
    if let Inviter::Account { request_digest, .. } = &mut other.inviter {
        *request_digest = key(9);
    }
    let refused = records.invite(other).await;
    assert!(matches!(refused, Err(RecordsError::Conflict)));
    for number in 1..OPEN_INVITES_MAX {
        let name = format!("one of many {number}");
        records
            .invite(by(&client, &name, Role::Freelancer))
            .await
            .unwrap();
    }
    let refused = records
        .invite(by(&client, "too many", Role::Freelancer))
        .await;
    assert!(matches!(refused, Err(RecordsError::Quota)));
}

async fn an_inviter_sees_its_own_and_who_joined(records: &dyn Records) {
    let (client, joiner) = (owner(39), owner(40));
    enrol(records, client.clone(), Role::Client).await;
    for name in ["seen 1", "seen 2", "seen 3"] {
        records
            .invite(by(&client, name, Role::Freelancer))
            .await
            .unwrap();
    }
    let welcome = redeem(records, &joiner, "seen 2", 2).await.unwrap();
    assert_eq!(
        (welcome.card, welcome.role),
        (Some(card("inviter")), Role::Freelancer)
    );
    let _ = redeem(records, &owner(41), "seen 2", 3).await;
    let page = |after, n_max, seconds| records.invites(client.clone(), (after, n_max), at(seconds));
    let first = page(None, 2, 4).await.unwrap();
    let ids: Vec<_> = first.iter().map(|one| one.id).collect();
    assert_eq!(ids, [invite_id("seen 3"), invite_id("seen 2")]);
    let used = &first[1];
    assert_eq!((used.state, used.n_refused), (InviteState::Used, 1));
    let who = used.joiner.as_ref().unwrap();
    assert_eq!(who.key, joiner);
    assert_eq!(who.card, quitus_core::text::base64url(b"joiner"));
    assert_eq!(first[0].state, InviteState::Open);
    let rest = page(Some(invite_id("seen 2")), 2, END).await.unwrap();
    assert_eq!((rest.len(), rest[0].state), (1, InviteState::Expired));
    let of_another = records
        .invites(joiner, (Some(invite_id("seen 2")), 2), at(4))
        .await;
    assert!(matches!(of_another, Err(RecordsError::Gone)));
    let alice = records.accounts().await.unwrap();
    let alice = alice
        .iter()
        .find(|account| account.key == owner(40))
        .unwrap();
    assert_eq!(alice.invited_by.as_ref(), Some(&client));
}

async fn claim(
    records: &dyn Records,
    id: TransferId,
    (who, number): (&Fingerprint, u32),
) -> Result<Timestamp, RecordsError> {
    let attempt = Attempt {
        key: key(number),
        password: PasswordProof::Right,
        caller: super::caller(),
        spend: Some(spend_of(who.clone())),
    };
    records.claim(id, attempt, at(2)).await
}

async fn whoever_is_disabled_loses_its_grants(records: &dyn Records) {
    let unknown = records.set_enabled(owner(42), false, at(1)).await;
    assert!(matches!(unknown, Err(RecordsError::Gone)));
    let (disabled, other) = (owner(43), owner(44));
    enrol(records, disabled.clone(), Role::Client).await;
    let mut shared = new("cut", 1);
    shared.recipients = vec![disabled.clone(), other.clone()];
    let id = super::live_as(records, shared).await;
    claim(records, id, (&disabled, 50)).await.unwrap();
    claim(records, id, (&other, 51)).await.unwrap();
    assert_eq!(counts(records, id).await, (Phase::Live, (0, 2, 2)));
    let disable = records.set_enabled(disabled.clone(), false, at(3));
    disable.await.unwrap();
    assert_eq!(counts(records, id).await, (Phase::Live, (0, 1, 2)));
    let (log, grants) = records.activity(id).await.unwrap();
    assert_eq!(log.last().unwrap().who.as_ref(), Some(&disabled));
    let states: Vec<_> = grants.iter().map(|grant| grant.state.as_str()).collect();
    assert!(states.contains(&"cut") && states.contains(&"live"));
    for number in [50, 52] {
        let refused = claim(records, id, (&disabled, number)).await;
        assert!(matches!(refused, Err(RecordsError::Forbidden)));
    }
    let enable = records.set_enabled(disabled.clone(), true, at(4));
    enable.await.unwrap();
    let again = claim(records, id, (&disabled, 50)).await;
    assert!(
        matches!(again, Err(RecordsError::Gone)),
        "that grant is cut"
    );
    claim(records, id, (&disabled, 53)).await.unwrap();
    for number in [51, 53] {
        let done = records.done(id, key(number), super::caller(), at(5));
        done.await.unwrap();
    }
    let ended = (Phase::Ended(Ending::Used), (2, 0, 3));
    assert_eq!(counts(records, id).await, ended);
}

async fn whoever_is_disabled_can_do_nothing_until_enabled(records: &dyn Records) {
    let disabled = owner(47);
    let enable = |is_enabled| records.set_enabled(owner(47), is_enabled, at(1));
    enrol(records, disabled.clone(), Role::Client).await;
    let mut own = new("of a disabled sender", 1);
    own.owner = disabled.clone();
    records
        .create(spend_of(disabled.clone()), own.clone())
        .await
        .unwrap();
    enable(false).await.unwrap();
    let row = records.transfer(own.id).await.unwrap().unwrap();
    assert!(row.is_owner_disabled);
    for refused in [
        records.spend(spend_of(disabled.clone())).await.err(),
        records.is_spent(&spend_of(disabled.clone())).await.err(),
        redeem(records, &disabled, "no such", 3).await.err(),
        records
            .create(spend_of(disabled.clone()), own.clone())
            .await
            .err(),
    ] {
        assert!(
            matches!(refused, Some(RecordsError::Forbidden)),
            "{refused:?}"
        );
    }
    enable(true).await.unwrap();
    records.spend(spend_of(disabled)).await.unwrap();
    let row = records.transfer(own.id).await.unwrap().unwrap();
    assert!(!row.is_owner_disabled);
}

async fn disabled_accounts_are_told_once_a_change(records: &dyn Records) {
    let (one, other) = (owner(45), owner(46));
    for key in [&one, &other] {
        enrol(records, key.clone(), Role::Freelancer).await;
    }
    let (_, last) = records.disabled_since(0).await.unwrap();
    assert_eq!(
        records.disabled_since(last).await.unwrap(),
        (Vec::new(), last)
    );
    records
        .set_enabled(one.clone(), false, at(1))
        .await
        .unwrap();
    records
        .set_enabled(other.clone(), false, at(1))
        .await
        .unwrap();
    let (disabled, next) = records.disabled_since(last).await.unwrap();
    assert_eq!(disabled, [one.clone(), other.clone()]);
    assert!(next > last);
    records.set_enabled(one, true, at(2)).await.unwrap();
    let (disabled, after) = records.disabled_since(next).await.unwrap();
    assert!(disabled.is_empty() && after > next);
    let (disabled, _) = records.disabled_since(last).await.unwrap();
    assert_eq!(disabled, [other]);
}
