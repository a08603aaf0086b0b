//! Age files with a key: any bytes, and any stanzas before a MAC that holds for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use quitus_core::cipher::{FileHeader, Identity, OpenError, open_bytes};
use quitus_core::header;
use sha2::Sha256;

/// The scalar of the identity that opens.
const SCALAR: [u8; 32] = [7; 32];
/// What it unwraps from the stanza below.
const FILE_KEY: [u8; 16] = 0x272b_df56_7f83_63a6_af8d_1d76_993b_a1bc_u128.to_be_bytes();
const STANZA: &[u8] = b"-> X25519 nKrgsneoH6kVz1vE4Q70gRR/BGFUwP0PiT4x0BLvgg4
Oxg1Ns2OsOr8evcVdlhOXby7I6Pp/2FlYM41EJdw3tY
";

pub(crate) fn check(data: &[u8]) {
    let identities = [Identity::from_scalar(&SCALAR)];
    if let Ok(plain) = open_bytes(&identities, data, 1024) {
        assert!(plain.len() <= 1024 && plain.len() + 32 < data.len());
    }
    let forged = forged(data);
    let opened =
        FileHeader::read(&mut forged.as_slice()).and_then(|header| header.open(&identities));
    match opened {
        Ok(keys) => assert_eq!(keys.file_key.expose(), &FILE_KEY),
        // The bytes brought a MAC line or a stanza of a known type of their own.
        Err(OpenError::Mac | OpenError::Stanza) => {}
        Err(_) => assert!(header::measure(&forged).is_err()),
    }
}

/// A header of a known stanza and of `data`, authentic if that is nothing but stanzas.
fn forged(data: &[u8]) -> Vec<u8> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, &FILE_KEY)
        .expand(b"header", &mut key)
        .expect("32 bytes");
    let mut text = [b"age-encryption.org/v1\n", STANZA, data, b"---"].concat();
    let mac = Hmac::<Sha256>::new_from_slice(&key)
        .expect("any key")
        .chain_update(&text);
    text.extend(format!(" {}\n", STANDARD_NO_PAD.encode(mac.finalize().into_bytes())).bytes());
    text.extend([0; 16]);
    text
}
