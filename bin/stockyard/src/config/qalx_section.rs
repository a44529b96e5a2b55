//! The `[qalx]` section: what the dialect and the engine want of it, side by side as the operator sees them.

use engine::QalxOptions;
use engine::entities::Indexes;
use serde::{Deserialize, Serialize};

/// See the module; the keys are described where they are used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct QalxSection {
    public_url: Option<String>,
    url_days: u16,
    max_body_bytes: usize,
    indexes: Indexes,
    /// Where Amazon is, when it keeps the queues.
    pub(crate) amazon: amazon::Options,
}

impl Default for QalxSection {
    fn default() -> Self {
        let qalx::Options {
            public_url,
            queues_url: _,
            url_days,
            max_body_bytes,
        } = qalx::Options::default();
        let QalxOptions { indexes } = QalxOptions::default();
        Self {
            public_url,
            url_days,
            max_body_bytes,
            indexes,
            amazon: amazon::Options::default(),
        }
    }
}

impl QalxSection {
    /// The settings of the dialect, with what URLs of queues begin with if that is set.
    pub(crate) fn dialect(&self, queues_url: Option<String>) -> qalx::Options {
        qalx::Options {
            public_url: self.public_url.clone(),
            queues_url,
            url_days: self.url_days,
            max_body_bytes: self.max_body_bytes,
        }
    }

    /// The settings of the engine.
    pub(crate) fn engine(&self) -> QalxOptions {
        QalxOptions {
            indexes: self.indexes.clone(),
        }
    }
}
