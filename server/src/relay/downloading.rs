//! What the recipient does: claim, open the manifest and the parts, done.
//!
//! Promises: the share leaves the vault with a grant only; that a grant has asked for every part is
//! recorded before the last of them is sent. It does not send bytes itself.

use std::sync::Arc;

use quitus_core::digest::Sha256;
use quitus_core::protocol::{Claim, Granted};
use quitus_core::text;
use quitus_core::transfer::TransferId;
use zeroize::Zeroizing;

use super::{Refused, Relay, blocking};
use crate::downloads::{Cut, OpenDownload};
use crate::store::{ObjectName, Piece, Reading};

/// An object that may be sent.
pub struct Opened {
    /// Its bytes.
    pub reading: Box<dyn Reading>,
    /// Counts as open until it is dropped.
    pub download: OpenDownload,
}

impl Relay {
    /// Grants a download to a grant key, if the claim credential is the transfer's.
    pub async fn claim(
        &self,
        id: TransferId,
        grant_key: &[u8; 32],
        request: &Claim,
    ) -> Result<Granted, Refused> {
        let claim = credential(&request.claim, "claim")?;
        let row = self.records.transfer(id).await?.ok_or(Refused::Gone)?;
        if !row.claim_digest.verifies(claim.as_slice()) {
            return Err(Refused::Gone);
        }
        let (Some(slot), Some(manifest), Some(terms)) = (row.slot, row.manifest, row.terms) else {
            return Err(Refused::Gone);
        };
        let key = Sha256::of(&[grant_key]);
        let lease_until = self.records.claim(id, key, self.now()).await?;
        tracing::info!(transfer = id.short(), "granted");
        let vault = Arc::clone(&self.vault);
        let share = blocking(move || vault.get(slot, &id)).await?;
        Ok(Granted {
            share: share.to_text().to_string(),
            header: text::base64url(&row.header),
            terms: text::base64url(&terms),
            archive_bytes: row.plan.archive_bytes(),
            manifest_bytes: manifest.bytes,
            lease_until,
        })
    }

    /// Opens the manifest or a part for the holder of a grant. `is_sent`: its bytes will be sent,
    /// so that the part counts as asked for.
    pub async fn open(
        &self,
        (id, grant_key): (TransferId, &[u8; 32]),
        piece: Piece,
        is_sent: bool,
        cut: Cut,
    ) -> Result<Opened, Refused> {
        let key = Sha256::of(&[grant_key]);
        // Noted before the grant is looked at: a revocation in between cuts it.
        let download = self.downloads.begin(id, cut);
        let readable = self.records.readable(id, key, piece, self.now()).await?;
        if let (Piece::Part(part), true) = (piece, is_sent)
            && let Some(all) = self.asked.note((id, key), part, &readable)
        {
            self.records.note_asked(vec![all]).await?;
            self.asked.recorded(id, key);
        }
        let name = ObjectName {
            transfer: id,
            piece,
            digest: readable.digest,
        };
        let reading = self.store.open(name).await?;
        Ok(Opened { reading, download })
    }

    /// Ends every connection on which bytes of a transfer are being sent.
    pub fn cut(&self, id: &TransferId) {
        self.downloads.cut(id);
    }

    /// Counts a download; the grant is used up.
    pub async fn done(&self, id: TransferId, grant_key: &[u8; 32]) -> Result<(), Refused> {
        let key = Sha256::of(&[grant_key]);
        self.records.done(id, key, self.now()).await?;
        self.asked.forget(id, key);
        tracing::info!(transfer = id.short(), "done");
        Ok(())
    }
}

/// A secret that was sent in JSON, in its bytes.
fn credential(spelled: &str, field: &'static str) -> Result<Zeroizing<[u8; 32]>, Refused> {
    text::from_base64url(spelled)
        .map(Zeroizing::new)
        .map_err(|_| Refused::Field { field })
}
