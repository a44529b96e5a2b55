//! The `[http]` section of the configuration: every bound that the edge holds, with the defaults of a server that
//! stands in the open.
//!
//! Durations are written in seconds, sizes in bytes. An unknown key is refused, so a misspelt limit never silently
//! leaves the default in force.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits and switches of the HTTP edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpOptions {
    /// Longest JSON body, before and after unpacking.
    pub max_body_bytes: usize,
    /// Longest streamed body.
    pub max_upload_bytes: u64,
    /// Most arrays and objects open at once in a JSON body.
    pub max_json_depth: usize,
    /// Most bytes of request line and headers together.
    pub max_header_bytes: usize,
    /// Most header lines.
    pub max_headers: usize,
    /// Longest path with query.
    pub max_uri: usize,
    /// Time for a request's headers to arrive, for a TLS handshake, and for an idle connection to be kept.
    #[serde(with = "seconds")]
    pub header_timeout: Duration,
    /// Longest pause within a body that is being sent.
    #[serde(with = "seconds")]
    pub body_idle_timeout: Duration,
    /// Time for an answer to begin; streamed uploads are exempt.
    #[serde(with = "seconds")]
    pub request_timeout: Duration,
    /// Time that requests under way get when the server stops.
    #[serde(with = "seconds")]
    pub grace: Duration,
    /// Most connections at once; further ones wait in the system's queue.
    pub max_connections: usize,
    /// Whether each request is logged at target `access`.
    pub access_log: bool,
    /// Whether answers are compressed for clients that ask for it.
    pub compression: bool,
    /// Whether HTTP/2 is spoken.
    pub http2: bool,
    /// Whether a client's own `x-request-id` is kept (behind a proxy that sets it).
    pub trust_request_id: bool,
    /// Which web pages of other origins may call.
    pub cors: CorsOptions,
    /// How often one token may call; not limited when absent.
    pub rate_limit: Option<RateLimitOptions>,
    /// Certificate and key; plain text when absent.
    pub tls: Option<TlsOptions>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            max_body_bytes: 1 << 20,
            max_upload_bytes: 8 << 30,
            max_json_depth: 64,
            max_header_bytes: 32 << 10,
            max_headers: 100,
            max_uri: 16 << 10,
            header_timeout: Duration::from_secs(10),
            body_idle_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(60),
            grace: Duration::from_secs(8),
            max_connections: 10_000,
            access_log: true,
            compression: true,
            http2: true,
            trust_request_id: false,
            cors: CorsOptions::default(),
            rate_limit: None,
            tls: None,
        }
    }
}

/// Cross-origin calls; off while no origin is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CorsOptions {
    /// Origins as a browser sends them (`https://app.example.com`), or `*` for all.
    pub allowed_origins: Vec<String>,
    /// How long a browser may remember the answer to a preflight.
    #[serde(with = "seconds")]
    pub max_age: Duration,
}

impl Default for CorsOptions {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            max_age: Duration::from_secs(3600),
        }
    }
}

/// Rate limit of one token, and of failed log-ins from one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitOptions {
    /// Requests per minute in the long run.
    pub requests_per_minute: std::num::NonZeroU32,
    /// Requests that may come at once.
    pub burst: std::num::NonZeroU32,
    /// Wrong credentials per minute from one address; further ones are not even looked at.
    #[serde(default = "default_failures")]
    pub failures_per_minute: u32,
}

fn default_failures() -> u32 {
    20
}

/// Files in PEM form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsOptions {
    /// The certificate and its chain.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Durations as seconds, whole or with a fraction.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if !duration.is_zero() => Ok(duration),
            _ => Err(D::Error::custom(format!(
                "a number of seconds above zero is required, got {seconds}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::HttpOptions;

    #[test]
    fn defaults_survive_a_round_trip() {
        let text = serde_json::to_string(&HttpOptions::default()).unwrap();
        assert_eq!(
            serde_json::from_str::<HttpOptions>(&text).unwrap(),
            HttpOptions::default()
        );
        assert_eq!(
            serde_json::from_str::<HttpOptions>("{}").unwrap(),
            HttpOptions::default()
        );
    }

    #[test]
    fn whole_and_broken_seconds_are_read() {
        let options: HttpOptions =
            serde_json::from_str(r#"{"header_timeout": 5, "grace": 0.25, "cors": {"max_age": 60}}"#).unwrap();
        assert_eq!(options.header_timeout, Duration::from_secs(5));
        assert_eq!(options.grace, Duration::from_millis(250));
        assert_eq!(options.cors.max_age, Duration::from_secs(60));
    }

    #[test]
    fn unknown_keys_and_impossible_durations_are_refused() {
        for (text, needle) in [
            (r#"{"max_body": 5}"#, "max_body"),
            (r#"{"header_timeout": 0}"#, "above zero"),
            (r#"{"grace": -1}"#, "got -1"),
            (
                r#"{"rate_limit": {"requests_per_minute": 0, "burst": 1}}"#,
                "nonzero",
            ),
            (r#"{"tls": {"cert": "a"}}"#, "key"),
        ] {
            let error = serde_json::from_str::<HttpOptions>(text).unwrap_err().to_string();
            assert!(error.contains(needle), "{text}: {error}");
        }
    }
}
