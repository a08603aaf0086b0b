//! Somebody with a link and no command, who asks the relay for exactly what a story wants asked.

use std::io;

use quitus_core::link::Link;
use quitus_core::split::claim_credential;
use quitus_core::text::base64url;
use quitus_tests::{Reply, Wire};

/// Somebody with a link and no command: asks the relay as it likes.
pub(crate) struct Claimer {
    /// The transfer.
    pub(crate) id: String,
    credential: String,
}

impl Claimer {
    pub(crate) fn new(link: &str) -> Self {
        let link = Link::parse(link).unwrap_or_else(|error| panic!("{error}"));
        let credential = claim_credential(&link.id, &link.secret.expect("a secret"));
        Self {
            id: link.id.to_string(),
            credential: base64url(credential.expose()),
        }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/transfers/{}/{rest}", self.id)
    }

    pub(crate) fn claim(&self, wire: &mut Wire, key: u32) -> Reply {
        self.try_claim(wire, key).expect("a claim is answered")
    }

    fn try_claim(&self, wire: &mut Wire, key: u32) -> io::Result<Reply> {
        let body = format!(r#"{{"claim":"{}"}}"#, self.credential);
        let key = bearer(key);
        let headers = [
            ("content-type", "application/json"),
            ("authorization", &key),
        ];
        let line = format!("POST {}", self.path("claim"));
        wire.ask(&line, &headers, Some(body.as_bytes()))
    }

    pub(crate) fn done(&self, wire: &mut Wire, key: u32) -> u16 {
        let line = format!("POST {}", self.path("done"));
        let answered = wire.ask(&line, &[("authorization", &bearer(key))], Some(b""));
        answered.expect("it is answered").status
    }

    /// The whole part, or all but its last byte.
    pub(crate) fn take(&self, wire: &mut Wire, (part, key): (u32, u32), is_whole: bool) -> u16 {
        let (path, key) = (self.path(&format!("parts/{part}")), bearer(key));
        let headers = [("authorization", key.as_str())];
        let length = wire.ask(&format!("HEAD {path}"), &headers, None).unwrap();
        let length: usize = length.header("content-length").unwrap().parse().unwrap();
        wire.say(&format!("GET {path}"), &headers, None).unwrap();
        let wanted = if is_whole { length } else { length - 1 };
        wire.hear(Some(wanted)).unwrap().status
    }
}

/// A claimer with one grant key, who asks on a connection of its own each time.
pub(crate) struct Asker {
    claimer: Claimer,
    url: String,
    key: u32,
}

impl Asker {
    /// Whoever has the same number has the same grant key.
    pub(crate) fn new(link: &str, key: u32) -> Self {
        let url = link.split("/t/").next().unwrap_or_default().to_owned();
        let claimer = Claimer::new(link);
        Self { claimer, url, key }
    }

    /// Claims; the status of the answer.
    pub(crate) fn claim(&self) -> u16 {
        self.claimer.claim(&mut self.wire(), self.key).status
    }

    /// The same at a relay that may be ending; `None`: it did not answer.
    pub(crate) fn claim_at_the_end(&self) -> Option<u16> {
        let answered = Wire::open(&self.url).and_then(|mut wire| {
            let reply = self.claimer.try_claim(&mut wire, self.key)?;
            Ok(reply.status)
        });
        answered.ok()
    }

    /// Takes a whole part; the status of the answer.
    pub(crate) fn part(&self, number: u32) -> u16 {
        self.claimer
            .take(&mut self.wire(), (number, self.key), true)
    }

    /// Says that everything was received; the status of the answer.
    pub(crate) fn done(&self) -> u16 {
        self.claimer.done(&mut self.wire(), self.key)
    }

    fn wire(&self) -> Wire {
        Wire::open(&self.url).expect("the relay listens")
    }
}

/// The grant key of a number, as it is shown.
fn bearer(number: u32) -> String {
    let mut key = [0x5a; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    format!("Bearer {}", base64url(&key))
}
