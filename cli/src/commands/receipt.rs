//! `quitus receipt ID [-o DIR]`: the relay's signed statement of a transfer's destruction.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use quitus_core::protocol::Receipt;
use quitus_core::statement::{Kind as StatementKind, SignedStatement, Statement, Subject};

use crate::args::ReceiptArgs;
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::Home;
use crate::phrase;
use crate::relays;
use crate::sent::{Sent, forget};

/// Verifies the statement and writes it: its bytes, its signature and the relay's key for
/// `ssh-keygen -Y verify`, or to stdout the statement alone.
///
/// # Errors
///
/// Exit 7 while the transfer is not destroyed yet, 11 when the statement does not verify, 6 when another
/// key signed it than the one that was pinned when the relay was joined, 8 when it cannot be written.
pub fn run(env: &Env, args: &ReceiptArgs) -> Result<(), Failure> {
    let home = Home::open(env)?;
    let sent = Sent::find(env, &home, &args.transfer, args.ca_file.as_deref())?;
    let receipt = sent.client.receipt(&sent.id, &sent.key)?;
    let signed = SignedStatement {
        file: receipt.statement.clone(),
        signature: receipt.signature.clone(),
    };
    let verified = signed.verify().map_err(|error| invalid().because(error))?;
    let (statement, key) = (verified.statement, verified.key);
    let is_about_it = |subject: &Subject| subject.transfer_id() == Some(sent.id);
    if !statement.subject.iter().all(is_about_it) || key.to_string() != receipt.key.trim_end() {
        return Err(invalid());
    }
    relays::check_statement_key(&home, sent.client.origin(), &key)?;
    forget(&home, sent.id)?;
    if statement.predicate_type == StatementKind::DestructionIncomplete {
        env.terminal().warn(phrase!("receipt-incomplete"));
    }
    match &args.output {
        None => env.terminal().result_bytes(receipt.statement.as_bytes()),
        Some(folder) => write(env, folder, &receipt, &statement),
    }
}

fn write(
    env: &Env,
    folder: &Path,
    receipt: &Receipt,
    statement: &Statement,
) -> Result<(), Failure> {
    let name = format!("{}.json", statement.predicate_type);
    let signers = format!(
        "relay namespaces=\"quitus-statement-v1\" {}\n",
        receipt.key.trim_end()
    );
    let files = [
        (name.clone(), receipt.statement.as_bytes()),
        (format!("{name}.sig"), receipt.signature.as_bytes()),
        ("allowed_signers".to_owned(), signers.as_bytes()),
    ];
    fs::create_dir_all(folder).map_err(|error| Failure::write(folder, error))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        write_new(&path, bytes).map_err(|error| Failure::write(&path, error))?;
    }
    env.terminal()
        .say(phrase!("receipt-written", path = &folder.join(&name)));
    env.terminal().say(phrase!("receipt-verify", name = &name));
    Ok(())
}

/// Writes a file that does not exist yet; durable on return.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn invalid() -> Failure {
    Failure::new(Kind::EvidenceInvalid, phrase!("receipt-invalid"))
}
