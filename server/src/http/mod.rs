//! The relay over HTTP: routes, and what every answer has in common.
//!
//! Promises: the `OpenAPI` document is made of the routes that are served; every answer, refusals too,
//! forbids caching (but tiles of the log, which never change), sniffing and referrers; what is not there takes as long as what is not yours; a handler that panics is one answer 500; paths, bodies and
//! credentials are in no log. It does not listen. Spec: `docs/protocol.md`, RFC 9110.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use quitus_core::protocol::{PROTOCOL, PROTOCOL_HEADER, route};
use tower::Service as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::door::{Door, Peer};
use self::refusal::HttpRefused;
use crate::durable;
use crate::relay::{Refused, Relay};

mod about;
mod authorization;
mod body;
mod claims;
mod door;
mod engaging;
mod enrolling;
mod log;
mod names;
mod oversight;
mod parts;
mod refusal;
mod sending;
mod sharing;
mod stating;
mod transfers;
#[cfg(test)]
mod tests;

const SPOKEN: HeaderName = HeaderName::from_static(PROTOCOL_HEADER);
/// When a request is told at the earliest that there is nothing: looking an id up takes a few
/// microseconds more if somebody has it, and that must not show.
const NOT_FOUND_AFTER: Duration = Duration::from_millis(5);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "quitus-relay",
        description = "Holds sealed transfers it cannot read.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    modifiers(&Credentials)
)]
struct Document;

/// The three credentials of the protocol.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |description: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
            SecurityScheme::Http(scheme.description(Some(description)).build())
        };
        let signed = ApiKeyValue::with_description(
            "Authorization",
            "Quitus time=,nonce=,signature=: an SSHSIG over the request",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("signed", SecurityScheme::ApiKey(ApiKey::Header(signed)));
        components.add_security_scheme("uploadToken", bearer("of one transfer, 32 bytes"));
        components.add_security_scheme("grantKey", bearer("of one grant, 32 bytes"));
    }
}

fn routes() -> OpenApiRouter<Arc<Relay>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(transfers::create, oversight::list))
        .routes(routes!(transfers::status))
        .routes(routes!(parts::put_part, parts::get_part))
        .routes(routes!(transfers::put_manifest, parts::get_manifest))
        .routes(routes!(transfers::complete))
        .routes(routes!(oversight::extend))
        .routes(routes!(oversight::revoke))
        .routes(routes!(oversight::activity))
        .routes(routes!(oversight::receipt))
        .routes(routes!(sharing::inbox))
        .routes(routes!(sharing::envelope))
        .routes(routes!(sharing::recipients))
        .routes(routes!(enrolling::invite, enrolling::invites))
        .routes(routes!(enrolling::redeem))
        .routes(routes!(engaging::open, engaging::list))
        .routes(routes!(engaging::status))
        .routes(routes!(engaging::act))
        .routes(routes!(engaging::transfers))
        .routes(routes!(engaging::activity))
        .routes(routes!(claims::claim))
        .routes(routes!(claims::done))
        .routes(routes!(stating::post, stating::list))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::tile))
        .routes(routes!(log::cosign))
        .routes(routes!(log::cosigned))
        .routes(routes!(about::about))
        .routes(routes!(about::openapi))
        .routes(routes!(about::healthz))
        .routes(routes!(about::readyz))
}

/// The `OpenAPI` document of the routes, as JSON.
pub fn openapi_document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        let document = routes().into_openapi().to_pretty_json();
        document.expect("the document is plain data with text keys")
    });
    &DOCUMENT
}

/// Answers requests.
#[derive(Clone)]
pub struct Site {
    router: Router,
    door: Arc<Door>,
}

impl Site {
    /// The routes of a relay, behind a door.
    pub fn new(relay: Arc<Relay>, door: Door) -> Self {
        let (router, _) = routes().split_for_parts();
        #[cfg(test)]
        let router = router.route("/panic", axum::routing::get(tests::panics));
        let router = router
            .layer(middleware::from_fn_with_state(
                Arc::clone(&relay),
                refuse_changes,
            ))
            .layer(middleware::from_fn(trace))
            .fallback(async || HttpRefused::NoRoute)
            .method_not_allowed_fallback(async || HttpRefused::Method)
            .with_state(relay);
        let door = Arc::new(door);
        Self { router, door }
    }

    /// Answers one request, whatever happens.
    pub async fn answer(&self, mut request: hyper::Request<Body>) -> Response {
        let earliest = tokio::time::Instant::now() + NOT_FOUND_AFTER;
        let caller = self.door.caller(&request);
        let address = caller.address;
        let admitted = self.door.admit(&caller, request.uri());
        let admitted = admitted.and_then(|()| Ok(durable::check().map_err(Refused::from)?));
        let mut response = match admitted.and_then(|()| check_framing(&request)) {
            Ok(()) => {
                request.extensions_mut().insert(caller);
                self.route(request).await
            }
            Err(refused) => closing(refused),
        };
        self.door.note(address, response.status());
        for (name, value) in common_headers() {
            // Tiles of the log say themselves how long they stay the same.
            response.headers_mut().entry(name).or_insert(value);
        }
        if response.status() == StatusCode::NOT_FOUND {
            tokio::time::sleep_until(earliest).await;
        }
        response
    }

    async fn route(&self, request: hyper::Request<Body>) -> Response {
        let answering = self.router.clone().call(request);
        let answered = CatchPanic(Box::pin(async {
            let Ok(response) = answering.await;
            response
        }));
        let panicked = || HttpRefused::Panicked.into_response();
        answered.await.unwrap_or_else(panicked)
    }
}

/// The answer to a request behind which may come a body that nobody reads.
fn closing(refused: HttpRefused) -> Response {
    let close = (header::CONNECTION, HeaderValue::from_static("close"));
    ([close], refused).into_response()
}

/// What every answer carries.
fn common_headers() -> [(HeaderName, HeaderValue); 4] {
    let text = HeaderValue::from_static;
    [
        (header::CACHE_CONTROL, text("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, text("nosniff")),
        (header::REFERRER_POLICY, text("no-referrer")),
        (SPOKEN, PROTOCOL.into()),
    ]
}

/// Refuses what two parsers could read differently, and credentials in a query.
fn check_framing<B>(request: &hyper::Request<B>) -> Result<(), HttpRefused> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        return Err(HttpRefused::LengthRequired);
    }
    // RFC 9112 section 3.2; HTTP/2 has a pseudo-header instead.
    let n_hosts = request.headers().get_all(header::HOST).iter().count();
    if n_hosts > 1 || (n_hosts == 0 && request.version() == Version::HTTP_11) {
        let what = "Host";
        return Err(HttpRefused::Malformed { what });
    }
    let is_list = request.method() == Method::GET && is_list(request.uri().path());
    if request.uri().query().is_some() && !is_list {
        let what = "a query, where the route has none (credentials go into the header)";
        return Err(HttpRefused::Malformed { what });
    }
    Ok(())
}

/// Whether a path is a list's, which is told behind what to begin.
fn is_list(path: &str) -> bool {
    let lists = [
        route::TRANSFERS,
        route::INBOX,
        route::INVITES,
        route::ENGAGEMENTS,
        route::COSIGNED,
        route::STATEMENTS,
    ];
    let of_engagement = path.strip_prefix(route::ENGAGEMENTS).is_some_and(|rest| {
        let lists = ["/transfers", "/activity", "/statements"];
        lists.iter().any(|list| rest.ends_with(list))
    });
    of_engagement || lists.contains(&path)
}

/// Refuses what changes something, once the log contradicts what was shown of it.
async fn refuse_changes(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if relay.is_read_only() && !reads {
        return closing(Refused::ReadOnly.into());
    }
    next.run(request).await
}

/// Tells the operator which route answered how; never the path.
async fn trace(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(%method, route, status = response.status().as_u16(), micros, "answered");
    response
}

/// A future whose panic is `None`; the panic hook has reported it.
struct CatchPanic<T>(Pin<Box<dyn Future<Output = T> + Send>>);

impl<T> Future for CatchPanic<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        // A future that panicked is dropped, not polled again.
        let polled = catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
            Err(_) => Poll::Ready(None),
        }
    }
}
