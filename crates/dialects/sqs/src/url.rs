//! URLs of queues. Their host is whatever a client reaches this server by; only account and name at the end count.

use engine::queues::{QueueName, name};
use http::request::Parts;

use crate::Sqs;
use crate::error::Refusal;

/// What the URLs of queues begin with.
pub(crate) fn base(sqs: &Sqs, parts: &Parts) -> Result<String, Refusal> {
    if let Some(url) = &sqs.options.public_url {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let origin = edge::origin(&parts.uri, &parts.headers, sqs.tls)
        .map_err(|error| Refusal::unreadable(error.message().to_owned()))?;
    Ok(format!("{origin}/sqs"))
}

/// The URL of a queue.
pub(crate) fn of(base: &str, queue: &QueueName) -> String {
    format!("{base}/{}/{}", queue.account, queue.name)
}

/// The queue that a URL, or the path of one, names at its end.
pub(crate) fn queue(url: &str) -> Result<QueueName, Refusal> {
    let wrong = || {
        let shown: String = url.chars().take(256).collect();
        Refusal::address(format!("The address {shown} is not valid for this endpoint."))
    };
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.rsplit('/');
    let (Some(queue), Some(account)) = (segments.next(), segments.next()) else {
        return Err(wrong());
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if !is_account || name::check(queue).is_err() {
        return Err(wrong());
    }
    Ok(QueueName {
        account: account.to_owned(),
        name: queue.to_owned(),
    })
}
