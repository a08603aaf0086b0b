//! What client and relay say to each other: routes, bodies, limits, refusals, signed requests.
//!
//! ```text
//! POST /v1/transfers                         signed        Create    -> Created
//! GET  /v1/transfers/{id}                    signed                  -> Status
//! PUT  /v1/transfers/{id}/parts/{index}      upload token  bytes     -> 204
//! PUT  /v1/transfers/{id}/manifest           signed        bytes     -> 204
//! POST /v1/transfers/{id}/complete           signed        Complete  -> 204
//! GET  /v1/transfers[?after={id}]            signed                  -> Transfers
//! POST /v1/transfers/{id}/extend             signed        Extend    -> 204
//! POST /v1/transfers/{id}/recipients         signed        Recipients -> 204
//! POST /v1/transfers/{id}/revoke             signed                  -> 204
//! GET  /v1/transfers/{id}/activity           signed                  -> Activity
//! GET  /v1/transfers/{id}/receipt            signed                  -> Receipt
//! GET  /v1/inbox[?after={id}]                signed                  -> Inbox
//! GET  /v1/transfers/{id}/envelope           signed                  -> Envelope
//! POST /v1/transfers/{id}/claim              grant key     Claim     -> Granted
//! POST /v1/transfers/{id}/claim              signed        Claim     -> Granted
//! GET  /v1/transfers/{id}/manifest           grant key               -> bytes
//! GET  /v1/transfers/{id}/parts/{index}      grant key               -> bytes
//! POST /v1/transfers/{id}/done               grant key               -> 204
//! POST /v1/statements                         signed        State     -> Logged
//! GET  /v1/statements?transfer={id}|engagement={id}[&from={n}]  signed  -> Statements
//! POST /v1/log/cosignatures                  signed        Cosign    -> 204
//! GET  /v1/log/cosigned?index={n}                                     -> Cosigned
//! GET  /log/checkpoint                                                -> note
//! GET  /log/tile/…                                                    -> bytes
//! POST /v1/invites                           signed        Invite    -> Created
//! GET  /v1/invites[?after={id}]              signed                  -> Invites
//! POST /v1/invites/{id}/redeem               signed        Redeem    -> Redeemed
//! ```
//!
//! Promises: bodies are JSON with known fields only; a refusal is `{"error":{"code","message"}}`
//! with a code of [`RefusalCode`]. It does not speak HTTP. Sources: RFC 9110, RFC 6750 for
//! `Authorization: Bearer`, PROTOCOL.sshsig for signed requests.

mod engaging;
mod enrolling;
mod logging;
mod overseeing;
mod receiving;
mod refusal;
mod request;
pub mod route;
mod sending;
mod stating;

pub use engaging::{
    Deed, EngagedTransfer, EngagedTransfers, EngagementAccess, EngagementActivity,
    EngagementStatus, Engagements, MemberStatus, Open, PAGE_ACCESSES, PAGE_ENGAGED,
    PAGE_ENGAGEMENTS, ProposalStatus, Proposed, RULES_BYTES_MAX, to_lines,
};
pub use enrolling::{
    INVITE_LIFE_MAX, Invite, InviteState, InviteStatus, Invites, Joiner, PAGE_INVITES, Redeem,
    Redeemed, SEALED_CARD_BYTES_MAX,
};
pub use logging::{Cosign, Cosigned, PAGE_CHECKPOINTS};
pub use overseeing::{Access, Activity, GrantStatus, Happening, Receipt};
pub use receiving::{Claim, Envelope, Granted, Inbox, Waiting};
pub use refusal::{Refusal, RefusalBody, RefusalCode};
pub use request::{
    REQUEST_SKEW, RequestError, RequestLine, SIGNED_SCHEME, SignedRequest, bearer, sign_request,
    verify_request,
};
pub use sending::{
    Complete, Create, Created, Extend, HeldPart, RECIPIENTS_MAX, RecipientStatus, Recipients,
    Status, StatusPhase, Transfers,
};
pub use stating::{
    Logged, LoggedStatement, PAGE_STATEMENTS, SEALED_STATEMENT_BYTES_MAX, State, Statements,
};

/// Largest sealed manifest: about 200,000 files with long names.
pub const MANIFEST_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest sealed terms or envelope: recipients and limits of one transfer.
pub const TERMS_BYTES_MAX: usize = 64 * 1024;
/// Largest JSON body: a header and terms in base64, and small fields.
pub const JSON_BYTES_MAX: usize = 256 * 1024;
/// Transfers in one page of a list.
pub const PAGE_TRANSFERS: usize = 100;
/// The version of the protocol that is described here.
pub const PROTOCOL: u32 = 1;
/// The header in which every answer of a relay names the newest version it speaks, in decimal.
pub const PROTOCOL_HEADER: &str = "quitus-protocol";
/// The header in which a part's uploader states the BLAKE3 of the body, in hex.
pub const DIGEST_HEADER: &str = "quitus-digest";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_doubled_fields_are_refused() {
        for body in [
            r#"{"claim":"AA","extra":1}"#,
            r#"{"claim":"AA","claim":"AA"}"#,
            r#"{"claim":"AA","grantKey":"AA","grantKey":"AA"}"#,
            r#"{"claim":1}"#,
            "{}",
            "[]",
        ] {
            assert!(serde_json::from_str::<Claim>(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_bearer_claim_and_create_have_no_word_of_recipients() {
        let claim: Claim = serde_json::from_str(r#"{"claim":"AA","verifier":null}"#).expect("one");
        let text = serde_json::to_string(&claim).expect("plain data");
        assert_eq!(text, r#"{"claim":"AA","verifier":null}"#);
    }
}
