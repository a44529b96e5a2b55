//! The server loop: accepts connections, speaks HTTP/1.1 and HTTP/2 on them, and stops without dropping a request.
//!
//! Nothing a client does holds a connection for longer than a limit: the first bytes, the TLS handshake and each
//! request's headers are under `header_timeout` (so are idle HTTP/1 connections), HTTP/2 peers must answer pings and
//! may not idle for long, bodies are under the idle timeout of their readers, and unread answers are given up by the
//! kernel (`TCP_USER_TIMEOUT`).

mod filtered;
mod first_bytes;
mod request_lines;
mod tls;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::HttpOptions;
use crate::info::Peer;
use crate::metrics;
use crate::serve::filtered::Filtered;
use crate::serve::first_bytes::FirstBytes;
use crate::serve::request_lines::RequestLines;

/// Pause after the system refused a connection, usually for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long an HTTP/2 connection may be without a request.
const HTTP2_IDLE: Duration = Duration::from_secs(120);
const HTTP2_PING: Duration = Duration::from_secs(20);
const HTTP2_STREAMS: u32 = 128;
/// Streams opened and reset at once before the peer counts as hostile.
const HTTP2_RESETS: usize = 32;
/// Smallest buffer that the protocol's parser works with.
const MIN_BUFFER: usize = 8192;

/// Serves `app` until `shutdown` completes, then gives the requests under way `grace` to finish.
///
/// # Errors
///
/// If certificate and key cannot be read. Later errors end one connection, never the loop.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    options: HttpOptions,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let tls = options
        .tls
        .as_ref()
        .map(|files| tls::acceptor(files, options.http2))
        .transpose()?;
    let server = Arc::new(Server {
        protocol: protocol(&options),
        tls,
        app,
        stopping: CancellationToken::new(),
        options,
    });
    let mut connections = JoinSet::new();
    let upkeep = tokio::spawn(upkeep());
    tokio::select! {
        () = shutdown => {}
        () = accept_all(&listener, &server, &mut connections) => {}
    }
    drop(listener);
    server.stopping.cancel();
    let all_done = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(server.options.grace, all_done)
        .await
        .is_err()
    {
        tracing::warn!(
            http.connections = connections.len(),
            "closing connections that did not finish in time"
        );
        connections.shutdown().await;
    }
    upkeep.abort();
    Ok(())
}

/// Moves recorded durations into their buckets, which otherwise only a reader of the metrics would do.
async fn upkeep() {
    let mut ticks = tokio::time::interval(metrics::UPKEEP);
    loop {
        ticks.tick().await;
        if let Some(recorder) = metrics::recorder() {
            recorder.run_upkeep();
        }
    }
}

fn protocol(options: &HttpOptions) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    let mut http1 = builder.http1();
    http1
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(options.max_header_bytes.max(MIN_BUFFER));
    // Any other number than the protocol library's own costs an allocation per request.
    if options.max_headers != 100 {
        http1.max_headers(options.max_headers);
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS)
        .max_pending_accept_reset_streams(HTTP2_RESETS)
        .max_header_list_size(u32::try_from(options.max_header_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(options.header_timeout);
    if options.http2 {
        builder
    } else {
        builder.http1_only()
    }
}

struct Server {
    protocol: auto::Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    app: Router,
    stopping: CancellationToken,
    options: HttpOptions,
}

async fn accept_all(listener: &TcpListener, server: &Arc<Server>, connections: &mut JoinSet<()>) {
    let places = Arc::new(Semaphore::new(
        server.options.max_connections.min(Semaphore::MAX_PERMITS),
    ));
    loop {
        let place = Arc::clone(&places)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let (stream, peer) = accept(listener).await;
        let server = Arc::clone(server);
        connections.spawn(async move {
            let _open = metrics::OpenConnection::count();
            server.connection(stream, peer).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(error.cause = %error, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

impl Server {
    async fn connection(&self, stream: TcpStream, peer: SocketAddr) {
        tune(&stream, self.options.body_idle_timeout);
        let Some(tls) = &self.tls else {
            let stream = self.filtered(stream);
            return Box::pin(self.speak(stream, peer, &self.protocol)).await;
        };
        let handshake = tokio::time::timeout(self.options.header_timeout, tls.accept(stream));
        let stream = tokio::select! {
            () = self.stopping.cancelled() => return,
            outcome = handshake => match outcome {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => return tracing::debug!(peer.addr = %peer, error.cause = %error, "no handshake"),
                Err(_) => return,
            },
        };
        // What was agreed on in the handshake holds; nothing is left to guess.
        let protocol = self.protocol.clone();
        let protocol = match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => protocol.http2_only(),
            _ => protocol.http1_only(),
        };
        let stream = self.filtered(stream);
        Box::pin(self.speak(stream, peer, &protocol)).await;
    }

    /// A connection whose first bytes have a time limit, and whose queries are encoded.
    fn filtered<S: AsyncRead + Unpin>(&self, stream: S) -> Filtered<Filtered<S, FirstBytes>, RequestLines> {
        let stream = Filtered::new(stream, FirstBytes::new(self.options.header_timeout));
        Filtered::new(stream, RequestLines::default())
    }

    async fn speak<S>(&self, stream: S, peer: SocketAddr, protocol: &auto::Builder<TokioExecutor>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let requests = Arc::new(Requests::default());
        let service = Entry {
            app: self.app.clone(),
            peer: Peer(peer),
            requests: Arc::clone(&requests),
        };
        let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            biased;
            outcome = connection.as_mut() => outcome,
            () = self.stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            () = requests.idle() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(peer.addr = %peer, error.cause = %error, "connection ended");
        }
    }
}

/// Failing to set an option leaves a connection that works less well.
fn tune(stream: &TcpStream, unread: Duration) {
    let _ = stream.set_nodelay(true);
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(unread));
}

/// How many requests a connection has seen begin and end.
#[derive(Default)]
struct Requests {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Requests {
    /// Completes when no request was under way, and none came, for a while.
    async fn idle(&self) {
        let mut before = 0;
        loop {
            tokio::time::sleep(HTTP2_IDLE).await;
            let begun = self.begun.load(Ordering::Relaxed);
            if begun == before && begun == self.ended.load(Ordering::Relaxed) {
                return;
            }
            before = begun;
        }
    }
}

/// The first step of each request: from the protocol's types to the router's.
struct Entry {
    app: Router,
    peer: Peer,
    requests: Arc<Requests>,
}

/// Counts the request as ended however it ends.
struct Under {
    requests: Arc<Requests>,
    answer: RouteFuture<Infallible>,
}

impl Drop for Under {
    fn drop(&mut self) {
        self.requests.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Future for Under {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        Pin::new(&mut self.answer).poll(cx)
    }
}

impl hyper::service::Service<Request<Incoming>> for Entry {
    type Response = Response;
    type Error = Infallible;
    type Future = Under;

    fn call(&self, request: Request<Incoming>) -> Under {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.peer);
        self.requests.begun.fetch_add(1, Ordering::Relaxed);
        Under {
            requests: Arc::clone(&self.requests),
            answer: self.app.clone().call(request),
        }
    }
}
