//! Transfers made by hand: what a sender or relay with other intentions could hand over.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use quitus_core::archive::{EntryPath, Form, Layout, Segment};
use quitus_core::cipher::{self, Plan, Recipient, SecretKey};
use quitus_core::digest::{Blake3, Sha256};
use quitus_core::document;
use quitus_core::envelope::Envelope;
use quitus_core::keys::{Fingerprint, Namespace, Secret, SigningKey};
use quitus_core::link::Link;
use quitus_core::manifest::{Binding, FileFacts, Manifest, ManifestEntry};
use quitus_core::parts::{PartPlan, sealed_digest};
use quitus_core::protocol::Granted;
use quitus_core::split::{Halves, Purpose, opening_key, share_commitment};
use quitus_core::text::base64url;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;
use quitus_tests::{Answer, Asked, FakeRelay};

/// What is handed over, before it is sealed. Every field can be made to lie.
pub(crate) struct Draft {
    pub form: Form,
    pub entries: Vec<ManifestEntry>,
    /// The plaintext, as the entries demand it until a test changes it.
    pub archive: Vec<u8>,
    /// What the manifest says of the archive's length; the entries' own length without it.
    pub archive_bytes: Option<u64>,
    /// Who signs the manifest, and who signs the terms.
    pub signers: [u8; 2],
    /// Which secrets the transfer has: the same number, the same id, `L` and `S`.
    pub secrets: u8,
    /// What becomes of the manifest's JSON before it is signed.
    pub edit: fn(String) -> String,
    /// What becomes of the JSON of the terms before it is signed.
    pub edit_terms: fn(String) -> String,
    /// Whom an envelope is sealed for, and whom its terms name; none for whoever holds the link.
    pub to: Option<(Vec<String>, Vec<Fingerprint>)>,
    /// The version of the terms.
    pub version: u32,
    /// Whether the manifest, and whether the terms are handed over without their signature.
    pub is_unsigned: [bool; 2],
}

/// Everything a relay answers about one transfer.
#[derive(Clone)]
pub(crate) struct Offer {
    pub share: String,
    pub header: Vec<u8>,
    pub archive_bytes: u64,
    pub manifest: Vec<u8>,
    pub terms: Vec<u8>,
    pub parts: Vec<Vec<u8>>,
    pub envelope: Option<Vec<u8>>,
    pub link: String,
}

/// A fake relay that serves one offer at a time.
pub(crate) struct Stage {
    pub relay: FakeRelay,
    offer: Arc<Mutex<Option<Offer>>>,
}

pub(crate) fn entry(path: &str, bytes: Option<&[u8]>) -> ManifestEntry {
    ManifestEntry {
        path: EntryPath::try_from(path.to_owned()).expect(path),
        mode: if bytes.is_some() { 0o644 } else { 0o755 },
        mtime: Timestamp::from_unix(1_700_000_000, 0),
        file: bytes.map(|bytes| FileFacts {
            bytes: bytes.len() as u64,
            digest: Blake3::of(bytes),
            salt: [5; 16],
        }),
    }
}

impl Draft {
    /// An honest archive of these files and folders, in the order of their paths.
    pub(crate) fn new(form: Form, files: &[(&str, Option<&[u8]>)]) -> Self {
        let entries = files
            .iter()
            .map(|(path, bytes)| entry(path, *bytes))
            .collect();
        Self {
            archive: lay_out(form, files),
            form,
            entries,
            archive_bytes: None,
            signers: [7, 7],
            secrets: 1,
            edit: |json| json,
            edit_terms: |json| json,
            to: None,
            version: 1,
            is_unsigned: [false; 2],
        }
    }

    fn stated_bytes(&self) -> u64 {
        self.archive_bytes.unwrap_or(self.archive.len() as u64)
    }

    fn named_in_terms(&self) -> String {
        let named = self.to.iter().flat_map(|(_, named)| named);
        let quoted: Vec<_> = named.map(|key| format!("\"{key}\"")).collect();
        quoted.join(",")
    }

    /// Seals and signs it for a relay.
    pub(crate) fn offer(&self, relay: &str) -> Offer {
        let id = TransferId::from_bytes([self.secrets; 16]);
        let (link, share) = (
            Secret::from_bytes([self.secrets + 100; 32]),
            Secret::from_bytes([self.secrets + 200; 32]),
        );
        let recipient = |purpose| {
            let halves = Halves {
                link: &link,
                share: &share,
                password: None,
            };
            SecretKey::from_scalar(opening_key(&id, &halves, purpose).expose()).recipient()
        };
        let (header, parts, part_plan) = seal(&recipient(Purpose::Sealed), &self.archive);
        let digests: Vec<_> = parts.iter().map(|part| Blake3::of(part)).collect();
        let binding = Binding {
            id,
            relay: relay.parse().expect("a relay's address"),
            log_key: None,
            share_commitment: share_commitment(&id, &share),
            archive_bytes: self.stated_bytes(),
            engagement: None,
        };
        let sealed = sealed_digest(&part_plan, &Blake3::of(&header), &digests);
        let [key, terms_key] = self.signers.map(signing_key);
        let (manifest, digest) = self.manifest(binding, sealed, &key);
        let named = self.named_in_terms();
        let terms = (self.edit_terms)(format!(
            "{{\"type\":\"quitus/terms/v1\",\"manifest\":\"{digest}\",\"version\":{},\"recipients\":[{}],\
             \"expiresAt\":\"2096-10-02T07:06:40Z\",\"downloads\":1}}\n",
            self.version, named
        ));
        let terms = if self.is_unsigned[1] {
            terms.into_bytes()
        } else {
            document::sign(&terms_key, Namespace::Terms, terms.as_bytes()).unwrap()
        };
        let seal_document = |document: &[u8]| {
            cipher::seal_bytes(&[recipient(Purpose::Manifest)], document).expect("it is sealed")
        };
        let envelope = self.to.as_ref().map(|(sealed_for, _)| {
            let keys: Vec<Recipient> = sealed_for.iter().map(|key| key.parse().unwrap()).collect();
            let envelope = Envelope {
                secret: Secret::from_bytes(*link.expose()),
                terms: terms.clone(),
            };
            envelope.seal(&keys).expect("it is sealed")
        });
        Offer {
            share: base64url(share.expose()),
            archive_bytes: self.archive.len() as u64,
            manifest: seal_document(&manifest),
            terms: seal_document(&terms),
            header,
            parts,
            link: link_text(relay, id, envelope.is_none().then_some(link)),
            envelope,
        }
    }

    fn manifest(&self, binding: Binding, sealed: Sha256, key: &SigningKey) -> (Vec<u8>, Sha256) {
        let sender = key.public().fingerprint();
        let manifest = Manifest::new(binding, sender, sealed, (self.form, self.entries.clone()));
        let json = String::from_utf8(document::to_json(&manifest)).expect("JSON is UTF-8");
        let json = (self.edit)(json).into_bytes();
        let signed = document::sign(key, Namespace::Manifest, &json).unwrap();
        let handed_over = if self.is_unsigned[0] {
            json.clone()
        } else {
            signed
        };
        (handed_over, Sha256::of(&[&json]))
    }
}

pub(crate) fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

fn link_text(relay: &str, id: TransferId, secret: Option<Secret<32>>) -> String {
    let link = Link {
        origin: relay.parse().expect("a relay's address"),
        id,
        secret,
    };
    link.to_text().to_string()
}

/// The bytes of an archive.
pub(crate) fn lay_out(form: Form, files: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
    let entries: Vec<_> = files
        .iter()
        .map(|(path, bytes)| entry(path, *bytes))
        .collect();
    let layout = Layout::new(form, entries.iter().map(ManifestEntry::entry).collect());
    let layout = layout.expect("an archive");
    let mut archive = Vec::new();
    for segment in layout.segments(0..layout.archive_bytes()) {
        match segment {
            Segment::Bytes(bytes) => archive.extend(bytes),
            Segment::File { entry, range } => {
                let bytes = files[entry].1.unwrap_or_default();
                archive.extend_from_slice(
                    &bytes[usize::try_from(range.start).unwrap()
                        ..usize::try_from(range.end).unwrap()],
                );
            }
        }
    }
    archive
}

fn seal(recipient: &Recipient, archive: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>, PartPlan) {
    let (header, keys) = cipher::new_header(std::slice::from_ref(recipient)).expect("a header");
    let plan = Plan {
        workers: NonZeroUsize::MIN,
        digest: false,
        observe: &|_| (),
    };
    let mut payload = Vec::new();
    cipher::seal_stream(&keys.payload_key(), &mut &*archive, &mut payload, plan)
        .expect("memory takes it");
    let plan = PartPlan::new(archive.len() as u64).expect("it is short");
    let mut rest = payload.as_slice();
    let parts = plan.indices().map(|part| {
        let length = usize::try_from(plan.sealed_bytes(part)).expect("it is short");
        let (part, behind) = rest.split_at(length);
        rest = behind;
        part.to_vec()
    });
    (header, parts.collect(), plan)
}

impl Offer {
    /// What a relay that holds it answers.
    pub(crate) fn answer(&self, asked: &Asked) -> Answer {
        let route = asked.path.rsplit('/').take(2).collect::<Vec<_>>();
        match (asked.method.as_str(), route.as_slice()) {
            ("POST", ["claim", ..]) => Answer::new(200, self.granted()),
            ("POST", ["done", ..]) => Answer::new(204, ""),
            ("GET", ["envelope", ..]) => match &self.envelope {
                Some(envelope) => {
                    Answer::new(200, format!(r#"{{"envelope":"{}"}}"#, base64url(envelope)))
                }
                None => Answer::refusal(404, "gone"),
            },
            ("GET", ["manifest", ..]) => Answer::new(200, self.manifest.clone()),
            ("GET", [index, "parts"]) => index
                .parse()
                .ok()
                .and_then(|index: usize| self.parts.get(index))
                .map_or_else(
                    || Answer::refusal(404, "gone"),
                    |part| Answer::new(200, part.clone()),
                ),
            _ => Answer::refusal(404, "gone"),
        }
    }

    fn granted(&self) -> Vec<u8> {
        let granted = Granted {
            share: self.share.clone(),
            header: base64url(&self.header),
            terms: base64url(&self.terms),
            archive_bytes: self.archive_bytes,
            manifest_bytes: self.manifest.len() as u64,
            lease_until: Timestamp::from_unix(4_000_000_000, 0),
            engagement: None,
        };
        document::to_json(&granted)
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        let offer = Arc::new(Mutex::new(None::<Offer>));
        let shown = Arc::clone(&offer);
        let relay = FakeRelay::start(move |asked| {
            let shown = shown.lock().unwrap();
            shown.as_ref().map_or_else(
                || Answer::refusal(404, "gone"),
                |offer: &Offer| offer.answer(asked),
            )
        });
        Self { relay, offer }
    }

    /// Shows an offer from now on; its link.
    pub(crate) fn show(&self, offer: Offer) -> String {
        let link = offer.link.clone();
        *self.offer.lock().unwrap() = Some(offer);
        link
    }
}
