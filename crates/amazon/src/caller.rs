//! Signed requests and their answers.

use std::time::Duration;

use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::{HttpClient, HttpRequest, HttpRequestBody};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};

use crate::{Fault, Options};

/// Time for a connection to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for a whole call.
const WHOLE: Duration = Duration::from_secs(15);

/// A service of Amazon.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// Its name in signatures.
    pub(crate) name: &'static str,
    /// Its address.
    pub(crate) address: String,
}

/// The operator's account at Amazon.
pub struct Amazon {
    http: HttpClient,
    keys: AwsCredential,
    pub(crate) region: String,
    pub(crate) role: Option<String>,
    pub(crate) sqs: Service,
    pub(crate) sts: Service,
}

impl std::fmt::Debug for Amazon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = &mut f.debug_struct("Amazon");
        shown.field("region", &self.region).finish_non_exhaustive()
    }
}

/// An answer in full.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

impl Amazon {
    /// The account whose keys the environment has; none when no region is set. Amazon is not asked yet.
    ///
    /// # Errors
    /// A sentence for the operator: which key is missing.
    pub fn new(options: &Options) -> Result<Option<Self>, String> {
        Self::with(options, &|name| std::env::var(name).ok())
    }

    pub(crate) fn with(
        options: &Options,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, String> {
        let Some(region) = options.region.clone() else {
            return Ok(None);
        };
        let key = |name: &str| {
            let found = variable(name).filter(|value| !value.is_empty());
            found.ok_or_else(|| format!("queues at Amazon need {name} in the environment"))
        };
        let keys = AwsCredential {
            key_id: key("AWS_ACCESS_KEY_ID")?,
            secret_key: key("AWS_SECRET_ACCESS_KEY")?,
            token: variable("AWS_SESSION_TOKEN").filter(|value| !value.is_empty()),
        };
        let service = |name: &'static str, given: &Option<String>| Service {
            name,
            address: match given {
                Some(given) => format!("{}/", given.trim_end_matches('/')),
                None => format!("https://{name}.{region}.amazonaws.com/"),
            },
        };
        Ok(Some(Self {
            http: client()?,
            keys,
            role: options.role.clone(),
            sqs: service("sqs", &options.sqs_endpoint),
            sts: service("sts", &options.sts_endpoint),
            region,
        }))
    }

    /// Sends a signed request; any status is an answer.
    pub(crate) async fn send(
        &self,
        service: &Service,
        call: &'static str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<Answer, Fault> {
        let lost = |why: String| Fault::Unreachable { call, why };
        let request = self.signed(service, headers, body).map_err(lost)?;
        let answer = self.http.execute(request).await;
        let answer = answer.map_err(|error| lost(error.to_string()))?;
        let status = answer.status();
        let body = answer.into_body().bytes().await;
        Ok(Answer {
            status,
            body: body.map_err(|error| lost(error.to_string()))?.to_vec(),
        })
    }

    fn signed(
        &self,
        service: &Service,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<HttpRequest, String> {
        let mut request = HttpRequest::new(HttpRequestBody::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = service
            .address
            .parse()
            .map_err(|error| format!("{}: {error}", service.address))?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|error| format!("{name}: {error}"))?;
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        AwsAuthorizer::new(&self.keys, service.name, &self.region)
            .try_authorize(&mut request, None)
            .map_err(|error| error.to_string())?;
        Ok(request)
    }
}

fn client() -> Result<HttpClient, String> {
    // Fails when the process has a provider already, and then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let built = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    built.map(HttpClient::new).map_err(|error| error.to_string())
}
