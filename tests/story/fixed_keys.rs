//! A dossier for the stories: an engagement of a client and two freelancers, one of whom signs with a
//! security key, logged under three checkpoints that nobody, the parties, and an outsider cosigned.
//!
//! Keys and times are fixed, so every run makes the same bytes.

use std::collections::BTreeMap;

use ed25519_dalek::Signer as _;
use quitus_core::digest::Sha256;
use quitus_core::dossier::{
    AllowedSigners, Bundle, Continuation, LogPolicy, Logged, Principal, SignerLine, Witness,
};
use quitus_core::engagement::EngagementId;
use quitus_core::keys::{
    Fingerprint, Namespace, PublicKey, Secret, Signature, SigningKey, signed_data,
};
use quitus_core::statement::{
    Declaration, Facts, Issuer, Nonce, NotCovered, Observation, Predicate, Role, SeenCheckpoint,
    SignedStatement, Statement, Subject,
};
use quitus_core::time::Timestamp;
use quitus_core::tlog::tile::{Tile, TileError, TileKind, Tiles};
use quitus_core::tlog::{
    Algorithm, Cosignature, Entry, LogKey, LogOrigin, Proof, SignedCheckpoint, VerifierKey,
    witness_name,
};
use quitus_core::transfer::TransferId;

/// The seeds of those who sign statements.
pub(crate) const RELAY: u8 = 1;
pub(crate) const CLIENT: u8 = 2;
pub(crate) const FREELANCER: u8 = 3;
/// The second freelancer, with the security key.
pub(crate) const SECOND: u8 = 4;
pub(crate) const SENDER: u8 = 5;
pub(crate) const RECIPIENT: u8 = 6;
/// Nobody.
pub(crate) const STRANGER: u8 = 30;
/// The seeds of those who sign the log.
pub(crate) const LOG: u8 = 9;
pub(crate) const BY_CLIENT: u8 = 12;
pub(crate) const BY_FREELANCER: u8 = 13;
pub(crate) const BY_OUTSIDER: u8 = 20;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

/// A moment of 2023.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_700_000_000 + seconds, 0)
}

pub(crate) fn digest(of: &str) -> Sha256 {
    Sha256::of(&[of.as_bytes()])
}

pub(crate) fn log_key(relay: &str, seed: u8) -> LogKey {
    LogKey::new(LogOrigin::of(&relay.parse().unwrap()), key(seed))
}

pub(crate) fn log() -> LogKey {
    log_key("https://relay.example", LOG)
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes()[..], bytes].concat()
}

/// The public key of a seed: of the second freelancer, that of a security key.
pub(crate) fn public(seed: u8) -> PublicKey {
    if seed != SECOND {
        return key(seed).public();
    }
    let point = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key();
    let kind = "sk-ssh-ed25519@openssh.com";
    let blob = [
        string(kind.as_bytes()),
        string(point.as_bytes()),
        string(b"ssh:"),
    ]
    .concat();
    format!("{kind} {}", quitus_core::text::base64(&blob))
        .try_into()
        .unwrap()
}

pub(crate) fn fingerprint(seed: u8) -> Fingerprint {
    public(seed).fingerprint()
}

/// What a security key signs with, if it counts to `counter` and says `flags` of its owner.
pub(crate) fn touched(seed: u8, file: &[u8], (flags, counter): (u8, u32)) -> Vec<u8> {
    let data = signed_data(Namespace::Statement, file);
    let counter = counter.to_be_bytes();
    let parts = [
        Sha256::of(&[b"ssh:"]).as_bytes(),
        &[flags][..],
        &counter,
        Sha256::of(&[&data]).as_bytes(),
    ]
    .concat();
    let made = ed25519_dalek::SigningKey::from_bytes(&[seed; 32])
        .sign(&parts)
        .to_bytes();
    [
        string(b"sk-ssh-ed25519@openssh.com"),
        string(&made),
        vec![flags],
        counter.to_vec(),
    ]
    .concat()
}

/// The armoured signature of a file.
pub(crate) fn sign(seed: u8, file: &[u8]) -> String {
    if seed != SECOND {
        return key(seed).sign(Namespace::Statement, file).to_pem();
    }
    let blob = touched(seed, file, (1, 7));
    Signature::join(&public(seed), Namespace::Statement, file, &blob)
        .unwrap()
        .to_pem()
}

/// Statements, as they are made one after the other.
#[derive(Default)]
pub(crate) struct Maker {
    made: Vec<Logged>,
    engagement: Option<EngagementId>,
    /// Makes another log of the same statements.
    pub(crate) salt: u8,
    last: BTreeMap<u8, (u64, Sha256)>,
}

impl Maker {
    pub(crate) fn of(engagement: EngagementId) -> Self {
        Self {
            engagement: Some(engagement),
            ..Self::default()
        }
    }

    /// A statement of the person with that seed, who has seen everybody's last one.
    pub(crate) fn say(&mut self, role: Role, seed: u8, facts: Facts) -> Sha256 {
        let (seq, prev) = self
            .last
            .get(&seed)
            .map_or((1, None), |(seq, prev)| (seq + 1, Some(*prev)));
        let others = self.last.iter().filter(|(other, _)| **other != seed);
        let heads = others.map(|(_, (_, digest))| *digest).collect();
        let n = u8::try_from(self.made.len()).unwrap();
        let id = TransferId::from_bytes([7; 16]);
        let mut subject = vec![Subject::transfer(id, digest("sealed"))];
        subject.extend(
            self.engagement
                .map(|id| Subject::engagement(id, digest("rules"))),
        );
        let predicate = Predicate {
            engagement: self.engagement,
            seq,
            prev,
            seen: heads,
            nonce: Nonce::from_bytes([n; 16]),
            issuer: Issuer {
                role,
                name: format!("Zoé \"{seed}\" \\ €"),
                key: fingerprint(seed),
            },
            issued_at: at(60 * i64::from(n)),
            not_before: (n > 3).then(|| SeenCheckpoint {
                origin: "relay.example/log".into(),
                size: u64::from(n),
                root: digest("root"),
            }),
            observed: (0..n % 3).map(|_| observation()).collect(),
            declared: vec![Declaration {
                language: "fr".into(),
                text: "Détruit : 'x' $(rm) `y`".into(),
            }],
            not_covered: vec![NotCovered {
                code: "paper".into(),
                what: "paper".into(),
            }],
            facts,
            tool: "quitus 0.1.0".into(),
        };
        let statement = Statement::new(subject, predicate);
        let file = statement.to_file();
        let signature = sign(seed, file.as_bytes());
        let signed = SignedStatement { file, signature };
        let made = signed.digest();
        self.last.insert(seed, (seq, made));
        let kind = statement.predicate_type;
        self.made.push(Logged {
            signed,
            kind,
            proof: None,
        });
        made
    }

    /// The last statement of everybody.
    pub(crate) fn heads(&self) -> Vec<Sha256> {
        self.last.values().map(|(_, digest)| *digest).collect()
    }

    /// The dossier, if the statements are logged under checkpoints of these sizes, each cosigned by these;
    /// the last statement is not logged. The log has one foreign entry before and three behind.
    pub(crate) fn dossier(mut self, states: &[(u64, &[u8])], lines: &[(&str, u8)]) -> Case {
        let entries = self.entries();
        let mut consistency = Vec::new();
        let mut index = 1;
        for (nth, (size, witnesses)) in states.iter().enumerate() {
            let signed = checkpoint(&entries, *size, witnesses);
            while index < *size && index < self.made.len() as u64 {
                let path = tiles(&entries, *size).inclusion(index).unwrap();
                let place = usize::try_from(index).unwrap() - 1;
                self.made[place].proof = Some(Proof::new(index, path, &signed));
                index += 1;
            }
            if let Some((former, _)) = nth.checked_sub(1).and_then(|before| states.get(before)) {
                let path = tiles(&entries, *size).consistency(*former).unwrap();
                consistency.push(Continuation {
                    former: *former,
                    later: *size,
                    path,
                });
            }
        }
        let annex = annex(lines);
        let bundle = Bundle {
            statements: self.made,
            consistency,
            signers: AllowedSigners(lines.iter().map(|(name, seed)| line(name, *seed)).collect()),
            policy: policy(),
            others: [
                "README.txt",
                "LISEZMOI.txt",
                "record.en.html",
                "record.fr.html",
                "verify.sh",
            ]
            .map(|name| (name.to_owned(), b"for people\n".to_vec()))
            .into(),
        };
        Case {
            files: bundle.build().files().clone(),
            annex: Some(annex),
            entries,
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let foreign = |n: u8| Entry {
            statement: digest("foreign"),
            signature: Sha256::of(&[&[n, self.salt]]),
        };
        let own = |logged: &Logged| Entry {
            statement: logged.signed.digest(),
            signature: logged.signed.signature_digest().unwrap(),
        };
        let mut entries = vec![foreign(0)];
        entries.extend(self.made.iter().map(own));
        entries.extend((1..4).map(foreign));
        entries
    }
}

fn observation() -> Observation {
    Observation {
        at: "2023-11-14T22:13:20.25Z".parse().unwrap(),
        code: "share.slot".into(),
        what: "the slot".into(),
        result: "zeros".into(),
    }
}

/// The tiles of a log of fewer than 256 entries.
pub(crate) fn tiles(entries: &[Entry], size: u64) -> Tiles<'static, TileError> {
    let hashes: Vec<Sha256> = entries.iter().map(Entry::leaf_hash).collect();
    Tiles::new(size, move |tile: Tile| {
        assert!(Some(tile) == Tile::within(size, TileKind::Hashes { level: 0 }, 0));
        Ok(Tile::of_hashes(&hashes[..usize::try_from(size).unwrap()]))
    })
}

pub(crate) fn checkpoint(entries: &[Entry], size: u64, witnesses: &[u8]) -> SignedCheckpoint {
    let mut signed = log().sign(size, tiles(entries, size).root().unwrap());
    for seed in witnesses {
        let cosignature = cosignature(*seed, at(86_400), &signed);
        signed.add(&cosignature);
    }
    signed
}

pub(crate) fn cosignature(seed: u8, at: Timestamp, signed: &SignedCheckpoint) -> Cosignature {
    let name = verifier(seed).name().clone();
    Cosignature::make(&key(seed), name, at, signed.checkpoint())
}

/// The key of a witness.
pub(crate) fn verifier(seed: u8) -> VerifierKey {
    let name = if seed == BY_OUTSIDER {
        "witness.example/w".parse().unwrap()
    } else {
        witness_name(&key(seed).public())
    };
    VerifierKey::new(name, Algorithm::Cosignature, &key(seed).public()).unwrap()
}

fn policy() -> LogPolicy {
    let witness = |(principal, seed): (&str, u8)| Witness {
        principal: principal.parse().unwrap(),
        key: verifier(seed),
    };
    LogPolicy {
        log: log().verifier(),
        url: "https://relay.example/log".into(),
        witnesses: [
            ("client", BY_CLIENT),
            ("freelancer", BY_FREELANCER),
            ("outsider", BY_OUTSIDER),
        ]
        .map(witness)
        .into(),
    }
}

fn line(principal: &str, seed: u8) -> SignerLine {
    let principal: Principal = principal.parse().unwrap();
    let day = |text: &str| format!("{text}T00:00:00Z").parse().ok();
    let has_period = seed == FREELANCER;
    SignerLine {
        principal,
        valid_after: has_period.then(|| day("2023-11-14")).flatten(),
        valid_before: has_period.then(|| day("2028-02-29")).flatten(),
        key: public(seed),
    }
}

/// The annex of the contract, as a person would have pasted it.
fn annex(lines: &[(&str, u8)]) -> String {
    let role = |principal: &str| principal.split('-').next().unwrap().to_owned();
    let keys = lines
        .iter()
        .map(|(principal, seed)| format!("  {}\t{} \r\n", role(principal), fingerprint(*seed)));
    let policy = policy();
    let witnesses = policy
        .witnesses
        .iter()
        .map(|one| format!("witness {} {}\n", one.principal, one.key));
    format!(
        "Annexe 3\n\n{}log {}\n{}\nSignatures : client SHA256:no\n",
        keys.collect::<String>(),
        policy.log,
        witnesses.collect::<String>()
    )
}

/// A dossier, file by file, and the annex it is verified with.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) annex: Option<String>,
    pub(crate) entries: Vec<Entry>,
}

impl Case {
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.files[name].clone()).unwrap()
    }

    /// Puts other bytes into a file that is there.
    pub(crate) fn put(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let former = self.files.insert(name.to_owned(), bytes.clone());
        assert!(
            former.is_some_and(|former| former != bytes),
            "{name} is another now"
        );
    }

    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) {
        assert!(
            self.files.insert(name.to_owned(), bytes.to_vec()).is_none(),
            "{name} is new"
        );
    }

    pub(crate) fn remove(&mut self, name: &str) -> Vec<u8> {
        self.files.remove(name).expect(name)
    }

    pub(crate) fn replace(&mut self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{from} in {name}");
        self.put(name, text.replacen(from, to, 1));
    }

    /// Says something else in a statement and signs it.
    pub(crate) fn resay(&mut self, name: &str, seed: u8, change: impl FnOnce(String) -> Vec<u8>) {
        let name = format!("statements/{name}");
        let changed = change(self.text(&name));
        self.put(&name, changed.clone());
        self.files
            .insert(format!("{name}.sig"), sign(seed, &changed).into_bytes());
    }

    /// Leaves a statement out, and gives the ones behind it the numbers that are then free.
    pub(crate) fn omit(&mut self, number: usize) {
        let number_of = |name: &str| {
            let rest = name
                .split_once('/')
                .filter(|(folder, _)| *folder != "trust")?
                .1;
            rest.get(..4)?.parse::<usize>().ok()
        };
        let files = std::mem::take(&mut self.files);
        for (name, bytes) in files {
            let of = number_of(&name).unwrap_or_default();
            if of > number {
                self.files.insert(
                    name.replace(&format!("/{of:04}"), &format!("/{:04}", of - 1)),
                    bytes,
                );
            } else if of < number {
                self.files.insert(name, bytes);
            }
        }
    }
}
