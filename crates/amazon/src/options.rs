//! Where Amazon is to be found.

use serde::{Deserialize, Serialize};

/// Settings: the region turns queues at Amazon on. Keys are never here: they come from `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY` and, where they have one, `AWS_SESSION_TOKEN`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The region of the queues.
    pub region: Option<String>,
    /// The role whose credentials clients get (`sts:AssumeRole`); it must allow sessions of 12 hours. Without it they get
    /// those of the keys themselves, cut down to their queue (`sts:GetFederationToken`), which needs the keys of a user.
    pub role: Option<String>,
    /// Another address of SQS than the usual one of the region.
    pub sqs_endpoint: Option<String>,
    /// Another address of STS.
    pub sts_endpoint: Option<String>,
}

impl Options {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let word = |text: &String| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !text.is_empty() && text.bytes().all(fits)
        };
        if let Some(region) = self.region.as_ref().filter(|region| !word(region)) {
            return Err(format!(
                "region: expected a name like \"eu-west-2\", got {region:?}"
            ));
        }
        let addresses = [
            ("sqs_endpoint", &self.sqs_endpoint),
            ("sts_endpoint", &self.sts_endpoint),
        ];
        for (key, address) in addresses {
            let Some(address) = address else { continue };
            let parsed = url::Url::parse(address).ok().filter(|url| {
                let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
                matches!(url.scheme(), "http" | "https") && url.has_host() && is_bare
            });
            if parsed.is_none() {
                return Err(format!("{key}: expected http(s)://host, got {address:?}"));
            }
        }
        if let Some(role) = self.role.as_ref().filter(|role| !role.starts_with("arn:")) {
            return Err(format!("role: expected the ARN of a role, got {role:?}"));
        }
        if self.region.is_none() && *self != Self::default() {
            return Err("region: must be set where anything else of Amazon is".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn wrong_settings_are_named() {
        let check = |text: &str| serde_json::from_str::<Options>(text).unwrap().check();
        for good in [
            "{}",
            r#"{"region":"eu-west-2"}"#,
            r#"{"region":"eu-west-2","role":"arn:aws:iam::1:role/q","sqs_endpoint":"http://127.0.0.1:5000"}"#,
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, key) in [
            (r#"{"region":"EU west"}"#, "region"),
            (r#"{"region":""}"#, "region"),
            (r#"{"role":"arn:aws:iam::1:role/q"}"#, "region"),
            (r#"{"region":"x","role":"q"}"#, "role"),
            (r#"{"region":"x","sqs_endpoint":"sqs"}"#, "sqs_endpoint"),
            (
                r#"{"region":"x","sts_endpoint":"https://k:s@sts"}"#,
                "sts_endpoint",
            ),
        ] {
            let told = check(bad).unwrap_err();
            assert!(told.starts_with(key), "{bad}: {told}");
        }
    }
}
