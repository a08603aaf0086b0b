//! Complete: what the sender says of the whole.
//!
//! Promises: a transfer can be claimed only if the relay holds what the sender sealed, by its own
//! count and digest. It does not open anything.

use quitus_core::digest::Blake3;
use quitus_core::parts::sealed_digest;
use quitus_core::protocol::{Complete, TERMS_BYTES_MAX};
use quitus_core::text;
use quitus_core::transfer::{Phase, TransferId};

use super::{Refused, Relay, Signed};
use crate::records::{Completion, TransferRow};

impl Relay {
    /// Ends the upload: from now on the transfer can be claimed.
    pub async fn complete(
        &self,
        signed: Signed,
        id: TransferId,
        request: Complete,
    ) -> Result<(), Refused> {
        let completion = self.completion(&signed, id, &request).await;
        let completion = self.spent_anyway(&signed, completion).await?;
        self.records
            .complete(signed.spend, id, completion, self.sure_now()?)
            .await?;
        self.stated.notify_one();
        tracing::info!(transfer = id.short(), "complete");
        Ok(())
    }

    /// What completes a transfer, if the request is its owner's and names what is held.
    async fn completion(
        &self,
        signed: &Signed,
        id: TransferId,
        request: &Complete,
    ) -> Result<Completion, Refused> {
        let row = self.owned(signed, id).await?;
        let field = "terms";
        let terms = text::from_base64url_vec(&request.terms, TERMS_BYTES_MAX)
            .map_err(|_| Refused::Field { field })?;
        if row.life.phase() == Phase::Uploading {
            self.check_sealed_digest(id, &row, request).await?;
        }
        Ok(Completion {
            sealed_digest: request.sealed_digest,
            terms,
        })
    }

    async fn check_sealed_digest(
        &self,
        id: TransferId,
        row: &TransferRow,
        request: &Complete,
    ) -> Result<(), Refused> {
        let held = self.records.parts(id).await?;
        let digests: Vec<Blake3> = held.iter().map(|part| part.digest).collect();
        let sealed = sealed_digest(&row.plan, &Blake3::of(&row.header), &digests);
        let has_parts = digests.len() == row.plan.n_parts() as usize;
        if has_parts && row.manifest.is_some() && sealed == request.sealed_digest {
            Ok(())
        } else {
            Err(Refused::Incomplete)
        }
    }
}
