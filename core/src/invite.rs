//! The text that makes its first reader an account of a relay, and acquaints two people.
//!
//! ```text
//! https://relay.example/i/00112233445566778899aabbccddeeff#v1.AgIC…
//! \_________ origin ___/   \___________ id ______________/    \_ secret, card, relay keys, check
//! ```
//!
//! | purpose | HKDF-SHA-256 of the secret, info | what it is                                      |
//! |---------|----------------------------------|-------------------------------------------------|
//! | redeem  | `quitus/v1/invite-redeem`        | token shown to the relay, which keeps its digest|
//! | mac     | `quitus/v1/invite-mac`           | key of the MACs over both sealed cards          |
//! | card    | `quitus/v1/invite-card`          | X25519 scalar: opens both cards                 |
//!
//! The salt is the invite's id, the output 32 bytes. Promises: the secret never reaches the relay, so
//! it can neither read nor swap a card; a cut or altered invite is found without asking anyone. It does
//! not open or judge a card. Sources: RFC 5869, RFC 2104; spec: `docs/protocol.md`, "invite".

use hkdf::Hkdf;
use hkdf::hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::digest::Sha256;
use crate::fragment::{self, FragmentError};
use crate::id::id;
use crate::keys::{PublicKey, Secret};
use crate::origin::{Origin, OriginError};
use crate::text;

/// Longest text that is looked at.
const INVITE_BYTES_MAX: usize = 1_024;
/// Bytes that tell an altered invite.
const CHECK_BYTES: usize = 4;
/// Secret, card digest, digest of the relay's keys, check.
const FRAGMENT_BYTES: usize = 32 + 32 + 32 + CHECK_BYTES;

/// What travels in an invite and never reaches the relay.
pub type InviteSecret = Secret<32>;
/// What a joiner shows to the relay, which keeps its SHA-256 only.
pub type RedeemToken = Secret<32>;

id! {
    /// Names an invite.
    InviteId
}

/// What an account may do on a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sends.
    Freelancer,
    /// Sends, and invites freelancers.
    Client,
}

/// The two ends of an invite; each card counts for its end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Whoever made it.
    Inviter,
    /// Whoever redeems it.
    Joiner,
}

impl Side {
    const fn tag(self) -> &'static [u8] {
        match self {
            Self::Inviter => b"inviter\0",
            Self::Joiner => b"joiner\0",
        }
    }
}

/// An invite as it is handed over.
pub struct InviteLink {
    /// The relay.
    pub origin: Origin,
    /// Names the invite.
    pub id: InviteId,
    /// What the two ends share, and nobody else.
    pub secret: InviteSecret,
    /// Digest of the inviter's card; none where the operator invited.
    pub card: Option<Sha256>,
    /// SHA-256 of the relay's keys; see [`relay_keys_digest`].
    pub relay_keys: Sha256,
}

/// Why a text is no invite. No variant carries the text: it holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// Longer than 1,024 bytes.
    #[error("an invite has at most {INVITE_BYTES_MAX} characters")]
    TooLong,
    /// The relay's address is none.
    #[error("the invite does not name a relay")]
    Origin(#[source] OriginError),
    /// Not `/i/` and 32 hex digits behind the relay's address.
    #[error("this is not an invite: /i/ and 32 digits are missing behind the relay's address")]
    Shape,
    /// No `#`.
    #[error("the part after # is missing")]
    NoSecret,
    /// A version of a later Quitus.
    #[error("the invite is of version {version}, this program knows v1")]
    Version {
        /// The version, `v` and digits.
        version: String,
    },
    /// The part after `#` is too short or too long.
    #[error(
        "the part after # is incomplete or has something behind it: {actual} characters, expected {expected}"
    )]
    Length {
        /// Characters found.
        actual: usize,
        /// Characters of a whole one.
        expected: usize,
    },
    /// The part after `#` has its length, and is not the one of this invite.
    #[error("the invite was altered")]
    Altered,
}

impl From<FragmentError> for InviteError {
    fn from(error: FragmentError) -> Self {
        match error {
            FragmentError::Missing => Self::NoSecret,
            FragmentError::Version(version) => Self::Version { version },
            FragmentError::Length { actual, expected } => Self::Length { actual, expected },
            FragmentError::Altered => Self::Altered,
        }
    }
}

impl InviteLink {
    /// The invite's text.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = self.bound();
        bytes.extend_from_slice(&self.check());
        let fragment = Zeroizing::new(text::base64url(&bytes));
        Zeroizing::new(format!("{}#v1.{}", self.page(), *fragment))
    }

    /// The invite without its secret.
    pub fn page(&self) -> String {
        format!("{}/i/{}", self.origin, self.id)
    }

    /// Reads an invite, white space around it aside.
    pub fn parse(text: &str) -> Result<Self, InviteError> {
        let text = text.trim();
        if text.len() > INVITE_BYTES_MAX {
            return Err(InviteError::TooLong);
        }
        let (page, fragment) = fragment::split(text);
        // The last one: a relay may be called `i`.
        let (origin, id) = page.rsplit_once("/i/").ok_or(InviteError::Shape)?;
        let origin = origin.parse().map_err(InviteError::Origin)?;
        let id = id.parse().map_err(|_| InviteError::Shape)?;
        let (halves, stated) = parse_fragment(fragment.unwrap_or_default())?;
        let [secret, card, relay_keys] = halves;
        let link = Self {
            origin,
            id,
            secret: Secret::from_bytes(*secret),
            card: Some(Sha256::from_bytes(*card)).filter(|_| *card != [0; 32]),
            relay_keys: Sha256::from_bytes(*relay_keys),
        };
        if link.check() == stated {
            Ok(link)
        } else {
            Err(InviteError::Altered)
        }
    }

    /// What stands behind `#v1.`, without the check.
    fn bound(&self) -> Zeroizing<Vec<u8>> {
        let card = self.card.map_or([0; 32], |card| *card.as_bytes());
        let mut bytes = Zeroizing::new(Vec::with_capacity(FRAGMENT_BYTES));
        for piece in [self.secret.expose(), &card, self.relay_keys.as_bytes()] {
            bytes.extend_from_slice(piece);
        }
        bytes
    }

    /// First bytes of SHA-256 over a tag, the origin, a line feed, the id and what is bound.
    fn check(&self) -> [u8; CHECK_BYTES] {
        let origin = format!("{}\n", self.origin);
        let digest = Sha256::of(&[
            b"quitus/invite/v1\0",
            origin.as_bytes(),
            self.id.as_bytes(),
            &self.bound(),
        ]);
        let check = digest.as_bytes().first_chunk().copied();
        check.expect("32 bytes begin with 4")
    }
}

type Fragment = ([Zeroizing<[u8; 32]>; 3], [u8; CHECK_BYTES]);

fn parse_fragment(fragment: &str) -> Result<Fragment, InviteError> {
    let bytes = fragment::read::<FRAGMENT_BYTES>(fragment)?;
    cut(&*bytes).ok_or(InviteError::Altered)
}

fn cut(bytes: &[u8]) -> Option<Fragment> {
    let (secret, rest) = bytes.split_first_chunk::<32>()?;
    let (card, rest) = rest.split_first_chunk::<32>()?;
    let (relay_keys, check) = rest.split_first_chunk::<32>()?;
    let halves = [secret, card, relay_keys].map(|piece| Zeroizing::new(*piece));
    Some((halves, check.try_into().ok()?))
}

/// The digest by which an invite names the relay's keys: SHA-256 of the blobs of its statement key and of
/// the key of its log.
pub fn relay_keys_digest(statement_key: &PublicKey, log_key: &PublicKey) -> Sha256 {
    Sha256::of(&[&statement_key.to_blob(), &log_key.to_blob()])
}

/// Derives the token that redeems the invite.
pub fn redeem_token(id: &InviteId, secret: &InviteSecret) -> RedeemToken {
    derive(id, secret, b"quitus/v1/invite-redeem")
}

/// Derives the X25519 scalar of the age identity to which both cards are sealed.
pub fn card_key(id: &InviteId, secret: &InviteSecret) -> Secret<32> {
    derive(id, secret, b"quitus/v1/invite-card")
}

/// HMAC-SHA-256 over the side's tag and its sealed card.
pub fn card_mac(id: &InviteId, secret: &InviteSecret, side: Side, sealed: &[u8]) -> [u8; 32] {
    mac(id, secret, side, sealed).finalize().into_bytes().into()
}

/// Whether a MAC is the one of a sealed card, in constant time.
pub fn is_card_mac(
    (id, secret): (&InviteId, &InviteSecret),
    side: Side,
    sealed: &[u8],
    stated: &[u8; 32],
) -> bool {
    let mac = mac(id, secret, side, sealed);
    mac.verify_slice(stated).is_ok()
}

fn mac(id: &InviteId, secret: &InviteSecret, side: Side, sealed: &[u8]) -> Hmac<sha2::Sha256> {
    let key = derive(id, secret, b"quitus/v1/invite-mac");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.expose())
        .expect("HMAC takes a key of every length");
    mac.update(side.tag());
    mac.update(sealed);
    mac
}

fn derive(id: &InviteId, secret: &InviteSecret, info: &[u8]) -> Secret<32> {
    let mut output = [0; 32];
    Hkdf::<sha2::Sha256>::new(Some(id.as_bytes()), secret.expose())
        .expand(info, &mut output)
        .expect("32 bytes are below the 8,160 HKDF can make");
    Secret::from_bytes(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;
    use proptest::prelude::*;

    fn link(card: Option<Sha256>) -> InviteLink {
        let key = SigningKey::from_seed(&Secret::from_bytes([7; 32])).public();
        InviteLink {
            origin: "https://relay.example".parse().expect("an origin"),
            id: InviteId::from_bytes([0x11; 16]),
            secret: Secret::from_bytes([2; 32]),
            card,
            relay_keys: relay_keys_digest(&key, &key),
        }
    }

    fn whole() -> InviteLink {
        link(Some(Sha256::of(&[b"card"])))
    }

    fn reason(text: &str) -> Option<InviteError> {
        InviteLink::parse(text).err()
    }

    #[test]
    fn an_invite_comes_back_from_paper_and_mail() {
        for link in [whole(), link(None)] {
            let text = link.to_text();
            for text in [
                text.to_string(),
                format!("  {}\r\n", *text),
                text.replace('#', "%23"),
            ] {
                let parsed = InviteLink::parse(&text).expect("the same invite");
                assert!(parsed.card == link.card && parsed.secret.equals(&link.secret));
                assert_eq!(*parsed.to_text(), *link.to_text());
            }
        }
    }

    #[test]
    fn damage_is_told_by_its_kind() {
        let text = whole().to_text().to_string();
        let (page, _) = text.split_once('#').expect("a secret");
        let version = "v9".to_owned();
        let length = |actual| InviteError::Length {
            actual,
            expected: 134,
        };
        for (damaged, expected) in [
            (page.to_owned(), InviteError::NoSecret),
            (format!("{page}#v9.AAAA"), InviteError::Version { version }),
            (format!("{page}#AAAA"), InviteError::Altered),
            (text[..text.len() - 1].to_owned(), length(133)),
            (format!("{text}."), length(135)),
            (text.replace("/i/1", "/i/2"), InviteError::Altered),
            (
                text.replace("relay.example", "relay.examp1e"),
                InviteError::Altered,
            ),
            (text.replace("/i/", "/t/"), InviteError::Shape),
            (text.replace("/i/11", "/i/"), InviteError::Shape),
            ("x".repeat(100_000), InviteError::TooLong),
        ] {
            assert_eq!(reason(&damaged), Some(expected), "{damaged}");
        }
    }

    #[test]
    fn every_purpose_side_and_id_matters() {
        let (secret, id) = (Secret::from_bytes([2; 32]), InviteId::from_bytes([1; 16]));
        let other = InviteId::from_bytes([9; 16]);
        let values = [
            *redeem_token(&id, &secret).expose(),
            *redeem_token(&other, &secret).expose(),
            *card_key(&id, &secret).expose(),
            card_mac(&id, &secret, Side::Inviter, b"card"),
            card_mac(&id, &secret, Side::Joiner, b"card"),
            card_mac(&id, &secret, Side::Joiner, b"cord"),
        ];
        for (index, one) in values.iter().enumerate() {
            let same = values.iter().filter(|other| *other == one).count();
            assert_eq!(same, 1, "{index}");
        }
    }

    #[test]
    fn a_card_counts_for_its_own_side_and_invite() {
        let (secret, id) = (Secret::from_bytes([2; 32]), InviteId::from_bytes([1; 16]));
        let mac = card_mac(&id, &secret, Side::Joiner, b"card");
        assert!(is_card_mac((&id, &secret), Side::Joiner, b"card", &mac));
        assert!(!is_card_mac((&id, &secret), Side::Inviter, b"card", &mac));
        assert!(!is_card_mac((&id, &secret), Side::Joiner, b"cord", &mac));
        let other = Secret::from_bytes([3; 32]);
        assert!(!is_card_mac((&id, &other), Side::Joiner, b"card", &mac));
    }

    proptest! {
        #[test]
        fn one_altered_character_is_always_found(
            position in 0..134_usize, symbol in "[-_A-Za-z0-9]",
        ) {
            let mut text = whole().to_text().to_string();
            let start = text.len() - 134 + position;
            text.replace_range(start..=start, &symbol);
            prop_assert!(
                text == *whole().to_text() || reason(&text) == Some(InviteError::Altered)
            );
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = reason(&text);
        }
    }
}
