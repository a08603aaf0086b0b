//! TLS: which versions and protocols, and what is refused.

use std::io::{Read, Write};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::client::{connect, parse};
use super::world::World;
use crate::tls::{TlsError, acceptor};

/// A relay with a certificate for `localhost`, and the certificate.
fn secure() -> (World, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("cert"), folder.path().join("key"));
    std::fs::write(&chain, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    let world = World::with_tls(Some(acceptor(&chain, &key).unwrap()));
    (world, cert.der().clone())
}

/// A client of one protocol that trusts one certificate.
fn dial(world: &World, cert: CertificateDer<'static>, protocol: &[u8]) -> impl Read + Write {
    let mut roots = RootCertStore::empty();
    roots.add(cert).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = "localhost".try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, connect(world.address()))
}

#[test]
fn http_1_1_is_answered_over_tls() {
    let (world, cert) = secure();
    let mut stream = dial(&world, cert, b"http/1.1");
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(parse(&answer).status, 204);
}

#[test]
fn http_2_is_spoken_where_it_is_asked_for() {
    const SETTINGS: u8 = 4;
    let (world, cert) = secure();
    let mut stream = dial(&world, cert, b"h2");
    // The preface and an empty SETTINGS frame (RFC 9113 sections 3.4 and 6.5).
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .unwrap();
    stream
        .write_all(&[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0])
        .unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(frame[3], SETTINGS);
}

#[test]
fn a_flood_of_reset_streams_ends_its_connection_or_does_nothing_to_others() {
    const HEADERS: u8 = 1;
    const RST_STREAM: u8 = 3;
    const END_STREAM_AND_HEADERS: u8 = 5;
    let (world, cert) = secure();
    let mut stream = dial(&world, cert.clone(), b"h2");
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .unwrap();
    // GET https://x/ by indexes of the static table (RFC 7541 appendix A).
    let request = [0x82, 0x87, 0x84, 0x41, 1, b'x'];
    let frame = |kind: u8, flags: u8, number: u32, payload: &[u8]| {
        let length = u8::try_from(payload.len()).unwrap();
        [
            &[0, 0, length, kind, flags],
            &number.to_be_bytes()[..],
            payload,
        ]
        .concat()
    };
    let began = std::time::Instant::now();
    let mut n_sent = 0_u32;
    while n_sent < 20_000 {
        let number = 2 * n_sent + 1;
        let pair = [
            frame(HEADERS, END_STREAM_AND_HEADERS, number, &request),
            frame(RST_STREAM, 0, number, &8_u32.to_be_bytes()),
        ];
        if stream.write_all(&pair.concat()).is_err() {
            break;
        }
        n_sent += 1;
    }
    let mut other = dial(&world, cert, b"http/1.1");
    let asked = std::time::Instant::now();
    other
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = other.read_to_end(&mut answer);
    assert_eq!(parse(&answer).status, 204);
    assert!(
        asked.elapsed().as_secs() < 2,
        "{n_sent} in {:?}",
        began.elapsed()
    );
}

#[test]
fn plain_http_to_a_tls_port_gets_no_answer() {
    let (world, _) = secure();
    let answer = super::client::raw(world.address(), b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(!answer.starts_with(b"HTTP/"));
}

#[test]
fn files_that_are_no_certificate_or_key_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, absent) = (folder.path().join("empty"), folder.path().join("absent"));
    std::fs::write(&empty, "").unwrap();
    let refused = |cert, key| acceptor(cert, key).err().unwrap();
    assert!(matches!(refused(&absent, &empty), TlsError::Pem { .. }));
    assert!(matches!(
        refused(&empty, &empty),
        TlsError::NoCertificate { .. }
    ));
}
