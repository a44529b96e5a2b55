//! Credentials for clients by AWS STS: for a time, and for some queues only.

use quick_xml::de::from_str;
use serde::Deserialize;
use serde_json::json;

use crate::{Amazon, Fault};

/// What a client may do with its queues.
const ACTIONS: [&str; 8] = [
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListDeadLetterSourceQueues",
    "sqs:PurgeQueue",
];
/// The longest name of a session by federation.
const LONGEST: usize = 32;

/// Credentials as a client gets them.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Credentials {
    /// The access key.
    #[serde(rename = "AccessKeyId")]
    pub access_key: String,
    /// The secret.
    #[serde(rename = "SecretAccessKey")]
    pub secret: String,
    /// The session token.
    #[serde(rename = "SessionToken")]
    pub session_token: String,
    /// Until when, as ISO 8601.
    #[serde(rename = "Expiration")]
    pub expires: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = &mut f.debug_struct("Credentials");
        shown.field("expires", &self.expires).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Response {
    #[serde(alias = "AssumeRoleResult", alias = "GetFederationTokenResult")]
    result: Given,
}

#[derive(Deserialize)]
struct Given {
    #[serde(rename = "Credentials")]
    credentials: Credentials,
}

#[derive(Deserialize)]
struct ErrorResponse {
    #[serde(rename = "Error")]
    error: Refusal,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
}

impl Amazon {
    /// Credentials that are good for the queues with these ARNs, in a session of this name.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn credentials(
        &self,
        arns: &[String],
        session: &str,
        seconds: u64,
    ) -> Result<Credentials, Fault> {
        let (call, form) = self.form(arns, session, seconds);
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        let headers = [("content-type", kind.to_owned())];
        let answer = self.send(&self.sts, call, &headers, form).await?;
        let text = String::from_utf8_lossy(&answer.body);
        let unreadable = |error: quick_xml::DeError| Fault::Unreachable {
            call,
            why: format!("status {}: {error}", answer.status),
        };
        if answer.status.is_success() {
            let read: Response = from_str(&text).map_err(unreadable)?;
            return Ok(read.result.credentials);
        }
        let ErrorResponse { error } = from_str(&text).map_err(unreadable)?;
        let Refusal { code, message } = error;
        Err(Fault::Refused { call, code, message })
    }

    /// The call and its parameters.
    fn form(&self, arns: &[String], session: &str, seconds: u64) -> (&'static str, String) {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": ACTIONS, "Resource": arns }],
        });
        let (call, name) = match self.role {
            Some(_) => ("AssumeRole", "RoleSessionName"),
            None => ("GetFederationToken", "Name"),
        };
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", call)
            .append_pair("Version", "2011-06-15")
            .append_pair(name, &session_name(session))
            .append_pair("Policy", &policy.to_string())
            .append_pair("DurationSeconds", &seconds.to_string());
        if let Some(role) = &self.role {
            form.append_pair("RoleArn", role);
        }
        (call, form.finish())
    }
}

/// The letters that the name of a session may have, and no more of them.
fn session_name(wanted: &str) -> String {
    let allowed = |letter: &char| letter.is_ascii_alphanumeric() || "_=,.@-".contains(*letter);
    let name: String = wanted.chars().filter(allowed).take(LONGEST).collect();
    match name.len() {
        0 | 1 => "client".to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use quick_xml::de::from_str;

    use super::{Response, session_name};

    #[test]
    fn both_calls_are_answered_alike() {
        let given = "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s&amp;s</SecretAccessKey>\
                     <SessionToken>t</SessionToken><Expiration>2026-01-01T00:00:00Z</Expiration></Credentials>";
        for call in ["AssumeRole", "GetFederationToken"] {
            let text = format!(
                "<{call}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{call}Result>{given}<More/>\
                 </{call}Result><ResponseMetadata/></{call}Response>"
            );
            let read: Response = from_str(&text).unwrap();
            let read = read.result.credentials;
            assert_eq!(
                (read.access_key.as_str(), read.secret.as_str()),
                ("A", "s&s"),
                "{call}"
            );
            assert!(!format!("{read:?}").contains("s&s"));
        }
    }

    #[test]
    fn sessions_have_names_that_are_taken() {
        for (wanted, name) in [
            ("ann+test@example.com", "anntest@example.com"),
            ("", "client"),
            ("ü", "client"),
            (&"x".repeat(40), &"x".repeat(32)),
        ] {
            assert_eq!(session_name(wanted), name);
        }
    }
}
