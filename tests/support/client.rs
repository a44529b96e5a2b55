//! A blocking HTTP client.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use tokio::runtime::Runtime;

/// Speaks to one server, each time with the same token.
pub(crate) struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            runtime,
            http: reqwest::Client::new(),
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }

    /// A request, not sent yet.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request<'_> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let builder = self.http.request(method, format!("{}{path}", self.url));
        let token = Some(self.token.clone());
        Request {
            client: self,
            builder,
            token,
        }
    }

    /// The answer to a GET.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    /// Sends a delta, one operation per line, and gives the number of its job.
    #[track_caller]
    pub(crate) fn delta(&self, lines: &str) -> String {
        let answer = self
            .request("POST", "/api/v1/articles/delta-update")
            .header("content-type", "application/x-ndjson")
            .body(lines)
            .send();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.headers["x-job-ids"].to_str().unwrap().to_owned()
    }
}

/// A request being put together.
pub(crate) struct Request<'a> {
    client: &'a Client,
    builder: RequestBuilder,
    token: Option<String>,
}

impl Request<'_> {
    /// Uses another token, or none.
    pub(crate) fn token(mut self, token: Option<&str>) -> Self {
        self.token = token.map(str::to_owned);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.builder = self.builder.body(body.into());
        self
    }

    /// The whole answer.
    #[track_caller]
    pub(crate) fn send(self) -> Answer {
        self.try_send().unwrap()
    }

    /// The whole answer, or why there is none.
    pub(crate) fn try_send(self) -> reqwest::Result<Answer> {
        let Self {
            client,
            mut builder,
            token,
        } = self;
        if let Some(token) = token {
            builder = builder.bearer_auth(token);
        }
        client.runtime.block_on(async {
            let answer = builder.send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let body = answer.bytes().await?.to_vec();
            Ok(Answer {
                status,
                headers,
                body,
            })
        })
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}
