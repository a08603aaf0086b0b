//! Addresses of relays: one spelling, and an HTTP client reads the same host and port in it.

use core::net::IpAddr;

use http::Uri;
use quitus_core::origin::Origin;

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let Ok(origin) = text.parse::<Origin>() else {
        return;
    };
    assert_eq!(origin.as_str(), text);
    assert!(Origin::of_relay(text).is_ok_and(|own| own == origin));

    let uri: Uri = text.parse().expect("an address to connect to");
    let (scheme, authority) = text.split_once("://").expect("a scheme");
    let host = uri.host().expect("a host");
    assert_eq!(uri.scheme_str(), Some(scheme));
    assert_eq!(
        uri.authority().map(http::uri::Authority::as_str),
        Some(authority)
    );
    assert_eq!((uri.path(), uri.query()), ("/", None));
    let port = uri
        .port_u16()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    assert_eq!(format!("{host}{port}"), authority);
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    assert!(scheme == "https" || is_loopback, "{text}");
}
