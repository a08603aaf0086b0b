//! Links: what parses prints back; a made link survives paper and mail, and no damage.

use quitus_core::fragment;
use quitus_core::keys::Secret;
use quitus_core::link::Link;
use quitus_core::origin::Origin;
use quitus_core::transfer::TransferId;

use crate::{damage, number};

pub(crate) fn check(mut data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        reads(text);
    }
    let (id, secret) = (
        number(&mut data).to_be_bytes(),
        number(&mut data).to_be_bytes(),
    );
    let (id, secret) = ([id, id].concat(), [secret; 4].concat());
    let link = Link {
        origin: str::from_utf8(data)
            .ok()
            .and_then(|text| text.parse::<Origin>().ok())
            .unwrap_or_else(|| "https://relay.example:8443".parse().expect("an origin")),
        id: TransferId::from_bytes(id.try_into().expect("16 bytes")),
        secret: Some(Secret::from_bytes(secret.try_into().expect("32 bytes"))),
    };
    let text = link.to_text();
    assert!(reads(&text) && reads(&format!("\n {} \r\n", text.replace('#', "%23"))));
    let mut damaged = text.as_bytes().to_vec();
    damage(&mut damaged, &mut data);
    let damaged = String::from_utf8_lossy(&damaged);
    // The relay's address and white space around are no part of what the check bytes know.
    let end = text.split_once("/t/").expect("a path").0.len();
    assert!(
        !reads(&damaged) || damaged.trim() != damaged || damaged[end..] == text[end..],
        "{damaged}"
    );
}

fn reads(text: &str) -> bool {
    match Link::parse(text) {
        Ok(link) => {
            assert_eq!(*link.to_text(), text.trim().replacen("%23", "#", 1));
            let page = link.page();
            let expected = link.secret.is_some().then(|| format!("{page}#"));
            assert!(link.to_text().starts_with(&expected.unwrap_or(page)));
            true
        }
        // Whatever is wrong, what stands behind the `#` is told to nobody.
        Err(error) => {
            let (page, behind) = fragment::split(text);
            let secret = behind.and_then(|behind| behind.rsplit("v1.").next());
            let is_told = |secret: &str| format!("{error:?}").contains(secret);
            let is_secret = |secret: &&str| secret.len() >= 40 && !page.contains(*secret);
            assert!(!secret.filter(is_secret).is_some_and(is_told));
            false
        }
    }
}
