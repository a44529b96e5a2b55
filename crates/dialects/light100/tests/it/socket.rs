//! Over a real socket: quotes in paths exactly as naive clients send them.

use edge::HttpOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::{FIELDS, app_with_article};

#[tokio::test]
async fn raw_quotes_in_a_path_are_taken() {
    let app = app_with_article().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(edge::serve(
        listener,
        app.router(),
        HttpOptions::default(),
        async {
            let _ = stopped.await;
        },
    ));
    let article = format!(
        r#"{{"status":"success","message":"Articles found","data":{{"id":"12411116","F_1":"12411116",{FIELDS}}}}}"#
    );
    let deleted = r#""_id":"12411116","_version":2,"result":"deleted""#;
    for (path, expected) in [
        (r#"/api/v1/articles/"12411116""#, article.as_str()),
        ("/api/v1/articles/%2212411116%22", article.as_str()),
        (r#"/api/v1/articles/delete/"12411116""#, deleted),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let token = &app.user;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(expected),
            "{path}: {answer}"
        );
    }
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}
