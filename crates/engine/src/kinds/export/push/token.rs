//! The OAuth token of a target: fetched when it is needed, kept while it is good.

use model::Timestamp;
use serde::Deserialize;

use super::url::percent;

/// How long before its end a token is not used any more, in milliseconds.
const MARGIN: i64 = 60_000;
/// How long a token is kept whose life is not said, in seconds.
const UNSAID: f64 = 300.0;

/// A token and until when to use it.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: String,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<Life>,
}

/// Seconds; some services send them as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Life {
    Number(f64),
    Text(String),
}

impl Token {
    /// Reads what the token service answered.
    pub(super) fn read(answer: &[u8], now: Timestamp) -> Result<Self, &'static str> {
        let granted: Granted =
            serde_json::from_slice(answer).map_err(|_| "its answer has no access_token")?;
        if granted.access_token.is_empty() {
            return Err("its answer has an empty access_token");
        }
        let seconds = match granted.expires_in {
            Some(Life::Number(seconds)) => seconds,
            Some(Life::Text(text)) => text.parse().unwrap_or(UNSAID),
            None => UNSAID,
        };
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is clamped")]
        let millis = (seconds * 1000.0).clamp(0.0, 1e12) as i64;
        // A short life must not mean a new token for every request.
        let until = now.plus_millis(millis - MARGIN.min(millis / 2));
        Ok(Self {
            value: granted.access_token,
            until,
        })
    }

    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

/// The form of the client credentials flow.
pub(super) fn form(client_id: &str, client_secret: &str, scope: &str) -> String {
    let mut form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        percent(client_id),
        percent(client_secret)
    );
    if !scope.is_empty() {
        form = format!("{form}&scope={}", percent(scope));
    }
    form
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::{Token, form};

    #[test]
    fn a_token_is_used_until_a_minute_before_its_end() {
        for (answer, good, bad) in [
            (r#"{"access_token":"a","expires_in":3600}"#, 3_539_999, 3_540_000),
            (
                r#"{"access_token":"a","expires_in":"3600","x":1}"#,
                3_539_999,
                3_540_000,
            ),
            (r#"{"access_token":"a","expires_in":10}"#, 4_999, 5_000),
            (r#"{"access_token":"a"}"#, 239_999, 240_000),
        ] {
            let token = Token::read(answer.as_bytes(), Timestamp(0)).unwrap();
            assert!(
                token.is_good(Timestamp(good)) && !token.is_good(Timestamp(bad)),
                "{answer}"
            );
        }
        for answer in ["{}", "", r#"{"access_token":""}"#, r#"{"access_token":7}"#] {
            assert!(Token::read(answer.as_bytes(), Timestamp(0)).is_err(), "{answer}");
        }
    }

    #[test]
    fn forms_are_encoded() {
        let expected = "grant_type=client_credentials&client_id=a%26b&client_secret=%2B%20c&scope=https%3A%2F%2Fx%2F.default";
        assert_eq!(form("a&b", "+ c", "https://x/.default"), expected);
        assert!(!form("a", "b", "").contains("scope"));
    }
}
