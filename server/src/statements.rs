//! What the relay states about transfers.
//!
//! Promises: a statement says what was observed with its time, what is only declared, and what nobody
//! looked at; something that is left makes it `destruction-incomplete`. It does not do what it states.
//! Spec: `docs/protocol.md`, "statement".

mod uncovered;

use quitus_bucket::Lists;
use quitus_core::digest::{Blake3, Sha256};
use quitus_core::keys::{DrawError, Secret, SigningKey};
use quitus_core::origin::Origin;
use quitus_core::parts::sealed_digest;
use quitus_core::statement::{
    Action, Declaration, DeliveryEnd, Destruction, Facts, Issuer, Method, Nonce, NotCovered,
    Observation, Predicate, Role, SeenCheckpoint, Statement, Subject,
};
use quitus_core::text;
use quitus_core::time::Timestamp;
use quitus_core::tlog::Entry;
use quitus_core::transfer::{Ending, Phase, TransferId};

use crate::records::{
    About, Happened, OwedRow, OwedStatement, Place, Scope, StatementRow, TransferRow,
};
use crate::store::{Counts, StoreKind};

use uncovered::listed;

/// So many objects that are left, and attempts that failed, a statement names; it counts all objects.
const LINES_MAX: usize = 50;
/// What the file is called that an exported access log is.
const ACCESS_LOG: &str = "access-log.jsonl";

/// What the sweeper did to a transfer and saw of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Swept {
    /// When the share was overwritten and read back as zeros.
    pub(crate) share_erased_at: Option<Timestamp>,
    /// What was deleted, and when.
    pub(crate) deleted: Option<(Counts, Timestamp)>,
    /// What was listed afterwards, and when; none if it could not be listed.
    pub(crate) listed: Option<(Vec<String>, Timestamp)>,
    /// What could not be done, and when that was tried.
    pub(crate) failures: Vec<(String, Timestamp)>,
}

impl Swept {
    /// What is left, a line each.
    pub(crate) fn remains(&self) -> Vec<String> {
        let mut remains = Vec::new();
        if self.share_erased_at.is_none() {
            remains.push("the share".to_owned());
        }
        match &self.listed {
            Some((names, _)) => remains.extend(names.iter().map(|name| format!("object {name}"))),
            None => remains.push("objects: they could not be listed".to_owned()),
        }
        remains
    }
}

/// Where a statement stands.
pub(crate) struct Stand<'a> {
    /// In its sequence.
    pub(crate) place: &'a Place,
    /// When what it states was so.
    pub(crate) at: Timestamp,
    /// The log before it was signed.
    pub(crate) not_before: Option<SeenCheckpoint>,
}

/// Makes and signs statements.
pub(crate) struct Stater {
    key: SigningKey,
    origin: Origin,
    store: StoreKind,
}

impl Stater {
    /// For a relay with that store.
    pub(crate) fn new((key, origin): (SigningKey, Origin), store: StoreKind) -> Self {
        Self { key, origin, store }
    }

    /// The public half of the key, as an OpenSSH line.
    pub(crate) fn public_key(&self) -> String {
        self.key.public().to_string()
    }

    /// States something that happened.
    pub(crate) fn state(
        &self,
        owed: &OwedStatement,
        stand: Stand<'_>,
    ) -> Result<StatementRow, DrawError> {
        let (facts, observed) = said(owed);
        let (mut subjects, not_covered) = match &owed.about {
            About::Transfer(id, row) => (
                vec![Subject::transfer(*id, sealed_digest_of(row))],
                &uncovered::OF_LIFE[..],
            ),
            About::Engagement(id, policy) => (
                vec![Subject::engagement(*id, *policy)],
                &uncovered::OF_ENGAGEMENTS[..],
            ),
        };
        if let Happened::Exported(exported) = &owed.happened {
            subjects.push(Subject::document(ACCESS_LOG, exported.digest));
        }
        let said = Said {
            facts,
            observed,
            declared: Vec::new(),
            not_covered: listed(not_covered),
        };
        self.sign(subjects, said, stand, String::new())
    }

    /// States how the destruction of a transfer went.
    pub(crate) fn state_swept(
        &self,
        owed: &OwedRow,
        swept: &Swept,
        stand: Stand<'_>,
    ) -> Result<StatementRow, DrawError> {
        let remains = swept.remains();
        let facts = self.facts(owed, swept);
        let facts = if remains.is_empty() {
            Facts::Destroyed(facts)
        } else {
            Facts::DestructionIncomplete(facts)
        };
        let said = Said {
            facts,
            observed: self.observed(owed.id, swept),
            declared: declared(owed),
            not_covered: self.not_covered(),
        };
        let subject = Subject::transfer(owed.id, sealed_digest_of(&owed.row));
        self.sign(vec![subject], said, stand, remains.join("\n"))
    }

    fn sign(
        &self,
        subject: Vec<Subject>,
        said: Said,
        stand: Stand<'_>,
        remains: String,
    ) -> Result<StatementRow, DrawError> {
        let Stand {
            place,
            at,
            not_before,
        } = stand;
        let engagement = match place.scope {
            Scope::Transfer(_) => None,
            Scope::Engagement(id) => Some(id),
        };
        let predicate = Predicate {
            engagement,
            seq: place.seq,
            prev: place.prev,
            seen: Vec::new(),
            nonce: Nonce::from_bytes(*Secret::<16>::draw()?.expose()),
            issuer: Issuer {
                role: Role::Relay,
                name: self.origin.to_string(),
                key: self.key.public().fingerprint(),
            },
            issued_at: at,
            not_before,
            observed: said.observed,
            declared: said.declared,
            not_covered: said.not_covered,
            facts: said.facts,
            tool: concat!("quitus-relay ", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        let statement = Statement::new(subject, predicate);
        let signed = statement
            .sign(&self.key)
            .expect("a key in memory always signs");
        let entry = Entry {
            statement: signed.digest(),
            signature: signed
                .signature_digest()
                .expect("a signature that was just made has a binary form"),
        };
        Ok(StatementRow {
            seq: place.seq,
            kind: statement.predicate_type,
            entry,
            statement: signed.file,
            signature: signed.signature,
            remains,
        })
    }

    fn not_covered(&self) -> Vec<NotCovered> {
        let of_store: &[(&str, &str)] = match self.store {
            StoreKind::Dir => &[],
            StoreKind::S3 { .. } => &quitus_bucket::UNSEEN,
        };
        [listed(&uncovered::OF_DESTRUCTION), listed(of_store)].concat()
    }

    fn observed(&self, id: TransferId, swept: &Swept) -> Vec<Observation> {
        let mut observed = Vec::new();
        if let Some(at) = swept.share_erased_at {
            observed.push(Observation {
                at,
                code: "share.slot".to_owned(),
                what: "the slot of the share, overwritten in place and synced, then read back"
                    .to_owned(),
                result: "zeros".to_owned(),
            });
        }
        if let (StoreKind::S3 { lists, .. }, Some((counts, at))) = (&self.store, &swept.deleted) {
            observed.extend(removals((counts, *at), *lists));
        }
        if let Some((names, at)) = &swept.listed {
            let (lists, place) = (self.store.lists(), self.store.describe());
            let what = format!("{lists} listed under the prefix {id} ({place})");
            observed.push(Observation {
                at: *at,
                code: "objects.listed".to_owned(),
                what,
                result: names.len().to_string(),
            });
            observed.extend(names.iter().take(LINES_MAX).map(|name| Observation {
                at: *at,
                code: "object.left".to_owned(),
                what: "an object that is left".to_owned(),
                result: text::plain(name),
            }));
        }
        let failures = swept.failures.iter().take(LINES_MAX);
        observed.extend(failures.map(|(failure, at)| Observation {
            at: *at,
            code: "attempt.failed".to_owned(),
            what: "an attempt that failed".to_owned(),
            result: text::plain(failure),
        }));
        observed
    }

    fn facts(&self, owed: &OwedRow, swept: &Swept) -> Destruction {
        let (n_consumed, _, n_released) = owed.row.life.counts();
        let delete = match self.store {
            StoreKind::Dir => Method::Unlink,
            StoreKind::S3 { .. } => Method::StoreDeleteVersion,
        };
        let erased = swept
            .share_erased_at
            .map(|at| Action::new(Method::ShareErase, at, 1));
        let deleted = swept.deleted.map(|(n, at)| (n.objects + n.markers, at));
        let deleted = deleted.filter(|(n, _)| *n > 0);
        let deleted = deleted.map(|(n, at)| Action::new(delete, at, n));
        Destruction {
            instruction: owed
                .row
                .instruction_digest
                .unwrap_or(owed.row.request_digest),
            ending: ending_of(owed),
            n_consumed,
            n_released,
            share_commitment: owed.row.share_commitment,
            actions: erased.into_iter().chain(deleted).collect(),
            backups_after: owed.row.bucket_latest.destroyed_by(),
        }
    }
}

/// What a statement says, before it has its place.
struct Said {
    facts: Facts,
    observed: Vec<Observation>,
    declared: Vec<Declaration>,
    not_covered: Vec<NotCovered>,
}

/// What happened, and what the relay saw of it.
fn said(owed: &OwedStatement) -> (Facts, Vec<Observation>) {
    let (code, what, result) = match &owed.happened {
        Happened::Received(received) => (
            "parts.held",
            "parts held, each compared with the digest that its uploader stated",
            received.n_parts.to_string(),
        ),
        Happened::Delivered(delivered) => (
            "grant.end",
            "how the grant ended",
            match delivered.end {
                DeliveryEnd::Confirmed => "its holder said that everything was taken".to_owned(),
                DeliveryEnd::LeaseEnded => {
                    "its time was over, and every part had been asked for".to_owned()
                }
            },
        ),
        Happened::Revoked(_) => ("grants.live", "downloads that may go on", "0".to_owned()),
        Happened::Expired(expired) => (
            "clock",
            "the relay's clock, compared with the end of the transfer",
            format!("not before {}", expired.expires_at),
        ),
        Happened::Deactivated(deactivated) => (
            "member.used",
            "the relay's clock, compared with the last time the member claimed or sent",
            format!("last used {}", deactivated.last_used_at),
        ),
        Happened::Exported(exported) => (
            "access-log.lines",
            "lines of the access log of the engagement, read when its client asked for it",
            exported.facts.n_lines.to_string(),
        ),
    };
    let facts = match owed.happened.clone() {
        Happened::Received(facts) => Facts::Received(facts),
        Happened::Delivered(facts) => Facts::Delivered(facts),
        Happened::Revoked(facts) => Facts::Revoked(facts),
        Happened::Expired(facts) => Facts::Expired(facts),
        Happened::Deactivated(facts) => Facts::Deactivated(facts),
        Happened::Exported(exported) => Facts::AccessExported(exported.facts),
    };
    let observation = Observation {
        at: owed.at,
        code: code.to_owned(),
        what: what.to_owned(),
        result,
    };
    (facts, vec![observation])
}

/// What was removed of a bucket, as it was counted.
fn removals((counts, at): (&Counts, Timestamp), lists: Lists) -> [Observation; 3] {
    let deleted = if lists.versions {
        "versions deleted by their ids"
    } else {
        "objects deleted by their names, since the store lists no versions"
    };
    [
        ("versions.deleted", deleted, counts.objects),
        (
            "markers.deleted",
            "delete markers removed by their ids",
            counts.markers,
        ),
        (
            "uploads.aborted",
            "unfinished uploads aborted",
            counts.uploads,
        ),
    ]
    .map(|(code, what, n)| Observation {
        at,
        code: code.to_owned(),
        what: what.to_owned(),
        result: n.to_string(),
    })
}

fn declared(owed: &OwedRow) -> Vec<Declaration> {
    let over = owed.row.bucket_latest.ends_at();
    let at_the_latest = owed.row.bucket_latest.destroyed_by();
    let english = format!(
        "The operator keeps no copy of the folder of the relay's keys. The key of the last hour under \
         which the share was wrapped is destroyed when that hour is over ({over}) and no download that \
         began in it runs any more, at the latest at {at_the_latest} while the relay runs; from then on \
         backups of the relay's data open the share for nobody."
    );
    let french = format!(
        "L’exploitant ne garde aucune copie du dossier des clés du relais. La clé de la dernière heure sous \
         laquelle la part était chiffrée est détruite quand cette heure est passée ({over}) et qu’aucun \
         téléchargement commencé pendant elle ne court plus, au plus tard le {at_the_latest} tant que le relais \
         fonctionne ; dès lors, les sauvegardes des données du relais n’ouvrent la part à personne."
    );
    [("en", english), ("fr", french)]
        .map(|(language, text)| Declaration {
            language: language.to_owned(),
            text,
        })
        .to_vec()
}

fn ending_of(owed: &OwedRow) -> Ending {
    match owed.row.life.phase() {
        Phase::Ended(ending) | Phase::Destroyed(ending) => ending,
        // Nothing else is owed destruction.
        Phase::Uploading | Phase::Live => Ending::Expired,
    }
}

/// Of a transfer that was never complete: over sizes and header, without any part.
fn sealed_digest_of(row: &TransferRow) -> Sha256 {
    row.sealed_digest.unwrap_or_else(|| {
        let header = Blake3::of(&row.header);
        sealed_digest(&row.plan, &header, &[])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_much_that_is_left_a_statement_names_some_in_plain_text_and_counts_all() {
        let at = Timestamp::from_unix(0, 0);
        let key = SigningKey::from_seed(&Secret::from_bytes([1; 32]));
        let origin = "https://relay.example".parse().unwrap();
        let stater = Stater::new((key, origin), StoreKind::Dir);
        let name = |n| format!("{n}\u{7}e\u{301}{}", "x".repeat(1_000));
        let swept = Swept {
            listed: Some(((0..1_500).map(name).collect(), at)),
            failures: (0..1_500).map(|n| (name(n), at)).collect(),
            ..Swept::default()
        };
        let observed = stater.observed(TransferId::from_bytes([1; 16]), &swept);
        assert_eq!(observed.len(), 1 + 2 * LINES_MAX);
        assert_eq!(observed[0].result, "1500");
        assert!(observed.iter().all(|one| text::is_plain(&one.result)));
        let bytes: usize = observed.iter().map(|one| one.result.len()).sum();
        assert!(bytes < 128 * 1024, "{bytes}");
    }

    #[test]
    fn whatever_is_left_or_was_not_seen_makes_it_incomplete() {
        let at = Timestamp::from_unix(0, 0);
        let mut swept = Swept {
            share_erased_at: Some(at),
            listed: Some((Vec::new(), at)),
            ..Swept::default()
        };
        assert!(swept.remains().is_empty());
        swept.listed = Some((vec!["a".to_owned()], at));
        assert_eq!(swept.remains(), ["object a"]);
        swept.listed = None;
        assert_eq!(swept.remains().len(), 1);
        assert_eq!(Swept::default().remains().len(), 2);
    }
}
