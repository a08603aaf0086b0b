//! That statements are in the log, and that it is one log.
//!
//! ```text
//! consistency 7 12
//! bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=
//! ```
//!
//! Promises: checkpoint, cosignatures and path are checked in this order; checkpoints of two sizes count
//! together only if the later one is shown to continue the earlier. Spec: `docs/evidence.md`,
//! "Verification".

use std::collections::BTreeMap;

use super::{Continuation, LogPolicy, Principal, Reason};
use crate::digest::Sha256;
use crate::text;
use crate::time::Timestamp;
use crate::tlog::{self, Checkpoint, Entry, Proof, ProofError, SignedCheckpoint};

/// A checkpoint that counts, and who cosigned it when.
#[derive(Clone)]
pub(super) struct Counted {
    pub(super) checkpoint: SignedCheckpoint,
    pub(super) witnesses: Vec<(Principal, Timestamp)>,
}

/// The checkpoints that counted, by their notes: many proofs are under one.
#[derive(Default)]
pub(super) struct Checkpoints(BTreeMap<String, Counted>);

impl Checkpoints {
    /// Checks a proof file; gives the entry's place, and the checkpoint over it.
    pub(super) fn prove(
        &mut self,
        file: &str,
        entry: &Entry,
        policy: &LogPolicy,
    ) -> Result<(u64, Counted), (Reason, String)> {
        let proof: Proof = file
            .parse()
            .map_err(|error: ProofError| (Reason::Proof, error.to_string()))?;
        let counted = if let Some(known) = self.0.get(&proof.checkpoint) {
            known.clone()
        } else {
            let counted = count(&proof.checkpoint, policy)?;
            self.0.insert(proof.checkpoint.clone(), counted.clone());
            counted
        };
        proof
            .verify_under(entry, counted.checkpoint.checkpoint())
            .map_err(|error| (Reason::Proof, ProofError::from(error).to_string()))?;
        Ok((proof.index, counted))
    }
}

fn count(note: &str, policy: &LogPolicy) -> Result<Counted, (Reason, String)> {
    let checkpoint = SignedCheckpoint::verify(note, &policy.log)
        .map_err(|error| (Reason::Checkpoint, error.to_string()))?;
    let mut witnesses = Vec::new();
    for witness in &policy.witnesses {
        let at = checkpoint.cosigned_by(&witness.key);
        let at = at.map_err(|error| (Reason::Witness, error.to_string()))?;
        witnesses.extend(at.map(|at| (witness.principal.clone(), at)));
    }
    Ok(Counted {
        checkpoint,
        witnesses,
    })
}

/// Whether checkpoints are of one log, given the file that shows it.
pub(super) fn is_one_log<'a>(
    checkpoints: impl Iterator<Item = &'a Checkpoint>,
    shown: Option<&str>,
) -> bool {
    let mut roots: BTreeMap<u64, Sha256> = BTreeMap::new();
    for checkpoint in checkpoints {
        let known = roots.insert(checkpoint.size, checkpoint.root);
        if known.is_some_and(|known| known != checkpoint.root) {
            return false;
        }
    }
    let states: Vec<(u64, Sha256)> = roots.into_iter().collect();
    match shown {
        None => states.len() < 2,
        Some(shown) => shows(shown, &states).is_some(),
    }
}

/// Whether a file shows that each state continues the one before, and nothing else.
fn shows(file: &str, states: &[(u64, Sha256)]) -> Option<()> {
    let mut lines = file.strip_suffix('\n')?.split('\n').peekable();
    for pair in states.windows(2) {
        let [former, later] = pair else { continue };
        let expected = format!("consistency {} {}", former.0, later.0);
        (lines.next()? == expected).then_some(())?;
        let mut path = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("consistency ")) {
            path.push(Sha256::from_bytes(text::from_base64(line).ok()?));
        }
        tlog::consistency::verify(*former, *later, &path).ok()?;
    }
    lines.next().is_none().then_some(())
}

/// The file that shows that each state continues the one before.
pub(super) fn print_consistency(steps: &[Continuation]) -> String {
    let lines = steps.iter().flat_map(|step| {
        let hashes = step.path.iter().map(|hash| text::base64(hash.as_bytes()));
        core::iter::once(format!("consistency {} {}", step.former, step.later)).chain(hashes)
    });
    lines.map(|line| line + "\n").collect()
}
