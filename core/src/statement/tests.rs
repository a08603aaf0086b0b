//! Statements as data: what comes back, and what is refused for which reason.

use super::*;
use crate::keys::{Secret, SigningKey};
use crate::transfer::Ending;

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

fn at() -> Timestamp {
    Timestamp::from_unix(1_700_000_000, 0)
}

fn statement(role: Role, facts: Facts) -> Statement {
    let predicate = Predicate {
        engagement: Some(EngagementId::from_bytes([2; 16])),
        seq: 1,
        prev: None,
        seen: vec![Sha256::of(&[b"another"])],
        nonce: Nonce::from_bytes([5; 16]),
        issuer: Issuer {
            role,
            name: "Société \"Été\"".into(),
            key: key(7).public().fingerprint(),
        },
        issued_at: at(),
        not_before: Some(SeenCheckpoint {
            origin: "relay.example/log".into(),
            size: 5,
            root: Sha256::of(&[]),
        }),
        observed: vec![Observation {
            at: at(),
            code: "share.slot".into(),
            what: "the slot of the share, read back".into(),
            result: "zeros".into(),
        }],
        declared: vec![Declaration {
            language: "fr".into(),
            text: "Je n’ai gardé aucune copie.".into(),
        }],
        not_covered: vec![NotCovered {
            code: "snapshots".into(),
            what: "snapshots of the machine".into(),
        }],
        facts,
        tool: "quitus 0.1.0".into(),
    };
    let id = TransferId::from_bytes([1; 16]);
    Statement::new(vec![Subject::transfer(id, Sha256::of(&[]))], predicate)
}

fn destruction() -> Destruction {
    Destruction {
        instruction: Sha256::of(&[b"request"]),
        ending: Ending::Used,
        n_consumed: 1,
        n_released: 1,
        share_commitment: Sha256::of(&[b"share"]),
        actions: vec![Action::new(Method::ShareErase, at(), 1)],
        backups_after: at(),
    }
}

fn destroyed() -> Statement {
    statement(Role::Relay, Facts::Destroyed(destruction()))
}

/// Signs whatever text stands in a file.
fn signed(file: &str) -> SignedStatement {
    let signature = key(7).sign(Namespace::Statement, file.as_bytes()).to_pem();
    SignedStatement {
        file: file.to_owned(),
        signature,
    }
}

fn refused(file: &str) -> &'static str {
    match signed(file).verify() {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    }
}

#[test]
fn a_statement_comes_back_as_it_was_signed() {
    let signed = destroyed().sign(&key(7)).unwrap();
    let verified = signed.verify().unwrap();
    assert_eq!(verified.statement, destroyed());
    assert!(verified.key == key(7).public() && verified.unknown.is_empty());
    assert_eq!(verified.digest, signed.digest());
    assert_eq!(verified.statement.to_file(), signed.file);
}

#[test]
fn a_signature_that_a_mailer_wrapped_anew_still_counts() {
    let signed = destroyed().sign(&key(7)).unwrap();
    let digest = signed.signature_digest().unwrap();
    let body: String = signed
        .signature
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let rewrapped = format!(
        "-----BEGIN SSH SIGNATURE-----\r\n{}\r\n{}\r\n-----END SSH SIGNATURE-----\r\n\r\n",
        &body[..10],
        &body[10..]
    );
    let rewrapped = SignedStatement {
        signature: rewrapped,
        ..signed
    };
    assert!(rewrapped.verify().is_ok());
    assert_eq!(rewrapped.signature_digest().unwrap(), digest);
}

#[test]
fn every_flipped_byte_is_found() {
    let signed = destroyed().sign(&key(7)).unwrap();
    for position in 0..signed.file.len() {
        let mut file = signed.file.clone().into_bytes();
        file[position] ^= 1;
        let refused = Statement::verify(&file, &signed.signature);
        assert!(
            matches!(refused, Err(StatementError::Signature(_))),
            "{position}"
        );
    }
    for position in 0..signed.signature.len() {
        let mut signature = signed.signature.clone().into_bytes();
        signature[position] ^= 4;
        let signature = String::from_utf8_lossy(&signature);
        let refused = Statement::verify(signed.file.as_bytes(), &signature);
        assert!(refused.is_err(), "{position}");
    }
}

/// The file with one thing replaced, and the reason for which it is refused.
fn refused_with((from, to): (&str, &str)) -> &'static str {
    let file = destroyed().to_file();
    assert!(file.contains(from), "{from}");
    refused(&file.replacen(from, to, 1))
}

#[test]
fn a_file_has_one_layout() {
    let file = destroyed().to_file();
    assert_eq!(refused(&file), "accepted");
    assert_eq!(
        refused(file.trim_end()),
        "layout",
        "no line feed at the end"
    );
    assert_eq!(refused(&format!("{file}\n")), "layout", "something behind");
    assert_eq!(
        refused(&format!("\u{feff}{file}")),
        "layout",
        "a byte order mark"
    );
    for fault in [
        ("\"seq\": 1", "\"seq\":1"),
        ("\n", "\r\n"),
        ("\"seq\": 1,", "\"seq\": 1,\n    \"seq\": 1,"),
        ("\"seq\": 1", "\"seq\": 1.0"),
        ("\"seq\": 1", "\"seq\": 1e0"),
        ("\"seq\": 1", "\"seq\": -0"),
        ("\"size\": 5", "\"size\": 9007199254740992"),
        ("\"size\": 5", "\"size\": 18446744073709551616"),
        ("Société", "Socie\u{301}te\u{301}"),
        ("zeros", "ze\\u0072os"),
        ("zeros", "ze\\tros"),
    ] {
        assert_eq!(refused_with(fault), "layout", "{fault:?}");
    }
}

#[test]
fn each_fault_of_the_content_has_its_reason() {
    let other = key(8).public().fingerprint().to_string();
    let own = key(7).public().fingerprint().to_string();
    let engagement = "\"engagement\": \"02020202020202020202020202020202\",\n    ";
    let digest = "\"digest\": {\n        \"sha256\": \"e3";
    for (reason, fault) in [
        ("version", ("destroyed:v1", "destroyed:v2")),
        ("type", ("urn:quitus:destroyed", "urn:quitus:vanished")),
        ("type", ("urn:quitus:destroyed", "urn:other:destroyed")),
        ("malformed", ("Statement/v1", "Statement/v2")),
        ("malformed", ("22:13:20Z", "23:13:20+01:00")),
        ("malformed", (digest, &digest.replace("e3", "E3"))),
        ("malformed", ("\"seq\": 1", "\"seq\": 2")),
        ("malformed", ("\"nConsumed\": 1", "\"nOther\": 1")),
        ("malformed", (engagement, "")),
        ("role", ("\"relay\",\n", "\"client\",\n")),
        ("issuer", (&own, &other)),
    ] {
        assert_eq!(refused_with(fault), reason, "{fault:?}");
    }
}

#[test]
fn a_signature_for_another_purpose_does_not_count() {
    let file = destroyed().to_file();
    let manifest = key(7).sign(Namespace::Manifest, file.as_bytes()).to_pem();
    let refused = Statement::verify(file.as_bytes(), &manifest);
    assert!(matches!(refused, Err(StatementError::Signature(_))));
}

#[test]
fn what_a_later_version_adds_is_shown() {
    let file = destroyed().to_file();
    let added = file.replacen(
        "\"seq\": 1,",
        "\"seq\": 1,\n    \"mood/1\": {\n      \"a\": []\n    },",
        1,
    );
    let added = added.replacen("\"nConsumed\"", "\"nMore\": 3,\n      \"nConsumed\"", 1);
    let verified = signed(&added).verify().unwrap();
    assert_eq!(
        verified.unknown,
        ["/predicate/mood~11", "/predicate/facts/nMore"]
    );
    assert_eq!(verified.statement, destroyed());
}

#[test]
fn every_kind_has_a_maker_and_its_own_name() {
    let roles = [
        Role::Relay,
        Role::Client,
        Role::Freelancer,
        Role::Sender,
        Role::Recipient,
    ];
    for kind in Kind::ALL {
        assert!(roles.iter().any(|role| kind.is_made_by(*role)), "{kind}");
        assert_eq!(Kind::of_type(&String::from(kind)), Ok(kind));
    }
    for method in Method::ALL {
        let text = serde_json::to_string(&method).unwrap();
        assert_eq!(text, format!("\"{}\"", method.as_str()));
    }
}

#[test]
fn incomplete_destructions_of_relay_and_holder_are_told_apart() {
    let relays = statement(Role::Relay, Facts::DestructionIncomplete(destruction()));
    let holders = statement(
        Role::Freelancer,
        Facts::DestructionByHolderIncomplete(HolderDestruction {
            instruction: None,
            transfers: vec![TransferId::from_bytes([1; 16])],
            files: vec![SaltedFile::new(
                3,
                &[9; 16],
                &crate::digest::Blake3::of(b"abc"),
            )],
            searched: Vec::new(),
            copies: Vec::new(),
            retained: Vec::new(),
            n_keys_erased: 2,
            answers: Vec::new(),
            certificate: None,
        }),
    );
    for statement in [relays, holders] {
        let verified = statement.sign(&key(7)).unwrap().verify().unwrap();
        assert_eq!(verified.statement, statement);
    }
}
