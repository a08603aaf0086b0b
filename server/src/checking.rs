//! `quitus-relay check`: whether the store holds what the records name.
//!
//! ```text
//! ok    objects: 14 of 7 transfers, each there and as long as it must be
//! fail  00112233: part 3 is missing
//! ```
//!
//! Promises: every object of a transfer that is not ended is looked for, its length compared, and with
//! `--read-data` its digest; nothing is changed. A transfer that comes or goes meanwhile is looked at
//! again before it counts. Spec: `docs/operating.md`, "Health".

use std::collections::HashMap;
use std::path::Path;

use quitus_core::digest::Blake3;

use crate::args::Check;
use crate::config;
use crate::doctor::blocking;
use crate::findings::{Finding, Health, chain};
use crate::records::sqlite::{HeldObjects, held_objects};
use crate::serve::Failure;
use crate::store::{ObjectName, Piece, Store, StoreError, read_all};
use crate::stores;

/// Bytes read at once.
const FRAME_BYTES: usize = 256 * 1024;

/// Compares the store with the records.
///
/// # Errors
/// One of them cannot be looked at.
pub fn check(asked: Check) -> Result<Vec<Finding>, Failure> {
    let place = config::place_of(asked.storage)?;
    let data = asked.data.map_or_else(config::default_data, Ok)?;
    blocking(async {
        let store = stores::look(&place, &data).await?;
        let mut checking = Checking {
            store: store.as_ref(),
            reads: asked.read_data,
            n_objects: 0,
            findings: Vec::new(),
        };
        let held = held(&data)?;
        let n_transfers = held.len();
        for transfer in held {
            checking.transfer(&data, transfer).await?;
        }
        Ok(checking.told(n_transfers))
    })
}

fn held(data: &Path) -> Result<Vec<HeldObjects>, Failure> {
    let mut held = Vec::new();
    let read = held_objects(&data.join("records.sqlite"), |transfer| {
        if transfer.is_owed_whole {
            held.push(transfer);
        }
        true
    });
    read.map_err(|error| Failure::local("the records cannot be read", error))?;
    Ok(held)
}

struct Checking<'a> {
    store: &'a dyn Store,
    reads: bool,
    n_objects: u64,
    findings: Vec<Finding>,
}

impl Checking<'_> {
    async fn transfer(&mut self, data: &Path, held: HeldObjects) -> Result<(), Failure> {
        let faults = self.faults(&held).await?;
        self.n_objects += held.objects.len() as u64;
        // It may have ended since the records were read.
        if faults.is_empty() || !is_still_held(data, &held)? {
            return Ok(());
        }
        self.findings.extend(faults);
        Ok(())
    }

    async fn faults(&self, held: &HeldObjects) -> Result<Vec<Finding>, Failure> {
        let listed = self.store.list(held.id.to_string()).await;
        let listed = listed.map_err(|error| Failure::local("the store cannot be listed", error))?;
        let lengths: HashMap<String, u64> = listed
            .into_iter()
            .filter(|one| one.is_current)
            .map(|one| (one.name, one.bytes))
            .collect();
        let mut faults = Vec::new();
        for (name, bytes) in &held.objects {
            let fault = match lengths.get(&name.to_string()) {
                None => Some("is missing".to_owned()),
                Some(listed) if listed != bytes => {
                    Some(format!("has {listed} bytes, and must have {bytes}"))
                }
                Some(_) if self.reads => self.fault_inside(*name).await,
                Some(_) => None,
            };
            let told = |fault| format!("transfer {}: {} {fault}", held.id.short(), piece(name));
            let finding = |fault| Finding::new("objects", Health::Fail, told(fault));
            faults.extend(fault.map(finding));
        }
        Ok(faults)
    }

    /// Reads an object whole and compares it with its digest.
    async fn fault_inside(&self, name: ObjectName) -> Option<String> {
        let read = async {
            let mut reading = self.store.open(name).await?;
            let bytes = read_all(reading.as_mut(), FRAME_BYTES).await?;
            Ok::<bool, StoreError>(Blake3::of(&bytes) == name.digest)
        };
        match read.await {
            Ok(true) => None,
            Ok(false) => Some("holds other bytes than were stored".to_owned()),
            Err(error) => Some(format!("cannot be read: {}", chain(&error))),
        }
    }

    fn told(mut self, n_transfers: usize) -> Vec<Finding> {
        if self.findings.is_empty() {
            let looked = if self.reads {
                "read whole and compared with its digest"
            } else {
                "there and as long as it must be"
            };
            let text = format!(
                "{} of {n_transfers} transfers, each {looked}",
                self.n_objects
            );
            self.findings
                .push(Finding::new("objects", Health::Ok, text));
        }
        self.findings
    }
}

fn is_still_held(data: &Path, held: &HeldObjects) -> Result<bool, Failure> {
    let mut is_held = false;
    let read = held_objects(&data.join("records.sqlite"), |transfer| {
        let is_it = transfer.id == held.id;
        is_held |= is_it && transfer.is_owed_whole;
        !is_it
    });
    read.map_err(|error| Failure::local("the records cannot be read", error))?;
    Ok(is_held)
}

fn piece(name: &ObjectName) -> String {
    match name.piece {
        Piece::Manifest => "the manifest".to_owned(),
        Piece::Part(part) => format!("part {}", part.0),
    }
}
