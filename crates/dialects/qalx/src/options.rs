//! The `[qalx]` section of the configuration.

use serde::{Deserialize, Serialize};

/// Settings of the dialect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What clients have as `BASE_URL`, for the addresses of files: needed behind a proxy. When absent it is put together
    /// from the `Host` of each request.
    pub public_url: Option<String>,
    /// What the URLs of queues begin with, when the dialect of queues has a public address of its own. When absent it is put
    /// together like the addresses of files.
    #[serde(skip)]
    pub queues_url: Option<String>,
    /// How many days the address of a file stays valid.
    pub url_days: u16,
    /// Longest body of a request, in bytes.
    pub max_body_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: None,
            queues_url: None,
            url_days: 7,
            max_body_bytes: 10 << 20,
        }
    }
}

impl Options {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if let Some(url) = &self.public_url {
            let parsed = url.parse::<http::Uri>();
            let whole = parsed.is_ok_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.host().is_some()
                    && uri.query().is_none()
            });
            if !whole {
                return Err(format!(
                    "qalx.public_url: expected http(s)://host/path, got {url:?}"
                ));
            }
        }
        if self.url_days == 0 {
            return Err("qalx.url_days: at least 1".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn wrong_settings_are_named() {
        let with = |text: &str| serde_json::from_str::<Options>(text).unwrap().check();
        for good in [
            "{}",
            r#"{"public_url": "https://a.example/qalx/"}"#,
            r#"{"public_url": "http://a.example:8080"}"#,
        ] {
            assert_eq!(with(good), Ok(()), "{good}");
        }
        for (bad, key) in [
            (r#"{"public_url": "a.example"}"#, "qalx.public_url"),
            (r#"{"public_url": "ftp://a.example"}"#, "qalx.public_url"),
            (r#"{"public_url": "https://a.example?x"}"#, "qalx.public_url"),
            (r#"{"url_days": 0}"#, "qalx.url_days"),
        ] {
            let complaint = with(bad).unwrap_err();
            assert!(complaint.starts_with(key), "{complaint}");
        }
        assert!(serde_json::from_str::<Options>(r#"{"url": 1}"#).is_err());
    }
}
