//! The `fetch` section of the configuration.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::HostRule;

/// What may be fetched, and how long and large it may be. Times are whole seconds, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FetchOptions {
    /// Which hosts may be asked; none by default.
    pub allowed_hosts: Vec<HostRule>,
    /// How long to wait for a connection.
    #[serde(with = "seconds")]
    pub connect_timeout: Duration,
    /// How long to wait for the next bytes of a download.
    #[serde(with = "seconds")]
    pub idle_timeout: Duration,
    /// How long a request may take with its redirects and its body.
    #[serde(with = "seconds")]
    pub total_timeout: Duration,
    /// How many redirects are followed.
    pub max_redirects: u32,
    /// How many bytes a download may have.
    pub max_bytes: u64,
    /// How many bytes the answer to a push may have.
    pub max_answer_bytes: u64,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(3600),
            max_redirects: 5,
            max_bytes: 1 << 30,
            max_answer_bytes: 1 << 20,
        }
    }
}

mod seconds {
    use super::*;

    /// A year: longer is a mistake, and far ends of time overflow.
    const MOST: u64 = 365 * 24 * 3600;

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(time.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        match u64::deserialize(from)? {
            seconds @ 1..=MOST => Ok(Duration::from_secs(seconds)),
            seconds => Err(de::Error::custom(format_args!(
                "{seconds} seconds is not from 1 to {MOST}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<FetchOptions, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn nothing_is_allowed_unless_written() {
        assert_eq!(parse("{}").unwrap(), FetchOptions::default());
        assert!(FetchOptions::default().allowed_hosts.is_empty());
    }

    #[test]
    fn reads_and_writes_the_same() {
        let options =
            parse(r#"{"allowed_hosts": ["*.Example.com:8443", "10.0.0.0/8"], "idle_timeout": 5}"#).unwrap();
        assert_eq!(options.idle_timeout, Duration::from_secs(5));
        let json = serde_json::to_string(&options).unwrap();
        assert!(json.contains(r#"["*.example.com:8443","10.0.0.0/8"]"#), "{json}");
        assert_eq!(parse(&json).unwrap(), options);
    }

    #[test]
    fn wrong_ones_are_named() {
        let error = |json| parse(json).unwrap_err();
        assert!(error(r#"{"alowed_hosts": []}"#).starts_with("unknown field `alowed_hosts`"));
        assert!(
            error(r#"{"allowed_hosts": ["http://a/"]}"#)
                .starts_with(r#""http://a/" is not a rule for hosts"#)
        );
        assert!(error(r#"{"idle_timeout": 0}"#).starts_with("0 seconds is not from 1 to 31536000"));
        assert!(error(r#"{"total_timeout": 18446744073709551615}"#).contains("is not from 1 to"));
    }
}
