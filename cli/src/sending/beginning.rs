//! How a sending begins, and how one that was begun is opened again.

use std::sync::Mutex;

use quitus_core::archive::{Layout, LayoutError};
use quitus_core::cipher::{self, FileKey, Recipient, SecretKey};
use quitus_core::digest::Sha256;
use quitus_core::engagement::EngagementId;
use quitus_core::header::HEADER_BYTES_MAX;
use quitus_core::keyring::Slot;
use quitus_core::keys::Secret;
use quitus_core::ledger::{Fact, Step};
use quitus_core::parts::PartPlan;
use quitus_core::split::{self, Halves, LinkSecret, Purpose, Share, opening_key};
use quitus_core::text::{base64url, from_base64url_vec};
use quitus_core::transfer::TransferId;
use quitus_core::upload::{Beginning, Upload};

use super::{Sending, draw, incomplete};
use crate::client::Client;
use crate::disk::{Selection, Source};
use crate::env::Env;
use crate::failure::{Failure, Kind};
use crate::home::{Home, Transfer};
use crate::phrase;
use crate::recipients::Recipients;
use crate::relays;

/// What the person asked for, as far as it outlives the command.
pub struct Order {
    /// The files and folders that were named, as absolute paths.
    pub sources: Vec<String>,
    /// The name of a secret that was typed, instead of files.
    pub secret: Option<String>,
    /// How long the transfer shall live, in seconds.
    pub expiry_seconds: u64,
    /// Downloads allowed; for each recipient, if there are any.
    pub downloads: u32,
    /// The contacts it is for; none for whoever holds the link.
    pub to: Vec<String>,
    /// The engagement it belongs to.
    pub engagement: Option<EngagementId>,
}

/// The secrets that a sending needs until the relay has everything.
pub(super) struct Secrets {
    pub(super) link: LinkSecret,
    pub(super) share: Share,
    pub(super) upload_token: Secret<32>,
    pub(super) file_key: FileKey,
    pub(super) terms_recipient: Recipient,
}

impl<'a> Sending<'a> {
    /// Draws the secrets and keeps them, with the record of an upload that has not begun.
    ///
    /// # Errors
    ///
    /// Exit 9 for an archive that is too long, 8 when nothing can be kept.
    pub fn begin(
        env: &'a Env,
        home: &Home,
        client: &'a Client<'a>,
        selection: &'a Selection,
        (order, password): (Order, Option<&str>),
    ) -> Result<Self, Failure> {
        let id = TransferId::from_bytes(*draw::<16>()?.expose());
        let Order {
            sources,
            secret,
            expiry_seconds,
            downloads,
            to,
            engagement,
        } = order;
        let mut transfer = home.transfer(id)?;
        // First, so that a crash leaves no secret that nothing leads to.
        let begun = Fact::SendBegun {
            relay: client.origin().clone(),
            sources,
            secret,
            expiry_seconds,
            downloads,
            to,
            engagement,
        };
        transfer.append(env.now(), begun)?;
        let (slot, header, verifier_digest) = draw_secrets(&id, password)?;
        transfer.keep(&slot)?;
        let beginning = Beginning {
            header: base64url(&header),
            shape: selection.shape,
            verifier_digest,
        };
        transfer.begin_upload(&Upload::begin(beginning).1)?;
        let opened = Self::open(env, home, client, selection, transfer)?;
        let mut sending = opened.map_err(|_| incomplete())?;
        sending.is_new = true;
        Ok(sending)
    }

    /// Opens a sending as it was kept, a moment or a month ago; gives the transfer back where a crash
    /// came before its secrets and its record were kept: then nothing ever left.
    ///
    /// # Errors
    ///
    /// Exit 8 when what was kept cannot be read.
    pub fn open(
        env: &'a Env,
        home: &Home,
        client: &'a Client<'a>,
        selection: &'a Selection,
        mut transfer: Transfer,
    ) -> Result<Result<Self, Transfer>, Failure> {
        let entries = selection.sources.iter().map(Source::entry).collect();
        let layout = Layout::new(selection.form, entries).map_err(|error| too_long(&error))?;
        let plan = PartPlan::new(layout.archive_bytes()).map_err(|error| {
            Failure::new(Kind::Policy, phrase!("too-long-to-send")).because(error)
        })?;
        let kept = (transfer.upload()?, Secrets::of(transfer.slot()?));
        let (upload, secrets) = match (kept, transfer.next_step()) {
            ((Some(upload), Some(secrets)), _) => (upload, secrets),
            // A crash came after the record was removed and before that was noted: the link is out.
            ((None, Some(secrets)), Some(Step::EraseSent)) => (no_upload(selection), secrets),
            (_, _) => return Ok(Err(transfer)),
        };
        let header = from_base64url_vec(&upload.beginning().header, HEADER_BYTES_MAX)
            .map_err(|error| incomplete().because(error))?;
        let ((expiry_seconds, downloads), engagement) =
            ordered(&transfer).ok_or_else(incomplete)?;
        let stale = upload.check_shape(selection.shape).err();
        let recipients = Recipients::of(home, &transfer)?;
        let (key, signer) = (home.request_key()?, home.signer()?);
        let log_key = relays::log_key(home, client.origin())?;
        let (upload, stale) = (Mutex::new(upload), Mutex::new(stale));
        Ok(Ok(Self {
            env,
            client,
            selection,
            key,
            signer,
            transfer,
            layout,
            plan,
            header,
            secrets,
            downloads,
            expiry_seconds,
            engagement,
            recipients,
            log_key,
            upload,
            stale,
            is_new: false,
            described: None,
        }))
    }
}

impl Secrets {
    /// What a slot must hold for a sending; the share, the token and the file key are gone once the
    /// relay has everything, and are then not asked for.
    fn of(slot: Slot) -> Option<Self> {
        let gone = || Secret::from_bytes([0; 32]);
        let mut file_key = slot.file_key.map_or([0; 16], |key| *key.expose());
        Some(Self {
            link: slot.link?,
            share: slot.share.unwrap_or_else(gone),
            upload_token: slot.upload_token.unwrap_or_else(gone),
            file_key: FileKey::take(&mut file_key),
            terms_recipient: Recipient::from_public_bytes(slot.terms_recipient?.expose()),
        })
    }
}

/// The record of an upload of which nothing is left to do.
fn no_upload(selection: &Selection) -> Upload {
    let beginning = Beginning {
        header: String::new(),
        shape: selection.shape,
        verifier_digest: None,
    };
    Upload::begin(beginning).0
}

/// Draws the secrets of a transfer, and makes the header that hides the file key under them; gives the
/// digest of what shows that the password is known, too.
fn draw_secrets(
    id: &TransferId,
    password: Option<&str>,
) -> Result<(Slot, Vec<u8>, Option<Sha256>), Failure> {
    let (link, share) = (draw::<32>()?, draw::<32>()?);
    let stretched = password.map(|password| split::stretch_password(id, &link, password));
    let halves = Halves {
        link: &link,
        share: &share,
        password: stretched.as_ref(),
    };
    let key = |purpose| SecretKey::from_scalar(opening_key(id, &halves, purpose).expose());
    let (sealed_key, terms_key) = (key(Purpose::Sealed), key(Purpose::Manifest));
    let (header, keys) =
        cipher::new_header(&[sealed_key.recipient()]).map_err(Failure::unexpected)?;
    let verifier = stretched.map(|key| split::password_verifier(id, &link, &key));
    let slot = Slot {
        link: Some(link),
        share: Some(share),
        upload_token: Some(draw()?),
        grant_key: None,
        file_key: Some(Secret::from_bytes(*keys.file_key.expose())),
        terms_recipient: Some(Secret::from_bytes(terms_key.public_bytes())),
    };
    let verifier_digest = verifier.map(|verifier| Sha256::of(&[verifier.expose()]));
    Ok((slot, header, verifier_digest))
}

/// For how long, how many downloads, and in which engagement, as it was asked for at the beginning.
fn ordered(transfer: &Transfer) -> Option<((u64, u32), Option<EngagementId>)> {
    transfer.facts().find_map(|fact| {
        if let Fact::SendBegun {
            expiry_seconds,
            downloads,
            engagement,
            ..
        } = fact
        {
            Some(((*expiry_seconds, *downloads), *engagement))
        } else {
            None
        }
    })
}

fn too_long(error: &LayoutError) -> Failure {
    Failure::new(Kind::Policy, phrase!("too-long-to-send")).because(error.clone())
}
