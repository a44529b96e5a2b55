//! Settings of the dialect.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The environments that an address can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Where an app is made.
    Dev,
    /// Where it is tried.
    Staging,
    /// Where it is used.
    #[default]
    Prod,
}

impl Environment {
    /// The word in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }

    /// The environment of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let mut all = [Self::Dev, Self::Staging, Self::Prod].into_iter();
        all.find(|environment| environment.as_str() == word)
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The environment that this server is; paths with another one lead nowhere.
    pub environment: Environment,
    /// The longest JSON body, in bytes.
    pub max_body_bytes: usize,
    /// Most arrays and objects open at once in a JSON body.
    pub max_json_depth: usize,
    /// The status of an action on a job that its state does not allow: documents say both 400 and 404.
    pub bad_job_action_status: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            environment: Environment::default(),
            max_body_bytes: 16 << 20,
            max_json_depth: 128,
            bad_job_action_status: 400,
        }
    }
}

impl Options {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let depth = self.max_json_depth;
        if !(1..=jsonb::MAX_DEPTH).contains(&depth) {
            let most = jsonb::MAX_DEPTH;
            return Err(format!(
                "max_json_depth: expected a number from 1 to {most}, got {depth}"
            ));
        }
        match self.bad_job_action_status {
            400 | 404 => Ok(()),
            other => Err(format!("bad_job_action_status: expected 400 or 404, got {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, Options};

    #[test]
    fn only_what_can_be_used_is_taken() {
        let with = |max_json_depth, bad_job_action_status| Options {
            max_json_depth,
            bad_job_action_status,
            ..Options::default()
        };
        assert_eq!(Options::default().check(), Ok(()));
        assert_eq!(with(1000, 404).check(), Ok(()));
        assert!(with(0, 400).check().is_err() && with(1001, 400).check().is_err());
        assert!(with(128, 200).check().is_err());
    }

    #[test]
    fn environments_have_their_words() {
        for word in ["dev", "staging", "prod"] {
            assert_eq!(Environment::parse(word).map(Environment::as_str), Some(word));
        }
        assert_eq!(Environment::parse("test"), None);
    }
}
