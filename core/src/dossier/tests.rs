//! A small dossier, and the ways in which it stops counting. The large corpus is in `tests/story`.

use super::*;
use crate::digest::Sha256;
use crate::engagement::EngagementId;
use crate::keys::{Secret, SigningKey};
use crate::origin::Origin;
use crate::statement::{
    Choice, Facts, Instructed, Issuer, Nonce, Predicate, Revoked, Role, SignedStatement, Statement,
    Stopped, Subject,
};
use crate::tlog::tile::{Tile, TileError, TileKind, Tiles};
use crate::tlog::{
    Algorithm, Cosignature, Entry, LogKey, LogOrigin, Proof, VerifierKey, witness_name,
};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000 + seconds, 0)
}

fn log() -> LogKey {
    let relay: Origin = "https://relay.example".parse().unwrap();
    LogKey::new(LogOrigin::of(&relay), key(9))
}

/// A party, and the last statement it made.
struct Party {
    role: Role,
    key: SigningKey,
    last: Option<(u64, Sha256)>,
}

impl Party {
    fn new(role: Role, seed: u8) -> Self {
        let key = key(seed);
        Self {
            role,
            key,
            last: None,
        }
    }

    fn say(&mut self, seen: Vec<Sha256>, facts: Facts) -> Logged {
        let (seq, prev) = self
            .last
            .map_or((1, None), |(seq, prev)| (seq + 1, Some(prev)));
        let engagement = EngagementId::from_bytes([2; 16]);
        let predicate = Predicate {
            engagement: Some(engagement),
            seq,
            prev,
            seen,
            nonce: Nonce::from_bytes([5; 16]),
            issuer: Issuer {
                role: self.role,
                name: "Alice".into(),
                key: self.key.public().fingerprint(),
            },
            issued_at: at(0),
            not_before: None,
            observed: Vec::new(),
            declared: Vec::new(),
            not_covered: Vec::new(),
            facts,
            tool: "quitus 0.1.0".into(),
        };
        let statement = Statement::new(
            vec![Subject::engagement(engagement, Sha256::of(&[]))],
            predicate,
        );
        let signed = statement.sign(&self.key).unwrap();
        self.last = Some((seq, signed.digest()));
        Logged {
            signed,
            kind: statement.predicate_type,
            proof: None,
        }
    }
}

fn stopped() -> Stopped {
    Stopped {
        at: at(0),
        is_incident: true,
    }
}

/// Client and freelancer say something, and the relay thrice; both cosigned.
fn bundle() -> Bundle {
    let mut relay = Party::new(Role::Relay, 1);
    let mut client = Party::new(Role::Client, 2);
    let mut freelancer = Party::new(Role::Freelancer, 3);
    let revoked = |n| {
        Facts::Revoked(Revoked {
            instruction: Sha256::of(&[b"request"]),
            n_consumed: n,
            n_released: n,
        })
    };
    let frozen = client.say(Vec::new(), Facts::Frozen(stopped()));
    let seen = vec![frozen.signed.digest()];
    let thawed = freelancer.say(seen, Facts::Thawed(stopped()));
    let instructed = Facts::Instructed(Instructed {
        choice: Choice::Both,
        transfers: Vec::new(),
        by: Some(at(86_400)),
    });
    let mut statements = vec![
        frozen,
        relay.say(Vec::new(), revoked(0)),
        relay.say(Vec::new(), revoked(1)),
        thawed,
        client.say(Vec::new(), instructed),
    ];
    let checkpoints = log_all(&mut statements);
    Bundle {
        statements,
        consistency: vec![checkpoints],
        signers: signers(&[&relay, &client, &freelancer]),
        policy: policy(),
        others: vec![("README.txt".into(), b"read".to_vec())],
    }
}

fn signers(parties: &[&Party]) -> AllowedSigners {
    let line = |party: &&Party| SignerLine {
        principal: Principal::new(party.role, 1),
        valid_after: None,
        valid_before: "2028-01-15T00:00:00Z".parse().ok(),
        key: party.key.public(),
    };
    AllowedSigners(parties.iter().map(line).collect())
}

fn witness(principal: &str, seed: u8) -> Witness {
    Witness {
        principal: principal.parse().unwrap(),
        key: Cosignature::verifier_of(&key(seed).public()).unwrap(),
    }
}

fn policy() -> LogPolicy {
    LogPolicy {
        log: log().verifier(),
        url: "https://relay.example/log".into(),
        witnesses: vec![witness("client", 12), witness("freelancer", 13)],
    }
}

fn entries(statements: &[Logged]) -> Vec<Entry> {
    let entry = |logged: &Logged| Entry {
        statement: logged.signed.digest(),
        signature: logged.signed.signature_digest().unwrap(),
    };
    statements.iter().map(entry).collect()
}

/// The tiles of a log of fewer than 256 entries.
fn tiles(entries: &[Entry], size: u64) -> Tiles<'static, TileError> {
    let hashes: Vec<Sha256> = entries.iter().map(Entry::leaf_hash).collect();
    Tiles::new(size, move |tile: Tile| {
        assert!(tile == Tile::within(size, TileKind::Hashes { level: 0 }, 0).unwrap());
        Ok(Tile::of_hashes(&hashes[..usize::try_from(size).unwrap()]))
    })
}

/// Logs statements: the first three under a checkpoint that the freelancer cosigned, the others under one
/// that the client did.
fn log_all(statements: &mut [Logged]) -> Continuation {
    let entries = entries(statements);
    for (size, seed) in [(5, 12), (3, 13)] {
        let mut tiles = tiles(&entries, size);
        let mut signed = log().sign(size, tiles.root().unwrap());
        let name = witness_name(&key(seed).public());
        let cosignature = Cosignature::make(&key(seed), name, at(60), signed.checkpoint());
        signed.add(&cosignature);
        for index in 0..size {
            let path = tiles.inclusion(index).unwrap();
            let place = usize::try_from(index).unwrap();
            statements[place].proof = Some(Proof::new(index, path, &signed));
        }
    }
    Continuation {
        former: 3,
        later: 5,
        path: tiles(&entries, 5).consistency(3).unwrap(),
    }
}

fn demand() -> Demand {
    Demand {
        annex: None,
        policy: None,
        at: at(120),
    }
}

fn lines(bundle: Bundle) -> Vec<String> {
    bundle.build().check(&demand()).lines()
}

/// The lines of a dossier in which one file is changed.
fn lines_with(name: &str, change: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut dossier = bundle().build();
    let text = String::from_utf8(dossier.files.remove(name).expect(name)).unwrap();
    if let Some(changed) = change(&text) {
        assert!(changed != text, "{name}");
        dossier.files.insert(name.to_owned(), changed.into_bytes());
    }
    dossier.check(&demand()).lines()
}

#[test]
fn a_whole_dossier_is_consistent() {
    let expected = [
        "0001-frozen.json: ok L3",
        "0002-revoked.json: ok L3",
        "0003-revoked.json: ok L3",
        "0004-thawed.json: ok L3",
        "0005-instructed.json: ok L2",
        "dossier: signer not confirmed",
    ];
    assert_eq!(lines(bundle()), expected);
}

#[test]
fn the_annex_of_the_contract_confirms_who_signed() {
    let name = |role, seed: u8| format!(" {role}\t{}\n", key(seed).public().fingerprint());
    let keys = [name("relay", 1), name("client", 2), name("freelancer", 3)].concat();
    let policy = policy();
    let log = format!("log {}\n", policy.log);
    let witnesses = policy
        .witnesses
        .iter()
        .map(|one| format!("witness {} {}\n", one.principal, one.key));
    let witnesses: String = witnesses.collect();
    let whole = format!("Annexe 3\n\n{keys}{log}{witnesses}\nSignatures :\n");
    let check = |text: &str| {
        let annex = Some(Annex::read(text));
        bundle().build().check(&Demand { annex, ..demand() })
    };
    assert_eq!(check(&whole).outcome, Outcome::Valid);
    let other = whole.replace("freelancer\t", "recipient\t");
    let expected = Err(Reason::Trust);
    assert_eq!(check(&other).statements[3].verdict, expected);
    let other = whole.replace(&log, "");
    assert_eq!(check(&other).faults, BTreeSet::from([Reason::Trust]));
}

#[test]
fn what_was_left_out_shows() {
    let mut short = bundle();
    short.statements.remove(1);
    assert!(lines(short).contains(&"0002-revoked.json: FAIL chain".to_owned()));
    let mut short = bundle();
    short.statements.remove(0);
    let lines = lines(short);
    assert!(
        lines.contains(&"dossier: FAIL missing".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn a_log_that_was_shown_in_two_ways_is_a_fork() {
    let forked = lines_with("proofs/consistency", |_| None);
    assert_eq!(forked[5], "dossier: FAIL fork");
    let forked = lines_with("proofs/consistency", |text| {
        Some(text.replace("3 5", "3 4"))
    });
    assert_eq!(forked[5], "dossier: FAIL fork");
    let whole = lines_with("proofs/consistency", |text| Some(format!("{text}AAAA\n")));
    assert_eq!(whole[5], "dossier: FAIL fork");
}

#[test]
fn each_fault_of_a_proof_has_its_reason() {
    let line = |change: &dyn Fn(&str) -> String| {
        lines_with("proofs/0004.tlog-proof", |text| Some(change(text)))[3].clone()
    };
    let fail = |reason: &str| format!("0004-thawed.json: FAIL {reason}");
    assert_eq!(
        line(&|text| text.replace("index 3", "index 2")),
        fail("proof")
    );
    assert_eq!(line(&|text| text.replace("@v1", "@v2")), fail("proof"));
    assert_eq!(
        line(&|text| text.replace("\n5\n", "\n6\n")),
        fail("checkpoint")
    );
    assert_eq!(
        line(&|text| text.replace("relay.example/log\n", "other.example/log\n")),
        fail("checkpoint")
    );
    let altered = |text: &str| {
        let last = text.trim_end().rfind('A').unwrap();
        format!("{}B{}", &text[..last], &text[last + 1..])
    };
    let reasons = ["witness", "checkpoint"].map(fail);
    assert!(reasons.contains(&line(&altered)));
}

#[test]
fn names_that_may_not_stand_there_are_a_fault() {
    for name in [
        "statements/0006-x.json.sig",
        "proofs/0009.tlog-proof",
        "x",
        "trust/y",
        "../z",
        "statements/07-a.json",
    ] {
        let mut files: Vec<_> = bundle().build().files.into_iter().collect();
        files.push((name.to_owned(), Vec::new()));
        let report = Dossier::new(files).check(&demand());
        assert!(report.faults.contains(&Reason::File), "{name}");
    }
    let doubled = bundle()
        .build()
        .files
        .into_iter()
        .chain(bundle().build().files);
    assert!(
        Dossier::new(doubled)
            .check(&demand())
            .faults
            .contains(&Reason::File)
    );
    let report = lines_with("trust/allowed_signers", |_| None);
    assert_eq!(report.last().unwrap(), "dossier: does not verify");
}

#[test]
fn dates_and_periods_count() {
    let early = Demand {
        at: at(-301),
        ..demand()
    };
    let report = bundle().build().check(&early);
    assert_eq!(report.statements[0].verdict, Err(Reason::Time));
    let expired = lines_with("trust/allowed_signers", |text| {
        Some(text.replace("2028", "2026"))
    });
    assert!(expired[0].ends_with("FAIL signer"), "{expired:?}");
}

#[test]
fn a_later_version_is_not_called_false() {
    let mut later = bundle();
    let file = later.statements[2]
        .signed
        .file
        .replace("revoked:v1", "revoked:v2");
    let signature = key(1)
        .sign(crate::keys::Namespace::Statement, file.as_bytes())
        .to_pem();
    later.statements[2].signed = SignedStatement { file, signature };
    for statement in &mut later.statements {
        statement.proof = None;
    }
    later.consistency.clear();
    let report = later.build().check(&demand());
    assert_eq!(report.statements[2].verdict, Err(Reason::Version));
    assert_eq!(report.outcome, Outcome::Unsupported);
}

#[test]
fn trust_files_have_one_spelling() {
    let bundle = bundle();
    let signers = bundle.signers.to_string();
    assert_eq!(signers.parse(), Ok(bundle.signers));
    let policy = bundle.policy.to_string();
    assert_eq!(policy.parse(), Ok(bundle.policy));
    for other in [
        signers.replace("client ", "client  "),
        signers.replace("quitus-statement-v1", "git"),
        signers.trim_end().to_owned(),
        format!("# whose\n{signers}"),
        signers.replace("Z\"", "\""),
    ] {
        assert!(other.parse::<AllowedSigners>().is_err(), "{other}");
    }
    assert!(
        policy
            .replace("quorum none\n", "")
            .parse::<LogPolicy>()
            .is_err()
    );
    assert!(Principal::new(Role::Freelancer, 2).is_of(Role::Freelancer));
    assert!(
        !"freelancer-1"
            .parse::<Principal>()
            .unwrap()
            .is_of(Role::Freelancer)
    );
    assert!(
        VerifierKey::new(
            witness_name(&key(1).public()),
            Algorithm::Cosignature,
            &key(1).public()
        )
        .is_ok()
    );
}
