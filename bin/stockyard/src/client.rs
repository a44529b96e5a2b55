//! A client of a running server's own API, for the commands that drive one.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

/// How long to wait for a connection, and for the next bytes of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What parts the parts of a form; no file has it.
const BOUNDARY: &str = "stockyard-4f1c9a52e0d84b7793c6";

/// See the module. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// An answer of the API.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body; null when it is no JSON.
    pub(crate) body: Value,
}

impl Client {
    /// A client of the server at `url` with this token.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub(crate) fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        // Fails when the process has a provider already, and then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(PATIENCE)
            .read_timeout(PATIENCE)
            .build()
            .context("cannot set up the HTTP client")?;
        Ok(Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        })
    }

    /// Gets `path`; refusals are errors.
    ///
    /// # Errors
    /// The server's own words, or why it cannot be reached.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.send(self.request(Method::GET, path)).await?.accepted()?.body)
    }

    /// Posts nothing to `path`; refusals are errors.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(crate) async fn post(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self
            .send(self.request(Method::POST, path))
            .await?
            .accepted()?
            .body)
    }

    /// Puts nothing to `path`; refusals are errors.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(crate) async fn put(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.send(self.request(Method::PUT, path)).await?.accepted()?.body)
    }

    /// Posts a file as the part `file` of a form, piece by piece.
    ///
    /// # Errors
    /// As [`Client::get`]; when the file cannot be read.
    pub(crate) async fn send_file(&self, path: &str, file: &Path) -> anyhow::Result<Value> {
        let opened = tokio::fs::File::open(file).await;
        let opened = opened.with_context(|| format!("cannot read {}", file.display()))?;
        let name = file
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let name = name.replace(['"', '\\', '\r', '\n'], "_");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let whole = std::io::Cursor::new(head)
            .chain(opened)
            .chain(std::io::Cursor::new(tail));
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(reqwest::Body::wrap_stream(ReaderStream::new(whole)));
        Ok(self.send(request).await?.accepted()?.body)
    }

    /// Gets `path` into a file, piece by piece.
    ///
    /// # Errors
    /// As [`Client::get`]; when the file cannot be written.
    pub(crate) async fn fetch_file(&self, path: &str, file: &Path) -> anyhow::Result<()> {
        let unreachable = || format!("cannot reach {}", self.url);
        let mut answer = self
            .request(Method::GET, path)
            .send()
            .await
            .with_context(unreachable)?;
        if !answer.status().is_success() {
            bail!("the server answered {}", answer.status());
        }
        let wrong = || format!("cannot write {}", file.display());
        let mut out = tokio::fs::File::create(file).await.with_context(wrong)?;
        while let Some(piece) = answer.chunk().await.with_context(unreachable)? {
            out.write_all(&piece).await.with_context(wrong)?;
        }
        out.flush().await.with_context(wrong)
    }

    /// Posts a body of this type under this name.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(crate) async fn upload(
        &self,
        path: &str,
        form: &str,
        name: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<Answer> {
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, form)
            .header("x-file-name", name)
            .body(body);
        self.send(request).await?.accepted()
    }

    /// Gets `path` whatever the answer is.
    ///
    /// # Errors
    /// Why the server cannot be reached.
    pub(crate) async fn try_get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token)
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Answer> {
        let unreachable = || format!("cannot reach {}", self.url);
        let answer = request.send().await.with_context(unreachable)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.with_context(unreachable)?;
        Ok(Answer {
            status,
            headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        })
    }
}

impl Answer {
    /// This answer, unless it is a refusal.
    fn accepted(self) -> anyhow::Result<Self> {
        if self.status.is_success() {
            return Ok(self);
        }
        let said = ["error", "message"]
            .iter()
            .find_map(|key| self.body[key].as_str());
        match said {
            Some(said) => bail!("{said} ({})", self.status),
            None => bail!("the server answered {}", self.status),
        }
    }
}
