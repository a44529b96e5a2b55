//! The `Authorization` header of a signed request.

use http::HeaderMap;

use crate::error::Refusal;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The most headers that a signature names.
const MOST_HEADERS: usize = 64;

/// What the header says.
#[derive(Debug, PartialEq)]
pub(super) struct Authorization<'a> {
    /// The access key.
    pub(super) key: &'a str,
    /// The day.
    pub(super) date: &'a str,
    /// The region.
    pub(super) region: &'a str,
    /// The signed headers, in their order.
    pub(super) headers: Vec<&'a str>,
    /// The signature, in hex digits.
    pub(super) signature: &'a str,
}

/// A header that is there once.
pub(super) fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

impl<'a> Authorization<'a> {
    pub(super) fn read(headers: &'a HeaderMap) -> Result<Self, Refusal> {
        if !headers.contains_key("authorization") {
            return Err(Refusal::unsigned("Request is missing Authentication Token"));
        }
        let text = one(headers, "authorization").unwrap_or_default();
        let Some(rest) = text.strip_prefix(ALGORITHM) else {
            let message = format!("Authorization header must be one and begin with {ALGORITHM}.");
            return Err(Refusal::incomplete(message));
        };
        let (mut credential, mut signed, mut signature) = (None, None, None);
        for part in rest.split(',') {
            match part.trim().split_once('=') {
                Some(("Credential", value)) => credential = Some(value),
                Some(("SignedHeaders", value)) => signed = Some(value),
                Some(("Signature", value)) => signature = Some(value),
                _ => {}
            }
        }
        let missing = |name: &str| {
            let message = format!("Authorization header requires '{name}' parameter.");
            Refusal::incomplete(message)
        };
        let (key, date, region) = scope(credential.ok_or_else(|| missing("Credential"))?)?;
        let headers: Vec<&str> = signed
            .ok_or_else(|| missing("SignedHeaders"))?
            .split(';')
            .take(MOST_HEADERS)
            .collect();
        Ok(Self {
            key,
            date,
            region,
            headers,
            signature: signature.ok_or_else(|| missing("Signature"))?,
        })
    }
}

/// Access key, day and region of `key/day/region/sqs/aws4_request`.
fn scope(credential: &str) -> Result<(&str, &str, &str), Refusal> {
    let parts: Vec<&str> = credential.split('/').collect();
    let [key, date, region, service, end] = parts[..] else {
        let message =
            "Credential must have exactly 5 slash-delimited elements, as in keyid/date/region/service/term.";
        return Err(Refusal::incomplete(message));
    };
    if service != super::SERVICE {
        let message = "Credential should be scoped to correct service: 'sqs'.";
        return Err(Refusal::wrong_signature(message));
    }
    if end != "aws4_request" || date.len() != 8 {
        let message =
            "Credential should be scoped with a valid terminator: 'aws4_request' and a day: YYYYMMDD.";
        return Err(Refusal::wrong_signature(message));
    }
    let is_region = (1..=64).contains(&region.len())
        && region
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match is_region {
        true => Ok((key, date, region)),
        false => Err(Refusal::wrong_signature(
            "Credential should be scoped to a valid region.",
        )),
    }
}
