//! What the person signs: what was found, what became of each copy, what was seen, what nobody looked at.
//!
//! Promises: complete is said only of what the second look and the keyring bear out; signed is what was shown;
//! after a crash there is one statement, not two. Paths stand in it only if the person said so.

mod leaving;
mod telling;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use quitus_core::copies::{CopyKind, files};
use quitus_core::destruction::{Aftermath, Fate, Plan, Planned};
use quitus_core::digest::Sha256;
use quitus_core::ledger::Fact;
use quitus_core::manifest::Manifest;
use quitus_core::protocol::SEALED_STATEMENT_BYTES_MAX;
use quitus_core::statement::{
    CopyState, Declaration, Facts, FoundCopy, HolderDestruction, Kind as StatementKind, Method,
    Retained, Role, SaltedFile, Scope, Searched, Subject,
};
use quitus_core::text::is_plain;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use super::deleting::{Done, Keys};
use super::planning::from_disk;
use crate::copies::{Copy, Holding, Look};
use crate::env::Env;
use crate::escape::escape_name;
use crate::failure::Failure;
use crate::home::{Home, KeptStatement, Transfer};
use crate::phrase;
use crate::stating::{self, Draft};

use telling::{effect, english, not_covered, observed};

/// Everything that was seen and done.
pub(super) struct Outcome<'a> {
    pub(super) plan: &'a Plan,
    pub(super) holdings: &'a [Holding],
    /// One for each copy of the plan.
    pub(super) done: &'a [Done],
    /// The second look.
    pub(super) look: &'a Look,
    pub(super) keys: &'a Keys,
}

/// Signs and keeps a statement for each engagement, and for each transfer that is in none. Says whether
/// all are complete.
pub(super) fn state(
    env: &Env,
    home: &Home,
    outcome: &Outcome<'_>,
    (transfers, output): (&mut [Transfer], Option<&Path>),
) -> Result<bool, Failure> {
    let mut is_complete = true;
    for (scope, ids) in outcome.scopes() {
        let part = Part {
            outcome,
            scope: &scope,
            transfers: &ids,
        };
        let kept = part.statement(env, home)?;
        leaving::leave((env, home), &scope, (&kept, outcome));
        let kind = kept.verified.statement.predicate_type;
        let complete = kind == StatementKind::DestroyedByHolder;
        is_complete &= complete;
        if let Some(folder) = output {
            hand_over(env, folder, &kept)?;
        }
        let ended = Fact::DestructionEnded {
            destruction: outcome.plan.id.clone(),
            statement: kept.verified.digest,
            complete,
        };
        for transfer in transfers.iter_mut().filter(|one| ids.contains(&one.id)) {
            if transfer.facts().next() != Some(&ended) {
                transfer.append(env.now(), ended.clone())?;
            }
        }
    }
    let is_nothing_left = outcome
        .look
        .copies
        .iter()
        .all(|copy| outcome.is_retained(copy));
    Ok(is_complete && is_nothing_left && outcome.look.n_unsearched == 0)
}

impl Outcome<'_> {
    /// What statements are about. Of what never came whole there is nothing to state.
    fn scopes(&self) -> BTreeMap<Scope, Vec<TransferId>> {
        let mut scopes: BTreeMap<Scope, Vec<TransferId>> = BTreeMap::new();
        for manifest in self.holdings.iter().filter_map(|one| one.manifest.as_ref()) {
            let scope = manifest
                .engagement
                .map_or(Scope::Transfer(manifest.id), Scope::Engagement);
            scopes.entry(scope).or_default().push(manifest.id);
        }
        scopes
    }

    fn is_retained(&self, found: &Copy) -> bool {
        let is_it = |copy: &&Planned| from_disk(&copy.path) == found.path;
        let planned = self.plan.copies.iter().find(is_it);
        planned.is_some_and(|copy| matches!(copy.fate, Fate::Retain(_)))
    }

    fn manifest(&self, id: TransferId) -> Option<&Manifest> {
        let holding = self.holdings.iter().find(|holding| holding.id == id)?;
        holding.manifest.as_ref()
    }
}

/// What one statement is about.
struct Part<'a> {
    outcome: &'a Outcome<'a>,
    scope: &'a Scope,
    transfers: &'a [TransferId],
}

impl Part<'_> {
    /// The statement: the one that a run before this one kept, or a new one.
    fn statement(&self, env: &Env, home: &Home) -> Result<KeptStatement, Failure> {
        let (plan, at) = (self.outcome.plan, env.second());
        let aftermath = self.aftermath();
        let role = match self.scope {
            Scope::Engagement(_) => Role::Freelancer,
            Scope::Transfer(_) => Role::Recipient,
        };
        let facts = self.facts(&aftermath, self.instruction(home)?);
        let mut draft = Draft {
            observed: observed(self.outcome, (self.transfers, &aftermath), at),
            declared: vec![Declaration {
                language: plan.language.clone(),
                text: plan.declaration.clone(),
            }],
            not_covered: not_covered(self.outcome),
            nonce: Some(plan.nonce(&self.scope.to_string())),
            ..Draft::new(*self.scope, self.subjects(home)?, role, facts)
        };
        if is_long(&draft.facts) {
            shorten(&mut draft, &aftermath, at);
        }
        let kept = stating::state(env, home, draft)?;
        env.terminal()
            .say(phrase!("destroy-stated", path = &kept.path));
        Ok(kept)
    }

    fn subjects(&self, home: &Home) -> Result<Vec<Subject>, Failure> {
        let mut subjects = Vec::new();
        if let Scope::Engagement(id) = self.scope
            && let Some(engagement) = home.engagement_if_known(id)?
        {
            let rules = engagement.signed_rules();
            subjects.push(Subject::engagement(*id, rules.digest));
        }
        let ids = self.transfers.iter();
        let manifests = ids.filter_map(|id| self.outcome.manifest(*id));
        subjects.extend(
            manifests.map(|manifest| Subject::transfer(manifest.id, manifest.sealed_digest)),
        );
        Ok(subjects)
    }

    /// The client's latest instruction that reached this device.
    fn instruction(&self, home: &Home) -> Result<Option<Sha256>, Failure> {
        let known = home.statements(self.scope)?.into_iter().rev();
        let mut instructed = known
            .filter(|kept| kept.verified.statement.predicate_type == StatementKind::Instructed);
        Ok(instructed.next().map(|kept| kept.verified.digest))
    }

    /// What became of the copies of these transfers.
    fn aftermath(&self) -> Aftermath {
        let (plan, look) = (self.outcome.plan, self.outcome.look);
        let is_ours = |id: TransferId| self.transfers.contains(&id);
        let still: BTreeMap<&Path, &Copy> = look
            .copies
            .iter()
            .map(|copy| (copy.path.as_path(), copy))
            .collect();
        let mut copies = Vec::new();
        let mut known = BTreeSet::new();
        for (copy, done) in plan.copies.iter().zip(self.outcome.done) {
            let path = from_disk(&copy.path);
            let is_there = still.contains_key(path.as_path());
            known.insert(path.clone());
            if is_ours(copy.transfer) {
                copies.push(self.became(copy, done, (&path, is_there)));
            }
        }
        for copy in look.copies.iter().filter(|copy| is_ours(copy.transfer)) {
            if !known.contains(&copy.path) {
                copies.push(FoundCopy {
                    place: self.place(&copy.path),
                    file_system: "unknown".to_owned(),
                    bytes: copy.bytes,
                    state: CopyState::Left,
                    method: None,
                    effect: "it appeared after the first look, and is still there".to_owned(),
                });
            }
        }
        let refused = self.outcome.keys.refused.iter();
        Aftermath {
            copies,
            n_unsearched: look.n_unsearched,
            n_keys_left: refused.filter(|(id, _)| is_ours(*id)).count(),
        }
    }

    fn became(&self, copy: &Planned, done: &Done, (path, is_there): (&Path, bool)) -> FoundCopy {
        let (state, method, effect) = match (&copy.fate, &done.refused) {
            (Fate::Retain(basis), _) if is_there => {
                (CopyState::Retained, None, format!("kept: {basis}"))
            }
            (Fate::Leave, _) if is_there => {
                let why = "changed since it was received, and not chosen: it is still there";
                (CopyState::Left, None, why.to_owned())
            }
            (Fate::Destroy, Some(reason)) => (CopyState::Left, None, english(reason)),
            (Fate::Destroy, None) if is_there => {
                let why = "it was found again after it had been removed";
                (CopyState::Left, None, why.to_owned())
            }
            (Fate::Destroy, None) => {
                let method = done.method.map(|method| self.method_of(copy, method));
                (CopyState::Destroyed, method, effect(method, done.kind))
            }
            (Fate::Retain(_) | Fate::Leave, _) => {
                let why = "no longer found; not removed by this tool";
                (CopyState::Destroyed, None, why.to_owned())
            }
        };
        FoundCopy {
            place: self.place(path),
            file_system: done.file_system.clone(),
            bytes: copy.bytes,
            state,
            method,
            effect,
        }
    }

    /// How a copy was destroyed: a sealed one whose key lay in the keyring alone, by that key.
    fn method_of(&self, copy: &Planned, removed: Method) -> Method {
        let mut holdings = self.outcome.holdings.iter();
        let holding = holdings.find(|holding| holding.id == copy.transfer);
        let is_kept = holding.is_some_and(|holding| {
            !holding.places.kept.is_empty() && holding.places.sealed.is_empty()
        });
        let is_erased = self.outcome.keys.erased.contains(&copy.transfer);
        if copy.kind == CopyKind::Sealed && is_kept && is_erased {
            Method::KeyErase
        } else {
            removed
        }
    }

    fn place(&self, path: &Path) -> Option<String> {
        let text = path.to_str().filter(|text| is_plain(text));
        let text = || text.map_or_else(|| escape_name(path), str::to_owned);
        self.outcome.plan.with_places.then(text)
    }

    fn facts(&self, aftermath: &Aftermath, instruction: Option<Sha256>) -> Facts {
        let (plan, look, keys) = (self.outcome.plan, self.outcome.look, self.outcome.keys);
        let manifests = || {
            let ids = self.transfers.iter();
            ids.filter_map(|id| self.outcome.manifest(*id))
        };
        let salted = |manifest: &Manifest| -> Vec<SaltedFile> {
            let files = files(manifest);
            files
                .map(|(_, file)| SaltedFile::new(file.bytes, &file.salt, &file.digest))
                .collect()
        };
        let mut systems: Vec<&str> = self
            .outcome
            .done
            .iter()
            .map(|done| &*done.file_system)
            .collect();
        systems.sort_unstable();
        systems.dedup();
        let is_ours = |id: &&TransferId| self.transfers.contains(id);
        let is_all_erased = keys.erased.iter().filter(is_ours).count() == self.transfers.len();
        let destruction = HolderDestruction {
            instruction,
            transfers: self.transfers.to_vec(),
            files: manifests().flat_map(salted).collect(),
            searched: vec![Searched {
                place: None,
                file_system: systems.join(", "),
                n_files: look.n_files + look.n_expected as u64,
                n_unreadable: look.n_unsearched as u64,
            }],
            copies: aftermath.copies.clone(),
            retained: self.retained(),
            n_keys_erased: if is_all_erased { plan.n_keys } else { 0 },
            answers: plan.answers.clone(),
            certificate: None,
        };
        if aftermath.is_complete() {
            Facts::DestroyedByHolder(destruction)
        } else {
            Facts::DestructionByHolderIncomplete(destruction)
        }
    }

    fn retained(&self) -> Vec<Retained> {
        let copies = self.outcome.plan.copies.iter();
        let ours = copies.filter(|copy| self.transfers.contains(&copy.transfer));
        let retained = |copy: &Planned| {
            let Fate::Retain(basis) = &copy.fate else {
                return None;
            };
            let manifest = self.outcome.manifest(copy.transfer)?;
            let file = manifest.entries.get(copy.entry?)?.file.as_ref()?;
            Some(Retained {
                file: SaltedFile::new(file.bytes, &file.salt, &file.digest),
                basis: basis.clone(),
            })
        };
        ours.filter_map(retained).collect()
    }
}

/// Longest facts: sealed and in base64, with all that is observed, a relay takes the statement.
const FACTS_BYTES_MAX: usize = SEALED_STATEMENT_BYTES_MAX / 2;

/// Whether facts leave no room for the rest of a statement.
fn is_long(facts: &Facts) -> bool {
    let text = serde_json::to_string_pretty(facts).unwrap_or_default();
    // Each line is indented further in the file.
    text.len() + 8 * text.lines().count() > FACTS_BYTES_MAX
}

/// Puts what is alike together where each by itself would be too long for a statement.
fn shorten(draft: &mut Draft, aftermath: &Aftermath, at: Timestamp) {
    let (Facts::DestroyedByHolder(facts) | Facts::DestructionByHolderIncomplete(facts)) =
        &mut draft.facts
    else {
        return;
    };
    let list: Vec<String> = facts
        .files
        .iter()
        .map(|file| format!("{} {}\n", file.bytes, file.digest))
        .collect();
    let list = list.concat();
    draft.observed.push(telling::seen(
        at,
        "lists.shortened",
        "files and copies that are too many to be listed one by one: a line with length and salted digest \
         for each file, in the order of the manifests, has this SHA-256",
        &format!(
            "{} files, {} copies: {}",
            facts.files.len(),
            facts.copies.len(),
            Sha256::of(&[list.as_bytes()])
        ),
    ));
    facts.files.clear();
    facts.copies = aftermath.grouped();
}

/// Writes a statement into a folder of the person's choice, with what `ssh-keygen` needs to verify it.
fn hand_over(env: &Env, folder: &Path, kept: &KeptStatement) -> Result<(), Failure> {
    let name = kept.path.file_name().unwrap_or_default().to_string_lossy();
    let scope = kept.verified.statement.scope();
    let scope = scope.map_or_else(String::new, |scope| scope.to_string().replace(':', "-"));
    let name = format!("{scope}-{name}");
    let signers = format!(
        "holder namespaces=\"quitus-statement-v1\" {}\n",
        kept.verified.key
    );
    std::fs::create_dir_all(folder).map_err(|error| Failure::write(folder, error))?;
    for (name, text) in [
        (name.clone(), &kept.signed.file),
        (format!("{name}.sig"), &kept.signed.signature),
        ("allowed_signers".to_owned(), &signers),
    ] {
        let path = folder.join(name);
        // The same bytes may be there from a run that was killed.
        std::fs::write(&path, text).map_err(|error| Failure::write(&path, error))?;
    }
    let path = folder.join(&name);
    env.terminal().say(phrase!("receipt-written", path = &path));
    env.terminal().say(phrase!("destroy-verify", name = &name));
    Ok(())
}
