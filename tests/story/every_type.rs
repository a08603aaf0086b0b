//! Dossiers of a small engagement, and of statements of every type by everybody who makes them.

use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::statement::{
    Accepted, AccessExported, AccessReviewed, Acknowledged, Action, Amended, Answer, Checked,
    Choice, CopyState, Corrected, CredentialsChanged, Deactivated, Decision, Delivered,
    DeliveryEnd, Destruction, Document, Engaged, Expired, Facts, FoundCopy, HolderDestruction,
    Instructed, Method, PinnedRelay, Received, Retained, Returned, Reviewed, Revoked, Role,
    SaltedFile, Searched, Stopped,
};
use quitus_core::transfer::{Ending, TransferId};

use crate::fixed_keys::{
    BY_CLIENT, BY_FREELANCER, BY_OUTSIDER, CLIENT, Case, FREELANCER, Maker, RECIPIENT, RELAY,
    SECOND, SENDER, at, digest, fingerprint, log,
};

/// The dossier that the tampered ones are made of.
pub(crate) fn engagement() -> Case {
    engagement_in(0)
}

/// The same in another log.
pub(crate) fn engagement_in(salt: u8) -> Case {
    let mut maker = Maker::of(EngagementId::from_bytes([2; 16]));
    maker.salt = salt;
    let first = maker.say(Role::Client, CLIENT, engaged(None));
    maker.say(Role::Freelancer, FREELANCER, engaged(Some(first)));
    maker.say(Role::Relay, RELAY, received());
    maker.say(Role::Freelancer, SECOND, engaged(Some(first)));
    let instruction = maker.say(
        Role::Client,
        CLIENT,
        Facts::Instructed(Instructed {
            choice: Choice::Both,
            transfers: vec![TransferId::from_bytes([7; 16])],
            by: None,
        }),
    );
    maker.say(Role::Relay, RELAY, Facts::Destroyed(destruction()));
    let destroyed = maker.say(
        Role::Freelancer,
        FREELANCER,
        Facts::DestroyedByHolder(by_holder(Some(instruction))),
    );
    maker.say(
        Role::Freelancer,
        SECOND,
        Facts::Returned(Returned {
            transfers: Vec::new(),
        }),
    );
    let heads = maker.heads();
    maker.say(Role::Client, CLIENT, acknowledged(heads));
    maker.say(
        Role::Freelancer,
        FREELANCER,
        Facts::Corrected(Corrected {
            statement: destroyed,
        }),
    );
    let states: &[(u64, &[u8])] = &[
        (5, &[]),
        (8, &[BY_CLIENT, BY_FREELANCER]),
        (13, &[BY_CLIENT, BY_FREELANCER, BY_OUTSIDER]),
    ];
    maker.dossier(states, &parties())
}

fn parties() -> Vec<(&'static str, u8)> {
    vec![
        ("relay", RELAY),
        ("client", CLIENT),
        ("freelancer", FREELANCER),
        ("freelancer-2", SECOND),
    ]
}

fn engaged(other: Option<Sha256>) -> Facts {
    Facts::Engaged(Engaged {
        rules: digest("rules"),
        client: fingerprint(CLIENT),
        freelancer: fingerprint(FREELANCER),
        other,
        documents: vec![Document {
            name: "contrat.pdf".into(),
            sha256: digest("contract"),
        }],
        reservations: other.map(|_| "none".into()),
        relay: PinnedRelay {
            origin: "https://relay.example".into(),
            statement_key: fingerprint(RELAY),
            log_key: log().verifier().to_string(),
        },
    })
}

fn received() -> Facts {
    Facts::Received(Received {
        request: digest("request"),
        owner: fingerprint(CLIENT),
        recipients: vec![fingerprint(FREELANCER), fingerprint(SECOND)],
        share_commitment: digest("share"),
        archive_bytes: 9_007_199_254_740_991,
        n_parts: u32::MAX,
        expires_at: at(0),
        downloads: 0,
    })
}

fn destruction() -> Destruction {
    Destruction {
        instruction: digest("request"),
        ending: Ending::Used,
        n_consumed: 1,
        n_released: 1,
        share_commitment: digest("share"),
        actions: Method::ALL
            .map(|method| Action::new(method, at(0), 1))
            .into(),
        backups_after: at(90_000),
    }
}

fn by_holder(instruction: Option<Sha256>) -> HolderDestruction {
    let file = SaltedFile {
        bytes: 6,
        digest: digest("salted"),
    };
    let copy = |state, method| FoundCopy {
        place: None,
        file_system: "ext4".into(),
        bytes: 6,
        state,
        method,
        effect: "what it does".into(),
    };
    HolderDestruction {
        instruction,
        transfers: vec![TransferId::from_bytes([7; 16])],
        files: vec![file],
        searched: vec![Searched {
            place: Some("~/work".into()),
            file_system: "ext4".into(),
            n_files: 9,
            n_unreadable: 0,
        }],
        copies: vec![
            copy(CopyState::Destroyed, Some(Method::Unlink)),
            copy(CopyState::Left, None),
        ],
        retained: vec![Retained {
            file,
            basis: "Code de commerce, art. L123-22".into(),
        }],
        n_keys_erased: 1,
        answers: vec![Answer {
            question: "cloud".into(),
            language: "fr".into(),
            text: "Nuage ?".into(),
            answer: "non".into(),
        }],
        certificate: Some(digest("certificate")),
    }
}

fn acknowledged(heads: Vec<Sha256>) -> Facts {
    Facts::Acknowledged(Acknowledged {
        heads,
        missing: vec!["nothing".into()],
        reservations: None,
    })
}

/// What everybody may say at some time, whatever is between them.
fn by_anybody(other: quitus_core::digest::Sha256) -> Vec<Facts> {
    let stopped = Stopped {
        at: at(0),
        is_incident: false,
    };
    vec![
        Facts::Frozen(stopped.clone()),
        Facts::Thawed(stopped),
        Facts::Corrected(Corrected { statement: other }),
    ]
}

fn by_relay() -> Vec<Facts> {
    let (n_consumed, n_released) = (1, 2);
    vec![
        received(),
        Facts::Delivered(Delivered {
            who: None,
            grant: "g".into(),
            end: DeliveryEnd::LeaseEnded,
            n_consumed,
            n_released,
        }),
        Facts::Revoked(Revoked {
            instruction: digest("request"),
            n_consumed,
            n_released,
        }),
        Facts::Expired(Expired {
            expires_at: at(0),
            n_consumed,
            n_released,
        }),
        Facts::DestructionIncomplete(destruction()),
        Facts::Destroyed(destruction()),
    ]
}

fn accepted() -> Facts {
    let file = SaltedFile {
        bytes: 6,
        digest: digest("salted"),
    };
    Facts::Accepted(Accepted {
        manifest: digest("manifest"),
        sender: fingerprint(CLIENT),
        n_files: 1,
        bytes: 6,
        files: vec![file],
        is_return: false,
    })
}

fn checked() -> Facts {
    Facts::Checked(Checked {
        store: "s3://bucket".into(),
        n_versions: 0,
        n_delete_markers: 0,
        n_uploads: 0,
    })
}

#[expect(
    clippy::too_many_lines,
    reason = "every type once, in the order of one engagement"
)]
pub(crate) fn engagement_of_every_type() -> Case {
    let mut maker = Maker::of(EngagementId::from_bytes([3; 16]));
    let first = maker.say(Role::Client, CLIENT, engaged(None));
    maker.say(Role::Freelancer, FREELANCER, engaged(Some(first)));
    let member = fingerprint(SECOND);
    let amended = |other| {
        Facts::Amended(Amended {
            version: 2,
            rules: digest("rules"),
            other,
        })
    };
    let second = maker.say(Role::Client, CLIENT, amended(None));
    maker.say(Role::Freelancer, FREELANCER, amended(Some(second)));
    for facts in by_relay().into_iter().chain(by_anybody(first)) {
        maker.say(Role::Relay, RELAY, facts);
    }
    let deactivated = Deactivated {
        member: member.clone(),
        last_used_at: at(0),
        inactive_days: 30,
    };
    maker.say(Role::Relay, RELAY, Facts::Deactivated(deactivated));
    maker.say(
        Role::Relay,
        RELAY,
        Facts::AccessExported(AccessExported {
            from: at(0),
            until: at(1),
            n_lines: 2,
        }),
    );
    let reviewed = |decision, last_seen_at| Reviewed {
        member: member.clone(),
        last_seen_at,
        decision,
    };
    let reviewed = AccessReviewed {
        month: "2023-11".into(),
        members: vec![
            reviewed(Decision::Keep, Some(at(0))),
            reviewed(Decision::Cut, None),
        ],
        n_live: 1,
        n_never_fetched: 0,
    };
    let transfers = vec![TransferId::from_bytes([7; 16])];
    let instructed = Instructed {
        choice: Choice::Return,
        transfers: transfers.clone(),
        by: Some(at(9)),
    };
    let heads = maker.heads();
    for facts in [
        Facts::Instructed(instructed),
        Facts::AccessReviewed(reviewed),
        checked(),
        Facts::CredentialsChanged(CredentialsChanged {
            transfers: transfers.clone(),
        }),
        acknowledged(heads),
        accepted(),
        Facts::DestructionByHolderIncomplete(by_holder(None)),
    ] {
        maker.say(Role::Client, CLIENT, facts);
    }
    for facts in [
        accepted(),
        Facts::Returned(Returned { transfers }),
        Facts::DestructionByHolderIncomplete(by_holder(Some(first))),
        Facts::DestroyedByHolder(by_holder(None)),
    ] {
        maker.say(Role::Freelancer, SECOND, facts);
    }
    for (role, seed) in [(Role::Client, CLIENT), (Role::Freelancer, SECOND)] {
        for facts in by_anybody(first) {
            maker.say(role, seed, facts);
        }
    }
    maker.dossier(&[(20, &[BY_FREELANCER]), (34, &[BY_CLIENT])], &parties())
}

pub(crate) fn transfer_of_every_type() -> Case {
    let mut maker = Maker::default();
    let first = maker.say(Role::Relay, RELAY, received());
    for facts in by_relay().into_iter().skip(1).chain(by_anybody(first)) {
        maker.say(Role::Relay, RELAY, facts);
    }
    for facts in [
        checked(),
        Facts::DestructionByHolderIncomplete(by_holder(None)),
    ] {
        maker.say(Role::Sender, SENDER, facts);
    }
    let holder = [
        accepted(),
        Facts::DestructionByHolderIncomplete(by_holder(None)),
        Facts::DestroyedByHolder(by_holder(None)),
    ];
    for facts in holder.into_iter().chain(by_anybody(first)) {
        maker.say(Role::Recipient, RECIPIENT, facts);
    }
    maker.dossier(
        &[(20, &[BY_CLIENT])],
        &[
            ("relay", RELAY),
            ("sender", SENDER),
            ("recipient", RECIPIENT),
        ],
    )
}
