//! Transfers for keys: what waits for one, the envelope, and who else may have it.
//!
//! Promises: only whoever a transfer lists, and its owner, learn that it is there; whoever is removed
//! is cut. It does not read envelopes.

use std::sync::Arc;

use quitus_core::engagement::Act;
use quitus_core::protocol::{
    Envelope, Inbox, PAGE_TRANSFERS, Recipients, StatusPhase, TERMS_BYTES_MAX,
};
use quitus_core::text;
use quitus_core::transfer::{Claimant, TransferId};

use super::opening::check_recipients;
use super::overseeing::status_of;
use super::{Refused, Relay, Signed, to_the_end};
use crate::records::{Relisting, TransferRow};

impl Relay {
    /// The live transfers that list the key that signed, behind the one named.
    pub async fn inbox(&self, signed: Signed, after: Option<TransferId>) -> Result<Inbox, Refused> {
        self.records.spend(signed.spend).await?;
        let page = (after, PAGE_TRANSFERS + 1);
        let inbox = self.records.inbox(signed.signer, page, self.now());
        let mut transfers = inbox.await?;
        let has_more = transfers.len() > PAGE_TRANSFERS;
        transfers.truncate(PAGE_TRANSFERS);
        Ok(Inbox {
            transfers,
            has_more,
        })
    }

    /// The envelope of a transfer, for whoever it is for and its owner.
    pub async fn envelope(&self, signed: Signed, id: TransferId) -> Result<Envelope, Refused> {
        self.records.spend(signed.spend.clone()).await?;
        let row = self.records.transfer(id).await?.ok_or(Refused::Gone)?;
        let by = Claimant::Key(signed.signer.clone());
        let seat = row.life.seat(&by).ok_or(Refused::Gone)?;
        let is_theirs = seat.is_listed || seat.is_owner;
        if is_theirs {
            let by = (&signed.signer, &signed.spend.caller);
            let checked = self.check_engaged(row.engagement, by, Act::Claim).await;
            if let Err(Refused::Barred(_)) = checked {
                let now = self.sure_now()?;
                let barred = self.records.note_barred(id, signed.spend.clone(), now);
                barred.await?;
            }
            checked?;
        }
        let is_open = match status_of(id, &row, self.now()).phase {
            StatusPhase::Live => true,
            // Whoever downloads may have to begin again.
            StatusPhase::Ended => seat.counts.n_live > 0,
            StatusPhase::Uploading | StatusPhase::Destroyed => false,
        };
        let terms = row.terms.filter(|_| is_theirs && is_open);
        Ok(Envelope {
            envelope: text::base64url(&terms.ok_or(Refused::Gone)?),
        })
    }

    /// Gives a transfer other recipients, and the envelope that is for them.
    pub async fn set_recipients(
        self: Arc<Self>,
        signed: Signed,
        id: TransferId,
        request: Recipients,
    ) -> Result<(), Refused> {
        let checked = self.relisting(&signed, id, request).await;
        let (row, relisting) = self.spent_anyway(&signed, checked).await?;
        let keys = relisting.recipients.iter().chain([&row.owner]).cloned();
        let claimants: Vec<Claimant> = keys.map(Claimant::Key).collect();
        let now = self.sure_now()?;
        to_the_end(async move {
            let relisted = self.records.relist(signed.spend, id, relisting, now);
            relisted.await?;
            // Whoever opens from now on finds the grant cut; whoever opened before is cut here.
            self.downloads.cut_others(&id, &claimants);
            self.owed.notify_one();
            tracing::info!(transfer = id.short(), "other recipients");
            Ok(())
        })
        .await
    }

    async fn relisting(
        &self,
        signed: &Signed,
        id: TransferId,
        request: Recipients,
    ) -> Result<(TransferRow, Relisting), Refused> {
        let row = self.owned(signed, id).await?;
        check_recipients(&request.recipients, 1)?;
        let field = "terms";
        let terms = text::from_base64url_vec(&request.terms, TERMS_BYTES_MAX)
            .map_err(|_| Refused::Field { field })?;
        let recipients = request.recipients;
        Ok((row, Relisting { recipients, terms }))
    }
}
