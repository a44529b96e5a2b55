//! The few requests that are not measured: one connection each, the whole answer at once.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::Value;

/// How often a job is looked after.
const LOOK: Duration = Duration::from_millis(50);
/// The same for jobs that may take less than a second.
const SHORT_LOOK: Duration = Duration::from_millis(20);

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Client {
    /// The server.
    pub(crate) address: SocketAddr,
    /// The token.
    pub(crate) token: String,
}

impl Client {
    /// The same one at another server.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        let token = self.token.clone();
        Self { address, token }
    }

    /// A request as bytes, for a connection that is kept.
    pub(crate) fn request(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let mut request = self.head(
            "Bearer",
            method,
            path,
            "application/json",
            body.len(),
            "keep-alive",
        );
        request.extend_from_slice(body);
        request
    }

    fn head(
        &self,
        scheme: &str,
        method: &str,
        path: &str,
        media: &str,
        length: usize,
        connection: &str,
    ) -> Vec<u8> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: {scheme} {}\r\nconnection: {connection}\r\n",
            self.token
        );
        if length > 0 {
            head += &format!("content-type: {media}\r\ncontent-length: {length}\r\n");
        }
        (head + "\r\n").into_bytes()
    }

    /// Sends a request and gives the body of its answer.
    ///
    /// # Errors
    /// When the answer is not 2xx.
    pub(crate) fn send(&self, method: &str, path: &str, media: &str, body: &[u8]) -> anyhow::Result<String> {
        self.send_as("Bearer", method, path, media, body)
    }

    /// [`Client::send`] with another scheme of authorization.
    ///
    /// # Errors
    /// When the answer is not 2xx.
    pub(crate) fn send_as(
        &self,
        scheme: &str,
        method: &str,
        path: &str,
        media: &str,
        body: &[u8],
    ) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(&self.head(scheme, method, path, media, body.len(), "close"))?;
        stream.write_all(body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        ensure!(answer.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        let (_, body) = answer
            .split_once("\r\n\r\n")
            .context("an answer without an end of its head")?;
        Ok(body.to_owned())
    }

    /// Sends a GET and gives the body of its answer.
    ///
    /// # Errors
    /// When the answer is not 2xx.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<String> {
        self.send("GET", path, "", b"")
    }

    /// [`Client::get`] with another scheme of authorization.
    ///
    /// # Errors
    /// When the answer is not 2xx.
    pub(crate) fn get_as(&self, scheme: &str, path: &str) -> anyhow::Result<String> {
        self.send_as(scheme, "GET", path, "", b"")
    }

    /// Waits for the end of a job of an app, by the answer that has accepted it, and tells what has become of it.
    ///
    /// # Errors
    /// When there is no such job.
    pub(crate) fn ended(&self, accepted: &Value) -> anyhow::Result<Value> {
        let id = accepted["jobId"].as_str().context("a job has no id")?;
        loop {
            let job: Value = serde_json::from_str(&self.get(&format!("/api/status/jobs/{id}"))?)?;
            match job["status"].as_str() {
                Some("PENDING" | "RUNNING") => std::thread::sleep(SHORT_LOOK),
                _ => return Ok(job),
            }
        }
    }

    /// Sends a packed delta file, waits until its job has ended, and tells how long that took.
    ///
    /// # Errors
    /// When it is refused or an operation fails.
    pub(crate) fn update(&self, delta: &[u8]) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.send("POST", "/api/v1/articles/delta-update", "application/gzip", delta)?;
        while !self.get("/api/v1/jobs/files")?.contains(r#""data":[]"#) {
            std::thread::sleep(LOOK);
        }
        let took = begun.elapsed();
        let failed = self.get("/api/v1/jobs/failedjobs")?;
        ensure!(failed.contains(r#""data":[]"#), "operations failed: {failed}");
        Ok(took)
    }
}
