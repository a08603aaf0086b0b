//! A relay on a temporary folder, a sender and a recipient.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use quitus_core::digest::{Blake3, Sha256};
use quitus_core::engagement::EngagementId;
use quitus_core::invite::Role;
use quitus_core::keys::{Fingerprint, Secret, SigningKey};
use quitus_core::origin::Origin;
use quitus_core::parts::{PartIndex, PartPlan, sealed_digest};
use quitus_core::protocol::{
    Complete, Create, DIGEST_HEADER, Deed, RequestLine, SignedRequest, Status, route, sign_request,
};
use quitus_core::text;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use tempfile::TempDir;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio_rustls::TlsAcceptor;

use super::client::{Answer, ask};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::http::{Door, Site};
use crate::listen::Listener;
use crate::rates::Rate;
use crate::records::sqlite::SqliteRecords;
use crate::records::{Accounts as _, conformance};
use crate::relay::{Bounds, Relay, Signed};
use crate::serve;

/// When every test begins.
const NOW_MILLIS: i64 = 1_790_000_000_000;

/// How often an address that is not loopback may ask.
pub(super) const RATE: Rate = Rate {
    per_second: 1,
    burst: 50,
};

/// An age header and a payload nonce.
pub(super) const HEADER: &[u8] = b"age-encryption.org/v1\n\
    -> X25519 CJM36AHmTbdHSuOQL+NESqyVQE75f2e610iRdLPEN20\n\
    C3ZAeY64NXS4QFrksLm3EGz+uPRyI0eQsWw7LWbbYig\n\
    --- fgMiVLJHMlg9fW7CVG/hPS5EAU4Zeg19LyCP7SoH5nA\n0123456789abcdef";

/// A relay that runs until it is dropped.
pub(super) struct World {
    folder: TempDir,
    millis: Arc<AtomicI64>,
    tls: Option<TlsAcceptor>,
    bounds: Bounds,
    is_open: bool,
    patience: Option<Duration>,
    running: Option<Running>,
}

struct Running {
    address: SocketAddr,
    relay: Arc<Relay>,
    runtime: tokio::runtime::Runtime,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

impl World {
    /// A fresh relay.
    pub(super) fn new() -> Self {
        Self::with_tls(None)
    }

    /// A fresh relay, with TLS if an acceptor is given.
    pub(super) fn with_tls(tls: Option<TlsAcceptor>) -> Self {
        let mut world = Self {
            folder: tempfile::tempdir().unwrap(),
            millis: Arc::new(AtomicI64::new(NOW_MILLIS)),
            tls,
            bounds: Bounds::default(),
            is_open: true,
            patience: None,
            running: None,
        };
        world.start();
        world
    }

    /// A fresh relay on which accounts only may send.
    pub(super) fn closed() -> Self {
        let mut world = Self::new();
        world.is_open = false;
        world.restart();
        world
    }

    /// Enrols a key, as an invite would.
    pub(super) fn enrol(&self, key: &SigningKey, role: Role) {
        let path = self.folder.path().join("data/records.sqlite");
        let records = SqliteRecords::open(&path).unwrap();
        let enrolling = conformance::enrol(&records, key.public().fingerprint(), role);
        self.running().runtime.block_on(enrolling);
    }

    /// Lets an account do things, or nothing any more, as the operator's command does: beside the
    /// relay, which then looks for it.
    pub(super) fn set_enabled(&self, key: &SigningKey, is_enabled: bool) {
        let running = self.running();
        let path = self.folder.path().join("data/records.sqlite");
        let records = SqliteRecords::open(&path).unwrap();
        let changing = records.set_enabled(key.public().fingerprint(), is_enabled, self.now());
        running.runtime.block_on(changing).unwrap();
        running
            .runtime
            .block_on(running.relay.cut_disabled(0))
            .unwrap();
    }

    /// The same relay, started again with what its operator allows now.
    pub(super) fn allow(&mut self, bounds: Bounds) {
        self.bounds = bounds;
        self.restart();
    }

    /// A fresh relay that waits so long for a connection on which nothing moves.
    pub(super) fn patient_for(patience: Duration) -> Self {
        let mut world = Self::new();
        world.patience = Some(patience);
        world.restart();
        world
    }

    /// Takes so much of the room for bodies that are read whole.
    pub(super) fn take_room(&self, bytes: usize) -> OwnedSemaphorePermit {
        let running = self.running();
        let taking = running.relay.room_for(bytes);
        running.runtime.block_on(taking).unwrap()
    }

    /// Stops the relay and starts it on the same folder.
    pub(super) fn restart(&mut self) {
        self.stop();
        self.start();
    }

    /// Moves the relay's clock.
    pub(super) fn pass(&self, seconds: i64) {
        self.millis.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    /// What the relay does every second.
    pub(super) fn tick(&self) {
        let running = self.running();
        running.runtime.block_on(running.relay.tick()).unwrap();
    }

    /// Gives what was stated its place in the log.
    pub(super) fn sequence(&self) {
        let running = self.running();
        running.runtime.block_on(running.relay.sequence()).unwrap();
    }

    /// Whether time could pass.
    pub(super) fn try_tick(&self) -> bool {
        let running = self.running();
        running.runtime.block_on(running.relay.tick()).is_ok()
    }

    /// Destroys what is owed destruction.
    pub(super) fn sweep(&self) {
        assert!(self.try_sweep());
    }

    /// Whether a sweep came to its end.
    pub(super) fn try_sweep(&self) -> bool {
        let running = self.running();
        let sweeping = running.relay.sweeper().sweep();
        running.runtime.block_on(sweeping).is_ok()
    }

    /// Takes the first steps of a sweep.
    pub(super) fn sweep_and_crash(&self, n_steps: usize) {
        let running = self.running();
        let sweeping = running.relay.sweeper().sweep_and_crash(n_steps);
        running.runtime.block_on(sweeping).unwrap();
    }

    /// Looks for keys of hours that are over, and for orphans, as if for the first time.
    pub(super) fn tidy(&self) {
        let running = self.running();
        let tidying = running.relay.sweeper().tidy_at_once();
        running.runtime.block_on(tidying).unwrap();
    }

    /// Looks for the keys, and for orphans of one piece of the store.
    pub(super) fn tidy_a_piece(&self) {
        let running = self.running();
        let tidying = running.relay.sweeper().tidy();
        running.runtime.block_on(tidying).unwrap();
    }

    /// Does a deed for a party that hangs up as soon as it has asked.
    pub(super) fn act_and_hang_up(&self, key: &SigningKey, id: EngagementId, deed: Deed) {
        let request = SignedRequest {
            key: key.public(),
            time: self.now(),
            nonce: [0xdd; 16],
            body_digest: Sha256::of(&[]),
        };
        let signed = Signed::new(&request, "", Caller::default());
        let running = self.running();
        let acting = Arc::clone(&running.relay).act(signed, id, deed);
        running.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = acting => panic!("it was done at once"),
                () = core::future::ready(()) => {}
            }
        });
    }

    /// Ends what is being sent of a transfer.
    pub(super) fn cut(&self, id: &TransferId) {
        self.running().relay.cut(id);
    }

    /// The relay's time.
    pub(super) fn now(&self) -> Timestamp {
        moment(self.millis.load(Ordering::Relaxed))
    }

    /// The relay's address.
    pub(super) fn address(&self) -> SocketAddr {
        self.running().address
    }

    /// The relay's folder.
    pub(super) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Sends a request.
    pub(super) fn ask(&self, line: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        ask(self.address(), line, headers, body)
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    fn start(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let millis = Arc::clone(&self.millis);
        let clock: Clock = Arc::new(move || moment(millis.load(Ordering::Relaxed)));
        let (data, keys) = (
            self.folder.path().join("data"),
            self.folder.path().join("keys"),
        );
        crate::platform::private_folder(&data).unwrap();
        let (stop, stopped) = oneshot::channel();
        let opening = serve::open(&data, &keys, (origin(), clock));
        let bounds = Bounds {
            is_open: self.is_open,
            ..self.bounds
        };
        let relay = Arc::new(runtime.block_on(opening).unwrap().within(bounds));
        let any = "127.0.0.1:0".parse().unwrap();
        let listener = runtime
            .block_on(Listener::bind(any, self.tls.clone()))
            .unwrap();
        let listener = match self.patience {
            Some(patience) => listener.patient_for(patience),
            None => listener,
        };
        let address = listener.address().unwrap();
        let trusted = vec!["127.0.0.0/8".parse().unwrap()];
        let site = Site::new(Arc::clone(&relay), Door::new(trusted, RATE));
        let ended = runtime.spawn(listener.run(site, async { drop(stopped.await) }));
        self.running = Some(Running {
            address,
            relay,
            runtime,
            stop,
            ended,
        });
    }

    /// Stops the relay as a signal does.
    pub(super) fn stop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        let _ = running.stop.send(());
        running.runtime.block_on(running.ended).unwrap();
        running
            .runtime
            .block_on(running.relay.record_asked())
            .unwrap();
        drop(running.relay);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The relay as it names itself.
pub(super) fn origin() -> Origin {
    "http://127.0.0.1:7470".parse().unwrap()
}

fn moment(millis: i64) -> Timestamp {
    let below = u32::try_from(millis.rem_euclid(1000)).unwrap();
    Timestamp::from_unix(millis.div_euclid(1000), below * 1_000_000)
}

/// A sender with one transfer.
pub(super) struct Sender {
    pub(super) key: SigningKey,
    pub(super) id: TransferId,
    pub(super) plan: PartPlan,
    pub(super) claim: [u8; 32],
    pub(super) token: [u8; 32],
    pub(super) verifier: Option<[u8; 32]>,
    pub(super) downloads: u32,
    pub(super) expiry_seconds: u64,
    pub(super) recipients: Vec<Fingerprint>,
    /// The engagement it belongs to.
    pub(super) engagement: Option<EngagementId>,
}

impl Sender {
    /// A sender of an archive of that many bytes, for one download.
    pub(super) fn new(archive_bytes: u64) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut id = [0xa5; 16];
        id[8..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        Self {
            key: SigningKey::from_seed(&Secret::from_bytes([7; 32])),
            id: TransferId::from_bytes(id),
            plan: PartPlan::new(archive_bytes).unwrap(),
            claim: [3; 32],
            token: [4; 32],
            verifier: None,
            downloads: 1,
            expiry_seconds: 3600,
            recipients: Vec::new(),
            engagement: None,
        }
    }

    /// What it asks to open the transfer.
    pub(super) fn request(&self) -> Create {
        Create {
            recipients: self.recipients.clone(),
            id: self.id,
            archive_bytes: self.plan.archive_bytes(),
            header: text::base64url(HEADER),
            share: text::base64url(&[9; 32]),
            claim_digest: Sha256::of(&[&self.claim]),
            verifier_digest: self.verifier.map(|verifier| Sha256::of(&[&verifier])),
            upload_digest: Sha256::of(&[&self.token]),
            expiry_seconds: self.expiry_seconds,
            downloads: self.downloads,
            engagement: self.engagement,
        }
    }

    /// The sealed bytes of a part: any bytes of the right length.
    pub(super) fn part(&self, index: u32) -> Vec<u8> {
        let bytes = self.plan.sealed_bytes(PartIndex(index));
        vec![u8::try_from(index).unwrap() + 1; usize::try_from(bytes).unwrap()]
    }

    /// A sealed manifest.
    pub(super) fn manifest() -> &'static [u8] {
        HEADER
    }

    /// What it asks to complete the transfer.
    pub(super) fn completion(&self) -> Complete {
        let digests: Vec<Blake3> = self
            .plan
            .indices()
            .map(|part| Blake3::of(&self.part(part.0)))
            .collect();
        Complete {
            sealed_digest: sealed_digest(&self.plan, &Blake3::of(HEADER), &digests),
            terms: text::base64url(b"terms"),
        }
    }

    /// Sends a signed request; JSON unless the path is the manifest's.
    pub(super) fn signed(&self, world: &World, line: &str, body: &[u8]) -> Answer {
        let authorization = self.authorization(world, line, body);
        Self::send_signed(world, line, body, &authorization)
    }

    /// The authorization of a request.
    pub(super) fn authorization(&self, world: &World, line: &str, body: &[u8]) -> String {
        authorization(world, &self.key, line, body)
    }

    /// Sends a request with a given authorization.
    pub(super) fn send_signed(
        world: &World,
        line: &str,
        body: &[u8],
        authorization: &str,
    ) -> Answer {
        let media_type = if line.ends_with("/manifest") {
            "application/octet-stream"
        } else {
            "application/json"
        };
        let headers = [
            ("authorization", authorization),
            ("content-type", media_type),
        ];
        let body = (!line.starts_with("GET")).then_some(body);
        world.ask(line, &headers, body)
    }

    /// Opens the transfer.
    pub(super) fn create(&self, world: &World) -> Answer {
        let body = serde_json::to_vec(&self.request()).unwrap();
        self.signed(world, &format!("POST {}", route::TRANSFERS), &body)
    }

    /// Puts a part.
    pub(super) fn put_part(&self, world: &World, index: u32, bytes: &[u8]) -> Answer {
        self.put_part_as(world, index, bytes, &Blake3::of(bytes).to_string())
    }

    /// Puts a part and states a digest.
    pub(super) fn put_part_as(
        &self,
        world: &World,
        index: u32,
        bytes: &[u8],
        digest: &str,
    ) -> Answer {
        let line = format!("PUT {}", route::part(&self.id, PartIndex(index)));
        let token = bearer(&self.token);
        let headers = [("authorization", token.as_str()), (DIGEST_HEADER, digest)];
        world.ask(&line, &headers, Some(bytes))
    }

    /// Puts the manifest.
    pub(super) fn put_manifest(&self, world: &World, bytes: &[u8]) -> Answer {
        self.signed(world, &format!("PUT {}", route::manifest(&self.id)), bytes)
    }

    /// Completes the transfer.
    pub(super) fn complete(&self, world: &World) -> Answer {
        let body = serde_json::to_vec(&self.completion()).unwrap();
        self.signed(world, &format!("POST {}", route::complete(&self.id)), &body)
    }

    /// Asks how the transfer stands.
    pub(super) fn status(&self, world: &World) -> Status {
        let answer = self.signed(world, &format!("GET {}", route::transfer(&self.id)), b"");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Uploads everything, so that the transfer can be claimed.
    pub(super) fn send(&self, world: &World) {
        assert_eq!(self.create(world).status, 201);
        for part in self.plan.indices() {
            assert_eq!(self.put_part(world, part.0, &self.part(part.0)).status, 204);
        }
        assert_eq!(self.put_manifest(world, Self::manifest()).status, 204);
        assert_eq!(self.complete(world).status, 204);
    }

    /// Claims with a grant key.
    pub(super) fn claimed(&self, world: &World, grant_key: u8) -> Answer {
        claim(world, &self.id, &self.claim, grant_key)
    }
}

/// The authorization of a request of a key.
pub(super) fn authorization(world: &World, key: &SigningKey, line: &str, body: &[u8]) -> String {
    static NONCE: AtomicU64 = AtomicU64::new(1);
    let mut nonce = [0; 16];
    nonce[8..].copy_from_slice(&NONCE.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    let (method, path) = line.split_once(' ').unwrap();
    let line = RequestLine {
        method,
        origin: &origin(),
        path,
        body,
    };
    sign_request(&line, key, world.now(), nonce)
}

/// Sends a request that a key signs.
pub(super) fn signed_by(world: &World, key: &SigningKey, line: &str, body: &[u8]) -> Answer {
    let authorization = authorization(world, key, line, body);
    Sender::send_signed(world, line, body, &authorization)
}

/// A signing key.
pub(super) fn key_of(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

/// Claims a transfer with a grant key, as the holder of a key.
pub(super) fn claim_signed(
    world: &World,
    key: &SigningKey,
    (id, credential): (&TransferId, &[u8; 32]),
    grant_key: u8,
) -> Answer {
    let body = format!(
        r#"{{"claim":"{}","grantKey":"{}"}}"#,
        text::base64url(credential),
        text::base64url(&[grant_key; 32])
    );
    let line = format!("POST {}", route::claim(id));
    signed_by(world, key, &line, body.as_bytes())
}

/// Claims a transfer.
pub(super) fn claim(
    world: &World,
    id: &TransferId,
    credential: &[u8; 32],
    grant_key: u8,
) -> Answer {
    let body = format!(r#"{{"claim":"{}"}}"#, text::base64url(credential));
    let key = bearer(&[grant_key; 32]);
    let headers = [
        ("authorization", key.as_str()),
        ("content-type", "application/json"),
    ];
    world.ask(
        &format!("POST {}", route::claim(id)),
        &headers,
        Some(body.as_bytes()),
    )
}

/// Asks for a path with a grant key.
pub(super) fn get(world: &World, path: &str, grant_key: u8) -> Answer {
    let key = bearer(&[grant_key; 32]);
    world.ask(&format!("GET {path}"), &[("authorization", &key)], None)
}

/// Says that a download is complete.
pub(super) fn done(world: &World, id: &TransferId, grant_key: u8) -> Answer {
    let key = bearer(&[grant_key; 32]);
    world.ask(
        &format!("POST {}", route::done(id)),
        &[("authorization", &key)],
        None,
    )
}

/// A bearer token as it stands in the header.
pub(super) fn bearer(token: &[u8; 32]) -> String {
    format!("Bearer {}", text::base64url(token))
}
