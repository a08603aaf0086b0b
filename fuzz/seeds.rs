//! Writes the seeds anew: `cargo run --bin seeds`, in this folder.
//!
//! Few and small, each a shape that blind changes would take long to find. The vectors of the
//! formats and what earlier runs found may be added by hand: nothing here removes files.

use std::{fs, io};

use quitus_core::cipher::{ArmorWriter, FileKey, PayloadKey, SecretKey, Slab};
use quitus_core::digest::Sha256;
use quitus_core::document;
use quitus_core::invite::{InviteId, InviteLink};
use quitus_core::keyring::Slot;
use quitus_core::keys::{Namespace, Secret, SigningKey};
use quitus_core::link::Link;
use quitus_core::origin::Origin;
use quitus_core::protocol::{RequestLine, sign_request};
use quitus_core::text::base64url;
use quitus_core::time::Timestamp;
use quitus_core::tlog::tile::Tile;
use quitus_core::tlog::{self, Cosignature, Entry, LogKey, LogOrigin, Proof};
use quitus_core::transfer::TransferId;

const STANZA: &str = "-> X25519 nKrgsneoH6kVz1vE4Q70gRR/BGFUwP0PiT4x0BLvgg4\n\
                      Oxg1Ns2OsOr8evcVdlhOXby7I6Pp/2FlYM41EJdw3tY\n";
const GREASE: &str = "-> a-grease b c\nAAAA\n-> empty\n\n";
const MAC: &str = "--- fgMiVLJHMlg9fW7CVG/hPS5EAU4Zeg19LyCP7SoH5nA\n";
const AT: &str = "2026-11-22T03:37:18Z";
const RELAY: &str = "https://relay.example";
const SENDER: &str = "SHA256:0dWqNeG1fK9tVJ2tTlwtmiTDjzWBIOmUTl5dX4Ohq3I";

fn main() -> io::Result<()> {
    words()?;
    names()?;
    numbers()?;
    keys()?;
    log()?;
    sealed()?;
    documents()?;
    cards()?;
    protocol()?;
    records()?;
    secrets()
}

/// Writes one seed.
fn seed(target: &str, name: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let folder = format!("seeds/{target}");
    fs::create_dir_all(&folder)?;
    fs::write(format!("{folder}/{name}"), bytes)
}

fn words() -> io::Result<()> {
    seed("text", "hex", "00ff")?;
    seed("text", "id", "00112233445566778899aabbccddeeff")?;
    seed("text", "digest", "0123456789abcdef".repeat(4))?;
    seed("text", "base64url", "AP8")?;
    seed("text", "plain", "bri\u{e9}f e\u{301}\u{85}")?;
    seed("time", "second", AT)?;
    seed("time", "fraction", "2038-01-19T03:14:08.000000001Z")?;
    seed("time", "header", "Sun, 06 Nov 1994 08:49:37 GMT")?;
    seed("time", "old", "-009999-01-02T01:59:59Z")?;
    seed(
        "time",
        "late",
        [[0; 8], [0, 0, 0, 0x3a, 0xff, 0xf4, 0x41, 0x7f], [1; 8]].concat(),
    )?;
    for (name, text) in [
        ("name", RELAY),
        ("port", "https://xn--relay-9ta.example:8443"),
        ("local", "http://localhost:7470"),
        ("v4", "http://127.0.0.1:7470"),
        ("v6", "https://[2001:db8::1]:80"),
        ("mapped", "http://[::1]"),
    ] {
        seed("origin", name, text)?;
    }
    Ok(())
}

fn names() -> io::Result<()> {
    seed("path", "folders", "a\na/b\na/b/c\na.b\nA\n\u{e9}\ne\u{301}")?;
    seed(
        "path",
        "reserved",
        "AUX\nAUX/a:b\nAUX/a?b\nx.\nCON .txt\ncom1\n.hidden",
    )?;
    seed(
        "path",
        "outward",
        "../x\n/etc/x\na/../x\na\\b\na//b\nC:\\x\n~",
    )?;
    let (long, wide) = ("n".repeat(255), "m?".repeat(127));
    seed(
        "path",
        "long",
        format!("{0}\n{0}/{wide}\naux.{1}", long, &long[4..]),
    )?;
    seed("path", "same", format!("{}\n{}", long.to_uppercase(), long))?;
    seed("archive", "file", "3\n5 644 1700000000 a")?;
    let tar = "600 1024 2100\n- 755 1700000000 d\n513 644 -5 d/a\n0 600 8589934592 d/\u{e9}\n";
    seed(
        "archive",
        "tar",
        format!("{tar}512 777 1 {}", "p/".repeat(60) + "q"),
    )?;
    seed("archive", "longest", "0\n17592186042880 644 0 a")?;
    seed(
        "archive",
        "big",
        "1 8589935616\n8589934592 644 0 a\n1 644 0 b",
    )?;
    Ok(())
}

fn numbers() -> io::Result<()> {
    let numbers = |target, name, numbers: &[u16]| {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        seed(target, name, bytes)
    };
    numbers(
        "tree",
        "pieces",
        &[20_000, 700, 0, 1024, 4096, 5000, 16_384, 1],
    )?;
    numbers("tree", "missing", &[3_000, 1, 1, 1024, 2048, 2500])?;
    numbers("tree", "small", &[1_000, 64, 4, 300])?;
    numbers("payload", "flip", &[1, 2, 40, 500, 3000, 0, 4321, 1])?;
    numbers("payload", "cut", &[0, 3, 32, 0, 0, 1, 8000, 0])?;
    numbers("payload", "longer", &[2, 1, 31, 7, 9, 2, 5, 5])?;
    numbers("payload", "swap", &[1, 5, 33, 0, 60_000, 3, 0, 0])
}

fn keys() -> io::Result<()> {
    let key = signing_key();
    let signature = key.sign(Namespace::Statement, b"seed");
    seed("keys", "blob", signature.to_blob())?;
    seed("keys", "pem", signature.to_pem())?;
    seed("keys", "public", key.public().to_string() + " a comment")?;
    seed("keys", "rsa", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA=")?;
    seed("keys", "private", &*key.to_openssh())?;
    seed("keys", "fingerprint", SENDER)?;
    let age = SecretKey::from_scalar(&[7; 32]);
    let (secret, recipient) = (age.expose_text(), age.recipient_text());
    seed("keyfile", "secret", &*secret)?;
    seed("keyfile", "recipient", &recipient)?;
    seed(
        "keyfile",
        "secrets",
        format!("# public key: {recipient}\r\n{}\n\n{}\n", *secret, *secret),
    )?;
    seed(
        "keyfile",
        "recipients",
        format!("# two\n{recipient}\n{recipient}\n"),
    )?;
    seed(
        "keyfile",
        "kinds",
        "age1pq1q\nage1tag1q\nage1yubikey1q\nssh-ed25519 A\nAGE-PLUGIN-X-1Q",
    )
}

/// A checkpoint with a cosignature, a proof below it, tiles.
fn log() -> io::Result<()> {
    let origin = LogOrigin::of(&RELAY.parse().map_err(io::Error::other)?);
    let log = LogKey::new(origin, signing_key());
    let (statement, signature) = (Sha256::of(&[b"{}"]), Sha256::of(&[b"seed"]));
    let entry = Entry {
        statement,
        signature,
    };
    let mut checkpoint = log.sign(1, entry.leaf_hash());
    seed("note", "alone", checkpoint.to_string())?;
    seed("note", "key", log.verifier().to_string())?;
    let (at, name) = (
        AT.parse().map_err(io::Error::other)?,
        tlog::witness_name(&signing_key().public()),
    );
    let cosignature = Cosignature::make(&signing_key(), name, at, checkpoint.checkpoint());
    checkpoint.add(&cosignature);
    seed("note", "cosigned", checkpoint.to_string())?;
    seed("note", "empty", "a\n\n\n\u{2014} a AAAAAAA=\n")?;
    let proof = Proof::new(0, Vec::new(), &checkpoint);
    seed("proof", "alone", proof.to_string())?;
    let longer = Proof::new(5, vec![statement, signature], &checkpoint);
    seed("proof", "path", longer.to_string())?;
    seed("proof", "entry", entry.to_string())?;
    seed("tile", "full", "tile/0/x001/x234/067")?;
    seed("tile", "partial", "tile/7/000.p/255")?;
    seed("tile", "entries", "tile/entries/000.p/2")?;
    seed("tile", "bundle", Tile::of_entries(&[entry, entry]))
}

fn sealed() -> io::Result<()> {
    let header = format!("age-encryption.org/v1\n{STANZA}{GREASE}{MAC}0123456789abcdef");
    let wide = format!(
        "age-encryption.org/v1\n-> w\n{0}\n{0}\n\n{MAC}0123456789abcdef",
        "A".repeat(64)
    );
    seed("header", "two", &header)?;
    seed("header", "wide", wide)?;
    seed("header", "longer", format!("{header}payload"))?;
    seed(
        "header",
        "passphrase",
        header
            .replace(STANZA, "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18\n")
            .replace(GREASE, &format!("{}\n", "A".repeat(43))),
    )?;
    seed("cipher", "none", "")?;
    seed("cipher", "grease", GREASE)?;
    seed("cipher", "again", STANZA)?;
    seed("cipher", "file", &header)?;
    let mut writer = ArmorWriter::new(Vec::new())?;
    io::Write::write_all(&mut writer, header.as_bytes())?;
    let armored = writer.finish()?;
    seed("armor", "lf", &armored)?;
    seed(
        "armor",
        "crlf",
        String::from_utf8_lossy(&armored).replace('\n', "\r\n"),
    )?;
    seed(
        "armor",
        "empty",
        "-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----",
    )?;
    let mut slab = Slab::with_chunks(1);
    slab.append_bytes(b"seed");
    let key = PayloadKey::new(&FileKey::take(&mut [3; 16]), &[4; 16]);
    key.seal(&mut slab, 0, true).map_err(io::Error::other)?;
    seed("payload", "sealed", slab.sealed())
}

fn documents() -> io::Result<()> {
    let signed =
        document::sign(&signing_key(), Namespace::Statement, b"{}\n").map_err(io::Error::other)?;
    seed(
        "document",
        "signed",
        signed.strip_suffix(b"\n").unwrap_or(&signed),
    )?;
    seed("document", "json", "{\"type\":\"quitus/terms/v1\"}\n")?;
    seed("terms", "one", filled(&TERMS.replace("LIST", "")))?;
    seed(
        "envelope",
        "made",
        format!("quitus/envelope/v1 {}\nterms\n", "A".repeat(43)),
    )?;
    seed("terms", "for", filled(&TERMS.replace("LIST", "\"SENDER\"")))?;
    let manifest = |name: &str, form: &str, bytes: u64, entries: &[String]| {
        let json = MANIFEST
            .replace("FORM", form)
            .replace("BYTES", &bytes.to_string());
        seed(
            "manifest",
            name,
            filled(&json.replace("LIST", &entries.join(","))),
        )
    };
    let folder = |path: &str| FOLDER.replace("PATH", path);
    let file = |path: &str, bytes: u64| {
        FILE.replace("PATH", path)
            .replace("LENGTH", &bytes.to_string())
    };
    let tree = [
        folder("d"),
        file("d/a", 5),
        folder("d/e"),
        file("d/e/\u{e9}", 0),
        file("d.x", 513),
    ];
    let longest = (1 << 44) - 512;
    manifest("file", "file", 5, &[file("a.txt", 5)])?;
    manifest("tar", "tar", 5_120 + 1_024, &tree)?;
    manifest(
        "disorder",
        "tar",
        1_536 + 1_024,
        &[file("b", 0), folder("a"), file("c/d", 0)],
    )?;
    manifest("longest", "file", longest, &[file("a", longest)])?;
    seed("statement", "destroyed", laid_out(STATEMENT)?)?;
    let incomplete = STATEMENT.replace("destroyed", "destruction-incomplete");
    seed("statement", "incomplete", laid_out(&incomplete)?)
}

/// A statement's file: its values in the one layout.
fn laid_out(template: &str) -> io::Result<String> {
    let value: serde_json::Value = serde_json::from_str(&filled(template))?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&value)?))
}

fn protocol() -> io::Result<()> {
    for (name, body) in BODIES {
        seed("protocol", name, filled(body))?;
    }
    let origin: Origin = RELAY.parse().map_err(io::Error::other)?;
    let line = RequestLine {
        method: "GET",
        origin: &origin,
        path: "/",
        body: b"",
    };
    let time = Timestamp::from_unix(1_800_000_000, 0);
    seed(
        "request",
        "signed",
        sign_request(&line, &signing_key(), time, [3; 16]),
    )?;
    seed("request", "bearer", filled("Bearer SECRET"))?;
    seed("request", "body", "\0\u{1}\0\u{2}{\"claim\":\"\"}")
}

fn records() -> io::Result<()> {
    let lines = |facts: &[&str]| -> String {
        let line = |fact| format!("{{\"at\":\"AT\",\"transfer\":\"ID\",\"fact\":{fact}}}\n");
        facts.iter().map(line).collect()
    };
    seed("ledger", "send", filled(&lines(SENDING)))?;
    seed("ledger", "receive", filled(&lines(RECEIVING)) + "{\"at\":")?;
    let part = |part: u32| ROW.replace("PART", &part.to_string());
    seed("upload", "begun", filled(BEGINNING))?;
    seed(
        "upload",
        "far",
        filled(&format!("{BEGINNING}{}", part(u32::MAX))),
    )?;
    let rows = [part(0), part(3), part(0)].concat();
    seed(
        "upload",
        "parts",
        filled(&format!("{BEGINNING}{rows}{{\"part\"")),
    )
}

fn secrets() -> io::Result<()> {
    let id = TransferId::from_bytes([9; 16]);
    let origin = RELAY.parse().map_err(io::Error::other)?;
    let secret = Secret::from_bytes([2; 32]);
    let link = Link {
        origin,
        id,
        secret: Some(secret),
    };
    seed("link", "whole", &*link.to_text())?;
    seed(
        "link",
        "mail",
        format!(" {}\r\n", link.to_text().replace('#', "%23")),
    )?;
    seed("link", "version", format!("{}#v9.AAAA", link.page()))?;
    seed("link", "made", "abcdhttps://[::1]:1")?;
    seed("link", "short", "abcdhttps://t")?;
    invites()?;
    let mut slot = Slot::default();
    seed("keyring", "empty", slot.to_bytes(&id).as_slice())?;
    slot.link = Some(Secret::from_bytes([1; 32]));
    slot.file_key = Some(Secret::from_bytes([5; 16]));
    seed("keyring", "full", slot.to_bytes(&id).as_slice())
}

fn invites() -> io::Result<()> {
    let mut link = InviteLink {
        origin: RELAY.parse().map_err(io::Error::other)?,
        id: InviteId::from_bytes([9; 16]),
        secret: Secret::from_bytes([2; 32]),
        card: Some(Sha256::of(&[b"card"])),
        relay_keys: Sha256::of(&[b"key"]),
    };
    let text = link.to_text();
    seed("invite", "clients", &*text)?;
    seed("invite", "mail", format!(" {}\r\n", text.replace('#', "%23")))?;
    seed("invite", "version", format!("{}#v9.AAAA", link.page()))?;
    seed("invite", "made", "ab\0\0\0\u{1}sealed card")?;
    link.card = None;
    seed("invite", "operators", &*link.to_text())
}

fn cards() -> io::Result<()> {
    let (recipient, request) = (
        SecretKey::from_scalar(&[7; 32]).recipient_text(),
        SigningKey::from_seed(&Secret::from_bytes([2; 32])).public(),
    );
    let json = |recipients: &str| {
        format!(
            "{{\"type\":\"quitus/card/v1\",\"name\":\"Alice\",\"recipients\":[{recipients}],\
             \"requestKey\":\"{request}\",\"madeAt\":\"{AT}\"}}\n"
        )
    };
    let one = json(&format!("\"{recipient}\""));
    seed("card", "card", &one)?;
    seed("card", "nobody", json(""))?;
    seed(
        "card",
        "twice",
        json(&format!("\"{recipient}\",\"{recipient}\"")),
    )?;
    let signed = document::sign(&signing_key(), Namespace::Card, one.as_bytes())
        .map_err(io::Error::other)?;
    let signed = String::from_utf8(signed).map_err(io::Error::other)?;
    seed(
        "card",
        "keys",
        format!("# keys\n{request} me\nssh-rsa AAAA\n"),
    )?;
    let card = signed.replace('\n', "\\n").replace('"', "\\\"");
    let contact = |name: &str, card: &str, ssh: &str| {
        format!(
            "{{\"name\":\"{name}\",\"card\":{card},\"ssh\":[{ssh}],\"pinnedAt\":\"{AT}\",\"verifiedAt\":null}}"
        )
    };
    let (alice, bob) = (
        contact("alice", &format!("\"{card}\""), ""),
        contact("bob", "null", &format!("\"{request}\"")),
    );
    let contacts = format!("{{\"type\":\"quitus/contacts/v1\",\"contacts\":[{alice},{bob}]}}\n");
    seed("card", "contacts", contacts)
}

fn signing_key() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([1; 32]))
}

/// Puts values where a template names them, and takes out its line breaks.
fn filled(template: &str) -> String {
    template
        .replace("\n ", "")
        .replace("SENDER", SENDER)
        .replace("RELAY", RELAY)
        .replace("SECRET", &base64url(&[5; 32]))
        .replace("DIGEST", &"2".repeat(64))
        .replace("ID", &"11".repeat(16))
        .replace("AT", AT)
}

const TERMS: &str = r#"{"type":"quitus/terms/v1","manifest":"DIGEST","version":1,
 "recipients":[LIST],"expiresAt":"AT","downloads":1}
"#;
const MANIFEST: &str = r#"{"type":"quitus/manifest/v1","id":"ID","relay":"RELAY","logKey":null,
 "sender":"SENDER","sealedDigest":"DIGEST","shareCommitment":"DIGEST","engagement":null,
 "form":"FORM","archiveBytes":BYTES,"entries":[LIST]}
"#;
const FOLDER: &str = r#"{"path":"PATH","mode":493,"mtime":"AT","file":null}"#;
const FILE: &str = r#"{"path":"PATH","mode":420,"mtime":"AT",
 "file":{"bytes":LENGTH,"digest":"DIGEST","salt":"ID"}}"#;
const STATEMENT: &str = r#"{"_type":"https://in-toto.io/Statement/v1",
 "subject":[{"name":"transfer:ID","digest":{"sha256":"DIGEST"}}],"predicateType":"urn:quitus:destroyed:v1",
 "predicate":{"engagement":null,"seq":1,"prev":null,"seen":["DIGEST"],"nonce":"ID",
 "issuer":{"role":"relay","name":"RELAY","key":"SHA256:issuer"},"issuedAt":"AT","notBefore":null,
 "observed":[{"at":"AT","code":"share.slot","what":"share","result":"zeros"}],
 "declared":[{"language":"en","text":"d"}],"notCovered":[{"code":"flash","what":"f"}],
 "facts":{"instruction":"DIGEST","ending":"revoked","nConsumed":0,"nReleased":1,
 "shareCommitment":"DIGEST","actions":[{"method":"share.erase","at":"AT","n":1,"effect":"e"}],
 "backupsAfter":"AT"},"tool":"t"}}
"#;
const BODIES: &[(&str, &str)] = &[
    (
        "create",
        r#"{"id":"ID","archiveBytes":5,"header":"AAAA","share":"SECRET","claimDigest":"DIGEST",
 "uploadDigest":"DIGEST","expirySeconds":60,"downloads":1}"#,
    ),
    ("created", r#"{"expiresAt":"AT"}"#),
    ("complete", r#"{"sealedDigest":"DIGEST","terms":"AAAA"}"#),
    ("claim", r#"{"claim":"SECRET"}"#),
    (
        "granted",
        r#"{"share":"SECRET","header":"AAAA","terms":"AAAA","archiveBytes":5,"manifestBytes":9,
 "leaseUntil":"AT"}"#,
    ),
    (
        "status",
        r#"{"phase":"ended","ending":"used","expiresAt":"AT","downloads":1,"nConsumed":1,"nLive":0,
 "nReleased":1,"parts":[{"index":0,"digest":"DIGEST"}],"hasManifest":true}"#,
    ),
    (
        "transfers",
        r#"{"transfers":[],"hasMore":false}"#,
    ),
    ("extend", r#"{"expiresAt":"AT","terms":"AAAA"}"#),
    ("recipients", r#"{"recipients":["SENDER"],"terms":"AAAA"}"#),
    (
        "activity",
        r#"{"log":[{"at":"AT","what":"claimed","address":"192.0.2.1","agent":"quitus/0.1","grant":null}],
 "grants":[]}"#,
    ),
    (
        "receipt",
        r#"{"statement":"{}","signature":"s","key":"ssh-ed25519 AAAA"}"#,
    ),
    (
        "inbox",
        r#"{"transfers":[{"id":"ID","createdAt":"AT","expiresAt":"AT","archiveBytes":5,
 "hasPassword":false,"isUsed":true}],"hasMore":true}"#,
    ),
    ("envelope", r#"{"envelope":"AAAA"}"#),
    (
        "invite",
        r#"{"id":"ID","tokenDigest":"DIGEST","role":"freelancer","expirySeconds":60,"card":"AAAA",
 "mac":"SECRET"}"#,
    ),
    (
        "invites",
        r#"{"invites":[{"id":"ID","role":"client","createdAt":"AT","expiresAt":"AT","state":"used",
 "joiner":{"key":"SENDER","card":"AAAA","mac":"SECRET"},"nRefused":1}],"hasMore":false}"#,
    ),
    (
        "redeem",
        r#"{"token":"SECRET","card":"AAAA","mac":"SECRET"}"#,
    ),
    ("redeemed", r#"{"card":null,"mac":null,"role":"client"}"#),
    (
        "refusal",
        r#"{"error":{"code":"wrong-digest","message":"no"}}"#,
    ),
];
const SENDING: &[&str] = &[
    r#""sendBegun","relay":"RELAY","sources":["/a"],"expirySeconds":60,"downloads":1"#,
    r#""created","expiresAt":"AT""#,
    r#""uploaded","manifest":"DIGEST""#,
    r#""described""#,
    r#""sent""#,
    r#""erased""#,
];
const RECEIVING: &[&str] = &[
    r#""receiveBegun","relay":"RELAY""#,
    r#""fetched","manifest":"DIGEST","sender":"SENDER","destination":"/b","inner":null"#,
    r#""placed""#,
    r#""received""#,
    r#""gone""#,
];
const BEGINNING: &str = r#"{"header":"AAAA","shape":"DIGEST","verifierDigest":null}
"#;
const ROW: &str = r#"{"part":PART,"plain":"DIGEST","sealed":"DIGEST"}
"#;
