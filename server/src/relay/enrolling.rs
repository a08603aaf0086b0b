//! Invites: made by clients, redeemed once, listed for whoever made them.
//!
//! Promises: a wrong token is told what an unknown invite is told; a token is compared in constant
//! time, and is in no record. It reads no card. Operators invite beside it: `quitus-relay invite`.

use core::time::Duration;

use quitus_core::digest::Sha256;
use quitus_core::invite::InviteId;
use quitus_core::protocol::{
    Created, INVITE_LIFE_MAX, Invite, Invites, PAGE_INVITES, Proposed, Redeem, Redeemed,
    SEALED_CARD_BYTES_MAX,
};
use quitus_core::text;

use super::downloading::credential;
use super::engaging::sealed_rules;
use super::{Refused, Relay, Signed};
use crate::records::{Inviter, NewInvite, SealedCard, SealedRules};

impl Relay {
    /// Makes an invite for the account that signed.
    pub async fn invite(&self, signed: Signed, request: Invite) -> Result<Created, Refused> {
        let card = sealed_card(&request.card, &request.mac).and_then(|card| {
            check_life(request.expiry_seconds)?;
            let engagement = request.engagement.as_ref().map(sealed).transpose()?;
            Ok((card, engagement, self.sure_now()?))
        });
        let (card, engagement, now) = self.spent_anyway(&signed, card).await?;
        let new = NewInvite {
            id: request.id,
            token_digest: request.token_digest,
            role: request.role,
            created_at: now,
            expires_at: now.after(Duration::from_secs(request.expiry_seconds)),
            inviter: Inviter::Account {
                spend: signed.spend,
                request_digest: signed.body_digest,
                card,
            },
            engagement,
        };
        let expires_at = self.records.invite(new).await?;
        Ok(Created { expires_at })
    }

    /// The invites of the account that signed, behind the one named.
    pub async fn invites(
        &self,
        signed: Signed,
        after: Option<InviteId>,
    ) -> Result<Invites, Refused> {
        self.records.spend(signed.spend).await?;
        let page = (after, PAGE_INVITES + 1);
        let invites = self.records.invites(signed.signer, page, self.now());
        let mut invites = invites.await?;
        let has_more = invites.len() > PAGE_INVITES;
        invites.truncate(PAGE_INVITES);
        Ok(Invites { invites, has_more })
    }

    /// Makes the key that signed an account, if the token is the invite's.
    pub async fn redeem(
        &self,
        signed: Signed,
        id: InviteId,
        request: Redeem,
    ) -> Result<Redeemed, Refused> {
        let card = self.redeemable(id, &request).await;
        let card = self.spent_anyway(&signed, card).await?;
        let now = self.sure_now()?;
        let key = signed.signer.clone();
        let welcome = self.records.redeem(signed.spend, id, card, now).await?;
        tracing::info!(%key, "an invite was redeemed");
        let (card, mac) = welcome.card.map(|card| (card.card, card.mac)).unzip();
        Ok(Redeemed {
            card: card.map(|card| text::base64url(&card)),
            mac: mac.map(|mac| text::base64url(&mac)),
            role: welcome.role,
            engagement: welcome.engagement.map(|sealed| Proposed {
                id: sealed.id,
                rules: text::base64url(&sealed.rules),
            }),
        })
    }

    /// The joiner's card, if the token is the invite's.
    async fn redeemable(&self, id: InviteId, request: &Redeem) -> Result<SealedCard, Refused> {
        let token = credential(&request.token, "token")?;
        let card = sealed_card(&request.card, &request.mac)?;
        let digest = self.records.invite_token(id).await?;
        // The same work for an invite that nobody made: no token has a digest of zeros.
        let nobodys = Sha256::from_bytes([0; 32]);
        let is_right = digest.unwrap_or(nobodys).verifies(token.as_slice());
        is_right.then_some(card).ok_or(Refused::Gone)
    }
}

fn sealed(proposed: &Proposed) -> Result<SealedRules, Refused> {
    let (id, rules) = (proposed.id, sealed_rules(&proposed.rules)?);
    Ok(SealedRules { id, rules })
}

fn check_life(seconds: u64) -> Result<(), Refused> {
    let max = INVITE_LIFE_MAX.as_secs();
    let bounds = Refused::Bounds {
        field: "expirySeconds",
        actual: seconds,
        min: 1,
        max,
    };
    (1..=max).contains(&seconds).then_some(()).ok_or(bounds)
}

fn sealed_card(card: &str, mac: &str) -> Result<SealedCard, Refused> {
    let field = "card";
    let card = text::from_base64url_vec(card, SEALED_CARD_BYTES_MAX)
        .map_err(|_| Refused::Field { field })?;
    let mac = text::from_base64url(mac).map_err(|_| Refused::Field { field: "mac" })?;
    Ok(SealedCard { card, mac })
}
