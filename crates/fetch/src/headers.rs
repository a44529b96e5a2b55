//! Credentials as headers, and what of a request's headers may follow a redirect to another host.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, HOST, HeaderMap, HeaderValue, InvalidHeaderValue, RANGE, USER_AGENT,
};
use reqwest::Url;

/// The value of `Authorization` for a user name and a password.
pub fn basic(user: &str, password: &str) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    secret(format!("Basic {encoded}")).expect("base64 is a valid header value")
}

/// The value of `Authorization` for a token; fails when the token has characters that no header may have.
pub fn bearer(token: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    secret(format!("Bearer {token}"))
}

/// Marked so that it is never printed.
fn secret(value: String) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(value)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The caller's headers without the one that could ask a listed server for an unlisted host.
pub(crate) fn own(mut headers: HeaderMap) -> HeaderMap {
    headers.remove(HOST);
    headers
}

/// What may go along to another place: only headers known to be harmless, because any other may be a credential.
pub(crate) fn after_redirect(headers: HeaderMap, from: &Url, to: &Url) -> HeaderMap {
    if from.origin() == to.origin() {
        return headers;
    }
    let harmless = [ACCEPT, ACCEPT_LANGUAGE, RANGE, USER_AGENT];
    harmless
        .into_iter()
        .filter_map(|name| headers.get(&name).cloned().map(|value| (name, value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_written_as_the_standards_say_and_never_printed() {
        let value = basic("Aladdin", "open sesame");
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(format!("{value:?}"), "Sensitive");
        assert_eq!(bearer("abc").unwrap(), "Bearer abc");
        assert!(bearer("abc\r\nX: y").is_err());
    }
}
