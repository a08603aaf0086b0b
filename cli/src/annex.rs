//! The page of a contract that says whose keys are whose, in English and French, as text and as HTML.
//!
//! ```text
//! client SHA256:Mkgny73r…
//! freelancer SHA256:BV1NUZ9m…
//! relay SHA256:fe85JkIj…
//! log relay.example/log+1a2b3c4d+AbC…
//! witness client quitus-party/0011…+…+…
//! witness freelancer quitus-party/2233…+…+…
//!
//! # The lines above say whose keys are whose. …
//! ```
//!
//! Promises: pure; both parties get the same page from the same keys; whatever a name is, no line but the
//! ones above is one that a verifier takes: in the text every other line begins with `#`.
//!
//! Does not: say that a key is really somebody's; the parties do, when they sign the page.
//!
//! Spec: `docs/evidence.md`, "Annex".

use quitus_core::card::Card;
use quitus_core::keys::{Fingerprint, KeyError};
use quitus_core::origin::Origin;
use quitus_core::statement::Role;
use quitus_core::tlog::{Cosignature, VerifierKey};

use crate::html::Html;
use crate::phrase;
use crate::words::{Language, Phrase, Words};

/// Letters of a line of the text.
const LINE: usize = 76;
const LANGUAGES: [Language; 2] = [Language::English, Language::French];

/// Whose keys the page names.
pub struct Annex<'a> {
    /// The client's card.
    pub client: &'a Card,
    /// The freelancer's card.
    pub freelancer: &'a Card,
    /// The relay they use.
    pub relay: &'a Origin,
    /// The key that signs the relay's statements.
    pub statement_key: Fingerprint,
    /// The key of the relay's log.
    pub log: VerifierKey,
}

impl Annex<'_> {
    /// The lines that count.
    ///
    /// # Errors
    ///
    /// If a card's request key cannot cosign; never for a card that was verified.
    pub fn lines(&self) -> Result<Vec<String>, KeyError> {
        let (client, freelancer) = (self.client, self.freelancer);
        let mut lines = vec![
            format!("{} {}", Role::Client, client.fingerprint()),
            format!("{} {}", Role::Freelancer, freelancer.fingerprint()),
            format!("{} {}", Role::Relay, self.statement_key),
            format!("log {}", self.log),
        ];
        for (role, card) in [(Role::Client, client), (Role::Freelancer, freelancer)] {
            let key = Cosignature::verifier_of(card.request_key())?;
            lines.push(format!("witness {role} {key}"));
        }
        Ok(lines)
    }

    /// The page as text.
    ///
    /// # Errors
    ///
    /// As [`Annex::lines`].
    pub fn text(&self) -> Result<String, KeyError> {
        let mut text = self.lines()?.join("\n") + "\n";
        for language in LANGUAGES {
            let words = Words::new(language);
            text.push_str("\n#\n");
            push_wrapped(&mut text, &words.write(&phrase!("annex-title")));
            for phrase in self.paragraphs() {
                text.push_str("#\n");
                push_wrapped(&mut text, &words.write(&phrase));
            }
        }
        let signatures = LANGUAGES.map(|language| {
            let words = Words::new(language);
            words.write(&phrase!("annex-signatures"))
        });
        text.push_str("\n#\n");
        for line in &signatures {
            push_wrapped(&mut text, line);
        }
        Ok(text)
    }

    /// The page as HTML, for one sheet of A4.
    ///
    /// # Errors
    ///
    /// As [`Annex::lines`].
    pub fn html(&self) -> Result<String, KeyError> {
        let lines = self.lines()?;
        let [english, french] = LANGUAGES.map(Words::new);
        let mut page = Html::new(&english);
        page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"");
        page.raw("default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
        page.say(&phrase!("annex-title"));
        page.raw("</title>\n<style>\n");
        page.raw(include_str!("annex/style.css"));
        page.raw("</style>\n</head>\n<body>\n");
        page.around("<h1>", &phrase!("annex-title"), "</h1>\n");
        let mut rest = page.go_on(&french);
        rest.around(
            "<h1 lang=\"fr\">",
            &phrase!("annex-title"),
            "</h1>\n<pre>\n",
        );
        for line in &lines {
            rest.foreign(line);
            rest.raw("\n");
        }
        rest.raw("</pre>\n<div class=\"columns\">\n<section lang=\"en\">\n");
        let mut rest = rest.go_on(&english);
        self.column(&mut rest);
        rest.raw("<section lang=\"fr\">\n");
        let mut rest = rest.go_on(&french);
        self.column(&mut rest);
        rest.raw("</div>\n</body>\n</html>\n");
        Ok(rest.finish())
    }

    fn column(&self, html: &mut Html<'_>) {
        for phrase in self.paragraphs() {
            html.paragraph(&phrase);
        }
        html.around(
            "<p class=\"sign\">",
            &phrase!("annex-signatures"),
            "</p>\n</section>\n",
        );
    }

    fn paragraphs(&self) -> Vec<Phrase> {
        vec![
            phrase!("annex-what"),
            phrase!("annex-client", name = self.client.name()),
            phrase!("annex-freelancer", name = self.freelancer.name()),
            phrase!("annex-relay", relay = self.relay.to_string()),
            phrase!("annex-log"),
            phrase!("annex-witness"),
            phrase!("annex-before"),
            phrase!("annex-use"),
            phrase!("annex-change"),
        ]
    }
}

/// Adds a paragraph, each line behind a `#`.
fn push_wrapped(text: &mut String, paragraph: &str) {
    let mut room = 0;
    for word in paragraph.split(' ') {
        let length = word.chars().count() + 1;
        if room < length {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push('#');
            room = LINE;
        }
        text.push(' ');
        text.push_str(word);
        room = room.saturating_sub(length);
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use quitus_core::cipher::SecretKey;
    use quitus_core::dossier;
    use quitus_core::keys::{Secret, SigningKey};
    use quitus_core::time::Timestamp;
    use quitus_core::tlog::{LogKey, LogOrigin};

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
    }

    fn card(name: &str, seed: u8) -> Card {
        let recipient = SecretKey::from_scalar(&[seed; 32]).recipient_text();
        let made_at = Timestamp::from_unix(1_700_000_000, 0);
        let request = (key(seed + 1).public(), made_at);
        Card::sign(name, vec![recipient], request, &key(seed)).unwrap()
    }

    fn relay() -> Origin {
        "https://relay.example".parse().unwrap()
    }

    fn log() -> VerifierKey {
        LogKey::new(LogOrigin::of(&relay()), key(9)).verifier()
    }

    fn check(client: &Card, freelancer: &Card) {
        let annex = Annex {
            client,
            freelancer,
            relay: &relay(),
            statement_key: key(8).public().fingerprint(),
            log: log(),
        };
        for page in [annex.text().unwrap(), annex.html().unwrap()] {
            let read = dossier::Annex::read(&page);
            let signers = [
                (Role::Client, client.fingerprint()),
                (Role::Freelancer, freelancer.fingerprint()),
                (Role::Relay, key(8).public().fingerprint()),
            ];
            assert_eq!(read.signers, signers, "{page}");
            assert_eq!(read.logs, [log()]);
            let witnesses = [("client", client), ("freelancer", freelancer)];
            let witnesses = witnesses.map(|(principal, card)| dossier::Witness {
                principal: principal.parse().unwrap(),
                key: Cosignature::verifier_of(card.request_key()).unwrap(),
            });
            assert_eq!(read.witnesses, witnesses);
        }
    }

    #[test]
    fn a_verifier_reads_the_keys_and_nothing_else() {
        check(&card("Société Bertin", 1), &card("Jeanne d’Arcy", 3));
        // Names that would be lines of their own, wherever a line is broken.
        let pin = format!("relay {}", key(7).public().fingerprint());
        for n in 0..30 {
            let name = format!("{}{pin} y y y y", "x ".repeat(n));
            check(&card(&name, 1), &card("Jeanne", 3));
        }
        check(&card(&format!("<pre> {pin} </pre>"), 1), &card("Jeanne", 3));
    }

    #[test]
    fn the_page_is_for_people_too() {
        let annex = Annex {
            client: &card("<b>Bertin", 1),
            freelancer: &card("Jeanne", 3),
            relay: &relay(),
            statement_key: key(8).public().fingerprint(),
            log: log(),
        };
        let (text, html) = (annex.text().unwrap(), annex.html().unwrap());
        let (_, rest) = text.split_once("\n\n").unwrap();
        for line in rest.lines().filter(|line| !line.is_empty()) {
            assert!(
                line.starts_with('#') && line.chars().count() <= LINE + 1,
                "{line}"
            );
        }
        for page in [&text, &html] {
            assert!(page.contains("quitus id") && page.contains("Jeanne"));
            assert!(page.contains("annex.txt") && page.contains("https://relay.example"));
        }
        assert!(text.lines().count() < 75, "it fits on a sheet");
        assert!(html.contains("&lt;b&gt;Bertin") && !html.contains("<b>"));
        assert!(!html.contains("<script") && !html.contains("href"));
    }
}
