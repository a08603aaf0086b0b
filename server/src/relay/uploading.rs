//! Put part and put manifest: objects first, then the records that name them.
//!
//! Promises: what was acknowledged is durable; the same bytes again are acknowledged again, others
//! under the same number never; an object that was refused does not stay. It does not open anything.

use std::sync::Arc;

use bytes::Bytes;
use quitus_core::digest::Blake3;
use quitus_core::engagement::Act;
use quitus_core::header;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::HeldPart;
use quitus_core::transfer::{Claimant, Phase, TransferId};

use super::receiving::{digest_of, receive};
use super::{Frames, PartUpload, Refused, Relay, Signed, to_the_end};
use crate::caller::Caller;
use crate::downloads::{Cut, OpenDownload};
use crate::records::{HeldManifest, RecordsError, TransferRow};
use crate::store::{Batch, ObjectName, Piece};

/// A part as its head announces it.
struct Announced<'a> {
    number: u32,
    bytes: u64,
    caller: &'a Caller,
}

impl Relay {
    /// Stores one part; durable on return.
    pub async fn put_part<F: Frames>(
        self: &Arc<Self>,
        id: TransferId,
        token: &[u8; 32],
        (mut upload, cut): (PartUpload<F>, Cut),
    ) -> Result<(), Refused> {
        // Noted before the owner is looked at: whoever is disabled in between is cut.
        let open = self.uploads.begin(id, cut);
        let announced = Announced {
            number: upload.number,
            bytes: upload.bytes,
            caller: &upload.caller,
        };
        let part = self.wanted_part((id, token), announced, &open).await?;
        let held = HeldPart {
            index: part,
            digest: upload.digest,
        };
        match self.records.part(id, part).await? {
            Some(digest) if digest != upload.digest => return Err(Refused::Conflict),
            Some(_) => return stated(upload.digest, digest_of(&mut upload.frames).await?),
            None => {}
        }
        self.check_room(upload.bytes).await?;
        let mut deposit = self.store.begin(upload.bytes).await?;
        let digest = receive(&mut upload.frames, deposit.as_mut(), &self.batches).await?;
        stated(upload.digest, digest)?;
        let name = ObjectName {
            transfer: id,
            piece: Piece::Part(part),
            digest,
        };
        let relay = Arc::clone(self);
        self.land(id, async move {
            deposit.finish(name).await?;
            // A crash here leaves an object that no record names; the part is put again.
            let now = relay.sure_now()?;
            let recorded = relay.records.hold_part(id, held, now).await;
            relay.keep_or_delete(name, recorded).await
        })
        .await
    }

    /// Stores the sealed manifest; durable on return.
    pub async fn put_manifest(
        self: &Arc<Self>,
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
        if row.life.phase() != Phase::Uploading || row.manifest.is_some() {
            let now = self.sure_now()?;
            let recorded = self.records.hold_manifest(signed.spend, id, held, now);
            return Ok(recorded.await?);
        }
        let mut deposit = self.store.begin(held.bytes).await?;
        deposit.write(batch_of(bytes)).await?;
        let relay = Arc::clone(self);
        self.land(id, async move {
            deposit.finish(name).await?;
            let now = relay.sure_now()?;
            let recorded = relay.records.hold_manifest(signed.spend, id, held, now);
            relay.keep_or_delete(name, recorded.await).await
        })
        .await
    }

    /// Gives an object its name and records it, also if whoever brought it hangs up or is cut meanwhile:
    /// nothing lands unseen. The sweeper waits for it.
    async fn land(
        &self,
        id: TransferId,
        storing: impl Future<Output = Result<(), Refused>> + Send + 'static,
    ) -> Result<(), Refused> {
        let noted = self.storing.begin(id, Cut::default());
        // What ended before it was noted is refused here; what ends later finds it noted.
        let row = self.records.transfer(id).await?.ok_or(Refused::Gone)?;
        check_uploading(&row)?;
        to_the_end(async move {
            let stored = storing.await;
            drop(noted);
            stored
        })
        .await
    }

    /// The part, if the token is the transfer's, the upload is open and the length is right.
    async fn wanted_part(
        &self,
        (id, token): (TransferId, &[u8; 32]),
        announced: Announced<'_>,
        open: &OpenDownload,
    ) -> Result<PartIndex, Refused> {
        let row = self.records.transfer(id).await?.ok_or(Refused::Gone)?;
        if !row.upload_digest.verifies(token) {
            return Err(Refused::Gone);
        }
        if row.is_owner_disabled {
            return Err(Refused::Forbidden);
        }
        open.belongs_to(Claimant::Key(row.owner.clone()));
        let act = Act::Send {
            bytes: row.plan.archive_bytes(),
        };
        let by = (&row.owner, announced.caller);
        self.check_engaged(row.engagement, by, act).await?;
        check_uploading(&row)?;
        let Announced { number, bytes, .. } = announced;
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
                | RecordsError::Password
                | RecordsError::Frozen
                | RecordsError::Forbidden
                | RecordsError::Used
                | RecordsError::Quota
                | RecordsError::Barred(_)
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
}

fn check_uploading(row: &TransferRow) -> Result<(), Refused> {
    match row.life.phase() {
        Phase::Uploading => Ok(()),
        Phase::Live => Err(Refused::Conflict),
        Phase::Ended(_) | Phase::Destroyed(_) => Err(Refused::Gone),
    }
}

pub(super) fn check_sealed(bytes: &[u8]) -> Result<(), Refused> {
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
