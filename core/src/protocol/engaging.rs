//! What the parties of an engagement ask and are told.
//!
//! ```text
//! {"deed":"agree","version":1}    {"deed":"cut","member":"SHA256:…"}    {"deed":"freeze"}
//! ```
//!
//! Promises: the relay learns who the parties are, when it ends, after how long without use, from which
//! addresses and up to which size; the rules themselves travel sealed. Spec: `docs/protocol.md`,
//! "Engagements".

use serde::{Deserialize, Serialize};

use super::{Access, Status};
use crate::digest::Sha256;
use crate::engagement::{EngagementId, Policy, Standing, State};
use crate::keys::Fingerprint;
use crate::time::Timestamp;
use crate::transfer::TransferId;

/// Largest sealed rules: names and digests of documents, a purpose, networks.
pub const RULES_BYTES_MAX: usize = 64 * 1024;
/// Engagements in one page of a list: each has up to fifty members.
pub const PAGE_ENGAGEMENTS: usize = 10;
/// Transfers in one page of an engagement's: each has up to a hundred recipients.
pub const PAGE_ENGAGED: usize = 15;
/// Lines in one page of an engagement's access log.
pub const PAGE_ACCESSES: usize = 200;

/// Opens an engagement for the client who signs. Repeating it with the same content changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Open {
    /// 16 random bytes, hex.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: EngagementId,
    /// What the relay goes by.
    pub policy: Policy,
}

/// The engagement an invite is for, and its rules, sealed to the invite's card key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proposed {
    /// The engagement.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: EngagementId,
    /// An age file, base64url, at most [`RULES_BYTES_MAX`] bytes.
    pub rules: String,
}

/// What a party does in an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "lowercase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Deed {
    /// A member agrees to the first rules it was shown.
    Agree {
        /// Their version.
        version: u32,
    },
    /// The owner signs what a member agreed to.
    Confirm {
        /// The member.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        member: Fingerprint,
    },
    /// A member's access is taken away, by the owner or itself.
    Cut {
        /// The member.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        member: Fingerprint,
    },
    /// The owner gives it back.
    Admit {
        /// The member.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        member: Fingerprint,
    },
    /// Nobody claims or sends for now.
    Freeze {},
    /// It goes on.
    Thaw {},
    /// The owner ends it; every transfer in it is revoked.
    End {},
    /// The owner is handed the access log of what has ended, and the relay states that, once.
    Export {},
    /// Other rules.
    Propose {
        /// What the relay would go by.
        policy: Policy,
        /// An age file to every party, base64url, at most [`RULES_BYTES_MAX`] bytes.
        rules: String,
    },
    /// Agrees to rules that are proposed.
    Accept {
        /// SHA-256 of their age file, hex.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        digest: Sha256,
    },
}

/// A member as the relay knows it. A member is shown itself only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberStatus {
    /// Fingerprint of its request key.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub key: Fingerprint,
    /// When it joined.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub joined_at: Timestamp,
    /// How far it is.
    pub standing: Standing,
    /// The version of the rules it agreed to; 0 before it did.
    pub version: u32,
    /// Whether its access was taken away.
    pub is_cut: bool,
    /// When it last claimed or sent, or was confirmed or admitted.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub used_at: Timestamp,
    /// When its access ends, or ended, if it does nothing.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub idle_at: Timestamp,
}

/// Rules that are proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposalStatus {
    /// SHA-256 of their age file.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub digest: Sha256,
    /// Who proposes.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub by: Fingerprint,
    /// What the relay would go by.
    pub policy: Policy,
    /// Who has agreed.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub agreed: Vec<Fingerprint>,
    /// The age file, base64url; empty in a list.
    pub rules: String,
}

/// An engagement as a party sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngagementStatus {
    /// The engagement.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: EngagementId,
    /// The client's request key.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub owner: Fingerprint,
    /// When it was opened.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub created_at: Timestamp,
    /// Where in its life it is.
    pub state: State,
    /// The version of the rules in force.
    pub version: u32,
    /// What the relay goes by.
    pub policy: Policy,
    /// When the client ended it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub ended_at: Option<Timestamp>,
    /// Who froze it, while it is frozen.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub frozen_by: Option<Fingerprint>,
    /// Since when it is frozen.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub frozen_at: Option<Timestamp>,
    /// The members; for a member itself alone.
    pub members: Vec<MemberStatus>,
    /// What is proposed.
    pub proposal: Option<ProposalStatus>,
}

/// A page of the engagements of whoever asks, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Engagements {
    /// The engagements.
    pub engagements: Vec<EngagementStatus>,
    /// Whether more follow behind the last one.
    pub has_more: bool,
}

/// A transfer of an engagement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngagedTransfer {
    /// Who sent it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sender: Fingerprint,
    /// How it stands, with its recipients and without its parts.
    pub status: Status,
}

/// A page of the transfers of an engagement, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngagedTransfers {
    /// The transfers; for a member those it sent or may claim.
    pub transfers: Vec<EngagedTransfer>,
    /// Whether more follow behind the last one.
    pub has_more: bool,
}

/// A line of the access log of an engagement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngagementAccess {
    /// Grows from line to line.
    pub number: u64,
    /// The transfer it is about, if it is about one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub transfer: Option<TransferId>,
    /// The member it is about, where that is another than who acted.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub member: Option<Fingerprint>,
    /// What, when, from where.
    #[serde(flatten)]
    pub access: Access,
}

/// A page of the access log of an engagement, oldest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngagementActivity {
    /// The lines; for a member its own.
    pub log: Vec<EngagementAccess>,
    /// Whether more follow behind the last one.
    pub has_more: bool,
}

/// An access log as it is exported: each line in JSON, and LF.
pub fn to_lines(log: &[EngagementAccess]) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in log {
        serde_json::to_writer(&mut lines, line).expect("a line holds only what JSON can say");
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_takes_no_other_field() {
        let read = |text: &str| serde_json::from_str::<Deed>(text);
        assert_eq!(read(r#"{"deed":"freeze"}"#).unwrap(), Deed::Freeze {});
        assert_eq!(
            read(r#"{"deed":"agree","version":1}"#).unwrap(),
            Deed::Agree { version: 1 }
        );
        for text in [
            r#"{"deed":"freeze","member":null}"#,
            r#"{"deed":"agree"}"#,
            r#"{"deed":"agree","version":1,"version":1}"#,
            r#"{"deed":"melt"}"#,
            "{}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
