//! From an address and options to a client of S3.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{BackoffConfig, ClientConfigKey, ClientOptions, RetryConfig};

use super::advice::{Place, advice};
use super::{S3Address, S3Options};
use crate::remote::Remote;
use crate::{Blobs, Error};

/// Time for a connection to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for an answer to begin, what is sent included, and for each further piece of it.
const ANSWER: Duration = Duration::from_secs(30);
/// How often a call is tried again.
const RETRIES: usize = 3;
/// From the first try of a call to its last.
const TRYING: Duration = Duration::from_secs(15);

impl Blobs {
    /// Keeps content in a bucket of S3, and unfinished content in the folder `dir`, which is made when it is not there.
    /// S3 is not asked yet; [`Blobs::probe`] does that. Credentials are taken from the environment, as Amazon's own
    /// programs take them: keys, a web identity, those of a container or of the machine.
    ///
    /// # Errors
    /// A sentence for the operator: which setting is wrong.
    pub fn s3(dir: &Path, address: &S3Address, options: &S3Options) -> Result<Self, String> {
        let (store, place) = connect(address, options)?;
        let tmp = dir.join("tmp");
        let remote = Remote::new(Arc::new(store), &address.prefix, tmp, move |error| {
            advice(&place, error)
        })?;
        Self::with_backend(dir, Box::new(remote)).map_err(|error: Error| error.to_string())
    }
}

fn connect(address: &S3Address, options: &S3Options) -> Result<(AmazonS3, Place), String> {
    // Fails when the process has a provider already, and then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::from_env();
    if let Some(endpoint) = &options.endpoint {
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
    }
    if let Some(region) = &options.region {
        builder = builder.with_region(region);
    }
    let endpoint = builder
        .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
        .or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
    let key = AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp);
    let allow_http = options.allow_http || builder.get_config_value(&key).as_deref() == Some("true");
    let endpoint = endpoint
        .map(|endpoint| checked(endpoint, allow_http))
        .transpose()?;
    let path_style = options.path_style.unwrap_or_else(|| endpoint.is_some());
    if let Some(endpoint) = &endpoint {
        let full = match path_style {
            true => endpoint.clone(),
            false => endpoint.replacen("://", &format!("://{}.", address.bucket), 1),
        };
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, full);
    }
    let place = Place {
        bucket: address.bucket.clone(),
        endpoint,
    };
    let built = builder
        .with_bucket_name(&address.bucket)
        .with_virtual_hosted_style_request(!path_style)
        // Not every server of S3 has it.
        .with_disable_bulk_delete(true)
        .with_retry(retry())
        .with_client_options(client(allow_http))
        .build();
    match built {
        Ok(store) => Ok((store, place)),
        Err(error) => Err(advice(&place, &error)),
    }
}

fn checked(endpoint: String, allow_http: bool) -> Result<String, String> {
    let endpoint = endpoint.trim_end_matches('/').to_owned();
    if endpoint.contains('@') {
        return Err("s3.endpoint may not hold credentials; they are taken from the environment".to_owned());
    }
    if endpoint.starts_with("https://") || (allow_http && endpoint.starts_with("http://")) {
        return Ok(endpoint);
    }
    if endpoint.starts_with("http://") {
        return Err(format!(
            "s3.endpoint: {endpoint:?} is plain text, which shows contents to the network; use https, or set \
             s3.allow_http = true"
        ));
    }
    Err(format!(
        "s3.endpoint: expected an address like \"https://s3.example.com\", got {endpoint:?}"
    ))
}

/// The time for a whole answer is not bounded: a client reads as fast as it can. Each piece of it is.
fn client(allow_http: bool) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(allow_http)
        .with_connect_timeout(CONNECT)
        .with_read_timeout(ANSWER)
        .with_timeout_disabled()
}

fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: RETRIES,
        retry_timeout: TRYING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(endpoint: &str, allow_http: bool) -> Option<String> {
        checked(endpoint.to_owned(), allow_http).err()
    }

    #[test]
    fn plain_text_is_spoken_only_when_asked() {
        assert_eq!(refusal("https://s3.example.com", false), None);
        assert_eq!(refusal("http://127.0.0.1:9000", true), None);
        let found = refusal("http://127.0.0.1:9000", false).unwrap();
        assert!(found.contains("s3.allow_http"), "{found}");
        let found = refusal("s3.example.com", true).unwrap();
        assert!(found.contains("expected an address"), "{found}");
        let found = refusal("https://AKIA:hidden@s3.example.com", true).unwrap();
        assert!(!found.contains("hidden"), "{found}");
    }
}
