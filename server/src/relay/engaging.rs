//! Engagements: opened, looked at, changed by their parties.
//!
//! Promises: whoever is no party is told what an unknown engagement is told; a member sees itself and
//! what it sent or may claim; once a freeze, a cut or an end is answered, nothing more is sent to or
//! taken from whom it meant. It does not read rules, which are sealed.

use std::sync::Arc;

use quitus_core::digest::Sha256;
use quitus_core::engagement::{Act, Engagement, EngagementId, Member, PolicyError};
use quitus_core::keys::Fingerprint;
use quitus_core::protocol::{
    Deed, EngagedTransfer, EngagedTransfers, EngagementActivity, EngagementStatus, Engagements,
    MemberStatus, Open, PAGE_ACCESSES, PAGE_ENGAGED, PAGE_ENGAGEMENTS, ProposalStatus,
    RULES_BYTES_MAX, to_lines,
};
use quitus_core::statement::AccessExported;
use quitus_core::text;
use quitus_core::time::Timestamp;
use quitus_core::transfer::TransferId;

use super::overseeing::{listed, status_of};
use super::{Refused, Relay, Signed, to_the_end};
use crate::caller::Caller;
use crate::records::{Changed, Deeds, EngagementRow, Exported, NewEngagement, RecordsError, Spend};

impl Relay {
    /// Opens an engagement for the client who signed.
    pub async fn open_engagement(&self, signed: Signed, request: Open) -> Result<(), Refused> {
        let now = self.sure_now();
        let now = now.and_then(|now| request.policy.check(now).map_err(bounds).map(|()| now));
        let created_at = self.spent_anyway(&signed, now).await?;
        let new = NewEngagement {
            id: request.id,
            engagement: Engagement::new(signed.signer.clone(), request.policy),
            request_digest: signed.body_digest,
            needs_account: !self.bounds.is_open,
            created_at,
        };
        self.records.open_engagement(signed.spend, new).await?;
        tracing::info!(engagement = request.id.short(), "an engagement was opened");
        Ok(())
    }

    /// How an engagement stands, for a party.
    pub async fn engagement(
        &self,
        signed: Signed,
        id: EngagementId,
    ) -> Result<EngagementStatus, Refused> {
        self.records.spend(signed.spend.clone()).await?;
        let row = self.party(&signed, id).await?;
        Ok(shown(&row, &signed.signer, self.now()))
    }

    /// The engagements of whoever signed, behind the one named.
    pub async fn engagements(
        &self,
        signed: Signed,
        after: Option<EngagementId>,
    ) -> Result<Engagements, Refused> {
        self.records.spend(signed.spend).await?;
        let (key, now) = (signed.signer, self.now());
        let page = (after, PAGE_ENGAGEMENTS + 1);
        let mut rows = self.records.engagements(key.clone(), page).await?;
        let has_more = rows.len() > PAGE_ENGAGEMENTS;
        rows.truncate(PAGE_ENGAGEMENTS);
        Ok(Engagements {
            engagements: rows.iter().map(|row| shown(row, &key, now)).collect(),
            has_more,
        })
    }

    /// Does what a party asks.
    pub async fn act(
        self: Arc<Self>,
        signed: Signed,
        id: EngagementId,
        deed: Deed,
    ) -> Result<EngagementStatus, Refused> {
        let checked = self.deeds(&signed, deed);
        let (mut deeds, now) = self.spent_anyway(&signed, checked).await?;
        if deeds.deed == (Deed::Export {}) {
            let exported = self.export(&signed, id).await;
            deeds.exported = Some(self.spent_anyway(&signed, exported).await?);
        }
        let relay = Arc::clone(&self);
        to_the_end(async move { relay.change(signed.spend, id, (deeds, now)).await }).await?;
        let row = self.records.engagement(id).await?.ok_or(Refused::Gone)?;
        Ok(shown(&row, &signed.signer, now))
    }

    /// Records a deed, and cuts what it ends.
    async fn change(
        &self,
        spend: Spend,
        id: EngagementId,
        (deeds, now): (Deeds, Timestamp),
    ) -> Result<(), Refused> {
        let is_end = matches!(deeds.deed, Deed::End {});
        let changed = self.records.act(spend, id, deeds, now).await?;
        self.stated.notify_one();
        // Whoever asks from now on finds it changed; whoever asked before is cut here.
        self.cut_engaged(&changed);
        if is_end {
            self.owed.notify_one();
        }
        tracing::info!(engagement = id.short(), "an engagement changed");
        Ok(())
    }

    /// A deed with its rules in bytes, if it is within bounds.
    fn deeds(&self, signed: &Signed, deed: Deed) -> Result<(Deeds, Timestamp), Refused> {
        let now = self.sure_now()?;
        let rules = if let Deed::Propose { policy, rules } = &deed {
            policy.check(now).map_err(bounds)?;
            Some(sealed_rules(rules)?)
        } else {
            None
        };
        let instruction = signed.instruction;
        let deeds = Deeds {
            deed,
            rules,
            instruction,
            exported: None,
        };
        Ok((deeds, now))
    }

    /// What the owner of an engagement is handed as its access log: its lines until now.
    async fn export(&self, signed: &Signed, id: EngagementId) -> Result<Exported, Refused> {
        let row = self.party(signed, id).await?;
        if row.engagement.owner() != &signed.signer {
            return Err(RecordsError::Forbidden.into());
        }
        let mut digest = Sha256::stream();
        let (mut last, mut n_lines) = (0, 0);
        let (mut from, mut until) = (row.created_at, row.created_at);
        loop {
            let page = (last, PAGE_ACCESSES);
            let log = self.records.engagement_activity(id, None, page).await?;
            let (Some(first), Some(end)) = (log.first(), log.last()) else {
                break;
            };
            if n_lines == 0 {
                from = first.access.at;
            }
            (last, until) = (end.number, end.access.at);
            n_lines += log.len() as u64;
            digest.add(&to_lines(&log));
        }
        Ok(Exported {
            facts: AccessExported {
                from,
                until,
                n_lines,
            },
            digest: digest.end(),
        })
    }

    fn cut_engaged(&self, changed: &Changed) {
        for id in &changed.cut {
            match &changed.whose {
                None => {
                    self.downloads.cut(id);
                    self.uploads.cut(id);
                }
                Some(key) => {
                    self.downloads.cut_of(id, key);
                    self.uploads.cut_of(id, key);
                }
            }
        }
    }

    /// Cuts what runs in engagements that came to their end date. Called every second or so.
    pub(super) async fn close_engagements(&self) -> Result<(), Refused> {
        for id in self.records.close_engagements(self.sure_now()?).await? {
            self.downloads.cut(&id);
            self.uploads.cut(&id);
        }
        Ok(())
    }

    /// Cuts whoever has not used an engagement for too long. Called every second or so.
    pub(super) async fn cut_idle(&self) -> Result<(), Refused> {
        for changed in self.records.cut_idle(self.sure_now()?).await? {
            self.cut_engaged(&changed);
            self.stated.notify_one();
        }
        Ok(())
    }

    /// The transfers of an engagement behind the one named; for a member those it has to do with.
    pub async fn engaged(
        &self,
        signed: Signed,
        id: EngagementId,
        after: Option<TransferId>,
    ) -> Result<EngagedTransfers, Refused> {
        self.records.spend(signed.spend.clone()).await?;
        let row = self.party(&signed, id).await?;
        let (of, now) = (only_own(&row.engagement, &signed.signer), self.now());
        let page = (after, PAGE_ENGAGED + 1);
        let mut rows = self.records.engaged(id, of.clone(), page).await?;
        let has_more = rows.len() > PAGE_ENGAGED;
        rows.truncate(PAGE_ENGAGED);
        let shown = rows.iter().map(|(id, row)| {
            let mut status = status_of(*id, row, now);
            let may_see = of.as_ref().is_none_or(|key| *key == row.owner);
            status.recipients = listed(&row.life)
                .filter(|seat| may_see || Some(&seat.recipient) == of.as_ref())
                .collect();
            let sender = row.owner.clone();
            EngagedTransfer { sender, status }
        });
        Ok(EngagedTransfers {
            transfers: shown.collect(),
            has_more,
        })
    }

    /// The access log of an engagement behind a line; for a member its own lines.
    pub async fn engagement_activity(
        &self,
        signed: Signed,
        id: EngagementId,
        after: u64,
    ) -> Result<EngagementActivity, Refused> {
        self.records.spend(signed.spend.clone()).await?;
        let row = self.party(&signed, id).await?;
        let of = only_own(&row.engagement, &signed.signer);
        let page = (after, PAGE_ACCESSES + 1);
        let mut log = self.records.engagement_activity(id, of, page).await?;
        let has_more = log.len() > PAGE_ACCESSES;
        log.truncate(PAGE_ACCESSES);
        Ok(EngagementActivity { log, has_more })
    }

    /// Refuses somebody whom the engagement of a transfer does not let do something now.
    pub(super) async fn check_engaged(
        &self,
        engagement: Option<EngagementId>,
        (who, caller): (&Fingerprint, &Caller),
        act: Act,
    ) -> Result<(), Refused> {
        let Some(id) = engagement else {
            return Ok(());
        };
        let row = self.records.engagement(id).await?.ok_or(Refused::Gone)?;
        let by = (who, caller.address);
        Ok(row.engagement.check(by, act, self.sure_now()?)?)
    }

    /// The engagement of an id, if whoever signed is a party.
    async fn party(&self, signed: &Signed, id: EngagementId) -> Result<EngagementRow, Refused> {
        let row = self.records.engagement(id).await?.ok_or(Refused::Gone)?;
        let is_party = row.engagement.is_party(&signed.signer);
        is_party.then_some(row).ok_or(Refused::Gone)
    }
}

/// Sealed rules in their bytes.
pub(super) fn sealed_rules(rules: &str) -> Result<Vec<u8>, Refused> {
    let field = "rules";
    text::from_base64url_vec(rules, RULES_BYTES_MAX).map_err(|_| Refused::Field { field })
}

fn bounds(_: PolicyError) -> Refused {
    Refused::Field { field: "policy" }
}

/// Whose lines and transfers a party is shown: a member's own, everybody's to the owner.
fn only_own(engagement: &Engagement, who: &Fingerprint) -> Option<Fingerprint> {
    (engagement.owner() != who).then(|| who.clone())
}

fn shown(row: &EngagementRow, to: &Fingerprint, now: Timestamp) -> EngagementStatus {
    let engagement = &row.engagement;
    let of = only_own(engagement, to);
    let is_shown = |member: &&Member| of.as_ref().is_none_or(|key| *key == member.key);
    let members = engagement.members().iter().filter(is_shown);
    let frozen = engagement.frozen();
    EngagementStatus {
        id: row.id,
        owner: engagement.owner().clone(),
        created_at: row.created_at,
        state: engagement.state(now),
        version: engagement.version(),
        policy: engagement.policy().clone(),
        ended_at: engagement.ended_at(),
        frozen_by: frozen.map(|freeze| freeze.by.clone()),
        frozen_at: frozen.map(|freeze| freeze.at),
        members: members
            .map(|member| member_shown(engagement, member))
            .collect(),
        proposal: proposal_shown(row),
    }
}

fn member_shown(engagement: &Engagement, member: &Member) -> MemberStatus {
    MemberStatus {
        key: member.key.clone(),
        joined_at: member.joined_at,
        standing: member.standing,
        version: member.version,
        is_cut: member.is_cut,
        used_at: member.used_at,
        idle_at: member.idle_at(engagement.policy()),
    }
}

fn proposal_shown(row: &EngagementRow) -> Option<ProposalStatus> {
    let proposal = row.engagement.proposal()?;
    let rules = row.rules.as_deref().unwrap_or_default();
    let is_its = Sha256::of(&[rules]) == proposal.digest;
    Some(ProposalStatus {
        digest: proposal.digest,
        by: proposal.by.clone(),
        policy: proposal.policy.clone(),
        agreed: proposal.agreed.clone(),
        rules: text::base64url(if is_its { rules } else { &[] }),
    })
}
