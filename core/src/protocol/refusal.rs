//! Why a relay refuses.

use serde::{Deserialize, Serialize};

/// Why a relay refuses; the code is stable, the message is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RefusalCode {
    /// 404. Unknown, expired, used or revoked: one answer for all.
    Gone,
    /// 403. The claim credential is right; a password is missing or wrong.
    Password,
    /// 403. The claim credential is right; too many wrong passwords were tried.
    Frozen,
    /// 403. The account may not do this, or nothing any more.
    Forbidden,
    /// 403. The rules of the engagement are not signed by both sides.
    NotEngaged,
    /// 403. The engagement is frozen.
    Suspended,
    /// 403. The engagement has ended.
    Ended,
    /// 403. The member's access to the engagement was taken away, or not used for too long.
    Deactivated,
    /// 403. The engagement allows other addresses only.
    Address,
    /// 410. The token is right; another key has redeemed the invite.
    Used,
    /// 404. The transfer is not destroyed yet, so there is no statement.
    NoReceipt,
    /// 400. The request is not well formed.
    Malformed,
    /// 401. No credential, or one that does not verify.
    Unauthorized,
    /// 404. No such route.
    NoRoute,
    /// 405. The route exists for other methods.
    Method,
    /// 408. The body came too slowly.
    TooSlow,
    /// 409. The transfer holds something else under that name, or is in another phase.
    Conflict,
    /// 409. Parts or manifest are missing, or the sealed digest is another.
    Incomplete,
    /// 411. A body without `Content-Length`.
    LengthRequired,
    /// 413. The body is longer than the limit.
    TooLarge,
    /// 415. The body is not of the type the route takes.
    MediaType,
    /// 422. A value is out of its bounds.
    Bounds,
    /// 422. A part has another length than its number demands.
    WrongLength,
    /// 422. The body's digest is not the stated one.
    WrongDigest,
    /// 422. The header is not one of age v1, or has no payload nonce.
    WrongHeader,
    /// 429. Too many requests.
    TooMany,
    /// 500. The relay failed.
    Internal,
    /// 503. The relay cannot answer now.
    Unavailable,
    /// 507. The relay has no room.
    NoRoom,
}

/// The body of every refusal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refusal {
    /// What was refused.
    pub error: RefusalBody,
}

/// Code and message of a refusal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusalBody {
    /// The stable code.
    pub code: RefusalCode,
    /// A sentence for people, in English.
    pub message: String,
}
