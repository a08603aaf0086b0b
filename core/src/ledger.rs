//! This device's own append-only memory: what was sent and received, and what to do next.
//!
//! ```text
//! {"at":"2026-11-22T03:37:18Z","transfer":"1111…","fact":"created","expiresAt":"2026-11-29T03:37:18Z"}
//! ```
//!
//! Promises: one line a fact, durable before the next step is chosen; a fresh run and a run after a
//! crash ask the same [`Ledger::next_step`]; a line that was cut by a crash is dropped. There are no
//! keys in it: those are in the keyring.

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::engagement::EngagementId;
use crate::keys::Fingerprint;
use crate::origin::Origin;
use crate::statement::Nonce;
use crate::time::Timestamp;
use crate::transfer::TransferId;

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was written, by this device's clock.
    pub at: Timestamp,
    /// The transfer it is about.
    pub transfer: TransferId,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened to a transfer, as this device saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "fact",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Fact {
    /// A sending began; its secrets are in the keyring.
    SendBegun {
        /// The relay it goes through.
        relay: Origin,
        /// The files and folders that were named, as absolute paths.
        sources: Vec<String>,
        /// How long it shall live, in seconds.
        expiry_seconds: u64,
        /// Downloads allowed.
        downloads: u32,
        /// What was typed instead, by its name: to be changed when the recipient needs it no more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
        /// The contacts it is for; none for whoever holds the link.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<String>,
        /// The engagement it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        engagement: Option<EngagementId>,
    },
    /// The relay opened the transfer.
    Created {
        /// When it can no longer be claimed.
        expires_at: Timestamp,
    },
    /// Every part is at the relay, and the signed manifest is kept on this device.
    Uploaded {
        /// SHA-256 of the manifest's JSON.
        manifest: Sha256,
    },
    /// The manifest is at the relay.
    Described,
    /// The relay says that the transfer lives.
    Sent,
    /// The sender gave it another end.
    Extended {
        /// When it can no longer be claimed.
        expires_at: Timestamp,
        /// The version of its terms.
        version: u32,
    },
    /// The sender named one recipient more.
    RecipientAdded {
        /// The contact.
        name: String,
        /// The version of the terms.
        version: u32,
    },
    /// The sender ended it; its secrets were erased.
    Revoked,
    /// A sending was given up, or cannot go on under its key; its secrets were erased.
    Abandoned,
    /// A reception began; the grant key is in the keyring.
    ReceiveBegun {
        /// The relay that holds the transfer.
        relay: Origin,
        /// What was asked for, so that the same can be gone on with.
        wish: Wish,
    },
    /// This person made an invite, whose id stands for the transfer; its secret is in the keyring.
    Invited {
        /// The relay it is for.
        relay: Origin,
        /// The name of the contact that whoever joins becomes.
        name: String,
    },
    /// Whoever redeemed the invite became a contact; the secret was erased.
    Joined,
    /// Terms came in an envelope; earlier ones do not count any more.
    TermsSeen {
        /// Their version.
        version: u32,
    },
    /// Every file is whole and authentic, in the hidden folder; the manifest is kept on this device.
    Fetched {
        /// SHA-256 of the manifest's JSON.
        manifest: Sha256,
        /// The sender's signing key.
        sender: Fingerprint,
        /// What gets a final name, as an absolute path; nothing if it went to a pipe or device.
        destination: Option<String>,
        /// What in the hidden folder gets that name; the folder itself without it.
        inner: Option<String>,
    },
    /// The files have their final names.
    Placed,
    /// The relay was told.
    Received,
    /// What is no longer needed of the secrets was erased.
    Erased,
    /// What was kept sealed was opened; it stays sealed too. Written before there is any opened file.
    Opened {
        /// What gets a final name, as an absolute path.
        destination: String,
        /// What in the hidden folder gets that name; the folder itself without it.
        inner: Option<String>,
        /// Names were changed to suit every system.
        portable_names: bool,
    },
    /// The opened files were removed.
    Closed,
    /// The destruction of every copy here began; what is to go is written down.
    DestructionBegun {
        /// The id of the plan.
        destruction: Nonce,
        /// SHA-256 of the plan, which has the digests of what is to go.
        plan: Sha256,
    },
    /// It was gone through to its end, and a statement signed.
    DestructionEnded {
        /// The id of the plan.
        destruction: Nonce,
        /// SHA-256 of the statement.
        statement: Sha256,
        /// Nothing was left, as far as was looked.
        complete: bool,
    },
    /// The relay does not hold it, or no longer; the secrets were erased.
    Gone,
}

/// What a recipient asked for.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, and lines of a ledger are for ever"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// The folder to make, as an absolute path; the sender's name for it without one.
    pub destination: Option<String>,
    /// Where a folder with the sender's name is made, as an absolute path.
    pub folder: String,
    /// Keep it sealed, with the identity that opens it.
    pub sealed: bool,
    /// Keep it sealed, with its key in the keyring alone.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub keep_sealed: bool,
    /// Change names that some system cannot hold.
    pub portable_names: bool,
    /// It went to a pipe or device: there is nothing to go on with.
    pub streamed: bool,
}

/// What to do next for a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Ask the relay to open the transfer.
    Create,
    /// Seal and upload every part; sign and keep the manifest.
    Upload,
    /// Seal and upload the manifest.
    Describe,
    /// Sign the terms and tell the relay that everything is there.
    Complete,
    /// Claim, and fetch every part into the hidden folder.
    Fetch,
    /// Give the files their final names.
    Place,
    /// Tell the relay that everything was received.
    Tell,
    /// Erase what the sender no longer needs of the secrets.
    EraseSent,
    /// Erase what the recipient no longer needs of them.
    EraseReceived,
}

impl Step {
    /// Whether it is one of a sending.
    pub const fn is_sending(self) -> bool {
        match self {
            Self::Create | Self::Upload | Self::Describe | Self::Complete | Self::EraseSent => true,
            Self::Fetch | Self::Place | Self::Tell | Self::EraseReceived => false,
        }
    }
}

impl Fact {
    /// The relay, where the fact names one, and whether it is a sending.
    const fn relay(&self) -> Option<(&Origin, bool)> {
        if let Self::SendBegun { relay, .. } = self {
            Some((relay, true))
        } else if let Self::ReceiveBegun { relay, .. } = self {
            Some((relay, false))
        } else {
            None
        }
    }

    /// What is to be done once this is durable.
    const fn next_step(&self) -> Option<Step> {
        match self {
            Self::SendBegun { .. } => Some(Step::Create),
            Self::Created { .. } => Some(Step::Upload),
            Self::Uploaded { .. } => Some(Step::Describe),
            Self::Described => Some(Step::Complete),
            Self::ReceiveBegun { .. } | Self::TermsSeen { .. } => Some(Step::Fetch),
            Self::Fetched { .. } => Some(Step::Place),
            Self::Placed => Some(Step::Tell),
            Self::Sent => Some(Step::EraseSent),
            Self::Received => Some(Step::EraseReceived),
            Self::Erased
            | Self::Gone
            | Self::Abandoned
            | Self::Extended { .. }
            | Self::RecipientAdded { .. }
            | Self::Invited { .. }
            | Self::Joined
            | Self::Opened { .. }
            | Self::Closed
            | Self::DestructionBegun { .. }
            | Self::DestructionEnded { .. }
            | Self::Revoked => None,
        }
    }
}

/// A line that is not one of this ledger.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the ledger is not readable")]
pub struct LedgerError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    #[source]
    pub source: serde_json::Error,
}

/// The entries of this device, oldest first.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    /// Replays the ledger's text; also gives the length of what is whole.
    ///
    /// A last line without its line feed was cut by a crash before it counted.
    pub fn replay(text: &[u8]) -> Result<(Self, usize), LedgerError> {
        Self::replay_lines(text, |_| true)
    }

    /// Replays, as [`Ledger::replay`], what the text has of one transfer. Lines without its id are not
    /// parsed: a ledger grows for years, and most of it is about others.
    pub fn replay_of(text: &[u8], transfer: &TransferId) -> Result<(Self, usize), LedgerError> {
        let id = transfer.to_string();
        Self::replay_lines(text, |line| {
            core::str::from_utf8(line).map_or(true, |line| line.contains(&id))
        })
    }

    fn replay_lines(
        text: &[u8],
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<(Self, usize), LedgerError> {
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        let lines = text
            .get(..whole)
            .unwrap_or_default()
            .split_inclusive(|byte| *byte == b'\n');
        let parse = |(index, line)| {
            serde_json::from_slice(line).map_err(|source| LedgerError {
                line: index + 1,
                source,
            })
        };
        let wanted = lines.enumerate().filter(|(_, line)| is_wanted(line));
        let entries = wanted.map(parse).collect::<Result<_, _>>()?;
        Ok((Self { entries }, whole))
    }

    /// Takes in an entry and gives the line that makes it durable.
    pub fn append(&mut self, entry: Entry) -> Vec<u8> {
        let mut line = serde_json::to_vec(&entry).expect("entries hold only what JSON can say");
        line.push(b'\n');
        self.entries.push(entry);
        line
    }

    /// What to do next for a transfer; `None` when nothing is left, or nothing is known of it.
    pub fn next_step(&self, transfer: &TransferId) -> Option<Step> {
        self.facts(transfer).last().and_then(Fact::next_step)
    }

    /// The relay a transfer went through, and whether this device sent it.
    pub fn origin(&self, transfer: &TransferId) -> Option<(&Origin, bool)> {
        // A device that also received what it sent is still its sender.
        let relays: Vec<_> = self.facts(transfer).filter_map(Fact::relay).collect();
        let sent = relays.iter().find(|(_, is_sent)| *is_sent);
        sent.or(relays.last()).copied()
    }

    /// Every transfer there is a line about, oldest first.
    pub fn transfers(&self) -> Vec<TransferId> {
        let mut seen = std::collections::HashSet::new();
        self.entries
            .iter()
            .map(|entry| entry.transfer)
            .filter(|id| seen.insert(*id))
            .collect()
    }

    /// The sendings through a relay of exactly these sources, for exactly these contacts, for which
    /// something is left to send, oldest first.
    pub fn open_sendings(
        &self,
        relay: &Origin,
        sources: &[String],
        (recipients, within): (&[String], Option<EngagementId>),
    ) -> Vec<TransferId> {
        let is_same = |transfer: &TransferId| {
            self.facts(transfer).any(|fact| {
                matches!(fact, Fact::SendBegun { relay: one, sources: other, to, engagement, .. }
                    if one == relay && other == sources && to == recipients
                    && *engagement == within)
            })
        };
        let is_sending =
            |transfer: &TransferId| self.next_step(transfer).is_some_and(Step::is_sending);
        let open = self.open().into_iter();
        open.filter(is_sending).filter(is_same).collect()
    }

    /// What happened to a transfer, oldest first.
    pub fn facts(&self, transfer: &TransferId) -> impl DoubleEndedIterator<Item = &Fact> {
        let transfer = *transfer;
        self.entries
            .iter()
            .filter(move |entry| entry.transfer == transfer)
            .map(|entry| &entry.fact)
    }

    /// When this device began to send or receive a transfer, last.
    pub fn begun_at(&self, transfer: &TransferId) -> Option<Timestamp> {
        let is_it = |entry: &&Entry| entry.transfer == *transfer && entry.fact.relay().is_some();
        self.entries.iter().rfind(is_it).map(|entry| entry.at)
    }

    /// When this device wrote down, last, that everything of a transfer is whole and authentic.
    pub fn fetched_at(&self, transfer: &TransferId) -> Option<Timestamp> {
        let is_it = |entry: &&Entry| {
            entry.transfer == *transfer && matches!(entry.fact, Fact::Fetched { .. })
        };
        self.entries.iter().rfind(is_it).map(|entry| entry.at)
    }

    /// Transfers for which something is left to do, oldest first.
    pub fn open(&self) -> Vec<TransferId> {
        let mut open: Vec<TransferId> = Vec::new();
        for entry in &self.entries {
            open.retain(|transfer| *transfer != entry.transfer);
            if entry.fact.next_step().is_some() {
                open.push(entry.transfer);
            }
        }
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> TransferId {
        TransferId::from_bytes([byte; 16])
    }

    fn entry(transfer: u8, fact: Fact) -> Entry {
        Entry {
            at: Timestamp::from_unix(1_700_000_000, 0),
            transfer: id(transfer),
            fact,
        }
    }

    fn sending() -> Vec<Fact> {
        vec![
            Fact::SendBegun {
                secret: None,
                engagement: None,
                to: Vec::new(),
                relay: "https://relay.example".parse().expect("an origin"),
                sources: vec!["/home/alice/brief".into()],
                expiry_seconds: 60,
                downloads: 1,
            },
            Fact::Created {
                expires_at: Timestamp::from_unix(1_700_000_060, 0),
            },
            Fact::Uploaded {
                manifest: Sha256::of(&[]),
            },
            Fact::Described,
            Fact::Sent,
            Fact::Erased,
        ]
    }

    #[test]
    fn every_cut_of_the_text_resumes_where_the_last_whole_line_was() {
        let mut ledger = Ledger::default();
        let mut text = Vec::new();
        let mut ends = vec![0];
        for fact in sending() {
            text.extend(ledger.append(entry(1, fact)));
            ends.push(text.len());
        }
        let steps = [
            None,
            Some(Step::Create),
            Some(Step::Upload),
            Some(Step::Describe),
            Some(Step::Complete),
            Some(Step::EraseSent),
            None,
        ];
        for cut in 0..=text.len() {
            let (replayed, whole) = Ledger::replay(&text[..cut]).expect("whole lines");
            let (of_one, same) = Ledger::replay_of(&text[..cut], &id(1)).expect("whole lines");
            assert_eq!((same, of_one.entries), (whole, replayed.entries.clone()));
            let (of_other, same) = Ledger::replay_of(&text[..cut], &id(2)).expect("whole lines");
            assert_eq!((same, of_other.entries), (whole, vec![]));
            let n_lines = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!(whole, ends[n_lines], "{cut}");
            assert_eq!(replayed.next_step(&id(1)), steps[n_lines], "{cut}");
        }
    }

    #[test]
    fn transfers_do_not_mix() {
        let mut ledger = Ledger::default();
        for fact in sending() {
            ledger.append(entry(1, fact));
        }
        ledger.append(entry(2, sending().remove(0)));
        assert_eq!(
            (ledger.next_step(&id(1)), ledger.next_step(&id(2))),
            (None, Some(Step::Create))
        );
        assert_eq!(
            (ledger.open(), ledger.next_step(&id(3))),
            (vec![id(2)], None)
        );
    }

    #[test]
    fn who_receives_what_it_sent_is_still_its_sender() {
        let mut ledger = Ledger::default();
        for fact in sending() {
            ledger.append(entry(1, fact));
        }
        let relay: Origin = "https://relay.example".parse().expect("an origin");
        let begun = |relay| Fact::ReceiveBegun {
            relay,
            wish: Wish::default(),
        };
        ledger.append(entry(1, begun(relay.clone())));
        ledger.append(entry(2, begun(relay.clone())));
        assert_eq!(ledger.origin(&id(1)), Some((&relay, true)));
        assert_eq!(ledger.origin(&id(2)), Some((&relay, false)));
        assert_eq!(ledger.origin(&id(3)), None);
    }

    #[test]
    fn a_reception_of_what_was_sent_is_no_sending_to_go_on_with() {
        let relay: Origin = "https://relay.example".parse().expect("an origin");
        let sources = ["/home/alice/brief".to_owned()];
        let mut ledger = Ledger::default();
        for fact in sending().into_iter().take(5) {
            ledger.append(entry(1, fact));
            let open = ledger.open_sendings(&relay, &sources, (&[], None));
            assert_eq!(open, [id(1)]);
        }
        let begun = Fact::ReceiveBegun {
            relay: relay.clone(),
            wish: Wish::default(),
        };
        for (fact, step) in [
            (Fact::Erased, None),
            (begun, Some(Step::Fetch)),
            (Fact::Received, Some(Step::EraseReceived)),
        ] {
            ledger.append(entry(1, fact));
            assert_eq!(ledger.next_step(&id(1)), step);
            let open = ledger.open_sendings(&relay, &sources, (&[], None));
            assert!(open.is_empty(), "{step:?}");
        }
    }

    #[test]
    fn the_time_of_what_was_verified_is_that_of_its_own_line() {
        let key = "SHA256:OD42K2r1p8To2i8ghGLiHbiVdnwQuA2FVbSTnNqhFLc";
        let fetched = || Fact::Fetched {
            manifest: Sha256::of(&[]),
            sender: Fingerprint::try_from(key.to_owned()).expect("a fingerprint"),
            destination: None,
            inner: None,
        };
        let at = |seconds: i64| Timestamp::from_unix(1_700_000_000 + seconds, 5);
        let mut ledger = Ledger::default();
        let facts = [fetched(), Fact::Placed, fetched(), Fact::Received];
        for (seconds, fact) in (0..).zip(facts) {
            let (at, transfer) = (at(seconds), id(1));
            ledger.append(Entry { at, transfer, fact });
        }
        assert_eq!(ledger.fetched_at(&id(1)), Some(at(2)));
        assert_eq!(ledger.fetched_at(&id(2)), None);
    }

    #[test]
    fn an_unreadable_line_is_named() {
        assert!(Ledger::replay(b"{}\n").is_err_and(|error| error.line == 1));
        assert!(Ledger::replay(b"\n").is_err());
        assert!(
            Ledger::replay(b"{\"half\":")
                .is_ok_and(|(ledger, whole)| { whole == 0 && ledger.open().is_empty() })
        );
    }
}
