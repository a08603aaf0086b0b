//! Two dossiers, one transfer and one engagement, as pages: what stands in them, and what may not.
//!
//! The pages of the small one are in `tests/vectors/record`; `BLESS=1` writes them anew.

use std::fs;
use std::path::Path;

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::dossier::{Judged, Label, Outcome, Principal, Reason, Report};
use quitus_core::engagement::EngagementId;
use quitus_core::keys::{Fingerprint, Secret, SigningKey};
use quitus_core::statement::{
    Accepted, AccessExported, AccessReviewed, Acknowledged, Action, Amended, Answer, Checked,
    Choice, CopyState, Corrected, CredentialsChanged, Deactivated, Decision, Declaration,
    Delivered, DeliveryEnd, Destruction, Document, Engaged, Expired, Facts, FoundCopy,
    HolderDestruction, Instructed, Issuer, Kind, Method, Nonce, NotCovered, Observation,
    PinnedRelay, Predicate, Received, Retained, Returned, Reviewed, Revoked, Role, SaltedFile,
    Searched, Statement, Stopped, Subject, Verified,
};
use quitus_core::time::Timestamp;
use quitus_core::tlog::{LogKey, LogOrigin};
use quitus_core::transfer::{Ending, TransferId};

use super::*;

const CLIENT: &str = "Société Bertin & Fils";
const FREELANCER: &str = "Jeanne d’Arcy";
const HOSTILE: &str = "Eve</td><script>alert(1)</script>\u{202e}\u{1b}[2J";

fn key(role: Role) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([role as u8 + 1; 32]))
}

fn print_of(role: Role) -> Fingerprint {
    key(role).public().fingerprint()
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_unix(1_793_500_000 + hours * 3_600, 0)
}

fn id(number: usize) -> TransferId {
    let digest = Sha256::of(&[format!("transfer {number}").as_bytes()]);
    let bytes = digest.as_bytes().first_chunk().copied();
    TransferId::from_bytes(bytes.unwrap())
}

fn some(what: &str) -> Sha256 {
    Sha256::of(&[what.as_bytes()])
}

/// A dossier that grows by a statement at a time.
struct Scene {
    report: Report,
    engagement: Option<EngagementId>,
    names: [&'static str; 2],
    hour: i64,
}

impl Scene {
    fn new(engagement: Option<EngagementId>, names: [&'static str; 2]) -> Self {
        let report = Report {
            statements: Vec::new(),
            faults: std::collections::BTreeSet::new(),
            outcome: Outcome::NotConfirmed,
        };
        Self {
            report,
            engagement,
            names,
            hour: 0,
        }
    }

    fn name(&self, role: Role) -> &'static str {
        match role {
            Role::Relay => "https://relay.example",
            Role::Client | Role::Sender => self.names[0],
            Role::Freelancer | Role::Recipient => self.names[1],
        }
    }

    /// Says something about a transfer, else about the engagement; gives its digest.
    fn say(&mut self, role: Role, about: Option<usize>, facts: Facts) -> Sha256 {
        self.say_with(role, about, facts, |_| {})
    }

    fn say_with(
        &mut self,
        role: Role,
        about: Option<usize>,
        facts: Facts,
        more: impl FnOnce(&mut Predicate),
    ) -> Sha256 {
        self.hour += 7;
        let number = self.report.statements.len() + 1;
        let mut predicate = Predicate {
            engagement: self.engagement,
            seq: number as u64,
            prev: Some(some("before")),
            seen: Vec::new(),
            nonce: Nonce::from_bytes([5; 16]),
            issuer: Issuer {
                role,
                name: self.name(role).to_owned(),
                key: print_of(role),
            },
            issued_at: at(self.hour),
            not_before: None,
            observed: Vec::new(),
            declared: Vec::new(),
            not_covered: Vec::new(),
            facts,
            tool: match role {
                Role::Relay => "quitus-relay 0.1.0".to_owned(),
                Role::Client | Role::Freelancer | Role::Sender | Role::Recipient => {
                    "quitus 0.1.0".to_owned()
                }
            },
        };
        more(&mut predicate);
        let subject = match (about, self.engagement) {
            (None, Some(engagement)) => Subject::engagement(engagement, some("rules")),
            (about, _) => Subject::transfer(id(about.unwrap_or(1)), some("sealed")),
        };
        let statement = Statement::new(vec![subject], predicate);
        let digest = Sha256::of(&[statement.to_file().as_bytes()]);
        let kind = statement.predicate_type;
        let verified = Verified {
            statement,
            key: key(role).public(),
            digest,
            unknown: Vec::new(),
        };
        self.judge(number, kind, verified);
        digest
    }

    fn judge(&mut self, number: usize, kind: Kind, verified: Verified) {
        let relay = "https://relay.example".parse().unwrap();
        let log = LogKey::new(LogOrigin::of(&relay), key(Role::Relay));
        let signed = log.sign(number as u64, some("root"));
        let is_last = kind == Kind::Acknowledged || kind == Kind::Destroyed;
        let other: Principal = "recipient".parse().unwrap();
        self.report.statements.push(Judged {
            name: format!("statements/{number:04}-{kind}.json"),
            verdict: Ok(if is_last { Label::L2 } else { Label::L3 }),
            verified: Some(verified),
            why: String::new(),
            principal: None,
            logged: Some((number as u64 + 40, signed)),
            witnesses: if is_last {
                Vec::new()
            } else {
                vec![(other, at(self.hour + 2))]
            },
        });
    }
}

fn received(bytes: u64) -> Facts {
    Facts::Received(Received {
        request: some("request"),
        owner: print_of(Role::Sender),
        recipients: vec![print_of(Role::Recipient)],
        share_commitment: some("share"),
        archive_bytes: bytes,
        n_parts: 1,
        expires_at: at(7 * 24),
        downloads: 1,
    })
}

fn files(n: u64) -> Vec<SaltedFile> {
    let file = |number: u64| {
        let salt = [number.to_le_bytes()[0]; 16];
        SaltedFile::new(number * 7_919, &salt, &Blake3::of(&number.to_le_bytes()))
    };
    (1..=n).map(file).collect()
}

fn accepted(n: u64, sender: Role) -> Facts {
    let files = files(n);
    Facts::Accepted(Accepted {
        manifest: some("manifest"),
        sender: print_of(sender),
        n_files: n,
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
        is_return: sender == Role::Freelancer,
    })
}

fn delivered() -> Facts {
    Facts::Delivered(Delivered {
        who: Some(print_of(Role::Recipient)),
        grant: "00112233".into(),
        end: DeliveryEnd::Confirmed,
        n_consumed: 1,
        n_released: 1,
    })
}

fn destruction(at: Timestamp) -> Destruction {
    Destruction {
        instruction: some("request"),
        ending: Ending::Used,
        n_consumed: 1,
        n_released: 1,
        share_commitment: some("share"),
        actions: vec![
            Action::new(Method::ShareErase, at, 1),
            Action::new(Method::Unlink, at, 3),
        ],
        backups_after: at.after(core::time::Duration::from_hours(170)),
    }
}

/// As the relay says it.
fn relay_grounds(predicate: &mut Predicate) {
    let at = predicate.issued_at;
    let observation = |code: &str, what: &str, result: &str| Observation {
        at,
        code: code.into(),
        what: what.into(),
        result: result.into(),
    };
    predicate.observed = vec![
        observation(
            "share.slot",
            "the slot of the share, overwritten in place and synced, then read back",
            "zeros",
        ),
        observation(
            "objects.listed",
            "objects listed under the prefix 0011 (dir)",
            "0",
        ),
    ];
    let texts = [
        (
            "en",
            "The operator keeps no copy of the folder of the relay's keys.",
        ),
        (
            "fr",
            "L’exploitant ne garde aucune copie du dossier des clés du relais.",
        ),
    ];
    predicate.declared = texts.map(declared).to_vec();
    predicate.not_covered = [
        (
            "snapshots",
            "snapshots of the relay's machine or of its volumes",
        ),
        (
            "recipients",
            "copies that recipients made, and shares that were released to them",
        ),
        ("new-code", "something that a later version names"),
    ]
    .map(|(code, what)| NotCovered {
        code: code.into(),
        what: what.into(),
    })
    .to_vec();
}

fn declared((language, text): (&str, &str)) -> Declaration {
    Declaration {
        language: language.into(),
        text: text.into(),
    }
}

fn by_holder(n: u64, instruction: Option<Sha256>) -> HolderDestruction {
    let copy = |place: &str, method: Method, state: CopyState| FoundCopy {
        place: Some(place.into()),
        file_system: "ext4".into(),
        bytes: 1_572_864,
        state,
        method: Some(method),
        effect: method.effect().into(),
    };
    HolderDestruction {
        instruction,
        transfers: vec![id(1)],
        files: files(n),
        searched: vec![Searched {
            place: Some("~/Missions/bertin".into()),
            file_system: "ext4".into(),
            n_files: 20_418,
            n_unreadable: 2,
        }],
        copies: vec![
            copy(
                "~/Missions/bertin/clients.csv",
                Method::OverwriteAndUnlink,
                CopyState::Destroyed,
            ),
            copy(
                "~/Téléchargements/clients.csv",
                Method::Unlink,
                CopyState::Destroyed,
            ),
            FoundCopy {
                place: None,
                state: CopyState::Retained,
                method: None,
                effect: String::new(),
                ..copy("", Method::Unlink, CopyState::Left)
            },
        ],
        retained: vec![Retained {
            file: files(1)[0],
            basis: "Code de commerce, art. L123-22 : pièces comptables, dix ans".into(),
        }],
        n_keys_erased: 2,
        answers: vec![
            answer(
                "Existe-t-il une copie dans un environnement de test ?",
                "non",
            ),
            answer(
                "… dans un service en ligne (stockage, IA, messagerie) ?",
                "non",
            ),
            answer("… sur papier ?", "oui, détruite le 3 décembre"),
        ],
        certificate: None,
    }
}

fn answer(text: &str, answer: &str) -> Answer {
    Answer {
        question: "test-environment".into(),
        language: "fr".into(),
        text: text.into(),
        answer: answer.into(),
    }
}

/// One transfer, as the relay, its sender and its recipient tell it.
fn small(names: [&'static str; 2]) -> Report {
    let mut scene = Scene::new(None, names);
    scene.say(Role::Relay, Some(1), received(3_355_443));
    scene.say(Role::Recipient, Some(1), accepted(14, Role::Sender));
    scene.say(Role::Relay, Some(1), delivered());
    let facts = Facts::Destroyed(destruction(at(28)));
    scene.say_with(Role::Relay, Some(1), facts, relay_grounds);
    let facts = Facts::DestroyedByHolder(by_holder(14, None));
    scene.say_with(Role::Recipient, Some(1), facts, |predicate| {
        let text = "Je n’ai gardé aucune autre copie que celle qui est indiquée.";
        predicate.declared = vec![declared(("fr", text))];
    });
    scene.report
}

/// An engagement from its beginning to its end, with every type of statement.
fn large() -> Report {
    let mut scene = Scene::new(
        Some(EngagementId::from_bytes([0x3c; 16])),
        [CLIENT, FREELANCER],
    );
    beginning(&mut scene);
    for number in 1..=7 {
        scene.say(Role::Relay, Some(number), received(40_000_000 << number));
        let facts = accepted(200 / 7 * number as u64, Role::Client);
        scene.say(Role::Freelancer, Some(number), facts);
        let facts = Facts::Destroyed(destruction(at(scene.hour + 7)));
        scene.say_with(Role::Relay, Some(number), facts, relay_grounds);
    }
    middle(&mut scene);
    ending(&mut scene);
    scene.report
}

fn engaged(other: Option<Sha256>) -> Facts {
    let document = |name: &str| Document {
        name: name.into(),
        sha256: some(name),
    };
    Facts::Engaged(Engaged {
        rules: some("rules"),
        client: print_of(Role::Client),
        freelancer: print_of(Role::Freelancer),
        other,
        documents: vec![document("contrat-2026-114.pdf"), document("charte.pdf")],
        reservations: other.map(|_| "Sauvegardes hebdomadaires gardées trente jours.".into()),
        relay: PinnedRelay {
            origin: "https://relay.example".into(),
            statement_key: print_of(Role::Relay),
            log_key: "relay.example/log+1a2b3c4d+AbC".into(),
        },
    })
}

fn beginning(scene: &mut Scene) {
    let first = scene.say(Role::Client, None, engaged(None));
    scene.say(Role::Freelancer, None, engaged(Some(first)));
    let amended = |other| {
        Facts::Amended(Amended {
            version: 2,
            rules: some("rules 2"),
            other,
        })
    };
    let first = scene.say(Role::Client, None, amended(None));
    scene.say(Role::Freelancer, None, amended(Some(first)));
}

fn middle(scene: &mut Scene) {
    let reviewed = Facts::AccessReviewed(AccessReviewed {
        month: "2026-11".into(),
        members: [
            (Role::Freelancer, Decision::Keep),
            (Role::Recipient, Decision::Cut),
        ]
        .map(|(role, decision)| Reviewed {
            member: print_of(role),
            last_seen_at: (decision == Decision::Keep).then_some(at(3)),
            decision,
        })
        .to_vec(),
        n_live: 2,
        n_never_fetched: 1,
    });
    let stopped = |scene: &Scene, is_incident| Stopped {
        at: at(scene.hour),
        is_incident,
    };
    scene.say(Role::Client, None, reviewed);
    let frozen = Facts::Frozen(stopped(scene, true));
    scene.say(Role::Client, None, frozen);
    let thawed = Facts::Thawed(stopped(scene, true));
    scene.say(Role::Client, None, thawed);
    let counts = (some("request"), 1, 1);
    let (instruction, n_consumed, n_released) = counts;
    let revoked = Revoked {
        instruction,
        n_consumed,
        n_released,
    };
    scene.say(Role::Relay, Some(8), Facts::Revoked(revoked));
    let expired = Expired {
        expires_at: at(50),
        n_consumed,
        n_released,
    };
    scene.say(Role::Relay, Some(9), Facts::Expired(expired));
    let left = Facts::DestructionIncomplete(destruction(at(60)));
    scene.say_with(Role::Relay, Some(9), left, relay_grounds);
    scene.say(
        Role::Relay,
        None,
        Facts::Deactivated(Deactivated {
            member: print_of(Role::Sender),
            last_used_at: at(0),
            inactive_days: 30,
        }),
    );
}

fn ending(scene: &mut Scene) {
    let returned = vec![id(10)];
    scene.say(
        Role::Freelancer,
        None,
        Facts::Returned(Returned {
            transfers: returned,
        }),
    );
    scene.say(Role::Client, Some(10), accepted(3, Role::Freelancer));
    let instructed = scene.say(
        Role::Client,
        None,
        Facts::Instructed(Instructed {
            choice: Choice::Both,
            transfers: (1..=7).map(id).collect(),
            by: Some(at(900)),
        }),
    );
    let incomplete = Facts::DestructionByHolderIncomplete(by_holder(40, Some(instructed)));
    let wrong = scene.say(Role::Freelancer, None, incomplete);
    scene.say(
        Role::Freelancer,
        None,
        Facts::Corrected(Corrected { statement: wrong }),
    );
    let destroyed = Facts::DestroyedByHolder(by_holder(200, Some(instructed)));
    let head = scene.say(Role::Freelancer, None, destroyed);
    let transfers = vec![id(2)];
    let changed = Facts::CredentialsChanged(CredentialsChanged { transfers });
    scene.say(Role::Client, None, changed);
    scene.say(
        Role::Client,
        None,
        Facts::Checked(Checked {
            store: "s3://bertin-remises/2026".into(),
            n_versions: 0,
            n_delete_markers: 0,
            n_uploads: 0,
        }),
    );
    scene.say(
        Role::Relay,
        None,
        Facts::AccessExported(AccessExported {
            from: at(0),
            until: at(300),
            n_lines: 12_345,
        }),
    );
    scene.say(
        Role::Client,
        None,
        Facts::Acknowledged(Acknowledged {
            heads: vec![head],
            missing: vec!["journal d’accès de décembre".into()],
            reservations: Some("Sous réserve du contrôle annuel.".into()),
        }),
    );
}

const LANGUAGES: [&str; 2] = ["en", "fr"];

/// Each page of a dossier.
fn pages(name: &str, report: &Report) -> [String; 2] {
    super::pages(name, report).map(|(_, page)| page)
}

/// Every page of this file.
fn all_pages() -> Vec<String> {
    let reports = [small([CLIENT, FREELANCER]), large()];
    let pages = |report: &Report| pages("dossier-1a2b3c4d.zip", report);
    reports.iter().flat_map(pages).collect()
}

#[test]
fn the_pages_are_those_that_were_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/record");
    let pages = pages("dossier-transfer.zip", &small([CLIENT, FREELANCER]));
    for (page, tag) in pages.iter().zip(LANGUAGES) {
        let file = folder.join(format!("transfer.{tag}.html"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, page).unwrap();
        }
        let looked_at = fs::read_to_string(&file).unwrap();
        assert!(looked_at == *page, "BLESS=1, then look: {}", file.display());
    }
    // To look at them, and at how they print.
    if let Some(folder) = std::env::var_os("RECORD_PAGES") {
        for (page, tag) in self::pages("dossier-engagement.zip", &large())
            .iter()
            .zip(LANGUAGES)
        {
            fs::write(
                Path::new(&folder).join(format!("engagement.{tag}.html")),
                page,
            )
            .unwrap();
        }
    }
}

#[test]
fn every_statement_appears_with_its_label() {
    let mut kinds = Vec::new();
    for report in [small([CLIENT, FREELANCER]), large()] {
        for page in pages("dossier.zip", &report) {
            for (place, judged) in report.statements.iter().enumerate() {
                let label = judged.verdict.unwrap();
                let start = format!("<tr><td>{}</td><td>", place + 1);
                let rows = page.split(&start).skip(1);
                let mut rows = rows.map(|row| row.split("</tr>").next().unwrap_or_default());
                let end = format!("<td>{label}</td>");
                assert!(rows.any(|row| row.ends_with(&end)), "{}", judged.name);
                assert!(page.contains(&format!("<td>{}</td>", judged.name)));
            }
        }
        kinds.extend(report.statements.iter().filter_map(|judged| {
            let verified = judged.verified.as_ref()?;
            Some(verified.statement.predicate_type)
        }));
    }
    for kind in Kind::ALL {
        assert!(kinds.contains(&kind), "{kind} is in no page of this test");
    }
}

#[test]
fn every_row_that_a_lawyer_looks_for_is_there() {
    let rows: [&[&str]; 2] = [
        &[
            "Controller",
            "Processor",
            "Contract and clause",
            "Instruction and choice",
            "Data concerned",
            "Who states what",
            "What was done with each copy",
            "What was observed",
            "What is declared",
            "Questions about other copies",
            "What this document does not cover",
            "Data retained and legal basis",
            "Access revoked",
            "Last review of access",
            "Access log",
            "acknowledgement",
            "Reservations",
            "Level of sanitisation",
            "Levels reached",
            "quitus verify dossier.zip --trust annex.txt",
            "sh verify.sh annex.txt",
            "This document gathers signed statements. It shows who stated what, about which data, \
             and no later than when. It does not show, and no method can show, that no copy exists.",
        ],
        &[
            "Responsable de traitement",
            "Sous-traitant",
            "Contrat et clause",
            "Instruction et choix",
            "Données concernées",
            "Qui déclare quoi",
            "Ce qui a été fait de chaque copie",
            "Ce qui a été observé",
            "Ce qui est déclaré",
            "Questions sur d’autres copies",
            "Ce que ce document ne couvre pas",
            "Données conservées et base légale",
            "Accès révoqués",
            "Dernière revue des accès",
            "Journal d’accès",
            "Accusé du responsable",
            "Réserves",
            "Niveau de sanitisation",
            "Niveaux atteints",
            "quitus verify dossier.zip --trust annex.txt",
            "sh verify.sh annex.txt",
            "Ce document réunit des déclarations signées. Il établit qui a déclaré quoi, sur quelles \
             données, et au plus tard quand. Il n’établit pas, et aucun procédé ne peut établir, \
             qu’aucune copie n’existe.",
        ],
    ];
    for report in [small([CLIENT, FREELANCER]), large()] {
        for (page, rows) in pages("dossier.zip", &report).iter().zip(rows) {
            for row in rows {
                assert!(page.contains(row), "{row}");
            }
        }
    }
}

#[test]
fn what_was_signed_stands_word_for_word() {
    for page in all_pages() {
        assert!(page.contains("pièces comptables, dix ans"));
        assert!(page.contains("<td>oui, détruite le 3 décembre</td>"));
        // Plain words, and the words that were signed below them.
        assert!(page.contains("objects listed under the prefix 0011 (dir)"));
        assert!(page.contains("something that a later version names"));
    }
    let [english, french] = pages("dossier.zip", &small([CLIENT, FREELANCER]));
    assert!(english.contains("The operator keeps no copy") && !english.contains("L’exploitant"));
    assert!(french.contains("L’exploitant ne garde") && !french.contains("The operator keeps"));
    assert!(english.contains("<blockquote lang=\"fr\">Je n’ai gardé aucune autre copie"));
}

#[test]
fn read_me_says_what_the_record_says() {
    for ((name, text), page) in READ_ME.iter().zip(all_pages()) {
        let foot = page.split("<footer>\n<p>").nth(1).unwrap();
        let foot = foot.split("</p>").next().unwrap();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(text).contains(foot), "{name}");
        for command in [
            "quitus verify DOSSIER.zip --trust annex.txt",
            "sh verify.sh annex.txt",
            "ssh-keygen -Y verify",
            "dossier: signer not confirmed",
        ] {
            assert!(text.contains(command), "{name}: {command}");
        }
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{name}"
        );
    }
}

#[test]
fn titles_say_what_the_statements_say() {
    let title = |report: &Report| {
        pages("dossier.zip", report).map(|page| {
            let title = page.split("<h1>").nth(1).unwrap();
            title.split("</h1>").next().unwrap().to_owned()
        })
    };
    let mut report = small([CLIENT, FREELANCER]);
    let destroyed = title(&report);
    assert_eq!(destroyed[0], "Record of return and destruction");
    assert_eq!(
        destroyed[1],
        "Procès-verbal de restitution et de destruction"
    );
    report.statements.pop();
    let [english, french] = title(&report);
    assert_eq!(
        (english.as_str(), french.as_str()),
        ("Record of statements", "Relevé des attestations")
    );
    let mut report = large();
    report
        .statements
        .retain(|judged| !judged.name.contains("by-holder"));
    assert!(title(&report)[1].ends_with("destruction incomplète"));
}

#[test]
fn nothing_of_a_statement_that_does_not_count_is_used() {
    let mut report = small([CLIENT, FREELANCER]);
    report.statements[4].verdict = Err(Reason::Signature);
    report.faults.insert(Reason::Missing);
    for page in pages("dossier.zip", &report) {
        assert!(page.contains("<code>statements/0005-destroyed-by-holder.json: signature</code>"));
        assert!(page.contains("<code>missing</code>"));
        assert!(!page.contains("Téléchargements/clients.csv") && !page.contains("dix ans"));
    }
}

#[test]
fn no_foreign_text_becomes_markup_or_hides() {
    let mut report = small([HOSTILE, HOSTILE]);
    let verified = report.statements[4].verified.as_mut().unwrap();
    verified.unknown.push("/predicate/<b>".to_owned());
    for page in pages("</title><script>\u{1b}\u{202e}.zip", &report) {
        for forbidden in ["<script", "\u{202e}", "\u{1b}", "<b>\"", "pointer/<b>"] {
            assert!(!page.contains(forbidden), "{forbidden:?}");
        }
        assert!(
            page.contains("Eve&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}\\x1b[2J")
        );
        assert!(page.contains("/predicate/&lt;b&gt;"));
        assert_eq!(unbalanced(&page), None);
    }
}

#[test]
fn a_page_stands_alone_and_claims_nothing() {
    for page in all_pages() {
        let lower = page.to_lowercase();
        for forbidden in [
            "<script", "<img", "<svg", "<link", "src=", "href=", "url(", "@import", "onload", "✓",
            "✔", "🔒",
        ] {
            assert!(!lower.contains(forbidden), "{forbidden}");
        }
        for claim in [
            "proof",
            "preuve",
            "prouve",
            "irrecoverabl",
            "irrécupérabl",
            "certified",
            "certifié",
            "tamper-proof",
            "infalsifiable",
            "military",
            "militaire",
            "compliant",
            "conforme",
            "qualified",
            "qualifié",
            "blockchain",
            "permanently",
            "définitivement",
        ] {
            let said = lower.replace("tlog-proof", "");
            assert!(!said.contains(claim), "{claim}");
        }
        assert_eq!(unbalanced(&page), None);
    }
}

/// The first tag that closes another one than the last that was opened.
fn unbalanced(page: &str) -> Option<String> {
    const VOID: [&str; 4] = ["meta", "br", "wbr", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let tag = tag.split_once('>')?.0;
        let name = tag.split(' ').next().unwrap_or_default();
        if let Some(name) = name.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(tag.to_owned());
            }
        } else if !VOID.contains(&name) {
            open.push(name);
        }
    }
    open.pop().map(str::to_owned)
}
