//! Contents on S3: the address of the place, and the `[s3]` section of the configuration.
//!
//! These are there in every build, so that a configuration is read alike; what speaks with S3 needs the feature `s3`.

#[cfg(feature = "s3")]
mod advice;
#[cfg(feature = "s3")]
mod connect;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How an address begins.
const SCHEME: &str = "s3://";

/// A bucket and a prefix of names in it: `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Address {
    /// The bucket.
    pub bucket: String,
    /// What all names begin with, without slashes around it; may be empty.
    pub prefix: String,
}

/// How to reach S3, as far as the address does not say it. Credentials are never here: they come from the environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3Options {
    /// Another server than Amazon's, like `https://minio.example.com:9000`.
    pub endpoint: Option<String>,
    /// Region of the bucket.
    pub region: Option<String>,
    /// Whether the bucket is in the path of addresses, and not in the name of the host.
    pub path_style: Option<bool>,
    /// Whether an endpoint may be spoken with in plain text.
    pub allow_http: bool,
}

impl S3Address {
    /// Whether a text is meant as such an address.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(SCHEME)
    }
}

impl FromStr for S3Address {
    type Err = String;

    /// What is refused is not repeated: it may hold a secret.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = "expected s3://BUCKET or s3://BUCKET/PREFIX";
        let rest = text.strip_prefix(SCHEME).ok_or(form)?;
        if rest.contains(['@', '?', '#']) {
            return Err(format!(
                "{form} and nothing more; credentials are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                 other settings from the section s3"
            ));
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let fits = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(fits) {
            return Err(format!(
                "{form}; the name of a bucket has 3 to 63 of a-z, 0-9, . and -, got {bucket:?}"
            ));
        }
        let prefix = prefix.trim_end_matches('/');
        let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'/' | b'.' | b'-' | b'_');
        let is_folder = |part: &str| !matches!(part, "" | "." | "..");
        let is_path = prefix.is_empty() || prefix.split('/').all(is_folder);
        if prefix.len() > 500 || !prefix.bytes().all(fits) || !is_path {
            return Err(format!(
                "{form}; a prefix has at most 500 of A-Z, a-z, 0-9, ., - and _ between single slashes, got {prefix:?}"
            ));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::S3Address;

    #[test]
    fn addresses_are_a_bucket_and_a_prefix() {
        for (text, bucket, prefix) in [
            ("s3://files", "files", ""),
            ("s3://files/", "files", ""),
            (
                "s3://my.files-1/stockyard/Test_1/",
                "my.files-1",
                "stockyard/Test_1",
            ),
        ] {
            let address: S3Address = text.parse().unwrap();
            assert_eq!(
                (address.bucket.as_str(), address.prefix.as_str()),
                (bucket, prefix)
            );
        }
    }

    #[test]
    fn others_are_refused_without_what_may_be_a_secret() {
        for text in [
            "s3:",
            "s3://",
            "s3:///prefix",
            "s3://ab",
            "s3://Files",
            "s3://files//x",
            "s3://files/../x",
            "s3://files/a b",
            "disk:",
        ] {
            let refusal = text.parse::<S3Address>().unwrap_err();
            assert!(refusal.starts_with("expected s3://BUCKET"), "{text}: {refusal}");
        }
        let refusal = "s3://AKIA:hidden@files".parse::<S3Address>().unwrap_err();
        assert!(
            refusal.contains("AWS_ACCESS_KEY_ID") && !refusal.contains("hidden"),
            "{refusal}"
        );
    }
}
