//! What the sender does: create, put part, put manifest, complete, status.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use quitus_core::digest::Blake3;
use quitus_core::header;
use quitus_core::keys::Secret;
use quitus_core::parts::{ARCHIVE_BYTES_MAX, PartIndex, PartPlan, sealed_digest};
use quitus_core::protocol::{
    Complete, Create, Created, HeldPart, Status, StatusPhase, TERMS_BYTES_MAX,
};
use quitus_core::text;
use quitus_core::transfer::{DOWNLOADS_MAX, Event, LIFE_MAX, Phase, TransferId};
use zeroize::Zeroizing;

use super::receiving::{digest_of, receive};
use super::{Frames, PartUpload, Refused, Relay, Signed, blocking};
use crate::records::{Completion, Creation, HeldManifest, NewTransfer, RecordsError, TransferRow};
use crate::store::{Batch, ObjectName, Piece};
use crate::vault::{Share, Slot};

impl Relay {
    /// Opens a transfer for the key that signed.
    pub async fn create(
        self: Arc<Self>,
        signed: Signed,
        request: Create,
    ) -> Result<Created, Refused> {
        let new = self.new_transfer(&signed, &request);
        let (new, share) = self.spent_anyway(&signed, new).await?;
        // A client that hangs up must not leave a share without a record.
        let creating = tokio::spawn(async move { self.record(signed, new, share).await });
        let reason = "creating a transfer panicked";
        creating.await.map_err(|_| Refused::Broken { reason })?
    }

    /// Stores one part; durable on return.
    pub async fn put_part<F: Frames>(
        &self,
        id: TransferId,
        token: &[u8; 32],
        mut upload: PartUpload<F>,
    ) -> Result<(), Refused> {
        let part = self
            .wanted_part(id, token, (upload.number, upload.bytes))
            .await?;
        let held = HeldPart {
            index: part,
            digest: upload.digest,
        };
        match self.records.part(id, part).await? {
            Some(digest) if digest != upload.digest => return Err(Refused::Conflict),
            Some(_) => return stated(upload.digest, digest_of(&mut upload.frames).await?),
            None => {}
        }
        let mut deposit = self.store.begin(upload.bytes).await?;
        let digest = receive(&mut upload.frames, deposit.as_mut(), &self.batches).await?;
        stated(upload.digest, digest)?;
        let name = ObjectName {
            transfer: id,
            piece: Piece::Part(part),
            digest,
        };
        deposit.finish(name).await?;
        // A crash here leaves an object that no record names; the part is put again.
        let recorded = self.records.hold_part(id, held, self.now()).await;
        self.keep_or_delete(name, recorded).await
    }

    /// Stores the sealed manifest; durable on return.
    pub async fn put_manifest(
        &self,
        signed: Signed,
        id: TransferId,
        bytes: Bytes,
    ) -> Result<(), Refused> {
        self.check_unspent(&signed).await?;
        let row = self.owned_manifest(&signed, id, &bytes).await;
        let row = self.spent_anyway(&signed, row).await?;
        let held = HeldManifest {
            digest: Blake3::of(&bytes),
            bytes: bytes.len() as u64,
        };
        let name = ObjectName {
            transfer: id,
            piece: Piece::Manifest,
            digest: held.digest,
        };
        let is_wanted = row.life.phase() == Phase::Uploading && row.manifest.is_none();
        if is_wanted {
            let mut deposit = self.store.begin(held.bytes).await?;
            deposit.write(batch_of(bytes)).await?;
            deposit.finish(name).await?;
        }
        let recorded = self
            .records
            .hold_manifest(signed.spend, id, held, self.now())
            .await;
        if is_wanted {
            self.keep_or_delete(name, recorded).await
        } else {
            Ok(recorded?)
        }
    }

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
            .complete(signed.spend, id, completion, self.now())
            .await?;
        tracing::info!(transfer = id.short(), "complete");
        Ok(())
    }

    /// What the sender may know of its transfer.
    pub async fn status(&self, signed: Signed, id: TransferId) -> Result<Status, Refused> {
        self.records.spend(signed.spend.clone()).await?;
        let row = self.owned(&signed, id).await?;
        let (n_consumed, n_live, n_released) = row.life.counts();
        let ticked = row.life.after(Event::Tick, self.now()).unwrap_or(row.life);
        let (phase, ending) = match ticked.phase() {
            Phase::Uploading => (StatusPhase::Uploading, None),
            Phase::Live => (StatusPhase::Live, None),
            Phase::Ended(ending) => (StatusPhase::Ended, Some(ending)),
            Phase::Destroyed(ending) => (StatusPhase::Destroyed, Some(ending)),
        };
        Ok(Status {
            id,
            created_at: row.created_at,
            archive_bytes: row.plan.archive_bytes(),
            has_password: false,
            n_wrong_passwords: 0,
            phase,
            ending,
            expires_at: row.expires_at,
            downloads: row.downloads,
            n_consumed,
            n_live,
            n_released,
            parts: self.records.parts(id).await?,
            has_manifest: row.manifest.is_some(),
        })
    }

    fn new_transfer(
        &self,
        signed: &Signed,
        request: &Create,
    ) -> Result<(NewTransfer, Share), Refused> {
        let plan = check_bounds(request)?;
        let field = |field| move |_| Refused::Field { field };
        let header = text::from_base64url_vec(&request.header, header::HEADER_BYTES_MAX)
            .map_err(field("header"))?;
        header::check(&header).map_err(Refused::WrongHeader)?;
        let share: Share = request
            .share
            .parse::<Secret<32>>()
            .map_err(field("share"))?;
        let now = self.now();
        let new = NewTransfer {
            id: request.id,
            owner: signed.signer.clone(),
            request_digest: signed.body_digest,
            plan,
            header,
            slot: Slot(0),
            claim_digest: request.claim_digest,
            upload_digest: request.upload_digest,
            downloads: request.downloads,
            created_at: now,
            expires_at: now.after(Duration::from_secs(request.expiry_seconds)),
        };
        Ok((new, share))
    }

    /// Share first: a crash before the record leaves a slot that the next start erases.
    async fn record(
        &self,
        signed: Signed,
        mut new: NewTransfer,
        share: Share,
    ) -> Result<Created, Refused> {
        let (vault, id, expires_at) = (Arc::clone(&self.vault), new.id, new.expires_at);
        new.slot = blocking(move || vault.put(&id, &share)).await?;
        let slot = new.slot;
        let recorded = self.records.create(signed.spend, new).await;
        match recorded {
            Ok(Creation::Opened) => {
                tracing::info!(transfer = id.short(), "created");
                Ok(Created { expires_at })
            }
            Ok(Creation::Repeated { expires_at }) => {
                self.erase(slot).await?;
                Ok(Created { expires_at })
            }
            // It may have taken effect: the slot is left to the next start.
            Err(error @ (RecordsError::Failed(_) | RecordsError::Full)) => Err(error.into()),
            Err(error) => {
                self.erase(slot).await?;
                Err(error.into())
            }
        }
    }

    async fn erase(&self, slot: Slot) -> Result<(), Refused> {
        let vault = Arc::clone(&self.vault);
        blocking(move || vault.erase(slot)).await
    }

    /// The part, if the token is the transfer's, the upload is open and the length is right.
    async fn wanted_part(
        &self,
        id: TransferId,
        token: &[u8; 32],
        (number, bytes): (u32, u64),
    ) -> Result<PartIndex, Refused> {
        let row = self.records.transfer(id).await?.ok_or(Refused::Gone)?;
        if !row.upload_digest.verifies(token) {
            return Err(Refused::Gone);
        }
        match row.life.phase() {
            Phase::Uploading => {}
            Phase::Live => return Err(Refused::Conflict),
            Phase::Ended(_) | Phase::Destroyed(_) => return Err(Refused::Gone),
        }
        let part = row.plan.index(number).ok_or(Refused::Bounds {
            field: "part",
            actual: number.into(),
            min: 0,
            max: u64::from(row.plan.n_parts()) - 1,
        })?;
        let expected = row.plan.sealed_bytes(part);
        if bytes == expected {
            return Ok(part);
        }
        Err(Refused::WrongLength {
            part: part.0,
            actual: bytes,
            expected,
        })
    }

    /// An object that was refused and that no record names must not stay.
    async fn keep_or_delete(
        &self,
        name: ObjectName,
        recorded: Result<(), RecordsError>,
    ) -> Result<(), Refused> {
        match &recorded {
            Err(RecordsError::Conflict | RecordsError::Gone) => {
                if !self.is_recorded(name).await? {
                    self.store.delete(name).await?;
                }
            }
            // A replay names what its first use stored; a failure may have taken effect.
            Ok(())
            | Err(
                RecordsError::Seen
                | RecordsError::Incomplete
                | RecordsError::Full
                | RecordsError::Failed(_),
            ) => {}
        }
        Ok(recorded?)
    }

    async fn is_recorded(&self, name: ObjectName) -> Result<bool, Refused> {
        let digest = match name.piece {
            Piece::Part(part) => self.records.part(name.transfer, part).await?,
            Piece::Manifest => {
                let row = self.records.transfer(name.transfer).await?;
                row.and_then(|row| row.manifest)
                    .map(|manifest| manifest.digest)
            }
        };
        Ok(digest == Some(name.digest))
    }

    async fn check_unspent(&self, signed: &Signed) -> Result<(), Refused> {
        if self.records.is_spent(&signed.spend).await? {
            return Err(Refused::Replayed);
        }
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

    /// The transfer, if the request is its owner's and brings an age file.
    async fn owned_manifest(
        &self,
        signed: &Signed,
        id: TransferId,
        bytes: &Bytes,
    ) -> Result<TransferRow, Refused> {
        let row = self.owned(signed, id).await?;
        check_sealed(bytes)?;
        Ok(row)
    }

    /// A signed request that is refused before it has an effect counts once as well.
    async fn spent_anyway<T>(
        &self,
        signed: &Signed,
        checked: Result<T, Refused>,
    ) -> Result<T, Refused> {
        if checked.is_err() {
            self.records.spend(signed.spend.clone()).await?;
        }
        checked
    }
}

fn check_bounds(request: &Create) -> Result<PartPlan, Refused> {
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
    PartPlan::new(request.archive_bytes).map_err(|too_long| Refused::Bounds {
        field: "archiveBytes",
        actual: too_long.actual,
        min: 0,
        max: ARCHIVE_BYTES_MAX,
    })
}

fn check_sealed(bytes: &Bytes) -> Result<(), Refused> {
    let rest = bytes.strip_prefix(header::VERSION_LINE);
    if rest.is_some_and(|rest| rest.starts_with(b"\n")) {
        Ok(())
    } else {
        Err(Refused::NotSealed)
    }
}

fn stated(stated: Blake3, actual: Blake3) -> Result<(), Refused> {
    if stated == actual {
        Ok(())
    } else {
        Err(Refused::WrongDigest)
    }
}

fn batch_of(bytes: Bytes) -> Batch {
    Batch {
        bytes: bytes.len(),
        frames: vec![bytes],
        room: None,
    }
}

/// A secret that was sent in JSON, in its bytes.
pub(super) fn credential(text: &str, field: &'static str) -> Result<Zeroizing<[u8; 32]>, Refused> {
    text::from_base64url(text)
        .map(Zeroizing::new)
        .map_err(|_| Refused::Field { field })
}
