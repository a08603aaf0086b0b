//! Dossiers whose proofs, trust or names are wrong in one thing, and the reason for which all three verifiers
//! refuse them.

use quitus_core::text;
use quitus_core::tlog::{Entry, LogKey, Proof, SignedCheckpoint};

use crate::fixed_keys::{
    BY_CLIENT, BY_FREELANCER, BY_OUTSIDER, Case, FREELANCER, LOG, STRANGER, at, checkpoint,
    cosignature, fingerprint, log, log_key, tiles, verifier,
};
use crate::tampered::{LAST_FILE, LAST_SIGNATURE, Row, try_all};

/// The proof of an `acknowledged` of the client, whose checkpoint the outsider cosigned too.
const PROOF: &str = "proofs/0009.tlog-proof";
const SIGNERS: &str = "trust/allowed_signers";
const POLICY: &str = "trust/log-policy";
const CONSISTENCY: &str = "proofs/consistency";

/// The line of a file with that number, from 0, changed.
fn line(case: &mut Case, name: &str, number: usize, change: impl FnOnce(&str) -> String) {
    let text = case.text(name);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[number] = change(&lines[number]);
    lines.retain(|line| line != "(gone)");
    case.put(name, lines.join("\n") + "\n");
}

fn gone(_: &str) -> String {
    "(gone)".into()
}

/// Another base64 digit somewhere within a line.
fn altered(line: &str) -> String {
    let place = line.len() - 8;
    let other = if &line[place..=place] == "A" {
        "B"
    } else {
        "A"
    };
    format!("{}{other}{}", &line[..place], &line[place + 1..])
}

/// The number of the line of the proof in which a name begins the signature.
fn line_of(case: &Case, name: &str) -> usize {
    let begin = format!("\u{2014} {name}");
    case.text(PROOF)
        .lines()
        .position(|line| line.starts_with(&begin))
        .unwrap()
}

fn line_of_witness(case: &Case, seed: u8) -> usize {
    line_of(case, verifier(seed).name().as_str())
}

/// The proof of statement 9 under another checkpoint of the log's.
fn under(case: &mut Case, signed: &SignedCheckpoint, path: Vec<quitus_core::digest::Sha256>) {
    case.put(PROOF, Proof::new(9, path, signed).to_string());
}

/// The proof of statement 9 in the log as it was or as a forging log says it is.
fn logged_in(case: &mut Case, entries: &[Entry], size: u64) {
    let signed = checkpoint(entries, size, &[BY_CLIENT, BY_FREELANCER, BY_OUTSIDER]);
    let path = tiles(entries, size).inclusion(9).unwrap();
    under(case, &signed, path);
}

/// The same state, signed by another key or under another name.
fn signed_by(case: &mut Case, log: &LogKey) {
    let entries = case.entries.clone();
    let signed = log.sign(13, tiles(&entries, 13).root().unwrap());
    let path = tiles(&entries, 13).inclusion(9).unwrap();
    under(case, &signed, path);
}

/// A checkpoint as the log would sign it, with its text changed before.
fn signed_text(case: &mut Case, change: fn(&str) -> String) {
    let proof: Proof = case.text(PROOF).parse().unwrap();
    let (text, _) = proof.checkpoint.split_once("\n\n").unwrap();
    let changed = change(&format!("{text}\n"));
    let made = text::base64(&[&log().verifier().id()[..], &raw_signature(LOG, &changed)].concat());
    let checkpoint = format!("{changed}\n\u{2014} relay.example/log {made}\n");
    case.put(
        PROOF,
        Proof {
            checkpoint,
            ..proof
        }
        .to_string(),
    );
}

fn raw_signature(seed: u8, message: &str) -> [u8; 64] {
    use ed25519_dalek::Signer as _;
    ed25519_dalek::SigningKey::from_bytes(&[seed; 32])
        .sign(message.as_bytes())
        .to_bytes()
}

/// The cosignature of the client on statement 9's checkpoint is one of another time or checkpoint.
fn cosigned(case: &mut Case, make: fn(&SignedCheckpoint, &[Entry]) -> String) {
    let proof: Proof = case.text(PROOF).parse().unwrap();
    let signed = SignedCheckpoint::verify(&proof.checkpoint, &log().verifier()).unwrap();
    let forged = make(&signed, &case.entries);
    let place = line_of_witness(case, BY_CLIENT);
    line(case, PROOF, place, |_| forged);
}

/// The line that the client's cosignature of a checkpoint is in a note.
fn cosignature_line(seconds: i64, signed: &SignedCheckpoint) -> String {
    let mut alone = signed.alone(&log().verifier());
    alone.add(&cosignature(BY_CLIENT, at(seconds), signed));
    alone.to_string().lines().last().unwrap().to_owned()
}

/// The files of a statement, its signature and its proof change places with those of another.
fn swap(case: &mut Case, one: &str, other: &str) {
    for (one, other) in [
        (
            format!("statements/{one}.json"),
            format!("statements/{other}.json"),
        ),
        (
            format!("statements/{one}.json.sig"),
            format!("statements/{other}.json.sig"),
        ),
        (
            format!("proofs/{}.tlog-proof", &one[..4]),
            format!("proofs/{}.tlog-proof", &other[..4]),
        ),
    ] {
        let (first, second) = (case.remove(&one), case.remove(&other));
        case.add(&one, &second);
        case.add(&other, &first);
    }
}

/// The last statement under another name.
fn rename(case: &mut Case, name: &str) {
    let (file, signature) = (case.remove(LAST_FILE), case.remove(LAST_SIGNATURE));
    case.add(&format!("statements/{name}"), &file);
    case.add(&format!("statements/{name}.sig"), &signature);
}

fn annex(case: &mut Case, from: &str, to: &str) {
    let text = case.annex.take().unwrap();
    assert!(text.contains(from), "{from}");
    case.annex = Some(text.replacen(from, to, 1));
}

#[rustfmt::skip] // A row a line.
const PROOFS: &[Row] = &[
    ("another index", |c| c.replace(PROOF, "index 9\n", "index 8\n"), "0009 proof"),
    ("an index beyond the tree", |c| c.replace(PROOF, "index 9\n", "index 13\n"), "0009 proof"),
    ("an index in another spelling", |c| c.replace(PROOF, "index 9\n", "index 09\n"), "0009 proof"),
    ("an index beyond every tree", |c| c.replace(PROOF, "index 9\n", "index 99999999999999999999\n"), "0009 proof"),
    ("a bit of the path", |c| line(c, PROOF, 2, altered), "0009 proof"),
    ("an element of the path left out", |c| line(c, PROOF, 3, gone), "0009 proof"),
    ("an element too many", |c| line(c, PROOF, 3, |l| format!("{l}\n{l}")), "0009 proof"),
    ("elements in another order", |c| { let text = c.text(PROOF); let l: Vec<&str> = text.lines().collect(); let (a, b) = (l[2], l[3]); c.replace(PROOF, &format!("{a}\n{b}"), &format!("{b}\n{a}")); }, "0009 proof"),
    ("a hash of 31 bytes", |c| line(c, PROOF, 2, |_| text::base64(&[1; 31])), "0009 proof"),
    ("a hash without padding", |c| line(c, PROOF, 2, |l| l.trim_end_matches('=').into()), "0009 proof"),
    ("a line that nobody signs", |c| c.replace(PROOF, "index 9\n", "extra AAAA\nindex 9\n"), "0009 proof"),
    ("another version of proofs", |c| c.replace(PROOF, "tlog-proof@v1", "tlog-proof@v2"), "0009 proof"),
    ("line ends of another system in a proof", |c| { let text = c.text(PROOF); c.put(PROOF, text.replace('\n', "\r\n")); }, "0009 proof"),
    ("an empty proof", |c| c.put(PROOF, ""), "0009 proof"),
    ("the proof of another statement", |c| { let other = c.text("proofs/0008.tlog-proof"); c.put(PROOF, other); }, "0009 proof"),
    ("another size that the log signed", |c| signed_text(c, |t| t.replacen("\n13\n", "\n14\n", 1)), "dossier fork"),
    ("size 0 that the log signed", |c| signed_text(c, |t| t.replacen("\n13\n", "\n0\n", 1)), "0009 proof"),
    ("another root that the log signed", |c| { signed_text(c, |t| { let root = t.lines().nth(2).unwrap(); t.replace(root, &altered(root)) }) }, "0009 proof"),
    ("a line more that the log signed", |c| signed_text(c, |t| format!("{t}more\n")), "0009 checkpoint"),
    ("another size", |c| c.replace(PROOF, "\n13\n", "\n14\n"), "0009 checkpoint"),
    ("a size in another spelling", |c| signed_text(c, |t| t.replacen("\n13\n", "\n013\n", 1)), "0009 checkpoint"),
    ("another root", |c| { let text = c.text(PROOF); let root = text.lines().skip_while(|l| *l != "13").nth(1).unwrap().to_owned(); c.replace(PROOF, &root, &altered(&root)); }, "0009 checkpoint"),
    ("another origin", |c| signed_by(c, &log_key("https://other.example", LOG)), "0009 checkpoint"),
    ("another key of the log", |c| signed_by(c, &log_key("https://relay.example", STRANGER)), "0009 checkpoint"),
    ("a bit of the log's signature", |c| { let at = line_of(c, "relay.example"); line(c, PROOF, at, altered); }, "0009 checkpoint"),
    ("no signature of the log", |c| { let at = line_of(c, "relay.example"); line(c, PROOF, at, gone); }, "0009 checkpoint"),
    ("a checkpoint cut", |c| { let text = c.text(PROOF); c.put(PROOF, &text[..text.len() - 1]); }, "0009 checkpoint"),
    ("a cosignature that stands twice", |c| { let at = line_of_witness(c, BY_CLIENT); line(c, PROOF, at, |l| format!("{l}\n{l}")); }, "0009 checkpoint"),
    ("a bit of a party's cosignature", |c| { let at = line_of_witness(c, BY_CLIENT); line(c, PROOF, at, altered); }, "0009 witness"),
    ("a bit of the outsider's cosignature", |c| { let at = line_of_witness(c, BY_OUTSIDER); line(c, PROOF, at, altered); }, "0009 witness"),
    ("a cosignature of another time", |c| { cosigned(c, |s, _| { let (one, other) = (cosignature_line(1, s), cosignature_line(2, s)); format!("{}{}", &other[..other.len() - 88], &one[one.len() - 88..]) }) }, "0009 witness"),
    ("a cosignature of another state", |c| { cosigned(c, |_, entries| { cosignature_line(1, &checkpoint(entries, 8, &[])) }) }, "0009 witness"),
    ("a cosignature of another log", |c| { cosigned(c, |s, _| { cosignature_line(1, &log_key("https://other.example", LOG).sign(13, s.checkpoint().root)) }) }, "0009 witness"),
    ("a cosignature before the statement", |c| cosigned(c, |s, _| cosignature_line(-86_400, s)), "0009 time"),
    ("a line of somebody unknown", |c| { let text = c.text(PROOF); c.put(PROOF, format!("{text}\u{2014} somebody AAAAAAAA\n")); }, ""),
    ("no proof", |c| { c.remove(PROOF); }, ""),
    ("a log that shows another tree of one size", |c| { let mut entries = c.entries.clone(); entries[12] = entries[0]; logged_in(c, &entries, 13); }, "dossier fork"),
    ("a log that went back", |c| { let mut entries = c.entries.clone(); entries[2] = entries[0]; logged_in(c, &entries, 12); }, "dossier fork"),
    ("a state that nothing leads to", |c| { let entries = c.entries.clone(); logged_in(c, &entries, 12); }, "dossier fork"),
    ("no consistency", |c| { c.remove(CONSISTENCY); }, "dossier fork"),
    ("an empty consistency", |c| c.put(CONSISTENCY, ""), "dossier fork"),
    ("a bit of the consistency", |c| line(c, CONSISTENCY, 1, altered), "dossier fork"),
    ("an element of the consistency left out", |c| line(c, CONSISTENCY, 2, gone), "dossier fork"),
    ("an element of the consistency too many", |c| line(c, CONSISTENCY, 1, |l| format!("{l}\n{l}")), "dossier fork"),
    ("a consistency of other sizes", |c| c.replace(CONSISTENCY, "consistency 5 8", "consistency 5 9"), "dossier fork"),
    ("a consistency from nothing", |c| { c.replace(CONSISTENCY, "consistency 5 8", "consistency 0 5\nconsistency 5 8") }, "dossier fork"),
];

#[rustfmt::skip] // A row a line.
const TRUST: &[Row] = &[
    ("a key that expired before", |c| c.replace(SIGNERS, "20280229Z", "20231114Z"), "0002 signer; 0007 signer; 0010 signer"),
    ("a key of later", |c| c.replace(SIGNERS, "20231114Z", "20231115Z"), "0002 signer; 0007 signer; 0010 signer"),
    ("a day that is none", |c| c.replace(SIGNERS, "20280229Z", "20290229Z"), ALL_SIGNER),
    ("a key left out", |c| line(c, SIGNERS, 0, gone), "0003 signer; 0006 signer"),
    ("keys in each other's roles", |c| { c.replace(SIGNERS, "relay ", "sender "); }, "0003 signer; 0006 signer"),
    ("whoever signs", |c| c.replace(SIGNERS, "client ", "* "), ALL_SIGNER),
    ("another namespace", |c| c.replace(SIGNERS, "quitus-statement-v1", "git"), ALL_SIGNER),
    ("an authority", |c| c.replace(SIGNERS, "client ", "client cert-authority,"), ALL_SIGNER),
    ("a comment", |c| c.replace(SIGNERS, "client ", "# client\nclient "), ALL_SIGNER),
    ("a key that is cut", |c| { c.replace(SIGNERS, "AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAA") }, ALL_SIGNER),
    ("no signers", |c| { c.remove(SIGNERS); }, ALL_SIGNER),
    ("another log", |c| { let own = log().verifier().to_string(); c.replace(POLICY, &own, &log_key("https://relay.example", STRANGER).verifier().to_string()); }, ALL_CHECKPOINT),
    ("a witness of somebody else", |c| { c.replace(POLICY, &verifier(BY_CLIENT).to_string(), &verifier(STRANGER).to_string()) }, "dossier trust"),
    ("a witness in the name of another", |c| c.replace(POLICY, "witness client", "witness notary"), "dossier trust"),
    ("a witness more", |c| { c.replace(POLICY, "quorum", &format!("witness notary {}\nquorum", verifier(STRANGER))) }, "dossier trust"),
    ("a witness less", |c| line(c, POLICY, 1, gone), ""),
    ("a witness that signs logs", |c| { let own = verifier(BY_CLIENT).to_string(); c.replace(POLICY, &own, &log().verifier().to_string()); }, ALL_MALFORMED_POLICY),
    ("a key id that is not its own", |c| c.replace(POLICY, "log relay.example/log+", "log relay.example/log+0"), ALL_MALFORMED_POLICY),
    ("another quorum", |c| c.replace(POLICY, "quorum none", "quorum any"), ALL_MALFORMED_POLICY),
    ("a quorum too few", |c| c.replace(POLICY, "quorum none\n", ""), ALL_MALFORMED_POLICY),
    ("two logs", |c| line(c, POLICY, 0, |l| format!("{l}\n{l}")), ALL_MALFORMED_POLICY),
    ("no policy", |c| { c.remove(POLICY); }, ALL_MALFORMED_POLICY),
    ("an annex without the freelancer", |c| annex(c, &fingerprint(FREELANCER).to_string(), "SHA256:x"), "0002 trust; 0007 trust; 0010 trust"),
    ("an annex with the relay as client", |c| annex(c, "  relay\t", "client "), "0003 trust; 0006 trust"),
    ("an annex of another log", |c| { annex(c, &log().verifier().to_string(), &log_key("https://relay.example", STRANGER).verifier().to_string()) }, "dossier trust"),
    ("an annex without the outsider", |c| annex(c, "witness outsider", "Zeuge outsider"), "dossier trust"),
    ("an annex in a web page", |c| { c.annex = c.annex.take().map(|text| format!("<html><pre>\n{text}</pre>")) }, ""),
];

#[rustfmt::skip] // A row a line.
const NAMES: &[Row] = &[
    ("a statement left out", |c| c.omit(6), "dossier missing"),
    ("a statement left out in the middle", |c| c.omit(7), "0009 chain; dossier missing"),
    ("an issuer left out", |c| { c.omit(6); c.omit(3); }, "dossier missing"),
    ("statements in another order", |c| swap(c, "0001-engaged", "0002-engaged"), ""),
    ("statements of one issuer in another order", |c| swap(c, "0001-engaged", "0005-instructed"), "0001 file; 0005 file; 0009 chain"),
    ("a statement twice", |c| { let (file, signature) = (c.text(LAST_FILE), c.text(LAST_SIGNATURE)); c.add("statements/0011-corrected.json", file.as_bytes()); c.add("statements/0011-corrected.json.sig", signature.as_bytes()); }, "0011 chain"),
    ("two of one number", |c| { let (file, signature) = (c.text(LAST_FILE), c.text(LAST_SIGNATURE)); c.add("statements/0010-thawed.json", file.as_bytes()); c.add("statements/0010-thawed.json.sig", signature.as_bytes()); }, "0010 file; dossier file"),
    ("another type in the name", |c| rename(c, "0010-thawed.json"), "0010 file"),
    ("a gap", |c| rename(c, "0011-corrected.json"), "dossier file"),
    ("a name with five digits", |c| rename(c, "00010-corrected.json"), "dossier file"),
    ("a name more", |c| c.add("record.de.html", b"x"), "dossier file"),
    ("a name more in statements", |c| c.add("statements/notes.txt", b"x"), "dossier file"),
    ("a name more in trust", |c| c.add("trust/client.pub", b"x"), "dossier file"),
    ("a proof of nothing", |c| c.add("proofs/0011.tlog-proof", b"x"), "dossier file"),
    ("a signature of nothing", |c| c.add("statements/0011-corrected.json.sig", b"x"), "dossier file"),
    ("a folder in the folder", |c| c.add("statements/old/0001-engaged.json", b"x"), "dossier file"),
    ("nothing stated", |c| c.files.retain(|name, _| name.starts_with("trust/")), "dossier file"),
    ("nothing at all", |c| c.files.retain(|name, _| name == "README.txt"), "dossier file; dossier trust"),
    ("a time stamp", |c| c.add("timestamps/0001.tsr", b"x"), ""),
    ("no record", |c| { c.remove("record.fr.html"); }, ""),
];

#[rustfmt::skip]
const ALL_SIGNER: &str = "0001 signer; 0002 signer; 0003 signer; 0004 signer; 0005 signer; 0006 signer; 0007 signer; 0008 signer; \
    0009 signer; 0010 signer; dossier file; dossier fork";
#[rustfmt::skip]
const ALL_CHECKPOINT: &str = "0001 checkpoint; 0002 checkpoint; 0003 checkpoint; 0004 checkpoint; 0005 checkpoint; \
    0006 checkpoint; 0007 checkpoint; 0008 checkpoint; 0009 checkpoint; dossier trust; dossier fork";
#[rustfmt::skip]
const ALL_MALFORMED_POLICY: &str = "0001 checkpoint; 0002 checkpoint; 0003 checkpoint; 0004 checkpoint; 0005 checkpoint; \
    0006 checkpoint; 0007 checkpoint; 0008 checkpoint; 0009 checkpoint; dossier file; dossier trust; dossier fork";

#[test]
fn proofs_checkpoints_and_cosignatures_that_were_changed_are_refused() {
    try_all(PROOFS);
}

#[test]
fn whoever_is_not_trusted_is_not_believed() {
    try_all(TRUST);
}

#[test]
fn what_was_left_out_added_or_renamed_shows() {
    try_all(NAMES);
}
