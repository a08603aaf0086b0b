//! Invites: what parses prints back; a made invite survives paper and mail, and no damage; what is derived
//! of it is for one purpose, one side and one card.

use quitus_core::digest::Sha256;
use quitus_core::fragment;
use quitus_core::invite::{InviteId, InviteLink, Side, card_mac, is_card_mac, redeem_token};
use quitus_core::keys::Secret;

use crate::{damage, number};

pub(crate) fn check(mut data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        reads(text);
    }
    let (id, secret) = (number(&mut data).to_be_bytes(), number(&mut data).to_be_bytes());
    let (id, secret) = ([id, id].concat(), [secret; 4].concat());
    let card = (number(&mut data) % 2 == 1).then(|| Sha256::of(&[data]));
    let link = InviteLink {
        origin: "https://relay.example:8443".parse().expect("an origin"),
        id: InviteId::from_bytes(id.try_into().expect("16 bytes")),
        secret: Secret::from_bytes(secret.try_into().expect("32 bytes")),
        card,
        relay_keys: Sha256::of(&[b"key", data]),
    };
    let text = link.to_text();
    assert!(reads(&text) && reads(&format!("\n {} \r\n", text.replace('#', "%23"))));
    is_for_one_card(&link, data);
    let mut damaged = text.as_bytes().to_vec();
    damage(&mut damaged, &mut data);
    let damaged = String::from_utf8_lossy(&damaged);
    assert!(!reads(&damaged) || damaged.trim() != damaged, "{damaged}");
}

fn is_for_one_card(link: &InviteLink, sealed: &[u8]) {
    let ends = (&link.id, &link.secret);
    let mac = card_mac(ends.0, ends.1, Side::Joiner, sealed);
    assert!(is_card_mac(ends, Side::Joiner, sealed, &mac));
    assert!(!is_card_mac(ends, Side::Inviter, sealed, &mac));
    assert!(!is_card_mac(ends, Side::Joiner, &[sealed, b"\0"].concat(), &mac));
    assert_ne!(mac, *redeem_token(ends.0, ends.1).expose());
}

fn reads(text: &str) -> bool {
    match InviteLink::parse(text) {
        Ok(link) => {
            assert_eq!(*link.to_text(), text.trim().replacen("%23", "#", 1));
            assert!(link.to_text().starts_with(&format!("{}#v1.", link.page())));
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
