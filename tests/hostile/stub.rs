//! A file server with bad manners, and a port beside it on which nobody may ever call.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::encodings::gzip;

/// See the module. It serves until the process ends.
pub(crate) struct Stub {
    /// Where the server under attack may fetch.
    pub(crate) address: SocketAddr,
    /// Where it may not.
    pub(crate) forbidden: SocketAddr,
    called: Arc<AtomicUsize>,
}

impl Stub {
    pub(crate) fn start() -> Self {
        let called = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&called);
        let forbidden = listen(move |_, _| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let address = listen(move |stream, path| {
            // Who is served so may well hang up.
            let _ = serve(stream, path, forbidden);
        });
        Self {
            address,
            forbidden,
            called,
        }
    }

    /// How often the forbidden port was called.
    pub(crate) fn trespasses(&self) -> usize {
        self.called.load(Ordering::SeqCst)
    }
}

fn listen(serve: impl Fn(TcpStream, &str) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("a listener has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            std::thread::spawn(move || {
                let path = path(&stream);
                serve(stream, &path);
            });
        }
    });
    address
}

/// The path that is asked for, when the request's head has come.
fn path(mut stream: &TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    head.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Waits until the other side hangs up.
fn hang(mut stream: &TcpStream) {
    let _ = stream.read(&mut [0]);
}

fn serve(mut stream: TcpStream, path: &str, forbidden: SocketAddr) -> std::io::Result<()> {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let to = |location: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
        )
    };
    let ok = |body: &[u8]| {
        [
            format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            )
            .as_bytes(),
            body,
        ]
        .concat()
    };
    let path = path.split('?').next().unwrap_or_default();
    let bytes = match path {
        "/to-metadata" => to("http://169.254.169.254/latest/meta-data/").into_bytes(),
        "/to-forbidden-port" => to(&format!("http://{forbidden}/secret")).into_bytes(),
        "/to-localhost" => to(&format!("http://localhost:{}/secret", forbidden.port())).into_bytes(),
        "/to-localhost-v6" => to(&format!("http://[::1]:{}/secret", forbidden.port())).into_bytes(),
        "/to-number" => to(&format!("http://2130706433:{}/secret", forbidden.port())).into_bytes(),
        "/to-other-slashes" => to(&format!("//{forbidden}/secret")).into_bytes(),
        "/to-other-host" => to("http://evil.example/secret").into_bytes(),
        "/to-file" => to("file:///etc/passwd").into_bytes(),
        "/to-credentials" => to("http://user:s3cret@files.example.com/").into_bytes(),
        "/to-nonsense" => to("http://[").into_bytes(),
        "/to-itself" => to("/to-itself").into_bytes(),
        "/to-far" => to("/to-metadata").into_bytes(),
        "/to-nowhere" => b"HTTP/1.1 302 Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec(),
        "/announces-too-much" => {
            b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10000000000\r\n\r\n[".to_vec()
        }
        "/sends-too-much" => return pour(&mut stream, CHUNKED),
        "/never-answers" => Vec::new(),
        "/never-goes-on" => b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\n[".to_vec(),
        "/trickles" => return trickle(&mut stream, CHUNKED),
        "/hangs-up" => return Ok(()),
        "/breaks-off" => {
            return stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\n[");
        }
        "/speaks-nonsense" => return stream.write_all(b"220 mail.example ESMTP\r\n"),
        "/bad-chunks" => return stream.write_all(format!("{CHUNKED}zz\r\n").as_bytes()),
        "/floods-headers" => [
            &b"HTTP/1.1 200 OK\r\nconnection: close\r\n"[..],
            &b"x: y\r\n".repeat(100_000),
            b"\r\n",
        ]
        .concat(),
        "/fails" => b"HTTP/1.1 500 Oh\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec(),
        "/empty" => ok(b""),
        "/page" => ok(b"<!doctype html><title>Please log in</title>"),
        "/packed" => ok(&gzip(&[&b"["[..], &vec![b' '; 40 << 20]].concat())),
        _ => b"HTTP/1.1 404 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec(),
    };
    stream.write_all(&bytes)?;
    hang(&stream);
    Ok(())
}

/// Blanks without end.
fn pour(stream: &mut TcpStream, head: &str) -> std::io::Result<()> {
    stream.write_all(head.as_bytes())?;
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    loop {
        stream.write_all(chunk.as_bytes())?;
    }
}

/// A blank now and then, always in time for the next.
fn trickle(stream: &mut TcpStream, head: &str) -> std::io::Result<()> {
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);
    stream.write_all(head.as_bytes())?;
    // Waiting for what the other side never sends is the pause; its hanging up ends it.
    stream.set_read_timeout(Some(PAUSE))?;
    while !matches!(stream.read(&mut [0]), Ok(0)) {
        stream.write_all(b"1\r\n \r\n")?;
    }
    Ok(())
}
