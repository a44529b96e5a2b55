//! HTTPS with certificates that are checked.
//!
//! The root certificates are the system's, so the test that trusts ours runs in a process of its own whose environment
//! names them. `tls/` holds a root made for these tests, whose key was thrown away, and a certificate for `a.test`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use fetch::Error;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{fetcher, get, local};

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fetch/tls", name]
        .iter()
        .collect()
}

/// Answers every connection that gets through the handshake; returns the port.
async fn server() -> u16 {
    let certificate = CertificateDer::from_pem_file(file("a.test.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("a.test.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = config
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (acceptor, listener) = (
        TlsAcceptor::from(Arc::new(config)),
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
    );
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut tls) = acceptor.accept(socket).await else {
                continue;
            };
            let _ = tls.read(&mut [0; 4096]).await.unwrap();
            tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecure")
                .await
                .unwrap();
            tls.shutdown().await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn a_certificate_from_an_unknown_root_is_refused() {
    if std::env::var_os("SSL_CERT_FILE").is_some_and(|name| name == file("ca.pem").as_os_str()) {
        return trusted().await;
    }
    let error = get(&fetcher(local()), &format!("https://a.test:{}/", server().await))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
}

/// What the process with our root certificate does.
async fn trusted() {
    let port = server().await;
    assert_eq!(
        get(&fetcher(local()), &format!("https://a.test:{port}/"))
            .await
            .unwrap(),
        b"secure"
    );
    let error = get(&fetcher(local()), &format!("https://b.test:{port}/"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not valid for name"), "{error}");
    println!("the certificate was trusted for its name only");
}

#[test]
fn a_certificate_from_a_known_root_is_good_for_its_name_only() {
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args([
        "--exact",
        "--nocapture",
        "https::a_certificate_from_an_unknown_root_is_refused",
    ]);
    let output = again
        .env("SSL_CERT_FILE", file("ca.pem"))
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("trusted for its name only"),
        "{text}"
    );
}
