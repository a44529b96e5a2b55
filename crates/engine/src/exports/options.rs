//! The `exports` section of the configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Mapping, Pause, Secret};

/// Settings of exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExportOptions {
    /// Mappings by name. One named `default` replaces the one that is built in.
    pub mappings: BTreeMap<String, Mapping>,
    /// Navisions that may be pushed to, by name.
    pub targets: BTreeMap<String, Target>,
    /// Articles written to a file between two commits, at most.
    pub chunk_articles: u64,
    /// Bytes of articles held in memory at once, about.
    pub chunk_bytes: usize,
    /// Articles pushed between two commits; so many are sent again after a crash.
    pub push_articles: u64,
    /// How to wait before a further attempt.
    #[serde(skip)]
    pub pause: Pause,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            mappings: BTreeMap::new(),
            targets: BTreeMap::new(),
            chunk_articles: 500,
            chunk_bytes: 4 << 20,
            push_articles: 50,
            pause: Pause::default(),
        }
    }
}

impl ExportOptions {
    /// The mapping of this name.
    pub(crate) fn mapping(&self, name: &str) -> Option<Mapping> {
        match self.mappings.get(name) {
            Some(mapping) => Some(mapping.clone()),
            None => (name == DEFAULT_MAPPING).then(Mapping::default),
        }
    }
}

/// The name of the mapping that is used when none is named.
pub(crate) const DEFAULT_MAPPING: &str = "default";

/// A Navision whose items are written through OData.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The entity set of items, such as `https://host/ODataV4/Company('X')/Items`.
    pub url: String,
    /// What it takes to be let in.
    #[serde(default)]
    pub auth: Auth,
}

/// How a request to a target says who it is from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// With a user name and a password (or a web service key).
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// With a token of the OAuth client credentials flow.
    Oauth {
        /// Where tokens are given out.
        token_url: String,
        /// The client.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
        /// What the token is to be good for.
        #[serde(default)]
        scope: String,
    },
}

#[cfg(test)]
mod tests {
    use super::{Auth, ExportOptions};

    fn parse(toml: &str) -> Result<ExportOptions, String> {
        toml::from_str(toml).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_targets_and_never_prints_their_secrets() {
        let options = parse(
            "[targets.nav]\nurl = 'https://nav/Items'\nauth = { basic = { user = 'u', password = 's3cret' } }
             [targets.open]\nurl = 'http://nav/Items'\nauth = 'none'
             [targets.bc]\nurl = 'https://bc/Items'
             [targets.bc.auth.oauth]\ntoken_url = 'https://t'\nclient_id = 'c'\nclient_secret = 's3cret'\nscope = 'x'",
        )
        .unwrap();
        assert_eq!(options.targets["open"].auth, Auth::None);
        assert!(matches!(options.targets["bc"].auth, Auth::Oauth { .. }));
        assert!(!format!("{options:?}").contains("s3cret"));
    }

    #[test]
    fn unknown_keys_are_refused() {
        for toml in [
            "mapings = {}",
            "[targets.a]\nurl = 'x'\nuser = 'u'",
            "[targets.a]\nurl = 'x'\nauth = { basic = { user = 'u', pass = 'p' } }",
            "[targets.a]\nurl = 'x'\nauth = 'ntlm'",
            "[targets.a]\nauth = 'none'",
        ] {
            assert!(parse(toml).is_err(), "{toml}");
        }
    }

    #[test]
    fn a_mapping_named_default_replaces_the_one_built_in() {
        let options = parse("[mappings.default]\nF_1 = 'Nr'").unwrap();
        assert_eq!(options.mapping("default").unwrap().columns()[0].name, "Nr");
        assert_eq!(
            ExportOptions::default()
                .mapping("default")
                .unwrap()
                .columns()
                .len(),
            8
        );
        assert!(options.mapping("other").is_none());
    }
}
