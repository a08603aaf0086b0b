//! Dossiers in which one statement is wrong in one thing, and the reason for which all three verifiers refuse
//! them.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use quitus_core::keys::{Namespace, Signature};
use quitus_core::text;

use crate::dossiers::Laid;
use crate::every_type::engagement;
use crate::fixed_keys::{
    CLIENT, Case, FREELANCER, RELAY, SECOND, STRANGER, digest, fingerprint, key, touched,
};

/// A name, what is changed, and every reason that is then given. None: it stays valid.
pub(crate) type Row = (&'static str, fn(&mut Case), &'static str);

/// The last statement, which nothing refers to and which is not logged: a `corrected` of the freelancer.
const LAST: &str = "0010-corrected.json";
pub(crate) const LAST_FILE: &str = "statements/0010-corrected.json";
pub(crate) const LAST_SIGNATURE: &str = "statements/0010-corrected.json.sig";
/// The last statement says something else, and is signed again.
fn last(case: &mut Case, from: &str, to: &str) {
    case.resay(LAST, FREELANCER, |text| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    });
}

fn last_bytes(case: &mut Case, change: fn(String) -> Vec<u8>) {
    case.resay(LAST, FREELANCER, change);
}

/// The binary signature of the last statement, changed.
fn last_signature(case: &mut Case, change: impl FnOnce(&mut Vec<u8>)) {
    let signature = Signature::from_armour(&case.text(LAST_SIGNATURE)).unwrap();
    let mut blob = signature.to_blob();
    change(&mut blob);
    case.put(LAST_SIGNATURE, armoured(&blob));
}

fn armoured(blob: &[u8]) -> String {
    let encoded = text::base64(blob);
    let mut armour = "-----BEGIN SSH SIGNATURE-----\n".to_owned();
    for line in encoded.as_bytes().chunks(70) {
        writeln!(armour, "{}", String::from_utf8_lossy(line)).unwrap();
    }
    armour + "-----END SSH SIGNATURE-----\n"
}

/// A field that holds lists within lists, so many.
fn deep(levels: usize) -> String {
    let mut text = "\"seq\": 3,\n    \"deep\": ".to_owned();
    for level in 0..levels - 1 {
        write!(text, "[\n{}", " ".repeat(6 + 2 * level)).unwrap();
    }
    text += "[]";
    for level in (0..levels - 1).rev() {
        write!(text, "\n{}]", " ".repeat(4 + 2 * level)).unwrap();
    }
    text + ","
}

/// The security key signs statement 8 anew.
fn hardware(case: &mut Case, state: (u8, u32)) {
    let name = "statements/0008-returned.json";
    let made = touched(SECOND, case.text(name).as_bytes(), state);
    let blob = Signature::from_armour(&case.text(&format!("{name}.sig")))
        .unwrap()
        .to_blob();
    let before = blob.len() - made.len();
    case.put(
        &format!("{name}.sig"),
        armoured(&[&blob[..before], &made].concat()),
    );
}

/// Another S that lenient verifiers take for the same.
fn add_order(blob: &mut [u8]) {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let start = blob.len() - 32;
    let mut carry = 0;
    for (place, order) in ORDER.iter().enumerate() {
        let sum = u16::from(blob[start + place]) + u16::from(*order) + carry;
        blob[start + place] = u8::try_from(sum % 256).unwrap();
        carry = sum / 256;
    }
}

/// Tries rows, several at a time, and tells of all that are not as expected.
pub(crate) fn try_all(rows: &[Row]) {
    let whole = engagement();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(String::new()));
    let work = || {
        while let Some((name, change, expected)) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut case = whole.clone();
            change(&mut case);
            let tried = std::panic::catch_unwind(|| Laid::out(&case).verdict(name));
            let code = match *expected {
                "" => 0,
                reason if reason.ends_with(" version") || reason.ends_with(" type") => 12,
                _ => 11,
            };
            let found = tried.map_or((-1, "not alike".to_owned()), |verdict| {
                (verdict.code, verdict.reasons())
            });
            if found != (code, (*expected).to_owned()) {
                writeln!(
                    wrong.lock().unwrap(),
                    "{name}: {found:?}, expected {expected:?}"
                )
                .unwrap();
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[rustfmt::skip] // A row a line.
const STATEMENTS: &[Row] = &[
    ("a letter of a statement", |c| c.replace(LAST_FILE, "Détruit", "Detruit"), "0010 signature"),
    ("a line feed behind a statement", |c| c.replace(LAST_FILE, "}\n}\n", "}\n}\n\n"), "0010 signature"),
    ("line ends of another system", |c| { let text = c.text(LAST_FILE); c.put(LAST_FILE, text.replace('\n', "\r\n")); }, "0010 signature"),
    ("an early statement", |c| c.replace("statements/0003-received.json", "Zoé", "Zoë"), "0003 signature; 0006 chain; dossier missing"),
    ("no signature", |c| { c.remove(LAST_SIGNATURE); }, "0010 file"),
    ("an empty signature", |c| c.put(LAST_SIGNATURE, ""), "0010 signature"),
    ("half a signature", |c| { let text = c.text(LAST_SIGNATURE); c.put(LAST_SIGNATURE, &text[..200]); }, "0010 signature"),
    ("a signature with words before it", |c| { let text = c.text(LAST_SIGNATURE); c.put(LAST_SIGNATURE, format!("Re:\n{text}")); }, "0010 signature"),
    ("the signature of another statement", |c| { let other = c.text("statements/0007-destroyed-by-holder.json.sig"); c.put(LAST_SIGNATURE, other); }, "0010 signature"),
    ("a bit of R", |c| { last_signature(c, |blob| { let at = blob.len() - 40; blob[at] ^= 1; }) }, "0010 signature"),
    ("a bit of S", |c| { last_signature(c, |blob| { let at = blob.len() - 9; blob[at] ^= 1; }) }, "0010 signature"),
    ("S and the order of the group", |c| last_signature(c, |blob| add_order(blob)), "0010 signature"),
    ("a key of small order", |c| last_signature(c, |blob| blob[33..65].fill(0)), "0010 signature"),
    ("version 0 of SSHSIG", |c| last_signature(c, |blob| blob[9] = 0), "0010 signature"),
    ("another hash", |c| { last_signature(c, |blob| { let at = blob.windows(6).position(|w| w == b"sha512").unwrap(); blob[at + 3] = b'2'; }) }, "0010 signature"),
    ("bytes behind the signature", |c| last_signature(c, |blob| blob.push(0)), "0010 signature"),
    ("a signature of a manifest", |c| { let file = c.text(LAST_FILE); c.put(LAST_SIGNATURE, key(FREELANCER).sign(Namespace::Manifest, file.as_bytes()).to_pem()); }, "0010 signature"),
    ("a security key nobody touched", |c| hardware(c, (0, 7)), "0008 signature"),
    ("a security key's other signature", |c| hardware(c, (1, 8)), "0008 proof"),
    ("signed by a stranger", |c| c.resay(LAST, STRANGER, |text| (text + " ").into_bytes()), "0010 layout"),
    ("signed by a stranger in a name of another", |c| { let file = c.text(LAST_FILE); c.put(LAST_SIGNATURE, crate::fixed_keys::sign(STRANGER, file.as_bytes())); }, "0010 issuer"),
    ("a stranger in a role", |c| { let (own, other) = (fingerprint(FREELANCER).to_string(), fingerprint(STRANGER).to_string()); c.resay(LAST, STRANGER, |text| { text.replace(&own, &other).into_bytes() }); }, "0010 signer"),
    ("another's key named", |c| { last(c, &fingerprint(FREELANCER).to_string(), &fingerprint(CLIENT).to_string()) }, "0010 issuer"),
    ("another role claimed", |c| last(c, "\"freelancer\"", "\"client\""), "0010 signer"),
    ("a role that makes no such statement", |c| { c.resay("0008-returned.json", SECOND, |t| { t.replacen("\"freelancer\"", "\"client\"", 1).into_bytes() }) }, "0008 role; dossier missing"),
    ("another engagement", |c| last(c, "\"engagement\": \"02", "\"engagement\": \"03"), "0010 engagement"),
    ("no engagement", |c| { last(c, &format!("\"engagement\": \"{}\"", "02".repeat(16)), "\"engagement\": null") }, "0010 engagement"),
    ("a number too high", |c| last(c, "\"seq\": 3", "\"seq\": 4"), "0010 chain"),
    ("a number too low", |c| last(c, "\"seq\": 3", "\"seq\": 2"), "0010 chain"),
    ("another statement before", |c| last(c, "\"prev\": \"", "\"prev\": \"00"), "0010 malformed"),
    ("a date to come", |c| last(c, "2023-11-14T22:22:20Z", "2099-11-14T22:22:20Z"), "0010 signer"),
    ("a statement that is named and not there", |c| { let other = digest("nothing").to_string(); c.resay(LAST, FREELANCER, |text| { let at = text.find("\"statement\": \"").unwrap() + 14; text.replace(&text[at..at + 64], &other).into_bytes() }); }, "0010 chain; dossier missing"),
];

#[rustfmt::skip] // A row a line.
const LAYOUT: &[Row] = &[
    ("no space behind a colon", |c| last(c, "\": 3", "\":3"), "0010 layout"),
    ("compact JSON", |c| { last_bytes(c, |t| { t.lines().map(str::trim).collect::<String>().into_bytes() }) }, "0010 layout"),
    ("four spaces", |c| last(c, "\n  \"", "\n    \""), "0010 layout"),
    ("tabs", |c| last(c, "\n  \"", "\n\t\""), "0010 layout"),
    ("an empty list in two lines", |c| { last_bytes(c, |t| { t.replacen("\"observed\": [", "\"more\": [\n    ],\n    \"observed\": [", 1).into_bytes() }) }, "0010 layout"),
    ("a doubled name", |c| last(c, "    \"seq\": 3,\n", "    \"seq\": 3,\n    \"seq\": 3,\n"), "0010 layout"),
    ("a fraction", |c| last(c, "\"seq\": 3", "\"seq\": 3.0"), "0010 layout"),
    ("an exponent", |c| last(c, "\"seq\": 3", "\"seq\": 3e0"), "0010 layout"),
    ("minus zero", |c| last(c, "\"seq\": 3", "\"more\": -0,\n    \"seq\": 3"), "0010 layout"),
    ("2^53", |c| last(c, "\"seq\": 3", "\"seq\": 9007199254740992"), "0010 layout"),
    ("a number that two readers read differently", |c| last(c, "\"seq\": 3", "\"seq\": 9007199254740993"), "0010 layout"),
    ("a leading zero", |c| last(c, "\"seq\": 3", "\"seq\": 03"), "0010 layout"),
    ("another normal form", |c| last(c, "Détruit", "De\u{301}truit"), "0010 layout"),
    ("an escaped letter", |c| last(c, "Détruit", "D\\u00e9truit"), "0010 layout"),
    ("an escaped slash", |c| last(c, "quitus 0.1.0", "quitus\\/0.1.0"), "0010 layout"),
    ("an escaped line feed", |c| last(c, "Détruit", "\\n"), "0010 layout"),
    ("half a surrogate", |c| last(c, "Détruit", "\\ud800"), "0010 layout"),
    ("a raw tab in a text", |c| last(c, "Détruit", "\t"), "0010 layout"),
    ("a control character beyond ASCII", |c| last(c, "Détruit", "\u{85}"), "0010 layout"),
    ("a delete character", |c| last(c, "Détruit", "\u{7f}"), "0010 layout"),
    ("a zero byte", |c| last(c, "Détruit", "\0"), "0010 layout"),
    ("a byte order mark", |c| last_bytes(c, |t| format!("\u{feff}{t}").into_bytes()), "0010 layout"),
    ("no UTF-8", |c| { last_bytes(c, |t| { let mut b = t.into_bytes(); let at = b.iter().position(|b| *b == 0xc3).unwrap(); b[at + 1] = b'x'; b }) }, "0010 layout"),
    ("overlong UTF-8", |c| { last_bytes(c, |t| { let mut b = t.into_bytes(); let at = b.iter().position(|b| *b == 0xc3).unwrap(); b[at] = 0xc1; b }) }, "0010 layout"),
    ("two line feeds at the end", |c| last_bytes(c, |t| (t + "\n").into_bytes()), "0010 layout"),
    ("none", |c| last_bytes(c, |t| t.trim_end().into()), "0010 layout"),
    ("a comma too many", |c| last(c, "\"quitus 0.1.0\"", "\"quitus 0.1.0\","), "0010 layout"),
    ("a comma too few", |c| last(c, "\"seq\": 3,", "\"seq\": 3"), "0010 layout"),
    ("a comment", |c| last(c, "\"seq\": 3,", "\"seq\": 3, // three"), "0010 layout"),
    ("not a number", |c| last(c, "\"seq\": 3,", "\"seq\": NaN,"), "0010 layout"),
    ("depth", |c| last(c, "\"seq\": 3,", &deep(126)), "0010 layout"),
    ("less depth", |c| last(c, "\"seq\": 3,", &deep(125)), ""),
    ("more than 1 MiB", |c| last(c, "Détruit", &"x".repeat(1_048_576)), "0010 layout"),
    ("an unknown field", |c| { last(c, "\"seq\": 3,", "\"seq\": 3,\n    \"élan \\\\ \\\" [{\": \"}],\",") }, ""),
    ("another order", |c| { last_bytes(c, |t| { t.replacen("    \"seq\": 3,\n", "", 1).replacen("    \"seen\"", "    \"seq\": 3,\n    \"seen\"", 1).into_bytes() }) }, ""),
];

#[rustfmt::skip] // A row a line.
const FIELDS: &[Row] = &[
    ("another version", |c| last(c, "corrected:v1", "corrected:v2"), "0010 version"),
    ("another type", |c| last(c, "corrected:v1", "certified:v1"), "0010 type"),
    ("a type of somebody else", |c| { last(c, "urn:quitus:corrected:v1", "https://slsa.dev/provenance/v1") }, "0010 type"),
    ("no type", |c| last(c, "  \"predicateType\": \"urn:quitus:corrected:v1\",\n", ""), "0010 malformed"),
    ("another envelope", |c| last(c, "Statement/v1", "Statement/v2"), "0010 malformed"),
    ("the facts of another type", |c| last(c, "corrected:v1", "returned:v1"), "0010 malformed"),
    ("number 0", |c| last(c, "\"seq\": 3", "\"seq\": 0"), "0010 malformed"),
    ("a number in quotes", |c| last(c, "\"seq\": 3", "\"seq\": \"3\""), "0010 malformed"),
    ("number 1 with one before", |c| last(c, "\"seq\": 3", "\"seq\": 1"), "0010 malformed"),
    ("a field left out that may be null", |c| { last_bytes(c, |t| { let at = t.find("    \"notBefore\"").unwrap(); let end = at + t[at..].find("    \"observed\"").unwrap(); [&t[..at], &t[end..]].concat().into_bytes() }) }, "0010 malformed"),
    ("a field left out", |c| last(c, ",\n    \"tool\": \"quitus 0.1.0\"", ""), "0010 malformed"),
    ("upper-case hex", |c| last(c, "\"nonce\": \"09", "\"nonce\": \"AB"), "0010 malformed"),
    ("a short nonce", |c| last(c, "\"nonce\": \"09", "\"nonce\": \""), "0010 malformed"),
    ("a time of another zone", |c| last(c, "22:22:20Z", "22:22:20+00:00"), "0010 malformed"),
    ("a day that does not exist", |c| last(c, "2023-11-14T22:22:20Z", "2023-02-29T22:22:20Z"), "0010 malformed"),
    ("zeros behind a time", |c| last(c, "22:22:20Z", "22:22:20.50Z"), "0010 malformed"),
    ("a role nobody has", |c| last(c, "\"freelancer\"", "\"notary\""), "0010 malformed"),
    ("a transfer without an id", |c| last(c, "transfer:07", "transfer:"), "0010 malformed"),
    ("a subject of no kind", |c| last(c, "transfer:", "file:"), "0010 malformed"),
    ("a fingerprint in another spelling", |c| { last(c, &fingerprint(FREELANCER).to_string(), &format!("{}=", fingerprint(FREELANCER))) }, "0010 malformed"),
    ("a fact that is null", |c| { last_bytes(c, |t| { let at = t.find("\"statement\": ").unwrap() + 13; t.replace(&t[at..at + 66], "null").into_bytes() }) }, "0010 malformed"),
    ("a fact that is a list", |c| { c.resay("0009-acknowledged.json", CLIENT, |t| { t.replacen("\"nothing\"", "null", 1).into_bytes() }) }, "0009 malformed; dossier missing"),
    ("a word that is not listed", |c| { c.resay("0005-instructed.json", CLIENT, |t| { t.replacen("\"both\"", "\"forget\"", 1).into_bytes() }) }, "0005 malformed; 0009 chain; dossier missing"),
    ("more than 32 bits", |c| { c.resay("0003-received.json", RELAY, |t| { t.replacen("4294967295", "4294967296", 1).into_bytes() }) }, "0003 malformed; 0006 chain; dossier missing"),
];

#[test]
fn an_access_log_that_no_relay_handed_over_is_refused() {
    try_all(&[(
        "an access log",
        |c| c.add("access-log.jsonl", b"{}\n"),
        "dossier file",
    )]);
}

#[test]
fn statements_that_were_changed_are_refused_for_their_reason() {
    try_all(STATEMENTS);
}

#[test]
fn statements_in_another_spelling_are_refused() {
    try_all(LAYOUT);
}

#[test]
fn statements_that_lack_something_or_are_of_later_are_refused() {
    try_all(FIELDS);
}
