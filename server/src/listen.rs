//! Connections: accepted, bounded, timed, and ended.
//!
//! Promises: a connection that sends no whole request head for [`HEAD_TIME_MAX`] is closed, idle ones of
//! HTTP/1.1 included; one that neither takes nor sends bytes at a rate worth keeping it for is closed when its
//! [`PATIENCE`] is used up; there are at most [`CONNECTIONS_MAX`]; a shutdown lets running requests finish for
//! [`GRACE`] and closes idle connections at once. It does not look into requests. Sources: RFC 9112,
//! RFC 9113.

use core::time::Duration;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::downloads::Cut;
use crate::http::{Peer, Site};
use crate::pace::Pace;
use crate::socket::{Moved, Socket};
use crate::{durable, platform, tls};

/// Connections at one moment; more wait to be accepted.
const CONNECTIONS_MAX: usize = 8_192;
/// How long a request head, or a TLS handshake, may take.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a connection may move nothing: a recipient that stops reading, an HTTP/2 peer that only
/// answers pings. Long, since what the kernel holds has to drain before a slow reader shows.
const PATIENCE: Duration = Duration::from_mins(5);
/// Looks at a connection in that time.
const LOOKS: u32 = 10;
/// Longest request head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most header fields of a request.
const HEADERS_MAX: usize = 64;
/// What all connections together may have in memory, read ahead or being written, roughly, and the
/// most and least of one: large reads cost less, thousands of peers must not cost much.
const BUFFERS_BYTES: usize = 64 * 1024 * 1024;
const BUFFER_BYTES_MAX: usize = 512 * 1024;
const BUFFER_BYTES_MIN: usize = 16 * 1024;
/// Requests at one moment on an HTTP/2 connection.
const STREAMS_MAX: u32 = 32;
/// What an HTTP/2 peer may send ahead of a stream, and of a connection.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// Largest HTTP/2 frame taken: fewer, larger reads.
const H2_FRAME_BYTES: u32 = 64 * 1024;
/// How often a silent HTTP/2 peer is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long requests may still run after a shutdown was asked for.
const GRACE: Duration = Duration::from_secs(10);
/// The same after a sync that failed: nothing runs on but refusals.
const REFUSING: Duration = Duration::from_secs(1);
/// How long to wait when the system has no more descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound address.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    patience: Duration,
}

impl Listener {
    /// Binds an address; with TLS if an acceptor is given.
    pub async fn bind(address: SocketAddr, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let tcp = TcpListener::bind(address).await?;
        let patience = PATIENCE;
        Ok(Self { tcp, tls, patience })
    }

    /// The same listener, less patient.
    #[cfg(test)]
    pub(crate) fn patient_for(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The address, with the port that was taken for 0.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Answers with `site` until `stop` is ready; then lets running requests finish.
    pub async fn run(self, site: Site, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = accept(&self.tcp, &room) => accepted,
            };
            let Some((stream, peer, permit)) = accepted else {
                continue;
            };
            let server = Server {
                site: site.clone(),
                buffer_bytes: buffer_bytes(CONNECTIONS_MAX - room.available_permits()),
                peer,
                cut: Cut::default(),
                moved: Moved::default(),
                patience: self.patience,
                watcher: graceful.watcher(),
            };
            let tls = self.tls.clone();
            tokio::spawn(async move {
                serve(stream, tls, server).await;
                drop(permit);
            });
        }
        drop(self.tcp);
        let grace = durable::failure().map_or(GRACE, |_| REFUSING);
        if timeout(grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still running at shutdown; they can be resumed");
        }
    }
}

async fn accept(
    tcp: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match tcp.accept().await {
        Ok((stream, peer)) => Some((stream, Peer(peer.ip()), permit)),
        Err(error) => {
            tracing::warn!("a connection could not be accepted: {error}");
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// How much a connection may have in memory, and the kernel for a peer that does not read.
fn buffer_bytes(n_connections: usize) -> usize {
    (BUFFERS_BYTES / n_connections.max(1)).clamp(BUFFER_BYTES_MIN, BUFFER_BYTES_MAX)
}

/// What serves one connection.
struct Server {
    site: Site,
    buffer_bytes: usize,
    peer: Peer,
    cut: Cut,
    moved: Moved,
    patience: Duration,
    watcher: Watcher,
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, server: Server) {
    // For speed and memory only: a socket that refuses works as well.
    let _ = stream.set_nodelay(true);
    let _ = platform::cap_send_buffer(&stream, server.buffer_bytes);
    let socket = Socket::new(stream, server.cut.clone(), server.moved.clone());
    let Some(tls) = tls else {
        return server.http1(socket).await;
    };
    match timeout(HEAD_TIME_MAX, tls.accept(socket)).await {
        Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(tls::H2) => {
            server.http2(stream).await;
        }
        Ok(Ok(stream)) => server.http1(stream).await,
        Ok(Err(error)) => tracing::debug!("no TLS: {error}"),
        Err(_) => tracing::debug!("no TLS in time"),
    }
}

impl Server {
    async fn http1(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let answer = service_fn(answering(self.site, self.peer, self.cut.clone()));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME_MAX)
            .max_header_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .max_buf_size(self.buffer_bytes)
            .serve_connection(TokioIo::new(stream), answer);
        let slow = until_slow(self.moved, self.patience);
        until_cut(self.watcher.watch(connection), &self.cut, slow).await;
    }

    async fn http2(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let answer = service_fn(answering(self.site, self.peer, self.cut.clone()));
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
            .max_concurrent_streams(STREAMS_MAX)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_frame_size(H2_FRAME_BYTES)
            .max_send_buf_size(self.buffer_bytes)
            .keep_alive_interval(PING_INTERVAL)
            .serve_connection(TokioIo::new(stream), answer);
        let slow = until_slow(self.moved, self.patience);
        until_cut(self.watcher.watch(connection), &self.cut, slow).await;
    }
}

/// Answers the requests of one connection; what sends long bodies can end it.
fn answering(
    site: Site,
    peer: Peer,
    cut: Cut,
) -> impl Fn(hyper::Request<Incoming>) -> Answering + Send + 'static {
    move |request| {
        let (site, cut) = (site.clone(), cut.clone());
        Box::pin(async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(cut);
            request.extensions_mut().insert(peer);
            Ok(site.answer(request).await)
        })
    }
}

type Answering =
    std::pin::Pin<Box<dyn Future<Output = Result<axum::response::Response, Infallible>> + Send>>;

async fn until_cut<E: std::fmt::Display>(
    connection: impl Future<Output = Result<(), E>>,
    cut: &Cut,
    slow: impl Future<Output = ()>,
) {
    tokio::select! {
        ended = connection => {
            if let Err(error) = ended {
                tracing::debug!("a connection ended: {error}");
            }
        }
        () = cut.asked() => tracing::debug!("a connection was cut"),
        () = slow => {
            // What the kernel still holds for it is thrown away as well.
            cut.now();
            tracing::debug!("a connection was too slow");
        }
    }
}

/// Ready once too few bytes came and went.
async fn until_slow(moved: Moved, patience: Duration) {
    let mut pace = Pace::new(patience);
    let (look, mut before) = (patience / LOOKS, 0);
    while !pace.left().is_zero() {
        sleep(look).await;
        let now = moved.bytes();
        pace.note(look, now.saturating_sub(before));
        before = now;
    }
}
