//! The `[sqs]` section of the configuration.

use serde::{Deserialize, Serialize};

/// Settings of the dialect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What the URLs of queues begin with: needed behind a proxy. When absent it is put together from the `Host` of each
    /// request.
    pub public_url: Option<String>,
}

impl Options {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let Some(url) = &self.public_url else {
            return Ok(());
        };
        let whole = url.parse::<http::Uri>().is_ok_and(|uri| {
            let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
            is_http && uri.host().is_some() && uri.query().is_none()
        });
        match whole {
            true => Ok(()),
            false => Err(format!(
                "sqs.public_url: expected http(s)://host/path, got {url:?}"
            )),
        }
    }
}
