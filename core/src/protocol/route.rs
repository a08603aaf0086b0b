//! Paths of the routes.

use crate::engagement::EngagementId;
use crate::invite::InviteId;
use crate::parts::PartIndex;
use crate::tlog::KeyName;
use crate::tlog::tile::Tile;
use crate::transfer::TransferId;

/// Create.
pub const TRANSFERS: &str = "/v1/transfers";
/// What waits for a recipient.
pub const INBOX: &str = "/v1/inbox";
/// Invite, and the invites of an account.
pub const INVITES: &str = "/v1/invites";
/// Open an engagement, and the engagements of whoever asks.
pub const ENGAGEMENTS: &str = "/v1/engagements";

/// State, and what was stated.
pub const STATEMENTS: &str = "/v1/statements";
/// The last checkpoint of the log.
pub const CHECKPOINT: &str = "/log/checkpoint";
/// Cosignatures of checkpoints.
pub const COSIGNATURES: &str = "/v1/log/cosignatures";
/// Checkpoints that parties signed.
pub const COSIGNED: &str = "/v1/log/cosigned";

/// A tile of the log.
pub fn tile(tile: &Tile) -> String {
    format!("/log/{tile}")
}

/// Statements about a transfer, from an entry of the log on.
pub fn statements_of_transfer(id: &TransferId, from: u64) -> String {
    format!("{STATEMENTS}?transfer={id}&from={from}")
}

/// Statements in an engagement, from an entry of the log on.
pub fn statements_of_engagement(id: &EngagementId, from: u64) -> String {
    format!("{STATEMENTS}?engagement={id}&from={from}")
}

/// The checkpoints that cover an entry and that a witness, or anyone, signed.
pub fn cosigned(index: u64, witness: Option<&KeyName>) -> String {
    let by = witness.map(|name| format!("&witness={name}"));
    format!("{COSIGNED}?index={index}{}", by.unwrap_or_default())
}

/// Status.
pub fn transfer(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}")
}

/// Put and get a part.
pub fn part(id: &TransferId, part: PartIndex) -> String {
    format!("{TRANSFERS}/{id}/parts/{}", part.0)
}

/// Put and get the sealed manifest.
pub fn manifest(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/manifest")
}

/// Complete.
pub fn complete(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/complete")
}

/// Extend.
pub fn extend(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/extend")
}

/// Revoke.
pub fn revoke(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/revoke")
}

/// What happened to a transfer.
pub fn activity(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/activity")
}

/// The statement of its destruction.
pub fn receipt(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/receipt")
}

/// The sender's transfers, a page of them behind the one named.
pub fn transfers_after(id: Option<&TransferId>) -> String {
    id.map_or_else(
        || TRANSFERS.to_owned(),
        |id| format!("{TRANSFERS}?after={id}"),
    )
}

/// The transfers that wait for whoever asks, a page of them behind the one named.
pub fn inbox_after(id: Option<&TransferId>) -> String {
    id.map_or_else(|| INBOX.to_owned(), |id| format!("{INBOX}?after={id}"))
}

/// The envelope of a recipient-bound transfer.
pub fn envelope(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/envelope")
}

/// The recipients of a recipient-bound transfer.
pub fn recipients(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/recipients")
}

/// The invites of whoever asks, a page of them behind the one named.
pub fn invites_after(id: Option<&InviteId>) -> String {
    id.map_or_else(|| INVITES.to_owned(), |id| format!("{INVITES}?after={id}"))
}

/// Redeem.
pub fn redeem(id: &InviteId) -> String {
    format!("{INVITES}/{id}/redeem")
}

/// Claim.
pub fn claim(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/claim")
}

/// Done.
pub fn done(id: &TransferId) -> String {
    format!("{TRANSFERS}/{id}/done")
}

/// How an engagement stands.
pub fn engagement(id: &EngagementId) -> String {
    format!("{ENGAGEMENTS}/{id}")
}

/// What a party does.
pub fn deeds(id: &EngagementId) -> String {
    format!("{ENGAGEMENTS}/{id}/deeds")
}

/// The engagements of whoever asks, a page of them behind the one named.
pub fn engagements_after(id: Option<&EngagementId>) -> String {
    id.map_or_else(
        || ENGAGEMENTS.to_owned(),
        |id| format!("{ENGAGEMENTS}?after={id}"),
    )
}

/// The transfers of an engagement, a page of them behind the one named.
pub fn engaged_after(id: &EngagementId, after: Option<&TransferId>) -> String {
    let path = format!("{ENGAGEMENTS}/{id}/transfers");
    after.map_or_else(|| path.clone(), |after| format!("{path}?after={after}"))
}

/// The access log of an engagement, a page of it behind a line.
pub fn engagement_activity(id: &EngagementId, after: u64) -> String {
    format!("{ENGAGEMENTS}/{id}/activity?after={after}")
}
