//! The server loop over real sockets.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use stockyard_http::options::TlsOptions;
use stockyard_http::{HttpOptions, RequestInfo, serve};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::support::app_with;

/// Longer than anything here takes; reached only by a test that fails.
const FAR: Duration = Duration::from_secs(10);
/// Long enough for an answer to arrive that should not.
const NEAR: Duration = Duration::from_millis(100);

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(options: HttpOptions) -> Self {
        Self::start_with(options, Router::new()).await
    }

    async fn start_with(options: HttpOptions, routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let app = app_with(options.clone(), routes);
        let running = tokio::spawn(serve(listener, app, options, async {
            stopped.await.unwrap_or_default()
        }));
        Self {
            address,
            stop: Some(stop),
            running,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    async fn stopped(self) {
        within(self.running).await.unwrap().unwrap();
    }
}

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(FAR, future)
        .await
        .expect("it does not take that long")
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

fn get_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")
}

/// Reads until the end of the connection.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    within(stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Reads until `end` has been read.
async fn until(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        bytes.push(within(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(HttpOptions::default()).await;
    let mut stream = server.connect().await;
    let paths = ["/toy/things/1", "/toy/panic", "/toy/things/3"].map(get_of);
    send(&mut stream, &paths.concat()).await;
    assert!(until(&mut stream, "thing 1").await.starts_with("HTTP/1.1 200"));
    assert!(
        until(&mut stream, "internal error")
            .await
            .starts_with("HTTP/1.1 500")
    );
    assert!(
        until(&mut stream, "thing 3").await.starts_with("HTTP/1.1 200"),
        "the connection survives a panic"
    );
}

#[tokio::test]
async fn open_connections_are_counted() {
    let server = Server::start(HttpOptions::default()).await;
    let mut stream = server.connect().await;
    send(
        &mut stream,
        "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;
    let text = rest(&mut stream).await;
    let count = text
        .lines()
        .find_map(|line| line.strip_prefix("http_connections "));
    assert!(count.unwrap_or_default().parse::<f64>().unwrap() >= 1.0, "{text}");
}

#[tokio::test]
async fn handlers_see_the_address_of_the_client() {
    let peer = |info: RequestInfo| async move { info.peer().unwrap().to_string() };
    let server = Server::start_with(HttpOptions::default(), Router::new().route("/peer", get(peer))).await;
    let mut stream = server.connect().await;
    let own = stream.local_addr().unwrap().to_string();
    send(&mut stream, &get_of("/peer")).await;
    until(&mut stream, &own).await;
}

#[tokio::test]
async fn floods_of_headers_and_long_addresses_are_refused() {
    let server = Server::start(HttpOptions::default()).await;
    let head = "GET /toy/things HTTP/1.1\r\nhost: localhost\r\n";
    let many: String = (0..101).map(|n| format!("x-{n}: 1\r\n")).collect();
    let long = format!("x: {}\r\n", "y".repeat(40_000));
    let uri = get_of(&format!("/toy/things?{}", "x".repeat(17_000)));
    for (request, expected) in [
        (format!("{head}{many}\r\n"), "431"),
        (format!("{head}{long}\r\n"), "431"),
        (uri, "414"),
        ("NONSENSE\r\n\r\n".to_owned(), "400"),
        ("GET /toy/things HTTP/1.1\r\n\r\n".to_owned(), "400"),
        (format!("{head}host: other\r\n\r\n"), "400"),
    ] {
        let mut stream = server.connect().await;
        send(&mut stream, &request).await;
        let answer = until(&mut stream, "\r\n\r\n").await;
        assert_eq!(status(&answer), expected, "{answer}");
    }
}

#[tokio::test]
async fn slow_and_idle_clients_are_cut_off() {
    let server = Server::start(HttpOptions {
        header_timeout: Duration::from_millis(50),
        ..HttpOptions::default()
    })
    .await;
    for beginning in [
        "",
        "P",
        "GET",
        "GET / HTTP/1.1\r\nhost: x\r\n",
        "PRI * HTTP/2.0\r\n\r\n",
    ] {
        let mut stream = server.connect().await;
        send(&mut stream, beginning).await;
        let answer = rest(&mut stream).await;
        assert!(
            answer.is_empty() || status(&answer) == "408",
            "{beginning:?}: {answer}"
        );
    }
    let mut stream = server.connect().await;
    send(&mut stream, &get_of("/toy/things/1")).await;
    assert!(
        rest(&mut stream).await.ends_with("thing 1"),
        "an idle connection is closed after its answer"
    );
}

#[tokio::test]
async fn a_body_that_stops_is_answered_with_408() {
    let server = Server::start(HttpOptions {
        body_idle_timeout: Duration::from_millis(50),
        ..HttpOptions::default()
    })
    .await;
    let mut stream = server.connect().await;
    send(
        &mut stream,
        "POST /toy/things HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{",
    )
    .await;
    assert_eq!(status(&rest(&mut stream).await), "408");
}

#[tokio::test]
async fn the_refusal_of_a_long_body_reaches_a_client_that_reads_late() {
    let server = Server::start(HttpOptions::default()).await;
    let length = 3 << 20;
    for head in [
        format!("content-length: {length}\r\n\r\n"),
        "transfer-encoding: chunked\r\n\r\n".to_owned(),
    ] {
        let mut stream = server.connect().await;
        send(
            &mut stream,
            &format!("POST /toy/things HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{head}"),
        )
        .await;
        if head.starts_with("transfer") {
            send(&mut stream, &format!("{length:x}\r\n")).await;
        }
        within(stream.write_all(&vec![b' '; length])).await.unwrap();
        send(
            &mut stream,
            if head.starts_with("transfer") {
                "\r\n0\r\n\r\n"
            } else {
                ""
            },
        )
        .await;
        assert_eq!(status(&rest(&mut stream).await), "413", "{head}");
    }
}

#[tokio::test]
async fn connections_over_the_cap_wait_for_a_place() {
    let server = Server::start(HttpOptions {
        max_connections: 1,
        ..HttpOptions::default()
    })
    .await;
    let mut first = server.connect().await;
    send(&mut first, &get_of("/toy/things/1")).await;
    until(&mut first, "thing 1").await;
    let mut second = server.connect().await;
    send(&mut second, &get_of("/toy/things/2")).await;
    assert!(
        tokio::time::timeout(NEAR, second.read_u8()).await.is_err(),
        "there is no place yet"
    );
    drop(first);
    until(&mut second, "thing 2").await;
}

/// One request over HTTP/2; its status, version and body.
async fn http2_get(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    path: &str,
) -> (u16, String) {
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    let request = Request::get(format!("http://localhost{path}"))
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let response = within(sender.send_request(request)).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    driver.abort();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn http2_is_spoken_to_those_who_begin_with_it() {
    let server = Server::start(HttpOptions::default()).await;
    let answer = http2_get(server.connect().await, "/toy/things/5").await;
    assert_eq!(answer, (200, "thing 5".to_owned()));
}

#[tokio::test]
async fn floods_of_headers_are_refused_over_http2_too() {
    let server = Server::start(HttpOptions::default()).await;
    let stream = TokioIo::new(server.connect().await);
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let driver = tokio::spawn(connection);
    let request = || Request::get("http://localhost/toy/things");
    let many = (0..101).fold(request(), |request, n| request.header(format!("x-{n}"), "1"));
    let long = request().header("x", "y".repeat(40_000));
    for flood in [many, long] {
        let response = within(sender.send_request(flood.body(Empty::<bytes::Bytes>::new()).unwrap())).await;
        assert_eq!(response.unwrap().status(), 431);
    }
    driver.abort();
}

#[tokio::test]
async fn http2_can_be_turned_off() {
    let server = Server::start(HttpOptions {
        http2: false,
        ..HttpOptions::default()
    })
    .await;
    let mut stream = server.connect().await;
    send(&mut stream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || status(&answer).starts_with('4'), "{answer}");
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it")
        .join(name)
}

fn with_tls() -> HttpOptions {
    HttpOptions {
        header_timeout: Duration::from_millis(500),
        tls: Some(TlsOptions {
            cert: file("localhost.crt"),
            key: file("localhost.key"),
        }),
        ..HttpOptions::default()
    }
}

async fn tls_connect(server: &Server, protocols: &[&[u8]]) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(file("localhost.crt")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    within(connector.connect(name, server.connect().await))
        .await
        .unwrap()
}

#[tokio::test]
async fn tls_speaks_what_was_agreed_on() {
    let server = Server::start(with_tls()).await;
    let stream = tls_connect(&server, &[b"h2", b"http/1.1"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(
        http2_get(stream, "/toy/things/6").await,
        (200, "thing 6".to_owned())
    );
    for protocols in [&[&b"http/1.1"[..]][..], &[]] {
        let mut stream = tls_connect(&server, protocols).await;
        send(&mut stream, &get_of("/toy/things/7")).await;
        assert!(until(&mut stream, "thing 7").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn handshakes_that_do_not_come_or_are_all_that_comes_are_cut_off() {
    let server = Server::start(with_tls()).await;
    let mut stream = server.connect().await;
    assert_eq!(rest(&mut stream).await, "");
    let mut silent = tls_connect(&server, &[b"h2"]).await;
    let mut bytes = Vec::new();
    // The server's settings may come; then the connection is closed, in whatever manner.
    let _ = within(silent.read_to_end(&mut bytes)).await;
}

#[tokio::test]
async fn unreadable_certificates_are_named() {
    let mut options = with_tls();
    options.tls.as_mut().unwrap().key = PathBuf::from("no/such.key");
    let server = Server::start(options).await;
    let error = within(server.running).await.unwrap().unwrap_err().to_string();
    assert!(
        error.starts_with("cannot use the TLS key in no/such.key: "),
        "{error}"
    );
}

/// A route that says when a request has come and waits for leave to answer.
fn gate() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let inside = (Arc::clone(&entered), Arc::clone(&leave));
    let handler = move || async move {
        inside.0.notify_one();
        inside.1.notified().await;
        "done"
    };
    (Router::new().route("/gate", get(handler)), entered, leave)
}

#[tokio::test]
async fn stopping_finishes_requests_under_way_and_takes_no_new_ones() {
    let (routes, entered, leave) = gate();
    let mut server = Server::start_with(HttpOptions::default(), routes).await;
    let mut idle = server.connect().await;
    send(&mut idle, &get_of("/toy/things/1")).await;
    until(&mut idle, "thing 1").await;
    let mut busy = server.connect().await;
    send(&mut busy, &get_of("/gate")).await;
    within(entered.notified()).await;
    server.stop();
    assert_eq!(rest(&mut idle).await, "", "idle connections are closed at once");
    assert!(
        TcpStream::connect(server.address).await.is_err(),
        "nobody listens"
    );
    leave.notify_one();
    let answer = rest(&mut busy).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"),
        "{answer}"
    );
    server.stopped().await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let (routes, entered, _leave) = gate();
    let options = HttpOptions {
        grace: Duration::from_millis(50),
        ..HttpOptions::default()
    };
    let mut server = Server::start_with(options, routes).await;
    let mut busy = server.connect().await;
    send(&mut busy, &get_of("/gate")).await;
    within(entered.notified()).await;
    server.stop();
    server.stopped().await;
    assert_eq!(rest(&mut busy).await, "");
}
