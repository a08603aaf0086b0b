//! What the sender does once a transfer is complete: list, look, extend, revoke.
//!
//! Promises: every request is its owner's, or the transfer is gone; once a revocation is answered
//! nothing more of the transfer is sent. It does not destroy: the sweeper does, since it is owed.

use std::sync::Arc;

use quitus_core::protocol::{
    Activity, Extend, PAGE_TRANSFERS, Receipt, RecipientStatus, Status, StatusPhase,
    TERMS_BYTES_MAX, Transfers,
};
use quitus_core::text;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{Claimant, Event, LIFE_MAX, Phase, Transfer, TransferId};

use super::{Refused, Relay, Signed, blocking, to_the_end};
use crate::records::{Extension, RecordsError, TransferRow};
use crate::vault::Slot;

impl Relay {
    /// What the sender may know of its transfer.
    pub async fn status(&self, signed: Signed, id: TransferId) -> Result<Status, Refused> {
        self.records.spend(signed.spend.clone()).await?;
        let row = self.owned(&signed, id).await?;
        let mut status = status_of(id, &row, self.now());
        if status.phase != StatusPhase::Destroyed {
            status.parts = self.records.parts(id).await?;
        }
        status.recipients = listed(&row.life).collect();
        Ok(status)
    }

    /// The sender's transfers behind the one named, newest first.
    pub async fn transfers(
        &self,
        signed: Signed,
        after: Option<TransferId>,
    ) -> Result<Transfers, Refused> {
        self.records.spend(signed.spend).await?;
        let (owner, now) = (signed.signer, self.now());
        let mut rows = self
            .records
            .transfers(owner, after, PAGE_TRANSFERS + 1)
            .await?;
        let has_more = rows.len() > PAGE_TRANSFERS;
        rows.truncate(PAGE_TRANSFERS);
        let transfers = rows.iter().map(|(id, row)| status_of(*id, row, now));
        Ok(Transfers {
            transfers: transfers.collect(),
            has_more,
        })
    }

    /// What the relay stated last of a transfer's destruction.
    pub async fn receipt(&self, signed: Signed, id: TransferId) -> Result<Receipt, Refused> {
        self.records.spend(signed.spend.clone()).await?;
        self.owned(&signed, id).await?;
        let stated = self.records.statement(id).await?;
        let stated = stated.ok_or(Refused::NoReceipt)?;
        Ok(Receipt {
            statement: stated.statement,
            signature: stated.signature,
            key: self.sweeper.statement_key(),
        })
    }

    /// What happened to a transfer, as far as the access log goes back.
    pub async fn activity(&self, signed: Signed, id: TransferId) -> Result<Activity, Refused> {
        self.records.spend(signed.spend.clone()).await?;
        self.owned(&signed, id).await?;
        self.record_asked().await?;
        let (log, grants) = self.records.activity(id).await?;
        Ok(Activity { log, grants })
    }

    /// Ends a transfer now: no grant is left, and what is being sent of it breaks off.
    pub async fn revoke(self: Arc<Self>, signed: Signed, id: TransferId) -> Result<(), Refused> {
        let owned = self.owned(&signed, id).await.map(drop);
        self.spent_anyway(&signed, owned).await?;
        to_the_end(async move {
            let (spend, instruction) = (signed.spend, signed.instruction);
            let revoking = self.records.revoke(spend, id, instruction, self.now());
            revoking.await?;
            // Whoever opens from now on finds the grant cut; whoever opened before is cut here.
            self.cut(&id);
            self.owed.notify_one();
            self.stated.notify_one();
            tracing::info!(transfer = id.short(), "revoked");
            Ok(())
        })
        .await
    }

    /// Gives a live transfer another end, and the terms that say so.
    pub async fn extend(
        self: Arc<Self>,
        signed: Signed,
        id: TransferId,
        request: Extend,
    ) -> Result<(), Refused> {
        self.check_unspent(&signed).await?;
        let checked = self.extension(&signed, id, &request).await;
        let extension = self.spent_anyway(&signed, checked).await?;
        // A client that hangs up must not leave a share in two slots.
        to_the_end(async move { self.move_end(signed, id, extension).await }).await
    }

    /// The extension, with the share still where it is.
    async fn extension(
        &self,
        signed: &Signed,
        id: TransferId,
        request: &Extend,
    ) -> Result<Extension, Refused> {
        let row = self.owned(signed, id).await?;
        let now = self.sure_now()?;
        check_end(request.expires_at, now, None)?;
        let field = "terms";
        let terms = text::from_base64url_vec(&request.terms, TERMS_BYTES_MAX)
            .map_err(|_| Refused::Field { field })?;
        match status_of(id, &row, now).phase {
            StatusPhase::Live => {}
            StatusPhase::Uploading => return Err(Refused::Conflict),
            StatusPhase::Ended | StatusPhase::Destroyed => return Err(Refused::Gone),
        }
        let recipients: Vec<_> = listed(&row.life).map(|one| one.recipient).collect();
        let latest = self.latest(row.engagement, &recipients).await?;
        check_end(request.expires_at, now, latest)?;
        let slot = row.slot.ok_or(Refused::Gone)?;
        Ok(Extension {
            expires_at: request.expires_at,
            terms,
            slots: (slot, slot),
        })
    }

    /// A fresh slot under the key of the new hour, then slot and end in one transaction, then the old
    /// slot: a crash leaves a slot that no record names, which the next start erases.
    async fn move_end(
        &self,
        signed: Signed,
        id: TransferId,
        mut extension: Extension,
    ) -> Result<(), Refused> {
        let (old, expires_at) = (extension.slots.0, extension.expires_at);
        let (vault, now) = (Arc::clone(&self.vault), self.sure_now()?);
        let _placing = self.doubts.placing().await;
        let new: Slot = blocking(move || vault.move_share(old, &id, expires_at)).await?;
        extension.slots.1 = new;
        match self.records.extend(signed.spend, id, extension, now).await {
            Ok(()) => self.doubts.erase(old).await?,
            // It may have taken effect: both slots are looked at again later, or at the next start.
            Err(error @ (RecordsError::Failed(_) | RecordsError::Full)) => {
                self.doubts.note(old);
                self.doubts.note(new);
                return Err(error.into());
            }
            Err(error) => {
                self.doubts.erase(new).await?;
                return Err(error.into());
            }
        }
        tracing::info!(transfer = id.short(), "extended");
        Ok(())
    }
}

fn check_end(
    expires_at: Timestamp,
    now: Timestamp,
    latest: Option<Timestamp>,
) -> Result<(), Refused> {
    let longest = now.after(LIFE_MAX);
    let latest = latest.map_or(longest, |latest| longest.min(latest));
    if now < expires_at && expires_at <= latest {
        return Ok(());
    }
    let seconds = |time: Timestamp| u64::try_from(time.seconds()).unwrap_or(0);
    Err(Refused::Bounds {
        field: "expiresAt",
        actual: seconds(expires_at),
        min: seconds(now) + 1,
        max: seconds(latest),
    })
}

/// How far those are whom a transfer is for.
pub(super) fn listed(life: &Transfer) -> impl Iterator<Item = RecipientStatus> {
    let listed = life.seats().iter().filter(|seat| seat.is_listed);
    listed.filter_map(|seat| match &seat.claimant {
        Claimant::Bearer => None,
        Claimant::Key(recipient) => Some(RecipientStatus {
            recipient: recipient.clone(),
            n_consumed: seat.counts.n_consumed,
            n_live: seat.counts.n_live,
            n_released: seat.counts.n_released,
        }),
    })
}

/// How a transfer stands, without its parts.
pub(super) fn status_of(id: TransferId, row: &TransferRow, now: Timestamp) -> Status {
    let (n_consumed, n_live, n_released) = row.life.counts();
    let ticked = row
        .life
        .after(Event::Tick, now)
        .unwrap_or_else(|_| row.life.clone());
    let (phase, ending) = match ticked.phase() {
        Phase::Uploading => (StatusPhase::Uploading, None),
        Phase::Live => (StatusPhase::Live, None),
        Phase::Ended(ending) => (StatusPhase::Ended, Some(ending)),
        Phase::Destroyed(ending) => (StatusPhase::Destroyed, Some(ending)),
    };
    Status {
        id,
        created_at: row.created_at,
        archive_bytes: row.plan.archive_bytes(),
        has_password: row.verifier_digest.is_some(),
        n_wrong_passwords: row.life.n_wrong_passwords(),
        phase,
        ending,
        expires_at: row.expires_at,
        downloads: row.downloads,
        n_consumed,
        n_live,
        n_released,
        parts: Vec::new(),
        has_manifest: row.manifest.is_some(),
        n_recipients: u32::try_from(listed(&row.life).count()).unwrap_or(u32::MAX),
        recipients: Vec::new(),
        engagement: row.engagement,
    }
}
