//! The service: one HTTP client with its rules and limits.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

use crate::allow::AllowList;
use crate::resolver::{Guard, Lookup, System};
use crate::{CheckedUrl, Error, FetchOptions, Refused};

/// Fetches and pushes. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Fetcher {
    pub(crate) client: Client,
    pub(crate) allow: Arc<AllowList>,
    pub(crate) options: Arc<FetchOptions>,
}

impl Fetcher {
    /// Sets up the HTTP client. Without any root certificate on the system it still works for `http`.
    pub fn new(options: FetchOptions) -> Result<Self, Error> {
        Self::with_lookup(options, Arc::new(System))
    }

    /// The same with another way to find the addresses of names. What it finds is checked all the same.
    pub fn with_lookup(options: FetchOptions, lookup: Arc<dyn Lookup>) -> Result<Self, Error> {
        // Fails when the process has a provider already, and then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allow = Arc::new(AllowList::new(options.allowed_hosts.clone()));
        let guard = Arc::new(Guard {
            allow: Arc::clone(&allow),
            lookup,
        });
        let builder = || client(&options, Arc::clone(&guard));
        let client = builder().build().or_else(|e| {
            tracing::warn!(error = ?e, "no root certificates found, https requests will fail");
            builder().tls_certs_only([]).build()
        });
        let client = client.map_err(|e| Error::Setup(e.to_string()))?;
        Ok(Self {
            client,
            allow,
            options: Arc::new(options),
        })
    }

    /// Checks everything about a URL that can be known without asking the network: its form, its host and its port.
    pub fn check(&self, url: &str) -> Result<CheckedUrl, Refused> {
        self.allow.parse(url).map(CheckedUrl::new)
    }
}

/// A client that does nothing on its own: no redirects, proxies, retries or decompression.
fn client(options: &FetchOptions, guard: Arc<Guard>) -> ClientBuilder {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Client::builder()
        .user_agent(concat!("stockyard/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .dns_resolver(guard)
        .connect_timeout(options.connect_timeout)
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
