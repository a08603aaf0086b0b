//! People who send, sign and claim without the command, and so cost the machine little beside the relay;
//! and what times are told in.

#![allow(dead_code, reason = "each example that includes it uses a part")]

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::keys::{Secret, SigningKey};
use quitus_core::link::Link;
use quitus_core::origin::Origin;
use quitus_core::parts::{PartIndex, PartPlan, sealed_digest};
use quitus_core::protocol::{DIGEST_HEADER, RequestLine, route, sign_request};
use quitus_core::split::claim_credential;
use quitus_core::text::base64url;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{DOWNLOADS_MAX, TransferId};
use quitus_tests::{Person, Reply, Wire};

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a transfer lives.
pub(crate) const LIFE_SECONDS: u64 = 20 * 3_600;

pub(crate) fn expect(status: u16, expected: u16) -> Outcome<()> {
    if status == expected {
        return Ok(());
    }
    Err(format!("status {status}, expected {expected}").into())
}

/// An age header and a payload nonce.
pub(crate) const HEADER: &[u8] = b"age-encryption.org/v1\n\
    -> X25519 CJM36AHmTbdHSuOQL+NESqyVQE75f2e610iRdLPEN20\n\
    C3ZAeY64NXS4QFrksLm3EGz+uPRyI0eQsWw7LWbbYig\n\
    --- fgMiVLJHMlg9fW7CVG/hPS5EAU4Zeg19LyCP7SoH5nA\n0123456789abcdef";

/// What the opener of a transfer shows with each part.
const TOKEN: [u8; 32] = [4; 32];
/// What whoever claims it shows.
const CLAIM: [u8; 32] = [3; 32];

/// Somebody who opens transfers of one length without the command.
pub(crate) struct Sender {
    key: SigningKey,
    origin: Origin,
    pub(crate) plan: PartPlan,
}

impl Sender {
    pub(crate) fn new(url: &str, owner: u32, archive_bytes: u64) -> Outcome<Self> {
        let seed = Sha256::of(&[&owner.to_be_bytes()]);
        Ok(Self {
            key: SigningKey::from_seed(&Secret::from_bytes(*seed.as_bytes())),
            origin: url.parse()?,
            plan: PartPlan::new(archive_bytes)?,
        })
    }

    /// Bytes that stand for a sealed part.
    pub(crate) fn part(&self, part: PartIndex) -> Outcome<Vec<u8>> {
        Ok(vec![1; usize::try_from(self.plan.sealed_bytes(part))?])
    }

    /// A transfer of one part, from its opening to its end.
    pub(crate) fn send(&self, wire: &mut Wire, number: u32) -> Outcome<()> {
        let (id, first) = (id_of(number)?, PartIndex(0));
        let part = self.part(first)?;
        let digest = Blake3::of(&part);
        self.open(wire, &id)?;
        Self::put(wire, (&id, first), (&part, &digest))?;
        self.complete(wire, &id, &[digest])
    }

    pub(crate) fn open(&self, wire: &mut Wire, id: &TransferId) -> Outcome<()> {
        let line = format!("POST {}", route::TRANSFERS);
        let opened = self.signed(wire, &line, &create(id, self.plan.archive_bytes()))?;
        expect(opened.status, 201)
    }

    pub(crate) fn put(
        wire: &mut Wire,
        (id, part): (&TransferId, PartIndex),
        (bytes, digest): (&[u8], &Blake3),
    ) -> Outcome<()> {
        let token = format!("Bearer {}", base64url(&TOKEN));
        let headers = [
            ("authorization", token.as_str()),
            (DIGEST_HEADER, &digest.to_string()),
        ];
        let line = format!("PUT {}", route::part(id, part));
        expect(wire.ask(&line, &headers, Some(bytes))?.status, 204)
    }

    pub(crate) fn complete(
        &self,
        wire: &mut Wire,
        id: &TransferId,
        parts: &[Blake3],
    ) -> Outcome<()> {
        let line = format!("PUT {}", route::manifest(id));
        expect(self.signed(wire, &line, HEADER)?.status, 204)?;
        let sealed = sealed_digest(&self.plan, &Blake3::of(HEADER), parts);
        let complete = format!(
            r#"{{"sealedDigest":"{sealed}","terms":"{}"}}"#,
            base64url(b"terms")
        );
        let line = format!("POST {}", route::complete(id));
        expect(self.signed(wire, &line, complete.as_bytes())?.status, 204)
    }

    pub(crate) fn signed(&self, wire: &mut Wire, line: &str, body: &[u8]) -> Outcome<Reply> {
        let (method, path) = line.split_once(' ').ok_or("METHOD PATH")?;
        let request = RequestLine {
            method,
            origin: &self.origin,
            path,
            body,
        };
        let nonce = *Secret::<16>::draw()?.expose();
        let authorization = sign_request(&request, &self.key, now()?, nonce);
        let media_type = if path.ends_with("/manifest") {
            "application/octet-stream"
        } else {
            "application/json"
        };
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", media_type),
        ];
        Ok(wire.ask(line, &headers, Some(body))?)
    }
}

/// Spread over the folders of the store, as drawn ids are.
pub(crate) fn id_of(number: u32) -> Outcome<TransferId> {
    let digest = Sha256::of(&[&number.to_be_bytes()]);
    let id = digest.as_bytes().first_chunk();
    Ok(TransferId::from_bytes(*id.ok_or("a digest has 32 bytes")?))
}

fn create(id: &TransferId, archive_bytes: u64) -> Vec<u8> {
    let share = base64url(&[9; 32]);
    let (claim, upload) = (Sha256::of(&[&CLAIM]), Sha256::of(&[&TOKEN]));
    format!(
        r#"{{"id":"{id}","archiveBytes":{archive_bytes},"header":"{}","share":"{share}","claimDigest":"{claim}","verifierDigest":null,"uploadDigest":"{upload}","expirySeconds":{LIFE_SECONDS},"downloads":1}}"#,
        base64url(HEADER),
    )
    .into_bytes()
}

fn now() -> Outcome<Timestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(Timestamp::from_unix(i64::try_from(since.as_secs())?, 0))
}

/// Who claims a link.
pub(crate) struct Claimer {
    pub(crate) id: TransferId,
    pub(crate) body: Vec<u8>,
}

impl Claimer {
    /// Of a transfer that a [`Sender`] opened.
    pub(crate) fn of(id: TransferId) -> Self {
        let body = format!(r#"{{"claim":"{}"}}"#, base64url(&CLAIM)).into_bytes();
        Self { id, body }
    }

    pub(crate) fn new(link: &str) -> Outcome<Self> {
        let link = Link::parse(link)?;
        let secret = link.secret.ok_or("a link without a secret")?;
        let credential = claim_credential(&link.id, &secret);
        let body = format!(r#"{{"claim":"{}"}}"#, base64url(credential.expose()));
        Ok(Self {
            id: link.id,
            body: body.into_bytes(),
        })
    }

    pub(crate) fn claim(&self, wire: &mut Wire, key: u32) -> Outcome<u16> {
        let bearer = bearer(key);
        let headers = [
            ("content-type", "application/json"),
            ("authorization", bearer.as_str()),
        ];
        let line = format!("POST {}", route::claim(&self.id));
        Ok(wire.ask(&line, &headers, Some(&self.body))?.status)
    }
}

pub(crate) fn bearer(number: u32) -> String {
    let mut key = [0x5a; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    format!("Bearer {}", base64url(&key))
}

/// Sends something for as many downloads as there may be.
pub(crate) fn send(person: &Person, name: &str) -> Outcome<Claimer> {
    let downloads = DOWNLOADS_MAX.to_string();
    let sent = person.run(&["send", name, "--downloads", &downloads], b"");
    if sent.code == 0 {
        Claimer::new(sent.text())
    } else {
        Err(sent.stderr.into())
    }
}

/// The median time of a small write and its sync.
pub(crate) fn sync_alone(folder: &Path) -> Outcome<Duration> {
    let mut file = fs::File::create(folder.join("sync"))?;
    let mut waits = Vec::new();
    for _ in 0..50 {
        let began = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        waits.push(began.elapsed());
    }
    waits.sort_unstable();
    Ok(median(&waits))
}

pub(crate) fn median(sorted: &[Duration]) -> Duration {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
