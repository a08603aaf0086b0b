//! Statements one after the other, and what they make of a checklist.

use super::*;
use crate::engagement::{EngagementId, Policy};
use crate::keys::{Secret, SigningKey};
use crate::protocol::{ProposalStatus, RecipientStatus, Status};
use crate::statement::{
    Accepted, AccessExported, Acknowledged, Amended, CredentialsChanged, Engaged,
    HolderDestruction, Instructed, Issuer, Nonce, PinnedRelay, Predicate, Returned, Statement,
};

const CLIENT: u8 = 1;
const BOB: u8 = 2;
const CAROL: u8 = 3;
const RELAY: u8 = 9;
/// The transfer that bob was given, and the one he gives back.
const GIVEN: TransferId = TransferId::from_bytes([4; 16]);
const BACK: TransferId = TransferId::from_bytes([5; 16]);

fn signer(number: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([number; 32]))
}

fn key(number: u8) -> Fingerprint {
    signer(number).public().fingerprint()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds, 0)
}

fn digest(number: u8) -> Sha256 {
    Sha256::from_bytes([number; 32])
}

/// A statement of somebody at a moment, which is its number as well.
fn said(who: u8, about: TransferId, (seconds, facts): (u8, Facts)) -> Verified {
    let role = match who {
        CLIENT => Role::Client,
        RELAY => Role::Relay,
        _ => Role::Freelancer,
    };
    let predicate = Predicate {
        engagement: Some(EngagementId::from_bytes([7; 16])),
        seq: u64::from(seconds),
        prev: (seconds > 1).then(|| digest(seconds)),
        seen: Vec::new(),
        nonce: Nonce::from_bytes([seconds; 16]),
        issuer: Issuer {
            role,
            name: "somebody".to_owned(),
            key: key(who),
        },
        issued_at: at(seconds.into()),
        not_before: None,
        observed: Vec::new(),
        declared: Vec::new(),
        not_covered: Vec::new(),
        facts,
        tool: "test".to_owned(),
    };
    let statement = Statement::new(vec![Subject::transfer(about, digest(0))], predicate);
    let signed = statement.sign(&signer(who)).expect("a key in memory signs");
    signed.verify().expect("it was just signed")
}

fn member(number: u8, standing: Standing) -> MemberStatus {
    MemberStatus {
        key: key(number),
        joined_at: at(1),
        standing,
        version: u32::from(standing != Standing::Joined),
        is_cut: false,
        used_at: at(1),
        idle_at: at(9_999),
    }
}

fn status(members: Vec<MemberStatus>) -> EngagementStatus {
    EngagementStatus {
        id: EngagementId::from_bytes([7; 16]),
        owner: key(CLIENT),
        created_at: at(0),
        state: State::Active,
        version: 1,
        policy: Policy {
            ends_at: at(1_000),
            idle_seconds: 86_400,
            networks: Vec::new(),
            transfer_bytes_max: None,
        },
        ended_at: None,
        frozen_by: None,
        frozen_at: None,
        members,
        proposal: None,
    }
}

/// What the client sent to bob, who took it.
fn given(phase: StatusPhase) -> EngagedTransfer {
    let status = Status {
        id: GIVEN,
        created_at: at(0),
        archive_bytes: 1,
        has_password: false,
        n_wrong_passwords: 0,
        phase,
        ending: None,
        expires_at: at(100),
        downloads: 1,
        n_consumed: 1,
        n_live: 0,
        n_released: 1,
        parts: Vec::new(),
        has_manifest: true,
        n_recipients: 1,
        recipients: vec![RecipientStatus {
            recipient: key(BOB),
            n_consumed: 1,
            n_live: 0,
            n_released: 1,
        }],
        engagement: None,
    };
    let sender = key(CLIENT);
    EngagedTransfer { sender, status }
}

/// A line in a word: `destruction bob waits bob 30`.
fn told(lines: &[Line]) -> Vec<String> {
    let name = |who: &Fingerprint| match who {
        who if *who == key(BOB) => "bob",
        who if *who == key(CAROL) => "carol",
        _ => "?",
    };
    let one = |line: &Line| {
        let task = format!("{:?}", line.task);
        let task = task.split([' ', '{']).next().unwrap_or_default();
        let member = line.member.as_ref().map_or("", name);
        let progress = match &line.progress {
            Progress::Done { .. } => "done".to_owned(),
            Progress::Waits { party, since } => {
                let party = match party {
                    Party::Client => "client",
                    Party::Relay => "relay",
                    Party::Member(who) => name(who),
                };
                let since = since.map_or("-".to_owned(), |at| at.seconds().to_string());
                format!("{party} {since}")
            }
        };
        format!("{task} {member} {progress}").replace("  ", " ")
    };
    lines.iter().map(one).collect()
}

/// An engagement as its client knows it.
struct Scene {
    status: EngagementStatus,
    transfers: Vec<EngagedTransfer>,
    statements: Vec<Verified>,
    signers: Vec<(Fingerprint, Vec<Fingerprint>)>,
    secrets: Vec<(TransferId, String)>,
    choice: Choice,
}

impl Scene {
    fn new(members: Vec<MemberStatus>) -> Self {
        Self {
            status: status(members),
            transfers: vec![given(StatusPhase::Live)],
            statements: Vec::new(),
            signers: [BOB, CAROL].map(|who| (key(who), vec![key(who)])).to_vec(),
            secrets: Vec::new(),
            choice: Choice::Both,
        }
    }

    fn say(&mut self, who: u8, about: TransferId, said_at: (u8, Facts)) {
        self.statements.push(said(who, about, said_at));
    }

    fn known<'a>(&'a self, own: Option<&'a Fingerprint>) -> Known<'a> {
        Known {
            status: &self.status,
            transfers: &self.transfers,
            statements: &self.statements,
            signers: &self.signers,
            choice: self.choice,
            secrets: &self.secrets,
            own,
            left_at: None,
        }
    }

    fn waiting(&self) -> Vec<String> {
        told(&self.known(None).waiting())
    }

    fn closing(&self) -> Vec<String> {
        told(&self.known(None).closing())
    }
}

fn engaged_facts() -> Facts {
    Facts::Engaged(Engaged {
        rules: digest(1),
        client: key(CLIENT),
        freelancer: key(BOB),
        other: None,
        documents: Vec::new(),
        reservations: None,
        relay: PinnedRelay {
            origin: "https://relay.example".to_owned(),
            statement_key: key(RELAY),
            log_key: String::new(),
        },
    })
}

fn accepted(is_return: bool) -> Facts {
    Facts::Accepted(Accepted {
        manifest: digest(2),
        sender: key(CLIENT),
        n_files: 0,
        bytes: 0,
        files: Vec::new(),
        is_return,
    })
}

fn holders() -> HolderDestruction {
    HolderDestruction {
        instruction: None,
        transfers: vec![GIVEN],
        files: Vec::new(),
        searched: Vec::new(),
        copies: Vec::new(),
        retained: Vec::new(),
        n_keys_erased: 0,
        answers: Vec::new(),
        certificate: None,
    }
}

#[test]
fn whoever_has_not_signed_is_waited_for_while_it_lives() {
    let mut scene = Scene::new(vec![
        member(BOB, Standing::Agreed),
        member(CAROL, Standing::Joined),
    ]);
    scene.say(BOB, GIVEN, (20, engaged_facts()));
    let waits = ["Confirmation bob client 20", "Agreement carol carol 1"];
    assert_eq!(scene.waiting(), waits);
    scene.status.members = vec![member(BOB, Standing::Engaged)];
    assert!(scene.waiting().is_empty());
    let amended = Amended {
        version: 2,
        rules: digest(3),
        other: None,
    };
    scene.say(CLIENT, GIVEN, (30, Facts::Amended(amended)));
    scene.status.proposal = Some(ProposalStatus {
        digest: digest(4),
        by: key(CLIENT),
        policy: scene.status.policy.clone(),
        agreed: vec![key(CLIENT)],
        rules: String::new(),
    });
    assert_eq!(scene.waiting(), ["Amendment bob 30"]);
}

#[test]
fn an_end_is_complete_once_every_line_is_shown_by_something() {
    let mut scene = Scene::new(vec![
        member(BOB, Standing::Engaged),
        member(CAROL, Standing::Engaged),
    ]);
    scene.secrets = vec![(GIVEN, "a password".to_owned())];
    let before = scene.closing();
    assert_eq!(before[0], "Access client -");
    (scene.status.state, scene.status.ended_at) = (State::Ended, Some(at(50)));
    let lines = [
        "Access done",
        "Instruction client 50",
        "Transfers relay 50",
        "Credentials client 50",
        "Return bob bob 50",
        "Destruction bob bob 50",
        "Nothing carol done",
        "AccessLog client 50",
        "Acknowledgement client 50",
    ];
    assert_eq!(scene.closing(), lines);
    let instructed = Instructed {
        choice: Choice::Both,
        transfers: Vec::new(),
        by: None,
    };
    scene.say(CLIENT, GIVEN, (51, Facts::Instructed(instructed)));
    assert!(scene.closing().contains(&"Return bob bob 51".to_owned()));
    scene.transfers = vec![given(StatusPhase::Destroyed)];
    let changed = CredentialsChanged {
        transfers: vec![GIVEN],
    };
    scene.say(CLIENT, GIVEN, (52, Facts::CredentialsChanged(changed)));
    let transfers = vec![BACK];
    scene.say(BOB, BACK, (53, Facts::Returned(Returned { transfers })));
    assert!(scene.closing().contains(&"Return bob client 53".to_owned()));
    scene.say(CLIENT, BACK, (54, accepted(true)));
    scene.say(BOB, GIVEN, (55, Facts::DestroyedByHolder(holders())));
    let exported = AccessExported {
        from: at(0),
        until: at(56),
        n_lines: 1,
    };
    scene.say(RELAY, GIVEN, (56, Facts::AccessExported(exported)));
    assert_eq!(scene.waiting(), ["Acknowledgement client 50"]);
    let acknowledged = Acknowledged {
        heads: Vec::new(),
        missing: Vec::new(),
        reservations: None,
    };
    scene.say(CLIENT, GIVEN, (57, Facts::Acknowledged(acknowledged)));
    assert!(scene.waiting().is_empty());
    let own = key(BOB);
    scene.status.members.truncate(1);
    assert!(scene.known(Some(&own)).waiting().is_empty());
}

#[test]
fn a_holders_last_word_counts_and_nobody_elses() {
    let mut scene = Scene::new(vec![member(BOB, Standing::Engaged)]);
    scene.choice = Choice::Destroy;
    scene.status.ended_at = Some(at(50));
    let line = |scene: &Scene| {
        let mut lines = scene.closing().into_iter();
        lines.find(|line| line.starts_with("Destruction"))
    };
    let is = |scene: &Scene, expected: &str| assert_eq!(line(scene).as_deref(), Some(expected));
    scene.say(CAROL, GIVEN, (60, Facts::DestroyedByHolder(holders())));
    is(&scene, "Destruction bob bob 50");
    scene.say(BOB, GIVEN, (61, accepted(false)));
    scene.say(
        BOB,
        GIVEN,
        (62, Facts::DestructionByHolderIncomplete(holders())),
    );
    is(&scene, "Destruction bob bob 62");
    scene.say(BOB, GIVEN, (63, Facts::DestroyedByHolder(holders())));
    is(&scene, "Destruction bob done");
    scene.say(BOB, GIVEN, (64, accepted(false)));
    is(&scene, "Destruction bob bob 50");
}

#[test]
fn what_a_member_waits_for_begins_when_it_left() {
    let mut scene = Scene::new(vec![member(BOB, Standing::Engaged)]);
    scene.status.members[0].is_cut = true;
    let own = key(BOB);
    let mut known = scene.known(Some(&own));
    known.left_at = Some(at(40));
    let lines = [
        "Access done",
        "Instruction client 40",
        "Return bob bob 40",
        "Destruction bob bob 40",
        "AccessLog client 40",
        "Acknowledgement client 40",
    ];
    assert_eq!(told(&known.closing()), lines);
}
