//! Statements: what parties bring for the log, and what whoever has a right is told.
//!
//! Promises: what was answered is below the checkpoint that is shown; a party's statement is an age file
//! that the relay cannot open; whoever has no right to know of a transfer or engagement is told that it is
//! gone. It does not read or judge what parties state.

use quitus_core::protocol::{
    Logged, PAGE_STATEMENTS, SEALED_STATEMENT_BYTES_MAX, State, Statements,
};
use quitus_core::text;
use quitus_core::tlog::Entry;

use super::uploading::check_sealed;
use super::{Refused, Relay, Signed};
use crate::records::{PostedStatement, Scope};

impl Relay {
    /// Puts a party's statement into the log.
    pub async fn post_statement(&self, signed: Signed, request: &State) -> Result<Logged, Refused> {
        let posted = self.spent_anyway(&signed, posted(request)).await?;
        let now = self.sure_now();
        let now = self.spent_anyway(&signed, now).await?;
        let index = self.records.post(signed.spend, posted, now).await?;
        self.sequencer.include(index).await?;
        Ok(Logged { index })
    }

    /// Statements about a transfer or in an engagement, from an entry of the log on.
    pub async fn statements(
        &self,
        signed: Signed,
        scope: Scope,
        from: u64,
    ) -> Result<Statements, Refused> {
        self.records.spend(signed.spend).await?;
        self.sequence().await?;
        let page = (from, PAGE_STATEMENTS + 1);
        let listing = self.records.statements(signed.signer, scope, page);
        let mut statements = listing.await?;
        let has_more = statements.len() > PAGE_STATEMENTS;
        statements.truncate(PAGE_STATEMENTS);
        Ok(Statements {
            statements,
            has_more,
        })
    }
}

fn posted(request: &State) -> Result<PostedStatement, Refused> {
    let field = "transfer or engagement";
    let scope = match (request.transfer, request.engagement) {
        (Some(id), None) => Scope::Transfer(id),
        (None, Some(id)) => Scope::Engagement(id),
        (Some(_), Some(_)) | (None, None) => return Err(Refused::Field { field }),
    };
    let field = "sealed";
    let sealed = text::from_base64url_vec(&request.sealed, SEALED_STATEMENT_BYTES_MAX)
        .map_err(|_| Refused::Field { field })?;
    check_sealed(&sealed)?;
    let entry = Entry {
        statement: request.statement,
        signature: request.signature,
    };
    Ok(PostedStatement {
        scope,
        entry,
        sealed,
    })
}
