//! Every route for every role: what was decided, compared with what the relay answers.

use core::fmt::Write as _;

use quitus_core::engagement::EngagementId;
use quitus_core::invite::Role as AccountRole;
use quitus_core::keys::SigningKey;
use quitus_core::protocol::DIGEST_HEADER;
use quitus_core::text;
use serde_json::Value;

use super::engaging;
use super::enrolling::invitation;
use super::log::cosigned;
use super::world::{Sender, World, authorization, bearer, claim_signed, key_of};

/// Status codes by route and role. Where a transfer is named there are two: of one that whoever holds
/// the link may claim, and of one for keys.
const DECIDED: &str = include_str!("roles.txt");

/// Everybody there is. Whoever signs knows every claim credential: a signature has to be enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Shows nothing.
    Anonymous,
    /// Has the link of both transfers, which says something of one.
    LinkHolder,
    /// Is listed by the transfer for keys, and no account.
    Recipient,
    /// Owns both transfers, and is a client.
    Sender,
    /// A client who has nothing to do with them.
    OtherAccount,
    /// Owns both transfers, and was disabled.
    DisabledSender,
    /// Was listed by the transfer for keys, enrolled, and disabled.
    DisabledRecipient,
    /// Signs with the statement key of the relay itself.
    Operator,
}

const ROLES: [(Role, &str); 8] = [
    (Role::Anonymous, "anonymous"),
    (Role::LinkHolder, "link-holder"),
    (Role::Recipient, "recipient"),
    (Role::Sender, "sender"),
    (Role::OtherAccount, "other-account"),
    (Role::DisabledSender, "disabled-sender"),
    (Role::DisabledRecipient, "disabled-recipient"),
    (Role::Operator, "operator"),
];

/// The sender's, the recipient's, and another account's key.
const SENDER: u8 = 7;
const RECIPIENT: u8 = 8;
const OTHER: u8 = 9;
/// What they claimed with, and what nobody did.
const GRANT_OF_LINK: u8 = 1;
const GRANT_OF_RECIPIENT: u8 = 2;
const GRANT_OF_SENDER: u8 = 3;
const GRANT_OF_NOBODY: u8 = 5;

impl Role {
    fn key(self, world: &World) -> Option<SigningKey> {
        match self {
            Self::Anonymous | Self::LinkHolder => None,
            Self::Recipient | Self::DisabledRecipient => Some(key_of(RECIPIENT)),
            Self::Sender | Self::DisabledSender => Some(key_of(SENDER)),
            Self::OtherAccount => Some(key_of(OTHER)),
            Self::Operator => {
                let keys = world.data().join("keys");
                Some(crate::own_keys::open(&keys, crate::own_keys::OwnKey::Statement).unwrap())
            }
        }
    }

    const fn grant_key(self) -> u8 {
        match self {
            Self::LinkHolder => GRANT_OF_LINK,
            Self::Recipient | Self::DisabledRecipient => GRANT_OF_RECIPIENT,
            Self::Sender | Self::DisabledSender => GRANT_OF_SENDER,
            Self::Anonymous | Self::OtherAccount | Self::Operator => GRANT_OF_NOBODY,
        }
    }
}

/// Two transfers and whoever has to do with them, on a relay of its own for every role.
struct Scene {
    world: World,
    role: Role,
    transfers: [Sender; 2],
}

impl Scene {
    fn new(role: Role) -> Self {
        let world = World::closed();
        let (sender, recipient) = (key_of(SENDER), key_of(RECIPIENT));
        world.enrol(&sender, AccountRole::Client);
        world.enrol(&key_of(OTHER), AccountRole::Client);
        let opening = engaging::opening(&world);
        assert_eq!(engaging::open(&world, SENDER, &opening).status, 201);
        let mut transfers = [Sender::new(10), Sender::new(10)];
        transfers[1].recipients = vec![recipient.public().fingerprint()];
        for transfer in &mut transfers {
            transfer.downloads = 50;
            transfer.send(&world);
        }
        let [open, bound] = &transfers;
        assert_eq!(open.claimed(&world, GRANT_OF_LINK).status, 200);
        for (key, grant_key) in [(&recipient, GRANT_OF_RECIPIENT), (&sender, GRANT_OF_SENDER)] {
            let place = (&bound.id, &bound.claim);
            assert_eq!(claim_signed(&world, key, place, grant_key).status, 200);
        }
        match role {
            Role::DisabledSender => world.set_enabled(&sender, false),
            Role::DisabledRecipient => {
                world.enrol(&recipient, AccountRole::Client);
                world.set_enabled(&recipient, false);
            }
            Role::Anonymous
            | Role::LinkHolder
            | Role::Recipient
            | Role::Sender
            | Role::OtherAccount
            | Role::Operator => {}
        }
        Self {
            world,
            role,
            transfers,
        }
    }

    /// What the role is answered on a route, of every transfer if the route names one.
    fn ask(&self, route: &Route) -> String {
        if route.path.starts_with("/v1/engagements/{id}") {
            let own = self.ask_of(route, &self.transfers[0]);
            return own.to_string();
        }
        let names_transfer =
            route.path.starts_with("/v1/transfers/") || route.path == "/v1/statements";
        let transfers = self
            .transfers
            .iter()
            .take(if names_transfer { 2 } else { 1 });
        let answers = transfers.map(|transfer| self.ask_of(route, transfer).to_string());
        answers.collect::<Vec<_>>().join("/")
    }

    fn ask_of(&self, route: &Route, transfer: &Sender) -> u16 {
        let path = route
            .path
            .replace("/invites/{id}", &format!("/invites/{}", "ab".repeat(16)))
            .replace(
                "/engagements/{id}",
                &format!("/engagements/{}", engaging::id()),
            )
            .replace("{id}", &transfer.id.to_string())
            .replace("{index}", "0")
            .replace("{*path}", "entries/000.p/1")
            .replace("/cosigned", "/cosigned?index=0");
        let path = if line_of(route) == "get /v1/statements" {
            quitus_core::protocol::route::statements_of_transfer(&transfer.id, 0)
        } else {
            path
        };
        let line = format!("{} {path}", route.method.to_uppercase());
        let body = self.body(route, transfer);
        let content_type = if route.path.ends_with("/manifest") || route.path.contains("/parts/") {
            "application/octet-stream"
        } else {
            "application/json"
        };
        let digest = quitus_core::digest::Blake3::of(&transfer.part(0)).to_string();
        let mut headers = vec![("content-type", content_type), (DIGEST_HEADER, &digest)];
        let signed_body = body.clone().unwrap_or_default();
        let authorization = self.authorization(route, transfer, (&line, &signed_body));
        if let Some(authorization) = &authorization {
            headers.push(("authorization", authorization));
        }
        self.world.ask(&line, &headers, body.as_deref()).status
    }

    /// The best the role can show on a route.
    fn authorization(
        &self,
        route: &Route,
        transfer: &Sender,
        (line, body): (&str, &[u8]),
    ) -> Option<String> {
        let role = self.role;
        if role == Role::Anonymous {
            return None;
        }
        if let (Some(key), true) = (role.key(&self.world), route.takes("signed")) {
            return Some(authorization(&self.world, &key, line, body));
        }
        let is_owner = matches!(role, Role::Sender | Role::DisabledSender);
        if route.takes("uploadToken") && is_owner {
            return Some(bearer(&transfer.token));
        }
        // A claim needs a grant key of its own.
        let claims = route.path.ends_with("/claim");
        let grant_key = if claims { 9 } else { role.grant_key() };
        Some(bearer(&[grant_key; 32]))
    }

    /// A body that is right in every way but perhaps for who sends it.
    fn body(&self, route: &Route, transfer: &Sender) -> Option<Vec<u8>> {
        let json = |value: Value| Some(value.to_string().into_bytes());
        match (route.method.as_str(), route.path.as_str()) {
            ("get", _) | ("post", "/v1/transfers/{id}/revoke" | "/v1/transfers/{id}/done") => None,
            ("post", "/v1/transfers") => {
                json(serde_json::to_value(Sender::new(10).request()).unwrap())
            }
            ("post", "/v1/invites") => json(
                serde_json::to_value(invitation("of a matrix", AccountRole::Freelancer)).unwrap(),
            ),
            ("post", "/v1/invites/{id}/redeem") => json(serde_json::json!({
                "token": text::base64url(&[1; 32]),
                "card": text::base64url(b"card"),
                "mac": text::base64url(&[2; 32]),
            })),
            ("post", "/v1/engagements") => {
                let mut opening = engaging::opening(&self.world);
                opening.id = EngagementId::from_bytes([0x78; 16]);
                json(serde_json::to_value(opening).unwrap())
            }
            ("post", "/v1/engagements/{id}/deeds") => json(serde_json::json!({"deed": "freeze"})),
            ("put", "/v1/transfers/{id}/parts/{index}") => Some(transfer.part(0)),
            ("put", "/v1/transfers/{id}/manifest") => Some(Sender::manifest().to_vec()),
            ("post", "/v1/transfers/{id}/complete") => {
                json(serde_json::to_value(transfer.completion()).unwrap())
            }
            ("post", "/v1/transfers/{id}/extend") => json(serde_json::json!({
                "expiresAt": self.world.now().after(core::time::Duration::from_hours(1)),
                "terms": text::base64url(b"terms"),
            })),
            ("post", "/v1/transfers/{id}/recipients") => json(serde_json::json!({
                "recipients": [key_of(RECIPIENT).public().fingerprint()],
                "terms": text::base64url(b"terms"),
            })),
            ("post", "/v1/statements") => json(serde_json::json!({
                "transfer": transfer.id,
                "statement": quitus_core::digest::Sha256::of(&[b"statement"]),
                "signature": quitus_core::digest::Sha256::of(&[b"signature"]),
                "sealed": text::base64url(super::world::HEADER),
            })),
            ("post", "/v1/log/cosignatures") => {
                let checkpoint = self.world.ask("GET /log/checkpoint", &[], None).text();
                let key = self.role.key(&self.world);
                let cosigned = key.map_or_else(String::new, |key| cosigned(&checkpoint, &key));
                json(serde_json::json!({ "checkpoint": cosigned }))
            }
            ("post", "/v1/transfers/{id}/claim") => {
                let claim = text::base64url(&transfer.claim);
                if self.role.key(&self.world).is_some() {
                    let grant_key = text::base64url(&[9; 32]);
                    return json(serde_json::json!({"claim": claim, "grantKey": grant_key}));
                }
                json(serde_json::json!({"claim": claim}))
            }
            (method, path) => panic!("nobody has decided who may {method} {path}"),
        }
    }
}

/// A route as the `OpenAPI` document describes it.
struct Route {
    method: String,
    path: String,
    security: Vec<String>,
}

impl Route {
    fn takes(&self, credential: &str) -> bool {
        self.security.iter().any(|one| one == credential)
    }
}

fn line_of(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// Every route of the document: what changes nothing first, what ends a transfer last.
fn routes() -> Vec<Route> {
    let document: Value = serde_json::from_str(crate::http::openapi_document()).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let security = operation["security"].as_array().into_iter().flatten();
            let names = security.flat_map(|one| one.as_object().unwrap().keys().cloned());
            routes.push(Route {
                method: method.clone(),
                path: path.clone(),
                security: names.collect(),
            });
        }
    }
    let order = |route: &Route| {
        let ends = ["/done", "/revoke"];
        let rank = ends.iter().position(|end| route.path.ends_with(end));
        (
            route.method != "get",
            rank,
            route.path.clone(),
            route.method.clone(),
        )
    };
    routes.sort_by_key(order);
    routes
}

#[test]
fn every_route_answers_every_role_as_was_decided() {
    let scenes: Vec<Scene> = ROLES.iter().map(|(role, _)| Scene::new(*role)).collect();
    let mut found = String::new();
    write!(found, "{:<44}", "route").unwrap();
    for (_, name) in ROLES {
        write!(found, " {name:<7}").unwrap();
    }
    found = found.trim_end().to_owned();
    found.push('\n');
    for route in routes() {
        write!(found, "{:<44}", format!("{} {}", route.method, route.path)).unwrap();
        for (scene, (_, name)) in scenes.iter().zip(ROLES) {
            write!(
                found,
                " {:<width$}",
                scene.ask(&route),
                width = name.len().max(7)
            )
            .unwrap();
        }
        found = found.trim_end().to_owned();
        found.push('\n');
    }
    assert_eq!(found, DECIDED, "found:\n{found}");
}

#[test]
fn a_route_without_a_credential_is_none_that_tells_of_anybody() {
    for route in routes().iter().filter(|route| route.security.is_empty()) {
        let public = [
            "/v1",
            "/v1/openapi.json",
            "/healthz",
            "/readyz",
            "/log/checkpoint",
            "/log/tile/{*path}",
            "/v1/log/cosigned",
        ];
        assert!(public.contains(&route.path.as_str()), "{}", route.path);
    }
}
