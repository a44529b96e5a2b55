//! Signatures of requests: AWS Signature Version 4, checked.
//!
//! What is signed, and how, is in `canonical`; here is which signatures are taken: those of credentials that this server has
//! issued, whose time is not over, made in the last quarter of an hour, for this service. Every refusal before the
//! signature was checked says nothing that its sender does not know.

mod canonical;
mod header;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use edge::RequestInfo;
use engine::queues::{Caller, Grant};
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use jiff::civil::DateTime;
use model::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Sqs;
use crate::error::Refusal;
use header::Authorization;

/// How far the time of a signature may be from ours, in seconds.
const SKEW: i64 = 15 * 60;
/// The name of the service in the scope of a signature.
const SERVICE: &str = "sqs";
/// Derived keys that are kept.
const KEYS: usize = 1000;

type Key = [u8; 32];

/// Who asks, and for which region he thinks he does.
pub(crate) struct Signed {
    pub(crate) caller: Caller,
    pub(crate) region: String,
}

/// Keys that were derived from secrets: four digests that would be the same for every request of a day.
#[derive(Default)]
pub(crate) struct Keys(Mutex<HashMap<(String, String), Key>>);

impl Keys {
    fn of(&self, secret: &str, given: &Authorization<'_>) -> Key {
        let name = (secret.to_owned(), format!("{}/{}", given.date, given.region));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.get(&name) {
            return *key;
        }
        if kept.len() >= KEYS {
            kept.clear();
        }
        let key = signing_key(secret, given.date, given.region);
        kept.insert(name, key);
        key
    }
}

fn hmac(key: &[u8], text: &str) -> Key {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is taken");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// The key that signs requests of a day in a region.
fn signing_key(secret: &str, date: &str, region: &str) -> Key {
    let day = hmac(format!("AWS4{secret}").as_bytes(), date);
    let service = hmac(&hmac(&day, region), SERVICE);
    hmac(&service, "aws4_request")
}

/// Finds out who has signed a request.
///
/// # Errors
/// Why it is refused.
pub(crate) async fn signed(
    sqs: &Sqs,
    info: &RequestInfo,
    parts: &Parts,
    body: &[u8],
) -> Result<Signed, Refusal> {
    sqs.limiter.check(info)?;
    let (grant, region) = match verified(sqs, parts, body) {
        Ok(verified) => verified,
        Err(refusal) => {
            sqs.limiter.note_failure(info);
            return Err(refusal);
        }
    };
    if sqs.engine.env().now() >= grant.expires {
        return Err(Refusal::expired(
            "The security token included in the request is expired",
        ));
    }
    let caller = sqs.queues.caller(&grant).await?;
    Ok(Signed { caller, region })
}

/// The grant whose secret has signed the request, and the region of the signature.
fn verified(sqs: &Sqs, parts: &Parts, body: &[u8]) -> Result<(Grant, String), Refusal> {
    let given = Authorization::read(&parts.headers)?;
    let time = header::one(&parts.headers, "x-amz-date").ok_or_else(|| {
        Refusal::incomplete("Authorization header requires existence of an 'X-Amz-Date' header.")
    })?;
    check_time(&given, time, sqs.engine.env().now())?;
    let token = header::one(&parts.headers, "x-amz-security-token").unwrap_or_default();
    let grant = sqs.queues.grant(given.key, token);
    let grant = grant
        .ok_or_else(|| Refusal::unknown_key("The security token included in the request is invalid."))?;
    canonical::require(&given.headers, parts)?;
    let request = canonical::request(parts, &given.headers, &sha256(body));
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{}/{}/{SERVICE}/aws4_request\n{}",
        given.date,
        given.region,
        sha256(request.as_bytes())
    );
    let expected = hmac(&sqs.keys.of(&grant.secret, &given), &text);
    let fits =
        model::hex::decode::<32>(given.signature).is_some_and(|given| bool::from(given.ct_eq(&expected)));
    if !fits {
        return Err(Refusal::wrong_signature(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.",
        ));
    }
    let region = given.region.to_owned();
    Ok((grant, region))
}

fn sha256(bytes: &[u8]) -> String {
    model::hex::encode(&Sha256::digest(bytes))
}

fn check_time(given: &Authorization<'_>, time: &str, now: Timestamp) -> Result<(), Refusal> {
    let parsed = DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok();
    let parsed = parsed.and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC).ok());
    let Some(signed) = parsed else {
        let message = "Date must be in ISO-8601 'basic format', as in 20150830T123600Z.";
        return Err(Refusal::incomplete(message));
    };
    if !time.starts_with(given.date) {
        let message = format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}'.",
            given.date,
            &time[..8]
        );
        return Err(Refusal::wrong_signature(message));
    }
    let late = now.0.div_euclid(1000) - signed.timestamp().as_second();
    if late > SKEW {
        return Err(Refusal::too_old(format!(
            "Signature expired: {time} is more than 15 minutes ago"
        )));
    }
    if late < -SKEW {
        return Err(Refusal::too_old(format!(
            "Signature not yet current: {time} is more than 15 minutes ahead"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::{canonical, hmac, sha256, signing_key};

    /// The example of Amazon's documentation of the version 4 signing key.
    #[test]
    fn the_signing_key_is_derived_step_by_step() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let day = hmac(format!("AWS4{secret}").as_bytes(), "20150830");
        let service = hmac(&hmac(&day, "us-east-1"), "iam");
        let key = hmac(&service, "aws4_request");
        let expected = "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9";
        assert_eq!(model::hex::encode(&key), expected);
        assert_ne!(signing_key(secret, "20150830", "us-east-1"), key);
    }

    /// `get-vanilla` of the published test suite, whose service is called `service`.
    #[test]
    fn a_published_request_has_its_signature() {
        let request = Request::get("/")
            .header("host", "example.amazonaws.com")
            .header("x-amz-date", "20150830T123600Z")
            .body(())
            .unwrap();
        let (parts, ()) = request.into_parts();
        let text = canonical::request(&parts, &["host", "x-amz-date"], &sha256(b""));
        let expected = "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63";
        assert_eq!(sha256(text.as_bytes()), expected);
        let scope = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request";
        let day = hmac(b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830");
        let key = hmac(&hmac(&hmac(&day, "us-east-1"), "service"), "aws4_request");
        let signature = hmac(&key, &format!("{scope}\n{expected}"));
        let published = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        assert_eq!(model::hex::encode(&signature), published);
    }
}
