//! The words for roles, types, labels, methods and what was looked at.
//!
//! Promises: a text that a party signed is never replaced here: these words stand beside it, or in its place
//! only where it is letter for letter the fixed English sentence of a method.

use quitus_core::dossier::Label;
use quitus_core::statement::{Choice, CopyState, Decision, Facts, Kind, Method, Role};

use super::known::Known;
use crate::phrase;
use crate::words::Phrase;

/// All labels, the lowest first.
pub(super) const LABELS: [Label; 4] = [Label::L1, Label::L2, Label::L3, Label::L4];

/// A page is named after what the holder did; without that, after what it is.
pub(super) fn title(known: &Known<'_>) -> Phrase {
    let is_left = known.has(|facts| matches!(facts, Facts::DestructionByHolderIncomplete(_)));
    let is_done = known.has(|facts| matches!(facts, Facts::DestroyedByHolder(_)));
    match (is_done, is_left) {
        (true, _) => phrase!("record-title-destruction"),
        (false, true) => phrase!("record-title-incomplete"),
        (false, false) => phrase!("record-title-statements"),
    }
}

pub(super) fn role(role: Role) -> Phrase {
    match role {
        Role::Relay => phrase!("record-role-relay"),
        Role::Client => phrase!("record-role-client"),
        Role::Freelancer => phrase!("record-role-freelancer"),
        Role::Sender => phrase!("record-role-sender"),
        Role::Recipient => phrase!("record-role-recipient"),
    }
}

pub(super) fn kind(kind: Kind) -> Phrase {
    match kind {
        Kind::Received => phrase!("record-kind-received"),
        Kind::Delivered => phrase!("record-kind-delivered"),
        Kind::Revoked => phrase!("record-kind-revoked"),
        Kind::Expired => phrase!("record-kind-expired"),
        Kind::Destroyed => phrase!("record-kind-destroyed"),
        Kind::DestructionIncomplete => phrase!("record-kind-destruction-incomplete"),
        Kind::Deactivated => phrase!("record-kind-deactivated"),
        Kind::AccessLogExported => phrase!("record-kind-access-log-exported"),
        Kind::Returned => phrase!("record-kind-returned"),
        Kind::DestroyedByHolder => phrase!("record-kind-destroyed-by-holder"),
        Kind::Instructed => phrase!("record-kind-instructed"),
        Kind::AccessReviewed => phrase!("record-kind-access-reviewed"),
        Kind::Checked => phrase!("record-kind-checked"),
        Kind::CredentialsChanged => phrase!("record-kind-credentials-changed"),
        Kind::Acknowledged => phrase!("record-kind-acknowledged"),
        Kind::Accepted => phrase!("record-kind-accepted"),
        Kind::Engaged => phrase!("record-kind-engaged"),
        Kind::Amended => phrase!("record-kind-amended"),
        Kind::Frozen => phrase!("record-kind-frozen"),
        Kind::Thawed => phrase!("record-kind-thawed"),
        Kind::Corrected => phrase!("record-kind-corrected"),
    }
}

/// What a label means, for people.
pub(super) fn meaning(label: Label) -> Phrase {
    match label {
        Label::L1 => phrase!("record-label-1"),
        Label::L2 => phrase!("record-label-2"),
        Label::L3 => phrase!("record-label-3"),
        Label::L4 => phrase!("record-label-4"),
    }
}

pub(super) fn method(method: Method) -> Phrase {
    match method {
        Method::ShareErase => phrase!("record-method-share-erase"),
        Method::StoreDeleteVersion => phrase!("record-method-store-delete-version"),
        Method::AccessRevoke => phrase!("record-method-access-revoke"),
        Method::Unlink => phrase!("record-method-unlink"),
        Method::OverwriteAndUnlink => phrase!("record-method-overwrite-and-unlink"),
        Method::KeyErase => phrase!("record-method-key-erase"),
        Method::VolumeKeyErase => phrase!("record-method-volume-key-erase"),
        Method::DeviceSanitisedExternally => {
            phrase!("record-method-device-sanitised-externally")
        }
        Method::PaperDestroyed => phrase!("record-method-paper-destroyed"),
        Method::ThirdPartyDeletionRequested => {
            phrase!("record-method-third-party-deletion-requested")
        }
    }
}

/// The fixed sentence of what a method really does.
pub(super) fn effect(method: Method) -> Phrase {
    match method {
        Method::ShareErase => phrase!("record-effect-share-erase"),
        Method::StoreDeleteVersion => phrase!("record-effect-store-delete-version"),
        Method::AccessRevoke => phrase!("record-effect-access-revoke"),
        Method::Unlink => phrase!("record-effect-unlink"),
        Method::OverwriteAndUnlink => phrase!("record-effect-overwrite-and-unlink"),
        Method::KeyErase => phrase!("record-effect-key-erase"),
        Method::VolumeKeyErase => phrase!("record-effect-volume-key-erase"),
        Method::DeviceSanitisedExternally => {
            phrase!("record-effect-device-sanitised-externally")
        }
        Method::PaperDestroyed => phrase!("record-effect-paper-destroyed"),
        Method::ThirdPartyDeletionRequested => {
            phrase!("record-effect-third-party-deletion-requested")
        }
    }
}

pub(super) fn state(state: CopyState) -> Phrase {
    match state {
        CopyState::Destroyed => phrase!("record-state-destroyed"),
        CopyState::Retained => phrase!("record-state-retained"),
        CopyState::Left => phrase!("record-state-left"),
    }
}

pub(super) fn choice(choice: Choice) -> Phrase {
    match choice {
        Choice::Destroy => phrase!("record-choice-destroy"),
        Choice::Return => phrase!("record-choice-return"),
        Choice::Both => phrase!("record-choice-both"),
    }
}

pub(super) fn decision(decision: Decision) -> Phrase {
    match decision {
        Decision::Keep => phrase!("record-decision-keep"),
        Decision::Cut => phrase!("record-decision-cut"),
    }
}

/// Plain words for what was looked at; none for a code that is not known here.
pub(super) fn observed(code: &str) -> Option<Phrase> {
    Some(match code {
        "share.slot" => phrase!("record-observed-share-slot"),
        "objects.listed" => phrase!("record-observed-objects-listed"),
        "object.left" => phrase!("record-observed-object-left"),
        "attempt.failed" => phrase!("record-observed-attempt-failed"),
        "disk.encryption" => phrase!("record-observed-disk-encryption"),
        "parts.held" => phrase!("record-observed-parts-held"),
        "grant.end" => phrase!("record-observed-grant-end"),
        "grants.live" => phrase!("record-observed-grants-live"),
        "clock" => phrase!("record-observed-clock"),
        "versions.deleted" => phrase!("record-observed-versions-deleted"),
        "markers.deleted" => phrase!("record-observed-markers-deleted"),
        "uploads.aborted" => phrase!("record-observed-uploads-aborted"),
        "manifest.verified" => phrase!("record-observed-manifest-verified"),
        "engagement.state" => phrase!("record-observed-engagement-state"),
        "copies.found" => phrase!("record-observed-copies-found"),
        "copies.looked-again" => phrase!("record-observed-copies-looked-again"),
        "search.extent" => phrase!("record-observed-search-extent"),
        "unsearched" => phrase!("record-observed-unsearched"),
        "keys.slot" => phrase!("record-observed-keys-slot"),
        "keys.kept" => phrase!("record-observed-keys-kept"),
        "keys.left" => phrase!("record-observed-keys-left"),
        "lists.shortened" => phrase!("record-observed-lists-shortened"),
        "checklist" => phrase!("record-observed-checklist"),
        "member.used" => phrase!("record-observed-member-used"),
        "access-log.lines" => phrase!("record-observed-access-log-lines"),
        _ => return None,
    })
}

/// Plain words for what was there, of the results that are words of this program.
pub(super) fn result(code: &str, result: &str) -> Option<Phrase> {
    match (code, result) {
        ("share.slot", "zeros") => Some(phrase!("record-result-zeros")),
        ("objects.listed" | "grants.live" | "copies.found", "0") => {
            Some(phrase!("record-result-none"))
        }
        ("manifest.verified", "equal") => Some(phrase!("record-result-equal")),
        ("grant.end", "its holder said that everything was taken") => {
            Some(phrase!("record-result-confirmed"))
        }
        ("grant.end", "its time was over, and every part had been asked for") => {
            Some(phrase!("record-result-lease-ended"))
        }
        ("engagement.state", "ended: every access revoked, every transfer in it revoked") => {
            Some(phrase!("record-result-ended"))
        }
        ("checklist", "done") => Some(phrase!("record-result-done")),
        ("checklist", "waits") => Some(phrase!("record-result-waits")),
        _ => None,
    }
}

/// Plain words for what nobody looked at; none for a code that is not known here.
pub(super) fn not_covered(code: &str) -> Option<Phrase> {
    Some(match code {
        "copy-on-write" => phrase!("record-uncovered-copy-on-write"),
        "flash" => phrase!("record-uncovered-flash"),
        "snapshots" => phrase!("record-uncovered-snapshots"),
        "backups" => phrase!("record-uncovered-backups"),
        "keys-copies" => phrase!("record-uncovered-keys-copies"),
        "recipients" => phrase!("record-uncovered-recipients"),
        "content" => phrase!("record-uncovered-content"),
        "link-holder" => phrase!("record-uncovered-link-holder"),
        "recipient-disk" => phrase!("record-uncovered-recipient-disk"),
        "provider-copies" => phrase!("record-uncovered-provider-copies"),
        "provider-listing" => phrase!("record-uncovered-provider-listing"),
        "unlisted" => phrase!("record-uncovered-unlisted"),
        "other-devices" => phrase!("record-uncovered-other-devices"),
        "other-folders" => phrase!("record-uncovered-other-folders"),
        "other-forms" => phrase!("record-uncovered-other-forms"),
        "disk-snapshots" => phrase!("record-uncovered-disk-snapshots"),
        "former-blocks" => phrase!("record-uncovered-former-blocks"),
        "memory" => phrase!("record-uncovered-memory"),
        "open-files" => phrase!("record-uncovered-open-files"),
        "answers" => phrase!("record-uncovered-answers"),
        "tool" => phrase!("record-uncovered-tool"),
        "mounted-below" => phrase!("record-uncovered-mounted-below"),
        "streamed" => phrase!("record-uncovered-streamed"),
        "elsewhere" => phrase!("record-uncovered-elsewhere"),
        "who-typed" => phrase!("record-uncovered-who-typed"),
        _ => return None,
    })
}
