//! Create: a share for the vault, then the record that names it.
//!
//! Promises: a record never names a slot that does not hold its share; a slot that no record names is
//! erased, now or at the next start. It does not take parts.

use core::time::Duration;
use std::collections::HashSet;
use std::sync::Arc;

use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::header;
use quitus_core::keys::{Fingerprint, Secret};
use quitus_core::parts::PartPlan;
use quitus_core::protocol::{Create, Created, RECIPIENTS_MAX};
use quitus_core::text;
use quitus_core::time::Timestamp;
use quitus_core::transfer::{DOWNLOADS_MAX, LIFE_MAX, TransferId};

use super::{Refused, Relay, Signed, blocking, to_the_end};
use crate::records::{Creation, NewTransfer, RecordsError};
use crate::vault::{Share, Slot};

impl Relay {
    /// Opens a transfer for the key that signed.
    pub async fn create(
        self: Arc<Self>,
        signed: Signed,
        request: Create,
    ) -> Result<Created, Refused> {
        let new = self.new_transfer(&signed, &request);
        let (mut new, share) = self.spent_anyway(&signed, new).await?;
        let latest = self.latest(new.engagement, &new.recipients).await;
        let latest = self.spent_anyway(&signed, latest).await?;
        new.expires_at = latest.map_or(new.expires_at, |latest| new.expires_at.min(latest));
        let room = self.check_room(new.plan.archive_bytes()).await;
        self.spent_anyway(&signed, room).await?;
        // A client that hangs up must not leave a share without a record.
        to_the_end(async move { self.record(signed, new, share).await }).await
    }

    fn new_transfer(
        &self,
        signed: &Signed,
        request: &Create,
    ) -> Result<(NewTransfer, Share), Refused> {
        let plan = check_bounds(request, self.archive_bytes_max())?;
        check_recipients(&request.recipients, 0)?;
        let field = |field| move |_| Refused::Field { field };
        let header = text::from_base64url_vec(&request.header, header::HEADER_BYTES_MAX)
            .map_err(field("header"))?;
        header::check(&header).map_err(Refused::WrongHeader)?;
        let share: Share = request
            .share
            .parse::<Secret<32>>()
            .map_err(field("share"))?;
        let now = self.sure_now()?;
        let new = NewTransfer {
            id: request.id,
            owner: signed.signer.clone(),
            request_digest: signed.body_digest,
            plan,
            header,
            slot: Slot(0),
            claim_digest: request.claim_digest,
            verifier_digest: request.verifier_digest,
            upload_digest: request.upload_digest,
            share_commitment: share_commitment(&request.id, &share),
            downloads: request.downloads,
            created_at: now,
            expires_at: now.after(Duration::from_secs(request.expiry_seconds)),
            quota: self.bounds.quota,
            needs_account: !self.bounds.is_open,
            recipients: request.recipients.clone(),
            engagement: request.engagement,
        };
        Ok((new, share))
    }

    /// When a transfer can no longer be claimed at the latest: at the end of its engagement, unless it is
    /// for the client alone, who may take back later what was returned in time.
    pub(super) async fn latest(
        &self,
        engagement: Option<EngagementId>,
        recipients: &[Fingerprint],
    ) -> Result<Option<Timestamp>, Refused> {
        let Some(id) = engagement else {
            return Ok(None);
        };
        let row = self.records.engagement(id).await?.ok_or(Refused::Gone)?;
        let is_return = recipients.iter().all(|key| key == row.engagement.owner());
        Ok((!is_return).then_some(row.engagement.policy().ends_at))
    }

    /// Share first: a crash before the record leaves a slot that the next start erases.
    async fn record(
        &self,
        signed: Signed,
        mut new: NewTransfer,
        share: Share,
    ) -> Result<Created, Refused> {
        let _placing = self.doubts.placing().await;
        let (vault, id, expires_at) = (Arc::clone(&self.vault), new.id, new.expires_at);
        new.slot = blocking(move || vault.put(&id, &share, expires_at)).await?;
        let slot = new.slot;
        let recorded = self.records.create(signed.spend, new).await;
        match recorded {
            Ok(Creation::Opened) => {
                tracing::info!(transfer = id.short(), "created");
                Ok(Created { expires_at })
            }
            Ok(Creation::Repeated { expires_at }) => {
                self.doubts.erase(slot).await?;
                Ok(Created { expires_at })
            }
            // It may have taken effect: the slot is looked at again later, or at the next start.
            Err(error @ (RecordsError::Failed(_) | RecordsError::Full)) => {
                self.doubts.note(slot);
                Err(error.into())
            }
            Err(error) => {
                self.doubts.erase(slot).await?;
                Err(error.into())
            }
        }
    }
}

/// Refuses too few or too many recipients, and one that is there twice.
pub(super) fn check_recipients(recipients: &[Fingerprint], min: u64) -> Result<(), Refused> {
    let (field, actual) = ("recipients", recipients.len() as u64);
    let max = RECIPIENTS_MAX as u64;
    if actual < min || actual > max {
        return Err(Refused::Bounds {
            field,
            actual,
            min,
            max,
        });
    }
    let distinct: HashSet<&Fingerprint> = recipients.iter().collect();
    let is_set = distinct.len() == recipients.len();
    is_set.then_some(()).ok_or(Refused::Field { field })
}

/// As the sender computes it: `docs/protocol.md`, "Share".
fn share_commitment(id: &TransferId, share: &Share) -> Sha256 {
    Sha256::of(&[b"quitus/share/v1\0", id.as_bytes(), share.expose()])
}

fn check_bounds(request: &Create, archive_bytes_max: u64) -> Result<PartPlan, Refused> {
    let within = |field, actual, min, max| {
        let bounds = Refused::Bounds {
            field,
            actual,
            min,
            max,
        };
        (min..=max).contains(&actual).then_some(()).ok_or(bounds)
    };
    within(
        "downloads",
        request.downloads.into(),
        1,
        DOWNLOADS_MAX.into(),
    )?;
    within(
        "expirySeconds",
        request.expiry_seconds,
        1,
        LIFE_MAX.as_secs(),
    )?;
    let (field, actual, max) = ("archiveBytes", request.archive_bytes, archive_bytes_max);
    within(field, actual, 0, max)?;
    PartPlan::new(actual).map_err(|too_long| Refused::Bounds {
        field,
        actual: too_long.actual,
        min: 0,
        max,
    })
}
