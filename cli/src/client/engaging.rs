//! What the parties of an engagement ask.

use quitus_core::engagement::EngagementId;
use quitus_core::keys::SigningKey;
use quitus_core::protocol::{
    Deed, EngagedTransfer, EngagedTransfers, EngagementAccess, EngagementActivity,
    EngagementStatus, Open, route,
};

use super::{Client, json, repeat};
use crate::failure::Failure;

impl Client<'_> {
    /// Opens an engagement.
    pub fn open_engagement(&self, key: &SigningKey, open: &Open) -> Result<(), Failure> {
        let body = json(open);
        repeat(|| self.signed("POST", route::ENGAGEMENTS, key, &body)).map(drop)
    }

    /// How an engagement stands.
    pub fn engagement(
        &self,
        id: &EngagementId,
        key: &SigningKey,
    ) -> Result<EngagementStatus, Failure> {
        let path = route::engagement(id);
        let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
        self.parse(answer)
    }

    /// Does something in an engagement.
    pub fn act(
        &self,
        id: &EngagementId,
        key: &SigningKey,
        deed: &Deed,
    ) -> Result<EngagementStatus, Failure> {
        let (path, body) = (route::deeds(id), json(deed));
        let answer = repeat(|| self.signed("POST", &path, key, &body))?;
        self.parse(answer)
    }

    /// Every transfer of an engagement that whoever asks may see, newest first.
    pub fn engaged(
        &self,
        id: &EngagementId,
        key: &SigningKey,
    ) -> Result<Vec<EngagedTransfer>, Failure> {
        let mut all: Vec<EngagedTransfer> = Vec::new();
        loop {
            let last = all.last().map(|transfer| transfer.status.id);
            let path = route::engaged_after(id, last.as_ref());
            let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
            let page: EngagedTransfers = self.parse(answer)?;
            let is_last = !page.has_more || page.transfers.is_empty();
            all.extend(page.transfers);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// The access log of an engagement, as far as whoever asks may see it, oldest first.
    pub fn engagement_activity(
        &self,
        id: &EngagementId,
        key: &SigningKey,
        after: u64,
    ) -> Result<Vec<EngagementAccess>, Failure> {
        let mut all: Vec<EngagementAccess> = Vec::new();
        loop {
            let after = all.last().map_or(after, |line| line.number);
            let path = route::engagement_activity(id, after);
            let answer = repeat(|| self.signed("GET", &path, key, &[]))?;
            let page: EngagementActivity = self.parse(answer)?;
            let is_last = !page.has_more || page.log.is_empty();
            all.extend(page.log);
            if is_last {
                return Ok(all);
            }
        }
    }
}
