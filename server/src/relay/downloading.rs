//! What the recipient does: claim, open the manifest and the parts, done.
//!
//! Promises: the share leaves the vault with a grant only; that a grant has asked for every part is
//! recorded before the last of them is sent. It does not send bytes itself.

use std::sync::Arc;

use quitus_core::digest::Sha256;
use quitus_core::engagement::Barred;
use quitus_core::protocol::{Claim, Granted};
use quitus_core::text;
use quitus_core::transfer::TransferId;
use zeroize::Zeroizing;

use super::{Refused, Relay, Signed, blocking};
use crate::caller::Caller;
use crate::downloads::{Cut, OpenDownload};
use crate::records::{Attempt, PasswordProof, Readable, Spend, TransferRow};
use crate::store::{ObjectName, Piece, Reading};
use crate::vault::{Share, Slot, VaultError};

/// An object that may be sent.
pub struct Opened {
    /// Its bytes.
    pub reading: Box<dyn Reading>,
    /// Counts as open until it is dropped.
    pub download: OpenDownload,
}

/// Who claims.
struct Claiming<'a> {
    grant_key: &'a [u8; 32],
    caller: Caller,
    spend: Option<Spend>,
}

impl Relay {
    /// Grants a download to a grant key, if the claim credential is the transfer's.
    pub async fn claim(
        &self,
        id: TransferId,
        grant_key: &[u8; 32],
        request: &Claim,
        caller: Caller,
    ) -> Result<Granted, Refused> {
        let field = "grantKey";
        if request.grant_key.is_some() {
            return Err(Refused::Field { field });
        }
        let row = self.claimed_row(id, request).await?;
        let claiming = Claiming {
            grant_key,
            caller,
            spend: None,
        };
        self.grant((id, row), claiming, request).await
    }

    /// Grants a download to a grant key in the body, if the claim credential is the transfer's and the
    /// key that signed may claim it.
    pub async fn claim_signed(
        &self,
        signed: Signed,
        id: TransferId,
        request: &Claim,
    ) -> Result<Granted, Refused> {
        self.check_unspent(&signed).await?;
        let field = "grantKey";
        let grant_key = request.grant_key.as_deref().ok_or(Refused::Field { field });
        let grant_key = grant_key.and_then(|text| credential(text, field));
        let grant_key = self.spent_anyway(&signed, grant_key).await?;
        let row = self.claimed_row(id, request).await;
        let row = self.spent_anyway(&signed, row).await?;
        let claiming = Claiming {
            grant_key: &grant_key,
            caller: signed.spend.caller.clone(),
            spend: Some(signed.spend),
        };
        self.grant((id, row), claiming, request).await
    }

    /// The transfer of an id, if the claim credential is its own.
    async fn claimed_row(&self, id: TransferId, request: &Claim) -> Result<TransferRow, Refused> {
        let claim = credential(&request.claim, "claim")?;
        let row = self.records.transfer(id).await?;
        // The same work for an id that nobody has: no credential has a digest of zeros.
        let nobodys = Sha256::from_bytes([0; 32]);
        let digest = row.as_ref().map_or(nobodys, |row| row.claim_digest);
        let is_right = digest.verifies(claim.as_slice());
        row.filter(|_| is_right).ok_or(Refused::Gone)
    }

    async fn grant(
        &self,
        (id, row): (TransferId, TransferRow),
        claiming: Claiming<'_>,
        request: &Claim,
    ) -> Result<Granted, Refused> {
        let (Some(slot), Some(manifest), Some(terms)) = (row.slot, row.manifest, row.terms) else {
            return Err(Refused::Gone);
        };
        let attempt = Attempt {
            key: Sha256::of(&[claiming.grant_key]),
            password: password_proof(row.verifier_digest.as_ref(), request)?,
            caller: claiming.caller,
            spend: claiming.spend,
        };
        let lease_until = self.records.claim(id, attempt, self.sure_now()?).await?;
        tracing::info!(transfer = id.short(), "granted");
        let share = self.share(id, slot).await?;
        Ok(Granted {
            share: share.to_text().to_string(),
            header: text::base64url(&row.header),
            terms: text::base64url(&terms),
            archive_bytes: row.plan.archive_bytes(),
            manifest_bytes: manifest.bytes,
            lease_until,
            engagement: row.engagement,
        })
    }

    /// The share of a transfer; an extension may have moved it since its slot was read.
    async fn share(&self, id: TransferId, slot: Slot) -> Result<Share, Refused> {
        let read = |slot| {
            let vault = Arc::clone(&self.vault);
            blocking(move || vault.get(slot, &id))
        };
        match read(slot).await {
            Err(Refused::Vault(VaultError::Foreign { .. })) => {
                let row = self.records.transfer(id).await?.ok_or(Refused::Gone)?;
                read(row.slot.ok_or(Refused::Gone)?).await
            }
            outcome => outcome,
        }
    }

    /// Opens the manifest or a part for the holder of a grant. `is_sent`: its bytes will be sent,
    /// so that the part counts as asked for.
    pub async fn open(
        &self,
        (id, grant_key): (TransferId, &[u8; 32]),
        piece: Piece,
        is_sent: bool,
        (cut, caller): (Cut, &Caller),
    ) -> Result<Opened, Refused> {
        let key = Sha256::of(&[grant_key]);
        // Noted before the grant is looked at: a revocation in between cuts it.
        let download = self.downloads.begin(id, cut);
        let readable = self
            .records
            .readable(id, key, piece, self.sure_now()?)
            .await?;
        download.belongs_to(readable.who.clone());
        check_address(&readable, caller)?;
        if let (Piece::Part(part), true) = (piece, is_sent)
            && let Some(all) = self.asked.note((id, key), part, &readable)
        {
            // It may have lapsed since it was looked at, and given its place back.
            if !self.records.note_asked(vec![all]).await? {
                return Err(Refused::Gone);
            }
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
        self.uploads.cut(id);
    }

    /// Counts a download; the grant is used up.
    pub async fn done(
        &self,
        id: TransferId,
        grant_key: &[u8; 32],
        caller: Caller,
    ) -> Result<(), Refused> {
        let key = Sha256::of(&[grant_key]);
        self.records.done(id, key, caller, self.sure_now()?).await?;
        self.owed.notify_one();
        self.stated.notify_one();
        self.asked.forget(id, key);
        tracing::info!(transfer = id.short(), "done");
        Ok(())
    }
}

/// Refuses bytes to an address that the engagement does not allow.
fn check_address(readable: &Readable, caller: &Caller) -> Result<(), Refused> {
    let networks = &readable.networks;
    let is_inside = |address| networks.iter().any(|network| network.contains(address));
    let is_allowed = networks.is_empty() || caller.address.is_some_and(is_inside);
    is_allowed.then_some(()).ok_or(Barred::Address.into())
}

/// What a claim shows of the password whose verifier has that digest.
fn password_proof(digest: Option<&Sha256>, request: &Claim) -> Result<PasswordProof, Refused> {
    let shown = request.verifier.as_deref();
    let shown = shown.map(|text| credential(text, "verifier")).transpose()?;
    Ok(match (digest, shown) {
        (None, _) => PasswordProof::Right,
        (Some(_), None) => PasswordProof::Missing,
        (Some(digest), Some(shown)) if digest.verifies(shown.as_slice()) => PasswordProof::Right,
        (Some(_), Some(_)) => PasswordProof::Wrong,
    })
}

/// A secret that was sent in JSON, in its bytes.
pub(super) fn credential(
    spelled: &str,
    field: &'static str,
) -> Result<Zeroizing<[u8; 32]>, Refused> {
    text::from_base64url(spelled)
        .map(Zeroizing::new)
        .map_err(|_| Refused::Field { field })
}
