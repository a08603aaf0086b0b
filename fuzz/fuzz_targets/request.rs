//! Signed requests: one spelling verifies, for one request, and anything else is refused.

use quitus_core::keys::{Secret, SigningKey};
use quitus_core::origin::Origin;
use quitus_core::protocol::{RequestLine, bearer, sign_request, verify_request};
use quitus_core::text;
use quitus_core::time::Timestamp;

use crate::{KEY, damage, number};

pub(crate) fn check(data: &[u8]) {
    let origin: Origin = "https://relay.example".parse().expect("an origin");
    let now = Timestamp::from_unix(1_800_000_000, 0);
    let line = RequestLine {
        method: "PUT",
        origin: &origin,
        path: "/v1/transfers",
        body: data,
    };
    if let Ok(header) = str::from_utf8(data) {
        assert!(
            bearer(header).map_or(true, |token| format!("Bearer {}", text::base64url(&*token))
                == header)
        );
        assert!(verify_request(&RequestLine { body: b"", ..line }, header, now).is_err());
    }
    let mut rest = data;
    let time = now.after(core::time::Duration::from_secs(
        number(&mut rest) as u64 % 300,
    ));
    let nonce = [u8::try_from(number(&mut rest) % 256).expect("a byte"); 16];
    let header = sign_request(&line, &KEY, time, nonce);
    let signed = verify_request(&line, &header, now).expect("it was just signed");
    assert!(signed.key == KEY.public() && signed.time == time && signed.nonce == nonce);

    let other = SigningKey::from_seed(&Secret::from_bytes([8; 32]));
    assert_ne!(sign_request(&line, &other, time, nonce), header);
    assert!(
        verify_request(&RequestLine { body: rest, ..line }, &header, now).is_err() || rest == data
    );
    assert!(
        verify_request(
            &RequestLine {
                method: "POST",
                ..line
            },
            &header,
            now
        )
        .is_err()
    );
    let mut damaged = header.into_bytes();
    damage(&mut damaged, &mut rest);
    let damaged = String::from_utf8_lossy(&damaged);
    assert!(verify_request(&line, &damaged, now).is_err(), "{damaged}");
}
