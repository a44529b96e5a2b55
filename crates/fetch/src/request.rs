//! Downloading and pushing, with redirects followed by hand so that each hop is checked like a new URL.

use std::fmt;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::header::{HeaderMap, LOCATION};
use http::{Method, StatusCode};
use reqwest::{Body, Url};

use crate::body::{Deadline, Limits, collect, limited};
use crate::headers::{after_redirect, own};
use crate::mask::masked;
use crate::{ByteStream, CheckedUrl, Error, Fetcher, Wait};

/// A file on its way in.
pub struct Download {
    /// Where it came from after all redirects.
    pub url: CheckedUrl,
    /// The status, one of success.
    pub status: StatusCode,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// How many bytes will come, if the other side said so.
    pub size: Option<u64>,
    /// The bytes as sent, within the limits.
    pub stream: ByteStream,
}

/// The answer to a push, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The body, at most as large as the options allow.
    pub body: Bytes,
}

impl Fetcher {
    /// Downloads a file. Any status but success is [`Error::Status`].
    pub async fn get(&self, url: &CheckedUrl) -> Result<Download, Error> {
        self.get_with(url, HeaderMap::new()).await
    }

    /// Downloads a file with headers of the caller's. Those that may be credentials stay with the URL's own origin
    /// (scheme, host and port) when a redirect leads elsewhere.
    pub async fn get_with(&self, url: &CheckedUrl, headers: HeaderMap) -> Result<Download, Error> {
        let deadline = Deadline::after(self.options.total_timeout);
        let (url, answer) = self
            .follow(Method::GET, url.url().clone(), own(headers), deadline)
            .await?;
        let status = answer.status();
        if !status.is_success() {
            return Err(Error::Status {
                url: masked(&url),
                status,
            });
        }
        let (headers, size) = (answer.headers().clone(), answer.content_length());
        let stream = self.body(&url, answer, deadline, self.options.max_bytes)?;
        Ok(Download {
            url: CheckedUrl::new(url),
            status,
            headers,
            size,
            stream,
        })
    }

    /// Sends a request and collects the answer, whatever its status. Redirects are followed for `GET` and `HEAD`, sent
    /// without the body; for everything else they are handed back, because repeating a push elsewhere is not for us to
    /// decide. The body may take until the total timeout to send and to be answered.
    pub async fn send(
        &self,
        method: Method,
        url: &CheckedUrl,
        headers: HeaderMap,
        body: impl Into<Body>,
    ) -> Result<Response, Error> {
        let deadline = Deadline::after(self.options.total_timeout);
        let (url, headers) = (url.url().clone(), own(headers));
        let (url, answer) = if method == Method::GET || method == Method::HEAD {
            self.follow(method, url, headers, deadline).await?
        } else {
            self.allow.check(&url)?;
            let request = self
                .client
                .request(method, url.clone())
                .headers(headers)
                .body(body);
            let answer = self.answer(&url, request, Wait::Total, deadline).await?;
            (url, answer)
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = collect(self.body(&url, answer, deadline, self.options.max_answer_bytes)?).await?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    /// Sends a request without a body, and again to where each redirect leads.
    async fn follow(
        &self,
        method: Method,
        start: Url,
        mut headers: HeaderMap,
        deadline: Deadline,
    ) -> Result<(Url, reqwest::Response), Error> {
        self.allow.check(&start)?;
        let mut url = start.clone();
        for _ in 0..=self.options.max_redirects {
            let request = self
                .client
                .request(method.clone(), url.clone())
                .headers(headers.clone());
            let answer = self.answer(&url, request, Wait::Answer, deadline).await?;
            let Some(next) = self.target(&url, &answer)? else {
                return Ok((url, answer));
            };
            headers = after_redirect(headers, &url, &next);
            url = next;
        }
        Err(Error::TooManyRedirects {
            url: masked(&start),
            limit: self.options.max_redirects,
        })
    }

    /// Where an answer redirects to, checked.
    fn target(&self, url: &Url, answer: &reqwest::Response) -> Result<Option<Url>, Error> {
        if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = answer.headers().get(LOCATION) else {
            return Ok(None);
        };
        let location = String::from_utf8_lossy(location.as_bytes());
        self.allow
            .redirect(url, &location)
            .map(Some)
            .map_err(|refused| Error::Redirect {
                from: masked(url),
                refused,
            })
    }

    /// Waits for the start of an answer.
    async fn answer(
        &self,
        url: &Url,
        request: reqwest::RequestBuilder,
        wait: Wait,
        deadline: Deadline,
    ) -> Result<reqwest::Response, Error> {
        let masked = masked(url);
        let after = match wait {
            Wait::Total => self.options.total_timeout,
            _ => self
                .options
                .connect_timeout
                .saturating_add(self.options.idle_timeout),
        };
        let answer = deadline.wait(&masked, wait, after, request.send()).await?;
        answer.map_err(|e| Error::from_client(&masked, self.options.connect_timeout, &e))
    }

    /// The body of an answer within its limits; refused at once when the other side announces too much.
    fn body(
        &self,
        url: &Url,
        answer: reqwest::Response,
        deadline: Deadline,
        bytes: u64,
    ) -> Result<ByteStream, Error> {
        let limits = Limits {
            url: masked(url),
            idle: self.options.idle_timeout,
            deadline,
            bytes,
        };
        if answer.content_length().is_some_and(|size| size > bytes) {
            return Err(limits.too_large());
        }
        let (url, connect) = (limits.url.clone(), self.options.connect_timeout);
        let stream = answer
            .bytes_stream()
            .map_err(move |e| Error::from_client(&url, connect, &e));
        Ok(limited(Box::pin(stream), limits))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Download");
        out.field("url", &self.url)
            .field("status", &self.status)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
