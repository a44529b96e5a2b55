//! Queues at Amazon as the engine asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use amazon::{Amazon, Fault, Options};
use engine::queues::Credentials;
use engine::queues::outside::{Asked, Place, Service};
use model::{Code, Error, Timestamp};

/// See the module.
struct AtAmazon(Amazon);

/// The service that the settings name; none when they name none.
///
/// # Errors
/// A sentence for the operator.
pub(crate) fn service(options: &Options) -> Result<Option<Arc<dyn Service>>, String> {
    let amazon = Amazon::new(options)?;
    Ok(amazon.map(|amazon| Arc::new(AtAmazon(amazon)) as Arc<dyn Service>))
}

impl Service for AtAmazon {
    fn keep<'a>(&'a self, name: &'a str, attributes: BTreeMap<String, String>) -> Asked<'a, Place> {
        Box::pin(async move {
            let kept = self.0.keep(name, &attributes).await.map_err(refusal)?;
            Ok(Place {
                url: kept.url,
                arn: kept.arn,
            })
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { self.0.remove(name).await.map_err(refusal) })
    }

    fn credentials<'a>(
        &'a self,
        arns: &'a [String],
        session: &'a str,
        life: Duration,
    ) -> Asked<'a, Credentials> {
        Box::pin(async move {
            let given = self.0.credentials(arns, session, life.as_secs()).await;
            let given = given.map_err(refusal)?;
            let expires = given.expires.parse::<jiff::Timestamp>();
            let expires = expires.map_err(|error| {
                let message = "Amazon's credentials do not say until when they are good";
                Error::new(Code::Unavailable, message).with_internal(error)
            })?;
            Ok(Credentials {
                access_key: given.access_key,
                secret: given.secret,
                session_token: given.session_token,
                expires: Timestamp(expires.as_millisecond()),
            })
        })
    }
}

/// What a client is told: that the queue is not to be had, and the operator why.
fn refusal(fault: Fault) -> Error {
    tracing::warn!(%fault, "queues at Amazon");
    Error::new(
        Code::Unavailable,
        "the queue cannot be had from Amazon at present",
    )
    .with_internal(fault)
}
