//! Reading answers: what went wrong in a sentence, and when to try again.

use std::time::Duration;

use fetch::Response;
use model::Timestamp;
use reqwest::header::RETRY_AFTER;
use serde_json::Value;

/// The longest message that is kept, in characters.
const LONGEST: usize = 500;

/// What an answer says, without any of the secrets that it may repeat.
pub(super) fn message(answer: &Response, secrets: &[&str]) -> String {
    let mut text = match serde_json::from_slice(&answer.body) {
        Ok(json) => said(&json).unwrap_or_else(|| json.to_string()),
        Err(_) => String::from_utf8_lossy(&answer.body).into_owned(),
    };
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "…");
    }
    let text = text.replace(char::is_control, " ");
    text.trim().chars().take(LONGEST).collect()
}

/// The message of OData (`error.message`, a text or an object with a `value`) or of OAuth (`error_description`, `error`).
fn said(json: &Value) -> Option<String> {
    let error = json.get("error")?;
    let message = error.get("message");
    let text = message.and_then(|message| message.as_str().or_else(|| message.get("value")?.as_str()));
    if let Some(text) = text {
        return Some(text.to_owned());
    }
    let error = error.as_str()?;
    match json.get("error_description").and_then(Value::as_str) {
        Some(description) => Some(format!("{error}: {description}")),
        None => Some(error.to_owned()),
    }
}

/// How long the other side asks to wait, in seconds or until a time.
pub(super) fn retry_after(answer: &Response, now: Timestamp) -> Option<Duration> {
    let value = answer.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()?;
    let millis = Timestamp(until.as_millisecond()).millis_since(now);
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use fetch::Response;
    use model::Timestamp;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, RETRY_AFTER};

    use super::{message, retry_after};

    fn answer(body: &str, wait: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, wait.parse().unwrap());
        Response {
            status: StatusCode::BAD_REQUEST,
            headers,
            body: Bytes::from(body.to_owned()),
        }
    }

    #[test]
    fn messages_of_every_kind_are_found() {
        for (body, expected) in [
            (r#"{"error":{"code":"x","message":"Wrong price"}}"#, "Wrong price"),
            (r#"{"error":{"message":{"lang":"en","value":"Wrong"}}}"#, "Wrong"),
            (
                r#"{"error":"invalid_client","error_description":"bad pass"}"#,
                "invalid_client: bad …",
            ),
            (r#"{"error":"invalid_scope"}"#, "invalid_scope"),
            (r#"{"oops":1}"#, r#"{"oops":1}"#),
            ("<html>\nno</html>", "<html> no</html>"),
            ("", ""),
        ] {
            assert_eq!(message(&answer(body, "0"), &["pass", ""]), expected);
        }
        assert_eq!(message(&answer(&"é".repeat(501), "0"), &[]).chars().count(), 500);
    }

    #[test]
    fn waits_are_seconds_or_times() {
        let now = Timestamp(784_111_777_000);
        for (text, wait) in [
            ("7", Some(7)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
            ("soon", None),
        ] {
            assert_eq!(
                retry_after(&answer("", text), now),
                wait.map(Duration::from_secs),
                "{text}"
            );
        }
    }
}
