//! A file of one gigabyte, up and down: how fast, and in how much memory of the server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::report::{Figure, Target};
use crate::server::Server;
use crate::{Plan, process};

/// Bytes that are sent and read at once.
const PART: usize = 1 << 20;

/// Measures this part.
///
/// # Errors
/// When the file does not come back whole.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let parts: usize = plan.pick(1024, 64);
    let folder = plan.folder("files")?;
    let server = Server::start(&folder)?;
    let client = server.client()?;
    let body = br#"{"data":{},"meta":{},"tags":[],"file":{"name":"large.bin"}}"#;
    let made = client.send_as("Token", "POST", "/qalx/item", "application/json", body)?;
    let (put, get) = (address(&made, "put_url")?, address(&made, "url")?);
    let begun = Instant::now();
    upload(&server, &put, parts)?;
    let up = begun.elapsed();
    let begun = Instant::now();
    let received = download(&server, &get)?;
    let down = begun.elapsed();
    ensure!(received == (parts * PART) as u64, "{received} bytes came back");
    let peak = process::memory(server.pid(), "VmHWM")?;
    server.stop()?;
    let rate = |time: std::time::Duration| parts as f64 / time.as_secs_f64();
    Ok(vec![
        Figure::bare(format!("{parts} MiB up"), rate(up), "MiB/s"),
        Figure::bare(format!("{parts} MiB down"), rate(down), "MiB/s"),
        Figure::bare("most memory of the server", peak, "MiB").target(Target::AtMost(64.0)),
    ])
}

/// The path of an address in an answer.
fn address(answer: &str, name: &str) -> anyhow::Result<String> {
    let (_, rest) = answer
        .split_once(&format!(r#""{name}":""#))
        .with_context(|| format!("no {name} in {answer}"))?;
    let (url, _) = rest.split_once('"').context("a text ends")?;
    let (_, path) = url.split_once("//").context("an absolute address")?;
    let (_, path) = path.split_once('/').context("an address with a path")?;
    Ok(format!("/{path}"))
}

fn upload(server: &Server, path: &str, parts: usize) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(server.address)?;
    let length = parts * PART;
    write!(
        stream,
        "PUT {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )?;
    let mut part = vec![0_u8; PART];
    for number in 0..parts {
        part[..8].copy_from_slice(&number.to_le_bytes());
        stream.write_all(&part)?;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    Ok(())
}

/// Reads the file and gives its length.
fn download(server: &Server, path: &str) -> anyhow::Result<u64> {
    let mut stream = TcpStream::connect(server.address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n"
    )?;
    let mut buffer = vec![0_u8; PART];
    let mut head = Vec::new();
    let mut received = 0;
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(received);
        }
        received += count as u64;
        if head.len() < PART {
            head.extend_from_slice(&buffer[..count]);
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                ensure!(
                    head.starts_with(b"HTTP/1.1 200"),
                    "{}",
                    String::from_utf8_lossy(&head[..end])
                );
                received -= end as u64 + 4;
                head = vec![0; PART];
            }
        }
    }
}
